namespace NeuralNetwork

open System
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths

/// The loop over epochs, from one state to another. The trainer holds the model and the slots, this loop all the rest.
[<Sealed>]
type internal Epochs<'T>(trainer: Trainer<'T>, from: FitState<'T>, settings: FitSettings<'T>) =

    let network, preprocessing = from.Model.Network, from.Model.Preprocessing
    let data, options, observer = settings.Data, settings.Options, settings.Observer
    let ranks = trainer.Machine.Ranks

    let feedOf isHeldOut window rows =
        new Feed<'T>(trainer.Executor, trainer.Machine, network.Loss, preprocessing, rows, isHeldOut, window)

    let feed = feedOf false options.Window data

    // Without rows of their own, epochs are evaluated on those that each member leaves out.
    let validation =
        match settings.Validation with
        | None when data.Folds.Length > 0 -> Some(feedOf true Defaults.ReadAhead data)
        | rows -> Option.map (feedOf false Defaults.ReadAhead) rows

    let validatedRows = validation |> Option.map _.Rows |> Option.defaultValue 0

    let averaging = Averaging.ofNumbers options.EMA options.SWA

    let average = if averaging.IsNone then None else Some(WeightAverage<'T>(trainer.Executor, trainer.Machine.Team))

    let isAtEnd row step = row = data.Rows || step >= settings.TotalSteps

    /// Whether the mean of the state began at an epoch that is too early for this training, which is longer than it was to be.
    let isOfOldEnd () =
        let inHand = if isAtEnd from.Row from.Step && from.Row > 0 then [ from.Step ] else []
        let ends = inHand @ List.map (fun (report: EpochReport) -> report.Step) from.Newest

        match ends |> List.truncate from.Averaged |> List.tryLast with
        | Some first -> Averaging.isEarly averaging first settings.WholeSteps
        | None -> false

    // The state, of which Model, Slots and Average are as old as the last copy out of the trainer, and what every step changes.
    let mutable state = from
    let mutable averaged = if average.IsNone || isOfOldEnd () then 0 else from.Averaged
    let mutable row = from.Row
    let mutable loss = from.Loss
    let mutable penalty = from.Penalty
    let mutable hits = from.Hits
    let mutable residuals = from.Residuals
    let mutable seconds = from.Seconds
    let mutable lastLoss = 0.0
    let mutable isBroken = false
    let mutable ending = FitEnd.Finished

    /// The state as it is now: copies of all that the trainer holds.
    let capture () : FitState<'T> =
        let parameters = (trainer.Snapshot()).Parameters
        let model = from.Model.With parameters

        { state with
            Model = model
            Slots = trainer.Slots
            Average =
                match average with
                | Some average when averaged > 0 ->
                    from.Model.With
                        { parameters with
                            Values = average.Parameters.ToArray()
                            Statistics = average.Statistics.ToArray() }
                | _ -> model
            Averaged = averaged
            Row = row
            Step = trainer.Steps
            Loss = loss
            Penalty = penalty
            Hits = hits
            Residuals = residuals
            Seconds = seconds }

    /// Takes the weights after a step into their mean, if they belong there.
    let take () =
        match average with
        | None -> ()
        | Some average ->
            let isEpochEnd = isAtEnd row trainer.Steps

            if Averaging.isDue averaging isEpochEnd trainer.Steps settings.WholeSteps then
                averaged <- averaged + 1
                average.Add(Averaging.weight averaging averaged)

    /// Trains on the next rows.
    let step () : StepReport =
        let rows = Batches.next network options.BatchSize (data.Rows - row)
        feed.LoadStep(row, rows)
        trainer.Executor.Wish settings.Cancel.IsCancellationRequested
        let stepLoss = trainer.Advance rows
        lastLoss <- stepLoss
        loss <- loss + stepLoss * float rows
        penalty <- penalty + trainer.Penalty * float rows
        hits <- hits + float (feed.Hits(row, rows))
        residuals <- residuals + feed.Residuals(row, rows)
        row <- row + rows
        take ()
        { Epoch = state.Epoch; Step = trainer.Steps; TotalSteps = settings.TotalSteps; Loss = stepLoss }

    /// Whether to stop after the step just made: of several ranks all do, or none.
    let isStopped () = if ranks.IsAlone then settings.Cancel.IsCancellationRequested else trainer.Executor.IsStopped

    let isFinite () = Parameters.isFinite (trainer.Snapshot()).Parameters

    let demandSame () =
        if not ranks.IsAlone then
            ranks.DemandSame("the parameters", Parameters.fingerprint (trainer.Snapshot()).Parameters)

    /// Saves the state unless there is nothing left worth saving. Where one rank saves, and others do not, all of them hear of that
    /// at the end of the epoch.
    let save () =
        if isFinite () then
            observer.Save(capture ())
        elif ranks.IsAlone then
            isBroken <- true

    /// The steps of the epoch in hand that are left.
    let rec pass began =
        if ending.IsFinished && not isBroken && row < data.Rows && trainer.Steps < settings.TotalSteps then
            let report = step ()
            observer.Stepped report

            if not (Double.IsFinite report.Loss) then
                isBroken <- true
            elif isStopped () then
                ending <- FitEnd.Cancelled
            elif observer.IsDue report then
                seconds <- state.Seconds + settings.Clock.GetElapsedTime(began).TotalSeconds
                save ()

            pass began

    let report rate (score: Score) (temperature: float) : EpochReport =
        { Epoch = state.Epoch
          Step = trainer.Steps
          LearningRate = rate
          Train = feed.Score(loss, hits, residuals, max 1 row)
          Penalty = penalty / float (max 1 row)
          Validation = score
          Temperature = temperature
          Seconds = seconds }

    /// Ends the epoch in hand and takes up the next one.
    let finish keep (report: EpochReport) =
        observer.Finished report
        state <- FitState.finishEpoch options.Best validatedRows keep report (capture ())
        row <- 0
        loss <- 0.0
        penalty <- 0.0
        hits <- 0.0
        residuals <- Residuals.Zero
        seconds <- 0.0
        trainer.EndEpoch(report.MonitoredLoss validation.IsSome)
        observer.Save state

    let isCalibrated = options.Calibrate && Temperature.suits network

    /// The score in validation, the temperature that it is taken at, and what makes the model of it: this temperature and the
    /// threshold, or its intervals.
    let evaluate () : struct (Score * float * (Model<'T> -> Model<'T>)) =
        match validation with
        | None -> struct (Score.Missing, 1.0, id)
        | Some feed when isCalibrated || options.Threshold <> Criterion.Loss ->
            let struct (score, temperature, threshold) =
                feed.Judge(ranks, isCalibrated, options.Threshold, settings.Cancel)

            struct (score, temperature, (fun model -> (Temperature.apply temperature model).WithThreshold threshold))
        | Some feed when options.Coverage > 0.0 ->
            let struct (score, misses) = feed.Misses(ranks, settings.Cancel)
            struct (score, 1.0, Margins.apply options.Coverage misses)
        | Some feed -> struct (feed.Evaluate(ranks, settings.Cancel), 1.0, id)

    /// The same of the mean of the weights, once there is one: it takes their place meanwhile.
    let evaluateJudged () : struct (Score * float * (Model<'T> -> Model<'T>)) =
        match average with
        | Some average when averaged > 0 && validation.IsSome ->
            let executor, own = trainer.Executor, (trainer.Snapshot()).Parameters
            average.Parameters.CopyTo(executor.Span executor.Plan.Parameters)
            average.Statistics.CopyTo(executor.Span executor.Plan.Statistics)

            try
                evaluate ()
            finally
                Parameters.load executor own
        | _ -> evaluate ()

    /// One epoch, or what is left of it.
    let epoch () =
        feed.Arrange(options.Shuffle, trainer.Training.Seed, state.Epoch)
        let rate = trainer.RateOf(FitState.stepsBefore state + 1)
        let began = settings.Clock.GetTimestamp()
        pass began
        seconds <- state.Seconds + settings.Clock.GetElapsedTime(began).TotalSeconds

        demandSame ()
        isBroken <- isBroken || not (isFinite ())

        if ending.IsFinished && not isBroken then
            let struct (score, temperature, keep) = evaluateJudged ()

            // A validation that was interrupted says nothing: going on from here begins with it.
            if validation.IsSome && ranks.Agree settings.Cancel.IsCancellationRequested then
                ending <- FitEnd.Cancelled
            else
                finish keep (report rate score temperature)

    let rec epochs () =
        if isBroken then
            ()
        elif ending.IsFinished && FitState.isPatienceOver options.Patience state then
            ending <- FitEnd.Stopped
        elif ending.IsFinished && not (FitState.isDone options settings.TotalSteps { state with Row = row }) then
            epoch ()
            epochs ()

    /// What broke training, found by a replay from the last copy. Afterwards the trainer is where it was.
    let diagnose (last: FitState<'T>) : FitEnd =
        let diagnosis = Forensics<'T>(trainer, state, settings).Find last.Step
        trainer.Restore(last.Model.Parameters, last.Slots, last.Step, FitState.metrics validation.IsSome last)
        FitEnd.Diverged(last.Epoch, last.Step, lastLoss, diagnosis)

    /// Trains until the end.
    member _.Run() : FitResult<'T> =
        trainer.Restore(from.Model.Parameters, from.Slots, from.Step, FitState.metrics validation.IsSome from)

        match average with
        | Some average when averaged > 0 ->
            from.Average.Parameters.Values.AsSpan().CopyTo average.Parameters
            from.Average.Parameters.Statistics.AsSpan().CopyTo average.Statistics
        | _ -> ()

        demandSame ()

        try
            epochs ()
        finally
            for one in feed :: Option.toList validation do
                (one :> IDisposable).Dispose()

        // Between two epochs the state is complete as it is.
        let last = if row = 0 then state else capture ()

        if ending.IsCancelled then
            observer.Save last

        { State = last; End = (if isBroken then diagnose last else ending) }
