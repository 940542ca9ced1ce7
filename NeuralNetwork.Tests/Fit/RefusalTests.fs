/// Data and options that a run refuses before its first step.
module NeuralNetwork.Tests.Fit.RefusalTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Fit.Blobs

let private refused (words: string list) (data: Dataset) (options: FitOptions) (batch: int) =
    let trainer = trainerOn Machines.alone training batch
    let start () = run trainer data None options TimeProvider.System silent CancellationToken.None |> ignore
    Expect.mentions words (Expect.raises<ArgumentException> start).Message
    Expect.equal 0 trainer.Steps

let tests =
    group
        "Refusal"
        [ test "Data that do not fit the network are refused with both sizes" (fun () ->
              let data = blobs 3 10
              refused [ "5"; "2" ] { data with Cols = 5; Rows = 4 } (options 1 4) 4
              refused [ "4"; "3" ] { data with Targets = Targets.Labels(Array.zeroCreate 10, 4) } (options 1 4) 4

              refused
                  [ "2"; "3" ]
                  { data with Targets = Targets.Values(NumberArray.Doubles(Array.zeroCreate 20), 2) }
                  (options 1 4)
                  4)
          test "Data that contradict themselves are refused with both sizes" (fun () ->
              let data = blobs 3 10
              refused [ "11"; "20" ] { data with Rows = 11 } (options 1 4) 4
              refused [ "9"; "10" ] { data with Targets = Targets.Labels(Array.zeroCreate 9, 3) } (options 1 4) 4

              refused
                  [ "3"; "row 7" ]
                  { data with Targets = Targets.Labels(Array.init 10 (fun row -> if row = 7 then 3 else 0), 3) }
                  (options 1 4)
                  4

              refused [ "-1"; "row 0" ] { data with Targets = Targets.Labels(Array.create 10 -1, 3) } (options 1 4) 4

              refused
                  [ "29"; "10" ]
                  { data with Targets = Targets.Values(NumberArray.Doubles(Array.zeroCreate 29), 3) }
                  (options 1 4)
                  4

              refused
                  [ "0" ]
                  { data with Rows = 0; Inputs = NumberArray.Bytes [||]; Targets = Targets.Labels([||], 3) }
                  (options 1 4)
                  4

              refused [ "9"; "10" ] { data with Weights = Array.create 9 1.0 } (options 1 4) 4

              refused
                  [ "-1"; "row 2" ]
                  { data with Weights = Array.init 10 (fun row -> if row = 2 then -1.0 else 1.0) }
                  (options 1 4)
                  4

              refused
                  [ "NaN"; "row 9" ]
                  { data with Weights = Array.init 10 (fun row -> if row = 9 then nan else 1.0) }
                  (options 1 4)
                  4)
          test "Options out of range are refused: batches larger than the trainer's, and sizes below one" (fun () ->
              refused [ "8"; "4" ] (blobs 3 10) (options 1 8) 4
              refused [ "0" ] (blobs 3 10) (options 1 0) 4
              refused [ "0" ] (blobs 3 10) (options 0 4) 4) ]
