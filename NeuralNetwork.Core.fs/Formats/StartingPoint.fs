namespace NeuralNetwork.Formats

open System
open NeuralNetwork

/// Where a training begins that does not begin at random: parameters from tensors by the names of a model file, as in
/// layers.0.weight (units x inputs), out of safetensors or NPZ, in any floating point type whatever is trained in. Every trainable
/// tensor has to be there, and none that is unknown; running statistics may be missing. What a checkpoint holds for going
/// on (optimizer.*, best.*) is passed over.
module StartingPoint =

    let private checkNames (windows: Window list) (names: string list) =
        let known = windows |> List.map _.Name

        for name in names do
            if not (List.contains name known) then
                let hint =
                    match Text.nearest known name with
                    | Some near -> $"did you mean '{near}'?"
                    | None -> $"""the network has {String.concat ", " (List.truncate 8 known)}"""

                Defect.refuse $"tensor {Defect.quote name}" $"is not part of the network ({hint})"

    let private fill (values: 'T[]) (window: Window) (tensor: Tensor) =
        let expected = Tensors.shape window

        if tensor.Shape <> expected then
            let shown = List.map string >> String.concat " x "
            Defect.refuse $"tensor '{window.Name}'" $"shape {shown tensor.Shape} (the network needs {shown expected})"

        let numbers = Tensors.numbers tensor

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
            let content = Defect.value (ModelImport.content bytes)
            let tensors = content.Tensors |> List.filter (Tensors.isOfTraining >> not)
            checkNames fresh.Windows (tensors |> List.map _.Name)
            let values, statistics = Array.copy fresh.Values, Array.copy fresh.Statistics

            let set isRequired (target: 'T[]) (window: Window) =
                match tensors |> List.tryFind (fun tensor -> tensor.Name = window.Name) with
                | Some tensor -> fill target window tensor
                | None when isRequired -> Defect.refuse $"tensor '{window.Name}'" "is missing"
                | None -> ()

            List.iter (set true values) fresh.Layout.Windows
            List.iter (set false statistics) fresh.StatisticsLayout.Windows
            { fresh with Values = values; Statistics = statistics })
