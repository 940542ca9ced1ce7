namespace NeuralNetwork

open System
open System.Runtime.InteropServices
open System.Text.Json
open System.Text.Json.Serialization
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

/// What makes one model better than another, on rows that neither has learned from.
[<RequireQualifiedAccess>]
type Criterion =
    /// The smaller loss.
    | Loss
    /// The greater accuracy, and of equal ones the smaller loss. On few rows luck decides: one of 15 is 6.7 %.
    | Accuracy

    /// What it is called in options and files.
    member criterion.Name: string =
        match criterion with
        | Criterion.Loss -> "loss"
        | Criterion.Accuracy -> "accuracy"

    /// As in: loss.
    override criterion.ToString() = criterion.Name

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
        /// Whether each epoch is evaluated, and the best one kept, at the temperature of least validation loss (`Temperature`);
        /// nothing where there is no validation, or the predictions have no temperature.
        Calibrate: bool
        /// How often an interval around a predicted value is to hold the value, c, as in 0.9; 0 for no intervals. Of the misses
        /// |t - y| of n validation rows the ⌈c·(n + 1)⌉-th smallest is the margin m, the interval is y ± m, and the best model keeps
        /// it. n has to be c / (1 - c) or more.
        Coverage: float
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
          Coverage = 0.0 }

    /// <summary>These options with an earlier end: after so many epochs, if they go on for longer.</summary>
    /// <param name="epochs">Passes over the data, 1 or more.</param>
    /// <returns>The options.</returns>
    member options.Until(epochs: int) : FitOptions =
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1, nameof epochs)
        { options with Epochs = min epochs options.Epochs }

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

    /// How many rows to validate with intervals take: c / (1 - c), as in 9 for 0.9; 0 where there are to be none.
    member options.IntervalRows: int =
        if options.Coverage = 0.0 then
            0
        else
            int (min (float Int32.MaxValue) (Margins.fewest options.Coverage))

    /// <summary>These options with another criterion of the best model.</summary>
    /// <param name="best">What the best model is chosen by.</param>
    /// <returns>The options.</returns>
    member options.With(best: Criterion) : FitOptions =
        ArgumentNullException.ThrowIfNull(box best, nameof best)
        { options with Best = best }

    /// As in: 100 epochs of batches of 4, shuffled, patience 20.
    override options.ToString() =
        [ $"""{Text.count options.Epochs "epoch"} of batches of {string options.BatchSize}"""
          if options.Steps > 0 then
              $"""at most {Text.count options.Steps "step"}"""
          if options.Shuffle then
              "shuffled"
          if options.Patience > 0 then
              $"patience {string options.Patience}"
          if options.Best <> Criterion.Loss then
              $"best by {options.Best.Name}"
          if options.Calibrate then
              "calibrated"
          if options.Coverage > 0.0 then
              $"intervals of {Text.number options.Coverage}" ]
        |> String.concat ", "

