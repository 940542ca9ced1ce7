using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>
/// The help of commands that train: the options most people need first, then the others in named groups, each in the order that it
/// has among the options of a training.
/// </summary>
internal sealed class GroupedHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly string[] First =
    [
        OptionName.Out,
        OptionName.Target,
        OptionName.Validation,
        OptionName.Hidden,
        OptionName.Dropout,
        OptionName.Optimizer,
        OptionName.LearningRate,
        OptionName.BatchSize,
        OptionName.Epochs,
        OptionName.EarlyStopping,
    ];

    public override bool ClearsParseErrors => true;

    /// <summary>Arranges the help of the commands below a root.</summary>
    public static void Arrange(RootCommand root)
    {
        if (root.Options.OfType<HelpOption>().FirstOrDefault() is { Action: HelpAction usual } help)
            help.Action = new GroupedHelp(usual);
    }

    public override int Invoke(ParseResult result)
    {
        var command = result.CommandResult.Command;
        // Names alone are looked at: help on other commands need not load the library.
        if (command.Options.All(option => option.Name != OptionName.Hidden))
            return usual.Invoke(result);
        Command[] path = [command, .. Parents(command)];
        var labels = command.Arguments.Select(Label).ToArray();
        var names = string.Join(' ', path.Reverse().Select(one => one is RootCommand ? "nn" : one.Name));
        (string, string)[] usage = [($"{names} {string.Join(' ', labels)} [options]", "")];
        var output = result.InvocationConfiguration.Output;
        var about = (command.Description ?? "")
            .Split('\n')
            .SelectMany(line => Broken(line, Math.Max(MinimalWidth, usual.MaxWidth - 2)));
        Write(output, "Description", [.. about.Select(line => (line, ""))]);
        Write(output, "Usage", usage);
        Write(
            output,
            "Arguments",
            [.. command.Arguments.Select(one => (Label(one).Trim('[', ']'), one.Description ?? ""))]
        );
        foreach (var (title, options) in Groups(command))
            Write(output, title, [.. options.Select(option => (Label(option), About(option)))]);
        return Exit.Done;
    }

    private static IEnumerable<(string Title, IEnumerable<Option> Options)> Groups(Command command)
    {
        // A check of gradients and a plan train nothing: for them none of these comes first.
        var first = command.Options.All(option => option.Name != First[0])
            ? []
            : First.Select(name => command.Options.First(option => option.Name == name)).ToHashSet();
        var ofTraining = SpecOptions.Options.ToHashSet();
        IEnumerable<Option> Others(IEnumerable<SpecOption> options) =>
            options
                .Select(one => one.Option)
                .Where(option => command.Options.Contains(option) && !first.Contains(option));

        yield return ("Options most people need first", first);
        yield return (
            "What to do",
            command.Options.Where(option => !ofTraining.Contains(option) && !first.Contains(option))
        );
        yield return ("Defaults", Others([PresetSettings.Name, ConventionSettings.Name]));
        yield return ("Data", Others(DataSettings.Own));
        yield return ("How files of data are written", Others(FormatSettings.All));
        yield return ("Network", Others(ModelSettings.All));
        yield return ("Optimizer", Others(OptimizerSettings.All.Where(option => option != ConventionSettings.Name)));
        yield return ("Learning rate", Others(ScheduleSettings.All));
        yield return ("Penalties and limits", Others(LimitSettings.All));
        yield return ("Length, batches and the best model", Others(TrainingSettings.Own));
        yield return ("Saving", Others(SavingSettings.All));
        yield return ("Processor and libraries", Others(EngineSettings.All));
        yield return (
            "With every command",
            Parents(command).SelectMany(one => one.Options).Where(one => one.Recursive)
        );
    }

    /// <summary>The commands above one.</summary>
    private static IEnumerable<Command> Parents(Command command) =>
        command.Parents.OfType<Command>().SelectMany(parent => Parents(parent).Prepend(parent));

    private static string Label(Argument argument)
    {
        var label = $"<{argument.HelpName ?? argument.Name}>{(argument.Arity.MaximumNumberOfValues > 1 ? "..." : "")}";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{label}]" : label;
    }

    private static string Label(Option option)
    {
        var names = option
            .Aliases.Append(option.Name)
            .Where(name => name[0] == '-')
            .OrderBy(name => name.TrimStart('-'), StringComparer.Ordinal);
        return string.Join(", ", names)
            + (option.HelpName is { Length: > 0 } value && option.Arity.MaximumNumberOfValues > 0 ? $" <{value}>" : "")
            + (option.Required ? " (REQUIRED)" : "");
    }

    private static string About(Option option) =>
        option is SettingOption && option.HasDefaultValue
            ? $"{option.Description} [default: {option.GetDefaultValue()}]"
            : option.Description ?? "";

    /// <summary>Rows of two columns below a title; the second one is broken where the terminal ends.</summary>
    private void Write(TextWriter output, string title, (string Left, string Right)[] rows)
    {
        if (rows.Length == 0)
            return;
        output.WriteLine($"{title}:");
        var width = rows.Max(row => row.Left.Length);
        foreach (var (left, right) in rows)
        {
            string[] lines =
                right.Length == 0 ? [] : [.. Broken(right, Math.Max(MinimalWidth, usual.MaxWidth - width - 4))];
            output.WriteLine((lines is [var line, ..] ? $"  {left.PadRight(width)}  {line}" : $"  {left}").TrimEnd());
            foreach (var next in lines.Skip(1))
                output.WriteLine($"{new string(' ', width + 4)}{next}");
        }
        output.WriteLine();
    }

    private const int MinimalWidth = 20;

    private static IEnumerable<string> Broken(string text, int width)
    {
        while (text.Length > width)
        {
            var end = text.LastIndexOf(' ', width);
            end = end <= 0 ? width : end;
            yield return text[..end];
            text = text[end..].TrimStart();
        }
        yield return text;
    }
}
