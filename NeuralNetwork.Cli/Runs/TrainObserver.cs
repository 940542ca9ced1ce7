using System.Diagnostics;
using Microsoft.FSharp.Collections;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// Tells the screen and the run folder how training goes. A step that is due for nothing costs nothing.
/// </summary>
internal sealed class TrainObserver<T>(
    TrainReport report,
    FSharpList<Tuple<string, string>> circumstances,
    Screen screen,
    Meter? meter
) : IFitObserver<T>
    where T : struct
{
    // Epochs of a small network take milliseconds; a disk takes as long to answer.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private readonly FSharpList<string> slots = OptimizerModule.slots(report.Training.Optimizer);
    private readonly SavingPace pace = report.Order.Spec.Saving.Pace;
    private long saved = Stopwatch.GetTimestamp();
    private bool isDue;
    private FitState<T>? unsaved;

    public void Stepped(StepReport step)
    {
        if (meter is { IsDue: true })
            meter.Move(step.Step, $"epoch {step.Epoch}/{report.Fit.Epochs}  loss {Numeral.Of(step.Loss)}");
    }

    public bool IsDue(StepReport step) =>
        isDue =
            (pace.Steps > 0 && step.Step % pace.Steps == 0)
            || (pace.Minutes > 0 && Stopwatch.GetElapsedTime(saved) >= TimeSpan.FromMinutes(pace.Minutes));

    public void Save(FitState<T> state)
    {
        unsaved = state;
        if (isDue || (pace.IsByEpoch && Stopwatch.GetElapsedTime(saved) >= ShortestPause))
            Save();
    }

    public void Finished(EpochReport epoch)
    {
        report.Order.Folder.Append(epoch);
        screen.Say(report.Line(epoch));
    }

    /// <summary>Saves the last state there was, unless that is done. Numbers gone wrong never replace good ones.</summary>
    public void Save()
    {
        isDue = false;
        if (unsaved is not { } state || !Parameters.isFinite(state.Model.Parameters))
            return;
        report.Order.Folder.Save(new Checkpoint<T>(state, slots, circumstances));
        unsaved = null;
        saved = Stopwatch.GetTimestamp();
    }
}
