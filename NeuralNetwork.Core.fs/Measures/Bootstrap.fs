namespace NeuralNetwork.Analysis

open System
open NeuralNetwork.Maths

/// How far a measure might be another one had the rows been others: the percentile interval of the bootstrap (Efron 1979). Rows
/// are drawn from those there are, with replacement, again and again, and the measure is taken of each draw; between the
/// quantiles 0.025 and 0.975 lies the interval. A draw is a weight for each row: how often it came.
[<RequireQualifiedAccess>]
module internal Bootstrap =

    [<Literal>]
    let private Level = 0.95

    // As many draws settle the ends of an interval to some hundredths of its length; fewer where there is much to add up.
    [<Literal>]
    let private MostDraws = 1000

    [<Literal>]
    let private LeastDraws = 200

    [<Literal>]
    let private Work = 20_000_000L

    /// How often to draw where a draw adds up so many numbers.
    let draws (numbers: int64) : int = int (min (int64 MostDraws) (max (int64 LeastDraws) (Work / max 1L numbers)))

    /// How often each row came in a draw.
    let drawn (seed: uint64) (draw: int) (rows: int) : float[] =
        let key = Random.fold (Random.key seed Purpose.Resample) (uint64 draw)
        let weights = Array.zeroCreate rows

        for place in 0 .. rows - 1 do
            let row = Random.below rows key (uint64 place)
            weights[row] <- weights[row] + 1.0

        weights

    /// The quantile of numbers in ascending order, between two of them by their distances (definition 7 of Hyndman and Fan 1996,
    /// which is NumPy's).
    let quantile (sorted: float[]) (q: float) : float =
        let place = q * float (sorted.Length - 1)
        let below = int (floor place)
        let above = min (below + 1) (sorted.Length - 1)
        sorted[below] + (place - float below) * (sorted[above] - sorted[below])

    /// The interval of a measure of weighted rows. Draws that it says nothing of do not count; NaN where these are most.
    let interval (seed: uint64) (rows: int) (numbers: int64) (measure: float[] -> float) : struct (float * float) =
        let count = draws numbers

        let found =
            Array.init (if rows < 2 then 0 else count) (fun draw -> measure (drawn seed draw rows))
            |> Array.filter Double.IsFinite
            |> Array.sort

        if 2 * found.Length < count then
            struct (nan, nan)
        else
            struct (quantile found ((1.0 - Level) / 2.0), quantile found ((1.0 + Level) / 2.0))

    /// Σw over the rows that are right, as a share of all.
    let accuracy (isRight: bool[]) (weights: float[]) : float =
        let mutable right = 0.0

        for row in 0 .. isRight.Length - 1 do
            if isRight[row] then
                right <- right + weights[row]

        right / Array.sum weights

    /// The area under the curve of weighted rows, in the ascending order of their scores: of all pairs of a positive and a
    /// negative row the share in which the positive one has the greater score, those of the same score counted by half.
    let auc (isPositive: bool[]) (scores: float[]) : float[] -> float =
        let order = Array.init scores.Length id
        let sorted = Array.copy scores
        Array.Sort(sorted, order)
        // In the order of the scores, so that a draw goes through all but the weights from one end to the other.
        let isPositive = order |> Array.map (fun row -> isPositive[row])

        fun weights ->
            let mutable below = 0.0 // negative rows of a lower score
            let mutable positives = 0.0 // of the score that is being looked at
            let mutable negatives = 0.0
            let mutable all = 0.0
            let mutable pairs = 0.0

            for place in 0 .. order.Length - 1 do
                let weight = (weights: float[])[order[place]]

                if isPositive[place] then positives <- positives + weight else negatives <- negatives + weight

                if place = order.Length - 1 || sorted[place + 1] <> sorted[place] then
                    pairs <- pairs + positives * (below + negatives / 2.0)
                    all <- all + positives
                    below <- below + negatives
                    positives <- 0.0
                    negatives <- 0.0

            pairs / (all * below)

    /// The mean of the areas of the classes that have rows, and not all of them; predictions are rows x classes.
    let macroAUC (classes: int) (labels: int[]) (predictions: float[]) : float[] -> float =
        let areas =
            Array.init classes (fun label ->
                auc
                    (labels |> Array.map ((=) label))
                    (Array.init labels.Length (fun row -> predictions[row * classes + label])))

        fun weights ->
            match areas |> Array.map (fun area -> area weights) |> Array.filter Double.IsFinite with
            | [||] -> nan
            | found -> Array.average found

    /// 1 - Σw(t - y)² / Σw(t - t̄)², with the mean of the weighted targets. NaN where these are all the same.
    let r2 (targets: float[]) (predicted: float[]) (weights: float[]) : float =
        let meanOf (f: int -> float) =
            let mutable sum = 0.0

            for row in 0 .. targets.Length - 1 do
                sum <- sum + weights[row] * f row

            sum / float targets.Length

        let mean = meanOf (fun row -> targets[row])

        let squares = meanOf (fun row -> (targets[row] - predicted[row]) * (targets[row] - predicted[row]))

        let spread = meanOf (fun row -> (targets[row] - mean) * (targets[row] - mean))
        if spread = 0.0 then nan else 1.0 - squares / spread

/// Whether two ways differ by more than chance, where both were tried on the same splits.
[<RequireQualifiedAccess>]
module internal PairedTest =

    /// The probability that |T| is at least |t| for T of Student's distribution, by its finite sums (Abramowitz and Stegun 1964,
    /// 26.7.3 and 26.7.4).
    let tail (t: float) (freedom: int) : float =
        let nu = float freedom
        let cos2 = nu / (nu + t * t)
        let sin = abs t / sqrt (nu + t * t)

        let sum first factor count =
            Seq.unfold (fun (term, k) -> Some(term, (term * cos2 * factor (float k), k + 1))) (first, 1)
            |> Seq.truncate count
            |> Seq.sum

        let inside =
            if freedom % 2 = 0 then
                sin * sum 1.0 (fun k -> (2.0 * k - 1.0) / (2.0 * k)) (freedom / 2)
            else
                let angle = Math.Atan(abs t / sqrt nu)

                2.0 / Math.PI
                * (angle + sin * sum (sqrt cos2) (fun k -> 2.0 * k / (2.0 * k + 1.0)) ((freedom - 1) / 2))

        max 0.0 (1.0 - inside)

    /// The p-value of differences that were measured in pairs, by the corrected resampled t-test of Nadeau and Bengio 2003:
    /// t = d̄ / √((1/n + overlap)·s²) on n - 1 degrees of freedom. Overlap is the rows measured on as a share of those trained on: with
    /// it the doubt allows for splits that share their training rows. NaN of fewer than two pairs,
    /// and where all differences are the same.
    let pValue (differences: float[]) (overlap: float) : float =
        let count = float differences.Length

        if differences.Length < 2 then
            nan
        else
            let mean = Array.average differences

            let variance = (differences |> Array.sumBy (fun one -> (one - mean) * (one - mean))) / (count - 1.0)

            // Differences that are all the same up to rounding say nothing of how far others would be.
            if variance <= 1e-24 * mean * mean then
                if mean = 0.0 then 1.0 else nan
            else
                tail (mean / sqrt ((1.0 / count + overlap) * variance)) (differences.Length - 1)
