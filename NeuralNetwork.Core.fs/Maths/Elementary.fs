namespace NeuralNetwork.Maths

open System.Numerics

/// The elementary functions on registers of doubles, where each is stated once; Lane makes them available in any
/// precision. Two-part numbers high + low carry the digits that an exponential of a large argument needs.
module internal Elementary =

    /// Where x > y the first choice, elsewhere (also where either is NaN) the second.
    let inline whereGreater (x: Vector<float>) (y: Vector<float>) (yes: Vector<float>) (no: Vector<float>) =
        Vector.ConditionalSelect(Vector.GreaterThan(x, y), yes, no)

    let inline number (x: float) = Vector<float>(x)

    /// The value of a polynomial by Horner's rule, highest coefficient first.
    let inline private horner4 x a b c d = ((number a * x + number b) * x + number c) * x + number d

    /// One step of Horner's rule: sum·x + c.
    let inline step (x: Vector<float>) (c: float) (sum: Vector<float>) : Vector<float> =
        Vector.FusedMultiplyAdd(sum, x, number c)

    /// x·y = high + low exactly.
    let inline twoProduct (x: Vector<float>) (y: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let high = x * y
        struct (high, Vector.FusedMultiplyAdd(x, y, -high))

    /// x + y = high + low exactly (Knuth 1969).
    let inline twoSum (x: Vector<float>) (y: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let high = x + y
        let back = high - x
        struct (high, (x - (high - back)) + (y - back))

    /// The same where |x| >= |y| (Dekker 1971).
    let inline fastTwoSum (x: Vector<float>) (y: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let high = x + y
        struct (high, y - (high - x))

    /// 1 + w for w in [0, 1], in two parts.
    let inline onePlus (w: Vector<float>) : struct (Vector<float> * Vector<float>) = fastTwoSum Vector<float>.One w

    /// (n + nLow) / (d + dLow) in two parts: what the rounded quotient leaves over is divided once more.
    let inline quotient (n: Vector<float>) (nLow: Vector<float>) (d: Vector<float>) (dLow: Vector<float>) =
        let inverse = Vector<float>.One / d
        let high = n * inverse
        let left = Vector.FusedMultiplyAdd(-high, d, n) + (nLow - high * dLow)
        struct (high, left * inverse)

    /// (high + low)·(1 + f) with one rounding that counts.
    let inline times (high: Vector<float>) (low: Vector<float>) (f: Vector<float>) : Vector<float> =
        high + Vector.FusedMultiplyAdd(high, f, Vector.FusedMultiplyAdd(low, f, low))

    /// The integer nearest to x, for |x| < 2⁵¹: adding 1.5·2⁵² pushes the fraction out of the significand.
    let inline private shifter () = number 6755399441055744.0

    /// 2ⁿ for an integral lane n in [-1022, 1023], made by placing n + 1023 in the exponent field.
    let inline private powerOfTwo (n: Vector<float>) : Vector<float> =
        let bits = Vector.AsVectorInt64(n + shifter ()) + Vector<int64>(1023L)
        Vector.AsVectorDouble(Vector.ShiftLeft(bits, 52))

    /// high + low = n·ln 2 + r with |r| <= ½ ln 2, low a correction far below 1; gives n and expm1 r, by the Taylor
    /// series to r¹³/13!.
    let inline private reduce (high: Vector<float>) (low: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let n = (high * number 1.4426950408889634 + shifter ()) - shifter ()
        let near = Vector.FusedMultiplyAdd(n, number -6.93147180369123816490e-01, high)
        let r = Vector.FusedMultiplyAdd(n, number -1.90821492927058770002e-10, near) + low
        let upper = horner4 r 1.6059043836821613e-10 2.08767569878681e-9 2.505210838544172e-8 2.755731922398589e-7
        let middle = horner4 r 2.7557319223985893e-6 2.48015873015873e-5 1.984126984126984e-4 1.388888888888889e-3
        let lower = horner4 r 8.333333333333333e-3 4.1666666666666664e-2 1.6666666666666666e-1 0.5
        let square = r * r
        let fourth = square * square
        let series = (upper * fourth + middle) * fourth + lower
        struct (n, Vector.FusedMultiplyAdd(square, series, r))

    /// m·2ⁿ in two factors, because 2ⁿ itself may overflow or be subnormal while the result is not; |n| < 2040.
    let inline scaled (n: Vector<float>) (m: Vector<float>) : Vector<float> =
        let half = (n * number 0.5 + shifter ()) - shifter ()
        m * powerOfTwo half * powerOfTwo (n - half)

    /// e^(high + low) as (1 + f)·2ⁿ, so that a factor can be multiplied in before the result may become subnormal.
    /// Arguments stay in [-800, 710]: with any factor an MLP meets, beyond that is 0 or infinity.
    let inline power (high: Vector<float>) (low: Vector<float>) : struct (Vector<float> * Vector<float>) =
        reduce (Vector.Min(Vector.Max(high, number -800.0), number 710.0)) low

    /// eˣ
    let exp (x: Vector<float>) : Vector<float> =
        let struct (n, f) = power x Vector<float>.Zero
        scaled n (Vector<float>.One + f)

    /// eˣ - 1 = 2·(2ⁿ⁻¹·expm1 r + (2ⁿ⁻¹ - ½)) in two parts, doubled last because 2ⁿ may overflow while the result does
    /// not.
    let inline private growth (x: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let struct (n, f) = reduce (Vector.Min(Vector.Max(x, number -40.0), number 710.0)) Vector<float>.Zero
        let scale = powerOfTwo (n - Vector<float>.One)
        let offset = scale - number 0.5
        let half = Vector.FusedMultiplyAdd(scale, f, offset)
        let low = Vector.FusedMultiplyAdd(scale, f, offset - half)
        // Below 2⁻⁵⁴ it is x, whose last bit and sign the half would lose.
        struct (whereGreater (number 5.551115123125783e-17) (Vector.Abs x) x (half + half), low + low)

    /// eˣ - 1
    let expm1 (x: Vector<float>) : Vector<float> =
        let struct (high, _) = growth x
        high

    /// log (u + c) for u > 0 and a correction c far below u: fdlibm's scheme (Sun, 1993), u = 2ᵏ·(1 + f).
    let private logarithmOfSum (u: Vector<float>) (c: Vector<float>) : Vector<float> =
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

    /// The natural logarithm
    let log (x: Vector<float>) : Vector<float> = logarithmOfSum x Vector<float>.Zero

    /// log (1 + x)
    let log1p (x: Vector<float>) : Vector<float> =
        let u = Vector<float>.One + x
        // What the sum above lost: c = x - (u - 1), in the order that keeps it exact.
        let lost = whereGreater u (number 2.0) (Vector<float>.One - (u - x)) (x - (u - Vector<float>.One))
        let known = Vector.GreaterThan(u, Vector<float>.Zero) &&& Vector.LessThan(u, number infinity)
        let c = Vector.ConditionalSelect(known, lost, Vector<float>.Zero)
        Vector.ConditionalSelect(Vector.Equals(u, Vector<float>.One), x, logarithmOfSum u c)

    /// The hyperbolic tangent
    let tanh (x: Vector<float>) : Vector<float> =
        // As in fdlibm (Sun, 1993): below 1 from e⁻²ˣ - 1, from there on from e²ˣ - 1, each where it is the more accurate.
        let size = Vector.Min(Vector.Abs x, number 20.0)
        let isSmall = Vector.LessThan(size, Vector<float>.One)
        let struct (t, tLow) = growth (Vector.ConditionalSelect(isSmall, number -2.0 * size, number 2.0 * size))
        let struct (d, dLow) = fastTwoSum (number 2.0) t
        let n = Vector.ConditionalSelect(isSmall, -t, number 2.0)
        let nLow = Vector.ConditionalSelect(isSmall, -tLow, Vector<float>.Zero)
        let struct (q, qLow) = quotient n nLow d (dLow + tLow)
        // Near 0 the quotient may round to the number above |x|.
        let small = Vector.Min(q + qLow, size)
        Vector.CopySign(Vector.ConditionalSelect(isSmall, small, Vector<float>.One - q), x)

    /// σ(x) = 1 / (1 + w) with w = e^-|x|, on the left w / (1 + w)
    let sigmoid (x: Vector<float>) : Vector<float> =
        let struct (n, f) = power (-Vector.Abs x) Vector<float>.Zero
        let struct (d, dLow) = onePlus (scaled n (Vector<float>.One + f))
        let struct (q, qLow) = quotient Vector<float>.One Vector<float>.Zero d dLow
        whereGreater Vector<float>.Zero x (scaled n (times q qLow f)) (q + qLow)

    /// log (1 + eˣ) = max(x, 0) + log1p(e^-|x|)
    let softplus (x: Vector<float>) : Vector<float> = Vector.Max(x, Vector<float>.Zero) + log1p (exp (-Vector.Abs x))

    /// x for x > 0, α·(eˣ - 1) elsewhere
    let elu (alpha: float) (x: Vector<float>) : Vector<float> =
        whereGreater x Vector<float>.Zero x (number alpha * expm1 x)

    /// sin 2πr for |r| <= ¼, by the Taylor series of sin s with s = 2πr to s²¹/21!; its terms in pairs, which do not wait for
    /// each other.
    let inline private sineOfQuarter (r: Vector<float>) : Vector<float> =
        let s = number 6.283185307179586477 * r
        let square = s * s
        let fourth = square * square
        let inline pair (x: Vector<float>) high low = Vector.FusedMultiplyAdd(x, high, low)
        let first = pair square (number 8.333333333333333e-3) (number -1.6666666666666666e-1)
        let second = pair square (number 2.7557319223985893e-6) (number -1.984126984126984e-4)
        let third = pair square (number 1.6059043836821613e-10) (number -2.505210838544172e-8)
        let fourthPair = pair square (number 2.8114572543455206e-15) (number -7.647163731819816e-13)
        let fifth = pair square (number 1.9572941063391263e-20) (number -8.22063524662433e-18)
        let upper = pair (fourth * fourth) fifth (pair fourth fourthPair third)
        let series = pair (fourth * fourth) upper (pair fourth second first)
        let sine = Vector.FusedMultiplyAdd(s * square, series, s)
        Vector.Max(Vector.Min(sine, Vector<float>.One), -Vector<float>.One)

    /// x less the nearest whole number: exact, within ±½; NaN for an infinity
    let inline private turn (x: Vector<float>) : Vector<float> = x - Vector.Round x

    /// cos 2πr = sin 2π(¼ - |r|)
    let inline private cosineOf (r: Vector<float>) : Vector<float> = sineOfQuarter (number 0.25 - Vector.Abs r)

    /// sin 2πr, beyond a quarter of a turn the sine of what is left to the half
    let inline private sineOf (r: Vector<float>) : Vector<float> =
        let size = Vector.Abs r
        Vector.CopySign(sineOfQuarter (Vector.Min(size, number 0.5 - size)), r)

    /// sin 2πx
    let sineOfTurns (x: Vector<float>) : Vector<float> = sineOf (turn x)

    /// cos 2πx
    let cosineOfTurns (x: Vector<float>) : Vector<float> = cosineOf (turn x)

    /// SELU's derivative on the right, λ, and λ·α, that on the left at 0 (Klambauer et al. 2017, appendix 3).
    [<Literal>]
    let SeluRight = 1.0507009873554804934193

    [<Literal>]
    let SeluLeft = 1.7580993408473768599403

    /// λ·x for x > 0, λ·α·(eˣ - 1) elsewhere
    let selu (x: Vector<float>) : Vector<float> =
        whereGreater x Vector<float>.Zero (number SeluRight * x) (number SeluLeft * expm1 x)

    /// x / (1 + |x|), which is ±1 beyond 2⁵³
    let softsign (x: Vector<float>) : Vector<float> =
        let size = Vector.Min(Vector.Abs x, number 1e17)
        Vector.CopySign(size / (Vector<float>.One + size), x)
