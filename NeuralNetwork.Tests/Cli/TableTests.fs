/// Tables of every format from end to end: what is read, how it is split, and what comes out.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Cli.TableTests

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Text
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NUnit.Framework
open FsCheck.NUnit

let private folder = Path.Combine(Path.GetTempPath(), $"nn-tables-{Guid.NewGuid()}")
let private at (name: string) = Path.Combine(folder, name)

[<OneTimeSetUp>]
let prepare () = Directory.CreateDirectory folder |> ignore

[<OneTimeTearDown>]
let cleanUp () = Directory.Delete(folder, true)

let private write (name: string) (lines: string seq) = File.WriteAllText(at name, String.Join("\n", lines) + "\n")
let private lines (text: string) = text.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

let private readWith (order: TableOrder) (name: string) =
    let struct (sample, _) = CsvTable.Train(at name, CsvFormat.Auto, order) in sample

let private read (name: string) = readWith TableOrder.Usual name

let private doubles (table: Table) =
    match table with
    | Table.Doubles values -> values
    | Table.Singles values -> Array.map float values
    | Table.Bytes values -> Array.map float values

let private labels (sample: Sample) =
    match sample.Targets with
    | null -> [||]
    | Targets.Labels(labels, _) -> labels
    | Targets.Values _ -> [||]

let private number (x: float) = x.ToString("R", CultureInfo.InvariantCulture)

[<Law 63>]
let ``Every finite float64 that is written into a CSV file is read again to the bit`` (seed: int) =
    let random = Random seed

    let draw () =
        let x = BitConverter.Int64BitsToDouble(random.NextInt64(Int64.MinValue, Int64.MaxValue))
        if Double.IsFinite x then x else -0.0

    let values = Array.init 20 (fun _ -> draw (), draw ())
    let wide = values |> Array.collect (fun (a, b) -> [| a; b |])

    write
        "exact.csv"
        (Seq.append [ "a,b,t" ] (values |> Seq.mapi (fun row (a, b) -> $"{number a},{number b},k{row % 2}")))

    let sample = read "exact.csv"
    Expect.sameBits "CSV" wide (doubles sample.Features)

[<Law 63>]
let ``Every finite float32 that is written into a CSV file is read again to the bit`` (seed: int) =
    let random = Random seed

    let draw () =
        let x = BitConverter.Int32BitsToSingle(random.Next(Int32.MinValue, Int32.MaxValue))
        if Single.IsFinite x then x else -0f

    let values = Array.init 20 (fun _ -> draw ())
    let text (x: float32) = x.ToString("R", CultureInfo.InvariantCulture)
    write "single.csv" (Seq.append [ "a,t" ] (values |> Seq.mapi (fun row x -> $"{text x},k{row % 2}")))
    let sample = read "single.csv"
    Expect.sameBits "CSV" values (doubles sample.Features |> Array.map float32)

[<Test>]
let ``Separator, quotes, blanks, line ends, BOM and packing do not change what is read`` () =
    let rows = [ for row in 1..12 -> [ $"{row}.25"; (if row % 2 = 0 then "red" else "deep blue"); $"{row % 3}" ] ]
    let plain = "x,colour,y" :: (rows |> List.map (fun row -> String.Join(',', row)))
    let quoted (cells: string list) = cells |> List.map (fun cell -> $"\"{cell}\"")

    let variants =
        [ "comma", String.Join('\n', plain)
          "crlf", String.Join("\r\n", plain) + "\r\n\r\n"
          "cr", String.Join('\r', plain)
          "semicolon", String.Join('\n', plain |> List.map _.Replace(',', ';'))
          "tab", String.Join('\n', plain |> List.map _.Replace(',', '\t'))
          "pipe", String.Join('\n', plain |> List.map _.Replace(',', '|'))
          "blanks", String.Join('\n', plain |> List.map _.Replace(",", " , "))
          "quotes", String.Join('\n', "x,colour,y" :: (rows |> List.map (fun row -> String.Join(',', quoted row))))
          "blanks around quotes",
          String.Join('\n', "x,colour,y" :: (rows |> List.map (fun row -> "\t" + String.Join(" , ", quoted row) + " ")))
          "bom", "\uFEFF" + String.Join('\n', plain) ]

    File.WriteAllText(at "plain.csv", String.Join('\n', plain))
    let expected = read "plain.csv"
    Expect.equal 3 expected.Cols

    for name, text in variants do
        File.WriteAllText(at $"{name}.csv", text)
        let found = read $"{name}.csv"
        Expect.sameBits name (doubles expected.Features) (doubles found.Features)
        Expect.equal (labels expected) (labels found)

    using (new GZipStream(File.Create(at "packed.csv.gz"), CompressionLevel.Optimal)) (fun zip ->
        zip.Write(ReadOnlySpan(File.ReadAllBytes(at "plain.csv"))))

    Expect.sameBits "gzip" (doubles expected.Features) (doubles (read "packed.csv.gz").Features)

