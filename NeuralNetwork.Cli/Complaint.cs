using System.CommandLine;
using System.CommandLine.Parsing;

namespace NeuralNetwork.Cli;

/// <summary>Says in one line what is wrong with the arguments: the first thing only, with a hint where one fits.</summary>
internal static class Complaint
{
    /// <summary>Throws a usage failure if the arguments cannot be understood.</summary>
    public static void Check(ParseResult result)
    {
        if (result.Action is { ClearsParseErrors: true })
            return;
        if (UnknownOption(result) is { } unknown)
            throw Failure.Usage(unknown);
        if (Repeated(result) is { } repeated)
            throw Failure.Usage(repeated);
        if (result.Errors.Count > 0)
            throw Failure.Usage(Line(result, result.Errors[0]));
    }

    /// <summary>The commands and options that were entered, from the innermost out.</summary>
    private static IEnumerable<CommandResult> Path(ParseResult result)
    {
        for (SymbolResult? place = result.CommandResult; place is not null; place = place.Parent)
            if (place is CommandResult command)
                yield return command;
    }

    // An unknown option may have been taken for an argument: --epoch for the data set.
    private static string? UnknownOption(ParseResult result)
    {
        var taken = result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens);
        var word = taken
            .Select(token => token.Value)
            .Concat(result.UnmatchedTokens)
            .FirstOrDefault(word => word.Length > 1 && word[0] == '-');
        if (word is null)
            return null;
        var known = Path(result).SelectMany(command => command.Command.Options).Where(option => !option.Hidden);
        return $"{word}: unknown option{Hint(known.SelectMany(option => option.Aliases.Prepend(option.Name)), word)}";
    }

    private static string? Repeated(ParseResult result) =>
        Path(result)
            .SelectMany(command => command.Children)
            .OfType<OptionResult>()
            .Where(option => option.IdentifierTokenCount > 1)
            .Select(option => $"{option.Option.Name}: given {option.IdentifierTokenCount} times (once is enough)")
            .FirstOrDefault();

    private static string Line(ParseResult result, ParseError error)
    {
        var command = result.CommandResult.Command;
        return error.SymbolResult switch
        {
            OptionResult { IdentifierTokenCount: > 0 } option => $"{option.Option.Name}: no value given",
            ArgumentResult { Tokens.Count: 0 } missing =>
                $"{missing.Argument.Name}: missing (see nn {command.Name} --help)",
            _ when command.Options.FirstOrDefault(option => option.Required && IsMissing(result, option))
                    is { } option => $"{option.Name}: missing ({option.Description})",
            _ when command.Subcommands.Count > 0 => SubcommandLine(result, command),
            _ when result.UnmatchedTokens.Count > 0 => $"{result.UnmatchedTokens[0]}: one argument too many",
            _ => error.Message,
        };
    }

    private static bool IsMissing(ParseResult result, Option option) =>
        result.GetResult(option) is null or { IdentifierTokenCount: 0 };

    private static string SubcommandLine(ParseResult result, Command command)
    {
        var names = command.Subcommands.Select(child => child.Name).ToArray();
        if (result.UnmatchedTokens.Count == 0)
            return $"no command (one of: {string.Join(", ", names)}; nn --help tells more)";
        var word = result.UnmatchedTokens[0];
        var hint = Hint(names, word);
        return $"{word}: unknown command{(hint.Length > 0 ? hint : $" (one of: {string.Join(", ", names)})")}";
    }

    private static string Hint(IEnumerable<string> known, string word) =>
        Text.nearest(known, word) is { } near ? $" (did you mean {near.Value}?)" : "";
}
