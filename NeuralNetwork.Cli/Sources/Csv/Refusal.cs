using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Why cells of a column cannot be taken.</summary>
internal enum Refused
{
    /// <summary>They are missing.</summary>
    Missing,

    /// <summary>They are texts in a column of numbers.</summary>
    NoNumber,

    /// <summary>They are numbers without an end.</summary>
    NotFinite,

    /// <summary>They are more different texts than there may be.</summary>
    TooMany,

    /// <summary>All of them are missing.</summary>
    Empty,
}

/// <summary>A reason why a column cannot be taken: what is said of its first cell, and how many cells have it.</summary>
internal sealed class Refusal(Cells column, bool isTarget, Refused why, string where, string found)
{
    // As many different texts are kept; a column may not have more categories.
    private readonly HashSet<string> texts = new(StringComparer.Ordinal);

    public string Column => column.Name;

    public Refused Why { get; } = why;

    public int Cells { get; private set; }

    /// <summary>What is wrong with the first of the cells, and where it is.</summary>
    public string Found { get; } = $"{where}column {CsvCursor.Quote(column.Name)}: {found}";

    public void Add(string text)
    {
        Cells++;
        if (texts.Count <= CsvTable.MostCategories)
            texts.Add(text);
    }

    /// <summary>The option that would help, and the column it is to name if it names any.</summary>
    public (string Option, string? Value) Remedy(NumberNotation notation) =>
        (Why, isTarget) switch
        {
            (Refused.Missing, true) => (OptionName.Missing, "drop"),
            (Refused.Missing, false) => (OptionName.Missing, "median"),
            (Refused.TooMany, true) => ("--task", "regression"),
            (Refused.NoNumber, true) when !AreCommas(notation) => ("--task", "classification"),
            (Refused.NoNumber, _) when AreCommas(notation) => ("--decimal", "comma"),
            (Refused.NoNumber, _) when AreCategories => (OptionName.Categorical, null),
            _ => (OptionName.Ignore, null),
        };

    private bool AreCommas(NumberNotation notation) =>
        notation.IsPlain && texts.Count > 0 && texts.All(CellText.HasDecimalComma);

    // The numbers of the column are categories then, too.
    private bool AreCategories =>
        column is NumberCells numbers
        && texts.Count + numbers.Values.CountDifferent(CsvTable.MostCategories) is var all
        && all <= CsvTable.MostCategories
        && !Identity.IsOfTexts(all, Cells + numbers.Values.Count);
}