[<Test>]
let ``Quoted cells keep separators, quotes and line ends`` () =
    write "quoted.csv" [ "\"a, b\",y"; "\"one\ntwo\",k"; "\"say \"\"x\"\"\",l"; "\"one\ntwo\",l"; "z,k" ]
    let sample = read "quoted.csv"

    match List.ofSeq sample.Schema.Columns with
    | [ Column.Category(name, categories) ] ->
        Expect.equal "a, b" name
        Expect.equal [| "one\ntwo"; "say \"x\""; "z" |] categories
        Expect.equal [| 1.0; 0; 0; 0; 1; 0; 1; 0; 0; 0; 0; 1 |] (doubles sample.Features)
    | columns -> Expect.fail $"%A{columns}"

[<Test>]
let ``A separator in a quoted cell is none, with blanks before and behind the quotes, too`` () =
    write "spaced.csv" [ "x, \"a, b\" , y"; "1, \"one, two\" ,k"; "2,\t\"z\",l"; "3,\"z\"\t,k" ]
    let sample = read "spaced.csv"

    match List.ofSeq sample.Schema.Columns with
    | [ Column.Number("x", _); Column.Category("a, b", categories) ] ->
        Expect.equal [| "one, two"; "z" |] categories
        Expect.equal [| 1.0; 1; 0; 2; 0; 1; 3; 0; 1 |] (doubles sample.Features)
    | columns -> Expect.fail $"%A{columns}"

let private classes (share: float) (labels: int[]) (part: int[]) =
    let count label = part |> Array.filter (fun row -> labels[row] = label) |> Array.length

    for label, all in Array.countBy id labels do
        let exact = share * float all
        Expect.that (abs (float (count label) - exact) <= 1.0) $"{count label} of {all} rows of class {label}"

[<Law 68>]
let ``A split is disjoint and complete, keeps the old order, and takes each class by its share``
    (seed: uint64)
    (size: byte)
    =
    let random = Random(int (seed % 1000UL))
    let rows = 20 + int size
    let labels = Array.init rows (fun _ -> random.Next 5 * random.Next 2)
    let share = 0.05 + 0.4 * random.NextDouble()
    let split = Split.Of(Targets.Labels(labels, 5), rows, share, seed)
    Expect.equal [| 0 .. rows - 1 |] (Array.append split.Train split.Aside |> Array.sort)
    Expect.equal (Array.sort split.Train) split.Train
    Expect.equal (Array.sort split.Aside) split.Aside
    classes share labels split.Aside
    Expect.equal split.Aside (Split.Of(Targets.Labels(labels, 5), rows, share, seed).Aside)

let private train (data: string) (run: string) more =
    let epochs = if List.contains "--epochs" more then [] else [ "--epochs"; "3" ]
    InProcess.run ([ "train"; at data; "--out"; at run; "--hidden"; "8"; "--threads"; "1" ] @ epochs @ more)

let private succeed (outcome: Outcome) =
    Expect.that (outcome.Code = 0) outcome.Error
    outcome

