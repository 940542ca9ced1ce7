/// NPY, NPZ and LIBSVM files: every type and order, and every way to be wrong.
module NeuralNetwork.Tests.Formats.NpyTests

open System
open System.IO
open System.IO.Compression
open System.Text
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private numbers (table: NumberArray) = Array.init table.Length table.At

/// A file with any header before its bytes.
let private fileOf (version: int) (header: string) (payload: byte[]) : byte[] =
    let length =
        if version = 1 then
            BitConverter.GetBytes(uint16 header.Length)
        else
            BitConverter.GetBytes header.Length

    let magic = Array.append [| 0x93uy |] (Encoding.ASCII.GetBytes "NUMPY")
    Array.concat [ magic; [| byte version; 0uy |]; length; Encoding.Latin1.GetBytes header; payload ]

let private header (descr: string) (fortran: bool) (shape: string) =
    let order = if fortran then "True" else "False"
    $"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n"

let private file descr shape payload = fileOf 1 (header descr false shape) payload

/// Every type: how a number is written with the last byte first, and a number that it holds.
let private types: (string * (float -> byte[]) * (Random -> float)) list =
    let whole (least: int64) (most: int64) (random: Random) = float (random.NextInt64(least, most))

    [ "b1", (fun x -> [| byte x |]), whole 0L 2L
      "u1", (fun x -> [| byte x |]), whole 0L 256L
      "i1", (fun x -> [| byte (sbyte x) |]), whole -128L 128L
      "u2", (uint16 >> BitConverter.GetBytes), whole 0L 65536L
      "i2", (int16 >> BitConverter.GetBytes), whole -32768L 32768L
      "u4", (uint32 >> BitConverter.GetBytes), whole 0L 4294967296L
      "i4", (int32 >> BitConverter.GetBytes), whole -2147483648L 2147483648L
      "u8", (uint64 >> BitConverter.GetBytes), whole 0L 9007199254740992L
      "i8", (int64 >> BitConverter.GetBytes), whole -9007199254740992L 9007199254740992L
      "f2", (Half.op_Explicit: float -> Half) >> BitConverter.GetBytes, whole -2048L 2049L
      "f4", (float32 >> BitConverter.GetBytes), (Generate.normal >> float32 >> float)
      "f8", (BitConverter.GetBytes: float -> byte[]), Generate.normal ]

let private deep = String('(', 10_000 - 100)

/// Files that break a rule, and what is said about each.
let broken =
    [ "a wrong magic", Encoding.ASCII.GetBytes "NUMPY here, not the magic", [ "magic"; "0x4E554D505920" ]
      "nothing", [||], [ "header"; "0 bytes" ]
      "version 9", fileOf 9 (header "<f4" false "(1,)") [| 0uy |], [ "version"; "9.0" ]
      "a header of 4 GB",
      Array.concat [ (fileOf 2 "" [||])[..7]; [| 255uy; 255uy; 255uy; 255uy |]; Array.zeroCreate 88 ],
      [ "header"; "4294967295"; "10000" ]
      "a header of 10001 bytes", fileOf 1 (String(' ', 10_001)) [||], [ "header"; "10001"; "10000" ]
      "a header beyond the file", (fileOf 1 (header "<f4" false "(1,)") [||])[..40], [ "header"; "bytes after it" ]
      "a header that is no ASCII", file "<f4é" "(1,)" [||], [ "header"; "ASCII" ]
      "no dictionary", fileOf 1 "[1, 2]" [||], [ "header"; "unexpected"; "at 0" ]
      "a missing key", fileOf 1 "{'descr': '<f4', 'shape': (1,)}" [||], [ "fortran_order"; "missing" ]
      "an extra key", fileOf 1 "{'descr': '<f4', 'evil': True}" [||], [ "evil"; "unknown key" ]
      "a key twice", fileOf 1 "{'descr': '<f4', 'descr': '<f4'}" [||], [ "descr"; "twice" ]
      "code", fileOf 1 "{'descr': __import__('os')}" [||], [ "unexpected token"; "__import__"; "at 10" ]
      "parentheses without end", fileOf 1 ("{'shape': " + deep) [||], [ "unexpected token" ]
      "objects", file "|O" "(1,)" [||], [ "object arrays are not supported"; "pickle" ]
      "a structure", fileOf 1 "{'descr': [('a', '<f4')]}" [||], [ "header"; "unexpected" ]
      "texts", file "<U10" "(1,)" [||], [ "descr"; "<U10" ]
      "complex numbers", file "<c8" "(1,)" [||], [ "descr"; "<c8" ]
      "a negative dimension", file "<f4" "(-1, 784)" [||], [ "shape"; "-1" ]
      "a bool as dimension", file "<f4" "(True, 3)" [||], [ "shape"; "True" ]
      "a float as dimension", file "<f4" "(2.0, 3)" [||], [ "shape"; "2.0" ]
      "no dimension", file "<f4" "()" [| 0uy; 0uy; 0uy; 0uy |], [ "shape"; "()" ]
      "33 dimensions", file "<f4" ("(" + String.replicate 33 "1, " + ")") [||], [ "shape"; "33"; "32" ]
      "a product beyond 2^64", file "<f4" "(4294967296, 4294967296)" [||], [ "shape"; "elements" ]
      "a byte too few", file "<f4" "(2,)" (Array.zeroCreate 7), [ "length"; "expected"; "found" ]
      "a byte too many", file "<f4" "(2,)" (Array.zeroCreate 9), [ "length"; "expected"; "found" ]
      "no rows", file "<f4" "(0, 3)" [||], [ "no rows" ]
      "an integer beyond float64",
      file "<i8" "(1,)" (BitConverter.GetBytes 9007199254740993L),
      [ "element 0"; "9007199254740993" ]
      "a bool of 2", file "|b1" "(1,)" [| 2uy |], [ "element 0"; "2" ] ]
    |> List.map (fun (name, bytes, words) -> (name, (bytes, words)))

