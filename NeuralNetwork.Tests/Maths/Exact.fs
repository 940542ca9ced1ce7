namespace NeuralNetwork.Tests.Maths

open System
open System.Numerics

/// A number Significand·2^Exponent with about 200 bits: slow, small and independent of the library's formulas.
[<CustomEquality; NoComparison>]
type Exact =
    { Significand: BigInteger
      Exponent: int }

    override x.Equals other =
        match other with
        | :? Exact as y -> (x - y).Significand.IsZero
        | _ -> false

    override x.GetHashCode() = x.Significand.GetHashCode()

    static member Round(significand: BigInteger, exponent: int) : Exact =
        let excess = max 0 (int (BigInteger.Abs(significand).GetBitLength()) - 200)
        { Significand = significand >>> excess; Exponent = exponent + excess }

    static member OfFloat(x: float) : Exact =
        let bits = BitConverter.DoubleToInt64Bits x
        let field, fraction = int (bits >>> 52) &&& 0x7ff, bits &&& 0xfffffffffffffL
        let significand = if field = 0 then fraction else fraction ||| 0x10000000000000L
        let signed = if bits < 0L then -significand else significand
        Exact.Round(BigInteger signed, max field 1 - 1075)

    static member (~-)(x: Exact) = { x with Significand = -x.Significand }

    static member (*)(x: Exact, y: Exact) = Exact.Round(x.Significand * y.Significand, x.Exponent + y.Exponent)

    static member (+)(x: Exact, y: Exact) =
        let high, low = if x.Exponent >= y.Exponent then x, y else y, x

        if low.Significand.IsZero then
            high
        elif high.Significand.IsZero then
            low
        else
            // Beyond 1000 places apart the lower one is lost in the rounding anyway.
            let shift = high.Exponent - low.Exponent

            if shift > 1000 then
                high
            else
                Exact.Round((high.Significand <<< shift) + low.Significand, low.Exponent)

    static member (-)(x: Exact, y: Exact) = x + -y

    static member (/)(x: Exact, y: Exact) =
        Exact.Round((x.Significand <<< 420) / y.Significand, x.Exponent - 420 - y.Exponent)

module Exact =

    let one = Exact.OfFloat 1.0
    let two = Exact.OfFloat 2.0

    let scale (power: int) (x: Exact) = { x with Exponent = x.Exponent + power }

    /// e with 2^e <= |x| < 2^(e + 1)
    let magnitude (x: Exact) : int = int (BigInteger.Abs(x.Significand).GetBitLength()) + x.Exponent - 1

    /// Truncated to float64: good to start an iteration and to measure an error.
    let approximate (x: Exact) : float =
        if x.Significand.IsZero then
            0.0
        else
            let excess = int (BigInteger.Abs(x.Significand).GetBitLength()) - 60
            Math.ScaleB(float (x.Significand >>> excess), x.Exponent + excess)

    /// Beyond ±2¹⁵ exponentials are far outside every format: the argument may stay there.
    let private saturate (x: Exact) : Exact =
        if x.Significand.IsZero || magnitude x < 15 then
            x
        else
            Exact.OfFloat(Math.ScaleB(float x.Significand.Sign, 15))

    /// eˣ - 1 = (… (e^r + 1)² …)² - 1 with |r| < 2⁻⁸, by the Taylor series and doublings.
    let rec expm1 (x: Exact) : Exact =
        if x.Significand.IsZero then
            x
        elif x.Significand.Sign < 0 then
            let e = expm1 -x
            -e / (one + e)
        else
            let x = saturate x
            let doublings = max 0 (magnitude x + 9)
            let r = scale -doublings x

            let rec series term sum n =
                if n > 30.0 then
                    sum
                else
                    let term = term * r / Exact.OfFloat n
                    series term (sum + term) (n + 1.0)

            let rec double e count = if count = 0 then e else double (e * (two + e)) (count - 1)
            double (series r r 2.0) doublings

    let exp (x: Exact) : Exact = if x.Significand.Sign < 0 then one / (one + expm1 -x) else one + expm1 x

    /// log (1 + x) by Halley's iteration on e^y - 1 = x, from a start with ten digits at least.
    let log1p (x: Exact) : Exact =
        let start =
            if x.Significand.IsZero || magnitude x < -20 then
                x - scale -1 (x * x)
            else
                Exact.OfFloat(Math.Log(approximate (one + x)))

        let improve y =
            let e = expm1 y
            y + scale 1 (x - e) / (two + x + e)

        improve (improve start)

    let log (x: Exact) : Exact =
        let near = x - one

        if near.Significand.IsZero || magnitude near < -1 then
            log1p near
        else
            let improve y =
                let e = exp y
                y + scale 1 (x - e) / (x + e)

            improve (improve (Exact.OfFloat(Math.Log(approximate x))))

    let tanh (x: Exact) : Exact =
        let e = expm1 (scale 1 x)
        e / (e + two)

    let sigmoid (x: Exact) : Exact =
        if x.Significand.Sign < 0 then (let e = exp x in e / (one + e)) else one / (one + exp -x)

    let softplus (x: Exact) : Exact = if x.Significand.Sign < 0 then log1p (exp x) else x + log1p (exp -x)

    /// |actual - exact| in units in the last place of a format with so many digits and this least exponent.
    let ulps (digits: int) (least: int) (exact: Exact) (actual: float) : float =
        if exact.Significand.IsZero then
            (if actual = 0.0 then 0.0 else infinity)
        else
            let place = max (magnitude exact) least - (digits - 1)
            abs (approximate (scale -place (Exact.OfFloat actual - exact)))
