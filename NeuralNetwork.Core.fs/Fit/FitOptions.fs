namespace NeuralNetwork

open System
open System.Runtime.InteropServices
open NeuralNetwork.Analysis
open NeuralNetwork.Maths


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
        /// Ends training after so many epochs without a better validation score; 0 for never. Needs validation data.
        Patience: int
        /// What the best model is chosen by.
        Best: Criterion
        /// Whether each epoch is evaluated, and the best one kept, at the temperature that suits it (`Temperature`);
        /// nothing where there is no validation, or the predictions have no temperature.
        Calibrate: bool
        /// How often an interval around a predicted value is to hold the value, c, as in 0.9; 0 for no intervals. Of the misses
        /// |t - y| of n validation rows the ⌈c·(n + 1)⌉-th smallest is the margin m, the interval is y ± m, and the best model keeps
        /// it. n has to be c / (1 - c) or more.
        Coverage: float
        /// What chooses the threshold of the probability of the second of two classes, on the rows to validate with; the loss, which no
        /// threshold changes, for none, and the likelier class. Each epoch is evaluated, and the best one kept, at its own.
        Threshold: Criterion
        /// The decay β, in [0, 1), of the exponential moving average of the weights after every step, which is then what is validated
        /// and kept; 0 for no average. a = Σ βᵗ⁻ⁱ·wᵢ / Σ βᵗ⁻ⁱ over the steps i = 1 … t (optax.ema with debias). Running statistics of
        /// batch norms are averaged likewise.
        EMA: float
        /// Behind which share of all steps, in [0, 1], an epoch has to end for its weights to be averaged, each as much as the others
        /// (Izmailov et al. 2018, stochastic weight averaging); the mean is validated and kept once there is one. 1 for no average.
        SWA: float
        /// Ends training after so many epochs, as an interruption there would, if they go on for longer: whatever depends on the end
        /// is that of all epochs. 0 for no pause.
        Pause: int
        /// Where rows stay in a stream, the MiB of them that are mixed at once, 1 to 512: blocks of the stream come in a new order in
        /// every epoch, and rows in a new order within so many blocks. Twice as much is in memory; a batch should be less, or it is read row by row. Rows in memory are mixed all at once.
        Window: int
    }

    /// Ten epochs of shuffled batches of 128; the best model is that of the smallest loss.
    static member Default: FitOptions =
        { Epochs = Defaults.Epochs
          BatchSize = Defaults.BatchSize
          Steps = 0
          Shuffle = true
          Patience = 0
          Best = Criterion.Loss
          Calibrate = false
          Coverage = 0.0
          Threshold = Criterion.Loss
          EMA = 0.0
          SWA = Averaging.Never
          Pause = 0
          Window = Defaults.Window }

    /// The last epoch that is trained: that of the pause, where there is one before the end.
    member options.LastEpoch: int = if options.Pause > 0 then min options.Pause options.Epochs else options.Epochs

    /// <summary>These options with a pause after so many epochs, if they go on for longer.</summary>
    /// <param name="epochs">Passes over the data, 1 or more.</param>
    /// <returns>The options.</returns>
    member options.Until(epochs: int) : FitOptions =
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1, nameof epochs)
        { options with Pause = min epochs options.LastEpoch }

    /// <summary>The defaults with what is named changed.</summary>
    /// <param name="epochs">Passes over the data, 1 or more.</param>
    /// <param name="batchSize">Rows in a step, 1 or more.</param>
    /// <param name="patience">Epochs without a better validation score; 0 for no end.</param>
    /// <param name="steps">Ends training after so many steps; 0 for no such limit.</param>
    /// <param name="shuffle">Whether every epoch has an order of its own.</param>
    /// <returns>The options.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">A number is less than it can be.</exception>
    static member Of
        (
            [<Optional; DefaultParameterValue(Defaults.Epochs)>] epochs: int,
            [<Optional; DefaultParameterValue(Defaults.BatchSize)>] batchSize: int,
            [<Optional; DefaultParameterValue(0)>] patience: int,
            [<Optional; DefaultParameterValue(0)>] steps: int,
            [<Optional; DefaultParameterValue(true)>] shuffle: bool
        ) : FitOptions =
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1, nameof epochs)
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1, nameof batchSize)
        ArgumentOutOfRangeException.ThrowIfNegative(patience, nameof patience)
        ArgumentOutOfRangeException.ThrowIfNegative(steps, nameof steps)

        { FitOptions.Default with
            Epochs = epochs
            BatchSize = batchSize
            Steps = steps
            Shuffle = shuffle
            Patience = patience }

    /// <summary>These options with another window on rows that stay in a stream.</summary>
    /// <param name="mebibytes">The MiB of rows that are mixed at once, at least 1 and at most 512.</param>
    /// <returns>The options.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The number is out of its range.</exception>
    member options.WithWindow(mebibytes: int) : FitOptions =
        ArgumentOutOfRangeException.ThrowIfLessThan(mebibytes, 1, nameof mebibytes)
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mebibytes, Defaults.MostWindow, nameof mebibytes)
        { options with Window = mebibytes }

    /// <summary>These options with or without calibrated probabilities.</summary>
    /// <param name="calibrate">Whether to calibrate.</param>
    /// <returns>The options.</returns>
    member options.Calibrated(calibrate: bool) : FitOptions = { options with Calibrate = calibrate }

    /// <summary>These options with intervals around predicted values. A training with them raises ArgumentException where
    /// classes are told apart, or there are too few rows to validate with (`IntervalRows`).</summary>
    /// <param name="coverage">How often they are to hold a value, above 0 and below 1.</param>
    /// <returns>The options.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The number is not between 0 and 1.</exception>
    member options.WithIntervals(coverage: float) : FitOptions =
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(coverage, nameof coverage)
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(coverage, 1.0, nameof coverage)
        { options with Coverage = coverage }

    /// <summary>These options with a threshold for the second of two classes. A training with it raises ArgumentException where there
    /// are not two classes with probabilities, or there are not rows of both to validate with.</summary>
    /// <param name="criterion">What it is chosen by: any but the loss.</param>
    /// <returns>The options.</returns>
    /// <exception cref="T:System.ArgumentException">It is the loss, or a cost is not above 0 and finite.</exception>
    member options.WithThreshold(criterion: Criterion) : FitOptions =
        ArgumentNullException.ThrowIfNull(box criterion, nameof criterion)

        match Threshold.defect criterion with
        | Some found -> raise (ArgumentException(found, nameof criterion))
        | None -> { options with Threshold = criterion }

    /// <summary>These options with the exponential moving average of the weights, and with no other: validation, the best epoch and
    /// the model are those of the average.</summary>
    /// <param name="decay">β, the share of the average that a step keeps, at least 0 and below 1; 0 for no average.</param>
    /// <returns>The options.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The number is out of its range.</exception>
    member options.WithEMA([<Optional; DefaultParameterValue(Averaging.Decay)>] decay: float) : FitOptions =
        Ranges.demandIn Interval.share (nameof decay) decay
        { options with EMA = decay; SWA = Averaging.Never }

    /// <summary>These options with the mean of the weights at the ends of the last epochs (stochastic weight averaging), and with
    /// no other average.</summary>
    /// <param name="start">Behind which share of all steps an epoch has to end, at least 0 and below 1.</param>
    /// <returns>The options.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The number is out of its range.</exception>
    member options.WithSWA([<Optional; DefaultParameterValue(Averaging.Start)>] start: float) : FitOptions =
        Ranges.demandIn Interval.share (nameof start) start
        { options with EMA = 0.0; SWA = start }

    /// How many rows to validate with intervals take: c / (1 - c), as in 9 for 0.9; 0 where there are to be none.
    member options.IntervalRows: int =
        if options.Coverage = 0.0 then
            0
        else
            int (min (float Int32.MaxValue) (Margins.fewest options.Coverage))

    /// <summary>These options with another criterion of the best model.</summary>
    /// <param name="best">What the best model is chosen by: loss or accuracy.</param>
    /// <returns>The options.</returns>
    member options.With(best: Criterion) : FitOptions =
        ArgumentNullException.ThrowIfNull(box best, nameof best)
        { options with Best = best }

    /// As in: 100 epochs of batches of 4, shuffled, patience 20.
    override options.ToString() =
        [ $"""{Text.count options.Epochs "epoch"} of batches of {string options.BatchSize}"""
          if options.Steps > 0 then
              $"""at most {Text.count options.Steps "step"}"""
          if options.LastEpoch < options.Epochs then
              $"a pause after {string options.Pause}"
          if options.Shuffle then
              "shuffled"
          if options.Window <> Defaults.Window then
              $"windows of {string options.Window} MiB"
          if options.Patience > 0 then
              $"patience {string options.Patience}"
          if options.Best <> Criterion.Loss then
              $"best by {options.Best.Name}"
          if options.Calibrate then
              "calibrated"
          if options.Coverage > 0.0 then
              $"intervals of {Text.number options.Coverage}"
          if options.EMA <> 0.0 then
              $"weights averaged by {Text.number options.EMA}"
          if options.SWA <> Averaging.Never then
              $"weights of epochs averaged from {Text.number options.SWA} on"
          if options.Threshold <> Criterion.Loss then
              $"threshold by {options.Threshold.Name}" ]
        |> String.concat ", "
