/// What somebody meets who uses the program for the first time: options that cannot mean anything, scores that look better
/// or sounder than they are, and rows that have to be found again.
module NeuralNetwork.Tests.Cli.NewcomerTests

open System
open System.IO
open System.Text.Json
open System.Xml.Linq
open NeuralNetwork.Tests

let private machine = [ "--blas"; "managed"; "--threads"; "1" ]

let private run arguments = InProcess.run (arguments @ machine)

let private succeed (arguments: string list) = InProcess.succeed (arguments @ machine)

/// Two classes that are told apart by nothing, so that many rows are mistaken; every tenth row lacks a cell.
let private writePeople (place: Workplace) =
    let random = Random 3

    let rows hasGaps =
        [ for row in 0..199 ->
              let weight = if hasGaps && row % 10 = 4 then "" else $"{row}.5"
              $"{random.Next 90},{weight},{(if random.Next 2 = 0 then 'a' else 'b')}" ]

    File.WriteAllLines(place.At "people.csv", "age,weight,kind" :: rows false)
    File.WriteAllLines(place.At "gaps.csv", "age,weight,kind" :: rows true)

let private writeHouses (place: Workplace) =
    let random = Random 5

    let rows =
        [ for _ in 1..200 ->
              let size = 50 + random.Next 100
              $"{size},{3000 * size + random.Next 20000}" ]

    File.WriteAllLines(place.At "houses.csv", "size,price" :: rows)

let private prepare (place: Workplace) =
    CommandLine.writeData (place.At "data")
    writePeople place
    writeHouses place
    File.WriteAllLines(place.At "sparse.libsvm", [ for row in 0..39 -> $"{row % 2} 1:{row} 2:{row % 7}" ])

/// The tables of a page that say of which rows they speak: number, and the cells of these columns.
let private rowsNamed (place: Workplace) (run: string) (columns: string list) : (int * string list) list =
    let page = XDocument.Parse(File.ReadAllText(place.At $"{run}/report.html").Replace("<!DOCTYPE html>", ""))
    let cells (row: XElement) = [ for cell in row.Elements() -> cell.Value ]

    [ for table in page.Descendants(XName.Get "table") do
          match table.Descendants(XName.Get "tr") |> Seq.map cells |> List.ofSeq with
          | ("row" :: _ as heads) :: rows ->
              for row in rows -> int row[0], [ for column in columns -> row[List.findIndex ((=) column) heads] ]
          | _ -> () ]

