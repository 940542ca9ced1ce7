using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What the cells of a column come to: how many of which kind, from where to where, how many different ones.</summary>
internal sealed class ColumnProfile(string name, int place, DateForm? form)
{
    /// <summary>As many different texts are counted; more are just many.</summary>
    private const int MostCounted = 20_000;

    /// <summary>As many rows are kept to see what a column says about the target.</summary>
    private const int MostKept = 100_000;

    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);
    private readonly Blocks<double> kept = new();
    private int whole;
    private DateTime first;
    private DateTime last;

    // Cells of a kind that is not read.
    private int refused;

    // The cells that came while there was room to count them.
    private int counted;

    public string Name { get; } = name;

    public int Rows { get; private set; }

    public int Missing { get; private set; }

    public int Numbers { get; private set; }

    public int DecimalCommas { get; private set; }

    /// <summary>How many cells are dates.</summary>
    public int Dates { get; private set; }

    public double Least { get; private set; } = double.PositiveInfinity;

    public double Greatest { get; private set; } = double.NegativeInfinity;

    /// <summary>The different cells with how often they are there, up to a limit.</summary>
    public IReadOnlyDictionary<string, int> Counts => counts;

    public bool IsNumber => Numbers > 0 && (Numbers + DecimalCommas) * 2 >= Rows - Missing;

    /// <summary>Whether all of its numbers are whole.</summary>
    public bool IsWhole => IsNumber && whole == Numbers;

    public bool IsDate => form is not null && Dates > 0;

    public bool IsConstant => counts.Count == 1 && Missing == 0;

    /// <summary>A number of the row, or its name.</summary>
    public bool IsIdentity =>
        IsWhole
            ? Missing == 0 && Identity.IsOfNumbers(Name, Kept)
            : !IsNumber && !IsDate && Identity.IsOfTexts(counts.Count, counted);

    /// <summary>Whether no row has anything in it.</summary>
    public bool IsEmpty => Rows == Missing;

    /// <summary>The numbers of the first rows, or numbers for its texts; NaN where a cell is missing.</summary>
    public double[] Kept => field ??= kept.TakeAll();

    public void Add(RowCursor at)
    {
        Rows++;
        refused += at.IsRefused(place) ? 1 : 0;
        var isMissing = at.IsRefused(place) || at.IsMissing(place);
        Missing += isMissing ? 1 : 0;
        var value = isMissing ? double.NaN : Value(at, at.Text(place));
        if (Rows <= MostKept)
            kept.Add(value);
    }

    /// <summary>The kind in a word.</summary>
    public string Kind =>
        IsEmpty ? "empty"
        : IsWhole ? "integer"
        : IsDate ? "date"
        : IsNumber ? "number"
        : "text";

    /// <summary>What may be wrong with it.</summary>
    public IEnumerable<string> Findings()
    {
        if (DecimalCommas > 0)
            yield return $"{DecimalCommas} decimal commas";
        if (IsNumber && Numbers + DecimalCommas + Missing < Rows)
            yield return $"{Rows - Numbers - DecimalCommas - Missing} cells are no numbers";
        if (refused > 0)
            yield return $"{refused} cells are not read (nested values, or bytes): --ignore {ShellLine.Quoted(Name)}";
        if (IsConstant)
            yield return "constant";
        if (IsIdentity)
            yield return "like an id";
    }

    public JsonObject Document() =>
        new()
        {
            ["name"] = Name,
            ["type"] = Kind,
            ["missing"] = Missing,
            ["minimum"] =
                IsNumber ? Json.Number(Least)
                : IsDate ? First
                : null,
            ["maximum"] =
                IsNumber ? Json.Number(Greatest)
                : IsDate ? Last
                : null,
            ["distinct"] = counts.Count < MostCounted ? counts.Count : null,
            ["findings"] = Json.Array(Findings(), finding => finding),
        };

    public string[] Line() =>
        [
            Name,
            Kind,
            IsNumber ? Maths.Text.number(Least)
            : IsDate ? First
            : "",
            IsNumber ? Maths.Text.number(Greatest)
            : IsDate ? Last
            : "",
            $"{Missing}",
            counts.Count < MostCounted ? $"{counts.Count}" : $"{MostCounted}+",
            string.Join(", ", Findings()),
        ];

    private string First => DateForm.Shown(first);

    private string Last => DateForm.Shown(last);

    private void AddDate(string text)
    {
        if (form is null || Column.ReadDate(text, form.IsDayFirst) is not { } date)
            return;
        (first, last) = Dates == 0 ? (date, date) : (date < first ? date : first, date > last ? date : last);
        Dates++;
    }

    private double Value(RowCursor at, string text)
    {
        counted += counts.Count < MostCounted ? 1 : 0;
        if (counts.TryGetValue(text, out var count) || counts.Count < MostCounted)
            counts[text] = count + 1;
        if (!at.TryNumber(place, out var number) || !double.IsFinite(number))
        {
            DecimalCommas += CellText.HasDecimalComma(text) ? 1 : 0;
            AddDate(text);
            return text.GetHashCode(StringComparison.Ordinal);
        }
        Numbers++;
        whole += double.IsInteger(number) ? 1 : 0;
        (Least, Greatest) = (Math.Min(Least, number), Math.Max(Greatest, number));
        return number;
    }
}

/// <summary>A column of rows that were read: where its features are, and its cells as numbers.</summary>
internal sealed record SampleColumn(Sample Sample, Column Column, int First)
{
    public string Name => Column.Title;

    /// <summary>Whether its cells are numbers; of dates these are their years.</summary>
    public bool IsNumber => Column is Column.Number or Column.Date;

    /// <summary>The columns of rows; none where features have no names.</summary>
    public static IEnumerable<SampleColumn> Of(Sample sample) =>
        sample.Schema.Columns.Placed().Select(place => new SampleColumn(sample, place.Column, place.First));

    /// <summary>The numbers of some rows, or the places of their categories; NaN where a number is missing.</summary>
    public double[] At(int[] rows) => Array.ConvertAll(rows, At);

    /// <summary>How many different texts there are in the rows.</summary>
    public int DifferentTexts(string[] categories) =>
        At([.. Enumerable.Range(0, Sample.Rows)])
            .Distinct()
            .Count(place => !double.IsNaN(place) && categories[(int)place].Length > 0);

    private double At(int row)
    {
        var start = (row * Sample.Cols) + First;
        if (IsNumber)
            return Sample.Features.At(start);
        if (Sample.Features is NumberArray.Doubles numbers)
            return numbers.Item.AsSpan(start, Column.Features).IndexOf(1);
        for (var place = 0; place < Column.Features; place++)
            if (Sample.Features.At(start + place) == 1)
                return place;
        return double.NaN;
    }
}