let private good = Npy.write { Shape = [| 2; 3 |]; Values = NumberArray.Singles [| 1f .. 6f |] }

/// A zip archive of files, each with its bytes.
let private archive (level: CompressionLevel) (files: (string * byte[]) list) : byte[] =
    use stream = new MemoryStream()

    using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun zip ->
        for name, bytes in files do
            use entry = zip.CreateEntry(name, level).Open()
            entry.Write(bytes, 0, bytes.Length))

    stream.ToArray()

let private x = Npy.write { Shape = [| 2; 2 |]; Values = NumberArray.Doubles [| 1.0; 2.0; 3.0; 4.0 |] }
/// Targets that go with none of them.
let y = Npy.write { Shape = [| 2 |]; Values = NumberArray.Bytes [| 0uy; 1uy |] }
let private packed = archive CompressionLevel.Optimal [ "x.npy", x; "y.npy", y ]

/// The archive with some bytes changed behind the first place where a signature stands.
let private patch (signature: byte list) (offset: int) (values: byte list) (bytes: byte[]) =
    let at = bytes.AsSpan().IndexOf(ReadOnlySpan(Array.ofList signature))
    let result = Array.copy bytes
    values |> List.iteri (fun place value -> result[at + offset + place] <- value)
    result

let private local, central, ending =
    [ 0x50uy; 0x4Buy; 3uy; 4uy ], [ 0x50uy; 0x4Buy; 1uy; 2uy ], [ 0x50uy; 0x4Buy; 5uy; 6uy ]

/// An array that promises so many float64 and is followed by many more.
let private bomb =
    let promise = (Npy.write { Shape = [| 1000 |]; Values = NumberArray.Doubles(Array.zeroCreate 1000) })
    Array.append promise (Array.zeroCreate 50_000_000)

