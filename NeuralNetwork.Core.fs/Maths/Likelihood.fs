namespace NeuralNetwork

open System.Numerics

/// The losses that take logarithms and exponentials, and their slopes, in double precision: as sums of terms of one
/// sign, so that a small loss keeps all its digits.
module internal Likelihood =

    open Elementary

    /// t·positive + (1 - t)·negative
    let inline private mix (t: Vector<float>) positive negative = t * positive + (Vector<float>.One - t) * negative

    /// t·softplus(-z) + (1 - t)·softplus z with softplus(±z) = max(±z, 0) + log1p(e^-|z|)
    let binary (z: Vector<float>) (t: Vector<float>) : Vector<float> =
        let zero = Vector<float>.Zero
        log1p (exp (-Vector.Abs z)) + mix t (Vector.Max(-z, zero)) (Vector.Max(z, zero))

    /// σ(z) - t = (1 - t)·σ(z) - t·σ(-z)
    let binarySlope (z: Vector<float>) (t: Vector<float>) : Vector<float> = mix t -(sigmoid -z) (sigmoid z)

    /// log cosh d = log1p(cosh d - 1) with cosh d - 1 = v² / (2·(1 + v)), v = e^|d| - 1; |d| - log 2 beyond 20.
    let logCosh (d: Vector<float>) : Vector<float> =
        let size = Vector.Abs d
        let v = expm1 (Vector.Min(size, number 20.0))
        let near = log1p (number 0.5 * v * (v / (Vector<float>.One + v)))
        whereGreater size (number 20.0) (size - number 0.6931471805599453) near

    /// log1p(e^-|u|) and σ(-u)^γ = e^(-γ·softplus u), the exponent in two parts, as (1 + f)·2ⁿ.
    let inline private focus (gamma: float) (u: Vector<float>) =
        let log = log1p (exp (-Vector.Abs u))
        // Beyond 800 / γ the power is 0.
        let right = Vector.Min(Vector.Max(u, Vector<float>.Zero), number (800.0 / gamma))
        let struct (product, lost) = twoProduct (number gamma) right
        let struct (high, low) = twoSum product (number gamma * log)
        struct (log, power -high -(low + lost))

    /// f(u) = -(1 - p)^γ log p = σ(-u)^γ·softplus(-u), p = σ(u)
    let private ofClass (gamma: float) (u: Vector<float>) : Vector<float> =
        let struct (log, struct (n, f)) = focus gamma u
        scaled n ((Vector<float>.One + f) * (log + Vector.Max(-u, Vector<float>.Zero)))

    /// f'(u) = -σ(-u)^γ·(γ·σ(u)·softplus(-u) + σ(-u))
    let private slopeOfClass (gamma: float) (u: Vector<float>) : Vector<float> =
        let struct (log, struct (n, f)) = focus gamma u
        let loss = log + Vector.Max(-u, Vector<float>.Zero)
        -(scaled n ((Vector<float>.One + f) * (number gamma * sigmoid u * loss + sigmoid -u)))

    /// positive·t·f(z) + negative·(1 - t)·f(-z)
    let focal (gamma: float) (positive: float) (negative: float) (z: Vector<float>) (t: Vector<float>) =
        mix t (number positive * ofClass gamma z) (number negative * ofClass gamma -z)

    /// positive·t·f'(z) - negative·(1 - t)·f'(-z)
    let focalSlope (gamma: float) (positive: float) (negative: float) (z: Vector<float>) (t: Vector<float>) =
        mix t (number positive * slopeOfClass gamma z) (number -negative * slopeOfClass gamma -z)
