using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The report of a run.</summary>
internal static class RunPage
{
    public static Report Of(TrainReport run, Examination? examination) =>
        new(
            $"{run.Widths} on {run.Source.Name}",
            Lead(run, examination),
            [.. Headlines(run)],
            [
                new("Cross-validation", [.. run.Folds?.Blocks ?? []]),
                new("Beside the simplest models", [.. Rivals(run)]),
                new("Curves", [.. RunCurves.Of(run.History).Select(chart => new ReportBlock.Drawing(chart))]),
                .. examination is null ? [] : FindingsPage.Sections(run.Data.Schema, examination),
                new("Layers", [.. (examination?.Layers ?? []).Select(strip => new ReportBlock.Drawing(strip))]),
                new("Settings", [.. Settings(run)]),
                new("How to repeat it", [.. Repetition(run)]),
            ]
        );

    private static string Lead(TrainReport run, Examination? examination)
    {
        var trained = $"{run.Size:N0} parameters, trained on {run.Data.Train.Rows:N0} rows.";
        var best =
            run.BestEpoch == 0 ? "No epoch has come to a finite loss yet, so there is no model."
            : !run.Data.IsValidated
                ? $"The model is that of epoch {run.BestEpoch}, the last: there were no rows to validate with."
            : $"The model is that of epoch {run.BestEpoch}, the best of {run.History.Count} by validation.";
        var looked = examination is null
            ? ""
            : $" What follows about its predictions is on the {examination.Data.Rows:N0} {examination.Part} rows.";
        var outlook = TrainSummary.Outlook(run) is { } line ? $" It was {line}." : "";
        return $"{trained} {Ending(run)}{best}{outlook}{looked}";
    }

    private static string Ending(TrainReport run) =>
        run.Ending switch
        {
            FitEnd.Diverged at => $"Training diverged: {run.Divergence(at, isSaved: true)}. ",
            { IsCancelled: true } =>
                $"Training was interrupted {run.Standing()}; {ShellLine.Typed("nn", "resume", run.Order.Out)} goes on. ",
            { IsStopped: true } => "Training was stopped early: validation got no better. ",
            _ => "",
        };

    private static IEnumerable<Fact> Headlines(TrainReport run)
    {
        var best = run.Best;
        Fact[] scores =
        [
            .. best is not null && run.Data.IsValidated ? Shown("validation", "", best.Validation) : [],
            .. run.Test is { } test ? Shown("test", "", test) : [],
            .. best is not null ? Shown("train", $" during epoch {best.Epoch}", best.Train) : [],
            .. run.After is { } after ? Shown("train", ", evaluated", after.Train) : [],
        ];
        foreach (var score in scores)
            yield return score;
        if (run.Intervals is { } intervals)
            yield return new(intervals.Name, string.Join(", ", intervals.Reaches));
        if (run.Intervals?.Measured is { } measured)
            yield return new("test rows in it", Listed(measured, Numeral.Share));
        if (run.Threshold is { } threshold)
            yield return new("threshold", threshold.Rule);
        if (run.Threshold is { MeasuredName.Length: > 0 } found)
            yield return new(found.MeasuredName, found.MeasuredLine);
        yield return new("best epoch", run.BestEpoch == 0 ? "none yet" : $"{run.BestEpoch} of {run.History.Count}");
        yield return new("training time", Numeral.Duration(run.History.Sum(epoch => epoch.Seconds)));
    }

    private static string Listed(double[] numbers, Func<double, string> form) =>
        string.Join(", ", numbers.Select(form));

    /// <summary>What the steps of an epoch saw is the mean over many models: `how` tells it from a score of the one that is saved.</summary>
    private static IEnumerable<Fact> Shown(string part, string how, Score score) =>
        double.IsNaN(score.RMSE)
            ? [new($"{part} accuracy{how}", Scale.Share.Written(score.Accuracy))]
            :
            [
                new($"{part} R²{how}", Numeral.OrDash(score.R2, Numeral.InUnits)),
                .. how.Length == 0 ? (Fact[])[new($"{part} RMSE", Numeral.OrDash(score.RMSE, Numeral.InUnits))] : [],
            ];

