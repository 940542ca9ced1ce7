/// Comparisons that go on: with more, with what was left out, and after they were killed or told to stop.
module NeuralNetwork.Tests.Cli.CompareResumeTests

open System.IO
open NeuralNetwork.Tests

let private succeed = InProcess.succeed

let private prepare (place: Workplace) = CommandLine.writeData (place.At "data")

/// Going on with the options left out.
let private goOn (place: Workplace) what out more =
    [ "compare"; what; place.At "data"; "--out"; place.At out; "--resume" ] @ more

let tests =
    workplaceWith "CompareResume" prepare (fun place ->
        let folder, at, json, bytes = place.Folder, place.At, place.Json, place.Bytes
        let rows, timeless = place.Rows, place.Timeless
        let compare = Comparisons.words place
        let variants (name: string) = (rows $"{name}/results.csv").Tail |> List.map List.head
        let l2 (run: string) = string ((json $"{run}/config.json").GetProperty "l2")
        let goOn = goOn place

        [ test "A finished comparison is kept as it is by --resume, and goes on with more seeds and values" (fun () ->
              succeed (compare "activations" "more" [ "--values"; "relu" ]) |> ignore
              let before = bytes "more/relu/checkpoint.safetensors", File.GetLastWriteTimeUtc(at "more/relu/run.json")

              succeed (compare "activations" "more" [ "--values"; "relu,tanh"; "--seeds"; "2"; "--resume" ])
              |> ignore

              Expect.equal
                  before
                  (bytes "more/relu/checkpoint.safetensors", File.GetLastWriteTimeUtc(at "more/relu/run.json"))

              Expect.equal [ "relu"; "relu"; "tanh"; "tanh" ] ((rows "more/results.csv").Tail |> List.map List.head))
          test "What is left out when going on stays as it was: values, seeds and options" (fun () ->
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
              Expect.equal "0.01" (l2 "left/l2"))
          test "A run that patience had ended and that lost a file gets it again, and is as it was" (fun () ->
              // Steps too small for a bit of float32: no epoch is better than the first.
              let words =
                  [ "compare"; "optimizers"; at "data"; "--out"; at "tired"; "--values"; "sgd"; "--hidden"; "8" ]
                  @ [ "--learning-rate"; "1e-12"; "--early-stopping"; "1"; "--epochs"; "20" ]
                  @ [ "--blas"; "managed"; "--threads"; "1" ]

              succeed words |> ignore
              let before = bytes "tired/sgd/checkpoint.safetensors", bytes "tired/sgd/history.csv"
              Expect.that ((rows "tired/sgd/history.csv").Length < 20) "patience has ended nothing"
              File.Delete(at "tired/sgd/history.csv")
              let outcome = succeed (goOn "optimizers" "tired" [])
              Expect.that (not (outcome.Error.Contains "warning")) outcome.Error
              Expect.equal before (bytes "tired/sgd/checkpoint.safetensors", bytes "tired/sgd/history.csv"))
          test
              "A comparison that is killed, or told to stop, goes on to the results of the one never interrupted"
              (fun () ->
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

                  Expect.that
                      ((stopped.StandardError.ReadLine() |> string).EndsWith "kept")
                      "a finished run was trained again"

                  Started.signal "INT" stopped
                  let outcome = CommandLine.finish stopped
                  Expect.equal 130 outcome.Code
                  CommandLine.succeed folder (arguments "broken" [ "--resume" ]) |> ignore
                  Expect.equal (timeless "whole/curves.csv") (timeless "broken/curves.csv")
                  Expect.equal (timeless "whole/results.csv") (timeless "broken/results.csv")
                  Expect.equal (bytes "whole/loss.svg") (bytes "broken/loss.svg")) ])