/// The same as archives.
let brokenArchives =
    [ "no zip", Encoding.ASCII.GetBytes(String('x', 100)), [ "not a zip" ]
      "nothing", [||], [ "0 bytes" ]
      "a truncated directory", packed[.. packed.Length - 30], [ "zip"; "cut short" ]
      "sizes that disagree", patch local 22 [ 1uy ] packed, [ "member 'x.npy'"; "other sizes" ]
      "names that disagree", patch local 30 [ byte 'z' ] packed, [ "member 'x.npy'"; "another name" ]
      "a length that lies", patch central 24 [ 1uy ] (patch local 22 [ 1uy ] packed), [ "member 'x.npy'"; "directory" ]
      "zip64 sizes", patch central 24 [ 255uy; 255uy; 255uy; 255uy ] packed, [ "zip64" ]
      "an encrypted member", patch central 8 [ 1uy ] packed, [ "encrypted" ]
      "method 99", patch central 10 [ 99uy ] packed, [ "method 99" ]
      "a wrong CRC", patch central 16 [ 1uy; 2uy; 3uy; 4uy ] packed, [ "member 'x.npy'"; "CRC-32" ]
      "65535 members", patch ending 10 [ 255uy; 255uy ] packed, [ "65535 members"; "32768" ]
      "a path upwards", archive CompressionLevel.Optimal [ "../x.npy", x ], [ "../x.npy" ]
      "an absolute path", archive CompressionLevel.Optimal [ "/x.npy", x ], [ "/x.npy" ]
      "a drive", archive CompressionLevel.Optimal [ "c:x.npy", x ], [ "c:x.npy" ]
      "a name twice", archive CompressionLevel.Optimal [ "x.npy", x; "x.npy", x ], [ "x.npy"; "2 times" ]
      "a key twice", archive CompressionLevel.Optimal [ "x.npy", x; "x", x ], [ "key 'x'"; "twice" ]
      "an archive within",
      archive CompressionLevel.Optimal [ "x.npy", x; "more.npz", packed ],
      [ "more.npz"; "archive" ]
      "a missing key",
      archive CompressionLevel.Optimal [ "X.npy", x; "labels.npy", y ],
      [ "key 'x' not found; has: X, labels" ]
      "a bomb",
      archive CompressionLevel.Optimal [ "x.npy", bomb; "y.npy", y ],
      [ "member 'x.npy'"; "8128 by its own header" ]
      "damaged data", patch local 40 [ 7uy; 7uy; 7uy; 7uy; 7uy ] packed, [ "x" ] ]
    |> List.map (fun (name, bytes, words) -> (name, (bytes, words)))

/// A file with holes: a beginning, and behind it bytes that follow from their place. Nothing of them is anywhere.
type private Holes(beginning: byte[], length: int64) =
    inherit Stream()
    let mutable position = 0L
    static member At(place: int64) : byte = byte (place % 251L)
    override _.CanRead = true
    override _.CanSeek = true
    override _.CanWrite = false
    override _.Length = length

    override _.Position
        with get () = position
        and set value = position <- value

    override _.Read(buffer: byte[], offset: int, count: int) : int =
        let count = int (min (int64 count) (length - position))

        for index in 0 .. count - 1 do
            let place = position + int64 index

            buffer[offset + index] <-
                if place < beginning.LongLength then
                    beginning[int place]
                else
                    Holes.At(place - beginning.LongLength)

        position <- position + int64 count
        count

    override _.Seek(_, _) = raise (NotSupportedException())
    override _.Flush() = ()
    override _.SetLength _ = raise (NotSupportedException())
    override _.Write(_: byte[], _: int, _: int) : unit = raise (NotSupportedException())

/// The rows of a file that stay in it, as NumberArray has them.
let private stored (file: Stream) : Result<NumberArray, Defect> =
    Npy.Open file
    |> Result.map (fun (struct (shape, kind, numbers)) ->
        let cols = int (numbers.Length / int64 (Store.size kind) / int64 shape[0])
        NumberArray.Stored(numbers, kind, cols, [| 0 .. shape[0] - 1 |]))

let private svm (text: string) = LibSvm.read (Encoding.UTF8.GetBytes text)

let private brokenLines =
    [ "nothing", "", [ "rows"; "none" ]
      "a target that is none", "a 1:2", [ "line 1"; "'a'" ]
      "index 0", "1 0:2", [ "line 1"; "'0'" ]
      "a falling index", "1 1:1\n1 2:1 2:2", [ "line 2"; "index 2 after 2" ]
      "no colon", "1 12", [ "'12'"; "index:value" ]
      "a value that is none", "1 1:x", [ "index 1"; "'x'" ]
      "an infinite value", "1 1:1e999", [ "index 1"; "finite" ]
      "a query", "1 qid:3 1:2", [ "ranking" ]
      "an index beyond the limit", "1 1000001:1", [ "1000001"; "1000000" ]
      "a small file that asks for all memory", String.replicate 1000 "1 1000000:1\n", [ "size"; "limit" ] ]
    |> List.map (fun (name, text, words) -> (name, (text, words)))

