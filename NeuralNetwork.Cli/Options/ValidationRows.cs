using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>
/// What to validate with: a share of the training rows, data of their own, for each member of an ensemble a part of the rows that
/// it leaves out, or nothing (share 0, no path, no folds).
/// </summary>
internal sealed record ValidationRows(double Share, string? Path)
{
    public const string None = "none";

    /// <summary>The word for a part of the rows for each member.</summary>
    public const string FoldsWord = "folds";

    /// <summary>Whether nobody asked for it.</summary>
    public bool IsUsual { get; init; }

    /// <summary>Whether each member of an ensemble leaves out a part of the rows and is measured on it.</summary>
    public bool IsFolds { get; init; }

    /// <summary>Nothing to validate with.</summary>
    public static ValidationRows Nothing { get; } = new(0, null);

    /// <summary>A share between 0 and 1, folds, a path, or none.</summary>
    public static FSharpResult<ValidationRows, string> Read(string text) =>
        text == None ? FSharpResult<ValidationRows, string>.NewOk(Nothing)
        : text == FoldsWord ? FSharpResult<ValidationRows, string>.NewOk(Nothing with { IsFolds = true })
        : Text.tryNumber(text) is null && text.Length > 0 ? FSharpResult<ValidationRows, string>.NewOk(new(0, text))
        : Shares(text);

    /// <summary>The same such that it means the same in another folder.</summary>
    public static string Whole(string text) =>
        text is None or FoldsWord || Text.tryNumber(text) is not null ? text : Arguments.Whole(text);

    private static Reader<ValidationRows> Shares { get; } =
        Cli
            .Read.Number(x => x is > 0 and < 1, "a number between 0 and 1, folds, data, or none")
            .To(share => new ValidationRows(share, null));
}
