using System.CommandLine;
using System.CommandLine.Parsing;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn completion SHELL: a script with which a shell asks nn what may come next. Where nn has no names, files are meant.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of nn in bash. Kept, it is there in every shell:
        #   nn completion bash > ~/.local/share/bash-completion/completions/nn
        _nn() {
            local found
            COMPREPLY=()
            while IFS= read -r found; do
                COMPREPLY+=("$(printf %q "$found")")
            done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2> /dev/null)
        }
        complete -o bashdefault -o default -F _nn nn
        """;

    private const string Zsh = """
        #compdef nn
        # Completion of nn in zsh. Kept in a folder of $fpath, before compinit, it is there in every shell:
        #   nn completion zsh > ~/.zfunc/_nn
        _nn() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2> /dev/null)}")
            if [[ -n "${found[1]}" ]]; then
                compadd -a found
            else
                _files
            fi
        }
        if [[ "${funcstack[1]}" == _nn ]]; then _nn "$@"; else compdef _nn nn; fi
        """;

    private const string Fish = """
        # Completion of nn in fish. Kept, it is there in every shell:
        #   nn completion fish > ~/.config/fish/completions/nn.fish
        function __nn_next
            set -l line (commandline -cp)
            set -l found (nn "[suggest:"(string length -- "$line")"]" "$line" 2> /dev/null)
            if test (count $found) -gt 0
                printf '%s\n' $found
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete --command nn --no-files --arguments '(__nn_next)'
        """;

    private const string PowerShell = """
        # Completion of nn in PowerShell. In the profile it is there in every shell:
        #   nn completion powershell >> $PROFILE
        Register-ArgumentCompleter -Native -CommandName nn -ScriptBlock {
            param($word, $line, $position)
            $typed = $line.ToString().PadRight($position - $line.Extent.StartOffset)
            & nn "[suggest:$($typed.Length)]" $typed 2> $null | ForEach-Object {
                $text = if ($_ -match '[\s''"`$;,()]') { "'" + $_.Replace("'", "''") + "'" } else { $_ }
                [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
            }
        }
        """;

    private static readonly (string Name, string Script)[] Shells =
    [
        ("bash", Bash),
        ("zsh", Zsh),
        ("fish", Fish),
        ("powershell", PowerShell),
    ];

    public static void Fill(Command command, Screen screen)
    {
        foreach (var (name, script) in Shells)
        {
            var shell = new Command(name, $"The script for {name}, whose first lines say where to keep it.");
            shell.SetAction(_ =>
            {
                foreach (var line in script.Split('\n'))
                    screen.Print(line.TrimEnd('\r'));
                return Exit.Done;
            });
            command.Add(shell);
        }
    }

    /// <summary>The part of a line, behind the name of the program, that a shell asks about; null where none does.</summary>
    public static string? Asked(string[] args)
    {
        const string Begin = "[suggest:";
        if (
            args is not [var directive, var line]
            || !directive.StartsWith(Begin, StringComparison.Ordinal)
            || !int.TryParse(directive.AsSpan(Begin.Length).TrimEnd(']'), out var position)
        )
            return null;
        var typed = line[..Math.Clamp(position, 0, line.Length)].TrimStart();
        var blank = typed.IndexOf(' ', StringComparison.Ordinal);
        return blank < 0 ? "" : typed[(blank + 1)..].TrimStart();
    }

    /// <summary>Answers it, a name on each line.</summary>
    public static int Answer(RootCommand root, string line, Screen screen)
    {
        foreach (var name in Names(root, line))
            screen.Print(name);
        return Exit.Done;
    }

    // The names of commands and options, and the values that an option has names for. Nothing where a file is meant, and the shell
    // knows better; options only where a dash is there.
    private static IEnumerable<string> Names(RootCommand root, string line)
    {
        var word = line[(line.LastIndexOfAny([' ', '\t']) + 1)..];
        var result = root.Parse(line);
        foreach (var option in result.CommandResult.Command.Options.OfType<SettingOption>())
            if (option.IsOfColumns)
                option.CompletionSources.Add(context => option.Completed(context.WordToComplete, Columns(result)));
        return result
            .GetCompletions(line.Length)
            .Select(one => one.Label)
            .Where(label => label.StartsWith(word, StringComparison.Ordinal))
            .Where(label => label[0] == '-' ? word.StartsWith('-') : label[0] != '/')
            // Nobody types them behind an option that is there or not.
            .Where(label => label is not ("True" or "False"))
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    // The columns of the data on a line, as far as these can be read now.
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
        catch (Exception error) when (Failure.Of(error).Code != Exit.Bug)
        {
            // What is wrong is said when the line is done.
            return [];
        }
    }
}
