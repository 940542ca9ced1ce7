/// What stands in a log where a program writes its values out: one sentence each.
module NeuralNetwork.Tests.FaceTextTests

open System
open System.Text.RegularExpressions
open NeuralNetwork
open NeuralNetwork.Maths

let private network = Network.Input(2).Dense(4, Activation.Tanh).Dropout(0.5).Dense(2).With(Loss.SoftmaxCrossEntropy)
let private points = [| 0.0; 0.0; 0.0; 1.0; 1.0; 0.0; 1.0; 1.0 |]
let private data = Dataset.Of(points, [| 0; 1; 1; 0 |], 2)
let private options = FitOptions.Of(epochs = 2, batchSize = 4)

let tests =
    group
        "FaceText"
        [ test "A network says its layers and its loss" (fun () ->
              Expect.equal "2 inputs, dense 4, tanh, dropout 0.5, dense 2, cross-entropy" (string network))
          test "A model says its network, its parameters and their type" (fun () ->
              Expect.equal $"{network}; 22 parameters in Single" (string (network.Init<float32> 1UL)))
          test "Data say their sizes and what is learned" (fun () ->
              Expect.equal "4 rows of 2 features, 2 classes" (string data)

              Expect.equal
                  "2 rows of 2 features, 1 values each, weighted"
                  (string (Dataset.Of([| 0.0; 1.0; 2.0; 3.0 |], [| 1.0; 2.0 |], 1).With [| 1.0; 2.0 |])))
          test "A training says its optimizer, its rate and what is not as usual" (fun () ->
              Expect.equal "adam, rate 0.001 at every step, seed 42" (string Training.Default)

              let much =
                  { Training.Default with
                      LayerPenalties = [ 2, { L1 = 0.5; L2 = 0.0 } ]
                      Decay = 0.1
                      MaxNorm = 3.0
                      IsWeighted = true
                      Shards = 4 }
                      .With(Optimizers.SGD)
                      .With(Schedules.Cosine(0.1, 10))
                      .With(Penalties.L2 0.01)
                      .With(Clippings.GlobalNorm 1.0)

              Expect.equal
                  "sgd, rate 0.1 along half a cosine to 0 over 10 steps, L2 0.01, L1 0.5 on layer 2, decay 0.1, global norm clipped at 1, norms of weights up to 3, weighted rows, 4 shards, seed 42"
                  (string much))
          test "A class says its name, and its probability if it has one" (fun () ->
              Expect.equal "odd (probability 0.982)" (string { Class = 1; Label = "odd"; Probability = 0.98189 })
              Expect.equal "odd" (string { Class = 1; Label = "odd"; Probability = nan }))
          test "A training says in one sentence why it ended, and where it diverged" (fun () ->
              // Squares of values at weights of 1e307 overflow.
              let values = network.With(Loss.SquaredError).Init<float> 1UL
              let fit (training: Training) = values.Fit(data, training, options).End
              Expect.equal "finished" (string (fit Training.Default))
              Expect.equal "cancelled" (string FitEnd.Cancelled)
              Expect.mentions [ "stopped"; "validation" ] (string FitEnd.Stopped)
              let diverged = fit (Training.Default.With(Optimizers.SGD).With(Schedules.Constant 1e308))

              match diverged with
              | FitEnd.Diverged(_, _, _, diagnosis) ->
                  Expect.mentions [ "diverged"; "epoch"; string diagnosis ] (string diverged)
                  Expect.that (not ((string diverged).Contains '\n')) "it has several lines"
              | other -> Expect.fail $"{other}")
          test "The check of a gradient says whether it passed, and how exact it is" (fun () ->
              let plain = Network.Input(2).Dense(2).With(Loss.SoftmaxCrossEntropy).Init<float> 1UL
              let check = plain.CheckGradient(Training.Default, points, [| 1.0; 0.0; 0.0; 1.0; 0.0; 1.0; 1.0; 0.0 |])

              Expect.that
                  (Regex.IsMatch(string check, @"^passed: within \d\S* of exact gradients and \d\S* of differences$"))
                  (string check))
          // A log of one line stays one.
          lawTried 60 "Whatever a network and a training are, they are written in one line" (fun (case: Case) ->
              let training = Case.trainingOf case (Optimizer.Adam Adam.standard)

              for text in
                  [ string case.Network; string training; string (Model<float>(case.Network, Case.parameters case)) ] do
                  Expect.that (text.Length > 0 && not (text.Contains '\n')) text) ]
