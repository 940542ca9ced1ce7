using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Checks;
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

/// <summary>nn model …: files of models.</summary>
internal static class ModelCommand
{
    public static void Fill(Command command, Screen screen)
    {
        var verify = new Command("verify", "Check a model or checkpoint, or all of a run folder, bit by bit.");
        ModelVerify.Fill(verify, screen);
        command.Add(verify);
        var show = new Command("show", "Show what is in a model or checkpoint: network, tensors, how far a run is.");
        ModelShow.Fill(show, screen);
        command.Add(show);
        var export = new Command("export", "Write a model as ONNX, NPZ, safetensors or C#, and compare predictions.");
        ModelExportCommand.Fill(export, screen);
        command.Add(export);
        var import = new Command("import", "Make a model of weights in safetensors or NPZ, as PyTorch names them.");
        ModelImportCommand.Fill(import, screen);
        command.Add(import);
    }
}

/// <summary>nn model show MODEL: what its file says and holds.</summary>
internal static class ModelShow
{
    private static readonly Argument<string> Place = new("MODEL")
    {
        Description = "A run folder, a model, a checkpoint, or a safetensors file of another program",
    };

    // A line of a terminal.
    private const int Longest = 80;

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        command.SetAction(result => Run(result.GetRequiredValue(Place), screen));
    }

    private static int Run(string place, Screen screen)
    {
        var file = ModelBytes.Read(Directory.Exists(place) ? Path.Combine(place, RunFiles.Model) : place);
        file.CheckMeaning();
        if (screen.Json)
            screen.PrintDocument(Json.Text(Document(file)));
        else
            foreach (var line in Lines(file))
                screen.Print(line);
        return Exit.Done;
    }

    private static IEnumerable<string> Lines(ModelBytes file)
    {
        var facts = file.Content.Metadata.Select(entry => new[] { entry.Item1, Told(entry.Item1, entry.Item2) });
        foreach (var line in TextTable.Columns([.. facts, ["checksums", file.HasChecksums ? "ok" : "none"]]))
            yield return line;
        yield return "";
        var tensors = file.Content.Tensors.Select(tensor => new[] { tensor.Name, tensor.Type, Shape(tensor) });
        foreach (var line in TextTable.Table(["tensor", "type", "shape"], tensors))
            yield return line;
    }

    /// <summary>A value in a line: a description in words, and of other long texts the beginning.</summary>
    private static string Told(string name, string text) =>
        name == "description" && Summary(text) is { } summary ? $"{summary} ({Whole(text)})"
        : text.Length > Longest ? $"{text[..Longest]}… ({Whole(text)})"
        : text;

    private static string Whole(string text) => $"{text.Length:N0} characters, all of them with --json";

    /// <summary>The network, what it takes and what it gives; null where a text describes no model.</summary>
    private static string? Summary(string text)
    {
        if (Value(text) is not JsonObject model || model["network"] is not JsonObject described)
            return null;
        var network = Description.tryNetwork(described.ToJsonString());
        if (network.IsError)
            return null;
        string[] facts =
        [
            Check.Describe(network.ResultValue, Training.Default),
            Counted(model["preprocessing"]?["columns"], "column"),
            Counted(model["labels"], "class"),
            Intervals(model["prediction_intervals"]),
            model["threshold"] is { } above ? $"threshold {(double)above:0.####}" : "",
        ];
        return string.Join(", ", facts.Where(fact => fact.Length > 0));
    }

    private static string Intervals(JsonNode? described)
    {
        if (described?["coverage"] is not { } coverage || described["margins"] is not JsonArray margins)
            return "";
        var intervals = new PredictionIntervals((double)coverage, [.. margins.Select(margin => (double)margin!)]);
        return $"{intervals.Name}: {intervals.Line("")}";
    }

    private static string Counted(JsonNode? list, string word) =>
        list is not JsonArray { Count: > 0 and var count } ? ""
        : count == 1 ? $"1 {word}"
        : $"{count:N0} {word}{(word.EndsWith('s') ? "es" : "s")}";

    private static JsonObject Document(ModelBytes file) =>
        new()
        {
            ["schema"] = Json.Schema,
            ["path"] = file.Path,
            ["checksums"] = file.HasChecksums,
            ["metadata"] = new JsonObject(
                file.Content.Metadata.Select(entry => KeyValuePair.Create(entry.Item1, Value(entry.Item2)))
            ),
            ["tensors"] = Json.Array(
                file.Content.Tensors,
                tensor => new JsonObject
                {
                    ["name"] = tensor.Name,
                    ["type"] = tensor.Type,
                    ["shape"] = Json.Array(tensor.Shape, length => length),
                }
            ),
        };

    /// <summary>A value that is a document of its own is shown as one.</summary>
    private static JsonNode? Value(string text)
    {
        try
        {
            return text.StartsWith('{') ? JsonNode.Parse(text) : text;
        }
        catch (System.Text.Json.JsonException)
        {
            return text;
        }
    }

    private static string Shape(Tensor tensor) => tensor.Shape.IsEmpty ? "scalar" : string.Join(" x ", tensor.Shape);
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
