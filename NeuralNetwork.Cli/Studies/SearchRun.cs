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
    private readonly JoinedJobs joint;
    private readonly Sampling sampling;
    private readonly Throttled saving;
    private readonly SearchOrder order;
    private readonly Screen screen;

    // What the trials have come to so far; of several at a time one has it in hand.
    private readonly Dictionary<int, RunOutcome> outcomes = [];

    // The rung up to which the outcome of a trial is known.
    private readonly Dictionary<int, int> known = [];
    private int done;
    private bool isOver;

    public SearchRun(SearchOrder order, Screen screen)
    {
        (this.order, this.screen) = (order, screen);
        series = new(order.Folder.Existing is Existing.Resume or Existing.Join, screen)
        {
            Joined = order.Folder.Joined,
            Ready = order.Folder.GetUnderWay,
            Settled = Wake,
            Varied = order.Record.Variations.Select(one => one.Option.Name),
        };
        (jobs, joint, sampling) = (new(order.Jobs, screen), new(order.Jobs, screen), new(order));
        saving = new(screen.Time, () => order.Folder.Save("trials.csv", outcomes.Count, () => Report.Save()));
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
        try
        {
            // Trials of another search are noticed before anything is touched.
            Look();
            folder.Begin(
                order.Record.Document(),
                [.. order.Trials.Select(trial => trial.Run)],
                series,
                interruption.Token
            );
            Announce();
            screen.Watch(Whole, "", meter => TrainAll(meter, interruption.Token));
            isOver = true;
            folder.Conclude(Save);
        }
        catch (OperationCanceledException) when (interruption.IsHeard)
        {
            saving.Settle();
            screen.Complain(
                order.Folder.Interrupted($"after {done} of {Whole} trainings", ["nn", "search", order.Record.Data])
            );
            return interruption.ExitCode;
        }
        if (!IsAnyFinished)
            throw FirstFailure ?? Failure.Numeric($"{order.Trials[0].Name}: {outcomes[1].Reason}");
        Tell();
        return Exit.Done;
    }

    private bool IsAnyFinished => outcomes.Values.Any(outcome => outcome.Status == RunStatus.Finished);

    private void Save()
    {
        Report.Save();
        Report.SaveExperiment(screen.Time);
        if (IsAnyFinished)
            Report.Conclude();
    }

    private void Wake()
    {
        jobs.Wake();
        joint.Wake();
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
        // Others may be at work on them: each is looked at by who has claimed it.
        if (order.Folder.Joined is not null)
            return;
        var (found, over, epochs) = (new Dictionary<int, RunOutcome>(), 0, order.Rungs[0].Epochs);
        for (var place = 0; place < order.Trials.Count && sampling.IsOpen(place, over); place++)
        {
            var trial = sampling.Choose(place, found, epochs);
            if (series.Kept(trial.Run.Until(epochs, isContinued: false)) is not { } outcome)
                continue;
            found[trial.Number] = outcome;
            over += over == place ? 1 : 0;
        }
    }

    private void TrainAll(ProgressBar? meter, CancellationToken cancel)
    {
        IReadOnlyList<Trial>? left = null;
        var last = new Dictionary<int, Turn>();
        for (var at = 0; at < order.Rungs.Count; at++)
        {
            var rung = order.Rungs[at];
            // After a divergence there may be fewer than the rung has room for.
            Trial[]? going = left is null ? null : [.. left.Take(rung.Trials)];
            var (count, before) = (going?.Length ?? rung.Trials, done);
            Each(
                count,
                (place, over) =>
                    (series.IsSettled || over == place) && (going is not null || sampling.IsOpen(place, over)),
                place => TurnOf(place, going, at, before + place, Math.Min(order.Jobs, count)),
                () => IsChosen(at),
                meter,
                cancel
            );
            done = before + count;
            foreach (var (place, trial) in (going ?? sampling.Trials).Index())
                last[trial.Number] = new(trial, at, before + place, Math.Min(order.Jobs, count));
            left = ChoiceAt(at, going ?? sampling.Trials);
        }
        // What others have taken further since, or chosen by.
        Turn[] missing = [.. last.Values.Where(turn => known.GetValueOrDefault(turn.Trial.Number, -1) != turn.Rung)];
        done = Whole - missing.Length;
        Each(missing.Length, (_, _) => true, place => missing[place], () => false, meter, cancel);
    }

    private void Each(
        int count,
        Func<int, int, bool> mayBegin,
        Func<int, Turn> begin,
        Func<bool> isDecided,
        ProgressBar? meter,
        CancellationToken cancel
    )
    {
        if (order.Folder.Joined is null)
            jobs.Each(count, mayBegin, begin, (turn, own, stop) => Train(turn, meter, own, stop), cancel);
        else
            joint.Each(
                count,
                mayBegin,
                begin,
                (turn, own, stop) => Train(turn, meter, own, stop),
                isDecided,
                turn => RunClaim.HolderOf(turn.Trial.Run),
                cancel
            );
    }

    // Where trials follow from what others came to, all of them have to be known.
    private bool IsChosen(int rung) =>
        order.Record.Sampler == Sampler.Random && order.Folder.Joined?.ChoiceOf(rung) is not null;

    /// <summary>The trials of a rung that got there, the best first: those that others have chosen already where that is so.</summary>
    private Trial[] ChoiceAt(int at, IReadOnlyList<Trial> trials)
    {
        var epochs = order.Rungs[at].Epochs;
        if (epochs is null)
            return [];
        int[] Best() =>
            [
                .. Halving
                    .Ranked(trials.Select(With), epochs)
                    .Where(one => Halving.HasReached(one.Outcome, epochs))
                    .Select(one => one.Trial.Number),
            ];

        var numbers = order.Folder.Joined is { } joined ? joined.ChoiceOf(at) ?? joined.Choose(at, Best()) : Best();
        return [.. numbers.Select(number => trials.First(trial => trial.Number == number))];
    }

    // On the first rung a trial is chosen when it is its turn.
    private Turn TurnOf(int place, Trial[]? going, int rung, int number, int beside)
    {
        lock (outcomes)
            return new(
                going?[place] ?? sampling.Choose(place, outcomes, order.Rungs[rung].Epochs),
                rung,
                number,
                beside
            );
    }

    /// <summary>Takes a trial to the end of its rung, or to its own; false where another process has it in hand.</summary>
    private bool Train(Turn turn, ProgressBar? meter, Screen own, CancellationToken cancel)
    {
        var (trial, from) = (turn.Trial, turn.Number);
        var told = Trial.Told(trial.Drawn);
        var title = $"{trial.Name} ({from + 1} of {Whole})  ";
        var isBeside = order.Jobs > 1 || order.Folder.Joined is not null;
        var inner = own.Within(steps => isBeside ? null : meter?.Piece(from, 1.0 / steps, title));
        var run = trial.Run.Until(order.Rungs[turn.Rung].Epochs, isContinued: turn.Rung > 0).Among(turn.Beside);
        var isKept = false;
        // Patience may have ended it on an earlier rung: then there is nothing left to train.
        var outcome = series.TryTrain(
            run,
            $"{trial.Name} ({told})",
            inner,
            (ended, wasThere) => trial.SaveSession(ended, isKept = wasThere, screen.Time),
            cancel,
            own
        );
        if (outcome is null)
            return false;
        lock (outcomes)
        {
            done++;
            outcomes[trial.Number] = outcome;
            known[trial.Number] = turn.Rung;
            saving.Ask();
            if (isBeside)
                meter?.Move(done, $"{done} of {Whole}");
        }
        own.Say($"{title}{told}: {outcome.Line("validation", "train")}{(isKept ? ", kept" : "")}");
        return true;
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
/// <param name="Rung">The rung to get to the end of, by its number from 0.</param>
/// <param name="Number">How many trainings come before it.</param>
/// <param name="Beside">How many trials are trained at a time.</param>
internal sealed record Turn(Trial Trial, int Rung, int Number, int Beside);
