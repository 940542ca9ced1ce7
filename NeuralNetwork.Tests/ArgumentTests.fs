/// What an app may hand over by mistake: every argument that cannot be is refused by its name or in a sentence.
module NeuralNetwork.Tests.ArgumentTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

let private network = Network.Input(2).Dense(3, Activation.Tanh).Dense(2).With(Loss.SoftmaxCrossEntropy)
let private data = Dataset.Of([| 0f; 1f; 1f; 0f; 1f; 1f; 0f; 0f |], [| 0; 1; 0; 1 |], 2)
let private model = network.Init<float32> 1UL
let private options = FitOptions.Of(epochs = 2, batchSize = 2)

/// Calls of the face for C#: what they make is never held.
let private refusedWhereMade =
    let made (words: string) (make: unit -> obj) = words, make

    [ made "limit" (fun () -> Clippings.GlobalNorm -1.0)
      made "limit" (fun () -> Clippings.Value nan)
      made "l2" (fun () -> Penalties.L2 -5.0)
      made "l1" (fun () -> Penalties.L1 infinity)
      made "beta2" (fun () -> Optimizers.Adam(beta2 = 2.0))
      made "beta2" (fun () -> Optimizers.Adam(beta2 = -1.0))
      made "steps" (fun () -> Schedules.Cosine(0.1, 0))
      made "growth" (fun () -> Schedules.CosineRestarts(0.1, 10, 0.5))
      made "limit on gradients" (fun () -> Training.Default.With(Clipping.Norm 0.0))
      made "L1 penalty" (fun () -> Training.Default.With(0, { L1 = nan; L2 = 0.0 }))
      made "weight-decay" (fun () -> Training.Default.With(Optimizer.AdamW { AdamW.standard with WeightDecay = -1.0 }))
      made "decay" (fun () -> Training.Default.WithDecay -1.0)
      made "limit" (fun () -> Training.Default.WithMaxNorm infinity)
      made "shards" (fun () -> Training.Default.WithShards 0) ]

/// Records that F# writes itself: nobody looks before they are used.
let private refusedBeforeAStep =
    let made (words: string) (training: Training) = words, training

    [ made "weight decay" { Training.Default with Decay = -0.1 }
      made "norm" { Training.Default with MaxNorm = nan }
      made "shards" { Training.Default with Shards = 0 } ]

/// Numbers that an argument cannot be, by the name of the argument: what has no guard of its own would be found where it is used,
/// if anywhere, and under another name.
let private outOfRange =
    let made (name: string) (make: unit -> obj) = name, make

    [ made "gamma" (fun () -> Losses.Focal 0.0)
      made "gamma" (fun () -> Losses.Focal nan)
      made "tau" (fun () -> Losses.Quantile 1.0)
      made "tau" (fun () -> Losses.Quantile 0.0)
      made "delta" (fun () -> Losses.Huber 0.0)
      made "delta" (fun () -> Losses.Huber infinity)
      made "smoothing" (fun () -> Losses.SmoothedCrossEntropy 1.0)
      made "smoothing" (fun () -> Losses.SmoothedCrossEntropy 0.0)
      made "alpha" (fun () -> Activations.ELU 0.0)
      made "slope" (fun () -> Activations.LeakyReLU -1.0)
      made "slope" (fun () -> Activations.LeakyReLU nan)
      made "rate" (fun () -> Schedules.Constant -1.0)
      made "rate" (fun () -> Schedules.Constant nan)
      made "rate" (fun () -> Schedules.OneCycle(-1.0, 5))
      made "steps" (fun () -> Schedules.OneCycle(0.1, 0))
      made "steps" (fun () -> Schedules.Cosine(0.1, -1))
      made "growth" (fun () -> Schedules.CosineRestarts(0.1, 5, 0.5))
      made "steps" (fun () -> Schedules.CosineRestarts(0.1, 0))
      made "factor" (fun () -> Schedules.Step(0.1, -1.0, 5))
      made "every" (fun () -> Schedules.Step(0.1, 0.5, 0))
      made "factor" (fun () -> Schedules.Exponential(0.1, -1.0, 5))
      made "steps" (fun () -> Schedules.Exponential(0.1, 0.5, 0))
      made "final" (fun () -> Schedules.Polynomial(0.1, -1.0, 5))
      made "steps" (fun () -> Schedules.Polynomial(0.1, 0.0, 0))
      made "power" (fun () -> Schedules.Polynomial(0.1, 0.0, 5, -1.0))
      made "decay" (fun () -> Schedules.InverseTime(0.1, -1.0, 5))
      made "steps" (fun () -> Schedules.InverseTime(0.1, 1.0, 0))
      made "patience" (fun () -> Schedules.OnPlateau(0.1, patience = -1))
      made "factor" (fun () -> Schedules.OnPlateau(0.1, factor = -1.0))
      made "steps" (fun () -> Schedules.Warmup(-1, Schedules.Constant 0.1))
      made "epochs" (fun () -> FitOptions.Of(epochs = 0))
      made "batchSize" (fun () -> FitOptions.Of(batchSize = 0))
      made "patience" (fun () -> FitOptions.Of(patience = -1))
      made "steps" (fun () -> FitOptions.Of(steps = -1))
      made "epochs" (fun () -> FitOptions.Default.Until 0) ]

