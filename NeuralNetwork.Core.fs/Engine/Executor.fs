namespace NeuralNetwork.Engine

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Operations whose tiles run at the same time, the heavy ones handed out first.
[<Sealed>]
type private Phase(kernels: Kernel[]) =
    inherit Work()
    let ends = Array.zeroCreate<int> kernels.Length
    let mutable rows = 0

    /// Sets the rows of the batch to run on; gives the number of tiles.
    member _.Prepare(shard: Shard) : int =
        rows <- shard.Rows
        let mutable total = 0

        for index in 0 .. kernels.Length - 1 do
            kernels[index].Begin shard
            total <- total + kernels[index].Tiles rows
            ends[index] <- total

        total

    member _.Prepare(step: int, rate: float) : unit =
        for kernel in kernels do
            kernel.Prepare(step, rate)

    override _.Run tile =
        let mutable index = 0

        while tile >= ends[index] do
            index <- index + 1

        kernels[index].Run(rows, (if index = 0 then tile else tile - ends[index - 1]))

/// A plan in memory, ready to run: the only place that turns operations into loops.
/// One thread runs an executor at a time. Nothing is allocated after construction. Where parameters are resident, executors
/// share them, and the plan must be for prediction; where there are panels, too, products are those of packed rows.
[<Sealed>]
type internal Executor<'T>
    internal
    (
        plan: Plan,
        product: Product<'T>,
        team: Team,
        resident: Resident<'T> option,
        panels: Panels<'T> option,
        ranks: struct (IExchange * string) option
    ) =

    let shared = resident |> Option.map _.Length |> Option.defaultValue 0
    let arena = Arena<'T>(plan.Length - shared)

    let addressOf (offset: int) : nativeint =
        match resident with
        | Some resident when offset < shared -> resident.AddressOf offset
        | _ -> arena.AddressOf(offset - shared)

    let spanOf (slice: Slice) : Span<'T> =
        match resident with
        | Some resident when slice.Offset < shared -> resident.Span(slice.Offset, slice.Length)
        | _ -> arena.Span(slice.Offset - shared, slice.Length)

    let matrix (slice: Slice) : Matrix<'T> =
        { Address = addressOf slice.Offset; Rows = slice.Rows; Cols = slice.Cols; Batched = slice.Batched }

    /// A matrix with a row for each member in the place of each row.
    let memberRows (members: int) (slice: Slice) : Matrix<'T> =
        let whole = matrix slice
        { whole with Rows = whole.Rows * members; Cols = whole.Cols / members }

    let rowWise (members: int) (kernel: RowWise) : Kernel = if members = 1 then kernel else MemberRows(members, kernel)

    let activate z y =
        { new IActivationVisitor<'T, Elementwise> with
            member _.Visit formula = ActivateKernel<'T, _>(formula, z, y) }

    let activateGradient z y gy gz =
        { new IActivationVisitor<'T, Elementwise> with
            member _.Visit formula = ActivateGradientKernel<'T, _>(formula, z, y, gy, gz) }

    let loss z t losses gz =
        { new ILossVisitor<'T, RowWise> with
            member _.Visit formula = LossKernel<'T, _>(formula, z, t, losses, gz)
            member _.VisitRow ofOutputs = RowLossKernel<'T, _>(ofOutputs.Invoke z.Cols, z, t, losses, gz) }

    let update decay w g slots =
        { new IRuleVisitor<'T, Kernel> with
            member _.Visit at = UpdateKernel<'T, _>(at, decay, w, g, slots) }

    let vectors (column: Normalized) : Vectors<'T> =
        { Mean = matrix column.Mean
          Scale = matrix column.Scale
          Gamma = matrix column.Gamma
          Beta = matrix column.Beta }

    let waves (tensors: Waves) : WaveTensors<'T> =
        { Frequency = matrix tensors.Frequency
          Phase = matrix tensors.Phase
          Weight = matrix tensors.Weight
          Bias = matrix tensors.Bias }

    let bindElementwise (op: Op) : Elementwise option =
        match op with
        | Op.AddBias(b, z) -> Some(AddBiasKernel<'T>(matrix b, matrix z))
        | Op.Activate(f, z, y) -> Some(Activation.visit (activate (matrix z) (matrix y)) f)
        | Op.ActivateGradient(f, z, y, gy, gz) ->
            Some(Activation.visit (activateGradient (matrix z) (matrix y) (matrix gy) (matrix gz)) f)
        | Op.PReLU(a, z, y) -> Some(PReLUKernel<'T>(matrix a, matrix z, matrix y))
        | Op.PReLUGradient(a, z, gy, gz) -> Some(PReLUGradientKernel<'T>(matrix a, matrix z, matrix gy, matrix gz))
        | Op.Dropout(rate, seed, layer, members, x, y) ->
            Some(DropoutKernel<'T>(rate, seed, layer, members, matrix x, matrix y))
        | Op.Normalize(column, x, y) -> Some(NormalizeKernel<'T>(vectors column, matrix x, matrix y))
        | Op.NormalizeGradient(column, x, gy, ggamma, gbeta, gx) ->
            Some(
                NormalizeGradientKernel<'T>(vectors column, matrix x, matrix gy, matrix ggamma, matrix gbeta, matrix gx)
            )
        | _ -> None

    let bindTail (tail: Op list) = tail |> List.choose bindElementwise |> Array.ofList

    let rec bind (op: Op) : Kernel list =
        match op with
        | Op.AddBias _
        | Op.Activate _
        | Op.ActivateGradient _
        | Op.PReLU _
        | Op.PReLUGradient _
        | Op.Dropout _
        | Op.Normalize _
        | Op.NormalizeGradient _ -> [ for kernel in Option.toList (bindElementwise op) -> kernel ]
        | Op.Multiply m ->
            let tail, a, b, c = bindTail m.Tail, matrix m.A, matrix m.B, matrix m.C

            match panels with
            | Some panels -> [ RowsKernel<'T>(panels, a, Array.ofList (Op.groupWeights m), c, tail) ]
            | None -> [ MultiplyKernel<'T>(product, m.Groups, a, m.TransposeA, b, m.TransposeB, c, tail) ]
        | Op.TakeRows(batch, x) -> [ TakeRowsKernel<'T>(matrix batch, matrix x) ]
        | Op.PutRows(y, batch) -> [ PutRowsKernel<'T>(matrix y, matrix batch) ]
        | Op.Repeat(x, y) -> [ RepeatKernel<'T>(matrix x, matrix y) ]
        | Op.SumMembers(scale, y, x) -> [ SumMembersKernel<'T>(scale, matrix y, matrix x) ]
        | Op.Combine(output, shares, zs, z) -> [ CombineKernel<'T>(output, matrix shares, matrix zs, matrix z) ]
        | Op.BatchStatistics(settings, x, mean, scale, runningMean, runningVariance, tail) ->
            let tail, running = bindTail tail, (matrix runningMean, matrix runningVariance)
            [ BatchStatisticsKernel<'T>(settings, matrix x, matrix mean, matrix scale, fst running, snd running, tail) ]
        | Op.ShardStatistics(settings, x, mean, scale, means, variances, tail) ->
            let tail, ofShards = bindTail tail, (matrix means, matrix variances)
            [ ShardStatisticsKernel<'T>(settings, matrix x, matrix mean, matrix scale, fst ofShards, snd ofShards, tail) ]
        | Op.AverageStatistics(settings, means, variances, runningMean, runningVariance) ->
            let running = matrix runningMean, matrix runningVariance
            [ AverageStatisticsKernel<'T>(settings, matrix means, matrix variances, fst running, snd running) ]
        | Op.InverseDeviation(settings, variance, scale) ->
            [ InverseDeviationKernel<'T>(settings, matrix variance, matrix scale) ]
        | Op.NormalizeSums(column, x, gy, ggamma, gbeta, tail) ->
            let tail = bindTail tail
            [ NormalizeSumsKernel<'T>(vectors column, matrix x, matrix gy, matrix ggamma, matrix gbeta, tail) ]
        | Op.Penalize(penalty, w, g, sums) -> [ PenalizeKernel<'T>(penalty, matrix w, matrix g, matrix sums) ]
        | Op.ClipValue(limit, g) -> [ ClipValueKernel<'T>(limit, matrix g) ]
        | Op.SumSquares(g, sums) -> [ SumSquaresKernel<'T>(matrix g, matrix sums) ]
        | Op.ClipNorm(limit, sums, g) ->
            [ ClipNormKernel<'T>(limit, sums |> List.map matrix |> Array.ofList, matrix g) ]
        | Op.LimitNorm(limit, w) -> [ LimitNormKernel<'T>(limit, matrix w) ]
        | Op.SumRows(g, sum) -> [ SumRowsKernel<'T>(matrix g, matrix sum) ]
        | Op.PReLUSums(z, gy, ga) -> [ PReLUSumsKernel<'T>(matrix z, matrix gy, matrix ga) ]
        | Op.Periodic(settings, tensors, x, y) -> [ PeriodicKernel<'T>(settings, waves tensors, matrix x, matrix y) ]
        | Op.PeriodicSums(settings, tensors, x, gy, gradients) ->
            [ PeriodicSumsKernel<'T>(settings, waves tensors, matrix x, matrix gy, waves gradients) ]
        | Op.PeriodicGradient(settings, tensors, x, gy, gx) ->
            [ PeriodicGradientKernel<'T>(settings, waves tensors, matrix x, matrix gy, matrix gx) ]
        | Op.Softmax(members, z, p) ->
            let rows = memberRows members
            [ rowWise members (SoftmaxKernel<'T>(rows z, rows p)) ]
        | Op.SoftmaxGradient(members, p, gp, gz) ->
            let rows = memberRows members
            [ rowWise members (SoftmaxGradientKernel<'T>(rows p, rows gp, rows gz)) ]
        | Op.CrossEntropy(smoothing, p, t, losses, gp) ->
            let rows = memberRows losses.Cols
            [ rowWise losses.Cols (CrossEntropyKernel<'T>(smoothing, rows p, rows t, rows losses, rows gp)) ]
        | Op.SoftmaxCrossEntropy(smoothing, z, t, losses, gz) ->
            let rows = memberRows losses.Cols
            let formula = SoftmaxCrossEntropyFormula<'T>.Of smoothing (rows z).Cols
            [ rowWise losses.Cols (RowLossKernel<'T, _>(formula, rows z, rows t, rows losses, rows gz)) ]
        | Op.Loss(formula, z, t, losses, gz) ->
            let rows = memberRows losses.Cols
            [ rowWise losses.Cols (Loss.visit (loss (rows z) (rows t) (rows losses) (rows gz)) formula) ]
        | Op.Weigh(weights, losses, gz) ->
            let rows = memberRows losses.Cols
            [ rowWise losses.Cols (WeighKernel<'T>(rows weights, rows losses, rows gz)) ]
        | Op.Update(optimizer, decay, w, g, slots) ->
            let slots = slots |> List.map matrix |> Array.ofList
            [ Optimizer.visit (update decay (matrix w) (matrix g) slots) optimizer ]
        | Op.Together ops -> List.collect bind ops

    // A row counts 1, and every member the same, until somebody says otherwise.
    do
        spanOf(plan.Weights).Fill(Lane.ofFloat<'T> 1.0)
        spanOf(plan.Shares).Fill(Lane.ofFloat<'T>(1.0 / float plan.Members))

    // A team hands out the last tiles first: products go to the end.
    let weight (kernel: Kernel) =
        match kernel with
        | :? MultiplyKernel<'T> -> 1
        | _ -> 0

    let phases = List.map (bind >> List.sortBy weight >> Array.ofList >> Phase) >> Array.ofList
    let predict = phases plan.Predict
    let evaluate = phases plan.Evaluate
    let gradient = phases (Plan.gradient plan)
    let updates = phases (Plan.updates plan)
    let step = phases plan.Step
    let shard = phases plan.Shard

    let sum =
        let partials = plan.Partials |> List.map matrix |> Array.ofList

        [| if plan.Shards > 1 then
               Phase [| SumShardsKernel<'T>(matrix plan.Gradient, partials) |] |]

    let demand (rows: int) =
        if rows < 1 || rows > plan.Batch then
            raise (ArgumentOutOfRangeException(nameof rows, rows, $"the plan is for 1 to {plan.Batch} rows"))

    let run (program: Phase[]) (shard: Shard) =
        for phase in program do
            team.Run(phase, phase.Prepare shard)

    /// A program that treats every row by itself, on as many rows at a time as there is room for.
    let runRows (program: Phase[]) (rows: int) =
        demand rows
        let mutable first = 0

        while first < rows do
            let count = min plan.Room (rows - first)
            run program (Shard.piece first count rows)
            first <- first + count

    let prepare (program: Phase[]) (number: int) (rate: float) =
        for phase in program do
            phase.Prepare(number, rate)

    /// What other ranks compute of a step.
    let others =
        match ranks with
        | Some(struct (exchange, engine)) when plan.Shards > 1 ->
            Some(ShardExchange<'T>(plan, exchange, team, engine, matrix))
        | _ -> None

    /// The gradients of so many shards from the first on, added up in their tree.
    let sumOf (count: int) (rows: int) (first: int) (shards: int) =
        for index in 0 .. shards - 1 do
            let part = Shard.at count rows (first + index)
            run shard part
            run sum { part with Index = index; Count = shards }

    /// Where a batch is cut, the gradient of each shard, and their sum.
    let sumShards (rows: int) (number: int) =
        prepare shard number 0.0

        match others with
        | None ->
            let count = plan.ShardsOf rows
            sumOf count rows 0 count
        | Some others ->
            let round = others.Round rows
            let struct (first, behind) = others.Places round

            for place in first .. behind - 1 do
                let struct (shard, shards) = round.Deal.Sums[place]
                sumOf round.Shards rows shard shards
                others.Keep(round, place)

            others.Complete(round, number, rows)

    /// A step or the gradient of it: a whole batch, or what comes behind the sum over its shards.
    let runStep (program: Phase[]) (rows: int) (number: int) (rate: float) =
        demand rows

        if plan.Shards > 1 then
            sumShards rows number

        prepare program number rate
        run program (Shard.whole rows)

    /// The mean of the rows' losses, weighed in a weighted step, summed in double precision and in order.
    let meanLoss (rows: int) =
        let losses = matrix plan.Losses
        let mutable total = 0.0

        for row in 0 .. rows - 1 do
            total <- total + Lane.toFloat (Memory.read<'T>(losses.At(row, 0)))

        total / float rows

    let penalty () =
        let mutable total = 0.0

        for slice in plan.Penalties do
            let sums = matrix slice

            for part in 0 .. sums.Cols - 1 do
                total <- total + Lane.toFloat (Memory.read<'T>(sums.At(0, part)))

        total / float plan.Members

    /// A plan in memory of its own.
    new(plan: Plan, product: Product<'T>, team: Team) = Executor(plan, product, team, None, None, None)

    /// A plan whose shards are computed by several ranks, on an engine that is said in words, the same everywhere.
    new(plan: Plan, product: Product<'T>, team: Team, exchange: IExchange option, engine: string) =
        let ranks = exchange |> Option.map (fun exchange -> struct (exchange, engine))
        Executor(plan, product, team, None, None, ranks)

    /// The plan that is run.
    member _.Plan = plan

    /// Of several ranks: whether this one would like to stop after the next step.
    member internal _.Wish(isToStop: bool) : unit = others |> Option.iter (fun others -> others.Wish <- isToStop)

    /// The rows of a step that are computed here: the first, and how many. All of them where there is one rank.
    member internal _.OwnRows(rows: int) : struct (int * int) =
        match others with
        | Some others -> others.OwnRows rows
        | None -> struct (0, rows)

    /// Whether any of them did, in the last step.
    member internal _.IsStopped: bool =
        match others with
        | Some others -> others.IsStopped
        | None -> false

    /// The numbers of a slice, to read or to fill.
    member _.Span(slice: Slice) : Span<'T> = spanOf slice

    /// Where a slice begins, while the executor is reachable.
    member internal _.AddressOf(slice: Slice) : nativeint = addressOf slice.Offset

    /// The place of the first number of so many rows of a slice that is not finite; -1 where all are.
    member internal _.FirstNotFinite(slice: Slice, rows: int) : int =
        Finite.first<'T> (addressOf slice.Offset) (rows * slice.Cols)

    /// Whether the loss of a gradient is finite, and the sum of its squares, which optimizers and norms are made of, and the
    /// running statistics after it: a variance may overflow where it makes the loss and gradient 0.
    member internal executor.IsSound(loss: float) : bool =
        let gradient, statistics = plan.Gradient, plan.Statistics

        Double.IsFinite loss
        && Finite.haveSumOfSquares<'T> (addressOf gradient.Offset) (gradient.Rows * gradient.Cols)
        && executor.FirstNotFinite(statistics, statistics.Rows) < 0

    /// What fills the rows of a slice from those of a table, while the executor is reachable.
    member _.Gather(slice: Slice) : Gather<'T> = Gather<'T>(matrix slice)

    /// From Input to Prediction.
    member _.Predict(rows: int) : unit = runRows predict rows

    /// From Input and Target to Output; gives the mean loss of the rows.
    member _.Evaluate(rows: int) : float =
        runRows evaluate rows
        meanLoss rows

    /// From Input and Target to Gradient, as step `number` sees it (dropout has a mask for each step; steps count from 1).
    /// Gives the mean loss of the rows, without penalties. Of an ensemble it is the gradient of the sum of its members'
    /// losses, and the loss given is their mean.
    member _.Gradient(rows: int, number: int) : float =
        runStep gradient rows number 0.0
        meanLoss rows

    /// The gradient of a shard by itself, of a plan that cuts its batches, as step `number` sees it.
    member _.Gradient(part: Shard, number: int) : unit =
        prepare shard number 0.0
        run shard part

    /// The penalties on the weights that the last step or gradient began with, the mean over the members.
    member _.Penalty: float = penalty ()

    /// From Gradient to new Parameters and Slots. Steps count from 1.
    member _.Update(number: int, rate: float) : unit =
        prepare updates number rate
        run updates (Shard.whole 1)

    /// One training step: gradient and update in one. Gives the mean loss before the update. Steps count from 1.
    member _.Step(rows: int, number: int, rate: float) : float =
        runStep step rows number rate
        meanLoss rows
