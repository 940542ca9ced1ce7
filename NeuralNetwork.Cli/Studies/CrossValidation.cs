using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// The folds of a run: before it is trained, a model for each, a run like any other in a folder of its own, as `nn train --fold`
/// makes it. What each predicts for the rows that it has not seen is read from its saved model.
/// </summary>
internal sealed class CrossValidation(string data, bool isResumed, Screen screen)
{
    /// <summary>An order that is measured by folds first, if it asks for that.</summary>
    public static TrainOrder Before(TrainOrder order, string data, bool isResumed, Screen screen)
    {
        if (order.Spec.Fit is not { Folds: not null, Fold: null } || order.IsRehearsal)
            return order;
        if (StandardInput.IsName(data))
            throw Failure.Usage(
                OptionName.Folds,
                "standard input is read once, and each fold reads the data (save them as a file)"
            );
        return order with
        {
            CrossValidate = new CrossValidation(data, isResumed, screen).Run,
            EarlierEngine = isResumed ? EngineOf(Place(order, 1)) : null,
        };
    }

    private static string Place(TrainOrder order, int fold) => Path.Combine(order.Out, RunFiles.Folds, $"{fold}");

    // All models of a run are trained with one engine.
    private static string? EngineOf(string fold) =>
        RunRecord.At(Path.Combine(fold, RunFiles.Manifest))?.Optional("blas")?.Value<string>("name");

    /// <summary>Trains the models of the folds, or keeps those that are there, and compares what they predict.</summary>
    private FoldSummary Run(TrainReport run, CancellationToken cancel)
    {
        var folder = run.Order.Folder;
        folder.HasFolds = isResumed;
        PlannedRun[] runs = [.. run.Data.FoldRows.Select((_, place) => Plan(run, place + 1))];
        var series = new RunSeries(isResumed, screen) { Ready = folder.GetUnderWay };
        screen.Watch(runs.Length, "", meter => Train(runs, series, meter, cancel));
        FoldPredictions[] folds = [.. runs.Select((one, place) => Predictions(run, one, place))];
        var scores = new FoldScores(
            folds,
            run.Training.Seed,
            run.Order.Spec.Fit.Validation.IsLast || run.Order.Spec.Data.Time is not null,
            run.Order.Spec.Data.Group is not null
        );
        folder.SaveFolds(scores.Table());
        return scores.Summarized;
    }

    private void Train(PlannedRun[] runs, RunSeries series, ProgressBar? meter, CancellationToken cancel)
    {
        for (var place = 0; place < runs.Length; place++)
        {
            var (run, from) = (runs[place], place);
            var title = $"{run.Variant.Name} of {runs.Length}  ";
            var inner = screen.Within(steps => meter?.Piece(from, 1.0 / steps, title));
            var kept = series.Kept(run);
            var outcome = kept ?? series.Train(run, run.Variant.Name, inner, cancel);
            if (outcome.Status != RunStatus.Finished)
                throw series.First ?? Failure.Numeric($"{run.Variant.Name}: {outcome.Reason}");
            screen.Say($"{title}{outcome.Line("test")}{(kept is null ? "" : ", kept")}");
        }
    }

    // The options are those that the run has come to, with all that the preset says of its data: the same for every fold.
    private PlannedRun Plan(TrainReport run, int fold)
    {
        var asked = run.Order.Spec;
        var spec = (asked with { Data = asked.Data with { TestPath = null }, Fit = asked.Fit with { Fold = fold } })
            .Unsaid(OptionName.Test)
            .From(OptionName.Fold, new ValueSource("folds"));
        var place = Place(run.Order, fold);
        var folder = new RunFolder(OptionName.Out, place, force: true, spec.Saving.HasCurves);
        var order = new TrainOrder(spec, folder, place, Plot: null)
        {
            EarlierEngine = run.Machine.Backend.Name,
            SaidWarnings = run.Data.Warnings,
        };
        return new(new Variant($"fold {fold}", []), spec.Fit.Seed, data, order, []);
    }

    private static FoldPredictions Predictions(TrainReport run, PlannedRun fold, int place)
    {
        var model = ModelSource.Read(fold.Order.Out);
        var schema = ModelSource.SchemaOf(model) with
        {
            FirstIndex = run.Data.Schema.FirstIndex,
            Drops = run.Data.Schema.Drops,
        };
        var sample = fold.Source().Use(Part.Train, schema, needsTargets: true).WithTargets();
        var places = Enumerable.Range(0, sample.Rows).ToDictionary(row => sample.Numbers[row]);
        int[] rows = [.. run.Data.FoldRows[place].Select(number => places[number])];
        var source = run.Source;
        return FoldPredictions.Of(place + 1, new Used(model, source, TakenRows.Take(sample, rows), run.Machine));
    }
}
