namespace NeuralNetwork

open System
open System.Buffers
open System.Collections.Generic
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Categories that are numbers.
module internal Numerals =

    /// A number that is nothing else: finite, without a zero in front, which makes a code of it, and small enough to be exact
    /// where it is whole.
    let tryRead (text: string) (number: byref<float>) : bool =
        let digits = text.AsSpan().TrimStart('-').TrimStart('+')
        let isCode = digits.Length > 1 && digits[0] = '0' && Char.IsAsciiDigit digits[1]
        Text.tryReadNumber text &number && not isCode && abs number < Math.ScaleB(1.0, 53)

    let private tryNumeral (text: string) : float option =
        let mutable number = nan
        if tryRead text &number then Some number else None

    /// The numbers that all categories but the empty one are; None where one is a text, or two are the same number.
    let ofCategories (categories: string[]) : float list option =
        let given =
            [ for text in categories do
                  if text <> "" then
                      text ]

        let numbers = List.choose tryNumeral given
        let areAll = numbers.Length = given.Length && not given.IsEmpty
        if areAll && (List.distinct numbers).Length = numbers.Length then Some numbers else None

/// The raw features of a row in float64, in a rented array, which goes back when this is disposed of.
[<Struct>]
type internal RawRow(features: float[]) =

    /// The features; the array may be longer.
    member _.Features: float[] = features

    interface IDisposable with
        member _.Dispose() = ArrayPool<float>.Shared.Return features

