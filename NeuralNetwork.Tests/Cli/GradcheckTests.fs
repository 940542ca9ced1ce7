/// nn gradcheck: what it says, what it refuses, whose gradients it checks.
module NeuralNetwork.Tests.Cli.GradcheckTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private prepare (place: Workplace) = CommandLine.writeData (place.At "data")

let private headline (outcome: Outcome) = (Array.head (outcome.Out.Split '\n')).TrimEnd '\r'

let private saved (place: Workplace) () =
    if not (Directory.Exists(place.At "run")) then
        CommandLine.succeed
            place.Folder
            [ "train"
              "data"
              "--out"
              "run"
              "--hidden"
              "6"
              "--batch-norm"
              "--activation"
              "tanh"
              "--epochs"
              "1" ]
        |> ignore

    place.At "run/model.safetensors"

let tests =
    workplaceWith "Gradcheck" prepare (fun place ->
        let folder, at = place.Folder, place.At
        let check arguments = CommandLine.succeed folder ("gradcheck" :: arguments)
        let saved = saved place

        [ test "The headline leaves nothing out and says once what repeats" (fun () ->
              let outcome =
                  check (
                      [ "--hidden"
                        "6,5,4"
                        "--activation"
                        "relu,relu,tanh"
                        "--batch-norm"
                        "--dropout"
                        "0,0,0.25" ]
                      @ [ "--input-dropout"; "0.1"; "--l2"; "0.5"; "--loss"; "log-cosh" ]
                  )

              Expect.equal
                  "8-6-5-4-4, input dropout 0.1, 2 x (batch norm + relu), batch norm + tanh + dropout 0.25, log-cosh, L2 0.5"
                  (headline outcome)

              Expect.equal
                  "8-3-4, linear, cross-entropy"
                  (headline (check [ "--hidden"; "3"; "--activation"; "identity" ]))

              Expect.equal
                  "8-5-4, batch norm + relu, cross-entropy, 2 shards"
                  (headline (check [ "--hidden"; "5"; "--batch-norm"; "--shards"; "2" ])))
          test "Class weights are part of the loss that is checked" (fun () ->
              let weighted = check [ "--hidden"; "4"; "--class-weights"; "0.5,1,2,3" ]
              Expect.equal "8-4-4, relu, cross-entropy, weights" (headline weighted)
              let line (outcome: Outcome) = outcome.Out.Split '\n' |> Array.item 1
              Expect.that (line weighted <> line (check [ "--hidden"; "4" ])) "weights without an effect")
          test "With --quiet the exit code is the answer" (fun () ->
              let outcome = check [ "--quiet"; "--hidden"; "3" ]
              Expect.equal ("", "") (outcome.Out, outcome.Error))
          test
              "Numbers beside kinks are listed with tensor, place, unit, sample and the slopes of both sides"
              (fun () ->
                  // Absolute errors with targets of 0 and 1 and outputs that dead units leave at a bias of 0 are on their kinks.
                  let dead =
                      [ "--hidden"
                        "3"
                        "--init"
                        "zeros"
                        "--loss"
                        "absolute-error"
                        "--classes"
                        "1"
                        "--rows"
                        "2" ]

                  let verbose = check (dead @ [ "--verbose" ])
                  use document = JsonDocument.Parse((check (dead @ [ "--json" ])).Out)
                  let cell = document.RootElement.GetProperty("cells")[0]

                  let beside =
                      [ for tensor in cell.GetProperty("tensors").EnumerateArray() do
                            for number in tensor.GetProperty("beside_kinks").EnumerateArray() -> tensor, number ]

                  Expect.that (not beside.IsEmpty) "no kinks where every unit is on one"

                  for tensor, number in beside do
                      Expect.equal 2 (number.GetProperty("index").GetArrayLength())
                      Expect.that (number.GetProperty("kinks").GetArrayLength() > 0) "a number beside no kink"
                      let analytic = number.GetProperty("analytic").GetDouble()
                      let slope (side: string) = number.GetProperty side

                      if (slope "left").ValueKind = JsonValueKind.Number then
                          let left, right = (slope "left").GetDouble(), (slope "right").GetDouble()
                          let low, high = min left right - 1e-6, max left right + 1e-6
                          Expect.that (low <= analytic && analytic <= high) $"{analytic} outside {left} to {right}"

                      Expect.mentions [ string (tensor.GetProperty "name") ] verbose.Error

                  Expect.mentions [ "beside layer 1 unit 0, sample 0"; "left"; "right"; "analytic" ] verbose.Error)
          test "A tensor that the floor judges is marked" (fun () ->
              let outcome = check [ "--hidden"; "4,4"; "--batch-norm" ]
              use document = JsonDocument.Parse((check [ "--hidden"; "4,4"; "--batch-norm"; "--json" ]).Out)

              for tensor in document.RootElement.GetProperty("cells").[0].GetProperty("tensors").EnumerateArray() do
                  let number (name: string) = tensor.GetProperty(name).GetDouble()
                  let isSmall = tensor.GetProperty("judged_by_floor").GetBoolean()
                  Expect.equal (number "exact_norm" < number "floor") isSmall
                  let name = string (tensor.GetProperty "name")
                  let line = outcome.Out.Split '\n' |> Array.find (fun line -> line.StartsWith $"{name} ")
                  Expect.equal isSmall (line.Contains '*')

              Expect.mentions [ "*: small beside the whole gradient" ] outcome.Out
              // Without a mark nothing is said about it.
              let unmarked = check [ "--hidden"; "8,5"; "--batch-norm"; "--dropout"; "0.2" ]
              Expect.that (not (unmarked.Out.Contains '*')) unmarked.Out)
          test "One class is a column of values, if the loss is for values" (fun () ->
              let loss = [ "--classes"; "1"; "--hidden"; "3"; "--loss"; "squared-error" ]
              Expect.equal "8-3-1, relu, squared-error" (headline (check loss)))
          test "The document says what tensors are judged by" (fun () ->
              use document = JsonDocument.Parse((check [ "--json"; "--hidden"; "4"; "--batch-norm" ]).Out)
              let root = document.RootElement
              Expect.equal true (root.GetProperty("passed").GetBoolean())
              let floor = root.GetProperty("floor").GetDouble()

              let tensors =
                  [ for cell in root.GetProperty("cells").EnumerateArray() do
                        yield! cell.GetProperty("tensors").EnumerateArray() ]

              let norms = [ for tensor in tensors -> tensor.GetProperty("exact_norm").GetDouble() ]

              for tensor in tensors do
                  // All of these tensors are checked whole, so their norms make up that of the whole gradient.
                  Expect.within
                      1e-9
                      (floor * Expect.norm (Array.ofList norms))
                      (tensor.GetProperty("floor").GetDouble()))
          test "A run or a model file is checked at its own parameters, on its own data or on rows made up" (fun () ->
              let path = saved ()

              for arguments in [ [ "run" ]; [ path ]; [ "run"; "data" ]; [ "data"; "run" ] ] do
                  Expect.equal "784-6-10, batch norm + tanh, cross-entropy" (headline (check arguments))

              // The loss of the first rows, worked out from the file.
              use document = JsonDocument.Parse((check [ "run"; "data"; "--rows"; "16"; "--json" ]).Out)
              let cell = document.RootElement.GetProperty("cells").EnumerateArray() |> Seq.exactlyOne
              let loss = cell.GetProperty("loss").GetDouble()

              match
                  ModelFile.read (File.ReadAllBytes path),
                  Idx.read (File.ReadAllBytes(at "data/train-images-idx3-ubyte"))
              with
              | Ok(AnyModel.Single model), Ok images ->
                  let pixels =
                      match images.Values with
                      | NumberArray.Bytes bytes ->
                          bytes[.. 16 * 784 - 1] |> Array.map (fun byte -> float byte / 255.0)
                      | _ -> Expect.fail ("images that are no bytes")

                  let labels = (File.ReadAllBytes(at "data/train-labels-idx1-ubyte"))[8..23]
                  let targets = Array.init 160 (fun place -> if int labels[place / 10] = place % 10 then 1.0 else 0.0)
                  let wide = Array.map float model.Parameters.Values
                  let parameters = { Parameters.zeros<float> model.Network with Values = wide }
                  let struct (expected, _) = Model.gradient model.Network parameters pixels targets
                  Expect.within 1e-10 expected loss
              | _ -> Expect.fail "the run cannot be read")
          test "Rprop is told that it does not warm up" (fun () ->
              let train out more =
                  CommandLine.succeed
                      folder
                      ([ "train"; "data"; "--out"; out; "--steps"; "2"; "--optimizer"; "rprop" ] @ more)

              Expect.mentions [ "warning: --warmup: rprop" ] (train "warm" [ "--warmup"; "5" ]).Error

              Expect.mentions
                  [ "warning: --schedule: rprop"; "cosine" ]
                  (train "cosine" [ "--schedule"; "cosine" ]).Error

              Expect.that (not ((train "plain" []).Error.Contains "warning: --")) "a warning about nothing") ])
