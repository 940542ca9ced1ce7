/// nn compare from end to end, on a slice of MNIST.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Cli.CompareTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Xml.Linq
open NeuralNetwork.Tests
open NUnit.Framework

let private folder = Path.Combine(Path.GetTempPath(), $"nn-compare-{Guid.NewGuid()}")
let private at (name: string) = Path.Combine(folder, name)

let private small = [ "--hidden"; "8"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]

let private compare what out more = [ "compare"; what; at "data"; "--out"; at out ] @ small @ more

let private succeed arguments =
    let outcome = InProcess.run arguments
    let line = String.Join(' ', List.map string arguments)
    Expect.that (outcome.Code = 0) $"nn {line} ended with {outcome.Code}: {outcome.Error}"
    outcome

[<OneTimeSetUp>]
let prepare () =
    CommandLine.writeData (at "data")
    succeed (compare "optimizers" "two" [ "--values"; "adam,sgd"; "--seeds"; "2" ]) |> ignore

[<OneTimeTearDown>]
let cleanUp () = Directory.Delete(folder, true)

let private rows (name: string) = [ for line in File.ReadAllLines(at name) -> List.ofArray (line.Split ',') ]

/// The cells of a table without those of a column that no run repeats.
let private timeless (name: string) = rows name |> List.map (fun row -> List.truncate (row.Length - 1) row)

let private json (name: string) = JsonDocument.Parse(File.ReadAllText(at name)).RootElement
let private field (name: string) (element: JsonElement) = element.GetProperty name
let private config run = json $"{run}/config.json"
let private bytes (name: string) = Convert.ToBase64String(File.ReadAllBytes(at name))

[<Test>]
let ``A comparison leaves a run folder for every variant and seed, tables and pictures`` () =
    let names =
        Directory.GetFileSystemEntries(at "two")
        |> Array.map (fun path -> string (Path.GetFileName path))
        |> Array.sort

    Expect.equal
        [| "accuracy.svg"
           "adam"
           "adam-seed-43"
           "comparison.json"
           "curves.csv"
           "gap.svg"
           "loss.svg"
           "report.html"
           "results.csv"
           "results.json"
           "sgd"
           "sgd-seed-43" |]
        names

    for picture in [ "two/loss.svg"; "two/accuracy.svg" ] do
        let words = (XDocument.Load(at picture)).ToString()
        Expect.mentions [ "adam"; "sgd"; "mean and range of 2 seeds"; "polygon" ] words

[<Test>]
let ``A variant is the run that nn train makes of the same options`` () =
    succeed ([ "train"; at "data"; "--out"; at "alone"; "--optimizer"; "sgd"; "--seed"; "43" ] @ small)
    |> ignore

    Expect.equal (bytes "alone/model.safetensors") (bytes "two/sgd-seed-43/model.safetensors")

[<Test>]
let ``The curves are the histories of the runs, and the results their best models'`` () =
    let header = [ "variant"; "seed"; "epoch"; "step"; "train_loss"; "train_accuracy" ]
    let curves = rows "two/curves.csv"
    Expect.equal (header @ [ "validation_loss"; "validation_accuracy"; "seconds" ]) curves.Head

    let expected =
        [ for variant, seed, run in
              [ "adam", "42", "adam"
                "adam", "43", "adam-seed-43"
                "sgd", "42", "sgd"
                "sgd", "43", "sgd-seed-43" ] do
              for row in (rows $"two/{run}/history.csv").Tail do
                  [ variant; seed; row[0]; row[1]; row[3]; row[5]; row[6]; row[7]; row[8] ] ]

    Expect.equal expected curves.Tail
    let adam = (json "two/results.json" |> field "variants")[0]
    let test run = json $"two/{run}/run.json" |> field "results" |> field "test" |> field "accuracy" |> _.GetDouble()
    let first, second = test "adam", test "adam-seed-43"
    let found name = adam |> field name |> field "test_accuracy" |> _.GetDouble()
    Expect.within 1e-12 ((first + second) / 2.0) (found "mean")
    Expect.within 1e-12 (abs (first - second) / sqrt 2.0) (found "standard_deviation")

    let column = List.findIndex ((=) "test_accuracy") (rows "two/results.csv").Head
    let cells = (rows "two/results.csv").Tail |> List.map (List.item column)

    Expect.equal
        [ first; second ]
        (cells |> List.take 2 |> List.map (fun cell -> Double.Parse(cell, CultureInfo.InvariantCulture)))

