using System.Text;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Goes through a file that keeps the cells of a column together, some rows at a time. Of these rows a column is read when it
/// is first asked for, so one that is left out costs nothing. Rows are counted from 0, as everywhere.
/// </summary>
internal abstract class BatchCursor(string path, string[] names) : RowCursor
{
    private readonly TypedCells?[] columns = new TypedCells?[names.Length];
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly MemoryStream whole = new();
    private byte[] cell = new byte[256];
    private long passed;
    private int rows;
    private int row = -1;

    public override string Path { get; } = path;

    public override int Count => names.Length;

    public override string Where => $"row {passed + row}";

    public override string Hint(int column) => Column(column).Hint(row);

    public override bool IsRefused(int column) => Column(column).Refusal is not null;

    public override bool Next()
    {
        while (++row >= rows)
        {
            passed += rows;
            Array.Clear(columns);
            (row, rows) = (-1, NextBatch());
            if (rows < 0)
                return false;
        }
        return true;
    }

    public override ReadOnlySpan<byte> this[int column]
    {
        get
        {
            var text = Found(column).Text(row) ?? "";
            if (cell.Length < Encoding.UTF8.GetMaxByteCount(text.Length))
                cell = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
            return cell.AsSpan(0, Encoding.UTF8.GetBytes(text, cell));
        }
    }

    public override ReadOnlySpan<byte> Raw
    {
        get
        {
            whole.SetLength(0);
            for (var column = 0; column < Count; column++)
            {
                whole.Write(IsRefused(column) ? [] : this[column]);
                whole.WriteByte((byte)'\n');
            }
            return whole.GetBuffer().AsSpan(0, (int)whole.Length);
        }
    }

    public override string Text(int column)
    {
        var text = (Found(column).Text(row) ?? "").Trim(' ', '\t');
        if (texts.TryGetValue(text, out var known))
            return known;
        // Where every cell is another one, there is nothing to share.
        if (texts.Count < CsvTable.MostCategories)
            texts.Add(text, text);
        return text;
    }

    public override bool TryNumber(int column, out double number) => Found(column).TryNumber(row, out number);

    /// <summary>Goes to the next rows, and gives their number; below 0 where there are none.</summary>
    protected abstract int NextBatch();

    /// <summary>Reads the cells of a column for these rows.</summary>
    protected abstract TypedCells Read(int column);

    private TypedCells Column(int column) => columns[column] ??= Read(column);

    private TypedCells Found(int column) =>
        Column(column) is { Refusal: { } what }
            ? throw Wrong(names[column], $"{what} (--ignore {ShellLine.Quoted(names[column])} leaves it out)")
            : Column(column);
}
