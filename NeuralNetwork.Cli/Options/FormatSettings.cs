using System.CommandLine;
using System.Globalization;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what files of data are, and how a text table is written.</summary>
internal static class FormatSettings
{
    private const int MostLines = 1_000_000;

    private static readonly (string Name, FileKind? Value)[] Kinds =
    [
        ("auto", null),
        .. FileKinds.Names.Select(one => (one.Name, (FileKind?)one.Kind)),
    ];

    private static readonly (string Name, int? Value)[] Indices = [("auto", null), ("0", 0), ("1", 1)];
    private static readonly (string Name, bool? Value)[] Headers = [("auto", null), ("yes", true), ("no", false)];

    private static readonly (string Name, char? Value)[] Quotes = [("double", '"'), ("single", '\''), ("none", null)];

    private static readonly (string Name, TextEncoding Value)[] Encodings =
    [
        ("auto", TextEncoding.Auto),
        ("utf-8", TextEncoding.Utf8),
        ("utf-16", TextEncoding.Utf16),
        ("latin-1", TextEncoding.Latin1),
        ("windows-1252", TextEncoding.Windows1252),
    ];

    private static readonly (string Name, char Value)[] Decimals = [("point", '.'), ("comma", ',')];

    private static readonly (string Name, Thousands Value)[] Groups =
    [
        ("none", Thousands.Nothing),
        ("comma", Thousands.Comma),
        ("dot", Thousands.Dot),
        ("space", Thousands.Space),
        ("apostrophe", Thousands.Apostrophe),
        ("underscore", Thousands.Underscore),
    ];

    private static readonly SpecOption[] OfFiles =
    [
        SpecParts.Format.Of(
            OptionName.Format,
            "NAME",
            $"What files of data are: auto (by name, else by their first bytes), {string.Join(", ", FileKinds.Names.Select(one => one.Name))}",
            Read.OneOf(Kinds),
            Write.OneOf(Kinds),
            format => format.Kind,
            (format, kind) => format with { Kind = kind }
        ),
        SpecParts.Format.Of(
            OptionName.IndexBase,
            "auto|0|1",
            "The index of the first feature in LIBSVM files; auto: 0 where a 0 occurs, or as the run was trained",
            Read.OneOf(Indices),
            Write.OneOf(Indices),
            format => format.FirstIndex,
            (format, index) => format with { FirstIndex = index }
        ),
    ];

    public static IReadOnlyList<SpecOption> OfTexts { get; } =
    [
        SpecParts.Format.Of(
            OptionName.Separator,
            "NAME",
            "Between the fields of a table: auto, comma, semicolon, tab, pipe, blanks (any number of them), or the character itself",
            Read.Named(ReadSeparator),
            Write.Name,
            format => format.Separator,
            (format, separator) => format with { Separator = separator }
        ),
        SpecParts.Format.Of(
            OptionName.Header,
            "auto|yes|no",
            "Whether the first line of a table has the names of the columns",
            Read.OneOf(Headers),
            Write.OneOf(Headers),
            format => format.HasHeader,
            (format, has) => format with { HasHeader = has }
        ),
        SpecParts.Format.Of(
            OptionName.Skip,
            "N",
            "Lines above a table that are left out",
            Lines,
            Write.Whole,
            format => format.Skip,
            (format, lines) => format with { Skip = lines }
        ),
        SpecParts.Format.Of(
            OptionName.SkipLast,
            "N",
            "Lines below a table that are left out; empty ones do not count",
            Lines,
            Write.Whole,
            format => format.SkipLast,
            (format, lines) => format with { SkipLast = lines }
        ),
        SpecParts.Format.Of(
            OptionName.Comment,
            "PREFIX",
            "What lines of a table begin with that are left out, as in # or //",
            text =>
                text.Length > 0
                    ? Ok<string?>(text)
                    : FSharpResult<string?, string>.NewError("empty (must be what comments begin with)"),
            Write.Same,
            format => format.Comment,
            (format, prefix) => format with { Comment = prefix }
        ),
        SpecParts.Format.Of(
            OptionName.Quote,
            "double|single|none",
            "What stands around texts of a table with separators in them",
            Read.OneOf(Quotes),
            Write.OneOf(Quotes),
            format => format.Quote,
            (format, quote) => format with { Quote = quote }
        ),
        SpecParts.Format.Of(
            OptionName.Encoding,
            "NAME",
            "Of a text table: auto (UTF-8, or UTF-16 with its mark), utf-8, utf-16, latin-1, windows-1252",
            Read.OneOf(Encodings),
            Write.OneOf(Encodings),
            format => format.Encoding,
            (format, encoding) => format with { Encoding = encoding }
        ),
        SpecParts.Format.Of(
            OptionName.Decimal,
            "point|comma",
            "What stands before the decimals of numbers in a table",
            Read.OneOf(Decimals),
            Write.OneOf(Decimals),
            format => format.Decimal,
            (format, point) => format with { Decimal = point }
        ),
        SpecParts.Format.Of(
            OptionName.Thousands,
            "NAME",
            "What stands between the thousands of numbers in a table: none, comma, dot, space, apostrophe, underscore",
            Read.OneOf(Groups),
            Write.OneOf(Groups),
            format => format.Thousands,
            (format, groups) => format with { Thousands = groups }
        ),
        SpecParts.Format.Of(
            OptionName.MissingWords,
            "WORD,…",
            "Cells that say that a value is missing: usual, none, or these words (usual among them, too); an empty cell always does",
            ColumnNames.Read,
            Write.Names,
            format => format.Missing,
            (format, words) => format with { Missing = words }
        ),
    ];

    public static IReadOnlyList<SpecOption> All { get; } = [.. OfFiles, .. OfTexts];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    private static FSharpResult<char?, string> ReadSeparator(string text) =>
        text is "\\t" ? Ok<char?>('\t')
        : text.Length == 1
        && char.IsAscii(text[0])
        && !char.IsAsciiLetterOrDigit(text[0])
        && text[0] is not ('"' or '\r' or '\n')
            ? Ok<char?>(text[0])
        : Read.OneOf(CsvFormat.Separators)(text);

    private static FSharpResult<int, string> Lines(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= MostLines
            ? Ok(value)
            : FSharpResult<int, string>.NewError($"{text} (must be a whole number from 0 to {MostLines})");

    private static FSharpResult<T, string> Ok<T>(T value) => FSharpResult<T, string>.NewOk(value);
}
