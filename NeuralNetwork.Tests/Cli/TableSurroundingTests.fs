/// What stands above, below and beside a table: titles, comments, notes, names of rows, separators that end lines.
module NeuralNetwork.Tests.Cli.TableSurroundingTests

open System
open System.IO
open NeuralNetwork.Cli.Html
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables
open NeuralNetwork.Tests.Cli.ColourTable

let tests =
    workplace "TableSurrounding" (fun place ->
        let at = place.At
        let write = Tables.write place
        let train = Tables.train place
        let look = ColourTable.look place
        let refused = ColourTable.refused place
        let readAs = ColourTable.readAs place

        [ test
              "A separator at the end of every line makes no column, and at the end of one line it is the mistake"
              (fun () ->
                  for name, lines in
                      [ "all.csv", joined "," |> List.map (fun line -> line + ",")
                        "rows.csv", joined "," |> List.mapi (fun row line -> if row = 0 then line else line + ",") ] do
                      write name lines
                      expectBody (Tables.read place name)
                      Expect.mentions [ "a separator ends every line"; "left out" ] (look name []).Error

                  write "first.csv" (joined "," |> List.mapi (fun row line -> if row = 0 then line + "," else line))
                  let first = train "first.csv" "never" [ "--dry-run" ]

                  Expect.mentions
                      [ "line 1: 4 fields, and 3 in the lines below"; "ends with a separator" ]
                      first.Error

                  write "later.csv" (joined "," |> List.mapi (fun row line -> if row = 4 then line + "," else line))
                  let later = train "later.csv" "never" [ "--dry-run" ]
                  Expect.mentions [ "line 5: 4 fields (expected 3; the line ends with a separator" ] later.Error
                  // A name above it makes a column of it.
                  write "named.csv" ("x,y,notes" :: [ for row in 1..9 -> $"{row},k{row % 2}," ])
                  Expect.mentions [ "'notes'"; "missing" ] (train "named.csv" "never" [ "--dry-run" ]).Error
                  // What comes behind it after all is not dropped.
                  let long = [ for row in 1..1500 -> $"{row},k{row % 2}," + (if row = 1400 then "here" else "") ]
                  write "late.csv" ("x,y," :: long)
                  let late = train "late.csv" "never" [ "--dry-run" ]
                  Expect.equal 3 late.Code
                  Expect.mentions [ "line 1401"; "'here' behind the last separator" ] late.Error)
          test "Lines above a table are refused with the option that leaves them out" (fun () ->
              let table = joined ","

              for lines, words, options in
                  [ [ "12,2,blue,red" ],
                    [ "line 1: 4 fields, and 3 in the lines below"; "--skip 1" ],
                    [ "--skip"; "1" ]
                    [ "12,2," ],
                    [ "line 1"; "no names of columns, and line 2 has some"; "--skip 1" ],
                    [ "--skip"; "1" ]
                    [ "Colours of things,," ], [ "line 1"; "--skip 1" ], [ "--skip"; "1" ]
                    [ "Report of \"today"; ""; "from the office" ],
                    [ "line 1: 1 field"; "--skip 3" ],
                    [ "--skip"; "3" ]
                    [ "# from"; "# the office" ], [ $"""--comment {CommandLine.typed "#"}""" ], [ "--comment"; "#" ]
                    [ "// a, b, c, d" ], [ "--comment //" ], [ "--comment"; "//" ]
                    [ "% x"; "% y" ], [ $"""--comment {CommandLine.typed "%"}""" ], [ "--comment"; "%" ] ] do
                  if lines.Head.Contains '"' then
                      write "above.csv" (lines @ table)
                  else
                      write "above.csv" (lines @ table)
                      refused "above.csv" words options |> ignore

                  let sample =
                      match options with
                      | [ "--skip"; count ] ->
                          readAs (CsvFormat(Nullable(), Nullable(), Skip = int count)) "above.csv"
                      | options -> readAs (CsvFormat(Nullable(), Nullable(), Comment = List.last options)) "above.csv"

                  expectBody sample

              // The counts of scikit-learn without names, as wide as the rows.
              write "counts.csv" ("12,2,red" :: (joined "," |> List.tail))

              refused
                  "counts.csv"
                  [ "line 1: the numbers of rows and features, 12 and 2"; "--skip 1" ]
                  [ "--skip"; "1" ]
              |> ignore)
          test "Comments are left out wherever they are but in quotes, and lines keep their numbers" (fun () ->
              let rows =
                  [ "x,note,y"
                    "1,\"a"
                    "# b\",k"
                    "# a comment, with \"a quote"
                    "2,c,l"
                    "  # another"
                    "oops,c,k" ]

              write "comments.csv" (rows @ [ for row in 1..9 -> $"{row},c,k" ])
              let outcome = train "comments.csv" "never" [ "--dry-run"; "--comment"; "#" ]
              Expect.mentions [ "line 7, column 'x': 'oops'" ] outcome.Error

              File.WriteAllText(
                  at "comments.csv",
                  (File.ReadAllText(at "comments.csv")).Replace("oops", "7").Replace("\n", "\r\n")
              )

              let sample = readAs (CsvFormat(Nullable(), Nullable(), Comment = "#")) "comments.csv"
              Expect.equal 12 sample.Rows
              File.WriteAllText(at "comments.csv", (File.ReadAllText(at "comments.csv")).Replace("7,c", "oops,c"))
              let again = train "comments.csv" "never" [ "--dry-run"; "--comment"; "#" ]
              Expect.mentions [ "line 7, column 'x': 'oops'" ] again.Error
              write "inner.csv" (joined "," |> List.mapi (fun row line -> if row = 5 then "# half of it" else line))

              refused
                  "inner.csv"
                  [ "line 6: 1 field (expected 3"; $"""--comment {CommandLine.typed "#"}""" ]
                  [ "--comment"; "#" ]
              |> ignore)
          test "Notes below a table are refused with the option that leaves them out, and no other line is" (fun () ->
              for notes, count in [ [ "Source: the office" ], 1; [ ""; "(1) counted"; ""; "(2) by hand"; "" ], 2 ] do
                  write "below.csv" (joined "," @ notes)

                  refused
                      "below.csv"
                      [ "line"; "(expected 3; a note behind the table? --skip-last " + string count ]
                      [ "--skip-last"; string count ]
                  |> ignore

                  expectBody (readAs (CsvFormat(Nullable(), Nullable(), SkipLast = count)) "below.csv")

              write "broken.csv" (joined "," |> List.mapi (fun row line -> if row = 3 then "1.5,2" else line))
              let broken = train "broken.csv" "never" [ "--dry-run" ]
              Expect.mentions [ "line 4: 2 fields (expected 3)" ] broken.Error)
          test "A header that is one name short leaves out the names of rows, as R writes them" (fun () ->
              let rows = joined "," |> List.mapi (fun row line -> if row = 0 then line else $"\"r{row}\",{line}")
              write "r.csv" rows
              expectBody (Tables.read place "r.csv")
              Expect.mentions [ "3 names above 4 fields"; "left out" ] (look "r.csv" []).Error
              write "blank.csv" (rows |> List.map _.Replace(',', ' '))
              expectBody (Tables.read place "blank.csv")
              succeed (train "r.csv" "r" []) |> ignore
              succeed (predict place "r" "blank.csv" "r-blank.csv") |> ignore
              succeed (predict place "r" "r.csv" "r-r.csv") |> ignore
              Expect.equal (File.ReadAllText(at "r-r.csv")) (File.ReadAllText(at "r-blank.csv"))) ])
