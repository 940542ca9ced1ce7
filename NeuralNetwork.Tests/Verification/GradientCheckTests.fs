/// The gradient check where it should pass: the catalogue, kinks, Taylor rates.
module NeuralNetwork.Tests.Verification.GradientCheckTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Verification

let private machine = Machines.alone

let private passes (name: string) (report: GradientReport) =
    Expect.that report.Passed $"""{name}: {String.Join("; ", report.Failures)}"""

let private check network training (parameters: Parameters<float>) x t =
    GradientCheck.run machine GradientCheckOptions.Default network training 1 parameters x t

let private tensor name (report: GradientReport) = report.Tensors |> List.find (fun tensor -> tensor.Name = name)

/// Parameters of a network, all of them written out, one list for each tensor.
let private numbers (network: Network) (tensors: float list list) : Parameters<float> =
    let parameters = Parameters.zeros<float> network

    for window, values in List.zip parameters.Layout.Windows tensors do
        values |> List.iteri (fun place value -> parameters.Values[window.Offset + place] <- value)

    parameters

let private taylor = { GradientCheckOptions.Default with Taylor = true }

let tests =
    group
        "GradientCheck"
        [ states
              [ 1; 2 ]
              (test "A sample of the catalogue passes" (fun () ->
                  for struct (name, report) in GradientCheck.quick 1UL do
                      passes name report))
          test "The sample has every activation, every loss and every kind of penalty" (fun () ->
              let cells = List.ofSeq (Catalogue.quick 1UL)
              let losses = cells |> List.map _.Network.Loss |> List.distinct
              Expect.equal (Set.ofList (List.map string Loss.all)) (Set.ofList (List.map string losses))
              Expect.equal 4 (cells |> List.map _.Training.Penalty |> List.distinct).Length

              for activation in Layer.activations do
                  Expect.that
                      (cells |> List.exists (fun cell -> cell.Name.StartsWith(Layer.name activation)))
                      $"no {activation}")
          test "The catalogue combines everything with everything, and is the same for the same seed" (fun () ->
              let names seed = Catalogue.cells seed |> Seq.map _.Name |> Array.ofSeq
              let expected = (Layer.activations.Length + 1) * Loss.all.Length * 16
              Expect.equal expected (Array.distinct (names 3UL)).Length
              let one seed = Catalogue.cell seed 77
              Expect.equal (one 3UL).Parameters.Values (one 3UL).Parameters.Values
              Expect.that ((one 3UL).X <> (one 4UL).X) "another seed gave the same rows")
          states
              [ 1; 2 ]
              (lawTried 25 "A cell of the catalogue passes, whatever the seed" (fun (seed: int) ->
                  let number = Random.below Catalogue.count (Random.key (uint64 seed) Purpose.Check) 1UL
                  let cell = Catalogue.cell (uint64 seed) number
                  passes cell.Name (GradientCheck.checkCell machine GradientCheckOptions.Default cell)))
          lawTried 10 "What is checked is what the pure face gives" (fun (seed: int) ->
              let cell = Catalogue.quick (uint64 seed) |> Seq.item (abs (seed % 41))
              let struct (loss, gradient) = Model.gradientOf cell.Network cell.Training 1 cell.Parameters cell.X cell.T
              let report = check cell.Network cell.Training cell.Parameters cell.X cell.T
              Expect.within (1e-14 * max 1.0 (abs loss)) loss report.Loss

              for tensor, window in List.zip report.Tensors cell.Parameters.Layout.Windows do
                  let place = window.Offset + tensor.Worst.Row * window.Cols + tensor.Worst.Col
                  Expect.within (1e-12 * (1.0 + Expect.norm gradient)) gradient[place] tensor.Worst.Analytic)
          test "A rectifier exactly at its kink passes with a note that names layer, unit and sample" (fun () ->
              let network = Network.input 1 |> Network.dense 2 Activation.ReLU |> Network.dense 1 Activation.Identity
              let parameters = numbers network [ [ 1.0; -0.5 ]; [ 0.0; 0.25 ]; [ 1.0; 2.0 ]; [ 0.1 ] ]
              let report = check network Training.Default parameters [| 1.0; 0.0; -2.0 |] [| 1.0; -1.0; 0.5 |]
              passes "rectifier" report
              let bias = tensor "layers.0.bias" report
              Expect.equal [ Kink.Activation(1, 0, 1) ] bias.Kinks
              Expect.equal 1 bias.Kinked
              Expect.equal 0 (tensor "layers.0.weight" report).Kinked)
          test "A kink near a number is stepped around" (fun () ->
              let network = Network.input 1 |> Network.dense 1 Activation.ReLU |> Network.dense 1 Activation.Identity
              let parameters = numbers network [ [ 1.0 ]; [ 1e-6 ]; [ 3.0 ]; [ 0.1 ] ]
              let report = check network Training.Default parameters [| 0.0; 1.0 |] [| 1.0; -1.0 |]
              passes "near" report
              Expect.equal [ Kink.Activation(1, 0, 0) ] (tensor "layers.0.bias" report).Kinks)
          test "A weight of zero under an L1 penalty passes with a note" (fun () ->
              let network = Network.input 2 |> Network.dense 1 Activation.Identity
              let training = { Training.Default with Penalty = { L1 = 0.1; L2 = 0.0 } }
              let parameters = numbers network [ [ 0.0; 1.0 ]; [ 0.5 ] ]
              let report = check network training parameters [| 1.0; 2.0; 0.5; -1.0 |] [| 1.0; 0.0 |]
              passes "L1" report
              Expect.equal [ Kink.Penalty(0, 0, 0) ] (tensor "layers.0.weight" report).Kinks)
          test "An absolute error of zero passes with a note" (fun () ->
              let network =
                  Network.input 1 |> Network.dense 1 Activation.Identity |> Network.withLoss Loss.AbsoluteError

              let parameters = numbers network [ [ 2.0 ]; [ 0.5 ] ]
              let report = check network Training.Default parameters [| 1.0; 2.0 |] [| 2.5; 1.0 |]
              passes "absolute error" report
              Expect.equal [ Kink.Loss(0, 0) ] (tensor "layers.0.bias" report).Kinks)
          test "Kinks of two layers at once are noted and left to the exact gradient" (fun () ->
              let rectified units = Network.dense units (Activation.LeakyReLU 0.1)
              let network = Network.input 1 |> rectified 1 |> rectified 2 |> Network.dense 1 Activation.Identity
              let parameters = numbers network [ [ 1.0 ]; [ 0.0 ]; [ 1.0; -1.0 ]; [ 0.0; 0.0 ]; [ 1.0; 2.0 ]; [ 0.0 ] ]
              let report = check network Training.Default parameters [| 0.0 |] [| 1.0 |]
              passes "two layers" report
              Expect.equal 3 (tensor "layers.0.bias" report).Kinks.Length)
          test "A check with many numbers beside kinks passes with a warning that says how many" (fun () ->
              let network = Network.input 1 |> Network.dense 2 Activation.ReLU |> Network.dense 1 Activation.Identity
              let parameters = numbers network [ [ 1.0; -0.5 ]; [ 0.0; 0.25 ]; [ 1.0; 2.0 ]; [ 0.1 ] ]
              let beside = check network Training.Default parameters [| 1.0; 0.0; -2.0 |] [| 1.0; -1.0; 0.5 |]
              passes "beside" beside
              // The bias of the first unit, of seven numbers.
              Expect.within 1e-12 (1.0 / 7.0) beside.KinkedShare
              Expect.mentions [ "14.3 %"; "kinks" ] (List.exactlyOne beside.Warnings)
              let clear = check network Training.Default parameters [| 1.0; 0.7; -2.0 |] [| 1.0; -1.0; 0.5 |]
              Expect.equal (0.0, []) (clear.KinkedShare, clear.Warnings))
          test "Differences of a loss that overflows on both sides say no, unlike those that say nothing" (fun () ->
              let network = Network.input 1 |> Network.dense 1 Activation.Identity
              let report = check network Training.Default (numbers network [ [ 0.0 ]; [ 0.0 ] ]) [| 1e160 |] [| 1.0 |]
              Expect.that (not report.Passed) "it passed"

              Expect.equal
                  [ "layers.0.weight" ]
                  [ for tensor in report.Tensors do
                        if not tensor.Passed then
                            tensor.Name ])
          states
              [ 4 ]
              (test "Remainders of second order fall with the square of the step, along every tensor and all" (fun () ->
                  let smooth =
                      [ for cell in Catalogue.quick 5UL do
                            let report = GradientCheck.checkCell machine taylor cell
                            passes cell.Name report
                            Expect.equal (report.Tensors.Length + 1) report.Taylor.Length
                            yield! report.Taylor |> List.filter _.IsSmooth ]

                  Expect.that (smooth.Length > 100) $"only {smooth.Length} smooth directions"))
          states
              [ 4 ]
              (lawTried
                  20
                  "Remainders of a cell fall with the square of the step, whatever the seed"
                  (fun (seed: int) ->
                      let number = Random.below Catalogue.count (Random.key (uint64 seed) Purpose.Check) 2UL
                      let cell = Catalogue.cell (uint64 seed) number
                      passes cell.Name (GradientCheck.checkCell machine taylor cell)))
          test "A gradient that is a little wrong is seen in the Taylor rates alone" (fun () ->
              let cell =
                  Catalogue.quick 5UL |> Seq.find (fun cell -> cell.Name.StartsWith "tanh" && cell.Weights = [||])

              let tamper (name: string) (gradient: float[]) =
                  if name = "layers.0.weight" then Array.map (fun g -> 1.01 * g) gradient else gradient

              let report =
                  GradientCheck.runTampered
                      (Func<_, _, _> tamper)
                      machine
                      taylor
                      cell.Network
                      cell.Training
                      1
                      cell.Parameters
                      cell.X
                      cell.T
                      cell.Weights

              let failed = report.Taylor |> List.filter (fun rate -> not rate.Passed) |> List.map _.Tensor
              Expect.equal [ "all"; "layers.0.weight" ] (List.sort failed))
          test "Of a large tensor a sample is checked, and of every tensor something" (fun () ->
              let network = Network.input 20 |> Network.dense 30 Activation.Tanh |> Network.dense 3 Activation.Identity
              let x, t = MadeUp.inputs network 4 1UL, MadeUp.targets network 4 1UL
              let options = { GradientCheckOptions.Default with Coordinates = 25 }
              let parameters = Parameters.initialize<float> 1UL network
              let report = GradientCheck.run machine options network Training.Default 1 parameters x t
              passes "sample" report
              Expect.equal [ 25; 25; 25; 3 ] (report.Tensors |> List.map _.Checked))
          test "Rows that do not fit are refused with both numbers" (fun () ->
              let network = Network.input 3 |> Network.dense 2 Activation.Identity
              let parameters = Parameters.initialize<float> 1UL network

              let refused x t =
                  Expect.raises<ArgumentException>(fun () -> check network Training.Default parameters x t |> ignore)

              Expect.mentions [ "4"; "3" ] (refused (Array.zeroCreate 4) [| 0.0; 0.0 |]).Message
              Expect.mentions [ "5"; "2" ] (refused (Array.zeroCreate 6) (Array.zeroCreate 5)).Message) ]
