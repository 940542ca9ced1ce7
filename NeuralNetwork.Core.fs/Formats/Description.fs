namespace NeuralNetwork.Formats

open System
open System.Text
open System.Text.Json
open NeuralNetwork

/// Descriptions as JSON, written one way and read strictly.
module Description =

    let private writeLayer (writer: Utf8JsonWriter) (layer: Layer) =
        writer.WriteStartObject()

        match layer with
        | Layer.Dense(units, initializer) ->
            writer.WriteString("type", "dense")
            writer.WriteNumber("units", units)
            writer.WriteString("initializer", Initializer.name initializer)
        | Layer.Activate activation ->
            writer.WriteString("type", "activation")
            writer.WriteString("name", Activation.name activation)

        writer.WriteEndObject()

    /// Writes a network as a JSON object.
    let writeNetwork (writer: Utf8JsonWriter) (network: Network) : unit =
        writer.WriteStartObject()
        writer.WriteNumber("inputs", network.Inputs)
        writer.WriteStartArray "layers"
        network.Layers |> List.iter (writeLayer writer)
        writer.WriteEndArray()
        writer.WriteString("cost", Cost.name network.Cost)
        writer.WriteEndObject()

    /// Writes how a network is trained as a JSON object.
    let writeTraining (writer: Utf8JsonWriter) (training: Training) : unit =
        writer.WriteStartObject()
        writer.WriteString("optimizer", Optimizer.name training.Optimizer)

        for name, value in Optimizer.settings training.Optimizer do
            let name = name.Replace('-', '_')

            match value with
            | Setting.Number number -> writer.WriteNumber(name, number)
            | Setting.Flag flag -> writer.WriteBoolean(name, flag)
            | Setting.Placement placement -> writer.WriteString(name, EpsilonPlacement.name placement)

        writer.WriteString("schedule", Schedule.name training.Rate)
        writer.WriteNumber("learning_rate", Schedule.rate training.Rate)
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
        let all = [ "type"; "units"; "initializer"; "name" ]
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
            Layer.Activate(Defect.orRefuse $"{field}: name" (Activation.parse name))
        | other ->
            let known = [ "dense", (); "activation", () ]

            Text.choose "layer" known other
            |> Result.map (fun () -> Layer.Activate Activation.Identity)
            |> Defect.orRefuse field

    /// Reads a network from a JSON object.
    let internal readNetwork (element: JsonElement) : Network =
        let get = Json.members "network" [ "inputs"; "layers"; "cost" ] [] element

        { Inputs = int (Json.integer "inputs" 1L (int64 Int32.MaxValue) (get "inputs"))
          Layers = get "layers" |> Json.items "layers" |> List.mapi readLayer
          Cost = Defect.orRefuse "cost" (Cost.parse (Json.text "cost" (get "cost"))) }
