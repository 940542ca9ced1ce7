namespace NeuralNetwork.Maths

open System
open System.Numerics

/// Elementary functions of one number, for what there is one of: rates of schedules, bias corrections, losses of a row.
/// They are those of registers, and so have the same bits on every machine; those of the C library differ from one to another.
module internal Scalar =

    let inline private on ([<InlineIfLambda>] f: Vector<float> -> Vector<float>) (x: float) : float =
        Vector.GetElement(f (Vector<float> x), 0)

    /// eˣ.
    let exp (x: float) : float = on Elementary.exp x

    /// The natural logarithm: -∞ at 0, NaN below.
    let log (x: float) : float = on Elementary.log x

    /// log (1 + x), accurate near 0.
    let log1p (x: float) : float = on Elementary.log1p x

    /// sin 2πx: x in turns.
    let sineOfTurns (x: float) : float = on Elementary.sineOfTurns x

    /// cos 2πx: x in turns.
    let cosineOfTurns (x: float) : float = on Elementary.cosineOfTurns x

    /// (high + low)·y of two-part numbers: what the rounded product leaves over is part of the result.
    let private times (struct (high: float, low: float)) (struct (yHigh: float, yLow: float)) : struct (float * float) =
        let product = high * yHigh

        if Double.IsInfinity product then
            struct (product, 0.0)
        else
            let left = Math.FusedMultiplyAdd(high, yHigh, -product) + (high * yLow + low * yHigh)
            let sum = product + left
            struct (sum, left - (sum - product))

    /// xⁿ for n >= 0 by squaring, in two parts: so the roundings of many steps do not add up.
    let rec private wholePower (x: struct (float * float)) (n: int64) : struct (float * float) =
        if n = 0L then
            struct (1.0, 0.0)
        else
            let root = wholePower x (n / 2L)
            let square = times root root
            if n % 2L = 0L then square else times square x

    /// The greatest exponent that is taken apart; no training has as many steps.
    [<Literal>]
    let private GreatestExponent = 1e15

    /// xʸ for x >= 0: the power of the whole part of y, exact to the last digit or two, times e to the rest times log x.
    let rec power (x: float) (y: float) : float =
        if y < 0.0 then
            1.0 / power x -y
        elif not (y <= GreatestExponent) || not (x < infinity) then
            Math.Pow(x, y)
        else
            let whole = floor y
            let struct (high, low) = wholePower (struct (x, 0.0)) (int64 whole)
            if y = whole then high + low else (high + low) * exp ((y - whole) * log x)
