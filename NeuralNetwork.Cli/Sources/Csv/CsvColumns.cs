using System.Runtime.InteropServices;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The columns of a CSV file once all of it is read, and the rows they come to.</summary>
internal sealed record CsvColumns(string Path, int Rows, IReadOnlyList<Cells> Features, IReadOnlyList<Cells> Targets)
{
    // A gigabyte of features are laid out at once.
    private const long MostLaid = 1 << 27;

    /// <summary>The files that cells and features go to; null where they stay in memory.</summary>
    public Spills? Spills { get; init; }

    /// <summary>Rows to train on: the cells have decided what the columns are.</summary>
    /// <param name="other">What to do where there is nothing to learn.</param>
    public Sample ToSample(string other)
    {
        var (learned, targets) = ToTargets(other);
        var columns = Features.Select(cells => ColumnOf(Path, cells)).ToArray();
        var schema = new Schema(
            columns.Sum(column => column.Features),
            columns,
            [.. Targets.Select(cells => cells.Name)],
            learned
        );
        return new(Path, Rows, Laid(columns), schema, targets);
    }

    /// <summary>What is learned of the rows.</summary>
    public (Learned Learned, Targets Targets) ToTargets(string other)
    {
        if (Targets.Count > 1)
            return (new Learned.Values(Targets.Count), Beside([.. Targets.Select(NumbersOf)]));
        var where = $"{Path}: column {Failure.Quote(Targets[0].Name)}";
        return Targets[0] switch
        {
            ClassCells classes => TargetEncoder.OfClasses(where, other, classes.Checked(), classes.Codes.TakeAll()),
            TextCells texts => TargetEncoder.OfClasses(where, other, texts.Names, texts.Codes.TakeAll()),
            GuessedCells guessed when guessed.Classes is (var classes, var codes) => TargetEncoder.OfClasses(
                where,
                other,
                classes,
                codes
            ),
            NumberCells numbers => TargetEncoder.OfNumbers(where, numbers.Values.TakeAll(), isClassification: false),
            _ => throw new InvalidOperationException("a table to train on has a target"),
        };
    }

    // Few different whole numbers are classes where they are learned alone: what they are here, nobody has said.
    private double[] NumbersOf(Cells target) =>
        target is GuessedCells { Classes: var (classes, _) }
            ? throw Failure.BadInput(
                $"{Path}: column {Failure.Quote(target.Name)}: {classes.Names.Length} different whole numbers, which may be"
                    + $" classes ({OptionName.Task} regression learns the numbers of all targets)"
            )
            : ((NumberCells)target).Values.TakeAll();

    /// <summary>Columns of values as rows of them.</summary>
    private static Targets Beside(double[][] columns)
    {
        var values = new double[columns[0].Length * columns.Length];
        for (var place = 0; place < values.Length; place++)
            values[place] = columns[place % columns.Length][place / columns.Length];
        return NeuralNetwork.Targets.NewValues(NumberArray.NewDoubles(values), columns.Length);
    }

    /// <summary>Rows for a training or a model that knows its columns.</summary>
    public Sample ToSample(Schema schema, IReadOnlyList<Column> columns)
    {
        foreach (var texts in Features.OfType<TextCells>())
            texts.KeepPlaces();
        var targets = Targets switch
        {
            [] => null,
            [TextCells texts] => NeuralNetwork.Targets.NewLabels(texts.Codes.TakeAll(), schema.Learned.Outputs),
            _ => Beside([.. Targets.Cast<NumberCells>().Select(numbers => numbers.Values.TakeAll())]),
        };
        return new(Path, Rows, Laid(columns), schema, targets);
    }

    private static Column ColumnOf(string path, Cells cells) =>
        cells switch
        {
            TextCells texts => texts.ToColumn(path),
            DateCells dates => Column.NewDate(dates.Name, dates.Form.IsDayFirst, dates.Form.HasTime, []),
            _ => Column.NewNumber(cells.Name, double.NaN),
        };

    /// <summary>The features of every row, and the end of the columns they came from.</summary>
    private NumberArray Laid(IReadOnlyList<Column> columns)
    {
        var cols = columns.Sum(column => column.Features);
        if (Spills is not null)
            return LaidIn(Spills, columns, cols);
        if ((long)Rows * cols > Array.MaxLength)
            throw Failure.BadInput($"{Path}: {Rows} rows of {cols} features (limit {Array.MaxLength} numbers)");
        var values = new double[Rows * cols];
        var layers = Layers(columns, values, cols);
        var read = 0L;
        // A block of rows of all columns, and then the next: what was read is given back, in thirds, as the table fills.
        for (var start = 0; start < Rows; )
        {
            var rows = 0;
            foreach (var lay in layers)
                rows = lay(start);
            start += rows;
            read += (long)rows * layers.Length;
            if (start < Rows && read < (long)Rows * layers.Length / 3)
                continue;
            MachineMemory.GiveBack(read);
            read = 0;
        }
        return NumberArray.NewDoubles(values);
    }