[<Test; States 64>]
let ``IDX, CSV, NPY and NPZ of the same data give the same array and the same training run`` () =
    let random = Random 5
    let x = Array.init (60 * 4) (fun _ -> float32 (round (256.0 * Generate.normal random) / 256.0))
    let y = Array.init 60 (fun row -> row % 3)
    let cell (x: float32) = number (float x)
    let row i = String.Join(',', x[4 * i .. 4 * i + 3] |> Array.map cell)
    write "same.csv" (Seq.append [ "a,b,c,d,y" ] (Seq.init 60 (fun i -> $"{row i},{y[i]}")))

    let xs, ys =
        Npy.write { Shape = [| 60; 4 |]; Values = Table.Singles x },
        Npy.write { Shape = [| 60 |]; Values = Table.Bytes(Array.map byte y) }

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

        succeed (InProcess.run [ "train"; data; "--out"; at run; "--epochs"; "2"; "--standardize"; "true" ])
        |> ignore

        match ModelFile.read (File.ReadAllBytes(at $"{run}/model.safetensors")) with
        | Ok(AnyModel.Single model) ->
            Expect.equal [| "0"; "1"; "2" |] model.Labels
            model.Parameters.Values
        | _ -> raise (AssertionException "no model")

    let expected = weights "same.csv" "r-csv"

    for data, run in [ "same", "r-idx"; "same.npz", "r-npz"; "pair", "r-npy" ] do
        Expect.sameBits data expected (weights data run)

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

[<Test>]
let ``People's habits are learned, measured and predicted by three commands, the same in every country`` () =
    write "habits.csv" (habits 300)

    let outcome (run: string) =
        succeed (train "habits.csv" run [ "--missing"; "median"; "--epochs"; "30"; "--lr"; "0.02" ])
        |> ignore

        let report = succeed (InProcess.run [ "evaluate"; at run; at "habits.csv"; "--json" ])

        succeed (InProcess.run [ "predict"; at run; at "habits.csv"; "--out"; at $"{run}-out.csv"; "--probabilities" ])
        |> ignore

        report.Out, File.ReadAllText(at $"{run}-out.csv")

    let report, predictions = outcome "habits"
    let accuracy = (JsonDocument.Parse report).RootElement.GetProperty("accuracy").GetDouble()
    Expect.that (accuracy > 0.8) $"an accuracy of {accuracy}"
    let rows = lines predictions
    Expect.equal "row,prediction,probability_=fit,probability_average,probability_lazy" rows[0]
    Expect.equal 301 rows.Length
    // What a spreadsheet would run is written as a text.
    Expect.that (rows |> List.exists (fun row -> (row.Split ',')[1] = "'=fit")) "nobody is fit"
    Expect.that (rows |> List.forall (fun row -> (row.Split ',')[1] <> "=fit")) "a formula"

    InProcess.abroad (fun () -> Expect.equal (report, predictions) (outcome "habits-abroad"))

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

let private predict (run: string) (data: string) (out: string) =
    InProcess.run [ "predict"; at run; at data; "--out"; at out; "--force" ]

[<Test>]
let ``Values are learned in units of their own and predicted in those of the data`` () =
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
    | Error defect -> Expect.fail (string defect)

[<Law(66, Trials = 5)>]
let ``Predictions come in the order of the rows`` (seed: int) =
    if not (File.Exists(at "ordered/model.safetensors")) then
        write "ordered.csv" (houses 60)
        succeed (train "ordered.csv" "ordered" []) |> ignore

    let rows = File.ReadAllLines(at "ordered.csv")
    let order = Array.init 60 id
    Random(seed).Shuffle order
    write "shuffled.csv" (Seq.append [ rows[0] ] (order |> Seq.map (fun row -> rows[row + 1])))

    let values name =
        succeed (predict "ordered" name "ordered-out.csv") |> ignore
        File.ReadAllLines(at "ordered-out.csv") |> Array.tail |> Array.map (fun row -> (row.Split ',')[1])

    let plain = values "ordered.csv"
    Expect.equal (order |> Array.map (fun row -> plain[row])) (values "shuffled.csv")

[<Test>]
let ``A model refuses a table without one of its columns or with a category it has never met`` () =
    write "known.csv" (houses 60)
    succeed (train "known.csv" "known" []) |> ignore
    write "narrow.csv" (houses 60 |> List.map (fun row -> let cells = row.Split ',' in $"{cells[0]},{cells[3]}"))
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
        Expect.that (not (File.Exists(at "nothing.csv"))) "something was written"

[<Test>]
let ``A class that the model does not know is refused where it is compared, and does not matter to a prediction`` () =
    write "classes.csv" ("x,y" :: [ for row in 1..30 -> $"{row},k{row % 2}" ])
    succeed (train "classes.csv" "classes" []) |> ignore
    write "stranger.csv" [ "x,y"; "1,k1"; "2,k7" ]
    let outcome = InProcess.run [ "evaluate"; at "classes"; at "stranger.csv" ]
    Expect.equal 3 outcome.Code
    Expect.mentions [ "stranger.csv"; "line 3"; "column 'y'"; "label 'k7' is no class"; "k0, k1" ] outcome.Error
    succeed (predict "classes" "stranger.csv" "stranger-out.csv") |> ignore
    Expect.equal 3 (File.ReadAllLines(at "stranger-out.csv").Length)

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

