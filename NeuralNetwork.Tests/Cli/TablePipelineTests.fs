/// Tables of every format from end to end: learned, measured and predicted.
module NeuralNetwork.Tests.Cli.TablePipelineTests

open System
open System.IO
open System.IO.Compression
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

/// People, their habits, and what they are: quotes, missing cells, texts, categories.
let private habits (rows: int) =
    let random = Random 11

    [ "age,smoker,\"hours of sport\",\"city, district\",habit"
      for row in 1..rows do
          let age = if row % 17 = 0 then "" else string (18 + random.Next 60)

          let smoker, city =
              [| "yes"; "no"; "at parties" |][random.Next 3],
              [| "\"Köln, Süd\""; "Bonn"; "\"\"\"Old\"\" town\"" |][random.Next 3]

          let sport = 10.0 * random.NextDouble()
          let score = sport - (if smoker = "yes" then 3.0 else 0.0)

          let habit =
              if score > 6.0 then "=fit"
              elif score > 2.0 then "average"
              else "lazy"

          $"{age},{smoker},{number (Math.Round(sport, 2))},{city},{habit}" ]

/// The columns of a file in another order, another one among them, and none of what is predicted.
let private turned (rows: string list) =
    rows
    |> List.mapi (fun row line ->
        let cells = line.Split ','
        let more = if row = 0 then "more" else "!"
        $"{cells[2]},{more},{cells[0]},{cells[1]}")

let private houses (rows: int) =
    let random = Random 12

    [ "area,rooms,kind,price"
      for _ in 1..rows do
          let area, rooms = Math.Round(30.0 + 170.0 * random.NextDouble(), 1), 1 + random.Next 6
          let kind = if random.Next 2 = 0 then "flat" else "house"
          let price = 3000.0 * area + 10000.0 * float rooms + (if kind = "house" then 50000.0 else 0.0)
          $"{number area},{rooms},{kind},{number (price + 5000.0 * Generate.normal random)}" ]

