namespace NeuralNetwork.Formats

open System
open System.Text
open System.Text.Json
open NeuralNetwork

/// A model in the precision it was saved in.
[<RequireQualifiedAccess>]
type AnyModel =
    | Single of Model<float32>
    | Double of Model<float>

/// Models as safetensors: tensors layers.<i>.weight (units x inputs, as PyTorch stores them) and layers.<i>.bias, and in
/// the metadata under `description` everything else that prediction needs, as JSON.
module ModelFile =

    /// The version of the description this library writes and reads.
    [<Literal>]
    let Version = 1

    let private elementType<'T> = if Lane.isSingle<'T> then "F32" else "F64"

    let private describe (model: Model<'T>) =
        let json =
            Json.write (fun writer ->
                writer.WriteStartObject()
                writer.WriteNumber("version", Version)
                writer.WritePropertyName "network"
                Description.writeNetwork writer model.Network
                writer.WritePropertyName "preprocessing"
                PreprocessingText.write writer model.Preprocessing
                writer.WriteStartArray "labels"

                for label in model.Labels do
                    writer.WriteStringValue label

                writer.WriteEndArray()
                writer.WriteEndObject())

        Encoding.UTF8.GetString json

    let private shape (window: Window) : int64 list =
        match window.Role with
        | Role.Weight -> [ int64 window.Rows; int64 window.Cols ]
        | Role.Bias
        | Role.Gamma
        | Role.Beta
        | Role.RunningMean
        | Role.RunningVariance -> [ int64 window.Cols ]

    let private isStatistic (window: Window) =
        match window.Role with
        | Role.RunningMean
        | Role.RunningVariance -> true
        | _ -> false

    let private tensor (parameters: Parameters<'T>) (window: Window) : Tensor =
        let bytes = Array.zeroCreate<byte>(window.Length * sizeof<'T>)
        let values = if isStatistic window then parameters.Statistics else parameters.Values
        Buffer.BlockCopy(values, window.Offset * sizeof<'T>, bytes, 0, bytes.Length)

        { Name = window.Name; Type = elementType<'T>; Shape = shape window; Bytes = ReadOnlyMemory bytes }

    /// The bytes of a model's file: equal models give equal bytes.
    let write (model: Model<'T>) : byte[] =
        Safetensors.write
            { Metadata = [ "format", "neuralnetwork"; "description", describe model ]
              Tensors = model.Parameters.Windows |> List.sortBy _.Layer |> List.map (tensor model.Parameters) }

    let private layouts (network: Network) : Layout * Layout =
        try
            Layout.ofNetwork network, Layout.statistics network
        with :? ArgumentException as error ->
            Defect.refuse "description" error.Message

    /// Every window has its tensor and every tensor its window, by name and shape: found out before memory is taken.
    let private check (windows: Window list) (tensors: Tensor list) =
        let shown (lengths: int64 list) = lengths |> List.map string |> String.concat " x "

        for window in windows do
            match tensors |> List.tryFind (fun tensor -> tensor.Name = window.Name) with
            | None -> Defect.refuse $"tensor '{window.Name}'" "is missing"
            | Some tensor when tensor.Shape <> shape window ->
                let found = $"shape {shown tensor.Shape} (the description needs {shown (shape window)})"
                Defect.refuse $"tensor '{window.Name}'" found
            | Some _ -> ()

        for tensor in tensors do
            if windows |> List.forall (fun window -> window.Name <> tensor.Name) then
                Defect.refuse $"tensor {Defect.quote tensor.Name}" "is not part of the description"

    let private fill (values: 'T[]) (tensors: Tensor list) (window: Window) =
        let tensor = tensors |> List.find (fun tensor -> tensor.Name = window.Name)

        if tensor.Type <> elementType<'T> then
            Defect.refuse $"tensor '{window.Name}'" $"type {tensor.Type} (expected {elementType<'T>})"

        Buffer.BlockCopy(tensor.Bytes.ToArray(), 0, values, window.Offset * sizeof<'T>, tensor.Bytes.Length)

        for place in 0 .. window.Length - 1 do
            let value = Lane.toFloat values[window.Offset + place]

            if not (Double.IsFinite value) then
                Defect.refuse $"tensor '{window.Name}'" $"number {place} is not finite"

            if window.Role = Role.RunningVariance && value < 0.0 then
                Defect.refuse
                    $"tensor '{window.Name}'"
                    $"number {place} is {Text.number value} (a variance is not below 0)"

    let private parameters<'T> (network: Network) (tensors: Tensor list) : Parameters<'T> =
        let trainable, statistics = layouts network
        check (trainable.Windows @ statistics.Windows) tensors
        let parameters = Parameters.zeros<'T> network
        trainable.Windows |> List.iter (fill parameters.Values tensors)
        statistics.Windows |> List.iter (fill parameters.Statistics tensors)
        parameters

    let private model<'T> (network: Network) preprocessing labels (tensors: Tensor list) : Model<'T> =
        Model<'T>(network, parameters<'T> network tensors, preprocessing, labels)

    let private parse (file: Safetensors) : AnyModel =
        let description =
            match List.tryFind (fun (key, _) -> key = "description") file.Metadata with
            | Some(_, text) -> Json.parse "description" (ReadOnlyMemory(Encoding.UTF8.GetBytes text))
            | None -> Defect.refuse "__metadata__" "has no description: not a model of this library"

        // The version first: a newer format may well have other fields.
        match description.ValueKind = JsonValueKind.Object, description with
        | true, element ->
            match element.TryGetProperty "version" with
            | true, version when version.ValueKind = JsonValueKind.Number && version.GetRawText() <> string Version ->
                Defect.refuse "version" $"{Defect.quote (version.GetRawText())} (this program reads version {Version})"
            | _ -> ()
        | _ -> ()

        let get = Json.members "description" [ "version"; "network"; "preprocessing"; "labels" ] [] description
        Json.integer "version" (int64 Version) (int64 Version) (get "version") |> ignore
        let network = Description.readNetwork (get "network")
        let preprocessing = PreprocessingText.read network (get "preprocessing")
        let labels = get "labels" |> Json.items "labels" |> List.map (Json.text "labels") |> Array.ofList

        if
            labels.Length > 0
            && labels.Length <> Network.outputs network
            && not (Network.outputs network = 1 && labels.Length = 2)
        then
            Defect.refuse "labels" $"{labels.Length} names for {Network.outputs network} outputs"

        if not (network.Layers |> List.exists _.IsDense) then
            Defect.refuse "layers" "no dense layer"

        match file.Tensors with
        | first :: _ when first.Type = "F64" -> AnyModel.Double(model<float> network preprocessing labels file.Tensors)
        | tensors -> AnyModel.Single(model<float32> network preprocessing labels tensors)

    /// Reads a model's file.
    let read (bytes: byte[]) : Result<AnyModel, Defect> =
        Safetensors.read bytes |> Result.bind (fun file -> Defect.catch (fun () -> parse file))
