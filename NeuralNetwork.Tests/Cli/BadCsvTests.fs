/// Every way in which a CSV file can be bad: the message, the exit code, and that nothing is touched.
module NeuralNetwork.Tests.Cli.BadCsvTests

open System
open System.IO
open System.Text
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Refusals

let private replace (row: int) (line: string) = List.updateAt row line

let private csv =
    [ "21 empty", [||], [], [ "no rows" ]
      "22 header only", text [ "x,z,kind" ], [], [ "no rows" ]
      "23 only blank lines", text [ ""; ""; "  "; "" ], [], [ "no rows" ]
      "24 half a character of UTF-16",
      Array.concat [ [| 0xFFuy; 0xFEuy |]; Encoding.Unicode.GetBytes "x,y\n1,"; [| 0uy; 0xD8uy; 10uy; 0uy |] ],
      [],
      [ "encoding: not UTF-16"; "--encoding" ]
      "24 UTF-16 where UTF-8 is asked for",
      Array.append [| 0xFFuy; 0xFEuy |] (Encoding.Unicode.GetBytes "x,y\n1,2\n"),
      [ "--encoding"; "utf-8" ],
      [ "UTF-16"; "--encoding auto" ]
      "24 UTF-16 without its mark",
      Encoding.Unicode.GetBytes "x,y\n1,2\n",
      [],
      [ "zero byte at offset 1"; "--encoding utf-16" ]
      "24 UTF-32", Array.append [| 0xFFuy; 0xFEuy; 0uy; 0uy |] (Encoding.UTF32.GetBytes "x,y\n1,2\n"), [], [ "UTF-32" ]
      "25 a byte that is no UTF-8",
      Array.concat [ good; [| byte '1'; byte ','; 0xE4uy; byte ','; byte 'a'; 10uy |] ],
      [],
      [ "0xE4"; "line 22"; $"offset {good.Length + 2}"; "--encoding latin-1 reads" ]
      "25 a quote of Windows",
      Array.concat [ good; [| byte '1'; byte ','; 0x93uy; byte ','; byte 'a'; 10uy |] ],
      [],
      [ "0x93"; "--encoding windows-1252 reads" ]
      "26 a row too short", table "x,z,kind" (replace 8 "1,2"), [], [ "line 10"; "2 fields"; "expected 3" ]
      "27 a row too long", table "x,z,kind" (replace 8 "1,2,a,b"), [], [ "line 10"; "4 fields"; "expected 3" ]
      "28 text among numbers", table "x,z,kind" (replace 8 "abc\t,2,a"), [], [ "line 10"; "column 'x'"; "'abc'" ]
      "29 NaN", table "x,z,kind" (replace 8 "NaN,2,a"), [], [ "line 10"; "column 'x'"; "'NaN' is missing"; "--missing" ]
      "29 inf", table "x,z,kind" (replace 8 "inf,2,a"), [], [ "line 10"; "column 'x'"; "'inf'" ]
      "29 Infinity", table "x,z,kind" (replace 8 "Infinity,2,a"), [], [ "column 'x'"; "'Infinity' is not finite" ]
      "29 1e999", table "x,z,kind" (replace 8 "1e999,2,a"), [], [ "column 'x'"; "'1e999' is not finite" ]
      "29 an empty cell", table "x,z,kind" (replace 8 ",2,a"), [], [ "line 10"; "column 'x'"; "'' is missing" ]
      "29 an empty category", table "x,z,kind" (replace 8 "1,2,"), [], [ "line 10"; "column 'kind'"; "missing" ]
      "30 a decimal comma",
      text ("x;z;kind" :: [ for row in 1..9 -> $"{row},5;{row};{row % 2}" ]),
      [],
      [ "line 2"; "column 'x'"; "'1,5' has a decimal comma" ]
      "30 a quoted decimal comma", table "x,z,kind" (replace 8 "\"1,5\",2,a"), [], [ "line 10"; "decimal comma" ]
      "32 an unclosed quote", table "x,z,kind" (replace 8 "\"1,2,a"), [], [ "line 10"; "never closed" ]
      "32 a stray quote", table "x,z,kind" (replace 8 "1\"2,2,a"), [], [ "line 10"; "quote" ]
      "33 a line without end", Array.create (17 <<< 20) (byte '1'), [], [ "line 1"; "16777216" ]
      "34 a field without end",
      Array.append (text [ "x,y"; "1,2" ]) (Array.append [| byte '"' |] (Array.create (17 <<< 20) (byte 'x'))),
      [],
      [ "line"; "16777216"; "quote" ]
      "35 too many columns",
      text [ String.replicate 1_000_001 "1," + "1"; "2" ],
      [],
      [ "1000002 fields"; "limit 1000000" ]
      "36 a zero byte", Array.concat [ good; [| byte '1'; 0uy |] ], [], [ "zero byte"; $"offset {good.Length + 1}" ]
      "37 a name twice", table "x,x,kind" id, [], [ "line 1"; "'x'"; "2 times" ]
      "38 too many classes",
      text ("x,name" :: [ for row in 1..6000 -> $"{row},n{row}" ]),
      [ "--task"; "classification" ],
      [ "column 'name'"; "more than 5000" ]
      "38 numbers that are no classes",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{row}.25" ]),
      [ "--task"; "classification" ],
      [ "line 2, column 'y': label 1.25"; "--task regression" ]
      "39 a class that only the test has",
      good,
      [ "--test"; "{folder}/other.csv" ],
      [ "other.csv"; "line 2"; "'c'"; "a, b" ]
      "40 one class", table "x,z,kind" (List.map (fun row -> row.Replace('b', 'a'))), [], [ "only one class: 'a'" ]
      "42 a header that is denied", good, [ "--header"; "no" ], [ "line 1"; "'x'"; "--header yes" ]
      "a missing target where means are filled in",
      table "x,z,kind" (replace 8 "1,2,"),
      [ "--missing"; "mean" ],
      [ "line 10"; "column 'kind'"; "a target cannot be filled in; --missing drop leaves such rows out" ]
      "a thousands separator",
      table "x,z,kind" (replace 8 "\"1,234\",2,a"),
      [],
      [ "'1,234' has a decimal comma or thousands separator" ]
      "a negative count that is only tested",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{float row + 0.5}" ]),
      [ "--loss"; "poisson"; "--test"; "{folder}/counts.csv" ],
      [ "counts.csv: row 1: target -2.5"; "--loss poisson" ]
      "a negative count that is only validated",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{float row + 0.5}" ]),
      [ "--loss"; "poisson"; "--validation"; "{folder}/counts.csv" ],
      [ "counts.csv: row 1: target -2.5"; "--loss poisson" ]
      "a negative count",
      text ("x,y" :: [ for row in 1..50 -> $"{row},{(if row = 8 then -3.5 else float row + 0.5)}" ]),
      [ "--loss"; "poisson" ],
      [ "data.csv: row 7: target -3.5"; "--loss poisson" ]
      "a workbook", Array.append "PK\003\004"B (Array.zeroCreate 90), [], [ "data.csv: looks like a zip archive" ]
      "a picture", Array.append [| 0x89uy |] "PNG\r\n\026\n"B, [], [ "data.csv: looks like a PNG image" ]
      "a page", text [ "<!DOCTYPE html>"; "<html><body>" ], [], [ "data.csv: looks like HTML" ]
      "a category that only the test has",
      text ("c,y" :: [ for row in 1..20 -> $"k{row % 2},{row % 3}" ]),
      [ "--test"; "{folder}/category.csv" ],
      [ "category.csv"; "line 2"; "column 'c'"; "'k7'" ]
      "38 texts among the numbers of classes",
      text (
          "x,y"
          :: [ for row in 1..30 -> String.Join(',', row, (if row = 5 then "three" else string (row % 3))) ]
      ),
      [],
      [ "line 6"; "column 'y'"; "'three' (expected a number; --task classification takes texts)" ]
      "a category beside missing ones",
      text ("c,y" :: [ for row in 1..20 -> String.Join(',', (if row % 2 = 0 then "k" else ""), row % 3) ]),
      [ "--missing"; "mean"; "--test"; "{folder}/category.csv" ],
      [ "category.csv"; "'k7'"; "known: (missing), k" ]
      "97 no row left to validate",
      text [ "x,y"; "1,a"; "2,b" ],
      [ "--validation"; "0.1" ],
      [ "--validation"; "0 of 2 rows" ]
      "too few rows to validate with",
      text [ "x,y"; "1,a"; "2,b" ],
      [],
      [ "data.csv: 2 rows: too few"; "--validation none" ] ]
    |> List.map (fun (name, bytes, options, words) ->
        let code = if name.StartsWith "97" then 2 else 3
        (name, (bytes, options, code, words)))

