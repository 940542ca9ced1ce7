namespace NeuralNetwork

open System
open System.Text.Json.Serialization
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

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

    /// <summary>Whether a score is better than another by a criterion; where there are no classes, or it is a criterion of
    /// thresholds alone, by the loss.</summary>
    /// <param name="other">The other one.</param>
    /// <param name="criterion">What they are compared by.</param>
    /// <returns>Whether it is so.</returns>
    member score.IsBetterThan(other: Score, criterion: Criterion) : bool =
        let isByLoss = criterion <> Criterion.Accuracy || Double.IsNaN score.Accuracy

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
