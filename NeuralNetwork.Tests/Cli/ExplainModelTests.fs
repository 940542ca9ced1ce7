/// nn explain model: what a model goes by.
module NeuralNetwork.Tests.Cli.ExplainModelTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

/// The side is where the size is above 0; the shade says nothing. The height is twice the size, and a bit of the shade.
let private prepare (place: Workplace) =
    let random = Random 3

    let lines =
        [ for _ in 1..200 do
              let size, noise = Generate.normal random, Generate.normal random
              let shade = [| "dark"; "light" |][random.Next 2]
              let side = if size > 0.0 then "right" else "left"
              $"{size:F4},{noise:F4},{shade}", side, $"{2.0 * size + 0.01 * noise:F4}" ]

    File.WriteAllLines(
        place.At "sides.csv",
        "size,noise,shade,side" :: [ for cells, side, _ in lines -> $"{cells},{side}" ]
    )

    File.WriteAllLines(
        place.At "heights.csv",
        "size,noise,shade,height" :: [ for cells, _, y in lines -> $"{cells},{y}" ]
    )

    for data in [ "sides"; "heights" ] do
        InProcess.succeed
            [ "train"
              place.At $"{data}.csv"
              "--out"
              place.At data
              "--hidden"
              "8"
              "--epochs"
              "80"
              "--members"
              "1" ]
        |> ignore

let private number (element: JsonElement) (name: string) = element.GetProperty(name).GetDouble()

