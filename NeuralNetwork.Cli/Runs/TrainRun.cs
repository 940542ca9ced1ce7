using System.Diagnostics;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>One training from its data to its run folder.</summary>
internal sealed class TrainRun<T>(TrainOrder order, DataSource source, Screen screen)
    where T : struct
{
    private readonly DateTimeOffset started = TimeProvider.System.GetUtcNow();
    private readonly long clock = Stopwatch.GetTimestamp();

    public int Run()
    {
        using var interruption = new Interruption(screen);
        var resolution = order.Engine.Resolve();
        var data = TrainingData.Split(source.Load(Part.Train), order.Training.Validation, order.Training.Seeded);
        // Before the training, not after it: what is wrong with the test part must not cost a trained model.
        var test = LoadTest(data);
        var network = order.Model.Build(data.Train.Cols, data.Labels.Length);
        var fit = order.Training.Fit(network, data.Train.Rows);
        var training = order.Training.Describe(Fit.totalSteps(network, fit, data.Train.Rows));
        foreach (var warning in order.Training.Warnings(data.Train.Rows))
            screen.Warn(warning);
        Memory.Check(network, training, fit.BatchSize, order.Model.IsDouble ? 8 : 4);
        using var machine = order.Engine.Open(resolution, screen);
        var report = new TrainReport(order, source, data, network, training, fit, machine, started);
        using var folder = order.Folder;
        folder.Prepare(report.Config());
        screen.Say(report.Header());
        return Conclude(report, Train(report, interruption.Token), test, interruption.ExitCode);
    }

    private Data LoadTest(TrainingData data)
    {
        var test = source.Load(Part.Test).Of(data.Labels.Length);
        return test.Cols == data.Train.Cols
            ? test
            : throw Failure.BadInput(
                $"{source.Name}: test part: {test.Cols} features in a row (the training part has {data.Train.Cols})"
            );
    }

    private FitResult<T> Train(TrainReport report, CancellationToken cancel)
    {
        var preprocessing = report.Data.IsBytes ? Preprocessing.Bytes : Preprocessing.None;
        var model = report.Network.Init<T>(report.Training.Seed).With(preprocessing, report.Data.Labels);
        var trainer = new Trainer<T>(model, report.Training, report.Fit.BatchSize, report.Machine);
        screen.Explain(PlanModule.explain(trainer.Plan));
        var steps = Fit.totalSteps(report.Network, report.Fit, report.Data.Train.Rows);
        var validation = report.Data.Validation is { } rows ? FSharpOption<Data>.Some(rows) : null;
        return screen.Watch(
            steps,
            "steps",
            meter =>
            {
                var observer = new TrainObserver<T>(order.Folder, report, screen, meter);
                return Fit.run(
                    trainer,
                    FitState.start(model, report.Training.Optimizer),
                    report.Data.Train,
                    validation,
                    report.Fit,
                    TimeProvider.System,
                    observer,
                    cancel
                );
            }
        );
    }

    private int Conclude(TrainReport report, FitResult<T> result, Data test, int signal)
    {
        report.End(result, Stopwatch.GetElapsedTime(clock));
        var state = result.State;
        var isGood = Parameters.isFinite(state.Best.Parameters);
        if (result.End is FitEnd.Diverged diverged)
        {
            var isSaved = state.BestEpoch > 0 && isGood;
            if (isSaved)
                Save(report, state.Best);
            throw Failure.Numeric(report.Divergence(diverged, isSaved));
        }
        if (!isGood)
            throw Failure.Numeric("the trained parameters are not finite (try a lower --learning-rate)");
        var isInterrupted = result.End.IsCancelled;
        if (!isInterrupted)
            report.Test = Fit.evaluate(report.Machine, state.Best, test);
        Save(report, state.BestEpoch > 0 ? state.Best : state.Model);
        if (screen.Json)
            screen.Print(Json.Text(report.Manifest()));
        else if (!isInterrupted)
            foreach (var line in report.Summary())
                screen.Print(line);
        if (isInterrupted)
            screen.Say($"interrupted: {report.Standing()}; the model so far is in {order.Out}");
        return isInterrupted ? signal : Exit.Done;
    }

    private void Save(TrainReport report, Model<T> model)
    {
        order.Folder.Save(model);
        order.Folder.Finish(report.Manifest());
    }
}

/// <summary>Tells the screen and the history how training goes. A step that is not due to be shown costs nothing.</summary>
internal sealed class TrainObserver<T>(RunFolder folder, TrainReport report, Screen screen, Meter? meter)
    : IFitObserver<T>
{
    public void Stepped(StepReport step)
    {
        if (meter is { IsDue: true })
            meter.Move(step.Step, $"epoch {step.Epoch}/{report.Fit.Epochs}  loss {step.Loss:0.0000}");
    }

    public bool IsDue(StepReport step) => false;

    public void Save(FitState<T> state) { }

    public void Finished(EpochReport epoch)
    {
        folder.Append(epoch);
        screen.Say(report.Line(epoch));
    }
}
