using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NeuralNetwork.Cli;

/// <summary>A progress bar with rate and time left. Redraws at most ten times a second, and allocates only then.</summary>
internal sealed class Meter
{
    private static readonly long Pause = Stopwatch.Frequency / 10;
    private readonly ProgressTask task;
    private long next;

    private Meter(ProgressTask task) => this.task = task;

    /// <summary>Whether it is time to say something new.</summary>
    public bool IsDue => Stopwatch.GetTimestamp() >= next;

    /// <summary>Moves the bar. To be called when it is due.</summary>
    public void Move(int done, string label)
    {
        next = Stopwatch.GetTimestamp() + Pause;
        task.Description = label.EscapeMarkup();
        task.Value = done;
    }

    /// <summary>Shows a bar on standard error while work goes on. Lines said meanwhile appear above it.</summary>
    public static TResult Show<TResult>(
        bool colour,
        int steps,
        string unit,
        Action<Action<string>> lines,
        Func<Meter?, TResult> work
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
                new RateColumn(unit),
                new RemainingTimeColumn()
            )
            .Start(context => work(new Meter(context.AddTask("starting", maxValue: steps))));
    }

    private sealed class RateColumn(string unit) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Spectre.Console.Text(task.Speed is { } speed ? $"{speed:0} {unit}/s" : "");
    }
}
