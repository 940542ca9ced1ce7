/// Tables that are no CSV: JSON lines, Parquet and Arrow, against CSV files of the same rows. The fixtures were written by other
/// programs (Oracles/write_tables.mjs).
module NeuralNetwork.Tests.Cli.TableFileTests

open System
open System.IO
open System.Threading
open System.Text.Json.Nodes
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Spec
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Refusals

let private fixture (name: string) =
    Path.Combine(Machines.repository, "NeuralNetwork.Tests", "Fixtures", "tables", name)

/// A file as it is read to train on, without some columns.
let private readAs (dates: DateReading) (ignored: string) (path: string) : Sample =
    let names = if ignored = "" then ColumnNames.None else Expect.ok (ColumnNames.Read ignored)
    let order = TableOrder(null, Nullable(), names, ColumnNames.None, MissingCells.Mean, Dates = dates)
    DataSource.Find(path, CsvFormat.Auto).Train order

let private readWithout = readAs DateReading.Auto

/// The same columns with the same cells. Single precision keeps 24 bits of a number that a CSV file has in full.
let private same (expected: Sample) (found: Sample) : unit =
    let titles (sample: Sample) = [ for column in sample.Schema.Columns -> column.Title, column.Features ]
    Expect.equal (titles expected) (titles found)

    for left, right in Seq.zip expected.Schema.Columns found.Schema.Columns do
        match left, right with
        | Column.Category(_, left), Column.Category(_, right) -> Expect.equal left right
        | Column.Number _, Column.Number _ -> ()
        | Column.Date _, Column.Date _ -> Expect.equal left right
        | _ -> Expect.fail $"{left.Title}: another kind of column"

    Expect.equal (Tables.labels expected) (Tables.labels found)
    let left, right = Tables.doubles expected.Features, Tables.doubles found.Features
    Expect.equal left.Length right.Length

    for index in 0 .. left.Length - 1 do
        let isSame =
            left[index].Equals right[index]
            || abs (left[index] - right[index]) <= abs left[index] * Math.ScaleB(1.0, -24)

        Expect.that isSame $"number {index} is {right[index]:R} instead of {left[index]:R}"

let private twins =
    [ "rows.csv", "", "arrow-rs.parquet", ""
      "rows.csv", "", "rows.arrow", ""
      "rows.csv", "", "rows.arrows", ""
      "rows.csv", "single,day", "polars-gzip.parquet", ""
      "rows.csv", "single,day", "polars-brotli.parquet", ""
      "rows.csv", "single,day", "polars-lz4.parquet", ""
      "rows.csv", "single,day", "polars-uncompressed.parquet", ""
      "rows.csv", "single,day", "polars-lz4.feather", ""
      "rows.csv", "single,day", "polars-zstd.feather", ""
      "rows.csv", "single,long,day,flag", "hyparquet.parquet", "flag"
      "duckdb.csv.gz", "", "duckdb.parquet", "" ]

let private trained (place: Workplace) (path: string) (more: string list) : Outcome =
    InProcess.run (
        [ "train"
          path
          "--out"
          place.At "run"
          "--force"
          "--hidden"
          "2"
          "--epochs"
          "1"
          "--threads"
          "1" ]
        @ more
    )

let private refusals =
    [ "refused.parquet", "inner_,bytes,long", "row 0, column 'list': a nested value (--ignore list"
      "refused.parquet", "list,bytes,long", "row 0, column 'inner_': a nested value"
      "refused.parquet", "list,inner_,long", "row 0, column 'bytes': bytes that are no text"
      "refused.parquet", "list,inner_,bytes", "row 0, column 'long': '9007199254740993'"
      "hyparquet.parquet", "number,whole,word", "column 'flag': true and false as run lengths" ]

let private damaged = [ "hyparquet.parquet"; "refused.parquet"; "polars-lz4.feather"; "rows.arrows" ]

