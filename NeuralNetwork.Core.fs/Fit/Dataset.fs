namespace NeuralNetwork

open System
open System.IO
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths

/// What a data set says about each row.
[<RequireQualifiedAccess>]
type Targets =
    /// A class index in 0 .. Classes - 1 for each row.
    | Labels of Labels: int[] * Classes: int
    /// Numbers, rows x Cols.
    | Values of Values: NumberArray * Cols: int

    /// As in: 4 labels of 2 classes; 3 values each.
    override targets.ToString() =
        match targets with
        | Targets.Labels(labels, classes) -> $"""{Text.count labels.Length "label"} of {string classes} classes"""
        | Targets.Values(_, cols) -> Text.count cols "value" + " each"

/// Rows of raw features, row-major, and what is to be learned from them.
type Dataset =
    {
        /// The number of rows.
        Rows: int
        /// The number of features of a row.
        Cols: int
        /// Raw features, row after row.
        Inputs: NumberArray
        /// What belongs to each row.
        Targets: Targets
        /// How much each row counts, from 0 on; empty where every row counts 1.
        Weights: float[]
        /// For each row the member of an ensemble, from 0 on, that does not learn from it and is measured on it; empty where
        /// every member learns from every row.
        Folds: int[]
    }

    /// So many rows of a table. What does not divide evenly is refused by `Dataset.check`, with both sizes.
    static member private Of(inputs: NumberArray, rows: int, targets: Targets) : Dataset =
        { Rows = rows
          Cols = (if rows > 0 then int (inputs.LongLength / int64 rows) else 0)
          Inputs = inputs
          Targets = targets
          Weights = [||]
          Folds = [||] }

    static member private Of(inputs: NumberArray, targets: NumberArray, outputs: int) : Dataset =
        if outputs < 1 then
            raise (ArgumentOutOfRangeException(nameof outputs, outputs, "a row has at least one target"))

        Dataset.Of(inputs, targets.Length / outputs, Targets.Values(targets, outputs))

    /// <summary>Rows of features, row-major, with a class index in 0 .. classes - 1 for each row. The arrays are not
    /// copied.</summary>
    /// <param name="features">Raw features, row after row.</param>
    /// <param name="labels">A class in 0 .. classes - 1 for each row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The rows.</returns>
    static member Of(features: float32[], labels: int[], classes: int) : Dataset =
        ArgumentNullException.ThrowIfNull(features, nameof features)
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        Dataset.Of(NumberArray.Singles features, labels.Length, Targets.Labels(labels, classes))

    /// <summary>Rows of float64 features, row-major, with a class index in 0 .. classes - 1 for each row. The arrays
    /// are not copied.</summary>
    /// <param name="features">Raw features, row after row.</param>
    /// <param name="labels">A class in 0 .. classes - 1 for each row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The rows.</returns>
    static member Of(features: float[], labels: int[], classes: int) : Dataset =
        ArgumentNullException.ThrowIfNull(features, nameof features)
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        Dataset.Of(NumberArray.Doubles features, labels.Length, Targets.Labels(labels, classes))

    /// <summary>Rows of bytes, as images are stored, row-major, with a class index in 0 .. classes - 1 for each row.
    /// The arrays are not copied.</summary>
    /// <param name="features">Raw features, row after row.</param>
    /// <param name="labels">A class in 0 .. classes - 1 for each row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The rows.</returns>
    static member Of(features: byte[], labels: int[], classes: int) : Dataset =
        ArgumentNullException.ThrowIfNull(features, nameof features)
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        Dataset.Of(NumberArray.Bytes features, labels.Length, Targets.Labels(labels, classes))

    /// <summary>Rows of features with so many target values for each, both row-major. The arrays are not
    /// copied.</summary>
    /// <param name="features">Raw features, row after row.</param>
    /// <param name="targets">Target values, row-major.</param>
    /// <param name="outputs">The number of target values of a row.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one target.</exception>
    static member Of(features: float32[], targets: float32[], outputs: int) : Dataset =
        ArgumentNullException.ThrowIfNull(features, nameof features)
        ArgumentNullException.ThrowIfNull(targets, nameof targets)
        Dataset.Of(NumberArray.Singles features, NumberArray.Singles targets, outputs)

    /// <summary>Rows of float64 features with so many target values for each, both row-major. The arrays are not
    /// copied.</summary>
    /// <param name="features">Raw features, row after row.</param>
    /// <param name="targets">Target values, row-major.</param>
    /// <param name="outputs">The number of target values of a row.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one target.</exception>
    static member Of(features: float[], targets: float[], outputs: int) : Dataset =
        ArgumentNullException.ThrowIfNull(features, nameof features)
        ArgumentNullException.ThrowIfNull(targets, nameof targets)
        Dataset.Of(NumberArray.Doubles features, NumberArray.Doubles targets, outputs)

    /// <summary>Rows of features that stay in a stream, with a class index in 0 .. classes - 1 for each row. The stream can be sought, and
    /// has nothing but them: row after row, little-endian. Training reads windows of it (`FitOptions.Window`), and so does whatever
    /// else goes through the rows.</summary>
    /// <param name="features">The stream. It has to stay open, and nothing else may read it meanwhile.</param>
    /// <param name="kind">What its numbers are: Byte, Single or Double.</param>
    /// <param name="labels">A class in 0 .. classes - 1 for each row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.ArgumentException">The stream cannot be sought, the numbers are of another kind, or they are no such
    /// number of rows.</exception>
    static member Of(features: Stream, kind: TypeCode, labels: int[], classes: int) : Dataset =
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        Dataset.Of(Dataset.Stored(features, kind, labels.Length), labels.Length, Targets.Labels(labels, classes))

    /// <summary>Rows of features that stay in a stream, with so many target values for each, which are in memory.</summary>
    /// <param name="features">The stream. It has to stay open, and nothing else may read it meanwhile.</param>
    /// <param name="kind">What its numbers are: Byte, Single or Double.</param>
    /// <param name="targets">Target values, row-major.</param>
    /// <param name="outputs">The number of target values of a row.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="T:System.ArgumentException">The stream cannot be sought, the numbers are of another kind, or they are no such
    /// number of rows.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one target.</exception>
    static member Of(features: Stream, kind: TypeCode, targets: float[], outputs: int) : Dataset =
        ArgumentNullException.ThrowIfNull(targets, nameof targets)
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1, nameof outputs)

        if targets.Length % outputs <> 0 then
            raise (ArgumentException($"{targets.Length} targets of rows of {outputs}", nameof targets))

        Dataset.Of(Dataset.Stored(features, kind, targets.Length / outputs), NumberArray.Doubles targets, outputs)

    static member private Stored(features: Stream, kind: TypeCode, rows: int) : NumberArray =
        ArgumentNullException.ThrowIfNull(features, nameof features)

        if not features.CanSeek then
            raise (ArgumentException("the stream cannot be sought", nameof features))

        let numbers = features.Length / int64 (Store.size kind)

        if
            rows < 1
            || numbers < int64 rows
            || numbers % int64 rows <> 0L
            || features.Length % int64 (Store.size kind) <> 0L
        then
            let found = $"{features.Length} bytes for {rows} rows of numbers of {Store.size kind}"
            raise (ArgumentException(found, nameof features))

        let cols = numbers / int64 rows

        if cols > int64 Limits.RowNumbers then
            raise (ArgumentException($"rows of {cols} numbers (limit {Limits.RowNumbers})", nameof features))

        NumberArray.Stored(features, kind, int cols, Array.init rows id)

    /// <summary>The weight of each class that gives every class the same say: n / (classes·count), so that the rows of a class
    /// weigh n / classes together. A class without rows has the weight 0.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="labels">A class in 0 .. classes - 1 for each row.</param>
    /// <returns>A weight for each class.</returns>
    /// <exception cref="T:System.ArgumentException">A label is no class.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one class, or more than a row of a network may
    /// have numbers.</exception>
    static member BalancedWeights(classes: int, labels: int[]) : float[] =
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1, nameof classes)
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, Limits.RowNumbers, nameof classes)
        ClassWeights.balanced classes labels

    /// <summary>The weight of each row, that of its class.</summary>
    /// <param name="weights">A weight for each class.</param>
    /// <param name="labels">A class for each row.</param>
    /// <returns>A weight for each row, as `With` takes them.</returns>
    /// <exception cref="T:System.ArgumentException">A label is no class.</exception>
    static member WeightsOfClasses(weights: float[], labels: int[]) : float[] =
        ArgumentNullException.ThrowIfNull(weights, nameof weights)
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        ClassWeights.ofRows weights labels

    /// <summary>Sample weights divided by their mean, so that a loss of weighted rows is as great as one of rows that all count 1.</summary>
    /// <param name="weights">How much each row counts, from 0 on, finite.</param>
    /// <returns>The weights, 1 in the mean; none where all are 0.</returns>
    /// <exception cref="T:System.ArgumentException">A weight is below 0 or not finite.</exception>
    static member ScaledWeights(weights: float[]) : float[] =
        ArgumentNullException.ThrowIfNull(weights, nameof weights)

        if weights |> Array.exists (fun weight -> not (weight >= 0.0 && Double.IsFinite weight)) then
            raise (ArgumentException("a weight is below 0 or not finite", nameof weights))

        let greatest = Array.fold max 0.0 weights

        if greatest = 0.0 then
            [||]
        else
            // The sum of great ones may be beyond all numbers.
            let shares = weights |> Array.map (fun weight -> weight / greatest)
            let mean = Array.average shares
            shares |> Array.map (fun share -> share / mean)

    /// <summary>These rows, each with a weight of its own, from 0 on.</summary>
    /// <param name="weights">How much each row counts, from 0 on.</param>
    /// <returns>The rows.</returns>
    member data.With(weights: float[]) : Dataset =
        ArgumentNullException.ThrowIfNull(weights, nameof weights)
        { data with Weights = weights }

    /// <summary>These rows, each left out by one member of an ensemble, from 0 on: epochs are then evaluated by what
    /// members say of rows that they have not learned from.</summary>
    /// <param name="folds">The member that leaves out each row, from 0 on.</param>
    /// <returns>The rows.</returns>
    member data.WithFolds(folds: int[]) : Dataset =
        ArgumentNullException.ThrowIfNull(folds, nameof folds)
        { data with Folds = folds }

    /// As in: 4 rows of 2 features, 2 classes.
    override data.ToString() =
        let learned =
            match data.Targets with
            | Targets.Labels(_, classes) -> $"{string classes} classes"
            | Targets.Values(_, cols) -> $"{string cols} values each"

        let weighted = if data.Weights.Length > 0 then ", weighted" else ""
        string data.Rows + " rows of " + string data.Cols + " features, " + learned + weighted

