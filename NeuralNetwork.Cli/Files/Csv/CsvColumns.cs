using NeuralNetwork.Engine;

namespace NeuralNetwork.Cli;

/// <summary>The columns of a CSV file once all of it is read, and the rows they come to.</summary>
internal sealed record CsvColumns(string Path, int Rows, IReadOnlyList<Cells> Features, Cells? Target)
{
    /// <summary>Rows to train on: the cells have decided what the columns are.</summary>
    public Sample ToSample(string name, TableOrder order)
    {
        var where = $"{Path}: column {CsvCursor.Quote(name)}";
        var (learned, targets) = Target switch
        {
            ClassCells classes when classes.ToNumbers() is { } numbers => Answers.OfNumbers(where, numbers, true),
            TextCells texts => Answers.OfTexts(where, texts.Texts, texts.Codes.ToArray()),
            NumberCells numbers => Answers.OfNumbers(where, numbers.Values.ToArray(), order.IsClassification),
            _ => throw new InvalidOperationException("a table to train on has a target"),
        };
        var columns = Features.Select(ColumnOf).ToArray();
        var schema = new Schema(columns.Sum(column => column.Features), columns, name, learned);
        return new(Path, Rows, Laid(columns), schema, targets);
    }

    /// <summary>Rows for a training or a model that knows its columns.</summary>
    public Sample ToSample(Schema schema, IReadOnlyList<Column> columns)
    {
        var targets = Target switch
        {
            TextCells texts => Targets.NewLabels(texts.Codes.ToArray(), schema.Learned.Outputs),
            NumberCells numbers => Targets.NewValues(Table.NewDoubles(numbers.Values.ToArray()), 1),
            _ => null,
        };
        return new(Path, Rows, Laid(columns), schema, targets);
    }

    private static Column ColumnOf(Cells cells) =>
        cells is TextCells texts
            ? Column.NewCategory(texts.Name, [.. texts.Texts.Order(StringComparer.Ordinal)])
            : Column.NewNumber(cells.Name, double.NaN);

    /// <summary>The features of every row, and the end of the columns they came from.</summary>
    private Table Laid(IReadOnlyList<Column> columns)
    {
        var cols = columns.Sum(column => column.Features);
        if ((long)Rows * cols > Array.MaxLength)
            throw Failure.BadInput($"{Path}: {Rows} rows of {cols} features (limit {Array.MaxLength} numbers)");
        var values = new double[Rows * cols];
        var offset = 0;
        for (var index = 0; index < Features.Count; index++)
        {
            Lay(Features[index], columns[index], values, offset, cols);
            offset += columns[index].Features;
        }
        return Table.NewDoubles(values);
    }

    private static void Lay(Cells cells, Column column, double[] values, int offset, int cols)
    {
        if (cells is NumberCells numbers)
            numbers.Values.Drain(
                (start, block, length) =>
                {
                    for (var row = 0; row < length; row++)
                        values[((start + row) * cols) + offset] = block[row];
                }
            );
        if (cells is not TextCells texts || column is not Column.Category category)
            return;
        var places = texts.Texts.Select(text => Array.IndexOf(category.Categories, text)).ToArray();
        texts.Codes.Drain(
            (start, block, length) =>
            {
                for (var row = 0; row < length; row++)
                    values[((start + row) * cols) + offset + places[block[row]]] = 1;
            }
        );
    }
}
