namespace NeuralNetwork.Maths

open System.Numerics

/// Activations of the form y = x·gate(x) with a gate that rises from 0 to 1, and their derivatives, in double precision.
///
/// Each is written in w = e^-|…|, which lies in [0, 1], and on the left side w, as m·2ⁿ, is multiplied last: so the
/// relative accuracy lasts down to where y is subnormal. Since gate(x) + gate(-x) = 1 for all but Mish, derivatives obey
/// f'(x) = 1 - f'(-x), and only the left side is computed. Derivatives cross 0 near x = -1; there the error is absolute.
module internal GatedFunctions =

    open Elementary

    /// On the left side of 0 the first choice, on the right side (also for NaN) the second.
    let inline private where (x: Vector<float>) left right = whereGreater Vector<float>.Zero x left right

    let inline private one () = Vector<float>.One

    // Logistic gate ---------------------------------------------------------------------------------------------------

    /// x / (1 + e⁻ᵛ) from e^-|v| = w = (1 + f)·2ⁿ, on the left x·w / (1 + w); |v| = high + low.
    let inline private throughLogistic (x: Vector<float>) (high: Vector<float>) (low: Vector<float>) =
        let struct (n, f) = power -high -low
        let struct (d, dLow) = onePlus (scaled n (one () + f))
        let struct (q, qLow) = quotient x Vector<float>.Zero d dLow
        // Beyond 40 it is x; this also keeps infinity out of the low parts.
        let right = whereGreater high (number 40.0) x (q + qLow)
        // The sum of two parts of -0 would be 0.
        Vector.CopySign(where x (scaled n (times q qLow f)) right, x)

    /// x·σ(x)
    let silu (x: Vector<float>) : Vector<float> =
        let x = Vector.Max(x, number -800.0)
        throughLogistic x (Vector.Abs x) Vector<float>.Zero

    /// σ(x)·(1 + x·(1 - σ(x))), on the left w / (1 + w)·(1 - |x| / (1 + w)).
    let siluDerivative (x: Vector<float>) : Vector<float> =
        let size = Vector.Min(Vector.Abs x, number 800.0)
        let struct (n, f) = power -size Vector<float>.Zero
        let m = one () + f
        let r = one () / (one () + scaled n m)
        let left = scaled n (m * r * (one () - size * r))
        where x left (one () - left)

    // Mish ------------------------------------------------------------------------------------------------------------

    /// x·tanh(softplus x) = x·(e² + 2e) / (e² + 2e + 2) with e = eˣ. In w = e^-|x| that is x·w·(2 + w) / (2 + w·(2 + w))
    /// on the left and x·(1 + 2w) / (1 + 2w + 2w²) on the right.
    let mish (x: Vector<float>) : Vector<float> =
        let x = Vector.Max(x, number -800.0)
        let struct (n, f) = power (-Vector.Abs x) Vector<float>.Zero
        let w = scaled n (one () + f)
        let struct (above, aboveLow) = fastTwoSum (where x (number 2.0) (one ())) (where x w (w + w))
        let struct (term, termLow) = twoProduct w (where x above (w + w))
        let struct (d, dLow) = fastTwoSum (where x (number 2.0) above) term
        let dLow = dLow + termLow + where x (w * aboveLow) aboveLow
        let struct (product, productLow) = twoProduct x above
        let struct (q, qLow) = quotient product (productLow + x * aboveLow) d dLow
        let right = whereGreater x (number 40.0) x (q + qLow)
        Vector.CopySign(where x (scaled n (times q qLow f)) right, x)

    /// (e² + 2e) / d + 4x·e·(1 + e) / d² with d = e² + 2e + 2; on the right both fractions divided by powers of e.
    let mishDerivative (x: Vector<float>) : Vector<float> =
        let x = Vector.Min(Vector.Max(x, number -800.0), number 800.0)
        let struct (n, f) = power (-Vector.Abs x) Vector<float>.Zero
        let m = one () + f
        let w = scaled n m
        let above = w + number 2.0
        let d = Vector.FusedMultiplyAdd(w, above, number 2.0)
        let left = scaled n (m * ((above * d + number 4.0 * x * (one () + w)) / (d * d)))
        let below = one () + (w + w)
        let d = Vector.FusedMultiplyAdd(w + w, w, below)
        where x left ((below * d + number 4.0 * x * (w * w) * (one () + w)) / (d * d))

    // Normal gate -----------------------------------------------------------------------------------------------------

    /// R(a) = e^(a²/2)·Φ(-a) = ½ e^(a²/2)·erfc(a/√2) for a in [0, 40]: (a + 5)·R(a) as a polynomial in
    /// q = (a - 5) / (a + 5), interpolated at 24 Chebyshev nodes, with a relative error of 4·10⁻¹⁷. In two parts. The
    /// transformation is that of Shepherd and Laframboise 1981, "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in
    /// 0 <= x < ∞".
    let private tailRatio (a: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let struct (above, aboveLow) = twoSum a (number 5.0)
        let struct (below, belowLow) = twoSum a (number -5.0)
        let struct (q, qLow) = quotient below belowLow above aboveLow

        let polynomial =
            number -3.8115912168599914e-10
            |> step q -1.158706706841708e-9
            |> step q 2.2231550232580247e-9
            |> step q 1.0793477810959656e-8
            |> step q -8.56412008240974e-9
            |> step q -7.014151855271518e-8
            |> step q 4.0188502351482565e-8
            |> step q 4.3629597769055444e-7
            |> step q -3.345807048082705e-7
            |> step q -2.770724172517054e-6
            |> step q 3.979807458462373e-6
            |> step q 1.668164148733726e-5
            |> step q -4.9762456719378356e-5
            |> step q -5.937580789806318e-5
            |> step q 5.448989928207337e-4
            |> step q -7.978693892060231e-4
            |> step q -2.9933767618711546e-3
            |> step q 2.0795066799251923e-2
            |> step q -6.911863870687827e-2
            |> step q 1.6502036617040755e-1
            |> step q -3.1353315667128745e-1
            |> step q 4.953056159699761e-1
            |> step q -6.653825028900568e-1
            |> step q 7.69193049750063e-1

        // The derivative to a tenth of its value is enough for what q lost in rounding.
        let derivative = number 0.66 |> step q -0.94 |> step q 0.99 |> step q -0.665
        quotient polynomial (qLow * derivative) above aboveLow

    /// e^(-a²/2) as (1 + f)·2ⁿ, with what a² loses in rounding.
    let private bell (a: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let struct (square, lost) = twoProduct a a
        power (number -0.5 * square) (number -0.5 * lost)

    /// x·Φ(x), Hendrycks and Gimpel 2016.
    let gelu (x: Vector<float>) : Vector<float> =
        let x = Vector.Max(x, number -40.0)
        let a = Vector.Min(Vector.Abs x, number 40.0)
        let struct (n, f) = bell a
        let struct (ratio, ratioLow) = tailRatio a
        let tail = times ratio ratioLow f
        where x (scaled n (x * tail)) (x * (one () - scaled n tail))

    /// Φ(x) + x·φ(x), on the left φ·(Φ(-a)/φ - a) with a = |x| and φ = e^(-a²/2) / √(2π).
    let geluDerivative (x: Vector<float>) : Vector<float> =
        let a = Vector.Min(Vector.Abs x, number 40.0)
        let struct (n, f) = bell a
        let struct (ratio, _) = tailRatio a
        let left = scaled n ((one () + f) * (ratio - a * number 0.3989422804014327))
        where x left (one () - left)

    // Logistic gate on a cubic: GELU's approximation ------------------------------------------------------------------

    /// v = 2√(2/π)·(a + 0.044715 a³) in two parts: with v near 700 the last digits of v are what eᵛ is made of.
    let private cubic (a: Vector<float>) : struct (Vector<float> * Vector<float>) =
        let struct (square, squareLost) = twoProduct a a
        let struct (term, termLost) = twoProduct (number 0.07135481627260025) square
        let struct (inner, innerLost) = twoSum (number 1.5957691216057308) term
        let rest = number 0.07135481627260025 * squareLost + number -6.175149918155315e-19 * square
        let innerLow = innerLost + (termLost + rest + number -9.96930880911092e-17)
        let struct (high, low) = twoProduct a inner
        struct (high, Vector.FusedMultiplyAdd(a, innerLow, low))

    /// ½x·(1 + tanh(√(2/π)·(x + 0.044715 x³))) = x·σ(v), v twice the argument of tanh; Hendrycks and Gimpel 2016.
    let geluTanh (x: Vector<float>) : Vector<float> =
        let x = Vector.Max(x, number -40.0)
        let struct (high, low) = cubic (Vector.Min(Vector.Abs x, number 40.0))
        throughLogistic x high low

    /// σ(v)·(1 + x·v'·(1 - σ(v))), v' = 2√(2/π)·(1 + 3·0.044715 x²); on the left as for SiLU.
    let geluTanhDerivative (x: Vector<float>) : Vector<float> =
        let a = Vector.Min(Vector.Abs x, number 40.0)
        let struct (high, low) = cubic a
        let struct (n, f) = power -high -low
        let m = one () + f
        let r = one () / (one () + scaled n m)
        let growth = Vector.FusedMultiplyAdd(a * a, number 0.21406444881780075, number 1.5957691216057308)
        let left = scaled n (m * r * (one () - a * growth * r))
        where x left (one () - left)
