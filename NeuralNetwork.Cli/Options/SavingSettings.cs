using System.CommandLine;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what is saved, and how much work may be lost.</summary>
internal static class SavingSettings
{
    private const string ByEpoch = "epoch";

    public static IReadOnlyList<SpecOption> All { get; } =
    [
        SpecParts.Saving.Of(
            OptionName.CheckpointEvery,
            "N|Nm|epoch",
            "Save a checkpoint after so many steps, minutes (5m), or at the end of epochs, at most once a second",
            ReadPace,
            WritePace,
            saving => saving.Pace,
            (saving, pace) => saving with { Pace = pace }
        ),
        SpecParts.Saving.Flag(
            OptionName.TensorBoard,
            $"Also write the curves for TensorBoard ({RunFiles.Events})",
            saving => saving.HasCurves,
            (saving, hasCurves) => saving with { HasCurves = hasCurves }
        ),
    ];

    private static string WritePace(SavingPace pace) =>
        pace.IsByEpoch ? ByEpoch
        : pace.Minutes > 0 ? $"{pace.Minutes}m"
        : Write.Whole(pace.Steps);

    private static FSharpResult<SavingPace, string> ReadPace(string text)
    {
        var isTime = text.EndsWith('m');
        var outcome = Read.Whole(isTime ? 525600 : int.MaxValue)(isTime ? text[..^1] : text);
        return text == ByEpoch ? FSharpResult<SavingPace, string>.NewOk(default)
            : outcome.IsError
                ? FSharpResult<SavingPace, string>.NewError(
                    $"{outcome.ErrorValue}, or such a number of minutes, or {ByEpoch}"
                )
            : FSharpResult<SavingPace, string>.NewOk(
                isTime ? new(0, outcome.ResultValue) : new(outcome.ResultValue, 0)
            );
    }
}

/// <summary>--plot FILE.svg: the picture that says most, at a place of its own.</summary>
internal static class PlotSettings
{
    private static readonly Setting<string> File = new(
        "--plot",
        "FILE.svg",
        "Also draw the main picture, as SVG",
        Read.Any
    );

    public static Option Option => File.Option;

    /// <summary>The file to draw to, checked before anything begins; null where none is asked for.</summary>
    public static string? Of(ParseResult result) => Of(result, result.GetValue(Arguments.Force));

    /// <summary>The same, where something else than --force may say that what is there is replaced.</summary>
    public static string? Of(ParseResult result, bool replaces)
    {
        if (!File.IsGiven(result))
            return null;
        var path = File.Of(result);
        OutputFile.Check(File.Name, path, replaces);
        return path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)
            ? path
            : throw Failure.Usage(File.Name, $"{path}: not the name of an SVG file (must end with .svg)");
    }

    /// <summary>Draws a chart where that is wanted.</summary>
    public static void Draw(string? path, Func<Chart> chart)
    {
        if (path is not null)
            OutputFile.Write(path, Durable.Written(Picture.Of(chart())));
    }
}
