using System.Globalization;
using System.Text;
using System.Text.Json;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Goes through the lines of a file, each of which is an object with the same names in any order. A number, a text, true and
/// false are cells, null is an open one; what is nested is refused where somebody asks for it.
/// </summary>
internal sealed class JsonLinesCursor : RowCursor
{
    /// <summary>The longest line, in bytes.</summary>
    public const int LongestLine = 16 << 20;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 32 };

    private readonly SourceFile source;
    private readonly LineReader lines;
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private Dictionary<string, int> places = [];
    private byte[][] encoded = [];

    // The cells of the row, one behind the other, and where each begins and ends.
    private byte[] cells = new byte[1 << 12];
    private int length;
    private (int Start, int Length, bool IsNested)[] bounds = [];
    private bool[] seen = [];

    /// <summary>With the names of the columns; those of the first row where nobody has said them.</summary>
    public JsonLinesCursor(string path, string[]? names)
    {
        Path = path;
        source = SourceFile.Open(path);
        lines = new(new CleanText(source, path), path, LongestLine);
        if (names is not null)
            Begin(names);
    }

    /// <summary>What the columns are called.</summary>
    public string[] Names { get; private set; } = [];

    public override string Path { get; }

    public override int Count => Names.Length;

    public override string Where => $"line {lines.Number}";

    public override bool Next()
    {
        while (lines.Next())
            if (!CellText.Trim(lines.Current).IsEmpty)
            {
                Read(lines.Current);
                return true;
            }
        return false;
    }

    public override ReadOnlySpan<byte> this[int column] =>
        IsRefused(column)
            ? throw Wrong(Names[column], $"a nested value (--ignore {ShellLine.Quoted(Names[column])} leaves it out)")
            : cells.AsSpan(bounds[column].Start, bounds[column].Length);

    public override ReadOnlySpan<byte> Raw => lines.Current;

    public override bool IsRefused(int column) => bounds[column].IsNested;

    public override string Text(int column)
    {
        var text = Encoding.UTF8.GetString(CellText.Trim(this[column]));
        if (texts.TryGetValue(text, out var known))
            return known;
        // Where every cell is another one, there is nothing to share.
        if (texts.Count < Column.MostCategories)
            texts.Add(text, text);
        return text;
    }

    public override bool TryNumber(int column, out double number) =>
        double.TryParse(
            CellText.Trim(this[column]),
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out number
        );

    public override ReadFile End() => source.End();

    public override void Dispose() => source.Dispose();

    private void Begin(string[] names)
    {
        Names = names;
        encoded = Array.ConvertAll(names, Encoding.UTF8.GetBytes);
        places = names.Index().ToDictionary(one => one.Item, one => one.Index, StringComparer.Ordinal);
        bounds = new (int, int, bool)[names.Length];
        seen = new bool[names.Length];
    }

    private void Read(ReadOnlySpan<byte> line)
    {
        try
        {
            if (Names.Length == 0)
                Begin(NamesIn(line));
            length = 0;
            Array.Clear(seen);
            Fill(line);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            var hint = line.IndexOf("NaN"u8) >= 0 ? "NaN is no JSON: write null" : error.Message.Split('.')[0];
            throw Failure.BadInput($"{Path}: {Where}: not JSON ({hint})");
        }
        var missing = Array.IndexOf(seen, false);
        if (missing >= 0)
            throw Failure.BadInput(
                $"{Path}: {Where}: no {Failure.Quote(Names[missing])}, which the first row has (null where it is missing)"
            );
    }

    private string[] NamesIn(ReadOnlySpan<byte> line)
    {
        var reader = Opened(line);
        var names = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            names.Add(reader.GetString()!);
            reader.Read();
            reader.Skip();
            if (names.Count > CsvCursor.MostFields)
                throw Failure.BadInput($"{Path}: {Where}: more than {CsvCursor.MostFields} fields");
        }
        if (names.Count == 0)
            throw Failure.BadInput($"{Path}: {Where}: an empty object (its names are the columns)");
        var twice = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? [.. names]
            : throw Failure.BadInput($"{Path}: {Where}: {Failure.Quote(twice.Key)} is there {twice.Count()} times");
    }

    private Utf8JsonReader Opened(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, Strict);
        reader.Read();
        return reader.TokenType == JsonTokenType.StartObject
            ? reader
            : throw Failure.BadInput(
                $"{Path}: {Where}: no JSON object (expected {{\"name\": value, …}} in every line)"
            );
    }

    private void Fill(ReadOnlySpan<byte> line)
    {
        var reader = Opened(line);
        for (var next = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; next++)
        {
            // Names mostly come in the same order.
            var isNext = next < encoded.Length && reader.ValueTextEquals(encoded[next]);
            var place = isNext ? next : places.GetValueOrDefault(reader.GetString()!, -1);
            if (place < 0 || seen[place])
                throw Failure.BadInput(
                    $"{Path}: {Where}: {Failure.Quote(reader.GetString()!)}"
                        + (place < 0 ? ", which the first row does not have" : " is there twice")
                );
            seen[place] = true;
            reader.Read();
            bounds[place] = (
                length,
                Copy(ref reader),
                reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray
            );
            length += bounds[place].Length;
            reader.Skip();
        }
        // Whatever stands behind the object is found by reading on.
        reader.Read();
    }

    /// <summary>Takes a value over as the text of a cell, and gives its length.</summary>
    private int Copy(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.Null or JsonTokenType.StartObject or JsonTokenType.StartArray)
            return 0;
        var room = reader.ValueSpan.Length;
        if (length + room > cells.Length)
            Array.Resize(ref cells, Math.Max(2 * cells.Length, length + room));
        if (reader.TokenType == JsonTokenType.String)
            return reader.CopyString(cells.AsSpan(length));
        reader.ValueSpan.CopyTo(cells.AsSpan(length));
        return room;
    }
}