[<Test>]
let ``Names of classes that a spreadsheet would run are text in CSV, themselves in JSON, and numbers stay numbers`` () =
    let names = [| "=HYPERLINK(\"\"http://x\"\",\"\"y\"\")"; "@x"; "-3" |]
    let plain = names |> Array.map _.Replace("\"\"", "\"")
    write "formulas.csv" ("x,y" :: [ for row in 0..59 -> $"{row % 3},\"{names[row % 3]}\"" ])

    succeed (train "formulas.csv" "formulas" [ "--epochs"; "60"; "--lr"; "0.05"; "--validation"; "none" ])
    |> ignore

    let report = succeed (InProcess.run [ "evaluate"; at "formulas"; at "formulas.csv"; "--json" ])
    let document = (JsonDocument.Parse report.Out).RootElement
    Expect.equal 1.0 (document.GetProperty("accuracy").GetDouble())

    for name in plain do
        Expect.that (strings document |> List.contains name) $"{name} is not in {report.Out}"

    succeed (predict "formulas" "formulas.csv" "formulas-out.csv") |> ignore
    let rows = File.ReadAllLines(at "formulas-out.csv")
    Expect.equal [| $"0,\"'{names[0]}\""; "1,'@x"; "2,-3" |] rows[1..3]

[<Test>]
let ``What is trained on is doubtful to validate or to test with, under another name, too`` () =
    let rows = "x,y" :: [ for row in 1..30 -> $"{row},k{row % 2}" ]
    write "trained.csv" rows
    write "copied.csv" rows
    write "others.csv" ("x,y" :: [ for row in 31..60 -> $"{row},k{row % 2}" ])
    let said run options = (succeed (train "trained.csv" run options)).Error
    Expect.mentions [ "warning"; "copied.csv"; "test data are the training" ] (said "d1" [ "--test"; at "copied.csv" ])
    Expect.mentions [ "warning"; "validation data are the training" ] (said "d2" [ "--validation"; at "trained.csv" ])
    let both = said "d3" [ "--validation"; at "others.csv"; "--test"; at "others.csv" ]
    Expect.that (not (both.Contains "training data (")) both

[<Test>]
let ``Missing cells become the mean or the median of the training rows, or their rows are left out`` () =
    let rows = [ "x,y"; "1,a"; "2,b"; ",a"; "9,b"; "?,a"; "4,b" ]
    write "missing.csv" rows

    let sample missing =
        readWith (TableOrder(null, Nullable(), ColumnNames.None, ColumnNames.None, missing)) "missing.csv"

    Expect.equal [| 1.0; 2.0; 9.0; 4.0 |] (doubles (sample MissingCells.Drop).Features)

    for name, expected in [ "mean", 4.0; "median", 3.0 ] do
        succeed (train "missing.csv" $"missing-{name}" [ "--missing"; name; "--validation"; "none" ])
        |> ignore

        match ModelFile.read (File.ReadAllBytes(at $"missing-{name}/model.safetensors")) with
        | Ok(AnyModel.Single model) ->
            Expect.equal [ Column.Number("x", expected) ] model.Preprocessing.Columns
            let filled = [| 1.0; 2.0; expected; 9.0; expected; 4.0 |]
            Expect.within 1e-12 (Array.average filled) model.Preprocessing.Shift[0]
        | _ -> Expect.fail "no model"

[<Test>]
let ``Whole numbers of few different values are classes in their order, below 0, too`` () =
    let learn (names: string list) =
        let names = Array.ofList names
        write "whole.csv" ("x,y" :: [ for row in 1..40 -> $"{row}.5,{names[row % names.Length]}" ])
        let sample = read "whole.csv"

        match sample.Schema.Learned with
        | :? Learned.Classes as classes -> classes.Names, labels sample |> Array.map (Array.get classes.Names)
        | _ -> [||], [||]

    for given, sorted in
        [ [ "-1"; "1" ], [| "-1"; "1" |]
          [ "0"; "1"; "-1" ], [| "-1"; "0"; "1" |]
          [ "10"; "-1"; "9"; "100" ], [| "-1"; "9"; "10"; "100" |] ] do
        let names, rows = learn given
        Expect.equal sorted names
        Expect.equal [| for row in 1..40 -> given[row % given.Length] |] rows

