/// When a training is said to have ended too early: where its loss was still clearly falling, and nowhere else.
module NeuralNetwork.Tests.Cli.TrendTests

open System
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Tests

let private isFalling (losses: float seq) = Trend.IsFalling(Array.ofSeq losses)

let tests =
    group
        "Trend"
        [ each "A loss that falls in a line to the end is still falling" [ 10; 20; 200 ] (fun (epochs: int) ->
              Expect.that (isFalling [ for epoch in 1..epochs -> 1.0 - 0.9 * float epoch / float epochs ]) "it is")
          each "A loss that has risen since its least is not" [ 10; 200 ] (fun (epochs: int) ->
              let turn = epochs / 2
              Expect.that (not (isFalling [ for epoch in 1..epochs -> 1.0 + float (abs (epoch - turn)) ])) "it is not")
          law "A loss that goes up and down by a hundredth around a level is not" (fun (seed: int) ->
              let random = Random seed
              let losses = [ for _ in 1 .. random.Next(40, 200) -> 0.5 + 0.005 * (2.0 * random.NextDouble() - 1.0) ]
              Expect.that (not (isFalling losses)) "noise")
          test "A loss that halves for ever is not once nothing is left of it" (fun () ->
              Expect.that (not (isFalling [ for epoch in 0..99 -> Math.Pow(0.9, float epoch) ])) "it is as good as 0")
          test "A loss below 0 may fall, too" (fun () ->
              Expect.that (isFalling [ for epoch in 1..50 -> -1.0 - float epoch ]) "it falls")
          test "Nothing is said of a few epochs, and of losses that are none" (fun () ->
              Expect.that (not (isFalling [])) "none"
              Expect.that (not (isFalling [ 3.0; 2.0; 1.0 ])) "three"

              Expect.that
                  (not (isFalling [ for epoch in 1..20 -> if epoch = 3 then nan else 1.0 / float epoch ]))
                  "no number") ]
