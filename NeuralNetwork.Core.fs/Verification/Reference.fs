namespace NeuralNetwork.Verification

open System.Collections.Generic
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// A place where the loss is put together from pieces.
[<RequireQualifiedAccess>]
type Kink =
    /// An activation: the layer's position in the description, one of its units, and the row of the batch.
    | Activation of Layer: int * Unit: int * Sample: int
    /// The loss of an output in a row of the batch.
    | Loss of Output: int * Sample: int
    /// The L1 penalty on a weight.
    | Penalty of Layer: int * Unit: int * Input: int

    /// As in: layer 2 unit 17, sample 3.
    override kink.ToString() =
        match kink with
        | Activation(layer, unit, sample) ->
            "layer " + string layer + " unit " + string unit + ", sample " + string sample
        | Loss(output, sample) -> $"loss of output {string output}, sample {string sample}"
        | Penalty(layer, unit, input) ->
            "penalty on layer " + string layer + " weight (" + string unit + ", " + string input + ")"

/// The training loss of a description, stated as plainly as possible: loops over rows and units on dual numbers, nothing
/// fused, nothing shared with the engine but the description, the places of the parameters and the masks of dropout.
/// The loss is that of the rows x (n x inputs) with targets t (n x outputs) as training step `step` sees it: batch norms
/// with the statistics of the shard that a row is in, penalties included; of an ensemble, the sum of what that is for each member. Weights
/// are one for each row, or for each row one for each member, or none where all weigh 1.
[<Sealed>]
type internal Reference(network: Network, training: Training, step: int, x: float[], t: float[], weights: float[]) =

    let inputs, outputs, members = network.Inputs, Network.outputs network, network.Members
    let samples = t.Length / outputs
    let layout = Layout.ofNetwork network
    let windows = Layout.byRole layout.Windows
    let rowsOf width (values: 'Number[]) = Array.chunkBySize width values
    let x, t = rowsOf inputs (Array.map Dual.Constant x), rowsOf outputs t

    /// Of each member the masks of each layer.
    let masks =
        Array.init members (fun number ->
            [| for index, width, layer in Network.walk network do
                   match layer with
                   | Layer.Dropout rate ->
                       let key = Dropout.memberKey training.Seed step index number
                       Array.init samples (fun row -> Array.init width (Dropout.keeps key rate row))
                   | _ -> [||] |])

    let penalized =
        layout.Windows
        |> List.filter (fun window -> window.Role = Role.Weight && training.PenaltyOf window.Layer <> Penalty.None)

    let kinksOf layer =
        match layer with
        | Layer.Activate f -> Activation.kinks f
        | Layer.PReLU _ -> [ 0.0 ]
        | Layer.Dense _
        | Layer.Periodic _
        | Layer.Softmax
        | Layer.BatchNorm _
        | Layer.Dropout _ -> []

    let lossBends = t |> Array.exists (Array.exists (fun tj -> not (Loss.kinks network.Loss tj).IsEmpty))

    /// Every place in pieces, in the order in which a pass over the network meets them.
    let kinks =
        [| for number in 0 .. members - 1 do
               for index, width, layer in Network.walk network do
                   if not (kinksOf layer).IsEmpty then
                       for sample in 0 .. samples - 1 do
                           for unit in 0 .. width - 1 -> Kink.Activation(index, number * width + unit, sample)

               if lossBends then
                   for sample in 0 .. samples - 1 do
                       for output in 0 .. outputs - 1 -> Kink.Loss(number * outputs + output, sample)

           for window in penalized do
               if training.PenaltyOf(window.Layer).L1 <> 0.0 then
                   for unit in 0 .. window.Rows - 1 do
                       for input in 0 .. window.Cols - 1 -> Kink.Penalty(window.Layer, unit, input) |]

    /// Where a member's part of a tensor begins.
    let find number layer role =
        windows.TryFind(struct (layer, role))
        |> Option.map (fun window -> window.Offset + number * (window.Length / members))

    // z = x·wᵀ + b
    let dense (w: Dual[]) number index units (x: Dual[][]) =
        let weight, bias = (find number index Role.Weight).Value, find number index Role.Bias

        let unitOf (row: Dual[]) unit =
            let mutable z = bias |> Option.map (fun bias -> w[bias + unit]) |> Option.defaultValue Dual.Zero

            for input in 0 .. row.Length - 1 do
                z <- z + w[weight + unit * row.Length + input] * row[input]

            z

        x |> Array.map (fun row -> Array.init units (unitOf row))

    /// How many shards the rows are cut into: as many as are said, each of a row or, where there is batch norm, of two or more.
    let shards =
        let least = if network.Layers |> List.exists _.IsBatchNorm then 2 else 1
        max 1 (min training.Shards (samples / least))

    // y = gamma·(x - mean) / √(variance + ε) + beta, mean and biased variance those of the shard
    let normalize (w: Dual[]) number index (settings: BatchNorm) (x: Dual[][]) =
        let gamma, beta = (find number index Role.Gamma).Value, (find number index Role.Beta).Value
        let n = float x.Length

        let column unit =
            let values = x |> Array.map (fun row -> row[unit])
            let mean = Array.sum values / n
            let variance = (values |> Array.sumBy (fun value -> (value - mean) * (value - mean))) / n
            let normalized value = (value - mean) / sqrt (variance + settings.Epsilon)
            values |> Array.map (fun value -> w[gamma + unit] * normalized value + w[beta + unit])

        Array.transpose (Array.init x[0].Length column)

    let batchNorm w number index settings x =
        x |> Array.splitInto shards |> Array.collect (normalize w number index settings)

    let dropout number index rate (x: Dual[][]) =
        let keep kept (value: Dual) = if kept then value / (1.0 - rate) else Dual.Zero
        let mask = masks[number][index]
        Array.map2 (Array.map2 keep) mask x

    let prelu (w: Dual[]) number index (x: Dual[][]) =
        let slope = (find number index Role.Slope).Value
        x |> Array.map (Array.mapi (fun unit -> Formula.prelu w[slope + unit]))

    // y = x, and behind it each mixture of each feature's waves
    let periodic (w: Dual[]) number index (settings: Periodic) (x: Dual[][]) =
        let begins role = (find number index role).Value
        let waves = settings.Frequencies
        let line role row = Array.sub w (begins role + row * waves) waves
        let features = Array.ofList settings.Features

        let mixture (row: Dual[]) place =
            let feature = place % features.Length
            let frequency, phase = line Role.Frequency feature, line Role.Phase feature
            Formula.mixture frequency phase (line Role.Weight place) w[begins Role.Bias + place] row[features[feature]]

        x |> Array.map (fun row -> Array.append row (Array.init (Periodic.added settings) (mixture row)))

    let note kinks (pieces: List<int>) (x: Dual[][]) =
        if not (List.isEmpty kinks) then
            for row in x do
                for value in row do
                    pieces.Add(Formula.piece kinks value.Value)

    let layer w pieces number x (index, _, layer) =
        note (kinksOf layer) pieces x

        match layer with
        | Layer.Dense(units, _) -> dense w number index units x
        | Layer.Activate f -> Array.map (Array.map (Formula.activation f)) x
        | Layer.PReLU _ -> prelu w number index x
        | Layer.Periodic settings -> periodic w number index settings x
        | Layer.Softmax -> Array.map Formula.softmax x
        | Layer.BatchNorm settings -> batchNorm w number index settings x
        | Layer.Dropout rate -> dropout number index rate x

    let weightsOf number =
        if weights.Length = samples then
            weights
        else
            Array.init samples (fun row -> weights[row * members + number])

    // Σ wᵢ·Lᵢ / n
    let loss (pieces: List<int>) number (z: Dual[][]) =
        if lossBends then
            let note (z: Dual) t = pieces.Add(Formula.piece (Loss.kinks network.Loss t) z.Value)
            Array.iter2 (Array.iter2 note) z t

        let losses = Array.map2 (Formula.loss network.Loss) z t

        let weighed =
            if weights.Length = 0 then
                losses
            else
                Array.map2 (fun (w: float) loss -> w * loss) (weightsOf number) losses

        Array.sum weighed / float samples

    // L1·Σ|w| + ½·L2·Σw²
    let penalty (w: Dual[]) (pieces: List<int>) (window: Window) =
        let penalty = training.PenaltyOf window.Layer
        let weights = Array.sub w window.Offset window.Length

        if penalty.L1 <> 0.0 then
            for weight in weights do
                pieces.Add(sign weight.Value)

        penalty.L1 * Array.sumBy abs weights
        + 0.5 * penalty.L2 * (weights |> Array.sumBy (fun weight -> weight * weight))

    let loss (w: Dual[]) (pieces: List<int>) : Dual =
        let ofMember number = Network.walk network |> List.fold (layer w pieces number) x |> loss pieces number
        let data = List.init members ofMember |> List.reduce (+)
        penalized |> List.fold (fun total window -> total + penalty w pieces window) data

    /// The loss of rows that all weigh 1.
    new(network, training, step, x, t) = Reference(network, training, step, x, t, [||])

    /// Where the parameters lie in the vectors that the members take.
    member _.Layout: Layout = layout

    /// Every place where the loss is in pieces; empty for a smooth one.
    member _.Kinks: IReadOnlyList<Kink> = kinks

    /// The loss.
    member _.Loss(parameters: float[]) : float = (loss (Array.map Dual.Constant parameters) (List())).Value

    /// The loss and its derivative along a direction in the space of the parameters.
    member _.Along(parameters: float[], direction: float[]) : Dual =
        loss
            (Array.map2 (fun value derivative -> { Value = value; Derivative = derivative }) parameters direction)
            (List())

    /// The derivative of the loss with respect to some parameters, by their places in the vector.
    member _.Derivatives(parameters: float[], places: int[]) : float[] =
        let w = Array.map Dual.Constant parameters

        places
        |> Array.map (fun place ->
            w[place] <- { Value = parameters[place]; Derivative = 1.0 }
            let derivative = (loss w (List())).Derivative
            w[place] <- Dual.Constant parameters[place]
            derivative)

    /// The derivative of the loss with respect to every input, rows x inputs.
    member _.InputDerivatives(parameters: float[]) : float[] =
        let w = Array.map Dual.Constant parameters

        [| for row in x do
               for place in 0 .. inputs - 1 do
                   let before = row[place]
                   row[place] <- { before with Derivative = 1.0 }
                   (loss w (List())).Derivative
                   row[place] <- before |]

    /// Which piece each of the kinks is on, in the order of Kinks.
    member _.Pieces(parameters: float[]) : int[] =
        let pieces = List kinks.Length
        loss (Array.map Dual.Constant parameters) pieces |> ignore
        pieces.ToArray()
