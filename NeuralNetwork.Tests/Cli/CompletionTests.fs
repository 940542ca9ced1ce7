/// What a shell is told that may come next on a line, and the scripts with which it asks.
module NeuralNetwork.Tests.Cli.CompletionTests

open System
open System.Diagnostics
open System.IO
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Cli.Options
open NeuralNetwork.Tests

let private prepare (place: Workplace) =
    File.WriteAllText(place.At "people.csv", "age,job title,churn\n1,a,x\n2,b,y\n3,c,x\n")
    File.WriteAllText(place.At "people.tsv", "age\tchurn\n1\tx\n2\ty\n")
    File.WriteAllText(place.At "odd.csv", "\"a, b\",-c,True,/d\n1,2,3,x\n2,3,4,y\n")
    File.Copy(place.At "people.csv", place.At "my file.csv")
    File.WriteAllText(place.At "kmnist.csv", "a,b\n1,2\n")
    File.WriteAllText(place.At "gelu.txt", "no name that nn explains\n")

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
      "nn train fa", [ "fashion-mnist" ]
      "nn train km", []
      "nn train my\\ f", []
      "nn train 'my f", []
      "nn --json tr", [ "train" ]
      "nn train --force mni", [ "mnist" ]
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
      "nn train people.csv --target job\\ t", [ "job title" ]
      "nn train people.csv --target 'job t", [ "job title" ]
      "nn train people.csv --target=ag", [ "--target=age" ]
      "nn train people.csv --task=cl", [ "--task=classification" ]
      "nn train my\\ file.csv --target a", [ "age" ]
      "nn train \"my file.csv\" --target a", [ "age" ]
      "nn train odd.csv --target ", [ "\"a, b\""; "-c"; "/d"; "True" ]
      "nn train odd.csv --ignore ", [ "\"a, b\""; "-c"; "/d"; "True" ]
      "nn train people.csv --target \"job title\"", [ "job title" ]
      "nn predict run people.csv --keep ", [ "age"; "all"; "churn"; "job title" ]
      "nn model export run --class ", []
      "nn runs --filter ", []
      "nn runs --sort ", [ "folder"; "loss"; "score"; "started"; "time" ]
      "nn train nobody.csv --target ", []
      "nn train --target ", [] ]

/// What nn says to a shell.
let private asked (place: Workplace) (line: string) : string list =
    let outcome = CommandLine.succeed place.Folder [ "[suggest:bash]"; line ]
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
eval "$(nn completion bash)"
# The words as bash has them, and the last one.
ask() { COMP_LINE="$1"; COMP_POINT=${#1}; COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2)); _nn; printf '%s\n' "${COMPREPLY[@]}"; }
complete -p nn
ask 'nn train people.csv --target ' nn train people.csv --target ''
ask 'nn train people.csv --opti' nn train people.csv --opti
ask 'nn train people.csv --validation last:' nn train people.csv --validation last :
ask 'nn train people.csv --target "jo' nn train people.csv --target '"jo'
COMP_LINE='nn train --opti'; COMP_WORDS=(nn train --opti); COMP_CWORD=1; COMP_POINT=5; _nn; echo "${COMPREPLY[@]}"
"""

          Expect.equal
              [ "complete -o bashdefault -o default -F _nn nn"
                "age"
                "churn"
                @"job\ title"
                "--optimizer"
                "job title"
                "train" ]
              (within "bash" [] script))
      test "The script of zsh completes names and columns, and files where nn knows none" (fun () ->
          // What the completion of zsh itself would do with what is found.
          let script =
              """
autoload -Uz compinit
compinit -u -D
eval "$(nn completion zsh)"
compadd() { [[ $1 == -a ]] && print -l -- "${whole[@]}"; }
_files() { print files; }
ask() { words=(${(z)1}); [[ $1 == *' ' ]] && words+=(''); CURRENT=${#words}; PREFIX=${words[-1]}; _nn; }
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
          test "What stands on a line in another grammar of words is read by that of its shell" (fun () ->
              let ask shell line = (CommandLine.succeed place.Folder [ $"[suggest:{shell}]"; line ]).Out.Trim()
              Expect.equal "job title" (ask "powershell" "nn train people.csv --target job` t")
              Expect.equal "" (ask "fish" "n"))
          test "What is suggested for an option with a catalogue is all of the catalogue" (fun () ->
              let head (name: string) = name.Split(':')[0]

              let named option =
                  let found = SpecOptions.All |> Seq.find (fun one -> one.Name = option)
                  (found.Option :?> SettingOption).Named() |> Seq.map head |> Set.ofSeq

              let hasAll option (catalogue: string seq) =
                  let left = Set.ofSeq (Seq.map head catalogue) - named option
                  Expect.that left.IsEmpty $"{option}: %A{left}"

              hasAll "--optimizer" (Seq.map Optimizer.name Optimizer.all)
              hasAll "--activation" (Seq.map Activation.name Activation.all)
              hasAll "--loss" (Seq.map Loss.name Loss.all)) ]
        @ scripts place)
