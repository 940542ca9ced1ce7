namespace NeuralNetwork

open System
open System.Globalization
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Finds where training left the finite numbers, by doing it again: from the last copy of the state up to the step in
/// question with the trainer, and that step on a plan that keeps every intermediate result. Nothing is kept or checked for
/// this while training goes well.
[<Sealed>]
type internal Forensics<'T>(trainer: Trainer<'T>, copy: FitState<'T>, settings: FitSettings<'T>) =

    let network, training = trainer.Network, trainer.Training
    let preprocessing, data = copy.Model.Preprocessing, settings.Data

    let feedOf executor =
        let window = settings.Options.Window
        let feed = new Feed<'T>(executor, trainer.Machine, network.Loss, preprocessing, data, false, window)
        feed.Arrange(settings.Options.Shuffle, training.Seed, copy.Epoch)
        feed

    let feed = feedOf trainer.Executor
    let rowsFrom row = Batches.next network settings.Options.BatchSize (data.Rows - row)

    let firstBad (executor: Executor<'T>) (rows: int) (slice: Slice) : int option =
        match executor.FirstNotFinite(slice, (if slice.Batched then rows else slice.Rows)) with
        | -1 -> None
        | place -> Some place

    let greatest (executor: Executor<'T>) (slice: Slice) : float =
        let mutable most = 0.0

        for number in executor.Span slice do
            let size = abs (Lane.toFloat number)

            if Double.IsFinite size then
                most <- max most size

        most

    let norm (executor: Executor<'T>) (slice: Slice) : float =
        let mutable total = 0.0

        for number in executor.Span slice do
            total <- total + Lane.toFloat number * Lane.toFloat number

        sqrt total

    let isBad (executor: Executor<'T>) =
        (firstBad executor 1 executor.Plan.Parameters).IsSome
        || (firstBad executor 1 executor.Plan.Statistics).IsSome

    /// Does the steps from the copy on again while somebody wants more. Gives the row after them.
    let replay (isWanted: int -> bool) (watch: unit -> unit) : int =
        trainer.Restore(copy.Model.Parameters, copy.Slots, copy.Step, FitState.metrics settings.Validation.IsSome copy)

        let rec go row =
            if row < data.Rows && isWanted trainer.Steps then
                let rows = rowsFrom row
                feed.Load(row, rows)
                trainer.Advance rows |> ignore
                watch ()
                go (row + rows)
            else
                row

        go copy.Row

    /// The first step that left something behind that is not finite, or the one that is said to have failed.
    let culprit (failed: int) : int =
        replay (fun steps -> steps < failed && not (isBad trainer.Executor)) ignore |> ignore
        max 1 (if isBad trainer.Executor then trainer.Steps else failed)

    /// Every result in memory of its own; only softmax and cross-entropy are one, for apart they overflow sooner.
    let openPlan () : Plan = Rewrite.fuseSoftmax (Naive.plan network (Some training) trainer.CompiledPlan.Batch)

    let size (x: float) = x.ToString("G4", CultureInfo.InvariantCulture)

    let mayBeRate (plan: Plan) (step: int) (slice: Slice) =
        step > 1 && not (List.contains slice [ plan.Input; plan.Target; plan.Weights ])

    let cause (executor: Executor<'T>) (step: int) (op: Op option) (slice: Slice) : string =
        let plan = executor.Plan

        let blame =
            if mayBeRate plan step slice then
                "the rate may be too high, or the features not scaled"
            else
                "no step was made before, so look at the scale of features, targets and first weights"

        let parameters = $"the greatest parameter is {size (greatest executor plan.Parameters)}"

        match op with
        | _ when slice = plan.Input -> "so are the data"
        | _ when slice = plan.Target -> "so is the target in the data"
        | _ when slice = plan.Weights -> "so is the weight in the data"
        | None when slice = plan.Gradient -> $"overflow in the sum over shards, not in any of them: {parameters}"
        | None -> "so it was before the step"
        | Some(Op.Penalize _) -> $"overflow in the penalty: {parameters}"
        | Some _ when TensorName.isOf plan.Losses slice ->
            let output = size (greatest executor plan.Output)
            $"overflow in the loss {Loss.name network.Loss}: the greatest output is {output}; {blame}"
        | Some _ when slice.Role.IsOfGradient -> $"overflow in the gradient: {parameters}; {blame}"
        | Some _ ->
            let input = size (greatest executor plan.Input)
            $"overflow: {parameters}, the greatest input {input}; {blame}"

    let describe (executor: Executor<'T>) (step: int) (row: int) (slice: Slice) index cause norms : Diagnosis =
        let layer, tensor, place, column = TensorName.place executor.Plan network slice index

        { Step = step
          Layer = layer
          Tensor = tensor
          Row = if slice.Batched then feed.Order[row + place] else place
          IsOfBatch = slice.Batched
          Column = column
          Value = Lane.toFloat (executor.Span(slice)[index])
          Cause = cause
          MayBeRate = mayBeRate executor.Plan step slice
          GradientNorms = norms }

    /// What is not finite after the step itself: nothing before its update was.
    let afterUpdate (step: int) (row: int) norms : Diagnosis =
        let executor, rows = trainer.Executor, rowsFrom row
        let rate = size trainer.LearningRate
        feed.Load(row, rows)
        let loss = trainer.Advance rows
        let gradient = $"a gradient of norm {size (norm executor executor.Plan.Gradient)} at a rate of {rate}"

        match firstBad executor rows executor.Plan.Parameters with
        | Some index ->
            let cause = $"overflow in the update: {gradient}"
            { describe executor step row executor.Plan.Parameters index cause norms with MayBeRate = true }
        | None ->
            { Step = step
              Layer = -1
              Tensor = "the mean of the losses"
              Row = 0
              IsOfBatch = false
              Column = 0
              Value = loss
              Cause =
                let output = size (greatest executor executor.Plan.Output)
                $"overflow in the sum, not in any of them: the greatest output is {output}"
              MayBeRate = step > 1
              GradientNorms = norms }

    /// What is wrong with a step that failed, the first to be noticed.
    member _.Find(failed: int) : Diagnosis =
        use _ = feed
        let step = culprit failed
        let norms = Collections.Generic.List<float>()

        let row =
            replay (fun steps -> steps < step - 1) (fun () ->
                if trainer.Steps > step - 6 then
                    norms.Add(norm trainer.Executor trainer.CompiledPlan.Gradient))

        let plan = openPlan ()
        let executor = Executor<'T>(plan, trainer.Machine.Backend.Product<'T>(), trainer.Machine.Team)
        Parameters.load executor (trainer.Snapshot()).Parameters
        let rows = rowsFrom row
        using (feedOf executor) (fun open' -> open'.Load(row, rows))
        let norms = List.ofSeq norms

        // Of rows from one of the batch on.
        let tryFindOf first rows op slice =
            firstBad executor rows slice
            |> Option.map (fun index ->
                let cause = cause executor step op slice
                describe executor step (row + first) slice index cause norms)

        let tryFind = tryFindOf 0 rows
        let made find ops = ops |> List.tryPick (fun op -> List.tryPick (find (Some op)) (Op.writes op))

        let ofShard index =
            let shard = Shard.at (plan.ShardsOf rows) rows index
            executor.Gradient(shard, step)
            made (tryFindOf shard.First shard.Rows) plan.Shard

        let ofStep () =
            executor.Gradient(rows, step) |> ignore
            made tryFind (Plan.gradient plan)

        // Of shards that are finite the sum need not be. It is no operation of the plan.
        let ofSum () =
            if plan.Shards > 1 then
                executor.Gradient(rows, step) |> ignore
                tryFind None plan.Gradient
            else
                None

        let given = [ plan.Input; plan.Target; plan.Weights; plan.Parameters; plan.Statistics ]

        match List.tryPick (tryFind None) given with
        | Some found -> found
        | None ->
            let shards = if plan.Shards = 1 then 0 else plan.ShardsOf rows

            List.tryPick ofShard [ 0 .. shards - 1 ]
            |> Option.orElseWith ofSum
            |> Option.orElseWith ofStep
            |> Option.defaultWith (fun () -> afterUpdate step row norms)
