namespace NeuralNetwork.Plans

open System
open NeuralNetwork
open NeuralNetwork.Maths

/// What a window of the parameter vector holds.
[<RequireQualifiedAccess>]
type Role =
    /// units x inputs, or mixtures x waves of a periodic embedding; like the units of every other tensor, those of all members, one member after the other
    | Weight
    /// 1 x units
    | Bias
    /// features x waves of a periodic embedding: turns for each unit of x; as everywhere, those of one member after the other
    | Frequency
    /// features x waves of a periodic embedding, in turns
    | Phase
    /// 1 x features, what a PReLU learns
    | Slope
    /// 1 x features, the scale of a batch norm
    | Gamma
    /// 1 x features, the shift of a batch norm
    | Beta
    /// 1 x features, outside the trainable vector
    | RunningMean
    /// 1 x features, outside the trainable vector
    | RunningVariance

    /// The name in a model file, as in weight.
    override role.ToString() =
        match role with
        | Role.Weight -> "weight"
        | Role.Bias -> "bias"
        | Role.Frequency -> "frequency"
        | Role.Phase -> "phase"
        | Role.Slope -> "slope"
        | Role.Gamma -> "gamma"
        | Role.Beta -> "beta"
        | Role.RunningMean -> "running_mean"
        | Role.RunningVariance -> "running_var"

/// A named window of the flat parameter vector: Rows x Cols numbers in row-major order from Offset on.
type Window =
    {
        /// The position of the layer in the description.
        Layer: int
        /// What its numbers are for.
        Role: Role
        /// Where it begins in the vector.
        Offset: int
        /// The number of rows.
        Rows: int
        /// The number of columns.
        Cols: int
    }

    /// The number of numbers.
    member window.Length: int = window.Rows * window.Cols

    /// Whether it is a matrix, with a row for each unit of all members; else it is a vector, with a column for each.
    member internal window.IsMatrix: bool =
        match window.Role with
        | Role.Weight
        | Role.Frequency
        | Role.Phase -> true
        | _ -> false

    /// The name in a model file, as in layers.0.weight.
    member window.Name: string = $"layers.{string window.Layer}.{string window.Role}"

    /// As in: layers.0.weight, 16 x 2.
    override window.ToString() = window.Name + ", " + string window.Rows + " x " + string window.Cols

/// Where each tensor of a network lies in one flat vector. Parameters, gradients and every optimizer slot share it; the
/// running statistics of batch norms have a layout of their own.
type Layout =
    {
        /// The length of the vector, gaps for alignment included.
        Length: int
        /// The windows, from the first offset on.
        Windows: Window list
    }

    /// As in: 4 tensors in 96 numbers.
    override layout.ToString() =
        $"""{Text.count layout.Windows.Length "tensor"} in {Text.count layout.Length "number"}"""

module internal Layout =

    /// Windows start on multiples of this many numbers: 64 bytes of float32.
    [<Literal>]
    let Alignment = 16

    /// The smallest multiple of the alignment that is not below x.
    let align (x: int64) : int64 = (x + int64 (Alignment - 1)) &&& ~~~(int64 (Alignment - 1))

    /// Each layer's tensors, with the units of all members; `next` is the layer after it.
    let private trainable (members: int) ((index: int, inputs: int, layer: Layer), next: Layer option) =
        let all units = members * units

        match layer, next with
        | Layer.Dense(units, _), Some(Layer.BatchNorm _) -> [ index, Role.Weight, all units, inputs ]
        | Layer.Dense(units, _), _ -> [ index, Role.Weight, all units, inputs; index, Role.Bias, 1, all units ]
        | Layer.BatchNorm _, _ -> [ index, Role.Gamma, 1, all inputs; index, Role.Beta, 1, all inputs ]
        | Layer.PReLU _, _ -> [ index, Role.Slope, 1, all inputs ]
        | Layer.Periodic periodic, _ ->
            let features, mixtures, waves = periodic.Features.Length, Periodic.added periodic, periodic.Frequencies

            [ index, Role.Frequency, all features, waves
              index, Role.Phase, all features, waves
              index, Role.Weight, all mixtures, waves
              index, Role.Bias, 1, all mixtures ]
        | (Layer.Activate _ | Layer.Softmax | Layer.Dropout _), _ -> []

    let private running (members: int) (index: int, inputs: int, layer: Layer) =
        let all = members * inputs

        match layer with
        | Layer.BatchNorm _ -> [ index, Role.RunningMean, 1, all; index, Role.RunningVariance, 1, all ]
        | Layer.Dense _
        | Layer.Activate _
        | Layer.PReLU _
        | Layer.Periodic _
        | Layer.Softmax
        | Layer.Dropout _ -> []

    let private placed (shapes: (int * Role * int * int) list) : Layout =
        let place (offset: int64) (layer, role, rows, cols) =
            let next = align (offset + int64 rows * int64 cols)

            if next > int64 Limits.Parameters then
                let bytes = 4.0 * float rows * float cols / 1e9
                let tensor = $"layer {layer} has a tensor of {rows} x {cols} ({bytes:F0} GB)"
                raise (ArgumentException $"{tensor}: more than {Limits.Parameters} parameters in all")

            { Layer = layer; Role = role; Offset = int offset; Rows = rows; Cols = cols }, next

        let windows, length = List.mapFold place 0L shapes
        { Length = int length; Windows = windows }

    /// The layout of a network's trainable parameters. ArgumentException where the network is beyond one of the `Limits`.
    let ofNetwork (network: Network) : Layout =
        Limits.defect network |> Option.iter (fun found -> raise (ArgumentException found))
        let following = List.tail (List.map Some network.Layers @ [ None ])
        List.zip (Network.walk network) following |> List.collect (trainable network.Members) |> placed

    /// The layout of the running statistics.
    let statistics (network: Network) : Layout =
        network |> Network.walk |> List.collect (running network.Members) |> placed

    /// What about the size of a network is beyond one of the `Limits`, as in: 5000 layers (limit 4096).
    let defect (network: Network) : string option =
        try
            ofNetwork network |> ignore
            None
        with :? ArgumentException as error ->
            Some error.Message

    /// The number of parameters proper, without the padding between windows.
    let parameters (layout: Layout) : int64 = layout.Windows |> List.sumBy (fun window -> int64 window.Length)

    /// The window of a layer in a role, if the layer has one.
    let tryFind (layer: int) (role: Role) (layout: Layout) : Window option =
        layout.Windows |> List.tryFind (fun window -> window.Layer = layer && window.Role = role)

    /// The same for whoever asks for many: the windows by layer and role.
    let internal byRole (windows: Window list) : Map<struct (int * Role), Window> =
        Map.ofList [ for window in windows -> struct (window.Layer, window.Role), window ]

type Layout with

    /// <summary>The layout of a network's trainable parameters.</summary>
    /// <param name="network">The description.</param>
    /// <returns>Where each tensor lies.</returns>
    /// <exception cref="T:System.ArgumentException">The network is beyond one of the limits of its size.</exception>
    static member Of(network: Network) : Layout = Layout.ofNetwork network

    /// <summary>What about the size of a network is beyond a limit, as in: 5000 layers (limit 4096).</summary>
    /// <param name="network">The description.</param>
    /// <returns>The limit and what is beyond it; null where nothing is.</returns>
    static member DefectOf(network: Network) : string | null = Layout.defect network |> Option.toObj

    /// The number of parameters proper, without the space between tensors.
    member layout.ParameterCount: int64 = Layout.parameters layout
