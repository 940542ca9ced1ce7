using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>Trains the trials of a search, and keeps its tables and its picture up to date.</summary>
internal sealed class SearchRun
{
    private readonly RunSeries series;
    private readonly Throttled saving;
    private readonly SearchOrder order;
    private readonly Screen screen;
    private readonly Dictionary<int, RunOutcome> outcomes = [];
    private int done;
    private bool isOver;

    public SearchRun(SearchOrder order, Screen screen)
    {
        (this.order, this.screen) = (order, screen);
        series = new(order.Folder.Existing == Existing.Resume, screen)
        {
            Ready = order.Folder.GetUnderWay,
            Varied = order.Record.Variations.Select(one => one.Option.Name),
        };
        saving = new(screen.Time, () => Report.Save());
    }

    private int Whole => order.Rungs.Sum(rung => rung.Trials);

    private SearchReport Report =>
        new(order, [.. order.Trials.Where(trial => outcomes.ContainsKey(trial.Number)).Select(With)])
        {
            IsOver = isOver,
        };

    public int Run()
    {
        using var interruption = new Interruption(screen);
        using var folder = order.Folder;
        folder.Take();
        // Trials of another search are noticed before anything is touched.
        foreach (var trial in order.Trials)
            series.Kept(trial.Run);
        folder.Begin(order.Record.Document(), order.Trials.Select(trial => trial.Run.FolderName));
        Announce();
        try
        {
            screen.Watch(Whole, "", meter => TrainAll(meter, interruption.Token));
        }
        catch (OperationCanceledException) when (interruption.IsHeard)
        {
            saving.Settle();
            screen.Complain(
                order.Folder.Interrupted($"after {done} of {Whole} trainings", ["nn", "search", order.Record.Data])
            );
            return interruption.ExitCode;
        }
        isOver = true;
        Report.Save();
        if (outcomes.Values.All(outcome => outcome.Status != RunStatus.Finished))
            throw series.First ?? Failure.Numeric($"{order.Trials[0].Name}: {outcomes[1].Reason}");
        Report.Conclude();
        Tell();
        return Exit.Done;
    }

    private void Announce()
    {
        if (order.Rungs.Count == 1)
            return;
        var rungs = order.Rungs.Select(rung =>
            rung.Epochs is { } epochs
                ? $"{rung.Trials} trials up to epoch {epochs}"
                : $"the best {rung.Trials} to the end"
        );
        screen.Say(string.Join(", then ", rungs));
    }

    private void TrainAll(ProgressBar? meter, CancellationToken cancel)
    {
        var left = order.Trials;
        foreach (var rung in order.Rungs)
        {
            // After a divergence there may be fewer than the rung has room for.
            left = [.. left.Take(rung.Trials)];
            foreach (var trial in left)
                Train(trial, rung, meter, cancel);
            left =
            [
                .. Halving
                    .Ranked(left.Select(With), rung.Epochs)
                    .Where(one => Halving.HasReached(one.Outcome, rung.Epochs))
                    .Select(one => one.Trial),
            ];
        }
    }

    /// <summary>Takes a trial to the end of its rung, or to its own.</summary>
    private void Train(Trial trial, Rung rung, ProgressBar? meter, CancellationToken cancel)
    {
        var run = trial.Run.Until(rung.Epochs, isContinued: outcomes.ContainsKey(trial.Number));
        var from = done;
        var title = $"{trial.Name} ({done + 1} of {Whole})  ";
        var inner = screen.Within(steps => meter?.Piece(from, 1.0 / steps, title));
        // Patience may have ended it on an earlier rung: then there is nothing left to train.
        var kept = series.Kept(run);
        var outcome = kept ?? series.Train(run, $"{trial.Name} ({Trial.Told(trial.Drawn)})", inner, cancel);
        done++;
        outcomes[trial.Number] = outcome;
        saving.Ask();
        screen.Say(
            $"{title}{Trial.Told(trial.Drawn)}: {outcome.Line("validation", "train")}{(kept is null ? "" : ", kept")}"
        );
    }

    private (Trial, RunOutcome) With(Trial trial) => (trial, outcomes[trial.Number]);

    private void Tell()
    {
        if (screen.Json)
        {
            screen.PrintDocument(Json.Text(Report.Document()));
            return;
        }
        foreach (var line in Report.Summary())
            screen.Print(line);
        screen.Say(
            $"saved in {order.Folder.Place}: report.html, trials.csv, results.json, scatter.svg, and the best model"
        );
        screen.Say(
            $"try next: {ShellLine.Typed("nn", "evaluate", Report.Ranked[0].Trial.Run.Order.Out, order.Record.Data)}"
        );
    }
}

/// <summary>So many trials train up to an epoch, or all the way where none is named.</summary>
internal sealed record Rung(int Trials, int? Epochs);

/// <summary>
/// Successive halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
/// 2016): all trials train for a few epochs, the best of them go on, and so forth. Those that go on are the same runs, not
/// trained again. A trial is as good as the model that it would keep if it ended there: that of its best epoch so far, or
/// without validation that of its last one.
/// </summary>
internal static class Halving
{
    /// <summary>Where trials are chosen. Without a rate, all go all the way.</summary>
    public static IReadOnlyList<Rung> Rungs(int trials, int epochs, int? rate) =>
        rate is { } r
            ?
            [
                .. Fit.rungs(trials, epochs, r)
                    .Select(one => new Rung(one.Item1, one.Item2 < epochs ? one.Item2 : null)),
            ]
            : [new(trials, null)];

    /// <summary>
    /// Trials with their outcomes, the best first: by the score of the model up to an epoch, in validation if there is one; of
    /// equal ones the earlier trial. Those that did not get there are last.
    /// </summary>
    public static IEnumerable<(Trial Trial, RunOutcome Outcome)> Ranked(
        IEnumerable<(Trial Trial, RunOutcome Outcome)> trials,
        int? epochs = null
    ) =>
        trials
            .Select(one => (one.Trial, one.Outcome, Score: BestOf(one.Outcome, epochs ?? int.MaxValue)))
            .OrderBy(one => !HasReached(one.Outcome, epochs))
            .ThenByDescending(one => double.IsNaN(one.Score.Accuracy) ? double.NegativeInfinity : one.Score.Accuracy)
            .ThenBy(one => double.IsNaN(one.Score.Loss) ? double.PositiveInfinity : one.Score.Loss)
            .ThenBy(one => one.Trial.Number)
            .Select(one => (one.Trial, one.Outcome));

    /// <summary>
    /// Whether a trial got to an epoch, or to its own end. What became of it later does not matter: the rung of a search that goes
    /// on is that of the search that was never interrupted.
    /// </summary>
    public static bool HasReached(RunOutcome outcome, int? epochs) =>
        outcome.Status == RunStatus.Finished || outcome.Epochs.Count >= epochs;

    private static Score BestOf(RunOutcome outcome, int epochs)
    {
        var isValidated = outcome.Epochs.Any(epoch => double.IsFinite(epoch["validation_loss"]));
        var part = isValidated ? "validation" : "train";
        return outcome
            .Epochs.Take(epochs)
            .Select(epoch => Score.Of(epoch[$"{part}_loss"], epoch[$"{part}_accuracy"]))
            .Aggregate(
                Score.Missing,
                (best, next) =>
                    !isValidated || double.IsNaN(best.Loss) || next.IsBetterThan(best, outcome.BestBy) ? next : best
            );
    }
}
