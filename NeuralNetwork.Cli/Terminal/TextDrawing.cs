using System.Text;
using NeuralNetwork.Cli.Charts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NeuralNetwork.Cli.Terminal;

/// <summary>A progress bar with rate and time left. Redraws at most ten times a second, and allocates only then.</summary>
internal sealed class ProgressBar
{
    private readonly TimeProvider time;
    private readonly ProgressTask task;
    private readonly double start;
    private readonly double step;
    private readonly string title;
    private long next;

    private ProgressBar(TimeProvider time, ProgressTask task, double start = 0, double step = 1, string title = "") =>
        (this.time, this.task, this.start, this.step, this.title) = (time, task, start, step, title);

    /// <summary>Whether it is time to say something new.</summary>
    public bool IsDue => time.GetTimestamp() >= next;

    /// <summary>The bar of a piece of the work: from where it begins, so many steps of this length under its own title.</summary>
    public ProgressBar Piece(double from, double length, string name) => new(time, task, from, length, name);

    /// <summary>Moves the bar. To be called when it is due.</summary>
    public void Move(int done, string label)
    {
        next = time.GetTimestamp() + (time.TimestampFrequency / 10);
        task.Description = Maths.Text.visible($"{title}{label}").EscapeMarkup();
        task.Value = start + (step * done);
    }

    /// <summary>Shows a bar on standard error while work goes on. Lines said meanwhile appear above it.</summary>
    public static TResult Show<TResult>(
        Surroundings around,
        bool colour,
        int steps,
        string unit,
        Action<Action<string>> lines,
        Func<ProgressBar?, TResult> work
    )
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(around.Error),
                Ansi = AnsiSupport.Yes,
                Interactive = InteractionSupport.Yes,
                ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            }
        );
        lines(line => console.WriteLine(line));
        return console
            .Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                unit.Length > 0 ? new RateColumn(unit) : new ElapsedTimeColumn(),
                new RemainingTimeColumn()
            )
            .Start(context => work(new ProgressBar(around.Time, context.AddTask("starting", maxValue: steps))));
    }

    private sealed class RateColumn(string unit) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Spectre.Console.Text(task.Speed is { } speed ? $"{speed:0} {unit}/s" : "");
    }
}

/// <summary>
/// A line chart in letters: each letter of braille is two by four dots. Lines are told apart by colours, so without colours
/// there are no more than two, and the second one is dotted.
/// </summary>
internal static class TextPlot
{
    private const int MostLines = 6;
    private const int Blank = 0x2800;

