namespace NeuralNetwork.Engine

open System.Numerics
open System.Runtime.CompilerServices
open NeuralNetwork.Maths

// The only loops of the library besides the matrix product. A loop knows addresses and counts; what it computes is a
// struct of lane formulas that the JIT compiles into it. The end of an array runs the same formula on a padded lane, so
// an element's bits do not depend on where in an array it stands.

/// A place in runs of numbers that lie side by side: how far it is from their beginnings, and how many numbers count there.
[<Struct>]
type internal Place<'T> =
    { Offset: nativeint
      Count: int }

    /// The numbers there of a run, the rest of the register 0.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member place.Load(address: nativeint) : Lane<'T> =
        if place.Count = Lane<'T>.Count then
            Memory.load<'T>(address + place.Offset)
        else
            Memory.loadPart<'T> (address + place.Offset) place.Count Lane<'T>.Zero

/// y = f of any number of runs, whose addresses the formula has
type internal IMapAt<'T> =
    abstract Of: at: Place<'T> -> Lane<'T>

/// A number of optimizer slots that the JIT knows, so that a loop has no trace of the slots it does not use.
type internal ISlots =
    abstract Count: int

[<Struct>]
type internal NoSlot =
    interface ISlots with
        member _.Count = 0

[<Struct>]
type internal OneSlot =
    interface ISlots with
        member _.Count = 1

[<Struct>]
type internal TwoSlots =
    interface ISlots with
        member _.Count = 2

[<Struct>]
type internal ThreeSlots =
    interface ISlots with
        member _.Count = 3

