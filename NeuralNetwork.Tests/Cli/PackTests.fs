/// nn data pack, and rows that stay in their file.
module NeuralNetwork.Tests.Cli.PackTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

/// A table of numbers of some kind, categories and dates, here and there a cell missing: of more rows than are in memory at a time.
let private drawn (seed: int) (rows: int) : string list =
    let random = Random seed

    let number () =
        match seed % 3 with
        | 0 -> string (random.Next 256)
        | 1 -> string (random.Next(-500, 5000))
        | _ -> Tables.number (random.NextDouble())

    let cell () = if random.Next 1000 = 0 then "" else number ()
    let colour () = [| "red"; "green"; "blue"; "" |][random.Next(if random.Next 100 = 0 then 4 else 3)]
    let date () = if seed % 2 = 0 then $",2024-0{random.Next(1, 10)}-1{random.Next 10}" else ""
    let head = if seed % 2 = 0 then "a,b,colour,day,kind" else "a,b,colour,kind"

    head
    :: [ for _ in 1..rows -> $"""{cell ()},{number ()},{colour ()}{date ()},{[| "in"; "out" |][random.Next 2]}""" ]

let private arrayOf (place: Workplace) (name: string) : Npy = Npy.Read(File.ReadAllBytes(place.At name)) |> Expect.ok

let private prepare (place: Workplace) =
    let random = Random 5
    let x = [ for _ in 1..300 -> random.NextDouble() * 4.0 - 2.0 ]
    let kind x = if x + 0.3 * random.NextDouble() > 0.2 then "yes" else "no"

    Tables.write
        place
        "table.csv"
        ("x,colour,kind"
         :: [ for x in x -> $"""{Tables.number x},{[| "red"; "green" |][random.Next 2]},{kind x}""" ])

    Tables.write place "values.csv" ("x,y" :: [ for x in x -> $"{Tables.number x},{Tables.number (x * x)}" ])

    Tables.write
        place
        "gaps.csv"
        ("a,b,y" :: [ for row in 1..30 -> $"""{if row % 3 = 0 then "" else string row},0.5,{row}.5""" ])
    // Of 2000 numbers a row: a block has 131 rows.
    let heads = String.Join(',', [ for column in 1..2000 -> $"c{column}" ])

    let row seed =
        String.Join(',', [ for column in 1..2000 -> string ((column * seed * 7919 + seed) % 1000) + ".25" ])

    Tables.write place "wide.csv" (heads + ",y" :: [ for seed in 1..330 -> $"{row seed},{seed}.5" ])

    for name in [ "table"; "values"; "wide" ] do
        InProcess.succeed [ "data"; "pack"; place.At $"{name}.csv"; "--out"; place.At name ] |> ignore

let private copy (place: Workplace) (from: string) (name: string) =
    Directory.CreateDirectory(place.At name) |> ignore

    for file in Directory.GetFiles(place.At from) do
        File.Copy(file, Path.Combine(place.At name, FileInfo(file).Name), true)

let private change (path: string) (at: int64) =
    use file = File.Open(path, FileMode.Open)
    file.Position <- at
    let before = file.ReadByte()
    file.Position <- at
    file.WriteByte(byte (before ^^^ 1))

let private options = [ "--epochs"; "3"; "--members"; "1"; "--blas"; "managed"; "--validation"; "0.2" ]

