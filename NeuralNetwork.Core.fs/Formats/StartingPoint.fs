namespace NeuralNetwork.Formats

open System
open System.Runtime.InteropServices
open NeuralNetwork
open NeuralNetwork.Engine

/// Where a training begins that does not begin at random: parameters from tensors by the names of a model file, as in
/// layers.0.weight (units x inputs), out of safetensors or NPZ, in float32 or float64 whatever is trained in. Every trainable
/// tensor has to be there, and none that is unknown; running statistics may be missing. What a checkpoint holds for going
/// on (optimizer.*, best.*) is passed over.
module StartingPoint =

    let private numbers (tensor: Tensor) : float[] =
        match tensor.Type with
        | "F32" -> MemoryMarshal.Cast<byte, float32>(tensor.Bytes.Span).ToArray() |> Array.map float
        | "F64" -> MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span).ToArray()
        | other -> Defect.refuse $"tensor {Defect.quote tensor.Name}" $"type {other} (expected F32 or F64)"

    let private orRefuse (outcome: Result<'Value, Defect>) : 'Value =
        match outcome with
        | Ok value -> value
        | Error defect -> Defect.refuse defect.Field defect.Found

    /// Name, shape and numbers of each tensor; the numbers only on demand.
    let private ofSafetensors (bytes: byte[]) : (string * int64 list * (unit -> float[])) list =
        (orRefuse (Safetensors.read bytes)).Tensors
        |> List.filter (Tensors.isOfTraining >> not)
        |> List.map (fun tensor -> tensor.Name, tensor.Shape, fun () -> numbers tensor)

    let private ofNpz (bytes: byte[]) =
        let names = orRefuse (Npz.keys bytes)

        List.zip names (orRefuse (Npz.read names bytes))
        |> List.map (fun (name, array) ->
            let values () =
                match array.Values with
                | Table.Bytes values -> Array.map float values
                | Table.Singles values -> Array.map float values
                | Table.Doubles values -> values

            name, List.ofArray (Array.map int64 array.Shape), values)

    let private isZip (bytes: byte[]) = bytes.AsSpan().StartsWith(ReadOnlySpan "PK"B)

    let private checkNames (windows: Window list) (names: string list) =
        let known = windows |> List.map _.Name

        for name in names do
            if not (List.contains name known) then
                let hint =
                    match Text.nearest known name with
                    | Some near -> $"did you mean '{near}'?"
                    | None -> $"""the network has {String.concat ", " (List.truncate 8 known)}"""

                Defect.refuse $"tensor {Defect.quote name}" $"is not part of the network ({hint})"

    let private fill (values: 'T[]) (window: Window) (shape: int64 list) (numbers: float[]) =
        let expected = Tensors.shape window

        if shape <> expected then
            let shown = List.map string >> String.concat " x "
            Defect.refuse $"tensor '{window.Name}'" $"shape {shown shape} (the network needs {shown expected})"

        for place in 0 .. window.Length - 1 do
            let number = Lane.ofFloat<'T> numbers[place]

            if not (Double.IsFinite(Lane.toFloat number)) then
                Defect.refuse
                    $"tensor '{window.Name}'"
                    $"number {place} is {Text.number numbers[place]} (must be finite)"

            values[window.Offset + place] <- number

    /// The fresh parameters with the file's numbers in their place.
    let read<'T> (fresh: Parameters<'T>) (bytes: byte[]) : Result<Parameters<'T>, Defect> =
        Defect.catch (fun () ->
            let tensors = if isZip bytes then ofNpz bytes else ofSafetensors bytes
            checkNames fresh.Windows (tensors |> List.map (fun (name, _, _) -> name))
            let values, statistics = Array.copy fresh.Values, Array.copy fresh.Statistics

            let set isRequired (target: 'T[]) (window: Window) =
                match tensors |> List.tryFind (fun (name, _, _) -> name = window.Name) with
                | Some(_, shape, numbers) -> fill target window shape (numbers ())
                | None when isRequired -> Defect.refuse $"tensor '{window.Name}'" "is missing"
                | None -> ()

            List.iter (set true values) fresh.Layout.Windows
            List.iter (set false statistics) fresh.StatisticsLayout.Windows
            { fresh with Values = values; Statistics = statistics })
