using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>One training, in whatever precision.</summary>
internal interface ITrainRun
{
    /// <summary>Trains, saves, and tells what it came to. Gives the exit code.</summary>
    int Run();

    /// <summary>
    /// Trains until the end or until cancelled, and saves. A failure where training diverged, after saving; an
    /// `OperationCanceledException` where it was cancelled before its first step. `ready` is called once the data are read
    /// and the machine is known, and before anything is written.
    /// </summary>
    TrainReport Complete(CancellationToken cancel, Action<TrainReport>? ready = null);
}

/// <summary>One training from its data to its run folder, from the beginning or from a checkpoint on.</summary>
internal sealed class TrainRun<T>(TrainOrder order, DataSource source, Screen screen, Resumption<T>? from = null)
    : ITrainRun
    where T : struct
{
    private readonly DateTimeOffset started = screen.Time.GetUtcNow();
    private readonly long clock = screen.Time.GetTimestamp();
    private readonly RankJob? job = screen.Job;

    // Of several ranks the first one tells, measures and saves.
    private bool IsFirst => job is not { IsFirst: false };

    public int Run()
    {
        using var interruption = new Interruption(screen);
        try
        {
            if (order.IsRehearsal)
                return Rehearse(interruption.Token);
            var report = Complete(interruption.Token);
            if (IsFirst)
                TrainSummary.Tell(report, screen, ToGoOn);
            return report.IsInterrupted ? interruption.ExitCode : Exit.Done;
        }
        catch (OperationCanceledException) when (interruption.IsHeard)
        {
            if (job is { IsAgreed: false })
                throw new Failure(interruption.ExitCode, "interrupted before the first step");
            var isBegun = from is not null || order.Folder.IsUnderWay;
            var left = isBegun ? ToGoOn : $"nothing was trained, and {order.Out} is as it was";
            screen.Complain(
                isBegun && from is null
                    ? $"interrupted before all folds were trained; {left}"
                    : $"interrupted before the first step: {left}"
            );
            return interruption.ExitCode;
        }
    }

    public TrainReport Complete(CancellationToken cancel, Action<TrainReport>? ready = null)
    {
        var report = Resolve(mayMeasure: from is null && job is null, cancel);
        using var machine = report.Machine;
        var begun = from is null || order.Spec.Fit.NoiseBatches is not null ? Begun(report) : null;
        cancel.ThrowIfCancellationRequested();
        using var folder = order.Folder;
        ready?.Invoke(report);
        var circumstances = Prepare(report);
        Announce(report);
        report.Folds = order.CrossValidate?.Invoke(report, cancel);
        report.Noise = begun is null || !IsFirst ? null : NoiseOf(report, begun);
        var state = from?.State ?? FitState<T>.Start(begun!, report.Training.Optimizer);
        Conclude(report, Train(report, state, circumstances, cancel));
        foreach (var line in order.Folder.Mended)
            screen.Say(line);
        return report;
    }

    /// <summary>Says what the run would be. Whatever a run refuses is refused, and nothing is written.</summary>
    private int Rehearse(CancellationToken cancel)
    {
        var report = Resolve(mayMeasure: false, cancel);
        using var machine = report.Machine;
        job?.Agree(Circumstances.Of(report));
        Announce(report);
        var dryRun = new DryRun(report);
        if (screen.Json)
            screen.PrintDocument(Json.Text(dryRun.Document()));
        else
            foreach (var line in dryRun.Lines())
                screen.Print(line);
        return Exit.Done;
    }

    /// <summary>Reads the data: what the options come to with them, and a machine to do it on.</summary>
    private TrainReport Resolve(bool mayMeasure, CancellationToken cancel)
    {
        // Bits that go on, or are compared, are those of one engine.
        var before = from?.Engine ?? order.EarlierEngine;
        var isToMeasure = mayMeasure && before is null && order.Engine.IsToMeasure;
        var early = isToMeasure ? null : order.Engine.Resolve(before);
        var began = screen.Time.GetTimestamp();
        // Whoever stops the program does not wait for the end of a file.
        var data = Task.Run(Read, cancel).WaitAsync(cancel).GetAwaiter().GetResult();
        var loading = screen.Time.GetElapsedTime(began);
        order.Spec.Fit.CheckValidation(data.IsValidated);
        if (!order.Spec.Model.IsDouble)
            Fitted.CheckPrecision(source.Name, data);
        var network = order.Spec.Build(Features.Of(data.Schema), data.Schema.Learned);
        order.Spec.Fit.CheckIntervals(network, data.Labels.Length > 0 ? data.Schema.Target : null, data.ValidationRows);
        order.Spec.Fit.CheckThreshold(network, data.Schema.Target, data.Labels, data.ValidationLabels);
        if (network.Loss.IsPoisson && data.NegativeTarget is { } negative)
            throw Failure.BadInput($"{negative} (--loss poisson takes counts and rates, from 0 on)");
        var fit = order.Spec.Fit.For(network, data.Train.Rows);
        if (from is not null)
            fit = from.Fitting(fit, Fit.stepsPerEpoch(network, fit.BatchSize, data.Train.Rows));
        var training = order.Spec.Describe(Fit.totalSteps(network, fit, data.Train.Rows));
        // Who goes on has heard them at the start.
        foreach (var warning in from is null ? order.Spec.Warnings(data.Train.Rows) : [])
            screen.Warn(warning);
        NeededMemory.Check(network, training, fit, order.Spec.Model.IsDouble ? 8 : 4);
        // Once it is known that there is something to train, and nothing else is at work.
        if (isToMeasure)
            EngineSettings.MeasureOnce(screen, cancel);
        var resolution = early ?? order.Engine.Resolve();
        var machine = order.Engine.Open(resolution, screen).Over(job?.Ranks ?? Ranks.Alone);
        return new TrainReport(order, source, data, network, training, fit, machine, started)
        {
            Loading = loading,
            WhyEngine = resolution.Result.Reason,
        };
    }

    /// <summary>Says what is about to be trained with what.</summary>
    private void Announce(TrainReport report)
    {
        foreach (var doubt in report.Data.Warnings.Except(order.SaidWarnings))
            screen.Warn(doubt);
        foreach (var note in report.Data.Notes.Prepend(order.Carried).OfType<string>())
            screen.Say(note);
        if (source is not IdxFolder && order.Spec.Data.Order is not { Targets: not null, IsClassification: not null })
            screen.Say(report.Data.Task());
        if (TrainReport.Reading(source.Bytes, report.Loading) is { } reading)
            screen.Say(reading);
        screen.Say(report.Header());
        foreach (var line in job?.Notes(report.Training.Shards, report.Machine.Threads) ?? [])
            screen.Say(line);
        if (report.WhyEngine is { } reason)
            screen.Say(reason);
        if (from is not null)
            foreach (var line in from.Notes.Append(report.GoingOn(from.State)))
                screen.Say(line);
    }

    private RowChoice Choose(DataShape shape)
    {
        order = order.For(shape);
        return order.Spec.Choice;
    }

    // What nobody has asked for is settled once the data are known.
    private TrainingData Read()
    {
        var data = TrainingData.Of(source, order.Spec.Data, Choose);
        return data.Weighed(order.Spec.Fit.Weighting);
    }

    /// <summary>Takes the run folder, and says what every checkpoint will say of the run.</summary>
    private FSharpList<Tuple<string, string>> Prepare(TrainReport report)
    {
        if (from is null)
        {
            if (IsFirst)
                order.Folder.Take();
            job?.Agree(Circumstances.Of(report));
            if (IsFirst)
                order.Folder.Begin(report.Config(), screen.Time);
            return Circumstances.Pairs(Circumstances.Of(report));
        }
        var circumstances = from.Accept(report);
        report.Resumed = from.ToJson();
        job?.Agree([.. Circumstances.Of(report), ("checkpoint", $"step {from.State.Step}")]);
        if (!IsFirst)
            return circumstances;
        order.Folder.GoOn(
            from.State,
            report.Config(),
            screen.Time,
            report.IsDone(from.State) && !from.IsChanged && !from.IsLengthened
        );
        // What was let pass is on record from now on, whether or not training gets to the next checkpoint.
        if (from.IsChanged || from.IsLengthened)
            order.Folder.Save(new Checkpoint<T>(from.State, from.Checkpoint.Slots, circumstances));
        if (from.IsLengthened)
            order.Folder.Lengthen();
        return circumstances;
    }

    private FitResult<T> Train(
        TrainReport report,
        FitState<T> state,
        FSharpList<Tuple<string, string>> circumstances,
        CancellationToken cancel
    )
    {
        var trainer = new Trainer<T>(state.Model, report.Training, report.Fit.BatchSize, report.Machine);
        // Of several ranks none stops before the others.
        if (job is null)
            cancel.ThrowIfCancellationRequested();
        screen.Explain($"{trainer.Plan}");
        // A pause shortens the way, not what lies at its end: the schedule is that of the whole run.
        var fit = order.Until is { } epochs ? report.Fit.Until(epochs) : report.Fit;
        var steps = Fit.totalSteps(report.Network, fit, report.Data.Train.Rows);
        var validation = report.Data.Validation is { } rows ? FSharpOption<Dataset>.Some(rows) : null;
        if (!IsFirst)
            return Fit.run(trainer, state, report.Data.Train, validation, fit, screen.Time, new Follower<T>(), cancel);
        var before = report.Machine.Ranks.Exchanged;
        return screen.Watch(
            steps,
            "steps",
            meter =>
            {
                var observer = new TrainObserver<T>(report, circumstances, screen, meter);
                var result = Fit.run(trainer, state, report.Data.Train, validation, fit, screen.Time, observer, cancel);
                observer.Save();
                report.Ranks = job?.ToJson(report.Machine.Ranks.Exchanged - before, result.State.Step - state.Step);
                return result;
            }
        );
    }

    /// <summary>The model before its first step.</summary>
    private Model<T> Begun(TrainReport report) =>
        StartingModel.Of<T>(
            order.Spec.Model,
            report.Network,
            report.Training.Seed,
            report.Data.PreprocessingFor(report.Network),
            report.Data.Labels
        );

    private GradientNoise? NoiseOf(TrainReport report, Model<T> begun) =>
        order.Spec.Fit is { NoiseBatches: { } batches, Seed: var seed }
            ? GradientNoise.Of(report.Machine, begun, report.Data.Train, report.Fit.BatchSize, batches, seed)
            : null;

    private void Conclude(TrainReport report, FitResult<T> result)
    {
        report.End(result, screen.Time.GetElapsedTime(clock));
        var state = result.State;
        var isSaved = state.BestEpoch > 0;
        if (result.End is FitEnd.Diverged diverged)
        {
            if (isSaved && IsFirst)
                Finish(report, state);
            throw Failure.Numeric(report.Divergence(diverged, isSaved));
        }
        if (!isSaved && !result.End.IsCancelled)
            throw Failure.Numeric(TrainSummary.NeverFinite(report));
        if (!Parameters.isFinite(state.Model.Parameters))
            throw Failure.Numeric("the trained parameters are not finite (try a lower --learning-rate)");
        if (!IsFirst)
            return;
        if (!result.End.IsCancelled && report.Data.Test is { } test)
            report.Test = Fit.evaluate(report.Machine, state.Best, test);
        if (!result.End.IsCancelled)
            (report.After, report.Baselines) = (FinalMeasures.Of(report, state.Best), Baselines.Of(report, state.Best));
        Finish(report, state);
    }

    private string ToGoOn =>
        StandardInput.IsName(source.Name)
            ? "it cannot be resumed, since its data came from standard input"
            : $"to go on: {ShellLine.Typed("nn", "resume", order.Out)}";

    private void Finish(TrainReport report, FitState<T> state)
    {
        report.Changes = source.Changes();
        foreach (var change in report.Changes)
            screen.Warn($"{change} (the run is of what was read; nn resume will refuse)");
        var examination = state.BestEpoch > 0 ? Examination.Of(report, state.Best) : null;
        (report.Doubt, report.Intervals) = (examination?.DoubtDocument(), examination?.Intervals);
        report.Threshold = examination?.Threshold;
        var page = ReportPage.Of(RunPage.Of(report, examination));
        order.Folder.Finish(report.History, report.Manifest(), page);
        PlotSettings.Draw(order.Plot, () => RunCurves.Loss($"{report.Widths} on {source.Name}", report.History));
    }
}
