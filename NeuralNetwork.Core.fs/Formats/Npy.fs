namespace NeuralNetwork.Formats

open System
open System.IO
open System.IO.Compression
open System.Text
open NeuralNetwork.Engine

/// An array as NumPy saves it, in row-major order whatever its order in the file. Unsigned bytes stay Bytes; what fits
/// a float32 exactly comes as Singles, everything else as Doubles.
type Npy =
    {
        /// The lengths of the dimensions.
        Shape: int[]
        /// The elements in row-major order.
        Values: NumberArray
    }

    /// The length of the first dimension.
    member npy.Rows: int = npy.Shape[0]

    /// The product of the other dimensions: the numbers of a row.
    member npy.Cols: int = int (npy.Values.LongLength / int64 npy.Shape[0])

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
    let private exact (place: int64) (x: 'Integer) (value: float) : float =
        if abs value >= 9007199254740992.0 then
            Defect.refuse $"element {place}" $"{x} (float64 holds every whole number below 9007199254740992)"

        value

    let private truth (place: int64) (value: byte) : float32 =
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

    /// What numbers of a file come as.
    let kindOf (header: NpyHeader) : TypeCode =
        match header.Kind, header.Size with
        | 'u', 1 -> TypeCode.Byte
        | 'b', _
        | _, 1
        | _, 2
        | 'f', 4 -> TypeCode.Single
        | _ -> TypeCode.Double

    /// The elements, each read from where it lies. The first of these bytes is not always the first one of the file: places in messages
    /// are counted from there.
    let convert (header: NpyHeader) (first: int64) (place: int -> int) (bytes: byte[]) : NumberArray =
        let bytes = littleEndian header bytes
        let count = (bytes.Length - header.Offset) / header.Size

        let each (read: byte[] * int -> 'Number) : 'Number[] =
            Array.init count (fun index -> read (bytes, header.Offset + header.Size * place index))

        let wide (read: byte[] * int -> 'Integer) (widen: 'Integer -> float) =
            each read
            |> Array.mapi (fun index x -> exact (first + int64 index) x (widen x))
            |> NumberArray.Doubles

        let byteAt (bytes: byte[], at: int) = bytes[at]

        match header.Kind, header.Size with
        | 'b', _ ->
            NumberArray.Singles(each byteAt |> Array.mapi (fun index value -> truth (first + int64 index) value))
        | 'u', 1 -> NumberArray.Bytes(each byteAt)
        | 'i', 1 -> NumberArray.Singles(each (byteAt >> sbyte >> float32))
        | 'u', 2 -> NumberArray.Singles(each (BitConverter.ToUInt16 >> float32))
        | 'i', 2 -> NumberArray.Singles(each (BitConverter.ToInt16 >> float32))
        | 'f', 2 -> NumberArray.Singles(each (BitConverter.ToHalf >> float32))
        | 'f', 4 -> NumberArray.Singles(each BitConverter.ToSingle)
        | 'u', 4 -> NumberArray.Doubles(each (BitConverter.ToUInt32 >> float))
        | 'i', 4 -> NumberArray.Doubles(each (BitConverter.ToInt32 >> float))
        | 'u', _ -> wide BitConverter.ToUInt64 float
        | 'i', _ -> wide BitConverter.ToInt64 float
        | _ -> NumberArray.Doubles(each BitConverter.ToDouble)

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
            let place = if header.IsFortran && shape.Length > 1 then fortranPlace shape else id
            { Shape = shape; Values = convert header 0L place bytes })

    /// What stands before the numbers of an array of this shape: version 1.0, little-endian, row-major, the first number at a multiple of 64.
    let header (kind: TypeCode) (shape: int[]) : byte[] =
        let descr =
            match kind with
            | TypeCode.Byte -> "|u1"
            | TypeCode.Single -> "<f4"
            | _ -> "<f8"

        let lengths = shape |> Array.map (fun length -> $"{length},") |> String.concat " "
        let lengths = if shape.Length > 1 then lengths.TrimEnd ',' else lengths
        let text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({lengths}), }}"
        let length = (10 + text.Length + 1 + 63) / 64 * 64 - 10
        let text = text.PadRight(length - 1) + "\n"
        let version = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y'; 1uy; 0uy |]
        Array.concat [ version; BitConverter.GetBytes(uint16 length); Encoding.ASCII.GetBytes text ]

    /// The bytes of an array's file.
    let write (npy: Npy) : byte[] =
        let values = npy.Values.InMemory()
        Array.append (header values.Kind npy.Shape) ((ColumnStatistics.bytesOf values).ToArray())

