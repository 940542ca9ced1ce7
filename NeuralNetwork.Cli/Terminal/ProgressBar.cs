using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NeuralNetwork.Cli.Terminal;

/// <summary>A progress bar with rate and time left. Redraws at most ten times a second, and allocates only then.</summary>
internal sealed class ProgressBar
{
    private static readonly long Pause = Stopwatch.Frequency / 10;
    private readonly ProgressTask task;
    private readonly double start;
    private readonly double step;
    private readonly string title;
    private long next;

    private ProgressBar(ProgressTask task, double start = 0, double step = 1, string title = "") =>
        (this.task, this.start, this.step, this.title) = (task, start, step, title);

    /// <summary>Whether it is time to say something new.</summary>
    public bool IsDue => Stopwatch.GetTimestamp() >= next;

    /// <summary>The bar of a piece of the work: from where it begins, so many steps of this length under its own title.</summary>
    public ProgressBar Piece(double from, double length, string name) => new(task, from, length, name);

    /// <summary>Moves the bar. To be called when it is due.</summary>
    public void Move(int done, string label)
    {
        next = Stopwatch.GetTimestamp() + Pause;
        task.Description = Maths.Text.visible($"{title}{label}").EscapeMarkup();
        task.Value = start + (step * done);
    }

    /// <summary>Shows a bar on standard error while work goes on. Lines said meanwhile appear above it.</summary>
    public static TResult Show<TResult>(
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
                Out = new AnsiConsoleOutput(Console.Error),
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
            .Start(context => work(new ProgressBar(context.AddTask("starting", maxValue: steps))));
    }

    private sealed class RateColumn(string unit) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Spectre.Console.Text(task.Speed is { } speed ? $"{speed:0} {unit}/s" : "");
    }
}
