/// What the face for C# promises about its values: nothing changes a model from outside, what cannot be a model is refused where
/// it is made, and what is saved can be loaded.
module NeuralNetwork.Tests.FaceTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

let private network = Network.Input(2).Dense(4, Activation.Tanh).Dense(2).With(Loss.SoftmaxCrossEntropy)
let private row = [| 0.5; -1.0 |]
let private predict (model: Model<float>) = model.Predict(ReadOnlySpan row)
let private labelOf (model: Model<float>) = model.Classify(ReadOnlySpan row).Label

let private arraysOf (preprocessing: Preprocessing) =
    [ preprocessing.Shift; preprocessing.Scale; preprocessing.TargetShift; preprocessing.TargetScale ]

let private refusesType<'T> (make: unit -> Model<'T>) =
    let error = Expect.raises<NotSupportedException>(fun () -> make () |> ignore)
    Expect.equal $"a model of {typeof<'T>.Name}: its numbers are float or double" error.Message

let private points = [| 0.0; 0.0; 0.0; 1.0; 1.0; 0.0; 1.0; 1.0 |]
let private data = Dataset.Of(points, [| 0; 1; 1; 0 |], 2)
let private numbersOf (model: Model<float>) = model.Parameters.Values

let tests =
    group
        "Face"
        [ test "Whoever writes into the labels given to a model or by it changes nothing" (fun () ->
              let labels = [| "even"; "odd" |]
              let model = (network.Init<float> 1UL).With(Preprocessing.None, labels)
              let before = labelOf model
              Array.fill labels 0 2 "mine"
              Array.fill model.Labels 0 2 "mine"
              Expect.equal before (labelOf model)
              Expect.equal [| "even"; "odd" |] model.Labels)
          test "Whoever writes into the arrays of a preprocessing changes no model" (fun () ->
              let values = network.With(Loss.SquaredError).Init<float> 1UL

              let given =
                  { Preprocessing.None with
                      Shift = [| 1.0; 2.0 |]
                      Scale = [| 3.0; 4.0 |]
                      TargetShift = [| 5.0; 6.0 |]
                      TargetScale = [| 7.0; 8.0 |] }

              let model = values.With(given, [||])
              let before = predict model

              for numbers in arraysOf given @ arraysOf model.Preprocessing do
                  Array.fill numbers 0 2 100.0

              Expect.sameBits "prediction" before (predict model))
          test "Means and deviations are copied, and so are the categories of a column" (fun () ->
              let means, deviations, categories = [| 1.0; 2.0 |], [| 3.0; 4.0 |], [| "a"; "b" |]
              let standardized = Preprocessing.Standardized(means, deviations)
              let columns = { standardized with Columns = [ Column.Category("letter", categories) ] }
              let model = (network.Init<float> 1UL).With(columns, [||])
              Array.fill means 0 2 9.0
              Array.fill deviations 0 2 9.0
              Array.fill categories 0 2 "mine"
              Expect.equal ([| 1.0; 2.0 |], [| 3.0; 4.0 |]) (standardized.Shift, standardized.Scale)
              Expect.equal [ Column.Category("letter", [| "a"; "b" |]) ] model.Preprocessing.Columns)
          test "Models of anything but float and double are refused where they are made" (fun () ->
              refusesType<int>(fun () -> network.Init 1UL)
              refusesType<Half>(fun () -> network.Init 1UL)
              refusesType<decimal>(fun () -> network.Init 1UL)

              let parameters = Parameters.initialize<float32> 1UL network

              let asInts: Parameters<int> =
                  { Layout = parameters.Layout
                    Values = Array.zeroCreate parameters.Values.Length
                    StatisticsLayout = parameters.StatisticsLayout
                    Statistics = [||] }

              refusesType<int>(fun () -> Model<int>(network, asInts)))
          test "Names of classes that are null, empty or there twice are refused" (fun () ->
              let refused (words: string list) (labels: string[]) =
                  let make () = (network.Init<float> 1UL).With(Preprocessing.None, labels) |> ignore
                  let error = Expect.raises<ArgumentException> make
                  Expect.equal "labels" (string error.ParamName)
                  Expect.mentions words error.Message

              refused [ "class 1"; "no name" ] [| "even"; Unchecked.defaultof<string> |]
              refused [ "class 0"; "no name" ] [| ""; "odd" |]
              refused [ "'odd'"; "twice" ] [| "odd"; "odd" |])
          test "A softmax of one output is refused, for it has nothing to tell apart" (fun () ->
              let one = Network.Input(2).Dense(1)
              let data = Dataset.Of(row, [| 0 |], 2)

              for loss in [ Loss.SoftmaxCrossEntropy; Losses.SmoothedCrossEntropy 0.1 ] do
                  let error = Expect.raises<ArgumentException>(fun () -> one.With(loss).Init<float> 1UL |> ignore)
                  Expect.mentions [ "one output"; "binary-cross-entropy" ] error.Message
                  let model = Model.initialize<float> 1UL (one.With loss)
                  let fit () = model.Fit(data, Training.Default, FitOptions.Of(epochs = 1, batchSize = 1)) |> ignore
                  Expect.mentions [ "one output" ] (Expect.raises<ArgumentException> fit).Message

              one.With(Loss.BinaryCrossEntropy).Init<float> 1UL |> ignore)
          test "A model of values that was fitted to class labels knows the classes by their numbers" (fun () ->
              let values = network.With(Loss.SquaredError).Init<float> 1UL
              let options = FitOptions.Of(epochs = 200, batchSize = 2)
              let data = Dataset.Of([| 0.0; 0.0; 1.0; 1.0 |], [| 0; 1 |], 2)
              let fitted = values.Fit(data, Training.Default.With(Schedules.Constant 0.01), options)
              Expect.that fitted.Model.IsClassifier "no classifier"
              Expect.equal "0" (fitted.Model.Classify(ReadOnlySpan [| 0.0; 0.0 |]).Label)
              Expect.equal "1" (fitted.Last.Classify(ReadOnlySpan [| 1.0; 1.0 |]).Label)
              Expect.that (not values.IsClassifier) "the model before is another")
          test "Classifying allocates nothing after predictions on the same thread" (fun () ->
              let model = (network.Init<float> 1UL).With(Preprocessing.None, [| "even"; "odd" |])
              let predictions = Array.zeroCreate<float> 2

              for model in [ model; network.Init<float> 2UL ] do
                  for _ in 1..20_000 do
                      model.Predict(ReadOnlySpan row, Span predictions)

                  // The first round: what Classify needs is ready with what Predict needs.
                  let first = (Expect.allocated (fun () -> model.Classify(ReadOnlySpan row) |> ignore))[0]
                  Expect.equal 0L first)
          test "A model with numbers that are not finite is not saved" (fun () ->
              for senseless in [ nan; infinity; -infinity ] do
                  let model = network.Init<float> 1UL
                  model.Parameters.Values[3] <- senseless
                  use stream = new MemoryStream()
                  let error = Expect.raises<InvalidOperationException>(fun () -> model.Save stream)
                  Expect.mentions [ "layers.0.weight"; Text.number senseless ] error.Message
                  Expect.equal 0L stream.Length)
          test "Fit weighs the rows where the data have weights" (fun () ->
              let options = FitOptions.Of(epochs = 3, batchSize = 4)

              let fit (training: Training) (data: Dataset) =
                  numbersOf ((network.Init<float> 1UL).Fit(data, training, options).Model)

              let weighted = data.With [| 1.0; 0.0; 2.0; 0.5 |]
              let found = fit Training.Default weighted
              Expect.sameBits "parameters" (fit { Training.Default with IsWeighted = true } weighted) found
              Expect.that (found <> fit Training.Default data) "the weights changed nothing")
          test "A training has all its parts in reach" (fun () ->
              let how =
                  Training.Default
                      .With(2, Penalties.L1 0.5)
                      .With(0, Penalties.L2 0.1)
                      .With(2, Penalties.L2 0.2)
                      .WithDecay(0.01)
                      .WithMaxNorm(2.0)
                      .Weighted()
                      .WithShards(2)

              let expected =
                  { Training.Default with
                      LayerPenalties = [ 0, Penalties.L2 0.1; 2, Penalties.L2 0.2 ]
                      Decay = 0.01
                      MaxNorm = 2.0
                      IsWeighted = true
                      Shards = 2 }

              Expect.equal expected how
              let trainer = Trainer<float>(network.Init<float> 1UL, how, 4)
              let targets = [| 1.0; 0.0; 0.0; 1.0; 0.0; 1.0; 1.0; 0.0 |]
              let loss = trainer.Step(ReadOnlySpan points, ReadOnlySpan targets, ReadOnlySpan [| 1.0; 0.0; 2.0; 0.5 |])
              Expect.that (Double.IsFinite loss) "the loss is finite") ]
