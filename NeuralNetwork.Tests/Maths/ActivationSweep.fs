/// The deep sweep: every float32 there is.
module NeuralNetwork.Tests.Maths.ActivationSweep

open System
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.EvaluatedActivations

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

let private activations = Activation.Exponential :: Activation.LeakyReLU 0.3 :: Activation.ELU 0.3 :: Activation.all

/// Minutes and hours.
let deep =
    group
        "Activation"
        [ // NN_SWEEP_STRIDE = 7 takes every seventh float32. A stride of 1 takes a few minutes for each function.
          states
              [ 26 ]
              (each "Every float32 gives a value within its bar" activations (fun (activation: Activation) ->
                  let stride =
                      match Int64.TryParse(Environment.GetEnvironmentVariable "NN_SWEEP_STRIDE") with
                      | true, stride -> max 1L stride
                      | _ -> 1L

                  let blocks = int (((1L <<< 32) / stride + (1L <<< 20) - 1L) >>> 20)

                  let struct (worst, at) =
                      Array.Parallel.init blocks (sweepBlock activation stride) |> Array.maxBy (fun struct (e, _) -> e)

                  note $"{Activation.name activation}: {worst:F4} ULP at {at:R}"
                  Expect.that (worst <= 2.0) $"{worst} ULP at {at:R}")) ]
