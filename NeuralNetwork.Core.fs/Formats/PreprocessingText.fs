namespace NeuralNetwork.Formats

open System
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Plans

/// What happens to features and values, as JSON: every field is written and every field is required.
module internal PreprocessingText =

    let private writeNumbers (writer: Utf8JsonWriter) (name: string) (numbers: float[]) =
        writer.WriteStartArray name

        for number in numbers do
            writer.WriteNumberValue number

        writer.WriteEndArray()

    /// A column of numbers whose missing cells are refused has no field for them: JSON has no NaN.
    let private writeColumn (writer: Utf8JsonWriter) (column: Column) =
        writer.WriteStartObject()

        match column with
        | Column.Number(name, missing) ->
            writer.WriteString("number", name)

            if not (Double.IsNaN missing) then
                writer.WriteNumber("missing", missing)
        | Column.Category(name, categories) ->
            writer.WriteString("category", name)
            writer.WriteStartArray "categories"
            Array.iter (fun (category: string) -> writer.WriteStringValue category) categories
            writer.WriteEndArray()

        writer.WriteEndObject()

    /// Writes a preprocessing as a JSON object.
    let write (writer: Utf8JsonWriter) (preprocessing: Preprocessing) : unit =
        writer.WriteStartObject()
        writer.WriteNumber("divisor", preprocessing.Divisor)
        writeNumbers writer "shift" preprocessing.Shift
        writeNumbers writer "scale" preprocessing.Scale
        writer.WriteStartArray "columns"
        List.iter (writeColumn writer) preprocessing.Columns
        writer.WriteEndArray()
        writer.WriteString("target", preprocessing.Target)
        writeNumbers writer "target_shift" preprocessing.TargetShift
        writeNumbers writer "target_scale" preprocessing.TargetScale
        writer.WriteEndObject()

    let private readNumbers (field: string) (element: JsonElement) : float[] =
        Json.items field element |> List.map (Json.number field) |> Array.ofList

    let private readColumn (index: int) (element: JsonElement) : Column =
        let field = $"columns[{index}]"
        let has (name: string) = element.ValueKind = JsonValueKind.Object && fst (element.TryGetProperty name)

        if has "category" then
            let get = Json.members field [ "category"; "categories" ] [] element
            let categories = Json.items $"{field}: categories" (get "categories")
            let categories = categories |> List.map (Json.text $"{field}: categories") |> Array.ofList
            Column.Category(Json.text $"{field}: category" (get "category"), categories)
        else
            let get = Json.members field [ "number" ] [ "missing" ] element
            let missing = if has "missing" then Json.number $"{field}: missing" (get "missing") else nan
            Column.Number(Json.text $"{field}: number" (get "number"), missing)

    /// Reads the preprocessing of a network.
    let read (network: Network) (element: JsonElement) : Preprocessing =
        let fields = [ "divisor"; "shift"; "scale"; "columns"; "target"; "target_shift"; "target_scale" ]
        let get = Json.members "preprocessing" fields [] element
        let numbers name = readNumbers name (get name)

        let preprocessing =
            { Divisor = Json.number "divisor" (get "divisor")
              Shift = numbers "shift"
              Scale = numbers "scale"
              Columns = get "columns" |> Json.items "columns" |> List.mapi readColumn
              Target = Json.text "target" (get "target")
              TargetShift = numbers "target_shift"
              TargetScale = numbers "target_scale" }

        Preprocessing.defect network preprocessing
        |> Option.iter (fun (field, found) -> Defect.refuse field found)

        preprocessing
