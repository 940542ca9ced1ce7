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
                writer.WriteStartObject "preprocessing"
                writer.WriteNumber("divisor", model.Preprocessing.Divisor)
                writer.WriteEndObject()
                writer.WriteStartArray "labels"

                for label in model.Labels do
                    writer.WriteStringValue label

                writer.WriteEndArray()
                writer.WriteEndObject())

        Encoding.UTF8.GetString json

    let private shape (window: Window) : int64 list =
        match window.Role with
        | Role.Weight -> [ int64 window.Rows; int64 window.Cols ]
        | Role.Bias -> [ int64 window.Cols ]

    let private tensor (parameters: Parameters<'T>) (window: Window) : Tensor =
        let bytes = Array.zeroCreate<byte>(window.Length * sizeof<'T>)
        Buffer.BlockCopy(parameters.Values, window.Offset * sizeof<'T>, bytes, 0, bytes.Length)

        { Name = window.Name; Type = elementType<'T>; Shape = shape window; Bytes = ReadOnlyMemory bytes }

    /// The bytes of a model's file: equal models give equal bytes.
    let write (model: Model<'T>) : byte[] =
        Safetensors.write
            { Metadata = [ "format", "neuralnetwork"; "description", describe model ]
              Tensors = model.Parameters.Layout.Windows |> List.map (tensor model.Parameters) }

    let private fill (values: 'T[]) (tensors: Map<string, Tensor>) (window: Window) =
        match Map.tryFind window.Name tensors with
        | None -> Defect.refuse $"tensor '{window.Name}'" "is missing"
        | Some tensor ->
            if tensor.Shape <> shape window then
                let text (lengths: int64 list) = lengths |> List.map string |> String.concat " x "
                let found = $"shape {text tensor.Shape} (the description needs {text (shape window)})"
                Defect.refuse $"tensor '{window.Name}'" found

            if tensor.Type <> elementType<'T> then
                Defect.refuse $"tensor '{window.Name}'" $"type {tensor.Type} (expected {elementType<'T>})"

            Buffer.BlockCopy(tensor.Bytes.ToArray(), 0, values, window.Offset * sizeof<'T>, tensor.Bytes.Length)

    let private parameters<'T> (network: Network) (tensors: Tensor list) : Parameters<'T> =
        let layout =
            try
                Layout.ofNetwork network
            with :? ArgumentException as error ->
                Defect.refuse "description" error.Message

        let held = tensors |> List.sumBy (fun tensor -> int64 tensor.Bytes.Length)

        if Layout.parameters layout * int64 sizeof<'T> <> held then
            for window in layout.Windows do
                if
                    not (
                        tensors |> List.exists (fun tensor -> tensor.Name = window.Name && tensor.Shape = shape window)
                    )
                then
                    Defect.refuse
                        $"tensor '{window.Name}'"
                        $"is missing or has another shape than the description's {shape window}"

        let unexpected (tensor: Tensor) = layout.Windows |> List.forall (fun window -> window.Name <> tensor.Name)

        tensors
        |> List.tryFind unexpected
        |> Option.iter (fun tensor ->
            Defect.refuse $"tensor {Defect.quote tensor.Name}" "is not part of the description")

        let values = Array.zeroCreate<'T> layout.Length
        let named = tensors |> List.map (fun tensor -> tensor.Name, tensor) |> Map.ofList
        layout.Windows |> List.iter (fill values named)

        for window in layout.Windows do
            let finite = ReadOnlySpan(values, window.Offset, window.Length)

            for place in 0 .. finite.Length - 1 do
                if not (Double.IsFinite(Lane.toFloat finite[place])) then
                    Defect.refuse $"tensor '{window.Name}'" $"number {place} is not finite"

        { Layout = layout; Values = values }

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
        let divisor = Json.members "preprocessing" [ "divisor" ] [] (get "preprocessing") "divisor"
        let divisor = Json.number "divisor" divisor

        if divisor <= 0.0 then
            Defect.refuse "divisor" $"{Text.number divisor} (must be above 0)"

        let labels = get "labels" |> Json.items "labels" |> List.map (Json.text "labels") |> Array.ofList

        if
            labels.Length > 0
            && labels.Length <> Network.outputs network
            && not (Network.outputs network = 1 && labels.Length = 2)
        then
            Defect.refuse "labels" $"{labels.Length} names for {Network.outputs network} outputs"

        if not (network.Layers |> List.exists _.IsDense) then
            Defect.refuse "layers" "no dense layer"

        let preprocessing = { Divisor = divisor }

        match file.Tensors with
        | first :: _ when first.Type = "F64" -> AnyModel.Double(model<float> network preprocessing labels file.Tensors)
        | tensors -> AnyModel.Single(model<float32> network preprocessing labels tensors)

    /// Reads a model's file.
    let read (bytes: byte[]) : Result<AnyModel, Defect> =
        Safetensors.read bytes |> Result.bind (fun file -> Defect.catch (fun () -> parse file))
