using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>A file of rows under named columns: it is looked at once, and can then be gone through.</summary>
internal abstract class RowSource(string path)
{
    public string Path { get; } = path;

    /// <summary>
    /// Looks at the first rows, which have one of the known names above them if they have any. A failure where there are
    /// none.
    /// </summary>
    public abstract TableLook Look(string[]? known);

    /// <summary>Goes through the rows from the first one on.</summary>
    public abstract RowCursor Open();

    /// <summary>What the file looks like if it is read in another way than was asked for; null where nothing is to be said.</summary>
    public virtual string? Otherwise => null;
}

/// <summary>What the columns of a table are called, and which of them have numbers.</summary>
internal record TableLook(string[] Names, bool[] IsNumber)
{
    /// <summary>What may be taken for the wrong thing; null where nothing is in doubt.</summary>
    public string? Doubt { get; init; }

    /// <summary>What was decided about the file that nobody said.</summary>
    public IReadOnlyList<string> Decisions { get; init; } = [];

    /// <summary>Whether the names stand in the file.</summary>
    public bool HasNames { get; init; } = true;

    /// <summary>How names are compared.</summary>
    public IEqualityComparer<string> Comparer { get; init; } = StringComparer.Ordinal;

    // Made once: a table may have a million columns, each of which is looked for.
    private Dictionary<string, int> Places =>
        field ??= Names.Index().ToDictionary(one => one.Item, one => one.Index, Comparer);

    /// <summary>The place of a column; -1 where no column has the name.</summary>
    public int PlaceOf(string name) => Places.GetValueOrDefault(name, -1);

    /// <summary>The place of a column. A failure where no column has the name.</summary>
    public int Find(string path, string option, string name)
    {
        var place = PlaceOf(name);
        if (place >= 0)
            return place;
        var hint =
            LookAlike.Find(Names, name) is { } alike ? $" ({LookAlike.Difference(name, alike)})"
            : Text.nearest(Names, name) is { } near ? $" (did you mean {near.Value}?)"
            : "";
        throw Failure.BadInput(
            $"{path}: {option}: no column {CsvCursor.Quote(name)}{hint}; has: {TextCells.Some(Names)}"
        );
    }
}
