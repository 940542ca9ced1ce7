/// The whole catalogue of activations, values and slopes, against 200-bit numbers; their shapes and their extremes.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.CatalogueActivations

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Tests
open NUnit.Framework
open FsCheck.FSharp

/// The normal distribution in 200 bits.
module private Normal =

    let private exact (x: float) = Exact.OfFloat x

    let private pi =
        let digits = BigInteger.Parse "3141592653589793238462643383279502884197169399375105820974944592"
        Exact.Round(digits, 0) / Exact.Round(BigInteger.Pow(10I, 63), 0)

    let private root (x: Exact) =
        let improve y = Exact.scale -1 (y + x / y)
        exact (sqrt (Exact.approximate x)) |> improve |> improve |> improve

    /// √(2/π)
    let slant = root (Exact.scale 1 (Exact.one / pi))

    /// φ(x) = e^(-x²/2) / √(2π)
    let density (x: Exact) = Exact.exp -(Exact.scale -1 (x * x)) / root (Exact.scale 1 pi)

    /// ½ - Φ(-a) = φ(a)·(a + a³/3 + a⁵/(3·5) + ...)
    let private middle (a: Exact) =
        let square = a * a

        let rec series term sum n =
            if n > 500.0 then
                sum
            else
                let term = term * square / exact n
                series term (sum + term) (n + 2.0)

        density a * series a a 3.0

    /// Φ(-a) for a >= 0: by the series, from 8 on by Laplace's continued fraction φ(a) / (a + 1 / (a + 2 / (a + ...))).
    let tail (a: Exact) =
        if Exact.approximate a < 8.0 then
            Exact.scale -1 Exact.one - middle a
        else
            let fraction = List.foldBack (fun n below -> a + exact n / below) [ 1.0 .. 200.0 ] a
            density a / fraction

    let distribution (x: Exact) = if x.Significand.Sign < 0 then tail -x else Exact.one - tail x

/// An activation with its value and its slope as exact functions.
type Entry =
    { Activation: Activation
      Value: Exact -> Exact
      Slope: Exact -> Exact }

    override entry.ToString() = Activation.name entry.Activation

let private isPositive (x: Exact) = x.Significand.Sign > 0
let private zero = Exact.OfFloat 0.0
let private constant (x: float) (_: Exact) = Exact.OfFloat x
let private three, six = Exact.OfFloat 3.0, Exact.OfFloat 6.0
let private abs' (x: Exact) = if isPositive x then x else -x

let private selu name digits =
    Exact.Round(BigInteger.Parse(digits: string), 0) / Exact.Round(BigInteger.Pow(10I, name), 0)

let private lambda = selu 31 "10507009873554804934193349852946"
let private lambdaAlpha = lambda * selu 31 "16732632423543772848170429916717"
let private cubic = Exact.OfFloat 44715.0 / Exact.OfFloat 1e6

/// v = 2√(2/π)·(x + 0.044715 x³)
let private slanted x = Exact.scale 1 Normal.slant * (x + cubic * (x * x * x))

let private slantedSlope x = Exact.scale 1 Normal.slant * (Exact.one + three * cubic * (x * x))
let private mishGate x = Exact.tanh (Exact.softplus x)

let private entry activation value slope = { Activation = activation; Value = value; Slope = slope }

