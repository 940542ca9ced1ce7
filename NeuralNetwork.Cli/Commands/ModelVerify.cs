using System.CommandLine;
using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

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
            Screen.PrintDocument(
                Json.Text(new JsonObject { ["schema"] = Json.Schema, ["files"] = Json.Array(files, Document) })
            );
        else
            foreach (var line in Screen.Columns([.. files.Select(Line)]))
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
