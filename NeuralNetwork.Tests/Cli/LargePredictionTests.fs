/// nn predict and nn evaluate with more rows than are in memory at a time: what is written is what all of them together would be.
module NeuralNetwork.Tests.Cli.LargePredictionTests

open System
open System.IO
open System.IO.Compression
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

/// The fewer there are, the more rows are read at a time.
let private features = 50

let private piece = SampleStream.RowsOf(features + 2)

/// Two whole pieces of a table, and a part of a third one.
let private rows = 2 * piece + 2300

let private cell (row: int) (feature: int) : float = float ((row * 7919 + feature * feature * 31) % 997) / 64.0 - 7.0

let private names = [ for feature in 1..features -> $"x{feature}" ]

let private cells (row: int) : string list = [ for feature in 1..features -> Tables.number (cell row feature) ]

/// The cells of each row, made once.
let private texts: Lazy<string[]> = lazy [| for row in 0 .. rows - 1 -> String.Join(',', cells row) |]

/// A table with the ids and classes of its rows, and something else in the place of the first cell of some.
let private table (count: int) (change: int -> string option) : string seq =
    seq {
        String.Join(',', "id" :: names @ [ "kind" ])

        for row in 0 .. count - 1 do
            let kind = if cell row 1 > 0.0 then "yes" else "no"
            let text = texts.Value[row]

            let text =
                match change row with
                | Some first -> first + text[text.IndexOf ',' ..]
                | None -> text

            $"r{row},{text},{kind}"
    }

let private whole (_: int) : string option = None

let private asJson (row: int) : string =
    String.Join(", ", List.map2 (fun name cell -> $"\"{name}\": {cell}") names (cells row))

let private numbers: Lazy<float[]> =
    lazy
        [| for row in 0 .. rows - 1 do
               for feature in 1..features -> cell row feature |]

let private arrayOf (numbers: float[]) : byte[] =
    let array: Npy = { Shape = [| rows; features |]; Values = NumberArray.Doubles numbers }
    array.Write()

let private prepare (place: Workplace) =
    Tables.write place "train.csv" (table 200 whole)
    Tables.write place "large.csv" (table rows whole)
    Tables.write place "large.jsonl" [ for row in 0 .. rows - 1 -> $"{{{asJson row}}}" ]
    File.WriteAllBytes(place.At "large.npy", arrayOf numbers.Value)

    (use packed = new GZipStream(File.Create(place.At "large.csv.gz"), CompressionLevel.Fastest)
     packed.Write(ReadOnlySpan(File.ReadAllBytes(place.At "large.csv"))))

    InProcess.succeed [ "data"; "pack"; place.At "large.csv"; "--ignore"; "id"; "--out"; place.At "packed" ]
    |> ignore

    Tables.train place "train.csv" "classes" [ "--target"; "kind"; "--ignore"; "id"; "--validation"; "none" ]
    |> Tables.succeed
    |> ignore

