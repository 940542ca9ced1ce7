/// How text tables are written: what separates fields, what stands above, below and beside the table, and in which letters.
module NeuralNetwork.Tests.Cli.TableFormatTests

open System
open System.IO
open System.Text
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Spec
open NeuralNetwork.Cli.Studies
open NeuralNetwork.Engine
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables
open NeuralNetwork.Tests.Cli.ColourTable

let private yearly head =
    head
    :: [ for row in 0..11 -> $"{(if row % 2 = 0 then 'N' else 'S')},{10 + row % 4},{row % 3},k{row % 2}" ]

/// A table of many kinds of cells in a way of writing it, both by chance, with a few bytes changed.
let private drawn (random: Random) : byte[] * CsvFormat =
    let pick (choices: 'Choice[]) = choices[random.Next choices.Length]
    let mark = pick [| ","; ";"; "\t"; "|"; " "; "  "; ":" |]

    let cell () =
        match random.Next 8 with
        | 0 -> ""
        | 1 -> pick [| "NA"; "-nan"; "?"; "None" |]
        | 2 -> pick [| "\"a, b\""; "\"a\nb\""; "it's"; "\"" |]
        | 3 -> pick [| "1,5"; "1 234"; "$5"; "0x1F"; "1e999"; "−3" |]
        | 4 -> pick [| "# x"; "// y"; "ö"; "\U0001F600"; "2023" |]
        | _ -> string (random.Next 100)

    let line _ = String.Join(mark, Array.init (random.Next(1, 5)) (fun _ -> cell ()))
    let text = String.Join(pick [| "\n"; "\r\n"; "\r" |], Array.init (random.Next 12) line)
    let encoding = pick [| Encoding.UTF8; Encoding.Unicode; Encoding.BigEndianUnicode; Encoding.Latin1 |]
    let bytes = Array.append (pick [| encoding.GetPreamble(); [||] |]) (encoding.GetBytes text)

    if bytes.Length > 0 then
        for _ in 1 .. random.Next 3 do
            bytes[random.Next bytes.Length] <- byte (random.Next 256)

    let asked (choices: 'Choice[]) = if random.Next 3 = 0 then Nullable(pick choices) else Nullable()

    bytes,
    CsvFormat(
        asked [| ','; ';'; '\t'; ' '; ':' |],
        asked [| true; false |],
        Skip = random.Next 3,
        SkipLast = random.Next 3,
        Comment = pick [| null; "#"; "//" |],
        Quote = (if random.Next 4 = 0 then asked [| '\'' |] else Nullable '"'),
        Encoding = pick [| TextEncoding.Auto; TextEncoding.Latin1; TextEncoding.Utf16; TextEncoding.Windows1252 |],
        Numbers =
            NumberNotation(pick [| '.'; ',' |], pick [| Thousands.Nothing; Thousands.Space; Thousands.Apostrophe |]),
        Missing = pick [| MissingWords.Usual; MissingWords.None; MissingWords.Of [ "-1"; "None" ] |]
    )

let tests =
    workplace "TableFormat" (fun place ->
        let at = place.At
        let write = Tables.write place
        let train = Tables.train place
        let look = ColourTable.look place
        let refused = ColourTable.refused place
        let readAs = ColourTable.readAs place

        [ each "What separates fields is found" [ ","; ";"; "\t"; "|"; "  "; " \t "; " , " ] (fun (mark: string) ->
              write "mark.csv" (joined mark)
              expectBody (Tables.read place "mark.csv"))
          each
              "Any character may be given as a separator"
              [ ":", ':'; "^", '^'; "~", '~'; "\001", '\001' ]
              (fun (mark: string, character: char) ->
                  write "mark.csv" (joined mark)
                  expectBody (readAs (CsvFormat(Nullable character, Nullable())) "mark.csv"))
          test "Runs of blanks are separators, and texts in quotes keep theirs" (fun () ->
              write
                  "blanks.csv"
                  [ "x  \"my kind\" y"; "1 \"dark  red\"   a"; "  2\t\"blue\" b  "; "3 \"blue\" a"; "4  \"blue\" b" ]

              let sample = readAs (CsvFormat(Nullable ' ', Nullable())) "blanks.csv"
              Expect.equal [ "x"; "my kind" ] (titles sample)
              Expect.equal [| 1.0; 0; 1; 2; 1; 0; 3; 1; 0; 4; 1; 0 |] (doubles sample.Features)
              let said = look "blanks.csv" [ "--separator"; " " ]
              Expect.mentions [ "target 'y'" ] said.Error)
          test
              "A separator that makes numbers of cells is the right one, and the other is named where it might be meant"
              (fun () ->
                  write "dates.csv" ("day;x;y" :: [ for row in 1..9 -> $"April {row}, 2023;{row};k{row % 2}" ])
                  Expect.mentions [ "target 'y'"; "2 classes: k0, k1" ] (look "dates.csv" [ "--ignore"; "day" ]).Error
                  write "decimals.csv" ("a;b;y" :: [ for row in 1..9 -> $"{row},5;{row},25;k{row % 2}" ])
                  Expect.mentions [ "target 'y'" ] (look "decimals.csv" [ "--decimal"; "comma" ]).Error
                  write "both.csv" ("a;b,c" :: [ for row in 1..9 -> $"k{row % 2};m,n{row % 3}" ])
                  Expect.mentions [ "fields are separated by"; "--separator" ] (look "both.csv" []).Error
                  write "none.csv" [ "abc"; "def"; "ghi" ]
                  let none = train "none.csv" "never" [ "--dry-run" ]
                  Expect.equal 3 none.Code
                  Expect.mentions [ "no columns beside the target"; "--separator names what does" ] none.Error)
          test "The line of spreadsheets that says the separator is no row" (fun () ->
              write "sep.csv" ("sep=;" :: joined ";")
              expectBody (Tables.read place "sep.csv"))
          test "Names of which some are numbers are a header where their texts are no cells" (fun () ->
              for names in [ "area,1999,2001,kind"; "area,2030,total,kind"; "area,7,x,kind" ] do
                  write "years.csv" (yearly names)
                  let said = look "years.csv" []
                  Expect.mentions [ "target 'kind': classification, 2 classes: k0, k1" ] said.Error

              write "years.csv" (yearly "area,1999,2001,kind")

              Expect.mentions
                  [ "line 1 is taken for the names"; "1999, 2001"; "--header no" ]
                  (look "years.csv" []).Error

              write
                  "pixels.csv"
                  ("letter,0,1,2" :: [ for row in 0..11 -> $"{(if row % 2 = 0 then 'A' else 'B')},{row},0,{row % 3}" ])

              Expect.equal [ "letter"; "0"; "1" ] (titles (Tables.read place "pixels.csv")))
          test "A text that names every row does not hide that years are names" (fun () ->
              write
                  "wide.csv"
                  ("country,1990,1991,1993" :: [ for row in 1..9 -> $"c{row},{row}.5,{row * 3},{row % 4}.25" ])

              Expect.equal [ "country"; "1990"; "1991" ] (titles (Tables.read place "wide.csv"))
              write "one.csv" ("country,1990" :: [ for row in 1..9 -> $"c{row},{row}.5" ])

              Expect.equal
                  ([ "country" ], "1990")
                  (let sample = Tables.read place "one.csv" in titles sample, sample.Schema.Target))
          test "A row of cells is no header" (fun () ->
              for row in [ "N,11,2,k0"; "N,1999,2001,k1"; "N,5,9,rare"; "rare,10,11,k0" ] do
                  write "rows.csv" (yearly row)
                  let names = titles (Tables.read place "rows.csv")
                  Expect.equal [ "1"; "2"; "3" ] names

              // Years below a year are no names.
              write "place.csv" ("2019,north,5" :: [ for row in 0..9 -> $"{2020 + row},south,{row}" ])
              Expect.equal [ "1"; "2" ] (titles (Tables.read place "place.csv")))
          test "Text comes in several encodings" (fun () ->
              let lines = [ "Größe,Farbe"; "1,grün"; "2,“rot”"; "3,grün"; "4,“rot”" ]
              let text = String.Join('\n', lines) + "\n"
              Encoding.RegisterProvider CodePagesEncodingProvider.Instance
              let utf16 (isBig: bool) (hasMark: bool) = UnicodeEncoding(isBig, hasMark)

              let categories (encoding: Encoding) (asked: TextEncoding) =
                  File.WriteAllText(at "letters.csv", text, encoding)
                  let sample = readAs (CsvFormat(Nullable(), Nullable(), Encoding = asked)) "letters.csv"
                  Expect.equal [ "Größe" ] (titles sample)

                  match sample.Schema.Learned with
                  | :? Learned.Classes as classes -> Expect.equal [| "grün"; "“rot”" |] classes.Names
                  | _ -> Expect.fail "no classes"

              categories (UTF8Encoding true) TextEncoding.Auto
              categories (UTF8Encoding true) TextEncoding.Utf8
              categories (utf16 false true) TextEncoding.Auto
              categories (utf16 true true) TextEncoding.Auto
              categories (utf16 true true) TextEncoding.Utf16
              categories (utf16 false false) TextEncoding.Utf16
              categories (Encoding.GetEncoding 1252) TextEncoding.Windows1252
              File.WriteAllText(at "letters.csv", text.Replace("“", "«").Replace("”", "»"), Encoding.Latin1)
              refused "letters.csv" [ "is not UTF-8"; "--encoding latin-1" ] [ "--encoding"; "latin-1" ] |> ignore)
          test "Quotes may be letters like others, or single ones" (fun () ->
              write "lone.tsv" ("x\tscreen\ty" :: [ for row in 1..9 -> $"{row}\t{row % 3}\" wide\tk{row % 2}" ])
              let options = [ "--quote"; "none" ]
              refused "lone.tsv" [ "line 2"; "--quote none" ] options |> ignore
              write "open.tsv" ("x\tscreen\ty" :: [ for row in 1..9 -> $"{row}\t\"wide {row % 3}\tk{row % 2}" ])
              Expect.mentions [ "target 'y'" ] (look "open.tsv" options).Error
              write "single.csv" [ "x,c,y"; "1,'a, b',k"; "2,'it''s',l"; "3,'a, b',k"; "4,c,l" ]
              let sample = readAs (CsvFormat(Nullable(), Nullable(), Quote = Nullable '\'')) "single.csv"

              match List.ofSeq sample.Schema.Columns with
              | [ _; Column.Category("c", categories) ] -> Expect.equal [| "a, b"; "c"; "it's" |] categories
              | columns -> Expect.fail $"%A{columns}")
          test "Options about a table hold for all its commands, in its record, and for the files beside it" (fun () ->
              let notes lines = "made by hand" :: lines @ [ "the end" ]
              write "noted.csv" (notes (joined ";"))
              write "more.csv" (notes (joined ";"))
              let options = [ "--skip"; "1"; "--skip-last"; "1"; "--separator"; "semicolon" ]

              succeed (
                  train "noted.csv" "noted" (options @ [ "--validation"; at "more.csv"; "--test"; at "more.csv" ])
              )
              |> ignore

              let config = place.Json "noted/config.json"
              Expect.equal (1, 1) (config.GetProperty("skip").GetInt32(), config.GetProperty("skip_last").GetInt32())
              succeed (InProcess.run ([ "data"; "inspect"; at "noted.csv" ] @ options)) |> ignore
              let evaluated = succeed (InProcess.run [ "evaluate"; at "noted"; at "more.csv" ])
              Expect.mentions [ "as in training: --separator semicolon --skip 1 --skip-last 1" ] evaluated.Error
              // What is typed wins.
              write "bare.csv" (joined ",")
              let typed = [ "--skip"; "0"; "--skip-last"; "0"; "--separator"; "auto" ]
              let bare = succeed (InProcess.run ([ "evaluate"; at "noted"; at "bare.csv" ] @ typed))
              let measured (outcome: Outcome) = outcome.Out[outcome.Out.IndexOf '\n' ..]
              Expect.equal (measured evaluated) (measured bare)

              for command in [ [ "compare"; "optimizers" ]; [ "search" ] ] do
                  let help = CommandLine.run place.Folder (command.Head :: [ "--help" ])

                  for option in
                      [ "--skip"
                        "--skip-last"
                        "--comment"
                        "--quote"
                        "--encoding"
                        "--decimal"
                        "--thousands"
                        "--missing-words" ] do
                      Expect.mentions [ option ] help.Out)
          test "A name that looks like another is named with its characters" (fun () ->
              write "one.csv" ("Größe,y" :: [ for row in 1..9 -> $"{row},k{row % 2}" ])
              succeed (train "one.csv" "one" []) |> ignore

              for name, word in [ "Gro\u0308ße", "U+006F"; "Größe\u200B", "U+200B"; "GRÖßE", "other capitals" ] do
                  write "other.csv" [ $"{name},y"; "1,k1" ]
                  let outcome = predict place "one" "other.csv" "out.csv"
                  Expect.equal 3 outcome.Code
                  Expect.mentions [ "no 'Größe'"; (if word = "U+006F" then "U+0308" else word) ] outcome.Error)
          test "A column that is filled late names what takes it, and the target in front is pointed at" (fun () ->
              write
                  "late.csv"
                  ("note,y" :: [ for row in 1..1100 -> (if row > 1050 then "late" else "") + $",k{row % 2}" ])

              let late = train "late.csv" "never" [ "--dry-run"; "--missing"; "mean" ]
              Expect.equal 3 late.Code
              Expect.mentions [ "line 1052, column 'note'"; "--categorical note" ] late.Error
              look "late.csv" [ "--missing"; "mean"; "--categorical"; "note" ] |> ignore
              write "front.csv" ("Label,p1,p2" :: [ for row in 1..20 -> $"{row % 3},{row * 7},{row % 2}" ])
              Expect.mentions [ "the last column, 'p2', is learned"; "--target Label" ] (look "front.csv" []).Error
              write "front.csv" ("Label,p1,p2" :: [ for row in 1..20 -> $"{row % 3},{row * 7},0" ])
              let one = train "front.csv" "never" [ "--dry-run" ]
              Expect.mentions [ "only one class: 0"; "--target Label" ] one.Error)
          law "Whatever a table is like and however it is asked to be read, it is read or refused" (fun (seed: int) ->
              let bytes, format = drawn (Random seed)
              File.WriteAllBytes(at "drawn.csv", bytes)

              let order =
                  TableOrder(
                      null,
                      Nullable(),
                      ColumnNames.None,
                      ColumnNames.None,
                      (if seed % 2 = 0 then MissingCells.Mean else MissingCells.Drop)
                  )

              try
                  let struct (sample, _) = CsvTable.Train(CsvRows(at "drawn.csv", format), order)
                  Expect.equal (sample.Rows * sample.Cols) (doubles sample.Features).Length
              with :? Failure as failure ->
                  Expect.equal 3 failure.Code) ])
