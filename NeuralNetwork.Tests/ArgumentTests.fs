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
    [ "limit on gradients", Training.Default.With(Clippings.GlobalNorm -1.0)
      "limit on gradients", Training.Default.With(Clippings.Value nan)
      "L2 penalty", Training.Default.With(Penalties.L2 -5.0)
      "L1 penalty", Training.Default.With(Penalties.L1 infinity)
      "beta2", Training.Default.With(Optimizer.Adam { Adam.standard with Beta2 = 2.0 })
      "weight-decay", Training.Default.With(Optimizer.AdamW { AdamW.standard with WeightDecay = -1.0 })
      "steps", Training.Default.With(Schedules.Cosine(0.1, 0))
      "growth", Training.Default.With(Schedules.CosineRestarts(0.1, 10, 0.5))
      "weight decay", { Training.Default with Decay = -0.1 }
      "norm", { Training.Default with MaxNorm = nan } ]
    |> List.map (fun (words, training) -> [| words; training |])

[<TestCaseSource(nameof impossible)>]
let ``A training that cannot be is refused before its first step`` (words: string) (training: Training) =
    let error = Expect.raises<ArgumentException>(fun () -> model.Fit(data, training, options) |> ignore)
    Expect.mentions [ words; "must be" ] error.Message

[<Test>]
let ``Steps below none are refused, and a batch has no more rows than there are`` () =
    let negative = FitOptions.Of(epochs = 2, batchSize = 2, steps = -4)
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
