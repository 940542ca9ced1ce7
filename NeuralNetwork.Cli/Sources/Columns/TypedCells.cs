using System.Globalization;
using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// The cells of one column for some rows, where the file says of what type they are: as texts, each as a CSV file would have it,
/// and as numbers, if it is a type of numbers.
/// </summary>
internal abstract class TypedCells
{
    /// <summary>What the file says that cells are, in a word.</summary>
    public abstract string? Text(int row);

    /// <summary>The cell as a number; false where it is none, or open.</summary>
    public virtual bool TryNumber(int row, out double number)
    {
        number = 0;
        return false;
    }

    /// <summary>What there is to say where a cell of this column cannot be a number.</summary>
    public virtual string Hint(int row) => "";

    /// <summary>Why no cell of the column is read; null where they are.</summary>
    public virtual string? Refusal => null;
}

/// <summary>Numbers of float64; what is none is an open cell.</summary>
internal sealed class NumberColumn(double[] numbers, Func<double, string> text) : TypedCells
{
    /// <summary>Of a type that is kept as float64 to the bit.</summary>
    public static NumberColumn Of(double[] numbers) => new(numbers, Maths.Text.number);

    /// <summary>Of single precision, whose texts have the digits of that.</summary>
    public static NumberColumn OfSingles(double[] numbers) =>
        new(numbers, number => ((float)number).ToString("R", CultureInfo.InvariantCulture));

    public override string? Text(int row) => double.IsNaN(numbers[row]) ? null : text(numbers[row]);

    public override bool TryNumber(int row, out double number)
    {
        number = numbers[row];
        return !double.IsNaN(number);
    }
}

/// <summary>Whole numbers that float64 may not hold: as texts they are all there, and as numbers those that are exact.</summary>
internal sealed class WholeColumn(Int128?[] numbers) : TypedCells
{
    // From 2^53 on not every whole number is a float64.
    private static readonly Int128 Limit = (Int128)1 << 53;

    public override string? Text(int row) => numbers[row]?.ToString(CultureInfo.InvariantCulture);

    public override bool TryNumber(int row, out double number)
    {
        number = (double)(numbers[row] ?? 0);
        return numbers[row] is { } whole && whole < Limit && whole > -Limit;
    }

    public override string Hint(int row) =>
        numbers[row] is null
            ? ""
            : " (float64 holds every whole number below 9007199254740992, and not this one for sure)";
}

/// <summary>Decimal numbers: the nearest float64 of each.</summary>
internal sealed class DecimalColumn(decimal?[] numbers) : TypedCells
{
    public override string? Text(int row) => numbers[row]?.ToString(CultureInfo.InvariantCulture);

    public override bool TryNumber(int row, out double number)
    {
        // By way of its digits: the conversion of .NET is not always the nearest.
        number = 0;
        return numbers[row] is { } found
            && double.TryParse(
                found.ToString(CultureInfo.InvariantCulture),
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out number
            );
    }
}

/// <summary>Texts, and what is written as one: dates, times, true and false.</summary>
internal sealed class TextColumn(string?[] texts) : TypedCells
{
    public override string? Text(int row) => texts[row];

    /// <summary>True and false, as JSON has them.</summary>
    public static TextColumn Of(bool?[] values) =>
        new(Array.ConvertAll(values, value => value is { } known ? (known ? "true" : "false") : null));

    /// <summary>Moments as ISO 8601 has them, in the time zone that the file says, if it does.</summary>
    public static string Moment(DateTime moment, bool isUtc) =>
        moment.ToString(
            isUtc ? "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'" : "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF",
            CultureInfo.InvariantCulture
        );

    /// <summary>Days as ISO 8601 has them.</summary>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Times of a day as ISO 8601 has them.</summary>
    public static string Time(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}

/// <summary>Cells of a type that is not read.</summary>
internal sealed class RefusedColumn(string what) : TypedCells
{
    public override string? Text(int row) => null;

    public override string? Refusal => what;
}

/// <summary>The names of the columns that a file has for them.</summary>
internal static class ColumnTitles
{
    /// <summary>The names. A failure where one is there twice, or there are none.</summary>
    public static string[] Of(string path, IEnumerable<string> names)
    {
        var all = names.ToArray();
        var twice = all.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return all.Length == 0 ? throw Failure.BadInput($"{path}: no columns")
            : twice is null ? all
            : throw Failure.BadInput($"{path}: column {Failure.Quote(twice.Key)} is there {twice.Count()} times");
    }
}

/// <summary>Files that a package reads: whatever goes wrong in there is a failure of the file's, with its place.</summary>
internal static class Foreign
{
    // A cell of any type, and whether it is open.
    private const long BytesOfCell = 24;

    // What is read in one piece is decoded in much less.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const int Waits = 30;

    /// <summary>
    /// Reads. A damaged file can go wrong anywhere in the package that reads it, and can keep it busy for ever: half a minute without
    /// anything read from the file is taken for that.
    /// </summary>
    public static T Guarded<T>(string path, string place, EndingStream content, Func<T> read) =>
        Guarded(path, place, content, read, Patience);

    /// <summary>The same with less patience.</summary>
    public static T Guarded<T>(string path, string place, EndingStream content, Func<T> read, TimeSpan patience)
    {
        try
        {
            // A thread that the end of the program does not wait for: nothing else ends what has lost its way.
            var work = Task.Factory.StartNew(read, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var (idle, before) = (0, content.Reads);
            // In many small waits: a program that is stopped for an hour and goes on has been idle for one of them.
            while (Task.WaitAny([work], patience / Waits) < 0)
            {
                idle = content.IsRead || content.Reads != before ? 0 : idle + 1;
                before = content.Reads;
                if (idle == Waits)
                    throw new InvalidDataException("it comes to no end");
            }
            return work.GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is not (Failure or OutOfMemoryException))
        {
            var reason = (error is AggregateException { InnerException: { } inner } ? inner : error).Message;
            throw Failure.BadInput($"{path}: {place}: cannot be read ({reason.Split('\n')[0].TrimEnd('.', '\r')})");
        }
    }

    /// <summary>The number of rows that a file says, which must have room before they are read.</summary>
    public static int CheckRows(string path, string place, long rows)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return rows >= 0 && rows <= Array.MaxLength && rows <= available / BytesOfCell
            ? (int)rows
            : throw Failure.BadInput(
                $"{path}: {place}: {rows} rows (this machine has {available >> 20} MiB; more and smaller ones can be read)"
            );
    }
}
