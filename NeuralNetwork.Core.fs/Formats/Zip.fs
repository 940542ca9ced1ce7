namespace NeuralNetwork.Formats

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Runtime.InteropServices
open System.Text

/// A file within a zip archive: nothing of it is unpacked yet.
type internal ZipEntry =
    {
        Name: string
        Method: uint16
        Checksum: uint32
        /// The bytes as they are packed.
        Packed: ReadOnlyMemory<byte>
        /// The bytes once unpacked, as the archive has it.
        Length: int64
    }

/// Zip archives held in memory, read strictly: stored and deflated files, no encryption, no archive in parts, no file
/// beyond 4 GB, no two files of one name, no names that lead out of a folder. Nothing is ever written to a disk.
module internal Zip =

    /// The most files an archive may have: more than the tensors of the deepest network.
    [<Literal>]
    let MaximalEntries = 32768

    /// Deflate makes at most 258 bytes of two bits: a promise of more than that is a lie.
    [<Literal>]
    let GreatestRatio = 1032L

    let private u16 (bytes: byte[]) (at: int) = BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(bytes, at, 2))
    let private u32 (bytes: byte[]) (at: int) = BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(bytes, at, 4))

    let private demand (bytes: byte[]) (at: int64) (length: int) (what: string) =
        if at < 0L || at + int64 length > int64 bytes.Length then
            Defect.refuse what $"at byte {at}, the file has {bytes.Length} (cut short?)"

    /// Where the record at the end of the archive begins: it stands before a comment of at most 65535 bytes.
    let private ending (bytes: byte[]) : int =
        let isEnding at = u32 bytes at = 0x06054B50u && at + 22 + int (u16 bytes (at + 20)) = bytes.Length
        let last = bytes.Length - 22

        match Seq.tryFind isEnding (seq { last .. -1 .. max 0 (last - 65535) }) with
        | Some at -> at
        | None when bytes.Length >= 4 && u32 bytes 0 = 0x04034B50u ->
            Defect.refuse "zip" "no directory at the end (cut short?)"
        | None -> Defect.refuse "zip" "not a zip archive"

    let private checkName (name: string) =
        let parts = name.Split('/', '\\')

        if name = "" || parts[0] = "" || Array.contains ".." parts || name.Contains ':' then
            Defect.refuse $"member {Defect.quote name}" "its name leads out of a folder"

        if name.Contains '\000' then
            Defect.refuse $"member {Defect.quote name}" "its name has a zero byte"

        let endsWith (extension: string) = name.EndsWith(extension, StringComparison.Ordinal)

        if endsWith ".zip" || endsWith ".npz" then
            Defect.refuse $"member {Defect.quote name}" "an archive in an archive is not read"

    /// The packed bytes behind the file's own header, which must say the same as the directory.
    let private locate (bytes: byte[]) (name: string) (flags: uint16) (at: int64) (packed: uint32) (length: uint32) =
        let field = $"member {Defect.quote name}"
        demand bytes at 30 field
        let at = int at

        if u32 bytes at <> 0x04034B50u then
            Defect.refuse field $"no header at byte {at}"

        let nameLength, extra = int (u16 bytes (at + 26)), int (u16 bytes (at + 28))
        let start = int64 at + 30L + int64 nameLength + int64 extra
        demand bytes start 0 field

        if Encoding.UTF8.GetString(bytes, at + 30, nameLength) <> name then
            Defect.refuse field "its own header has another name"

        // Sizes that follow the data, or stand in an extra field, are not in the header.
        let agrees (own: uint32) (other: uint32) = own = other || own = UInt32.MaxValue || flags &&& 8us = 8us

        if not (agrees (u32 bytes (at + 18)) packed && agrees (u32 bytes (at + 22)) length) then
            Defect.refuse field "its own header has other sizes than the directory"

        if start + int64 packed > int64 bytes.Length then
            Defect.refuse field $"{packed} bytes from byte {start} on, the file has {bytes.Length}"

        ReadOnlyMemory(bytes, int start, int packed)

    /// The entry of the directory at a place, and where the next one begins.
    let private entry (bytes: byte[]) (at: int64) : ZipEntry * int64 =
        demand bytes at 46 "directory"
        let place = int at

        if u32 bytes place <> 0x02014B50u then
            Defect.refuse "directory" $"no entry at byte {at}"

        let nameLength = int (u16 bytes (place + 28))
        let next = at + 46L + int64 nameLength + int64 (u16 bytes (place + 30)) + int64 (u16 bytes (place + 32))
        demand bytes next 0 "directory"
        let name = Encoding.UTF8.GetString(bytes, place + 46, nameLength)
        checkName name
        let field = $"member {Defect.quote name}"
        let flags, packing = u16 bytes (place + 8), u16 bytes (place + 10)

        if flags &&& 1us = 1us then
            Defect.refuse field "is encrypted"

        if packing <> 0us && packing <> 8us then
            Defect.refuse field $"packed by method {packing} (known: 0 stored, 8 deflated)"

        let packed, length, start = u32 bytes (place + 20), u32 bytes (place + 24), u32 bytes (place + 42)

        if packed = UInt32.MaxValue || length = UInt32.MaxValue || start = UInt32.MaxValue then
            Defect.refuse field "zip64 sizes (limit 4 GB)"

        { Name = name
          Method = packing
          Checksum = u32 bytes (place + 16)
          Packed = locate bytes name flags (int64 start) packed length
          Length = int64 length },
        next

    /// The files of an archive.
    let entries (bytes: byte[]) : ZipEntry list =
        if bytes.Length < 22 then
            Defect.refuse "zip" $"{bytes.Length} bytes (need at least 22)"

        let ending = ending bytes
        let count = int (u16 bytes (ending + 10))

        if count > MaximalEntries then
            Defect.refuse "zip" $"{count} members (limit {MaximalEntries})"

        let next (left, at) =
            if left = 0 then None else let entry, next = entry bytes at in Some(entry, (left - 1, next))

        let found = List.unfold next (count, int64 (u32 bytes (ending + 16)))

        match found |> List.countBy _.Name |> List.tryFind (fun (_, times) -> times > 1) with
        | Some(name, times) -> Defect.refuse $"member {Defect.quote name}" $"is there {times} times"
        | None -> ()

        // No byte is unpacked twice: members that share theirs make a small archive endless.
        let place entry =
            match MemoryMarshal.TryGetArray entry.Packed with
            | true, bytes -> bytes.Offset, bytes.Offset + bytes.Count, entry.Name
            | _ -> 0, 0, entry.Name

        for (_, stop, name), (start, _, next) in found |> List.map place |> List.sort |> List.pairwise do
            if start < stop then
                Defect.refuse $"member {Defect.quote next}" $"its bytes overlap those of {Defect.quote name}"

        found

    /// The first bytes of a file, at most so many: what a header needs, or one byte more than there should be.
    let private unpackAtMost (entry: ZipEntry) (limit: int) : byte[] =
        let field = $"member {Defect.quote entry.Name}"

        if entry.Method = 0us then
            entry.Packed.Slice(0, min limit entry.Packed.Length).ToArray()
        else
            use packed = new MemoryStream(entry.Packed.ToArray())
            use stream = new DeflateStream(packed, CompressionMode.Decompress)
            let bytes = Array.zeroCreate<byte> limit

            try
                let count = stream.ReadAtLeast(bytes, limit, throwOnEndOfStream = false)
                if count = limit then bytes else Array.truncate count bytes
            with :? InvalidDataException ->
                Defect.refuse field "its packed bytes are damaged"

    /// A file unpacked, whose content says from its beginning how long it is: no byte more is unpacked, and no more memory
    /// is taken than the packed bytes can fill. Length and checksum have to agree.
    let unpack (entry: ZipEntry) (headerLength: int) (expectedLength: byte[] -> int64) : byte[] =
        let field = $"member {Defect.quote entry.Name}"
        let possible = if entry.Method = 0us then 1L else GreatestRatio
        let possible = int64 entry.Packed.Length * possible + 64L
        let beginning = unpackAtMost entry (int (min possible (int64 headerLength)))
        let expected = expectedLength beginning

        if expected <> entry.Length then
            Defect.refuse field $"{entry.Length} bytes by the directory, {expected} by its own header"

        if expected > possible then
            Defect.refuse field $"{expected} bytes cannot come from {entry.Packed.Length} packed ones"

        let bytes = unpackAtMost entry (int (min (expected + 1L) (int64 Array.MaxLength)))

        if int64 bytes.Length > expected then
            Defect.refuse field $"unpacks to more than the {expected} bytes of its header"

        if int64 bytes.Length < expected then
            Defect.refuse field $"ends at byte {bytes.Length} (expected {expected})"

        let checksum = Crc32.Of(0u, ReadOnlySpan bytes)

        if checksum <> entry.Checksum then
            Defect.refuse field $"CRC-32 0x{checksum:X8} (expected 0x{entry.Checksum:X8})"

        bytes