/// Reads a file with a byte changed so many times, and cut at some places.
let private damage (place: Workplace) (inspect: string -> Outcome) (count: int) (name: string) =
    let whole = File.ReadAllBytes(fixture name)
    let random = Random 7

    let versions =
        [ for _ in 1..count ->
              let bytes = Array.copy whole
              bytes[random.Next bytes.Length] <- byte (random.Next 256)
              bytes ]
        @ [ whole[.. whole.Length / 2]; whole[.. whole.Length - 5]; whole[..3]; [||] ]

    for bytes in versions do
        File.WriteAllBytes(place.At name, bytes)
        let outcome = inspect (place.At name)
        Expect.that (outcome.Code = 0 || outcome.Code = 3) $"{outcome.Code}: {outcome.Error}"
        Expect.that (outcome.Code = 0 || outcome.Error.TrimEnd().Split('\n').Length = 1) outcome.Error

/// The rows of a CSV file as JSON lines, the names of each in an order of its own.
let private asLines (csv: string) : string list =
    let rows = [ for line in File.ReadAllLines csv -> line.Split ',' ]
    let random = Random 5

    let value (text: string) : JsonNode | null =
        match text with
        | "" -> null
        | "true" -> JsonValue.Create true
        | "false" -> JsonValue.Create false
        | text ->
            match Text.tryNumber text with
            | Some number -> JsonValue.Create number
            | None -> JsonValue.Create text

    [ for index, row in List.indexed rows.Tail ->
          let places = Array.init row.Length id

          if index > 0 then
              random.Shuffle places

          let document = JsonObject()

          for place in places do
              document.Add(rows.Head[place], value row[place])

          document.ToJsonString() ]

let private plain =
    [ for row in 0..39 ->
          let number = if row % 9 = 4 then "" else string (float row / 8.0)
          let flag = if row % 5 = 2 then "" else (if row % 3 = 0 then "true" else "false")
          let words = [ "é"; "\\u"; "b c" ]
          String.Join(',', row, number, flag, words[row % 3], $"k{row % 2}") ]

let private broken =
    [ "a nested value", """{"a": [1, 2], "kind": "k"}""", [ "line 3, column 'a': a nested value (--ignore a" ]
      "an object", """{"a": {"b": 1}, "kind": "k"}""", [ "line 3, column 'a': a nested value" ]
      "a name too few", """{"kind": "k"}""", [ "line 3: no 'a'"; "null where it is missing" ]
      "a name too many", """{"a": 1, "b": 2, "kind": "k"}""", [ "line 3: 'b', which the first row does not have" ]
      "a name twice", """{"a": 1, "a": 2, "kind": "k"}""", [ "line 3: 'a' is there twice" ]
      "a text", """{"a": "one", "kind": "k"}""", [ "line 3, column 'a': 'one' (expected a number" ]
      "true among numbers", """{"a": true, "kind": "k"}""", [ "line 3, column 'a': 'true'" ]
      "null", """{"a": null, "kind": "k"}""", [ "line 3, column 'a'"; "is missing"; "--missing" ]
      "NaN", """{"a": NaN, "kind": "k"}""", [ "line 3: not JSON"; "write null" ]
      "a number beyond all", """{"a": 1e999, "kind": "k"}""", [ "line 3, column 'a': '1e999' is not finite" ]
      "an array", """[1, "k"]""", [ "line 3: no JSON object" ]
      "an open object", """{"a": 1, "kind": "k" """, [ "line 3: not JSON" ]
      "something behind", """{"a": 1, "kind": "k"} {}""", [ "line 3: not JSON" ]
      "half a pair", """{"a": 1, "kind": "\ud800"}""", [ "line 3: not JSON" ]
      "depth", "{\"a\": " + String('[', 50) + String(']', 50) + ", \"kind\": \"k\"}", [ "line 3: not JSON" ] ]
    |> List.map (fun (name, line, words) -> (name, (line, words)))

