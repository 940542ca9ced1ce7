namespace NeuralNetwork

open System
open System.Text.Json.Serialization
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

/// How well rows of one class are told from the others. A quotient without cases is 0.
[<JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type ClassScore =
    {
        /// TP / (TP + FP), the share of the rows said to be of this class that are.
        Precision: float
        /// TP / (TP + FN), the share of the rows of this class that are said to be.
        Recall: float
        /// 2·TP / (2·TP + FP + FN), the harmonic mean of the two.
        F1: float
        /// The rows of this class.
        Support: int
    }

    /// As in: precision 0.9, recall 0.8, F1 0.85 of 10 rows.
    override score.ToString() =
        let precision, recall, f1 = Text.short score.Precision, Text.short score.Recall, Text.short score.F1

        ("precision "
         + precision
         + ", recall "
         + recall
         + ", F1 "
         + f1
         + " of "
         + (Text.count score.Support "row"))

/// What predictions of classes come to.
[<JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type ClassReport =
    {
        /// The share of the rows whose class is predicted.
        Accuracy: float
        /// The scores of each class, in their order.
        PerClass: ClassScore[]
        /// The means over the classes, whatever their rows; Support is the number of rows.
        Macro: ClassScore
        /// Confusion[is][said] counts rows.
        Confusion: int[][]
        /// The share of the rows whose class is among the five greatest predictions; NaN for five classes or less.
        TopFive: float
        /// The mean over the classes of the area under the curve of one against the rest; NaN where there is no curve.
        AUC: float
        /// The expected calibration error; NaN where predictions are no probabilities.
        CalibrationError: float
    }

    /// As in: accuracy 0.9; on average precision 0.9, recall 0.8, F1 0.85 of 10 rows.
    override report.ToString() = $"accuracy {Text.short report.Accuracy}; on average {string report.Macro}"

/// What predictions of values come to, for one output or for all of them together.
[<JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type ValueReport =
    {
        /// 1 - Σ(t - y)² / Σ(t - t̄)², the mean over the outputs; NaN where the targets of an output are all the same.
        R2: float
        /// √(Σ(t - y)² / n); n counts rows and outputs, as in `Score`.
        RMSE: float
        /// Σ|t - y| / n; n counts rows and outputs.
        MAE: float
    }

    /// As in: R² 0.9, RMSE 0.15, MAE 0.1.
    override report.ToString() =
        ("R² "
         + (Text.short report.R2)
         + ", RMSE "
         + (Text.short report.RMSE)
         + ", MAE "
         + (Text.short report.MAE))

/// What is said about predictions beside their loss: pure functions of predictions and what they should have been.
module Metrics =

    let private ratio part whole = if whole = 0 then 0.0 else float part / float whole

    // Classes ---------------------------------------------------------------------------------------------------------

    /// The class of each row of predictions, rows x outputs, at a threshold: of two classes the second one where its probability is above
    /// it. Where there is none (NaN) as `classesOf` has it.
    let classesAt (threshold: float) (network: Network) (predictions: 'T[]) : int[] =
        let outputs, boundary = network.Outputs, Loss.predictedBoundary network.Loss
        let classOf row = Classes.ofRowAt threshold boundary (ReadOnlySpan(predictions, row * outputs, outputs))
        Array.init (predictions.Length / outputs) classOf

    /// The class of each row of predictions, rows x outputs: the first greatest, or for a single output the second class
    /// above the boundary of the loss.
    let classesOf (network: Network) (predictions: 'T[]) : int[] = classesAt nan network predictions

    /// How many rows are of a class (first index) and said to be of another (second index).
    let confusion (classes: int) (labels: int[]) (predicted: int[]) : int[][] =
        let counts = Array.init classes (fun _ -> Array.zeroCreate<int> classes)
        Array.iter2 (fun is said -> counts[is][said] <- counts[is][said] + 1) labels predicted
        counts

    /// The share of a confusion matrix on its diagonal.
    let accuracy (confusion: int[][]) : float =
        ratio (Seq.sum (Seq.mapi (fun label (row: int[]) -> row[label]) confusion)) (Array.sumBy Array.sum confusion)

    /// Precision, recall and F1 of one class.
    let score (confusion: int[][]) (label: int) : ClassScore =
        let hits = confusion[label][label]
        let support = Array.sum confusion[label]
        let said = confusion |> Array.sumBy (fun row -> row[label])

        { Precision = ratio hits said
          Recall = ratio hits support
          F1 = ratio (2 * hits) (said + support)
          Support = support }

    /// The unweighted means over classes.
    let macro (scores: ClassScore[]) : ClassScore =
        { Precision = Array.averageBy _.Precision scores
          Recall = Array.averageBy _.Recall scores
          F1 = Array.averageBy _.F1 scores
          Support = Array.sumBy _.Support scores }

    /// The share of the rows whose label is among the k greatest of its predictions, rows x classes. Of equal ones the first
    /// is the greater, so that the accuracy is the case k = 1.
    let topAccuracy (k: int) (classes: int) (labels: int[]) (predictions: float[]) : float =
        let isHit row label =
            let own = predictions[row * classes + label]

            let isAhead place =
                let other = predictions[row * classes + place]
                other > own || (other = own && place < label)

            (Seq.filter isAhead (seq { 0 .. classes - 1 }) |> Seq.length) < k

        ratio (Seq.mapi isHit labels |> Seq.filter id |> Seq.length) labels.Length

    /// The rank of each value, from 1 on; equal ones have the mean of theirs.
    let private ranksOf (values: float[]) : float[] =
        let ranks = Array.zeroCreate<float> values.Length

        let rank (below: int) (_, places: int[]) =
            for place in places do
                ranks[place] <- float below + float (places.Length + 1) / 2.0

            below + places.Length

        Array.indexed values
        |> Array.groupBy snd
        |> Array.sortBy fst
        |> Array.map (fun (value, own) -> value, Array.map fst own)
        |> Array.fold rank 0
        |> ignore

        ranks

    /// The probability that a random positive row has a greater score than a random negative one, ties counted by half: the
    /// area under the ROC curve, from ranks, (R₊ - n₊(n₊ + 1)/2) / (n₊·n₋) (Hanley and McNeil 1982). NaN where there are
    /// no positive or no negative rows.
    let auc (isPositive: bool[]) (scores: float[]) : float =
        let positives = isPositive |> Seq.filter id |> Seq.length |> float
        let negatives = float isPositive.Length - positives

        let ranks =
            Array.fold2 (fun sum isOne rank -> if isOne then sum + rank else sum) 0.0 isPositive (ranksOf scores)

        (ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives)

    /// The mean over the classes that have rows, and not all of them, of the area under the curve of a class against the
    /// rest. NaN where there is no such class.
    let macroAUC (classes: int) (labels: int[]) (predictions: float[]) : float =
        let against label =
            auc
                (Array.map ((=) label) labels)
                (Array.init labels.Length (fun row -> predictions[row * classes + label]))

        match Array.init classes against |> Array.filter (fun area -> not (Double.IsNaN area)) with
        | [||] -> nan
        | areas -> Array.average areas

    /// Between what the accuracy lies in 95 of 100 draws of as many rows from these (bootstrap, percentiles; Efron 1979), from a
    /// seed: low and high. NaN where that cannot be said.
    let accuracyInterval (seed: uint64) (isRight: bool[]) : struct (float * float) =
        Bootstrap.interval seed isRight.Length (int64 isRight.Length) (Bootstrap.accuracy isRight)

    /// The same for the mean area under the curve, of predictions that are rows x classes.
    let aucInterval (seed: uint64) (classes: int) (labels: int[]) (predictions: float[]) : struct (float * float) =
        Bootstrap.interval
            seed
            labels.Length
            (int64 classes * int64 labels.Length)
            (Bootstrap.macroAUC classes labels predictions)

    /// The same for R², the mean over the outputs: targets and predictions of each.
    let r2Interval (seed: uint64) (targets: float[][]) (predicted: float[][]) : struct (float * float) =
        let rows = if targets.Length = 0 then 0 else targets[0].Length

        Bootstrap.interval seed rows (int64 rows * int64 targets.Length) (fun weights ->
            Array.map2 (fun t y -> Bootstrap.r2 t y weights) targets predicted |> Array.average)

    /// The p-value of differences between two ways that were measured in pairs, on the same splits: the corrected resampled t-test
    /// (Nadeau and Bengio 2003), where `overlap` is the rows measured on as a share of those trained on. NaN of fewer than two pairs.
    let pairedDoubt (differences: float[]) (overlap: float) : float = PairedTest.pValue differences overlap

    /// Whether one of two models answers better by chance: the p-value of the exact two-sided sign test, where of the rows that one
    /// answers better than the other `first` are the one's and `second` the other's: min(1, 2·Σₖ C(n, k)/2ⁿ) over k from 0 to the
    /// lesser of them, n = first + second. Of classifiers that are right or wrong it is McNemar's test (1947) in its exact form. 1
    /// without such rows. ArgumentOutOfRangeException of less than none.
    let signTest (first: int) (second: int) : float =
        ArgumentOutOfRangeException.ThrowIfNegative(first, nameof first)
        ArgumentOutOfRangeException.ThrowIfNegative(second, nameof second)
        let n, lesser = float first + float second, min first second
        // Logarithms of C(n, k)/2ⁿ: beyond 1074 rows 2⁻ⁿ itself is no number. They grow up to k = n/2.
        let terms =
            [| 0 .. lesser - 1 |]
            |> Array.scan (fun term k -> term + Scalar.log ((n - float k) / float (k + 1))) (-n * Scalar.log 2.0)

        let greatest = Array.last terms
        min 1.0 (2.0 * Scalar.exp greatest * Array.sumBy (fun term -> Scalar.exp (term - greatest)) terms)

    /// How much of the ranks of values is a matter of their groups: (H - k + 1) / (n - k), where H is the statistic of Kruskal and Wallis (1952,
    /// Use of ranks in one-criterion variance analysis), corrected for ties, of n values in k groups. It is the variance that the groups
    /// explain as a share of all, less what they explain by chance (η² from H; Tomczak and Tomczak 2014, The need to report effect size estimates
    /// revisited): 1 at most, and about 0 where the groups do not matter, which may be below. NaN where all are in one
    /// group, each is in one of its own, or all values are equal. Infinite values have ranks like others; none may be NaN.
    let rankEffect (groups: int[]) (values: float[]) : float =
        if groups.Length <> values.Length then
            raise (ArgumentException $"{groups.Length} groups for {values.Length} values")

        if Array.exists Double.IsNaN values then
            raise (ArgumentException "a value is NaN, which has no rank")

        let n = float values.Length
        let ranks = ranksOf values
        let square x = x * x

        let members = Array.zip groups ranks |> Array.groupBy fst |> Array.map (snd >> Array.map snd)

        let k = float members.Length
        let mean = (n + 1.0) / 2.0
        let between = members |> Array.sumBy (fun own -> float own.Length * square (Array.average own - mean))
        let all = ranks |> Array.sumBy (fun rank -> square (rank - mean))
        let h = (n - 1.0) * between / all
        if k < 2.0 || k >= n || all = 0.0 then nan else (h - k + 1.0) / (n - k)

    /// The equal bins of the calibration error.
    [<Literal>]
    let Bins = 15

    /// Of each bin that has rows, in the order of their confidence, which lies in ((b - 1)/15, b/15]: how many are right, the sum of
    /// their confidence, and how many there are.
    let private bins (isRight: bool[]) (confidence: float[]) : struct (int * float * int)[] =
        let bin (_, confidence) = max 1 (int (ceil (confidence * float Bins)))

        let counted (_, rows: (bool * float)[]) =
            struct (rows |> Seq.filter fst |> Seq.length, Array.sumBy snd rows, rows.Length)

        Array.zip isRight confidence |> Array.groupBy bin |> Array.sortBy fst |> Array.map counted

    /// Σ |B|/n·|accuracy of B - mean confidence of B| over the rows B whose confidence, the probability of the class that is
    /// predicted, lies in ((b - 1)/15, b/15] (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017).
    let calibrationError (isRight: bool[]) (confidence: float[]) : float =
        let gap struct (right, sum, _) = abs (float right - sum)
        (bins isRight confidence |> Array.sumBy gap) / float isRight.Length

    /// The points of a reliability diagram: of the rows in each bin of the calibration error their mean confidence, the share that is
    /// right, and how many they are, the least sure first (DeGroot and Fienberg 1983).
    let reliability (isRight: bool[]) (confidence: float[]) : struct (float * float * int)[] =
        bins isRight confidence
        |> Array.map (fun struct (right, sum, rows) -> struct (sum / float rows, float right / float rows, rows))

    /// The temperature T of the least mean loss of softmax(z / T), and that loss, Σ wᵢ·Lᵢ / n, for logits z (rows x classes) with a
    /// class for each row, which weigh alike where there are no weights (Guo, Pleiss, Sun and Weinberger 2017). T is from 1/8 to 16.
    let temperature (z: float[]) (labels: int[]) (weights: float[]) : struct (float * float) =
        Temperature.fit 0.0 z labels weights

    let private demandPairs (labels: int[]) (p: float[]) : unit =
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        ArgumentNullException.ThrowIfNull(p, nameof p)

        if labels.Length <> p.Length then
            raise (ArgumentException($"{p.Length} probabilities for {labels.Length} labels", nameof p))

        if labels |> Array.exists (fun label -> label <> 0 && label <> 1) then
            raise (ArgumentException("a label is neither 0 nor 1", nameof labels))

    /// The threshold of the probability p of the second of two classes that is best by a criterion, and what these rows, whose classes are
    /// 0 or 1, come to at it: of every way to part the probabilities the best, of equally good ones the threshold nearest to 1/2, and of two
    /// equally near the lower. ArgumentException by the loss, and where a cost is not above 0 and finite.
    let threshold (criterion: Criterion) (labels: int[]) (p: float[]) : struct (float * float) =
        demandPairs labels p
        Threshold.defect criterion |> Option.iter (fun found -> raise (ArgumentException found))
        Threshold.choose criterion labels p

    /// What rows come to by a criterion where those are taken for the second of two classes whose probability p of it is above a threshold:
    /// accuracy, F₁, Youden's J, which is NaN where all rows are of one class, or the mean cost of a row.
    let atThreshold (criterion: Criterion) (threshold: float) (labels: int[]) (p: float[]) : float =
        demandPairs labels p
        Threshold.defect criterion |> Option.iter (fun found -> raise (ArgumentException found))
        Threshold.measureAt criterion threshold labels p

    /// The predictions with a column for each of two classes where there was one output for both.
    let private columns (network: Network) (predictions: 'T[]) : float[] =
        let values = Array.map Lane.toFloat predictions

        if network.Outputs > 1 then
            values
        else
            // 1 - p where p is a probability, and what orders rows the other way where it is none.
            values |> Array.collect (fun p -> [| 1.0 - p; p |])

    /// Compares the classes of rows with those predicted. What needs more than the classes is NaN.
    let classes (count: int) (labels: int[]) (predicted: int[]) : ClassReport =
        let confusion = confusion count labels predicted
        let perClass = Array.init count (score confusion)

        { Accuracy = accuracy confusion
          PerClass = perClass
          Macro = macro perClass
          Confusion = confusion
          TopFive = nan
          AUC = nan
          CalibrationError = nan }

    /// Compares the labels of rows with what a network predicts for them, rows x outputs, at a threshold; NaN for none.
    let reportAt (threshold: float) (network: Network) (labels: int[]) (predictions: 'T[]) : ClassReport =
        let count = Classes.count network.Outputs
        let predicted, columns = classesAt threshold network predictions, columns network predictions
        let confidence = predicted |> Array.mapi (fun row said -> columns[row * count + said])

        { classes count labels predicted with
            TopFive = if count > 5 then topAccuracy 5 count labels columns else nan
            AUC = macroAUC count labels columns
            CalibrationError =
                if Loss.isProbability network.Loss then
                    calibrationError (Array.map2 (=) labels predicted) confidence
                else
                    nan }

    /// Compares the labels of rows with what a network predicts for them, rows x outputs.
    let report (network: Network) (labels: int[]) (predictions: 'T[]) : ClassReport =
        reportAt nan network labels predictions

    // Values ----------------------------------------------------------------------------------------------------------

    /// Compares the targets of one output with the values predicted.
    let values (targets: float[]) (predicted: float[]) : ValueReport =
        let residuals = Array.map2 (-) targets predicted
        let mean = Array.average targets
        let square x = x * x
        let squares = Array.sumBy square residuals
        let spread = targets |> Array.sumBy (fun target -> square (target - mean))

        { R2 = if spread = 0.0 then nan else 1.0 - squares / spread
          RMSE = sqrt (squares / float targets.Length)
          MAE = residuals |> Array.averageBy abs }

    /// The share of rows whose target is within the margin of what is predicted: |t - y| ≤ m. NaN for no rows.
    let coverage (margin: float) (targets: float[]) (predicted: float[]) : float =
        let held = Array.map2 (fun target y -> if abs (target - y) <= margin then 1.0 else 0.0) targets predicted

        Array.sum held / float held.Length

    /// The margin around predictions that holds the share c of further rows, from what n rows miss by: the ⌈c·(n + 1)⌉-th smallest miss
    /// (split conformal prediction, Papadopoulos et al. 2002). NaN where n is less than c / (1 - c). ArgumentOutOfRangeException where c is
    /// not above 0 and below 1.
    let margin (coverage: float) (misses: float[]) : float =
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(coverage, nameof coverage)
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(coverage, 1.0, nameof coverage)
        let isEnough = float misses.Length >= Margins.fewest coverage
        if isEnough then (Margins.ofMisses coverage 1 misses)[0] else nan

    /// What the outputs of the same rows, at least one, come to together, from what each of them comes to.
    let overOutputs (each: ValueReport[]) : ValueReport =
        { R2 = Array.averageBy _.R2 each
          RMSE = sqrt (each |> Array.averageBy (fun one -> one.RMSE * one.RMSE))
          MAE = Array.averageBy _.MAE each }

    /// Compares targets with the values predicted, both rows x outputs, over all outputs.
    let meanValues (outputs: int) (targets: float[]) (predicted: float[]) : ValueReport =
        let column place (numbers: float[]) =
            Array.init (numbers.Length / outputs) (fun row -> numbers[row * outputs + place])

        Array.init outputs (fun place -> values (column place targets) (column place predicted))
        |> overOutputs
