// The way of a network from its description to its gradient and back, in a script:
//
//   ./build.sh Build
//   dotnet fsi samples/circle.fsx
//
// Outside of this repository the first line is: #r "nuget: NeuralNetwork.Core, 0.1.0"

#r "../NeuralNetwork.Core.fs/bin/Release/net10.0/NeuralNetwork.Core.dll"

open System
open NeuralNetwork
open NeuralNetwork.Plans

let random = Random 1
let points = Array.init 400 (fun _ -> 2.0 * random.NextDouble() - 1.0)

let targets =
    points
    |> Array.chunkBySize 2
    |> Array.map (fun p -> if p[0] * p[0] + p[1] * p[1] < 0.5 then 1.0 else 0.0)

let network =
    Network.input 2
    |> Network.dense 16 Activation.Tanh
    |> Network.dense 1 Activation.Identity
    |> Network.withLoss Loss.BinaryCrossEntropy

printfn "%O" (PlanOutline.Of(network, Training.Default, 1))

// Values in, values out: descent written by hand. Nothing here is changed in place.
let rec descend steps rate (parameters: Parameters<float>) =
    let struct (loss, gradient) = Model.gradient network parameters points targets

    if steps % 100 = 0 then
        printfn "loss %.4f" loss

    if steps = 0 then
        parameters
    else
        let values = Array.map2 (fun w g -> w - rate * g) parameters.Values gradient
        descend (steps - 1) rate { parameters with Values = values }

let parameters = descend 400 2.0 (Model.initialize<float> 42UL network).Parameters
let model = Model(network, parameters, Preprocessing.None, [| "outside"; "inside" |])

for point in [ [| 0.0; 0.0 |]; [| 0.9; 0.9 |] ] do
    let found = model.Classify(ReadOnlySpan point)
    printfn "(%g, %g) is %s, %.0f %%" point[0] point[1] found.Label (100.0 * found.Probability)
