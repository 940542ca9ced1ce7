/// Numbers that are not written as -12.5e3: read where an option says how they are written, refused in all other cases, and
/// never taken for categories.
module NeuralNetwork.Tests.Cli.NotationTests

open System
open System.Globalization
open System.IO
open System.Text
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private marks =
    [ Thousands.Nothing, ""
      Thousands.Comma, ","
      Thousands.Dot, "."
      Thousands.Space, "\u00A0"
      Thousands.Space, " "
      Thousands.Apostrophe, "’"
      Thousands.Underscore, "_" ]

/// A number with marks between its thousands and before its decimals.
let private written (point: char) (mark: string) (x: float) =
    let digits = (abs x).ToString("F3", CultureInfo.InvariantCulture)
    let whole, decimals = digits[.. digits.Length - 5], digits[digits.Length - 3 ..]

    let groups =
        [ for place in 0 .. whole.Length - 1 ->
              (if place > 0 && (whole.Length - place) % 3 = 0 then mark else "") + string whole[place] ]

    (if x < 0.0 then "-" else "") + String.Concat groups + string point + decimals

let private broken =
    [ "1,23,4"
      "1.23"
      "12.3456"
      ".123"
      "1..234"
      "1.234.56"
      "1.2345.678"
      ""
      "-"
      "1,2,3"
      "1.234,5.6" ]

let private others =
    [ "€ 5", "write it as 5"
      "5 €", "write it as 5"
      "-£0.25", "write it as -0.25"
      "$1,250.00", "write it as 1250"
      "1,250 €", "digits and a point alone"
      "USD 12", "write it as 12"
      "5%", "write it as 5"
      "(5)", "write it as 5"
      "1.5D+03", "write it as 1500"
      "１２", "write it as 12"
      "–7", "write it as -7"
      "0b101", "decimal digits"
      "0XfF", "decimal digits"
      "1'250", "--thousands apostrophe reads 1250"
      "12,34,567", "--thousands comma reads 1234567"
      "1 250", "--thousands space reads 1250"
      "1 250,5", "--decimal comma --thousands space reads 1250.5"
      "1.250.000", "--decimal comma --thousands dot reads 1250000"
      "1.250,5", "--decimal comma --thousands dot reads 1250.5"
      "1,250", "--decimal comma reads 1.25, --thousands comma reads 1250"
      "1_250.5", "--thousands underscore reads 1250.5" ]

let private otherCases = [ for text, words in others -> (text, (text, words)) ]

let private texts = [ "2023-01-05"; "12:30"; "1.2.3"; "12A"; "10-20"; "1/2"; "5kg"; "#7"; "no 5"; "A1"; "$"; "R5" ]

let private german =
    let number row = (1000.5 + float row * 37.25).ToString("N2", CultureInfo.InvariantCulture)
    let turned (text: string) = text.Replace(',', '_').Replace('.', ',').Replace('_', '.')

    "Umsatz;Zahl;Art"
    :: [ for row in 1..40 -> $"{turned (number row)};{row};{if row > 20 then 'a' else 'b'}" ]

let private unknowns =
    [ "-nan"
      "+NaN"
      "nan(ind)"
      "-nan(ind)"
      "NaN."
      "nan(0x8000000000000)"
      "1.#QNAN"
      "-1.#IND00"
      "1.#SNAN"
      "qNaN"
      "NAN" ]

