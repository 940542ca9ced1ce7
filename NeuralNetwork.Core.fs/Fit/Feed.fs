namespace NeuralNetwork

open System
open System.Threading
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Goes through data in batches: the loops that training and evaluation share.
/// `isHeldOut`: rows are evaluated by the members that leave them out, as their folds say. `window`: the MiB of rows of a stream that are
/// mixed at once.
[<Sealed>]
type internal Feed<'T>
    (
        executor: Executor<'T>,
        machine: Machine,
        loss: Loss,
        preprocessing: Preprocessing,
        data: Dataset,
        isHeldOut: bool,
        window: int
    ) =

    let plan = executor.Plan
    let outputs = plan.Target.Cols
    let boundary = Loss.boundary loss
    let toInputs, toTargets = preprocessing.Features, preprocessing.Learned

    let values =
        match data.Targets with
        | Targets.Labels _ -> None
        | Targets.Values(table, _) -> Some(ResidualSums(loss, toTargets, table, outputs))

    // The order that the rows are gone through in, and where those of a stream are meanwhile.
    let windows, order =
        match data.Inputs with
        | NumberArray.Stored(stream, kind, cols, rows) ->
            let windows = Windows(stream, kind, cols, rows, window)
            Some windows, windows.Order
        | _ -> None, Array.init data.Rows id

    let places = if windows.IsSome then Array.zeroCreate<int> plan.Batch else [||]
    let inputs = executor.Gather plan.Input
    let targets = executor.Gather plan.Target

    let loadLabels (labels: int[]) start first rows =
        let t = executor.Span plan.Target

        for row in first .. first + rows - 1 do
            Classes.writeTarget labels[order[start + row]] (t.Slice(row * outputs, outputs))

    /// Where each batch of the rows in order begins, and how many rows it has.
    let batches () : struct (int * int) seq =
        seq { for start in 0 .. plan.Room .. data.Rows - 1 -> struct (start, min plan.Room (data.Rows - start)) }

    let isFolded = data.Folds.Length > 0

    /// The members that learn from a row make up for the one that does not, so that the mean over all stays that of theirs.
    let learners = float plan.Members / float (max 1 (plan.Members - 1))

    /// A step of a weighted training weighs every row, if need be with 1, for every member that learns from it.
    let loadWeights start first rows =
        let weights = executor.Span plan.Weights

        for row in first .. first + rows - 1 do
            let weight = if data.Weights.Length = 0 then 1.0 else data.Weights[order[start + row]]
            let each = weights.Slice(row * plan.Members, plan.Members)
            each.Fill(Lane.ofFloat<'T>(if isFolded then learners * weight else weight))

            if isFolded then
                each[data.Folds[order[start + row]]] <- Lane.ofFloat<'T> 0.0

    /// Each row is predicted by the one member that has not learned from it.
    let loadShares start rows =
        let shares = executor.Span plan.Shares
        shares.Clear()

        for row in 0 .. rows - 1 do
            shares[row * plan.Members + data.Folds[order[start + row]]] <- Lane.ofFloat<'T> 1.0

    let restoreShares () = (executor.Span plan.Shares).Fill(Lane.ofFloat<'T>(1.0 / float plan.Members))

    /// Σ wᵢ·Lᵢ over the rows just evaluated, of which the engine knows the mean without weights.
    let weighted (mean: float) start rows =
        if data.Weights.Length = 0 then
            mean * float rows
        else
            let losses = executor.Span plan.Losses
            let mutable total = 0.0

            for row in 0 .. rows - 1 do
                total <- total + data.Weights[order[start + row]] * Lane.toFloat losses[row]

            total

    let loadInputs start first rows =
        let from = start + first

        match windows with
        | None -> inputs.Run(machine.Team, data.Inputs, toInputs, order, from, first, rows)
        | Some _ when rows = 0 -> ()
        | Some windows when windows.Find(from, rows, places) ->
            inputs.Run(machine.Team, windows.Numbers, toInputs, places, 0, first, rows)
        | Some _ ->
            let some = (data.Inputs.Rows(data.Cols, order[from .. from + rows - 1])).InMemory()
            inputs.Run(machine.Team, some, toInputs, Array.init rows id, 0, first, rows)

    /// So many rows of a batch, from one on; the batch begins at a start of the order.
    let load start first rows =
        loadInputs start first rows

        if plan.Weights.Length > 0 then
            loadWeights start first rows

        match data.Targets with
        | Targets.Labels(labels, _) -> loadLabels labels start first rows
        | Targets.Values(table, _) -> targets.Run(machine.Team, table, toTargets, order, start + first, first, rows)

    /// The rows in their own order, as they are at first, or in that of an epoch.
    member _.Arrange(isShuffled: bool, seed: uint64, epoch: int) : unit =
        match windows with
        | Some windows -> windows.Arrange(isShuffled, seed, epoch)
        | None -> Batches.orderInto isShuffled seed epoch order

    /// The order that the rows are gone through in.
    member _.Order: int[] = order

    /// Fills the windows of inputs, targets and weights with rows Order[start ..].
    member _.Load(start: int, rows: int) : unit = load start 0 rows

    /// The same for a step: of several ranks each has its own rows.
    member _.LoadStep(start: int, rows: int) : unit =
        let struct (first, own) = executor.OwnRows rows
        load start first own

    /// How many of the rows just run have the right class.
    member _.Hits(start: int, rows: int) : int =
        match data.Targets with
        | Targets.Values _ -> 0
        | Targets.Labels(labels, _) ->
            let z: ReadOnlySpan<'T> = Span.op_Implicit (executor.Span plan.Output)
            let mutable hits = 0

            for row in 0 .. rows - 1 do
                if Classes.ofRow boundary (z.Slice(row * outputs, outputs)) = labels[order[start + row]] then
                    hits <- hits + 1

            hits

    /// What the values predicted for the rows just run miss.
    member _.Residuals(start: int, rows: int) : Residuals =
        match values with
        | None -> Residuals.Zero
        | Some values ->
            let z: ReadOnlySpan<'T> = Span.op_Implicit (executor.Span plan.Output)
            values.Of(z, order, start, rows)

    /// Sums over rows to a score. Weights count in the loss, and in nothing else.
    member _.Score(loss: float, hits: float, residuals: Residuals, rows: int) : Score =
        match values with
        | None -> Score.Of(loss / float rows, hits / float rows)
        | Some _ -> Score.Of(loss / float rows, residuals, rows * outputs)

    /// Evaluates every row, in the order they are in. Ranks do it together, and all have to ask for it: each evaluates its batches, which
    /// come one behind the other; then all have the sums of every batch, and add them in the order of the batches, as one by itself
    /// does. `keep` writes numbers of each row to `kept` after a batch, which began at a start and had so many rows; these all have, too.
    member private feed.Evaluate
        (ranks: Ranks, cancel: CancellationToken, kept: float[], keep: int -> int -> unit)
        : Score =
        let count = (data.Rows + plan.Room - 1) / plan.Room
        let firsts = [| for rank in 0 .. ranks.Count -> int (int64 rank * int64 count / int64 ranks.Count) |]
        let sums: float[] = Array.zeroCreate (4 * count)
        let mutable batch = firsts[ranks.Rank]

        while batch < firsts[ranks.Rank + 1] && not cancel.IsCancellationRequested do
            let start = batch * plan.Room
            let rows = min plan.Room (data.Rows - start)
            feed.Load(start, rows)

            if isHeldOut then
                loadShares start rows

            sums[4 * batch] <- weighted (executor.Evaluate rows) start rows
            sums[4 * batch + 1] <- float (feed.Hits(start, rows))
            let residuals = feed.Residuals(start, rows)
            sums[4 * batch + 2] <- residuals.Squares
            sums[4 * batch + 3] <- residuals.Shares
            keep start rows
            batch <- batch + 1

        if isHeldOut then
            restoreShares ()

        let perRow = kept.Length / max 1 data.Rows
        ranks.Share(sums, firsts |> Array.map (fun batch -> 4 * batch))
        ranks.Share(kept, firsts |> Array.map (fun batch -> perRow * min data.Rows (batch * plan.Room)))

        let total place =
            let mutable total = 0.0

            for batch in 0 .. count - 1 do
                total <- total + sums[4 * batch + place]

            total

        let residuals: Residuals = { Squares = total 2; Shares = total 3 }
        feed.Score(total 0, total 1, residuals, max 1 data.Rows)

    /// The number of rows.
    member _.Rows: int = data.Rows

    /// Evaluates every row, in order, with the other ranks.
    member feed.Evaluate(ranks: Ranks, cancel: CancellationToken) : Score =
        feed.Evaluate(ranks, cancel, [||], (fun _ _ -> ()))

    /// Evaluates every row, with the other ranks, at the temperature that suits them, if it is to be calibrated, and at the threshold
    /// that a criterion chooses, if it is not the loss; gives both, too. The loss has to have a temperature, and the network two classes
    /// for a threshold.
    member feed.Judge
        (ranks: Ranks, isCalibrated: bool, criterion: Criterion, cancel: CancellationToken)
        : struct (Score * float * float) =
        // A single output is the logit of the second class, beside 0 for the first.
        let classes = max 2 outputs
        let logits = Array.zeroCreate<float>(data.Rows * classes)

        let keep start rows =
            let z = executor.Span plan.Output

            for row in 0 .. rows - 1 do
                for output in 0 .. outputs - 1 do
                    let place = (start + row) * classes + classes - outputs + output
                    logits[place] <- Lane.toFloat z[row * outputs + output]

        let score = feed.Evaluate(ranks, cancel, logits, keep)

        match data.Targets with
        | Targets.Labels(labels, _) when not cancel.IsCancellationRequested && Double.IsFinite score.Loss ->
            let struct (temperature, loss) =
                if isCalibrated then
                    Temperature.fit Temperature.Prior logits labels data.Weights
                else
                    struct (1.0, score.Loss)

            let score = { score with Loss = loss }

            match criterion with
            | Criterion.Loss -> struct (score, temperature, nan)
            | criterion ->
                let p = Threshold.probabilities<'T> temperature logits
                let struct (threshold, _) = Threshold.choose criterion labels p
                let accuracy = Threshold.measureAt Criterion.Accuracy threshold labels p
                struct ({ score with Accuracy = accuracy }, temperature, threshold)
        | _ -> struct (score, 1.0, nan)

    /// Evaluates every row, with the other ranks, and gives what each of its values misses by, rows x outputs. The data have to be values.
    member feed.Misses(ranks: Ranks, cancel: CancellationToken) : struct (Score * float[]) =
        let misses = Array.zeroCreate<float>(data.Rows * outputs)

        let keep start rows =
            match values with
            | None -> ()
            | Some values ->
                let z: ReadOnlySpan<'T> = Span.op_Implicit (executor.Span plan.Output)
                values.CopyMisses(z, start, rows, misses)

        struct (feed.Evaluate(ranks, cancel, misses, keep), misses)

    /// Predicts every row, in order, in the units of the data.
    member feed.Predict() : 'T[] =
        let predictions = Array.zeroCreate<'T>(data.Rows * outputs)

        for struct (start, rows) in batches () do
            feed.Load(start, rows)
            executor.Predict rows
            let part = executor.Span(plan.Prediction).Slice(0, rows * outputs)
            part.CopyTo(predictions.AsSpan(start * outputs))

        Convert.back<'T> toTargets outputs (predictions.AsSpan())
        predictions

    // What is read ahead outlives no feed.
    interface IDisposable with
        member _.Dispose() = windows |> Option.iter _.Settle()
