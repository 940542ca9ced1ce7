namespace NeuralNetwork.Export

open System
open System.Collections.Generic
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The cells of a column as an ONNX file takes them.
[<RequireQualifiedAccess>]
type internal OnnxCells =
    | Texts of string[]
    | Numbers of float[]

/// The nodes of a graph as they are made one after the other; all of their numbers are float64.
type internal OnnxNodes() =
    let nodes, tensors = List<OnnxNode>(), List<Tensor>()

    /// A formula under a name, to be taken more than once.
    member _.Named(name: string, formula: Term) : Term =
        let found, more, numbers = OnnxFormula.nodes "F64" name formula
        nodes.AddRange more
        tensors.AddRange numbers
        Term.Value found

    /// What has been made: operations, and the numbers they use.
    member _.Made: OnnxNode list * Tensor list = List.ofSeq nodes, List.ofSeq tensors

/// The columns of a table in the operators of ONNX: an input for each column, by its name, and the raw features that they become,
/// in float64, as `RowEncoder` makes them. A cell that is refused there makes its features NaN.
module internal OnnxColumns =

    open TermArithmetic

    /// The raw features of a row, side by side.
    [<Literal>]
    let Raw = "raw"

    /// What a column is called inside before it has its own name.
    let cell (index: int) : string = $"column.{index}"

    let private call (operator: string) (operands: Term list) = Term.Apply(operator, [], operands)
    let private number (x: float) = Term.Number x
    let private floor (x: Term) = call "Floor" [ x ]

    /// 1 where a condition holds, else 0.
    let private indicator (condition: Term) = OnnxFormula.cast "F64" condition

    let private row (name: string) (numbers: float[]) : Term =
        Term.Numbers
            { Name = name
              Type = "F64"
              Shape = [ int64 numbers.Length ]
              Bytes = OnnxFormula.bytes "F64" numbers }

    let private wholes (name: string) (numbers: int64[]) : Term =
        Term.Numbers
            { Name = name
              Type = "I64"
              Shape = [ int64 numbers.Length ]
              Bytes = ReadOnlyMemory(Array.collect (fun (number: int64) -> BitConverter.GetBytes number) numbers) }

    let private beside (parts: Term list) : Term =
        match parts with
        | [ one ] -> one
        | several -> Term.Apply("Concat", [ "axis", OnnxAttribute.Whole 1L ], several)

    /// The sum of each row.
    let sum (axis: string) (x: Term) : Term = call "ReduceSum" [ x; wholes axis [| 1L |] ]

    let isMissing (x: Term) : Term = call "IsNaN" [ x ]

    /// What stands in for a missing cell, and otherwise what is made of the cell.
    let private orMissing (x: Term) (missing: Term) (otherwise: Term) = call "Where" [ isMissing x; missing; otherwise ]

    // Categories ------------------------------------------------------------------------------------------------------

    /// Whether the categories of a column are numbers, so that its cells are.
    let private areNumerals (column: Column) = (Numerals.ofCategories column.Known).IsSome

    /// Whether the cells of a column are texts.
    let isText (column: Column) : bool = column.Known.Length > 0 && not (areNumerals column)

    /// 1 for the category of a cell and 0 for the others; all 0 where it is none of them.
    let private known (made: OnnxNodes) (name: string) (x: Term) (column: Column) : Term =
        let categories = column.Known

        if areNumerals column then
            let numberOf text = if text = "" then nan else Option.get (Text.tryNumber text)
            let missing = categories |> Array.map (fun text -> if text = "" then 1.0 else 0.0)
            let equal = call "Equal" [ x; row $"{name}.categories" (Array.map numberOf categories) ]
            made.Named($"{name}.known", orMissing x (row $"{name}.missing" missing) (indicator equal))
        else
            let places = [ for place, _ in Seq.indexed categories -> int64 place ]

            let settings =
                [ "default_int64", OnnxAttribute.Whole -1L
                  "keys_strings", OnnxAttribute.Texts(List.ofArray categories)
                  "values_int64s", OnnxAttribute.Wholes places ]

            let place = Term.Apply("LabelEncoder", settings, [ x ])
            let equal = call "Equal" [ place; wholes $"{name}.places" (Array.ofList places) ]
            made.Named($"{name}.known", indicator equal)

    // Dates -----------------------------------------------------------------------------------------------------------

    /// How many days there are from the first of January of year 1 to that of a year, and how many from year 1 to 1970.
    let private daysBefore (year: Term) : Term =
        let past = year - number 1.0

        number 365.0 * past + floor (past / number 4.0) - floor (past / number 100.0)
        + floor (past / number 400.0)

    [<Literal>]
    let private DaysTo1970 = 719162.0

    /// The days of a year from its first of March to a month, which is counted from March.
    let private daysFromMarch (month: Term) : Term = floor ((number 153.0 * month + number 2.0) / number 5.0)

    /// The sine and cosine of turns. A cosine is the sine a quarter of a turn further, which runtimes have in float64.
    let private turn (x: Term) : Term list =
        [ for ahead in [ 0.0; 0.25 ] -> call "Sin" [ number Math.Tau * (x + number ahead) ] ]

    /// The features that Calendar.write gives, of days since 1970-01-01. A year begins in March here, so that the day that some
    /// years have more is the last one of theirs: eras of 400 years, years of the era, days of the year (Hinnant 2013).
    let private dated (made: OnnxNodes) (name: string) (x: Term) (hasTime: bool) : Term =
        let named part formula = made.Named($"{name}.{part}", formula)
        let day = named "day" (floor x)
        let part = named "part_of_day" (x - day)
        let shifted = named "shifted" (day + number 719468.0)
        let era = named "era" (floor (shifted / number 146097.0))
        let ofEra = named "day_of_era" (shifted - era * number 146097.0)

        let yearOfEra =
            let leaps = floor (ofEra / number 1460.0) - floor (ofEra / number 36524.0) + floor (ofEra / number 146096.0)
            named "year_of_era" (floor ((ofEra - leaps) / number 365.0))

        let leaps = floor (yearOfEra / number 4.0) - floor (yearOfEra / number 100.0)
        let ofYear = named "day_from_march" (ofEra - (number 365.0 * yearOfEra + leaps))
        let month = named "month_from_march" (floor ((number 5.0 * ofYear + number 2.0) / number 153.0))
        let isNext = indicator (call "Greater" [ month; number 9.5 ])
        let year = named "year" (yearOfEra + era * number 400.0 + isNext)
        let first = named "days_before" (daysBefore year - number DaysTo1970)
        let days = named "days_of_year" (daysBefore (year + number 1.0) - number DaysTo1970 - first)
        let begins = named "days_before_month" (daysFromMarch month)
        let isFebruary = indicator (call "Greater" [ month; number 10.5 ])
        let usual = daysFromMarch (month + number 1.0) - begins
        let daysOfMonth = usual + isFebruary * (days - number 367.0)
        let partOfYear = named "part_of_year" ((day - first + part) / days)
        let partOfMonth = named "part_of_month" ((ofYear - begins + part) / daysOfMonth)
        // 1970-01-01 was a Thursday; the week begins on Monday.
        let since = named "day_since_monday" (day + number 3.0)
        let weekday = since - number 7.0 * floor (since / number 7.0)
        let partOfWeek = named "part_of_week" ((weekday + part) / number 7.0)

        beside
            [ year + partOfYear
              yield! turn partOfYear
              yield! turn partOfMonth
              yield! turn partOfWeek
              if hasTime then
                  yield! turn part ]

    // Rows ------------------------------------------------------------------------------------------------------------

    let private features (made: OnnxNodes) (index: int) (column: Column) : Term =
        let name = cell index
        let x = Term.Value name

        let encoded =
            match column with
            | Column.Number(_, missing) when Double.IsNaN missing -> x
            | Column.Number(_, missing) -> orMissing x (number missing) x
            // Of no category: 0 / 0.
            | Column.Category _ ->
                let known = known made name x column
                known / sum $"{name}.axis" known
            | Column.OpenCategory(_, _, true) ->
                let known = known made name x column
                beside [ known; number 1.0 - sum $"{name}.axis" known ]
            | Column.OpenCategory(_, _, false) -> known made name x column
            | Column.Date(_, _, hasTime, [||]) -> dated made name x hasTime
            | Column.Date(_, _, hasTime, missing) ->
                orMissing x (row $"{name}.missing" missing) (dated made name x hasTime)

        made.Named($"{name}.features", encoded)

    /// The operations from columns to `Raw`, and the numbers they use.
    let nodes (columns: Column list) : OnnxNode list * Tensor list =
        let made = OnnxNodes()
        let parts = columns |> List.mapi (features made)
        made.Named(Raw, Term.Apply("Concat", [ "axis", OnnxAttribute.Whole 1L ], parts)) |> ignore
        made.Made

    /// The inputs: a text or a number in float64 for each row.
    let ports (columns: Column list) : OnnxPort list =
        [ for column in columns ->
              { Name = column.Title; Type = (if isText column then "STRING" else "F64"); Columns = Some 1 } ]

    let private textOf (cell: RowCell) : string = string cell

    /// Infinity is none of the numbers that a column knows.
    let private numeralOf (cell: RowCell) : float =
        let mutable number = nan

        match cell.Text with
        | null -> cell.Number
        | text when Numerals.tryRead text &number -> number
        | _ -> infinity

    let private numberOf (column: Column) (cell: RowCell) : float =
        let refuse () =
            Defect.refuse $"column {Defect.quote column.Title}" $"{Defect.quote (string cell)} is none of its kind"

        match column, cell.Text with
        | _ when cell.IsMissing -> nan
        | Column.Date(_, isDayFirst, _, _), (NonNull text) ->
            let moment = Column.ReadDate(text.AsSpan(), isDayFirst)
            if moment.HasValue then moment.Value.Subtract(DateTime.UnixEpoch).TotalDays else refuse ()
        | Column.Date _, null -> refuse ()
        | Column.Number _, null -> cell.Number
        | Column.Number _, (NonNull text) -> Text.tryNumber text |> Option.defaultWith refuse
        | _ -> numeralOf cell

    /// The cells of a column as its input takes them: texts, "" where one is missing, or numbers, NaN where one is missing: days
    /// since 1970-01-01 of a date.
    let cells (column: Column) (cells: RowCell[]) : OnnxCells =
        if isText column then
            OnnxCells.Texts(Array.map textOf cells)
        else
            OnnxCells.Numbers(Array.map (numberOf column) cells)
