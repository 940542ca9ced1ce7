using System.CommandLine;
using System.Runtime.InteropServices;
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

/// <summary>nn doctor: what this machine offers, which libraries were found, and why one of them is used.</summary>
internal static class DoctorCommand
{
    private const string InUse = "in use";
    private const string NotNeeded = "not needed";

    public static void Fill(Command command, Screen screen)
    {
        foreach (var option in EngineSettings.Options)
            command.Add(option);
        command.SetAction(result => Run(new EngineSettings(SpecReader.Of(result).Engine), screen));
    }

    private static int Run(EngineSettings engine, Screen screen)
    {
        screen.Say("looking for libraries and measuring them …");
        // What `auto` goes by is renewed.
        var measured = new Dictionary<string, JsonObject?>();
        EngineSettings.Measure(path => Probe.Speed(measured[path] = Probe.Measure(path)));
        var found = engine.Resolve().GetAwaiter().GetResult();
        if (found.Warning is { } warning)
            screen.Warn(warning);
        var findings = found
            .Candidates.Select(candidate => Examine(candidate, measured))
            .Append(Managed(found.Backend, measured))
            .ToArray();
        if (screen.Json)
            screen.PrintDocument(Json.Text(Document(engine, found, findings)));
        else
            foreach (var line in Lines(engine, found, findings))
                screen.Print(line);
        return Exit.Done;
    }

    /// <summary>A library that was passed over for a good one is tried too, unless it was measured.</summary>
    private static Finding Examine(Candidate candidate, Dictionary<string, JsonObject?> measured)
    {
        var isGood = candidate.Verdict is InUse or NotNeeded;
        var isTried = measured.GetValueOrDefault(candidate.Path) is not null;
        var reason = candidate.Verdict == NotNeeded && !isTried ? Probe.Try(candidate.Path) : null;
        return new(
            candidate.Name,
            candidate.Path,
            reason ?? candidate.Verdict,
            isGood && reason is null ? Measured(candidate.Path, measured) : null
        );
    }

    private static JsonObject? Measured(string path, Dictionary<string, JsonObject?> measured) =>
        measured.TryGetValue(path, out var facts) ? facts : Probe.Measure(path);

    private static Finding Managed(Backend used, Dictionary<string, JsonObject?> measured)
    {
        var managed = Backend.Managed;
        var reason = Blas.SelfTest(managed) ?? (used.Name == managed.Name ? InUse : NotNeeded);
        return new(managed.Name, "", reason, Measured(managed.Name, measured));
    }

    private static IEnumerable<string> Lines(EngineSettings engine, Resolution found, Finding[] findings)
    {
        var facts = new string[][]
        {
            ["nn", $"{Host.Version}, .NET {Environment.Version}"],
            ["system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"],
            ["processor", Host.Processor],
            ["registers", Host.Lanes],
            ["cores", $"{Host.Cores} for this process"],
            ["threads", $"{engine.Threads}"],
            ["BLAS", $"{Host.Name(found.Backend)} ({found.Backend.Detail})"],
            ["", found.Reason ?? ""],
        }
            .Where(fact => fact[1].Length > 0)
            .ToArray();
        foreach (var line in TextTable.Columns(facts))
            yield return line;
        yield return "";
        string[] heads = ["library", "version", "correct", "GFLOP/s f32", "f64", "verdict", "path"];
        foreach (var line in TextTable.Columns([heads, .. findings.Select(Cells)]))
            yield return line;
        yield return "";
        yield return "GFLOP/s of one core, on the matrices of a training step of 784-512-512-10 in batches of 128";
    }

    private static string[] Cells(Finding finding)
    {
        var isCorrect = finding.Measured is not null;
        var version = finding.Measured?["version"]?.GetValue<string>() ?? "";
        string Speed(string key) => finding.Measured?[key]?.GetValue<double>().ToString("0") ?? "";
        return
        [
            finding.Name,
            Host.Number(version),
            isCorrect ? "yes" : "-",
            Speed("gflops_float32"),
            Speed("gflops_float64"),
            finding.Verdict,
            finding.Path,
        ];
    }

    private static JsonObject Document(EngineSettings engine, Resolution found, Finding[] findings) =>
        new()
        {
            ["schema"] = Json.Schema,
            ["program"] = $"nn {Host.Version}",
            ["machine"] = Host.Describe(engine.Threads),
            ["blas"] = Host.Describe(found.Backend),
            ["candidates"] = Json.Array(
                findings,
                finding => new JsonObject
                {
                    ["name"] = finding.Name,
                    ["path"] = finding.Path,
                    ["verdict"] = finding.Verdict,
                    ["correct"] = finding.Measured is not null,
                    ["version"] = finding.Measured?["version"]?.DeepClone(),
                    ["detail"] = finding.Measured?["detail"]?.DeepClone(),
                    ["gflops_float32"] = finding.Measured?["gflops_float32"]?.DeepClone(),
                    ["gflops_float64"] = finding.Measured?["gflops_float64"]?.DeepClone(),
                }
            ),
        };

    /// <summary>A library, what is thought of it, and what was measured if it could be.</summary>
    private sealed record Finding(string Name, string Path, string Verdict, JsonObject? Measured);
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
