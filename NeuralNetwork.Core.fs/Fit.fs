namespace NeuralNetwork

open System
open System.Threading
open NeuralNetwork.Engine

/// What a data set says about each row.
[<RequireQualifiedAccess>]
type Targets =
    /// A class index in 0 .. Classes - 1 for each row.
    | Labels of Labels: int[] * Classes: int
    /// Numbers, rows x Cols.
    | Values of Values: Table * Cols: int

/// Rows of raw features, row-major, and what is to be learned from them.
type Data = { Rows: int; Cols: int; Inputs: Table; Targets: Targets }

/// How long to train, and on what pieces.
type FitOptions =
    {
        /// Passes over the data, at least 1.
        Epochs: int
        /// Rows in a step.
        BatchSize: int
        /// Ends training after so many steps, whatever Epochs says; 0 for no such limit.
        Steps: int
        /// Whether every epoch goes through the rows in a new random order.
        Shuffle: bool
    }

    /// Ten epochs of shuffled batches of 128.
    static member Default: FitOptions = { Epochs = 10; BatchSize = 128; Steps = 0; Shuffle = true }

/// Loss and accuracy of a model on rows. Accuracy is NaN where there are no classes.
[<Struct>]
type Score = { Loss: float; Accuracy: float }

/// Where training stands after a step.
[<Struct>]
type StepReport =
    {
        Epoch: int
        /// Steps since the beginning of the run.
        Step: int
        /// Steps of the whole run.
        TotalSteps: int
        Loss: float
    }

/// What an epoch came to. Validation is NaN where there is none. Seconds are those of training alone.
type EpochReport =
    {
        Epoch: int
        Step: int
        LearningRate: float
        Train: Score
        /// The mean over the rows of what the penalties added to the loss, which is not in Train.
        Penalty: float
        Validation: Score
        Seconds: float
    }

/// Told how training goes. Calls come on the training thread.
type IFitObserver =
    abstract Stepped: report: StepReport -> unit
    abstract Finished: report: EpochReport -> unit

/// Why training ended.
[<RequireQualifiedAccess>]
type FitEnd =
    | Finished
    | Cancelled
    /// The loss of a step was not finite.
    | Diverged of Epoch: int * Step: int * Loss: float

/// What training came to: the best model by validation (the last one where there is no validation), and the last.
type FitResult<'T> =
    {
        Best: Model<'T>
        Last: Model<'T>
        /// 0 before the first epoch has ended.
        BestEpoch: int
        /// Steps made, those of an unfinished epoch included.
        Steps: int
        History: EpochReport list
        End: FitEnd
    }

