namespace NeuralNetwork

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open System.Threading.Tasks
open NeuralNetwork.Analysis
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Verification

// What an app does with the library, without types of F#: load and save, train in process, check a gradient. The one place
// of the core with a default clock and a file to read: there is one right way to open, read and close a file, while how a
// file is replaced so that a power cut leaves the old or the new one is the app's to decide, so saving takes a stream.

/// Models from files.
[<AbstractClass; Sealed>]
type Model =

    static member private Of<'T>(bytes: byte[], place: string) : Model<'T> =
        let convert (model: Model<'Found>) =
            match box model with
            | :? Model<'T> as same -> same
            | _ ->
                let parameters = Parameters.convert<'Found, 'T> model.Parameters

                if not (Parameters.isFinite parameters) then
                    raise (
                        InvalidDataException $"{place}numbers beyond the range of {typeof<'T>.Name} (load as Double)"
                    )

                let same = Model<'T>(model.Network, parameters, model.Preprocessing, model.Labels)
                let same = if model.Coverage > 0.0 then same.With(model.Coverage, model.Margins) else same
                same.WithThreshold model.Threshold

        Parameters.checkType<'T>()

        match ModelFile.read bytes with
        | Ok(AnyModel.Single model) -> convert model
        | Ok(AnyModel.Double model) -> convert model
        | Error defect -> raise (InvalidDataException $"{place}{defect}")

    /// <summary>One model whose members are those of these models, in their order, with their threshold where all have the same one.</summary>
    /// <param name="models">The models: one or more, with the same description, preprocessing and class names.</param>
    /// <returns>The ensemble.</returns>
    /// <exception cref="T:System.ArgumentException">There is none, or they differ in more than their numbers.</exception>
    static member Join<'T>([<ParamArray>] models: Model<'T>[]) : Model<'T> = Ensemble.join models

    /// <summary>The members of a model, each a model by itself with the same preprocessing, class names and threshold: copies.</summary>
    /// <param name="model">The model.</param>
    /// <returns>Its members.</returns>
    static member Split<'T>(model: Model<'T>) : Model<'T>[] = Ensemble.split model

    /// <summary>The model in a stream, read to its end: as `nn train` or `Save` wrote it, in either precision; T is
    /// float or double.</summary>
    /// <param name="stream">Where the bytes are.</param>
    /// <returns>The model.</returns>
    /// <exception cref="T:System.IO.InvalidDataException">It is damaged or no model: the message says why.</exception>
    static member Load<'T>(stream: Stream) : Model<'T> =
        ArgumentNullException.ThrowIfNull(stream, nameof stream)
        use copy = new MemoryStream()
        stream.CopyTo copy
        Model.Of<'T>(copy.ToArray(), "")

    /// <summary>The model in a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The model.</returns>
    /// <exception cref="T:System.IO.InvalidDataException">The file is damaged or no model: the message says why.</exception>
    /// <exception cref="T:System.IO.IOException">The file cannot be read.</exception>
    static member Load<'T>(path: string) : Model<'T> =
        ArgumentNullException.ThrowIfNull(path, nameof path)
        Model.Of<'T>(File.ReadAllBytes path, $"{path}: ")

    /// On the pool from the first byte on: whoever waits may be the thread of a window, and to check a large model takes time.
    static member private OnPool<'T>(read: unit -> Task<byte[]>, place: string, cancel: CancellationToken) =
        Task.Run<Model<'T>>(
            Func<Task<Model<'T>>>(fun () ->
                task {
                    let! bytes = read ()
                    cancel.ThrowIfCancellationRequested()
                    return Model.Of<'T>(bytes, place)
                }),
            cancel
        )

    /// <summary>The model in a stream, as `Load` has it, read to its end and checked on a thread of the pool.</summary>
    /// <param name="stream">Where the bytes are.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>The model; the task fails with what `Load` raises.</returns>
    static member LoadAsync<'T>(stream: Stream, [<Optional>] cancel: CancellationToken) : Task<Model<'T>> =
        ArgumentNullException.ThrowIfNull(stream, nameof stream)

        let read () =
            task {
                use copy = new MemoryStream()
                do! stream.CopyToAsync(copy, cancel)
                return copy.ToArray()
            }

        Model.OnPool<'T>(read, "", cancel)

    /// <summary>The model in a file, as `Load` has it, read and checked on a thread of the pool.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>The model; the task fails with what `Load` raises.</returns>
    static member LoadAsync<'T>(path: string, [<Optional>] cancel: CancellationToken) : Task<Model<'T>> =
        ArgumentNullException.ThrowIfNull(path, nameof path)
        Model.OnPool<'T>((fun () -> File.ReadAllBytesAsync(path, cancel)), $"{path}: ", cancel)

