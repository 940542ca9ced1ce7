/// Weights of rows: a weight of 2 is the row twice, one of 0 its absence, and all of 1 no weights at all.
module NeuralNetwork.Tests.Fit.WeightTests

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Verification

/// Loss and gradient of the rows of a case with weights, through the compiled plan or the naive one.
let private gradientOf (compile: Network -> Training -> int -> Plan) (case: Case) (weights: float[]) =
    let training = { Training.Default with IsWeighted = weights.Length > 0 }
    let executor = Machines.executor (compile case.Network training case.Rows) (Case.parameters case)
    Machines.load executor (Case.inputs case) (Case.targets case)
    weights.AsSpan().CopyTo(executor.Span executor.Plan.Weights)
    let loss = executor.Gradient(case.Rows, 1)
    loss, executor.Span(executor.Plan.Gradient).ToArray()

let private naive network training rows = Plan.naive network (Some training) rows

/// How often each row counts: 0, 1, 2 or 3 times, one of them at least once.
let private counts (case: Case) =
    let random = Random case.Seed
    Array.init case.Rows (fun row -> if row = 0 then 1 + random.Next 3 else random.Next 4)

let tests =
    group
        "Weight"
        [ law
              "A weight is the row so many times, and a weight of 0 its absence, up to the number of rows"
              (fun (case: Case) ->
                  let case, counts = Case.ordinary case, counts (Case.ordinary case)
                  let rowsOf (values: float[]) = Array.chunkBySize (values.Length / case.Rows) values

                  let repeated values =
                      Array.map2 Array.replicate counts (rowsOf values) |> Array.concat |> Array.concat

                  let loss, gradient = gradientOf Plan.compile case (Array.map float counts)

                  let struct (repeatedLoss, repeatedGradient) =
                      Model.gradient
                          case.Network
                          (Case.parameters case)
                          (repeated (Case.inputs case))
                          (repeated (Case.targets case))

                  let share = float (Array.sum counts) / float case.Rows
                  let expected = Array.map (fun g -> share * g) repeatedGradient
                  Expect.within (1e-12 * (1.0 + abs loss)) (share * repeatedLoss) loss
                  Expect.normWithin "gradient" 1e-12 1e-3 expected gradient)
          law
              "Weights of 1 are no weights at all, in every bit"
              (fun (case: Case) (optimizer: Optimizer) (seed: uint16) ->
                  let run = Run.make case optimizer (int seed)

                  let weighted isWeighted weights =
                      { run with
                          Training = { run.Training with IsWeighted = isWeighted }
                          Data = { run.Data with Weights = weights } }

                  let none, ones, silent =
                      weighted false [||], weighted true (Array.create run.Data.Rows 1.0), weighted true [||]

                  let expected = Run.finish none (Run.start none)
                  Run.same expected.State (Run.finish ones (Run.start ones)).State
                  Run.same expected.State (Run.finish silent (Run.start silent)).State)
          lawTried
              60
              "A weighted training without weights has those of a training that is not weighted, in every bit"
              (fun (case: Case) (optimizer: Optimizer) ->
                  let training = Case.trainingOf case optimizer
                  let parameters, x, t = Case.parameters case, Case.inputs case, Case.targets case

                  let gradient isWeighted weights =
                      let training = { training with IsWeighted = isWeighted }

                      let struct (loss, gradient) =
                          Model.weightedGradientOf case.Network training 1 parameters x t weights

                      Array.append [| loss |] gradient

                  let step isWeighted =
                      let slots = Model.zeroSlots<float> case.Network optimizer
                      let training = { training with IsWeighted = isWeighted }
                      let struct (loss, after, _) = Model.step case.Network training 1 parameters slots x t
                      Array.append [| loss |] after.Values

                  Expect.sameBits "gradient" (gradient false [||]) (gradient true [||])

                  Expect.sameBits
                      "gradient with ones"
                      (gradient false [||])
                      (gradient false (Array.create case.Rows 1.0))

                  Expect.sameBits "step" (step false) (step true))
          lawTried 60 "The compiled plan weighs as the naive plan does" (fun (case: Case) ->
              let case = case |> Case.ordinary |> Case.enrich
              let weights = MadeUp.weights case.Rows (uint64 case.Seed)
              let naiveLoss, expected = gradientOf naive case weights
              let loss, gradient = gradientOf Plan.compile case weights
              Expect.within (1e-12 * (1.0 + abs loss)) naiveLoss loss
              Expect.normWithin "gradient" 1e-11 1e-3 expected gradient)
          states
              [ 1 ]
              (lawTried 40 "The gradient with weights is that of dual numbers" (fun (case: Case) ->
                  let case = case |> Case.ordinary |> Case.enrich
                  let case = { case with Rows = min case.Rows 6 }
                  let weights = MadeUp.weights case.Rows (uint64 case.Seed)
                  let _, gradient = gradientOf Plan.compile case weights
                  let parameters = Case.parameters case
                  let training = { Training.Default with IsWeighted = true }
                  let reference = Reference(case.Network, training, 1, Case.inputs case, Case.targets case, weights)
                  let random = Random case.Seed

                  for _ in 1..5 do
                      let direction = Generate.reals random parameters.Values.Length
                      // Padding between windows has no gradient and no say.
                      let slope = (reference.Along(parameters.Values, direction)).Derivative
                      let expected = Array.sum (Array.map2 (*) gradient direction)
                      Expect.within (1e-11 * (1e-3 + Expect.norm gradient * Expect.norm direction)) expected slope))
          lawTried
              40
              "Evaluation weighs the loss as training does, and counts every row alike in the accuracy"
              (fun (case: Case) ->
                  let rows, outputs = case.Rows, Network.outputs case.Network
                  let weights = MadeUp.weights rows (uint64 case.Seed)

                  let data =
                      { Rows = rows
                        Cols = case.Network.Inputs
                        Inputs = NumberArray.Doubles(Case.inputs case)
                        Targets = Targets.Values(NumberArray.Doubles(Case.targets case), outputs)
                        Weights = weights
                        Folds = [||] }

                  let model = Model<float>(case.Network, Case.parameters case)
                  let loss, _ = gradientOf Plan.compile case weights
                  let score = Fit.evaluate Machines.alone model data
                  Expect.within (1e-12 * (1.0 + abs loss)) loss score.Loss

                  if outputs > 1 then
                      let labels = Array.init rows (fun row -> row % outputs)
                      let labelled = { data with Targets = Targets.Labels(labels, outputs) }
                      let plain = Fit.evaluate Machines.alone model { labelled with Weights = [||] }
                      Expect.equal plain.Accuracy (Fit.evaluate Machines.alone model labelled).Accuracy)
          lawTried 40 "A step with weights is a step on data with weights" (fun (case: Case) (optimizer: Optimizer) ->
              let training = { Training.Default with Optimizer = optimizer; IsWeighted = true }
              let model = Model<float>(case.Network, Case.parameters case)
              let x, t = Case.inputs case, Case.targets case
              let weights = MadeUp.weights case.Rows (uint64 case.Seed)
              let loss, _ = gradientOf Plan.compile case weights
              let trainer = Trainer<float>(model, training, case.Rows, Machines.alone)

              Expect.sameBits
                  "loss"
                  [| loss |]
                  [| trainer.Step(ReadOnlySpan x, ReadOnlySpan t, ReadOnlySpan weights) |]
              // The weights of one step are not those of the next.
              let again = Trainer<float>(trainer.Snapshot(), training, case.Rows, Machines.alone)

              Expect.sameBits
                  "next"
                  [| again.Step(ReadOnlySpan x, values = ReadOnlySpan t) |]
                  [| trainer.Step(ReadOnlySpan x, values = ReadOnlySpan t) |])
          law "Balanced weights give every class the same say" (fun (seed: int) (classes: byte) ->
              let random, classes = Random seed, 1 + int classes % 9
              let labels = Array.append [| 0 .. classes - 1 |] (Array.init 50 (fun _ -> random.Next classes))
              let weights = ClassWeights.ofRows (ClassWeights.balanced classes labels) labels
              let share = float labels.Length / float classes

              for label in 0 .. classes - 1 do
                  let say = Array.zip labels weights |> Array.filter (fun (l, _) -> l = label) |> Array.sumBy snd
                  Expect.within (1e-13 * share) share say)
          test "Weights where training knows of none are refused, and so are labels that are no class" (fun () ->
              let run =
                  Run.make
                      { Network = Network.input 2 |> Network.dense 1 Activation.Identity
                        Rows = 4
                        Scale = 1.0
                        Seed = 1 }
                      (Optimizer.Adam Adam.standard)
                      1

              let plain =
                  { run with
                      Training = { run.Training with IsWeighted = false }
                      Data = { run.Data with Weights = Array.create run.Data.Rows 1.0 } }

              let error = Expect.raises<ArgumentException>(fun () -> Run.finish plain (Run.start plain) |> ignore)
              Expect.mentions [ "weights"; "not weighted" ] error.Message

              Expect.equal
                  [| 0.5; 1.5; 0.0 |]
                  (ClassWeights.balanced 3 [| 0; 0; 0; 1 |] |> Array.map (fun w -> Math.Round(w * 9.0 / 8.0, 12)))

              let error = Expect.raises<ArgumentException>(fun () -> ClassWeights.balanced 2 [| 0; 2 |] |> ignore)
              Expect.mentions [ "label 2"; "row 1"; "2 classes" ] error.Message) ]
