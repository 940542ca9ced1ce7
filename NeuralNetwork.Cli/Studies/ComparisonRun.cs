using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// Trains what is to be compared, one run after another, and keeps the tables and pictures up to date. A run that goes
/// wrong is a result; the others go on.
/// </summary>
internal sealed class ComparisonRun
{
    private readonly ComparisonOrder order;
    private readonly Screen screen;
    private readonly RunSeries series;
    private readonly Throttled saving;
    private readonly List<RunOutcome> outcomes = [];

    // As long as no run has got to its first step, it may be that none will: that is one error, and not one of each.
    private readonly List<Action> waiting = [];
    private bool isUnderWay;

    public ComparisonRun(ComparisonOrder order, Screen screen)
    {
        (this.order, this.screen) = (order, screen);
        series = new(order.Folder.Existing == Existing.Resume, screen)
        {
            Warn = text => Speak(() => screen.Warn(text)),
            Say = text => Speak(() => screen.Say(text)),
            Ready = order.Folder.GetUnderWay,
        };
        saving = new(screen.Time, () => new ComparisonReport(order, outcomes).Save());
    }

    private bool IsAnyFinished => outcomes.Any(outcome => outcome.Status == RunStatus.Finished);

    private bool IsOneFailure =>
        outcomes.All(outcome => outcome.Status == RunStatus.Failed)
        && outcomes.DistinctBy(outcome => outcome.Reason).Count() == 1;

    public int Run()
    {
        using var interruption = new Interruption(screen);
        using var folder = order.Folder;
        folder.Take();
        RunOutcome?[] kept = [.. order.Runs.Select(series.Kept)];
        folder.Begin(order.Record.Document(), order.Runs.Select(run => run.FolderName));
        try
        {
            screen.Watch(order.Runs.Count, "", meter => TrainAll(kept, meter, interruption.Token));
        }
        catch (OperationCanceledException) when (interruption.IsHeard)
        {
            saving.Settle();
            screen.Complain(
                order.Folder.Interrupted(
                    $"after {outcomes.Count} of {order.Runs.Count} runs",
                    ["nn", "compare", order.Record.What, order.Record.Data]
                )
            );
            return interruption.ExitCode;
        }
        if (IsOneFailure)
            throw series.First!;
        GetUnderWay();
        Tell();
        return IsAnyFinished
            ? Exit.Done
            : throw series.First ?? Failure.Numeric($"{outcomes[0].Variant}: {outcomes[0].Reason}");
    }

    private void TrainAll(RunOutcome?[] kept, ProgressBar? meter, CancellationToken cancel)
    {
        for (var place = 0; place < order.Runs.Count; place++)
        {
            var name = TitleOf(order.Runs[place]);
            var title = $"{name} ({place + 1} of {order.Runs.Count})  ";
            var from = place;
            var inner = screen.Within(steps => meter?.Piece(from, 1.0 / steps, title));
            var outcome = kept[place] ?? series.Train(order.Runs[place], name, inner, cancel);
            outcomes.Add(outcome);
            var isKept = kept[place] is not null;
            Speak(() => screen.Say($"{title}{outcome.Line("test", "validation", "train")}{(isKept ? ", kept" : "")}"));
            if (outcome.Status != RunStatus.Failed)
                GetUnderWay();
            if (isUnderWay)
                saving.Ask();
        }
    }

    private void Speak(Action say)
    {
        waiting.Add(say);
        if (isUnderWay)
            GetUnderWay();
    }

    private void GetUnderWay()
    {
        isUnderWay = true;
        foreach (var say in waiting)
            say();
        waiting.Clear();
    }

    private void Tell()
    {
        var report = new ComparisonReport(order, outcomes);
        report.Save();
        if (screen.Json)
        {
            screen.PrintDocument(Json.Text(report.Document()));
            return;
        }
        if (IsAnyFinished)
            screen.Sketch(ComparisonCurves.Loss("Loss", outcomes));
        foreach (var line in report.Summary())
            screen.Print(line);
        if (report.Doubt is { } doubt)
            screen.Say(doubt.Line);
        if (report.Outlook is { } outlook)
            screen.Say(outlook);
        screen.Say(
            $"saved in {order.Folder.Place}: report.html, pictures (*.svg), curves.csv, results.csv, results.json"
        );
    }

    private string TitleOf(PlannedRun run) =>
        order.Runs.Any(other => other.Seed != run.Seed) ? $"{run.Variant.Name}, seed {run.Seed}" : run.Variant.Name;
}
