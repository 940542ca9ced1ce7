/// A table in an app becomes the model that `nn train` makes of its file.
module NeuralNetwork.Tests.Cli.TableFaceTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

// Columns drawn at random --------------------------------------------------------------------------------------------

let private numbers = [ "1"; "1.0"; "-2.5"; "1e0"; "3"; "12"; "7"; "0"; "100.25" ]
let private codes = [ "01"; "1"; "2"; "002" ]
let private texts = [ "clerk"; "nurse"; "O'Hara, \u00e9"; "a \"b\""; "\U0001F600"; "\uFFFD"; " padded " ]
let private days = [ "2024-02-29"; "2023-12-31 12:30"; "2020-01-05T01:02:03Z"; "29.2.2024" ]
let private slashes = [ "3/4/2024"; "13/4/2024"; "4/13/2024"; "5/5/2024" ]
let private missing = [ ""; "NA"; "n/a"; "?"; "NaN"; "-nan(ind)"; "1.#QNAN"; "none" ]

let private cell (random: Random) (kinds: string list list) =
    let of' (cells: string list) = cells[random.Next cells.Length]
    of' kinds[random.Next kinds.Length]

let private foreign =
    [ "1,5"; "1 234"; "1.234,5"; "1'000"; "1_000"; "0x1F"; "$5"; "5 %"; "-3,5 EUR"; "(7)"; "1.5D+03" ]
    @ [ "\u0661\u0662"
        "\u22125"
        "12,34,567"
        "1.23.4"
        "5 apples"
        "1,2,3"
        "+-5"
        "0b12"
        "-$5"
        "US$7"
        "1,234.5e3" ]

/// What a column may be made of: one kind, sometimes with gaps, sometimes with another kind.
let private kinds (random: Random) : string list list =
    let all = [ numbers; codes; texts; days; slashes; [ "1"; "2"; "3" ]; [ "yes"; "no" ]; foreign ]
    let own = all[random.Next all.Length]

    [ own
      own
      own
      if random.Next 3 = 0 then
          missing
      if random.Next 8 = 0 then
          all[random.Next all.Length] ]

let private quoted (cell: string) =
    if cell.AsSpan().ContainsAny(",\"".AsSpan()) then "\"" + cell.Replace("\"", "\"\"") + "\"" else cell

let private drawn (seed: int) : string list * string list * MissingCells * Nullable<bool> * bool =
    let random = Random seed
    let columns = [ for _ in 0 .. random.Next(1, 5) -> kinds random ]
    let heads = [ for place in 0 .. columns.Length - 1 -> $"c{place}" ]

    let rows =
        [ for _ in 1 .. random.Next(2, 40) -> String.Join(',', [ for column in columns -> quoted (cell random column) ]) ]

    let task =
        match random.Next 4 with
        | 0 -> Nullable true
        | 1 -> Nullable false
        | _ -> Nullable()

    heads, rows, enum<MissingCells>(random.Next 4), task, random.Next 4 = 0

/// What both make of a table: its columns, labels and classes or values, features, shift and scale; or that it is refused.
type private Reading =
    { Columns: string list
      Labels: string[]
      Targets: float[]
      Features: float[]
      Scales: float[] list }

/// One column is learned, or the last two.
let private learned (areTwo: bool) (heads: string list) : string[] =
    heads |> List.skip (heads.Length - (if areTwo && heads.Length > 2 then 2 else 1)) |> Array.ofList