/// What a training came to.
[<Sealed>]
type Fitted<'T> internal (result: FitResult<'T>, isValidated: bool) =

    /// The best model by validation; without validation, or before the first epoch with a finite loss has ended, the last.
    /// Where training diverged without validation, that of the last finished epoch.
    member _.Model: Model<'T> =
        let isBest = result.State.BestEpoch > 0 && (isValidated || result.End.IsDiverged)
        if isBest then result.State.Best else result.State.Model

    /// The model after the last step.
    member _.Last: Model<'T> = result.State.Model

    /// The epoch that the best model is from; 0 before the first epoch with a finite loss has ended.
    member _.BestEpoch: int = result.State.BestEpoch

    /// The finished epochs, oldest first.
    member _.Epochs: IReadOnlyList<EpochReport> = List.toArray result.State.History

    /// Why training ended.
    member _.End: FitEnd = result.End

/// Tells whoever listens how training goes, on the training thread.
[<Sealed>]
type internal Listeners<'T>(epochs: IProgress<EpochReport> | null, steps: IProgress<StepReport> | null) =
    interface IFitObserver<'T> with
        member _.Stepped report =
            match steps with
            | null -> ()
            | steps -> steps.Report report

        member _.Finished report =
            match epochs with
            | null -> ()
            | epochs -> epochs.Report report

        member _.IsDue _ = false
        member _.Save _ = ()

