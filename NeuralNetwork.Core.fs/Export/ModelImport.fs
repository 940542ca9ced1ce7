namespace NeuralNetwork.Export

open System
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Weights from files of this or another program: safetensors or NPZ, told apart by their first bytes.
module ModelImport =

    /// A file's tensors, and what it says about them.
    let content (bytes: byte[]) : Result<Safetensors, Defect> =
        if bytes.AsSpan().StartsWith(ReadOnlySpan "PK"B) then
            Defect.catch (fun () -> NpzModel.content bytes)
        else
            Safetensors.read bytes

    /// Whether a file says itself what its tensors are for, as all do that this library writes.
    let isDescribed (file: Safetensors) : bool =
        file.Metadata |> List.exists (fun (key, _) -> key = NpzModel.Description)

    /// The model of a file that describes itself: a model file, a checkpoint, an NPZ or a Sequential of this library.
    let described (file: Safetensors) : Result<AnyModel, Defect> =
        Defect.catch (fun () ->
            let network = (ModelFile.describedBy file).Network
            ModelFile.ofContent { file with Tensors = Sequential.renamed network file.Tensors })

    /// The model of a file: by its own description, and otherwise as a state_dict.
    let read (reading: StateDictReading) (bytes: byte[]) : Result<AnyModel, Defect> =
        content bytes
        |> Result.bind (fun file -> if isDescribed file then described file else StateDict.read reading file.Tensors)

    /// The model of a state_dict. float64 if any tensor is, and otherwise float32.
    let stateDict (reading: StateDictReading) (tensors: Tensor list) : Result<AnyModel, Defect> =
        StateDict.read reading tensors

    /// The names of a state_dict's layers in the order in which they are read, if nothing else is said. A defect where they do not
    /// give it.
    let order (tensors: Tensor list) : Result<string list, Defect> = StateDict.order tensors

    // Where a training begins that does not begin at random: parameters from tensors by the names of a model file, as in
    // layers.0.weight (units x inputs), in any floating point type whatever is trained in. Every trainable tensor has to be
    // there, and none that is unknown; running statistics may be missing. What a checkpoint holds for going on (optimizer.*,
    // best.*) is passed over.

    let private checkNames (windows: Window list) (names: string list) =
        let known = windows |> List.map _.Name
        let all = Set.ofList known

        for name in names do
            if not (all.Contains name) then
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

    let private ofContent (fresh: Parameters<'T>) (content: Safetensors) : Parameters<'T> =
        let tensors = content.Tensors |> List.filter (Tensors.isOfTraining >> not)
        checkNames fresh.Windows (tensors |> List.map _.Name)
        let values, statistics = Array.copy fresh.Values, Array.copy fresh.Statistics

        let byName = Tensors.byName tensors

        let set isRequired (target: 'T[]) (window: Window) =
            match byName.TryFind window.Name with
            | Some tensor -> fill target window tensor
            | None when isRequired -> Defect.refuse $"tensor '{window.Name}'" "is missing"
            | None -> ()

        List.iter (set true values) fresh.Layout.Windows
        List.iter (set false statistics) fresh.StatisticsLayout.Windows
        { fresh with Values = values; Statistics = statistics }

    /// The fresh parameters with the file's numbers in their place, whatever features and classes they were made for.
    let startingPoint<'T> (fresh: Parameters<'T>) (bytes: byte[]) : Result<Parameters<'T>, Defect> =
        Defect.catch (fun () -> ofContent fresh (Defect.value (content bytes)))

    /// The parameters of a fresh model with the file's numbers, features and classes found by name where both the model and
    /// the file name them. A defect, of the field `columns` or `labels`, where one of them has other ones.
    let startingPointByName<'T> (fresh: Model<'T>) (bytes: byte[]) : Result<Parameters<'T>, Defect> =
        Defect.catch (fun () ->
            let content = Defect.value (content bytes)

            if not (isDescribed content) then
                ofContent fresh.Parameters content
            else
                let described = ModelFile.describedBy content
                let features = NameMatch.ofColumns fresh.Preprocessing.Columns described.Preprocessing.Columns
                let classes = NameMatch.ofLabels fresh.Labels described.Labels
                let parameters = ofContent fresh.Parameters content
                features |> Option.iter (fun places -> Rearranged.features fresh.Network places parameters)
                classes |> Option.iter (fun places -> Rearranged.classes fresh.Network places parameters)
                parameters)
