/// What a comparison says of its own accord beside its scores: rates, what may help, and what variants do not share.
module NeuralNetwork.Tests.Cli.ComparisonTalkTests

open System
open System.IO
open NeuralNetwork.Tests

let private small = [ "--hidden"; "4"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]

let private prepare (place: Workplace) =
    let row place =
        let x, z = sin (float place), cos (3.0 * float place)
        FormattableString.Invariant $"{x},{z},{x - z}"

    File.WriteAllLines(place.At "rows.csv", "x,z,y" :: List.map row [ 0..59 ])

let private modes = [ "--train-rows"; "20"; "--gradient-noise"; "10"; "--values"; "full-batch,mini-batch" ]

let tests =
    workplaceWith "ComparisonTalk" prepare (fun place ->
        let at = place.At
        let compare what out more = InProcess.run ([ "compare"; what; at "rows.csv"; "--out"; at out ] @ small @ more)

        [ test "A rate that is the comparison's own choice is in its table, one that the user gives is not" (fun () ->
              let own = compare "batch-modes" "own" modes
              Expect.equal 0 own.Code
              Expect.mentions [ "learning rate"; "0.05" ] own.Out
              let given = compare "batch-modes" "given" (modes @ [ "--learning-rate"; "0.01" ])
              Expect.equal 0 given.Code
              Expect.that (not (given.Out.Contains "learning rate")) given.Out)
          test "Where a variant diverges, the table has its rate, and below it the option that may help" (fun () ->
              let wild =
                  compare
                      "batch-sizes"
                      "wild"
                      [ "--values"; "16,32"; "--optimizer"; "sgd"; "--learning-rate"; "1e30" ]

              Expect.equal 5 wild.Code

              for variant in [ "16"; "32" ] do
                  let line = $"{variant}: diverged at a learning rate of 1e30: a lower --learning-rate may help"
                  Expect.mentions [ "learning rate"; line ] wild.Out
                  Expect.mentions [ line ] (File.ReadAllText(at "wild/report.html")))
          test "A variant with a rate of its own that diverges is told where to lower it" (fun () ->
              let wild = compare "optimizers" "own-rate" [ "--values"; "sgd@1e30,adam" ]
              Expect.equal 0 wild.Code

              Expect.mentions
                  [ "sgd@1e30: diverged at a learning rate of 1e30: a lower rate behind the @ may help" ]
                  wild.Out

              Expect.that (not (wild.Out.Contains "adam: diverged")) wild.Out)
          test
              "A page says that variants with layers of their own begin with other weights, and of others it does not"
              (fun () ->
                  let words = "begin with other weights"
                  Expect.equal 0 (compare "regularization" "layers" [ "--values"; "none,dropout" ]).Code
                  Expect.mentions [ words ] (File.ReadAllText(at "layers/report.html"))
                  Expect.equal 0 (compare "regularization" "penalties" [ "--values"; "none,l2" ]).Code

                  Expect.that
                      (not ((File.ReadAllText(at "penalties/report.html")).Contains words))
                      "their weights are the same") ])
