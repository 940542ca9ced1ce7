namespace NeuralNetwork

open System
open System.Numerics
open NeuralNetwork.Maths

/// The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011, Algorithms for hyper-parameter optimization,
/// section 4): what a search tries next. Of the trials so far the best share γ is good; l is the density of what they tried, g that of what
/// all others did. Of candidates drawn from l the one is tried where l/g is greatest: the expected improvement,
/// 1 / (γ + (1 - γ)·g/l) but for a factor, grows with it.
///
/// Options are looked at one by one. The place of a value of a range is in [0, 1], on the scale that it is drawn on; that of a value of a
/// choice is its number. So what is drawn at random is uniform, and that is the prior.
module internal Parzen =

    /// γ, in hundredths.
    [<Literal>]
    let Good = 15

    /// How many candidates are drawn from l, as in Hyperopt.
    [<Literal>]
    let Candidates = 24

    /// No deviation is less than 1 / this, as in Hyperopt.
    [<Literal>]
    let private Narrowest = 100.0

    /// The density of an option's places.
    [<RequireQualifiedAccess>]
    type Density =
        /// Of a range: the uniform density and a normal one around each place, cut at 0 and 1, in equal parts.
        | Range of means: float[] * deviations: float[]
        /// Of a choice: the probability of each value.
        | Choice of float[]

    /// Φ(x), from x·Φ(x).
    let private below (x: float) : float =
        if x = 0.0 then 0.5 else Vector.GetElement(GatedFunctions.gelu (Vector<float> x), 0) / x

    /// Φ(-μ/σ) and Φ((1 - μ)/σ): how much of a normal density is below 0, and how much below 1.
    let private cut (mean: float) (deviation: float) : struct (float * float) =
        struct (below (-mean / deviation), below ((1.0 - mean) / deviation))

    /// Of a range: σᵢ is the greater of the distances from a place to its neighbours, 0 and 1 among them, but between
    /// 1 / min(100, n + 2) and 1. Of a choice of k values: (1 + Cᵢ) / (k + n), Cᵢ of the n places at value i. A range has no size, 0.
    let ofPlaces (size: int) (places: float[]) : Density =
        if size = 0 then
            let means = Array.sort places
            let ends = Array.concat [ [| 0.0 |]; means; [| 1.0 |] ]
            let least = 1.0 / min Narrowest (float (places.Length + 2))

            let deviation place =
                min 1.0 (max least (max (ends[place + 1] - ends[place]) (ends[place + 2] - ends[place + 1])))

            Density.Range(means, Array.init means.Length deviation)
        else
            let counted value = places |> Seq.filter (fun place -> int place = value) |> Seq.length
            Density.Choice(Array.init size (fun value -> float (1 + counted value) / float (size + places.Length)))

    /// The density at a place.
    let at (density: Density) (place: float) : float =
        match density with
        | Density.Choice probabilities -> probabilities[int place]
        | Density.Range(means, deviations) ->
            let bell mean deviation =
                let struct (low, high) = cut mean deviation
                let z = (place - mean) / deviation
                0.3989422804014327 * Scalar.exp (-0.5 * z * z) / (deviation * (high - low))

            (1.0 + Array.sum (Array.map2 bell means deviations)) / float (1 + means.Length)

    /// A place with this density: which part of it, and where in that part, by the two numbers of the stream that belong to the candidate.
    let draw (density: Density) (key: Key) (candidate: int) : float =
        let part, where = uint64 (2 * candidate), uint64 (2 * candidate + 1)

        match density with
        | Density.Choice probabilities ->
            let sums = Array.scan (+) 0.0 probabilities
            let u = Random.uniform key part
            // Rounding may leave the last sum below 1.
            float (min (probabilities.Length - 1) (Array.findIndexBack (fun sum -> sum <= u) sums))
        | Density.Range(means, deviations) ->
            let u = Random.uniform key where

            match Random.below (means.Length + 1) key part with
            | last when last = means.Length -> u
            | place ->
                let struct (low, high) = cut means[place] deviations[place]
                // The quantile of 1 itself is no number.
                let p = min (low + u * (high - low)) (Math.BitDecrement 1.0)
                Math.Clamp(means[place] + deviations[place] * Random.normalQuantile p, 0.0, 1.0)

    /// What to try next: a place for each option. `ranked` are the trials that have ended, the best first, `pending` those that have not: they
    /// count as not good, so that what is being tried is not tried again.
    let propose (sizes: int[]) (ranked: float[][]) (pending: float[][]) (key: Key) : float[] =
        let good = (Good * ranked.Length + 99) / 100
        let best, others = Array.take good ranked, Array.append (Array.skip good ranked) pending

        let proposed option size =
            let places = Array.map (fun (tried: float[]) -> tried[option])
            let l, g = ofPlaces size (places best), ofPlaces size (places others)
            let stream = Random.fold key (uint64 option)
            Seq.init Candidates (draw l stream) |> Seq.maxBy (fun place -> at l place / at g place)

        Array.mapi proposed sizes