let private ofNN
    (place: Workplace)
    (heads: string list)
    targets
    rows
    missing
    task
    isCategorical
    : Result<Reading, string> =
    write place "drawn.csv" (String.concat "," heads :: rows)

    let categorical = if isCategorical then Expect.ok (ColumnNames.Read "c0") else ColumnNames.None

    let targets = ColumnNames(String.concat "," targets, targets)
    let order = TableOrder(targets, task, ColumnNames.None, categorical, missing)

    try
        let source = CsvRows(place.At "drawn.csv", CsvFormat(Nullable ',', Nullable true))
        let struct (sample, _) = CsvTable.Train(source, order)
        let struct (schema, fills) = MissingNumbers.Fills(sample, missing)
        Standardizer.Fill(sample.Features, schema.Cols, fills)
        let fitted = Fitted.Of(sample, true)

        Ok
            { Columns = [ for column in schema.Columns -> $"%A{column}" ]
              Labels =
                match schema.Learned with
                | :? Learned.Classes as classes -> classes.Names
                | _ -> [||]
              Targets =
                match sample.Targets with
                | null -> [||]
                | Targets.Labels(labels, _) -> Array.map float labels
                | Targets.Values(values, _) -> doubles values
              Features = doubles sample.Features
              Scales = [ fitted.Shift; fitted.Scale; fitted.TargetShift; fitted.TargetScale ] }
    with :? Failure as failure ->
        Error failure.Message

let private ofApp (heads: string list) (targets: string[]) rows missing task isCategorical : Result<Reading, string> =
    let text = String.Join("\n", String.concat "," heads :: rows)

    try
        let table =
            Table.ReadCsv(
                new StringReader(text),
                targets,
                missing,
                task,
                categorical = (if isCategorical then [| "c0" |] else [||])
            )

        let known = table.Preprocessing

        Ok
            { Columns = [ for column in table.Columns -> $"%A{column}" ]
              Labels = table.Labels
              Targets =
                match table.Data.Targets with
                | Targets.Labels(labels, _) -> Array.map float labels
                | Targets.Values(values, _) -> doubles values
              Features = doubles table.Data.Inputs
              Scales = [ known.Shift; known.Scale; known.TargetShift; known.TargetScale ] }
    with :? InvalidDataException as error ->
        Error error.Message

let private same (nn: Reading) (app: Reading) =
    Expect.equal nn.Columns app.Columns
    Expect.equal (List.ofArray nn.Labels) (List.ofArray app.Labels)
    Expect.sameBits "targets" nn.Targets app.Targets
    Expect.sameBits "features" nn.Features app.Features
    List.iter2 (Expect.sameBits "shifts and scales") nn.Scales app.Scales

// Whole trainings ----------------------------------------------------------------------------------------------------

/// Gaps in numbers, texts and dates, numbers that are classes, codes, and what is learned of them.
let private people (target: int -> string) (rows: int) =
    "income,hired,job,level,kind"
    :: [ for row in 0 .. rows - 1 ->
             String.Join(
                 ',',
                 [ (if row % 7 = 3 then "" else number (float (row * 37 % 101) / 8.0))
                   (if row % 11 = 5 then
                        "NA"
                    else
                        DateTime(2020, 1, 1).AddDays(float (row * 53 % 900)).ToString "yyyy-MM-dd")
                   (if row % 5 = 1 then "" else List.item (row % 3) [ "clerk"; "nurse"; "\"O'Hara, \u00e9\"" ])
                   string (row * 13 % 5)
                   target row ]
             ) ]

let private kind (row: int) = if row * 37 % 101 + row % 3 * 20 > 60 then "yes" else "no"

let private level (row: int) = string (row * 37 % 101 / 25)

let private price (row: int) = number (float (row * 37 % 101) * 1.25 + float (row % 3) + 1000.0)

let private bytesOf (model: Model<float32>) : byte[] =
    use stream = new MemoryStream()
    model.Save stream
    stream.ToArray()

/// That a model is saved as the bytes of a file: description, preprocessing, class names, and every number.
let private sameModel (file: byte[]) (model: Model<float32>) : unit =
    use stream = new MemoryStream(file)
    let expected = Model.Load<float32> stream
    Expect.equal expected.Network model.Network
    Expect.equal $"%A{expected.Preprocessing}" $"%A{model.Preprocessing}"
    Expect.equal (List.ofArray expected.Labels) (List.ofArray model.Labels)
    Expect.sameBits "parameters" expected.Parameters.Values model.Parameters.Values
    Expect.that (file.AsSpan().SequenceEqual(bytesOf model)) "other bytes"

let private engine = [ "--blas"; Machine.Shared.Backend.Name; "--threads"; "1" ]

