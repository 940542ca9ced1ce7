/// Every way in which data can be bad: the message, the exit code, and that nothing is touched.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Cli.BadDataTests

open System
open System.IO
open System.IO.Compression
open System.Text
open NeuralNetwork.Cli
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NUnit.Framework

let private folder = Path.Combine(Path.GetTempPath(), $"nn-data-{Guid.NewGuid()}")
let private at (name: string) = Path.Combine(folder, name)

[<OneTimeSetUp>]
let prepare () = Directory.CreateDirectory folder |> ignore

[<OneTimeTearDown>]
let cleanUp () = Directory.Delete(folder, true)

let private text (lines: string list) = Encoding.UTF8.GetBytes(String.Join('\n', lines) + "\n")

let private gzip (bytes: byte[]) : byte[] =
    use stream = new MemoryStream()
    using (new GZipStream(stream, CompressionLevel.Optimal, true)) (fun zip -> zip.Write(bytes, 0, bytes.Length))
    stream.ToArray()

/// Trains on a file as it is named, and demands a refusal that mentions words and touches nothing.
let private refuse (name: string) (bytes: byte[]) (options: string list) (code: int) (words: string list) =
    File.WriteAllBytes(at name, bytes)
    let before = CommandLine.content folder
    let outcome = InProcess.run ([ "train"; at name; "--out"; at "run" ] @ options)
    Expect.mentions words outcome.Error
    Expect.equal code outcome.Code
    Expect.equal "" outcome.Out
    Expect.equal 1 (outcome.Error.TrimEnd().Split('\n').Length)
    Expect.that (outcome.Error.StartsWith "nn: error: ") outcome.Error
    Expect.equal before (CommandLine.content folder)
    File.Delete(at name)

let private rows = [ for row in 1..20 -> $"{row}.5,{row % 7},{if row % 2 = 0 then 'a' else 'b'}" ]
let private table head (change: string list -> string list) = text (head :: change rows)
let private good = table "x,z,kind" id
let private replace (row: int) (line: string) = List.updateAt row line