let tests =
    workplaceWith "Packs" prepare (fun place ->
        let at = place.At
        let pack data out more = InProcess.run ([ "data"; "pack"; at data; "--out"; at out ] @ more)

        let train data run more =
            InProcess.run ([ "train"; at data; "--out"; at run; "--hidden"; "8" ] @ options @ more)

        let refuse (code: int) (words: string list) (outcome: Outcome) =
            Expect.equal code outcome.Code
            Expect.mentions words outcome.Error

        [ lawTried
              6
              "A packed table has the features and targets of the table, in the smallest numbers that hold them"
              (fun (seed: uint16) ->
                  let name = $"drawn{seed}"
                  Tables.write place $"{name}.csv" (drawn (int seed) (4000 + int seed % 5000))
                  let order = TableOrder.Usual

                  let order =
                      TableOrder(
                          order.Targets,
                          order.IsClassification,
                          order.Ignored,
                          order.Categorical,
                          MissingCells.Drop
                      )

                  let sample = Tables.readWith place order $"{name}.csv"
                  pack $"{name}.csv" name [ "--missing"; "drop" ] |> Tables.succeed |> ignore
                  let x, y = arrayOf place $"{name}/x.npy", arrayOf place $"{name}/y.npy"
                  Expect.equal [| sample.Rows; sample.Cols |] x.Shape
                  Expect.equal (Tables.doubles sample.Features) (Tables.doubles x.Values)
                  Expect.equal (Tables.labels sample) (Tables.doubles y.Values |> Array.map int)
                  let holds (x: float) = if int seed % 3 = 0 then float (byte x) = x else float (float32 x) = x

                  let expected =
                      if
                          not (Array.forall (fun x -> float (float32 x) = x) (Tables.doubles sample.Features))
                          || int seed % 2 = 0
                      then
                          TypeCode.Double
                      elif Array.forall holds (Tables.doubles sample.Features) && int seed % 3 = 0 then
                          TypeCode.Byte
                      else
                          TypeCode.Single

                  Expect.equal expected x.Values.Kind
                  Directory.Delete(at name, true))
          lawTried 20 "Several tables are packed as one that has the rows of all" (fun (seed: uint8) ->
              let missing = [| "drop"; "mean"; "median" |][int seed % 3]

              let packAll (files: string list) (folder: string) =
                  InProcess.run (
                      [ "data"; "pack" ] @ List.map at files @ [ "--missing"; missing; "--out"; at folder ]
                  )

              let all = drawn (int seed) 1500
              let head, rows = List.head all, List.tail all
              // A category that the first file does not have.
              let rows =
                  rows |> List.mapi (fun place row -> if place % 400 = 399 then row.Replace("red", "violet") else row)

              let first, behind = List.splitAt (2 + int seed % 40) rows
              let second, behind = List.splitAt (40 + int seed) behind
              let third, fourth = List.splitAt 300 behind
              let cut (separator: char) (row: string) = String.Join(separator, Array.rev (row.Split ','))
              let names = head.Split ','

              let json (row: string) =
                  let cells =
                      Array.zip names (row.Split ',') |> Array.map (fun (name, cell) -> $"\"{name}\": \"{cell}\"")

                  $"""{{{String.Join(", ", cells)}}}"""

              Tables.write place "whole.csv" (head :: rows)
              Tables.write place "first.csv" (head :: first)
              Tables.write place "second.csv" (List.map (cut ';') (head :: second))
              Tables.write place "third.jsonl" (List.map json third)
              Tables.write place "fourth.tsv" (List.map (cut '\t') (head :: fourth))
              packAll [ "whole.csv" ] "whole" |> Tables.succeed |> ignore
              let parts = [ "first.csv"; "second.csv"; "third.jsonl"; "fourth.tsv" ]
              packAll parts "joined" |> Tables.succeed |> ignore

              for file in [ "x.npy"; "y.npy" ] do
                  Expect.equal (place.Bytes $"whole/{file}") (place.Bytes $"joined/{file}")

              let record folder =
                  let record =
                      (Nodes.JsonNode.Parse(File.ReadAllText(at $"{folder}/data.json")) |> nonNull).AsObject()

                  let files = [ for file in (nonNull record["source"]).AsObject() -> file.Key ]
                  record.Remove "source" |> ignore
                  record.ToJsonString(), files

              Expect.equal (fst (record "whole")) (fst (record "joined"))
              Expect.equal (List.sort parts) (snd (record "joined"))
              Directory.Delete(at "whole", true)
              Directory.Delete(at "joined", true))
          test "What the columns of several tables have is found out in the rows of all" (fun () ->
              let pack files more =
                  InProcess.run ([ "data"; "pack" ] @ List.map at files @ [ "--out"; at "found" ] @ more)

              let few = [ "code,b,y"; "x1,2,yes"; "x2,4,no" ]
              let many = [ for row in 1..50 -> $"""{row},{row}.5,{if row % 2 = 0 then "yes" else "no"}""" ]
              Tables.write place "few.csv" few
              Tables.write place "many.csv" ("code,b,y" :: many)
              Tables.write place "both.csv" (few @ many)
              let one, joined = pack [ "both.csv" ] [], pack [ "few.csv"; "many.csv" ] []
              // The column has numbers, and the texts are mistakes.
              one |> refuse 3 [ "both.csv: line 2, column 'code'"; "'x1'" ]
              joined |> refuse 3 [ "few.csv, line 2, column 'code'"; "'x1'" ]
              Expect.that (not (Directory.Exists(at "found"))) "a folder"
              pack [ "few.csv"; "many.csv" ] [ "--categorical"; "code" ] |> Tables.succeed |> ignore
              Directory.Delete(at "found", true)
              // The first file says nothing of a column, and the next one has texts in it.
              Tables.write place "blank.csv" [ "code,b,y"; ",2,yes"; ",4,no" ]
              Tables.write place "texts.csv" ("code,b,y" :: [ for row in many -> "t" + row.Substring 1 ])
              pack [ "blank.csv"; "texts.csv" ] [ "--missing"; "mean" ] |> Tables.succeed |> ignore
              Directory.Delete(at "found", true)
              // The same rows under two names.
              File.Copy(at "many.csv", at "again.csv")
              let twice = pack [ "many.csv"; "again.csv" ] []
              Tables.succeed twice |> ignore
              Expect.mentions [ "warning: "; "again.csv and many.csv"; "2 times" ] twice.Error
              Directory.Delete(at "found", true))
          test "Tables that do not go together are refused by file, column and line, and no pack is made" (fun () ->
              let attempt (files: string list) code words =
                  InProcess.run ([ "data"; "pack" ] @ List.map at files @ [ "--out"; at "together" ])
                  |> refuse code words

                  Expect.that (not (Directory.Exists(at "together"))) "a folder"

              let write name lines = Tables.write place name lines
              write "one.csv" [ "a,b,y"; "1,2,yes"; "3,4,no" ]
              write "fewer.csv" [ "a,y"; "1,yes" ]
              write "more.csv" [ "a,b,c,y"; "1,2,3,yes" ]
              write "nameless.csv" [ "1.5,2.5,yes"; "3.5,4.5,no" ]
              write "wrong.csv" [ "y,b,a"; "no,5,6"; "no,x,6" ]
              write "uneven.csv" [ "a,b,y"; "1,2,yes"; "3,4"; "5,6,no" ]
              attempt [ "one.csv"; "fewer.csv" ] 3 [ "fewer.csv: no column 'b', which"; "one.csv has" ]
              attempt [ "one.csv"; "more.csv" ] 3 [ "more.csv: column 'c', which"; "does not have" ]
              attempt [ "one.csv"; "nameless.csv" ] 3 [ "nameless.csv"; "--header" ]
              attempt [ "one.csv"; "wrong.csv" ] 3 [ "wrong.csv, line 3, column 'b'"; "'x'" ]
              attempt [ "one.csv"; "uneven.csv" ] 3 [ "uneven.csv: line 3" ]
              attempt [ "one.csv"; "one.csv" ] 2 [ "named twice" ]
              attempt [ "one.csv"; "nothing.csv" ] 3 [ "nothing.csv"; "no such" ]
              attempt [ "one.csv"; "table" ] 2 [ "packed already" ]
              attempt [ "one.csv"; "table/x.npy,table/y.npy" ] 2 [ "is no table" ])
          test "Rows that are not shuffled are learned from a pack as from their table, in every bit" (fun () ->
              for name in [ "table"; "values" ] do
                  train name $"{name}-packed" [ "--shuffle"; "false" ] |> Tables.succeed |> ignore
                  train $"{name}.csv" $"{name}-run" [ "--shuffle"; "false" ] |> Tables.succeed |> ignore
                  let model run = place.Bytes $"{run}/model.safetensors"
                  Expect.equal (model $"{name}-run") (model $"{name}-packed"))
          test "A pack is evaluated and predicted as its table is" (fun () ->
              train "table" "judge" [] |> Tables.succeed |> ignore

              for command in [ "evaluate"; "predict" ] do
                  let said data = (InProcess.succeed [ command; at "judge"; at data ]).Out.Replace(at data, "DATA")
                  Expect.equal (said "table.csv") (said "table"))
          test "A run over a pack is the same twice, and with other windows another" (fun () ->
              let model run more =
                  train "wide" run ([ "--standardize"; "false"; "--batch-size"; "20" ] @ more)
                  |> Tables.succeed
                  |> ignore

                  place.Bytes $"{run}/model.safetensors"

              Expect.equal (model "one" [ "--window"; "1" ]) (model "again" [ "--window"; "1"; "--threads"; "1" ])
              Expect.that (model "one" [ "--window"; "1"; "--force" ] <> model "two" [ "--window"; "2" ]) "one order")
          test "What takes the place of missing numbers is of all rows, and stands in their file" (fun () ->
              pack "gaps.csv" "gaps" [] |> refuse 3 [ "missing" ]
              pack "gaps.csv" "gaps" [ "--missing"; "mean" ] |> Tables.succeed |> ignore
              let x = (arrayOf place "gaps/x.npy").Values
              Expect.equal TypeCode.Single x.Kind

              let mean =
                  float (
                      float32 (
                          List.average
                              [ for row in 1..30 do
                                    if row % 3 <> 0 then
                                        float row ]
                      )
                  )

              Expect.equal [ 1.0; 0.5; 2.0; 0.5; mean; 0.5 ] [ for place in 0..5 -> x.At place ]
              // A row without the cell is predicted with the same number.
              train "gaps" "filled" [] |> Tables.succeed |> ignore
              Tables.write place "one.csv" [ "a,b"; ",0.5"; $"{Tables.number mean},0.5" ]
              let said = Tables.lines (InProcess.succeed [ "predict"; at "filled"; at "one.csv" ]).Out
              let last (line: string) = line.Split(',') |> Array.last
              Expect.equal (last said[1]) (last said[2]))
          test "Arrays that stay in their file are packed as those that are read whole, of every type" (fun () ->
              let rows, cols = 70_000, 3
              let random = Random 11

              let types: (string * (unit -> byte[])) list =
                  let whole (least: int) (most: int) = random.Next(least, most)

                  [ "|b1", (fun () -> [| byte (whole 0 2) |])
                    "|u1", (fun () -> [| byte (whole 0 256) |])
                    "|i1", (fun () -> [| byte (sbyte (whole -128 128)) |])
                    "<u2", (fun () -> BitConverter.GetBytes(uint16 (whole 0 65536)))
                    ">i2", (fun () -> BitConverter.GetBytes(int16 (whole -9 9)) |> Array.rev)
                    "<f2", (fun () -> BitConverter.GetBytes(Half.op_Explicit (random.NextSingle()): Half))
                    "<f4", (fun () -> BitConverter.GetBytes(random.NextSingle()))
                    ">f4", (fun () -> BitConverter.GetBytes(random.NextSingle()) |> Array.rev)
                    "<i4", (fun () -> BitConverter.GetBytes(whole -9 1_000_000_000))
                    "<u4", (fun () -> BitConverter.GetBytes(uint32 (whole 0 256)))
                    "<i8", (fun () -> BitConverter.GetBytes(int64 (whole -9 1_000_000)))
                    "<u8", (fun () -> BitConverter.GetBytes(uint64 (whole 0 256)))
                    "<f8", (fun () -> BitConverter.GetBytes(random.NextDouble()))
                    "<f8", (fun () -> BitConverter.GetBytes(float (random.NextSingle())))
                    ">f8", (fun () -> BitConverter.GetBytes(float (whole 0 256)) |> Array.rev) ]

              File.WriteAllBytes(at "y.npy", Refusals.labels [ for row in 1..rows -> float (row % 3) ])

              types
              |> List.iteri (fun number (descr, draw) ->
                  let head = Text.Encoding.Latin1.GetString(Npy.Header(TypeCode.Byte, [| rows; cols |]))
                  let head = Text.Encoding.Latin1.GetBytes(head.Replace("|u1", descr))
                  let x = Array.append head (Array.collect (fun _ -> draw ()) [| 1 .. rows * cols |])
                  File.WriteAllBytes(at "x.npy", x)
                  File.WriteAllBytes(at "x.npy.gz", Refusals.gzip x)

                  let packed (x: string) (out: string) =
                      let pair = at x + "," + at "y.npy"
                      InProcess.succeed [ "data"; "pack"; pair; "--out"; at out; "--force" ] |> ignore

                      let record = place.Json $"{out}/data.json"

                      place.Bytes $"{out}/x.npy",
                      place.Bytes $"{out}/y.npy",
                      [ for part in record.EnumerateObject() do
                            if part.Name <> "source" then
                                part.Name, part.Value.GetRawText() ],
                      [ for hash in (record.GetProperty "source").EnumerateObject() -> hash.Value.GetString() ]

                  let stored, whole = packed "x.npy" "stored", packed "x.npy.gz" "whole"
                  Expect.that (stored = whole) $"{descr} (number {number}) is packed in another way"))
          test "Arrays that stay in their file are refused as those that are read whole" (fun () ->
              let x = Array.create 200_000 1.5
              x[150_003] <- nan

              let write (name: string) (npy: Npy) = File.WriteAllBytes(at name, npy.Write())
              write "bad-x.npy" { Shape = [| 100_000; 2 |]; Values = NumberArray.Doubles x }

              write
                  "bad-y.npy"
                  { Shape = [| 100_000 |]
                    Values = NumberArray.Doubles [| for row in 1..100_000 -> float (row % 2) |] }

              write "short-y.npy" { Shape = [| 99_999 |]; Values = NumberArray.Bytes(Array.zeroCreate 99_999) }

              let refused (x: string) (y: string) (words: string list) =
                  InProcess.run [ "data"; "pack"; $"{at x},{at y}"; "--out"; at "refused" ] |> refuse 3 words
                  Expect.that (not (Directory.Exists(at "refused"))) "a folder"

              refused "bad-x.npy" "bad-y.npy" [ "bad-x.npy: row 75001, column 1: not a finite number" ]
              refused "bad-x.npy" "short-y.npy" [ "bad-x.npy: 100000 rows, but"; "short-y.npy has 99999" ]
              let bytes = File.ReadAllBytes(at "bad-x.npy")
              let text = Text.Encoding.Latin1.GetString(bytes[..127]).Replace("<f8", "<u8")
              File.WriteAllBytes(at "huge.npy", Array.append (Text.Encoding.Latin1.GetBytes text) bytes[128..])
              refused "huge.npy" "bad-y.npy" [ "huge.npy: element 0: "; "float64 holds" ]
              File.WriteAllBytes(at "cut.npy", bytes[.. bytes.Length - 2])
              refused "cut.npy" "bad-y.npy" [ "cut.npy: length: expected 1600128 bytes, found 1600127" ])
          test "A file that is read once more has to be what it was" (fun () ->
              File.WriteAllText(at "again.txt", "twelve bytes")
              use source = SourceFile.Open(at "again.txt")
              use again = new RereadFile("again.txt", source.End())
              use found = new MemoryStream()
              again.CopyTo found
              Expect.equal "twelve bytes" (Text.Encoding.ASCII.GetString(found.ToArray()))
              again.Position <- 3L
              File.WriteAllText(at "again.txt", "other twelve bytes")

              try
                  again.ReadByte() |> ignore
                  Expect.fail "read"
              with :? Failure as failure ->
                  Expect.mentions [ "again.txt: changed while it was read" ] failure.Message)
          test "A block that is not what was packed is named, and nothing is learned from it" (fun () ->
              let path file = Path.Combine(at "broken", file)
              let again () = copy place "wide" "broken"
              let attempt words = train "broken" "broken-run" [ "--standardize"; "false" ] |> refuse 3 words
              again ()
              change (path "x.npy") (3L <<< 19)
              attempt [ "x.npy"; "block 1, rows 131 to 261"; "nn data pack" ]
              Expect.that (not (File.Exists(at "broken-run/model.safetensors"))) "a model of it"
              again ()
              change (path "x.npy") 80L
              attempt [ "x.npy"; "its header is another one" ]
              again ()
              (use file = File.Open(path "x.npy", FileMode.Open) in file.SetLength(file.Length - 1L))
              attempt [ "x.npy"; "bytes, of" ]
              again ()
              change (path "y.npy") 300L
              attempt [ "y.npy"; "changed since it was packed" ]
              again ()

              File.WriteAllText(
                  path "data.json",
                  (File.ReadAllText(path "data.json")).Replace("\"rows\": 330", "\"rows\": 331")
              )

              attempt [ "y.npy"; "for 331 rows" ]
              again ()
              File.WriteAllText(path "data.json", "{}")
              attempt [ "data.json"; "not the record of a pack" ])
          test "What does not go with a pack is refused, and what is there is kept" (fun () ->
              train "table" "none" [ "--target"; "x" ] |> refuse 2 [ "--target"; "means nothing" ]
              train "table" "none" [ "--task"; "regression" ] |> refuse 2 [ "--task"; "packed with classes" ]
              pack "table" "twice" [] |> refuse 2 [ "packed already" ]
              pack "values.csv" "table" [] |> refuse 2 [ "--out"; "--force" ]
              train "table" "full" [] |> Tables.succeed |> ignore
              pack "values.csv" "full" [ "--force" ] |> refuse 2 [ "--out"; "no packed rows" ]
              // Somebody's own data.json is no record of a pack.
              Directory.CreateDirectory(at "own") |> ignore
              File.WriteAllText(at "own/data.json", "{\"mine\": 1}")
              pack "values.csv" "own" [ "--force" ] |> refuse 2 [ "--out"; "no packed rows" ]
              Expect.equal "{\"mine\": 1}" (File.ReadAllText(at "own/data.json"))
              // Arrays of a pack that was not finished, or somebody's own.
              copy place "values" "killed"
              File.Delete(at "killed/data.json")
              pack "values.csv" "killed" [] |> refuse 2 [ "--out"; "--force" ]
              pack "values.csv" "killed" [ "--force" ] |> Tables.succeed |> ignore
              Expect.equal (place.Bytes "values/x.npy") (place.Bytes "killed/x.npy")
              pack "values/x.npy" "values" [ "--force" ] |> refuse 3 [ "one array" ]
              let arrays = $"""{at "killed/x.npy"},{at "killed/y.npy"}"""

              InProcess.run [ "data"; "pack"; arrays; "--out"; at "killed"; "--force" ]
              |> refuse 2 [ "is what is packed" ]

              Expect.equal (place.Bytes "values/x.npy") (place.Bytes "killed/x.npy")
              // Nothing is left of what went wrong.
              pack "nothing.csv" "unmade" [] |> refuse 3 [ "no such file" ]
              Expect.that (not (Directory.Exists(at "unmade"))) "a folder"
              // A row that is left out has no say in how numbers are kept.
              Tables.write place "dropped.csv" [ "a,b,y"; "1,2,3.5"; "0.1,,3.5"; "4,5,6.5" ]
              pack "dropped.csv" "dropped" [ "--missing"; "drop" ] |> Tables.succeed |> ignore
              Expect.equal TypeCode.Byte (arrayOf place "dropped/x.npy").Values.Kind
              train "values" "other" [] |> Tables.succeed |> ignore
              InProcess.run [ "evaluate"; at "other"; at "table" ] |> refuse 3 [ "features" ]
              InProcess.run [ "data"; "split"; at "table"; "--out"; at "parts" ] |> refuse 2 [ "no columns" ]
              copy place "values" "replaced"
              pack "table.csv" "replaced" [ "--force" ] |> Tables.succeed |> ignore
              Expect.equal (place.Bytes "table/x.npy") (place.Bytes "replaced/x.npy")

              Expect.equal
                  [ "data.json"; "x.npy"; "y.npy" ]
                  (List.sort [ for file in Directory.GetFiles(at "replaced") -> FileInfo(file).Name ])) ])
