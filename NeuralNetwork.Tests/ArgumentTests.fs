/// What an app may hand over by mistake: every argument that cannot be is refused by its name or in a sentence.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.ArgumentTests

open System
open NeuralNetwork
open NUnit.Framework

let private network = Network.Input(2).Dense(3, Activation.Tanh).Dense(2).With(Loss.SoftmaxCrossEntropy)
let private data = Data.Of([| 0f; 1f; 1f; 0f; 1f; 1f; 0f; 0f |], [| 0; 1; 0; 1 |], 2)
let private model = network.Init<float32> 1UL
let private options = FitOptions.Of(epochs = 2, batchSize = 2)

let private impossible: obj[] list =
    let made words (make: unit -> Training) : obj[] = [| words; make |]

    [ made "limit" (fun () -> Training.Default.With(Clippings.GlobalNorm -1.0))
      made "limit" (fun () -> Training.Default.With(Clippings.Value nan))
      made "limit on gradients" (fun () -> Training.Default.With(Clipping.Norm 0.0))
      made "l2" (fun () -> Training.Default.With(Penalties.L2 -5.0))
      made "l1" (fun () -> Training.Default.With(Penalties.L1 infinity))
      made "L1 penalty" (fun () -> Training.Default.With(0, { L1 = nan; L2 = 0.0 }))
      made "beta2" (fun () -> Training.Default.With(Optimizers.Adam(beta2 = 2.0)))
      made "beta2" (fun () -> Training.Default.With(Optimizers.Adam(beta2 = -1.0)))
      made "weight-decay" (fun () -> Training.Default.With(Optimizer.AdamW { AdamW.standard with WeightDecay = -1.0 }))
      made "steps" (fun () -> Training.Default.With(Schedules.Cosine(0.1, 0)))
      made "growth" (fun () -> Training.Default.With(Schedules.CosineRestarts(0.1, 10, 0.5)))
      made "decay" (fun () -> Training.Default.WithDecay -1.0)
      made "limit" (fun () -> Training.Default.WithMaxNorm infinity)
      made "weight decay" (fun () -> { Training.Default with Decay = -0.1 })
      made "norm" (fun () -> { Training.Default with MaxNorm = nan }) ]

[<TestCaseSource(nameof impossible)>]
let ``A training that cannot be is refused where it is made, at the latest before its first step``
    (words: string)
    (make: unit -> Training)
    =
    let error = Expect.raises<ArgumentException>(fun () -> model.Fit(data, make (), options) |> ignore)
    Expect.mentions [ words; "must be" ] error.Message

[<Test>]
let ``A penalty is on a layer that is there and has weights`` () =
    for layer, words in [ 7, "the network has 3 layers"; 1, "tanh has no weights" ] do
        let training = Training.Default.With(layer, Penalties.L2 0.1)
        let refused (action: unit -> unit) = Expect.mentions [ words ] (Expect.raises<ArgumentException> action).Message
        refused (fun () -> model.Fit(data, training, options) |> ignore)
        refused (fun () -> Trainer<float32>(model, training, 2) |> ignore)
        refused (fun () -> PlanOutline.Of(network, training, 2) |> ignore)
        refused (fun () -> model.CheckGradient(training, [| 0.0; 1.0 |], [| 1.0; 0.0 |]) |> ignore)

[<Test>]
let ``Steps below none are refused, and a batch has no more rows than there are`` () =
    let negative = { options with Steps = -4 }
    let error = Expect.raises<ArgumentException>(fun () -> model.Fit(data, Training.Default, negative) |> ignore)
    Expect.mentions [ "-4 steps" ] error.Message
    let whole = FitOptions.Of(epochs = 2, batchSize = Int32.MaxValue)
    let all = FitOptions.Of(epochs = 2, batchSize = 4)
    let last (options: FitOptions) = (model.Fit(data, Training.Default, options)).Last.Parameters.Values
    Expect.that (last all = last whole) "another model"

[<Test>]
let ``Data that contradict themselves say so, before anything about the network`` () =
    let refusal (data: Data) =
        (Expect.raises<ArgumentException>(fun () -> model.Fit(data, Training.Default, options) |> ignore)).Message

    Expect.mentions [ "3 "; "4 rows" ] (refusal (Data.Of([| 1f; 2f; 3f |], [| 0; 1; 0; 1 |], 2)))
    Expect.mentions [ "0 rows" ] (refusal (Data.Of(Array.empty<float32>, Array.empty<int>, 2)))
    Expect.mentions [ "label 5 in row 1" ] (refusal (Data.Of([| 1f; 2f; 3f; 4f |], [| 0; 5 |], 2)))
    Expect.mentions [ "features of 2 rows with targets of 1?" ] (refusal (Data.Of([| 1f; 2f; 3f; 4f |], [| 0 |], 2)))

[<Test>]
let ``What is null is named`` () =
    let refused name (action: unit -> 'Result) =
        let error = Expect.raises<ArgumentNullException>(fun () -> action () |> ignore)
        Expect.equal name error.ParamName

    refused "features" (fun () -> Data.Of(Unchecked.defaultof<float32[]>, [| 0 |], 2))
    refused "labels" (fun () -> Data.Of([| 1f |], Unchecked.defaultof<int[]>, 2))
    refused "targets" (fun () -> Data.Of([| 1.0 |], Unchecked.defaultof<float[]>, 1))
    refused "data" (fun () -> model.Fit(Unchecked.defaultof<Data>, Training.Default, options))
    refused "training" (fun () -> model.Fit(data, Unchecked.defaultof<Training>, options))
    refused "options" (fun () -> model.Fit(data, Training.Default, Unchecked.defaultof<FitOptions>))
    refused "validation" (fun () -> model.Fit(data, Unchecked.defaultof<Data>, Training.Default, options))
    refused "x" (fun () -> model.CheckGradient(Training.Default, Unchecked.defaultof<float[]>, [| 1.0 |]))
    refused "stream" (fun () -> model.Save Unchecked.defaultof<IO.Stream>)
    refused "stream" (fun () -> Model.Load<float32> Unchecked.defaultof<IO.Stream>)
    refused "next" (fun () -> Schedules.Warmup(10, Unchecked.defaultof<Schedule>))
