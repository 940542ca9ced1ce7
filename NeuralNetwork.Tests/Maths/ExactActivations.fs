/// Activations and their slopes as exact functions, on 200-bit numbers.
module NeuralNetwork.Tests.Maths.ExactActivations

open System.Numerics
open NeuralNetwork

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

/// x > 0
let isPositive (x: Exact) : bool = x.Significand.Sign > 0

let private zero = Exact.OfFloat 0.0

let private constant (x: float) (_: Exact) = Exact.OfFloat x

let private three, six = Exact.OfFloat 3.0, Exact.OfFloat 6.0

/// |x|
let abs' (x: Exact) : Exact = if isPositive x then x else -x

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

/// The catalogue, but for the activations whose slope is a parameter.
let catalogue: Entry list =
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
