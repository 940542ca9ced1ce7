using System.CommandLine;
using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>The options that say how a CSV file is written.</summary>
internal static class FormatSettings
{
    private static readonly (string Name, char? Value)[] Separators =
    [
        ("auto", null),
        ("comma", ','),
        ("semicolon", ';'),
        ("tab", '\t'),
        ("pipe", '|'),
    ];

    private static readonly Setting<char?> Separator = new(
        "--separator",
        "NAME",
        "Between the fields of a CSV file: auto, comma, semicolon, tab, pipe, or the character itself",
        text =>
            text is [',' or ';' or '\t' or '|']
                ? FSharpResult<char?, string>.NewOk(text[0])
                : Read.OneOf(Separators)(text),
        "auto"
    );

    private static readonly Setting<bool?> Header = new(
        "--header",
        "auto|yes|no",
        "Whether the first line of a CSV file has the names of the columns",
        Read.OneOf<bool?>(("auto", null), ("yes", true), ("no", false)),
        "auto"
    );

    public static IEnumerable<Option> Options => [.. SourceSettings.Options, Separator.Option, Header.Option];

    /// <summary>What a separator is called.</summary>
    public static string NameOf(char separator) =>
        Separators.FirstOrDefault(known => known.Value == separator).Name ?? $"{separator}";

    public static CsvFormat Of(ParseResult result) =>
        SourceSettings.Of(result, new(Separator.Of(result), Header.Of(result)));

    /// <summary>Those of them that ask for something.</summary>
    public static IEnumerable<string> Wanted(ParseResult result)
    {
        if (Separator.IsWanted(result))
            yield return Separator.Name;
        if (Header.IsWanted(result))
            yield return Header.Name;
    }

    /// <summary>A usage failure where an option that is about the text of cells is given for data that have none.</summary>
    public static void Check(IEnumerable<string> wanted, DataSource source)
    {
        if (!source.IsDelimited && wanted.FirstOrDefault() is { } name)
            throw Failure.Usage($"{name}: means nothing for {source.Name} (it is about CSV and TSV files)");
    }

    /// <summary>The same for an option that is about columns or cells of any table.</summary>
    public static void CheckColumns(IEnumerable<string> wanted, DataSource source)
    {
        if (!source.HasColumns && wanted.FirstOrDefault() is { } name)
            throw Failure.Usage(
                $"{name}: means nothing for {source.Name} (it is about tables: CSV, TSV, JSON lines, Parquet, Arrow)"
            );
    }
}
