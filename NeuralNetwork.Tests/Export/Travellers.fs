namespace NeuralNetwork.Tests.Export

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// Models that are sent to other programs: of every kind, with a past and with preprocessing.
module Travellers =

    /// Running statistics as a training leaves them.
    let private trained (case: Case) (parameters: Parameters<float>) : Parameters<float> =
        let random, statistics = Random(case.Seed + 9), Array.copy parameters.Statistics

        for window in parameters.StatisticsLayout.Windows do
            for place in window.Offset .. window.Offset + window.Length - 1 do
                let number = Generate.normal random
                statistics[place] <- if window.Role = Role.RunningMean then number else 0.2 + abs number

        { parameters with Statistics = statistics }

    /// Bytes of images; columns of a table, one of names; nothing.
    let private preprocessingOf (case: Case) : Preprocessing =
        let random, inputs, outputs = Random(case.Seed + 10), case.Network.Inputs, Network.outputs case.Network
        let isLinear = Loss.output case.Network.Loss = Output.Linear
        // Features stay of ordinary size: the exponential of a Poisson loss takes no others.
        let scales count = Array.init count (fun _ -> 2.0 + random.NextDouble())
        let number index = Column.Number($"column \"{index}\" µ漢", nan)

        match case.Seed % 3 with
        | 0 -> Preprocessing.None
        | 1 -> { Preprocessing.None with Divisor = 4.0 }
        | _ ->
            { Divisor = 0.5
              Shift = Generate.reals random inputs
              Scale = scales inputs
              Columns =
                if inputs = 1 then
                    [ number 0 ]
                else
                    Column.Category("colour", [| "red"; "" |]) :: List.init (inputs - 2) number
              Targets = [| "price" |]
              TargetShift = if isLinear then Generate.reals random outputs else [||]
              TargetScale = if isLinear then scales outputs else [||] }

    /// Rows for the model of a case.
    let rows<'T> (case: Case) : 'T[] = Generate.convert<'T>(Case.inputs case)

    /// What a model predicts.
    let predict (model: Model<'T>) (rows: 'T[]) : 'T[] =
        let predictions = Array.zeroCreate<'T>(rows.Length / model.Network.Inputs * Network.outputs model.Network)
        model.Predict(ReadOnlySpan rows, Span predictions)
        predictions

    /// What the last dense layer of a model is divided by, so that the logits of rows stay of ordinary size where their exponential is
    /// predicted: a rounding of a logit of 30 is one of 1e-5 of that.
    let private divisor (model: Model<float>) (rows: float[]) : float =
        if Loss.output model.Network.Loss = Output.Exponential then
            predict model rows
            |> Array.map (log >> abs)
            |> Array.max
            |> (fun largest -> max 1.0 (largest / 8.0))
        else
            1.0

    /// A model of the case with batch norms before and behind activations, dropout, PReLU and softmax.
    let model<'T> (case: Case) : Model<'T> =
        let inputs = rows<float> case
        let case = case |> Case.ordinary |> Case.enrich

        let case =
            if case.Seed % 4 = 0 then
                { case with Network = Network.batchNorm BatchNorm.standard case.Network }
            else
                case

        let parameters = trained case (Case.parameters case)
        let outputs = Network.outputs case.Network
        let isNamed = Loss.output case.Network.Loss <> Output.Exponential && case.Seed % 5 < 3
        let labels = if isNamed then Array.init (max 2 outputs) (fun label -> $"class {label} µ漢\"\\") else [||]
        let exact = Model<float>(case.Network, parameters, preprocessingOf case, labels)
        let exact: Model<float> = Temperature.apply (divisor exact inputs) exact
        let model = Model<'T>(case.Network, Parameters.convert exact.Parameters, preprocessingOf case, labels)
        // No float32, so that another precision of it would not be noticed by chance.
        let threshold = 0.1 + 0.05 * float (case.Seed % 16)

        if Classes.haveThreshold case.Network && case.Seed % 7 < 4 then
            model.WithThreshold threshold
        else
            model

    /// The same case without waves of its features, which nn.Sequential does not have.
    let withoutWaves (case: Case) : Case =
        let layers = case.Network.Layers |> List.filter (fun layer -> not layer.IsPeriodic)
        { case with Network = { case.Network with Layers = layers } }

    /// The same case with two to four members in the network.
    let ensemble (case: Case) : Case = { case with Network = Network.withMembers (2 + case.Seed / 3 % 3) case.Network }

    /// The class that a model finds in each row; None where another one is so near that rounding may choose it.
    let classes (margin: float) (model: Model<'T>) (rows: 'T[]) : int option[] =
        let boundary = Loss.predictedBoundary model.Network.Loss
        let without = { model.Preprocessing with TargetShift = [||]; TargetScale = [||] }
        let standard = model.With(without, model.Labels)

        let classOf (row: 'T[]) =
            let given = Generate.floats (predict standard row)
            let y = Array.sortDescending given
            let second = if y.Length = 1 then boundary else y[1]

            let gap = if Double.IsNaN model.Threshold then y[0] - second else Array.last given - model.Threshold

            let isClear = abs gap > margin * (1.0 + Expect.norm y)
            if isClear then Some(model.Classify(ReadOnlySpan row).Class) else None

        rows |> Array.chunkBySize model.Network.Inputs |> Array.map classOf

    /// Every class that is clear is the class found.
    let sameClasses (expected: int option[]) (found: int[]) : unit =
        for expected, found in Array.zip expected found do
            expected |> Option.iter (fun expected -> Expect.equal expected found)

    /// Every activation behind one layer and one behind that, each with its name.
    let ofEveryActivation: (string * Case) list =
        [ for index, layer in List.indexed (Layer.activations @ [ Layer.Activate Activation.Exponential ]) do
              let network =
                  Network.input 5
                  |> Network.denseWith Initializer.lecunNormal 7
                  |> Network.behind layer
                  |> Network.dense 3 Activation.Identity
                  |> Network.withLoss (if index % 2 = 0 then Loss.SoftmaxCrossEntropy else Loss.SquaredError)

              Layer.name layer, { Network = network; Rows = 6; Scale = 1.0; Seed = 12 * index + 5 } ]
