using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Exports;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Engine;
using NeuralNetwork.Export;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn model export MODEL --out FILE: a model for other programs, compared with its own predictions.</summary>
internal static class ModelExportCommand
{
    // Of each prediction, or of the unit it is a sum in, where it is below that.
    private const double Limit = 1e-5;

    private static readonly Argument<string> Place = new("MODEL") { Description = "A run folder or a model file" };

    private static readonly Setting<string> DataOf = new(
        "--data",
        "DATA",
        $"Rows to compare predictions on (default: {ComparisonRows.Count} random ones such as the model takes)",
        Read.Any
    );

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        foreach (var option in (Option[])[.. ExportSettings.Options, DataOf.Option, .. FormatSettings.Options])
            command.Add(option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(result, screen));
    }

    private static int Run(ParseResult result, Screen screen)
    {
        var (format, export) = ExportSettings.Of(result);
        if (export is OnnxColumnsExport && DataOf.IsGiven(result))
            throw Failure.Usage(
                DataOf.Name,
                "rows of a file are compared as features (leave it away: rows with gaps are drawn; or --inputs features)"
            );
        var path = ExportSettings.Out.Of(result);
        OutputFile.Check(ExportSettings.Out.Name, path, result.GetValue(Arguments.Force));
        var place = result.GetRequiredValue(Place);
        if (Path.GetFullPath(path) == Path.GetFullPath(ModelSource.Path(place)))
            throw Failure.Usage(ExportSettings.Out.Name, $"{path} is the model itself");
        var outcome = ModelSource.Read(place) switch
        {
            AnyModel.Single single => Write(export, path, single.Item, result),
            AnyModel.Double twice => Write(export, path, twice.Item, result),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
        Report(format, path, outcome, screen);
        return Exit.Done;
    }

    private sealed record Outcome(
        long Bytes,
        int Rows,
        string Source,
        double Difference,
        double? Rounding,
        string Use,
        string Name,
        PredictionIntervals? LeftOut
    );

    private static Outcome Write<T>(ExportFormat export, string path, Model<T> model, ParseResult result)
        where T : struct
    {
        var schema = Schema.Of(model);
        var (features, source) = Rows(model, schema, result);
        var rows = ComparisonRows.Checked(
            ComparisonRows.Of<T>(features),
            DataOf.IsGiven(result) ? source : "export",
            schema.Called,
            schema.Cols
        );
        var file = export.Write(model);
        var (written, own) = export.Asked(file, model, rows);
        var difference = Difference(written, own, Units(model));
        var rounding = export.TakesModelPrecision
            ? InputRounding.Difference(model, features, rows, schema, isDrawn: !DataOf.IsGiven(result))
            : null;
        OutputFile.Write(path, file);
        // What is compared is what is in the file, and not only what was meant to be.
        if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(file))
            throw Failure.InputOutput($"{path}: reads back other bytes than were written");
        return new(
            file.Length,
            own.Length / model.Network.Outputs,
            source,
            difference,
            rounding,
            export.Use(model),
            export.Name(file),
            export is NpzExport or SafetensorsExport ? null : PredictionIntervals.Of(model)
        );
    }

    private static (NumberArray Features, string Source) Rows<T>(Model<T> model, Schema schema, ParseResult result)
    {
        if (!DataOf.IsGiven(result))
            return (ComparisonRows.Of(model), $"random, seed {ComparisonRows.Seed}");
        var data = DataOf.Of(result);
        var sample = DataSource
            .Find(data, SpecReader.Of(result).Data.Format.Csv)
            .Use(Part.Test, schema, needsTargets: false);
        return (sample.Features, data);
    }

    // A standardized value is its mean and what the network says in deviations, and has the rounding errors of both, be it near 0.
    private static double[] Units<T>(Model<T> model)
    {
        var (shift, scale) = (model.Preprocessing.TargetShift, model.Preprocessing.TargetScale);
        return shift.Length == 0
            ? [1]
            : [.. shift.Zip(scale, (mean, deviation) => Math.Max(1, Math.Max(Math.Abs(mean), Math.Abs(deviation))))];
    }

    /// <summary>The largest difference. A failure where it is beyond the limit: then nothing is written.</summary>
    /// <param name="units">The least that a difference is taken relative to, for each output.</param>
    private static double Difference(double[] written, double[] own, double[] units)
    {
        var largest = 0.0;
        for (var place = 0; place < own.Length; place++)
        {
            // Where both overflow, they agree.
            var difference = written[place].Equals(own[place]) ? 0 : Math.Abs(written[place] - own[place]);
            if (!(difference <= Limit * Math.Max(units[place % units.Length], Math.Abs(own[place]))))
                throw Failure.Numeric(
                    $"export: prediction {place} would be {Text.number(written[place])} instead of {Text.number(own[place])} "
                        + $"(limit {Text.number(Limit)})"
                );
            largest = Math.Max(largest, difference);
        }
        return largest;
    }

    // What is within the limit of the other difference is not worth a word.
    private static string Rounded(Outcome outcome) =>
        outcome.Rounding > Limit
            ? $"; features in float32, as it takes them, change predictions by up to {outcome.Rounding:G2}"
            : "";

    // What other programs run gives predictions alone.
    private static string Left(Outcome outcome) =>
        outcome.LeftOut is { } intervals ? $"; its {intervals.Name}s are not in it ({intervals.Line("")})" : "";

    private static void Report(string format, string path, Outcome outcome, Screen screen)
    {
        if (screen.Json)
            screen.PrintDocument(
                Json.Text(
                    new JsonObject
                    {
                        ["schema"] = Json.Schema,
                        ["path"] = path,
                        ["format"] = format,
                        ["bytes"] = outcome.Bytes,
                        ["rows"] = outcome.Rows,
                        ["rows_from"] = outcome.Source,
                        ["largest_difference"] = Json.Number(outcome.Difference),
                        ["limit"] = Limit,
                        ["input_rounding"] = outcome.Rounding is { } rounding ? Json.Number(rounding) : null,
                        ["left_out"] = outcome.LeftOut?.Document(),
                        ["sequential"] = outcome.Use.Length > 0 ? outcome.Use : null,
                    }
                )
            );
        else if (outcome.Use.Length > 0)
            screen.PrintDocument(outcome.Use);
        screen.Say(
            $"{path}: {(outcome.Name.Length > 0 ? $"{outcome.Name}, " : "")}{outcome.Bytes} bytes; predictions of {outcome.Rows} rows ({outcome.Source}) read back, "
                + $"largest difference {outcome.Difference:G2}{Rounded(outcome)}{Left(outcome)}"
        );
    }
}

