using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What stands in a table of predictions beside the predictions themselves, and how texts are written there.</summary>
internal sealed record PredictionLayout(bool Probabilities, KeptColumns? Kept)
{
    /// <summary>Whether what a spreadsheet would run as a formula begins with an apostrophe.</summary>
    public bool IsSpreadsheetSafe { get; init; }

    /// <summary>Whether somebody looks at it, and no program reads it.</summary>
    public bool IsForTerminal { get; init; }

    /// <summary>A text in a cell of CSV: as it is, in quotes where it would not be one cell otherwise.</summary>
    public string Cell(string text)
    {
        var safe = IsSpreadsheetSafe && IsFormula(text) ? $"'{text}" : text;
        var shown = IsForTerminal ? Text.visible(safe) : safe;
        return shown.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? shown
            : $"\"{shown.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    // Whatever blanks stand in front; numbers are left alone.
    private static bool IsFormula(string text) =>
        (text.AsSpan().TrimStart() is ['=' or '+' or '-' or '@', ..] || text is ['\t' or '\r' or '\n', ..])
        && Text.tryNumber(text) is null;
}
