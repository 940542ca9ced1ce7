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
        var difference = Difference(export.Predict(file, model, rows), ExportFormat.Own(model, rows), Units(model));
        var rounding = export.TakesModelPrecision
            ? InputRounding.Difference(model, features, rows, schema, isDrawn: !DataOf.IsGiven(result))
            : null;
        OutputFile.Write(path, file);
        // What is compared is what is in the file, and not only what was meant to be.
        if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(file))
            throw Failure.InputOutput($"{path}: reads back other bytes than were written");
        return new(
            file.Length,
            rows.Length / model.Network.Inputs,
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

/// <summary>nn model import FILE --out MODEL: a model file from weights of another program, or from an export of this one.</summary>
internal static class ModelImportCommand
{
    private static readonly Argument<string> Place = new("FILE")
    {
        Description = "Weights in safetensors or NPZ: a PyTorch state_dict, or an export of nn",
    };

    private static readonly Setting<string> Out = new(OptionName.Out, "MODEL", "The model file to write", Read.Any);

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        command.Add(Out.Option);
        foreach (var option in ImportSettings.Options)
            command.Add(option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(result, screen));
    }

    private static int Run(ParseResult result, Screen screen)
    {
        if (!Out.IsGiven(result))
            throw Failure.Usage(Out.Name, "missing (see nn model import --help)");
        var (source, path) = (result.GetRequiredValue(Place), Out.Of(result));
        OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        if (Path.GetFullPath(path) == Path.GetFullPath(source))
            throw Failure.Usage(Out.Name, $"{path} is the file that is read");
        var reading = ImportSettings.Of(result);
        var content = Sound(source, ModelImport.content(ModelBytes.Load(source)));
        var isDescribed = ModelImport.isDescribed(content);
        if (isDescribed && ImportSettings.Given(result) is { } stray)
            throw Failure.Usage(stray, $"{source} describes itself (nothing is left to say)");
        var model = isDescribed
            ? Sound(source, ModelImport.described(content))
            : Sound(source, ModelImport.stateDict(reading, content.Tensors), ImportSettings.Remedy(reading));
        var order = isDescribed ? [] : Order(source, reading, content);
        Write(model, path);
        Report(path, model, order, screen);
        return Exit.Done;
    }

    private static T Sound<T>(string source, FSharpResult<T, Defect> outcome, Func<Defect, string>? remedy = null) =>
        outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.BadInput($"{source}: {outcome.ErrorValue}{remedy?.Invoke(outcome.ErrorValue)}");

    private static string[] Order(string source, StateDictReading reading, Safetensors content) =>
        [.. reading.Order.IsEmpty ? Sound(source, ModelImport.order(content.Tensors)) : reading.Order];

    private static void Write(AnyModel model, string path) =>
        OutputFile.Write(
            path,
            stream =>
            {
                if (model is AnyModel.Single single)
                    ModelFile.writeTo(stream, single.Item);
                else if (model is AnyModel.Double twice)
                    ModelFile.writeTo(stream, twice.Item);
            }
        );

    private static Network NetworkOf(AnyModel model) =>
        model switch
        {
            AnyModel.Single single => single.Item.Network,
            AnyModel.Double twice => twice.Item.Network,
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };

    private static void Report(string path, AnyModel model, string[] order, Screen screen)
    {
        var network = NetworkOf(model);
        var precision = model.IsDouble ? "float64" : "float32";
        var parameters = Layout.Of(network).ParameterCount;
        if (screen.Json)
            screen.PrintDocument(
                Json.Text(
                    new JsonObject
                    {
                        ["schema"] = Json.Schema,
                        ["path"] = path,
                        ["precision"] = precision,
                        ["parameters"] = parameters,
                        ["layers_from"] = Json.Array(order, name => name),
                        ["network"] = JsonNode.Parse(Description.network(network)),
                    }
                )
            );
        if (order.Length > 0)
            screen.Say($"layers in order: {string.Join(", ", order)}");
        screen.Say($"{path}: {Names(network)}, {Loss.name(network.Loss)}, {parameters} parameters, {precision}");
    }

    /// <summary>784 - dense 128 - relu - dense 10.</summary>
    private static string Names(Network network) =>
        string.Join(
            " - ",
            network
                .Layers.Select(layer => layer is Layer.Dense dense ? $"dense {dense.Units}" : Layer.name(layer))
                .Prepend($"{network.Inputs}")
        );
}
