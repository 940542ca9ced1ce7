namespace NeuralNetwork

open System
open System.Text.Json.Serialization
open NeuralNetwork.Maths

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
        /// The temperature that this score was taken at; 1 where nothing is calibrated.
        Temperature: float
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
