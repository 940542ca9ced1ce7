/// When a training is said to have ended too early: where its loss was still clearly falling, and nowhere else.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Cli.TrendTests

open System
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Tests
open NUnit.Framework
open FsCheck.NUnit

let private isFalling (losses: float seq) = Trend.IsFalling(Array.ofSeq losses)

[<TestCase(10)>]
[<TestCase(20)>]
[<TestCase(200)>]
let ``A loss that falls in a line to the end is still falling`` (epochs: int) =
    Expect.that (isFalling [ for epoch in 1..epochs -> 1.0 - 0.9 * float epoch / float epochs ]) "it is"

[<TestCase(10)>]
[<TestCase(200)>]
let ``A loss that has risen since its least is not`` (epochs: int) =
    let turn = epochs / 2
    Expect.that (not (isFalling [ for epoch in 1..epochs -> 1.0 + float (abs (epoch - turn)) ])) "it is not"

[<Property(MaxTest = 100)>]
let ``A loss that goes up and down by a hundredth around a level is not`` (seed: int) =
    let random = Random seed
    let losses = [ for _ in 1 .. random.Next(40, 200) -> 0.5 + 0.005 * (2.0 * random.NextDouble() - 1.0) ]
    Expect.that (not (isFalling losses)) "noise"

[<Test>]
let ``A loss that halves for ever is not once nothing is left of it`` () =
    Expect.that (not (isFalling [ for epoch in 0..99 -> Math.Pow(0.9, float epoch) ])) "it is as good as 0"

[<Test>]
let ``A loss below 0 may fall, too`` () =
    Expect.that (isFalling [ for epoch in 1..50 -> -1.0 - float epoch ]) "it falls"

[<Test>]
let ``Nothing is said of a few epochs, and of losses that are none`` () =
    Expect.that (not (isFalling [])) "none"
    Expect.that (not (isFalling [ 3.0; 2.0; 1.0 ])) "three"
    Expect.that (not (isFalling [ for epoch in 1..20 -> if epoch = 3 then nan else 1.0 / float epoch ])) "no number"
