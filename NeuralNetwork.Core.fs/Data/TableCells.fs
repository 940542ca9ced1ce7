namespace NeuralNetwork

open System
open System.Collections.Generic
open System.IO
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What becomes of missing cells in the rows that are learned from. A target that is missing cannot be made up: its row can only be
/// dropped.
type MissingCells =
    /// The first one is an error.
    | Refuse = 0
    /// The mean of the rows that are trained on takes the place of a number; a missing category becomes one of its own.
    | Mean = 1
    /// The same with the median.
    | Median = 2
    /// The row is left out.
    | Drop = 3

/// What is said of a table beside its cells.
type internal TableOrder =
    {
        /// What stands above the columns that are learned: one, or several that are values.
        Targets: string list
        Missing: MissingCells
        /// Whether classes are learned; None: the cells decide.
        HasClasses: bool option
        /// What stands above columns that are left out.
        Ignored: string list
        /// What stands above columns whose texts are categories, whatever they are.
        Categorical: string list
        /// Whether 3/4 is the third of April where the column does not tell; None: then it is an error.
        IsDayFirst: bool option
        /// What stands above the column that says how much a row counts; None where all count the same.
        Weights: string option
    }

/// The cells of a table as its file has them, without the blanks around them.
type internal TextTable =
    {
        /// What the file is called in messages.
        Name: string
        /// What stands above the columns, each another name.
        Heads: string[]
        /// columns x rows
        Cells: string[][]
        /// The line of the file that each row begins in, from 1 on.
        Lines: int[]
    }

/// A table whose columns have become features, before anything takes the place of missing numbers.
type internal EncodedTable =
    {
        Name: string
        /// The columns in the order of their features; nothing is known yet of what missing cells become.
        Columns: Column list
        Targets: string list
        /// What the classes are called; empty where values are learned.
        Labels: string[]
        /// rows x features; NaN where a cell is missing.
        Features: float[]
        /// The class of each row; empty where values are learned.
        Classes: int[]
        /// rows x targets; empty where classes are learned.
        Values: float[]
        /// How much each row counts; empty where all count the same.
        Weights: float[]
        /// What becomes of missing cells.
        Missing: MissingCells
    }

