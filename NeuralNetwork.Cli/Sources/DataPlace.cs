using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Sources;

/// <summary>From what a user calls data to what they are: a built-in set, a folder, a file of some format, or a pipe.</summary>
internal static class DataPlace
{
    private const string Known = "a folder with IDX files, or a file:";

    public static DataSource Find(string text, CsvFormat format)
    {
        if (!StandardInput.IsName(text) && Folder(text) is { } folder)
            return format.Kind is null or FileKind.Idx
                ? folder
                : throw Failure.Usage(
                    OptionName.Format,
                    $"{FileKinds.NameOf(format.Kind.Value)} does not go with {text} (a set of IDX files)"
                );
        var arrays = StandardInput.IsName(text) ? [text] : ArrayPair.Split(text);
        if (arrays.Length > 1 && (format.Kind ?? FileKinds.ByName(arrays[^1])) == FileKind.Npy)
            return new NumpySource(text, FileKind.Npy, arrays);
        return Of(text, ZipMember.IsArchive(text) ? Within(text) : text, format);
    }

    private static IdxFolder? Folder(string text) =>
        BuiltIn.Find(text) is { } known ? new IdxFolder(text, known.Home(), known.Checksums)
        : Directory.Exists(text) ? new IdxFolder(text, text, new Dictionary<string, string>())
        : null;

    private static DataSource Of(string text, string path, CsvFormat format)
    {
        var named = format.Kind ?? FileKinds.ByName(path);
        if (named is { } kind)
            return Of(text, path, kind, format, null);
        var isThere = StandardInput.IsName(path) || File.Exists(path) || ZipMember.Parts(path) is not null;
        if (!isThere)
            throw Failure.BadInput($"{text}: no such data ({Hint(text)})");
        var found = FileContent.Of(path, format.IsSaid);
        return Of(text, path, found, format, $"{path}: read as {FileKinds.Shown(found)} (--format says otherwise)");
    }

    private static DataSource Of(string text, string path, FileKind kind, CsvFormat format, string? decision) =>
        kind switch
        {
            FileKind.Csv => new TableSource(text, new CsvRows(path, format)) { Decision = decision },
            FileKind.Tsv => new TableSource(
                text,
                new CsvRows(path, format with { Separator = format.Separator ?? '\t' })
            )
            {
                Decision = decision,
            },
            FileKind.JsonLines => new TableSource(text, new JsonLinesRows(path, format.Missing))
            {
                Decision = decision,
            },
            FileKind.Parquet => new TableSource(text, new ParquetRows(path, format.Missing)) { Decision = decision },
            FileKind.Arrow => new TableSource(text, new ArrowRows(path, format.Missing)) { Decision = decision },
            FileKind.Npy => new NumpySource(text, kind, [path]) { Decision = decision },
            FileKind.Npz => new NumpySource(text, kind, [path]) { Decision = decision },
            FileKind.LibSvm => new LibSvmSource(text, path, format.FirstIndex) { Decision = decision },
            FileKind.Idx => throw Failure.BadInput(
                $"{path}: one IDX file (images and labels are four files in a folder: name the folder)"
            ),
            _ => throw new InvalidOperationException("a format that has no reader"),
        };

    /// <summary>The one file of data in an archive. A failure that names them where there are more, or none.</summary>
    private static string Within(string archive)
    {
        var names = ZipMember.Names(archive);
        if (names.Length == 0)
            throw Failure.BadInput($"{archive}: no files in it");
        var data = names.Length == 1 ? names : Array.FindAll(names, name => FileKinds.ByName(name) is not null);
        return data.Length == 1
            ? $"{archive}/{data[0]}"
            : throw Failure.BadInput(
                $"{archive}: {names.Length} files in it: {TextCells.Some(names)} (name one: {archive}/{(data.Length > 0 ? data : names)[0]})"
            );
    }

    private static string Hint(string text) =>
        Text.nearest(BuiltIn.All.Select(set => set.Name), text) is { } near
            ? $"did you mean {near.Value}?"
            : $"{BuiltIn.Names}, {Known} {FileKinds.Endings}, x.npy,y.npy, each packed with .gz or in a .zip, too; - for standard input";
}