let private nnModel (place: Workplace) (run: string) (arguments: string list) : byte[] =
    succeed (InProcess.run ([ "train"; "--out"; place.At run; "--force" ] @ engine @ arguments))
    |> ignore

    File.ReadAllBytes(place.At $"{run}/model.safetensors")

/// So many epochs, as `--epochs` says it, which patience does not end.
let private until (epochs: int) (table: Table) : FitOptions = { table.Options with Epochs = epochs; Patience = 0 }

let tests =
    workplace "TableFace" (fun place ->
        let at = place.At

        [ states
              [ 92 ]
              (lawTried
                  400
                  "A table becomes in an app what it becomes in nn: columns, classes, features, fills and scales, or both refuse it"
                  (fun (seed: int) ->
                      let heads, rows, missing, task, isCategorical = drawn seed
                      let targets = learned (seed % 3 = 0) heads
                      let text = String.Join('\n', rows)

                      match
                          ofNN place heads targets rows missing task isCategorical,
                          ofApp heads targets rows missing task isCategorical
                      with
                      | Ok nn, Ok app -> same nn app
                      | Error _, Error _ -> ()
                      | Ok _, Error found -> Expect.fail $"{found}:\n{text}"
                      | Error found, Ok _ -> Expect.fail $"taken, and nn says {found}:\n{text}"))
          each
              "A column of which the first thousand rows have nothing is told by its first cell"
              [ "2024-02-29"; "1.5" ]
              (fun (first: string) ->
                  let cell row = if row < 1001 then "" else first
                  let rows = [ for row in 1..1010 -> $"{cell row},{row}.5,k{row % 2}" ]
                  let heads, missing, task = [ "d"; "x"; "y" ], MissingCells.Median, Nullable()

                  let targets = [| List.last heads |]

                  match
                      ofNN place heads targets rows missing task false, ofApp heads targets rows missing task false
                  with
                  | Ok nn, Ok app -> same nn app
                  | outcomes -> Expect.fail $"%A{outcomes}")
          states
              [ 92 ]
              (eachNamed
                  "The four calls come to the model of nn train, byte for byte"
                  [ "classes", (kind, 150, "median")
                    "numbers that are classes", (level, 90, "mean")
                    "values", (price, 120, "mean")
                    "rows left out", (kind, 150, "drop")
                    "as many rows as have waves", (price, 2100, "median")
                    "very few rows", (kind, 30, "median") ]
                  (fun (target, rows, missing) ->
                      write place "people.csv" (people target rows)
                      let train = [ at "people.csv"; "--target"; "kind"; "--missing"; missing ]
                      let nn = nnModel place "nn" (train @ [ "--seed"; "7"; "--epochs"; "3" ])
                      let fate = Enum.Parse<MissingCells>(missing, true)
                      let table = Table.ReadCsv(at "people.csv", "kind", fate)
                      let training = table.Training.With 7UL

                      let fitted =
                          Network.For(table).Fit<float32>(table, training = training, options = until 3 table)

                      sameModel nn fitted.Model))
          test "Two targets come to the model of nn train, byte for byte, and a row has a value of each" (fun () ->
              let rows = [ for row in 1..90 -> $"{row}.5,{row * 37 % 101}.25,{row * 53 % 97},k{row % 3}" ]
              write place "two.csv" ("x,a,b,kind" :: rows)

              let train = [ at "two.csv"; "--target"; "b,a"; "--task"; "regression"; "--seed"; "7"; "--epochs"; "3" ]

              let nn = nnModel place "two" train
              let table = Table.ReadCsv(at "two.csv", [| "b"; "a" |], hasClasses = false)
              Expect.equal [| "b"; "a" |] table.Targets
              Expect.equal 2 table.Shape.Outputs
              let options = until 3 table

              let model =
                  Network.For(table).Fit<float32>(table, training = table.Training.With 7UL, options = options).Model

              sameModel nn model
              Expect.equal [| "b"; "a" |] model.Preprocessing.Targets
              let row = readOnlyDict [ "x", RowCell.Of "8.5"; "kind", RowCell.Of "k2" ]
              Expect.equal 2 (model.Predict row).Length)
          each
              "Several targets in an app are refused by what is wrong with them"
              [ [| "a"; "kind" |], "column 'kind': several targets are numbers, and it has others"
                [| "a"; "b" |], "column 'b': 3 different whole numbers, which may be classes" ]
              (fun (targets, found) ->
                  let text =
                      "x,a,b,kind\n"
                      + String.Join('\n', [ for row in 1..40 -> $"{row},{row}.5,{row % 3},k{row % 2}" ])

                  let read () = Table.ReadCsv(new StringReader(text), targets) |> ignore
                  Expect.mentions [ found ] (Expect.raises<InvalidDataException> read).Message)
          test "No target, and one that is named twice, are no targets" (fun () ->
              for targets, found in [ [||], "no column to learn"; [| "a"; "a" |], "is there twice" ] do
                  let read () = Table.ReadCsv(new StringReader("x,a\n1,2\n"), targets) |> ignore
                  Expect.mentions [ found ] (Expect.raises<ArgumentException> read).Message)
          test
              "Where nothing but the target is said the model is that of nn, with the epochs and the patience that suit it"
              (fun () ->
                  write place "few.csv" ("x,y" :: [ for row in 1..40 -> $"{row}.5,k{row * 7919 % 13 % 2}" ])
                  let nn = nnModel place "few" [ at "few.csv"; "--target"; "y"; "--members"; "2" ]
                  let table = Table.ReadCsv(at "few.csv", "y")
                  let fitted = Network.For(table).WithMembers(2).Fit<float32> table
                  sameModel nn fitted.Model
                  let told = File.ReadAllLines(at "few/history.csv")
                  Expect.equal (told.Length - 1) fitted.Epochs.Count)
          test "A share that is set aside is that of nn, and says nothing about how the others are scaled" (fun () ->
              write place "share.csv" (people kind 150)
              let train = [ at "share.csv"; "--target"; "kind"; "--missing"; "median"; "--validation"; "0.2" ]
              let nn = nnModel place "share" (train @ [ "--seed"; "9"; "--epochs"; "3" ])
              let table = Table.ReadCsv(at "share.csv", "kind", MissingCells.Median)
              let struct (train, aside) = table.Split(0.2, 9UL)

              let fitted = Network.For(table).Fit<float32>(train, aside, table.Training.With 9UL, until 3 table)

              sameModel nn fitted.Model
              Expect.equal (120, 30) (train.Rows, aside.Rows))
          test "One network alone leaves out the tenth of the rows that nn leaves out" (fun () ->
              write place "many.csv" ("x,y" :: [ for row in 1..20_001 -> $"{row % 997}.25,{row % 89}.5" ])
              let nn = nnModel place "many" [ at "many.csv"; "--target"; "y"; "--epochs"; "1" ]
              let table = Table.ReadCsv(at "many.csv", "y")
              let network = Network.For table
              Expect.equal 1 network.Members
              let fitted = network.Fit<float32>(table, options = until 1 table)
              sameModel nn fitted.Model)
          test "A row by name has the answer that nn predict gives" (fun () ->
              write place "answers.csv" (people kind 60)
              let table = Table.ReadCsv(at "answers.csv", "kind", MissingCells.Mean)
              let model = Network.For(table).Fit<float32>(table, options = until 2 table).Model
              (use file = File.Create(at "answers.safetensors") in model.Save file)

              [ "predict"; at "answers.safetensors"; at "answers.csv"; "--out"; at "answered.csv"; "--force" ]
              |> InProcess.run
              |> succeed
              |> ignore

              let cells = (List.item 5 (people kind 60)).Split ','
              let heads = [ "income"; "hired"; "job"; "level" ]
              let row = readOnlyDict [ for head, cell in Seq.zip heads cells -> head, RowCell.Of cell ]
              let answers = place.Rows "answered.csv"
              let column = List.findIndex ((=) "prediction") answers.Head
              Expect.equal (answers |> List.item 5 |> List.item column) (model.Classify row).Label) ])
