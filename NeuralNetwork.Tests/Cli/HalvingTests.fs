/// Successive halving: who goes on, and that this does not depend on what became of them later.
module NeuralNetwork.Tests.Cli.HalvingTests

open System
open System.IO
open System.Text.Json.Nodes
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Studies
open NeuralNetwork.Tests

let private trial number = Trial(number, [], Unchecked.defaultof<PlannedRun>)

/// A trial that came to an end after epochs with these losses, in training or in validation.
let private outcome status column (losses: float list) =
    let epochs = [| for loss in losses -> EpochRow(dict [ column, loss ] |> Collections.Generic.Dictionary) |]
    RunOutcome("", 0UL, status, "", epochs, JsonObject())

let private ranked (epochs: int option) (outcomes: RunOutcome list) =
    let trials = outcomes |> List.mapi (fun place one -> struct (trial (place + 1), one))
    [ for struct (one, _) in Halving.Ranked(trials, Option.toNullable epochs) -> one.Number ]

let tests =
    workplace "Halving" (fun place ->
        let at, rows = place.At, place.Rows

        [ test
              "Without validation a trial is as good as the model it keeps, which is that of its last epoch"
              (fun () ->
                  let was, is =
                      outcome RunStatus.Finished "train_loss" [ 0.1; 0.9 ],
                      outcome RunStatus.Finished "train_loss" [ 0.8; 0.5 ]

                  Expect.equal [ 2; 1 ] (ranked None [ was; is ])
                  Expect.equal [ 1; 2 ] (ranked (Some 1) [ was; is ]))
          test "With validation a trial is as good as its best epoch" (fun () ->
              let was = outcome RunStatus.Finished "validation_loss" [ 0.1; 0.9 ]
              let is = outcome RunStatus.Finished "validation_loss" [ 0.8; 0.5 ]
              Expect.equal [ 1; 2 ] (ranked None [ was; is ]))
          test "A trial that diverged behind a rung is ranked in it as one that did not" (fun () ->
              let good, bad =
                  outcome RunStatus.Finished "train_loss" [ 0.5; 0.4 ],
                  outcome RunStatus.Diverged "train_loss" [ 0.6 ]

              let worse = outcome RunStatus.Finished "train_loss" [ 0.7 ]
              Expect.equal [ 1; 2; 3 ] (ranked (Some 1) [ good; bad; worse ])
              Expect.equal [ 1; 3; 2 ] (ranked None [ good; bad; worse ])
              Expect.equal [ 1; 3; 2 ] (ranked (Some 2) [ good; bad; worse ]))
          test "A search in which a trial diverged on a later rung goes on to the same trials" (fun () ->
              place.Create()

              let row place =
                  let x, z = sin (float place), cos (3.0 * float place)
                  FormattableString.Invariant $"{x},{z},{x - z}"

              File.WriteAllLines(at "rows.csv", "x,z,y" :: List.map row [ 0..59 ])

              let arguments =
                  [ "search"; at "rows.csv"; "--out"; at "wild"; "--trials"; "8"; "--epochs"; "4"; "--halving"; "2" ]
                  @ [ "--vary"
                      "learning-rate=0.01|100"
                      "--optimizer"
                      "sgd"
                      "--batch-size"
                      "10"
                      "--hidden"
                      "4" ]
                  @ [ "--activation"; "sigmoid"; "--blas"; "managed"; "--threads"; "1" ]

              Expect.equal 0 (InProcess.run arguments).Code
              let before = rows "wild/trials.csv"
              let epochs = List.findIndex ((=) "epochs") before.Head
              // It got through the first rung, and was chosen for the second.
              Expect.that
                  (before |> List.exists (fun row -> row[2] = "diverged" && row[epochs] = "1"))
                  "no trial diverges late"

              let outcome = InProcess.run (arguments @ [ "--resume" ])
              Expect.equal 0 outcome.Code
              Expect.that (not (outcome.Error.Contains "warning")) outcome.Error
              Expect.equal before (rows "wild/trials.csv"))
          test "A trial whose patience is over before its rung is goes on to the next one as it is" (fun () ->
              place.Create()

              File.WriteAllLines(
                  at "noise.csv",
                  "x,y" :: [ for row in 1..60 -> $"{row * row % 61},k{row * 7 % 5 % 2}" ]
              )

              let arguments =
                  [ "search"
                    at "noise.csv"
                    "--out"
                    at "patient"
                    "--trials"
                    "3"
                    "--epochs"
                    "40"
                    "--halving"
                    "2" ]
                  @ [ "--vary"; "hidden=4|8"; "--early-stopping"; "2"; "--learning-rate"; "0.5"; "--threads"; "1" ]

              let outcome = InProcess.run arguments
              Expect.that (outcome.Code = 0 && outcome.Error.Contains ", kept") outcome.Error
              Expect.that (File.Exists(at "patient/model.safetensors")) "no model") ])
