using System.CommandLine;
using System.CommandLine.Parsing;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>Says in one line what is wrong with the arguments: the first thing only, with a hint where one fits.</summary>
internal static class UsageErrors
{
    /// <summary>Throws a usage failure if the arguments cannot be understood. Asking for help is always understood.</summary>
    public static void Check(ParseResult result)
    {
        if (result.Action is { ClearsParseErrors: true })
        {
            CheckCommand(result);
            return;
        }
        CheckUnknown(result);
        foreach (var option in Path(result).SelectMany(command => command.Children).OfType<OptionResult>())
            CheckUse(result, option);
        if (result.Errors.Count > 0)
            throw Failure.Usage(Line(result, result.Errors[0]));
    }

    // Help on a command that there is not would be help on something else.
    private static void CheckCommand(ParseResult result)
    {
        var command = result.CommandResult.Command;
        if (command.Subcommands.Count > 0 && result.UnmatchedTokens is [not ['-', ..], ..])
            throw Failure.Usage(SubcommandLine(result, command));
    }

    /// <summary>The commands that were entered, from the innermost out.</summary>
    public static IEnumerable<CommandResult> Path(ParseResult result)
    {
        for (SymbolResult? place = result.CommandResult; place is not null; place = place.Parent)
            if (place is CommandResult command)
                yield return command;
    }

    /// <summary>The whole name of the command that was entered, as in nn data inspect.</summary>
    private static string Name(ParseResult result) =>
        string.Join(
            ' ',
            Path(result)
                .Select(place => place.Command is RootCommand ? "" : place.Command.Name)
                .Where(name => name.Length > 0)
                .Append("nn")
                .Reverse()
        );

    /// <summary>The names of the options that fit here.</summary>
    private static string[] Known(ParseResult result) =>
        [
            .. Path(result)
                .SelectMany(command => command.Command.Options)
                .SelectMany(option => option.Aliases.Prepend(option.Name))
                .Where(name => name.StartsWith("--", StringComparison.Ordinal)),
        ];

    private static readonly IEqualityComparer<Token> ByReference = ReferenceEqualityComparer.Instance;

    // An unknown option may have been taken for an argument: --epoch for the data set.
    private static void CheckUnknown(ParseResult result)
    {
        // Behind -- a name may begin with a dash.
        var behind = result.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet(ByReference);
        var word = result
            .CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Where(token => !behind.Contains(token))
            .Select(token => token.Value)
            .Concat(result.UnmatchedTokens)
            .FirstOrDefault(word => word.Length > 1 && word[0] == '-');
        if (word is null)
            return;
        CheckOrder(result, word);
        throw Failure.Usage($"{word}: unknown option{Hint(Known(result), word)}");
    }

    // nn --out x train: the parser looks for the options of a command behind its name only.
    private static void CheckOrder(ParseResult result, string word)
    {
        if (Known(result).Contains(word))
            throw Failure.Usage($"{word}: stands before the command ({Name(result)} … {word} …)");
    }

    private static void CheckUse(ParseResult result, OptionResult option)
    {
        var name = option.IdentifierToken?.Value ?? option.Option.Name;
        if (option.IdentifierTokenCount > 1 && option.Option.Arity.MaximumNumberOfValues <= 1)
            throw Failure.Usage(name, $"given {option.IdentifierTokenCount} times (once is enough)");
        // The parser gives an option the next word, even where that is another option.
        if (option.Tokens.Any(token => Known(result).Contains(token.Value)))
            throw Failure.Usage(name, "no value given");
    }

    private static string Line(ParseResult result, ParseError error)
    {
        var command = result.CommandResult.Command;
        var seeHelp = $"missing (see {Name(result)} --help)";
        return error.SymbolResult switch
        {
            OptionResult { IdentifierToken: { } typed } => $"{typed.Value}: no value given",
            _ when MissingArguments(result) is { Length: > 0 } missing => $"{string.Join(" and ", missing)}: {seeHelp}",
            _ when command.Options.FirstOrDefault(option => IsMissing(result, option)) is { } missing =>
                $"{missing.Name}: {seeHelp}",
            _ when command.Subcommands.Count > 0 => SubcommandLine(result, command),
            _ when result.UnmatchedTokens.Count > 0 => $"{result.UnmatchedTokens[0]}: one argument too many",
            _ => error.Message,
        };
    }

    private static string[] MissingArguments(ParseResult result) =>
        [
            .. result
                .Errors.Select(error => error.SymbolResult)
                .OfType<ArgumentResult>()
                .Where(argument => argument.Tokens.Count == 0)
                .Select(argument => argument.Argument.Name)
                .Concat(
                    result
                        .CommandResult.Command.Arguments.OfType<DataArgument>()
                        .Where(data => data.IsMissing(result))
                        .Select(data => data.Name)
                )
                .Distinct(),
        ];

    private static bool IsMissing(ParseResult result, Option option) =>
        option.Required && result.GetResult(option) is (null or { IdentifierTokenCount: 0 });

    private static string SubcommandLine(ParseResult result, Command command)
    {
        var names = command.Subcommands.Select(child => child.Name).ToArray();
        var choices = $"one of: {string.Join(", ", names)}";
        if (result.UnmatchedTokens.Count == 0)
            return $"no command ({choices}; --help tells more)";
        var word = result.UnmatchedTokens[0];
        return Hint(names, word) is { Length: > 0 } hint
            ? $"{word}: unknown command{hint}"
            : $"{word}: unknown command ({choices})";
    }

    /// <summary>What other programs call our options.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["--cost"] = "--loss",
        ["--criterion"] = "--loss",
        ["--objective"] = "--loss",
        ["--layers"] = "--hidden",
        ["--units"] = "--hidden",
        ["--hidden-layer-sizes"] = "--hidden",
        ["--bn"] = "--batch-norm",
        ["--eps"] = "--epsilon",
        ["--wd"] = "--weight-decay",
        ["--rate"] = "--learning-rate",
        ["--mu"] = "--momentum",
        ["--iterations"] = "--steps",
        ["--patience"] = "--early-stopping",
        ["--dtype"] = "--precision",
        ["--output-dir"] = "--out",
        ["--random-state"] = "--seed",
        ["--label"] = "--target",
    };

    private static string Hint(IReadOnlyCollection<string> known, string word)
    {
        var near =
            Elsewhere.TryGetValue(word, out var ours) && known.Contains(ours) ? ours
            : Text.nearest(known, word)?.Value is { } nearest && IsNear(nearest, word) ? nearest
            : null;
        return near is null ? "" : $" (did you mean {near}?)";
    }

    // Dashes are in every option: only letters tell how much of a word was meant. --keep is no --seed.
    private static bool IsNear(string known, string word) =>
        3 * Text.distance(known, word) <= 1 + known.TrimStart('-').Length;
}