/// From the cells of a row, found by the names of their columns, to raw features in float64: a number for a column of numbers,
/// an indicator for each category of one of categories, the parts of a date. What the model does not know is refused with the column's name.
[<Sealed>]
type internal RowEncoder(preprocessing: Preprocessing) =

    let columns = Array.ofList preprocessing.Columns
    let features = Array.sumBy (fun (column: Column) -> column.Features) columns

    /// The places of a column's categories by their texts.
    let places =
        columns
        |> Array.map (fun column -> Dictionary(Seq.mapi (fun place text -> KeyValuePair(text, place)) column.Known))

    /// The places of the categories that are written as a number is, by the bits of that number: what the text of a number would
    /// find in `places`, without that text.
    let written =
        columns
        |> Array.map (fun column ->
            let placed =
                [ for place, text in Seq.indexed column.Known do
                      match Text.tryNumber text with
                      | Some number when Text.number number = text ->
                          KeyValuePair(BitConverter.DoubleToInt64Bits number, place)
                      | _ -> () ]

            Dictionary placed)

    /// Where all categories but the empty one are different numbers: their places by these numbers.
    let numerals =
        columns
        |> Array.map (fun column ->
            if (Numerals.ofCategories column.Known).IsNone then
                None
            else
                let placed =
                    [ for place, text in Seq.indexed column.Known do
                          if text <> "" then
                              Text.tryNumber text, place ]

                Some(Dictionary(seq { for number, place in placed -> KeyValuePair(Option.get number, place) })))

    let refuse (column: int) (found: string) =
        raise (ArgumentException $"column {Text.quote columns[column].Title}: {found}")

    let refuseMissing (column: int) =
        refuse column "is missing (a model trained with --missing mean or median has an answer for it)"

    let some (categories: string[]) =
        let texts = categories |> Array.filter (fun text -> text <> "")
        let more = if texts.Length > 10 then ", …" else ""
        let shown = texts |> Seq.truncate 10 |> Seq.map Text.quote
        String.Join(", ", shown) + more

    let numberOf (column: int) (cell: RowCell) : float =
        let number =
            match cell.Text with
            | null -> cell.Number
            | text ->
                let mutable number = nan

                if Text.tryReadNumber text &number then
                    number
                else
                    refuse column $"{Text.quote text} (expected a number)"

        if not (Double.IsFinite number) then
            refuse column $"{Text.quote (string cell)} is not finite"

        number

    /// The place of a number among the categories that are numbers; -1 where it is none of them.
    let placeOf (column: int) (number: float) : int =
        let mutable place = -1

        match numerals[column] with
        | Some numbers when numbers.TryGetValue(number, &place) -> place
        | _ -> -1

    let tryPlace (column: int) (cell: RowCell) : int =
        let mutable place = -1
        let mutable number = nan
        let known = places[column]

        match cell.Text with
        | null when cell.IsMissing -> if known.TryGetValue("", &place) then place else -1
        | null when written[column].TryGetValue(BitConverter.DoubleToInt64Bits cell.Number, &place) -> place
        | null -> placeOf column cell.Number
        | text when known.TryGetValue(text, &place) -> place
        | text when Numerals.tryRead text &number -> placeOf column number
        | _ -> -1

    let momentOf (column: int) (isDayFirst: bool) (cell: RowCell) : DateTime =
        let mutable moment = DateTime.MinValue

        match cell.Text with
        | null -> refuse column $"{Text.quote (string cell)} (expected a date, as 2024-02-29)"
        | text when Calendar.tryRead (text.AsSpan()) isDayFirst &moment -> moment
        | text -> refuse column $"{Text.quote text} (expected a date, as 2024-02-29)"

    /// The place of a cell among the categories of its column.
    let placeOfCell (column: int) (cell: RowCell) : int =
        match columns[column], tryPlace column cell with
        | Column.Category(_, categories), -1 ->
            if cell.IsMissing then
                refuseMissing column
            else
                refuse column $"{Text.quote (string cell)} was in no row of training (known: {some categories})"
        | _, place -> place

    let write (column: int) (cell: RowCell) (features: Span<float>) : unit =
        match columns[column] with
        | Column.Number(_, missing) ->
            if not cell.IsMissing then features[0] <- numberOf column cell
            elif Double.IsNaN missing then refuseMissing column
            else features[0] <- missing
        | Column.Date(_, isDayFirst, _, missing) ->
            if not cell.IsMissing then Calendar.write (momentOf column isDayFirst cell) features
            elif missing.Length = 0 then refuseMissing column
            else missing.AsSpan().CopyTo features
        | Column.Category _ ->
            let place = placeOfCell column cell
            features.Clear()
            features[place] <- 1.0
        | Column.OpenCategory(_, categories, hasOther) ->
            let place = tryPlace column cell
            features.Clear()

            if place >= 0 then
                features[place] <- 1.0
            elif hasOther then
                features[categories.Length] <- 1.0

    /// Refuses a row without some of the columns. What stands in it instead may be what is meant.
    let refuseAbsent (isThere: string -> bool) (given: string seq) =
        let titles = [ for column in columns -> column.Title ]
        let absent = titles |> List.filter (isThere >> not)
        let others = given |> Seq.filter (fun name -> not (List.contains name titles))

        let meant =
            match Text.nearest others absent.Head with
            | Some other -> $"; is {Text.quote other} {Text.quote absent.Head}?"
            | None -> ""

        let names = absent |> Seq.truncate 10 |> Seq.map Text.quote
        raise (ArgumentException $"""no cell for {String.Join(", ", names)}, which the model needs{meant}""")

    /// Room for the features of a row. InvalidOperationException where features have no names.
    let rent () : RawRow =
        if columns.Length = 0 then
            raise (InvalidOperationException "the features of this model have no names: give them in their order")

        new RawRow(ArrayPool<float>.Shared.Rent features)

    let giveBack (raw: RawRow) : unit = (raw :> IDisposable).Dispose()

    /// What stands above a column.
    member _.TitleOf(column: int) : string = columns[column].Title

    /// The place of a cell among the categories of a column.
    member _.PlaceOf(column: int, cell: RowCell) : int = placeOfCell column cell

    /// The number of a cell of a column of numbers, where it is not missing.
    member _.NumberOf(column: int, cell: RowCell) : float = numberOf column cell

    /// The features of a row whose cells are found by the names of their columns.
    member encoder.Raw(row: IReadOnlyDictionary<string, RowCell>) : RawRow =
        ArgumentNullException.ThrowIfNull(row, nameof row)
        let raw = rent ()

        try
            encoder.Write(row, raw.Features)
            raw
        with _ ->
            giveBack raw
            reraise ()

    /// The features of a row of the app's own type.
    member encoder.Raw(row: 'Row, reader: RowReader<'Row>) : RawRow =
        ArgumentNullException.ThrowIfNull(reader, nameof reader)
        let raw = rent ()

        try
            encoder.Write(row, reader, raw.Features)
            raw
        with _ ->
            giveBack raw
            reraise ()

    member private _.Write(row: IReadOnlyDictionary<string, RowCell>, features: float[]) : unit =
        let mutable first = 0

        for place in 0 .. columns.Length - 1 do
            let mutable cell = RowCell.Missing

            if not (row.TryGetValue(columns[place].Title, &cell)) then
                refuseAbsent row.ContainsKey row.Keys

            write place cell (Span(features, first, columns[place].Features))
            first <- first + columns[place].Features

    member private _.Write(row: 'Row, reader: RowReader<'Row>, features: float[]) : unit =
        let mutable first = 0

        for place in 0 .. columns.Length - 1 do
            let mutable cell = RowCell.Missing

            if not (reader.TryCell(row, columns[place].Title, &cell)) then
                refuseAbsent (fun name -> Seq.contains name reader.Columns) reader.Columns

            write place cell (Span(features, first, columns[place].Features))
            first <- first + columns[place].Features