let tests =
    workplace "TableFile" (fun place ->
        let at = place.At
        let trained = trained place
        let damage = damage place

        [ each
              "What another program wrote is read as CSV of the same rows"
              twins
              (fun (csv: string, some: string, other: string, ignored: string) ->
                  same (readWithout some (fixture csv)) (readWithout ignored (fixture other)))
          test "A file that is known by its content, packed or piped is the same rows" (fun () ->
              let expected = readWithout "" (fixture "rows.csv")

              for name in [ "arrow-rs.parquet"; "rows.arrow" ] do
                  let bytes = File.ReadAllBytes(fixture name)
                  File.WriteAllBytes(at "plain", bytes)
                  File.WriteAllBytes(at $"{name}.gz", gzip bytes)
                  File.WriteAllBytes(at "rows.zip", archive [ $"in/{name}", bytes ])

                  for path in [ at "plain"; at $"{name}.gz"; at "rows.zip" ] do
                      same expected (readWithout "" path)

                  let train (data: string) (run: string) =
                      InProcess.runWithInput
                          bytes
                          [ "train"
                            data
                            "--missing"
                            "mean"
                            "--hidden"
                            "2"
                            "--epochs"
                            "1"
                            "--threads"
                            "1"
                            "--out"
                            at run
                            "--force" ]

                  Expect.equal 0 (train "-" "piped").Code
                  Expect.equal 0 (train (fixture name) "file").Code
                  Expect.equal (place.Timeless "file/history.csv") (place.Timeless "piped/history.csv")
                  // What is read here and there has the hash of the whole file.
                  let hash = Convert.ToHexStringLower(Security.Cryptography.SHA256.HashData bytes)
                  let kept = ((place.Json "file/run.json").GetProperty "data").GetProperty("sha256").GetProperty name
                  Expect.equal hash (string kept))
          test "A model of one format predicts rows of another" (fun () ->
              let run = at "model"

              let words =
                  [ "--missing"; "mean"; "--hidden"; "3"; "--epochs"; "5"; "--threads"; "1"; "--ignore"; "single" ]

              InProcess.succeed ([ "train"; fixture "rows.csv"; "--out"; run ] @ words) |> ignore

              let predicted (name: string) =
                  InProcess.succeed
                      [ "predict"; run; fixture name; "--out"; at "p.csv"; "--probabilities"; "--force" ]
                  |> ignore

                  File.ReadAllText(at "p.csv")

              for name in [ "arrow-rs.parquet"; "rows.arrow"; "rows.arrows" ] do
                  Expect.equal (predicted "rows.csv") (predicted name))
          each
              "What is not read is refused by its column, and passed over where it is ignored"
              refusals
              (fun (name: string, ignored: string, words: string) ->
                  let outcome = trained (fixture name) [ "--ignore"; ignored ]
                  Expect.mentions [ name; words ] outcome.Error
                  Expect.equal 3 outcome.Code
                  let all = if name = "refused.parquet" then "list,inner_,bytes,long" else "number,whole,word,flag"

                  Expect.equal
                      (if name = "refused.parquet" then 0 else 3)
                      (trained (fixture name) [ "--ignore"; all ]).Code)
          test "Dates and times are texts as ISO 8601 has them, and whole numbers of any type are numbers" (fun () ->
              let sample = readAs DateReading.Text "" (fixture "moments.parquet")

              let categories (title: string) =
                  sample.Schema.Columns
                  |> Seq.pick (fun column ->
                      match column with
                      | Column.Category(name, texts) when name = title -> Some(List.ofArray texts)
                      | _ -> None)

              Expect.equal [ "2024-03-01T00:00:00Z"; "2024-03-01T00:00:01Z" ] (categories "instant")
              Expect.equal [ "2024-03-01T00:00:00.123456" ] (categories "fine")
              Expect.equal [ for second in 0..11 -> $"10:00:%02d{second}" ] (categories "hour")
              let moments = readWithout "hour" (fixture "moments.parquet")

              Expect.equal
                  [ "fine"; "instant" ]
                  (List.sort
                      [ for c in moments.Schema.Columns do
                            if c.IsDate then
                                c.Title ])

              let rows = readWithout "hour,instant,fine" (fixture "moments.parquet")

              Expect.equal
                  [| for row in 0..11 do
                         yield! [ float row; float (row % 3) ] |]
                  (Tables.doubles rows.Features))
          each "A damaged file ends with 0 or with 3 and a line" damaged (fun (name: string) ->
              damage (fun path -> InProcess.run [ "data"; "inspect"; path ]) 60 name)
          test "A page of a Parquet file that never ends is refused" (fun () ->
              // A page's own length, which the package asks for more of behind the end of the file, again and again.
              let bytes = File.ReadAllBytes(fixture "hyparquet.parquet")
              bytes[383] <- 0xA9uy
              File.WriteAllBytes(at "endless.parquet", bytes)
              let outcome = trained (at "endless.parquet") [ "--missing"; "mean"; "--ignore"; "flag" ]

              Expect.mentions
                  [ "endless.parquet"; "cannot be read (the file ends before its pages do)" ]
                  outcome.Error

              Expect.equal 3 outcome.Code)
          test "What a package comes to no end with is refused, what it goes on reading is waited for" (fun () ->
              use content = new EndingStream(new MemoryStream(Array.zeroCreate<byte> 100))
              use over = new ManualResetEventSlim()

              let guarded (read: unit -> int) =
                  Foreign.Guarded("x.parquet", "column 'a'", content, read, TimeSpan.FromMilliseconds 300.0)

              let endless () =
                  over.Wait()
                  1

              let error = Expect.raises<Failure>(fun () -> guarded endless |> ignore)
              over.Set()
              Expect.mentions [ "x.parquet: column 'a': cannot be read (it comes to no end)" ] error.Message

              let slow () =
                  for _ in 1..20 do
                      content.ReadByte() |> ignore
                      Thread.Sleep 50

                  2

              Expect.equal 2 (guarded slow))
          test "JSON lines are read as CSV of the same rows, whatever order names are in" (fun () ->
              File.WriteAllLines(at "rows.csv", "a,b,c,d,kind" :: plain)
              let lines = asLines (at "rows.csv")
              let write (name: string) (text: string) = File.WriteAllText(at name, text)
              write "rows.jsonl" (String.Join("\n", lines) + "\n")
              write "crlf.ndjson" ("\uFEFF" + String.Join("\r\n", lines))
              write "gaps" ("\n" + String.Join("\n\n", lines) + "\n \n")

              for name in [ "rows.jsonl"; "crlf.ndjson"; "gaps" ] do
                  same (readWithout "" (at "rows.csv")) (readWithout "" (at name)))
          test "A line far longer than what is read at once is one" (fun () ->
              let long = String('x', 300_000)

              File.WriteAllLines(
                  at "long.jsonl",
                  [ for row in 0..19 -> $"""{{"a": {row}, "text": "{long}{row % 2}", "kind": "k{row % 2}"}}""" ]
              )

              Expect.equal 20 (readWithout "" (at "long.jsonl")).Rows)
          eachNamed
              "A line that breaks a rule of JSON lines is refused by its number"
              broken
              (fun (line: string, words: string list) ->
                  let rows = [ for row in 0..19 -> $"""{{"a": {row}, "kind": "k{row % 2}"}}""" ]
                  File.WriteAllLines(at "broken.jsonl", List.updateAt 2 line rows)
                  let outcome = trained (at "broken.jsonl") []
                  Expect.mentions ("broken.jsonl" :: words) outcome.Error
                  Expect.equal 3 outcome.Code)
          test
              "Options about the text of cells are refused for files without any, those about columns are not"
              (fun () ->
                  for name in [ "rows.arrow"; "arrow-rs.parquet" ] do
                      let outcome = trained (fixture name) [ "--separator"; "tab"; "--missing"; "mean" ]
                      Expect.mentions [ "--separator: means nothing" ] outcome.Error
                      Expect.equal 2 outcome.Code

                      let columns =
                          [ "--missing"; "drop"; "--ignore"; "single"; "--categorical"; "whole"; "--target"; "flag" ]

                      let trained = trained (fixture name) columns
                      Expect.that (trained.Code = 0) trained.Error) ])

/// Minutes and hours.
let deep =
    workplace "TableFile" (fun place ->
        let at = place.At
        let damage = damage place

        [ each "Two thousand damaged files end with 0 or with 3 and a line" damaged (fun (name: string) ->
              // Each in a process of its own: what comes to no end would go on beside the others.
              damage (fun path -> CommandLine.run (at "") [ "data"; "inspect"; path ]) 2000 name) ])