/// How a model does on rows: its loss, and what people look at. Accuracy is NaN where there are no classes, R² and RMSE where
/// there are no values.
[<Struct; JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type Score =
    {
        /// The mean of the loss over the rows, without penalties.
        Loss: float
        /// The share of the rows whose class is predicted; NaN where there are no classes.
        Accuracy: float
        /// 1 - Σ(t - y)² / Σ(t - t̄)², the mean over the outputs; NaN where the targets of an output are all the same.
        R2: float
        /// √(Σ(t - y)² / n) in the units of the data, whatever the loss is; n counts rows and outputs.
        RMSE: float
    }

    /// <summary>The score of rows that have classes.</summary>
    /// <param name="loss">What training makes small.</param>
    /// <param name="accuracy">The share of the rows whose class is predicted.</param>
    /// <returns>The loss, and what people look at.</returns>
    static member Of(loss: float, accuracy: float) : Score = { Loss = loss; Accuracy = accuracy; R2 = nan; RMSE = nan }

    /// <summary>The score of so many numbers, rows times outputs, from what was missed in them.</summary>
    /// <param name="loss">What training makes small.</param>
    /// <param name="residuals">What was missed.</param>
    /// <param name="numbers">Rows times outputs.</param>
    /// <returns>The loss, and what people look at.</returns>
    static member Of(loss: float, residuals: Residuals, numbers: int) : Score =
        { Loss = loss
          Accuracy = nan
          R2 = 1.0 - residuals.Shares / float numbers
          RMSE = sqrt (residuals.Squares / float numbers) }

    /// The score of no rows.
    static member Missing: Score = Score.Of(nan, nan)

    /// <summary>Whether a score is better than another by a criterion; where there are no classes, by the
    /// loss.</summary>
    /// <param name="other">The other one.</param>
    /// <param name="criterion">What they are compared by.</param>
    /// <returns>Whether it is so.</returns>
    member score.IsBetterThan(other: Score, criterion: Criterion) : bool =
        let isByLoss = criterion = Criterion.Loss || Double.IsNaN score.Accuracy

        if isByLoss || score.Accuracy = other.Accuracy then
            score.Loss < other.Loss
        else
            score.Accuracy > other.Accuracy

    /// As in: loss 0.1234, accuracy 0.98; of values: loss 0.02, R² 0.9, RMSE 0.15. What there is none of is left out.
    override this.ToString() =
        // A copy: the fields of a struct cannot be read inside of a list.
        let score = this

        [ $"loss {Text.short score.Loss}"
          if not (Double.IsNaN score.Accuracy) then
              $"accuracy {Text.short score.Accuracy}"
          if not (Double.IsNaN score.R2) then
              $"R² {Text.short score.R2}"
          if not (Double.IsNaN score.RMSE) then
              $"RMSE {Text.short score.RMSE}" ]
        |> String.concat ", "

/// Where training stands after a step.
[<Struct; JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type StepReport =
    {
        /// The epoch, from 1 on.
        Epoch: int
        /// Steps since the beginning of the run.
        Step: int
        /// Steps of the whole run.
        TotalSteps: int
        /// The mean loss of the rows of the step.
        Loss: float
    }

    /// As in: epoch 2, step 17 of 100: loss 0.3.
    override report.ToString() =
        let place =
            ("epoch "
             + (string report.Epoch)
             + ", step "
             + (string report.Step)
             + " of "
             + (string report.TotalSteps))

        $"{place}: loss {Text.short report.Loss}"

/// What an epoch came to. Validation is NaN where there is none. Seconds are those of training alone.
[<JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type EpochReport =
    {
        /// The epoch, from 1 on.
        Epoch: int
        /// Steps since the beginning of the run.
        Step: int
        /// The rate of its last step.
        LearningRate: float
        /// The score on the rows it learned from, taken while it learned.
        Train: Score
        /// The mean over the rows of what the penalties added to the loss, which is not in Train.
        Penalty: float
        /// The score on the rows held out; missing where there are none.
        Validation: Score
        /// How long its training took, without the validation.
        Seconds: float
    }

    /// The loss that a schedule listens to, and that has to be finite for a model to be the best: in validation, if there is one.
    member internal report.MonitoredLoss(isValidated: bool) : float =
        if isValidated then report.Validation.Loss else report.Train.Loss

    /// As in: epoch 3, step 24: loss 0.2, accuracy 0.9; validation loss 0.3, accuracy 0.85.
    override report.ToString() =
        let trained = "epoch " + string report.Epoch + ", step " + string report.Step + ": " + string report.Train

        if Double.IsNaN report.Validation.Loss then
            trained
        else
            $"{trained}; validation {string report.Validation}"

/// Why training ended. In JSON it is what it says of itself.
[<RequireQualifiedAccess; JsonConverter(typeof<FitEndConverter>)>]
type FitEnd =
    /// All epochs or steps were done.
    | Finished
    /// So many epochs as the options bear went by without a better validation score.
    | Stopped
    /// The caller asked for the end.
    | Cancelled
    /// The loss of a step was not finite, or the parameters at the end of an epoch were not. The diagnosis says where that
    /// began: looking at every gradient would cost some 5 % of a step, so an update that overflows shows in the loss of the
    /// next step.
    | Diverged of Epoch: int * Step: int * Loss: float * Diagnosis: Diagnosis

    /// As in: finished; of a training that diverged the loss, the step and the diagnosis.
    override ending.ToString() =
        match ending with
        | FitEnd.Finished -> "finished"
        | FitEnd.Stopped -> "stopped: validation was not better for as many epochs as the patience"
        | FitEnd.Cancelled -> "cancelled"
        | FitEnd.Diverged(epoch, step, loss, diagnosis) ->
            ("diverged: the loss is "
             + (Text.number loss)
             + " in epoch "
             + (string epoch)
             + ", step "
             + (string step)
             + "; it began in "
             + (string diagnosis))

/// An end in JSON: a text that begins with its case. It is not read back: no text has a whole diagnosis.
and [<Sealed>] internal FitEndConverter() =
    inherit JsonConverter<FitEnd>()

    override _.Read(_: byref<Utf8JsonReader>, _: Type, _: JsonSerializerOptions) : FitEnd =
        raise (NotSupportedException "the end of a training is written, and not read")

    override _.Write(writer: Utf8JsonWriter, ending: FitEnd, _: JsonSerializerOptions) : unit =
        writer.WriteStringValue(string ending)
