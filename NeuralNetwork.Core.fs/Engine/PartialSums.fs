namespace NeuralNetwork.Engine

open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open NeuralNetwork.Maths

// Sums across registers in a shape of their own: 64 bytes of partial sums, which are one register, two or four, added up in one
// tree. So the bits of a sum do not depend on the machine.

/// 16 partial sums of float32 or 8 of float: number i goes to partial sum i mod 16 (or 8). The fields are a ring of as many
/// registers as have 64 bytes, of which First is the one that the next numbers are added to; others are not used.
[<Struct>]
type internal PartialSums<'T> =
    { First: Lane<'T>
      Second: Lane<'T>
      Third: Lane<'T>
      Fourth: Lane<'T> }

    static member Zero: PartialSums<'T> =
        { First = Lane<'T>.Zero; Second = Lane<'T>.Zero; Third = Lane<'T>.Zero; Fourth = Lane<'T>.Zero }

    /// With the next numbers added, a register of them.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member sums.Add(next: Lane<'T>) : PartialSums<'T> =
        let added = sums.First + next

        if sizeof<Lane<'T>> = 64 then
            { First = added; Second = sums.Second; Third = sums.Third; Fourth = sums.Fourth }
        elif sizeof<Lane<'T>> = 32 then
            { First = sums.Second; Second = added; Third = sums.Third; Fourth = sums.Fourth }
        else
            { First = sums.Second; Second = sums.Third; Third = sums.Fourth; Fourth = added }

module internal PartialSums =

    let inline private low (x: Lane<'T>) = Vector.WidenLower(Vector.As<'T, float32> x)
    let inline private high (x: Lane<'T>) = Vector.WidenUpper(Vector.As<'T, float32> x)
    let inline private double (x: Lane<'T>) = Vector.As<'T, float> x

    let private ofSingles<'T> (ring: PartialSums<'T>) : Vector<float> =
        if sizeof<Lane<'T>> = 64 then
            low ring.First + high ring.First
        elif sizeof<Lane<'T>> = 32 then
            (low ring.First + low ring.Second) + (high ring.First + high ring.Second)
        else
            let lower = (low ring.First + low ring.Third) + (low ring.Second + low ring.Fourth)
            let upper = (high ring.First + high ring.Third) + (high ring.Second + high ring.Fourth)
            lower + upper

    let private ofDoubles<'T> (ring: PartialSums<'T>) : Vector<float> =
        if sizeof<Lane<'T>> = 64 then double ring.First
        elif sizeof<Lane<'T>> = 32 then double ring.First + double ring.Second
        else (double ring.First + double ring.Third) + (double ring.Second + double ring.Fourth)

    /// The sum of all in float64, after so many registers were added: the ring is turned to where it began, then its halves
    /// are added to each other until one number is left.
    let total<'T> (sums: PartialSums<'T>) (added: int) : float =
        let registers = 64 / sizeof<Lane<'T>>
        let mutable ring = sums

        for _ in 1 .. -added &&& (registers - 1) do
            ring <- ring.Add Lane<'T>.Zero

        Halves.sum (if Lane.isSingle<'T> then ofSingles ring else ofDoubles ring)