/// From the texts of cells to features: which columns are numbers, dates or categories, and what is learned. `nn train` decides
/// the same of the same file.
module internal TableCells =

    // Missing cells ---------------------------------------------------------------------------------------------------

    /// The words that say that a value is not known, in any case of their letters. An empty cell always does.
    let missingWords: string[] = [| "NA"; "N/A"; "#N/A"; "NaN"; "null"; "none"; "?" |]

    let private words = HashSet(missingWords, StringComparer.OrdinalIgnoreCase)

    // No spelling of NaN is longer that anybody would write.
    [<Literal>]
    let private LongestNotANumber = 32

    /// What C, Java and their like print: nan, -nan, nan(0x8000000000000), -nan(ind), NaN., qNaN, 1.#QNAN, -1.#IND00.
    let isNotANumber (text: string) : bool =
        let bare = if text.StartsWith '+' || text.StartsWith '-' then text[1..] else text
        let is (words: string list) (found: string) = List.contains (found.ToUpperInvariant()) words

        if text.Length > LongestNotANumber then
            false
        elif bare.StartsWith("1.#", StringComparison.Ordinal) then
            bare[3..].TrimEnd '0' |> is [ "QNAN"; "SNAN"; "NAN"; "IND" ]
        else
            let rest = if bare.Length > 0 && is [ "Q"; "S" ] bare[..0] then bare[1..] else bare

            rest.Length >= 3
            && is [ "NAN" ] rest[..2]
            && (let behind = rest[3..]
                behind = "" || behind = "." || (behind.StartsWith '(' && behind.EndsWith ')'))

    let isMissing (text: string) : bool = text = "" || words.Contains text || isNotANumber text

    // What columns are --------------------------------------------------------------------------------------------------

    // So many rows, with that of the names, and so many cells tell whether columns are numbers.
    [<Literal>]
    let private LookedAt = 1_000

    [<Literal>]
    let private CellsLookedAt = 200_000

    let private tryNumber (text: string) (number: byref<float>) : bool =
        Text.tryReadNumber text &number && Double.IsFinite number

    /// Whether a text is a number, in whatever notation: a mistake is no category.
    let private isNumber (text: string) : bool =
        let mutable number = nan
        tryNumber text &number || OtherNotation.is text

    let private areNumbers (looked: int) (cells: string[]) : bool =
        let there = cells |> Seq.truncate looked |> Seq.filter (isMissing >> not) |> Array.ofSeq
        Column.AreNumbers(there |> Seq.filter isNumber |> Seq.length, there.Length)

    let private tryDate (isDayFirst: bool) (text: string) : DateTime voption =
        let mutable moment = DateTime.MinValue

        if Calendar.tryRead (text.AsSpan()) isDayFirst &moment then ValueSome moment else ValueNone

    /// What has been found out of a column that may be one of dates.
    type private DateEvidence =
        {
            There: int
            Dates: int
            /// Those that are dates with the day in front only.
            DayFirst: int
            /// Those that are dates with the month in front only.
            MonthFirst: int
            HasTime: bool
            /// The first one that is another date with each.
            Ambiguous: string option
        }

        member evidence.AreDates: bool = Column.AreDates(evidence.Dates, evidence.There)

        member evidence.With(text: string) : DateEvidence =
            let seen = { evidence with There = evidence.There + 1 }

            match tryDate true text, tryDate false text with
            | ValueNone, ValueNone -> seen
            | day, month ->
                let one = ValueOption.defaultWith (fun () -> month.Value) day
                let isDoubtful = day.IsSome && month.IsSome && day.Value <> month.Value

                { seen with
                    Dates = seen.Dates + 1
                    DayFirst = seen.DayFirst + (if month.IsNone then 1 else 0)
                    MonthFirst = seen.MonthFirst + (if day.IsNone then 1 else 0)
                    HasTime = seen.HasTime || one.TimeOfDay <> TimeSpan.Zero
                    Ambiguous = if seen.Ambiguous.IsNone && isDoubtful then Some text else seen.Ambiguous }

    /// As many cells tell whether a column is one of dates; those of one tell to the end how they are written. One of which
    /// the first rows have nothing tells by its first cell.
    let private evidenceOf (isUnknown: bool) (cells: string[]) : DateEvidence =
        let most = if isUnknown then 1 else LookedAt

        let mutable found = { There = 0; Dates = 0; DayFirst = 0; MonthFirst = 0; HasTime = false; Ambiguous = None }

        let mutable row = 0

        while row < cells.Length && (found.AreDates || found.There < most) do
            if not (isMissing cells[row]) then
                found <- found.With cells[row]

            row <- row + 1

        found

    /// What a column is taken for.
    [<RequireQualifiedAccess>]
    type private Kind =
        | Numbers
        | Dates of isDayFirst: bool * hasTime: bool
        | Texts
        /// Numbers that may be classes, which only all of them tell.
        | Guessed

    let private refuse (name: string) (found: string) : 'Nothing = raise (InvalidDataException $"{name}: {found}")

    let private some (texts: string seq) =
        let more = if Seq.length texts > 10 then ", …" else ""
        String.Join(", ", texts |> Seq.truncate 10 |> Seq.map Text.quote) + more

    let private placeOf (table: TextTable) (name: string) : int =
        match Array.IndexOf(table.Heads, name) with
        | -1 ->
            let meant =
                match Text.nearest table.Heads name with
                | Some other -> $" (is {Text.quote other} meant?)"
                | None -> ""

            refuse table.Name $"no column {Text.quote name}{meant}; has: {some table.Heads}"
        | place -> place

    let private datesOf (table: TextTable) (order: TableOrder) (isUnknown: bool) (place: int) : Kind option =
        let found = evidenceOf isUnknown table.Cells[place]

        if not found.AreDates then
            None
        else
            let isDayFirst =
                match order.IsDayFirst, found.Ambiguous with
                | _ when found.DayFirst <> found.MonthFirst -> found.DayFirst > found.MonthFirst
                | Some said, _ -> said
                | None, None -> false
                | None, Some text ->
                    let say = "say whether the day or the month stands in front, or take the column for categories"

                    refuse
                        table.Name
                        $"column {Text.quote table.Heads[place]}: {Text.quote text} may be two dates ({say})"

            Some(Kind.Dates(isDayFirst, found.HasTime))

    let private featureKind (table: TextTable) (order: TableOrder) (looked: int) (place: int) : Kind =
        if List.contains table.Heads[place] order.Categorical then
            Kind.Texts
        else
            let cells = table.Cells[place]
            let isUnknown = cells |> Seq.truncate looked |> Seq.forall isMissing

            if areNumbers looked cells && not isUnknown then
                Kind.Numbers
            else
                datesOf table order isUnknown place
                |> Option.defaultValue (if isUnknown then Kind.Numbers else Kind.Texts)

    let private targetKind (table: TextTable) (order: TableOrder) (looked: int) (place: int) : Kind =
        let name = table.Heads[place]
        let isCategorical = List.contains name order.Categorical
        let areSeveral = order.Targets.Length > 1

        match order.HasClasses with
        | Some false when isCategorical ->
            refuse table.Name $"column {Text.quote name} is one of categories, and its numbers are to be learned"
        | Some true when areSeveral -> refuse table.Name "several targets are values (one has classes)"
        | None when areSeveral && (isCategorical || not (areNumbers looked table.Cells[place])) ->
            refuse table.Name $"column {Text.quote name}: several targets are numbers, and it has others"
        | Some true -> Kind.Texts
        | Some false -> Kind.Numbers
        | None when isCategorical || not (areNumbers looked table.Cells[place]) -> Kind.Texts
        | None -> Kind.Guessed

    // Reading -----------------------------------------------------------------------------------------------------------

    let private refuseCell (table: TextTable) (place: int) (row: int) (found: string) : 'Nothing =
        refuse table.Name $"line {table.Lines[row]}, column {Text.quote table.Heads[place]}: {found}"

    /// The cells of a column as they are read, row by row. What a cell came to stands at the place of its row.
    [<Sealed>]
    type private Reading(table: TextTable, place: int, kind: Kind, missing: MissingCells, most: int) =
        let cells = table.Cells[place]
        let numbers = Array.create cells.Length nan
        let codes = Array.zeroCreate<int> cells.Length
        let moments = Array.create (if kind.IsDates then cells.Length else 0) DateTime.MinValue
        let isThere = Array.create moments.Length false
        let places = Dictionary<string, int> StringComparer.Ordinal
        // Where numbers may be classes: whether they are too many for it, or one is not whole.
        let mutable isOver = false

        let names =
            lazy
                (let texts = Array.ofSeq places.Keys
                 Column.Names(texts, texts))

        let wrong (row: int) (found: string) : 'Nothing = refuseCell table place row found

        let register (row: int) (text: string) =
            let mutable code = 0

            if not (places.TryGetValue(text, &code)) then
                if places.Count = most then
                    wrong row $"more than {most} different texts (the column can be left out)"

                code <- places.Count
                places.Add(text, code)

            codes[row] <- code

        let guess (row: int) (text: string) (number: float) =
            isOver <- isOver || not (Double.IsInteger number)
            // Few numbers may be written in many ways: 1, 1.0, 1.00.
            isOver <- isOver || (places.Count = 10 * Column.MostGuessedClasses && not (places.ContainsKey text))

            if not isOver then
                register row text

        let refuseText (row: int) (text: string) =
            let found =
                match kind with
                | Kind.Dates(isDayFirst, _) when (tryDate (not isDayFirst) text).IsSome ->
                    if isDayFirst then
                        "has no such month: the day stands in front"
                    else
                        "has no such day: the month stands in front"
                | Kind.Dates _ -> "is no date, as 2024-02-29 is"
                | _ when Text.tryReadNumber text &numbers[row] -> "is not finite"
                | _ when OtherNotation.is text -> "is a number in another notation (write it as 1234.5 is written)"
                | _ -> "(expected a number; the column can be taken for categories, or left out)"

            wrong row $"{Text.quote text} {found}"

        let refuseMissing (row: int) =
            let otherwise =
                if missing = MissingCells.Refuse then
                    "mean, median or drop say what becomes of missing cells"
                else
                    "a target cannot be made up: drop leaves such rows out"

            wrong row $"{Text.quote cells[row]} is missing ({otherwise})"

        /// Reads the cell of a row; false where the row is to be left out.
        member _.Read(row: int, isTarget: bool) : bool =
            let text = cells[row]
            let mutable number = nan

            match kind with
            | Kind.Numbers
            | Kind.Guessed when tryNumber text &number ->
                numbers[row] <- number

                if kind = Kind.Guessed then
                    guess row text number

                true
            | _ when isMissing text ->
                match missing with
                | MissingCells.Drop -> false
                | MissingCells.Mean
                | MissingCells.Median when not isTarget ->
                    if kind = Kind.Texts then
                        register row ""

                    true
                | _ -> refuseMissing row
            | Kind.Texts ->
                register row text
                true
            | Kind.Dates(isDayFirst, _) ->
                match tryDate isDayFirst text with
                | ValueSome moment ->
                    moments[row] <- moment
                    isThere[row] <- true
                    true
                | ValueNone -> refuseText row text
            | Kind.Numbers
            | Kind.Guessed -> refuseText row text

        member _.Head: string = table.Heads[place]

        member _.Kind: Kind = kind

        /// The number of a row; NaN where it is missing.
        member _.Number(row: int) : float = numbers[row]

        /// The date of a row, if it is there.
        member _.Date(row: int) : DateTime voption = if isThere[row] then ValueSome moments[row] else ValueNone

        /// The different texts as categories or classes, each text's place among them, and whether all are numbers.
        member _.Names: struct (string[] * int[] * bool) = names.Value

        /// The text of a row, by its place among all of them.
        member _.Code(row: int) : int = codes[row]

        /// Whether all numbers are whole, and not too many to be classes.
        member _.MayBeClasses: bool = not isOver && places.Count > 0

        member _.Column: Column =
            match kind with
            | Kind.Texts ->
                let struct (categories, _, _) = names.Value
                Column.Category(table.Heads[place], categories)
            | Kind.Dates(isDayFirst, hasTime) -> Column.Date(table.Heads[place], isDayFirst, hasTime, [||])
            | Kind.Numbers
            | Kind.Guessed -> Column.Number(table.Heads[place], nan)

        /// Refuses a cell of a row that has been read.
        member _.Refuse(row: int, found: string) : unit = wrong row found

    // Encoding ----------------------------------------------------------------------------------------------------------

    let private lay (columns: (Reading * Column) list) (rows: int[]) : float[] =
        let cols = columns |> List.sumBy (fun (_, column) -> column.Features)

        if int64 cols * int64 rows.Length > int64 Array.MaxLength then
            raise (InvalidDataException $"{rows.Length} rows of {cols} features (limit {Array.MaxLength} numbers)")

        let features = Array.zeroCreate<float>(cols * rows.Length)
        let mutable first = 0

        for reading, column in columns do
            let struct (_, places, _) = if column.IsCategory then reading.Names else struct ([||], [||], false)

            for place in 0 .. rows.Length - 1 do
                let own = Span(features, place * cols + first, column.Features)

                match reading.Kind with
                | Kind.Texts -> own[places[reading.Code rows[place]]] <- 1.0
                | Kind.Dates _ ->
                    match reading.Date rows[place] with
                    | ValueSome moment -> Calendar.write moment own
                    | ValueNone -> own.Fill nan
                | Kind.Numbers
                | Kind.Guessed -> own[0] <- reading.Number rows[place]

            first <- first + column.Features

        features

    /// What the classes are called, and the class of each row; none where the numbers are values.
    let private classes
        (table: TextTable)
        (order: TableOrder)
        (target: Reading)
        (rows: int[])
        : (string[] * int[]) option =
        let struct (names, places, areNumbers) = target.Names

        match target.Kind with
        | Kind.Guessed when not (target.MayBeClasses && Column.AreClasses(names.Length, rows.Length)) -> None
        | Kind.Texts
        | Kind.Guessed ->
            if order.HasClasses = Some true && areNumbers && not (List.contains target.Head order.Categorical) then
                match names |> Array.tryFindIndex (fun name -> not (Option.get (ExactNumber.tryRead name)).IsWhole) with
                | Some place ->
                    let row = rows |> Array.find (fun row -> places[target.Code row] = place)
                    target.Refuse(row, $"label {Text.quote names[place]} (classes are whole numbers, or texts)")
                | None -> ()

            if names.Length < 2 then
                refuse table.Name $"column {Text.quote target.Head}: only one class: {some names} (need at least 2)"

            Some(names, rows |> Array.map (fun row -> places[target.Code row]))
        | Kind.Numbers
        | Kind.Dates _ -> None

    /// The values of several targets, rows x targets. Few different whole numbers may be classes, which nobody has said: they
    /// are refused.
    let private valuesOf (table: TextTable) (order: TableOrder) (targets: Reading list) (rows: int[]) : float[] =
        for target in targets do
            if targets.Length > 1 && (classes table order target rows).IsSome then
                let struct (names, _, _) = target.Names

                refuse
                    table.Name
                    $"column {Text.quote target.Head}: {names.Length} different whole numbers, which may be classes (hasClasses: false takes the numbers of all targets)"

        [| for row in rows do
               for target in targets do
                   target.Number row |]

    /// How much each row counts by a column of theirs.
    let private weights (table: TextTable) (rows: int[]) (place: int) : float[] =
        let weight row =
            let text = table.Cells[place][row]
            let mutable number = nan

            if not (tryNumber text &number && number >= 0.0) then
                let found = if isMissing text then "is missing" else "is no weight"
                refuseCell table place row $"{Text.quote text} {found} (a number from 0 on)"

            number

        rows |> Array.map weight

    let private learned (targets: 'T list) = if targets.Length > 1 then "one of the targets" else "the target"

    /// The features and targets of a table. InvalidDataException, with line and column, where a cell is none that can be learned from.
    let encode (order: TableOrder) (table: TextTable) : EncodedTable =
        let targets = order.Targets |> List.map (placeOf table)
        let weighing = order.Weights |> Option.map (placeOf table)
        let ignored = order.Ignored |> List.map (placeOf table) |> Set.ofList
        order.Categorical |> List.iter (placeOf table >> ignore)

        for target in targets do
            let called = $"column {Text.quote table.Heads[target]}"

            if ignored.Contains target then
                refuse table.Name $"{called} is {learned targets}, and cannot be left out"

            if weighing = Some target then
                refuse table.Name $"{called} is {learned targets}, and says no weights"

        let ignored = weighing |> Option.fold (fun places place -> Set.add place places) ignored

        // The names are a row, too, of those that are looked at.
        let columns = table.Heads.Length
        let looked = min LookedAt ((CellsLookedAt + columns - 1) / columns) - 1

        let features =
            [ for place in 0 .. columns - 1 do
                  if not (List.contains place targets) && not (ignored.Contains place) then
                      let kind = featureKind table order looked place
                      Reading(table, place, kind, order.Missing, Column.MostCategories) ]

        if features.IsEmpty then
            let names = order.Targets |> List.map Text.quote |> String.concat ", "
            refuse table.Name $"no columns beside the target {names}"

        let targets =
            [ for target in targets do
                  Reading(table, target, targetKind table order looked target, order.Missing, Column.MostClasses) ]

        let rows =
            [| for row in 0 .. table.Lines.Length - 1 do
                   if
                       List.forall (fun (reading: Reading) -> reading.Read(row, false)) features
                       && List.forall (fun (target: Reading) -> target.Read(row, true)) targets
                   then
                       row |]

        if rows.Length = 0 then
            refuse table.Name "no rows without missing cells"

        let columns = features |> List.map _.Column

        let found =
            match targets with
            | [ only ] -> classes table order only rows
            | _ -> None

        { Name = table.Name
          Columns = columns
          Targets = order.Targets
          Labels = found |> Option.map fst |> Option.defaultValue [||]
          Features = lay (List.zip features columns) rows
          Classes = found |> Option.map snd |> Option.defaultValue [||]
          Values = if found.IsSome then [||] else valuesOf table order targets rows
          Weights = weighing |> Option.map (weights table rows) |> Option.defaultValue [||]
          Missing = order.Missing }