/// The numbers of a row-major file that stay in it: one after the other, little-endian, of a kind that numbers in streams have. What is
/// written otherwise is converted while it is read.
[<Sealed>]
type internal NpyNumbers(file: Stream, header: NpyHeader, start: int64, count: int64) =
    inherit Stream()

    // So many elements are converted at a time.
    static let most = 65536L

    let kind = Npy.kindOf header
    let size = int64 (Store.size kind)
    // Bytes, float32 and float64 as they are here, too.
    let isPlain = size = 1L || header.Kind = 'f' && int64 header.Size = size && not header.IsBigEndian

    let mutable position = 0L

    // Whoever reads from the beginning to the end has no need of a file that can be sought.
    let goTo (place: int64) =
        if file.Position <> place then
            file.Position <- place

    let converted (first: int64) (elements: int64) : NumberArray =
        let bytes = Array.zeroCreate<byte>(int elements * header.Size)
        goTo (start + first * int64 header.Size)
        file.ReadExactly(bytes.AsSpan())

        match Defect.catch (fun () -> Npy.convert { header with Offset = 0 } first id bytes) with
        | Ok numbers -> numbers
        | Error defect -> raise (InvalidDataException(string defect))

    member _.Kind: TypeCode = kind

    override _.CanRead = true
    override _.CanSeek = true
    override _.CanWrite = false
    override _.Length = count * size

    override _.Position
        with get () = position
        and set value = position <- value

    override _.Read(buffer: Span<byte>) : int =
        let left = Math.Clamp(count * size - position, 0L, int64 buffer.Length)

        let read =
            if left = 0L then
                0
            elif isPlain then
                goTo (start + position)
                file.Read(buffer.Slice(0, int left))
            else
                let within = position % size
                let numbers = converted (position / size) (min most ((within + left + size - 1L) / size))
                let bytes = (ColumnStatistics.bytesOf numbers).Slice(int within)
                let bytes = bytes.Slice(0, min (int left) bytes.Length)
                bytes.CopyTo buffer
                bytes.Length

        position <- position + int64 read
        read

    override numbers.Read(buffer: byte[], offset: int, count: int) : int = numbers.Read(buffer.AsSpan(offset, count))

    override _.Seek(offset: int64, origin: SeekOrigin) : int64 =
        position <-
            match origin with
            | SeekOrigin.Begin -> offset
            | SeekOrigin.Current -> position + offset
            | _ -> count * size + offset

        position

    override _.Flush() = ()
    override _.SetLength _ = raise (NotSupportedException())
    override _.Write(_: byte[], _: int, _: int) : unit = raise (NotSupportedException())

/// Files that are too long for an array.
module internal NpyFile =

    /// The lengths of the dimensions, the kind of the numbers, and the stream of them.
    let opened (file: Stream) : struct (int[] * TypeCode * Stream) =
        let start = file.Position
        let header = NpyHeader.readFrom file
        let expected, found = NpyHeader.fullLength header, file.Length - start

        if expected <> bigint found then
            Defect.refuse "length" $"expected {expected} bytes, found {found}"

        if List.contains 0L header.Shape then
            Defect.refuse "shape" "no rows (a dimension is 0)"

        if header.IsFortran && header.Shape.Length > 1 then
            Defect.refuse
                "fortran_order"
                "True: its rows do not stand one after the other (numpy.ascontiguousarray puts them so)"

        let count = (found - int64 header.Offset) / int64 header.Size
        let rows = List.head header.Shape
        let cols = count / rows

        if rows > int64 Int32.MaxValue then
            Defect.refuse "shape" $"{rows} rows (limit {Int32.MaxValue})"

        let numbers = new NpyNumbers(file, header, start + int64 header.Offset, count)

        if cols > int64 (Array.MaxLength / Store.size numbers.Kind) then
            Defect.refuse "shape" $"{cols} numbers a row (limit {Array.MaxLength / Store.size numbers.Kind})"

        header.Shape |> List.map int |> Array.ofList, numbers.Kind, numbers

