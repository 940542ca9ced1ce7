/// What comparisons refuse, and those in which nothing can be trained.
module NeuralNetwork.Tests.Cli.CompareMistakeTests

open System
open System.IO
open NeuralNetwork.Tests

let private mistakes =
    [ "an unknown subject", [ "compare"; "optimisers"; "data"; "--out"; "x" ], 2, [ "WHAT"; "did you mean optimizers" ]
      "what varies",
      [ "compare"; "optimizers"; "data"; "--out"; "x"; "--optimizer"; "adam" ],
      2,
      [ "--optimizer"; "--values" ]
      "an unknown value",
      [ "compare"; "optimizers"; "data"; "--out"; "x"; "--values"; "adm" ],
      2,
      [ "--values: unknown optimizer 'adm'"; "adam" ]
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
      [ "--preset"; "auto before, original now" ]
      "going on from another seed",
      [ "compare"; "optimizers"; "data"; "--out"; "two"; "--resume"; "--seed"; "7" ],
      2,
      [ "--seed"; "42 before, 7 now" ]
      "going on with another subject",
      [ "compare"; "activations"; "data"; "--out"; "two"; "--resume" ],
      2,
      [ "WHAT"; "optimizers before, activations now" ] ]
    |> Mistakes.cases

let tests =
    workplaceWith "CompareMistake" Comparisons.two (fun place ->
        let at = place.At
        let compare = Comparisons.words place

        [ test "Where all diverge the table says so, and the exit code, too" (fun () ->
              let more = [ "--values"; "sgd@1e30,sgd@1e31"; "--loss"; "squared-error" ]
              let outcome = InProcess.run (compare "optimizers" "all" more)
              Expect.equal 5 outcome.Code
              Expect.mentions [ "sgd@1e30"; "sgd@1e31"; "diverged" ] outcome.Out
              Expect.mentions [ "runs finished"; "0 of 2" ] (File.ReadAllText(at "all/report.html")))
          test "What keeps every variant from its first step is one error" (fun () ->
              let more = [ "--values"; "adam,sgd"; "--validation"; "none"; "--early-stopping"; "2" ]
              let outcome = InProcess.run (compare "optimizers" "never" more)
              Expect.equal 2 outcome.Code
              Expect.equal 1 (outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Length
              Expect.mentions [ "--early-stopping" ] outcome.Error
              Expect.that (not (Directory.Exists(at "never"))) "a folder is left")
          eachNamed
              "A mistake in a comparison ends with its code and one line, and touches nothing"
              mistakes
              (fun (arguments: string list, code: int, words: string list) ->
                  Mistakes.check place (fun word -> List.contains word [ "data"; "two"; "x" ]) arguments code words) ])