    /// <summary>The saved model beside what it has to beat, on every part of the rows that it was measured on.</summary>
    private static IEnumerable<ReportBlock> Rivals(TrainReport run)
    {
        if (run.Baselines is not { } baselines)
            yield break;
        var parts = TrainSummary.Parts(run).ToArray();
        var isOfClasses = parts.All(part => double.IsNaN(part.Score.RMSE));
        string[] measures = isOfClasses ? ["accuracy", "loss"] : ["R²", "RMSE", "loss"];
        var names = new[] { "this model" }.Concat(baselines.On(parts[0].Part).Select(one => one.Name));
        var columns = parts.Select(part =>
            baselines.On(part.Part).Select(one => one.Score).Prepend(part.Score).ToArray()
        );
        yield return new ReportBlock.Rows(
            new(
                ["", .. parts.SelectMany(part => measures.Select(measure => $"{part.Name} {measure}"))],
                [
                    .. names.Select(
                        (name, row) =>
                            (string[])[name, .. columns.SelectMany(scores => Cells(scores[row], isOfClasses))]
                    ),
                ]
            ),
            []
        );
        foreach (var warning in TrainSummary.Warnings(run))
            yield return new ReportBlock.Prose($"Warning: {warning}.");
        if (baselines.LinearRows is > 0 and var rows && rows < run.Data.Train.Rows)
            yield return new ReportBlock.Prose(
                $"The linear model was fitted to {rows:N0} of the {run.Data.Train.Rows:N0} training rows."
            );
    }

    private static string[] Cells(Score score, bool isOfClasses) =>
        isOfClasses
            ? [Scale.Share.Written(score.Accuracy), Numeral.OrDash(score.Loss, Numeral.Of)]
            :
            [
                Numeral.OrDash(score.R2, Numeral.InUnits),
                Numeral.OrDash(score.RMSE, Numeral.InUnits),
                Numeral.OrDash(score.Loss, Numeral.Of),
            ];

    private static IEnumerable<ReportBlock> Settings(TrainReport run)
    {
        var options = Origin.All(run.Order.Spec).ToLookup(one => one.IsDefault);
        var (usual, given) = (options[true], options[false]);
        if (given.Any())
            yield return new ReportBlock.Rows(Table(given), []);
        yield return new ReportBlock.Folded("The defaults of all other options", Table(usual));
        yield return new ReportBlock.Folded(
            $"What they come to, by the convention {Convention.name(run.Order.Spec.Convention)}",
            new(["", "value"], [.. Leaves("", JsonNode.Parse(Description.training(run.Training)))])
        );
    }

    /// <summary>Options with their values, and where these come from.</summary>
    public static ChartTable Table(IEnumerable<Origin> options) =>
        new(["option", "value", "origin"], [.. options.Select(one => (string[])[one.Name, one.Value, one.From])]);

    /// <summary>The values of a document, each by the way to it.</summary>
    private static IEnumerable<string[]> Leaves(string path, JsonNode? node) =>
        node switch
        {
            JsonObject all => all.SelectMany(one =>
                Leaves(path.Length == 0 ? one.Key : $"{path}.{one.Key}", one.Value)
            ),
            JsonArray list => list.SelectMany((one, place) => Leaves($"{path}[{place}]", one)),
            _ =>
            [
                [path, $"{node}"],
            ],
        };

    private static IEnumerable<ReportBlock> Repetition(TrainReport run)
    {
        yield return new ReportBlock.Prose(
            "The same options, typed out; or --config with the config.json beside this file:"
        );
        yield return new ReportBlock.Code(CommandLine(run));
        if (run.Resumed?["allowed_changes"] is JsonArray { Count: > 0 } changes)
            yield return new ReportBlock.Prose(
                $"On the way there were changes, without which it will not come to the same: {string.Join("; ", changes.Select(line => $"{line}"))}."
            );
        yield return new ReportBlock.Facts([
            new("seed", $"{run.Training.Seed}"),
            .. Machine(
                Host.Name(run.Machine.Backend),
                $", {run.Machine.Threads} thread{(run.Machine.Threads == 1 ? "" : "s")}"
            ),
            new("began", $"{run.Started:yyyy-MM-dd HH:mm:ss} UTC"),
        ]);
        foreach (var block in Files(run.Source.Fingerprints))
            yield return block;
    }

