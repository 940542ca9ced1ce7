using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Studies;

/// <summary>How the values of a trial are chosen.</summary>
internal enum Sampler
{
    /// <summary>Drawn at random.</summary>
    Random,

    /// <summary>Proposed by a tree-structured Parzen estimator.</summary>
    Tpe,
}

/// <summary>Samplers by their names.</summary>
internal static class Samplers
{
    private static readonly (string Name, Sampler Value)[] Names = [("random", Sampler.Random), ("tpe", Sampler.Tpe)];

    public static Reader<Sampler> Read { get; } = Options.Read.OneOf(Names);

    public static string NameOf(Sampler sampler) => Array.Find(Names, one => one.Value == sampler).Name;
}

/// <summary>
/// Which values each trial has. The first ones are drawn at random, and for random search all. A tree-structured Parzen estimator proposes those
/// of the others, by what trials came to that are some places before: so a proposal does not depend on how many are
/// trained at a time, and up to so many need not wait for each other.
/// </summary>
internal sealed class Sampling(SearchOrder order)
{
    /// <summary>So many trials are drawn at random first.</summary>
    public const int Random = 10;

    /// <summary>A proposal goes by the trials up to so many places before it. Those between count as not good, whatever they come to.</summary>
    public const int Delay = 4;

    // Beside what is drawn, which has the names of options for labels.
    private const ulong Label = 0;

    private readonly Trial[] trials = [.. order.Trials];

    /// <summary>The trials: those that are not chosen yet as they would be drawn at random.</summary>
    public IReadOnlyList<Trial> Trials => trials;

    /// <summary>Whether the trial at a place can be chosen where so many from the first on have ended.</summary>
    public bool IsOpen(int place, int over) => IsDrawn(place) || over > place - Delay;

    /// <summary>The trial at a place, once all before it are chosen, and those that it goes by have come to something.</summary>
    public Trial Choose(int place, IReadOnlyDictionary<int, RunOutcome> outcomes, int? epochs)
    {
        if (!IsDrawn(place))
            trials[place] = Proposed(place, outcomes, epochs) ?? order.Trials[place];
        return trials[place];
    }

    private bool IsDrawn(int place) => order.Record.Sampler == Sampler.Random || place < Random;

    // What was tried already, or cannot be, is drawn at random after all: that can be, for every trial's was looked at.
    private Trial? Proposed(int place, IReadOnlyDictionary<int, RunOutcome> outcomes, int? epochs)
    {
        var variations = order.Record.Variations;
        var number = order.Trials[place].Number;
        var (known, pending) = (trials[..(place - Delay + 1)], trials[(place - Delay + 1)..place]);
        var ranked = Halving.Ranked(known.Select(one => (one, outcomes[one.Number])), epochs);
        var places = Fit.propose(
            [.. variations.Select(one => one.Size)],
            [.. ranked.Select(one => PlacesOf(one.Trial))],
            [.. pending.Select(PlacesOf)],
            Key.OfTrial(order.Record.Seed, (ulong)number).Fold(Label)
        );
        (Variation Of, string Text)[] drawn = [.. variations.Zip(places, (one, at) => (one, one.At(at)))];
        if (trials[..place].Any(trial => trial.Drawn.SequenceEqual(drawn)))
            return null;
        try
        {
            return order.Record.Plan(number, drawn, order.Folder);
        }
        catch (Failure failure) when (failure.Code == Exit.Usage)
        {
            return null;
        }
    }

    private static double[] PlacesOf(Trial trial) => [.. trial.Drawn.Select(one => one.Of.PlaceOf(one.Text))];
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
