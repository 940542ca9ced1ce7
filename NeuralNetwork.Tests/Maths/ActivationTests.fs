/// The whole catalogue of activations, values and slopes, against 200-bit numbers and differences; their shapes and their extremes.
module NeuralNetwork.Tests.Maths.ActivationTests

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.EvaluatedActivations
open NeuralNetwork.Tests.Maths.ExactActivations
open FsCheck.FSharp

let private at<'T> activation (x: float) : struct (float * float) =
    let lane = Array.create Vector<'T>.Count (Lane.ofFloat<'T> x)
    let struct (values, slopes) = evaluate activation lane
    struct (Lane.toFloat values[0], Lane.toFloat slopes[0])

let private value activation x = let struct (y, _) = at<float> activation x in y

let private slope activation x = let struct (_, s) = at<float> activation x in s

/// The slope from an x and a y that need not go together.
type private SlopeFrom<'T>(x: float, y: float) =
    interface IActivationVisitor<'T, float> with
        member _.Visit formula =
            Lane.toFloat (Vector.GetElement(formula.Derivative(Lane.create<'T> x, Lane.create<'T> y), 0))

let private slopeFrom activation x y = Activation.visit (SlopeFrom<float>(x, y)) activation

let private single activation x = let struct (y, _) = at<float32> activation x in y

/// Beside the kinks and the cuts between formulas, at every size down to the subnormal numbers, on both sides.
let private landmarks =
    [ for power in -1074..29..1020 -> Math.ScaleB(1.0, power)
      for power in -150..7..127 -> Math.ScaleB(1.25, power)
      for power in -20 .. 9 -> Math.ScaleB(1.5, power)
      yield! [ 0.0; 1.0; 3.0; 5.0; 8.0; 10.0; 13.0; 20.0; 37.5; 38.5; 39.9; 40.0; 88.0; 100.0; 104.0; 700.0 ]
      yield! [ 708.4; 709.78; 745.0; 750.0; 752.0; 799.0; 801.0; 1e4; 3e38; 1e300; 0.7517915; 1.1924; 1.2784645 ] ]
    |> List.collect (fun x -> [ x; Math.BitIncrement x; Math.BitDecrement x ])
    |> List.collect (fun x -> [ x; -x ])

let private anyNumber =
    let draw (seed: int) =
        let random = Random seed

        match random.Next 8 with
        | 0 -> BitConverter.Int64BitsToDouble(random.NextInt64(Int64.MinValue, Int64.MaxValue))
        | 1 -> 40.0 * (2.0 * random.NextDouble() - 1.0)
        | 2 -> 800.0 * (2.0 * random.NextDouble() - 1.0)
        | 3 -> Math.ScaleB(Generate.normal random, random.Next(-60, 0))
        | _ -> 4.0 * Generate.normal random

    Gen.choose (0, Int32.MaxValue)
    |> Gen.map draw
    |> Gen.map (fun x -> if Double.IsFinite x then x else 1.0)
    |> Arb.fromGen

let private greatest = Exact.OfFloat Double.MaxValue

let private greatestSingle = Exact.OfFloat(float Single.MaxValue)