let private catalogue =
    [ entry Activation.Identity id (constant 1.0)
      entry Activation.ReLU (fun x -> if isPositive x then x else zero) (fun x ->
          if isPositive x then Exact.one else zero)
      entry (Activation.ELU 1.0) (fun x -> if isPositive x then x else Exact.expm1 x) (fun x ->
          if isPositive x then Exact.one else Exact.exp x)
      entry (Activation.ELU 0.3) (fun x -> if isPositive x then x else Exact.OfFloat 0.3 * Exact.expm1 x) (fun x ->
          if isPositive x then Exact.one else Exact.OfFloat 0.3 * Exact.exp x)
      entry Activation.SELU (fun x -> if isPositive x then lambda * x else lambdaAlpha * Exact.expm1 x) (fun x ->
          if isPositive x then lambda else lambdaAlpha * Exact.exp x)
      entry Activation.GELU (fun x -> x * Normal.distribution x) (fun x -> Normal.distribution x + x * Normal.density x)
      entry Activation.GELUTanh (fun x -> x * Exact.sigmoid (slanted x)) (fun x ->
          let v = slanted x
          Exact.sigmoid v * (Exact.one + x * slantedSlope x * Exact.sigmoid -v))
      entry Activation.SiLU (fun x -> x * Exact.sigmoid x) (fun x ->
          Exact.sigmoid x * (Exact.one + x * Exact.sigmoid -x))
      entry Activation.Mish (fun x -> x * mishGate x) (fun x ->
          let gate = mishGate x
          gate + x * (Exact.one - gate * gate) * Exact.sigmoid x)
      entry Activation.Softplus Exact.softplus Exact.sigmoid
      entry Activation.Softsign (fun x -> x / (Exact.one + abs' x)) (fun x ->
          let gap = Exact.one + abs' x
          Exact.one / (gap * gap))
      entry Activation.Tanh Exact.tanh (fun x ->
          let y = Exact.tanh x
          Exact.one - y * y)
      entry Activation.Sigmoid Exact.sigmoid (fun x -> Exact.sigmoid x * Exact.sigmoid -x)
      entry
          Activation.HardSigmoid
          (fun x ->
              if isPositive (x - three) then Exact.one
              elif isPositive (x + three) then (x + three) / six
              else zero)
          (fun x -> if isPositive (three - abs' x) then Exact.one / six else zero)
      entry
          Activation.HardTanh
          (fun x ->
              if isPositive (x - Exact.one) then Exact.one
              elif isPositive (-x - Exact.one) then -Exact.one
              else x)
          (fun x -> if isPositive (Exact.one - abs' x) then Exact.one else zero)
      entry Activation.Exponential Exact.exp Exact.exp ]

/// Values and slopes of every element, in whole registers.
type private Evaluate<'T>(x: 'T[]) =
    interface IActivationVisitor<'T, struct ('T[] * 'T[])> with
        member _.Visit formula =
            let width = Vector<'T>.Count
            let values, slopes = Array.zeroCreate<'T> x.Length, Array.zeroCreate<'T> x.Length

            for place in 0..width .. x.Length - width do
                let lane = Vector<'T>(x, place)
                let y = formula.Value lane
                y.CopyTo(values, place)
                formula.Slope(lane, y).CopyTo(slopes, place)

            struct (values, slopes)

let private evaluate<'T> activation (x: 'T[]) = Activation.visit (Evaluate<'T> x) activation

let private at<'T> activation (x: float) : struct (float * float) =
    let lane = Array.create Vector<'T>.Count (Lane.ofFloat<'T> x)
    let struct (values, slopes) = evaluate activation lane
    struct (Lane.toFloat values[0], Lane.toFloat slopes[0])

let private value activation x = let struct (y, _) = at<float> activation x in y
let private slope activation x = let struct (_, s) = at<float> activation x in s
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

[<TestCaseSource(nameof catalogue)>]
let ``A float64 value is within its bar at every landmark`` (entry: Entry) = List.iter (judgeDouble entry) landmarks

[<TestCaseSource(nameof catalogue)>]
let ``A float64 value is within its bar at random numbers`` (entry: Entry) =
    Trials.run 1000 anyNumber (judgeDouble entry)

[<TestCaseSource(nameof catalogue)>]
let ``A float32 value is within its bar at every landmark`` (entry: Entry) = List.iter (judgeSingle entry) landmarks

[<TestCaseSource(nameof catalogue)>]
let ``A float32 value is within its bar at random numbers`` (entry: Entry) =
    Trials.run 1000 anyNumber (judgeSingle entry)

[<TestCaseSource(nameof catalogue)>]
let ``A slope is within its bar at every landmark`` (entry: Entry) =
    let kinks = Activation.kinks entry.Activation
    landmarks |> List.filter (fun x -> not (List.contains x kinks)) |> List.iter (judgeSlope entry)

[<TestCaseSource(nameof catalogue)>]
let ``A slope is within its bar at random numbers`` (entry: Entry) = Trials.run 1000 anyNumber (judgeSlope entry)

[<TestCaseSource(nameof catalogue)>]
let ``Values and slopes are finite at 10000 and at 3e38, in both precisions`` (entry: Entry) =
    if not entry.Activation.IsExponential then
        for x in [ 1e4; -1e4; 1e38; -3e38 ] do
            let struct (y, s) = at<float32> entry.Activation x
            Expect.that (Double.IsFinite y && Double.IsFinite s) $"float32: f({x}) = {y}, f'({x}) = {s}"
            let struct (y, s) = at<float> entry.Activation x
            Expect.that (Double.IsFinite y && Double.IsFinite s) $"float64: f({x}) = {y}, f'({x}) = {s}"

[<TestCaseSource(nameof catalogue)>]
let ``Infinities give the limits, and NaN stays NaN`` (entry: Entry) =
    let f = value entry.Activation
    Expect.equal (f 1e308 > 1e300) (f infinity = infinity)
    // What grows without end on the left are the identity and leaky rectifiers; the rest is where it was at -10³⁰⁰.
    Expect.that (f -infinity = (if entry.Activation.IsIdentity then -infinity else f -1e300)) $"f(-∞) = {f -infinity}"
    Expect.that (Double.IsNaN(f nan)) "f(NaN)"
    Expect.that (Double.IsNaN(single entry.Activation nan)) "float32: f(NaN)"

[<TestCaseSource(nameof catalogue)>]
let ``What is 0 at 0 keeps the sign of zero and of subnormal numbers`` (entry: Entry) =
    let f = value entry.Activation

    if f 0.0 = 0.0 && not entry.Activation.IsReLU then
        for x in [ 0.0; Double.Epsilon; 1e-310; 1e-40 ] do
            Expect.that (Double.IsPositive(f x)) $"f({x}) = {f x}"
            Expect.that (Double.IsNegative(f -x)) $"f({-x}) = {f -x}"

let private monotone =
    catalogue
    |> List.filter (fun entry ->
        match entry.Activation with
        | Activation.GELU
        | Activation.GELUTanh
        | Activation.SiLU
        | Activation.Mish -> false
        | _ -> true)

[<States 26>]
[<TestCaseSource(nameof monotone)>]
let ``What rises does so between neighbouring float32`` (entry: Entry) =
    Trials.run 1000 anyNumber (fun x ->
        let x = float32 x

        if Single.IsFinite x then
            let here, there = single entry.Activation (float x), single entry.Activation (float (MathF.BitIncrement x))
            Expect.that (here <= there) $"f({x:R}) = {here:R} > {there:R} right of it")

[<States 26>]
[<TestCaseSource(nameof monotone)>]
let ``What rises does so on sorted float64`` (entry: Entry) =
    let random = Random 7
    let x = Array.init 4096 (fun _ -> 30.0 * Generate.normal random) |> Array.sort
    let struct (values, _) = evaluate entry.Activation x

    Array.pairwise values
    |> Array.iter (fun (here, there) -> Expect.that (here <= there) $"{here:R} > {there:R}")

[<Law(26, Trials = 1000)>]
let ``Odd activations are odd in every bit, in both precisions`` (Real x) =
    for activation in [ Activation.Identity; Activation.Tanh; Activation.Softsign; Activation.HardTanh ] do
        Expect.sameBits (Activation.name activation) [| -(value activation x) |] [| value activation -x |]
        Expect.sameBits (Activation.name activation) [| -(single activation x) |] [| single activation -x |]

[<Law(26, Trials = 1000)>]
let ``Gates of x and -x add up to 1, so f(x) - f(-x) = x`` (Real x) =
    for activation in [ Activation.GELU; Activation.GELUTanh; Activation.SiLU; Activation.Softplus ] do
        Expect.within (Math.ScaleB(8.0 * max 1.0 (abs x), -53)) x (value activation x - value activation -x)

[<TestCase(0.0)>]
[<TestCase(-0.0)>]
let ``At a kink the slope is the one that is documented`` (zero: float) =
    Expect.equal 0.3 (slope (Activation.ELU 0.3) zero)
    Expect.within 1e-15 1.7580993408473769 (slope Activation.SELU zero)
    Expect.equal 1.0 (slope Activation.Softsign zero)
    Expect.equal 0.0 (slope Activation.HardSigmoid -3.0)
    Expect.equal 0.0 (slope Activation.HardSigmoid 3.0)
    Expect.equal 0.0 (slope Activation.HardTanh -1.0)
    Expect.equal 0.0 (slope Activation.HardTanh 1.0)

/// PyTorch's functions of the same names give these to all digits shown.
[<TestCase("gelu", 1.0, 0.8413447460685429)>]
[<TestCase("gelu", -2.0, -0.04550026389635842)>]
[<TestCase("gelu-tanh", 1.0, 0.8411919906082768)>]
[<TestCase("silu", 1.0, 0.7310585786300049)>]
[<TestCase("mish", 1.0, 0.8650983882673103)>]
[<TestCase("elu", -1.0, -0.6321205588285577)>]
[<TestCase("selu", -1.0, -1.1113307378125625)>]
[<TestCase("softplus", 1.0, 1.3132616875182228)>]
[<TestCase("softsign", -3.0, -0.75)>]
[<TestCase("hard-sigmoid", 1.0, 0.6666666666666666)>]
[<TestCase("hard-tanh", 2.0, 1.0)>]
let ``Values are those of the frameworks`` (name: string, x: float, expected: float) =
    match Activation.parse name with
    | Ok activation -> Expect.within 4e-16 expected (value activation x)
    | Error message -> Expect.fail message

[<TestCase("elu:0")>]
[<TestCase("elu:-1")>]
[<TestCase("elu:x")>]
[<TestCase("gelu:1")>]
[<TestCase("softmax")>]
let ``A name or parameter outside the catalogue is refused`` (typed: string) =
    Expect.that (Result.isError (Activation.parse typed)) $"'{typed}' was accepted"

// The deep sweep ------------------------------------------------------------------------------------------------------

/// The formulas once more in scalar doubles on System.Math, by other ways than the library's: for float32 they are
/// exact.
module private Scalar =

    /// log (1 + x) and eˣ - 1 after Kahan.
    let private log1p x = let u = 1.0 + x in if u = 1.0 then x else Math.Log u * x / (u - 1.0)

    let private expm1 x =
        let u = Math.Exp x

        if u = 1.0 then x
        elif u - 1.0 = -1.0 then -1.0
        else (u - 1.0) * x / Math.Log u

    let private sigmoid x = if x < 0.0 then (let e = Math.Exp x in e / (1.0 + e)) else 1.0 / (1.0 + Math.Exp -x)
    let private softplus x = max x 0.0 + log1p (Math.Exp -(abs x))

    let private tail (a: float) =
        let density = Math.Exp(-0.5 * a * a) / sqrt (2.0 * Math.PI)

        if a < 4.0 then
            let rec series term sum n =
                if term < 1e-18 * sum then sum else series (term * a * a / n) (sum + term * a * a / n) (n + 2.0)

            0.5 - density * (if a < 1e-20 then a else series a a 3.0)
        else
            let rec fraction below n = if n = 0.0 then below else fraction (a + n / below) (n - 1.0)
            density / fraction a 60.0

    let value (activation: Activation) (x: float) : float =
        match activation with
        | Activation.Identity -> x
        | Activation.ReLU -> max x 0.0
        | Activation.LeakyReLU slope -> if x > 0.0 then x else slope * x
        | Activation.ELU alpha -> if x > 0.0 then x else alpha * expm1 x
        | Activation.SELU ->
            if x > 0.0 then 1.0507009873554805 * x else 1.0507009873554805 * (1.6732632423543772 * expm1 x)
        | Activation.GELU -> if x < 0.0 then x * tail -x else x * (1.0 - tail x)
        | Activation.GELUTanh -> x * sigmoid (2.0 * sqrt (2.0 / Math.PI) * (x + 0.044715 * x * x * x))
        | Activation.SiLU -> x * sigmoid x
        | Activation.Mish -> x * Math.Tanh(softplus x)
        | Activation.Softplus -> softplus x
        | Activation.Softsign -> x / (1.0 + abs x)
        | Activation.Tanh -> Math.Tanh x
        | Activation.Sigmoid -> sigmoid x
        | Activation.HardSigmoid -> min (max (x + 3.0) 0.0) 6.0 / 6.0
        | Activation.HardTanh -> min (max x -1.0) 1.0
        | Activation.Exponential -> Math.Exp x

/// The error of a float32 in units in the last place; infinity is right where float32 ends.
let private singleError (expected: float) (actual: float) =
    if Double.IsNaN expected then
        (if Double.IsNaN actual then 0.0 else infinity)
    elif Double.IsInfinity actual && abs expected > float Single.MaxValue then
        0.0
    elif expected = actual then
        0.0
    else
        let place = if expected = 0.0 then -149 else max (Math.ILogB expected) -126 - 23
        abs (actual - expected) * Math.ScaleB(1.0, -place)

/// The worst error over the float32 whose bits are first, first + stride, ... in a block of 2²⁰ strides.
let private sweepBlock activation (stride: int64) (block: int) : struct (float * float32) =
    let length = 1 <<< 20

    let x =
        Array.init length (fun place ->
            let bits = (int64 block * int64 length + int64 place) * stride
            BitConverter.UInt32BitsToSingle(uint32 (min bits 0xFFFFFFFFL)))

    let struct (values, _) = evaluate activation x

    Array.fold2
        (fun (struct (worst, _) as sofar) x y ->
            let error = singleError (Scalar.value activation (float x)) (float y)
            if error > worst then struct (error, x) else sofar)
        (struct (0.0, 0.0f))
        x
        values

let private everyActivation = Activation.Exponential :: Activation.LeakyReLU 0.3 :: Activation.ELU 0.3 :: Activation.all

/// NN_SWEEP_STRIDE = 7 takes every seventh float32. A stride of 1 takes a few minutes for each function.
[<States 26>]
[<Explicit "minutes for each function">]
[<Category "Deep">]
[<TestCaseSource(nameof everyActivation)>]
let ``Every float32 gives a value within its bar`` (activation: Activation) =
    let stride =
        match Int64.TryParse(Environment.GetEnvironmentVariable "NN_SWEEP_STRIDE") with
        | true, stride -> max 1L stride
        | _ -> 1L

    let blocks = int (((1L <<< 32) / stride + (1L <<< 20) - 1L) >>> 20)

    let struct (worst, at) =
        Array.Parallel.init blocks (sweepBlock activation stride) |> Array.maxBy (fun struct (e, _) -> e)

    TestContext.Progress.WriteLine $"{Activation.name activation}: {worst:F4} ULP at {at:R}"
    Expect.that (worst <= 2.0) $"{worst} ULP at {at:R}"
