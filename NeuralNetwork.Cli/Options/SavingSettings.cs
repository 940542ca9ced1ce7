using System.CommandLine;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>When a run saves where it stands. Steps and minutes are both 0 where epochs decide.</summary>
internal readonly record struct SavingPace(int Steps, int Minutes)
{
    public bool IsByEpoch => this == default;
}

/// <summary>The options that say what is saved, and how much work may be lost.</summary>
internal static class SavingSettings
{
    private static readonly Setting<SavingPace> Every = new(
        "--checkpoint-every",
        "N|Nm|epoch",
        "Save a checkpoint after so many steps, minutes (5m), or at the end of epochs, at most once a second",
        ReadPace,
        "epoch"
    );

    private static readonly Option<bool> Curves = new("--tensorboard")
    {
        Description = $"Also write the curves for TensorBoard ({EventFile.Name})",
    };

    public static IEnumerable<Option> Options => [Every.Option, Curves];

    public static bool HasCurves(ParseResult result) => result.GetValue(Curves);

    public static SavingPace PaceOf(ParseResult result) => Every.Of(result);

    private static FSharpResult<SavingPace, string> ReadPace(string text)
    {
        var isTime = text.EndsWith('m');
        var outcome = Read.Whole(isTime ? 525600 : int.MaxValue)(isTime ? text[..^1] : text);
        return text == "epoch" ? FSharpResult<SavingPace, string>.NewOk(default)
            : outcome.IsError
                ? FSharpResult<SavingPace, string>.NewError(
                    $"{outcome.ErrorValue}, or such a number of minutes, or epoch"
                )
            : FSharpResult<SavingPace, string>.NewOk(
                isTime ? new(0, outcome.ResultValue) : new(outcome.ResultValue, 0)
            );
    }
}
