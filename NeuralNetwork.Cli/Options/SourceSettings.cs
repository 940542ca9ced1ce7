using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>The options that say what files are, whatever they are called.</summary>
internal static class SourceSettings
{
    public const string FirstIndexName = "--index-base";

    private static readonly Setting<FileKind?> Kind = new(
        "--format",
        "NAME",
        $"What files of data are: auto (by name, else by their first bytes), {string.Join(", ", FileKinds.Names.Select(one => one.Name))}",
        Read.OneOf([("auto", null), .. FileKinds.Names.Select(one => (one.Name, (FileKind?)one.Kind))]),
        "auto"
    );

    private static readonly Setting<int?> FirstIndex = new(
        FirstIndexName,
        "auto|0|1",
        "The index of the first feature in LIBSVM files; auto: 0 where a 0 occurs, or as the run was trained",
        Read.OneOf<int?>(("auto", null), ("0", 0), ("1", 1)),
        "auto"
    );

    public static IEnumerable<Option> Options => [Kind.Option, FirstIndex.Option];

    /// <summary>What is said of CSV files, with what is said of all of them.</summary>
    public static CsvFormat Of(ParseResult result, CsvFormat csv) =>
        csv with
        {
            Kind = Kind.Of(result),
            FirstIndex = FirstIndex.Of(result),
        };

    /// <summary>A usage failure where an option asks for what data do not have.</summary>
    public static void Check(ParseResult result, DataSource source)
    {
        if (FirstIndex.IsWanted(result) && source is not LibSvmSource)
            throw Failure.Usage($"{FirstIndex.Name}: means nothing for {source.Name} (it is about LIBSVM files)");
    }
}
