using System.Globalization;
using System.Text;
using System.Text.Json;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Server;

/// <summary>The rows of a table: the cells of each in the columns that its first line names, and the line it begins in.</summary>
/// <param name="Columns">What each is of the model; null for one that the model does not know.</param>
internal sealed record Table(
    string[] Heads,
    Column?[] Columns,
    List<string[]> Rows,
    List<int> Lines,
    TableNotation Notation
)
{
    /// <summary>Puts the cells of a row under the names of their columns.</summary>
    public void Fill(int place, Dictionary<string, RowCell> row)
    {
        var cells = Rows[place];
        for (var column = 0; column < cells.Length; column++)
            row[Heads[column]] = Columns[column] is { } known
                ? Notation.CellOf(cells[column], known)
                : RowCell.Of(cells[column]);
    }
}

/// <summary>
/// How the tables of a run are written: what separates their cells, how they write numbers, which words say that a cell is missing.
/// A table is CSV as RFC 4180 has it, in UTF-8, with the names of the columns in the first line.
/// </summary>
internal sealed record TableNotation
{
    private static readonly char[] Separators = [',', ';', '\t', '|'];

    // A line of nothing but separators is no row.
    private const int MostCells = 10_000;

    /// <summary>What parts the cells; null: what finds most columns of the model in the first line.</summary>
    public char? Separator { get; private init; }

    /// <summary>What stands before the decimals of a number.</summary>
    public char Point { get; private init; } = '.';

    /// <summary>What may stand between the thousands of a number.</summary>
    public string Thousands { get; private init; } = "";

    /// <summary>The words that say that a cell is missing.</summary>
    public IReadOnlySet<string> Missing { get; private init; } = Words(["usual"]);

    /// <summary>What the run's tables are written with and those of requests are not: options of nn.</summary>
    public IReadOnlyList<string> Unread { get; private init; } = [];

    private bool IsPlain => Point == '.' && Thousands.Length == 0;