    /// <summary>With what it was done: the program, the libraries if any is known, the processor and how it was used, the system.</summary>
    public static IEnumerable<Fact> Machine(string libraries, string use = "") =>
        [
            new("program", $"nn {Host.Version}, .NET {Environment.Version}"),
            .. libraries.Length > 0 ? (Fact[])[new("BLAS", libraries)] : [],
            new("processor", $"{Host.Processor}{use}"),
            new("system", System.Runtime.InteropServices.RuntimeInformation.OSDescription),
        ];

    /// <summary>The files that were read; nothing where there are none.</summary>
    public static IEnumerable<ReportBlock> Files(IEnumerable<KeyValuePair<string, string>> fingerprints)
    {
        Fact[] files = [.. fingerprints.Select(file => new Fact(file.Key, file.Value))];
        return files.Length == 0
            ? []
            :
            [
                new ReportBlock.Prose("The data, by the SHA-256 of what is in each file:"),
                new ReportBlock.Facts(files),
            ];
    }

    private static string CommandLine(TrainReport run)
    {
        var words = Origin.All(run.Order.Spec).Where(one => !one.IsDefault).SelectMany(one => one.Words);
        return ShellLine.Of(["nn", "train", run.Source.Name, OptionName.Out, "AGAIN", .. words]);
    }
}

/// <summary>The curves of a run as charts.</summary>
internal static class RunCurves
{
    /// <summary>The loss, the accuracy where there are classes, and the learning rate where it changes.</summary>
    public static IEnumerable<LineChart> Of(IReadOnlyList<EpochReport> history)
    {
        if (history.Count == 0)
            yield break;
        yield return Loss("Loss", history);
        if (history.Any(epoch => double.IsFinite(epoch.Train.Accuracy)))
            yield return new(
                "Accuracy",
                "epoch",
                "share of the rows whose class is predicted",
                Scale.Share,
                Lines(history, score => score.Accuracy)
            );
        if (history.Any(epoch => double.IsFinite(epoch.Train.RMSE)))
            yield return RootMeanSquare(history);
        // A first epoch may be far below anything worth drawing: from 0 on there is something to tell apart.
        if (history.Any(epoch => epoch.Train.R2 > 0 || epoch.Validation.R2 > 0))
            yield return new(
                "R²",
                "epoch",
                "share of the variance that is explained",
                Scale.Linear,
                Lines(history, score => score.R2 >= 0 ? score.R2 : double.NaN)
            );
        if (history.Select(epoch => epoch.LearningRate).Distinct().Count() > 1)
            yield return new("Learning rate", "epoch", "at the first step of the epoch", Scale.Linear, [Rate(history)]);
    }

    /// <summary>The mean loss of each epoch. Losses that differ much are told apart by their ratios.</summary>
    public static LineChart Loss(string title, IReadOnlyList<EpochReport> history)
    {
        var lines = Lines(history, score => score.Loss);
        return new(title, "epoch", "mean loss of the rows", Scaling.For(lines), lines);
    }

    private static LineChart RootMeanSquare(IReadOnlyList<EpochReport> history)
    {
        var lines = Lines(history, score => score.RMSE);
        return new("Error", "epoch", "RMSE in the units of the target", Scaling.For(lines), lines);
    }

    private static ChartLine[] Lines(IReadOnlyList<EpochReport> history, Func<Score, double> measure)
    {
        var train = Line("training", history, epoch => measure(epoch.Train));
        var validation = Line("validation", history, epoch => measure(epoch.Validation));
        return validation.Dots.Any(dot => double.IsFinite(dot.Y)) ? [train, validation] : [train];
    }

    private static ChartLine Rate(IReadOnlyList<EpochReport> history) =>
        Line("rate", history, epoch => epoch.LearningRate);

    private static ChartLine Line(string name, IReadOnlyList<EpochReport> history, Func<EpochReport, double> value) =>
        new(name, [.. history.Select(epoch => new Dot(epoch.Epoch, value(epoch)))]);
}
