namespace NeuralNetwork.Engine

open System
open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open NeuralNetwork.Maths

// Where numbers live: one block, fixed in memory, addressed by plain integers. Native libraries, SIMD loops and
// worker threads all read the same addresses, so a window of the block is two integers and needs no span.

/// Reads and writes numbers and lanes at an address in bytes. Nothing is checked and nothing need be aligned:
/// whoever computes an address has validated it at the face.
module internal Memory =

    let inline private pointer (address: nativeint) = NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address)

    /// The number at the address.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let read<'T> (address: nativeint) : 'T = Unsafe.ReadUnaligned<'T>(pointer address)

    /// Puts the number at the address.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let write<'T> (address: nativeint) (value: 'T) = Unsafe.WriteUnaligned<'T>(pointer address, value)

    /// The register full of numbers that starts at the address.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let load<'T> (address: nativeint) : Lane<'T> = Unsafe.ReadUnaligned<Lane<'T>>(pointer address)

    /// Puts a register full of numbers at the address.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let store<'T> (address: nativeint) (lane: Lane<'T>) = Unsafe.WriteUnaligned<Lane<'T>>(pointer address, lane)

    /// The address of the element `offset` places after the one at `address`.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let offset<'T> (address: nativeint) (offset: int) : nativeint = address + nativeint offset * nativeint sizeof<'T>

    /// The first `count` numbers at an address in an arena, the rest of the register filled up: there is always a register to read
    /// in an arena, and what others may be writing behind the numbers is not looked at.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let loadPart<'T> (address: nativeint) (count: int) (filling: Lane<'T>) : Lane<'T> =
        let isThere = Vector.LessThan(Lane<'T>.Indices, Lane.create<'T>(float count))
        Vector.ConditionalSelect(isThere, load<'T> address, filling)

    /// Copies so many numbers from one address to another.
    let copy<'T> (source: nativeint) (target: nativeint) (count: int) : unit =
        let bytes = uint32 (count * sizeof<'T>)

        Unsafe.CopyBlockUnaligned(
            &Unsafe.AsRef<byte>(target.ToPointer()),
            &Unsafe.AsRef<byte>(source.ToPointer()),
            bytes
        )

    /// Writes only the first `count` numbers of a register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let storePart<'T> (address: nativeint) (count: int) (value: Lane<'T>) : unit =
        let mutable lane = value
        let bytes = uint32 (count * sizeof<'T>)
        Unsafe.CopyBlockUnaligned(&Unsafe.AsRef<byte>(address.ToPointer()), &Unsafe.As<Lane<'T>, byte>(&lane), bytes)

/// One zeroed block of `length` numbers that never moves; its first element lies on a multiple of 64 bytes.
///
/// It is ordinary managed memory (pinned object heap): nothing to dispose, but the addresses are good only while
/// the arena itself is reachable. A full register may be read or written past the last element.
[<Sealed; AllowNullLiteral(false)>]
type internal Arena<'T>(length: int) =
    static let alignment = 64
    let pad = alignment / sizeof<'T>

    do ArgumentOutOfRangeException.ThrowIfNegative(length, nameof length)

    // One pad to move the first element onto the boundary, one for the register that overruns the last.
    let block = GC.AllocateArray<'T>(Checked.(+) length (2 * pad), pinned = true)
    let start = Marshal.UnsafeAddrOfPinnedArrayElement(block, 0)
    let first = int ((-start) &&& nativeint (alignment - 1)) / sizeof<'T>
    let address = Memory.offset<'T> start first

    /// How many numbers the arena holds.
    member _.Length = length

    /// The address of the first number, in bytes: a multiple of 64.
    member _.Address: nativeint = address

    /// The address of the number at `offset`, from 0 to Length inclusive (one past the end is an address, too).
    member _.AddressOf(offset: int) : nativeint =
        if uint offset > uint length then
            raise (ArgumentOutOfRangeException(nameof offset, offset, $"The arena holds {length} numbers."))

        Memory.offset<'T> address offset

    /// The `count` numbers from `offset`; ArgumentOutOfRangeException where they are not all inside the arena.
    member _.Span(offset: int, count: int) : Span<'T> =
        if offset < 0 || count < 0 || offset > length - count then
            let message = $"{count} numbers from {offset} are not inside the {length} of the arena."

            raise (ArgumentOutOfRangeException(nameof offset, message))

        Span<'T>(block, first + offset, count)