/// Every text in a document.
let rec private strings (element: JsonElement) : string list =
    match element.ValueKind with
    | JsonValueKind.String -> element.GetString() |> Option.ofObj |> Option.toList
    | JsonValueKind.Array ->
        [ for item in element.EnumerateArray() do
              yield! strings item ]
    | JsonValueKind.Object ->
        [ for member' in element.EnumerateObject() do
              yield! strings member'.Value ]
    | _ -> []

let tests =
    workplace "TablePipeline" (fun place ->
        let at = place.At
        let write = Tables.write place
        let train = Tables.train place
        let predict = Tables.predict place

        [ states
              [ 64 ]
              (test "IDX, CSV, NPY and NPZ of the same data give the same array and the same training run" (fun () ->
                  let random = Random 5
                  let x = Array.init (60 * 4) (fun _ -> float32 (round (256.0 * Generate.normal random) / 256.0))
                  let y = Array.init 60 (fun row -> row % 3)
                  let cell (x: float32) = number (float x)
                  let row i = String.Join(',', x[4 * i .. 4 * i + 3] |> Array.map cell)
                  write "same.csv" (Seq.append [ "a,b,c,d,y" ] (Seq.init 60 (fun i -> $"{row i},{y[i]}")))

                  let xs, ys =
                      Npy.write { Shape = [| 60; 4 |]; Values = NumberArray.Singles x },
                      Npy.write { Shape = [| 60 |]; Values = NumberArray.Bytes(Array.map byte y) }

                  File.WriteAllBytes(at "x.npy", xs)
                  File.WriteAllBytes(at "y.npy", ys)

                  using (ZipFile.Open(at "same.npz", ZipArchiveMode.Create)) (fun zip ->
                      for name, bytes in [ "x.npy", xs; "y.npy", ys ] do
                          use entry = zip.CreateEntry(name).Open()
                          entry.Write(bytes, 0, bytes.Length))

                  let big (x: int) = BitConverter.GetBytes x |> Array.rev
                  Directory.CreateDirectory(at "same") |> ignore

                  for part in [ "train"; "t10k" ] do
                      let values =
                          Array.collect (BitConverter.GetBytes: float32 -> byte[]) x
                          |> Array.chunkBySize 4
                          |> Array.collect Array.rev

                      let images = Array.concat [ [| 0uy; 0uy; 0x0Duy; 3uy |]; big 60; big 2; big 2; values ]
                      File.WriteAllBytes(at $"same/{part}-images-idx3-ubyte", images)

                      File.WriteAllBytes(
                          at $"same/{part}-labels-idx1-ubyte",
                          Array.concat [ [| 0uy; 0uy; 8uy; 1uy |]; big 60; Array.map byte y ]
                      )

                  let weights data run =
                      let data = if data = "pair" then String.Join(',', at "x.npy", at "y.npy") else at data

                      succeed (
                          InProcess.run
                              [ "train"
                                data
                                "--out"
                                at run
                                "--epochs"
                                "2"
                                "--preset"
                                "none"
                                "--standardize"
                                "true" ]
                      )
                      |> ignore

                      match ModelFile.read (File.ReadAllBytes(at $"{run}/model.safetensors")) with
                      | Ok(AnyModel.Single model) ->
                          Expect.equal [| "0"; "1"; "2" |] model.Labels
                          model.Parameters.Values
                      | _ -> Expect.fail ("no model")

                  let expected = weights "same.csv" "r-csv"

                  for data, run in [ "same", "r-idx"; "same.npz", "r-npz"; "pair", "r-npy" ] do
                      Expect.sameBits data expected (weights data run)))
          test
              "People's habits are learned, measured and predicted by three commands, the same in every country"
              (fun () ->
                  write "habits.csv" (habits 300)

                  let outcome (run: string) =
                      succeed (train "habits.csv" run [ "--missing"; "median"; "--epochs"; "30"; "--lr"; "0.02" ])
                      |> ignore

                      let report = succeed (InProcess.run [ "evaluate"; at run; at "habits.csv"; "--json" ])

                      succeed (
                          InProcess.run
                              [ "predict"; at run; at "habits.csv"; "--out"; at $"{run}-out.csv"; "--probabilities" ]
                      )
                      |> ignore

                      report.Out, File.ReadAllText(at $"{run}-out.csv")

                  let report, predictions = outcome "habits"
                  let accuracy = (JsonDocument.Parse report).RootElement.GetProperty("accuracy").GetDouble()
                  Expect.that (accuracy > 0.8) $"an accuracy of {accuracy}"
                  let rows = lines predictions
                  Expect.equal "row,prediction,probability_=fit,probability_average,probability_lazy" rows[0]
                  Expect.equal 301 rows.Length
                  // What a spreadsheet would run is written as it is.
                  Expect.that (rows |> List.exists (fun row -> (row.Split ',')[1] = "=fit")) "nobody is fit"

                  InProcess.abroad (fun () -> Expect.equal (report, predictions) (outcome "habits-abroad")))
          test "Values are learned in units of their own and predicted in those of the data" (fun () ->
              let all = houses 400
              write "houses.csv" all
              succeed (train "houses.csv" "houses" [ "--epochs"; "60"; "--lr"; "0.01" ]) |> ignore

              let report =
                  JsonDocument
                      .Parse((succeed (InProcess.run [ "evaluate"; at "houses"; at "houses.csv"; "--json" ])).Out)
                      .RootElement

              let r2, rmse = (report.GetProperty "r2").GetDouble(), (report.GetProperty "rmse").GetDouble()
              Expect.that (r2 > 0.98) $"R2 {r2}"
              Expect.that (rmse > 1000.0 && rmse < 20000.0) $"RMSE {rmse}"
              succeed (predict "houses" "houses.csv" "prices.csv") |> ignore
              let predictions = lines (File.ReadAllText(at "prices.csv"))
              Expect.equal "row,prediction" predictions[0]
              write "turned.csv" (turned all)
              succeed (predict "houses" "turned.csv" "turned-prices.csv") |> ignore
              Expect.equal predictions (lines (File.ReadAllText(at "turned-prices.csv")))
              succeed (predict "houses" "houses.csv" "prices.npy") |> ignore
              let outcome = InProcess.run [ "predict"; at "houses"; at "houses.csv"; "--probabilities" ]
              Expect.equal 2 outcome.Code
              Expect.mentions [ "--probabilities: "; "predicts values, and no classes" ] outcome.Error

              match Npy.read (File.ReadAllBytes(at "prices.npy")) with
              | Ok npy ->
                  Expect.equal
                      (List.tail predictions |> List.map (fun row -> float32 ((row.Split ',')[1]) |> float))
                      (List.ofArray (doubles npy.Values))
              | Error defect -> Expect.fail (string defect))
          states
              [ 66 ]
              (lawTried 5 "Predictions come in the order of the rows" (fun (seed: int) ->
                  if not (File.Exists(at "ordered/model.safetensors")) then
                      write "ordered.csv" (houses 60)
                      succeed (train "ordered.csv" "ordered" []) |> ignore

                  let rows = File.ReadAllLines(at "ordered.csv")
                  let order = Array.init 60 id
                  Random(seed).Shuffle order
                  write "shuffled.csv" (Seq.append [ rows[0] ] (order |> Seq.map (fun row -> rows[row + 1])))

                  let values name =
                      succeed (predict "ordered" name "ordered-out.csv") |> ignore

                      File.ReadAllLines(at "ordered-out.csv")
                      |> Array.tail
                      |> Array.map (fun row -> (row.Split ',')[1])

                  let plain = values "ordered.csv"
                  Expect.equal (order |> Array.map (fun row -> plain[row])) (values "shuffled.csv")))
          test "A model refuses a table without one of its columns or with a category it has never met" (fun () ->
              write "known.csv" (houses 60)
              succeed (train "known.csv" "known" []) |> ignore

              write
                  "narrow.csv"
                  (houses 60 |> List.map (fun row -> let cells = row.Split ',' in $"{cells[0]},{cells[3]}"))

              write "foreign.csv" (houses 60 |> List.map _.Replace("flat", "castle"))

              write
                  "holes.csv"
                  (houses 60
                   |> List.mapi (fun row line -> if row = 3 then "," + line[line.IndexOf ',' + 1 ..] else line))

              for name, words in
                  [ "narrow.csv", [ "no 'rooms', 'kind'"; "has: area, price" ]
                    "foreign.csv",
                    [ "line "
                      "column 'kind'"
                      "category 'castle'"
                      "flat, house"
                      "leave the row out"
                      "--ignore kind" ]
                    "holes.csv", [ "line 4"; "column 'area'"; "missing" ] ] do
                  let outcome = InProcess.run [ "predict"; at "known"; at name; "--out"; at "nothing.csv" ]
                  Expect.equal 3 outcome.Code
                  Expect.mentions (name :: words) outcome.Error
                  Expect.that (not (File.Exists(at "nothing.csv"))) "something was written")
          test
              "A class that the model does not know is refused where it is compared, and does not matter to a prediction"
              (fun () ->
                  write "classes.csv" ("x,y" :: [ for row in 1..30 -> $"{row},k{row % 2}" ])
                  succeed (train "classes.csv" "classes" []) |> ignore
                  write "stranger.csv" [ "x,y"; "1,k1"; "2,k7" ]
                  let outcome = InProcess.run [ "evaluate"; at "classes"; at "stranger.csv" ]
                  Expect.equal 3 outcome.Code

                  Expect.mentions
                      [ "stranger.csv"; "line 3"; "column 'y'"; "label 'k7' is no class"; "k0, k1" ]
                      outcome.Error

                  succeed (predict "classes" "stranger.csv" "stranger-out.csv") |> ignore
                  Expect.equal 3 (File.ReadAllLines(at "stranger-out.csv").Length))
          test
              "Names of classes that a spreadsheet would run are text in CSV that is safe of it, themselves in JSON, and numbers stay numbers"
              (fun () ->
                  let names = [| "=HYPERLINK(\"\"http://x\"\",\"\"y\"\")"; "@x"; "-3" |]
                  let plain = names |> Array.map _.Replace("\"\"", "\"")
                  write "formulas.csv" ("x,y" :: [ for row in 0..59 -> $"{row % 3},\"{names[row % 3]}\"" ])

                  succeed (
                      train "formulas.csv" "formulas" [ "--epochs"; "60"; "--lr"; "0.05"; "--validation"; "none" ]
                  )
                  |> ignore

                  let report = succeed (InProcess.run [ "evaluate"; at "formulas"; at "formulas.csv"; "--json" ])
                  let document = (JsonDocument.Parse report.Out).RootElement
                  Expect.equal 1.0 (document.GetProperty("accuracy").GetDouble())

                  for name in plain do
                      Expect.that (strings document |> List.contains name) $"{name} is not in {report.Out}"

                  succeed (
                      InProcess.run
                          [ "predict"
                            at "formulas"
                            at "formulas.csv"
                            "--out"
                            at "formulas-out.csv"
                            "--spreadsheet-safe" ]
                  )
                  |> ignore

                  let rows = File.ReadAllLines(at "formulas-out.csv")
                  Expect.equal [| $"0,\"'{names[0]}\""; "1,'@x"; "2,-3" |] rows[1..3]) ])
