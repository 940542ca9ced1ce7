using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Goes through rows of cells, wherever they come from: what a cell has is a text of UTF-8, never a string each, and what is
/// wrong with it is said with its place. A cell that the file leaves open is an empty one.
/// </summary>
internal abstract class RowCursor : IDisposable
{
    /// <summary>The file, as the user called it.</summary>
    public abstract string Path { get; }

    /// <summary>The cells of the row.</summary>
    public abstract int Count { get; }

    /// <summary>Where in the file the row is, in words: line 7.</summary>
    public abstract string Where { get; }

    /// <summary>The words that say that a cell is missing.</summary>
    public MissingWords Missing { get; init; } = MissingWords.Usual;

    /// <summary>How numbers are written.</summary>
    public NumberNotation Numbers { get; init; } = NumberNotation.Plain;

    /// <summary>What may help where a cell of this row is no number; nothing in most rows.</summary>
    public virtual string Hint(int column) => "";

    /// <summary>Whether the cell is of a kind that is not read: it is refused when somebody asks for it.</summary>
    public virtual bool IsRefused(int column) => false;

    /// <summary>The next row with anything in it.</summary>
    public abstract bool Next();

    /// <summary>A cell of the row.</summary>
    public abstract ReadOnlySpan<byte> this[int column] { get; }

    /// <summary>The whole row, such that equal rows have equal bytes.</summary>
    public abstract ReadOnlySpan<byte> Raw { get; }

    /// <summary>A cell as text; the same text is the same object.</summary>
    public abstract string Text(int column);

    /// <summary>The cell as a number; false where it is none. The greatest finite number is the limit of nothing here.</summary>
    public abstract bool TryNumber(int column, out double number);

    /// <summary>Whether a cell says that its value is not known.</summary>
    public bool IsMissing(int column) => Missing.Has(this[column]);

    /// <summary>Reads to the end of the file: what it was.</summary>
    public abstract ReadFile End();

    public abstract void Dispose();

    /// <summary>What is wrong with a cell of the row.</summary>
    public Failure Wrong(string column, string found) =>
        Failure.BadInput($"{Path}: {Where}, column {CsvCursor.Quote(column)}: {found}");

    /// <summary>Refuses a row that is longer or shorter than the others.</summary>
    public void CheckCount(int expected)
    {
        if (Count != expected)
            throw Miscounted(Where, Count, expected);
    }

    /// <summary>What may help where a row has more or fewer fields than others. It may go to the end of the file for it.</summary>
    protected virtual string Remedy(int expected) => "";

    private Failure Miscounted(string where, int found, int expected) =>
        Failure.BadInput(
            $"{Path}: {where}: {found} field{(found == 1 ? "" : "s")} (expected {expected}{Remedy(expected)})"
        );
}
