namespace NeuralNetwork.Maths

open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics

/// A SIMD register of numbers: the one type every formula of this library is written on.
/// 'T is float32 or float; a 256-bit register holds eight of the first or four of the second.
type internal Lane<'T> = Vector<'T>

/// Elementary functions on a lane. No span, no loop, no mutation.
///
/// The transcendental functions are stated once, in double precision. A float32 lane is widened, evaluated and
/// narrowed: that costs a factor of two and puts the result within 0.51 ULP of the exact value. In float64 they stay
/// within 2 ULP. NaN goes through; infinities give the limits.
module internal Lane =

    /// True when 'T is float32. The JIT folds this to a constant, so a test on it costs nothing.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let isSingle<'T> : bool = sizeof<'T> = 4

    /// The number x in every place of the register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let create<'T> (x: float) : Lane<'T> =
        if isSingle<'T> then
            Vector.As<float32, 'T>(Vector<float32>(float32 x))
        else
            Vector.As<float, 'T>(Vector<float>(x))

    /// One number of the lane's type as a float.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let toFloat<'T> (x: 'T) : float =
        let mutable x = x
        if isSingle<'T> then float (Unsafe.As<'T, float32>(&x)) else Unsafe.As<'T, float>(&x)

    /// The number in the first place of a register, which is that of every place where `create` made it.
    let number<'T> (x: Lane<'T>) : float = toFloat (Vector.GetElement(x, 0))

    /// The first `count` numbers of a register, 0 in all other places.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let first<'T> (count: int) (x: Lane<'T>) : Lane<'T> =
        Vector.ConditionalSelect(Vector.LessThan(Vector<'T>.Indices, create<'T>(float count)), x, Lane<'T>.Zero)

    /// A float rounded to the lane's type.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let ofFloat<'T> (x: float) : 'T = Vector.GetElement(create<'T> x, 0)

    /// The greatest number in a register; NaN if there is one.
    let greatest<'T> (x: Lane<'T>) : float =
        // Halves against each other as far as the processor has registers for them, the last few one by one.
        let few: Vector128<'T> =
            if sizeof<Lane<'T>> = 64 then
                let x = x.AsVector512()
                let half = Vector256.Max(x.GetLower(), x.GetUpper())
                Vector128.Max(half.GetLower(), half.GetUpper())
            elif sizeof<Lane<'T>> = 32 then
                let x = x.AsVector256()
                Vector128.Max(x.GetLower(), x.GetUpper())
            else
                x.AsVector128()

        let mutable best = toFloat (few.GetElement 0)

        for place in 1 .. Vector128<'T>.Count - 1 do
            best <- System.Math.Max(best, toFloat (few.GetElement place))

        best

    /// x * y + z, rounded once: in .NET's own code where the processor has no instruction for it.
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

    /// -1, 0 or 1; NaN stays NaN, and so is seen.
    let inline sign (x: Lane<'T>) : Lane<'T> =
        let ofSmaller = whereGreater Lane<'T>.Zero x -Lane<'T>.One x
        whereGreater x Lane<'T>.Zero Lane<'T>.One ofSmaller

    // In any precision ----------------------------------------------------------------------------------------------

    /// A function on doubles, in the precision of the lane: float32 is widened, evaluated and narrowed.
    let inline throughDouble ([<InlineIfLambda>] f: Vector<float> -> Vector<float>) (x: Lane<'T>) : Lane<'T> =
        if isSingle<'T> then
            let single = Vector.As<'T, float32> x
            Vector.As<float32, 'T>(Vector.Narrow(f (Vector.WidenLower single), f (Vector.WidenUpper single)))
        else
            Vector.As<float, 'T>(f (Vector.As<'T, float> x))

    /// A function of two operands on doubles, in the precision of the lanes.
    let inline throughDouble2
        ([<InlineIfLambda>] f: Vector<float> -> Vector<float> -> Vector<float>)
        (x: Lane<'T>)
        (y: Lane<'T>)
        : Lane<'T> =
        if isSingle<'T> then
            let x, y = Vector.As<'T, float32> x, Vector.As<'T, float32> y
            let lower = f (Vector.WidenLower x) (Vector.WidenLower y)
            Vector.As<float32, 'T>(Vector.Narrow(lower, f (Vector.WidenUpper x) (Vector.WidenUpper y)))
        else
            Vector.As<float, 'T>(f (Vector.As<'T, float> x) (Vector.As<'T, float> y))

    /// eˣ.
    let exp<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.exp d) x

    /// eˣ - 1, accurate near 0.
    let expm1<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.expm1 d) x

    /// The natural logarithm: -∞ at 0, NaN below.
    let log<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.log d) x

    /// log (1 + x), accurate near 0.
    let log1p<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.log1p d) x

    /// The hyperbolic tangent: odd, |tanh x| <= |x|, accurate down to the smallest subnormal.
    let tanh<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.tanh d) x

    /// The logistic function 1 / (1 + e⁻ˣ), never overflowing.
    let sigmoid<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.sigmoid d) x

    /// sin 2πx: x in turns, so that nothing is lost however large it is.
    let sineOfTurns<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.sineOfTurns d) x

    /// cos 2πx, x in turns.
    let cosineOfTurns<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.cosineOfTurns d) x

    /// log (1 + eˣ) = max(x, 0) + log1p(e^-|x|), never overflowing.
    let softplus<'T> (x: Lane<'T>) : Lane<'T> = throughDouble (fun d -> Elementary.softplus d) x
