using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>What to validate with: a share of the training rows, data of their own, or nothing (share 0, no path).</summary>
internal sealed record ValidationRows(double Share, string? Path)
{
    private const string None = "none";

    /// <summary>Whether nobody asked for it.</summary>
    public bool IsUsual { get; init; }

    /// <summary>Nothing to validate with.</summary>
    public static ValidationRows Nothing { get; } = new(0, null);

    /// <summary>A share between 0 and 1, a path, or none.</summary>
    public static FSharpResult<ValidationRows, string> Read(string text) =>
        text == None ? FSharpResult<ValidationRows, string>.NewOk(Nothing)
        : Text.tryNumber(text) is null && text.Length > 0 ? FSharpResult<ValidationRows, string>.NewOk(new(0, text))
        : Shares(text);

    /// <summary>The same such that it means the same in another folder.</summary>
    public static string Whole(string text) =>
        text == None || Text.tryNumber(text) is not null ? text : Arguments.Whole(text);

    private static Reader<ValidationRows> Shares { get; } =
        Cli
            .Read.Number(x => x is > 0 and < 1, "a number between 0 and 1, data, or none")
            .To(share => new ValidationRows(share, null));
}
