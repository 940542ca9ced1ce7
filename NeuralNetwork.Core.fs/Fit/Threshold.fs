namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Maths

/// The probability above which a row is taken for the second of two classes. Half is right where both mistakes cost the same and
/// probabilities are what they say; otherwise the threshold is chosen on rows that the model has not learned from: of every cut between
/// two of their probabilities, the one that is best by a criterion. With rows of the second class called positive: F₁ (van Rijsbergen,
/// "Information retrieval", 1979), J (Youden, "Index for rating diagnostic tests", 1950), or the least cost of mistakes (Elkan, "The
/// foundations of cost-sensitive learning", 2001).
module internal Threshold =

    /// What keeps a criterion from choosing a threshold, if anything.
    let defect (criterion: Criterion) : string option =
        match criterion with
        | Criterion.Loss -> Some "a threshold by loss: no loss depends on it"
        | Criterion.Cost(falsePositive, falseNegative) when
            not (falsePositive > 0.0 && Double.IsFinite falsePositive)
            || not (falseNegative > 0.0 && Double.IsFinite falseNegative)
            ->
            Some $"{criterion.Name}: costs are above 0 and finite"
        | Criterion.Cost _
        | Criterion.Accuracy
        | Criterion.F1
        | Criterion.Youden -> None

    /// What rows come to by a criterion where so many of each class are said to be of the second; of costs the mean, and else a
    /// measure of which more is better.
    let private measure criterion (positives: int) (negatives: int) (truePositives: int) (falsePositives: int) : float =
        let ratio part whole = if whole = 0L then 0.0 else float part / float whole
        let tp, fp, p, n = int64 truePositives, int64 falsePositives, int64 positives, int64 negatives

        match criterion with
        | Criterion.F1 -> ratio (2L * tp) (tp + fp + p)
        // tp / p - fp / n as one quotient: equal measures are equal numbers.
        | Criterion.Youden -> if p = 0L || n = 0L then nan else ratio (tp * n - fp * p) (p * n)
        | Criterion.Cost(falsePositive, falseNegative) ->
            (falsePositive * float fp + falseNegative * float (p - tp)) / float (p + n)
        | Criterion.Accuracy
        | Criterion.Loss -> ratio (tp + n - fp) (p + n)

    /// What rows come to by a criterion, p being their probabilities of the second class.
    let measureAt (criterion: Criterion) (threshold: float) (labels: int[]) (p: float[]) : float =
        let said = p |> Array.map (fun p -> p > threshold)

        let count label =
            Array.fold2 (fun sum own isSaid -> if isSaid && own = label then sum + 1 else sum) 0 labels said

        let positives = labels |> Array.sumBy (fun label -> if label = 1 then 1 else 0)
        measure criterion positives (labels.Length - positives) (count 1) (count 0)

    /// A number from the lower one on and below the higher one: the middle, rounded to float32 where that lies between them.
    let private between (low: float) (high: float) : float =
        let middle = float (float32 (0.5 * (low + high)))
        if middle >= low && middle < high then middle else low

    /// A threshold for every way in which one can part these probabilities, the lowest first; of 0 and 1, which no threshold
    /// parts from what is below and above, all that there is.
    let cuts (p: float[]) : float[] =
        let points = Array.distinct (Array.sort (Array.append [| 0.0; 1.0 |] p))
        let inner = points |> Array.pairwise |> Array.map (fun (low, high) -> between low high)
        if Array.contains 1.0 p then Array.append inner [| 1.0 |] else inner

    /// The threshold that is best by a criterion, and what these rows come to at it; of equally good ones that nearest to 1/2, and of
    /// two equally near the lower. O(n log n): from cut to cut only the rows between them change sides.
    let choose (criterion: Criterion) (labels: int[]) (p: float[]) : struct (float * float) =
        let order = Array.init p.Length id
        Array.sortInPlaceBy (fun row -> p[row]) order
        let positives = labels |> Array.sumBy (fun label -> if label = 1 then 1 else 0)
        let negatives = labels.Length - positives
        let gain = if criterion.IsCost then (fun cost -> -cost) else id
        let mutable truePositives = positives
        let mutable falsePositives = negatives
        let mutable next = 0
        let mutable best = struct (nan, nan)

        for threshold in cuts p do
            while next < order.Length && not (p[order[next]] > threshold) do
                if labels[order[next]] = 1 then
                    truePositives <- truePositives - 1
                else
                    falsePositives <- falsePositives - 1

                next <- next + 1

            let found = measure criterion positives negatives truePositives falsePositives
            let struct (chosen, value) = best

            let isBetter =
                Double.IsNaN chosen
                || gain found > gain value
                || (found = value && abs (threshold - 0.5) < abs (chosen - 0.5))

            if isBetter then
                best <- struct (threshold, found)

        best

    /// The probabilities of the second class at a temperature, of logits that are rows x 2, as numbers of a network have them.
    let probabilities<'T> (temperature: float) (z: float[]) : float[] =
        let sigmoid x =
            let e = Scalar.exp -(abs x)
            if x >= 0.0 then 1.0 / (1.0 + e) else e / (1.0 + e)

        let rounded p = Lane.toFloat (Lane.ofFloat<'T> p)
        Array.init (z.Length / 2) (fun row -> rounded (sigmoid ((z[2 * row + 1] - z[2 * row]) / temperature)))