let private judgeValue name digits least greatest bar (exact: Exact) (x: float) (actual: float) =
    if not (Double.IsInfinity actual && isPositive (abs' exact - greatest)) then
        let error = if Double.IsFinite actual then Exact.ulps digits least exact actual else infinity
        Expect.that (error <= bar) $"{name} {x:R} = {actual:R} is {error:F3} ULP away"

/// The bars of float64: a normal distribution function is allowed twice what the others are.
let private bar entry = if entry.Activation.IsGELU then 4.0 else 2.0

let private judgeDouble entry x =
    judgeValue (string entry) 53 -1022 greatest (bar entry) (entry.Value(Exact.OfFloat x)) x (value entry.Activation x)

let private judgeSingle entry (x: float) =
    let x = float (float32 x)

    if Double.IsFinite x then
        // The straight pieces are computed in float32 itself: two roundings.
        let bar = if entry.Activation.IsHardSigmoid then 1.0 else 0.51
        let exact = entry.Value(Exact.OfFloat x)
        judgeValue (string entry) 24 -126 greatestSingle bar exact x (single entry.Activation x)

/// Slopes are within 6 units of 1 everywhere, and within 6 units of their own where they are computed from x or keep
/// their digits from y, and where the slope of a gate does not cross 0.
let private judgeSlope entry (x: float) =
    let exact, actual = entry.Slope(Exact.OfFloat x), slope entry.Activation x

    let isRelative =
        match entry.Activation with
        | Activation.ELU _
        | Activation.SELU
        | Activation.Tanh
        | Activation.Sigmoid -> false
        | Activation.GELU
        | Activation.GELUTanh
        | Activation.SiLU
        | Activation.Mish -> x >= 0.0 || x < -3.0
        | _ -> true

    if isRelative then
        judgeValue $"the slope of {entry} at" 53 -1022 greatest 6.0 exact x actual
    else
        let error = abs (Exact.approximate (Exact.OfFloat actual - exact))
        let bound = Math.ScaleB(6.0, -53) * max 1.0 (Exact.approximate exact)
        Expect.that (error <= bound) $"the slope of {entry} at {x:R} is off by {error:R}"

let private monotone =
    catalogue
    |> List.filter (fun entry ->
        match entry.Activation with
        | Activation.GELU
        | Activation.GELUTanh
        | Activation.SiLU
        | Activation.Mish -> false
        | _ -> true)

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
                      Expect.within bound difference (slope activation x))
              lawTried
                  300
                  "Where the slope is known from the output, the input is not read"
                  (fun (activation: Activation) (Real x) ->
                      if Activation.isFromOutput activation then
                          let y = value activation x
                          Expect.sameBits "slope" [| slopeFrom activation x y |] [| slopeFrom activation nan y |])
              law "Every activation is finite at the extremes and keeps NaN" (fun (activation: Activation) ->
                  for x in [ 1e4; -1e4; 3e38; -3e38; 1e300; -1e300 ] do
                      Expect.that (Double.IsFinite(value activation x)) $"f({x})"
                      Expect.that (Double.IsFinite(slope activation x)) $"f'({x})"

                  Expect.that (Double.IsNaN(value activation nan)) "f(NaN)")
              law "A slope times a NaN input is not hidden" (fun (activation: Activation) ->
                  let poisoned = slope activation nan
                  // Straight pieces compare: their slope is a number, and the NaN stays visible in the value.
                  let isStraight =
                      match activation with
                      | Activation.Identity
                      | Activation.ReLU
                      | Activation.LeakyReLU _
                      | Activation.HardSigmoid
                      | Activation.HardTanh -> true
                      | _ -> false

                  Double.IsNaN poisoned || isStraight)
              each "A float64 value is within its bar at every landmark" catalogue (fun (entry: Entry) ->
                  List.iter (judgeDouble entry) landmarks)
              each "A float64 value is within its bar at random numbers" catalogue (fun (entry: Entry) ->
                  Trials.run 1000 anyNumber (judgeDouble entry))
              each "A float32 value is within its bar at every landmark" catalogue (fun (entry: Entry) ->
                  List.iter (judgeSingle entry) landmarks)
              each "A float32 value is within its bar at random numbers" catalogue (fun (entry: Entry) ->
                  Trials.run 1000 anyNumber (judgeSingle entry))
              each "A slope is within its bar at every landmark" catalogue (fun (entry: Entry) ->
                  let kinks = Activation.kinks entry.Activation
                  landmarks |> List.filter (fun x -> not (List.contains x kinks)) |> List.iter (judgeSlope entry))
              each "A slope is within its bar at random numbers" catalogue (fun (entry: Entry) ->
                  Trials.run 1000 anyNumber (judgeSlope entry))
              each "Values and slopes are finite at 10000 and at 3e38 in float32" catalogue (fun (entry: Entry) ->
                  if not entry.Activation.IsExponential then
                      for x in [ 1e4; -1e4; 1e38; -3e38 ] do
                          let struct (y, s) = at<float32> entry.Activation x
                          Expect.that (Double.IsFinite y && Double.IsFinite s) $"f({x}) = {y}, f'({x}) = {s}")
              each "Infinities give the limits, and NaN stays NaN" catalogue (fun (entry: Entry) ->
                  let f = value entry.Activation
                  Expect.equal (f 1e308 > 1e300) (f infinity = infinity)
                  // What grows without end on the left are the identity and leaky rectifiers; the rest is where it was at -10³⁰⁰.
                  Expect.that
                      (f -infinity = (if entry.Activation.IsIdentity then -infinity else f -1e300))
                      $"f(-∞) = {f -infinity}"

                  Expect.that (Double.IsNaN(f nan)) "f(NaN)"
                  Expect.that (Double.IsNaN(single entry.Activation nan)) "float32: f(NaN)")
              each "What is 0 at 0 keeps the sign of zero and of subnormal numbers" catalogue (fun (entry: Entry) ->
                  let f = value entry.Activation

                  if f 0.0 = 0.0 && not entry.Activation.IsReLU then
                      for x in [ 0.0; Double.Epsilon; 1e-310; 1e-40 ] do
                          Expect.that (Double.IsPositive(f x)) $"f({x}) = {f x}"
                          Expect.that (Double.IsNegative(f -x)) $"f({-x}) = {f -x}")
              states
                  [ 26 ]
                  (each "What rises does so between neighbouring float32" monotone (fun (entry: Entry) ->
                      Trials.run 1000 anyNumber (fun x ->
                          let x = float32 x

                          if Single.IsFinite x then
                              let here, there =
                                  single entry.Activation (float x),
                                  single entry.Activation (float (MathF.BitIncrement x))

                              Expect.that (here <= there) $"f({x:R}) = {here:R} > {there:R} right of it")))
              states
                  [ 26 ]
                  (each "What rises does so on sorted float64" monotone (fun (entry: Entry) ->
                      let random = Random 7
                      let x = Array.init 4096 (fun _ -> 30.0 * Generate.normal random) |> Array.sort
                      let struct (values, _) = evaluate entry.Activation x

                      Array.pairwise values
                      |> Array.iter (fun (here, there) -> Expect.that (here <= there) $"{here:R} > {there:R}")))
              states
                  [ 26 ]
                  (lawTried 1000 "Odd activations are odd in every bit, in both precisions" (fun (Real x) ->
                      for activation in
                          [ Activation.Identity; Activation.Tanh; Activation.Softsign; Activation.HardTanh ] do
                          Expect.sameBits
                              (Activation.name activation)
                              [| -(value activation x) |]
                              [| value activation -x |]

                          Expect.sameBits
                              (Activation.name activation)
                              [| -(single activation x) |]
                              [| single activation -x |]))
              states
                  [ 26 ]
                  (lawTried 1000 "Gates of x and -x add up to 1, so f(x) - f(-x) = x" (fun (Real x) ->
                      for activation in [ Activation.GELU; Activation.GELUTanh; Activation.SiLU; Activation.Softplus ] do
                          Expect.within
                              (Math.ScaleB(8.0 * max 1.0 (abs x), -53))
                              x
                              (value activation x - value activation -x)))
              // PyTorch's functions of the same names give these to all digits shown.
              each
                  "Values are those of the frameworks"
                  [ "gelu", 1.0, 0.8413447460685429
                    "gelu", -2.0, -0.04550026389635842
                    "gelu-tanh", 1.0, 0.8411919906082768
                    "leaky-relu", -2.0, -0.02
                    "silu", 1.0, 0.7310585786300049
                    "mish", 1.0, 0.8650983882673103
                    "elu", -1.0, -0.6321205588285577
                    "selu", -1.0, -1.1113307378125625
                    "softplus", 1.0, 1.3132616875182228
                    "softsign", -3.0, -0.75
                    "hard-sigmoid", 1.0, 0.6666666666666666
                    "hard-tanh", 2.0, 1.0 ]
                  (fun (name: string, x: float, expected: float) ->
                      Expect.within 4e-16 expected (value (Expect.ok (Activation.parse name)) x)) ]
         @ [ each "At a kink the slope is the one that is documented" [ 0.0; -0.0 ] (fun (zero: float) ->
                 // The rectifiers have that of the left side.
                 Expect.equal 0.0 (slope Activation.ReLU zero)
                 Expect.equal 0.1 (slope (Activation.LeakyReLU 0.1) zero)
                 Expect.equal 0.3 (slope (Activation.ELU 0.3) zero)
                 Expect.within 1e-15 1.7580993408473769 (slope Activation.SELU zero)
                 Expect.equal 1.0 (slope Activation.Softsign zero)
                 Expect.equal 0.0 (slope Activation.HardSigmoid -3.0)
                 Expect.equal 0.0 (slope Activation.HardSigmoid 3.0)
                 Expect.equal 0.0 (slope Activation.HardTanh -1.0)
                 Expect.equal 0.0 (slope Activation.HardTanh 1.0)) ])
