/// Activations: slopes against differences of values, conventions at 0, names.
module NeuralNetwork.Tests.Maths.ActivationTests

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

type private ValueAt<'T>(x: float) =
    interface IActivationVisitor<'T, float> with
        member _.Visit formula = Lane.toFloat (Vector.GetElement(formula.Value(Lane.create<'T> x), 0))

type private SlopeAt<'T>(x: float, y: float) =
    interface IActivationVisitor<'T, float> with
        member _.Visit formula =
            Lane.toFloat (Vector.GetElement(formula.Derivative(Lane.create<'T> x, Lane.create<'T> y), 0))

let private value activation x = Activation.visit (ValueAt<float> x) activation
let private slope activation x y = Activation.visit (SlopeAt<float>(x, y)) activation

let tests =
    group
        "Activation"
        (byEntry
            [ lawTried 300 "The slope is the derivative of the value" (fun (activation: Activation) (Real x) ->
                  let h = 6e-6 * max 1.0 (abs x)
                  let above, below = x + h, x - h

                  if Activation.kinks activation |> List.forall (fun kink -> above < kink || below > kink) then
                      let difference = (value activation above - value activation below) / (above - below)
                      // Truncation h²/6·|f'''| with |f'''| <= 2, rounding 4u·|f| / 2h.
                      let bound = h * h / 3.0 + Math.ScaleB(4.0 * (1.0 + abs x), -53) / h
                      Expect.within bound difference (slope activation x (value activation x)))
              lawTried
                  300
                  "Where the slope is known from the output, the input is not read"
                  (fun (activation: Activation) (Real x) ->
                      if Activation.isFromOutput activation then
                          let y = value activation x
                          Expect.sameBits "slope" [| slope activation x y |] [| slope activation nan y |])
              law "Every activation is finite at the extremes and keeps NaN" (fun (activation: Activation) ->
                  for x in [ 1e4; -1e4; 3e38; -3e38; 1e300; -1e300 ] do
                      Expect.that (Double.IsFinite(value activation x)) $"f({x})"
                      Expect.that (Double.IsFinite(slope activation x (value activation x))) $"f'({x})"

                  Expect.that (Double.IsNaN(value activation nan)) "f(NaN)")
              law "A slope times a NaN input is not hidden" (fun (activation: Activation) ->
                  let poisoned = slope activation nan (value activation nan)
                  // Straight pieces compare: their slope is a number, and the NaN stays visible in the value.
                  let isStraight =
                      match activation with
                      | Activation.Identity
                      | Activation.ReLU
                      | Activation.LeakyReLU _
                      | Activation.HardSigmoid
                      | Activation.HardTanh -> true
                      | _ -> false

                  Double.IsNaN poisoned || isStraight) ])
