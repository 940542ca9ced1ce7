/// Tables in an app: what is read, what is refused and where, and what is made of it.
module NeuralNetwork.Tests.TableTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Plans

let private table (text: string) = Table.ReadCsv(new StringReader(text), "y")

/// Rows of a number and a text, of which the number tells the text.
let private rows (count: int) : string =
    String.Join('\n', "x,y" :: [ for row in 1..count -> $"{row % 10}.5,k{row % 10 / 5}" ])

let private records (text: string) : string list list =
    let found = Expect.ok (Csv.read ',' text)
    [ for row in 0 .. found.Lines.Length - 1 -> [ for column in found.Cells -> column[row] ] ]

let private written (random: Random) (cell: string) : string =
    let isToQuote = cell.AsSpan().IndexOfAny("\",\r\n".AsSpan()) >= 0 || random.Next 4 = 0
    if isToQuote then "\"" + cell.Replace("\"", "\"\"") + "\"" else cell

let private refused (text: string) : string =
    (Expect.raises<InvalidDataException>(fun () -> (table text).Data |> ignore)).Message

let tests =
    group
        "Table"
        [ law
              "What is written as CSV is read again, whatever stands in the cells and ends the lines"
              (fun (seed: int) ->
                  let random = Random seed
                  let letters = [| "a"; "\u00e9"; "\""; ","; "\n"; "\r\n"; "\r"; "1"; "'"; ";"; "x y" |]
                  let cell () = String.Join("", [ for _ in 1 .. random.Next 5 -> letters[random.Next letters.Length] ])
                  let cells = [ for _ in 1 .. random.Next(1, 8) -> [ for _ in 1..3 -> cell () ] ]
                  let ending = [| "\n"; "\r\n"; "\r" |][random.Next 3]
                  let lines = [ for row in cells -> String.Join(',', List.map (written random) row) ]
                  let text = String.Join(ending, "a,b,c" :: lines) + (if random.Next 2 = 0 then ending else "")

                  Expect.equal
                      [ for row in cells -> row |> List.map (fun (cell: string) -> cell.Trim(' ', '\t')) ]
                      (records text))
          test "Blanks around cells and quotes, empty lines and a mark at the beginning do not count" (fun () ->
              Expect.equal
                  [ [ "1"; "a, b" ]; [ "2"; "" ] ]
                  (records "\uFEFFx, y\r\n\r\n 1 ,\t\"a, b\" \r\n   \r\n2,\r\n"))
          each
              "What is wrong with a file is said with its line, and of a cell with its column"
              [ "", [ "line 1: the file is empty" ]
                "x,y", [ "no rows below the names" ]
                "x,y\n1,a\n2\n", [ "line 3: 1 field (expected 2" ]
                "x,y\n1,\"a\n2,b\n", [ "line 2: a quote that is never closed" ]
                "x,y\n1,\"a\"b\n", [ "line 2: 'b' behind a closing quote" ]
                "x,y\n\"1\n2\",a\n3,b\"c\n", [ "line 4: 'b\"c' (a quote within" ]
                "x,x,y\n1,2,a\n", [ "line 1: column 'x' is there 2 times" ]
                "x,y\n1,a\000\n", [ "line 2: a zero byte" ]
                "x,kind\n1,a\n2,b\n", [ "no column 'y'"; "'x', 'kind'" ]
                "y\n1\n2\n", [ "no columns beside the target 'y'" ]
                "x,y\n1,a\n2,b\n\nthree,a\n", [ "line 5, column 'x': 'three' (expected a number" ]
                "x,y\n1,a\n2,b\n1e999,a\n", [ "line 4, column 'x': '1e999' is not finite" ]
                "x,y\n1,a\n2,b\n,a\n", [ "line 4, column 'x': '' is missing (mean, median or drop" ]
                "x,y\n1,a\n2,?\n", [ "line 3, column 'y': '?' is missing" ]
                "x,y\n2024-01-02,a\n2024-02-31,b\n2024-03-01,a\n", [ "line 3, column 'x': '2024-02-31' is no date" ]
                "x,y\n3/4/2024,a\n5/6/2024,b\n", [ "column 'x': '3/4/2024' may be two dates" ]
                "x,y\n13/4/2024,a\n14/4/2024,b\n4/13/2024,a\n", [ "line 4, column 'x': '4/13/2024' has no such month" ]
                "x,y\n1,a\n2,a\n", [ "column 'y': only one class: 'a'" ] ]
              (fun (text: string, expected: string list) ->
                  Expect.mentions expected (refused text)
                  Expect.mentions [ "the table: " ] (refused text))
          test "A file is called by its path, and one that is not UTF-8 is refused" (fun () ->
              let path = Path.GetTempFileName()

              let message () =
                  (Expect.raises<InvalidDataException>(fun () -> Table.ReadCsv(path, "y") |> ignore)).Message

              try
                  File.WriteAllText(path, "x,y\n1\n")
                  Expect.mentions [ $"{path}: line 2: 1 field" ] (message ())
                  File.WriteAllBytes(path, [| byte 'x'; 0xE9uy; byte '\n' |])
                  Expect.mentions [ path; "not UTF-8" ] (message ())
              finally
                  File.Delete path)
          each
              "Few different whole numbers are classes unless somebody says otherwise"
              [ Nullable(), [ "0"; "1" ]; Nullable true, [ "0"; "1" ]; Nullable false, [] ]
              (fun (hasClasses: Nullable<bool>, expected: string list) ->
                  let text = "x,y\n1,0\n2,1\n3,0\n4,1\n"
                  let table = Table.ReadCsv(new StringReader(text), "y", hasClasses = hasClasses)
                  Expect.equal expected (List.ofArray table.Labels)
                  Expect.equal (not expected.IsEmpty) table.Shape.HasClasses)
          test
              "Columns are left out or taken for categories where that is said, and fields may be separated otherwise"
              (fun () ->
                  let text = "id;code;x;y\n1;5;2024-01-01;a\n2;7;2024-02-01;b\n3;5;;a\n"

                  let table =
                      Table.ReadCsv(
                          new StringReader(text),
                          "y",
                          MissingCells.Mean,
                          ignored = [| "id" |],
                          categorical = [| "code" |],
                          separator = ';'
                      )

                  Expect.equal [ "code"; "x" ] [ for column in table.Columns -> column.Title ]
                  Expect.equal (3, 9, [| 2 |]) (table.Rows, table.Shape.Features, table.Shape.Numbers)
                  Expect.that table.Columns[0].IsCategory "no categories")
          test "A column of weights says how much rows count, in the mean 1, and is not learned from" (fun () ->
              let read text = Table.ReadCsv(new StringReader(text), "y", MissingCells.Drop, weights = "w")
              let table = read "x,w,y\n1,2,a\n2,4,b\n,9,a\n3,6,a\n"
              Expect.equal [ 0.5; 1.0; 1.5 ] (List.ofArray table.Data.Weights)
              Expect.equal [ "x" ] [ for column in table.Columns -> column.Title ]

              let struct (train, test) =
                  (read "x,w,y\n1,1,a\n2,2,a\n3,3,a\n4,9,a\n1,2,b\n2,5,b\n3,1,b\n4,4,b\n").Split 0.25


              for part: Table in [ train; test ] do
                  Expect.within 1e-12 1.0 (Array.average part.Data.Weights)

              for text, words in
                  [ "x,w,y\n1,2,a\n2,-1,b\n", "line 3, column 'w': '-1' is no weight"
                    "x,w,y\n1,2,a\n2,,b\n", "is missing (a number from 0 on)"
                    "x,w,y\n1,0,a\n2,0,b\n", "all rows have the weight 0"
                    "x,v,y\n1,0,a\n2,0,b\n", "'w'" ] do
                  Expect.mentions
                      [ words ]
                      (Expect.raises<InvalidDataException>(fun () -> (read text).Data |> ignore)).Message)
          test "Both parts of a split are filled and scaled by what is known of the first" (fun () ->
              let text = "x,y\n1,10.5\n,20.5\n3,30.5\n,40.5\n100,50.5\n6,60.5\n7,70.5\n8,80.5\n"
              let table = Table.ReadCsv(new StringReader(text), "y", MissingCells.Mean)
              let struct (train, test) = table.Split(0.5, 3UL)

              let numbers (table: Table) = [ for row in 0 .. table.Rows - 1 -> table.Data.Inputs.At row ]

              Expect.equal 4 train.Rows
              Expect.equal 4 test.Rows

              match train.Columns[0], test.Columns[0] with
              | Column.Number(_, known), Column.Number(_, same) ->
                  Expect.equal known same
                  let own = train.Preprocessing
                  Expect.equal own.Shift test.Preprocessing.Shift
                  let there = List.filter ((<>) known) (numbers train)
                  Expect.within 1e-12 (List.average there) known
                  let all = numbers train @ numbers test
                  Expect.equal 2 (all |> List.filter ((=) known) |> List.length)
              | _ -> Expect.fail "no numbers")
          test "A model is trained, measured on rows set aside, and answers a row by name" (fun () ->
              let struct (train, test) = (table (rows 200)).Split(0.25, 1UL)
              let fitted = Network.For(train).Fit<float32>(train, options = FitOptions.Of(epochs = 60, batchSize = 16))
              Expect.that ((fitted.Model.Evaluate test).Accuracy > 0.95) $"{fitted.Model.Evaluate test}"
              let answer = fitted.Model.Classify(readOnlyDict [ "x", RowCell.Of 8.5 ])
              Expect.equal "k1" answer.Label)
          test "A table that was read by itself is none to measure on or to validate with" (fun () ->
              let one, other = table (rows 60), table ((rows 60).Replace("k1", "other"))
              let network = Network.For one
              let model = network.Fit<float32>(one, options = FitOptions.Of(epochs = 1)).Model
              let words = [ "columns or classes are others" ]

              Expect.mentions
                  words
                  (Expect.raises<ArgumentException>(fun () -> model.Evaluate other |> ignore)).Message

              Expect.mentions
                  words
                  (Expect.raises<ArgumentException>(fun () -> network.Fit<float32>(one, other) |> ignore)).Message)
          test "Numbers that the precision does not hold are refused by the one and taken by the other" (fun () ->
              let wide = table (String.Join('\n', "x,y" :: [ for row in 1..30 -> $"{row}e50,k{row % 2}" ]))
              let network, options = Network.For wide, FitOptions.Of(epochs = 1)

              let refused =
                  Expect.raises<ArgumentException>(fun () -> network.Fit<float32>(wide, options = options) |> ignore)

              Expect.mentions [ "beyond Single" ] refused.Message
              Expect.equal 1 (network.Fit<float>(wide, options = options).Epochs.Count))
          test "Too few rows to set some aside are refused" (fun () ->
              let few = table "x,y\n1,a\n2,b\n"
              let refused = Expect.raises<ArgumentException>(fun () -> few.Split 0.1 |> ignore)
              Expect.mentions [ "0.1 of 2 rows sets 0 aside" ] refused.Message)
          each
              "What suits a table depends on its rows"
              [ 5, (1, 128, false, 1.0)
                40, (10, 128, false, 1.0)
                500, (10, 32, false, 1.0)
                1500, (10, 32, false, 0.0)
                2000, (5, 128, true, 0.0)
                20_000, (5, 128, true, 0.0)
                20_001, (1, 128, true, 0.0)
                60_000, (1, 256, true, 0.0) ]
              (fun (rows: int, expected: int * int * bool * float) ->
                  let shape = TableShape.Of(rows, 4)
                  Expect.equal expected (shape.Members, shape.BatchSize, shape.HasWaves, shape.Decay)
                  let network = Network.For { shape with Numbers = [| 0; 2 |]; Outputs = 3; HasClasses = true }
                  let isWavy = network.Layers |> List.exists _.IsPeriodic
                  Expect.equal (shape.Members, shape.HasWaves, 3) (network.Members, isWavy, network.Outputs)) ]
