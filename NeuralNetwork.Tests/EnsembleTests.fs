/// Ensembles: members that learn as they would alone, and predict together.
module NeuralNetwork.Tests.EnsembleTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Plans

/// A case of 2 to 4 members, without the weights that make exponentials overflow.
let private ensembleOf (case: Case) : Case =
    let case = Case.ordinary case
    { case with Network = Network.withMembers (2 + case.Seed % 3) case.Network }

let private modelOf (case: Case) = Model<float>(case.Network, Case.parameters case)

let private floats (model: Model<float>) (x: float[]) = model.Predict(ReadOnlySpan x)

/// Steps of training; gives the trainer.
let private trained (training: Training) (steps: int) (case: Case) (model: Model<float>) =
    let trainer = Trainer<float>(model, training, case.Rows, Machines.alone)
    let x, t = Case.inputs case, Case.targets case
    let losses = [| for _ in 1..steps -> trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |]
    losses, trainer.Snapshot()

let private withoutDropout (case: Case) =
    let layers = case.Network.Layers |> List.filter (fun layer -> not layer.IsDropout)
    { case with Network = { case.Network with Layers = layers } }

/// Weights of members for each row: those of the row, and 0 where a member does not learn from it.
let private foldWeights (members: int) (weights: float[]) =
    weights
    |> Array.mapi (fun row weight ->
        Array.init members (fun number ->
            if row % members = number then 0.0 else weight * float members / float (members - 1)))

/// The gradient of a model on the rows of a case by the engine, given weights for each row and member.
let private gradientOf (model: Model<float>) (case: Case) (training: Training) (weights: float[]) =
    let plan = Plan.compile model.Network training case.Rows
    let executor = Machines.executor plan model.Parameters
    Machines.load executor (Case.inputs case) (Case.targets case)
    weights.AsSpan().CopyTo(executor.Span plan.Weights)
    let loss = executor.Gradient(case.Rows, 1)
    loss, { model.Parameters with Values = executor.Span(plan.Gradient).ToArray() }

let private gradientWith (case: Case) (training: Training) (weights: float[]) =
    gradientOf (modelOf case) case training weights

