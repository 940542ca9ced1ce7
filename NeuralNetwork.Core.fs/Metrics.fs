namespace NeuralNetwork

open System

/// How well rows of one class are told from the others. A quotient without cases is 0.
type ClassScore =
    {
        /// The share of the rows said to be of this class that are.
        Precision: float
        /// The share of the rows of this class that are said to be.
        Recall: float
        /// The harmonic mean of the two.
        F1: float
        /// The rows of this class.
        Support: int
    }

/// What predictions of classes come to. Confusion[is][said] counts rows.
type ClassReport = { Accuracy: float; PerClass: ClassScore[]; Confusion: int[][] }

/// What predictions of values come to.
type ValueReport =
    {
        /// 1 - Σ(t - y)² / Σ(t - t̄)²; NaN where the targets are all the same.
        R2: float
        RMSE: float
        MAE: float
    }

/// What is said about predictions beside their loss.
module Metrics =

    /// The class that a row of predictions stands for: the first greatest, or for a single output the second class from
    /// one half on up.
    let private predictedClass (outputs: int) (predictions: 'T[]) (row: int) : int =
        let value place = Lane.toFloat predictions[row * outputs + place]
        if outputs = 1 then (if value 0 > 0.5 then 1 else 0) else Seq.maxBy value (seq { 0 .. outputs - 1 })

    /// The classes of predictions, rows x outputs.
    let predictedClasses (outputs: int) (predictions: 'T[]) : int[] =
        Array.init (predictions.Length / outputs) (predictedClass outputs predictions)

    let private ratio part whole = if whole = 0 then 0.0 else float part / float whole

    let private score (confusion: int[][]) (label: int) : ClassScore =
        let hits = confusion[label][label]
        let support = Array.sum confusion[label]
        let said = confusion |> Array.sumBy (fun row -> row[label])

        { Precision = ratio hits said
          Recall = ratio hits support
          F1 = ratio (2 * hits) (said + support)
          Support = support }

    /// Compares the classes of rows with those predicted.
    let classes (count: int) (labels: int[]) (predicted: int[]) : ClassReport =
        let confusion = Array.init count (fun _ -> Array.zeroCreate<int> count)
        Array.iter2 (fun is said -> confusion[is][said] <- confusion[is][said] + 1) labels predicted
        let hits = Seq.init count (fun label -> confusion[label][label]) |> Seq.sum

        { Accuracy = ratio hits labels.Length
          PerClass = Array.init count (score confusion)
          Confusion = confusion }

    /// Compares targets with the values predicted.
    let values (targets: float[]) (predicted: float[]) : ValueReport =
        let residuals = Array.map2 (-) targets predicted
        let mean = Array.average targets
        let square x = x * x
        let squares = Array.sumBy square residuals
        let spread = targets |> Array.sumBy (fun target -> square (target - mean))

        { R2 = if spread = 0.0 then nan else 1.0 - squares / spread
          RMSE = sqrt (squares / float targets.Length)
          MAE = residuals |> Array.averageBy abs }