let private oddities = [ "1_000"; "0x1F"; "１２"; "+-1"; "--1"; "1e"; "1 2"; "$1"; "1,5"; "(1)"; "1%" ]

let tests =
    workplace "BadCsv" (fun place ->
        let folder, at = place.Folder, place.At
        let refuse = Refusals.refuse place

        [ eachNamed
              "A CSV file that cannot be used is refused by line and column"
              csv
              (fun (bytes: byte[], options: string list, code: int, words: string list) ->
                  File.WriteAllBytes(at "other.csv", text [ "x,z,kind"; "1,2,c" ])
                  File.WriteAllBytes(at "counts.csv", text [ "x,y"; "1,2.5"; "2,-2.5" ])
                  File.WriteAllBytes(at "category.csv", text [ "c,y"; "k7,1" ])
                  refuse "data.csv" bytes (options |> List.map _.Replace("{folder}", folder)) code words)
          each "What only looks like a number is refused in every culture" oddities (fun (cell: string) ->
              let bytes = table "x,z,kind" (replace 8 $"\"{cell}\",2,a")
              let refuseIt () = refuse "odd.csv" bytes [] 3 [ "line 10"; "column 'x'" ]
              refuseIt ()
              InProcess.abroad refuseIt)
          test "A file of another kind, a missing one and a folder without data are named" (fun () ->
              refuse "data.xyz" [| 1uy; 0uy; 2uy |] [] 3 [ "data.xyz"; "unknown kind"; ".csv" ]
              let missing = InProcess.run [ "train"; at "nowhere.csv"; "--out"; at "run" ]
              Expect.equal 3 missing.Code
              let line (path: string) (found: string) = $"nn: error: {at path}: {found}"
              // Where a path has no drive, the whole one is said, too.
              let whole = if Elsewhere.isWindows then $""" (looked for {at "nowhere.csv"})""" else ""
              Expect.equal (line "nowhere.csv" $"no such file{whole}") (missing.Error.TrimEnd())
              Directory.CreateDirectory(at "tables") |> ignore
              let folder = InProcess.run [ "train"; at "tables"; "--out"; at "run" ]
              Expect.mentions [ line "tables" "train-images-idx3-ubyte: not found"; "folder/x.csv" ] folder.Error
              File.WriteAllText(at "tables/a.csv", "x")
              let file = InProcess.run [ "resume"; at "tables/a.csv" ]

              Expect.equal
                  (3, line "tables/a.csv" "a file (must be the folder of a run)")
                  (file.Code, file.Error.TrimEnd())

              Directory.Delete(at "tables", true)
              Directory.CreateDirectory(at "folder.csv") |> ignore
              let other = InProcess.run [ "train"; at "folder.csv"; "--out"; at "run" ]
              Expect.equal 3 other.Code
              Directory.Delete(at "folder.csv"))
          test "33: a line without end takes the same room however long it is" (fun () ->
              let room length =
                  File.WriteAllBytes(at "line.csv", Array.create length (byte '1'))
                  taken (DataSource.Find(at "line.csv", CsvFormat.Auto))

              let short, long = room (20 <<< 20), room (300 <<< 20)
              Expect.that (long <= short + 1_000_000L && long < 64_000_000L) $"{short} bytes, then {long}"
              File.Delete(at "line.csv")) ])
