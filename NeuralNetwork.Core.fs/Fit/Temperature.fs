namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Maths

/// The temperature of predicted probabilities: softmax(z / T). One number that does not change which class is the greatest, and
/// brings how sure a model is in line with how often it is right (Guo, Pleiss, Sun and Weinberger, "On calibration of modern
/// neural networks", 2017). It is found on rows that the model has not learned from.
///
/// A network grows too sure long before it stops getting better at telling classes apart. Epochs are therefore compared at the
/// temperature that suits each of them, and the best one is kept at its own: refine, then calibrate (Berta, Holzmüller, Jordan
/// and Bach, "Rethinking early stopping", 2025).
///
/// A few rows that are all right say that any other T but the least is too great. So T = 1 is taken for likelier than others: β = 1 / T
/// has a gamma prior of density ∝ (β·exp(-β))ᵃ, whose mode is 1, and the cost of a temperature is what it adds to the loss,
/// a·(β - 1 - log β) / n. It is convex in β, as the loss is.
module internal Temperature =

    // Outside of these a model is useless or right on every row, and there is no least loss to find.
    [<Literal>]
    let private Least = 0.125

    [<Literal>]
    let private Greatest = 16.0

    /// a, how many rows the prior is worth: those whose z have the variance 1 under the predicted probabilities.
    [<Literal>]
    let Prior = 16.0

    /// What a temperature costs beside the mean loss over so many rows: a·(β - 1 - log β) / n; nothing at T = 1.
    let cost (rows: int) (temperature: float) : float =
        let beta = 1.0 / temperature
        Prior * (beta - 1.0 - Scalar.log beta) / float rows

    /// Whether a network's predictions have a temperature: probabilities of classes that exclude each other, from logits that
    /// a dense layer gives.
    let suits (network: Network) : bool =
        let isLogit = network.Layers |> List.tryLast |> Option.exists _.IsDense

        match network.Loss with
        | Loss.SoftmaxCrossEntropy -> isLogit
        | Loss.BinaryCrossEntropy -> isLogit && network.Outputs = 1
        | _ -> false

    /// The terms of a row at the inverse temperature β: its loss log Σⱼ exp(β·zⱼ) - β·z of its class, and that one's first
    /// and second derivative in β, which are the mean and the variance of z under the predicted probabilities.
    let private rowTerms (beta: float) (z: ReadOnlySpan<float>) (label: int) : struct (float * float * float) =
        let mutable top = Double.NegativeInfinity

        for j in 0 .. z.Length - 1 do
            top <- max top z[j]

        let mutable total = 0.0
        let mutable first = 0.0
        let mutable second = 0.0

        for j in 0 .. z.Length - 1 do
            let gap = z[j] - top
            let e = Scalar.exp (beta * gap)
            total <- total + e
            first <- first + e * gap
            second <- second + e * gap * gap

        let mean = first / total
        let own = z[label] - top
        struct (Scalar.log total - beta * own, mean - own, second / total - mean * mean)

    /// The sums of these terms over rows x classes numbers, each row counted by its weight (all alike where there are none).
    let private terms (z: float[]) (labels: int[]) (weights: float[]) (beta: float) : struct (float * float * float) =
        let classes = z.Length / labels.Length
        let mutable loss = 0.0
        let mutable derivative = 0.0
        let mutable bend = 0.0

        for row in 0 .. labels.Length - 1 do
            let struct (l, d, dd) = rowTerms beta (ReadOnlySpan(z, row * classes, classes)) labels[row]
            let weight = if weights.Length = 0 then 1.0 else weights[row]
            loss <- loss + weight * l
            derivative <- derivative + weight * d
            bend <- bend + weight * dd

        struct (loss, derivative, bend)

    /// The temperature of the least mean loss with its cost by a prior (0 for none), and the loss without it, Σ wᵢ·Lᵢ / n, for logits
    /// z (rows x classes). Both are convex in β = 1 / T: Newton's steps for it, halved into the bracket where they leave it, to a
    /// relative 1e-4 or in 30 steps.
    let fit (prior: float) (z: float[]) (labels: int[]) (weights: float[]) : struct (float * float) =
        let rec search low high beta count =
            let struct (loss, ofLoss, bendOfLoss) = terms z labels weights beta
            let derivative = ofLoss + prior * (1.0 - 1.0 / beta)
            let bend = bendOfLoss + prior / (beta * beta)
            let low, high = if derivative < 0.0 then beta, high else low, beta
            let newton = beta - derivative / bend
            let inside = newton > low && newton < high
            let next = if inside then newton else sqrt (low * high)

            if count = 0 || abs (next - beta) <= 1e-4 * beta || not (Double.IsFinite loss) then
                struct (1.0 / beta, loss / float labels.Length)
            else
                search low high next (count - 1)

        search (1.0 / Greatest) (1.0 / Least) 1.0 30

    /// A model whose logits are those of this one divided by T, which its last dense layer does.
    let apply (temperature: float) (model: Model<'T>) : Model<'T> =
        if temperature = 1.0 then
            model
        else
            let parameters = { model.Parameters with Values = Array.copy model.Parameters.Values }
            let last = model.Network.Layers |> List.findIndexBack _.IsDense

            for window in parameters.Layout.Windows do
                if window.Layer = last then
                    for place in window.Offset .. window.Offset + window.Length - 1 do
                        parameters.Values[place] <-
                            Lane.ofFloat<'T>(Lane.toFloat parameters.Values[place] / temperature)

            model.With parameters
