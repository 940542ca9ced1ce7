namespace NeuralNetwork

open System
open System.Globalization
open System.Text.Json
open System.Text.Json.Serialization
open NeuralNetwork.Maths

/// What stands in a column of a row: a number, a text, or nothing. Numbers and texts turn into cells by themselves in C#; in F#
/// they are made by `RowCell.Of`.
[<Struct; CustomEquality; NoComparison; JsonConverter(typeof<RowCellConverter>)>]
type RowCell internal (number: float, text: string | null, isGiven: bool) =

    /// Nothing is known; the default.
    static member Missing: RowCell = RowCell()

    /// <summary>A number; NaN is a missing cell.</summary>
    /// <param name="number">The number.</param>
    /// <returns>The cell.</returns>
    static member Of(number: float) : RowCell = if Double.IsNaN number then RowCell() else RowCell(number, null, true)

    /// <summary>A text without the blanks around it; null and the empty one are a missing cell.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The cell.</returns>
    static member Of(text: string | null) : RowCell =
        match text with
        | null -> RowCell()
        | given ->
            let trimmed = given.AsSpan().Trim(" \t".AsSpan())

            if trimmed.IsEmpty then RowCell()
            elif trimmed.Length = given.Length then RowCell(nan, given, true)
            else RowCell(nan, trimmed.ToString(), true)

    /// <summary>A day, as in 2024-02-29.</summary>
    /// <param name="day">The day.</param>
    /// <returns>The cell.</returns>
    static member Of(day: DateOnly) : RowCell =
        RowCell(nan, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), true)

    /// <summary>A moment, as in 2024-02-29T12:30:00: the time of day where it was, whatever kind it is of.</summary>
    /// <param name="moment">The moment.</param>
    /// <returns>The cell.</returns>
    static member Of(moment: DateTime) : RowCell =
        RowCell(nan, moment.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture), true)

    /// A number; NaN is a missing cell.
    static member op_Implicit(number: float) : RowCell = RowCell.Of number

    /// A whole number.
    static member op_Implicit(number: int) : RowCell = RowCell.Of(float number)

    /// A number, or a missing cell.
    static member op_Implicit(number: Nullable<float>) : RowCell =
        if number.HasValue then RowCell.Of number.Value else RowCell()

    /// A whole number, or a missing cell.
    static member op_Implicit(number: Nullable<int>) : RowCell =
        if number.HasValue then RowCell.Of(float number.Value) else RowCell()

    /// A day, as in 2024-02-29.
    static member op_Implicit(day: DateOnly) : RowCell = RowCell.Of day

    /// A day, or a missing cell.
    static member op_Implicit(day: Nullable<DateOnly>) : RowCell =
        if day.HasValue then RowCell.Of day.Value else RowCell()

    /// A moment, as in 2024-02-29T12:30:00: the time of day where it was, whatever kind it is of.
    static member op_Implicit(moment: DateTime) : RowCell = RowCell.Of moment

    /// A moment, or a missing cell.
    static member op_Implicit(moment: Nullable<DateTime>) : RowCell =
        if moment.HasValue then RowCell.Of moment.Value else RowCell()

    /// A text; null and the empty one are a missing cell.
    static member op_Implicit(text: string | null) : RowCell = RowCell.Of text

    /// Whether nothing is known.
    member _.IsMissing: bool = not isGiven

    /// The text; null where the cell is none.
    member internal _.Text: string | null = text

    /// The number; NaN where the cell is none.
    member internal _.Number: float = if isNull text && isGiven then number else nan

    /// As in: 39, Private, or nothing.
    override cell.ToString() =
        match text with
        | null -> if isGiven then Text.number number else ""
        | given -> given

    override cell.Equals(other: obj) =
        match other with
        | :? RowCell as other -> cell.IsMissing = other.IsMissing && string cell = string other
        | _ -> false

    override cell.GetHashCode() = (string cell).GetHashCode StringComparison.Ordinal

/// Cells in JSON: numbers, texts, true and false as the texts that tables have for them, null for a missing cell. An array or
/// object is a JsonException.
and [<Sealed>] internal RowCellConverter() =
    inherit JsonConverter<RowCell>()

    override _.HandleNull = true

    override _.Read(reader: byref<Utf8JsonReader>, _: Type, _: JsonSerializerOptions) : RowCell =
        match reader.TokenType with
        | JsonTokenType.Number -> RowCell.Of(reader.GetDouble())
        | JsonTokenType.String -> RowCell.Of(reader.GetString())
        | JsonTokenType.True -> RowCell.Of "true"
        | JsonTokenType.False -> RowCell.Of "false"
        | JsonTokenType.Null -> RowCell.Missing
        | _ -> raise (JsonException "a cell is a number, a text, true, false or null")

    override _.Write(writer: Utf8JsonWriter, cell: RowCell, _: JsonSerializerOptions) : unit =
        match cell.Text with
        | null when cell.IsMissing -> writer.WriteNullValue()
        | null -> writer.WriteNumberValue cell.Number
        | text -> writer.WriteStringValue text
