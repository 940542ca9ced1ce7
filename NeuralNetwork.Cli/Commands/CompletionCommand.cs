using System.CommandLine;
using System.CommandLine.Parsing;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>
/// nn completion SHELL: a script with which a shell asks nn what may come next. It hands over the line up to the cursor, as
/// in: nn "[suggest:bash]" "nn train people.csv --tar". Where nn says nothing, the shell completes files.
/// </summary>
internal static class CompletionCommand
{
    private const string Ask = "[suggest:";

    // Bash takes : and = for ends of words: what stands before the last one is there already.
    private const string Bash = """
        # Completion of nn in bash. In ~/.bashrc:
        #   eval "$(nn completion bash)"
        _nn() {
            local found line=${COMP_LINE:0:COMP_POINT} current=${COMP_WORDS[COMP_CWORD]}
            local typed=${line##*[[:space:]]}
            COMPREPLY=()
            while IFS= read -r found; do
                case $typed in *[:=]*) found=${found#"${typed%"${typed##*[:=]}"}"} ;; esac
                case $current in [\'\"]*) ;; *) found=${found:+$(printf %q "$found")} ;; esac
                [[ -z $found ]] || COMPREPLY+=("$found")
            done < <("${COMP_WORDS[0]}" "[suggest:bash]" "$line" 2> /dev/null)
            case ${COMPREPLY[0]} in *:) compopt -o nospace 2> /dev/null ;; esac
        }
        complete -o bashdefault -o default -F _nn nn
        """;

    private const string Zsh = """
        #compdef nn
        # Completion of nn in zsh. In ~/.zshrc, behind compinit:
        #   eval "$(nn completion zsh)"
        _nn() {
            local line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX" name none=1
            local -a found whole begun
            found=("${(@f)$("${words[1]}" "[suggest:zsh]" "$line" 2> /dev/null)}")
            if [[ -n "${found[1]}" ]]; then
                for name in "${found[@]}"; do
                    if [[ $name == *: ]]; then begun+=("$name"); else whole+=("$name"); fi
                done
                compadd -a whole && none=0
                compadd -S '' -a begun && none=0
                return $none
            else
                _files
            fi
        }
        if [[ "${funcstack[1]}" == _nn ]]; then _nn "$@"; else compdef _nn nn; fi
        """;

    private const string Fish = """
        # Completion of nn in fish. In ~/.config/fish/config.fish:
        #   nn completion fish | source
        function __nn_next
            set -l found (nn "[suggest:fish]" (commandline -cp) 2> /dev/null)
            if test (count $found) -gt 0
                printf '%s\n' $found
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete --command nn --no-files --arguments '(__nn_next)'
        """;

    private const string PowerShell = """
        # Completion of nn in PowerShell. In the file $PROFILE:
        #   nn completion powershell | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName nn -ScriptBlock {
            param($word, $line, $position)
            $length = $position - $line.Extent.StartOffset
            $typed = $line.ToString().PadRight($length).Substring(0, $length)
            & nn "[suggest:powershell]" $typed 2> $null | ForEach-Object {
                $text = if ($_ -match '^[\w./:\\=-]+$') { $_ } else { "'" + $_.Replace("'", "''") + "'" }
                [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
            }
        }
        """;

    private const string PowerShellName = "powershell";

    private static readonly (string Name, string Script)[] Shells =
    [
        ("bash", Bash),
        ("zsh", Zsh),
        ("fish", Fish),
        (PowerShellName, PowerShell),
    ];

    public static void Fill(Command command, Screen screen)
    {
        foreach (var (name, script) in Shells)
        {
            var shell = new Command(name, $"The script for {name}, whose first lines say where to put it.");
            shell.SetAction(_ =>
            {
                foreach (var line in script.Split('\n'))
                    screen.Print(line.TrimEnd('\r'));
                return Exit.Done;
            });
            command.Add(shell);
        }
    }

