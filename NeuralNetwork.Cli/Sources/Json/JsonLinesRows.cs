using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

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
        return new(names, NumberColumns.Of(at));
    }

    public override RowCursor Open() => new JsonLinesCursor(Path, names) { Missing = missing };
}
