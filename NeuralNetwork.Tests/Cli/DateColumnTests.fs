/// Columns of dates, categories that were not there in training, and rare ones: on the command line, and the same in an app.
module NeuralNetwork.Tests.Cli.DateColumnTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private start = DateTime(2021, 3, 1)

let private written (format: string) (moment: DateTime) : string =
    moment.ToString(format, Globalization.CultureInfo.InvariantCulture)

/// Dates in the order that is asked for, with a gap now and then; the target goes by the weekday.
let private dated (format: string) (rows: int) =
    "when,x,y"
    :: [ for row in 0 .. rows - 1 do
             let moment = start.AddDays(float (row * 37 % 800))
             let cell = if row % 10 = 7 then "" else written format moment
             let weekend = moment.DayOfWeek = DayOfWeek.Saturday || moment.DayOfWeek = DayOfWeek.Sunday
             $"{cell},{row % 5},{(if weekend then 10 else 0) + row % 2}.5" ]

/// Some towns in many rows, others in one or two.
let private towns =
    "town,x,y"
    :: [ for row in 0..119 do
             let town =
                 if row % 4 = 3 then $"village {row}"
                 elif row % 3 = 0 then "Bonn"
                 else "Rome"

             $"{town},{row % 7},k{row % 2}" ]

let private forms =
    [ "ISO 8601", "yyyy-MM-dd", false, []
      "days in front", "dd/MM/yyyy", true, []
      "months in front", "M/d/yyyy", false, []
      "points, which say it themselves", "d.M.yyyy", false, []
      "days in front, which the option does not change", "d/M/yyyy", true, [ "--dates"; "month-first" ]
      "years in front, and days where they stand behind", "yyyy-MM-dd", true, [ "--dates"; "day-first" ]
      "moments", "yyyy-MM-dd'T'HH:mm", false, [] ]
    |> List.map (fun (name, format, isDayFirst, options) -> name, (format, isDayFirst, options))

