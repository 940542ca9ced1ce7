/// Running averages of batch norms, inference with them, and plans that have them.
module NeuralNetwork.Tests.Engine.BatchNormInferenceTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Engine.Norms

let tests =
    group
        "BatchNormInference"
        [ states
              [ 36 ]
              (lawTried 30 "Running averages of equal batches approach them by the decay" (fun (seed: int) ->
                  let rows, cols, x, _, _, _ = random seed 0.0

                  let network =
                      Network.input cols |> Network.batchNorm BatchNorm.standard |> Network.dense 1 Activation.Identity

                  let training = Training.Default.With(Optimizer.SGD).With(Schedule.Constant 1e-300)
                  let trainer = Trainer<float>(Model.initialize<float> 1UL network, training, rows)
                  let t = Array.zeroCreate<float> rows

                  for _ in 1..5 do
                      trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore

                  let statistics = trainer.Snapshot().Parameters

                  for window in statistics.StatisticsLayout.Windows do
                      for col in 0 .. cols - 1 do
                          let numbers = column x cols col
                          let mean = Array.average numbers
                          let variance = (numbers |> Array.sumBy (fun v -> (v - mean) ** 2.0)) / float (rows - 1)
                          let start, goal = if window.Role = Role.RunningMean then 0.0, mean else 1.0, variance
                          let expected = goal + (start - goal) * (0.9 ** 5.0)
                          Expect.within (1e-13 * (1.0 + abs goal)) expected (statistics.Window(window)[col])))
          states
              [ 39 ]
              (lawTried 30 "Evaluating and predicting change no statistics" (fun (case: Case) ->
                  let case = Case.enrich case
                  let parameters = Case.parameters case
                  let executor = Machines.executor (Plan.compile case.Network Training.Default case.Rows) parameters
                  Machines.load executor (Case.inputs case) (Case.targets case)
                  executor.Evaluate case.Rows |> ignore
                  executor.Predict case.Rows

                  Expect.sameBits
                      "statistics"
                      parameters.Statistics
                      (executor.Span(executor.Plan.Statistics).ToArray())))
          states
              [ 40 ]
              (lawTried 30 "At inference a row does not see the others" (fun (case: Case) ->
                  let case = Case.enrich case
                  let parameters, x = Case.parameters case, Case.inputs case
                  let inputs, outputs = case.Network.Inputs, Network.outputs case.Network

                  // The managed product sums in the same order whatever the shape; other libraries do not.
                  let predict rows (x: float[]) =
                      let executor = Machines.executor (Plan.forPrediction case.Network rows) parameters
                      x.AsSpan().CopyTo(executor.Span executor.Plan.Input)
                      executor.Predict rows
                      executor.Span(executor.Plan.Prediction).ToArray()

                  let all = predict case.Rows x

                  for row in 0 .. case.Rows - 1 do
                      let alone = predict 1 (Array.sub x (row * inputs) inputs)
                      Expect.sameBits $"row {row}" (Array.sub all (row * outputs) outputs) alone))
          // With the unbiased variance, as PyTorch keeps it, the two would differ by the factor n / (n - 1) in the variance.
          states
              [ 38 ]
              (lawTried
                  40
                  "Where the running statistics are those of the batch, training and inference see the same loss"
                  (fun (case: Case) ->
                      let case = Case.enrich { Case.ordinary case with Rows = max 2 case.Rows }

                      let layers =
                          case.Network.Layers
                          |> List.collect (fun layer ->
                              match layer with
                              | Layer.BatchNorm settings ->
                                  [ Layer.BatchNorm { settings with Decay = 0.0; Variance = RunningVariance.Biased } ]
                              | Layer.Dropout _ -> []
                              | layer -> [ layer ])

                      let case = { case with Network = { case.Network with Layers = layers } }
                      let training = Training.Default.With(Optimizer.SGD).With(Schedule.Constant 1e-300)
                      let trainer = Trainer<float>(Model(case.Network, Case.parameters case), training, case.Rows)
                      let x, t = Case.inputs case, Case.targets case
                      let trained = trainer.Step(ReadOnlySpan x, ReadOnlySpan t)
                      // A column that hardly varies is divided by √ε at least: rounding grows by 300 at each batch norm.
                      let norms = layers |> List.filter _.IsBatchNorm |> List.length

                      Expect.within
                          (1e-12 * (1.0 + abs trained) * (1.0 + float norms))
                          trained
                          (trainer.Evaluate(ReadOnlySpan x, ReadOnlySpan t))))
          // A table of seeds, for the bar of four standard errors is passed by chance once in 16,000.
          states
              [ 37 ]
              (each
                  "Running averages settle at the mean and the variance of what the batches are drawn from"
                  [ 1; 2; 3 ]
                  (fun (seed: int) ->
                      let random, rows, mean, sigma = Random seed, 32, 3.0, 2.0

                      let network =
                          Network.input 4
                          |> Network.batchNorm BatchNorm.standard
                          |> Network.dense 1 Activation.Identity

                      let training = Training.Default.With(Optimizer.SGD).With(Schedule.Constant 1e-300)
                      let trainer = Trainer<float>(Model.initialize<float> 1UL network, training, rows, Machines.alone)
                      let t = Array.zeroCreate<float> rows

                      for _ in 1..2000 do
                          let x = Array.init (rows * 4) (fun _ -> mean + sigma * Generate.normal random)
                          trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore

                      // The variance of a running average is (1 - decay) / (1 + decay) of that of what enters it.
                      let share = sqrt (0.1 / 1.9)
                      let statistics = trainer.Snapshot().Parameters

                      for window in statistics.StatisticsLayout.Windows do
                          for value in statistics.Window(window).ToArray() do
                              if window.Role = Role.RunningMean then
                                  Expect.within (4.0 * share * sigma / sqrt (float rows)) mean value
                              else
                                  Expect.within
                                      (4.0 * share * sigma * sigma * sqrt (2.0 / float (rows - 1)))
                                      (sigma * sigma)
                                      value))
          test "A dense layer before a batch norm has no bias, and a single last row joins its batch" (fun () ->
              let network =
                  Network.input 3
                  |> Network.denseWith Initializer.heNormal 4
                  |> Network.batchNorm BatchNorm.standard
                  |> Network.dense 2 Activation.Identity
                  |> Network.withLoss Loss.SoftmaxCrossEntropy

              Expect.equal None (Layout.tryFind 0 Role.Bias (Layout.ofNetwork network))
              let inputs = Array.init (17 * 3) (fun i -> sin (float i))

              let data =
                  { Rows = 17
                    Cols = 3
                    Inputs = NumberArray.Doubles inputs
                    Targets = Targets.Labels(Array.init 17 (fun i -> i % 2), 2)
                    Weights = [||]
                    Folds = [||] }

              let trainer = Trainer<float>(Model.initialize<float> 1UL network, Training.Default, 8)
              let steps = Collections.Generic.List<int>()

              let observer =
                  { new IFitObserver<float> with
                      member _.Stepped report = steps.Add report.Step
                      member _.IsDue _ = false
                      member _.Save _ = ()
                      member _.Finished _ = () }

              let options = { FitOptions.Default with Epochs = 1; BatchSize = 8 }
              let start = FitState.start (trainer.Snapshot()) trainer.Training.Optimizer

              let result =
                  Fit.run trainer start data None options TimeProvider.System observer Threading.CancellationToken.None

              Expect.equal [ 1; 2 ] (List.ofSeq steps)
              Expect.that (Parameters.isFinite result.State.Model.Parameters) "a parameter is not finite") ]
