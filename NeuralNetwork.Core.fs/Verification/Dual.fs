namespace NeuralNetwork.Verification

open System
open NeuralNetwork.Maths

// The second opinion on the derivatives of the engine. Everything here is written on System.Math, as naively as accuracy
// allows, and shares no formula with the lanes of the engine.

/// Functions of plain numbers that System.Math lacks.
module private Plain =

    /// log (1 + x), from the rounding of 1 + x itself (Kahan)
    let log1p (x: float) =
        let u = 1.0 + x

        if u = 1.0 || Double.IsPositiveInfinity u then
            (if u = 1.0 then x else u)
        else
            Math.Log u * (x / (u - 1.0))

    /// eˣ - 1, from the rounding of eˣ itself (Kahan)
    let expm1 (x: float) =
        let u = Math.Exp x

        if u = 1.0 then x
        elif u - 1.0 = -1.0 || Double.IsPositiveInfinity u then u - 1.0
        else (u - 1.0) * (x / Math.Log u)

    /// e^(-x²), with the rounding of x² put right: x² loses its last bits where it is large. Beyond 800 there are no bits left,
    /// and where x² overflows no rounding to put right.
    let bell (x: float) =
        let square = x * x

        if square > 800.0 then
            0.0
        else
            let rest = Math.FusedMultiplyAdd(x, x, -square)
            Math.Exp -square * (1.0 - rest)

    /// erf x = 2/√π · e^(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5 ··· (2n + 1)): no term is negative, so nothing cancels.
    let private series (x: float) =
        let rec sum n term total =
            if total + term = total then
                total
            else
                sum (n + 1) (term * 2.0 * x * x / float (2 * n + 3)) (total + term)

        2.0 / Math.Sqrt Math.PI * bell x * sum 0 x 0.0

    /// erfc x = e^(-x²)/√π · 1 / (x + ½ / (x + 1 / (x + 1½ / (x + ...)))), from the inside out, for x of 2 and more.
    let private fraction (x: float) =
        let inner = Seq.fold (fun rest n -> x + 0.5 * float n / rest) x (seq { 120..-1..1 })
        bell x / (Math.Sqrt Math.PI * inner)

    /// 1 - erf x, with full accuracy in the tail.
    let rec erfc (x: float) =
        if x < 0.0 then 2.0 - erfc -x
        elif x < 2.0 then 1.0 - series x
        else fraction x

    /// The error function.
    let rec erf (x: float) =
        if x < 0.0 then -(erf -x)
        elif x < 2.0 then series x
        else 1.0 - erfc x

