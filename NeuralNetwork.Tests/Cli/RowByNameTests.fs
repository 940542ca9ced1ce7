/// A row by names in an app has the answer that nn gives for it in a table.
module NeuralNetwork.Tests.Cli.RowByNameTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

/// Gaps in numbers and texts, categories that are numbers, a word for a missing cell.
let private cells (row: int) =
    [ (if row % 7 = 3 then "" else number (float (row * 37 % 101) / 8.0))
      (if row % 11 = 5 then "NA" else string (row * 13 % 50 - 20))
      (if row % 5 = 1 then "" else List.item (row % 3) [ "clerk"; "nurse"; "O'Hara, \u00e9" ])
      List.item (row % 4) [ "1"; "2.0"; "10"; "3" ]
      // Near each other and far from 0: rounded to float32 first they would be another distance apart.
      $"{1_700_000_000 + row * 29 % 2000}.25"
      (if row % 4 = 0 then "01" else "1")
      (if row * 37 % 101 + row % 3 * 20 > 60 then "yes" else "no") ]

let private heads = [ "income"; "age"; "job"; "level"; "time"; "code"; "kind" ]

let private quoted (cell: string) = if cell.Contains ',' then $"\"{cell}\"" else cell

let private table (rows: int seq) =
    String.Join(',', heads) :: [ for row in rows -> String.Join(',', List.map quoted (cells row)) ]

/// The cells of a row as an app has them: numbers where they are, texts, nothing.
let private row (row: int) =
    let cell (text: string) =
        match Double.TryParse(text, Globalization.CultureInfo.InvariantCulture) with
        | _ when text = "" || text = "NA" -> RowCell.Missing
        | true, number when not (text.StartsWith "0") -> RowCell.Of number
        | _ -> RowCell.Of text

    readOnlyDict (List.zip heads (List.map cell (cells row)))

let tests =
    workplace "RowByName" (fun place ->
        let at = place.At

        [ each
              "Of a thousand rows with gaps each has the class and probabilities that nn predict gives"
              [ "mean"; "median" ]
              (fun (missing: string) ->
                  File.WriteAllLines(at "train.csv", table (seq { 0..299 }))
                  File.WriteAllLines(at "rows.csv", table (seq { 1000..1999 }))
                  let run = at missing

                  [ "train"; at "train.csv"; "--missing"; missing; "--categorical"; "level,code" ]
                  @ [ "--hidden"; "8"; "--epochs"; "5"; "--threads"; "1"; "--blas"; "managed"; "--out"; run ]
                  |> InProcess.succeed
                  |> ignore

                  [ "predict"; run; at "rows.csv"; "--out"; at "p.csv"; "--probabilities"; "--force" ]
                  |> InProcess.succeed
                  |> ignore

                  let model = Model.Load<float32>(Path.Combine(run, "model.safetensors"))
                  let lines = File.ReadAllLines(at "p.csv")
                  let column (name: string) = Array.IndexOf(lines[0].Split ',', name)
                  let places = model.Labels |> Array.map (fun label -> column $"probability_{label}")
                  Expect.equal 1001 lines.Length

                  for index, line in Seq.indexed (Seq.tail lines) do
                      let parts = line.Split ','
                      let found = model.Classify(row (1000 + index))
                      Expect.equal parts[column "prediction"] found.Label

                      let expected = float32 parts[places[found.Class]]
                      let difference = abs (float expected - found.Probability)
                      Expect.that (difference <= 2e-6) $"row {index}: {found} instead of {line}") ])
