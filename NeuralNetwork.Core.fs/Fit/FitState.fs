namespace NeuralNetwork

open System
open NeuralNetwork.Analysis

/// Where a run stands: everything besides data, options and seed. A run that goes on from any state comes to the bits of
/// the run that was never interrupted.
type FitState<'T> =
    {
        /// The model in training.
        Model: Model<'T>
        /// The optimizer's slots, each in the layout of the parameters.
        Slots: 'T[] list
        /// The mean of the weights of the steps or epochs so far, where they are averaged; else the model in training.
        Average: Model<'T>
        /// How many weights are in it; 0 where there is no such mean, or not yet.
        Averaged: int
        /// The epoch in hand, from 1 on.
        Epoch: int
        /// The rows of it already seen. All of them: only its validation is left.
        Row: int
        /// Steps made in all.
        Step: int
        /// The sum of the losses of the rows seen in the epoch in hand, penalties apart.
        Loss: float
        /// The sum of the penalties over the same rows.
        Penalty: float
        /// How many of these rows had the right class.
        Hits: float
        /// What predicted values missed in these rows.
        Residuals: Residuals
        /// Training seconds of the epoch in hand so far.
        Seconds: float
        /// The best model by validation; without validation that of the last finished epoch. Never one whose loss, in
        /// validation if there is one, is not finite.
        Best: Model<'T>
        /// The epoch it is from; 0 before the first such epoch has ended.
        BestEpoch: int
        /// The finished epochs, the newest first. What a schedule and early stopping go by is derived from them.
        Newest: EpochReport list
    }

    /// The finished epochs, the oldest first.
    member state.History: EpochReport list = List.rev state.Newest

    /// As in: epoch 3, step 24; best epoch 2.
    override state.ToString() =
        ("epoch "
         + (string state.Epoch)
         + ", step "
         + (string state.Step)
         + "; best epoch "
         + (string state.BestEpoch))

module internal FitState =

    /// A run that has not begun.
    let start (model: Model<'T>) (optimizer: Optimizer) : FitState<'T> =
        { Model = model
          Slots = Model.zeroSlots<'T> model.Network optimizer
          Average = model
          Averaged = 0
          Epoch = 1
          Row = 0
          Step = 0
          Loss = 0.0
          Penalty = 0.0
          Hits = 0.0
          Residuals = Residuals.Zero
          Seconds = 0.0
          Best = model
          BestEpoch = 0
          Newest = [] }

    let private bestReport (state: FitState<'T>) : EpochReport option =
        state.Newest |> List.tryFind (fun report -> report.Epoch = state.BestEpoch)

    /// The validation score of the best epoch.
    let bestScore (state: FitState<'T>) : Score =
        bestReport state |> Option.map _.Validation |> Option.defaultValue Score.Missing

    /// What an epoch is compared by: its score in validation, with what its temperature costs.
    let private judgedScore (rows: int) (report: EpochReport) : Score =
        { report.Validation with Loss = report.Validation.Loss + Temperature.cost rows report.Temperature }

    /// The steps made before the epoch in hand.
    let stepsBefore (state: FitState<'T>) : int =
        state.Newest |> List.tryHead |> Option.map _.Step |> Option.defaultValue 0

    /// What a schedule listens to: the loss of each finished epoch, in validation if there is one.
    let metrics (isValidated: bool) (state: FitState<'T>) : float list =
        state.History |> List.map _.MonitoredLoss(isValidated)

    /// Whether so many epochs, at least 1, went by without a better validation score.
    let isPatienceOver (patience: int) (state: FitState<'T>) : bool =
        patience > 0 && state.Epoch - 1 - state.BestEpoch >= patience

    /// Whether nothing is left to do of a training of so many steps. Rows seen of an epoch still have to be validated and
    /// reported.
    let isDone (options: FitOptions) (totalSteps: int) (state: FitState<'T>) : bool =
        isPatienceOver options.Patience state
        || state.Epoch > options.LastEpoch
        || (state.Row = 0 && state.Step >= totalSteps)

    /// What is validated and kept: the mean of the weights, once there is one.
    let modelOf (state: FitState<'T>) : Model<'T> = if state.Averaged > 0 then state.Average else state.Model

    /// The state after an epoch that was validated on so many rows: the next one in hand, and the model, or the mean of its weights,
    /// the best one if its loss is finite, and there is no validation or it is better than all before it. It is kept as what was found in validation makes it:
    /// at a temperature and a threshold, or with intervals.
    let finishEpoch
        (best: Criterion)
        (validated: int)
        (keep: Model<'T> -> Model<'T>)
        (report: EpochReport)
        (state: FitState<'T>)
        : FitState<'T> =
        let isValidated = validated > 0
        let isSound = Double.IsFinite(report.MonitoredLoss isValidated)
        let judged = judgedScore validated

        let isBetter =
            match bestReport state with
            | Some before -> (judged report).IsBetterThan(judged before, best)
            | None -> true

        let isBest = isSound && (not isValidated || isBetter)

        { state with
            Epoch = state.Epoch + 1
            Row = 0
            Loss = 0.0
            Penalty = 0.0
            Hits = 0.0
            Residuals = Residuals.Zero
            Seconds = 0.0
            Best = if isBest || state.BestEpoch = 0 then keep (modelOf state) else state.Best
            BestEpoch = if isBest then state.Epoch else state.BestEpoch
            Newest = report :: state.Newest }

type FitState<'T> with

    /// <summary>A run that has not begun.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="optimizer">The optimizer, whose slots begin at 0.</param>
    /// <returns>The state before the first step.</returns>
    static member Start(model: Model<'T>, optimizer: Optimizer) : FitState<'T> =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(box optimizer, nameof optimizer)
        FitState.start model optimizer

    /// The steps made before the epoch in hand.
    member state.StepsBefore: int = FitState.stepsBefore state

    /// The same state without a mean of the weights: another kind of mean begins anew.
    member state.WithoutAverage: FitState<'T> = { state with Average = state.Model; Averaged = 0 }

    /// <summary>Whether so many epochs went by without a better validation score.</summary>
    /// <param name="patience">The epochs, at least 1; 0 for no end.</param>
    /// <returns>Whether it is so.</returns>
    member state.IsPatienceOver(patience: int) : bool = FitState.isPatienceOver patience state

    /// <summary>Whether nothing is left to do of a training of so many steps. Rows seen of an epoch still have to be validated and
    /// reported.</summary>
    /// <param name="options">How long, and on what pieces.</param>
    /// <param name="totalSteps">The steps of the whole training.</param>
    /// <returns>Whether it is so.</returns>
    member state.IsDone(options: FitOptions, totalSteps: int) : bool = FitState.isDone options totalSteps state
