namespace NeuralNetwork.Cli.Studies;

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
    /// <summary>
    /// With a rate of r, one of r goes on (rounded up) after e/r^k epochs, for every k for which that is an epoch and there
    /// are r^k trials. Without a rate, all go all the way.
    /// </summary>
    public static IReadOnlyList<Rung> Rungs(int trials, int epochs, int? rate)
    {
        if (rate is not { } r)
            return [new(trials, null)];
        var ends = new Stack<int>();
        for (var (end, power) = (epochs / r, r); end >= 1 && power <= trials; end /= r, power *= r)
            ends.Push(end);
        var rungs = new List<Rung>();
        foreach (var end in ends)
        {
            rungs.Add(new(trials, end));
            trials = (trials + r - 1) / r;
        }
        return [.. rungs, new(trials, null)];
    }

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