let tests =
    workplaceWith "LargePrediction" prepare (fun place ->
        let at = place.At
        let predict run data more = InProcess.run ([ "predict"; at run; at data; "--blas"; "managed" ] @ more)

        let lines (outcome: Outcome) = Tables.lines outcome.Out

        let written (run: string) (data: string) (out: string) more =
            predict run data ([ "--out"; at out; "--force" ] @ more) |> Tables.succeed |> ignore
            place.Bytes out

        // What the library says of all rows at once.
        let said (run: string) : float32[] =
            use machine = new Machine(Backend.Managed, 2)

            match ModelSource.Read(at run) with
            | AnyModel.Single model ->
                Fit.predict machine model (Dataset.Of(numbers.Value, Array.zeroCreate<int> rows, 2))
            | _ -> Expect.fail "a model in another precision"

        [ test "Rows that come some at a time are those that come all at once" (fun () ->
              for data, columns in
                  [ "large.csv", features + 2
                    "large.csv.gz", features + 2
                    "large.jsonl", features
                    "large.npy", features
                    // Numbers of four bytes.
                    "packed", features / 2 ] do
                  let piece = SampleStream.RowsOf columns
                  let found () = DataSource.Find(at data, CsvFormat.Auto)
                  let columns = [| for name in names -> Plans.Column.Number(name, nan) |]

                  let schema =
                      if data = "large.npy" then
                          Schema(features, [||], [||], Learned.Classes [| "no"; "yes" |])
                      else
                          Schema(features, columns, [| "kind" |], Learned.Classes [| "no"; "yes" |])

                  let all = found().Use(Part.Test, schema, false)
                  let pieces = [ for some in found().Stream(Part.Test, schema).Pieces -> some ]
                  Expect.equal rows all.Rows
                  Expect.that (pieces.Length > 1) "one piece"

                  Expect.equal
                      [ for some in List.chunkBySize piece [ 1..rows ] -> some.Length ]
                      [ for some in pieces -> some.Rows ]

                  let joined = Array.concat [ for some in pieces -> Tables.doubles some.Features ]
                  Expect.sameBits data (Tables.doubles (all.Features.InMemory())) joined)
          test "Predictions of many rows are those of all rows at once, in every form" (fun () ->
              written "classes" "large.csv" "p.npy" [ "--probabilities" ] |> ignore
              let array = Npy.Read(File.ReadAllBytes(at "p.npy")) |> Expect.ok
              let given = said "classes"
              Expect.equal [| rows; given.Length / rows |] array.Shape

              match array.Values with
              | NumberArray.Singles found -> Expect.sameBits "p.npy" given found
              | other -> Expect.fail $"{other}"

              written "classes" "large.csv" "p.csv" [ "--probabilities"; "--keep"; "id" ] |> ignore
              let table = place.Rows "p.csv"
              Expect.equal (rows + 1) table.Length

              table.Tail
              |> List.iteri (fun row cells -> Expect.equal [ string row; $"r{row}" ] (List.take 2 cells))

              let document = predict "classes" "large.csv" [ "--probabilities"; "--keep"; "id"; "--json" ]
              let items = (JsonDocument.Parse document.Out).RootElement.GetProperty "predictions"
              Expect.equal rows (items.GetArrayLength())

              for cells, item in Seq.zip table.Tail (items.EnumerateArray()) do
                  let yes = item.GetProperty("probabilities").GetProperty("yes").GetRawText()
                  let id = item.GetProperty("kept").GetProperty("id").GetString()
                  let said = item.GetProperty("prediction").GetString()
                  let row = item.GetProperty("row").GetRawText()
                  Expect.equal [ cells[0]; cells[1]; cells[2]; cells[4] ] [ row; string id; string said; yes ])
          test "Wherever many rows come from, the same is written" (fun () ->
              let expected = written "classes" "large.csv" "expected.csv" []

              for data in [ "large.csv.gz"; "large.jsonl"; "packed" ] do
                  Expect.equal expected (written "classes" data "other.csv" [])

              Expect.equal expected (place.Bytes "expected.csv")
              let printed = predict "classes" "large.csv" []
              Expect.equal (File.ReadAllText(at "expected.csv")) printed.Out

              let piped =
                  InProcess.runWithInput
                      (File.ReadAllBytes(at "large.csv"))
                      [ "predict"; at "classes"; "-"; "--format"; "csv"; "--blas"; "managed" ]

              Expect.equal printed.Out piped.Out)
          test "A bad cell behind many rows is refused as the first would be, and no file is written" (fun () ->
              let bad row = if row = rows - 1 then Some "oops" else None
              Tables.write place "bad.csv" (table rows bad)
              let words = [ $"bad.csv: line {rows + 1}, column 'x1': 'oops'" ]
              let before = Directory.GetFileSystemEntries place.Folder |> Array.sort

              for out in [ "none.csv"; "none.npy" ] do
                  let outcome = predict "classes" "bad.csv" [ "--out"; at out ]
                  Expect.equal 3 outcome.Code
                  Expect.mentions words outcome.Error
                  Expect.equal before (Directory.GetFileSystemEntries place.Folder |> Array.sort)

              // What is printed is printed: whole pieces, and nothing of the last one.
              let outcome = predict "classes" "bad.csv" []
              Expect.equal 3 outcome.Code
              Expect.mentions words outcome.Error
              Expect.equal (List.take (2 * piece + 1) (lines (predict "classes" "large.csv" []))) (lines outcome)
              // Of one piece nothing is.
              Tables.write place "short.csv" (Seq.append (table 20 whole) [ "r20,oops" ])

              for more in [ []; [ "--json" ] ] do
                  let outcome = predict "classes" "short.csv" more
                  Expect.equal (3, "") (outcome.Code, outcome.Out))
          test "A file that is cut behind many rows is refused, and no file is written" (fun () ->
              let bytes = File.ReadAllBytes(at "large.csv.gz")
              File.WriteAllBytes(at "cut.csv.gz", bytes[.. bytes.Length - 9])
              let outcome = predict "classes" "cut.csv.gz" [ "--out"; at "cut.csv" ]
              Expect.equal 3 outcome.Code
              Expect.mentions [ "cut.csv.gz: gzip: unexpected end" ] outcome.Error
              Expect.that (not (File.Exists(at "cut.csv"))) "half a file")
          test "Elements and numbers of an array that are refused are counted from its beginning" (fun () ->
              let wrong = rows - 2
              let bad = Array.copy numbers.Value
              bad[wrong * features + 5] <- nan
              File.WriteAllBytes(at "nan.npy", arrayOf bad)
              let outcome = predict "classes" "nan.npy" []
              Expect.equal 3 outcome.Code
              Expect.mentions [ $"nan.npy: row {wrong}, column 5: not a finite number" ] outcome.Error
              // Whole numbers of eight bytes, all of them 0 but one.
              let head = Text.Encoding.Latin1.GetString(Npy.Header(TypeCode.Double, [| rows; features |]))
              let bytes = Array.zeroCreate<byte>(head.Length + rows * features * 8)
              Text.Encoding.Latin1.GetBytes(head.Replace("<f8", "<i8"), bytes.AsSpan()) |> ignore
              bytes[head.Length + (wrong * features + 7) * 8 + 7] <- 1uy
              File.WriteAllBytes(at "whole.npy", bytes)
              let outcome = predict "classes" "whole.npy" []
              Expect.equal 3 outcome.Code
              Expect.mentions [ $"whole.npy: element {wrong * features + 7}: " ] outcome.Error)
          test "Numbers far outside are counted over all rows, and the farthest is named by its row" (fun () ->
              let far row =
                  if row = 5 then Some "1000"
                  elif row = rows - 1 then Some "5000"
                  else None

              Tables.write place "far.csv" (table rows far)
              let outcome = predict "classes" "far.csv" [ "--out"; at "far-out.csv" ]

              Expect.mentions
                  [ "2 rows have values far outside"; $"the farthest in row {rows - 1}, column 'x1'" ]
                  outcome.Error)
          test "What is predicted from is not written over" (fun () ->
              System.IO.File.Copy(place.At "large.npy", place.At "answers.npy", true)

              for data, out in
                  [ "large.csv", "large.csv"
                    "large.npy", "large.npy"
                    $"""large.npy,{at "answers.npy"}""", "answers.npy" ] do
                  let before = place.Bytes out
                  let outcome = predict "classes" data [ "--out"; at out; "--force" ]
                  Expect.equal 2 outcome.Code
                  Expect.mentions [ "is what is predicted from" ] outcome.Error
                  Expect.equal before (place.Bytes out))
          test "A table of more than the heap holds is predicted" (fun () ->
              let names = [ for column in 1..8 -> $"c{column}" ]
              let row (row: int) = String.Join(',', [ for column in 1..8 -> string ((row * column) % 10) + ".5" ])
              let head = String.Join(',', names)
              Tables.write place "few.csv" (head + ",y" :: [ for number in 1..100 -> $"{row number},{number % 7}.5" ])

              Tables.train place "few.csv" "few" [ "--target"; "y"; "--validation"; "none" ]
              |> Tables.succeed
              |> ignore

              // 8 columns of 800 000 rows are 51 MB as float64, and were there twice.
              let many = 800_000
              Tables.write place "many.csv" (Seq.append [ head ] (Seq.init many row))

              let outcome =
                  CommandLine.runWith
                      [ "DOTNET_GCHeapHardLimit", "0x4000000" ]
                      place.Folder
                      [ "predict"; "few"; "many.csv"; "--blas"; "managed"; "--out"; "many-out.csv" ]

              Expect.that (outcome.Code = 0) outcome.Error
              Expect.equal (many + 1) (Seq.length (File.ReadLines(at "many-out.csv")))
              // The same through a pipe: read twice at the same time.
              let piped (more: string list) =
                  use input = File.OpenRead(at "many.csv")

                  CommandLine.startTypingWith
                      [ "DOTNET_GCHeapHardLimit", "0x4000000" ]
                      place.Folder
                      (CommandLine.program ()
                       @ [ "predict"
                           "few"
                           "-"
                           "--blas"
                           "managed"
                           "--format"
                           "csv"
                           "--out"
                           "piped.csv"
                           "--force" ]
                       @ more)
                  |> CommandLine.finishWithInput input

              for more in [ []; [ "--keep"; "c1" ] ] do
                  let outcome = piped more
                  Expect.that (outcome.Code = 0) outcome.Error
                  let predicted = [| for line in File.ReadLines(at "piped.csv") -> line.Split ',' |> Array.last |]

                  Expect.equal
                      [| for line in File.ReadLines(at "many-out.csv") -> line.Split ',' |> Array.last |]
                      predicted)
          test "Rows to evaluate that stay in a file are those in memory" (fun () ->
              // Some cells are missing, and their rows left out.
              Tables.write place "gaps.csv" (table 9500 (fun row -> if row % 1000 = 7 then Some "" else None))

              let schema =
                  Schema(
                      features,
                      [| for name in names -> Plans.Column.Number(name, nan) |],
                      [| "kind" |],
                      Learned.Classes [| "no"; "yes" |],
                      Drops = true
                  )

              let read (spills: Spills | null) =
                  let struct (sample, file) =
                      CsvTable.Use(CsvRows(at "gaps.csv", CsvFormat.Auto), schema, true, spills)

                  sample, file.Hash

              use cells = new CellFile(Spill.Temporary "cells")
              use features = Spill.Temporary "features"
              let stored, hash = read (Spills(cells, features))
              let whole, expected = read null
              Expect.that (stored.Features.IsStored && not whole.Features.IsStored) "where they are"
              Expect.equal (9490, expected) (stored.Rows, hash)
              Expect.sameBits "features" (Tables.doubles whole.Features) (Tables.doubles (stored.Features.InMemory()))
              Expect.equal (Tables.labels whole) (Tables.labels stored)
              Expect.equal [ for row in 0..9489 -> whole.Numbers[row] ] [ for row in 0..9489 -> stored.Numbers[row] ])
          test "A table and an array of more than the heap holds are evaluated" (fun () ->
              // 20 000 rows of 600 numbers are 96 MB as float64, and were there twice.
              let many, cols = 20_000, 600
              let cell row feature = float (row * feature % 10) + 0.5
              let kind row = row * 7 % 5 % 2
              let head = String.Join(',', [ for feature in 1..cols -> $"x{feature}" ])
              let texts = [| for digit in 0..9 -> string digit + ".5" |]

              let line row =
                  String.Join(',', [| for feature in 1..cols -> texts[row * feature % 10] |]) + $",{kind row}"

              let table rows = Seq.append [ head + ",kind" ] (Seq.init rows line)
              Tables.write place "few-wide.csv" (table 300)
              Tables.write place "wide.csv" (table many)

              let numbers =
                  [| for row in 0 .. many - 1 do
                         for feature in 1..cols -> cell row feature |]

              let labels = [| for row in 0 .. many - 1 -> kind row |]
              let array: Npy = { Shape = [| many; cols |]; Values = NumberArray.Doubles numbers }
              File.WriteAllBytes(at "wide-x.npy", array.Write())
              File.WriteAllBytes(at "wide-y.npy", Refusals.labels [ for label in labels -> float label ])

              Tables.train place "few-wide.csv" "of-wide" [ "--validation"; "none" ] |> Tables.succeed |> ignore

              let expected =
                  use machine = new Machine(Backend.Managed, 2)

                  match ModelSource.Read(at "of-wide") with
                  | AnyModel.Single model -> Fit.evaluate machine model (Dataset.Of(numbers, labels, 2))
                  | _ -> Expect.fail "a model in another precision"

              for data in [ "wide.csv"; "wide-x.npy,wide-y.npy" ] do
                  let outcome =
                      CommandLine.runWith
                          [ "DOTNET_GCHeapHardLimit", "0x8000000" ]
                          place.Folder
                          [ "evaluate"; "of-wide"; data; "--blas"; "managed"; "--json" ]
                      |> Tables.succeed

                  let found = (JsonDocument.Parse outcome.Out).RootElement
                  Expect.equal many (found.GetProperty("rows").GetInt32())
                  Expect.equal expected.Loss (found.GetProperty("loss").GetDouble())
                  Expect.equal expected.Accuracy (found.GetProperty("accuracy").GetDouble()))
          test "An array of more than the heap holds is packed, and predicted" (fun () ->
              let many, cols = 30_000, 800
              // Holes: zeros that lie nowhere.
              let make (name: string) (kind: TypeCode) (shape: int[]) (bytes: int64) =
                  use file = File.Create(at name)
                  let head = Npy.Header(kind, shape)
                  file.Write(head, 0, head.Length)
                  file.SetLength(head.LongLength + bytes)

              make "x.npy" TypeCode.Single [| many; cols |] (int64 many * int64 cols * 4L)
              File.WriteAllBytes(at "y.npy", Refusals.labels [ for row in 1..many -> float (row % 2) ])
              make "few-x.npy" TypeCode.Single [| 40; cols |] (40L * int64 cols * 4L)
              File.WriteAllBytes(at "few-y.npy", Refusals.labels [ for row in 1..40 -> float (row % 2) ])
              let limited = CommandLine.runWith [ "DOTNET_GCHeapHardLimit", "0x4000000" ] place.Folder
              limited [ "data"; "pack"; "x.npy,y.npy"; "--out"; "of-arrays" ] |> Tables.succeed |> ignore

              let words = [ "train"; "few-x.npy,few-y.npy"; "--out"; "wide"; "--hidden"; "2"; "--epochs"; "1" ]
              CommandLine.run place.Folder (words @ [ "--validation"; "none" ]) |> Tables.succeed |> ignore
              let predict data = limited [ "predict"; "wide"; data; "--blas"; "managed"; "--out"; $"{data}.csv" ]

              for data in [ "x.npy"; "of-arrays" ] do
                  predict data |> Tables.succeed |> ignore

              Expect.equal (place.Bytes "x.npy.csv") (place.Bytes "of-arrays.csv")) ])
