namespace NeuralNetwork.Cli.Spec;

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

    /// <summary>A part of the rows for each member.</summary>
    public static ValidationRows Folds { get; } = Nothing with { IsFolds = true };

    /// <summary>As in options and files.</summary>
    public override string ToString() =>
        IsFolds ? FoldsWord
        : Path is not null ? Path
        : Share > 0 ? Text.number(Share)
        : None;
}

/// <summary>What to validate with, the seed that says which rows, and how many of the others to train on; null for all.</summary>
internal sealed record RowChoice(ValidationRows Validation, ulong Seed, int? Rows = null)
{
    /// <summary>How many networks learn from these rows.</summary>
    public int Members { get; init; } = 1;
}
