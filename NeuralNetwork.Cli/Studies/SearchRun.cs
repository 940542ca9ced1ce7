using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>Trains the trials of a search, and keeps its tables and its picture up to date.</summary>
internal sealed class SearchRun
{
    private readonly RunSeries series;
    private readonly Jobs jobs;
    private readonly Sampling sampling;
    private readonly Throttled saving;
    private readonly SearchOrder order;
    private readonly Screen screen;

    // What the trials have come to so far; of several at a time one has it in hand.
    private readonly Dictionary<int, RunOutcome> outcomes = [];
    private int done;
    private bool isOver;

    public SearchRun(SearchOrder order, Screen screen)
    {
        (this.order, this.screen) = (order, screen);
        series = new(order.Folder.Existing == Existing.Resume, screen)
        {
            Ready = order.Folder.GetUnderWay,
            Settled = () => jobs!.Wake(),
            Varied = order.Record.Variations.Select(one => one.Option.Name),
        };
        (jobs, sampling) = (new(order.Jobs, screen), new(order));
        saving = new(screen.Time, () => Report.Save());
    }

    private int Whole => order.Rungs.Sum(rung => rung.Trials);

    private SearchReport Report =>
        new(
            order with
            {
                Trials = sampling.Trials,
            },
            [.. sampling.Trials.Where(trial => outcomes.ContainsKey(trial.Number)).Select(With)]
        )
        {
            IsOver = isOver,
        };

    private Failure? FirstFailure =>
        sampling.Trials.Select(trial => series.FailureOf(trial.Run)).FirstOrDefault(failure => failure is not null);

    public int Run()
    {
        using var interruption = new Interruption(screen);
        using var folder = order.Folder;
        folder.Take();
        // Trials of another search are noticed before anything is touched.
        Look();
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
        Report.SaveExperiment(screen.Time);
        if (outcomes.Values.All(outcome => outcome.Status != RunStatus.Finished))
            throw FirstFailure ?? Failure.Numeric($"{order.Trials[0].Name}: {outcomes[1].Reason}");
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

    // As far as it is known what they are: what is proposed follows from what earlier ones came to.
    private void Look()
    {
        var (known, over, epochs) = (new Dictionary<int, RunOutcome>(), 0, order.Rungs[0].Epochs);
        for (var place = 0; place < order.Trials.Count && sampling.IsOpen(place, over); place++)
        {
            var trial = sampling.Choose(place, known, epochs);
            if (series.Kept(trial.Run.Until(epochs, isContinued: false)) is not { } outcome)
                continue;
            known[trial.Number] = outcome;
            over += over == place ? 1 : 0;
        }
    }

    private void TrainAll(ProgressBar? meter, CancellationToken cancel)
    {
        IReadOnlyList<Trial>? left = null;
        foreach (var rung in order.Rungs)
        {
            // After a divergence there may be fewer than the rung has room for.
            Trial[]? going = left is null ? null : [.. left.Take(rung.Trials)];
            var (count, before) = (going?.Length ?? rung.Trials, done);
            jobs.Each(
                count,
                (place, over) =>
                    (series.IsSettled || over == place) && (going is not null || sampling.IsOpen(place, over)),
                place => TurnOf(place, going, rung, before + place, Math.Min(order.Jobs, count)),
                (turn, own, stop) => Train(turn, meter, own, stop),
                cancel
            );
            left =
            [
                .. Halving
                    .Ranked((going ?? sampling.Trials).Select(With), rung.Epochs)
                    .Where(one => Halving.HasReached(one.Outcome, rung.Epochs))
                    .Select(one => one.Trial),
            ];
        }
    }

    // On the first rung a trial is chosen when it is its turn.
    private Turn TurnOf(int place, Trial[]? going, Rung rung, int number, int beside)
    {
        lock (outcomes)
        {
            var trial = going?[place] ?? sampling.Choose(place, outcomes, rung.Epochs);
            return new(trial, rung.Epochs, number, beside, going is not null);
        }
    }

    /// <summary>Takes a trial to the end of its rung, or to its own.</summary>
    private void Train(Turn turn, ProgressBar? meter, Screen own, CancellationToken cancel)
    {
        var (trial, from) = (turn.Trial, turn.Number);
        var told = Trial.Told(trial.Drawn);
        var title = $"{trial.Name} ({from + 1} of {Whole})  ";
        var inner = own.Within(steps => order.Jobs > 1 ? null : meter?.Piece(from, 1.0 / steps, title));
        var run = trial.Run.Until(turn.Epochs, turn.IsContinued).Among(turn.Beside);
        // Patience may have ended it on an earlier rung: then there is nothing left to train.
        var kept = series.Kept(run);
        var outcome = kept ?? series.Train(run, $"{trial.Name} ({told})", inner, cancel, own);
        trial.SaveSession(outcome, kept is not null, screen.Time);
        lock (outcomes)
        {
            done++;
            outcomes[trial.Number] = outcome;
            saving.Ask();
            if (order.Jobs > 1)
                meter?.Move(done, $"{done} of {Whole}");
        }
        own.Say($"{title}{told}: {outcome.Line("validation", "train")}{(kept is null ? "" : ", kept")}");
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

/// <summary>What is to be done of a trial at a time.</summary>
/// <param name="Epochs">The epoch to get to; null for all the way.</param>
/// <param name="Number">How many trainings come before it.</param>
/// <param name="Beside">How many trials are trained at a time.</param>
/// <param name="IsContinued">Whether the trial was begun on an earlier rung.</param>
internal sealed record Turn(Trial Trial, int? Epochs, int Number, int Beside, bool IsContinued);

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
            .Select(one => (one.Trial, one.Outcome, Score: BestOf(one.Outcome, epochs)))
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

    /// <summary>How bad a trial is that was to get to an epoch: less is better, and infinity is that it did not.</summary>
    public static double Badness(RunOutcome outcome, int? epochs) =>
        !HasReached(outcome, epochs) ? double.PositiveInfinity
        : BestOf(outcome, epochs) is var best && double.IsFinite(best.Accuracy) ? -best.Accuracy
        : double.IsFinite(best.Loss) ? best.Loss
        : double.PositiveInfinity;

    // At its end the epoch that it has kept. On the way the scores decide: what temperatures cost is not in the history.
    private static Score BestOf(RunOutcome outcome, int? epochs)
    {
        var isValidated = outcome.Epochs.Any(epoch => double.IsFinite(epoch["validation_loss"]));
        var part = isValidated ? "validation" : "train";
        var kept = epochs is null && isValidated ? outcome.BestEpoch : null;
        return outcome
            .Epochs.Take(epochs ?? int.MaxValue)
            .Where(epoch => kept is null || epoch["epoch"] == kept)
            .Select(epoch => Score.Of(epoch[$"{part}_loss"], epoch[$"{part}_accuracy"]))
            .Aggregate(
                Score.Missing,
                (best, next) =>
                    !isValidated || double.IsNaN(best.Loss) || next.IsBetterThan(best, outcome.BestBy) ? next : best
            );
    }
}