let tests =
    group
        "Npy"
        [ law
              "Every type is read as the numbers that were written, in either byte order and every version"
              (fun (seed: int) ->
                  let random = Random seed
                  let rows, cols = 1 + random.Next 5, 1 + random.Next 5

                  for name, bytes, draw in types do
                      let written = Array.init (rows * cols) (fun _ -> draw random)

                      for order, turn in [ "<", id; ">", Array.rev ] do
                          let payload = Array.collect (bytes >> turn) written

                          for version in 1..3 do
                              match
                                  Npy.read (fileOf version (header (order + name) false $"({rows}, {cols})") payload)
                              with
                              | Error defect -> Expect.fail $"{order}{name}: {defect}"
                              | Ok npy ->
                                  Expect.equal (rows, cols) (npy.Rows, npy.Cols)
                                  Expect.sameBits $"{order}{name}" written (numbers npy.Values))
          law
              "Numbers that stay in a file are those that are read from it, of every type, wherever reading begins"
              (fun (seed: int) ->
                  let random = Random seed
                  let rows, cols = 1 + random.Next 9, 1 + random.Next 5

                  for name, bytes, draw in types do
                      let written = Array.init (rows * cols) (fun _ -> draw random)

                      for order, turn in [ "<", id; ">", Array.rev ] do
                          let payload = Array.collect (bytes >> turn) written

                          for version in 1..3 do
                              let file = fileOf version (header (order + name) false $"({rows}, {cols})") payload
                              let whole = (Npy.read file |> Expect.ok).Values
                              // Something of another kind may stand before it.
                              use stream = new MemoryStream(Array.append [| 1uy; 2uy |] file)
                              stream.Position <- 2L
                              let numbers = stored stream |> Expect.ok
                              Expect.equal whole.Kind numbers.Kind
                              Expect.equal whole (numbers.InMemory())

                              let some =
                                  [| for row in 0 .. rows - 1 do
                                         if random.Next 2 = 0 then
                                             row |]

                              Expect.equal (whole.Rows(cols, some)) (numbers.Rows(cols, some).InMemory())
                              let place = random.Next(rows * cols)
                              Expect.equal (whole.At place) (numbers.At place)

                              match Npy.Open(new MemoryStream(file)) |> Expect.ok with
                              | struct (_, _, numbers) ->
                                  let all = (ColumnStatistics.bytesOf whole).ToArray()
                                  let first = random.Next all.Length
                                  let count = random.Next(all.Length - first + 1)
                                  let part = Array.zeroCreate<byte> count
                                  numbers.Position <- int64 first
                                  numbers.ReadExactly(part, 0, count)
                                  Expect.equal all[first .. first + count - 1] part)
          test "Numbers of a file beyond any array are read where they stand" (fun () ->
              let rows = 5_000_000
              let beginning = Npy.header TypeCode.Byte [| rows; 1000 |]
              let file = new Holes(beginning, beginning.LongLength + int64 rows * 1000L)

              match Npy.Open file |> Expect.ok with
              | struct (shape, kind, numbers) ->
                  Expect.equal ([| rows; 1000 |], TypeCode.Byte) (shape, kind)

                  for row in [ 0; 1; 4_294_967; rows - 1 ] do
                      let found = NumberArray.Stored(numbers, kind, 1000, [| row |]).InMemory()

                      let expected =
                          NumberArray.Bytes [| for place in 0L .. 999L -> Holes.At(int64 row * 1000L + place) |]

                      Expect.equal expected found

              let wide = fileOf 1 (header "<f2" false $"({rows}, 1000)") [||]

              match Npy.Open(new Holes(wide, wide.LongLength + int64 rows * 2000L)) |> Expect.ok with
              | struct (_, kind, numbers) ->
                  Expect.equal TypeCode.Single kind
                  let last = NumberArray.Stored(numbers, kind, 1000, [| rows - 1 |]).InMemory()
                  let place = int64 rows * 2000L - 2L
                  let bits = BitConverter.ToHalf([| Holes.At place; Holes.At(place + 1L) |], 0)
                  Expect.equal (float (float32 bits)) (last.At 999))
          test
              "Numbers cannot stay in a file that is of another length, has too many rows, or stands column by column"
              (fun () ->
                  let refused (words: string list) (head: string) (length: int64) =
                      let head = fileOf 1 head [||]

                      match Npy.Open(new Holes(head, head.LongLength + length)) with
                      | Ok _ -> Expect.fail "opened"
                      | Error defect -> Expect.mentions words (string defect)

                  refused [ "length"; "expected"; "found" ] (header "|u1" false "(3000, 1000000)") 2_999_999_999L
                  refused [ "length"; "expected"; "found" ] (header "<f4" false "(4294967296, 4294967296)") 12L

                  refused
                      [ "shape"; "3000000000 rows (limit 2147483647)" ]
                      (header "|u1" false "(3000000000,)")
                      3_000_000_000L

                  refused [ "shape"; "3000000000 numbers a row" ] (header "|u1" false "(1, 3000000000)") 3_000_000_000L
                  refused [ "fortran_order"; "ascontiguousarray" ] (header "|u1" true "(2, 3)") 6L

                  Npy.Open(new MemoryStream(fileOf 1 (header "|u1" true "(3,)") [| 1uy; 2uy; 3uy |]))
                  |> Expect.ok
                  |> ignore)
          eachNamed
              "Numbers do not stay in a file that breaks a rule"
              broken
              (fun (bytes: byte[], words: string list) ->
                  match Npy.Open(new MemoryStream(bytes)) with
                  | Error _ -> ()
                  | Ok(struct (_, _, numbers)) ->
                      try
                          numbers.CopyTo Stream.Null
                          Expect.fail "read"
                      with :? InvalidDataException as error ->
                          Expect.mentions words error.Message)
          states
              [ 64 ]
              (law
                  "Column-major files are read as row-major ones of the same array"
                  (fun (a: byte) (b: byte) (c: byte) ->
                      let a, b, c = 1 + int a % 4, 1 + int b % 4, 1 + int c % 4
                      let value i j k = float (100 * i + 10 * j + k)
                      let bytes = Array.collect (BitConverter.GetBytes: float -> byte[])

                      let rowMajor =
                          [| for i in 1..a do
                                 for j in 1..b do
                                     for k in 1..c -> value i j k |]

                      let columnMajor =
                          [| for k in 1..c do
                                 for j in 1..b do
                                     for i in 1..a -> value i j k |]

                      let shape = $"({a}, {b}, {c})"
                      let read fortran values = Npy.read (fileOf 1 (header "<f8" fortran shape) (bytes values))
                      read false rowMajor = read true columnMajor && Result.isOk (read true columnMajor)))
          law "What is written is read again, and begins at a multiple of 64" (fun (seed: int) (kind: byte) ->
              let random = Random seed
              let rows, cols = 1 + random.Next 9, 1 + random.Next 9

              let values =
                  match kind % 3uy with
                  | 0uy -> NumberArray.Bytes(Array.init (rows * cols) (fun _ -> byte (random.Next 256)))
                  | 1uy -> NumberArray.Singles(Array.init (rows * cols) (fun _ -> float32 (Generate.normal random)))
                  | _ -> NumberArray.Doubles(Array.init (rows * cols) (fun _ -> Generate.normal random))

              let npy = { Shape = (if cols = 1 then [| rows |] else [| rows; cols |]); Values = values }
              let bytes = Npy.write npy
              let first = Npy.expectedLength bytes[..127] |> Result.map (fun length -> int length - bytes.Length)
              Npy.read bytes = Ok npy && first = Ok 0)
          eachNamed "A file that breaks a rule is refused by name" broken (fun (bytes: byte[], words: string list) ->
              match Npy.read bytes with
              | Ok npy -> Expect.fail $"read as %A{npy}"
              | Error defect -> Expect.mentions words (string defect))
          test "Every truncation is refused, and a changed byte never ends in an exception" (fun () ->
              for length in 0 .. good.Length - 1 do
                  Expect.that (Result.isError (Npy.read (Array.truncate length good))) $"{length} bytes were read"

              for place in 0 .. good.Length - 1 do
                  for value in [ 0uy; 1uy; 39uy; 40uy; 57uy; 127uy; 255uy ] do
                      Npy.read (Array.updateAt place value good) |> ignore)
          test "Arrays are found by their keys, stored or packed" (fun () ->
              for level in [ CompressionLevel.NoCompression; CompressionLevel.Optimal ] do
                  let bytes = archive level [ "y.npy", y; "x.npy", x ]
                  let expected = [ Npy.read x; Npy.read y ] |> List.map Result.toOption |> List.choose id
                  Expect.equal (Ok [ "y"; "x" ]) (Npz.keys bytes)
                  Expect.equal (Ok expected) (Npz.read [ "x"; "y" ] bytes))
          eachNamed
              "An archive that breaks a rule is refused by name"
              brokenArchives
              (fun (bytes: byte[], words: string list) ->
                  match Npz.read [ "x"; "y" ] bytes with
                  | Ok arrays -> Expect.fail $"read as %A{arrays}"
                  | Error defect -> Expect.mentions words ((string defect).Replace("': not found", "' not found")))
          test "A bomb is refused without the memory it asks for" (fun () ->
              // The length in both headers is that of the first array, so that only unpacking can find out.
              let honest = BitConverter.GetBytes(8128u) |> List.ofArray
              let bytes = archive CompressionLevel.Optimal [ "x.npy", bomb ]
              let bytes = bytes |> patch local 22 honest |> patch central 24 honest
              let before = GC.GetAllocatedBytesForCurrentThread()
              let outcome = Npz.read [ "x" ] bytes
              let allocated = GC.GetAllocatedBytesForCurrentThread() - before

              match outcome with
              | Ok _ -> Expect.fail "a bomb was read"
              | Error defect -> Expect.mentions [ "more than the 8128 bytes" ] (string defect)

              Expect.that (allocated < 1_000_000L) $"{allocated} bytes for an array of 8128")
          test "Sparse rows are filled with zeros, comments and blank lines passed over" (fun () ->
              match svm "# a file\n1 1:0.5 3:-2\n\n-1 2:1e2 # the last\r\n" with
              | Error defect -> Expect.fail (string defect)
              | Ok rows ->
                  Expect.equal (2, 3) (rows.Rows, rows.Cols)
                  Expect.equal [| 0.5; 0.0; -2.0; 0.0; 100.0; 0.0 |] rows.Values
                  Expect.equal [| 1.0; -1.0 |] rows.Targets)
          test "Rows that count from 0 are read as those that count from 1" (fun () ->
              let from (first: int option) (text: string) = LibSvm.readFrom first (Encoding.UTF8.GetBytes text)

              match from None "1 0:0.5 2:-2\n-1 1:100\n", svm "1 1:0.5 3:-2\n-1 2:100\n", from (Some 0) "1 1:5" with
              | Ok zero, Ok one, Ok said ->
                  Expect.equal (0, one.Values, one.Cols) (zero.FirstIndex, zero.Values, zero.Cols)
                  Expect.equal (0, [| 0.0; 5.0 |]) (said.FirstIndex, said.Values)
                  Expect.equal 1 (Expect.ok (from None "1 1:5")).FirstIndex
                  Expect.equal 1000000 (Expect.ok (from None "1 1000000:5")).Cols
                  Expect.that (Result.isError (from None "1 0:1 1000000:5")) "a million and one features"
              | outcomes -> Expect.fail $"%A{outcomes}")
          each "Python 2 wrote lengths with an L behind them" [ "(3L, 2L)"; "(3L, 2)" ] (fun (shape: string) ->
              let payload = Array.collect (BitConverter.GetBytes: float -> byte[]) [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |]

              match
                  Npy.read (fileOf 1 (header "<f8" false shape) payload),
                  Npy.read (fileOf 1 (header "<f8" false "(3, 2)") payload)
              with
              | Ok old, Ok usual -> Expect.equal usual old
              | outcomes -> Expect.fail $"%A{outcomes}"

              Expect.that (Result.isError (Npy.read (fileOf 1 (header "<f8" false "(3LL, 2)") payload))) "two of them"
              Expect.that (Result.isError (Npy.read (fileOf 1 (header "<f8" false "(L, 2)") payload))) "nothing else")
          eachNamed
              "A line that breaks a rule is refused by name"
              brokenLines
              (fun (text: string, words: string list) ->
                  match svm text with
                  | Ok rows -> Expect.fail $"read as %A{rows}"
                  | Error defect -> Expect.mentions words (string defect))
          test "The end of a name is what its characters are, not what a culture reads in them" (fun () ->
              use stream = new MemoryStream()

              using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun archive ->
                  // A soft hyphen, which cultures pass over.
                  use entry = archive.CreateEntry("x.n\u00ADpy").Open()
                  entry.Write(ReadOnlySpan(Npy.write { Shape = [| 1 |]; Values = NumberArray.Singles [| 1f |] })))

              Expect.equal (Ok [ "x.n\u00ADpy" ]) (Npz.keys (stream.ToArray()))) ]