let private csv =
    [ "21 empty", [||], [], [ "no rows" ]
      "22 header only", text [ "x,z,kind" ], [], [ "no rows" ]
      "23 only blank lines", text [ ""; ""; "  "; "" ], [], [ "no rows" ]
      "24 UTF-16", Array.append [| 0xFFuy; 0xFEuy |] (Encoding.Unicode.GetBytes "x,y\n1,2\n"), [], [ "UTF-16"; "UTF-8" ]
      "25 a byte that is no UTF-8",
      Array.concat [ good; [| byte '1'; byte ','; 0xE4uy; byte ','; byte 'a'; 10uy |] ],
      [],
      [ "0xE4"; "line 22"; $"offset {good.Length + 2}" ]
      "26 a row too short", table "x,z,kind" (replace 8 "1,2"), [], [ "line 10"; "2 fields"; "expected 3" ]
      "27 a row too long", table "x,z,kind" (replace 8 "1,2,a,b"), [], [ "line 10"; "4 fields"; "expected 3" ]
      "28 text among numbers", table "x,z,kind" (replace 8 "abc\t,2,a"), [], [ "line 10"; "column 'x'"; "'abc'" ]
      "29 NaN", table "x,z,kind" (replace 8 "NaN,2,a"), [], [ "line 10"; "column 'x'"; "'NaN' is missing"; "--missing" ]
      "29 inf", table "x,z,kind" (replace 8 "inf,2,a"), [], [ "line 10"; "column 'x'"; "'inf'" ]
      "29 Infinity", table "x,z,kind" (replace 8 "Infinity,2,a"), [], [ "column 'x'"; "'Infinity' is not finite" ]
      "29 1e999", table "x,z,kind" (replace 8 "1e999,2,a"), [], [ "column 'x'"; "'1e999' is not finite" ]
      "29 an empty cell", table "x,z,kind" (replace 8 ",2,a"), [], [ "line 10"; "column 'x'"; "'' is missing" ]
      "29 an empty category", table "x,z,kind" (replace 8 "1,2,"), [], [ "line 10"; "column 'kind'"; "missing" ]
      "30 a decimal comma",
      text ("x;z;kind" :: [ for row in 1..9 -> $"{row},5;{row};{row % 2}" ]),
      [],
      [ "line 2"; "column 'x'"; "'1,5' has a decimal comma" ]
      "30 a quoted decimal comma", table "x,z,kind" (replace 8 "\"1,5\",2,a"), [], [ "line 10"; "decimal comma" ]
      "32 an unclosed quote", table "x,z,kind" (replace 8 "\"1,2,a"), [], [ "line 10"; "never closed" ]
      "32 a stray quote", table "x,z,kind" (replace 8 "1\"2,2,a"), [], [ "line 10"; "quote" ]
      "33 a line without end", Array.create (17 <<< 20) (byte '1'), [], [ "line 1"; "16777216" ]
      "34 a field without end",
      Array.append (text [ "x,y"; "1,2" ]) (Array.append [| byte '"' |] (Array.create (17 <<< 20) (byte 'x'))),
      [],
      [ "line"; "16777216"; "quote" ]
      "35 too many columns",
      text [ String.replicate 1_000_001 "1," + "1"; "2" ],
      [],
      [ "1000002 fields"; "limit 1000000" ]
      "36 a zero byte", Array.concat [ good; [| byte '1'; 0uy |] ], [], [ "zero byte"; $"offset {good.Length + 1}" ]
      "37 a name twice", table "x,x,kind" id, [], [ "line 1"; "'x'"; "2 times" ]
      "37 a target that is not there", good, [ "--target"; "knd" ], [ "no column 'knd'"; "did you mean kind"; "x, z" ]
      "38 too many classes",
      text ("x,name" :: [ for row in 1..6000 -> $"{row},n{row}" ]),
      [ "--task"; "classification" ],
      [ "column 'name'"; "more than 5000" ]
      "38 numbers that are no classes",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{row}.25" ]),
      [ "--task"; "classification" ],
      [ "line 2, column 'y': label 1.25"; "--task regression" ]
      "39 a class that only the test has",
      good,
      [ "--test"; "{folder}/other.csv" ],
      [ "other.csv"; "line 2"; "'c'"; "a, b" ]
      "40 one class", table "x,z,kind" (List.map (fun row -> row.Replace('b', 'a'))), [], [ "only one class: 'a'" ]
      "42 a header that is denied", good, [ "--header"; "no" ], [ "line 1"; "'x'"; "--header yes" ]
      "a missing target where means are filled in",
      table "x,z,kind" (replace 8 "1,2,"),
      [ "--missing"; "mean" ],
      [ "line 10"; "column 'kind'"; "a target cannot be filled in; --missing drop leaves such rows out" ]
      "97 the target ignored", good, [ "--ignore"; "kind" ], [ "--ignore"; "'kind'"; "--target" ]
      "97 a misspelt word for weights",
      good,
      [ "--class-weights"; "balancd" ],
      [ "--class-weights"; "balancd (did you mean balanced?)" ]
      "a thousands separator",
      table "x,z,kind" (replace 8 "\"1,234\",2,a"),
      [],
      [ "'1,234' has a decimal comma or thousands separator" ]
      "a negative count that is only tested",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{float row + 0.5}" ]),
      [ "--loss"; "poisson"; "--test"; "{folder}/counts.csv" ],
      [ "counts.csv: row 1: target -2.5"; "--loss poisson" ]
      "a negative count that is only validated",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{float row + 0.5}" ]),
      [ "--loss"; "poisson"; "--validation"; "{folder}/counts.csv" ],
      [ "counts.csv: row 1: target -2.5"; "--loss poisson" ]
      "a negative count",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{(if row = 8 then -3.5 else float row + 0.5)}" ]),
      [ "--loss"; "poisson" ],
      [ "data.csv: row 7: target -3.5"; "--loss poisson" ]
      "a workbook", Array.append "PK\003\004"B (Array.zeroCreate 90), [], [ "data.csv: looks like a zip archive" ]
      "a picture", Array.append [| 0x89uy |] "PNG\r\n\026\n"B, [], [ "data.csv: looks like a PNG image" ]
      "a page", text [ "<!DOCTYPE html>"; "<html><body>" ], [], [ "data.csv: looks like HTML" ]
      "a category that only the test has",
      text ("c,y" :: [ for row in 1..20 -> $"k{row % 2},{row % 3}" ]),
      [ "--test"; "{folder}/category.csv" ],
      [ "category.csv"; "line 2"; "column 'c'"; "'k7'" ]
      "38 texts among the numbers of classes",
      text (
          "x,y"
          :: [ for row in 1..30 -> String.Join(',', row, (if row = 5 then "three" else string (row % 3))) ]
      ),
      [],
      [ "line 6"; "column 'y'"; "'three' (expected a number; --task classification takes texts)" ]
      "a category beside missing ones",
      text ("c,y" :: [ for row in 1..20 -> String.Join(',', (if row % 2 = 0 then "k" else ""), row % 3) ]),
      [ "--missing"; "mean"; "--test"; "{folder}/category.csv" ],
      [ "category.csv"; "'k7'"; "known: (missing), k" ]
      "97 a validation share of 0", good, [ "--validation"; "0" ], [ "--validation"; "between 0 and 1" ]
      "97 a validation share above 1", good, [ "--validation"; "1.2" ], [ "--validation"; "between 0 and 1" ]
      "97 no row left to validate",
      text [ "x,y"; "1,a"; "2,b" ],
      [ "--validation"; "0.1" ],
      [ "--validation"; "0 of 2 rows" ]
      "too few rows to validate with",
      text [ "x,y"; "1,a"; "2,b" ],
      [],
      [ "data.csv: 2 rows: too few"; "--validation none" ] ]
    |> List.map (fun (name, bytes, options, words) ->
        let code = if name.StartsWith "97" then 2 else 3
        TestCaseData(bytes, options, code, words).SetArgDisplayNames name)

