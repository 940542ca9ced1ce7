/// How gradients of batches differ from that of all rows.
module NeuralNetwork.Tests.Fit.GradientNoiseTests

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Tests

let private tolerance = 1e-9

let private modelOf (case: Case) = Model<float>(case.Network, Case.parameters case)
let private noise model data batch = GradientNoise.measure Machines.alone model data batch Int32.MaxValue 42UL

/// The gradient of one row, from the pure face.
let private rowGradient (case: Case) (model: Model<float>) (row: int) : float[] =
    let part (values: float[]) width = Array.sub values (row * width) width
    let x, t = Case.inputs case, Case.targets case
    let network = model.Network

    let struct (_, gradient) =
        Model.gradient network model.Parameters (part x network.Inputs) (part t (Network.outputs network))

    gradient

let private dataOf (case: Case) : Dataset =
    { Rows = case.Rows
      Cols = case.Network.Inputs
      Inputs = NumberArray.Doubles(Case.inputs case)
      Targets = Targets.Values(NumberArray.Doubles(Case.targets case), Network.outputs case.Network)
      Weights = [||]
      Folds = [||] }

/// A dense layer, a layer and a batch norm, and a dense layer again.
let private between (layer: Layer) : Network =
    { Network.input 4 with
        Layers =
            [ Layer.Dense(6, Initializer.heNormal)
              layer
              Layer.BatchNorm BatchNorm.standard
              Layer.Dense(2, Initializer.heNormal) ] }

let tests =
    group
        "GradientNoise"
        [ lawTried 60 "Single rows differ from all by the mean square of what the pure face says" (fun (case: Case) ->
              let case = { Case.multiply (Case.ordinary case) with Rows = 1 + abs case.Seed % 20 }
              let model = modelOf case
              let each = Array.init case.Rows (rowGradient case model)
              let whole = Array.map Array.average (Array.transpose each)
              let expected = each |> Array.averageBy (fun one -> Expect.distance whole one ** 2.0)
              let found = noise model (dataOf case) 1
              let size = each |> Array.averageBy (fun one -> Expect.norm one ** 2.0)
              Expect.equal case.Rows found.Batches
              Expect.within (tolerance * size) expected found.Variance
              Expect.within (tolerance * size) (Expect.norm whole ** 2.0) found.SquaredNorm)
          lawTried
              60
              "A batch of all rows has no noise at all, and more rows than there are make no difference"
              (fun (case: Case) ->
                  let case = { Case.multiply (Case.ordinary case) with Rows = 1 + abs case.Seed % 40 }
                  let model, data = modelOf case, dataOf case
                  Expect.equal 0.0 (noise model data case.Rows).Variance
                  Expect.equal (noise model data case.Rows) (noise model data (case.Rows + 7)))
          test
              "The variance falls with the size of the batch as the equation for drawing without replacement says"
              (fun () ->
                  // Linear regression on 600 rows: many batches, whose mean is close to that over all batches there are.
                  let rows, random = 600, Random 7
                  let network = Network.input 3 |> Network.dense 2 Activation.Identity

                  let data =
                      { Rows = rows
                        Cols = 3
                        Inputs = NumberArray.Doubles(Array.init (3 * rows) (fun _ -> Generate.normal random))
                        Targets =
                          Targets.Values(
                              NumberArray.Doubles(Array.init (2 * rows) (fun _ -> Generate.normal random)),
                              2
                          )
                        Weights = [||]
                        Folds = [||] }

                  let model = Model.initialize<float> 1UL network
                  let single = (noise model data 1).Variance

                  for batch in [ 2; 5; 10; 20 ] do
                      let found = noise model data batch
                      let expected = float (rows - batch) / float (rows - 1) * single / float batch
                      // A mean of k squared distances in 8 dimensions is off by about √(2/(8·k)) of itself; four times that is rare.
                      Expect.within (4.0 * expected * sqrt (0.25 / float found.Batches)) expected found.Variance)
          test "Dropout is no part of the noise, and asking for few batches measures as many" (fun () ->
              let network dropout =
                  Network.input 4
                  |> Network.dense 6 Activation.Tanh
                  |> Network.dropout dropout
                  |> Network.dense 1 Activation.Identity

              let data =
                  { Rows = 50
                    Cols = 4
                    Inputs = NumberArray.Doubles(Generate.reals (Random 1) 200)
                    Targets = Targets.Values(NumberArray.Doubles(Generate.reals (Random 2) 50), 1)
                    Weights = [||]
                    Folds = [||] }

              let plain, dropping =
                  [ 0.0; 0.5 ]
                  |> List.map (fun rate ->
                      let model = Model.initialize<float> 3UL (network 0.0)
                      let parameters = { Parameters.zeros<float>(network rate) with Values = model.Parameters.Values }
                      GradientNoise.measure Machines.alone (Model<float>(network rate, parameters)) data 5 4 42UL)
                  |> fun both -> both[0], both[1]

              Expect.equal plain dropping
              Expect.equal 4 plain.Batches
              Expect.that (plain.Variance > 0.0) "no noise")
          test
              "A dropout between a dense layer and a batch norm is the identity there, and the bias before it stays"
              (fun () ->
                  let data =
                      { Rows = 50
                        Cols = 4
                        Inputs = NumberArray.Doubles(Generate.reals (Random 1) 200)
                        Targets = Targets.Values(NumberArray.Doubles(Generate.reals (Random 2) 100), 2)
                        Weights = [||]
                        Folds = [||] }

                  let identity = Model.initialize<float> 3UL (between (Layer.Activate Activation.Identity))
                  let dropping = Model<float>(between (Layer.Dropout 0.5), identity.Parameters)
                  let measure model = GradientNoise.measure Machines.alone model data 10 4 42UL
                  Expect.equal (measure identity) (measure dropping)
                  Expect.that ((measure dropping).Variance > 0.0) "no noise"

                  Expect.equal
                      (Symptoms.find Machines.alone identity data)
                      (Symptoms.find Machines.alone dropping data))
          test "No batches, or batches of no rows, are refused" (fun () ->
              let case =
                  { Network = Network.input 1 |> Network.dense 1 Activation.Identity
                    Rows = 3
                    Scale = 1.0
                    Seed = 1 }

              let measure batch most () =
                  GradientNoise.measure Machines.alone (modelOf case) (dataOf case) batch most 1UL |> ignore

              Expect.raises<ArgumentException>(measure 0 1) |> ignore
              Expect.raises<ArgumentException>(measure 1 0) |> ignore) ]
