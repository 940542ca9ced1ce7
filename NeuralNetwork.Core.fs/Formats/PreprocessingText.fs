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

    let private writeCategories (writer: Utf8JsonWriter) (name: string) (categories: string[]) =
        writer.WriteString("category", name)
        writer.WriteStartArray "categories"
        Array.iter (fun (category: string) -> writer.WriteStringValue category) categories
        writer.WriteEndArray()

    /// A column whose missing cells are refused has no field for them: JSON has no NaN.
    let private writeColumn (writer: Utf8JsonWriter) (column: Column) =
        writer.WriteStartObject()

        match column with
        | Column.Number(name, missing) ->
            writer.WriteString("number", name)

            if not (Double.IsNaN missing) then
                writer.WriteNumber("missing", missing)
        | Column.Category(name, categories) -> writeCategories writer name categories
        | Column.OpenCategory(name, categories, hasOther) ->
            writeCategories writer name categories
            writer.WriteString("unseen", (if hasOther then "other" else "zero"))
        | Column.Date(name, isDayFirst, hasTime, missing) ->
            writer.WriteString("date", name)
            writer.WriteBoolean("day_first", isDayFirst)
            writer.WriteBoolean("time", hasTime)

            if missing.Length > 0 then
                writeNumbers writer "missing" missing

        writer.WriteEndObject()

    // One name is a text, as it was before there could be more of them.
    let private writeTargets (writer: Utf8JsonWriter) (targets: string[]) =
        match targets with
        | [||] -> writer.WriteString("target", "")
        | [| only |] -> writer.WriteString("target", only)
        | _ ->
            writer.WriteStartArray "targets"
            Array.iter (fun (target: string) -> writer.WriteStringValue target) targets
            writer.WriteEndArray()

    let private readTargets (get: string -> JsonElement) (areSeveral: bool) : string[] =
        if areSeveral then
            match Json.items "targets" (get "targets") |> List.map (Json.text "targets") with
            | []
            | [ _ ] -> Defect.refuse "targets" "fewer than two names (one is a text: target)"
            | names -> Array.ofList names
        else
            match Json.text "target" (get "target") with
            | "" -> [||]
            | only -> [| only |]

    /// Writes a preprocessing as a JSON object.
    let write (writer: Utf8JsonWriter) (preprocessing: Preprocessing) : unit =
        writer.WriteStartObject()
        writer.WriteNumber("divisor", preprocessing.Divisor)
        writeNumbers writer "shift" preprocessing.Shift
        writeNumbers writer "scale" preprocessing.Scale
        writer.WriteStartArray "columns"
        List.iter (writeColumn writer) preprocessing.Columns
        writer.WriteEndArray()
        writeTargets writer preprocessing.Targets
        writeNumbers writer "target_shift" preprocessing.TargetShift
        writeNumbers writer "target_scale" preprocessing.TargetScale
        writer.WriteEndObject()

    let private readNumbers (field: string) (element: JsonElement) : float[] =
        Json.items field element |> List.map (Json.number field) |> Array.ofList

    let private readColumn (index: int) (element: JsonElement) : Column =
        let field = $"columns[{index}]"
        let has (name: string) = element.ValueKind = JsonValueKind.Object && fst (element.TryGetProperty name)

        if has "category" then
            let get = Json.members field [ "category"; "categories" ] [ "unseen" ] element
            let categories = Json.items $"{field}: categories" (get "categories")
            let categories = categories |> List.map (Json.text $"{field}: categories") |> Array.ofList
            let name = Json.text $"{field}: category" (get "category")

            match (if has "unseen" then Json.text $"{field}: unseen" (get "unseen") else "refuse") with
            | "refuse" -> Column.Category(name, categories)
            | "zero" -> Column.OpenCategory(name, categories, false)
            | "other" -> Column.OpenCategory(name, categories, true)
            | unseen -> Defect.refuse $"{field}: unseen" $"'{unseen}' (known: zero, other)"
        elif has "date" then
            let get = Json.members field [ "date"; "day_first"; "time" ] [ "missing" ] element
            let flag name = Json.flag $"{field}: {name}" (get name)
            let missing = if has "missing" then readNumbers $"{field}: missing" (get "missing") else [||]
            Column.Date(Json.text $"{field}: date" (get "date"), flag "day_first", flag "time", missing)
        else
            let get = Json.members field [ "number" ] [ "missing" ] element
            let missing = if has "missing" then Json.number $"{field}: missing" (get "missing") else nan
            Column.Number(Json.text $"{field}: number" (get "number"), missing)

    /// Reads the preprocessing of a network.
    let read (network: Network) (element: JsonElement) : Preprocessing =
        let areSeveral = element.ValueKind = JsonValueKind.Object && fst (element.TryGetProperty "targets")

        let target = if areSeveral then "targets" else "target"
        let fields = [ "divisor"; "shift"; "scale"; "columns"; target; "target_shift"; "target_scale" ]
        let get = Json.members "preprocessing" fields [] element
        let numbers name = readNumbers name (get name)

        let preprocessing =
            { Divisor = Json.number "divisor" (get "divisor")
              Shift = numbers "shift"
              Scale = numbers "scale"
              Columns = get "columns" |> Json.items "columns" |> List.mapi readColumn
              Targets = readTargets get areSeveral
              TargetShift = numbers "target_shift"
              TargetScale = numbers "target_scale" }

        Preprocessing.defect network preprocessing
        |> Option.iter (fun (field, found) -> Defect.refuse field found)

        preprocessing