/// <summary>
/// What it costs a prediction that a program gives a model its features in float32, while this one reads them in float64. A
/// column that has more digits than float32 (1000000001, 1000000002, …) is another one there.
/// </summary>
internal static class InputRounding
{
    // Of each prediction, or absolute where it is below 1: three digits of it.
    private const double Limit = 1e-3;

    /// <summary>
    /// The largest difference of predictions for rows and for the same rows as a program gives them; null where they are given
    /// as they are. A failure where it is beyond the limit.
    /// </summary>
    /// <param name="isDrawn">Whether nobody has such rows: they were drawn at random.</param>
    public static double? Difference<T>(Model<T> model, NumberArray features, T[] given, Schema schema, bool isDrawn)
        where T : struct
    {
        if (typeof(T) != typeof(float) || features is not NumberArray.Doubles numbers)
            return null;
        var (exact, rounded) = (ExportFormat.Own(model, features), ExportFormat.Own(model, given));
        var worst = 0.0;
        for (var place = 0; place < exact.Length; place++)
        {
            var difference = exact[place].Equals(rounded[place]) ? 0 : Math.Abs(exact[place] - rounded[place]);
            if (!(difference <= Limit * Math.Max(1, Math.Abs(exact[place]))))
                throw Failure.Numeric(
                    $"export: {Worst(numbers.Item, given, model.Preprocessing, schema)}: more digits than float32 has, which"
                        + $" the exported model takes: prediction {place} would be {Text.number(rounded[place])} instead of"
                        + $" {Text.number(exact[place])} (nn train --precision float64 makes one that takes float64"
                        + $"{(isDrawn ? "; --data compares rows of yours" : "")})"
                );
            worst = Math.Max(worst, difference);
        }
        return worst;
    }

    /// <summary>What the feature is called that loses most, in the units that the network takes it in.</summary>
    private static string Worst<T>(double[] features, T[] given, Preprocessing preprocessing, Schema schema)
    {
        var losses = new double[schema.Cols];
        for (var place = 0; place < features.Length; place++)
        {
            var column = place % schema.Cols;
            var scale = preprocessing.Divisor * (preprocessing.Scale.Length > 0 ? preprocessing.Scale[column] : 1);
            var loss = Math.Abs(features[place] - (float)(object)given[place]!) / scale;
            losses[column] = Math.Max(losses[column], loss);
        }
        return schema.Called(Array.IndexOf(losses, losses.Max()));
    }
}