    /// <summary>The same in a file: a block of rows at a time, in the smallest kind of numbers that holds every one exactly.</summary>
    private NumberArray LaidIn(Spills spills, IReadOnlyList<Column> columns, int cols)
    {
        var kind = Features.Select(cells => cells.Kind).Aggregate(TypeCode.Byte, NumberKind.Larger);
        if ((long)spills.Rows * cols > MostLaid)
            throw Failure.BadInput(
                $"{Path}: {cols} features of {columns.Count} columns: too many to pack ({OptionName.Rare} N has features for frequent categories alone)"
            );
        var values = new double[spills.Rows * cols];
        var layers = Layers(columns, values, cols);
        for (var start = 0; start < Rows; )
        {
            Array.Clear(values);
            var rows = 0;
            foreach (var lay in layers)
                rows = lay(0);
            spills.Features.Write(NumberBytes.Of(values.AsSpan(0, rows * cols), kind));
            start += rows;
        }
        return NumberArray.NewStored(spills.Features.Content(), kind, cols, [.. Enumerable.Range(0, Rows)]);
    }

    /// <summary>
    /// For each column what lays its next block out from a row on, and gives the rows of that block. They are the same
    /// for all columns, which have grown together.
    /// </summary>
    private Func<int, int>[] Layers(IReadOnlyList<Column> columns, double[] values, int cols)
    {
        Func<int, int> Layer(Cells cells, Column column, int first) =>
            (cells, column) switch
            {
                (NumberCells numbers, _) => start => Lay(numbers, values, (start * cols) + first, cols),
                (TextCells texts, Column.Category or Column.OpenCategory) => Indicate(texts, values, first, cols),
                (DateCells dates, Column.Date) => dates.Layer(values, first, column.Features, cols),
                _ => throw new InvalidOperationException("a column that such cells are not laid out for"),
            };

        return [.. columns.Placed().Zip(Features, (place, cells) => Layer(cells, place.Column, place.First))];
    }

    private static int Lay(NumberCells numbers, double[] values, int place, int cols)
    {
        var block = numbers.Values.TakeBlock();
        foreach (var number in block)
        {
            values[place] = number;
            place += cols;
        }
        return block.Length;
    }

    private static Func<int, int> Indicate(TextCells texts, double[] values, int first, int cols)
    {
        var places = texts.Places;
        return start =>
        {
            var block = texts.Codes.TakeBlock();
            for (var row = 0; row < block.Length; row++)
                if (places[block[row]] is >= 0 and var place)
                    values[((start + row) * cols) + first + place] = 1;
            return block.Length;
        };
    }
}

/// <summary>Where the cells of a table go while it is read, so many rows at a time, and where its features do.</summary>
/// <param name="Packing">Who keeps the cells beyond the process; null for nobody.</param>
/// <param name="Most">At a time; of wide tables fewer.</param>
internal sealed record Spills(CellFile Cells, Spill Features, Packing? Packing = null, int Most = 4096)
{
    /// <summary>A table of fewer bytes may as well be in memory.</summary>
    public const int Least = 16 << 20;

    // So many bytes of cells.
    private const int Room = 16 << 20;

    /// <summary>The rows at a time.</summary>
    public int Rows { get; private init; }

    /// <summary>For a table of so many columns.</summary>
    public Spills For(int columns) => this with { Rows = Math.Clamp(Room / (sizeof(double) * columns), 16, Most) };
}

/// <summary>Numbers as bytes of another kind, which has to hold them.</summary>
internal static class NumberBytes
{
    public static byte[] Of(ReadOnlySpan<double> numbers, TypeCode kind)
    {
        switch (kind)
        {
            case TypeCode.Byte:
                var bytes = new byte[numbers.Length];
                for (var place = 0; place < bytes.Length; place++)
                    bytes[place] = (byte)numbers[place];
                return bytes;
            case TypeCode.Single:
                var singles = new float[numbers.Length];
                for (var place = 0; place < singles.Length; place++)
                    singles[place] = (float)numbers[place];
                return MemoryMarshal.AsBytes<float>(singles).ToArray();
            default:
                return MemoryMarshal.AsBytes(numbers).ToArray();
        }
    }
}
