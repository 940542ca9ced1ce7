using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what is saved, and how much work may be lost.</summary>
internal static class SavingSettings
{
    private const string ByEpoch = "epoch";

    public static IReadOnlyList<SpecOption> All { get; } =
    [
        new SpecOption<SavingPace>(
            OptionName.CheckpointEvery,
            "N|Nm|epoch",
            "Save a checkpoint after so many steps, minutes (5m), or at the end of epochs, at most once a second",
            ReadPace,
            WritePace,
            spec => spec.Saving.Pace,
            (spec, pace) => spec with { Saving = spec.Saving with { Pace = pace } }
        ),
        new SpecFlag(
            OptionName.TensorBoard,
            $"Also write the curves for TensorBoard ({RunFiles.Events})",
            spec => spec.Saving.HasCurves,
            (spec, hasCurves) => spec with { Saving = spec.Saving with { HasCurves = hasCurves } }
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
