namespace NeuralNetwork.Cli.Sources;

/// <summary>The rows of a CSV file.</summary>
internal sealed class CsvRows(string path, CsvFormat format) : RowSource(path)
{
    private CsvLook? look;

    public override TableLook Look(string[]? known) => look = CsvLook.At(Path, format, known);

    public override RowCursor Open()
    {
        var found = look ?? throw new InvalidOperationException("a file is looked at before it is gone through");
        var at = new CsvCursor(Path, found.Dialect);
        if (found.HasHeader)
            at.Next();
        return at;
    }

    public override string? Otherwise => CsvSeparator.Otherwise(Path, format);
}
