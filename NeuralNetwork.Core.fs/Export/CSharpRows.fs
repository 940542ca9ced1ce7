namespace NeuralNetwork.Export

open System
open System.Collections.Generic
open System.Security
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The rows of a table in generated C#: a record with a property for each column, and what encodes it as the library does.
module internal CSharpRows =

    /// The most columns of which a record is made; a row of more is given as features.
    [<Literal>]
    let MostColumns = 255

    /// A text of C#, which has every escape of JSON. What would not be seen in an editor is escaped, too: it may make the
    /// source read as another one.
    let quoted (text: string) : string =
        let escaped = JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)
        $"\"{Text.visible (string escaped)}\""

    /// Whether a model has rows with names, of so few columns that a record is made of them.
    let isGiven (preprocessing: Preprocessing) : bool =
        not preprocessing.Columns.IsEmpty && preprocessing.Columns.Length <= MostColumns

    // Names -----------------------------------------------------------------------------------------------------------

    /// What every record has by itself, and the name of this one.
    let private taken =
        "Clone Deconstruct Equals Finalize GetHashCode GetType MemberwiseClone PrintMembers ReferenceEquals ToString Row"
            .Split
            ' '

    /// A column's name as that of a property: its letters and digits, each word with a capital.
    let private pascal (name: string) : string =
        let text = StringBuilder()
        let mutable isNext = true

        for letter in name do
            if Char.IsAsciiLetterOrDigit letter then
                text.Append(if isNext then Char.ToUpperInvariant letter else letter) |> ignore
                isNext <- false
            else
                isNext <- true

        let found = string text
        if found = "" || Char.IsAsciiDigit found[0] then "Column" + found else found

    /// The names of the properties, each of its own.
    let private properties (columns: Column list) : string list =
        let used = HashSet<string> taken

        [ for column in columns do
              let name = pascal column.Title
              let others = Seq.initInfinite (fun number -> $"{name}{number + 2}")
              Seq.append [ name ] others |> Seq.find used.Add ]

    // Cells -----------------------------------------------------------------------------------------------------------

    /// Whether cells are numbers: those of categories are where all of these are, and there are no others.
    let private areNumbers (column: Column) : bool =
        column.IsNumber || (column.IsCategory && (Numerals.ofCategories column.Known).IsSome)

    let private typeOf (column: Column) : string =
        match column with
        | Column.Date _ -> "DateTime?"
        | _ when column.Known.Length > 0 && not (areNumbers column) -> "string?"
        | _ -> "double?"

    let private about (column: Column) : string =
        let count = (Array.except [ "" ] column.Known).Length
        let missing = if Array.contains "" column.Known then "null where it is missing" else "may not be missing"

        match column with
        | Column.Number(_, missing) when Double.IsNaN missing -> "may not be missing"
        | Column.Number(_, missing) -> $"null where it is missing, which counts as {Text.number missing}"
        | Column.Category _ -> $"one of {count} categories, {missing}"
        | Column.OpenCategory _ -> $"one of {count} categories, or another one"
        | Column.Date(_, _, hasTime, missing) ->
            let kind = if hasTime then "a moment" else "a day"
            if missing.Length = 0 then kind + ", may not be missing" else kind + ", null where it is missing"

    let private number (x: float) = if Double.IsNaN x then "double.NaN" else CSharpFormula.number x

    /// The lines that write the features of a column, from its first one on.
    let private encoded (first: int, property: string, column: Column) : string list =
        let name = quoted column.Title

        let indicated (otherwise: string list) =
            let ofText, cell =
                if areNumbers column then
                    (fun text -> number (Text.tryNumber text |> Option.get)),
                    $"double.IsNaN(row.{property} ?? double.NaN) ? null : row.{property}"
                else
                    quoted, $"string.IsNullOrEmpty(row.{property}) ? null : row.{property}"

            [ $"switch ({cell})"
              "{"
              for place, text in Seq.indexed column.Known do
                  let label = if text = "" then "null" else ofText text
                  $"    case {label}: x[{first + place}] = 1; break;"
              for line in otherwise do
                  "    " + line
              "}" ]

        match column with
        | Column.Number(_, missing) -> [ $"x[{first}] = Number(row.{property}, {number missing}, {name});" ]
        | Column.Category(_, categories) ->
            indicated
                [ if not (Array.contains "" categories) then
                      $"case null: throw Missing({name});"
                  $"case var other: throw Unknown({name}, other);" ]
        | Column.OpenCategory(_, categories, true) ->
            indicated [ $"default: x[{first + categories.Length}] = 1; break;" ]
        | Column.OpenCategory(_, _, false) -> indicated []
        | Column.Date(_, _, _, missing) ->
            let fills = missing |> Array.map number |> String.concat ", "
            let none = if missing.Length = 0 then "default" else $"new double[] {{ {fills} }}"
            [ $"Parts(row.{property}, {none}, x.Slice({first}, {column.Features}), {name});" ]

    let private placed (columns: Column list) =
        let firsts = columns |> List.scan (fun first column -> first + column.Features) 0
        List.zip3 (List.take columns.Length firsts) (properties columns) columns

    // The members -----------------------------------------------------------------------------------------------------

    let private comment (text: string) : string =
        text |> Text.visible |> SecurityElement.Escape |> Option.ofObj |> Option.defaultValue ""

    let private record (columns: Column list) : string list =
        [ "/// <summary>A row of a table, by the names of its columns.</summary>"
          for _, property, column in placed columns do
              $"/// <param name=\"{property}\">{comment (Text.quote column.Title)}: {comment (about column)}.</param>"
          let parameters = [ for _, property, column in placed columns -> $"{typeOf column} {property}" ]
          let listed = parameters |> String.concat ", "
          $"public readonly record struct Row({listed});"
          "" ]

    /// What writes the features of a date.
    let private parts: string list =
        [ "private static void Parts(DateTime? cell, ReadOnlySpan<double> missing, Span<double> x, string column)"
          "{"
          "    if (cell is not { } moment)"
          "    {"
          "        if (missing.IsEmpty)"
          "            throw Missing(column);"
          "        missing.CopyTo(x);"
          "        return;"
          "    }"
          "    var partOfDay = moment.TimeOfDay.Ticks / (double)TimeSpan.TicksPerDay;"
          "    var partOfYear = (moment.DayOfYear - 1 + partOfDay) / (DateTime.IsLeapYear(moment.Year) ? 366 : 365);"
          "    x[0] = moment.Year + partOfYear;"
          "    Turn(partOfYear, x[1..]);"
          "    Turn((moment.Day - 1 + partOfDay) / DateTime.DaysInMonth(moment.Year, moment.Month), x[3..]);"
          "    Turn((((int)moment.DayOfWeek + 6) % 7 + partOfDay) / 7, x[5..]);"
          "    if (x.Length > 7)"
          "        Turn(partOfDay, x[7..]);"
          "}"
          ""
          "private static void Turn(double turn, Span<double> x) => (x[0], x[1]) = Math.SinCos(2 * Math.PI * turn);"
          "" ]

    let private encode (kind: string) (features: string) (columns: Column list) : string list =
        let isAny isOne = List.exists isOne columns

        let mayMiss =
            isAny (fun column ->
                match column with
                | Column.Number _
                | Column.Date _ -> true
                | Column.Category(_, categories) -> not (Array.contains "" categories)
                | Column.OpenCategory _ -> false)

        let isRounded = kind <> "double"

        [ "/// <summary>The raw features of a row, as Predict takes them.</summary>"
          "/// <exception cref=\"ArgumentException\">A cell is none that the model knows; the column is named.</exception>"
          $"public static void Encode(Row row, Span<{kind}> x)"
          "{"
          "    if (x.Length != Inputs)"
          "        throw new ArgumentException($\"{x.Length} features instead of {Inputs}\", nameof(x));"
          if isRounded then
              "    " + features
              "    Encode(row, raw);"
              "    for (var place = 0; place < Inputs; place++)"
              $"        x[place] = ({kind})raw[place];"
              "}"
              ""
              "// In all digits, which are rounded once, when features are scaled."
              "private static void Encode(Row row, Span<double> x)"
              "{"
          "    x.Clear();"
          for column in placed columns do
              for line in encoded column do
                  "    " + line
          "}"
          ""
          if isAny _.IsNumber then
              "private static double Number(double? cell, double missing, string column)"
              "{"
              "    var number = cell is { } known && !double.IsNaN(known) ? known : missing;"
              "    if (double.IsNaN(number))"
              "        throw Missing(column);"
              "    return double.IsFinite(number)"
              "        ? number"
              "        : throw new ArgumentException(FormattableString.Invariant($\"column '{column}': '{number}' is not finite\"));"
              "}"
              ""
          if isAny _.IsDate then
              yield! parts
          if mayMiss then
              "private static ArgumentException Missing(string column) => new($\"column '{column}': is missing\");"
              ""
          if isAny _.IsCategory then
              "private static ArgumentException Unknown(string column, object? cell) =>"
              "    new(FormattableString.Invariant($\"column '{column}': '{cell}' was in no row of training\"));"
              "" ]

    /// The record, what encodes it, and predictions of it. `features` is the line that gives a row `raw` of features to write;
    /// `predict` and `classify` take it.
    let members
        (kind: string)
        (features: string)
        (predict: string)
        (classify: string option)
        (preprocessing: Preprocessing)
        : string list =
        let columns = preprocessing.Columns

        [ yield! record columns
          "/// <summary>Predicts a row given by the names of its columns.</summary>"
          "/// <exception cref=\"ArgumentException\">A cell is none that the model knows; the column is named.</exception>"
          $"public static void Predict(Row row, Span<{kind}> y)"
          "{"
          "    " + features
          "    Encode(row, raw);"
          $"    {predict}(raw, y);"
          "}"
          ""
          for classify in Option.toList classify do
              "/// <summary>The number of the class of a row given by the names of its columns.</summary>"
              "/// <exception cref=\"ArgumentException\">A cell is none that the model knows; the column is named.</exception>"
              "public static int Classify(Row row)"
              "{"
              "    " + features
              "    Encode(row, raw);"
              $"    return {classify}(raw);"
              "}"
              ""
          yield! encode kind features columns ]
