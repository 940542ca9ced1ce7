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

    /// Whether all of `count` numbers from an address on have squares that are finite.
    let haveSquares<'T> (address: nativeint) (count: int) : bool =
        let at place = Memory.offset<'T> address place
        let width = Lane<'T>.Count
        let mutable place = 0
        let mutable found = Lane<'T>.Zero

        while place <= count - width do
            let x = Memory.load<'T>(at place)
            let square = x * x
            found <- Vector.BitwiseOr(found, square - square)
            place <- place + width

        let mutable isSound = Vector.EqualsAll(found, Lane<'T>.Zero)

        while isSound && place < count do
            let x = Lane.toFloat (Memory.read<'T>(at place))
            isSound <- System.Double.IsFinite(Lane.toFloat (Lane.ofFloat<'T>(x * x)))
            place <- place + 1

        isSound