[<Test>]
let ``Labels of which some are texts are texts where classes are asked for, and numbers are numbers`` () =
    let learn (names: string list) =
        write "mixed.csv" ("x,y" :: [ for row in 0..29 -> $"{row}.5,{names[row % names.Length]}" ])

        let order = TableOrder(null, Nullable true, ColumnNames.None, ColumnNames.None, MissingCells.Refuse)

        match (readWith order "mixed.csv").Schema.Learned with
        | :? Learned.Classes as classes -> classes.Names
        | _ -> [||]

    Expect.equal [| "1"; "2"; "three" |] (learn [ "2"; "1"; "three" ])
    Expect.equal [| "1.5"; "beta" |] (learn [ "1.5"; "beta" ])
    Expect.equal [| "-3"; "2"; "10" |] (learn [ "10"; "2.0"; "2"; "-3" ])

[<Test>]
let ``Names of columns may have commas: in quotes among others, as they stand, and as JSON`` () =
    let row number = $"{number}.5,n{number % 3},{number % 4},{number % 2}"
    write "commas.csv" ("x,name,\"habit, main\",y" :: [ for number in 1..30 -> row number ])

    let columns (run: string) =
        match ModelFile.read (File.ReadAllBytes(at $"{run}/model.safetensors")) with
        | Ok(AnyModel.Single model) -> [ for column in model.Preprocessing.Columns -> column.Title ]
        | _ -> []

    let ignoring (run: string) (options: string list) =
        succeed (train "commas.csv" run options) |> ignore
        columns run

    let both = "\"habit, main\",name"
    Expect.equal [ "x" ] (ignoring "list" [ "--ignore"; both ])
    Expect.equal [ "x"; "name" ] (ignoring "bare" [ "--ignore"; "habit, main" ])
    Expect.equal [ "x"; "name" ] (ignoring "quoted" [ "--ignore"; "\"habit, main\"" ])
    File.WriteAllText(at "commas.json", "{ \"ignore\": [\"name\", \"habit, main\"] }")
    Expect.equal [ "x" ] (ignoring "array" [ "--config"; at "commas.json" ])

    // What a run says of itself gives the same run again.
    for run, expected in [ "list", [ "x" ]; "bare", [ "x"; "name" ]; "quoted", [ "x"; "name" ] ] do
        let config = at $"{run}/config.json"
        Expect.equal expected (ignoring $"{run}-again" [ "--config"; config ])
        Expect.equal (File.ReadAllText config) (File.ReadAllText(at $"{run}-again/config.json"))

    let outcome = train "commas.csv" "none" [ "--ignore"; "\"habit\",name" ]
    Expect.equal 3 outcome.Code
    Expect.mentions [ "no column 'habit'"; "has: x, name, \"habit, main\", y" ] outcome.Error

[<Test>]
let ``A column like an id is worth a warning, and how to leave it out`` () =
    write "named.csv" ("id,x,my name,y" :: [ for row in 1..40 -> $"{row},{row % 9},n{row},{row % 2}" ])
    let outcome = succeed (train "named.csv" "named" [])

    Expect.mentions
        [ "'id': 40 different whole numbers in 40 rows, like an id (--ignore id leaves it out)"
          "'my name': 40 different texts in 40 rows, like an id (--ignore 'my name' leaves it out)" ]
        outcome.Error

    Expect.that (not (outcome.Error.Contains "'x'")) outcome.Error

[<Test>]
let ``Rows left out for their targets are counted by what these read`` () =
    let name row =
        if row % 4 = 0 then "None"
        elif row % 10 = 1 then ""
        else $"k{row % 2}"

    write "none.csv" ("x,y" :: [ for row in 1..40 -> $"{row}.5,{name row}" ])
    let outcome = succeed (train "none.csv" "none-dropped" [ "--missing"; "drop" ])

    Expect.mentions
        [ "14 of 40 rows left out"; "14 of them because the target reads 'None' (10) or '' (4)" ]
        outcome.Error

