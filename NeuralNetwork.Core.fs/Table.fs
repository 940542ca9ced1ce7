namespace NeuralNetwork

open System
open System.Collections.Generic
open System.IO
open System.Runtime.InteropServices
open System.Text
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What is known of the columns of a table from the rows that are trained on alone.
type internal Fitting =
    {
        /// The columns, with what missing cells become.
        Columns: Column list
        /// What missing numbers become, for each feature.
        Fills: float[]
        Preprocessing: Preprocessing
    }

module internal Fitting =

    let private refuse (table: EncodedTable) (column: string) (found: string) : 'Nothing =
        raise (InvalidDataException $"{table.Name}: column {Text.quote column}: {found}")

    /// Each column with the place of its first feature.
    let placed (columns: Column list) : (Column * int) list =
        List.zip
            columns
            (columns |> List.scan (fun first column -> first + column.Features) 0 |> List.take columns.Length)

    /// The columns with what their missing cells become, and that for each feature, from features in which NaN is missing.
    let private fills (table: EncodedTable) (cols: int) (features: NumberArray) : Column list * float[] =
        let fills = Array.zeroCreate<float> cols

        if table.Missing <> MissingCells.Mean && table.Missing <> MissingCells.Median then
            table.Columns, fills
        else
            let fill (column: Column) (feature: int) =
                let middle = ColumnStatistics.middle (table.Missing = MissingCells.Mean) features cols feature

                if Double.IsNaN middle then
                    refuse table column.Title "every row that is trained on has it missing (the column can be left out)"

                fills[feature] <- middle

            let columns =
                [ for column, first in placed table.Columns do
                      match column with
                      | Column.Number(name, _) ->
                          fill column first
                          Column.Number(name, fills[first])
                      | Column.Date(name, isDayFirst, hasTime, _) ->
                          for feature in first .. first + column.Features - 1 do
                              fill column feature

                          Column.Date(name, isDayFirst, hasTime, Array.sub fills first column.Features)
                      | Column.Category _
                      | Column.OpenCategory _ -> column ]

            columns, fills

    let private checkRange (table: EncodedTable) (columns: Column list) (features: NumberArray) (cols: int) : unit =
        let isTooWide (struct (low: float, high: float)) = Double.IsInfinity(high - low)
        let tooWide = "numbers too large to standardize (their range is beyond float64)"
        let ranges = ColumnStatistics.ranges features cols

        for column, first in placed columns do
            if ranges |> Seq.skip first |> Seq.take column.Features |> Seq.exists isTooWide then
                refuse table column.Title tooWide

        if table.Values.Length > 0 then
            let ranges = ColumnStatistics.ranges (NumberArray.Doubles table.Values) table.Targets.Length

            for target, range in Seq.zip table.Targets ranges do
                if isTooWide range then
                    refuse table target tooWide

    /// What is known of the columns from some rows: their features, NaN for missing ones, which are filled here, and their values.
    let ofRows (table: EncodedTable) (features: float[]) (values: float[]) : Fitting =
        let cols = table.Columns |> List.sumBy _.Features
        let columns, fills = fills table cols (NumberArray.Doubles features)
        ColumnStatistics.fill features fills
        checkRange table columns (NumberArray.Doubles features) cols
        let struct (shift, scale) = ColumnStatistics.standardization (NumberArray.Doubles features) cols 1.0

        // Zeros and ones stay what they are.
        for column, first in placed columns do
            if column.IsCategory || column.IsOpenCategory then
                for feature in first .. first + column.Features - 1 do
                    shift[feature] <- 0.0
                    scale[feature] <- 1.0

        let struct (targetShift, targetScale) =
            if values.Length = 0 then
                struct ([||], [||])
            else
                ColumnStatistics.standardization (NumberArray.Doubles values) table.Targets.Length 1.0

        { Columns = columns
          Fills = fills
          Preprocessing =
            { Preprocessing.None with
                Shift = shift
                Scale = scale
                Columns = columns
                Targets = Array.ofList table.Targets
                TargetShift = targetShift
                TargetScale = targetScale } }