/// Arrays by name in a zip archive, as numpy.savez and savez_compressed write them.
module internal Npz =

    let private extension = ".npy"

    /// 'x' from 'x.npy'.
    let private key (entry: ZipEntry) : string =
        if entry.Name.EndsWith(extension, StringComparison.Ordinal) then
            entry.Name[.. entry.Name.Length - extension.Length - 1]
        else
            entry.Name

    let private entries (bytes: byte[]) : (string * ZipEntry) list =
        let entries = Zip.entries bytes |> List.map (fun entry -> key entry, entry)

        match entries |> List.countBy fst |> List.tryFind (fun (_, times) -> times > 1) with
        | Some(name, _) -> Defect.refuse $"key {Defect.quote name}" "is there twice, with .npy and without"
        | None -> entries

    let private array (name: string) (entry: ZipEntry) : Npy =
        let orRefuse result =
            match result with
            | Ok value -> value
            | Error defect -> Defect.refuse $"key {Defect.quote name}: {defect.Field}" defect.Found

        let bytes = Zip.unpack entry NpyHeader.Enough (fun beginning -> orRefuse (Npy.expectedLength beginning))
        orRefuse (Npy.read bytes)

    /// The names of the arrays, in the order of the archive.
    let keys (bytes: byte[]) : Result<string list, Defect> = Defect.catch (fun () -> entries bytes |> List.map fst)

    /// The arrays of these names, in this order.
    let read (names: string list) (bytes: byte[]) : Result<Npy list, Defect> =
        Defect.catch (fun () ->
            let entries = entries bytes
            let byName = Map.ofList entries

            let find name =
                match byName.TryFind name with
                | Some entry -> array name entry
                | None ->
                    let has = entries |> List.truncate 10 |> List.map fst |> String.concat ", "
                    Defect.refuse $"key '{name}'" $"not found; has: {has}"

            List.map find names)

    /// Entries of an archive have a time; this one is the earliest the format knows.
    let private noTime = DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)

    /// The bytes of an archive with these arrays, not compressed: equal arrays give equal bytes.
    let write (arrays: (string * Npy) list) : byte[] =
        use stream = new MemoryStream()

        using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun archive ->
            for name, array in arrays do
                let entry = archive.CreateEntry(name + extension, CompressionLevel.NoCompression)
                entry.LastWriteTime <- noTime
                use content = entry.Open()
                content.Write(ReadOnlySpan(Npy.write array)))

        stream.ToArray()

type Npy with

    /// <summary>The bytes that a file must have, from its beginning.</summary>
    /// <param name="beginning">The first bytes of a file.</param>
    static member ExpectedLength(beginning: byte[]) : Result<int64, Defect> = Npy.expectedLength beginning

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The bytes of a file.</param>
    static member Read(bytes: byte[]) : Result<Npy, Defect> = Npy.read bytes

    /// <summary>Opens a file of any length whose numbers stay in it, as `NumberArray.Stored` and `Dataset.Of` take them. What is no byte, float32
    /// or float64 in the order of this machine is converted while it is read: an InvalidDataException says there which element is refused.</summary>
    /// <param name="file">The file at its beginning. It has to know its length, and can be sought, unless its numbers are read once from the
    /// first on. It stays open.</param>
    /// <returns>The lengths of the dimensions, what the numbers are, and a stream of them, row after row. A file in column-major order is
    /// refused.</returns>
    static member Open(file: Stream) : Result<struct (int[] * TypeCode * Stream), Defect> =
        ArgumentNullException.ThrowIfNull(file, nameof file)
        Defect.catch (fun () -> NpyFile.opened file)

    /// The bytes of a file.
    member npy.Write() : byte[] = Npy.write npy

    /// <summary>What stands before the numbers in the file of an array.</summary>
    /// <param name="kind">What its numbers are: Byte, Single or Double.</param>
    /// <param name="shape">The lengths of its dimensions.</param>
    /// <returns>The bytes of the header.</returns>
    static member Header(kind: TypeCode, shape: int[]) : byte[] =
        ArgumentNullException.ThrowIfNull(shape, nameof shape)
        Store.size kind |> ignore
        Npy.header kind shape

    /// <summary>Reads the arrays of these names, in this order, from an archive, as numpy.savez and savez_compressed write it.</summary>
    /// <param name="names">The names, without .npy.</param>
    /// <param name="bytes">The bytes of a file.</param>
    static member ReadArchive(names: string list, bytes: byte[]) : Result<Npy list, Defect> = Npz.read names bytes
