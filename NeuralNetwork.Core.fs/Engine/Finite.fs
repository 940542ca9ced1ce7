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
