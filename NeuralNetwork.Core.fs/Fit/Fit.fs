namespace NeuralNetwork

open System
open System.Threading
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Training over epochs, and evaluation.
module Fit =

    let private checkOptions (options: FitOptions) (isValidated: bool) (largest: int) =
        if options.BatchSize < 1 || options.BatchSize > largest then
            raise (ArgumentException $"a batch size of {options.BatchSize}: the trainer is for 1 to {largest} rows")

        if options.Epochs < 1 then
            raise (ArgumentException $"{options.Epochs} epochs: at least 1")

        if options.Window < 1 || options.Window > Defaults.MostWindow then
            raise (ArgumentException $"windows of {options.Window} MiB: 1 to {Defaults.MostWindow}")

        if options.Pause < 0 then
            raise (ArgumentException $"a pause after {options.Pause} epochs: at least 1, or 0 for none")

        if options.Steps < 0 then
            raise (ArgumentException $"{options.Steps} steps: at least 1, or 0 for as many as the epochs have")

        if options.Patience < 0 then
            raise (ArgumentException $"a patience of {options.Patience} epochs: at least 0")

        if not (Interval.share.Holds options.EMA) then
            raise (
                ArgumentException $"a decay of averaged weights of {Text.number options.EMA}: {Interval.share.Words}"
            )

        if not (options.SWA >= 0.0 && options.SWA <= Averaging.Never) then
            raise (ArgumentException $"weights averaged from {Text.number options.SWA} of the steps on: from 0 to 1")

        if options.EMA <> 0.0 && options.SWA <> Averaging.Never then
            raise (ArgumentException "two averages of the weights: one of EMA and SWA")

        if options.Patience > 0 && not isValidated then
            raise (ArgumentException $"a patience of {options.Patience} epochs without validation data")

        match options.Best with
        | Criterion.Loss
        | Criterion.Accuracy -> ()
        | other -> raise (ArgumentException $"the best model by {other.Name}: by loss or accuracy")

    let private checkCoverage (network: Network) (options: FitOptions) (validation: Dataset option) =
        let coverage = options.Coverage

        if coverage <> 0.0 then
            let rows = validation |> Option.map _.Rows |> Option.defaultValue 0
            let isOfClasses = validation |> Option.exists _.Targets.IsLabels

            if not (coverage > 0.0 && coverage < 1.0) then
                raise (ArgumentException $"intervals of {Text.number coverage}: above 0 and below 1, or 0 for none")

            if isOfClasses || not (Margins.suits network) then
                raise (ArgumentException "intervals: classes have probabilities instead")

            match network.Loss with
            | Loss.Quantile tau when tau <> 0.5 ->
                raise (ArgumentException $"intervals: {network.Loss} gives one end of an interval, and not its middle")
            | _ -> ()

            if rows < options.IntervalRows then
                let needed = $"{rows} rows to validate with, of {options.IntervalRows}"
                raise (ArgumentException $"intervals of {Text.number coverage}: {needed}")

    let private checkThreshold (network: Network) (options: FitOptions) (validation: Dataset option) =
        match options.Threshold with
        | Criterion.Loss -> ()
        | criterion ->
            let refuse (found: string) = raise (ArgumentException $"a threshold by {criterion.Name}: {found}")
            Threshold.defect criterion |> Option.iter (fun found -> raise (ArgumentException found))

            if not (Classes.haveThreshold network) then
                refuse "it parts two classes by the probability of the second"

            match validation |> Option.map _.Targets with
            | None -> refuse "no rows to validate with"
            | Some(Targets.Values _) -> refuse "it parts two classes, and there are values"
            | Some(Targets.Labels(labels, _)) ->
                if Array.distinct labels |> Array.length < 2 then
                    refuse "the rows to validate with are of one class"

    let private checkState (trainer: Trainer<'T>) (state: FitState<'T>) (rows: int) =
        if state.Model.Network <> trainer.Network then
            raise (ArgumentException "the state is of another network than the trainer's")

        if state.Epoch < 1 || state.Step < 0 || state.Row < 0 || state.Row > rows then
            let found = $"epoch {state.Epoch}, row {state.Row}, step {state.Step}"
            raise (ArgumentException $"the state is at {found}, which data of {rows} rows do not have")

        if state.Averaged < 0 then
            raise (ArgumentException $"the state has a mean of {state.Averaged} weights")

        if state.Averaged > 0 then
            Parameters.check trainer.Network state.Average.Parameters

    let private checkWeights (training: Training) (data: Dataset) =
        for what, numbers in [ "weights", data.Weights.Length; "folds", data.Folds.Length ] do
            if numbers > 0 && not training.IsWeighted then
                raise (ArgumentException $"the data have {what}, and the trainer's training is not weighted")

    let private feed (machine: Machine) (model: Model<'T>) (data: Dataset) : Feed<'T> =
        Dataset.check model.Network data
        let plan = Plan.forPrediction model.Network 256
        let executor = Executor<'T>(plan, machine.Backend.Product<'T>(), machine.Team)
        Parameters.load executor model.Parameters
        new Feed<'T>(executor, machine, model.Network.Loss, model.Preprocessing, data, false, Defaults.ReadAhead)

    /// Loss and accuracy of a model on data, at its threshold if it has one. Weights count in the loss: it is Σ wᵢ·Lᵢ / n. It is in
    /// the units trained in, whatever those of the values are.
    let evaluate<'T> (machine: Machine) (model: Model<'T>) (data: Dataset) : Score =
        use feed = feed machine model data
        let score = feed.Evaluate(Ranks.Alone, CancellationToken.None)

        match data.Targets with
        | Targets.Labels(labels, _) when not (Double.IsNaN model.Threshold) ->
            let y = feed.Predict()
            let outputs = model.Network.Outputs
            let said row = Classes.ofRowAt model.Threshold nan (ReadOnlySpan(y, row * outputs, outputs))
            let hits = labels |> Seq.indexed |> Seq.filter (fun (row, label) -> said row = label) |> Seq.length
            { score with Accuracy = float hits / float labels.Length }
        | _ -> score

    /// The predictions of a model for every row of data, rows x outputs: probabilities for cross-entropies, values in the
    /// units of the data for squared error.
    let predict<'T> (machine: Machine) (model: Model<'T>) (data: Dataset) : 'T[] =
        use feed = feed machine model data
        feed.Predict()

    /// The steps that an epoch over so many rows takes.
    let stepsPerEpoch (network: Network) (batch: int) (rows: int) : int = Batches.count network batch rows

    /// The steps of a training over so many rows up to its end or its pause, if nothing ends it early.
    let totalSteps (network: Network) (options: FitOptions) (rows: int) : int =
        let whole = int64 options.LastEpoch * int64 (stepsPerEpoch network options.BatchSize rows)
        int (min whole (if options.Steps > 0 then int64 options.Steps else int64 Int32.MaxValue))

    /// The rungs of successive halving (Jamieson and Talwalkar 2016, Non-stochastic best arm identification and hyperparameter
    /// optimization), the first one first: how many of the trials train, and up to which epoch. All of them begin. Of n trials on
    /// a rung the best ⌈n/r⌉ go on to the next, r the rate. Rungs end after ⌊e/rᵏ⌋ epochs, for every k for which that is an epoch and
    /// there are rᵏ trials, and the last one after all e: 27 trials of 81 epochs at a rate of 3 are 27 up to epoch 3, 9 up to
    /// 9, 3 up to 27, and 1 up to 81. ArgumentOutOfRangeException without a trial or an epoch, or where
    /// the rate is less than 2.
    let rungs (trials: int) (epochs: int) (rate: int) : struct (int * int)[] =
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1, nameof trials)
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1, nameof epochs)
        ArgumentOutOfRangeException.ThrowIfLessThan(rate, 2, nameof rate)

        let before (last, needed) =
            if last >= 1 && needed <= int64 trials then Some(last, (last / rate, needed * int64 rate)) else None

        let ends = List.unfold before (epochs / rate, int64 rate) |> List.rev

        ends @ [ epochs ]
        |> List.mapFold (fun left last -> struct (left, last), 1 + (left - 1) / rate) trials
        |> fst
        |> Array.ofList

    /// What a search tries next, by the tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011, Algorithms for
    /// hyper-parameter optimization, section 4), each option by itself: of 24 candidates with the density l of the best 15 % of the trials the one
    /// where l/g is greatest, g the density of all others. `sizes` has 0 for each option with a range, and for others how many values
    /// they have. A trial is a place for each option: in a range from 0 to 1, on the scale it is drawn on, else the number of the
    /// value. `ranked` are trials that have ended, the best first; `pending` have not, and count as not good. The same key
    /// gives the same places. ArgumentException for a place that its option does not have.
    let propose (sizes: int[]) (ranked: float[][]) (pending: float[][]) (key: Key) : float[] =
        let isPlace (size: int) (place: float) =
            if size = 0 then
                place >= 0.0 && place <= 1.0
            else
                place >= 0.0 && place < float size && place = floor place

        sizes |> Array.iter (fun size -> ArgumentOutOfRangeException.ThrowIfNegative(size, nameof sizes))

        for trial in Seq.append ranked pending do
            if trial.Length <> sizes.Length then
                raise (ArgumentException $"a trial of {trial.Length} options: there are {sizes.Length}")

            for option in 0 .. sizes.Length - 1 do
                if not (isPlace sizes[option] trial[option]) then
                    raise (ArgumentException $"option {option}: {Text.number trial[option]} is none of its places")

        Parzen.propose sizes ranked pending key

    /// Trains from a state on: `FitState.start` for a new run, a saved one to go on with another. Parameters, slots and
    /// steps of the trainer become those of the state. Validation data may be absent (None); the clock measures the
    /// seconds of each epoch. A cancelled run ends after the batch in hand. ArgumentException where sizes do not fit.
    let run<'T>
        (trainer: Trainer<'T>)
        (state: FitState<'T>)
        (data: Dataset)
        (validation: Dataset option)
        (options: FitOptions)
        (clock: TimeProvider)
        (observer: IFitObserver<'T>)
        (cancel: CancellationToken)
        : FitResult<'T> =
        checkState trainer state data.Rows
        Dataset.check trainer.Network data
        checkWeights trainer.Training data
        validation |> Option.iter (Dataset.check trainer.Network)
        checkOptions options (validation.IsSome || data.Folds.Length > 0) trainer.BatchSize
        let folded = if data.Folds.Length > 0 then Some data else None
        let evaluated = Option.orElse folded validation
        checkCoverage trainer.Network options evaluated
        checkThreshold trainer.Network options evaluated

        let settings: FitSettings<'T> =
            { Data = data
              Validation = validation
              Options = options
              TotalSteps = totalSteps trainer.Network options data.Rows
              WholeSteps = totalSteps trainer.Network { options with Pause = 0 } data.Rows
              Clock = clock
              Observer = observer
              Cancel = cancel }

        let isTaken = trainer.Enter()

        try
            Epochs<'T>(trainer, state, settings).Run()
        finally
            trainer.Leave isTaken

    /// The rates of a learning-rate range test (Smith 2017): so many from low to high, in equal ratios.
    /// ArgumentOutOfRangeException unless 0 < low < high and there are 2 or more.
    let risingRates (low: float) (high: float) (steps: int) : float[] = RateTest.rates low high steps

    /// A learning-rate range test: from this model on a step at each of these rates, in the batches of the options and
    /// the order of the training's seed. Gives the mean loss of the rows of each step, before it and without penalties. It ends with
    /// the first loss that is not finite, or with the first smoothed one that has risen above the least by three times its size. The
    /// same model and training give the same bits. The trainer is left where the test ended. ArgumentException where sizes do not fit.
    let lossesAt<'T>
        (trainer: Trainer<'T>)
        (model: Model<'T>)
        (data: Dataset)
        (options: FitOptions)
        (rates: float[])
        (cancel: CancellationToken)
        : float[] =
        checkState trainer (FitState.start model trainer.Training.Optimizer) data.Rows
        Dataset.check trainer.Network data
        checkWeights trainer.Training data
        checkOptions { options with Patience = 0 } false trainer.BatchSize
        let isTaken = trainer.Enter()

        try
            trainer.Restore(model.Parameters, Model.zeroSlots<'T> model.Network trainer.Training.Optimizer, 0, [])
            RateTest.losses trainer model data options rates cancel
        finally
            trainer.Leave isTaken

    /// The losses of a learning-rate range test, smoothed: sₙ = Σ βⁿ⁻ⁱ·Lᵢ / Σ βⁿ⁻ⁱ with β = 0.95.
    let smoothed (losses: float[]) : float[] = RateTest.smoothed losses

    /// The rate that a learning-rate range test suggests, by its rates and losses: that at which the smoothed loss falls fastest, of
    /// the steps k, counted from 0, from 20 on to that of the least smoothed loss, and ten before the last at most, the first with
    /// the least sₖ₊₁₀ - sₖ₋₁₀. NaN where it falls at none of them. ArgumentException where there are more losses than rates.
    let suggestedRate (rates: float[]) (losses: float[]) : float =
        if losses.Length > rates.Length then
            raise (ArgumentException($"{losses.Length} losses at {rates.Length} rates", nameof losses))

        RateTest.suggestion rates losses
