namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What a network has to beat: the same answer for every row, and a linear model. Both are models of a single dense layer
/// with the loss and the preprocessing of the network they stand beside, so that they are measured as it is. Weights of rows
/// do not count.
module Baseline =

    // A linear model is worth a fraction of a second: so many numbers of the design times its width, and times the outputs.
    [<Literal>]
    let private MostProducts = 1e8

    [<Literal>]
    let private MostNumbers = 1e6

    [<Literal>]
    let private FewRows = 1000

    /// What an output should have been for a row, in the units trained in.
    let private targetOf
        (preprocessing: Preprocessing)
        (network: Network)
        (data: Dataset)
        (row: int)
        (output: int)
        : float =
        match data.Targets with
        | Targets.Values(table, cols) -> preprocessing.Learned.Of(output, table.At(row * cols + output))
        | Targets.Labels(labels, _) when network.Outputs = 1 -> float labels[row]
        | Targets.Labels(labels, _) -> if labels[row] = output then 1.0 else 0.0

    /// A model of a dense layer with these weights, outputs x (1 + inputs).
    let private model (like: Model<'T>) (weights: float[][]) : Model<'T> =
        let network =
            { (Network.input like.Network.Inputs |> Network.dense weights.Length Activation.Identity) with
                Loss = like.Network.Loss }

        let parameters = Parameters.zeros<'T> network

        for window in parameters.Layout.Windows do
            for place in 0 .. window.Length - 1 do
                let number =
                    match window.Role with
                    | Role.Bias -> weights[place][0]
                    | _ -> weights[place / window.Cols][1 + place % window.Cols]

                parameters.Values[window.Offset + place] <- Lane.ofFloat<'T> number

        Model<'T>(network, parameters, like.Preprocessing, like.Labels)

    /// The share τ of numbers is at or below it: the ⌈τ·n⌉-th smallest of n, of which there has to be one.
    let quantile (tau: float) (numbers: float[]) : float =
        Array.sort numbers |> Array.item (int (max 1.0 (ceil (tau * float numbers.Length))) - 1)

    /// The answer that suits all rows of data best without looking at them: the shares of the classes, the means of values, the
    /// quantiles of these where the loss is of one.
    let constant (like: Model<'T>) (data: Dataset) : Model<'T> =
        let network, target = like.Network, targetOf like.Preprocessing like.Network data
        let rows = float data.Rows

        let means =
            Array.init network.Outputs (fun output ->
                Seq.sumBy (fun row -> target row output) (seq { 0 .. data.Rows - 1 }) / rows)

        // Of a class that has no rows a logarithm would be infinite.
        let inside share = share |> max (0.5 / rows) |> min (1.0 - 0.5 / rows)
        let isMost output = if network.Outputs = 1 then means[0] > 0.5 else means[output] = Array.max means

        let biasOf output =
            match network.Loss, Loss.output network.Loss with
            | Loss.Hinge, _ -> if isMost output then 1.0 else -1.0
            | Loss.Quantile tau, _ -> quantile tau (Array.init data.Rows (fun row -> target row output))
            | _, Output.Linear -> means[output]
            | _, Output.Softmax -> Scalar.log (inside means[output])
            | _, Output.Sigmoid -> let share = inside means[output] in Scalar.log share - Scalar.log (1.0 - share)
            | _, Output.Exponential -> Scalar.log (max means[output] (0.5 / rows))

        model
            like
            (Array.init network.Outputs (fun output ->
                Array.append [| biasOf output |] (Array.zeroCreate network.Inputs)))

    /// How many rows a linear model is fitted to: all of them where that is quick, else so many that it is. 0 where too few
    /// would be left, and for images.
    let linearRows (network: Network) (data: Dataset) : int =
        let width = 1.0 + float network.Inputs
        let quick = min (MostProducts / (width * width)) (MostNumbers / (width * float (Classes.count network.Outputs)))
        let rows = int (min quick (float data.Rows))
        if data.Inputs.IsBytes || rows < min data.Rows FewRows then 0 else rows

    /// A linear model of the rows of data, or of some spread evenly over them: ridge regression for values, logistic
    /// regression for classes, both with α = 1. None where it would take long, and where the loss has no such model.
    let tryLinear (like: Model<'T>) (data: Dataset) : Model<'T> option =
        let network, target = like.Network, targetOf like.Preprocessing like.Network data
        let rows, width, features = linearRows network data, network.Inputs + 1, like.Preprocessing.Features
        let rowOf place = int (int64 place * int64 data.Rows / int64 (max 1 rows))
        let design () = Array.zeroCreate<float>(rows * width)

        let filled (design: float[]) =
            let chosen = (data.Inputs.Rows(network.Inputs, Array.init rows rowOf)).InMemory()

            for place in 0 .. rows - 1 do
                design[place * width] <- 1.0

                for column in 0 .. network.Inputs - 1 do
                    let x = chosen.At(place * network.Inputs + column)
                    design[place * width + 1 + column] <- features.Of(column, x)

            design

        let targets outputs of' =
            Array.init (rows * outputs) (fun place -> of' (rowOf (place / outputs)) (place % outputs))

        let weights =
            match data.Targets, Loss.output network.Loss with
            | _ when rows = 0 -> None
            | _ when network.Loss.IsQuantile -> None
            | _, Output.Linear when network.Loss <> Loss.Hinge ->
                LinearFit.ridge width network.Outputs (filled (design ())) (targets network.Outputs target)
            | Targets.Labels(labels, classes), (Output.Linear | Output.Sigmoid | Output.Softmax) ->
                let oneOf row label = if labels[row] = label then 1.0 else 0.0
                LinearFit.logistic width classes (filled (design ())) (targets classes oneOf)
            | _ -> None

        // A single output stands for the second of two classes against the first.
        let fitting (weights: float[][]) =
            if weights.Length = network.Outputs then weights else [| Array.map2 (-) weights[1] weights[0] |]

        weights
        |> Option.map fitting
        |> Option.filter (Array.forall (Array.forall Double.IsFinite))
        |> Option.map (model like)