    /// <summary>What the config.json beside a model says; the usual where there is none, or none that can be read.</summary>
    public static TableNotation OfRun(string model)
    {
        try
        {
            var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model))!, "config.json");
            using var config = JsonDocument.Parse(File.ReadAllBytes(path));
            return Of(config.RootElement);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return new();
        }
    }

    private static TableNotation Of(JsonElement config)
    {
        string? Said(string name) =>
            config.ValueKind == JsonValueKind.Object
            && config.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;

        // As they are where nobody has said anything, in words and numbers of config.json.
        (string Name, string[] Usual)[] others =
        [
            ("quote", ["double"]),
            ("comment", []),
            ("header", ["auto", "yes"]),
            ("skip", ["0"]),
            ("skip_last", ["0"]),
            ("encoding", ["auto", "utf-8"]),
        ];
        bool IsOther(string name, string[] usual) =>
            config.ValueKind == JsonValueKind.Object
            && config.TryGetProperty(name, out var value)
            && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            && !usual.Contains(value.ToString());

        return new()
        {
            Unread =
            [
                .. others.Where(one => IsOther(one.Name, one.Usual)).Select(one => $"--{one.Name.Replace('_', '-')}"),
            ],
            Separator = Said("separator") switch
            {
                "comma" => ',',
                "semicolon" => ';',
                "tab" or "\\t" => '\t',
                "pipe" => '|',
                { Length: 1 } one when one != " " => one[0],
                _ => null,
            },
            Point = Said("decimal") == "comma" ? ',' : '.',
            Thousands = Said("thousands") switch
            {
                "comma" => ",",
                "dot" => ".",
                "space" => " \u00A0\u202F\u2009",
                "apostrophe" => "'\u2019",
                "underscore" => "_",
                _ => "",
            },
            Missing =
                config.ValueKind == JsonValueKind.Object
                && config.TryGetProperty("missing_words", out var words)
                && words.ValueKind == JsonValueKind.Array
                    ? Words([.. words.EnumerateArray().Select(word => word.ToString())])
                    : Words([Said("missing_words") ?? "usual"]),
        };
    }

    private static HashSet<string> Words(string[] listed) =>
        listed is ["none"]
            ? []
            : new(
                listed.SelectMany(word => word == "usual" ? NeuralNetwork.Table.MissingWords : [word.Trim(' ', '\t')]),
                StringComparer.OrdinalIgnoreCase
            );

    // Cells ------------------------------------------------------------------------------------------------------------

    /// <summary>What the text of a cell of a column is, as `nn predict` takes it: a number in the run's notation, and a category as it is
    /// called, or else by its number.</summary>
    public RowCell CellOf(string text, Column column)
    {
        var cell = text.Trim(' ', '\t');
        if (IsMissing(cell))
            return RowCell.Missing;
        if (IsPlain || column.IsDate)
            return RowCell.Of(cell);
        var plain = Plain(cell);
        return !column.IsNumber ? RowCell.Of(KnownOf(column).Contains(cell) ? cell : plain ?? cell)
            : plain is null ? throw new BadRequest(400, $"column '{column.Title}': '{cell}' (expected a number)")
            : RowCell.Of(plain);
    }

    /// <summary>The categories of a column; none of others, and of one that the model does not know.</summary>
    public static string[] KnownOf(Column? column) =>
        column switch
        {
            Column.Category one => one.Categories,
            Column.OpenCategory one => one.Categories,
            _ => [],
        };

    // NaN stands for all that C, Java and their like print for it.
    private bool IsMissing(string cell) =>
        cell.Length == 0
        || Missing.Contains(cell)
        || (Missing.Contains("NaN") && NeuralNetwork.Table.IsNotANumber(cell));

    /// <summary>
    /// The number with a point and without marks between its thousands; null where it is none. They are marked everywhere or
    /// nowhere: 1.234.567, and in India 12,34,567.
    /// </summary>
    private string? Plain(string cell)
    {
        var place = 0;
        var plain = new StringBuilder();
        if (cell[0] is '+' or '-')
            plain.Append(cell[place++]);
        var (group, groups) = (0, 0);
        for (; place < cell.Length; place++)
            if (char.IsAsciiDigit(cell[place]))
            {
                plain.Append(cell[place]);
                group++;
            }
            else if (Thousands.Contains(cell[place], StringComparison.Ordinal))
            {
                if (group is 0 or > 3 || (groups > 0 && group < 2))
                    return null;
                (group, groups) = (0, groups + 1);
            }
            else
                break;
        if (groups > 0 && group != 3)
            return null;
        if (place < cell.Length && cell[place] == Point)
        {
            plain.Append('.');
            place++;
        }
        plain.Append(cell, place, cell.Length - place);
        var isNumber = double.TryParse(plain.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        return isNumber && !cell[place..].Contains('.') ? plain.ToString() : null;
    }

    /// <summary>A text as a cell: in quotes where it would not be one otherwise.</summary>
    public static string Cell(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // Tables -----------------------------------------------------------------------------------------------------------

    /// <summary>The table that a body is; null where it has more rows than there may be.</summary>
    public Table? Read(ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, Column> columns, int mostRows)
    {
        var text = TextOf(body);
        var separator = Separator ?? Separators.MaxBy(one => HeadsOf(text, one).Intersect(columns.Keys).Count());
        string[]? heads = null;
        var (rows, lines) = (new List<string[]>(), new List<int>());
        foreach (var (line, cells) in Records(text, separator))
        {
            if (heads is null)
                heads = Named(cells, columns, line);
            else if (cells.Length != heads.Length)
                throw new BadRequest(
                    400,
                    $"line {line}: {cells.Length} cells (expected {heads.Length}, as in the first line)"
                );
            else if (rows.Count == mostRows)
                return null;
            else
            {
                rows.Add(cells);
                lines.Add(line);
            }
        }
        return rows.Count > 0
            ? new(heads!, Array.ConvertAll(heads!, columns.GetValueOrDefault), rows, lines, this)
            : throw new BadRequest(400, heads is null ? "the table is empty" : "there are no rows below the names");
    }

    private static string TextOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body.Span).TrimStart('\uFEFF');
            return text.Contains('\0') ? throw new BadRequest(400, "a zero byte (expected is text in UTF-8)") : text;
        }
        catch (DecoderFallbackException)
        {
            throw new BadRequest(400, "the table is not in UTF-8");
        }
    }

    private static string[] HeadsOf(string text, char separator)
    {
        try
        {
            return Records(text, separator).Select(record => record.Cells).FirstOrDefault() ?? [];
        }
        catch (BadRequest)
        {
            return [];
        }
    }

    private static string[] Named(string[] cells, IReadOnlyDictionary<string, Column> columns, int line)
    {
        var heads = cells
            .Select((cell, place) => cell.Trim(' ', '\t') is { Length: > 0 } name ? name : $"column {place + 1}")
            .ToArray();
        var twice = heads.Where(columns.ContainsKey).GroupBy(head => head).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? heads
            : throw new BadRequest(400, $"line {line}: column '{twice.Key}' is there {twice.Count()} times");
    }

    /// <summary>The records of a text with the lines that they begin in; lines without anything are passed over.</summary>
    private static IEnumerable<(int Line, string[] Cells)> Records(string text, char separator)
    {
        var (place, line) = (0, 1);
        var cells = new List<string>();
        var quoted = new StringBuilder();
        while (place < text.Length)
        {
            var first = line;
            cells.Clear();
            do
            {
                if (cells.Count == MostCells)
                    throw new BadRequest(400, $"line {first}: more than {MostCells} cells");
                place = SkipBlanks(text, place, separator);
                cells.Add(
                    place < text.Length && text[place] == '"'
                        ? Quoted(text, separator, quoted, ref place, ref line)
                        : Bare(text, separator, line, ref place)
                );
            } while (place < text.Length && text[place++] == separator);
            // The place is behind the first letter of the end of a line.
            if (place < text.Length && text[place - 1] == '\r' && text[place] == '\n')
                place++;
            line++;
            if (cells is not [""])
                yield return (first, cells.ToArray());
        }
    }

    private static int SkipBlanks(string text, int place, char separator)
    {
        while (place < text.Length && text[place] is ' ' or '\t' && text[place] != separator)
            place++;
        return place;
    }

    private static string Bare(string text, char separator, int line, ref int place)
    {
        var length = text.AsSpan(place).IndexOfAny(separator, '\n', '\r');
        var cell = length < 0 ? text[place..] : text.Substring(place, length);
        if (cell.Contains('"', StringComparison.Ordinal))
            throw new BadRequest(400, $"line {line}: a quote within a cell that does not begin with one");
        place += cell.Length;
        return cell.TrimEnd(' ', '\t');
    }

    private static string Quoted(string text, char separator, StringBuilder quoted, ref int place, ref int line)
    {
        var first = line;
        quoted.Clear();
        while (true)
        {
            var length = text.AsSpan(place + 1).IndexOf('"');
            if (length < 0)
                throw new BadRequest(400, $"line {first}: a quote that is never closed");
            var part = text.AsSpan(place + 1, length);
            line += part.Count('\n') + (part.Count('\r') - part.Count("\r\n"));
            quoted.Append(part);
            place += length + 2;
            if (place >= text.Length || text[place] != '"')
                break;
            quoted.Append('"');
        }
        place = SkipBlanks(text, place, separator);
        return place >= text.Length || text[place] == separator || text[place] is '\n' or '\r'
            ? quoted.ToString()
            : throw new BadRequest(
                400,
                $"line {line}: a letter behind a closing quote (a quote within a cell stands twice)"
            );
    }
}