[<TestCaseSource(nameof csv)>]
let ``A CSV file that cannot be used is refused by line and column``
    (bytes: byte[], options: string list, code: int, words: string list)
    =
    File.WriteAllBytes(at "other.csv", text [ "x,z,kind"; "1,2,c" ])
    File.WriteAllBytes(at "counts.csv", text [ "x,y"; "1,2.5"; "2,-2.5" ])
    File.WriteAllBytes(at "category.csv", text [ "c,y"; "k7,1" ])
    refuse "data.csv" bytes (options |> List.map _.Replace("{folder}", folder)) code words

let private oddities = [ "1_000"; "0x1F"; "１２"; "+-1"; "--1"; "1e"; "1 2"; "$1"; "1,5"; "(1)"; "1%" ]

[<TestCaseSource(nameof oddities)>]
let ``What only looks like a number is refused in every culture`` (cell: string) =
    let bytes = table "x,z,kind" (replace 8 $"\"{cell}\",2,a")
    let refuseIt () = refuse "odd.csv" bytes [] 3 [ "line 10"; "column 'x'" ]
    refuseIt ()
    InProcess.abroad refuseIt

let private packedData =
    let whole = gzip good

    [ "16 cut in the middle", whole[.. whole.Length / 2], [ "gzip"; "output byte" ]
      "17 a wrong checksum",
      Array.updateAt (whole.Length - 8) (whole[whole.Length - 8] ^^^ 1uy) whole,
      [ "gzip"; "damaged" ]
      "17 a wrong length", Array.updateAt (whole.Length - 1) 1uy whole, [ "gzip" ]
      "19 a second file behind it", Array.append whole whole, [ "gzip"; "appended" ]
      "not gzip at all", good, [ "gzip"; "not a gzip file" ]
      "nothing", [||], [ "gzip"; "0 bytes" ]
      "a single byte", [| 0xC6uy |], [ "gzip"; "cut short" ]
      "a header that ends in zeros", whole[..7], [ "gzip"; "cut short" ] ]
    |> List.map (fun (name, bytes, words) -> TestCaseData(bytes, words).SetArgDisplayNames name)

[<TestCaseSource(nameof packedData)>]
let ``A packed file that is damaged is refused`` (bytes: byte[], words: string list) =
    refuse "data.csv.gz" bytes [] 3 words
    // Read whole, its length is taken from its end, which may be anything by then.
    refuse "data.svm.gz" bytes [] 3 [ "gzip" ]

[<Test>]
let ``A file packed without the name of one says so`` () =
    refuse "data.csv" (gzip good) [] 3 [ "looks like gzip"; ".gz" ]

