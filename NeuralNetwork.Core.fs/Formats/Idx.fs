namespace NeuralNetwork.Formats

open System
open System.Buffers.Binary
open NeuralNetwork.Engine

/// An IDX file, the format of MNIST: dimensions, and values in row-major order. Unsigned bytes stay Bytes, float32 come as
/// Singles, everything else as Doubles.
type Idx =
    {
        /// The lengths of the dimensions, the first of them the number of items.
        Dimensions: int[]
        /// The elements in row-major order.
        Values: NumberArray
    }

    /// The length of the first dimension.
    member idx.Rows: int = idx.Dimensions[0]

    /// The product of the other dimensions: the features of a row.
    member idx.Cols: int = idx.Values.Length / idx.Dimensions[0]

    /// As in: 60000 x 28 x 28, 47040000 bytes.
    override idx.ToString() = $"""{String.Join(" x ", Array.map string idx.Dimensions)}, {string idx.Values}"""

/// Layout: two zero bytes, a type code, the number of dimensions, each dimension as a big-endian 32-bit number, values.
module internal Idx =

    let private types =
        [ 0x08uy, ("u8", 1)
          0x09uy, ("i8", 1)
          0x0Buy, ("i16", 2)
          0x0Cuy, ("i32", 4)
          0x0Duy, ("f32", 4)
          0x0Euy, ("f64", 8) ]

    let private bigEndian (bytes: byte[]) (place: int) : uint32 =
        BinaryPrimitives.ReverseEndianness(BitConverter.ToUInt32(bytes, place))

    /// The type code and the size of an element.
    let private elementType (bytes: byte[]) : byte * int =
        if bytes.Length < 4 then
            Defect.refuse "header" $"{bytes.Length} bytes (need at least 4)"

        let magic = bigEndian bytes 0

        if bytes[0] = 0x1Fuy && bytes[1] = 0x8Buy then
            Defect.refuse "magic" $"0x{magic:X8} (looks like gzip; expected plain IDX)"

        if bytes[0] <> 0uy || bytes[1] <> 0uy then
            Defect.refuse "magic" $"0x{magic:X8} (not IDX: its first two bytes are 0)"

        match List.tryFind (fun (code, _) -> code = bytes[2]) types with
        | Some(code, (_, size)) -> code, size
        | None ->
            let known = types |> List.map (fun (code, (name, _)) -> $"0x{code:X2} {name}") |> String.concat ", "
            Defect.refuse "type" $"0x{bytes[2]:X2} (known: {known})"

    let private dimensions (bytes: byte[]) : uint32[] =
        let count = int bytes[3]

        if count = 0 then
            Defect.refuse "dimensions" "0 (need at least 1)"

        if bytes.Length < 4 + 4 * count then
            Defect.refuse "dimensions" $"{count} need {4 * count} header bytes, the file has {bytes.Length - 4}"

        Array.init count (fun index -> bigEndian bytes (4 + 4 * index))

    let private wholeLength (bytes: byte[]) : int64 =
        let _, size = elementType bytes
        let lengths = dimensions bytes
        let elements = (1I, lengths) ||> Array.fold (fun product (length: uint32) -> product * bigint length)
        let whole = elements * bigint size + bigint (4 + 4 * lengths.Length)

        if whole > bigint Array.MaxLength then
            let isSmallSwapped (length: uint32) = BinaryPrimitives.ReverseEndianness length < 0x1000000u
            let hint = if Array.forall isSmallSwapped lengths then "; are they little-endian?" else ""
            let text = lengths |> Array.map string |> String.concat " x "
            Defect.refuse "dimensions" $"{Defect.tooLarge text size whole}{hint}"

        int64 whole

    /// The number of bytes of a whole file that begins like this, from its header alone: a reader of compressed files
    /// stops one byte past it.
    let expectedLength (beginning: byte[]) : Result<int64, Defect> = Defect.catch (fun () -> wholeLength beginning)

    /// The elements of a big-endian array: each turned round, then read.
    let private convert (code: byte) (size: int) (values: byte[]) : NumberArray =
        if code <> 0x08uy then
            for start in 0..size .. values.Length - size do
                Array.Reverse(values, start, size)

        let each read = Array.init (values.Length / size) (fun index -> read (values, index * size))

        match code with
        | 0x08uy -> NumberArray.Bytes values
        | 0x09uy -> NumberArray.Doubles(values |> Array.map (sbyte >> float))
        | 0x0Buy -> NumberArray.Doubles(each (fun (bytes, at) -> float (BitConverter.ToInt16(bytes, at))))
        | 0x0Cuy -> NumberArray.Doubles(each (fun (bytes, at) -> float (BitConverter.ToInt32(bytes, at))))
        | 0x0Duy -> NumberArray.Singles(each BitConverter.ToSingle)
        | _ -> NumberArray.Doubles(each BitConverter.ToDouble)

    /// Reads a whole file. Anything that is not exactly as long as its header says is refused.
    let read (bytes: byte[]) : Result<Idx, Defect> =
        Defect.catch (fun () ->
            let expected = wholeLength bytes
            let code, size = elementType bytes
            let lengths = dimensions bytes

            if int64 bytes.Length <> expected then
                Defect.refuse "length" $"expected {expected} bytes, found {bytes.Length}"

            if Array.contains 0u lengths then
                Defect.refuse "dimensions" "no rows (a dimension is 0)"

            { Dimensions = Array.map int lengths; Values = convert code size bytes[4 + 4 * lengths.Length ..] })

type Idx with

    /// <summary>The bytes that a file must have, from its beginning.</summary>
    /// <param name="beginning">The first bytes of a file.</param>
    static member ExpectedLength(beginning: byte[]) : Result<int64, Defect> = Idx.expectedLength beginning

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The bytes of a file.</param>
    static member Read(bytes: byte[]) : Result<Idx, Defect> = Idx.read bytes