/// Goes through data in batches: the loops that Fit and evaluation share.
[<Sealed>]
type private Feed<'T>(executor: Executor<'T>, machine: Machine, divisor: float, data: Data) =

    let plan = executor.Plan
    let outputs = plan.Target.Cols

    let matrix (slice: Slice) : Matrix<'T> =
        { Address = executor.AddressOf slice; Rows = slice.Rows; Cols = slice.Cols; Batched = true }

    let inputs = Gather<'T>(matrix plan.Input)
    let targets = Gather<'T>(matrix plan.Target)

    let loadLabels (labels: int[]) (order: int[]) start rows =
        let t = executor.Span(plan.Target).Slice(0, rows * outputs)
        t.Clear()

        for row in 0 .. rows - 1 do
            let label = labels[order[start + row]]
            // One output stands for two classes: its target is the label itself.
            if outputs = 1 then
                t[row] <- Lane.ofFloat<'T>(float label)
            else
                t[row * outputs + label] <- Lane.ofFloat<'T> 1.0

    /// The class an output row stands for: the first greatest, or for a single output whether it is positive.
    let predicted (z: Span<'T>) =
        if z.Length = 1 then
            if Lane.toFloat z[0] > 0.0 then 1 else 0
        else
            let mutable best = 0

            for place in 1 .. z.Length - 1 do
                if Lane.toFloat z[place] > Lane.toFloat z[best] then
                    best <- place

            best

    /// Fills the input and target windows with rows order[start ..].
    member _.Load(order: int[], start: int, rows: int) : unit =
        inputs.Run(machine.Team, data.Inputs, divisor, order, start, rows)

        match data.Targets with
        | Targets.Labels(labels, _) -> loadLabels labels order start rows
        | Targets.Values(table, _) -> targets.Run(machine.Team, table, 1.0, order, start, rows)

    /// How many of the rows just run have the right class.
    member _.Hits(order: int[], start: int, rows: int) : int =
        match data.Targets with
        | Targets.Values _ -> 0
        | Targets.Labels(labels, _) ->
            let z = executor.Span plan.Output
            let mutable hits = 0

            for row in 0 .. rows - 1 do
                if predicted (z.Slice(row * outputs, outputs)) = labels[order[start + row]] then
                    hits <- hits + 1

            hits

    /// Sums over rows to a score.
    member _.Score(loss: float, hits: int, rows: int) : Score =
        match data.Targets with
        | Targets.Labels _ -> { Loss = loss / float rows; Accuracy = float hits / float rows }
        | Targets.Values _ -> { Loss = loss / float rows; Accuracy = nan }

    /// Evaluates every row, in order.
    member feed.Evaluate(cancel: CancellationToken) : Score =
        let order = Array.init data.Rows id
        let mutable loss = 0.0
        let mutable hits = 0
        let mutable start = 0

        while start < data.Rows && not cancel.IsCancellationRequested do
            let rows = min plan.Batch (data.Rows - start)
            feed.Load(order, start, rows)
            loss <- loss + executor.Evaluate rows * float rows
            hits <- hits + feed.Hits(order, start, rows)
            start <- start + rows

        feed.Score(loss, hits, max 1 start)

    /// Predicts every row, in order.
    member feed.Predict() : 'T[] =
        let order = Array.init data.Rows id
        let predictions = Array.zeroCreate<'T>(data.Rows * outputs)
        let mutable start = 0

        while start < data.Rows do
            let rows = min plan.Batch (data.Rows - start)
            feed.Load(order, start, rows)
            executor.Predict rows
            let part = executor.Span(plan.Prediction).Slice(0, rows * outputs)
            part.CopyTo(predictions.AsSpan(start * outputs))
            start <- start + rows

        predictions

/// Training over epochs, and evaluation.
module Fit =

    /// The parts of a data set agree: what Feed reads lies inside the tables, and every label is a class.
    let private checkItself (data: Data) =
        let demand (found: int) (expected: int64) (what: string) =
            if int64 found <> expected then
                raise (ArgumentException $"the data have {found} {what}, {data.Rows} rows need {expected}")

        if data.Rows < 1 then
            raise (ArgumentException $"the data have {data.Rows} rows")

        demand data.Inputs.Length (int64 data.Rows * int64 data.Cols) $"numbers of {data.Cols} features"

        match data.Targets with
        | Targets.Values(table, cols) -> demand table.Length (int64 data.Rows * int64 cols) $"numbers of {cols} targets"
        | Targets.Labels(labels, classes) ->
            demand labels.Length (int64 data.Rows) "labels"

            match Array.tryFindIndex (fun label -> label < 0 || label >= classes) labels with
            | None -> ()
            | Some row -> raise (ArgumentException $"label {labels[row]} in row {row} is none of {classes} classes")

    let private check (network: Network) (data: Data) =
        if data.Cols <> network.Inputs then
            raise (ArgumentException $"the data have {data.Cols} features, the network has {network.Inputs} inputs")

        let width =
            match data.Targets with
            | Targets.Labels(_, classes) -> if network.Outputs = 1 && classes = 2 then 1 else classes
            | Targets.Values(_, cols) -> cols

        if width <> network.Outputs then
            raise (ArgumentException $"the data have {width} targets, the network has {network.Outputs} outputs")

        checkItself data

    let private checkOptions (options: FitOptions) (largest: int) =
        if options.BatchSize < 1 || options.BatchSize > largest then
            raise (ArgumentException $"a batch size of {options.BatchSize}: the trainer is for 1 to {largest} rows")

        if options.Epochs < 1 then
            raise (ArgumentException $"{options.Epochs} epochs: at least 1")

    /// Loss and accuracy of a model on data.
    let evaluate<'T> (machine: Machine) (model: Model<'T>) (data: Data) : Score =
        check model.Network data
        let plan = Plan.forPrediction model.Network 256
        let executor = Executor<'T>(plan, machine.Backend.Product<'T>(), machine.Team)
        Parameters.load executor model.Parameters
        Feed<'T>(executor, machine, model.Preprocessing.Divisor, data).Evaluate CancellationToken.None

    /// The predictions of a model for every row of data, rows x outputs: probabilities for cross-entropies, values for
    /// squared error.
    let predict<'T> (machine: Machine) (model: Model<'T>) (data: Data) : 'T[] =
        check model.Network data
        let plan = Plan.forPrediction model.Network 256
        let executor = Executor<'T>(plan, machine.Backend.Product<'T>(), machine.Team)
        Parameters.load executor model.Parameters
        Feed<'T>(executor, machine, model.Preprocessing.Divisor, data).Predict()

    /// Whether a validation score is better than another: by accuracy, then by loss.
    let private better (score: Score) (than: Score) =
        if Double.IsNaN score.Accuracy || score.Accuracy = than.Accuracy then
            score.Loss < than.Loss
        else
            score.Accuracy > than.Accuracy

    let private missing: Score = { Loss = nan; Accuracy = nan }

    /// Whether a last batch of so many rows is one row too long: where there is batch norm, a single row left over joins
    /// the batch before it.
    let private joins (network: Network) (batch: int) (rows: int) = rows = batch + 1 && Network.hasBatchNorm network

    /// The steps that an epoch over so many rows takes.
    let stepsPerEpoch (network: Network) (batch: int) (rows: int) : int =
        let last = rows % batch
        let isJoined = last <> 0 && rows > batch && joins network batch (batch + last)
        rows / batch + (if last = 0 || isJoined then 0 else 1)

    /// The steps of a training over so many rows, if nothing ends it early.
    let totalSteps (network: Network) (options: FitOptions) (rows: int) : int =
        let whole = int64 options.Epochs * int64 (stepsPerEpoch network options.BatchSize rows)
        int (min whole (if options.Steps > 0 then int64 options.Steps else int64 Int32.MaxValue))

    /// Trains. Validation data may be absent (None); the clock measures the seconds of each epoch. A cancelled run ends
    /// after the batch in hand. The trainer keeps its state, so that Snapshot gives the last model.
    let run<'T>
        (trainer: Trainer<'T>)
        (data: Data)
        (validation: Data option)
        (options: FitOptions)
        (clock: TimeProvider)
        (observer: IFitObserver)
        (cancel: CancellationToken)
        : FitResult<'T> =
        let model = trainer.Snapshot()
        check model.Network data
        validation |> Option.iter (check model.Network)
        checkOptions options trainer.Plan.Batch
        let divisor = model.Preprocessing.Divisor
        let feed = Feed<'T>(trainer.Executor, trainer.Machine, divisor, data)
        let validate = validation |> Option.map (fun rows -> Feed<'T>(trainer.Executor, trainer.Machine, divisor, rows))
        let batch = options.BatchSize
        let total = totalSteps model.Network options data.Rows
        let shuffle = Random.key trainer.Training.Seed Purpose.Shuffle
        let order = Array.init data.Rows id
        let mutable ending = FitEnd.Finished

        /// The steps of one epoch: the score of the rows, and the mean penalty.
        let pass epoch =
            let mutable loss = 0.0
            let mutable penalty = 0.0
            let mutable hits = 0
            let mutable start = 0

            while ending = FitEnd.Finished && start < data.Rows && trainer.Steps < total do
                let rest = data.Rows - start
                let rows = if joins model.Network batch rest then rest else min batch rest
                feed.Load(order, start, rows)
                let stepLoss = trainer.Step rows
                loss <- loss + stepLoss * float rows
                penalty <- penalty + trainer.Penalty * float rows
                hits <- hits + feed.Hits(order, start, rows)
                start <- start + rows
                observer.Stepped { Epoch = epoch; Step = trainer.Steps; TotalSteps = total; Loss = stepLoss }

                if not (Double.IsFinite stepLoss) then
                    ending <- FitEnd.Diverged(epoch, trainer.Steps, stepLoss)
                elif cancel.IsCancellationRequested then
                    ending <- FitEnd.Cancelled

            struct (feed.Score(loss, hits, max 1 start), penalty / float (max 1 start))

        let rec epochs epoch (best: Model<'T>) bestEpoch (bestScore: Score) history =
            let result () =
                { Best = best
                  Last = trainer.Snapshot()
                  BestEpoch = bestEpoch
                  Steps = trainer.Steps
                  History = List.rev history
                  End = ending }

            if epoch > options.Epochs || trainer.Steps >= total || ending <> FitEnd.Finished then
                result ()
            else
                if options.Shuffle then
                    Random.shuffleInto (Random.fold shuffle (uint64 epoch)) order

                let rate = trainer.LearningRate
                let began = clock.GetTimestamp()
                let struct (train, penalty) = pass epoch
                let seconds = clock.GetElapsedTime(began).TotalSeconds

                if ending <> FitEnd.Finished then
                    result ()
                else
                    let score = validate |> Option.map _.Evaluate(cancel) |> Option.defaultValue missing

                    // A validation that was interrupted says nothing: neither the score nor the model is kept.
                    if validate.IsSome && cancel.IsCancellationRequested then
                        ending <- FitEnd.Cancelled

                    let report =
                        { Epoch = epoch
                          Step = trainer.Steps
                          LearningRate = rate
                          Train = train
                          Penalty = penalty
                          Validation = score
                          Seconds = seconds }

                    trainer.Judge(if validate.IsSome then score.Loss else train.Loss)

                    if ending = FitEnd.Finished then
                        observer.Finished report

                    if ending <> FitEnd.Finished then
                        result ()
                    elif validate.IsNone || bestEpoch = 0 || better score bestScore then
                        epochs (epoch + 1) (trainer.Snapshot()) epoch score (report :: history)
                    else
                        epochs (epoch + 1) best bestEpoch bestScore (report :: history)

        epochs 1 model 0 missing []