[<Test>]
let ``With --json the results are the only thing on standard output`` () =
    let outcome =
        succeed (compare "optimizers" "two" [ "--values"; "adam,sgd"; "--seeds"; "2"; "--resume"; "--json"; "--quiet" ])

    Expect.equal "" outcome.Error

    let names =
        [ for one in (JsonDocument.Parse outcome.Out).RootElement.GetProperty("variants").EnumerateArray() ->
              string (field "name" one) ]

    Expect.equal [ "adam"; "sgd" ] names

[<Test>]
let ``A finished comparison is kept as it is by --resume, and goes on with more seeds and values`` () =
    succeed (compare "activations" "more" [ "--values"; "relu" ]) |> ignore
    let before = bytes "more/relu/checkpoint.safetensors", File.GetLastWriteTimeUtc(at "more/relu/run.json")

    succeed (compare "activations" "more" [ "--values"; "relu,tanh"; "--seeds"; "2"; "--resume" ])
    |> ignore

    Expect.equal before (bytes "more/relu/checkpoint.safetensors", File.GetLastWriteTimeUtc(at "more/relu/run.json"))
    Expect.equal [ "relu"; "relu"; "tanh"; "tanh" ] ((rows "more/results.csv").Tail |> List.map List.head)

let private variants (name: string) = (rows $"{name}/results.csv").Tail |> List.map List.head

/// Going on with the options left out.
let private goOn what out more = [ "compare"; what; at "data"; "--out"; at out; "--resume" ] @ more

[<Test>]
let ``What is left out when going on stays as it was: values, seeds and options`` () =
    let more = [ "--values"; "none,l2"; "--seeds"; "2"; "--l2"; "0.01" ]
    succeed (compare "regularization" "left" more) |> ignore
    let before = timeless "left/results.csv", bytes "left/comparison.json", bytes "left/l2/run.json"
    let unchanged () = timeless "left/results.csv", bytes "left/comparison.json", bytes "left/l2/run.json"
    succeed (goOn "regularization" "left" []) |> ignore
    Expect.equal before (unchanged ())
    succeed (compare "regularization" "left" [ "--resume"; "--values"; "l2"; "--seeds"; "1" ]) |> ignore
    Expect.equal before (unchanged ())
    succeed (goOn "regularization" "left" [ "--values"; "l1" ]) |> ignore
    Expect.equal [ "none"; "none"; "l2"; "l2"; "l1"; "l1" ] (variants "left")
    Expect.equal "0.01" (string (field "l2" (config "left/l2")))

[<Test>]
let ``The best variant is the one that validates best`` () =
    let report = File.ReadAllText(at "two/report.html")
    let results = rows "two/results.csv"
    let score = List.findIndex ((=) "validation_accuracy") results.Head

    let best, _ =
        results.Tail
        |> List.groupBy List.head
        |> List.maxBy (fun (_, runs) ->
            runs |> List.averageBy (fun run -> Double.Parse(run[score], CultureInfo.InvariantCulture)))

    let words = report.IndexOf "best variant by validation"
    Expect.that (words > 0) "no best variant"
    // The name stands right beside it, whichever of the two comes first.
    let near = report.Substring(max 0 (words - 200), 400)
    Expect.mentions [ $">{best}<" ] near
    let other = if best = "adam" then "sgd" else "adam"
    Expect.that (not (near.Contains $">{other}<")) near

[<Test>]
let ``Rates that differ have a column, and rates that do not have none`` () =
    let rates = succeed (compare "optimizers" "rates" [ "--values"; "adam,adagrad" ])
    Expect.mentions [ "learning rate"; "0.001"; "0.01 " ] rates.Out
    Expect.mentions [ "but their learning rates" ] (File.ReadAllText(at "rates/report.html"))
    let same = succeed (compare "activations" "same" [ "--values"; "relu,tanh" ])
    Expect.that (not (same.Out.Contains "learning rate")) same.Out

