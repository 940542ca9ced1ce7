namespace NeuralNetwork.Formats

open System

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