/// <summary>Rows of a table with a column to learn, or several of numbers: which columns are numbers, dates or categories, what becomes of missing cells, how numbers
/// are scaled, and the network and the training that suit it. All of it is what `nn train` makes of the same file. A table never
/// changes.</summary>
/// <remarks>What missing cells become and how numbers are scaled is that of the rows that are trained on: of a table that was
/// split, its first part, for both parts. Which columns, categories and classes there are is that of the whole file.</remarks>
[<Sealed>]
type Table internal (table: EncodedTable, rows: int[], fitted: Lazy<Fitting> option) =

    let cols = table.Columns |> List.sumBy _.Features

    let own =
        lazy
            (let own = ColumnStatistics.take (NumberArray.Doubles table.Features) cols rows

             match own with
             | NumberArray.Doubles features -> features
             | _ -> [||])

    let width = table.Targets.Length

    let values =
        if table.Values.Length = 0 then
            [||]
        else
            rows |> Array.collect (fun row -> Array.sub table.Values (row * width) width)

    let classes = if table.Classes.Length = 0 then [||] else rows |> Array.map (fun row -> table.Classes[row])

    let weights =
        if table.Weights.Length = 0 then
            [||]
        else
            match Dataset.ScaledWeights(rows |> Array.map (fun row -> table.Weights[row])) with
            | [||] -> raise (InvalidDataException $"{table.Name}: all rows have the weight 0")
            | weights -> weights

    let fitting =
        match fitted with
        | Some fitting -> fitting
        | None -> lazy (Fitting.ofRows table own.Value values)

    let targets =
        if table.Labels.Length > 0 then
            Targets.Labels(classes, table.Labels.Length)
        else
            Targets.Values(NumberArray.Doubles values, width)

    let data =
        lazy
            (let fills = fitting.Value.Fills
             let features = own.Value

             ColumnStatistics.fill features fills

             { Rows = rows.Length
               Cols = cols
               Inputs = NumberArray.Doubles features
               Targets = targets
               Weights = weights
               Folds = [||] }
             : Dataset)

    let shape: TableShape =
        { Rows = rows.Length
          Features = cols
          Numbers =
            [| for column, first in Fitting.placed table.Columns do
                   if column.IsNumber || column.IsDate then
                       first |]
          Outputs = max width table.Labels.Length
          HasClasses = table.Labels.Length > 0 }

    static member private Of
        (
            name: string,
            text: string,
            targets: string list,
            missing: MissingCells,
            hasClasses: Nullable<bool>,
            ignored: string[] | null,
            categorical: string[] | null,
            isDayFirst: Nullable<bool>,
            separator: char,
            weights: string | null
        ) : Table =
        let listed (names: string[] | null) =
            match names with
            | null -> []
            | names -> List.ofArray names

        let order: TableOrder =
            { Targets = targets
              Missing = missing
              HasClasses = Option.ofNullable hasClasses
              Ignored = listed ignored
              Categorical = listed categorical
              IsDayFirst = Option.ofNullable isDayFirst
              Weights = Option.ofObj weights }

        match Csv.read separator text with
        | Error defect -> raise (InvalidDataException $"{name}: {defect}")
        | Ok records ->
            let cells: TextTable = { Name = name; Heads = records.Heads; Cells = records.Cells; Lines = records.Lines }

            let encoded = TableCells.encode order cells
            Table(encoded, Array.init (max encoded.Classes.Length (encoded.Values.Length / targets.Length)) id, None)

    static member private Check(missing: MissingCells, separator: char) : unit =
        if missing < MissingCells.Refuse || missing > MissingCells.Drop then
            raise (ArgumentOutOfRangeException(nameof missing, missing, "refuse, mean, median or drop"))

        if separator = '"' || separator = '\n' || separator = '\r' then
            raise (ArgumentOutOfRangeException(nameof separator, "a quote or the end of a line separates no fields"))

    static member private Names(targets: string[]) : string list =
        ArgumentNullException.ThrowIfNull(targets, nameof targets)

        for target in targets do
            Ranges.notNull (nameof targets) target

        if targets.Length = 0 then
            raise (ArgumentException("no column to learn", nameof targets))

        match targets |> Array.countBy id |> Array.tryFind (fun (_, count) -> count > 1) with
        | Some(twice, _) -> raise (ArgumentException($"{Text.quote twice} is there twice", nameof targets))
        | None -> List.ofArray targets

    static member private TextOf(path: string) : string =
        try
            use reader = new StreamReader(path, UTF8Encoding(false, true), false)
            reader.ReadToEnd()
        with :? DecoderFallbackException ->
            raise (InvalidDataException $"{path}: not UTF-8 all through (save it as UTF-8)")

    /// <summary>Reads a CSV file of UTF-8 as RFC 4180 has it, whose first line has the names of the columns: half of the first
    /// cells decide whether a column is one of numbers, dates or categories. `docs/data.md` has the rules.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The column that is learned: texts and few different whole numbers are classes, other numbers are
    /// values.</param>
    /// <param name="missing">What becomes of rows with missing cells.</param>
    /// <param name="hasClasses">Whether classes are learned; null: the cells decide.</param>
    /// <param name="ignored">Columns to leave out; null for none.</param>
    /// <param name="categorical">Columns whose texts are categories, numbers, too; null for none.</param>
    /// <param name="isDayFirst">Whether 3/4/2024 is in April where the column does not tell; null: that is an error.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="weights">The column that says how much a row counts, a number from 0 on, and is not learned from; null: all count
    /// the same. In the mean a row of a table, or of a part of it, counts 1.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.IO.InvalidDataException">The file is no such table, or a cell none that can be learned from:
    /// the message says where and why.</exception>
    /// <exception cref="T:System.IO.IOException">The file cannot be read.</exception>
    static member ReadCsv
        (
            path: string,
            target: string,
            [<Optional; DefaultParameterValue(MissingCells.Refuse)>] missing: MissingCells,
            [<Optional>] hasClasses: Nullable<bool>,
            [<Optional; DefaultParameterValue(null: string[] | null)>] ignored: string[] | null,
            [<Optional; DefaultParameterValue(null: string[] | null)>] categorical: string[] | null,
            [<Optional>] isDayFirst: Nullable<bool>,
            [<Optional; DefaultParameterValue(',')>] separator: char,
            [<Optional; DefaultParameterValue(null: string | null)>] weights: string | null
        ) : Table =
        ArgumentNullException.ThrowIfNull(path, nameof path)
        ArgumentNullException.ThrowIfNull(target, nameof target)
        Table.Check(missing, separator)

        Table.Of(
            path,
            Table.TextOf path,
            [ target ],
            missing,
            hasClasses,
            ignored,
            categorical,
            isDayFirst,
            separator,
            weights
        )

    /// <summary>Reads a CSV file with several columns that are learned together, all of them numbers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="targets">The columns that are learned, each a value; a single one is as above.</param>
    /// <param name="missing">What becomes of rows with missing cells.</param>
    /// <param name="hasClasses">Whether classes are learned; null: the cells decide. Of several targets false takes few different
    /// whole numbers for values, which may be classes otherwise.</param>
    /// <param name="ignored">Columns to leave out; null for none.</param>
    /// <param name="categorical">Columns whose texts are categories, numbers, too; null for none.</param>
    /// <param name="isDayFirst">Whether 3/4/2024 is in April where the column does not tell; null: that is an error.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="weights">The column that says how much a row counts, a number from 0 on, and is not learned from; null: all count
    /// the same. In the mean a row of a table, or of a part of it, counts 1.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.ArgumentException">No target is named, or one of them twice.</exception>
    /// <exception cref="T:System.IO.InvalidDataException">The file is no such table, or a cell none that can be learned from:
    /// the message says where and why.</exception>
    /// <exception cref="T:System.IO.IOException">The file cannot be read.</exception>
    static member ReadCsv
        (
            path: string,
            targets: string[],
            [<Optional; DefaultParameterValue(MissingCells.Refuse)>] missing: MissingCells,
            [<Optional>] hasClasses: Nullable<bool>,
            [<Optional; DefaultParameterValue(null: string[] | null)>] ignored: string[] | null,
            [<Optional; DefaultParameterValue(null: string[] | null)>] categorical: string[] | null,
            [<Optional>] isDayFirst: Nullable<bool>,
            [<Optional; DefaultParameterValue(',')>] separator: char,
            [<Optional; DefaultParameterValue(null: string | null)>] weights: string | null
        ) : Table =
        ArgumentNullException.ThrowIfNull(path, nameof path)
        let targets = Table.Names targets
        Table.Check(missing, separator)

        Table.Of(
            path,
            Table.TextOf path,
            targets,
            missing,
            hasClasses,
            ignored,
            categorical,
            isDayFirst,
            separator,
            weights
        )

    /// <summary>Reads a CSV text to its end, as it does a file.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="target">The column that is learned.</param>
    /// <param name="missing">What becomes of rows with missing cells.</param>
    /// <param name="hasClasses">Whether classes are learned; null: the cells decide.</param>
    /// <param name="ignored">Columns to leave out; null for none.</param>
    /// <param name="categorical">Columns whose texts are categories, numbers, too; null for none.</param>
    /// <param name="isDayFirst">Whether 3/4/2024 is in April where the column does not tell; null: that is an error.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="weights">The column that says how much a row counts, a number from 0 on, and is not learned from; null: all count
    /// the same. In the mean a row of a table, or of a part of it, counts 1.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.IO.InvalidDataException">It is no such table, or a cell none that can be learned from: the
    /// message says where and why.</exception>
    static member ReadCsv
        (
            reader: TextReader,
            target: string,
            [<Optional; DefaultParameterValue(MissingCells.Refuse)>] missing: MissingCells,
            [<Optional>] hasClasses: Nullable<bool>,
            [<Optional; DefaultParameterValue(null: string[] | null)>] ignored: string[] | null,
            [<Optional; DefaultParameterValue(null: string[] | null)>] categorical: string[] | null,
            [<Optional>] isDayFirst: Nullable<bool>,
            [<Optional; DefaultParameterValue(',')>] separator: char,
            [<Optional; DefaultParameterValue(null: string | null)>] weights: string | null
        ) : Table =
        ArgumentNullException.ThrowIfNull(reader, nameof reader)
        ArgumentNullException.ThrowIfNull(target, nameof target)
        Table.Check(missing, separator)
        let text = reader.ReadToEnd()

        Table.Of(
            "the table",
            text,
            [ target ],
            missing,
            hasClasses,
            ignored,
            categorical,
            isDayFirst,
            separator,
            weights
        )

    /// <summary>Reads a CSV text with several columns that are learned together, as it does a file.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="targets">The columns that are learned, each a value; a single one is as above.</param>
    /// <param name="missing">What becomes of rows with missing cells.</param>
    /// <param name="hasClasses">Whether classes are learned; null: the cells decide. Of several targets false takes few different
    /// whole numbers for values, which may be classes otherwise.</param>
    /// <param name="ignored">Columns to leave out; null for none.</param>
    /// <param name="categorical">Columns whose texts are categories, numbers, too; null for none.</param>
    /// <param name="isDayFirst">Whether 3/4/2024 is in April where the column does not tell; null: that is an error.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="weights">The column that says how much a row counts, a number from 0 on, and is not learned from; null: all count
    /// the same. In the mean a row of a table, or of a part of it, counts 1.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.ArgumentException">No target is named, or one of them twice.</exception>
    /// <exception cref="T:System.IO.InvalidDataException">It is no such table, or a cell none that can be learned from: the
    /// message says where and why.</exception>
    static member ReadCsv
        (
            reader: TextReader,
            targets: string[],
            [<Optional; DefaultParameterValue(MissingCells.Refuse)>] missing: MissingCells,
            [<Optional>] hasClasses: Nullable<bool>,
            [<Optional; DefaultParameterValue(null: string[] | null)>] ignored: string[] | null,
            [<Optional; DefaultParameterValue(null: string[] | null)>] categorical: string[] | null,
            [<Optional>] isDayFirst: Nullable<bool>,
            [<Optional; DefaultParameterValue(',')>] separator: char,
            [<Optional; DefaultParameterValue(null: string | null)>] weights: string | null
        ) : Table =
        ArgumentNullException.ThrowIfNull(reader, nameof reader)
        let targets = Table.Names targets
        Table.Check(missing, separator)
        let text = reader.ReadToEnd()
        Table.Of("the table", text, targets, missing, hasClasses, ignored, categorical, isDayFirst, separator, weights)

    /// The words that say that a cell is missing, in any case of their letters; an empty cell always is.
    static member MissingWords: string[] = Array.copy TableCells.missingWords

    /// <summary>Whether a text is what programs print for a number that is none: nan, -nan(ind), 1.#QNAN and the like.</summary>
    /// <param name="text">The text, without blanks around it.</param>
    /// <returns>Whether it is so.</returns>
    static member IsNotANumber(text: string) : bool =
        ArgumentNullException.ThrowIfNull(text, nameof text)
        TableCells.isNotANumber text

    /// The number of rows.
    member _.Rows: int = rows.Length

    /// The columns in the order of the features they become, with what missing cells become.
    member _.Columns: IReadOnlyList<Column> = [| for column in fitting.Value.Columns -> column.Copy() |]

    /// What stands above the column that is learned, or above each of several.
    member _.Targets: string[] = Array.ofList table.Targets

    /// What the classes are called, in their order; empty where values are learned.
    member _.Labels: string[] = Array.copy table.Labels

    /// How many rows and features there are, and what is learned: what defaults go by.
    member _.Shape: TableShape = shape

    /// The features and targets of the rows, raw but for missing numbers, which are filled in. The arrays are the table's own: nobody
    /// is to write into them.
    member _.Data: Dataset = data.Value

    /// What happens to features and values in a model of these rows: numbers are standardized, missing cells and names known.
    member _.Preprocessing: Preprocessing = fitting.Value.Preprocessing.Copy()

    /// The training that suits so many rows: Adam, with a decay where they are few.
    member _.Training: Training = { Training.Default with Decay = shape.Decay }

    /// How long, and on what pieces: until the loss on rows that are not learned from has not fallen for a while. Its best model is
    /// kept, and its probabilities are calibrated.
    member _.Options: FitOptions =
        { FitOptions.Default with
            Epochs = shape.Epochs
            BatchSize = shape.BatchSize
            Patience = shape.Patience
            Calibrate = true }

    /// The class of each row; 0 for all of them where values are learned.
    member internal _.Strata: int[] = if classes.Length > 0 then classes else Array.zeroCreate rows.Length

    /// Some of the rows to learn from, and others that are measured by what is known from these.
    member internal _.Parts(first: int[], second: int[]) : struct (Table * Table) =
        let pick (places: int[]) = places |> Array.map (fun place -> rows[place])
        let train = Table(table, pick first, None)
        struct (train, Table(table, pick second, Some train.Fitting))

    member internal _.Fitting: Lazy<Fitting> = fitting

    /// Whether features are those of some columns, encoded and filled the same way.
    member internal _.IsLike(columns: Column list) : bool =
        let own = fitting.Value.Columns

        own.Length = columns.Length
        && List.forall2 (fun (column: Column) other -> column.IsLike other) own columns

    /// <summary>Sets a share of the rows aside, of every class as exactly as whole rows allow: to measure a model on, or to validate
    /// with. The same seed chooses the same rows.</summary>
    /// <param name="share">The share set aside, between 0 and 1.</param>
    /// <param name="seed">What the choice follows from.</param>
    /// <returns>The rows to train on, and those set aside, both in their old order.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The share is not between 0 and 1.</exception>
    /// <exception cref="T:System.ArgumentException">There are too few rows: one part would have none.</exception>
    member table.Split(share: float, [<Optional; DefaultParameterValue(42UL)>] seed: uint64) : struct (Table * Table) =
        let split = Split.Share(table.Strata, share, seed)

        if split.Train.Length = 0 || split.Aside.Length = 0 then
            let found =
                $"{Text.number share} of {table.Rows} rows sets {split.Aside.Length} aside (both parts need a row)"

            raise (ArgumentException(found, nameof share))

        table.Parts(split.Train, split.Aside)

    /// Its shape: a network is made for a table by it.
    static member op_Implicit(table: Table) : TableShape =
        ArgumentNullException.ThrowIfNull(table, nameof table)
        table.Shape

    /// As in: churn.csv: 150 rows, 4 features, 3 classes.
    override _.ToString() = table.Name + ": " + string shape
