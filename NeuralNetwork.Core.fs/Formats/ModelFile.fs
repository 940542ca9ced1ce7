namespace NeuralNetwork.Formats

open System
open System.IO
open System.Text
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

/// A model in the precision it was saved in.
[<RequireQualifiedAccess>]
type AnyModel =
    /// In float32
    | Single of Model<float32>
    /// In float64
    | Double of Model<float>

    /// What the model says of itself.
    override model.ToString() =
        match model with
        | AnyModel.Single found -> string found
        | AnyModel.Double found -> string found

/// A model without its numbers.
type internal Described =
    {
        Network: Network
        Preprocessing: Preprocessing
        Labels: string[]
        /// Coverage and margins of intervals, where the model has some.
        Intervals: struct (float * float[]) voption
        /// The threshold of the second of two classes; NaN where the model has none.
        Threshold: float
    }

/// Models as safetensors: tensors layers.<i>.weight (units x inputs, as PyTorch stores them) and layers.<i>.bias, and in
/// the metadata under `description` everything else that prediction needs, as JSON.
module ModelFile =

    /// The version of the description this library writes and reads.
    [<Literal>]
    let Version = 1

    /// The members of an object with the intervals of a model, which has some.
    let private writeIntervals (writer: Utf8JsonWriter) (model: Model<'T>) : unit =
        writer.WriteNumber("coverage", model.Coverage)
        writer.WriteStartArray "margins"
        Array.iter (fun (margin: float) -> writer.WriteNumberValue margin) model.Margins
        writer.WriteEndArray()

    /// The intervals of a model, which has some, as JSON.
    let internal describeIntervals (model: Model<'T>) : string =
        Json.write (fun writer ->
            writer.WriteStartObject()
            writeIntervals writer model
            writer.WriteEndObject())
        |> Encoding.UTF8.GetString

    let private readIntervals (network: Network) (labels: string[]) (element: JsonElement) : struct (float * float[]) =
        let get = Json.members "prediction_intervals" [ "coverage"; "margins" ] [] element
        let coverage = Json.number "coverage" (get "coverage")
        let margins = get "margins" |> Json.items "margins" |> List.map (Json.number "margins") |> Array.ofList

        if not (coverage > 0.0 && coverage < 1.0) then
            Defect.refuse "coverage" $"{Text.number coverage} (above 0 and below 1)"

        if labels.Length > 0 || not (Margins.suits network) then
            Defect.refuse "prediction_intervals" "classes have probabilities, and no intervals"

        if margins.Length <> network.Outputs then
            Defect.refuse "margins" $"{margins.Length} of {network.Outputs} outputs (one each)"

        for margin in margins do
            if margin < 0.0 then
                Defect.refuse "margins" $"{Text.number margin} (from 0 on)"

        struct (coverage, margins)

    /// The member of a description that a threshold is.
    [<Literal>]
    let internal ThresholdField = "threshold"

    /// A threshold that a network may have.
    let internal readThreshold (network: Network) (element: JsonElement) : float =
        let threshold = Json.number ThresholdField element

        if not (threshold >= 0.0 && threshold <= 1.0) then
            Defect.refuse ThresholdField $"{Text.number threshold} (from 0 to 1)"

        if not (Classes.haveThreshold network) then
            Defect.refuse
                ThresholdField
                "parts two classes by the probability of the second, which this network does not give"

        threshold

    /// Everything besides its numbers that a model is, as JSON.
    let internal describe (model: Model<'T>) : string =
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

                if model.Coverage > 0.0 then
                    writer.WriteStartObject "prediction_intervals"
                    writeIntervals writer model
                    writer.WriteEndObject()

                if not (Double.IsNaN model.Threshold) then
                    writer.WriteNumber(ThresholdField, model.Threshold)

                writer.WriteEndObject())

        Encoding.UTF8.GetString json

    /// Writes a model's file: equal models give equal bytes.
    let writeTo (stream: Stream) (model: Model<'T>) : unit =
        Safetensors.writeTo
            stream
            { Metadata = [ "format", "neuralnetwork"; "description", describe model ]
              Tensors = Tensors.ofParameters "" model.Parameters }

    /// The bytes of a model's file.
    let write (model: Model<'T>) : byte[] =
        use stream = new MemoryStream()
        writeTo stream model
        stream.ToArray()

    /// What a file says it holds, checked as far as that goes without its tensors.
    let internal describedBy (file: Safetensors) : Described =
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

        let get =
            Json.members
                "description"
                [ "version"; "network"; "preprocessing"; "labels" ]
                [ "prediction_intervals"; ThresholdField ]
                description

        Json.integer "version" (int64 Version) (int64 Version) (get "version") |> ignore
        let network = Description.readNetwork (get "network")
        let preprocessing = PreprocessingText.read network (get "preprocessing")
        let labels = get "labels" |> Json.items "labels" |> List.map (Json.text "labels") |> Array.ofList

        Classes.defect network.Outputs labels |> Option.iter (Defect.refuse "labels")

        if not (Network.hasDense network) then
            Defect.refuse "layers" "no dense layer"

        let intervals =
            match description.TryGetProperty "prediction_intervals" with
            | true, element -> ValueSome(readIntervals network labels element)
            | _ -> ValueNone

        let threshold =
            match description.TryGetProperty ThresholdField with
            | true, element -> readThreshold network element
            | _ -> nan

        { Network = network
          Preprocessing = preprocessing
          Labels = labels
          Intervals = intervals
          Threshold = threshold }

    /// The intervals that `describeIntervals` has written, of another model of the same description.
    let internal readIntervalsOf (described: Described) (text: string) : struct (float * float[]) =
        Json.parse "prediction_intervals" (ReadOnlyMemory(Encoding.UTF8.GetBytes text))
        |> readIntervals described.Network described.Labels

    /// The threshold that stands by itself as a text, of another model of the same description.
    let internal readThresholdOf (described: Described) (text: string) : float =
        Json.parse ThresholdField (ReadOnlyMemory(Encoding.UTF8.GetBytes text))
        |> readThreshold described.Network

    /// Whether the numbers of a file are float64.
    let internal isDouble (file: Safetensors) : bool =
        match file.Tensors with
        | first :: _ -> first.Type = "F64"
        | [] -> false

    /// The model of a description with the tensors whose names begin with a prefix.
    let internal model<'T> (described: Described) (prefix: string) (tensors: Tensor list) : Model<'T> =
        let parameters = Tensors.parameters<'T> described.Network prefix tensors
        let model = Model<'T>(described.Network, parameters, described.Preprocessing, described.Labels)

        match described.Intervals with
        | ValueSome(struct (coverage, margins)) -> model.With(coverage, margins)
        | ValueNone -> model.WithThreshold described.Threshold

    /// The model of a file's content.
    let internal ofContent (file: Safetensors) : AnyModel =
        let described = describedBy file
        // A checkpoint holds a model, too: the one in training.
        let tensors = file.Tensors |> List.filter (Tensors.isOfTraining >> not)

        if isDouble file then
            AnyModel.Double(model<float> described "" tensors)
        else
            AnyModel.Single(model<float32> described "" tensors)

    /// Reads a model's file.
    let read (bytes: byte[]) : Result<AnyModel, Defect> =
        Safetensors.read bytes |> Result.bind (fun file -> Defect.catch (fun () -> ofContent file))