/// Loops over runs of `count` numbers at addresses. y may be the same run as an operand, but may not overlap it shifted.
module internal Sweep =

    /// y = f(a)
    let map1<'T, 'F when 'F: struct and 'F :> IMap1<'T>> (f: 'F) (a: nativeint) (y: nativeint) (count: int) : unit =
        let width = Lane<'T>.Count
        let mutable place = 0

        while place <= count - width do
            let at = Memory.offset<'T> 0n place
            Memory.store (y + at) (f.Of(Memory.load (a + at)))
            place <- place + width

        if place < count then
            let at, rest = Memory.offset<'T> 0n place, count - place
            Memory.storePart (y + at) rest (f.Of(Memory.loadPart (a + at) rest Lane<'T>.Zero))

    /// y = f(a, b)
    let map2<'T, 'F when 'F: struct and 'F :> IMap2<'T>>
        (f: 'F)
        (a: nativeint)
        (b: nativeint)
        (y: nativeint)
        (count: int)
        : unit =
        let width = Lane<'T>.Count
        let mutable place = 0

        while place <= count - width do
            let at = Memory.offset<'T> 0n place
            Memory.store (y + at) (f.Of(Memory.load (a + at), Memory.load (b + at)))
            place <- place + width

        if place < count then
            let at, rest = Memory.offset<'T> 0n place, count - place
            let zero = Lane<'T>.Zero

            Memory.storePart
                (y + at)
                rest
                (f.Of(Memory.loadPart (a + at) rest zero, Memory.loadPart (b + at) rest zero))

    /// y = f(a, b, c)
    let map3<'T, 'F when 'F: struct and 'F :> IMap3<'T>>
        (f: 'F)
        (a: nativeint)
        (b: nativeint)
        (c: nativeint)
        (y: nativeint)
        (count: int)
        : unit =
        let width = Lane<'T>.Count
        let mutable place = 0

        while place <= count - width do
            let at = Memory.offset<'T> 0n place
            Memory.store (y + at) (f.Of(Memory.load (a + at), Memory.load (b + at), Memory.load (c + at)))
            place <- place + width

        if place < count then
            let at, rest = Memory.offset<'T> 0n place, count - place
            let part address = Memory.loadPart<'T> (address + at) rest Lane<'T>.Zero
            Memory.storePart (y + at) rest (f.Of(part a, part b, part c))

    /// y = f of any number of runs
    let mapAt<'T, 'F when 'F: struct and 'F :> IMapAt<'T>> (f: 'F) (y: nativeint) (count: int) : unit =
        let width = Lane<'T>.Count
        let mutable place = 0

        while place <= count - width do
            let at = Memory.offset<'T> 0n place
            Memory.store (y + at) (f.Of { Offset = at; Count = width })
            place <- place + width

        if place < count then
            let at, rest = Memory.offset<'T> 0n place, count - place
            Memory.storePart (y + at) rest (f.Of { Offset = at; Count = rest })

    /// w = keep·w - step, with the rule's new slots; keep = 1 changes nothing. Slots that the rule lacks have any address.
    /// Count is a whole number of registers: vectors of parameters are padded to that.
    let update<'T, 'Rule, 'Slots when 'Rule: struct and 'Rule :> IRule<'T> and 'Slots: struct and 'Slots :> ISlots>
        (rule: 'Rule)
        (keep: Lane<'T>)
        (w: nativeint)
        (g: nativeint)
        (m: nativeint)
        (v: nativeint)
        (u: nativeint)
        (count: int)
        : unit =
        let slots = Unchecked.defaultof<'Slots>.Count
        let mutable at = 0n
        let last = Memory.offset<'T> 0n count

        while at < last do
            let oldM = if slots > 0 then Memory.load<'T>(m + at) else Lane<'T>.Zero
            let oldV = if slots > 1 then Memory.load<'T>(v + at) else Lane<'T>.Zero
            let oldU = if slots > 2 then Memory.load<'T>(u + at) else Lane<'T>.Zero
            let struct (step, newM, newV, newU) = rule.Next(Memory.load<'T>(g + at), oldM, oldV, oldU)
            Memory.store (w + at) (keep * Memory.load<'T>(w + at) - step)

            if slots > 0 then
                Memory.store (m + at) newM

            if slots > 1 then
                Memory.store (v + at) newV

            if slots > 2 then
                Memory.store (u + at) newU

            at <- at + nativeint sizeof<Lane<'T>>

    // The end of a run comes first in the sums below, for it needs a call: behind one the sums would go to memory in the loop.

    /// Σ f(a, b), padding counting 0 whatever f makes of it. See PartialSums for its order.
    let sum2<'T, 'F when 'F: struct and 'F :> IMap2<'T>> (f: 'F) (a: nativeint) (b: nativeint) (count: int) : float =
        let width = Lane<'T>.Count
        let rest = count % width

        let last =
            if rest = 0 then
                Lane<'T>.Zero
            else
                let at, zero = Memory.offset<'T> 0n (count - rest), Lane<'T>.Zero
                Lane.first rest (f.Of(Memory.loadPart (a + at) rest zero, Memory.loadPart (b + at) rest zero))

        let mutable sums = PartialSums<'T>.Zero
        let mutable place = 0

        while place <= count - width do
            let at = Memory.offset<'T> 0n place
            sums <- sums.Add(f.Of(Memory.load (a + at), Memory.load (b + at)))
            place <- place + width

        PartialSums.total (sums.Add last) (place / width + 1)

    /// Σ f(a), the same of one operand.
    let sum1<'T, 'F when 'F: struct and 'F :> IMap1<'T>> (f: 'F) (a: nativeint) (count: int) : float =
        let width = Lane<'T>.Count
        let rest = count % width

        let last =
            if rest = 0 then
                Lane<'T>.Zero
            else
                let at = Memory.offset<'T> a (count - rest)
                Lane.first rest (f.Of(Memory.loadPart at rest Lane<'T>.Zero))

        let mutable sums = PartialSums<'T>.Zero
        let mutable place = 0

        while place <= count - width do
            sums <- sums.Add(f.Of(Memory.load (Memory.offset<'T> a place)))
            place <- place + width

        PartialSums.total (sums.Add last) (place / width + 1)

    /// The greatest of at least one number; NaN if there is one.
    let greatest<'T> (a: nativeint) (count: int) : float =
        let width = Lane<'T>.Count
        let lowest = Lane.create<'T> -infinity
        let rest = count % width

        let mutable best =
            if rest = 0 then lowest else Memory.loadPart<'T> (Memory.offset<'T> a (count - rest)) rest lowest

        let mutable place = 0

        while place <= count - width do
            best <- Vector.Max(best, Memory.load<'T>(Memory.offset<'T> a place))
            place <- place + width

        Lane.greatest best