let private npy shape values = Npy.write { Shape = shape; Values = values }

let private archive (files: (string * byte[]) list) : byte[] =
    use stream = new MemoryStream()

    using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun zip ->
        for name, bytes in files do
            use entry = zip.CreateEntry(name).Open()
            entry.Write(bytes, 0, bytes.Length))

    stream.ToArray()

let private x = npy [| 6; 2 |] (Table.Doubles(Array.init 12 float))
let private labels (values: float list) = npy [| values.Length |] (Table.Doubles(Array.ofList values))

let private arrays =
    [ "57 labels below 0", archive [ "x.npy", x; "y.npy", labels [ -1; 0; 1; -1; 0; 1 ] ], [ "label -1" ]
      "57 labels between", archive [ "x.npy", x; "y.npy", labels [ 3.5; 1; 1; 3.5; 1; 1 ] ], [ "label 3.5"; "row 0" ]
      "65 a missing key", archive [ "x.npy", x; "labels.npy", x ], [ "key 'y'"; "not found; has: x, labels" ]
      "other rows", archive [ "x.npy", x; "y.npy", labels [ 0; 1 ] ], [ "6 rows"; "key 'y'"; "has 2" ]
      "a number that is none",
      archive [ "x.npy", npy [| 2; 2 |] (Table.Doubles [| 1; 2; nan; 4 |]); "y.npy", labels [ 0; 1 ] ],
      [ "key 'x'"; "row 1, column 0" ]
      "no archive", good, [ "zip" ] ]
    |> List.map (fun (name, bytes, words) -> TestCaseData(bytes, words).SetArgDisplayNames name)

[<TestCaseSource(nameof arrays)>]
let ``Arrays that cannot be used are refused by key and row`` (bytes: byte[], words: string list) =
    let task = if List.contains "label 3.5" words then "classification" else "auto"
    refuse "data.npz" bytes [ "--task"; task; "--validation"; "none" ] 3 words

/// The names of files for a table, so that the archives and arrays of the format's own tests go through the command, too.
let private byCommand (name: string) (cases: TestCaseData list) =
    cases
    |> List.map (fun case ->
        match case.Arguments with
        | [| :? (byte[]) as bytes; words |] ->
            TestCaseData(name, bytes, words).SetArgDisplayNames(case.ArgDisplayNames)
        | _ -> raise (InvalidOperationException "a case of other arguments"))

let private brokenFiles =
    byCommand "x.npy" NeuralNetwork.Tests.Formats.NpyTests.broken
    @ byCommand "x.npz" NeuralNetwork.Tests.Formats.NpyTests.brokenArchives

[<TestCaseSource(nameof brokenFiles)>]
let ``44 to 64: what breaks a rule of NumPy's files is refused by the command in a line, and nothing is touched``
    (name: string, bytes: byte[], words: string list)
    =
    File.WriteAllBytes(at name, bytes)
    File.WriteAllBytes(at "y.npy", NeuralNetwork.Tests.Formats.NpyTests.y)
    let data = if name = "x.npy" then String.Join(',', at "x.npy", at "y.npy") else at name
    let before = CommandLine.content folder
    let outcome = InProcess.run [ "train"; data; "--out"; at "run" ]
    Expect.mentions (at name :: words) (outcome.Error.Replace("': not found", "' not found"))
    Expect.equal (3, "") (outcome.Code, outcome.Out)
    Expect.equal 1 (outcome.Error.TrimEnd().Split('\n').Length)
    Expect.equal before (CommandLine.content folder)
    File.Delete(at name)
    File.Delete(at "y.npy")