/// A dual number, Value + Derivative·ε with ε² = 0 (Clifford 1873): a number and its derivative along one direction. Running a
/// formula on duals differentiates it to rounding error; a plain number is a dual whose derivative is 0.
/// At a kink the derivative is the one the engine takes: 0 for |x| at 0, that of the left side for max(x, 0).
[<Struct>]
type Dual =
    {
        /// The number itself.
        Value: float
        /// Its derivative along the direction that is looked at.
        Derivative: float
    }

    /// A number that does not depend on the direction.
    static member Constant(value: float) : Dual = { Value = value; Derivative = 0.0 }

    /// Zero.
    static member Zero: Dual = { Value = 0.0; Derivative = 0.0 }

    /// f(x) from f's value and f's derivative, by the chain rule. A constant stays one even where f' is infinite.
    static member private Chain(x: Dual, value: float, derivative: float) : Dual =
        { Value = value; Derivative = (if x.Derivative = 0.0 then 0.0 else derivative * x.Derivative) }

    static member (~-)(x: Dual) : Dual = { Value = -x.Value; Derivative = -x.Derivative }

    static member (+)(x: Dual, y: Dual) : Dual = { Value = x.Value + y.Value; Derivative = x.Derivative + y.Derivative }
    static member (+)(x: Dual, y: float) : Dual = { Value = x.Value + y; Derivative = x.Derivative }
    static member (+)(x: float, y: Dual) : Dual = { Value = x + y.Value; Derivative = y.Derivative }

    static member (-)(x: Dual, y: Dual) : Dual = { Value = x.Value - y.Value; Derivative = x.Derivative - y.Derivative }
    static member (-)(x: Dual, y: float) : Dual = { Value = x.Value - y; Derivative = x.Derivative }
    static member (-)(x: float, y: Dual) : Dual = { Value = x - y.Value; Derivative = -y.Derivative }

    static member (*)(x: Dual, y: Dual) : Dual =
        { Value = x.Value * y.Value; Derivative = x.Derivative * y.Value + x.Value * y.Derivative }

    static member (*)(x: Dual, y: float) : Dual = { Value = x.Value * y; Derivative = x.Derivative * y }
    static member (*)(x: float, y: Dual) : Dual = { Value = x * y.Value; Derivative = x * y.Derivative }

    static member (/)(x: Dual, y: Dual) : Dual =
        let quotient = x.Value / y.Value
        { Value = quotient; Derivative = (x.Derivative - quotient * y.Derivative) / y.Value }

    static member (/)(x: Dual, y: float) : Dual = { Value = x.Value / y; Derivative = x.Derivative / y }
    static member (/)(x: float, y: Dual) : Dual = Dual.Constant x / y

    /// eˣ
    static member Exp(x: Dual) : Dual = Dual.Chain(x, Math.Exp x.Value, Math.Exp x.Value)

    /// The natural logarithm.
    static member Log(x: Dual) : Dual = Dual.Chain(x, Math.Log x.Value, 1.0 / x.Value)

    /// √x
    static member Sqrt(x: Dual) : Dual = Dual.Chain(x, Math.Sqrt x.Value, 0.5 / Math.Sqrt x.Value)

    /// cos x
    static member Cos(x: Dual) : Dual = Dual.Chain(x, Math.Cos x.Value, -(Math.Sin x.Value))

    /// tanh x
    static member Tanh(x: Dual) : Dual = Dual.Chain(x, Math.Tanh x.Value, Math.Pow(Math.Cosh x.Value, -2.0))

    /// |x|, with derivative 0 at 0
    static member Abs(x: Dual) : Dual =
        Dual.Chain(x, Math.Abs x.Value, (if x.Value = 0.0 then 0.0 else Math.CopySign(1.0, x.Value)))

    /// max(x, y); where they are equal it is y, so that the derivative of max(x, 0) at 0 is 0
    static member Max(x: Dual, y: Dual) : Dual = if x.Value > y.Value then x else y

    /// min(x, y); where they are equal it is y, so that the derivative of min(x, 1) at 1 is 0
    static member Min(x: Dual, y: Dual) : Dual = if x.Value < y.Value then x else y

    /// log (1 + x)
    static member Log1p(x: Dual) : Dual = Dual.Chain(x, Plain.log1p x.Value, 1.0 / (1.0 + x.Value))

    /// eˣ - 1
    static member Expm1(x: Dual) : Dual = Dual.Chain(x, Plain.expm1 x.Value, Math.Exp x.Value)

    /// The error function, whose derivative is 2/√π · e^(-x²).
    static member Erf(x: Dual) : Dual = Dual.Chain(x, Plain.erf x.Value, 2.0 / Math.Sqrt Math.PI * Plain.bell x.Value)

    /// 1 - erf x
    static member Erfc(x: Dual) : Dual =
        Dual.Chain(x, Plain.erfc x.Value, -2.0 / Math.Sqrt Math.PI * Plain.bell x.Value)

    /// 1 / (1 + e⁻ˣ), from whichever exponential cannot overflow
    static member Sigmoid(x: Dual) : Dual =
        if x.Value >= 0.0 then
            1.0 / (1.0 + Dual.Exp -x)
        else
            let power = Dual.Exp x
            power / (1.0 + power)

    /// log (1 + eˣ), from whichever exponential cannot overflow
    static member Softplus(x: Dual) : Dual =
        if x.Value > 0.0 then x + Dual.Log1p(Dual.Exp -x) else Dual.Log1p(Dual.Exp x)

    /// As in: 2 + 0.5 ε.
    override x.ToString() = $"{Text.number x.Value} + {Text.number x.Derivative} ε"
