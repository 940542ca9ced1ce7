/// What a shell is told that may come next on a line, and the scripts with which it asks.
module NeuralNetwork.Tests.Cli.CompletionTests

open System
open System.Diagnostics
open System.IO
open NeuralNetwork.Tests

let private prepare (place: Workplace) =
    File.WriteAllText(place.At "people.csv", "age,job title,churn\n1,a,x\n2,b,y\n3,c,x\n")
    File.WriteAllText(place.At "people.tsv", "age\tchurn\n1\tx\n2\ty\n")

/// Lines, and all that may come next.
let private lines: (string * string list) list =
    [ "nn tr", [ "train" ]
      "nn model ", [ "export"; "import"; "show"; "verify" ]
      "nn data fetch ", [ "fashion-mnist"; "kmnist"; "mnist" ]
      "nn explain optimizer ada", [ "adadelta"; "adagrad"; "adam"; "adamax"; "adamw" ]
      "nn explain ge", [ "gelu"; "gelu-tanh" ]
      // A file is meant, or a number, or anything.
      "nn train ", []
      "nn train people.csv --out ", []
      "nn train people.csv --epochs ", []
      "nn train people.csv --force ", []
      "nn train mni", [ "mnist" ]
      // Options only behind a dash.
      "nn train people.csv --ta", [ "--target"; "--task" ]
      "nn train people.csv --task ", [ "auto"; "classification"; "regression" ]
      "nn train people.csv --optimizer ada", [ "adadelta"; "adagrad"; "adam"; "adamax"; "adamw" ]
      "nn train people.csv --schedule cosine", [ "cosine-restarts:"; "cosine:" ]
      "nn train people.csv --validation ", [ "folds"; "last:"; "none" ]
      "nn train people.csv --activation relu,sel", [ "relu,selu" ]
      "nn train people.csv --calibrate ", [ "false"; "true" ]
      // Columns, where the data are known.
      "nn train people.csv --target ", [ "age"; "churn"; "job title" ]
      "nn data inspect people.tsv --target ", [ "age"; "churn" ]
      "nn train people.csv --ignore age,c", [ "age,churn" ]
      "nn train nobody.csv --target ", []
      "nn train --target ", [] ]

/// What nn says to a shell.
let private asked (place: Workplace) (line: string) : string list =
    let outcome = CommandLine.succeed place.Folder [ $"[suggest:{line.Length}]"; line ]
    Expect.equal "" outcome.Error
    List.ofArray (outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries))

/// Runs a script of a shell, in which nn is the program under test. Skips where there is no such shell.
let private within (place: Workplace) (shell: string) (options: string list) (script: string) : string list =
    let quoted = CommandLine.program () |> List.map (fun word -> $"'{word}'") |> String.concat " "

    let body =
        if shell = "fish" then
            $"function nn\n  {quoted} $argv\nend\n{script}"
        else
            $"nn() {{ {quoted} \"$@\"; }}\n{script}"

    let path = place.At $"script.{shell}"
    File.WriteAllText(path, body)
    let start = ProcessStartInfo(shell, options @ [ path ], WorkingDirectory = place.Folder)
    start.RedirectStandardOutput <- true
    start.RedirectStandardError <- true

    try
        match Process.Start start with
        | null -> skip $"{shell} did not start"
        | started ->
            let outcome = CommandLine.finish started
            Expect.that (outcome.Code = 0) outcome.Error
            List.ofArray (outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries))
    with :? ComponentModel.Win32Exception ->
        skip $"there is no {shell} on this machine"

/// The scripts, each in its shell.
let private scripts (place: Workplace) : Expecto.Test list =
    let within = within place

    [ test "The script of bash completes names and columns, with their blanks" (fun () ->
          let script =
              """
source <(nn completion bash)
ask() { COMP_LINE="$1"; COMP_POINT=${#1}; COMP_WORDS=($1); COMPREPLY=(); _nn; printf '%s\n' "${COMPREPLY[@]}"; }
complete -p nn
ask 'nn train people.csv --target '
ask 'nn train people.csv --opti'
"""

          Expect.equal
              [ "complete -o bashdefault -o default -F _nn nn"; "age"; "churn"; @"job\ title"; "--optimizer" ]
              (within "bash" [] script))
      test "The script of zsh completes names and columns, and files where nn knows none" (fun () ->
          // What the completion of zsh itself would do with what is found.
          let script =
              """
autoload -Uz compinit
compinit -u -D
source <(nn completion zsh)
compadd() { print -l -- "${found[@]}"; }
_files() { print files; }
ask() { words=(${(z)1}); [[ $1 == *' ' ]] && words+=(''); CURRENT=${#words}; _nn; }
print ${_comps[nn]}
ask 'nn train people.csv --target '
ask 'nn train people.csv --opti'
ask 'nn train pe'
"""

          Expect.equal [ "_nn"; "age"; "churn"; "job title"; "--optimizer"; "files" ] (within "zsh" [ "-f" ] script))
      test "The script of fish completes names, columns and files" (fun () ->
          let script =
              """
nn completion fish | source
complete -C 'nn train people.csv --target '
complete -C 'nn train people.csv --opti'
complete -C 'nn train people.t'
"""

          Expect.equal
              [ "age"; "churn"; "job title"; "--optimizer"; "people.tsv" ]
              (within "fish" [ "--no-config" ] script)) ]
    |> List.map (onUnix "shells that are told of nn there are others")

let tests =
    workplaceWith "Completion" prepare (fun place ->
        [ eachNamed
              "A line has what may come next, and nothing where the shell knows better"
              [ for line, expected in lines -> line, (line, expected) ]
              (fun (line: string, expected: string list) -> Expect.equal expected (asked place line))
          test "What stands behind the cursor does not count" (fun () ->
              let outcome = CommandLine.succeed place.Folder [ "[suggest:5]"; "nn tr --out x" ]
              Expect.equal "train" (outcome.Out.Trim()))
          test "Every value that is suggested is one that training takes" (fun () ->
              for option in
                  [ "--init"; "--loss"; "--activation"; "--unseen"; "--dates"; "--convention"; "--optimizer" ] do
                  let found = asked place $"nn train people.csv {option} "
                  Expect.that (found.Length > 2) $"{option}: %A{found}"

                  for value in found |> List.filter (fun value -> not (value.EndsWith ':')) do
                      let words =
                          [ "train"; place.At "people.csv"; "--dry-run"; "--out"; place.At "no"; option; value ]

                      let outcome = InProcess.run words
                      // A value that does not go with these data is none of a mistyped one.
                      Expect.that (not (outcome.Error.Contains "must be")) outcome.Error
                      Expect.that (not (outcome.Error.Contains "did you mean")) outcome.Error) ]
        @ scripts place)
