namespace NeuralNetwork

open System
open System.Collections.Generic
open System.Globalization
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// From the cells of a row, found by the names of their columns, to raw features: a number for a column of numbers, an
/// indicator for each category of one of categories. Refused with the column's name is what `nn predict` refuses.
[<Sealed>]
type internal RowEncoder(preprocessing: Preprocessing) =

    let columns = Array.ofList preprocessing.Columns

    /// A number in a text, without the blanks around it.
    static let tryNumber (text: string) (number: byref<float>) : bool =
        let style = NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint ||| NumberStyles.AllowExponent
        Double.TryParse(text.AsSpan().Trim(" \t".AsSpan()), style, CultureInfo.InvariantCulture, &number)

    /// The places of a column's categories by their texts.
    let places =
        columns
        |> Array.map (fun column ->
            match column with
            | Column.Category(_, categories) ->
                Some(Dictionary(Seq.mapi (fun place text -> KeyValuePair(text, place)) categories))
            | Column.Number _ -> None)

    /// Where all categories but the empty one are different numbers: their places by these numbers.
    let numerals =
        columns
        |> Array.map (fun column ->
            let numbers = Dictionary<float, int>()

            let isNumeral (place: int, text: string) =
                let mutable number = 0.0
                text = "" || (tryNumber text &number && numbers.TryAdd(number, place))

            match column with
            | Column.Category(_, categories) when Seq.forall isNumeral (Seq.indexed categories) -> Some numbers
            | _ -> None)

    let refuse (column: int) (found: string) =
        raise (ArgumentException $"column {Text.quote columns[column].Title}: {found}")

    let refuseMissing (column: int) =
        refuse column "is missing (a model trained with --missing mean or median has a number for it)"

    let some (texts: string[]) =
        let shown = texts |> Seq.filter (fun text -> text <> "") |> Seq.truncate 10 |> Seq.map Text.quote
        let more = if texts.Length > 10 then ", …" else ""
        $"""{String.Join(", ", shown)}{more}"""

    let numberOf (column: int) (cell: RowCell) : float =
        let mutable number = cell.Number

        match cell.Text with
        | null -> ()
        | text ->
            if not (tryNumber text &number) then
                refuse column $"{Text.quote text} (expected a number)"

        if not (Double.IsFinite number) then
            refuse column $"{Text.quote (string cell)} is not finite"

        number

    let tryPlace (column: int) (cell: RowCell) : int =
        let mutable place = -1
        let known = places[column].Value

        match cell.Text with
        | null when cell.IsMissing -> if known.TryGetValue("", &place) then place else -1
        | null ->
            match numerals[column] with
            | Some numbers when numbers.TryGetValue(cell.Number, &place) -> place
            | _ -> if known.TryGetValue(Text.number cell.Number, &place) then place else -1
        | text ->
            let mutable number = 0.0

            if known.TryGetValue(text, &place) then
                place
            else
                match numerals[column] with
                | Some numbers when tryNumber text &number && numbers.TryGetValue(number, &place) -> place
                | _ -> -1

    let write (column: int) (cell: RowCell) (features: Span<'T>) : unit =
        match columns[column] with
        | Column.Number(_, missing) ->
            if not cell.IsMissing then features[0] <- Lane.ofFloat<'T>(numberOf column cell)
            elif Double.IsNaN missing then refuseMissing column
            else features[0] <- Lane.ofFloat<'T> missing
        | Column.Category(_, categories) ->
            let place = tryPlace column cell

            if place >= 0 then
                features.Clear()
                features[place] <- Lane.ofFloat<'T> 1.0
            elif cell.IsMissing then
                refuseMissing column
            else
                refuse column $"{Text.quote (string cell)} was in no row of training (were: {some categories})"

    let refuseAbsent (given: string seq) =
        let given = Set.ofSeq given

        let absent =
            [ for column in columns do
                  if not (given.Contains column.Title) then
                      column.Title ]

        let meant =
            match Text.nearest given absent.Head with
            | Some other when other <> absent.Head -> $"; is {Text.quote other} {Text.quote absent.Head}?"
            | _ -> ""

        let names = absent |> Seq.truncate 10 |> Seq.map Text.quote
        raise (ArgumentException $"""no cell for {String.Join(", ", names)}, which the model needs{meant}""")

    /// Whether the model's features have names at all.
    member _.HasColumns: bool = columns.Length > 0

    /// The features of a row whose cells are found by the names of their columns.
    member _.Encode(row: IReadOnlyDictionary<string, RowCell>, features: Span<'T>) : unit =
        let mutable first = 0

        for place in 0 .. columns.Length - 1 do
            let mutable cell = RowCell.Missing

            if not (row.TryGetValue(columns[place].Title, &cell)) then
                refuseAbsent row.Keys

            write place cell (features.Slice(first, columns[place].Features))
            first <- first + columns[place].Features

    /// The features of a row of the app's own type.
    member _.Encode(row: 'Row, reader: RowReader<'Row>, features: Span<'T>) : unit =
        let mutable first = 0

        for place in 0 .. columns.Length - 1 do
            let mutable cell = RowCell.Missing

            if not (reader.TryCell(row, columns[place].Title, &cell)) then
                refuseAbsent reader.Columns

            write place cell (features.Slice(first, columns[place].Features))
            first <- first + columns[place].Features
