/// Dual numbers: known derivatives, published values, the conventions at kinks.
module NeuralNetwork.Tests.Verification.DualTests

open System
open NeuralNetwork.Tests
open NeuralNetwork.Verification

let private variable (x: float) : Dual = { Value = x; Derivative = 1.0 }

/// A name, a function, its value and its derivative by the textbook, and where it is tried.
let private table: (string * (Dual -> Dual) * (float -> float) * (float -> float) * (float * float)) list =
    let sigmoid x = 1.0 / (1.0 + exp -x)

    [ "exp", exp, exp, exp, (-5.0, 5.0)
      "log", log, log, (fun x -> 1.0 / x), (0.1, 9.0)
      "sqrt", sqrt, sqrt, (fun x -> 0.5 / sqrt x), (0.1, 9.0)
      "tanh", tanh, tanh, (fun x -> 1.0 - tanh x ** 2.0), (-3.0, 3.0)
      "abs", abs, abs, (fun x -> float (sign x)), (-3.0, 3.0)
      "log1p", Dual.Log1p, (fun x -> log (1.0 + x)), (fun x -> 1.0 / (1.0 + x)), (0.5, 9.0)
      "expm1", Dual.Expm1, (fun x -> exp x - 1.0), exp, (0.5, 5.0)
      "sigmoid", Dual.Sigmoid, sigmoid, (fun x -> sigmoid x * (1.0 - sigmoid x)), (-5.0, 5.0)
      "softplus", Dual.Softplus, (fun x -> log (1.0 + exp x)), sigmoid, (-3.0, 5.0)
      "x³ / (1 + x)",
      (fun x -> x * x * x / (1.0 + x)),
      (fun x -> x ** 3.0 / (1.0 + x)),
      (fun x -> x * x * (3.0 + 2.0 * x) / (1.0 + x) ** 2.0),
      (0.1, 5.0)
      "2 - x·3", (fun x -> 2.0 - x * 3.0), (fun x -> 2.0 - x * 3.0), (fun _ -> -3.0), (-5.0, 5.0)
      "max(x, 0)", (fun x -> Dual.Max(x, Dual.Zero)), max 0.0, (fun x -> if x > 0.0 then 1.0 else 0.0), (-3.0, 3.0) ]

let tests =
    group
        "Dual"
        [ law "A dual has the value and the derivative of the textbook" (fun (seed: int) ->
              let share = Random(seed).NextDouble()

              for name, f, value, derivative, (low, high) in table do
                  let x = low + share * (high - low)
                  let y = f (variable x)
                  let near expected actual = abs (expected - actual) <= 4e-15 * (1.0 + abs expected)
                  Expect.that (near (value x) y.Value && near (derivative x) y.Derivative) $"{name} at {x}: {y}")
          each
              "The complementary error function has its published values"
              [ (0.0, 1.0)
                (1e-10, 0.99999999988716208)
                (0.5, 0.47950012218695346)
                (1.0, 0.15729920705028513)
                (2.0, 0.0046777349810472658)
                (3.0, 2.2090496998585441e-5)
                (5.0, 1.5374597944280349e-12)
                (10.0, 2.0884875837625448e-45)
                (-1.0, 1.8427007929497149) ]
              (fun (x: float, expected: float) ->
                  Expect.within (4e-14 * expected) expected (Dual.Erfc(variable x)).Value
                  Expect.within 3e-16 (1.0 - expected) (Dual.Erf(variable x)).Value)
          law "The error function is odd, and its derivative is that of the paper" (fun (Real x) ->
              let erf, mirrored = Dual.Erf(variable x), Dual.Erf(variable -x)
              Expect.equal -erf.Value mirrored.Value
              // x² is (the upper half of x's bits)², which is exact, and a rest, which is small: nothing of it is lost to the
              // exponential.
              let upper = x |> BitConverter.DoubleToInt64Bits |> (&&&) ~~~0x7FFFFFFL |> BitConverter.Int64BitsToDouble
              let bell = exp (-upper * upper) * exp (-(x - upper) * (x + upper))
              Expect.within (1e-15 * erf.Derivative) (2.0 / sqrt Math.PI * bell) erf.Derivative
              Expect.equal -erf.Derivative (Dual.Erfc(variable x)).Derivative)
          test "Near zero nothing is lost" (fun () ->
              for x in [ 1e-300; 1e-20; -1e-9; 1e-8 ] do
                  Expect.within (1e-15 * abs x) (x + 0.5 * x * x) (Dual.Expm1(variable x)).Value
                  Expect.within (1e-15 * abs x) (x - 0.5 * x * x) (Dual.Log1p(variable x)).Value)
          test "Far from zero everything stays finite" (fun () ->
              for x in [ -1e4; 1e4 ] do
                  for f in [ Dual.Sigmoid; Dual.Softplus; tanh; Dual.Erf; Dual.Erfc ] do
                      let y = f (variable x)
                      Expect.that (Double.IsFinite y.Value && Double.IsFinite y.Derivative) $"{y} at {x}")
          test "At a kink the slope is the engine's" (fun () ->
              Expect.equal 0.0 (abs (variable 0.0)).Derivative
              Expect.equal 0.0 (Dual.Max(variable 0.0, Dual.Zero)).Derivative
              Expect.equal 0.0 (Dual.Min(variable 1.0, Dual.Constant 1.0)).Derivative)
          test "A constant has no slope, wherever it is" (fun () ->
              Expect.equal 0.0 (sqrt Dual.Zero).Derivative
              Expect.equal 0.0 (log Dual.Zero).Derivative)
          each
              "Far out the error function is 1, and its slope 0"
              [ 30.0; 1e154; 1e300; Double.PositiveInfinity ]
              (fun (x: float) ->
                  for sign, expected in [ 1.0, 0.0; -1.0, 2.0 ] do
                      let found = Dual.Erfc { Value = sign * x; Derivative = 1.0 }
                      Expect.equal expected found.Value
                      Expect.that (found.Derivative = 0.0) $"{found.Derivative}") ]