let tests =
    group
        "Argument"
        [ each "What cannot be is refused where it is made" refusedWhereMade (fun (words: string, make: unit -> obj) ->
              let error = Expect.raises<ArgumentException>(fun () -> make () |> ignore)
              Expect.mentions [ words; "must be" ] error.Message)
          each
              "A training that cannot be is refused at the latest before its first step"
              refusedBeforeAStep
              (fun (words: string, training: Training) ->
                  let error = Expect.raises<ArgumentException>(fun () -> model.Fit(data, training, options) |> ignore)
                  Expect.mentions [ words; "must be" ] error.Message)
          each
              "A number out of its range is refused by the name of its argument"
              outOfRange
              (fun (name: string, make: unit -> obj) ->
                  let error = Expect.raises<ArgumentOutOfRangeException>(fun () -> make () |> ignore)
                  Expect.equal name (string error.ParamName))
          test "A penalty is on a layer that is there and has weights" (fun () ->
              for layer, words in [ 7, "the network has 3 layers"; 1, "tanh has no weights" ] do
                  let training = Training.Default.With(layer, Penalties.L2 0.1)

                  let refused (action: unit -> unit) =
                      Expect.mentions [ words ] (Expect.raises<ArgumentException> action).Message

                  refused (fun () -> model.Fit(data, training, options) |> ignore)
                  refused (fun () -> Trainer<float32>(model, training, 2) |> ignore)
                  refused (fun () -> PlanOutline.Of(network, training, 2) |> ignore)
                  refused (fun () -> model.CheckGradient(training, [| 0.0; 1.0 |], [| 1.0; 0.0 |]) |> ignore))
          test "Steps below none are refused, and a batch has no more rows than there are" (fun () ->
              let negative = { options with Steps = -4 }

              let error =
                  Expect.raises<ArgumentException>(fun () -> model.Fit(data, Training.Default, negative) |> ignore)

              Expect.mentions [ "-4 steps" ] error.Message
              let whole = FitOptions.Of(epochs = 2, batchSize = Int32.MaxValue)
              let all = FitOptions.Of(epochs = 2, batchSize = 4)
              let last (options: FitOptions) = (model.Fit(data, Training.Default, options)).Last.Parameters.Values
              Expect.that (last all = last whole) "another model")
          test "Data that contradict themselves say so, before anything about the network" (fun () ->
              let refusal (data: Dataset) =
                  (Expect.raises<ArgumentException>(fun () -> model.Fit(data, Training.Default, options) |> ignore))
                      .Message

              Expect.mentions [ "3 "; "4 rows" ] (refusal (Dataset.Of([| 1f; 2f; 3f |], [| 0; 1; 0; 1 |], 2)))
              Expect.mentions [ "0 rows" ] (refusal (Dataset.Of(Array.empty<float32>, Array.empty<int>, 2)))
              Expect.mentions [ "label 5 in row 1" ] (refusal (Dataset.Of([| 1f; 2f; 3f; 4f |], [| 0; 5 |], 2)))

              Expect.mentions
                  [ "features of 2 rows with targets of 1?" ]
                  (refusal (Dataset.Of([| 1f; 2f; 3f; 4f |], [| 0 |], 2))))
          test "What is null is named" (fun () ->
              let refused name (action: unit -> 'Result) =
                  let error = Expect.raises<ArgumentNullException>(fun () -> action () |> ignore)
                  Expect.equal name error.ParamName

              refused "features" (fun () -> Dataset.Of(Unchecked.defaultof<float32[]>, [| 0 |], 2))
              refused "labels" (fun () -> Dataset.Of([| 1f |], Unchecked.defaultof<int[]>, 2))
              refused "targets" (fun () -> Dataset.Of([| 1.0 |], Unchecked.defaultof<float[]>, 1))
              refused "data" (fun () -> model.Fit(Unchecked.defaultof<Dataset>, Training.Default, options))
              refused "training" (fun () -> model.Fit(data, Unchecked.defaultof<Training>, options))
              refused "options" (fun () -> model.Fit(data, Training.Default, Unchecked.defaultof<FitOptions>))
              refused "validation" (fun () -> model.Fit(data, Unchecked.defaultof<Dataset>, Training.Default, options))
              refused "x" (fun () -> model.CheckGradient(Training.Default, Unchecked.defaultof<float[]>, [| 1.0 |]))
              refused "stream" (fun () -> model.Save Unchecked.defaultof<IO.Stream>)
              refused "stream" (fun () -> Model.Load<float32> Unchecked.defaultof<IO.Stream>)
              refused "next" (fun () -> Schedules.Warmup(10, Unchecked.defaultof<Schedule>))) ]
