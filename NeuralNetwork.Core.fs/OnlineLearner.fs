namespace NeuralNetwork

open System
open System.Collections.Generic
open System.Threading
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// A lock that is held until this is disposed of.
[<Struct>]
type internal Held(gate: Lock) =
    interface IDisposable with
        member _.Dispose() = gate.Exit()

/// A model that learns from a stream of rows, one at a time, and answers meanwhile. Rows are raw, as those of `Model`: features
/// before the preprocessing, values in their units, cells by the names of their columns. Any number of threads may call: one call
/// is done after the other. Rows wait until there are `batch` of them; the call that brings the last one makes the step.
///
/// A row that cannot be learned from is refused before it is among those that wait, and nothing has changed. A step whose loss,
/// gradient or running statistics are not finite is not made: an ArithmeticException, the rows of this batch are dropped, and the
/// model is what it was before them. To make one gives the exceptions of a `Trainer`, and an ArgumentException for batches of a
/// single row where the network has batch norms. Nothing is allocated by rows, steps and answers, but what a call says that it gives.
///
/// `Training.Default` is Adam at a constant rate of 0.001. A stream has no end that a falling rate could go by, and clipping
/// (`Clippings.GlobalNorm 1`) bounds what a single odd row can do.
[<Sealed>]
type OnlineLearner<'T>(model: Model<'T>, training: Training, batch: int, machine: Machine) =

    let trainer = Trainer<'T>(model, training, batch, machine)
    let network, meaning = model.Network, model.Interpretation
    let executor, plan = trainer.Executor, trainer.CompiledPlan

    do
        if batch = 1 && Network.hasBatchNorm network then
            raise (ArgumentException("a batch of one row has no variance, which batch norms take", nameof batch))

        match Classes.outputDefect network with
        | Some found -> raise (ArgumentException(found, nameof model))
        | None -> ()

    let gate = Lock()

    /// Has the gate until it is disposed of.
    let hold () : Held =
        gate.Enter()
        new Held(gate)

    // The rows that wait, as the network takes them.
    let x = Array.zeroCreate<'T>(batch * network.Inputs)
    let t = Array.zeroCreate<'T>(batch * network.Outputs)
    let mutable pending = 0
    let mutable rows = 0L
    let mutable steps = 0L
    let mutable loss = nan

    // The running statistics before the step in hand, which its way forward changes.
    let statistics = Array.zeroCreate<'T> plan.Statistics.Length

    // What the targets of rows by name are encoded with.
    let target =
        lazy
            (let title = model.Preprocessing.Targets |> Array.tryHead |> Option.defaultValue "target"

             let column =
                 if meaning.IsClassifier then Column.Category(title, meaning.Names) else Column.Number(title, nan)

             RowEncoder { Preprocessing.None with Columns = [ column ] })

    // Steps -----------------------------------------------------------------------------------------------------------

    /// A step on the rows that wait, unless their loss, its gradient or the running statistics after it are not finite.
    let step () =
        executor.Span(plan.Statistics).CopyTo(statistics.AsSpan())
        x.AsSpan(0, pending * network.Inputs).CopyTo(executor.Span plan.Input)
        t.AsSpan(0, pending * network.Outputs).CopyTo(executor.Span plan.Target)
        let taken = pending
        let mutable isSound = false
        // No exception from below leaves rows that wait: the next one would have no place.
        pending <- 0

        try
            let found = trainer.Differentiate taken
            isSound <- executor.IsSound found

            if not isSound then
                let dropped =
                    $"""{Text.count taken "row"} {if taken = 1 then "is" else "are"} dropped, and the model is what it was before"""

                let what = "has a loss, squares of a gradient or running statistics that are not finite"
                raise (ArithmeticException $"the step after number {steps} {what}: its {dropped}")

            trainer.Descend()
            rows <- rows + int64 taken
            steps <- steps + 1L
            loss <- found
        finally
            if not isSound then
                statistics.AsSpan().CopyTo(executor.Span plan.Statistics)

    // Rows ------------------------------------------------------------------------------------------------------------

    let nextX () = x.AsSpan(pending * network.Inputs, network.Inputs)
    let nextT () = t.AsSpan(pending * network.Outputs, network.Outputs)

    let firstNotFinite (numbers: Span<'T>) : int =
        let mutable place = 0

        while place < numbers.Length && Double.IsFinite(Lane.toFloat numbers[place]) do
            place <- place + 1

        if place < numbers.Length then place else -1

    let refuse (what: string) (number: 'T) (name: string) =
        let found = $"{what} is {Text.number (Lane.toFloat number)} as the network takes it"
        raise (ArgumentException($"{found}: the row is not learned, and nothing was changed", name))

    /// As in: feature 2 (column 'age').
    let featureName (feature: int) : string =
        let rec find (first: int) (columns: Column list) =
            match columns with
            | [] -> ""
            | column :: _ when feature < first + column.Features -> $" (column {Text.quote column.Title})"
            | column :: others -> find (first + column.Features) others

        $"feature {feature}{find 0 model.Preprocessing.Columns}"

    /// Takes the row that has been written to the next place among those that wait, unless a number in it is none.
    let take () =
        match firstNotFinite (nextX ()) with
        | -1 -> ()
        | feature -> refuse (featureName feature) (nextX ()).[feature] "features"

        match firstNotFinite (nextT ()) with
        | -1 -> ()
        | value -> refuse $"value {value}" (nextT ()).[value] "values"

        pending <- pending + 1

        if pending = batch then
            step ()

    let demandTarget (cell: RowCell) =
        if cell.IsMissing then
            let title = target.Value.TitleOf 0

            raise (
                ArgumentException($"column {Text.quote title}: is missing, and it is what is learned", nameof target)
            )

    /// Learns a row of raw features in float64, with its target.
    let learnNamed (raw: RawRow) (cell: RowCell) =
        demandTarget cell

        if meaning.IsClassifier then
            let label = target.Value.PlaceOf(0, cell)
            use _ = hold ()
            meaning.Encode(raw.Features, nextX ())
            Classes.writeTarget label (nextT ())
            take ()
        elif network.Outputs <> 1 then
            let found = $"a row by names has one target, the model has {network.Outputs} values"
            raise (InvalidOperationException $"{found}: give features and values in their order")
        else
            let value = target.Value.NumberOf(0, cell)
            use _ = hold ()
            meaning.Encode(raw.Features, nextX ())
            (nextT ()).[0] <- meaning.EncodeValue(0, value)
            take ()

    // Answers ---------------------------------------------------------------------------------------------------------

    let runNamed (raw: RawRow) =
        meaning.Encode(raw.Features, executor.Span plan.Input)
        executor.Predict 1

    let classifyNamed (raw: RawRow) : Classification =
        meaning.Names |> ignore
        use _ = hold ()
        runNamed raw
        meaning.ClassOf executor

    let predictNamed (raw: RawRow) : 'T[] =
        use _ = hold ()
        runNamed raw
        meaning.ValuesOf executor

    /// <summary>On the shared machine: the best library found, and every core.</summary>
    /// <param name="model">The model that learns on; it stays as it is.</param>
    /// <param name="training">How it learns.</param>
    /// <param name="batch">The rows of a step, 1 or more.</param>
    new(model: Model<'T>, training: Training, batch: int) = OnlineLearner(model, training, batch, Machine.Shared)

    /// How it learns.
    member _.Training: Training = training

    /// The rows of a step.
    member _.BatchSize: int = batch

    /// How many rows steps have learned from.
    member _.Rows: int64 = Volatile.Read &rows

    /// How many rows wait for their step.
    member _.Pending: int = Volatile.Read &pending

    /// How many steps were made.
    member _.Steps: int64 = Volatile.Read &steps

    /// The mean loss of the rows of the last step before it, in the units trained in; NaN before the first.
    member _.Loss: float = Volatile.Read &loss

    /// The model as it is now: a copy, which further rows do not touch, with the threshold of the model that the learner began with. Rows
    /// that wait for their step are not in it; `Flush` makes that step first.
    member _.Model: Model<'T> =
        use _ = hold ()
        trainer.Snapshot().WithThreshold model.Threshold

    /// <summary>A step on the rows that wait, though they are fewer than a batch. A single row goes on waiting where there are
    /// batch norms.</summary>
    /// <returns>How many rows they were; 0 where no step was made.</returns>
    /// <exception cref="T:System.ArithmeticException">A step has numbers that are not finite: it was not made.</exception>
    member _.Flush() : int =
        use _ = hold ()
        let taken = pending

        if taken = 0 || taken = 1 && Network.hasBatchNorm network then
            0
        else
            step ()
            taken

    // Learning --------------------------------------------------------------------------------------------------------

    /// <summary>Learns a row and its class.</summary>
    /// <param name="features">Raw features, one for each input of the network.</param>
    /// <param name="label">The number of the class; one output stands for the classes 0 and 1.</param>
    /// <exception cref="T:System.ArgumentException">The length does not fit, a feature is not finite, or there is no such
    /// class; then nothing has changed.</exception>
    /// <exception cref="T:System.InvalidOperationException">The model has no classes.</exception>
    /// <exception cref="T:System.ArithmeticException">A step has numbers that are not finite: it was not made.</exception>
    member _.Learn(features: ReadOnlySpan<'T>, label: int) : unit =
        let classes = meaning.Names.Length
        meaning.DemandRow features

        if uint label >= uint classes then
            raise (ArgumentException($"label {label} is none of {classes} classes", nameof label))

        use _ = hold ()
        meaning.Encode(features, nextX ())
        Classes.writeTarget label (nextT ())
        take ()

    /// <summary>Learns a row and what belongs to it.</summary>
    /// <param name="features">Raw features, one for each input of the network.</param>
    /// <param name="values">A value for each output in its units, or a probability for each class.</param>
    /// <exception cref="T:System.ArgumentException">A length does not fit, or a number is not finite; then nothing has
    /// changed.</exception>
    /// <exception cref="T:System.ArithmeticException">A step has numbers that are not finite: it was not made.</exception>
    member _.Learn(features: ReadOnlySpan<'T>, values: ReadOnlySpan<'T>) : unit =
        meaning.DemandRow features

        if values.Length <> network.Outputs then
            let found = $"{values.Length} values for a row of {network.Outputs}"
            raise (ArgumentException(found, nameof values))

        use _ = hold ()
        meaning.Encode(features, nextX ())
        meaning.EncodeValues(values, nextT ())
        take ()

    /// <summary>Learns a row given by the names of its columns.</summary>
    /// <param name="row">The cells by the names of their columns.</param>
    /// <param name="target">The name of the class, or the value.</param>
    /// <exception cref="T:System.ArgumentException">A cell is none that the model knows, as for `Model.Encode`, or the target is
    /// none; then nothing has changed.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names, or it has several
    /// values.</exception>
    /// <exception cref="T:System.ArithmeticException">A step has numbers that are not finite: it was not made.</exception>
    member _.Learn(row: IReadOnlyDictionary<string, RowCell>, target: RowCell) : unit =
        use raw = model.Encoder.Raw(row)
        learnNamed raw target

    /// <summary>Learns a row of the app's own type.</summary>
    /// <param name="row">The row.</param>
    /// <param name="reader">Which of its cells stands in which column.</param>
    /// <param name="target">The name of the class, or the value.</param>
    /// <exception cref="T:System.ArgumentException">As for a row that is given by names.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names, or it has several
    /// values.</exception>
    /// <exception cref="T:System.ArithmeticException">A step has numbers that are not finite: it was not made.</exception>
    member _.Learn<'Row>(row: 'Row, reader: RowReader<'Row>, target: RowCell) : unit =
        use raw = model.Encoder.Raw(row, reader)
        learnNamed raw target

    // Answering -------------------------------------------------------------------------------------------------------

    /// <summary>Predicts any number of rows with the parameters as they are now.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="predictions">Where the predictions go, rows x outputs: probabilities for cross-entropies, values in
    /// their units.</param>
    /// <exception cref="T:System.ArgumentException">The lengths do not fit.</exception>
    member _.Predict(features: ReadOnlySpan<'T>, predictions: Span<'T>) : unit =
        meaning.RowsOf(features, predictions) |> ignore
        use _ = hold ()
        meaning.Predict(executor, features, predictions)

    /// <summary>The class of a row of raw features with the parameters as they are now.</summary>
    /// <param name="features">Raw features, one for each input of the network.</param>
    /// <returns>The class, its name and its probability.</returns>
    /// <exception cref="T:System.ArgumentException">The length does not fit, or a feature is not finite.</exception>
    /// <exception cref="T:System.InvalidOperationException">The model has no classes.</exception>
    /// <exception cref="T:System.ArithmeticException">The answer is not finite.</exception>
    member _.Classify(features: ReadOnlySpan<'T>) : Classification =
        meaning.DemandRow features
        meaning.Names |> ignore
        use _ = hold ()
        meaning.Encode(features, executor.Span plan.Input)
        executor.Predict 1
        meaning.ClassOf executor

    /// <summary>The class of a row given by the names of its columns.</summary>
    /// <param name="row">The cells by the names of their columns.</param>
    /// <returns>The class, its name and its probability.</returns>
    /// <exception cref="T:System.ArgumentException">As `Model.Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names, or it has no
    /// classes.</exception>
    member _.Classify(row: IReadOnlyDictionary<string, RowCell>) : Classification =
        use raw = model.Encoder.Raw(row)
        classifyNamed raw

    /// <summary>The class of a row of the app's own type.</summary>
    /// <param name="row">The row.</param>
    /// <param name="reader">Which of its cells stands in which column.</param>
    /// <returns>The class, its name and its probability.</returns>
    /// <exception cref="T:System.ArgumentException">As `Model.Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names, or it has no
    /// classes.</exception>
    member _.Classify<'Row>(row: 'Row, reader: RowReader<'Row>) : Classification =
        use raw = model.Encoder.Raw(row, reader)
        classifyNamed raw

    /// <summary>The predictions of a row given by the names of its columns, one for each output, in a fresh array.</summary>
    /// <param name="row">The cells by the names of their columns.</param>
    /// <returns>The outputs.</returns>
    /// <exception cref="T:System.ArgumentException">As `Model.Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names.</exception>
    member _.Predict(row: IReadOnlyDictionary<string, RowCell>) : 'T[] =
        use raw = model.Encoder.Raw(row)
        predictNamed raw

    /// <summary>The predictions of a row of the app's own type, one for each output, in a fresh array.</summary>
    /// <param name="row">The row.</param>
    /// <param name="reader">Which of its cells stands in which column.</param>
    /// <returns>The outputs.</returns>
    /// <exception cref="T:System.ArgumentException">As `Model.Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names.</exception>
    member _.Predict<'Row>(row: 'Row, reader: RowReader<'Row>) : 'T[] =
        use raw = model.Encoder.Raw(row, reader)
        predictNamed raw

    /// As in: batches of 32, adam, rate 0.001 at every step, seed 42.
    override _.ToString() = "batches of " + string batch + ", " + string training
