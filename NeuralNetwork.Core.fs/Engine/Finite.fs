namespace NeuralNetwork.Engine

open System.Numerics
open NeuralNetwork.Maths

/// The search for numbers that are none.
module internal Finite =

    /// The place of the first of `count` numbers from an address on that is not finite; -1 where all are.
    let first<'T> (address: nativeint) (count: int) : int =
        let at place = Memory.offset<'T> address place
        let isFinite place = System.Double.IsFinite(Lane.toFloat (Memory.read<'T>(at place)))
        let width = Lane<'T>.Count
        let mutable place = 0
        // x - x is 0 for every finite number, and NaN for all others.
        let mutable found = Lane<'T>.Zero

        while place <= count - width do
            let x = Memory.load<'T>(at place)
            found <- Vector.BitwiseOr(found, x - x)
            place <- place + width

        if not (Vector.EqualsAll(found, Lane<'T>.Zero)) then
            place <- 0

        while place < count && isFinite place do
            place <- place + 1

        if place < count then place else -1

    /// Whether the squares of `count` numbers from an address on have a sum with room to spare: at most half of the greatest number,
    /// which no order of adding rounds beyond it.
    let haveSumOfSquares<'T> (address: nativeint) (count: int) : bool =
        let greatest = if Lane.isSingle<'T> then float System.Single.MaxValue else System.Double.MaxValue
        Sweep.sum1<'T, Squared<'T>> (Squared()) address count <= 0.5 * greatest