[<Test>]
let ``Where all diverge the table says so, and the exit code, too`` () =
    let more = [ "--values"; "sgd@1e30,sgd@1e31"; "--loss"; "squared-error" ]
    let outcome = InProcess.run (compare "optimizers" "all" more)
    Expect.equal 5 outcome.Code
    Expect.mentions [ "sgd@1e30"; "sgd@1e31"; "diverged" ] outcome.Out
    Expect.mentions [ "0 of 2 finished" ] (File.ReadAllText(at "all/report.html"))

[<Test>]
let ``What keeps every variant from its first step is one error`` () =
    let more = [ "--values"; "adam,sgd"; "--validation"; "none"; "--early-stopping"; "2" ]
    let outcome = InProcess.run (compare "optimizers" "never" more)
    Expect.equal 2 outcome.Code
    Expect.equal 1 (outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Length
    Expect.mentions [ "--early-stopping" ] outcome.Error
    Expect.that (not (Directory.Exists(at "never"))) "a folder is left"

[<Test; Platform "Unix">]
let ``A comparison that is killed, or told to stop, goes on to the results of the one never interrupted`` () =
    let arguments out more =
        [ "compare"
          "optimizers"
          at "data"
          "--out"
          at out
          "--values"
          "adam,sgd,rmsprop"
          "--hidden"
          "8" ]
        @ [ "--epochs"; "40"; "--checkpoint-every"; "1"; "--blas"; "managed"; "--threads"; "1" ]
        @ more

    succeed (arguments "whole" []) |> ignore
    use started = CommandLine.start folder (arguments "broken" [])
    Started.readUntil "adam (1 of 3)" started
    Started.kill started
    use stopped = CommandLine.start folder (arguments "broken" [ "--resume" ])
    Expect.that ((stopped.StandardError.ReadLine() |> string).EndsWith "kept") "a finished run was trained again"
    Started.signal "INT" stopped
    let outcome = CommandLine.finish stopped
    Expect.equal 130 outcome.Code
    CommandLine.succeed folder (arguments "broken" [ "--resume" ]) |> ignore
    Expect.equal (timeless "whole/curves.csv") (timeless "broken/curves.csv")
    Expect.equal (timeless "whole/results.csv") (timeless "broken/results.csv")
    Expect.equal (bytes "whole/loss.svg") (bytes "broken/loss.svg")

[<Test>]
let ``A variant that diverges is reported, and the others are trained`` () =
    let outcome = succeed (compare "optimizers" "wild" [ "--values"; "sgd@1e30,adam"; "--loss"; "squared-error" ])

    Expect.mentions [ "warning: sgd@1e30"; "adam (2 of 2)" ] outcome.Error
    Expect.equal [ "diverged"; "finished" ] ((rows "wild/results.csv").Tail |> List.map (List.item 2))
    let alone = InProcess.run (compare "optimizers" "wilder" [ "--values"; "sgd@1e30"; "--loss"; "squared-error" ])
    Expect.equal 5 alone.Code

[<Test>]
let ``The original preset has the settings of the study, but for what is compared or given`` () =
    succeed (compare "conventions" "study" [ "--preset"; "original"; "--values"; "keras2,keras3" ])
    |> ignore

    for run in [ "keras2"; "keras3" ] do
        let config = config $"study/{run}"
        Expect.equal run (string (field "convention" config))
        Expect.equal "he-normal" (string (field "init" config))

        let numbers =
            [ for name in [ "learning_rate"; "batch_size"; "validation"; "epochs" ] -> (field name config).GetDouble() ]

        Expect.equal [ 0.002; 128.0; 0.2; 2.0 ] numbers

[<Test>]
let ``A regularised variant has its parts and no others, as strong as the user says`` () =
    let values = "none,l2+dropout,batch-norm"
    let more = [ "--values"; values; "--preset"; "original"; "--l2"; "0.01" ]
    succeed (compare "regularization" "regular" more) |> ignore
    let runs = [ "none"; "l2+dropout"; "batch-norm" ]
    Expect.equal [ "0"; "0.01"; "0" ] (runs |> List.map (fun run -> string (field "l2" (config $"regular/{run}"))))
    let rate run = (field "dropout" (config $"regular/{run}"))[0]
    Expect.equal [ "0"; "0.2"; "0" ] (runs |> List.map (rate >> string))
    let isNormalised run = (field "batch_norm" (config $"regular/{run}")).GetBoolean()
    Expect.equal [ false; false; true ] (List.map isNormalised runs)

let private mistakes =
    [ "an unknown subject", [ "compare"; "optimisers"; "data"; "--out"; "x" ], 2, [ "WHAT"; "did you mean optimizers" ]
      "what varies",
      [ "compare"; "optimizers"; "data"; "--out"; "x"; "--optimizer"; "adam" ],
      2,
      [ "--optimizer"; "--values" ]
      "an unknown value", [ "compare"; "optimizers"; "data"; "--out"; "x"; "--values"; "adm" ], 2, [ "adm"; "adam" ]
      "an unknown part",
      [ "compare"; "regularization"; "data"; "--out"; "x"; "--values"; "l2+l3" ],
      2,
      [ "--values"; "l3" ]
      "a value given twice",
      [ "compare"; "optimizers"; "data"; "--out"; "x"; "--values"; "adam,adam" ],
      2,
      [ "adam"; "twice" ]
      "an unknown preset",
      [ "compare"; "optimizers"; "data"; "--out"; "x"; "--preset"; "orginal" ],
      2,
      [ "--preset"; "original" ]
      "nothing at all", [ "compare" ], 2, [ "WHAT and DATA: missing" ]
      "no seeds", [ "compare"; "optimizers"; "data"; "--out"; "x"; "--seeds"; "0" ], 2, [ "--seeds"; "0" ]
      "data that are not there", [ "compare"; "optimizers"; "nowhere"; "--out"; "x" ], 3, [ "nowhere" ]
      "a comparison that exists",
      [ "compare"; "optimizers"; "data"; "--out"; "two" ],
      2,
      [ "two"; "--resume"; "--force" ]
      "a folder of others",
      [ "compare"; "optimizers"; "data"; "--out"; "data"; "--force" ],
      2,
      [ "data"; "no comparison" ]
      "going on and beginning again",
      [ "compare"; "optimizers"; "data"; "--out"; "two"; "--force"; "--resume" ],
      2,
      [ "--resume"; "--force" ]
      "going on with other options",
      [ "compare"; "optimizers"; "data"; "--out"; "two"; "--resume"; "--values"; "adam"; "--hidden"; "9" ],
      2,
      [ "hidden"; "8"; "9" ]
      "going on with other values and epochs",
      [ "compare"
        "optimizers"
        "data"
        "--out"
        "two"
        "--resume"
        "--values"
        "nadam"
        "--epochs"
        "3" ],
      2,
      [ "two"; "epochs"; "2 before, 3 now" ]
      "going on with another preset",
      [ "compare"; "optimizers"; "data"; "--out"; "two"; "--resume"; "--preset"; "original" ],
      2,
      [ "--preset"; "none before, original now" ]
      "going on from another seed",
      [ "compare"; "optimizers"; "data"; "--out"; "two"; "--resume"; "--seed"; "7" ],
      2,
      [ "--seed"; "42 before, 7 now" ]
      "going on with another subject",
      [ "compare"; "activations"; "data"; "--out"; "two"; "--resume" ],
      2,
      [ "WHAT"; "optimizers before, activations now" ] ]
    |> List.map (fun (name, arguments, code, words) -> TestCaseData(arguments, code, words).SetArgDisplayNames name)

[<TestCaseSource(nameof mistakes)>]
let ``A mistake ends with its code and one line, and touches nothing``
    (arguments: string list, code: int, words: string list)
    =
    let whole =
        arguments
        |> List.map (fun word -> if List.contains word [ "data"; "two"; "x" ] then at word else word)

    let before = CommandLine.content folder
    let outcome = InProcess.run whole
    Expect.mentions words outcome.Error
    Expect.equal code outcome.Code
    Expect.equal "" outcome.Out
    Expect.equal 1 (outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Length
    Expect.that (not (Directory.Exists(at "x"))) "a folder is left"
    Expect.equal before (CommandLine.content folder)