    /// <summary>The words behind the name of the program on the line that a shell asks about; null where none does.</summary>
    public static IReadOnlyList<string>? Asked(string[] args) =>
        args is [var shell, var line] && shell.StartsWith(Ask, StringComparison.Ordinal)
            ? [.. ShellLine.Words(line, shell.Contains(PowerShellName) ? '`' : '\\').Skip(1)]
            : null;

    /// <summary>Says what may stand for the last of these words, a name on each line. Tab is no time for complaints.</summary>
    public static int Answer(
        Func<string[], RootCommand> build,
        ParserConfiguration grammar,
        IReadOnlyList<string> words,
        Screen screen
    )
    {
        if (words.Count == 0)
            return Exit.Done;
        try
        {
            foreach (var name in Names(build, grammar, words))
                screen.Print(name);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            screen.Explain(error.ToString());
        }
        return Exit.Done;
    }

    private static IEnumerable<string> Names(
        Func<string[], RootCommand> build,
        ParserConfiguration grammar,
        IReadOnlyList<string> words
    )
    {
        string[] before = [.. words.SkipLast(1)];
        var word = words[^1];
        var start = "";
        // An option and its value in one word.
        if (
            word.StartsWith("--", StringComparison.Ordinal)
            && word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
        )
            (before, start, word) = ([.. before, word[..at]], word[..(at + 1)], word[(at + 1)..]);
        var root = build(before);
        var line = root.Parse(before, grammar);
        var options = UsageErrors.Path(line).SelectMany(entered => entered.Command.Options).ToArray();
        bool IsCalled(Option option, string name) => option.Name == name || option.Aliases.Contains(name);
        if (before is [.., var last] && Array.Find(options, option => IsCalled(option, last)) is SettingOption valued)
            return Values(valued, line, word).Select(value => start + value);
        // Behind an option that is there or not comes what would come without it.
        var named = before.Where(one =>
            !options.Any(option => option.ValueType == typeof(bool) && IsCalled(option, one))
        );
        var text = string.Concat(named.Select(one => $"\"{one.Replace("\"", "")}\" "));
        return root.Parse(text, grammar)
            .GetCompletions(text.Length)
            .Where(one => one.Label.StartsWith(word, StringComparison.Ordinal))
            // Options behind a dash alone. All files stand where a set of data may, and are known to the shell.
            .Where(one => one.Label[0] == '-' ? word.StartsWith('-') : one.Label[0] != '/')
            .Where(one => one.Kind != ArgumentNames.OrFile || (word.Length > 0 && !IsBegunFile(word)))
            .Select(one => one.Label)
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    private static bool IsBegunFile(string word) =>
        Directory.EnumerateFileSystemEntries(".", $"{word.Replace("*", "").Replace("?", "")}*").Any();

    private static IEnumerable<string> Values(SettingOption option, ParseResult line, string word)
    {
        var values = option.IsOfColumns ? Columns(line).Concat(option.Named()) : option.Named();
        if (option.IsNames)
            values = values.Select(CellText.Listed);
        // Of several with commas between them, the last one is being typed.
        var behind = option.IsNames || option.IsList ? word.LastIndexOf(',') + 1 : 0;
        return values
            .Where(value => value.StartsWith(word[behind..], StringComparison.Ordinal) && !value.Any(char.IsControl))
            .Select(value => word[..behind] + value)
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    // The columns of the data on a line, as far as these can be read now: what is wrong with them is said when the line is done.
    private static IEnumerable<string> Columns(ParseResult line)
    {
        var found = line
            .CommandResult.Children.OfType<ArgumentResult>()
            .FirstOrDefault(one => one.Argument.Name == Arguments.DataName);
        if (found is not { Tokens: [{ Value: var data }, ..] } || StandardInput.IsName(data))
            return [];
        try
        {
            var format = SpecReader.Typed(line, FormatSettings.All).Data.Format;
            return DataSource.Find(data, format.Csv) is TableSource table ? table.Rows.Look(null).Names : [];
        }
        catch (Failure)
        {
            return [];
        }
    }
}