/// What a description or a model can do beside predicting.
[<Extension; AbstractClass; Sealed>]
type Fluent =

    /// The runtime compiles a method a second time once it has been called 30 times.
    static member private Rounds: int = 40

    static member private CheckClasses(network: Network) : unit =
        match Classes.outputDefect network with
        | Some found -> raise (ArgumentException(found, nameof network))
        | None -> ()

    /// <summary>Fresh parameters for a description from a seed. T is float or double.</summary>
    /// <param name="network">The description.</param>
    /// <param name="seed">The same seed gives the same bits.</param>
    /// <returns>The model.</returns>
    /// <exception cref="T:System.ArgumentException">A number of the description is out of its range, or a cross-entropy with
    /// softmax is over a single output.</exception>
    /// <exception cref="T:System.NotSupportedException">T is neither float nor double.</exception>
    [<Extension>]
    static member Init<'T>(network: Network, seed: uint64) : Model<'T> =
        ArgumentNullException.ThrowIfNull(box network, nameof network)
        Fluent.CheckClasses network
        Model.initialize<'T> seed network

    /// <summary>Writes a model as `nn` does: equal models give equal bytes.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="stream">Where the bytes are.</param>
    /// <exception cref="T:System.InvalidOperationException">A number is not finite; then nothing is
    /// written.</exception>
    [<Extension>]
    static member Save<'T>(model: Model<'T>, stream: Stream) : unit =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(stream, nameof stream)

        match Parameters.defect model.Parameters with
        | Some found -> raise (InvalidOperationException $"{found}: a model is saved with finite numbers only")
        | None -> ModelFile.writeTo stream model

    /// A row that a model of columns has an answer for, as far as that can be made up.
    static member private ExampleRow(columns: Plans.Column list) : IReadOnlyDictionary<string, RowCell> =
        let row = Dictionary<string, RowCell>()

        for column in columns do
            row[column.Title] <-
                match column with
                | Plans.Column.Category(_, categories) -> RowCell.Of categories[0]
                | _ when column.IsNumber -> RowCell.Of 0.0
                | _ -> RowCell.Of "2000-01-01"

        row

    /// <summary>Answers rows of zeros until the code of answers is compiled, so that the first caller does not wait for it: what all
    /// threads share is made and the methods are compiled; the runtime compiles those that it has met often a second time, in the
    /// background. Rows by name, where the model knows them, are answered as well. A thread's own first answer still
    /// allocates its memory. The answers are thrown away.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="rows">The rows of an answer. For more than 8 the native library is looked for, and threads are started.</param>
    /// <returns>How long the first answer took: what the first caller would have waited.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no row, or there are more than fit into an
    /// array.</exception>
    [<Extension>]
    static member WarmUp<'T>(model: Model<'T>, [<Optional; DefaultParameterValue(1)>] rows: int) : TimeSpan =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1, nameof rows)
        let widest = max model.Network.Inputs model.Network.Outputs
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Array.MaxLength / widest, nameof rows)
        let features = Array.zeroCreate<'T>(rows * model.Network.Inputs)
        let predictions = Array.zeroCreate<'T>(rows * model.Network.Outputs)
        let named = Fluent.ExampleRow model.Preprocessing.Columns

        let answer () =
            model.Predict(ReadOnlySpan features, Span predictions)

            // What has no class, or no answer to a row that is made up, has compiled its code by then.
            try
                if model.IsClassifier then
                    model.Classify(ReadOnlySpan(features, 0, model.Network.Inputs)) |> ignore

                if named.Count > 0 then
                    if model.IsClassifier then model.Classify named |> ignore else model.Predict named |> ignore

                true
            with
            | :? ArgumentException
            | :? ArithmeticException -> false

        let began = Stopwatch.GetTimestamp()
        let isAnswered = answer ()
        let first = Stopwatch.GetElapsedTime began
        let mutable left = if isAnswered then Fluent.Rounds else 0

        while left > 0 do
            answer () |> ignore
            left <- left - 1

        first

    /// Whoever learns class labels tells classes apart: where nothing else names them, their numbers do.
    static member private Classified<'T>(model: Model<'T>, data: Dataset) : Model<'T> =
        match data.Targets with
        | Targets.Labels(_, classes) when not model.IsClassifier && classes = Classes.count model.Network.Outputs ->
            model.With(model.Preprocessing, Array.init classes string)
        | _ -> model

    static member private CheckFit<'T>
        (model: Model<'T>, data: Dataset, training: Training, options: FitOptions)
        : unit =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(box data, nameof data)
        ArgumentNullException.ThrowIfNull(box training, nameof training)
        ArgumentNullException.ThrowIfNull(box options, nameof options)

    static member private Fit<'T>
        (
            model: Model<'T>,
            data: Dataset,
            validation: Dataset option,
            training: Training,
            options: FitOptions,
            epochs,
            steps,
            cancel
        ) =
        Fluent.CheckFit(model, data, training, options)
        // No batch has more rows than there are.
        let options = { options with BatchSize = min options.BatchSize (max 1 data.Rows) }

        let training =
            if data.Weights.Length > 0 || data.Folds.Length > 0 then
                { training with IsWeighted = true }
            else
                training

        Fluent.CheckClasses model.Network
        let model = Fluent.Classified(model, data)
        let trainer = Trainer<'T>(model, training, options.BatchSize)
        let state = FitState.start model training.Optimizer
        let listeners = Listeners<'T>(epochs, steps)
        let result = Fit.run trainer state data validation options TimeProvider.System listeners cancel
        Fitted<'T>(result, validation.IsSome || data.Folds.Length > 0)

    /// <summary>Trains a model from where it is; the model itself stays as it was. Progress is told on this thread,
    /// after each epoch and after each step. A cancelled training ends after the step in hand. Rows that have weights
    /// are weighed. A model of values that is fitted to class labels can classify from then on.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="data">The rows, raw as they are.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="options">How long, and on what pieces.</param>
    /// <param name="epochs">Told after each epoch; null for nobody.</param>
    /// <param name="steps">Told after each step; null for nobody.</param>
    /// <param name="cancel">Ends the training after the step in hand.</param>
    /// <returns>The best model, the last one, and how training went.</returns>
    /// <exception cref="T:System.ArgumentException">Sizes do not fit.</exception>
    [<Extension>]
    static member Fit<'T>
        (
            model: Model<'T>,
            data: Dataset,
            training: Training,
            options: FitOptions,
            [<Optional; DefaultParameterValue(null: IProgress<EpochReport> | null)>] epochs:
                IProgress<EpochReport> | null,
            [<Optional; DefaultParameterValue(null: IProgress<StepReport> | null)>] steps: IProgress<StepReport> | null,
            [<Optional>] cancel: CancellationToken
        ) : Fitted<'T> =
        Fluent.Fit<'T>(model, data, None, training, options, epochs, steps, cancel)

    /// <summary>Trains a model from where it is, with rows to validate on after each epoch: they choose the best model
    /// and end the training early. The model itself stays as it was. Progress is told on this thread, after each epoch
    /// and after each step. A cancelled training ends after the step in hand.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="data">The rows, raw as they are.</param>
    /// <param name="validation">Rows of their own, which choose the best model and may end the training early.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="options">How long, and on what pieces.</param>
    /// <param name="epochs">Told after each epoch; null for nobody.</param>
    /// <param name="steps">Told after each step; null for nobody.</param>
    /// <param name="cancel">Ends the training after the step in hand.</param>
    /// <returns>The best model, the last one, and how training went.</returns>
    /// <exception cref="T:System.ArgumentException">Sizes do not fit.</exception>
    [<Extension>]
    static member Fit<'T>
        (
            model: Model<'T>,
            data: Dataset,
            validation: Dataset,
            training: Training,
            options: FitOptions,
            [<Optional; DefaultParameterValue(null: IProgress<EpochReport> | null)>] epochs:
                IProgress<EpochReport> | null,
            [<Optional; DefaultParameterValue(null: IProgress<StepReport> | null)>] steps: IProgress<StepReport> | null,
            [<Optional>] cancel: CancellationToken
        ) : Fitted<'T> =
        ArgumentNullException.ThrowIfNull(box validation, nameof validation)
        Fluent.Fit<'T>(model, data, Some validation, training, options, epochs, steps, cancel)

    /// Numbers that T does not hold could not be given to the model that is trained on them.
    static member private CheckPrecision<'T>(data: Dataset) : unit =
        let isBeyond (x: float) = not (Double.IsFinite(Lane.toFloat (Lane.ofFloat<'T> x)))

        let check (what: string) (numbers: Engine.NumberArray) (cols: int) =
            if numbers.Kind = TypeCode.Double && cols > 0 then
                numbers.Visit(
                    cols,
                    fun row start ->
                        for place in start .. start + cols - 1 do
                            if isBeyond row[place] then
                                let found = $"{what} of {Text.number row[place]} is beyond {typeof<'T>.Name}"
                                raise (ArgumentException $"{found} (Double takes it)")
                )

        check "a feature" data.Inputs data.Cols

        match data.Targets with
        | Targets.Values(values, cols) -> check "a target" values cols
        | Targets.Labels _ -> ()

    /// A table whose columns are encoded as others are.
    static member private CheckLike(table: Table, columns: Plans.Column list, labels: string[]) : unit =
        if not (table.IsLike columns) || table.Labels <> labels then
            let found = "its columns or classes are others than those that were trained on"
            raise (ArgumentException $"{table}: {found} (a part of the same table, by Split, has the same)")

    static member private FitTable<'T>
        (
            network: Network,
            table: Table,
            validation: Table | null,
            training: Training,
            options: FitOptions,
            epochs,
            steps,
            cancel
        ) : Fitted<'T> =
        let training = if isNull (box training) then table.Training else training
        let options = if isNull (box options) then table.Options else options

        let struct (table, data, validation) =
            match validation with
            | null when network.Members = 1 ->
                let struct (train, aside) = table.Split(Plans.TableShape.Validation, training.Seed)
                struct (train, train.Data, aside.Data)
            | null ->
                let folds = Split.Folds(table.Strata, network.Members, training.Seed)
                struct (table, table.Data.WithFolds folds, table.Data)
            | aside ->
                Fluent.CheckLike(aside, List.ofSeq table.Columns, table.Labels)
                struct (table, table.Data, aside.Data)

        Fluent.CheckPrecision<'T> data
        let known = table.Preprocessing

        // Values are scaled only where the outputs are values.
        let preprocessing =
            if Loss.output network.Loss = Output.Linear then
                known
            else
                { known with TargetShift = [||]; TargetScale = [||] }

        let model = (Fluent.Init<'T>(network, training.Seed)).With(preprocessing, table.Labels)
        let validation = if data.Folds.Length > 0 then None else Some validation
        Fluent.Fit<'T>(model, data, validation, training, options, epochs, steps, cancel)

    static member private CheckTable(network: Network, table: Table) : unit =
        ArgumentNullException.ThrowIfNull(box network, nameof network)
        ArgumentNullException.ThrowIfNull(table, nameof table)

    /// <summary>Trains a network on a table, from weights of the training's seed on: with the same seed it is the model that
    /// `nn train` makes of the same rows. Without rows to validate with, each member of an ensemble leaves out a part of
    /// the rows, and is measured on it; for one network alone a tenth of the rows is set aside. Progress is told on this thread,
    /// after each epoch and after each step. A cancelled training ends after the step in hand.</summary>
    /// <param name="network">The description; `Network.For` has the one that suits the table.</param>
    /// <param name="table">The rows to learn from.</param>
    /// <param name="validation">Rows of their own, which choose the best model and end the training early, such as the second part
    /// of a split; null for none.</param>
    /// <param name="training">How it is trained; null: as suits the table.</param>
    /// <param name="options">How long, and on what pieces; null: as suits the table.</param>
    /// <param name="epochs">Told after each epoch; null for nobody.</param>
    /// <param name="steps">Told after each step; null for nobody.</param>
    /// <param name="cancel">Ends the training after the step in hand.</param>
    /// <returns>The best model, the last one, and how training went.</returns>
    /// <exception cref="T:System.ArgumentException">The network, the rows to validate with or the options do not fit the table, or
    /// there are too few rows to set some aside.</exception>
    [<Extension>]
    static member Fit<'T>
        (
            network: Network,
            table: Table,
            [<Optional; DefaultParameterValue(null: Table | null)>] validation: Table | null,
            [<Optional>] training: Training,
            [<Optional>] options: FitOptions,
            [<Optional; DefaultParameterValue(null: IProgress<EpochReport> | null)>] epochs:
                IProgress<EpochReport> | null,
            [<Optional; DefaultParameterValue(null: IProgress<StepReport> | null)>] steps: IProgress<StepReport> | null,
            [<Optional>] cancel: CancellationToken
        ) : Fitted<'T> =
        Fluent.CheckTable(network, table)
        Fluent.FitTable<'T>(network, table, validation, training, options, epochs, steps, cancel)

    /// <summary>Trains a network on a table as `Fit` does, on a thread of its own, so that the caller's stays free. A training that is
    /// cancelled ends after the step in hand, the task is cancelled, and what was learned until then is dropped.</summary>
    /// <param name="network">The description; `Network.For` has the one that suits the table.</param>
    /// <param name="table">The rows to learn from.</param>
    /// <param name="validation">Rows of their own, which choose the best model and end the training early; null for none.</param>
    /// <param name="training">How it is trained; null: as suits the table.</param>
    /// <param name="options">How long, and on what pieces; null: as suits the table.</param>
    /// <param name="epochs">Told after each epoch, on that thread; null for nobody.</param>
    /// <param name="steps">Told after each step, on that thread; null for nobody.</param>
    /// <param name="cancel">Ends the training after the step in hand.</param>
    /// <returns>The best model, the last one, and how training went. The task fails with what `Fit` raises.</returns>
    /// <exception cref="T:System.OperationCanceledException">When awaited: the training was cancelled.</exception>
    [<Extension>]
    static member FitAsync<'T>
        (
            network: Network,
            table: Table,
            [<Optional; DefaultParameterValue(null: Table | null)>] validation: Table | null,
            [<Optional>] training: Training,
            [<Optional>] options: FitOptions,
            [<Optional; DefaultParameterValue(null: IProgress<EpochReport> | null)>] epochs:
                IProgress<EpochReport> | null,
            [<Optional; DefaultParameterValue(null: IProgress<StepReport> | null)>] steps: IProgress<StepReport> | null,
            [<Optional>] cancel: CancellationToken
        ) : Task<Fitted<'T>> =
        Fluent.CheckTable(network, table)

        Fluent.Started(
            (fun () -> Fluent.FitTable<'T>(network, table, validation, training, options, epochs, steps, cancel)),
            cancel
        )

    /// A training on a thread of its own, which would keep one of the pool for minutes.
    static member private Started<'T>(fit: unit -> Fitted<'T>, cancel: CancellationToken) : Task<Fitted<'T>> =
        let all () =
            let fitted = fit ()

            if fitted.End.IsCancelled then
                cancel.ThrowIfCancellationRequested()

            fitted

        let how = TaskCreationOptions.LongRunning ||| TaskCreationOptions.DenyChildAttach
        Task.Factory.StartNew<Fitted<'T>>(Func<Fitted<'T>> all, cancel, how, TaskScheduler.Default)

    /// <summary>Trains as `Fit` does, on a thread of its own, so that the caller's
    /// stays free. Progress is told on that thread; a Progress made on a window's thread tells it there. A training that is
    /// cancelled ends after the step in hand, the task is cancelled, and what was learned until then is dropped: `Fit` gives
    /// it instead. The model itself stays as it was.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="data">The rows, raw as they are; nobody may write into them meanwhile.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="options">How long, and on what pieces.</param>
    /// <param name="epochs">Told after each epoch; null for nobody.</param>
    /// <param name="steps">Told after each step; null for nobody.</param>
    /// <param name="cancel">Ends the training after the step in hand.</param>
    /// <returns>The best model, the last one, and how training went. The task fails with an ArgumentException where sizes do not
    /// fit.</returns>
    /// <exception cref="T:System.OperationCanceledException">When awaited: the training was cancelled.</exception>
    [<Extension>]
    static member FitAsync<'T>
        (
            model: Model<'T>,
            data: Dataset,
            training: Training,
            options: FitOptions,
            [<Optional; DefaultParameterValue(null: IProgress<EpochReport> | null)>] epochs:
                IProgress<EpochReport> | null,
            [<Optional; DefaultParameterValue(null: IProgress<StepReport> | null)>] steps: IProgress<StepReport> | null,
            [<Optional>] cancel: CancellationToken
        ) : Task<Fitted<'T>> =
        Fluent.CheckFit(model, data, training, options)
        Fluent.Started((fun () -> Fluent.Fit<'T>(model, data, None, training, options, epochs, steps, cancel)), cancel)

    /// <summary>Trains as `Fit` with validation does, on a thread of its own, so that the caller's
    /// stays free. Progress is told on that thread; a Progress made on a window's thread tells it there. A training that is
    /// cancelled ends after the step in hand, the task is cancelled, and what was learned until then is dropped: `Fit` gives
    /// it instead. The model itself stays as it was.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="data">The rows, raw as they are; nobody may write into them meanwhile.</param>
    /// <param name="validation">Rows of their own, which choose the best model and may end the training early.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="options">How long, and on what pieces.</param>
    /// <param name="epochs">Told after each epoch; null for nobody.</param>
    /// <param name="steps">Told after each step; null for nobody.</param>
    /// <param name="cancel">Ends the training after the step in hand.</param>
    /// <returns>The best model, the last one, and how training went. The task fails with an ArgumentException where sizes do not
    /// fit.</returns>
    /// <exception cref="T:System.OperationCanceledException">When awaited: the training was cancelled.</exception>
    [<Extension>]
    static member FitAsync<'T>
        (
            model: Model<'T>,
            data: Dataset,
            validation: Dataset,
            training: Training,
            options: FitOptions,
            [<Optional; DefaultParameterValue(null: IProgress<EpochReport> | null)>] epochs:
                IProgress<EpochReport> | null,
            [<Optional; DefaultParameterValue(null: IProgress<StepReport> | null)>] steps: IProgress<StepReport> | null,
            [<Optional>] cancel: CancellationToken
        ) : Task<Fitted<'T>> =
        Fluent.CheckFit(model, data, training, options)
        ArgumentNullException.ThrowIfNull(box validation, nameof validation)

        Fluent.Started(
            (fun () -> Fluent.Fit<'T>(model, data, Some validation, training, options, epochs, steps, cancel)),
            cancel
        )

    /// <summary>Loss and accuracy of a model on data.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="data">The rows, raw as they are.</param>
    /// <returns>The loss, and what people look at.</returns>
    [<Extension>]
    static member Evaluate<'T>(model: Model<'T>, data: Dataset) : Score =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(box data, nameof data)
        Fit.evaluate Machine.Shared model data

    /// <summary>Loss and accuracy of a model on rows of a table, such as the second part of the split whose first part it was trained
    /// on.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="table">The rows.</param>
    /// <returns>The loss, and what people look at.</returns>
    /// <exception cref="T:System.ArgumentException">The columns or classes of the table are others than the model's.</exception>
    [<Extension>]
    static member Evaluate<'T>(model: Model<'T>, table: Table) : Score =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(table, nameof table)
        Fluent.CheckLike(table, model.Preprocessing.Columns, model.Labels)
        Fit.evaluate Machine.Shared model table.Data

    /// <summary>Checks the gradient of your own description on your own rows, in float64: network inputs x (n x inputs)
    /// and targets t (n x outputs), both row-major, as step 1 of the training sees them.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="x">Network inputs, rows x inputs, row-major.</param>
    /// <param name="t">Targets, rows x outputs, row-major.</param>
    /// <returns>Whether it passed, and how exact it is.</returns>
    /// <exception cref="T:System.ArgumentException">The lengths do not fit, or the training is not one of this network.</exception>
    [<Extension>]
    static member CheckGradient<'T>(model: Model<'T>, training: Training, x: float[], t: float[]) : GradientFindings =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(box training, nameof training)
        Training.checkFor model.Network training
        ArgumentNullException.ThrowIfNull(x, nameof x)
        ArgumentNullException.ThrowIfNull(t, nameof t)
        let parameters = Parameters.convert<'T, float> model.Parameters

        GradientFindings(
            GradientCheck.run Machine.Shared GradientCheckOptions.Default model.Network training 1 parameters x t
        )
