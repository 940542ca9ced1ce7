/// Arrays and archives of NumPy's that cannot be used.
module NeuralNetwork.Tests.Cli.BadArrayTests

open System
open System.IO
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Refusals

let private x = npy [| 6; 2 |] (NumberArray.Doubles(Array.init 12 float))

let private arrays =
    [ "57 labels below 0", archive [ "x.npy", x; "y.npy", labels [ -1; 0; 1; -1; 0; 1 ] ], [ "label -1" ]
      "57 labels between", archive [ "x.npy", x; "y.npy", labels [ 3.5; 1; 1; 3.5; 1; 1 ] ], [ "label 3.5"; "row 0" ]
      "65 a missing key", archive [ "x.npy", x; "labels.npy", x ], [ "key 'y'"; "not found; has: x, labels" ]
      "other rows", archive [ "x.npy", x; "y.npy", labels [ 0; 1 ] ], [ "6 rows"; "key 'y'"; "has 2" ]
      "a number that is none",
      archive [ "x.npy", npy [| 2; 2 |] (NumberArray.Doubles [| 1; 2; nan; 4 |]); "y.npy", labels [ 0; 1 ] ],
      [ "key 'x'"; "row 1, column 0" ]
      "no archive", good, [ "zip" ] ]
    |> List.map (fun (name, bytes, words) -> (name, (bytes, words)))

/// The names of files for a table, so that the archives and arrays of the format's own tests go through the command, too.
let private byCommand (name: string) (cases: (string * (byte[] * string list)) list) =
    [ for case, (bytes, words) in cases -> case, (name, bytes, words) ]

let private brokenFiles =
    byCommand "x.npy" NeuralNetwork.Tests.Formats.NpyTests.broken
    @ byCommand "x.npz" NeuralNetwork.Tests.Formats.NpyTests.brokenArchives

let tests =
    workplace "BadArray" (fun place ->
        let at = place.At
        let refuse = Refusals.refuse place

        [ eachNamed
              "Arrays that cannot be used are refused by key and row"
              arrays
              (fun (bytes: byte[], words: string list) ->
                  let task = if List.contains "label 3.5" words then "classification" else "auto"
                  refuse "data.npz" bytes [ "--task"; task; "--validation"; "none" ] 3 words)
          eachNamed
              "44 to 64: what breaks a rule of NumPy's files is refused by the command in a line, and nothing is touched"
              brokenFiles
              (fun (name: string, bytes: byte[], words: string list) ->
                  File.WriteAllBytes(at name, bytes)
                  File.WriteAllBytes(at "y.npy", NeuralNetwork.Tests.Formats.NpyTests.y)
                  let data = if name = "x.npy" then String.Join(',', at "x.npy", at "y.npy") else at name
                  let said = Mistakes.refusal place [ "train"; data; "--out"; at "run" ] 3
                  Expect.mentions (at name :: words) (said.Replace("': not found", "' not found"))
                  File.Delete(at name)
                  File.Delete(at "y.npy")) ])