let tests =
    workplace "DateColumn" (fun place ->
        let at = place.At
        let write name (lines: string seq) = Tables.write place name lines
        let train data run more = Tables.train place data run more

        let columnsOf (run: string) = (Model.Load<float32>(at $"{run}/model.safetensors")).Preprocessing.Columns

        [ eachNamed
              "A column of dates becomes their parts, and that is said"
              forms
              (fun (format: string, isDayFirst: bool, options: string list) ->
                  write "dated.csv" (dated format 120)
                  let more = [ "--missing"; "mean"; "--force" ] @ options
                  let outcome = succeed (train "dated.csv" "dated" more)

                  Expect.mentions
                      [ "column 'when': dates: year and place in the year, month and week, 7 features" ]
                      outcome.Error

                  match columnsOf "dated" with
                  | [ Column.Date("when", found, false, missing); Column.Number("x", _) ] ->
                      Expect.equal isDayFirst found
                      Expect.equal 7 missing.Length
                      Expect.that (missing[0] > 2021.0 && missing[0] < 2024.0) $"%A{missing}"
                  | other -> Expect.fail $"%A{other}")
          test "A column with times has the place in the day, too" (fun () ->
              write
                  "times.csv"
                  ("when,y"
                   :: [ for row in 0..59 -> written "yyyy-MM-dd HH:mm" (start.AddHours(float row)) + $",{row % 3}.5" ])

              let outcome = succeed (train "times.csv" "times" [])
              Expect.mentions [ "dates with times"; "9 features" ] outcome.Error
              Expect.equal [ Column.Date("when", false, true, [||]) ] (columnsOf "times"))
          test "Dates that may be others are refused, with what says which they are" (fun () ->
              write
                  "doubtful.csv"
                  ("when,y" :: [ for row in 0..39 -> $"{1 + row % 12}/{1 + row % 7}/2024,{row % 3}.5" ])

              let outcome = train "doubtful.csv" "doubtful" []
              Expect.equal 3 outcome.Code

              Expect.mentions
                  [ "column 'when': '8/1/2024' may be 2024-01-08 or 2024-08-01"
                    "--dates day-first or month-first"
                    "--categorical when" ]
                  outcome.Error

              succeed (train "doubtful.csv" "doubtful" [ "--dates"; "month-first" ]) |> ignore
              Expect.equal [ Column.Date("when", false, false, [||]) ] (columnsOf "doubtful")
              succeed (train "doubtful.csv" "doubtful" [ "--dates"; "day-first"; "--force" ]) |> ignore
              Expect.equal [ Column.Date("when", true, false, [||]) ] (columnsOf "doubtful")
              succeed (train "doubtful.csv" "doubtful" [ "--dates"; "text"; "--force" ]) |> ignore

              match columnsOf "doubtful" with
              | [ Column.Category("when", categories) ] -> Expect.that (categories.Length > 12) $"%A{categories}"
              | other -> Expect.fail $"%A{other}")
          test "A late row tells which number is the day" (fun () ->
              let row place = $"{1 + place % 12}/{1 + place % 7}/2024,{place % 3}.5"
              write "late.csv" ("when,y" :: [ for place in 0..1999 -> row place ] @ [ "13/1/2024,0.5" ])
              succeed (train "late.csv" "late" [ "--epochs"; "1" ]) |> ignore
              Expect.equal [ Column.Date("when", true, false, [||]) ] (columnsOf "late"))
          test "A column whose first thousand rows are missing is one of dates, and late times are times" (fun () ->
              let cell row =
                  if row < 1200 then ""
                  elif row < 2400 then "2024-02-03"
                  else "2024-02-03 04:05"

              write "gaps.csv" ("when,x,y" :: [ for row in 0..2500 -> $"{cell row},{row % 5},{row % 3}.5" ])
              succeed (train "gaps.csv" "gaps" [ "--missing"; "mean"; "--epochs"; "1" ]) |> ignore

              match columnsOf "gaps" with
              | [ Column.Date("when", false, true, missing); Column.Number("x", _) ] -> Expect.equal 9 missing.Length
              | other -> Expect.fail $"%A{other}")
          test "The options are those of a run again that is made from its config, and of one that goes on" (fun () ->
              let row number = $"{1 + number % 12}/{1 + number % 7}/2024,t{number % 30},{number % 5},k{number % 2}"
              write "again.csv" ("day,town,x,y" :: [ for number in 0..179 -> row number ])
              let options = [ "--dates"; "day-first"; "--unseen"; "zero"; "--rare"; "6"; "--checkpoint-every"; "1" ]
              succeed (train "again.csv" "first" options) |> ignore
              let config = at "first/config.json"
              let again = [ "train"; at "again.csv"; "--config"; config; "--out"; at "second" ]
              InProcess.succeed again |> ignore
              // As texts, for a missing number is NaN, which is equal to nothing.
              let said run = columnsOf run |> List.map string
              Expect.equal (said "first") (said "second")
              Expect.equal (place.Bytes "first/model.safetensors") (place.Bytes "second/model.safetensors")
              InProcess.succeed [ "resume"; at "first"; "--epochs"; "4" ] |> ignore
              Expect.equal (said "second") (said "first")

              match columnsOf "first" with
              | [ Column.Date("day", true, false, [||])
                  Column.OpenCategory("town", towns, false)
                  Column.Number("x", _) ] -> Expect.equal 30 towns.Length
              | other -> Expect.fail $"%A{other}")
          test "Rows with missing cells are left out by evaluate where training has left them out" (fun () ->
              let rows =
                  "town,y" :: [ for row in 0..59 -> (if row % 10 = 4 then "" else $"t{row % 3}") + $",k{row % 2}" ]

              write "left.csv" rows
              let outcome = succeed (train "left.csv" "left" [ "--missing"; "drop"; "--unseen"; "zero" ])
              Expect.mentions [ "6 of 60 rows left out" ] outcome.Error
              let evaluated = InProcess.run [ "evaluate"; at "left"; at "left.csv" ]
              Expect.equal 0 evaluated.Code
              Expect.mentions [ "6 of 60 rows left out" ] evaluated.Error)
          test
              "A rare text that is a kept number, written otherwise, is that number in training and in predictions"
              (fun () ->
                  let text row =
                      if row % 20 = 7 then "1.0"
                      elif row % 20 = 9 then "x"
                      elif row % 2 = 0 then "1"
                      else "2"

                  write "numerals.csv" ("c,y" :: [ for row in 0..99 -> $"{text row},{row % 3}.5" ])
                  succeed (train "numerals.csv" "numerals" [ "--rare"; "10"; "--categorical"; "c" ]) |> ignore
                  Expect.equal [ Column.OpenCategory("c", [| "1"; "2" |], true) ] (columnsOf "numerals")

                  let order =
                      TableOrder(
                          null,
                          Nullable(),
                          ColumnNames.None,
                          Expect.ok (ColumnNames.Read "c"),
                          MissingCells.Refuse,
                          Openness = Openness(Unseen.Other, 10)
                      )

                  let features = Tables.doubles (Tables.readWith place order "numerals.csv").Features
                  Expect.equal [| 1.0; 0.0; 0.0 |] features[21..23]
                  Expect.equal [| 0.0; 0.0; 1.0 |] features[27..29])
          test "A cell that is no date is refused by its line, and the column can be one of texts" (fun () ->
              write "broken.csv" (dated "yyyy-MM-dd" 30 @ [ "next week,1,0.5" ])
              let outcome = train "broken.csv" "broken" [ "--missing"; "mean" ]
              Expect.equal 3 outcome.Code
              Expect.mentions [ "line 32, column 'when': 'next week' is no date"; "--categorical when" ] outcome.Error
              succeed (train "broken.csv" "broken" [ "--missing"; "mean"; "--categorical"; "when" ]) |> ignore)
          test "nn data inspect shows dates, from the first to the last" (fun () ->
              write "seen.csv" (dated "yyyy-MM-dd" 30)
              let lines = lines (InProcess.succeed [ "data"; "inspect"; at "seen.csv" ]).Out
              let found = lines |> List.find _.StartsWith("when")
              Expect.mentions [ "date"; "2021-03-01" ] found)
          test "Categories below a number of rows are others together, and so is one that nobody has seen" (fun () ->
              write "towns.csv" towns
              write "new.csv" [ "town,x"; "Oslo,1"; "Bonn,1"; "village 3,1"; ",1" ]
              let outcome = succeed (train "towns.csv" "other" [ "--unseen"; "other" ])

              Expect.mentions
                  [ "column 'town': 30 of 32 categories have fewer than 10 rows: together one feature, other" ]
                  outcome.Error

              Expect.equal (Column.OpenCategory("town", [| "Bonn"; "Rome" |], true)) (columnsOf "other").Head
              Expect.equal 0 (predict place "other" "new.csv" "other.csv").Code

              let answers =
                  [ for line in List.tail (lines (File.ReadAllText(at "other.csv"))) ->
                        line.Substring(line.IndexOf ',') ]

              Expect.equal answers[0] answers[2]
              Expect.equal answers[0] answers[3]
              Expect.that (answers[0] <> answers[1]) $"%A{answers}")
          test "Or none of the features of the column is 1 for them" (fun () ->
              write "towns.csv" towns
              write "new.csv" [ "town,x"; "Oslo,1" ]
              let outcome = succeed (train "towns.csv" "zero" [ "--unseen"; "zero"; "--rare"; "5" ])
              Expect.mentions [ "fewer than 5 rows: no feature is 1 for them" ] outcome.Error
              Expect.equal (Column.OpenCategory("town", [| "Bonn"; "Rome" |], false)) (columnsOf "zero").Head
              Expect.equal 0 (predict place "zero" "new.csv" "zero.csv").Code
              let refused = train "towns.csv" "refused" [ "--unseen"; "refuse"; "--rare"; "5" ]
              Expect.equal 2 refused.Code
              Expect.mentions [ "--rare: 5 does not go with --unseen refuse" ] refused.Error)
          test "Without rare categories nothing is known of others" (fun () ->
              write "few.csv" ("kind,y" :: [ for row in 0..59 -> $"k{row % 2},{row % 3}.5" ])
              let outcome = succeed (train "few.csv" "few" [ "--unseen"; "other" ])

              Expect.mentions
                  [ "column 'kind': no category has fewer than 10 rows, so nothing is known of others" ]
                  outcome.Error

              Expect.equal [ Column.OpenCategory("kind", [| "k0"; "k1" |], false) ] (columnsOf "few"))
          test "More texts than a column may have are read where the frequent ones are few" (fun () ->
              let text row =
                  if row % 2 = 0 then "often"
                  elif row % 4 = 1 then "rather"
                  else $"t{row}"

              write "many.csv" ("text,y" :: [ for row in 0..5999 -> $"{text row},{row % 3}.5" ])
              let refused = train "many.csv" "many" []
              Expect.equal 3 refused.Code

              Expect.mentions
                  [ "more than 1000 different texts"; "--rare 10 has features for frequent ones alone" ]
                  refused.Error

              let outcome = succeed (train "many.csv" "many" [ "--rare"; "20"; "--epochs"; "1" ])
              Expect.mentions [ "1500 of 1502 categories have fewer than 20 rows" ] outcome.Error
              let none = train "many.csv" "none" [ "--rare"; "4000" ]
              Expect.equal 3 none.Code
              Expect.mentions [ "every category has fewer than 4000 rows" ] none.Error)
          test "Rows by name with dates and categories that nobody has seen have the answers of nn predict" (fun () ->
              let row (kinds: int) row =
                  let moment = start.AddHours(float (row * 331 % 20000))
                  let when' = if row % 9 = 4 then "" else written "yyyy-MM-dd HH:mm:ss" moment
                  let town = if row % 13 = 5 then "" else $"t{row * 7 % kinds}"
                  let x = if row % 11 = 3 then "" else $"{row % 17}.25"
                  [ when'; town; x; (if (row % 17 > 8) = (moment.Month > 6) then "yes" else "no") ]

              let table kinds rows =
                  "when,town,x,kind" :: [ for number in rows -> String.concat "," (row kinds number) ]

              write "rows.csv" (table 30 [ 0..399 ])
              write "more.csv" (table 60 [ 1000..1999 ])

              succeed (
                  train
                      "rows.csv"
                      "named"
                      [ "--missing"; "mean"; "--unseen"; "other"; "--rare"; "14"; "--blas"; "managed" ]
              )
              |> ignore

              InProcess.succeed [ "predict"; at "named"; at "more.csv"; "--out"; at "more.p.csv"; "--probabilities" ]
              |> ignore

              let model = Model.Load<float32>(at "named/model.safetensors")
              let lines = File.ReadAllLines(at "more.p.csv")
              let column (name: string) = Array.IndexOf(lines[0].Split ',', name)
              Expect.equal 1001 lines.Length

              for number, line in Seq.zip [ 1000..1999 ] (Seq.tail lines) do
                  let cells = row 60 number

                  let found =
                      model.Classify(
                          readOnlyDict (
                              List.zip
                                  [ "when"; "town"; "x"; "kind" ]
                                  ([ for cell in cells -> RowCell.op_Implicit (cell: string | null) ])
                          )
                      )

                  let parts = line.Split ','
                  Expect.equal parts[column "prediction"] found.Label
                  let expected = float parts[column $"probability_{found.Label}"]
                  Expect.within 2e-6 expected found.Probability) ])