let tests =
    workplaceWith "Newcomer" prepare (fun place ->
        let at = place.At
        let train data out more = [ "train"; data; "--out"; at out; "--hidden"; "4" ] @ more
        let rowsNamed = rowsNamed place

        [ test
              "What an option usually is may be said of any data, and a format is that of the table beside them"
              (fun () ->
                  succeed (
                      train
                          (at "sparse.libsvm")
                          "usual"
                          [ "--epochs"; "1"; "--missing"; "refuse"; "--header"; "auto" ]
                  )
                  |> ignore

                  File.WriteAllLines(at "other.csv", [ for row in 0..9 -> $"{row};{row % 7};{row % 2}" ])
                  let validated = [ "--epochs"; "1"; "--validation"; at "other.csv"; "--separator"; "semicolon" ]
                  succeed (train (at "sparse.libsvm") "beside" validated) |> ignore)
          test "More training rows than there are is a warning" (fun () ->
              let outcome = succeed (train (at "data") "few" [ "--epochs"; "1"; "--train-rows"; "100000" ])
              let line = "nn: warning: --train-rows: 100,000 is more than the 540 training rows (using 540)\n"
              Expect.mentions [ line ] outcome.Error)
          test "A score on the rows a model was trained on comes with a warning, and others do not" (fun () ->
              let people = at "people.csv"
              succeed (train people "people" [ "--target"; "kind"; "--epochs"; "2" ]) |> ignore
              use record = JsonDocument.Parse(File.ReadAllText(at "people/run.json"))

              let accuracy =
                  record.RootElement
                      .GetProperty("results")
                      .GetProperty("validation")
                      .GetProperty("accuracy")
                      .GetDouble()

              let others = accuracy.ToString("P2", Globalization.CultureInfo.InvariantCulture)
              let warning = $"the model was trained on these rows (on others, in validation: {others})"
              // Whatever the file is called, and wherever it lies.
              File.Copy(people, at "copied.csv")

              for data in [ people; at "copied.csv" ] do
                  let outcome = succeed [ "evaluate"; at "people"; data ]
                  Expect.equal $"nn: warning: {data}: {warning}" (Tables.lines outcome.Error).Head

              File.WriteAllLines(at "strange.csv", File.ReadAllLines people |> Array.truncate 50)
              let isKnown (outcome: Outcome) = outcome.Error.Contains "trained on these rows"
              Expect.that (not (isKnown (succeed [ "evaluate"; at "people"; at "strange.csv" ]))) "strange.csv"

              // Rows to test with are in the record, too, and the model has never met them.
              succeed (train people "tested" [ "--target"; "kind"; "--epochs"; "1"; "--test"; at "strange.csv" ])
              |> ignore

              Expect.that (not (isKnown (succeed [ "evaluate"; at "tested"; at "strange.csv" ]))) "tested"

              // What another program calls run.json stands in nobody's way.
              for record in [ "[]"; "{"; """{"data": 3, "results": "good"}""" ] do
                  File.WriteAllText(at "tested/run.json", record)
                  Expect.that (not (isKnown (succeed [ "evaluate"; at "tested"; people ]))) record

              // The parts of a data set are known as such.
              succeed (train (at "data") "images" [ "--epochs"; "1" ]) |> ignore
              Expect.that (not (isKnown (succeed [ "evaluate"; at "images"; at "data" ]))) "images")
          test "A row that a page names is that row of the file, whatever was set aside or left out" (fun () ->
              let check data run more =
                  succeed (train (at data) run ([ "--target"; "kind"; "--epochs"; "1" ] @ more)) |> ignore
                  let lines = File.ReadAllLines(at data)[1..]
                  let named = rowsNamed run [ "true"; "age" ]
                  Expect.that (named.Length > 2) "no mistakes to look at"

                  for row, cells in named do
                      let fields = lines[row].Split ','
                      Expect.equal [ fields[2]; fields[0] ] cells

              check "people.csv" "split" []
              check "people.csv" "all" [ "--validation"; "none"; "--train-rows"; "90" ]
              check "gaps.csv" "gaps" [ "--missing"; "drop" ]
              check "people.csv" "elsewhere" [ "--test"; at "people.csv" ])
          test "A model whose loss is not finite is not kept" (fun () ->
              let wild = [ "--preset"; "none"; "--optimizer"; "sgd"; "--learning-rate"; "1e6"; "--epochs"; "3" ]
              let outcome = run (train (at "houses.csv") "wild" wild)
              Expect.equal 5 outcome.Code
              Expect.equal 1 ((outcome.Error.Split "nn: error: ").Length - 1)
              // An epoch was finished, and validated: to no finite number.
              let cells = (File.ReadLines(at "wild/history.csv") |> Seq.item 1).Split ','
              Expect.that (List.contains cells[6] [ ""; "Infinity" ]) $"validation {cells[6]}"
              Expect.that (not (File.Exists(at "wild/model.safetensors"))) "a model of no worth"
              Expect.equal 3 (run [ "evaluate"; at "wild"; at "houses.csv" ]).Code)
          test "An evaluation that comes to no finite number ends with 5, after what there is to say" (fun () ->
              succeed (train (at "houses.csv") "houses" [ "--epochs"; "1"; "--standardize"; "false" ]) |> ignore
              File.WriteAllLines(at "huge.csv", [ "size,price"; "100,300000"; "1e300,300000"; "-1e300,300000" ])
              let outcome = run [ "evaluate"; at "houses"; at "huge.csv" ]
              Expect.equal 5 outcome.Code
              Expect.mentions [ "R2"; "(3 rows of" ] outcome.Out
              Expect.mentions [ "nn: error: "; "of 3 rows are not finite" ] outcome.Error
              let json = run [ "evaluate"; at "houses"; at "huge.csv"; "--json" ]
              use document = JsonDocument.Parse json.Out
              Expect.equal (5, 3) (json.Code, document.RootElement.GetProperty("rows").GetInt32())
              Expect.equal 0 (run [ "evaluate"; at "houses"; at "houses.csv" ]).Code)
          test "Divergence is told once, with the row that the file has" (fun () ->
              let rows = [ for row in 0..99 -> if row = 71 then "1e38,1" else $"{row},{row % 5}" ]
              File.WriteAllLines(at "spike.csv", "x,y" :: rows)

              let options =
                  [ "--standardize"
                    "false"
                    "--task"
                    "regression"
                    "--epochs"
                    "1"
                    "--seed"
                    "3"
                    "--preset"
                    "none" ]

              let outcome = run (train (at "spike.csv") "spike" options)
              Expect.equal 5 outcome.Code
              Expect.mentions [ "in row 71 of the data" ] outcome.Error
              Expect.equal 1 ((outcome.Error.Split " step 1").Length - 1))
          test "A run that was resumed says whose time it tells" (fun () ->
              let quick = [ "--epochs"; "2"; "--checkpoint-every"; "1" ]
              Expect.mentions [ " s in all)" ] (succeed (train (at "people.csv") "timed" quick)).Out
              Expect.mentions [ " s since it was resumed)" ] (InProcess.run [ "resume"; at "timed" ]).Out)
          test "Short times have digits" (fun () ->
              let outcome = succeed (train (at "sparse.libsvm") "short" [ "--epochs"; "2" ])
              Expect.that (not (outcome.Error.Contains "  0.00 s")) outcome.Error
              Expect.mentions [ " ms  " ] outcome.Error) ])
