namespace NeuralNetwork

open System
open System.Threading
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The in-place face of the engine: a model in training, with memory of its own and nothing allocated per step.
/// Rows are raw, as `Model.Predict` takes and gives them: features before the model's preprocessing, values in their units.
/// One thread at a time uses a trainer: another one that comes meanwhile gets an InvalidOperationException, and changes
/// nothing. Rows of a step are finite numbers, or it is refused before it begins. To make one gives an ArgumentException where
/// a number of the training is none that it can be, a layer with a penalty of its own has no weights or there are more shards than a
/// batch can be cut into, an
/// ArgumentNullException for what is null, and an ArgumentOutOfRangeException for a batch of less than one row.
[<Sealed>]
type Trainer<'T>(model: Model<'T>, training: Training, batch: int, machine: Machine) =

    do
        ArgumentNullException.ThrowIfNull(box model, nameof model)
        ArgumentNullException.ThrowIfNull(box training, nameof training)
        ArgumentNullException.ThrowIfNull(box machine, nameof machine)
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1, nameof batch)
        Training.checkForBatch model.Network batch training

        if machine.Ranks.Count > training.Shards then
            raise (ArgumentException $"{machine.Ranks.Count} ranks for {training.Shards} shards: at most one for each")

    let network, meaning = model.Network, model.Interpretation
    // A last batch of a single row has no variance to normalise with: it joins the batch before it.
    let capacity = if Network.hasBatchNorm network then batch + 1 else batch
    let plan = Plan.compile network training capacity

    let executor =
        Executor<'T>(plan, machine.Backend.Product<'T>(), machine.Team, machine.Ranks.Exchange, machine.Engine)

    let mutable steps = 0
    // The thread that uses the trainer now; 0 where none does.
    let mutable user = 0
    // What a plateau rule of the schedule remembers of the epochs.
    let rule = SchedulePages.rule training.Rate
    let mutable watch = PlateauWatch.Start
    // Whether every row of a weighted training counts 1.
    let mutable isUniform = true

    let observe (metric: float) =
        match rule with
        | Some rule -> watch <- watch.After(rule, metric)
        | None -> ()

    /// One step more. What depends on the number of a step, as Adam's first ones do, has long settled where ints end.
    let count () = steps <- if steps >= Int32.MaxValue - 2 then 1 <<< 30 else steps + 1

    do Parameters.load executor model.Parameters

    /// Takes the trainer for the calling thread; whether that did not have it already, and so gives it back.
    let enter () : bool =
        let caller = Environment.CurrentManagedThreadId

        match Interlocked.CompareExchange(&user, caller, 0) with
        | 0 -> true
        | other when other = caller -> false
        | _ ->
            raise (
                InvalidOperationException
                    "another thread is using this trainer (one at a time: a lock around its calls, or a trainer for each)"
            )

    let leave (isTaken: bool) =
        if isTaken then
            Volatile.Write(&user, 0)

    /// Refuses rows of a window that hold a number which is none.
    let demandFinite (name: string) (slice: Slice) (rows: int) =
        let place = executor.FirstNotFinite(slice, rows)

        if place >= 0 then
            let number = Text.number (Lane.toFloat (executor.Span slice).[place])
            let found = $"row {place / slice.Cols} has {number} at {place % slice.Cols}"
            let what = "a step takes numbers that are finite, and are so as the network takes them"
            raise (ArgumentException($"{found} ({what}; nothing was changed)", name))

    let rowsOf (features: ReadOnlySpan<'T>) =
        let width = network.Inputs

        if features.Length = 0 || features.Length % width <> 0 then
            let found = $"{features.Length} numbers are no whole number of rows of {width}"
            raise (ArgumentException(found, nameof features))

        let rows = features.Length / width

        if rows > capacity then
            raise (ArgumentException($"{rows} rows are more than the batch of {batch}", nameof features))

        rows

    /// From raw features to the input window; gives the number of rows.
    let load (features: ReadOnlySpan<'T>) =
        let rows = rowsOf features

        if not isUniform then
            executor.Span(plan.Weights).Fill(Lane.ofFloat<'T> 1.0)
            isUniform <- true

        meaning.Encode(features, executor.Span plan.Input)
        rows

    /// From values in their units to the target window.
    let loadValues (rows: int) (values: ReadOnlySpan<'T>) =
        if values.Length <> rows * network.Outputs then
            let found = $"{values.Length} values for {rows} rows of {network.Outputs}"
            raise (ArgumentException(found, nameof values))

        meaning.EncodeValues(values, executor.Span plan.Target)

    /// A weight for each row, which counts for every member.
    let loadWeights (weights: ReadOnlySpan<'T>) =
        let target = executor.Span plan.Weights
        isUniform <- false

        for place in 0 .. weights.Length * plan.Members - 1 do
            target[place] <- weights[place / plan.Members]

    /// Rows of features with a class for each, of two where there is one output; gives the number of rows.
    let loadLabels (features: ReadOnlySpan<'T>) (labels: ReadOnlySpan<int>) =
        let rows = load features
        let outputs = network.Outputs

        if labels.Length <> rows then
            raise (ArgumentException($"{labels.Length} labels for {rows} rows", nameof labels))

        let t = executor.Span plan.Target

        for row in 0 .. rows - 1 do
            if uint labels[row] >= uint (Classes.count outputs) then
                let found = $"label {labels[row]} in row {row} is none of {Classes.count outputs} classes"
                raise (ArgumentException(found, nameof labels))

            Classes.writeTarget labels[row] (t.Slice(row * outputs, outputs))

        rows

    /// <summary>On the shared machine: the best library found, and every core.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="batch">The most rows of a step, 1 or more.</param>
    new(model: Model<'T>, training: Training, batch: int) = Trainer(model, training, batch, Machine.Shared)

    /// The plan that is run.
    member internal _.CompiledPlan: Plan = plan

    /// The same to be read: its operations and its memory.
    member _.Plan: PlanOutline = PlanOutline(plan)

    /// The machine it runs on.
    member _.Machine: Machine = machine

    /// The engine, to fill its input window directly.
    member internal _.Executor: Executor<'T> = executor

    /// How the model is trained.
    member _.Training: Training = training

    /// The penalties on the weights that the last step began with.
    member _.Penalty: float = executor.Penalty

    /// The number of steps made. Where that is no int any more, counting goes on at 2³⁰.
    member _.Steps: int = steps

    /// The description of the model in training.
    member _.Network: Network = network

    /// The greatest number of rows in a step.
    member _.BatchSize: int = batch

    /// A copy of the optimizer's slots, each in the layout of the parameters.
    member internal _.Slots: 'T[] list =
        let isTaken = enter ()

        try
            Slots.save executor
        finally
            leave isTaken

    /// <summary>The learning rate of a step after the epochs so far; the first step is number 1.</summary>
    /// <param name="step">The number of the step, from 1 on.</param>
    /// <returns>Its learning rate.</returns>
    member _.RateOf(step: int) : float = SchedulePages.scaled watch.Scale step training.Rate

    /// The learning rate of the next step.
    member trainer.LearningRate: float = trainer.RateOf(steps + 1)

    /// Takes the trainer for the calling thread until `Leave`; gives what that needs.
    member internal _.Enter() : bool = enter ()

    /// Gives the trainer back if it was taken.
    member internal _.Leave(isTaken: bool) : unit = leave isTaken

    /// <summary>Puts the trainer where another of the same network and training stood: its parameters, slots and number
    /// of steps, and what each of its finished epochs came to.</summary>
    /// <param name="parameters">The numbers of the network.</param>
    /// <param name="slots">What the optimizer remembers.</param>
    /// <param name="made">The steps made.</param>
    /// <param name="metrics">What each finished epoch came to.</param>
    /// <exception cref="T:System.ArgumentException">The sizes do not fit.</exception>
    member internal _.Restore(parameters: Parameters<'T>, slots: 'T[] list, made: int, metrics: float seq) : unit =
        let isTaken = enter ()

        try
            Parameters.check network parameters
            Slots.load executor training.Optimizer slots
            Parameters.load executor parameters
            steps <- made
            watch <- PlateauWatch.Start
            Seq.iter observe metrics
        finally
            leave isTaken

    /// <summary>Tells the schedule what an epoch came to, the smaller the better. Only a plateau listens.</summary>
    /// <param name="metric">What the epoch came to, the smaller the better.</param>
    member _.EndEpoch(metric: float) : unit =
        let isTaken = enter ()

        try
            observe metric
        finally
            leave isTaken

    /// A step on rows that nobody looks at: what breaks a training is found by its replay.
    member internal _.Advance(rows: int, rate: float) : float =
        let loss = executor.Step(rows, steps + 1, rate)
        count ()
        loss

    /// The first part of a step on rows that somebody else has loaded: their mean loss, and its gradient.
    member internal _.Differentiate(rows: int) : float = executor.Gradient(rows, steps + 1)

    /// The second part, at the schedule's rate.
    member internal trainer.Descend() : unit =
        executor.Update(steps + 1, trainer.LearningRate)
        count ()

    /// The same at the schedule's rate, on rows that somebody else has loaded and, in a weighted training, weighed.
    member internal trainer.Advance(rows: int) : float = trainer.AdvanceAt(rows, trainer.LearningRate)

    /// The same at a rate of the caller's own.
    member internal trainer.AdvanceAt(rows: int, rate: float) : float =
        isUniform <- false
        trainer.Advance(rows, rate)

    /// One step on the first rows of the windows, which are encoded, at a rate of the caller's own.
    member internal trainer.StepLoaded(rows: int, rate: float) : float =
        let isTaken = enter ()

        try
            Ranges.demandIn Interval.atLeast0 (nameof rate) rate

            if rows > 0 && rows <= capacity then
                demandFinite "features" plan.Input rows
                demandFinite "values" plan.Target rows
                demandFinite "weights" plan.Weights rows

            trainer.Advance(rows, rate)
        finally
            leave isTaken

    /// The same at the schedule's rate.
    member internal trainer.StepLoaded(rows: int) : float = trainer.StepLoaded(rows, trainer.LearningRate)

    /// <summary>One step on raw features (rows x inputs) with values (rows x outputs), both row-major, at most a batch of
    /// rows. Gives the mean loss of the rows before the update.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="values">What belongs to each row, rows x outputs, row-major: values in their units, or a probability for each class.</param>
    /// <returns>The mean loss of the rows before the update.</returns>
    /// <exception cref="T:System.ArgumentException">The lengths do not fit or a number is not finite; then nothing has
    /// changed.</exception>
    member trainer.Step(features: ReadOnlySpan<'T>, values: ReadOnlySpan<'T>) : float =
        trainer.Step(features, values, trainer.LearningRate)

    /// <summary>One step on raw features (rows x inputs) with values (rows x outputs) and a weight for each row:
    /// the loss, and so its gradient, is that of Σ wᵢ·Lᵢ / rows.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="values">What belongs to each row, rows x outputs, row-major: values in their units, or a probability for each class.</param>
    /// <param name="weights">How much each row counts, from 0 on.</param>
    /// <returns>The mean loss of the rows before the update.</returns>
    /// <exception cref="T:System.ArgumentException">The lengths do not fit, a number is not finite, or the training is
    /// not weighted.</exception>
    member trainer.Step(features: ReadOnlySpan<'T>, values: ReadOnlySpan<'T>, weights: ReadOnlySpan<'T>) : float =
        let isTaken = enter ()

        try
            let rows = load features
            loadValues rows values

            if not training.IsWeighted then
                raise (ArgumentException("weights for a training that is not weighted", nameof weights))

            if weights.Length <> rows then
                raise (ArgumentException($"{weights.Length} weights for {rows} rows", nameof weights))

            loadWeights weights
            trainer.StepLoaded rows
        finally
            leave isTaken

    /// <summary>One step on raw features with values at a rate of the caller's own instead of the schedule's.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="values">What belongs to each row, rows x outputs, row-major: values in their units, or a probability for each class.</param>
    /// <param name="rate">A learning rate of the caller's own, instead of the schedule's.</param>
    /// <returns>The mean loss of the rows before the update.</returns>
    member trainer.Step(features: ReadOnlySpan<'T>, values: ReadOnlySpan<'T>, rate: float) : float =
        let isTaken = enter ()

        try
            let rows = load features
            loadValues rows values
            trainer.StepLoaded(rows, rate)
        finally
            leave isTaken

    /// <summary>One step with a class index for each row instead of values; one output stands for the classes 0 and
    /// 1.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="labels">A class for each row; one output stands for the classes 0 and 1.</param>
    /// <returns>The mean loss of the rows before the update.</returns>
    member trainer.Step(features: ReadOnlySpan<'T>, labels: ReadOnlySpan<int>) : float =
        trainer.Step(features, labels, trainer.LearningRate)

    /// <summary>One step with a class index for each row, at a rate of the caller's own instead of the
    /// schedule's.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="labels">A class for each row; one output stands for the classes 0 and 1.</param>
    /// <param name="rate">A learning rate of the caller's own, instead of the schedule's.</param>
    /// <returns>The mean loss of the rows before the update.</returns>
    member trainer.Step(features: ReadOnlySpan<'T>, labels: ReadOnlySpan<int>, rate: float) : float =
        let isTaken = enter ()

        try
            trainer.StepLoaded(loadLabels features labels, rate)
        finally
            leave isTaken

    /// <summary>The mean loss of rows, without training on them; as that of a step it is in the units trained in.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="values">What belongs to each row, rows x outputs, row-major: values in their units, or a probability for each class.</param>
    /// <returns>Their mean loss.</returns>
    member _.Evaluate(features: ReadOnlySpan<'T>, values: ReadOnlySpan<'T>) : float =
        let isTaken = enter ()

        try
            let rows = load features
            loadValues rows values
            executor.Evaluate rows
        finally
            leave isTaken

    /// <summary>Predicts any number of rows with the parameters as they are now, as `Model.Predict` of a snapshot does, on the
    /// trainer's machine and without a snapshot: in every bit on the managed product, on a library within rounding. Nothing is
    /// allocated.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="predictions">Where the predictions go, rows x outputs: probabilities for cross-entropies, values in
    /// their units.</param>
    /// <exception cref="T:System.ArgumentException">The lengths do not fit.</exception>
    member _.Predict(features: ReadOnlySpan<'T>, predictions: Span<'T>) : unit =
        let isTaken = enter ()

        try
            meaning.RowsOf(features, predictions) |> ignore
            meaning.Predict(executor, features, predictions)
        finally
            leave isTaken

    /// The model as it is now: a copy, which further training does not touch.
    member _.Snapshot() : Model<'T> =
        let isTaken = enter ()

        try
            model.With(Parameters.save executor model.Parameters)
        finally
            leave isTaken