let tests =
    workplace "Notation" (fun place ->
        let at = place.At
        let write = Tables.write place
        let train = Tables.train place

        [ states
              [ 63 ]
              (law
                  "A number written in any notation is read by it to the bit, and is a number to all others"
                  (fun (seed: int) ->
                      let random = Random seed
                      let x = Math.Round((random.NextDouble() - 0.5) * Math.Pow(10.0, float (random.Next 10)), 3)

                      for point in [ '.'; ',' ] do
                          for thousands, mark in marks do
                              if mark <> string point then
                                  let text = written point mark x
                                  let notation = NumberNotation(point, thousands)
                                  let isRead, found = notation.TryNumber(ReadOnlySpan(Encoding.UTF8.GetBytes text))
                                  Expect.that isRead text
                                  Expect.sameBits text [| x |] [| found |]

                                  let isPlain, _ =
                                      NumberNotation.Plain.TryNumber(ReadOnlySpan(Encoding.UTF8.GetBytes text))

                                  Expect.that (isPlain || OtherNotation.Is(text, NumberNotation.Plain)) text))
          each "Thousands are marked by threes or not at all" broken (fun (text: string) ->
              let german = NumberNotation(',', Thousands.Dot)
              Expect.that (not (fst (german.TryNumber(ReadOnlySpan(Encoding.UTF8.GetBytes text))))) text)
          eachNamed
              "A column of numbers in another notation is no column of categories or classes, and what reads it is said"
              otherCases
              (fun (text: string, words: string) ->
                  let cells = [ for row in 1..20 -> row, (if row % 2 = 1 then $"\"{text}\"" else "2%") ]
                  write "feature.csv" ("price,kind" :: [ for row, cell in cells -> $"{cell},k{row % 2}" ])
                  write "target.csv" ("size,price" :: [ for row, cell in cells -> $"{row},{cell}" ])

                  for name, wayOut in
                      [ "feature.csv", "--categorical price takes texts, --ignore price"
                        "target.csv", "--task classification takes texts" ] do
                      let outcome = train name "run" [ "--dry-run" ]
                      Expect.mentions [ name; "line 2, column 'price'"; words; wayOut ] outcome.Error
                      Expect.equal 3 outcome.Code

                  for name in [ "feature.csv"; "target.csv" ] do
                      succeed (train name "run" [ "--dry-run"; "--categorical"; "price"; "--validation"; "none" ])
                      |> ignore)
          each "What is no number in any notation is a category" texts (fun (text: string) ->
              Expect.that (not (OtherNotation.Is(text, NumberNotation.Plain))) text

              write
                  "texts.csv"
                  ("c,y" :: [ for row in 1..8 -> (if row % 2 = 0 then $"\"{text}\"" else "other") + $",{row % 2}" ])

              succeed (train "texts.csv" "run" [ "--dry-run"; "--validation"; "none" ]) |> ignore)
          test
              "A table with decimal commas is learned, and its run reads others the same way without being told"
              (fun () ->
                  write "german.csv" german
                  let options = [ "--decimal"; "comma"; "--thousands"; "dot" ]
                  succeed (train "german.csv" "german" options) |> ignore

                  match ModelFile.read (File.ReadAllBytes(at "german/model.safetensors")) with
                  | Ok(AnyModel.Single model) ->
                      Expect.equal [ "Umsatz"; "Zahl" ] [ for column in model.Preprocessing.Columns -> column.Title ]
                      Expect.that (model.Preprocessing.Shift[0] > 1000.0) "thousands were read as decimals"
                  | _ -> Expect.fail "no model"

                  let config = place.Json "german/config.json"
                  Expect.equal "comma" (string (config.GetProperty("decimal").GetString()))
                  let evaluated = succeed (InProcess.run [ "evaluate"; at "german"; at "german.csv" ])
                  Expect.mentions [ "config.json"; "as in training: --decimal comma --thousands dot" ] evaluated.Error
                  let given = succeed (InProcess.run ([ "evaluate"; at "german"; at "german.csv" ] @ options))
                  Expect.equal evaluated.Out given.Out
                  Expect.that (not (given.Error.Contains "as in training")) given.Error
                  // A model without its run cannot know: it refuses, and says what reads them.
                  File.Copy(at "german/model.safetensors", at "alone.safetensors", true)

                  let alone =
                      InProcess.run [ "predict"; at "alone.safetensors"; at "german.csv"; "--out"; at "p.csv" ]

                  Expect.equal 3 alone.Code
                  Expect.mentions [ "line 2"; "--decimal comma --thousands dot reads" ] alone.Error
                  // Points are no decimals where commas are.
                  write "plain.csv" ("Umsatz;Zahl;Art" :: [ for row in 1..9 -> $"{row}.25;{row};a" ])
                  let plain = InProcess.run [ "predict"; at "german"; at "plain.csv"; "--out"; at "p.csv" ]
                  Expect.equal 3 plain.Code
                  Expect.mentions [ "line 2"; "--decimal point --thousands none reads 1.25" ] plain.Error

                  succeed (
                      InProcess.run
                          [ "predict"
                            at "german"
                            at "plain.csv"
                            "--decimal"
                            "point"
                            "--thousands"
                            "none"
                            "--out"
                            at "p.csv" ]
                  )
                  |> ignore)
          each "Whatever a program prints for a number that is none is a missing cell" unknowns (fun (text: string) ->
              for share in [ 2; 8 ] do
                  write
                      "nan.csv"
                      ("x,kind"
                       :: [ for row in 1..16 -> (if row % share = 1 then text else string row) + $",k{row % 3}" ])

                  let refused = train "nan.csv" "run" [ "--dry-run" ]
                  Expect.equal 3 refused.Code
                  Expect.mentions [ "line 2, column 'x'"; "is missing"; "--missing mean" ] refused.Error

                  succeed (train "nan.csv" "run" [ "--dry-run"; "--missing"; "mean"; "--validation"; "none" ])
                  |> ignore)
          test "Words for missing cells are those of the user, and the model's run keeps them" (fun () ->
              let label row = if row % 3 = 0 then "None" else "Some"

              let number row =
                  if row % 5 = 0 then "-999"
                  elif row % 7 = 0 then "gone"
                  else string row

              write "words.csv" ("x,y" :: [ for row in 1..40 -> $"{number row},{label row}" ])
              let options = [ "--missing-words"; "-999,gone"; "--missing"; "mean" ]
              let trained = succeed (train "words.csv" "words" options)
              Expect.mentions [ "2 classes: None, Some" ] trained.Error

              match ModelFile.read (File.ReadAllBytes(at "words/model.safetensors")) with
              | Ok(AnyModel.Single model) ->
                  Expect.that (model.Preprocessing.Shift[0] > 0.0) "-999 was taken for a number"
              | _ -> Expect.fail "no model"

              let evaluated = succeed (InProcess.run [ "evaluate"; at "words"; at "words.csv" ])
              // PowerShell would split at the comma.
              let words = if Elsewhere.isWindows then CommandLine.typed "-999,gone" else "-999,gone"
              Expect.mentions [ $"--missing-words {words}" ] evaluated.Error
              // Again by its own record.
              succeed (train "words.csv" "words-again" [ "--config"; at "words/config.json" ]) |> ignore
              Expect.equal (File.ReadAllText(at "words/config.json")) (File.ReadAllText(at "words-again/config.json"))

              write
                  "gone.csv"
                  ("x,y"
                   :: [ for row in 1..40 ->
                            (if row = 5 then "gone"
                             elif row = 6 then "NA"
                             else string row)
                            + $",{row % 2}" ])

              let more words = train "gone.csv" "run" [ "--dry-run"; "--missing"; "mean"; "--missing-words"; words ]
              Expect.mentions [ "line 7, column 'x': 'NA'" ] (more "gone").Error
              succeed (more "usual,gone") |> ignore
              write "none.csv" ("x,y" :: [ for row in 1..40 -> $"{row},{label row}" ])
              let refused = train "none.csv" "run" [ "--dry-run" ]
              Expect.mentions [ "'None' is missing"; "--missing-words none takes the word for a text" ] refused.Error
              let dropped = train "none.csv" "run" [ "--dry-run"; "--missing"; "drop" ]
              Expect.mentions [ "only one class"; "'Some'" ] dropped.Error
              let taken = succeed (train "none.csv" "run" [ "--dry-run"; "--missing-words"; "none" ])
              Expect.mentions [ "2 classes: None, Some" ] taken.Error)
          test "Words for missing cells are those of any table with columns, and separators are not" (fun () ->
              let label row = if row % 3 = 0 then "None" else "Some"
              write "words.jsonl" [ for row in 1..40 -> $"{{ \"x\": {row}, \"y\": \"{label row}\" }}" ]
              let refused = train "words.jsonl" "run" [ "--dry-run" ]
              Expect.equal 3 refused.Code
              Expect.mentions [ "'None' is missing"; "--missing-words none" ] refused.Error
              let trained = succeed (train "words.jsonl" "lines" [ "--missing-words"; "none" ])
              Expect.mentions [ "2 classes: None, Some" ] trained.Error
              let evaluated = succeed (InProcess.run [ "evaluate"; at "lines"; at "words.jsonl" ])
              Expect.mentions [ "as in training: --missing-words none" ] evaluated.Error
              let separated = train "words.jsonl" "run" [ "--dry-run"; "--quote"; "none" ]
              Expect.equal 2 separated.Code
              Expect.mentions [ "--quote" ] separated.Error)
          test "A text among numbers is refused with all that would help" (fun () ->
              let refuse cell words =
                  write
                      "text.csv"
                      ("my x,y" :: [ for row in 1..9 -> (if row = 4 then cell else string row) + $",{row % 2}" ])

                  let outcome = train "text.csv" "run" [ "--dry-run" ]
                  Expect.equal 3 outcome.Code
                  let column = CommandLine.typed "my x"

                  Expect.mentions
                      ([ "line 5, column 'my x'"; $"--categorical {column}"; $"--ignore {column}" ] @ words)
                      outcome.Error

              refuse "A/5 21171" []

              // PowerShell would split at the comma.
              let words word =
                  let word = $"usual,{word}"
                  [ $"--missing-words {if Elsewhere.isWindows then CommandLine.typed word else word} if" ]

              for word in [ "unknown"; "-inf"; "-" ] do
                  refuse word (words word)

              refuse "1e999" ("is not finite" :: words "1e999")
              refuse "#DIV/0!" [ $"""--missing-words {CommandLine.typed "usual,#DIV/0!"} if""" ]) ])