[<Test>]
let ``Few rows and the usual batch are no reason for a warning, and class names with commas stand out`` () =
    let name row = if row % 2 = 0 then "old, wise" else "young"
    write "few.csv" ("x,y" :: [ for row in 1..20 -> $"{row}.5,\"{name row}\"" ])
    let usual = succeed (train "few.csv" "few" [])
    Expect.that (not (usual.Error.Contains "--batch-size")) usual.Error
    Expect.that (not (usual.Error.Contains "MB read")) usual.Error
    Expect.mentions [ "2 classes: \"old, wise\", young" ] usual.Error
    let given = succeed (train "few.csv" "few-given" [ "--batch-size"; "128" ])
    Expect.mentions [ "--batch-size: 128 is more than the 18 training rows" ] given.Error

[<Test>]
let ``Inspecting says of an empty column how to leave it out, and of a separator that it looks like another`` () =
    write "empty.csv" ("x,c,y" :: [ for row in 1..30 -> $"{row}.5,,{row % 2}" ])
    let outcome = succeed (InProcess.run [ "data"; "inspect"; at "empty.csv" ])
    Expect.mentions [ "'c' is empty in every row: --ignore c" ] outcome.Out
    Expect.that (not (outcome.Out.Contains "--missing")) outcome.Out
    write "quoted.csv" ("x,\"a;b\",y" :: [ for row in 1..30 -> $"{row},\"k;l\",{row % 2}" ])
    let outcome = InProcess.run [ "data"; "inspect"; at "quoted.csv"; "--separator"; "semicolon" ]
    Expect.equal 3 outcome.Code
    Expect.mentions [ "--separator semicolon was given, and comma found" ] outcome.Error

[<Test>]
let ``A column that never changes is worth a warning and has the scale 1`` () =
    write "constant.csv" ("x,c,y" :: [ for row in 1..30 -> $"{row},7.1,{row % 2}" ])
    let outcome = succeed (train "constant.csv" "constant" [])
    Expect.mentions [ "warning"; "'c' is the same in every training row" ] outcome.Error

    match ModelFile.read (File.ReadAllBytes(at "constant/model.safetensors")) with
    | Ok(AnyModel.Single model) ->
        Expect.equal 1.0 model.Preprocessing.Scale[1]
        Expect.within 1e-12 7.1 model.Preprocessing.Shift[1]
    | _ -> Expect.fail "no model"

[<Test>]
let ``Inspecting says what is in each column and what may be wrong`` () =
    write
        "doubtful.csv"
        (List.concat
            [ [ "id,price,constant,copy,kind" ]
              [ for row in 1..40 -> $"{row + 100},\"{row},5\",1,{row % 2},k{row % 2}" ]
              [ "141,\"1,5\",1,1,k1" ] ])

    let outcome = succeed (InProcess.run [ "data"; "inspect"; at "doubtful.csv"; "--json" ])
    let document = (JsonDocument.Parse outcome.Out).RootElement

    let findings (name: string) =
        (document.GetProperty "columns").EnumerateArray()
        |> Seq.find (fun column -> (column.GetProperty "name").GetString() = name)
        |> fun column -> (column.GetProperty "findings").ToString()

    Expect.mentions [ "41 decimal commas" ] (findings "price")
    Expect.mentions [ "constant" ] (findings "constant")
    Expect.mentions [ "'copy' alone says" ] ((document.GetProperty "findings").ToString())
    Expect.equal 41 ((document.GetProperty "rows").GetInt32())

    let weights =
        [ for one in (document.GetProperty "classes").EnumerateArray() ->
              (one.GetProperty "weight").GetDouble() * float ((one.GetProperty "rows").GetInt32()) ]

    Expect.within 1e-9 41.0 (List.sum weights)

[<Test>]
let ``A whole number of its own in every row and a text of its own in nearly every row are like an id`` () =
    let row number = $"{number + 100},n{min number 98},{number % 50},{number}.5,t{number % 50},{number % 2}"
    write "ids.csv" ("whole,text,half,decimal,category,kind" :: [ for number in 1..100 -> row number ])
    let outcome = succeed (InProcess.run [ "data"; "inspect"; at "ids.csv"; "--json" ])

    let found =
        [ for column in ((JsonDocument.Parse outcome.Out).RootElement.GetProperty "columns").EnumerateArray() do
              if (column.GetProperty "findings").ToString().Contains "like an id" then
                  string ((column.GetProperty "name").GetString()) ]

    Expect.equal [ "whole"; "text" ] found