let tests =
    group
        "Ensemble"
        [ states
              [ 76 ]
              (lawTried 60 "An ensemble predicts the mean of what its members predict" (fun (case: Case) ->
                  let case = ensembleOf (Case.enrich case)
                  let model, x = modelOf case, Case.inputs case
                  let alone = Ensemble.split model |> Array.map (fun one -> floats one x)
                  let mean = Array.init alone[0].Length (fun place -> alone |> Array.averageBy (fun one -> one[place]))

                  // A rate may be beyond float64.
                  if Array.forall Double.IsFinite mean then
                      Expect.normWithin "prediction" 1e-12 1.0 mean (floats model x)))
          states
              [ 79 ]
              (lawTried 60 "Members put together again are the ensemble, in every bit" (fun (case: Case) ->
                  let model = modelOf (ensembleOf (Case.enrich case))
                  let again = Ensemble.join (Ensemble.split model)
                  Expect.equal model.Network again.Network
                  Expect.sameBits "parameters" model.Parameters.Values again.Parameters.Values
                  Expect.sameBits "statistics" model.Parameters.Statistics again.Parameters.Statistics))
          states
              [ 79 ]
              (lawTried 40 "A file gives an ensemble back" (fun (case: Case) ->
                  let model = modelOf (ensembleOf (Case.enrich case))

                  match Expect.ok (ModelFile.read (ModelFile.write model)) with
                  | AnyModel.Double read ->
                      Expect.equal model.Network read.Network
                      Expect.sameBits "parameters" model.Parameters.Values read.Parameters.Values
                  | AnyModel.Single _ -> Expect.fail "float32"))
          states
              [ 77 ]
              (lawTried
                  40
                  "The first member begins as a network by itself does, and no two members alike"
                  (fun (case: Case) ->
                      let case = ensembleOf (Case.enrich case)
                      let members = Ensemble.split (Model.initialize<float> 7UL case.Network)
                      let alone = Model.initialize<float> 7UL { case.Network with Members = 1 }
                      Expect.sameBits "the first" alone.Parameters.Values members[0].Parameters.Values

                      Expect.equal members.Length (members |> Array.distinctBy _.Parameters.Values |> Array.length)))
          states
              [ 77 ]
              (lawTried 60 "Members learn together what each of them learns alone" (fun (case: Case) ->
                  let case = ensembleOf (withoutDropout (Case.enrich case))
                  // A sign of almost nothing may fall either way: no L1, and an optimizer that is linear in the gradient.
                  let training = Case.trainingOf case Optimizer.SGD

                  let training =
                      { training with Rate = Schedule.Constant 0.01; Penalty = { training.Penalty with L1 = 0.0 } }

                  let model = modelOf case
                  let losses, together = trained training 3 case model
                  let alone = Ensemble.split model |> Array.map (trained training 3 case)
                  let mean = Array.init 3 (fun step -> alone |> Array.averageBy (fun (losses, _) -> losses[step]))

                  // The exponential of a Poisson loss takes no step that is too long.
                  let isSound = Array.forall Double.IsFinite mean && Parameters.isFinite together.Parameters

                  if isSound then
                      Expect.normWithin "losses" 1e-10 1.0 mean losses

                  for number, (mine, (_, single)) in
                      Array.indexed (Array.zip (Ensemble.split together) alone |> Array.filter (fun _ -> isSound)) do
                      Expect.normWithin $"member {number}" 1e-10 1.0 single.Parameters.Values mine.Parameters.Values

                      Expect.normWithin
                          $"statistics {number}"
                          1e-10
                          1.0
                          single.Parameters.Statistics
                          mine.Parameters.Statistics))
          states
              [ 77 ]
              (lawTried 40 "The first member has the masks of a network by itself" (fun (case: Case) ->
                  let case = Case.enrich case
                  let drop = Network.add (Layer.Dropout 0.4)

                  let network =
                      { case.Network with
                          Layers = (drop { case.Network with Layers = case.Network.Layers.Tail }).Layers }

                  let network = { network with Layers = case.Network.Layers.Head :: network.Layers }
                  let case = ensembleOf { case with Network = network }
                  let training = { by Optimizer.SGD with Rate = Schedule.Constant 0.01 }
                  let model = modelOf case
                  let _, together = trained training 2 case model
                  let first (model: Model<float>) = Array.head (Ensemble.split model)
                  let _, alone = trained training 2 case (first model)

                  // The exponential of a Poisson loss takes no step that is too long.
                  if Parameters.isFinite alone.Parameters then
                      Expect.normWithin "member 0" 1e-10 1.0 alone.Parameters.Values (first together).Parameters.Values))
          states
              [ 78 ]
              (lawTried
                  60
                  "A member that rows are held out from learns from the others as it would alone"
                  (fun (case: Case) ->
                      let case = ensembleOf (withoutDropout (Case.enrich case))
                      let training = { by Optimizer.SGD with IsWeighted = true }
                      let weights = Verification.MadeUp.weights case.Rows (uint64 case.Seed)
                      let ofMembers = foldWeights case.Network.Members weights
                      let loss, gradient = gradientWith case training (Array.concat ofMembers)
                      let parts = Ensemble.split ((modelOf case).With gradient)

                      let alone =
                          Ensemble.split (modelOf case)
                          |> Array.mapi (fun number one ->
                              // On the same engine: another one's roundings are those of a batch norm whose unit is the same in
                              // every row, which takes them times 1 / sqrt(epsilon).
                              let weights = ofMembers |> Array.map (fun weights -> weights[number])
                              let loss, gradient = gradientOf one case training weights

                              Expect.normWithin
                                  $"member {number}"
                                  1e-11
                                  1e-3
                                  gradient.Values
                                  parts[number].Parameters.Values

                              loss)

                      Expect.within (1e-12 * (1.0 + abs loss)) (Array.average alone) loss))
          states
              [ 1; 2; 78 ]
              (lawTried 20 "The gradient of members with rows of their own is that of dual numbers" (fun (case: Case) ->
                  let case = ensembleOf (Case.enrich case)
                  let case = { case with Rows = min case.Rows 5 }
                  let training = { by Optimizer.SGD with IsWeighted = true; Penalty = { L1 = 0.0; L2 = 0.1 } }
                  let weights = Verification.MadeUp.weights case.Rows (uint64 case.Seed)
                  let weights = Array.concat (foldWeights case.Network.Members weights)
                  let _, gradient = gradientWith case training weights
                  let x, t = Case.inputs case, Case.targets case
                  let reference = Verification.Reference(case.Network, training, 1, x, t, weights)
                  let random, w = Random case.Seed, (Case.parameters case).Values

                  for _ in 1..3 do
                      let direction = Generate.reals random w.Length
                      let expected = (reference.Along(w, direction)).Derivative
                      let actual = Array.sum (Array.map2 (*) gradient.Values direction)

                      Expect.within
                          (1e-11 * (1e-3 + Expect.norm gradient.Values * Expect.norm direction))
                          expected
                          actual))
          // Below and above the rows that one thread computes with weights in panels.
          states
              [ 65 ]
              (lawTried 60 "A row alone has the bits that it has among others, in an ensemble too" (fun (case: Case) ->
                  let case = ensembleOf { case with Rows = 20 }
                  let model = Model<float32>(case.Network, Parameters.convert (Case.parameters case))
                  let x = Array.map float32 (Case.inputs case)
                  let executor = Machines.executor (Plan.forPrediction case.Network case.Rows) model.Parameters
                  x.AsSpan().CopyTo(executor.Span executor.Plan.Input)
                  executor.Predict case.Rows
                  let together = executor.Span(executor.Plan.Prediction).ToArray()

                  let alone =
                      Array.chunkBySize case.Network.Inputs x
                      |> Array.collect (fun row -> model.Predict(ReadOnlySpan row))

                  Expect.sameBits "prediction" together alone))
          states
              [ 69 ]
              (test "Any number of threads gives an ensemble the same bits, and no step allocates" (fun () ->
                  let network =
                      Network.input 13
                      |> Network.dense 70 Activation.ReLU
                      |> Network.dropout 0.2
                      |> Network.dense 40 Activation.Tanh
                      |> Network.dense 3 Activation.Identity
                      |> Network.withLoss Loss.SoftmaxCrossEntropy
                      |> Network.withMembers 5

                  Threads.giveTheSameBits network))
          test "What is not finite is named with its member" (fun () ->
              let network = Network.input 2 |> Network.dense 3 Activation.Tanh |> Network.dense 2 Activation.Identity
              let model = Model.initialize<float> 1UL (Network.withMembers 3 network)
              let parameters = { model.Parameters with Values = Array.copy model.Parameters.Values }
              let find layer role = (Layout.tryFind layer role parameters.Layout).Value
              let data = Dataset.Of([| 1.0; 2.0; 3.0; 4.0 |], [| 1.0; 2.0; 3.0; 4.0 |], 2)
              // The last unit of the second member, then a bias of its outputs that makes z infinite.
              let weight, bias = find 0 Role.Weight, find 2 Role.Bias
              parameters.Values[weight.Offset + 5 * weight.Cols + 1] <- nan

              let diagnose (model: Model<float>) =
                  match (model.Fit(data, Training.Default, FitOptions.Of(epochs = 1, batchSize = 2))).End with
                  | FitEnd.Diverged(_, _, _, diagnosis) -> diagnosis
                  | other -> Expect.fail ($"{other}")

              let found = diagnose (model.With parameters)
              Expect.equal ("layers.0.weight of member 1", 2, 1) (found.Tensor, found.Row, found.Column)
              parameters.Values[weight.Offset + 5 * weight.Cols + 1] <- 0.0
              parameters.Values[bias.Offset + 5] <- 1e200
              let found = diagnose (model.With parameters)
              Expect.equal ("the loss of member 2", 0) (found.Tensor, found.Column))
          each
              "Members that are all sure beyond every number are as sure together"
              [ -1e200, 0.0; 1e200, 1.0 ]
              (fun (x: float, certain: float) ->
                  let network = Network.input 1 |> Network.dense 1 Activation.Identity
                  let network = network |> Network.withLoss Loss.BinaryCrossEntropy |> Network.withMembers 3
                  let model = Model.initialize<float> 1UL network
                  let weight = (Layout.tryFind 0 Role.Weight model.Parameters.Layout).Value
                  let values = Array.copy model.Parameters.Values
                  Array.fill values weight.Offset weight.Length 1e200
                  let model = model.With { model.Parameters with Values = values }
                  Expect.equal [| certain |] (model.Predict(ReadOnlySpan [| x |])))
          each
              "The mean of predictions keeps its digits where they are all but 0"
              [ "sigmoid"; "softmax"; "exponential" ]
              (fun (kind: string) ->
                  let loss, outputs =
                      match kind with
                      | "sigmoid" -> Loss.BinaryCrossEntropy, 1
                      | "softmax" -> Loss.SoftmaxCrossEntropy, 2
                      | _ -> Loss.Poisson, 1

                  let network =
                      Network.input 1
                      |> Network.dense outputs Activation.Identity
                      |> Network.withLoss loss
                      |> Network.withMembers 2

                  let parameters = Parameters.zeros<float> network
                  let bias = (Layout.tryFind 0 Role.Bias parameters.Layout).Value
                  // One output of -800 and one of -802: their mean is log((e⁻⁸⁰⁰ + e⁻⁸⁰²) / 2), far below the smallest number.
                  let shift = if outputs = 2 then [| -800.0; 0.0; -802.0; 0.0 |] else [| -800.0; -802.0 |]
                  Array.blit shift 0 parameters.Values bias.Offset shift.Length
                  let executor = Machines.executor (Plan.forPrediction network 1) parameters
                  executor.Predict 1
                  let expected = -800.0 + Math.Log((1.0 + Math.Exp -2.0) / 2.0)
                  Expect.within 1e-12 expected (executor.Span(executor.Plan.Output)[0]))
          test "A network has 1 to 100 members" (fun () ->
              let network = Network.input 2 |> Network.dense 3 Activation.Identity

              for members in [ 0; -1; 101 ] do
                  Expect.raises<ArgumentOutOfRangeException>(fun () -> Network.withMembers members network |> ignore)
                  |> ignore

              Expect.equal "5 members of 2 inputs, dense 3, squared-error" (string (network.WithMembers 5)))
          test "Models of other descriptions are no ensemble" (fun () ->
              let model units =
                  Model.initialize<float> 1UL (Network.input 2 |> Network.dense units Activation.Identity)

              let refused (models: Model<float>[]) =
                  (Expect.raises<ArgumentException>(fun () -> Ensemble.join models |> ignore)).Message

              Expect.mentions [ "no models" ] (refused [||])
              Expect.mentions [ "model 1"; "another description" ] (refused [| model 2; model 3 |])
              let named = (model 2).With(Preprocessing.None, [| "a"; "b" |])
              Expect.mentions [ "model 1"; "other class names" ] (refused [| model 2; named |])) ]
