using System.Text;

namespace NeuralNetwork.Cli.Charts;

/// <summary>
/// Colours and type of every picture. The colours of lines are those of Okabe and Ito (2008), which people who see few
/// colours can tell apart; after seven of them lines are dashed. A picture follows the light or the dark of its reader.
/// </summary>
internal static class Theme
{
    public const int LetterHeight = 13;

    // How wide a letter may be taken to be, and where the scripts with wide ones begin: no font is at hand to ask.
    public const double TitleLetterWidth = 9.7;
    public const double TickLetterWidth = 7.3;
    private const double TickHeight = 12;
    private const double LetterWidth = 8.3;
    private const double NarrowWidth = 5.5;
    private const double BroadWidth = 13;
    private const string Narrow = "iljtfI.,:;|!'()[] ";
    private const string Broad = "mwMW@%…";
    private const int FirstWide = 0x1100;

    private static readonly (string Light, string Dark)[] Colours =
    [
        ("#0072B2", "#3E9BD6"),
        ("#E69F00", "#E69F00"),
        ("#009E73", "#1BB88A"),
        ("#D55E00", "#F0773A"),
        ("#CC79A7", "#D98FB8"),
        ("#56B4E9", "#7CC7F2"),
        ("#1F2328", "#F0F3F6"),
    ];

    /// <summary>
    /// From little to much, after the viridis map (van der Walt and Smith 2015): even in lightness, so that it is read
    /// without colours, too. Its ends are moved away from the paper.
    /// </summary>
    private static readonly (string Light, string Dark)[] Shades =
    [
        ("#440154", "#8A5BC7"),
        ("#443A83", "#7480D6"),
        ("#31688E", "#559FCC"),
        ("#21918C", "#3CB4AE"),
        ("#35A86E", "#55CC8C"),
        ("#7FBF3B", "#A3DE5E"),
        ("#C9B80E", "#E8EE55"),
    ];

    private static readonly string[] Dashes = ["", "7 3", "2 3"];

    /// <summary>The class of a line's colour.</summary>
    public static string ColourOf(int line) => $"c{line % Colours.Length}";

    /// <summary>The dashes of a line, or none.</summary>
    public static string DashesOf(int line) => Dashes[line / Colours.Length % Dashes.Length];

    /// <summary>How many shades there are.</summary>
    public static int ShadeCount => Shades.Length;

    /// <summary>The class of a shade, from little (0) to much (1).</summary>
    public static string ShadeOf(double place) => $"s{Math.Clamp((int)(place * Shades.Length), 0, Shades.Length - 1)}";

    /// <summary>How much room a text may need.</summary>
    public static double WidthOf(string text) => text.EnumerateRunes().Sum(WidthOf);

    /// <summary>The same for the small letters at axes.</summary>
    public static double TickWidthOf(string text) => WidthOf(text) * TickHeight / LetterHeight;

    private static double WidthOf(Rune letter) =>
        letter.Value >= FirstWide ? 2 * LetterWidth
        : Narrow.Contains((char)letter.Value) ? NarrowWidth
        : Broad.Contains((char)letter.Value) ? BroadWidth
        : char.IsUpper((char)letter.Value) ? LetterWidth + 1.5
        : LetterWidth;

    public static string Style =>
        string.Join(
            '\n',
            "",
            $"text {{ font: {LetterHeight}px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }}",
            ".title { font-size: 16px; font-weight: 600; }",
            ".tick, .caption { font-size: 12px; font-variant-numeric: tabular-nums; }",
            ".line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }",
            ".band { stroke: none; fill-opacity: 0.16; }",
            ".lead { fill: none; stroke-width: 1; stroke-opacity: 0.7; }",
            ".dot { stroke: none; }",
            ".frame, .edge { fill: none; }",
            ".told { fill: transparent; stroke: none; }",
            ".whisker { stroke-width: 1.5; }",
            ".spot { stroke-width: 1; fill-opacity: 0.9; }",
            ".ideal { stroke-width: 1.5; stroke-dasharray: 6 4; }",
            ".cell { stroke: none; }",
            ".count { font-size: 12px; font-variant-numeric: tabular-nums; }",
            ".count.small { font-size: 9.5px; }",
            ".head { font-size: 12.5px; font-weight: 600; }",
            ".note { font-size: 11.5px; font-variant-numeric: tabular-nums; }",
            Colouring("#FFFFFF", "#1F2328", "#59636E", "#E4E7EB", "#8C959F", colour => colour.Light),
            "@media (prefers-color-scheme: dark) {",
            Colouring("#0D1117", "#F0F3F6", "#9DA7B3", "#262C36", "#59636E", colour => colour.Dark),
            "}",
            ""
        );

    private static string Colouring(
        string paper,
        string ink,
        string faint,
        string grid,
        string rule,
        Func<(string Light, string Dark), string> shade
    )
    {
        string[] fixedOnes =
        [
            $".paper {{ fill: {paper}; }}",
            $"text {{ fill: {ink}; }}",
            $".tick, .caption, .note {{ fill: {faint}; }}",
            $".whisker {{ stroke: {ink}; }}",
            $".spot {{ stroke: {paper}; }}",
            $".count.strong {{ fill: {paper}; }}",
            $".grid {{ stroke: {grid}; }}",
            $".rule, .edge, .ideal {{ stroke: {rule}; }}",
            $".none {{ fill: {rule}; }}",
        ];
        var lines = Colours.SelectMany(
            (colour, place) =>
                new[]
                {
                    $".line.c{place}, .lead.c{place} {{ stroke: {shade(colour)}; }}",
                    $".band.c{place}, .dot.c{place}, .bar.c{place}, .cell.c{place} {{ fill: {shade(colour)}; }}",
                }
        );
        var shades = Shades.Select((colour, place) => $".s{place} {{ fill: {shade(colour)}; }}");
        return string.Join('\n', fixedOnes.Concat(lines).Concat(shades));
    }
}