    /// <summary>The bits of the dots of a letter: those of its left column from the top down, then those of the right one.</summary>
    private static readonly int[] Bits = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80];

    // Blue, yellow, green, red, magenta, cyan: what the pictures have, as near as terminals come.
    private static readonly int[] Colours = [34, 33, 32, 31, 35, 36];

    /// <summary>The lines to print; none where there is nothing to see: less than two dots, or too many lines.</summary>
    public static IEnumerable<string> Of(LineChart chart, int columns, int rows, bool colour)
    {
        var lines = chart.Lines.Select(line => chart.Pieces(line).SelectMany(piece => piece).ToArray()).ToArray();
        var dots = lines.SelectMany(line => line).ToArray();
        if (lines.All(line => line.Length < 2) || lines.Length > (colour ? MostLines : 2))
            return [];
        var across = Axis.Counted([.. dots.Select(dot => dot.X)], 4);
        var up = Axis.Upright(chart.Scale, [.. dots.Select(dot => dot.Y)], rows / 2);
        var cells = new Cell[rows, columns];
        for (var line = 0; line < lines.Length; line++)
            Draw(
                cells,
                lines[line],
                line,
                dot => across.Place(dot.X),
                dot => up.Place(dot.Y),
                isDotted: line > 0 && !colour
            );
        return
        [
            $"{chart.Title}: {chart.Scale.Caption(chart.Up)}",
            .. Rows(cells, up, colour),
            Foot(across, chart, colour),
        ];
    }

    /// <summary>Straight lines from dot to dot, in steps of half a dot of braille.</summary>
    private static void Draw(
        Cell[,] cells,
        Dot[] dots,
        int line,
        Func<Dot, double> across,
        Func<Dot, double> up,
        bool isDotted
    )
    {
        var (width, height) = ((2 * cells.GetLength(1)) - 1, (4 * cells.GetLength(0)) - 1);
        foreach (var (from, to) in dots.Zip(dots.Skip(1)))
        {
            var (x, y) = (across(from) * width, (1 - up(from)) * height);
            var (toX, toY) = (across(to) * width, (1 - up(to)) * height);
            var steps = Math.Max(1, (int)(2 * Math.Max(Math.Abs(toX - x), Math.Abs(toY - y))));
            for (var step = 0; step <= steps; step++)
            {
                var (column, row) = (
                    (int)Math.Round(x + ((toX - x) * step / steps)),
                    (int)Math.Round(y + ((toY - y) * step / steps))
                );
                if (!isDotted || column % 3 == 0)
                    cells[row / 4, column / 2] = cells[row / 4, column / 2]
                        .With(Bits[(4 * (column % 2)) + (row % 4)], line);
            }
        }
    }

    private static IEnumerable<string> Rows(Cell[,] cells, Axis up, bool colour)
    {
        var rows = cells.GetLength(0);
        var ticks = up
            .Ticks.GroupBy(tick => (int)Math.Round((1 - up.Place(tick.Value)) * (rows - 1)))
            .ToDictionary(group => group.Key, group => group.First().Text);
        var width = ticks.Values.Max(text => text.Length);
        for (var row = 0; row < rows; row++)
        {
            var text = new StringBuilder($"{ticks.GetValueOrDefault(row, "").PadLeft(width)} ");
            for (var column = 0; column < cells.GetLength(1); column++)
                text.Append(Painted((char)(Blank + cells[row, column].Dots), cells[row, column].Line, colour));
            yield return text.ToString();
        }
    }

    private static string Painted(char letter, int line, bool colour) =>
        colour && letter != Blank ? $"\e[{Colours[line]}m{letter}\e[0m" : $"{letter}";

    /// <summary>Where the axis begins and ends, and what the lines are.</summary>
    private static string Foot(Axis across, LineChart chart, bool colour)
    {
        var names = chart.Lines.Select(
            (line, place) =>
                colour ? $"\e[{Colours[place]}m{line.Name}\e[0m" : $"{(place == 0 ? "—" : "···")} {line.Name}"
        );
        return $"{chart.Across} {across.Low:0} to {across.High:0}   {string.Join("   ", names)}";
    }

    /// <summary>The dots of a letter, and the line that was drawn there last.</summary>
    private readonly record struct Cell(int Dots, int Line)
    {
        public Cell With(int bit, int line) => new(Dots | bit, line);
    }
}

/// <summary>Tables in letters.</summary>
internal static class TextTable
{
    /// <summary>Rows of words in columns.</summary>
    public static IEnumerable<string> Columns(IReadOnlyList<string[]> rows) =>
        Aligned(rows, (text, _, width) => text.PadRight(width));

    /// <summary>Rows of numbers under their heads, with a name in front.</summary>
    public static IEnumerable<string> Table(string[] heads, IEnumerable<string[]> rows) =>
        Aligned([heads, .. rows], (text, column, width) => column == 0 ? text.PadRight(width) : text.PadLeft(width));

    private static IEnumerable<string> Aligned(IReadOnlyList<string[]> rows, Func<string, int, int, string> pad)
    {
        // What is escaped is longer.
        var shown = rows.Select(row => Array.ConvertAll(row, Maths.Text.visible)).ToArray();
        var widths = shown[0].Select((_, column) => shown.Max(row => row[column].Length)).ToArray();
        return shown.Select(row =>
            string.Join("  ", row.Select((text, column) => pad(text, column, widths[column]))).TrimEnd()
        );
    }
}