let tests =
    workplaceWith "ExplainModel" prepare (fun place ->
        let explain data arguments =
            (InProcess.succeed ([ "explain"; "model"; place.At data; place.At $"{data}.csv" ] @ arguments)).Out

        let document data = JsonDocument.Parse(explain data [ "--json" ]).RootElement

        [ each
              "The column that a table was made from comes first, and the others are worth nothing"
              [ "sides", "accuracy"; "heights", "r2" ]
              (fun (data, score) ->
                  let found = document data
                  Expect.equal score (string (found.GetProperty("score")))
                  let columns = [ for column in found.GetProperty("columns").EnumerateArray() -> column ]
                  Expect.equal "size" (columns[0].GetProperty("column") |> string)
                  Expect.equal 3 columns.Length
                  Expect.that (number columns[0] "fall" > 0.3) $"{columns[0]}"

                  for other in columns[1..] do
                      Expect.that (abs (number other "fall") < 0.1) $"{other}")
          test "What the columns of a row have added is the difference of two predictions" (fun () ->
              for data in [ "sides"; "heights" ] do
                  let rows = (document data).GetProperty("most_wrong").EnumerateArray() |> List.ofSeq

                  for row in rows do
                      let added =
                          row.GetProperty("added").EnumerateArray() |> Seq.sumBy (fun part -> number part "by")

                      Expect.within 1e-6 (number row "to" - number row "from") added

              Expect.equal 5 (Seq.length ((document "heights").GetProperty("most_wrong").EnumerateArray()))
              Expect.equal 5 (Seq.length ((document "sides").GetProperty("least_sure").EnumerateArray())))
          test
              "One output speaks for both classes, and what is explained is that of the class that was said"
              (fun () ->
                  let at = place.At

                  InProcess.succeed
                      [ "train"
                        at "sides.csv"
                        "--out"
                        at "single"
                        "--loss"
                        "binary-cross-entropy"
                        "--hidden"
                        "4"
                        "--epochs"
                        "3" ]
                  |> ignore

                  let told =
                      JsonDocument
                          .Parse(
                              (InProcess.succeed [ "explain"; "model"; at "single"; at "sides.csv"; "--json" ]).Out
                          )
                          .RootElement

                  let predicted =
                      JsonDocument
                          .Parse(
                              (InProcess.succeed
                                  [ "predict"; at "single"; at "sides.csv"; "--probabilities"; "--json" ])
                                  .Out
                          )
                          .RootElement.GetProperty("predictions")

                  let rows = told.GetProperty("least_sure").EnumerateArray() |> List.ofSeq
                  Expect.equal 5 rows.Length

                  for row in rows do
                      let said = row.GetProperty("predicted") |> string
                      let probabilities = predicted[row.GetProperty("row").GetInt32()].GetProperty("probabilities")

                      let added =
                          row.GetProperty("added").EnumerateArray() |> Seq.sumBy (fun part -> number part "by")

                      Expect.within 1e-5 (number probabilities said) (number row "to")
                      Expect.within 1e-6 (number row "to" - number row "from") added)
          test "A column that is named by a number keeps its name" (fun () ->
              let named = File.ReadAllText(place.At "sides.csv").Replace("size,noise", "2019,noise")
              File.WriteAllText(place.At "years.csv", named)

              InProcess.succeed
                  [ "train"; place.At "years.csv"; "--out"; place.At "years"; "--hidden"; "4"; "--epochs"; "2" ]
              |> ignore

              let columns = (document "years").GetProperty("columns").EnumerateArray()
              let titles = [ for column in columns -> column.GetProperty("column") |> string ]
              Expect.that (List.contains "2019" titles) $"%A{titles}")
          test "What is predicted on the mean follows the column that a table was made from" (fun () ->
              let dependence data =
                  [ for one in (document data).GetProperty("partial_dependence").EnumerateArray() ->
                        let line = one.GetProperty("predicted")[0]

                        string (one.GetProperty "column"),
                        [ for cell in one.GetProperty("cells").EnumerateArray() -> cell ],
                        string (line.GetProperty "of"),
                        [ for mean in line.GetProperty("mean").EnumerateArray() -> mean.GetDouble() ] ]

              let column, cells, value, means = List.head (dependence "heights")
              Expect.equal ("size", "value") (column, value)
              let places = cells |> List.map _.GetDouble()
              Expect.equal (List.sort places) places
              Expect.equal 19 places.Length
              // As it is predicted where the column is written anew.
              let rows = File.ReadAllLines(place.At "heights.csv")

              for at in [ 0; 9; 18 ] do
                  let changed =
                      [ rows[0]
                        for row in rows[1..] do
                            let rest = row.Substring(row.IndexOf ',')
                            $"{Tables.number places[at]}{rest}" ]

                  File.WriteAllLines(place.At "one-size.csv", changed)
                  let told = InProcess.succeed [ "predict"; place.At "heights"; place.At "one-size.csv"; "--json" ]

                  let predicted =
                      [ for one in
                            JsonDocument.Parse(told.Out).RootElement.GetProperty("predictions").EnumerateArray() ->
                            number one "prediction" ]

                  Expect.within 1e-5 (List.average predicted) means[at]

              let column, _, side, means = List.head (dependence "sides")
              Expect.equal ("size", "right") (column, side)
              Expect.that (means[0] < 0.2 && List.last means > 0.8) $"%A{means}"
              let _, cells, _, shades = dependence "sides" |> List.find (fun (column, _, _, _) -> column = "shade")
              Expect.equal [ "dark"; "light" ] (cells |> List.map string)
              // The shade says nothing: what there is of it is chance.
              Expect.that (abs (shades[0] - shades[1]) < 0.5 * (List.last means - means[0])) $"%A{shades}"

              Expect.mentions
                  [ "the mean probability of 'right' with one cell in every row"; " at light" ]
                  (explain "sides" []))
          test "Rare flags, many categories and missing cells have the mean predictions that predict gives" (fun () ->
              let at = place.At
              let town row = if row % 26 = 25 then "" else $"t{row % 26}"
              let flag row = if row % 30 = 7 then 1 else 0

              let kind row =
                  if flag row = 1 then "flagged"
                  elif row % 26 < 12 then "near"
                  else "far"

              let write name town flag =
                  File.WriteAllLines(
                      at name,
                      "x,flag,town,kind" :: [ for row in 0..259 -> $"{row % 11},{flag row},{town row},{kind row}" ]
                  )

              write "towns.csv" town flag

              InProcess.succeed
                  [ "train"
                    at "towns.csv"
                    "--target"
                    "kind"
                    "--out"
                    at "towns"
                    "--epochs"
                    "8"
                    "--hidden"
                    "8"
                    "--activation"
                    "tanh"
                    "--members"
                    "1"
                    "--missing"
                    "median" ]
              |> ignore

              let means (data: string) =
                  let told = InProcess.succeed [ "predict"; at "towns"; at data; "--probabilities"; "--json" ]
                  let rows = JsonDocument.Parse(told.Out).RootElement.GetProperty("predictions").EnumerateArray()

                  [ for label in [ "far"; "flagged"; "near" ] ->
                        rows |> Seq.averageBy (fun row -> number (row.GetProperty "probabilities") label) ]

              let told = document "towns"

              let dependence (column: string) =
                  told.GetProperty("partial_dependence").EnumerateArray()
                  |> Seq.find (fun one -> string (one.GetProperty "column") = column)

              let expect (one: JsonElement) (place: int) (data: string) =
                  let found =
                      [ for line in one.GetProperty("predicted").EnumerateArray() ->
                            ((line.GetProperty "mean")[place]).GetDouble() ]

                  for expected, found in List.zip (means data) found do
                      Expect.within 1e-6 expected found

              let flags = dependence "flag"
              Expect.equal [ "0"; "1" ] [ for cell in flags.GetProperty("cells").EnumerateArray() -> string cell ]
              write "flagged.csv" town (fun _ -> 1)
              expect flags 1 "flagged.csv"
              let towns = dependence "town"
              let cells = [ for cell in towns.GetProperty("cells").EnumerateArray() -> string cell ]
              Expect.equal 20 cells.Length
              Expect.equal cells.Length (List.distinct cells).Length
              write "one-town.csv" (fun _ -> cells[3]) flag
              expect towns 3 "one-town.csv"
              Expect.mentions [ "(20 of 26 categories)" ] (explain "towns" []))
          test "A page is written once, with a picture and the rows" (fun () ->
              let page = place.At "page.html"
              explain "sides" [ "--out"; page ] |> ignore

              Expect.mentions
                  [ "<svg"; "size"; "least sure"; "integrated gradients"; "Prediction by shade" ]
                  (File.ReadAllText page)

              let again = InProcess.run [ "explain"; "model"; place.At "sides"; place.At "sides.csv"; "--out"; page ]
              Expect.equal 2 again.Code
              Expect.mentions [ "--force" ] again.Error)
          test "Its pictures are files of their own, for light and dark, and replaced by --force alone" (fun () ->
              let folder = place.At "pictures"
              explain "sides" [ "--pictures"; folder ] |> ignore
              let pictures = [ for path in Directory.GetFiles folder -> string (Path.GetFileName path) ] |> List.sort
              Expect.equal [ "columns.svg"; "dependence-1.svg"; "dependence-2.svg"; "dependence-3.svg" ] pictures

              for name in pictures do
                  Expect.mentions
                      [ "<svg"; "prefers-color-scheme: dark" ]
                      (File.ReadAllText(Path.Combine(folder, name)))

              Expect.mentions [ "Prediction by size" ] (File.ReadAllText(Path.Combine(folder, "dependence-1.svg")))
              let again = [ "explain"; "model"; place.At "sides"; place.At "sides.csv"; "--pictures"; folder ]
              let refused = InProcess.run again
              Expect.equal 2 refused.Code
              Expect.mentions [ "columns.svg exists (--force replaces it)" ] refused.Error
              // One that there is no picture for any more goes.
              File.Copy(Path.Combine(folder, "columns.svg"), Path.Combine(folder, "dependence-6.svg"))
              InProcess.succeed (again @ [ "--force" ]) |> ignore
              Expect.equal 4 (Directory.GetFiles folder).Length)
          test "Without data it explains those that the run was trained on, as long as they are the same" (fun () ->
              let own = place.At "own.csv"
              File.Copy(place.At "sides.csv", own)

              InProcess.succeed [ "train"; own; "--out"; place.At "own"; "--hidden"; "4"; "--epochs"; "2" ]
              |> ignore

              let asked (model: string) = InProcess.run [ "explain"; "model"; model ]

              Expect.equal
                  (InProcess.succeed [ "explain"; "model"; place.At "own"; own ]).Out
                  (asked (place.At "own")).Out

              File.AppendAllText(own, "0.5,0.5,dark,right\n")
              let changed = asked (place.At "own")
              Expect.equal 3 changed.Code
              Expect.mentions [ "own.csv: not what the run was trained on any more"; "DATA" ] changed.Error
              File.Delete own
              let gone = asked (place.At "own")
              Expect.equal 3 gone.Code
              Expect.mentions [ "own.csv: not there"; "DATA" ] gone.Error
              Directory.CreateDirectory(place.At "lone") |> ignore
              let alone = Path.Combine(place.At "lone", "model.safetensors")
              File.Copy(Path.Combine(place.At "own", "model.safetensors"), alone)
              let lonely = asked alone
              Expect.equal 2 lonely.Code
              Expect.mentions [ "DATA"; "is in no run" ] lonely.Error)
          test "A deviation is of two deals or more" (fun () ->
              let found = InProcess.run [ "explain"; "model"; place.At "sides"; place.At "sides.csv"; "--deals"; "1" ]
              Expect.equal 2 found.Code
              Expect.mentions [ "--deals" ] found.Error)
          test "A seed deals the same, and --rows measures on so many" (fun () ->
              let some = explain "sides" [ "--rows"; "60"; "--seed"; "7" ]
              Expect.mentions [ "60 of 200 rows" ] some
              Expect.equal some (explain "sides" [ "--rows"; "60"; "--seed"; "7" ])) ])