module internal Dataset =

    let private demand (data: Dataset) (found: int64) (expected: int64) (what: string) =
        if found <> expected then
            raise (ArgumentException $"the data have {found} {what}, {data.Rows} rows need {expected}")

    let private checkWeights (data: Dataset) =
        if data.Weights.Length > 0 then
            demand data (int64 data.Weights.Length) (int64 data.Rows) "weights"

        match data.Weights |> Array.tryFindIndex (fun weight -> not (weight >= 0.0 && Double.IsFinite weight)) with
        | None -> ()
        | Some row ->
            let found = $"weight {Text.number data.Weights[row]} in row {row}"
            raise (ArgumentException $"{found} (must be finite and at least 0)")

    let private checkFolds (network: Network) (data: Dataset) =
        if data.Folds.Length > 0 then
            demand data (int64 data.Folds.Length) (int64 data.Rows) "folds"

            if network.Members = 1 then
                raise (
                    ArgumentException "the data have folds, and the network has one member: every row would be left out"
                )

            match data.Folds |> Array.tryFindIndex (fun fold -> fold < 0 || fold >= network.Members) with
            | None -> ()
            | Some row ->
                raise (ArgumentException $"fold {data.Folds[row]} in row {row} is none of {network.Members} members")

    let private checkRows (data: Dataset) =
        if data.Rows < 1 then
            raise (ArgumentException $"the data have {data.Rows} rows")

        match data.Inputs with
        | NumberArray.Stored(stream, kind, cols, rows) ->
            let stored = stream.Length / (int64 (max 1 cols) * int64 (Store.size kind))
            let isOne place = rows[place] > (if place = 0 then -1 else rows[place - 1]) && int64 rows[place] < stored

            if cols <> data.Cols || not (Seq.forall isOne (seq { 0 .. rows.Length - 1 })) then
                let found = $"rows of {cols} numbers in a stream of {stored}"
                raise (ArgumentException $"{found} (must be {data.Cols}, and each row after the one before)")
        | _ -> ()

        demand data data.Inputs.LongLength (int64 data.Rows * int64 data.Cols) $"numbers of {data.Cols} features"

    /// What belongs to the rows is there for each of them, and every label is a class.
    let private checkTargets (data: Dataset) =
        match data.Targets with
        | Targets.Values(table, _) when table.IsStored ->
            raise (ArgumentException "the targets are in a stream (they have to be in memory)")
        | Targets.Values(table, cols) ->
            demand data table.LongLength (int64 data.Rows * int64 cols) $"numbers of {cols} targets"
        | Targets.Labels(labels, classes) ->
            demand data (int64 labels.Length) (int64 data.Rows) "labels"

            match Array.tryFindIndex (fun label -> label < 0 || label >= classes) labels with
            | None -> ()
            | Some row -> raise (ArgumentException $"label {labels[row]} in row {row} is none of {classes} classes")

        checkWeights data

    /// An ArgumentException with both sizes where data contradict themselves or do not fit a network.
    let check (network: Network) (data: Dataset) : unit =
        checkRows data

        if data.Cols <> network.Inputs then
            // So many rows of features may have been given with the targets of fewer.
            let doubt =
                if data.Cols % network.Inputs = 0 then
                    $" (features of {data.Rows * (data.Cols / network.Inputs)} rows with targets of {data.Rows}?)"
                else
                    ""

            let found = $"the data have {data.Cols} features, the network has {network.Inputs} inputs"
            raise (ArgumentException(found + doubt))

        let width =
            match data.Targets with
            | Targets.Labels(_, classes) when classes = Classes.count network.Outputs -> network.Outputs
            | Targets.Labels(_, classes) -> classes
            | Targets.Values(_, cols) -> cols

        if width <> network.Outputs then
            raise (ArgumentException $"the data have {width} targets, the network has {network.Outputs} outputs")

        checkTargets data
        checkFolds network data