/// <summary>Rows as JSON objects, one a line: the members of the first one are the columns.</summary>
internal sealed class JsonLinesRows(string path, MissingWords missing) : RowSource(path)
{
    private string[] names = [];

    public override TableLook Look(string[]? known)
    {
        using var at = new JsonLinesCursor(Path, null) { Missing = missing };
        if (!at.Next())
            throw Failure.BadInput($"{Path}: no rows (the file is empty)");
        names = at.Names;
        var (isNumber, unknown) = NumberColumns.Of(at);
        return new(names, isNumber) { Unknown = unknown };
    }

    public override RowCursor Open() => new JsonLinesCursor(Path, names) { Missing = missing };
}

/// <summary>The lines of a text in UTF-8, one after the other, without their ends and without the mark at the beginning.</summary>
internal sealed class LineReader(Stream text, string path, int longest)
{
    private byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;
    private int lineEnd;
    private bool isAtEnd;

    /// <summary>The number of the line, from 1 on.</summary>
    public long Number { get; private set; }

    /// <summary>The line, until the next one.</summary>
    public ReadOnlySpan<byte> Current => buffer.AsSpan(start, lineEnd - start).TrimEnd((byte)'\r');

    /// <summary>The next line; false at the end.</summary>
    public bool Next()
    {
        start = Number == 0 ? 0 : Math.Min(lineEnd + 1, end);
        var looked = start;
        while (true)
        {
            var found = buffer.AsSpan(looked, end - looked).IndexOf((byte)'\n');
            if (found >= 0 || isAtEnd)
            {
                lineEnd = found >= 0 ? looked + found : end;
                break;
            }
            looked = end - start;
            Fill();
        }
        if (isAtEnd && start == end)
            return false;
        Number++;
        if (Number == 1 && Current.StartsWith("\uFEFF"u8))
            start += 3;
        return true;
    }

    // What is left of the last block goes to the front.
    private void Fill()
    {
        var left = end - start;
        if (left > longest)
            throw Failure.BadInput($"{path}: line {Number + 1}: longer than {longest} bytes");
        if (left == buffer.Length)
            Array.Resize(ref buffer, 2 * buffer.Length);
        else
            buffer.AsSpan(start, left).CopyTo(buffer);
        (start, end) = (0, left);
        var count = text.Read(buffer.AsSpan(end));
        isAtEnd = count == 0;
        end += count;
    }
}
