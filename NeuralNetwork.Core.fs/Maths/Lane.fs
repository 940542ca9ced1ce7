namespace NeuralNetwork

open System
open System.Numerics
open System.Runtime.CompilerServices

/// A SIMD register full of numbers: the one type every formula of this library is written on.
/// 'T is float32 or float; a register holds 8 of the first or 4 of the second on a 256-bit machine.
type Lane<'T> = Vector<'T>

/// Elementary functions on a lane. No span, no loop, no mutation.
///
/// The transcendental functions are stated once, in double precision, and a float32 lane takes the way
/// widen - evaluate - narrow: it costs a factor of two and is within 0.51 ULP of the exact value.
module Lane =

    /// True when 'T is float32. The JIT folds this to a constant.
    let inline isSingle<'T> = sizeof<'T> = 4

    /// The number x in every place of the register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let create<'T> (x: float) : Lane<'T> =
        if isSingle<'T> then
            Vector.As<float32, 'T>(Vector<float32>(float32 x))
        else
            Vector.As<float, 'T>(Vector<float>(x))

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
