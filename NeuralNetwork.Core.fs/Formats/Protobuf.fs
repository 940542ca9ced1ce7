namespace NeuralNetwork.Formats

open System
open System.Buffers.Binary
open System.IO

/// A field of a protobuf message as it stands on the wire: its number, and a value in one of the four forms there are. What
/// number and form mean is known to who reads the message.
[<RequireQualifiedAccess>]
type internal Field =
    | Varint of Number: int * Value: uint64
    | Fixed64 of Number: int * Value: uint64
    | Bytes of Number: int * Value: ReadOnlyMemory<byte>
    | Fixed32 of Number: int * Value: uint32
    /// Written as Bytes, and read as such.
    | Message of Number: int * Fields: Field list

/// The wire format of protocol buffers: tags and values one after the other, nothing about their meaning.
module internal Protobuf =

    /// Ten groups of seven bits are more than 64.
    [<Literal>]
    let private LongestVarint = 10

    let rec private varintLength (value: uint64) : int64 = if value < 128UL then 1L else 1L + varintLength (value >>> 7)

    let private tag (number: int) (form: int) : uint64 = uint64 (number <<< 3 ||| form)

    /// The number of bytes of a message.
    let rec length (fields: Field list) : int64 = fields |> List.sumBy fieldLength

    and private fieldLength (field: Field) : int64 =
        let prefixed (number: int) (bytes: int64) = varintLength (tag number 2) + varintLength (uint64 bytes) + bytes

        match field with
        | Field.Varint(number, value) -> varintLength (tag number 0) + varintLength value
        | Field.Fixed64(number, _) -> varintLength (tag number 1) + 8L
        | Field.Fixed32(number, _) -> varintLength (tag number 5) + 4L
        | Field.Bytes(number, value) -> prefixed number (int64 value.Length)
        | Field.Message(number, fields) -> prefixed number (length fields)

    let rec private writeVarint (stream: Stream) (value: uint64) : unit =
        if value < 128UL then
            stream.WriteByte(byte value)
        else
            stream.WriteByte(byte value ||| 128uy)
            writeVarint stream (value >>> 7)

    let private writeFixed64 (stream: Stream) (value: uint64) =
        let bytes = Array.zeroCreate<byte> 8
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(), value)
        stream.Write(bytes, 0, 8)

    let private writeFixed32 (stream: Stream) (value: uint32) =
        let bytes = Array.zeroCreate<byte> 4
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(), value)
        stream.Write(bytes, 0, 4)

    /// Writes a message: equal fields give equal bytes.
    let rec write (stream: Stream) (fields: Field list) : unit = List.iter (writeField stream) fields

    and private writeField (stream: Stream) (field: Field) : unit =
        let start number form = writeVarint stream (tag number form)

        match field with
        | Field.Varint(number, value) ->
            start number 0
            writeVarint stream value
        | Field.Fixed64(number, value) ->
            start number 1
            writeFixed64 stream value
        | Field.Fixed32(number, value) ->
            start number 5
            writeFixed32 stream value
        | Field.Bytes(number, value) ->
            start number 2
            writeVarint stream (uint64 value.Length)
            stream.Write value.Span
        | Field.Message(number, fields) ->
            start number 2
            writeVarint stream (uint64 (length fields))
            write stream fields

    let private demand (what: string) (bytes: ReadOnlyMemory<byte>) (place: int) (count: uint64) =
        if count > uint64 (bytes.Length - place) then
            Defect.refuse what $"needs {count} bytes at byte {place}, the message has {bytes.Length} (cut short?)"

    let private readVarint (what: string) (bytes: ReadOnlyMemory<byte>) (start: int) : struct (uint64 * int) =
        let rec from place value =
            if place - start = LongestVarint then
                Defect.refuse what $"a number of more than {LongestVarint} bytes at byte {start}"

            demand what bytes place 1UL
            let next = bytes.Span[place]
            let value = value ||| (uint64 (next &&& 127uy) <<< 7 * (place - start))
            if next < 128uy then struct (value, place + 1) else from (place + 1) value

        from start 0UL

    let private readField (what: string) (bytes: ReadOnlyMemory<byte>) (start: int) : struct (Field * int) =
        let struct (tag, place) = readVarint what bytes start

        if tag >>> 3 = 0UL || tag > uint64 UInt32.MaxValue then
            Defect.refuse what $"no field at byte {start}"

        let number = int (tag >>> 3)

        match int tag &&& 7 with
        | 0 ->
            let struct (value, next) = readVarint what bytes place
            struct (Field.Varint(number, value), next)
        | 1 ->
            demand what bytes place 8UL
            struct (Field.Fixed64(number, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span.Slice place)), place + 8)
        | 2 ->
            let struct (count, place) = readVarint what bytes place
            demand what bytes place count
            struct (Field.Bytes(number, bytes.Slice(place, int count)), place + int count)
        | 5 ->
            demand what bytes place 4UL
            struct (Field.Fixed32(number, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span.Slice place)), place + 4)
        | form -> Defect.refuse what $"a field of form {form} at byte {start} (known: 0, 1, 2, 5)"

    /// What a reader finds up to the last byte, one after the other; it gives where the next one begins.
    let private toEnd (reader: ReadOnlyMemory<byte> -> int -> struct ('Value * int)) (bytes: ReadOnlyMemory<byte>) =
        let next place =
            if place = bytes.Length then
                None
            else
                let struct (value, place) = reader bytes place
                Some(value, place)

        List.unfold next 0

    /// The fields of a message, in order; those that are messages as bytes.
    let read (what: string) (bytes: ReadOnlyMemory<byte>) : Field list = toEnd (readField what) bytes

    /// Numbers one after the other without tags, as a packed field has them.
    let varints (what: string) (bytes: ReadOnlyMemory<byte>) : uint64 list = toEnd (readVarint what) bytes
