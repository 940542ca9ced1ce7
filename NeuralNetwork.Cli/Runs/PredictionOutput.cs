using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Engine;
using NeuralNetwork.Formats;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>
/// Columns of the data that stand beside the predictions. They are read again, row by row, while these are written: texts
/// are the file's own, and none of them is kept in memory.
/// </summary>
internal sealed class KeptColumns
{
    /// <summary>The option that names them.</summary>
    public const string Option = "--keep";

    private const string All = "all";

    private readonly RowSource source;
    private readonly int[] places;

    private KeptColumns(RowSource source, TableLook look, int[] places) =>
        (this.source, this.places, Names) = (source, places, Array.ConvertAll(places, place => look.Names[place]));

    /// <summary>What stands above them.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The columns of these names. A failure where the data have no columns, or one of them is not there.</summary>
    public static KeptColumns Of(ColumnNames names, DataSource source, Schema schema)
    {
        FormatSpec.CheckColumns([Option], source);
        var rows = ((TableSource)source).Rows;
        var look = rows.Look([.. schema.Columns.Select(column => column.Title)]);
        var places =
            names.Text == All
                ? Enumerable.Range(0, look.Names.Length)
                : names.Among(look.Names).Select(name => look.Find(rows.Path, Option, name)).Distinct();
        return new(rows, look, [.. places]);
    }

    /// <summary>Refuses columns that would be called as one of the predictions.</summary>
    public void CheckNames(IReadOnlyCollection<string> taken)
    {
        if (Names.FirstOrDefault(taken.Contains) is { } twice)
            throw Failure.BadInput(
                $"{source.Path}: {Option}: column {Failure.Quote(twice)} is called as one that is written anyway"
                    + " (name the columns to keep, without this one)"
            );
    }

    /// <summary>The cells of each row, as they are asked for.</summary>
    public IEnumerator<string[]> Open()
    {
        using var at = source.Open();
        while (at.Next())
            yield return places.Any(place => place >= at.Count) ? throw Changed() : Array.ConvertAll(places, at.Text);
    }

    /// <summary>Those of the next row. A failure where there is none by now.</summary>
    public string[] Next(IEnumerator<string[]> rows) => rows.MoveNext() ? rows.Current : throw Changed();

    /// <summary>A failure where there are more rows by now.</summary>
    public void CheckEnd(IEnumerator<string[]> rows)
    {
        if (rows.MoveNext())
            throw Changed();
    }

    private Failure Changed() => Failure.BadInput($"{source.Path}: changed while it was read");
}

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
        var safe = IsSpreadsheetSafe ? CsvText.Guarded(text) : text;
        return CsvText.Cell(IsForTerminal ? Maths.Text.visible(safe) : safe);
    }
}

/// <summary>Where predictions go, so many rows at a time.</summary>
internal abstract class PredictionOutput(PredictionLayout layout) : IDisposable
{
    private readonly IEnumerator<string[]>? kept = layout.Kept?.Open();

    /// <summary>The rows before the piece that is being added.</summary>
    protected long Rows { get; private set; }

    protected PredictionLayout Layout { get; } = layout;

    /// <summary>Whether a file of this name is an array.</summary>
    public static bool IsArray(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    /// <summary>NPY where the file's name says so, and CSV otherwise.</summary>
    public static PredictionOutput Of(string path, Stream stream, PredictionLayout layout) =>
        IsArray(path) ? new ArrayOutput(path, stream, layout) : new CsvOutput(stream, layout);

    /// <summary>Takes all predictions, piece by piece.</summary>
    public void Add(IEnumerable<PredictionTable> pieces)
    {
        foreach (var piece in pieces)
        {
            Add(piece);
            Rows += piece.Rows;
        }
        if (kept is not null)
            Layout.Kept!.CheckEnd(kept);
        End();
    }

    public void Dispose()
    {
        kept?.Dispose();
        Close();
        GC.SuppressFinalize(this);
    }

    protected abstract void Add(PredictionTable piece);

    /// <summary>No piece comes any more.</summary>
    protected abstract void End();

    protected virtual void Close() { }

    /// <summary>The kept cells of the next row; none where nothing is kept.</summary>
    protected string[] Kept() => kept is null ? [] : Layout.Kept!.Next(kept);
}

/// <summary>Predictions as CSV.</summary>
internal sealed class CsvOutput(Stream stream, PredictionLayout layout) : PredictionOutput(layout)
{
    private readonly StreamWriter writer = new(stream, bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };

    protected override void Add(PredictionTable piece)
    {
        if (Rows == 0)
            Begin([.. piece.Heads(Layout.Probabilities)]);
        for (var row = 0; row < piece.Rows; row++)
        {
            writer.Write(Rows + row);
            foreach (var cell in Kept().Concat(piece.Cells(row, Layout.Probabilities)))
            {
                writer.Write(',');
                writer.Write(Layout.Cell(cell));
            }
            writer.WriteLine();
        }
    }

    private void Begin(string[] predicted)
    {
        Layout.Kept?.CheckNames(["row", .. predicted]);
        IEnumerable<string> heads = ["row", .. Layout.Kept?.Names ?? [], .. predicted];
        writer.WriteLine(string.Join(',', heads.Select(Layout.Cell)));
    }

    protected override void End() => writer.Flush();

    protected override void Close() => writer.Dispose();
}

/// <summary>
/// Predictions as a document: an object for each row, with the columns that are kept and the probabilities by label where these are
/// wanted.
/// </summary>
/// <param name="print">Prints a part of the document.</param>
internal sealed class DocumentOutput(Action<string> print, PredictionLayout layout) : PredictionOutput(layout)
{
    private const string Items = "[]";

    // What stands before the rows, and behind them, as it is written around none.
    private static readonly string[] Around = Json.Text(
            new JsonObject { ["schema"] = Json.Schema, ["predictions"] = new JsonArray() }
        )
        .Split(Items);

    protected override void Add(PredictionTable piece)
    {
        for (var row = 0; row < piece.Rows; row++)
        {
            var one = piece.ToJson(row, Layout.Probabilities);
            one.Insert(0, "row", Rows + row);
            if (Layout.Kept is { } columns)
                one["kept"] = new JsonObject(
                    columns.Names.Zip(Kept(), (name, cell) => KeyValuePair.Create(name, (JsonNode?)cell))
                );
            print(Rows + row == 0 ? $"{Around[0]}[\n" : ",\n");
            print($"    {Json.Text(one).Replace("\n", "\n    ", StringComparison.Ordinal)}");
        }
    }

    protected override void End() => print($"\n  ]{Around[1]}\n");
}

/// <summary>Predictions as an array.</summary>
internal sealed class ArrayOutput(string path, Stream stream, PredictionLayout layout) : PredictionOutput(layout)
{
    private TypeCode kind;
    private int[] shape = [];

    protected override void Add(PredictionTable piece)
    {
        var array = piece.ToArray(Layout.Probabilities);
        (kind, shape) = (array.Values.Kind, array.Shape);
        var header = Npy.Header(kind, shape);
        // How many rows there are is known at the end.
        if (Rows == 0)
            stream.Write(header);
        stream.Write(array.Write().AsSpan(header.Length));
    }

    protected override void End()
    {
        if (Rows > int.MaxValue)
            throw Failure.BadInput($"{path}: {Rows} rows (an array has at most {int.MaxValue}; CSV has any number)");
        // Whoever only counts bytes goes nowhere.
        if (!stream.CanSeek)
            return;
        shape[0] = (int)Rows;
        stream.Position = 0;
        // Up to any number of rows it is as long.
        stream.Write(Npy.Header(kind, shape));
    }
}
