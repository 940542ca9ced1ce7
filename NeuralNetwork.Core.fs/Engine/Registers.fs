namespace NeuralNetwork.Engine

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open NeuralNetwork.Maths

// The registers of the processor as the matrix product sees them, so that its tile is one text for every width. What is
// generic in 'W is compiled for each width by itself: the operations are struct members known at compile time, not calls.
// Elementwise loops have registers of their own (Lane), which .NET keeps at 256 bits.

/// A register 'R full of numbers 'T, with the operations of a product. Addresses are in bytes and need not be aligned.
type internal IRegisters<'T, 'R> =

    /// Numbers in a register.
    static abstract Count: int

    /// Rows of the tile: 4, or 8 at 512 bits, which leave room for a row of B and a number of A in the registers there are.
    static abstract Rows: int

    static abstract Zero: 'R

    /// The numbers from an address on.
    static abstract Load: address: nativeint -> 'R

    static abstract Store: address: nativeint * value: 'R -> unit

    /// The number at an address in every place.
    static abstract Broadcast: address: nativeint -> 'R

    /// x in every place.
    static abstract Create: x: float -> 'R

    /// x y
    static abstract Multiply: x: 'R * y: 'R -> 'R

    /// x y + z with one rounding.
    static abstract MultiplyAdd: x: 'R * y: 'R * z: 'R -> 'R

/// 128 bits: x64 without AVX2, ARM64.
[<Struct>]
type internal Bits128<'T> =
    interface IRegisters<'T, Vector128<'T>> with
        static member Count = Vector128<'T>.Count
        static member Rows = 4
        static member Zero = Vector128<'T>.Zero

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Load address = Memory.read<Vector128<'T>> address

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Store(address, value) = Memory.write address value

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Broadcast address = Vector128.Create<'T>(Memory.read<'T> address)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Create x = Vector128.Create<'T>(Lane.ofFloat<'T> x)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Multiply(x, y) = x * y

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member MultiplyAdd(x, y, z) =
            if Lane.isSingle<'T> then
                Vector128.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float32, 'T>()
            else
                Vector128.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<float, 'T>()

/// 256 bits: AVX2, whose 16 registers hold a tile of 4 x 3, a row of B and a number of A.
[<Struct>]
type internal Bits256<'T> =
    interface IRegisters<'T, Vector256<'T>> with
        static member Count = Vector256<'T>.Count
        static member Rows = 4
        static member Zero = Vector256<'T>.Zero

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Load address = Memory.read<Vector256<'T>> address

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Store(address, value) = Memory.write address value

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Broadcast address = Vector256.Create<'T>(Memory.read<'T> address)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Create x = Vector256.Create<'T>(Lane.ofFloat<'T> x)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Multiply(x, y) = x * y

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member MultiplyAdd(x, y, z) =
            if Lane.isSingle<'T> then
                Vector256.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float32, 'T>()
            else
                Vector256.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<float, 'T>()

/// 512 bits: AVX-512, whose 32 registers hold a tile of 8 x 3.
[<Struct>]
type internal Bits512<'T> =
    interface IRegisters<'T, Vector512<'T>> with
        static member Count = Vector512<'T>.Count
        static member Rows = 8
        static member Zero = Vector512<'T>.Zero

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Load address = Memory.read<Vector512<'T>> address

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Store(address, value) = Memory.write address value

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Broadcast address = Vector512.Create<'T>(Memory.read<'T> address)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Create x = Vector512.Create<'T>(Lane.ofFloat<'T> x)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Multiply(x, y) = x * y

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member MultiplyAdd(x, y, z) =
            if Lane.isSingle<'T> then
                Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float32, 'T>()
            else
                Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<float, 'T>()