[<Test>]
let ``A file of another kind, a missing one and a folder without data are named`` () =
    refuse "data.xyz" good [] 3 [ "data.xyz"; "unknown kind"; ".csv" ]
    let missing = InProcess.run [ "train"; at "nowhere.csv"; "--out"; at "run" ]
    Expect.equal 3 missing.Code
    let line (path: string) (found: string) = $"nn: error: {at path}: {found}"
    Expect.equal (line "nowhere.csv" "no such file") (missing.Error.TrimEnd())
    Directory.CreateDirectory(at "tables") |> ignore
    let folder = InProcess.run [ "train"; at "tables"; "--out"; at "run" ]
    Expect.mentions [ line "tables" "train-images-idx3-ubyte: not found"; "folder/x.csv" ] folder.Error
    File.WriteAllText(at "tables/a.csv", "x")
    let file = InProcess.run [ "resume"; at "tables/a.csv" ]
    Expect.equal (3, line "tables/a.csv" "a file (must be the folder of a run)") (file.Code, file.Error.TrimEnd())
    Directory.Delete(at "tables", true)
    Directory.CreateDirectory(at "folder.csv") |> ignore
    let other = InProcess.run [ "train"; at "folder.csv"; "--out"; at "run" ]
    Expect.equal 3 other.Code
    Directory.Delete(at "folder.csv")

let private big (x: int) = BitConverter.GetBytes x |> Array.rev

let private idx (dimensions: int list) (values: byte[]) =
    Array.concat ([| 0uy; 0uy; 8uy; byte dimensions.Length |] :: List.map big dimensions @ [ values ])

/// A folder of IDX files, one of them given.
let private refuseIdx (file: string) (bytes: byte[]) (words: string list) =
    let name = "idx"
    Directory.CreateDirectory(at name) |> ignore

    let files =
        [ "train-images-idx3-ubyte", idx [ 20; 2; 2 ] (Array.init 80 byte)
          "train-labels-idx1-ubyte", idx [ 20 ] (Array.init 20 (fun row -> byte (row % 2)))
          "t10k-images-idx3-ubyte", idx [ 4; 2; 2 ] (Array.init 16 byte)
          "t10k-labels-idx1-ubyte", idx [ 4 ] [| 0uy; 1uy; 0uy; 1uy |] ]

    for plain, content in files do
        if not (file.StartsWith plain) then
            File.WriteAllBytes(Path.Combine(at name, plain), content)

    File.WriteAllBytes(Path.Combine(at name, file), bytes)
    let before = CommandLine.content folder
    let outcome = InProcess.run [ "train"; at name; "--out"; at "run" ]
    Expect.mentions words outcome.Error
    Expect.equal 3 outcome.Code
    Expect.equal before (CommandLine.content folder)
    Directory.Delete(at name, true)

let private images = "train-images-idx3-ubyte"
let private goodImages = idx [ 20; 2; 2 ] (Array.init 80 byte)

let private idxFiles =
    [ "1 empty", images, [||], [ images; "header"; "0 bytes"; "4" ]
      "2 three bytes", images, [| 0uy; 0uy; 8uy |], [ "header"; "3 bytes" ]
      "3 gzip under a plain name", images, gzip goodImages, [ "looks like gzip" ]
      "3 not IDX", images, Encoding.ASCII.GetBytes "hello", [ "magic"; "not IDX" ]
      "4 an unknown type", images, Array.updateAt 2 0x0Auy goodImages, [ "0x0A"; "f64" ]
      "5 no dimension", images, [| 0uy; 0uy; 8uy; 0uy; 1uy |], [ "dimensions"; "0" ]
      "6 255 dimensions", images, [| 0uy; 0uy; 8uy; 255uy; 1uy; 2uy; 3uy; 4uy |], [ "1020" ]
      "7 a huge product", images, idx [ -1; -1; -1 ] [||], [ "elements"; "limit" ]
      "8 a product that wraps", images, idx [ 65536; 65536; 65536; 65536 ] [||], [ "elements"; "limit" ]
      "9 a byte short", images, goodImages[.. goodImages.Length - 2], [ "expected 96 bytes, found 95" ]
      "10 a byte long", images, Array.append goodImages [| 0uy |], [ "expected 96 bytes, found 97" ]
      "11 no rows", images, idx [ 0; 28; 28 ] [||], [ "no rows" ]
      "12 other rows", images, idx [ 19; 2; 2 ] (Array.zeroCreate 76), [ "19 images"; "20 labels"; "train-labels" ]
      "13 a label beyond the classes",
      "t10k-labels-idx1-ubyte",
      idx [ 4 ] [| 0uy; 1uy; 7uy; 1uy |],
      [ "row 2"; "label 7"; "2" ]
      "14 labels for images", images, idx [ 20 ] (Array.zeroCreate 20), [ "expected 3"; "found 1" ]
      "15 a float that is none",
      images,
      Array.concat
          [ [| 0uy; 0uy; 0x0Duy; 3uy |]
            Array.collect big [| 20; 2; 2 |]
            Array.collect (fun x -> BitConverter.GetBytes(if x = 5 then nanf else 1f) |> Array.rev) [| 0..79 |] ],
      [ "row 1, column 1" ]
      "16 gzip cut in the middle", images + ".gz", (gzip goodImages)[..40], [ "gzip"; "output byte" ]
      "17 a wrong checksum",
      images + ".gz",
      (let z = gzip goodImages in Array.updateAt (z.Length - 7) (z[z.Length - 7] ^^^ 1uy) z),
      [ "gzip"; "damaged" ]
      "18 a bomb",
      images + ".gz",
      gzip (Array.append goodImages (Array.zeroCreate 200_000_000)),
      [ "expected 96 bytes, found 97" ]
      "19 a second file behind it",
      images + ".gz",
      Array.append (gzip goodImages) (gzip goodImages),
      [ "gzip"; "appended" ]
      "20 dimensions the wrong way round",
      images,
      Array.concat
          [ [| 0uy; 0uy; 8uy; 3uy |]
            Array.collect (fun (x: int) -> BitConverter.GetBytes x) [| 20; 2; 2 |]
            Array.zeroCreate 80 ],
      [ "little-endian" ] ]
    |> List.map (fun (name, file, bytes, words) -> TestCaseData(file, bytes, words).SetArgDisplayNames name)

