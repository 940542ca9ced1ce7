namespace NeuralNetwork.Formats

open System
open System.Runtime.InteropServices
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The numbers of a network as named tensors and back. A name may have a prefix: one file holds several sets of numbers.
module internal Tensors =

    /// What the names of an optimizer's slots begin with.
    [<Literal>]
    let Optimizer = "optimizer."

    /// What the names of the best model's tensors begin with.
    [<Literal>]
    let Best = "best."

    /// What the names of the averaged weights' tensors begin with.
    [<Literal>]
    let Average = "average."

    /// Whether a tensor has the prefix.
    let has (prefix: string) (tensor: Tensor) : bool = tensor.Name.StartsWith(prefix, StringComparison.Ordinal)

    /// Whether a tensor is of use only to go on training.
    let isOfTraining (tensor: Tensor) : bool = has Optimizer tensor || has Average tensor || has Best tensor

    /// Whether a name is that of PyTorch's count of batches: a single number, which no prediction needs.
    let isCount (name: string) : bool = name.EndsWith("num_batches_tracked", StringComparison.Ordinal)

    let private bfloat (bits: uint16) : float = float (BitConverter.UInt32BitsToSingle(uint32 bits <<< 16))

    /// The numbers of a tensor of any floating point type.
    let numbers (tensor: Tensor) : float[] =
        let span = tensor.Bytes.Span

        match tensor.Type with
        | "F32" -> Array.map float (MemoryMarshal.Cast<byte, float32>(span).ToArray())
        | "F64" -> MemoryMarshal.Cast<byte, float>(span).ToArray()
        | "F16" -> Array.map float (MemoryMarshal.Cast<byte, Half>(span).ToArray())
        | "BF16" -> Array.map bfloat (MemoryMarshal.Cast<byte, uint16>(span).ToArray())
        | other -> Defect.refuse $"tensor {Defect.quote tensor.Name}" $"type {other} (known: F32, F64, F16, BF16)"

    let private elementType<'T> = if Lane.isSingle<'T> then "F32" else "F64"

    /// The shape of the tensor of a window.
    let shape (window: Window) : int64 list =
        if window.IsMatrix then [ int64 window.Rows; int64 window.Cols ] else [ int64 window.Cols ]

    /// The numbers of a window of a vector.
    let ofWindow (prefix: string) (values: 'T[]) (window: Window) : Tensor =
        let bytes = Array.zeroCreate<byte>(window.Length * sizeof<'T>)
        Buffer.BlockCopy(values, window.Offset * sizeof<'T>, bytes, 0, bytes.Length)

        { Name = prefix + window.Name
          Type = elementType<'T>
          Shape = shape window
          Bytes = ReadOnlyMemory bytes }

    /// All numbers of a model, layer by layer.
    let ofParameters (prefix: string) (parameters: Parameters<'T>) : Tensor list =
        [ for window in parameters.Layout.Windows -> window, parameters.Values
          for window in parameters.StatisticsLayout.Windows -> window, parameters.Statistics ]
        |> List.sortBy (fun (window, _) -> window.Layer)
        |> List.map (fun (window, values) -> ofWindow prefix values window)

    /// Tensors by their names, which are all different in a file.
    let byName (tensors: Tensor list) : Map<string, Tensor> =
        Map.ofList [ for tensor in tensors -> tensor.Name, tensor ]

    /// Every window has its tensor and every tensor its window, by name and shape: found out before memory is taken.
    let private check (prefix: string) (windows: Window list) (tensors: Tensor list) =
        let shown (lengths: int64 list) = lengths |> List.map string |> String.concat " x "

        let byName, known = byName tensors, Set.ofList [ for window in windows -> prefix + window.Name ]

        for window in windows do
            let name = prefix + window.Name

            match byName.TryFind name with
            | None -> Defect.refuse $"tensor '{name}'" "is missing"
            | Some tensor when tensor.Shape <> shape window ->
                let found = $"shape {shown tensor.Shape} (the description needs {shown (shape window)})"
                Defect.refuse $"tensor '{name}'" found
            | Some _ -> ()

        for tensor in tensors do
            if not (known.Contains tensor.Name) then
                Defect.refuse $"tensor {Defect.quote tensor.Name}" "is not part of the description"

    let private copy (prefix: string) (tensors: Map<string, Tensor>) (values: 'T[]) (window: Window) =
        let tensor = tensors[prefix + window.Name]

        if tensor.Type <> elementType<'T> then
            Defect.refuse $"tensor '{tensor.Name}'" $"type {tensor.Type} (expected {elementType<'T>})"

        Buffer.BlockCopy(tensor.Bytes.ToArray(), 0, values, window.Offset * sizeof<'T>, tensor.Bytes.Length)

    let private checkNumbers (prefix: string) (values: 'T[]) (window: Window) =
        let name = prefix + window.Name

        for place in 0 .. window.Length - 1 do
            let value = Lane.toFloat values[window.Offset + place]

            if not (Double.IsFinite value) then
                Defect.refuse $"tensor '{name}'" $"number {place} is not finite"

            if window.Role = Role.RunningVariance && value < 0.0 then
                Defect.refuse $"tensor '{name}'" $"number {place} is {Text.number value} (a variance is not below 0)"

    let private layouts (network: Network) : Layout * Layout =
        try
            Layout.ofNetwork network, Layout.statistics network
        with :? ArgumentException as error ->
            Defect.refuse "description" error.Message

    /// The parameters of a network from tensors with a prefix, which are no more and no less than these.
    let parameters<'T> (network: Network) (prefix: string) (tensors: Tensor list) : Parameters<'T> =
        let trainable, statistics = layouts network
        check prefix (trainable.Windows @ statistics.Windows) tensors
        let parameters, tensors = Parameters.zeros<'T> network, byName tensors

        for layout, values in [ trainable, parameters.Values; statistics, parameters.Statistics ] do
            for window in layout.Windows do
                copy prefix tensors values window
                checkNumbers prefix values window

        parameters

    /// One slot of an optimizer from tensors with a prefix, which are no more and no less than these.
    let slot<'T> (network: Network) (prefix: string) (tensors: Tensor list) : 'T[] =
        let layout = Layout.ofNetwork network
        check prefix layout.Windows tensors
        let values = Array.zeroCreate<'T> layout.Length
        List.iter (copy prefix (byName tensors) values) layout.Windows
        values
