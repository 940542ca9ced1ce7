namespace NeuralNetwork

open System.Numerics
open System.Runtime.CompilerServices

/// A SIMD register of numbers: the one type every formula of this library is written on.
/// 'T is float32 or float; a 256-bit register holds eight of the first or four of the second.
type Lane<'T> = Vector<'T>

/// Elementary functions on a lane. No span, no loop, no mutation.
///
/// The transcendental functions are stated once, in double precision. A float32 lane is widened, evaluated and
/// narrowed: that costs a factor of two and puts the result within 0.51 ULP of the exact value. In float64 they stay
/// within 2 ULP; tanh and sigmoid, quotients of two rounded numbers, within 3. NaN goes through; infinities give the limits.
module Lane =

    /// True when 'T is float32. The JIT folds this to a constant, so a test on it costs nothing.
    let inline isSingle<'T> = sizeof<'T> = 4

    /// The number x in every place of the register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let create<'T> (x: float) : Lane<'T> =
        if isSingle<'T> then
            Vector.As<float32, 'T>(Vector<float32>(float32 x))
        else
            Vector.As<float, 'T>(Vector<float>(x))

    /// One number of the lane's type as a float.
    let inline toFloat<'T> (x: 'T) : float =
        let mutable x = x
        if isSingle<'T> then float (Unsafe.As<'T, float32>(&x)) else Unsafe.As<'T, float>(&x)

    /// A float rounded to the lane's type.
    let inline ofFloat<'T> (x: float) : 'T = Vector.GetElement(create<'T> x, 0)

    /// The sum of the numbers in a register, in double precision and always in the same order.
    let sum<'T> (x: Lane<'T>) : float =
        let rec from place total =
            if place = Lane<'T>.Count then
                total
            else
                from (place + 1) (total + toFloat (Vector.GetElement(x, place)))

        from 0 0.0

    /// The greatest number in a register; NaN if there is one.
    let greatest<'T> (x: Lane<'T>) : float =
        let rec from place best =
            if place = Lane<'T>.Count then
                best
            else
                from (place + 1) (System.Math.Max(best, toFloat (Vector.GetElement(x, place))))

        from 0 -infinity

    /// x * y + z with one rounding where the machine has the instruction.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let multiplyAdd<'T> (x: Lane<'T>) (y: Lane<'T>) (z: Lane<'T>) : Lane<'T> =
        if isSingle<'T> then
            Vector.As<float32, 'T>(
                Vector.FusedMultiplyAdd(Vector.As<'T, float32> x, Vector.As<'T, float32> y, Vector.As<'T, float32> z)
            )
        else
            Vector.As<float, 'T>(
                Vector.FusedMultiplyAdd(Vector.As<'T, float> x, Vector.As<'T, float> y, Vector.As<'T, float> z)
            )

    /// Where x > y the first choice, elsewhere (also where either is NaN) the second.
    let inline whereGreater (x: Lane<'T>) (y: Lane<'T>) (yes: Lane<'T>) (no: Lane<'T>) : Lane<'T> =
        Vector.ConditionalSelect(Vector.GreaterThan(x, y), yes, no)

    // In double precision -------------------------------------------------------------------------------------------

    let inline private number (x: float) = Vector<float>(x)

    /// The value of a polynomial by Horner's rule, highest coefficient first.
    let inline private horner4 x a b c d = ((number a * x + number b) * x + number c) * x + number d

    /// The integer nearest to x, for |x| < 2⁵¹: adding 1.5·2⁵² pushes the fraction out of the significand.
    let inline private shifter () = number 6755399441055744.0

    /// 2ⁿ for an integral lane n in [-1022, 1023], made by placing n + 1023 in the exponent field.
    let inline private powerOfTwo (n: Vector<float>) : Vector<float> =
        let bits = Vector.AsVectorInt64(n + shifter ()) + Vector<int64>(1023L)
        Vector.AsVectorDouble(Vector.ShiftLeft(bits, 52))

    /// x = n·ln 2 + r with |r| <= ½ ln 2; gives n and expm1 r, by the Taylor series to r¹³/13!.
    let inline private reduce (x: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let n = (x * number 1.4426950408889634 + shifter ()) - shifter ()
        let high = Vector.FusedMultiplyAdd(n, number -6.93147180369123816490e-01, x)
        let r = Vector.FusedMultiplyAdd(n, number -1.90821492927058770002e-10, high)
        let upper = horner4 r 1.6059043836821613e-10 2.08767569878681e-9 2.505210838544172e-8 2.755731922398589e-7
        let middle = horner4 r 2.7557319223985893e-6 2.48015873015873e-5 1.984126984126984e-4 1.388888888888889e-3
        let lower = horner4 r 8.333333333333333e-3 4.1666666666666664e-2 1.6666666666666666e-1 0.5
        let square = r * r
        let fourth = square * square
        let series = (upper * fourth + middle) * fourth + lower
        struct (n, Vector.FusedMultiplyAdd(square, series, r))

    let private exponential (x: Vector<float>) : Vector<float> =
        let clamped = Vector.Min(Vector.Max(x, number -746.0), number 710.0)
        let struct (n, fraction) = reduce clamped
        // Two factors, because 2ⁿ itself may overflow or be subnormal while the result is not.
        let half = (n * number 0.5 + shifter ()) - shifter ()
        (Vector<float>.One + fraction) * powerOfTwo half * powerOfTwo (n - half)

    let private exponentialMinusOne (x: Vector<float>) : Vector<float> =
        let clamped = Vector.Min(Vector.Max(x, number -40.0), number 709.0)
        let struct (n, fraction) = reduce clamped
        let scale = powerOfTwo n
        let result = Vector.FusedMultiplyAdd(scale, fraction, scale - Vector<float>.One)
        let signed = Vector.ConditionalSelect(Vector.Equals(x, Vector<float>.Zero), x, result)
        whereGreater x (number 709.0) (exponential x) signed

    /// log (u + c) for u > 0 and a correction c far below u: fdlibm's scheme (Sun, 1993), u = 2ᵏ·(1 + f).
    let private logarithm (u: Vector<float>) (c: Vector<float>) : Vector<float> =
        let subnormal = Vector.LessThan(u, number 2.2250738585072014e-308)
        let scaled = Vector.ConditionalSelect(subnormal, u * number 18014398509481984.0, u)
        let shift = Vector.ConditionalSelect(subnormal, number 54.0, Vector<float>.Zero)
        // Adding the bits of 1 - √½ moves the cut between two binades to √½.
        let bits = Vector.AsVectorInt64 scaled + Vector<int64>(0x00095F6200000000L)
        let exponent = Vector.ConvertToDouble(Vector.ShiftRightArithmetic(bits, 52)) - number 1023.0
        let fractionBits = (bits &&& Vector<int64>(0x000FFFFFFFFFFFFFL)) + Vector<int64>(0x3FE6A09E00000000L)
        let f = Vector.AsVectorDouble fractionBits - Vector<float>.One
        let k = exponent - shift
        let s = f / (number 2.0 + f)
        let z = s * s
        let w = z * z

        let odd =
            ((number 1.479819860511658591e-01 * w + number 1.818357216161805012e-01) * w
             + number 2.857142874366239149e-01)
            * w
            + number 6.666666666666735130e-01

        let even =
            (number 1.531383769920937332e-01 * w + number 2.222219843214978396e-01) * w
            + number 3.999999999940941908e-01

        let tail = odd * z + even * w
        let halfSquare = number 0.5 * f * f
        let low = s * (halfSquare + tail) + (k * number 1.90821492927058770002e-10 + c / u)
        let finite = k * number 6.93147180369123816490e-01 - ((halfSquare - low) - f)
        let atZero = Vector.ConditionalSelect(Vector.Equals(u, Vector<float>.Zero), number -infinity, number nan)
        let infinite = Vector.ConditionalSelect(Vector.Equals(u, number infinity), u, atZero)
        let inside = Vector.GreaterThan(u, Vector<float>.Zero) &&& Vector.LessThan(u, number infinity)
        Vector.ConditionalSelect(inside, finite, infinite)

    let private logarithmOnePlus (x: Vector<float>) : Vector<float> =
        let u = Vector<float>.One + x
        // What the sum above lost: c = x - (u - 1), in the order that keeps it exact.
        let lost = whereGreater u (number 2.0) (Vector<float>.One - (u - x)) (x - (u - Vector<float>.One))
        let known = Vector.GreaterThan(u, Vector<float>.Zero) &&& Vector.LessThan(u, number infinity)
        let c = Vector.ConditionalSelect(known, lost, Vector<float>.Zero)
        Vector.ConditionalSelect(Vector.Equals(u, Vector<float>.One), x, logarithm u c)

    let private hyperbolicTangent (x: Vector<float>) : Vector<float> =
        // As in fdlibm (Sun, 1993): below 1 from e⁻²ˣ - 1, from there on from e²ˣ - 1, each where it is the more accurate.
        let size = Vector.Min(Vector.Abs x, number 20.0)
        let isSmall = Vector.LessThan(size, Vector<float>.One)
        let t = exponentialMinusOne (Vector.ConditionalSelect(isSmall, number -2.0 * size, number 2.0 * size))
        let quotient = Vector.ConditionalSelect(isSmall, -t, number 2.0) / (t + number 2.0)
        // Near 0 the quotient may round to the number above |x|.
        let small = Vector.Min(quotient, size)
        Vector.CopySign(Vector.ConditionalSelect(isSmall, small, Vector<float>.One - quotient), x)

    let private logistic (x: Vector<float>) : Vector<float> =
        let e = exponential (-Vector.Abs x)
        whereGreater Vector<float>.Zero x e Vector<float>.One / (Vector<float>.One + e)

    // In any precision ----------------------------------------------------------------------------------------------

    let inline private throughDouble ([<InlineIfLambda>] f: Vector<float> -> Vector<float>) (x: Lane<'T>) : Lane<'T> =
        if isSingle<'T> then
            let single = Vector.As<'T, float32> x
            Vector.As<float32, 'T>(Vector.Narrow(f (Vector.WidenLower single), f (Vector.WidenUpper single)))
        else
            Vector.As<float, 'T>(f (Vector.As<'T, float> x))

    /// eˣ.
    let exp<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> exponential d) x

    /// eˣ - 1, accurate near 0.
    let expm1<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> exponentialMinusOne d) x

    /// The natural logarithm: -∞ at 0, NaN below.
    let log<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> logarithm d Vector<float>.Zero) x

    /// log (1 + x), accurate near 0.
    let log1p<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> logarithmOnePlus d) x

    /// The hyperbolic tangent: odd, |tanh x| <= |x|, accurate down to the smallest subnormal.
    let tanh<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> hyperbolicTangent d) x

    /// The logistic function 1 / (1 + e⁻ˣ), never overflowing.
    let sigmoid<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> logistic d) x

    /// log (1 + eˣ) = max(x, 0) + log1p(e^-|x|), never overflowing.
    let softplus<'T> (x: Lane<'T>) : Lane<'T> =
        throughDouble (fun d -> Vector.Max(d, Vector<float>.Zero) + logarithmOnePlus (exponential (-Vector.Abs d))) x