[<TestCaseSource(nameof idxFiles)>]
let ``An IDX file that cannot be used is refused by name`` (file: string, bytes: byte[], words: string list) =
    refuseIdx file bytes words

/// The bytes taken while a file is refused.
let private taken (source: DataSource) : int64 =
    let before = GC.GetAllocatedBytesForCurrentThread()

    try
        source.Train TableOrder.Usual |> ignore
        Expect.fail "not refused"
    with :? Failure as failure ->
        Expect.equal 3 failure.Code

    GC.GetAllocatedBytesForCurrentThread() - before

[<Test>]
let ``What unpacks to something longer or shorter than it promises is refused without room for it`` () =
    let promised, room = 100_000_000, 4_000_000L
    Directory.CreateDirectory(at "bombs") |> ignore
    let inFolder (name: string) = Path.Combine(at "bombs", name)
    File.WriteAllBytes(inFolder "train-labels-idx1-ubyte", idx [ 1 ] [| 0uy |])
    File.WriteAllBytes(inFolder "y.npy", labels [ 0 ])

    for length in [ promised - 1; promised + 1; 1000 ] do
        let zeros = Array.zeroCreate<byte> length
        File.WriteAllBytes(inFolder $"{images}.gz", gzip (idx [ 1; 1; promised ] zeros))
        let bytes = taken (DataSource.Find(at "bombs", CsvFormat.Auto))
        Expect.that (bytes < room) $"IDX of {length}: {bytes} bytes"
        let header = (npy [| 1; promised |] (Table.Bytes [||]))
        File.WriteAllBytes(inFolder "x.npy.gz", gzip (Array.append header zeros))
        let pair = String.Join(',', inFolder "x.npy.gz", inFolder "y.npy")
        let bytes = taken (DataSource.Find(pair, CsvFormat.Auto))
        Expect.that (bytes < room) $"NPY of {length}: {bytes} bytes"

    File.WriteAllBytes(inFolder "x.svm.gz", gzip (Array.create promised (byte '\n')))
    let bytes = taken (DataSource.Find(inFolder "x.svm.gz", CsvFormat.Auto))
    Expect.that (bytes < room) $"LIBSVM: {bytes} bytes"
    Directory.Delete(at "bombs", true)

[<Test>]
let ``33: a line without end takes the same room however long it is`` () =
    let room length =
        File.WriteAllBytes(at "line.csv", Array.create length (byte '1'))
        taken (DataSource.Find(at "line.csv", CsvFormat.Auto))

    let short, long = room (20 <<< 20), room (300 <<< 20)
    Expect.that (long <= short + 1_000_000L && long < 64_000_000L) $"{short} bytes, then {long}"
    File.Delete(at "line.csv")
