namespace NeuralNetwork

open System
open System.Runtime.InteropServices

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
        /// Whether each epoch is judged, and the best one kept, at the temperature of least validation loss (`Temperature`);
        /// nothing where there is no validation, or the predictions have no temperature.
        Calibrate: bool
    }

    /// Ten epochs of shuffled batches of 128; the best model is that of the smallest loss.
    static member Default: FitOptions =
        { Epochs = Defaults.Epochs
          BatchSize = Defaults.BatchSize
          Steps = 0
          Shuffle = true
          Patience = 0
          Best = Criterion.Loss
          Calibrate = false }

    /// These options with an earlier end: after so many epochs, if they go on for longer.
    member options.Until(epochs: int) : FitOptions = { options with Epochs = min epochs options.Epochs }

    /// The defaults with what is named changed.
    static member Of
        (
            [<Optional; DefaultParameterValue(Defaults.Epochs)>] epochs: int,
            [<Optional; DefaultParameterValue(Defaults.BatchSize)>] batchSize: int,
            [<Optional; DefaultParameterValue(0)>] patience: int,
            [<Optional; DefaultParameterValue(0)>] steps: int,
            [<Optional; DefaultParameterValue(true)>] shuffle: bool
        ) : FitOptions =
        { FitOptions.Default with
            Epochs = epochs
            BatchSize = batchSize
            Steps = steps
            Shuffle = shuffle
            Patience = patience }

    /// These options with or without calibrated probabilities.
    member options.Calibrated(calibrate: bool) : FitOptions = { options with Calibrate = calibrate }

    /// These options with another criterion of the best model.
    member options.With(best: Criterion) : FitOptions = { options with Best = best }

/// How a model does on rows: its loss, and what people look at. Accuracy is NaN where there are no classes, R² and RMSE where
/// there are no values.
[<Struct>]
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

    /// The score of rows that have classes.
    static member Of(loss: float, accuracy: float) : Score = { Loss = loss; Accuracy = accuracy; R2 = nan; RMSE = nan }

    /// The score of so many numbers, rows times outputs, from what was missed in them.
    static member Of(loss: float, residuals: Residuals, numbers: int) : Score =
        { Loss = loss
          Accuracy = nan
          R2 = 1.0 - residuals.Shares / float numbers
          RMSE = sqrt (residuals.Squares / float numbers) }

    /// The score of no rows.
    static member Missing: Score = Score.Of(nan, nan)

    /// Whether a score is better than another by a criterion; where there are no classes, by the loss.
    member score.IsBetterThan(other: Score, criterion: Criterion) : bool =
        let isByLoss = criterion = Criterion.Loss || Double.IsNaN score.Accuracy

        if isByLoss || score.Accuracy = other.Accuracy then
            score.Loss < other.Loss
        else
            score.Accuracy > other.Accuracy

/// Where training stands after a step.
[<Struct>]
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

/// What an epoch came to. Validation is NaN where there is none. Seconds are those of training alone.
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

/// Why training ended.
[<RequireQualifiedAccess>]
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
            $"diverged: the loss is {Text.number loss} in epoch {epoch}, step {step}; it began in {diagnosis}"
