using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Commands;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.App;

/// <summary>The commands, and the way from arguments to an exit code.</summary>
internal static class CommandTree
{
    private const string About =
        "Train, check and use multi-layer perceptrons.\n\n"
        + "  nn train mnist --out runs/first        train a network on handwritten digits\n"
        + "  nn resume runs/first                   go on after an interruption\n"
        + "  nn compare optimizers mnist --out c    train with each, and draw the curves\n"
        + "  nn search mnist --trials 20 --out s    draw options at random, keep the best model\n"
        + "  nn lr-find mnist                       look for a learning rate in seconds\n"
        + "  nn runs                                the runs side by side\n"
        + "  nn compare-runs runs/a runs/b          in what they differ\n"
        + "  nn evaluate runs/first mnist           see how good it is, class by class\n"
        + "  nn predict runs/first mnist            the predictions, as CSV\n"
        + "  nn serve runs/people                   the answers of a table's model over HTTP\n"
        + "  nn explain optimizer adam              formula, defaults, a step worked out\n"
        + "  nn gradcheck --batch-norm              proof that the gradients are right\n"
        + "  nn doctor                              what this machine offers";

    public static readonly ParserConfiguration Grammar = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Does what is typed, and gives the exit code.</summary>
    public static int Run(string[] typed, Surroundings around) => Obey(Asked(typed), around);

    /// <summary>nn help [COMMAND], as it is called elsewhere, is nn [COMMAND] --help.</summary>
    private static string[] Asked(string[] args) => args is ["help", .. var command] ? [.. command, "--help"] : args;

    private static int Obey(string[] args, Surroundings around)
    {
        StandardInput.Begin(around.Input);
        var screen = new Screen(args, around);
        try
        {
            if (CompletionCommand.Asked(args) is { } words)
                return CompletionCommand.Answer(typed => Build(typed, screen), Grammar, words, screen);
            var root = Build(args, screen);
            var done = Obey(root.Parse(args, Grammar), around);
            screen.Job?.Leave();
            return done;
        }
        catch (Exception error)
        {
            return End(args, error, screen);
        }
        finally
        {
            StandardInput.End();
        }
    }

    private static int End(string[] args, Exception error, Screen screen)
    {
        var (code, line) = Failure.Of(error);
        line = WorkingFolder.Explained(error, line);
        try
        {
            // What every rank finds wrong with the same line is said once.
            if (args is ["train" or "resume", ..])
                RankSettings.JoinIn(args, screen);
        }
        catch (Exception other) when (other is Failure or IOException)
        {
            // Then each rank speaks for itself.
        }
        if (screen.Job is null)
            screen.Complain(line);
        if (code == Exit.Bug)
            screen.Explain(error.ToString());
        return screen.Job?.End(error, code, line) ?? code;
    }

    // Signals are handled in Interruption, errors in Run: the parser keeps out of both.
    private static int Obey(ParseResult result, Surroundings around)
    {
        UsageErrors.Check(result);
        return result.Invoke(
            new()
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = around.Output,
                Error = around.Error,
            }
        );
    }

    private static RootCommand Build(string[] args, Screen screen)
    {
        var root = new RootCommand(About);
        foreach (var option in Screen.Options)
            root.Add(option);
        GroupedHelp.Arrange(root);

        // Only a command that was named is given its options: help on all of them need not load the library.
        void Add(string name, string about, Action<Command, Screen> fill)
        {
            var command = new Command(name, about);
            if (args.Contains(name))
                fill(command, screen);
            root.Add(command);
        }

        Add("train", "Train a network, validate it, and save a run folder.", TrainCommand.Fill);
        Add("resume", "Go on with a run after any interruption, to the same bits.", ResumeCommand.Fill);
        Add("compare", "Train variants in turn: optimizers, initializers, batch sizes, …", CompareCommand.Fill);
        Add("search", "Train with options drawn at random, and keep the best model.", SearchCommand.Fill);
        Add(
            "lr-find",
            "Look for a learning rate: the loss at rising ones, and what several seeds suggest.",
            RateSearchCommand.Fill
        );
        Add("runs", "List the runs in a folder: scores, times, the options that differ.", RunsCommand.Fill);
        Add(
            "compare-runs",
            "Say in what two runs differ, and on which rows their answers do.",
            CompareRunsCommand.Fill
        );
        Add("evaluate", "Measure a model: loss, accuracy, scores of each class.", EvaluateCommand.Fill);
        Add("predict", "Predict rows, as CSV.", PredictCommand.Fill);
        Add("serve", "Answer over HTTP: a page, JSON, CSV, health and metrics.", ServeCommand.Fill);
        Add("model", "Look into files of models, verify them, export and import them.", ModelCommand.Fill);
        Add("data", "List and fetch built-in data sets; look at data of any kind.", DataCommand.Fill);
        Add("gradcheck", "Check gradients against exact and numeric ones, tensor by tensor.", GradcheckCommand.Fill);
        Add(
            "explain",
            "Explain a name: formula, defaults, an example. Show what a model goes by.",
            ExplainCommand.Fill
        );
        Add("doctor", "Check the machine: processor, threads, BLAS libraries and their speed.", DoctorCommand.Fill);
        Add(
            "completion",
            "A script that completes lines with nn: for bash, zsh, fish or PowerShell.",
            CompletionCommand.Fill
        );
        return root;
    }
}

/// <summary>The entry.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        // How `nn` looks at a library that may take the process down: it asks a child of itself.
        if (args is ["doctor", Probe.Ask, var candidate])
            return Say(Probe.Answer(candidate));
        if (args is ["doctor", Probe.AskSpeed, var library])
            return Say(Probe.AnswerSpeed(library));
        Posix.IgnoreFileSizeLimit();
        Outlet.UseUtf8();
        return CommandTree.Run(args, Surroundings.OfProcess());
    }

    private static int Say(string answer)
    {
        Console.Out.WriteLine(answer);
        return Exit.Done;
    }
}
