namespace NeuralNetwork.Formats

open System
open System.Buffers.Binary
open System.IO
open System.Text.Json
open NeuralNetwork.Maths

/// A named tensor as bytes: little-endian, row-major.
type Tensor =
    {
        /// The name of the tensor.
        Name: string
        /// The element type as the format names it: F32, F64, ...
        Type: string
        /// The lengths of its dimensions.
        Shape: int64 list
        /// Its elements, little-endian, in row-major order.
        Bytes: ReadOnlyMemory<byte>
    }

    /// As in: layers.0.weight, F32, 16 x 2.
    override tensor.ToString() =
        tensor.Name + ", " + tensor.Type + ", " + (String.Join(" x ", List.map string tensor.Shape))

/// The content of a safetensors file.
type Safetensors =
    {
        /// Keys and texts that travel along.
        Metadata: (string * string) list
        /// The tensors in the order of the file.
        Tensors: Tensor list
    }

    /// As in: 4 tensors.
    override file.ToString() = Text.count file.Tensors.Length "tensor"

/// The safetensors format: 8 bytes with the length of the header, the header in JSON, then one buffer that the tensors
/// tile without hole or overlap. A reader executes nothing and allocates nothing that the file does not hold. What is
/// written has checksums, which a reader verifies and keeps to itself: they are no part of the content.
module internal Safetensors =

    /// Longest header read, as the format has it: the history of a run of a few hundred thousand epochs is in one.
    [<Literal>]
    let private MaximalHeader = 100000000L

    /// A checkpoint of as many layers as a network may have needs fewer.
    [<Literal>]
    let private MaximalTensors = 65536

    /// The most characters of a tensor's name.
    [<Literal>]
    let private LongestName = 1024

    let private sizes =
        [ "BOOL", 1L; "U8", 1L; "I8", 1L; "I16", 2L; "U16", 2L; "F16", 2L; "BF16", 2L ]
        @ [ "I32", 4L; "U32", 4L; "F32", 4L; "F64", 8L; "I64", 8L; "U64", 8L ]

    let private parts (tensors: Tensor list) = tensors |> List.map (fun tensor -> tensor.Name, tensor.Bytes)

    let private header (file: Safetensors) =
        Json.write (fun writer ->
            writer.WriteStartObject()
            writer.WriteStartObject "__metadata__"

            for key, value in Checksum.first :: file.Metadata @ Checksum.ofTensors (parts file.Tensors) do
                writer.WriteString(key, value)

            writer.WriteEndObject()
            let mutable offset = 0L

            for tensor in file.Tensors do
                writer.WriteStartObject tensor.Name
                writer.WriteString("dtype", tensor.Type)
                writer.WriteStartArray "shape"

                for length in tensor.Shape do
                    writer.WriteNumberValue length

                writer.WriteEndArray()
                writer.WriteStartArray "data_offsets"
                writer.WriteNumberValue offset
                offset <- offset + int64 tensor.Bytes.Length
                writer.WriteNumberValue offset
                writer.WriteEndArray()
                writer.WriteEndObject()

            writer.WriteEndObject())

    /// A file up to its tensors, padded with blanks to a multiple of 8.
    let private head (file: Safetensors) : byte[] =
        let json = header file
        let padded = (json.Length + 7) / 8 * 8
        let result = Array.create (8 + padded) (byte ' ')
        BinaryPrimitives.WriteInt64LittleEndian(result.AsSpan(), int64 padded)
        json.AsSpan().CopyTo(result.AsSpan 8)
        Checksum.seal (result.AsSpan())
        result

    /// Writes a file piece by piece: equal contents give equal bytes.
    let writeTo (stream: Stream) (file: Safetensors) : unit =
        stream.Write(ReadOnlySpan(head file))

        for tensor in file.Tensors do
            stream.Write tensor.Bytes.Span

    /// The bytes of a file.
    let write (file: Safetensors) : byte[] =
        use stream = new MemoryStream()
        writeTo stream file
        stream.ToArray()

    let private product (field: string) (size: int64) (shape: int64 list) =
        try
            List.fold (fun total length -> Checked.(*) total length) size shape
        with :? OverflowException ->
            Defect.refuse field "shape overflows"

    let private entry (buffer: ReadOnlyMemory<byte>) (property: JsonProperty) =
        let name = Json.name "header" property
        let field = $"tensor {Defect.quote name}"

        if name.Length > LongestName then
            Defect.refuse field $"a name of {name.Length} characters (limit {LongestName})"

        let get = Json.members field [ "dtype"; "shape"; "data_offsets" ] [] property.Value
        let kind = Json.text $"{field}: dtype" (get "dtype")
        let longest = int64 Int32.MaxValue
        let shape = get "shape" |> Json.items $"{field}: shape" |> List.map (Json.integer $"{field}: shape" 0L longest)

        let size =
            match List.tryFind (fun (name, _) -> name = kind) sizes with
            | Some(_, size) -> size
            | None -> Defect.refuse $"{field}: dtype" $"{Defect.quote kind} is unknown"

        match get "data_offsets" |> Json.items $"{field}: data_offsets" with
        | [ first; last ] ->
            let limit = int64 buffer.Length
            let start = Json.integer $"{field}: data_offsets" 0L limit first
            let stop = Json.integer $"{field}: data_offsets" start limit last
            let expected = product field size shape

            if stop - start <> expected then
                Defect.refuse field $"data_offsets span {stop - start} bytes, {kind} of this shape needs {expected}"

            start, { Name = name; Type = kind; Shape = shape; Bytes = buffer.Slice(int start, int (stop - start)) }
        | other -> Defect.refuse $"{field}: data_offsets" $"{other.Length} numbers (expected 2)"

    let private checkTiling (length: int) (entries: (int64 * Tensor) list) =
        let next position (start, tensor: Tensor) =
            if start <> position then
                let kind = if start > position then "a hole" else "an overlap"
                Defect.refuse $"tensor {Defect.quote tensor.Name}" $"begins at {start} (expected {position}): {kind}"

            start + int64 tensor.Bytes.Length

        let stop = entries |> List.sortBy (fun (start, tensor) -> start, tensor.Bytes.Length) |> List.fold next 0L

        if stop <> int64 length then
            Defect.refuse "length" $"{int64 length - stop} bytes after the last tensor"

    let private metadata (element: JsonElement) =
        [ for property in element.EnumerateObject() do
              let name = Json.name "__metadata__" property
              name, Json.text $"__metadata__ {Defect.quote name}" property.Value ]

    let private parse (bytes: byte[]) =
        if bytes.Length < 8 then
            Defect.refuse "header" $"{bytes.Length} bytes (need at least 8)"

        // Only where no header follows: 640, for one, is a good length and the first two bytes of a pickle.
        if bytes.Length = 8 || bytes[8] <> byte '{' then
            Signature.findAny bytes
            |> Option.iter (fun kind -> Defect.refuse "header" $"looks like {kind}: not a model, which is safetensors")

        let length = BinaryPrimitives.ReadUInt64LittleEndian(ReadOnlySpan bytes)

        if length > uint64 MaximalHeader then
            Defect.refuse "header" $"length {length} (limit {MaximalHeader})"

        if length = 0UL || int64 length > int64 bytes.Length - 8L then
            Defect.refuse "header" $"length {length}, the file has {bytes.Length - 8} bytes after it"

        if bytes[8] <> byte '{' then
            Defect.refuse "header" "does not begin with '{'"

        let root = Json.parse "header" (ReadOnlyMemory(bytes, 8, int length))
        let buffer = ReadOnlyMemory(bytes, 8 + int length, bytes.Length - 8 - int length)
        let isMetadata property = Json.name "header" property = "__metadata__"
        let notes, properties = root.EnumerateObject() |> List.ofSeq |> List.partition isMetadata

        if properties.Length > MaximalTensors then
            Defect.refuse "header" $"{properties.Length} tensors (limit {MaximalTensors})"

        for note in notes do
            if note.Value.ValueKind <> JsonValueKind.Object then
                Defect.refuse "__metadata__" "is no object"

        let entries = properties |> List.map (entry buffer)
        checkTiling buffer.Length entries
        let metadata = notes |> List.collect (fun note -> metadata note.Value)
        let tensors = List.map snd entries
        Checksum.verify (ReadOnlyMemory(bytes, 0, 8 + int length)) metadata (parts tensors)
        { Metadata = metadata |> List.filter (Checksum.isOne >> not); Tensors = tensors }

    /// Whether a file that can be read has checksums, and so was verified by them.
    let hasChecksums (bytes: byte[]) : bool = Checksum.isSealed (ReadOnlySpan bytes)

    /// Reads a file, and verifies its checksums if it has any; tensors share the memory of `bytes`.
    let read (bytes: byte[]) : Result<Safetensors, Defect> = Defect.catch (fun () -> parse bytes)

type Safetensors with

    /// <summary>What a file that was given as another is by its first bytes, as in "a PNG image".</summary>
    /// <param name="beginning">The first bytes of the file.</param>
    /// <returns>What it is; null where that is unknown, as of a table of text.</returns>
    static member KindOf(beginning: byte[]) : string | null =
        ArgumentNullException.ThrowIfNull(beginning, nameof beginning)

        match Signature.find beginning with
        | Some signature -> signature.Kind
        | None -> null

    /// <summary>Whether a file has checksums.</summary>
    /// <param name="bytes">The bytes of a file.</param>
    /// <returns>Whether it is so.</returns>
    static member HasChecksums(bytes: byte[]) : bool = Safetensors.hasChecksums bytes

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The bytes of a file.</param>
    static member Read(bytes: byte[]) : Result<Safetensors, Defect> = Safetensors.read bytes
