namespace NeuralNetwork

open System
open System.Threading

/// What a run does not change while it goes on.
type internal FitSettings<'T> =
    { Data: Data
      Validation: Data option
      Options: FitOptions
      TotalSteps: int
      Clock: TimeProvider
      Observer: IFitObserver<'T>
      Cancel: CancellationToken }

module internal Batches =

    /// The rows of the next batch when so many are left. Where there is batch norm, a single row left over joins the
    /// batch before it: alone it has no variance.
    let next (network: Network) (batch: int) (rest: int) : int =
        if rest = batch + 1 && Network.hasBatchNorm network then rest else min batch rest

    /// The batches that so many rows make.
    let count (network: Network) (batch: int) (rows: int) : int =
        let last = rows % batch
        let isJoined = last <> 0 && rows > batch && next network batch (batch + last) > batch
        rows / batch + (if last = 0 || isJoined then 0 else 1)

/// The loop over epochs, from one state to another. The trainer holds the model and the slots, this loop all the rest.
[<Sealed>]
type internal Epochs<'T>(trainer: Trainer<'T>, from: FitState<'T>, settings: FitSettings<'T>) =

    let network, preprocessing = from.Model.Network, from.Model.Preprocessing
    let data, options, observer = settings.Data, settings.Options, settings.Observer
    let feedOf rows = Feed<'T>(trainer.Executor, trainer.Machine, preprocessing, rows)
    let feed, validation = feedOf data, Option.map feedOf settings.Validation
    let shuffle = Random.key trainer.Training.Seed Purpose.Shuffle
    let order = Array.init data.Rows id

    // The state, of which Model and Slots are as old as the last copy out of the trainer, and what every step changes.
    let mutable state = from
    let mutable row = from.Row
    let mutable loss = from.Loss
    let mutable penalty = from.Penalty
    let mutable hits = from.Hits
    let mutable seconds = from.Seconds
    let mutable ending = FitEnd.Finished

    /// The state as it is now: copies of all that the trainer holds.
    let capture () : FitState<'T> =
        { state with
            Model = from.Model.With((trainer.Snapshot()).Parameters)
            Slots = trainer.Slots
            Row = row
            Step = trainer.Steps
            Loss = loss
            Penalty = penalty
            Hits = hits
            Seconds = seconds }

    /// Trains on the next rows.
    let step () : StepReport =
        let rows = Batches.next network options.BatchSize (data.Rows - row)
        feed.Load(order, row, rows)
        let stepLoss = trainer.Step rows
        loss <- loss + stepLoss * float rows
        penalty <- penalty + trainer.Penalty * float rows
        hits <- hits + float (feed.Hits(order, row, rows))
        row <- row + rows
        { Epoch = state.Epoch; Step = trainer.Steps; TotalSteps = settings.TotalSteps; Loss = stepLoss }

    /// The steps of the epoch in hand that are left.
    let rec pass began =
        if ending.IsFinished && row < data.Rows && trainer.Steps < settings.TotalSteps then
            let report = step ()
            observer.Stepped report

            if not (Double.IsFinite report.Loss) then
                ending <- FitEnd.Diverged(report.Epoch, report.Step, report.Loss)
            elif settings.Cancel.IsCancellationRequested then
                ending <- FitEnd.Cancelled
            elif observer.IsDue report then
                seconds <- state.Seconds + settings.Clock.GetElapsedTime(began).TotalSeconds
                observer.Save(capture ())

            pass began

    let report rate (score: Score) : EpochReport =
        { Epoch = state.Epoch
          Step = trainer.Steps
          LearningRate = rate
          Train = feed.Score(loss, hits, max 1 row)
          Penalty = penalty / float (max 1 row)
          Validation = score
          Seconds = seconds }

    /// Ends the epoch in hand and takes up the next one.
    let finish (report: EpochReport) =
        observer.Finished report
        state <- FitState.finishEpoch validation.IsSome report (capture ())
        row <- 0
        loss <- 0.0
        penalty <- 0.0
        hits <- 0.0
        seconds <- 0.0
        trainer.Judge(if validation.IsSome then report.Validation.Loss else report.Train.Loss)
        observer.Save state

    /// One epoch, or what is left of it.
    let epoch () =
        if options.Shuffle then
            Random.shuffleInto (Random.fold shuffle (uint64 state.Epoch)) order

        let rate = trainer.RateOf(FitState.stepsBefore state + 1)
        let began = settings.Clock.GetTimestamp()
        pass began
        seconds <- state.Seconds + settings.Clock.GetElapsedTime(began).TotalSeconds

        if ending.IsFinished then
            let score = validation |> Option.map _.Evaluate(settings.Cancel) |> Option.defaultValue Score.Missing

            // A validation that was interrupted says nothing: going on from here begins with it.
            if validation.IsSome && settings.Cancel.IsCancellationRequested then
                ending <- FitEnd.Cancelled
            else
                finish (report rate score)

    /// Whether nothing is left to do. Rows seen of an epoch still have to be validated and reported.
    let isDone () = state.Epoch > options.Epochs || (row = 0 && trainer.Steps >= settings.TotalSteps)

    let rec epochs () =
        if ending.IsFinished && FitState.isPatienceOver options.Patience state then
            ending <- FitEnd.Stopped
        elif ending.IsFinished && not (isDone ()) then
            epoch ()
            epochs ()

    /// Trains until the end.
    member _.Run() : FitResult<'T> =
        trainer.Restore(from.Model.Parameters, from.Slots, from.Step, FitState.metrics validation.IsSome from)
        epochs ()
        // Between two epochs the state is complete as it is.
        let last = if row = 0 then state else capture ()

        if ending.IsCancelled then
            observer.Save last

        { State = last; End = ending }