[<Property>]
let ``Numbers of any size are standardized as the same numbers times a power of two are`` (seed: int) =
    let random = Random seed
    let power = random.Next(-900, 900)
    let column = Array.init 30 (fun _ -> random.NextDouble() * 8.0 - 3.0)
    let of' (numbers: float[]) = Standardizer.Of(Table.Doubles numbers, 1, 1.0)
    let struct (means, deviations) = of' column
    let struct (shifted, scaled) = of' (column |> Array.map (fun x -> Math.ScaleB(x, power)))
    Expect.sameBits "means" (means |> Array.map (fun x -> Math.ScaleB(x, power))) shifted
    Expect.sameBits "deviations" (deviations |> Array.map (fun x -> Math.ScaleB(x, power))) scaled

[<Test>]
let ``Great numbers are trained on; only a range that float64 does not have is refused, with its column`` () =
    let table (scale: string) =
        "x,kind"
        :: [ for row in 1..20 -> $"{(if row % 2 = 0 then 1 else -1) * row % 10}{scale},k{row % 2}" ]

    write "great.csv" (table "e290")
    write "wide.csv" ("x,kind" :: [ for row in 1..20 -> (if row % 2 = 0 then "1.5e308,a" else "-1.5e308,b") ])
    let train (name: string) = InProcess.run [ "train"; at name; "--out"; at "great"; "--force"; "--epochs"; "2" ]
    let outcome = train "great.csv"
    Expect.that (outcome.Code = 0) outcome.Error
    let refused = train "wide.csv"
    Expect.mentions [ "wide.csv: column 'x'"; "too large to standardize" ] refused.Error
    Expect.equal 3 refused.Code

let private gaps (count: int) =
    "x,z,kind"
    :: [ for row in 1..40 -> (if row <= count then "" else string row) + $",{row % 7},k{row % 2}" ]

[<Test>]
let ``A model trained with rows left out is evaluated on the whole rows, says how many, and predicts for every row or refuses``
    ()
    =
    write "gaps.csv" (gaps 3)
    let run arguments = InProcess.run arguments
    let trained = run [ "train"; at "gaps.csv"; "--missing"; "drop"; "--epochs"; "2"; "--out"; at "dropped" ]
    Expect.that (trained.Code = 0) trained.Error
    Expect.mentions [ "3 of 40 rows left out" ] trained.Error
    let evaluated = run [ "evaluate"; at "dropped"; at "gaps.csv"; "--json" ]
    Expect.that (evaluated.Code = 0) evaluated.Error
    Expect.mentions [ "3 of 40 rows left out" ] evaluated.Error
    Expect.equal 37 (JsonDocument.Parse(evaluated.Out).RootElement.GetProperty("rows").GetInt32())
    let refused = run [ "evaluate"; at "dropped"; at "gaps.csv"; "--missing"; "refuse" ]
    Expect.mentions [ "line 2, column 'x'"; "--missing drop" ] refused.Error
    Expect.equal 3 refused.Code
    let predicted = run [ "predict"; at "dropped"; at "gaps.csv" ]
    Expect.mentions [ "line 2, column 'x'"; "every row needs an answer"; "--missing mean or median" ] predicted.Error
    Expect.equal 3 predicted.Code

[<Test>]
let ``Without a header it is said that there is none; numbers can be names where the user says so, and are found again``
    ()
    =
    let rows = [ for row in 1..40 -> $"{row}.5,{row * row}.5,{row % 9}.25" ]
    write "years.csv" ("2019,2020,2021" :: rows)

    let train options =
        InProcess.run ([ "train"; at "years.csv"; "--epochs"; "2"; "--force"; "--out"; at "years" ] @ options)

    Expect.mentions [ "years.csv: no header found"; "1, 2, …"; "--header yes" ] (train []).Error
    let named = train [ "--header"; "yes" ]
    Expect.that (named.Code = 0) named.Error
    Expect.mentions [ "every name is a number: 2019, 2020, 2021"; "target '2021'" ] named.Error
    let evaluated = InProcess.run [ "evaluate"; at "years"; at "years.csv"; "--json" ]
    Expect.that (evaluated.Code = 0) evaluated.Error
    Expect.equal 40 (JsonDocument.Parse(evaluated.Out).RootElement.GetProperty("rows").GetInt32())
