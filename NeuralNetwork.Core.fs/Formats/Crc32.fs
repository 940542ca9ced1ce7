namespace NeuralNetwork.Formats

open System

/// The remainders of all bytes.
module internal Crc32Table =

    let values: uint32[] =
        let next value = if value &&& 1u = 1u then 0xEDB88320u ^^^ (value >>> 1) else value >>> 1
        Array.init 256 (fun index -> Seq.fold (fun value _ -> next value) (uint32 index) (seq { 1..8 }))

/// CRC-32 as zip, gzip and PNG have it (ISO 3309): the remainder of the bytes, as a polynomial over GF(2), by 0x04C11DB7, the
/// lowest bit of each byte first, with all bits turned before and after. That of no bytes is 0.
[<AbstractClass; Sealed>]
type internal Crc32 =

    /// <summary>The checksum of bytes that follow others.</summary>
    /// <param name="before">The checksum of what stands before them; 0 where nothing does.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The checksum of all of them.</returns>
    static member Of(before: uint32, bytes: ReadOnlySpan<byte>) : uint32 =
        let table = Crc32Table.values
        let mutable value = ~~~before

        for next in bytes do
            value <- table[int (byte value ^^^ next)] ^^^ (value >>> 8)

        ~~~value
