namespace NeuralNetwork.Formats

open System
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// JSON read strictly: unknown members, duplicates, deep nesting and wrong kinds are refused by name.
module internal Json =

    let private strict =
        JsonDocumentOptions(AllowDuplicateProperties = false, MaxDepth = 32, AllowTrailingCommas = false)

    /// Writes a document without blanks; the same calls give the same bytes.
    let write (build: Utf8JsonWriter -> unit) : byte[] =
        use stream = new MemoryStream()
        let options = JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)
        use writer = new Utf8JsonWriter(stream, options)
        build writer
        writer.Flush()
        stream.ToArray()

    /// Reads a document; the element outlives it.
    let parse (field: string) (bytes: ReadOnlyMemory<byte>) : JsonElement =
        if not (Unicode.Utf8.IsValid bytes.Span) then
            Defect.refuse field "not UTF-8"

        try
            use document = JsonDocument.Parse(bytes, strict)
            document.RootElement.Clone()
        with
        | :? JsonException as error ->
            // A name from the file may be in the sentence, of whatever length.
            let sentence = error.Message.Split('.')[0]
            Defect.refuse field $"not JSON ({sentence[.. min 120 sentence.Length - 1]})"
        | :? InvalidOperationException -> Defect.refuse field "a text that is not valid Unicode"

    let private expect (kind: JsonValueKind) (word: string) (field: string) (element: JsonElement) =
        if element.ValueKind <> kind then
            Defect.refuse field $"{element.ValueKind.ToString().ToLowerInvariant()} (expected {word})"

    /// The name of a member; an escaped half of a character is none.
    let name (field: string) (property: JsonProperty) : string =
        try
            property.Name
        with :? InvalidOperationException ->
            Defect.refuse field "a name that is not valid Unicode"

    /// The members of an object, which may have no others than these; the optional ones may be missing.
    let members (field: string) (required: string list) (optional: string list) (element: JsonElement) =
        expect JsonValueKind.Object "an object" field element
        let known = required @ optional

        for entry in element.EnumerateObject() do
            let found = name field entry

            if not (List.contains found known) then
                let hint = NeuralNetwork.Maths.Text.nearest known found
                let hint = hint |> Option.map (fun word -> $" (did you mean '{word}'?)") |> Option.defaultValue ""
                Defect.refuse field $"unknown field {Defect.quote found}{hint}"

        for name in required do
            if not (fst (element.TryGetProperty name)) then
                Defect.refuse field $"field '{name}' is missing"

        fun (name: string) -> element.GetProperty name

    let text (field: string) (element: JsonElement) : string =
        expect JsonValueKind.String "a text" field element

        try
            nonNull (element.GetString()) // null only for a JSON null, which is no text
        with :? InvalidOperationException ->
            Defect.refuse field "text that is not valid Unicode"

    let flag (field: string) (element: JsonElement) : bool =
        match element.ValueKind with
        | JsonValueKind.True -> true
        | JsonValueKind.False -> false
        | _ -> Defect.refuse field "is neither true nor false"

    let number (field: string) (element: JsonElement) : float =
        expect JsonValueKind.Number "a number" field element

        match element.TryGetDouble() with
        | true, value when Double.IsFinite value -> value
        | _ -> Defect.refuse field $"{Defect.quote (element.GetRawText())} (expected a finite number)"

    /// A whole number within limits.
    let integer (field: string) (least: int64) (most: int64) (element: JsonElement) : int64 =
        expect JsonValueKind.Number "a number" field element

        match element.TryGetInt64() with
        | true, value when value >= least && value <= most -> value
        | _ ->
            Defect.refuse field $"{Defect.quote (element.GetRawText())} (expected a whole number in {least} .. {most})"

    let items (field: string) (element: JsonElement) : JsonElement list =
        expect JsonValueKind.Array "a list" field element
        List.ofSeq (element.EnumerateArray())
