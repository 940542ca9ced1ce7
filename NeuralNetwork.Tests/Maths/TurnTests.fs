/// Sines and cosines of turns, on which waves of numbers stand.
module NeuralNetwork.Tests.Maths.TurnTests

open System
open System.Numerics
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private double (f: Lane<float> -> Lane<float>) (x: float) = Vector.GetElement(f (Vector<float>(x)), 0)
let private single (f: Lane<float32> -> Lane<float32>) (x: float32) = Vector.GetElement(f (Vector<float32>(x)), 0)

let tests =
    group
        "Turn"
        [ lawTried
              2000
              "Sines and cosines of turns are those of Math, and go round at whole numbers in every bit"
              (fun (Real x) (turns: int16) ->
                  // A turn within a half of the nearest whole one; 2π times it has a rounding of its own.
                  let x = Math.Round(x, 12)
                  let angle = 2.0 * Math.PI * (x - Math.Round x)
                  Expect.within 6e-16 (Math.Cos angle) (double Lane.cosineOfTurns x)
                  Expect.within 6e-16 (Math.Sin angle) (double Lane.sineOfTurns x)
                  let exact = Math.Round(x * 1048576.0) / 1048576.0
                  let further = exact + float turns
                  Expect.equal (double Lane.cosineOfTurns exact) (double Lane.cosineOfTurns further)
                  // The double of a float32 is rounded once.
                  Expect.equal
                      (float32 (double Lane.cosineOfTurns (float (float32 x))))
                      (single Lane.cosineOfTurns (float32 x))

                  Expect.equal
                      (float32 (double Lane.sineOfTurns (float (float32 x))))
                      (single Lane.sineOfTurns (float32 x)))
          test "Quarters of turns have their exact sines and cosines, and infinities none" (fun () ->
              for turns, sine, cosine in
                  [ 0.0, 0.0, 1.0; 0.25, 1.0, 0.0; -0.25, -1.0, 0.0; 0.5, 0.0, -1.0; 7.75, -1.0, 0.0 ] do
                  Expect.equal sine (double Lane.sineOfTurns turns)
                  Expect.equal cosine (double Lane.cosineOfTurns turns)

              for x in [ infinity; -infinity; nan ] do
                  Expect.that (Double.IsNaN(double Lane.sineOfTurns x)) $"sine of {x}"
                  Expect.that (Double.IsNaN(double Lane.cosineOfTurns x)) $"cosine of {x}"

              Expect.equal 1.0 (double Lane.cosineOfTurns 1e300)) ]
