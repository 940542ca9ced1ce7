namespace NeuralNetwork.Formats

open System
open System.Text
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Descriptions as JSON, written one way and read strictly.
module Description =

    let private variances =
        [ "biased", RunningVariance.Biased
          "unbiased", RunningVariance.Unbiased
          "keras2", RunningVariance.Keras2 ]

    let private varianceName (variance: RunningVariance) =
        variances |> List.find (fun (_, known) -> known = variance) |> fst

    let private writeLayer (writer: Utf8JsonWriter) (layer: Layer) =
        writer.WriteStartObject()

        match layer with
        | Layer.Dense(units, initializer) ->
            writer.WriteString("type", "dense")
            writer.WriteNumber("units", units)
            writer.WriteString("initializer", Initializer.name initializer)
        | Layer.Activate _
        | Layer.PReLU _
        | Layer.Softmax ->
            writer.WriteString("type", "activation")
            writer.WriteString("name", Layer.name layer)
        | Layer.BatchNorm settings ->
            writer.WriteString("type", "batch-norm")
            writer.WriteNumber("epsilon", settings.Epsilon)
            writer.WriteNumber("decay", settings.Decay)
            writer.WriteString("variance", varianceName settings.Variance)
        | Layer.Periodic settings ->
            writer.WriteString("type", "periodic")
            writer.WriteStartArray "features"
            settings.Features |> List.iter writer.WriteNumberValue
            writer.WriteEndArray()
            writer.WriteNumber("frequencies", settings.Frequencies)
            writer.WriteNumber("outputs", settings.Outputs)
            writer.WriteNumber("scale", settings.Scale)
        | Layer.Dropout rate ->
            writer.WriteString("type", "dropout")
            writer.WriteNumber("rate", rate)

        writer.WriteEndObject()

    /// Writes a network as a JSON object.
    let writeNetwork (writer: Utf8JsonWriter) (network: Network) : unit =
        writer.WriteStartObject()
        writer.WriteNumber("inputs", network.Inputs)
        writer.WriteStartArray "layers"
        network.Layers |> List.iter (writeLayer writer)
        writer.WriteEndArray()
        writer.WriteString("cost", Loss.name network.Loss)

        // A network by itself has the text it had before there were ensembles.
        if network.Members > 1 then
            writer.WriteNumber("members", network.Members)

        writer.WriteEndObject()

    let private writePenalty (writer: Utf8JsonWriter) (penalty: Penalty) =
        writer.WriteNumber("l1", penalty.L1)
        writer.WriteNumber("l2", penalty.L2)

    let private writeClipping (writer: Utf8JsonWriter) (clipping: Clipping) =
        match clipping with
        | Clipping.None -> ()
        | Clipping.Value limit -> writer.WriteNumber("clip_value", limit)
        | Clipping.Norm limit -> writer.WriteNumber("clip_norm", limit)
        | Clipping.GlobalNorm limit -> writer.WriteNumber("clip_global_norm", limit)

    /// Writes how a network is trained as a JSON object. Limits that are not in force are left out.
    let writeTraining (writer: Utf8JsonWriter) (training: Training) : unit =
        writer.WriteStartObject()
        writer.WriteString("optimizer", Optimizer.name training.Optimizer)

        for setting in Optimizer.settings training.Optimizer do
            let name = setting.Name.Replace('-', '_')

            match setting.Value with
            | Setting.Number number -> writer.WriteNumber(name, number)
            | Setting.Flag flag -> writer.WriteBoolean(name, flag)
            | Setting.Placement placement -> writer.WriteString(name, EpsilonPlacement.name placement)

        writer.WriteString("schedule", Schedule.name training.Rate)
        writer.WriteNumber("learning_rate", Schedule.rate training.Rate)
        writer.WriteStartObject "schedule_parameters"

        for name, value in Schedule.parameters training.Rate do
            writer.WriteNumber(name, value)

        writer.WriteEndObject()
        writePenalty writer training.Penalty

        if not training.LayerPenalties.IsEmpty then
            writer.WriteStartObject "layer_penalties"

            for layer, penalty in training.LayerPenalties do
                writer.WriteStartObject(string layer)
                writePenalty writer penalty
                writer.WriteEndObject()

            writer.WriteEndObject()

        let decay = if Optimizer.hasWeightDecay training.Optimizer then "further_weight_decay" else "weight_decay"
        writer.WriteNumber(decay, training.Decay)
        writeClipping writer training.Clipping

        if training.MaxNorm > 0.0 then
            writer.WriteNumber("max_norm", training.MaxNorm)

        if training.IsWeighted then
            writer.WriteBoolean("weighted_rows", true)

        if training.Shards > 1 then
            writer.WriteNumber("shards", training.Shards)

        writer.WriteNumber("seed", training.Seed)
        writer.WriteEndObject()

    let private text (write: Utf8JsonWriter -> 'Value -> unit) (value: 'Value) : string =
        Encoding.UTF8.GetString(Json.write (fun writer -> write writer value))

    /// A network as a line of JSON.
    let network (network: Network) : string = text writeNetwork network

    /// How a network is trained, as a line of JSON.
    let training (training: Training) : string = text writeTraining training

    let private readLayer (index: int) (element: JsonElement) =
        let field = $"layers[{index}]"

        let all =
            [ "type"
              "units"
              "initializer"
              "name"
              "epsilon"
              "decay"
              "variance"
              "rate"
              "features"
              "frequencies"
              "outputs"
              "scale" ]

        let kind = Json.text $"{field}: type" (Json.members field [ "type" ] (List.tail all) element "type")

        match kind with
        | "dense" ->
            let get = Json.members field [ "type"; "units"; "initializer" ] [] element
            let units = int (Json.integer $"{field}: units" 1L (int64 Int32.MaxValue) (get "units"))
            let initializer = Initializer.parse (Json.text $"{field}: initializer" (get "initializer"))
            Layer.Dense(units, Defect.orRefuse $"{field}: initializer" initializer)
        | "activation" ->
            let get = Json.members field [ "type"; "name" ] [] element
            let name = Json.text $"{field}: name" (get "name")
            Defect.orRefuse $"{field}: name" (Layer.parse name)
        | "batch-norm" ->
            let get = Json.members field [ "type"; "epsilon"; "decay"; "variance" ] [] element

            let epsilon, decay =
                Json.number $"{field}: epsilon" (get "epsilon"), Json.number $"{field}: decay" (get "decay")

            let variance = Text.choose "variance" variances (Json.text $"{field}: variance" (get "variance"))
            let variance = Defect.orRefuse $"{field}: variance" variance
            let settings = { Epsilon = epsilon; Decay = decay; Variance = variance }

            for setting, found in Option.toList (Ranges.batchNorm settings) do
                Defect.refuse $"{field}: {setting}" found

            Layer.BatchNorm settings
        | "dropout" ->
            let get = Json.members field [ "type"; "rate" ] [] element
            let rate = Json.number $"{field}: rate" (get "rate")

            Ranges.dropout rate |> Option.iter (Defect.refuse $"{field}: rate")

            Layer.Dropout rate
        | "periodic" ->
            let get = Json.members field [ "type"; "features"; "frequencies"; "outputs"; "scale" ] [] element
            let whole least most name value = int (Json.integer $"{field}: {name}" least most value)
            let count name = whole 1L (int64 Periodic.Most) name (get name)

            Layer.Periodic
                { Features =
                    get "features"
                    |> Json.items $"{field}: features"
                    |> List.map (whole 0L (int64 Int32.MaxValue) "features")
                  Frequencies = count "frequencies"
                  Outputs = count "outputs"
                  Scale = Json.number $"{field}: scale" (get "scale") }
        | other ->
            let known = [ "dense", (); "activation", (); "batch-norm", (); "dropout", (); "periodic", () ]

            Text.choose "layer" known other
            |> Result.map (fun () -> Layer.Activate Activation.Identity)
            |> Defect.orRefuse field

    /// Reads a network from a JSON object.
    let internal readNetwork (element: JsonElement) : Network =
        let get = Json.members "network" [ "inputs"; "layers"; "cost" ] [ "members" ] element

        let members =
            match element.TryGetProperty "members" with
            | true, found -> int (Json.integer "members" 1L (int64 Network.MostMembers) found)
            | _ -> 1

        let layers = get "layers" |> Json.items "layers"

        if layers.Length > Limits.Layers then
            Defect.refuse "layers" $"{layers.Length} (limit {Limits.Layers})"

        let network =
            { Inputs = int (Json.integer "inputs" 1L (int64 Int32.MaxValue) (get "inputs"))
              Layers = List.mapi readLayer layers
              Loss = Defect.orRefuse "cost" (Loss.parse (Json.text "cost" (get "cost")))
              Members = members }

        Layout.defect network |> Option.iter (Defect.refuse "network")
        network

    /// Reads what `network` wrote.
    let tryNetwork (line: string) : Result<Network, Defect> =
        Defect.catch (fun () -> readNetwork (Json.parse "network" (ReadOnlyMemory(Encoding.UTF8.GetBytes line))))

    /// What happens to features and values as one line of JSON, as model files have it.
    let preprocessing (preprocessing: Preprocessing) : string = text PreprocessingText.write preprocessing

    /// Reads what `preprocessing` wrote, for a network of so many inputs and outputs.
    let tryPreprocessing (inputs: int) (outputs: int) (line: string) : Result<Preprocessing, Defect> =
        Defect.catch (fun () ->
            let network = Network.input inputs |> Network.dense outputs Activation.Identity
            PreprocessingText.read network (Json.parse "preprocessing" (ReadOnlyMemory(Encoding.UTF8.GetBytes line))))
