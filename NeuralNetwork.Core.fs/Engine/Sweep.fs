namespace NeuralNetwork.Engine

open System
open System.Numerics
open System.Runtime.CompilerServices
open NeuralNetwork

// The only loops of the library besides the matrix product. A loop knows addresses and counts; what it computes is a
// struct of lane formulas that the JIT compiles into it. The end of an array runs the same formula on a padded lane, so
// an element's bits do not depend on where in an array it stands.

/// y = f(a)
type internal IMap1<'T> =
    abstract Of: a: Lane<'T> -> Lane<'T>

/// y = f(a, b)
type internal IMap2<'T> =
    abstract Of: a: Lane<'T> * b: Lane<'T> -> Lane<'T>

/// y = f(a, b, c)
type internal IMap3<'T> =
    abstract Of: a: Lane<'T> * b: Lane<'T> * c: Lane<'T> -> Lane<'T>

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

    /// The first `count` numbers at an address, the rest of the register filled up.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let loadPart<'T> (address: nativeint) (count: int) (filling: Lane<'T>) : Lane<'T> =
        let mutable lane = filling
        let bytes = uint32 (count * sizeof<'T>)
        Unsafe.CopyBlockUnaligned(&Unsafe.As<Lane<'T>, byte>(&lane), &Unsafe.AsRef<byte>(address.ToPointer()), bytes)
        lane

    /// Writes only the first `count` numbers of a register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let storePart<'T> (address: nativeint) (count: int) (value: Lane<'T>) : unit =
        let mutable lane = value
        let bytes = uint32 (count * sizeof<'T>)
        Unsafe.CopyBlockUnaligned(&Unsafe.AsRef<byte>(address.ToPointer()), &Unsafe.As<Lane<'T>, byte>(&lane), bytes)

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
            storePart (y + at) rest (f.Of(loadPart (a + at) rest Lane<'T>.Zero))

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
            storePart (y + at) rest (f.Of(loadPart (a + at) rest zero, loadPart (b + at) rest zero))

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
            let part address = loadPart<'T> (address + at) rest Lane<'T>.Zero
            storePart (y + at) rest (f.Of(part a, part b, part c))

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

    /// Σ f(a): the last register is filled up with zeros, for which f must give 0.
    let reduce<'T, 'F when 'F: struct and 'F :> IMap1<'T>> (f: 'F) (a: nativeint) (count: int) : float =
        let width = Lane<'T>.Count
        let mutable total = Lane<'T>.Zero
        let mutable place = 0

        while place < count do
            total <- total + f.Of(loadPart (Memory.offset<'T> a place) (min width (count - place)) Lane<'T>.Zero)
            place <- place + width

        Lane.sum total

/// Reductions along one row of `count` numbers, and the row formulas of softmax made of them.
module internal Row =

    /// The greatest number of a row; NaN if the row holds one.
    let greatest<'T> (z: nativeint) (count: int) : float =
        let width = Lane<'T>.Count
        let lowest = Lane.create<'T> -infinity
        let mutable best = lowest
        let mutable place = 0

        while place < count do
            let lane = Sweep.loadPart<'T> (Memory.offset<'T> z place) (min width (count - place)) lowest
            best <- Vector.Max(best, lane)
            place <- place + width

        Lane.greatest best

    /// Σ f(aⱼ, bⱼ), where padding counts as f(-∞, 0) and must give 0.
    let sum<'T, 'F when 'F: struct and 'F :> IMap2<'T>> (f: 'F) (a: nativeint) (b: nativeint) (count: int) : float =
        let width = Lane<'T>.Count
        let lowest = Lane.create<'T> -infinity
        let mutable total = Lane<'T>.Zero
        let mutable place = 0

        while place < count do
            let rest = min width (count - place)
            let left = Sweep.loadPart<'T> (Memory.offset<'T> a place) rest lowest
            let right = Sweep.loadPart<'T> (Memory.offset<'T> b place) rest Lane<'T>.Zero
            total <- total + f.Of(left, right)
            place <- place + width

        Lane.sum total

/// eᶻ⁻ᵐ for a shift m, the row's greatest number, which keeps every exponential in [0, 1].
[<Struct>]
type internal ShiftedExponential<'T> =
    { Shift: Lane<'T> }

    interface IMap1<'T> with
        member f.Of z = Lane.exp (z - f.Shift)

    interface IMap2<'T> with
        member f.Of(z, _) = Lane.exp (z - f.Shift)

/// t'·(m - z) with t' = kept·t + share, and 0 where t' is 0, even if z is infinite.
[<Struct>]
type internal WeightedGap<'T> =
    { Shift: Lane<'T>
      Kept: Lane<'T>
      Share: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(z, t) =
            let t = f.Kept * t + f.Share
            Vector.ConditionalSelect(Vector.Equals(t, Lane<'T>.Zero), Lane<'T>.Zero, t * (f.Shift - z))

/// -t·log p where t is not 0, and 0 where it is.
[<Struct>]
type internal WeightedLogarithm<'T> =
    interface IMap2<'T> with
        member _.Of(p, t) = Vector.ConditionalSelect(Vector.Equals(t, Lane<'T>.Zero), Lane<'T>.Zero, -(t * Lane.log p))

/// b alone: the sum of the second operand.
[<Struct>]
type internal Second<'T> =
    interface IMap2<'T> with
        member _.Of(_, b) = b

/// a·b where b is not 0.
[<Struct>]
type internal Multiplied<'T> =
    interface IMap2<'T> with
        member _.Of(a, b) = Vector.ConditionalSelect(Vector.Equals(b, Lane<'T>.Zero), Lane<'T>.Zero, a * b)

/// a + b
[<Struct>]
type internal Added<'T> =
    interface IMap2<'T> with
        member _.Of(a, b) = a + b

/// scale·a
[<Struct>]
type internal Scaled<'T> =
    { Scale: Lane<'T> }

    interface IMap1<'T> with
        member f.Of a = f.Scale * a

/// scale·(factor·a - t') with t' = kept·t + share
[<Struct>]
type internal ScaledDifference<'T> =
    { Scale: Lane<'T>
      Factor: Lane<'T>
      Kept: Lane<'T>
      Share: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(a, t) = f.Scale * (f.Factor * a - (f.Kept * t + f.Share))

/// p·(gp - dot)
[<Struct>]
type internal SoftmaxSlope<'T> =
    { Dot: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(p, gp) = p * (gp - f.Dot)

/// -scale·t/p, and 0 where t is 0.
[<Struct>]
type internal CrossEntropySlope<'T> =
    { Scale: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(p, t) = Vector.ConditionalSelect(Vector.Equals(t, Lane<'T>.Zero), Lane<'T>.Zero, -(f.Scale * t / p))
