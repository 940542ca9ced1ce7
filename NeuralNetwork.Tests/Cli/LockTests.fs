/// One writer to a folder, and what a run does with its files while it goes on.
module NeuralNetwork.Tests.Cli.LockTests

open System.IO
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.WholeRuns

let tests =
    workplaceWith "Lock" WholeRuns.prepare (fun place ->
        let folder, at, bytes = place.Folder, place.At, place.Bytes
        let copy = WholeRuns.copy place

        [ test
              "A second writer is turned away at once and told of the first, whose end in any way opens the folder"
              (fun () ->
                  let started = CommandLine.start folder (trainOn "data" "locked" [ "--steps"; "1000000" ])
                  Started.readUntil "epoch" started

                  for arguments in [ train "locked" @ [ "--force" ]; [ "resume"; "locked" ] ] do
                      let outcome = CommandLine.run folder arguments
                      Expect.equal 4 outcome.Code
                      Expect.mentions [ "locked"; Started.named started ] outcome.Error

                  Started.kill started
                  let again = CommandLine.start folder [ "resume"; "locked" ]
                  Started.readUntil "going on" again
                  Started.kill again)
          test
              "A new run says what it is before its first step, keeps others out, and begins again after a kill"
              (fun () ->
                  let endless =
                      [ "train"; "data"; "--out"; "begun"; "--hidden"; "16"; "--blas"; "managed"; "--threads"; "1" ]
                      @ [ "--epochs"; "1000000"; "--checkpoint-every"; "10000000" ]

                  let started = CommandLine.start folder endless
                  Started.readUntil "784-16-10" started
                  Expect.that (File.Exists(at "begun/config.json")) "no options"

                  for arguments in [ endless; [ "resume"; "begun" ] ] do
                      let outcome = CommandLine.run folder arguments
                      Expect.equal 4 outcome.Code
                      Expect.mentions [ "begun"; Started.named started ] outcome.Error

                  Started.kill started
                  let again = CommandLine.start folder [ "resume"; "begun" ]
                  Started.readUntil "begun: no checkpoint yet" again
                  Started.kill again
                  Expect.equal 2 (CommandLine.run folder endless).Code
                  let config = [ "train"; "--config"; "begun/config.json"; "--epochs"; "1"; "--out"; "anew" ]
                  CommandLine.succeed folder config |> ignore)
          test "An old run is there until the new one in its place has something to say" (fun () ->
              copy "whole" "old"
              let before = CommandLine.content (at "old")

              let started =
                  CommandLine.start
                      folder
                      ([ "train"; "data"; "--out"; "old"; "--force"; "--hidden"; "4000,4000"; "--blas"; "managed" ]
                       @ [ "--threads"; "1"; "--validation"; "none" ])

              Started.readUntil "784-4000-4000-10" started
              Started.kill started
              File.Delete(at "old/.lock")
              Expect.equal before (CommandLine.content (at "old")))
          test "Options that are removed while a run goes on are written again" (fun () ->
              let started = CommandLine.start folder (train "bare")
              Started.readUntil "epoch  1/" started
              File.Delete(at "bare/config.json")
              Expect.equal 0 (CommandLine.finish started).Code
              Expect.equal (bytes "whole/config.json") (bytes "bare/config.json")) ])
