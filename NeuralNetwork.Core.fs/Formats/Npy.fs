namespace NeuralNetwork.Formats

open System
open System.Text
open NeuralNetwork.Engine

/// An array as NumPy saves it, in row-major order whatever its order in the file. Unsigned bytes stay Bytes; what fits
/// a float32 exactly comes as Singles, everything else as Doubles.
type Npy =
    {
        /// The lengths of the dimensions.
        Shape: int[]
        /// The elements in row-major order.
        Values: Table
    }

    /// The length of the first dimension.
    member npy.Rows: int = npy.Shape[0]

    /// The product of the other dimensions: the numbers of a row.
    member npy.Cols: int = npy.Values.Length / npy.Shape[0]

    /// As in: 4 x 2, 8 numbers in Single.
    override npy.ToString() = $"""{String.Join(" x ", Array.map string npy.Shape)}, {string npy.Values}"""

/// Arrays of numbers as NumPy saves them: versions 1.0 to 3.0, either byte order, either memory order. No objects, texts,
/// complex numbers or structures.
module internal Npy =

    /// The number of bytes of a whole file that begins like this, from its header alone.
    let expectedLength (beginning: byte[]) : Result<int64, Defect> =
        Defect.catch (fun () -> NpyHeader.wholeLength (NpyHeader.read beginning))

    /// From the place of an element in row-major order to its place in column-major order.
    let private fortranPlace (shape: int[]) : int -> int =
        let strides = Array.scan (*) 1 shape |> Array.take shape.Length
        let step index (left, place) = left / shape[index], place + left % shape[index] * strides[index]
        fun place -> snd (Seq.foldBack step (seq { 0 .. shape.Length - 1 }) (place, 0))

    /// Integers from 2⁵³ on are not all float64, and may be rounded ones.
    let private exact (place: int) (x: 'Integer) (value: float) : float =
        if abs value >= 9007199254740992.0 then
            Defect.refuse $"element {place}" $"{x} (float64 holds every whole number below 9007199254740992)"

        value

    let private truth (place: int) (value: byte) : float32 =
        if value > 1uy then
            Defect.refuse $"element {place}" $"{value} (a bool is 0 or 1)"
        else
            float32 value

    /// The elements with the last byte first, where the file has them the other way round.
    let private littleEndian (header: NpyHeader) (bytes: byte[]) : byte[] =
        if header.IsBigEndian then
            let turned = Array.copy bytes

            for start in header.Offset .. header.Size .. turned.Length - header.Size do
                Array.Reverse(turned, start, header.Size)

            turned
        else
            bytes

    /// The elements, each read from where it lies.
    let private convert (header: NpyHeader) (shape: int[]) (bytes: byte[]) : Table =
        let bytes = littleEndian header bytes
        let count = (bytes.Length - header.Offset) / header.Size
        let place = if header.IsFortran && shape.Length > 1 then fortranPlace shape else id

        let each (read: byte[] * int -> 'Number) : 'Number[] =
            Array.init count (fun index -> read (bytes, header.Offset + header.Size * place index))

        let wide (read: byte[] * int -> 'Integer) (widen: 'Integer -> float) =
            each read |> Array.mapi (fun index x -> exact index x (widen x)) |> Table.Doubles

        let byteAt (bytes: byte[], at: int) = bytes[at]

        match header.Kind, header.Size with
        | 'b', _ -> Table.Singles(each byteAt |> Array.mapi truth)
        | 'u', 1 -> Table.Bytes(each byteAt)
        | 'i', 1 -> Table.Singles(each (byteAt >> sbyte >> float32))
        | 'u', 2 -> Table.Singles(each (BitConverter.ToUInt16 >> float32))
        | 'i', 2 -> Table.Singles(each (BitConverter.ToInt16 >> float32))
        | 'f', 2 -> Table.Singles(each (BitConverter.ToHalf >> float32))
        | 'f', 4 -> Table.Singles(each BitConverter.ToSingle)
        | 'u', 4 -> Table.Doubles(each (BitConverter.ToUInt32 >> float))
        | 'i', 4 -> Table.Doubles(each (BitConverter.ToInt32 >> float))
        | 'u', _ -> wide BitConverter.ToUInt64 float
        | 'i', _ -> wide BitConverter.ToInt64 float
        | _ -> Table.Doubles(each BitConverter.ToDouble)

    /// Reads a whole file. Anything that is not exactly as long as its header says is refused, and so are no rows.
    let read (bytes: byte[]) : Result<Npy, Defect> =
        Defect.catch (fun () ->
            let header = NpyHeader.read bytes
            let expected = NpyHeader.wholeLength header

            if int64 bytes.Length <> expected then
                Defect.refuse "length" $"expected {expected} bytes, found {bytes.Length}"

            if List.contains 0L header.Shape then
                Defect.refuse "shape" "no rows (a dimension is 0)"

            let shape = header.Shape |> List.map int |> Array.ofList
            { Shape = shape; Values = convert header shape bytes })

    let private payload (values: Table) : string * byte[] =
        let copy (size: int) (values: Array) =
            let bytes = Array.zeroCreate<byte>(values.Length * size)
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length)
            bytes

        match values with
        | Table.Bytes values -> "|u1", values
        | Table.Singles values -> "<f4", copy 4 values
        | Table.Doubles values -> "<f8", copy 8 values

    /// The bytes of an array's file: version 1.0, little-endian, row-major, the first element at a multiple of 64.
    let write (npy: Npy) : byte[] =
        let descr, payload = payload npy.Values
        let shape = npy.Shape |> Array.map (fun length -> $"{length},") |> String.concat " "
        let shape = if npy.Shape.Length > 1 then shape.TrimEnd ',' else shape
        let text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}"
        let length = (10 + text.Length + 1 + 63) / 64 * 64 - 10
        let text = text.PadRight(length - 1) + "\n"
        let version = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y'; 1uy; 0uy |]
        Array.concat [ version; BitConverter.GetBytes(uint16 length); Encoding.ASCII.GetBytes text; payload ]

type Npy with

    /// <summary>The bytes that a file must have, from its beginning.</summary>
    /// <param name="beginning">The first bytes of a file.</param>
    static member ExpectedLength(beginning: byte[]) : Result<int64, Defect> = Npy.expectedLength beginning

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The bytes of a file.</param>
    static member Read(bytes: byte[]) : Result<Npy, Defect> = Npy.read bytes

    /// The bytes of a file.
    member npy.Write() : byte[] = Npy.write npy
