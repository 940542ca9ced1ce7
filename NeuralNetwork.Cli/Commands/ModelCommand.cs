using System.CommandLine;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Checks;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

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

/// <summary>nn model verify FILE|RUN: every checksum, every tensor, every field, and a line for each file.</summary>
internal static class ModelVerify
{
    private static readonly Argument<string> Place = new("FILE|RUN")
    {
        Description = "A model or checkpoint, or the folder of a run",
    };

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        command.SetAction(result => Run(result.GetRequiredValue(Place), screen));
    }

    private static int Run(string place, Screen screen)
    {
        var files = Files(place).Select(ModelBytes.Read).ToArray();
        foreach (var file in files)
            file.CheckMeaning();
        if (Directory.Exists(place))
            new RunCheck(place, screen).Check(files);
        if (screen.Json)
            screen.PrintDocument(
                Json.Text(new JsonObject { ["schema"] = Json.Schema, ["files"] = Json.Array(files, Document) })
            );
        else
            foreach (var line in TextTable.Columns([.. files.Select(Line)]))
                screen.Print(line);
        return Exit.Done;
    }

    private static string[] Files(string place)
    {
        if (!Directory.Exists(place))
            return [place];
        var found = new[] { RunFiles.Model, RunFiles.Checkpoint }
            .Select(name => Path.Combine(place, name))
            .Where(File.Exists)
            .ToArray();
        return found.Length > 0
            ? found
            : throw Failure.BadInput($"{place}: neither {RunFiles.Model} nor {RunFiles.Checkpoint} in it");
    }

    private static string[] Line(ModelBytes file) =>
        [
            file.Path,
            "ok",
            $"{file.Content.Tensors.Length} tensors, "
                + (file.HasChecksums ? "every checksum matches" : "no checksums: values cannot be verified"),
        ];

    private static JsonObject Document(ModelBytes file) =>
        new()
        {
            ["path"] = file.Path,
            ["tensors"] = file.Content.Tensors.Length,
            ["bytes"] = file.Bytes.Length,
            ["checksums"] = file.HasChecksums,
        };
}
