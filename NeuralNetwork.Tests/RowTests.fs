/// Rows given by the names of their columns: the features that they become, what is refused, and in which words.
module NeuralNetwork.Tests.RowTests

open System
open System.Collections.Generic
open System.Text.Json
open FsCheck
open NeuralNetwork
open NeuralNetwork.Plans

/// A column of each kind: a number with and without something for missing cells, texts, numbers as categories.
let private columns =
    [ Column.Number("age", 38.5)
      Column.Number("hours", nan)
      Column.Category("job", [| ""; "clerk"; "nurse" |])
      Column.Category("level", [| "1"; "2"; "10" |]) ]

let private network = Network.input 8 |> Network.dense 4 Activation.Tanh |> Network.dense 2 Activation.Identity

let private model =
    let preprocessing =
        { Preprocessing.None with
            Columns = columns
            Shift = [| 30.0; 20.0; 0.0; 0.0; 0.0; 0.0; 0.0; 0.0 |]
            Scale = [| 10.0; 5.0; 1.0; 1.0; 1.0; 1.0; 1.0; 1.0 |] }

    (Model.initialize<float> 3UL network).With(preprocessing, [| "no"; "yes" |])

type private Person = { Age: Nullable<float>; Hours: int; Job: string | null; Level: string }

let private reader =
    RowReader<Person>()
        .With("age", fun person -> RowCell.op_Implicit person.Age)
        .With("hours", fun person -> RowCell.op_Implicit person.Hours)
        .With("job", fun person -> RowCell.Of person.Job)
        .With("level", fun person -> RowCell.Of person.Level)

let private row (cells: (string * RowCell) list) = readOnlyDict cells

let private usual =
    [ "age", RowCell.Of 41.0
      "hours", RowCell.Of 40.0
      "job", RowCell.Of "nurse"
      "level", RowCell.Of "10" ]

let private changed (name: string) (cell: RowCell) =
    row [ for other, known in usual -> other, (if other = name then cell else known) ]

let private features (cells: IReadOnlyDictionary<string, RowCell>) =
    let features = Array.zeroCreate<float> 8
    model.Encode(cells, Span features)
    features

let private encoded =
    [ "as it is", row usual, [| 41.0; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "in another order", row (List.rev usual), [| 41.0; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "with more columns", row (("name", RowCell.Of "Ada") :: usual), [| 41.0; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "a missing number", changed "age" RowCell.Missing, [| 38.5; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "NaN", changed "age" (RowCell.Of nan), [| 38.5; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "a number as a text", changed "age" (RowCell.Of " 41.0"), [| 41.0; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "blanks around it", changed "job" (RowCell.Of "\t nurse "), [| 41.0; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "names that a dictionary finds in its own way",
      Dictionary(dict [ for name, cell in usual -> name.ToUpperInvariant(), cell ], StringComparer.OrdinalIgnoreCase),
      [| 41.0; 40.0; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]
      "a missing category", changed "job" (RowCell.Of ""), [| 41.0; 40.0; 1.0; 0.0; 0.0; 0.0; 0.0; 1.0 |]
      "a number among categories", changed "level" (RowCell.Of 2.0), [| 41.0; 40.0; 0.0; 0.0; 1.0; 0.0; 1.0; 0.0 |]
      "the same, written otherwise", changed "level" (RowCell.Of "1.00"), [| 41.0; 40.0; 0.0; 0.0; 1.0; 1.0; 0.0; 0.0 |] ]
    |> List.map (fun (name, cells, expected) -> name, (cells, expected))

let private refused =
    [ "no cell", row (List.tail usual), [ "no cell for 'age'"; "which the model needs" ]
      "a name that is nearly it",
      row (("hour", RowCell.Of 40.0) :: List.filter (fun (name, _) -> name <> "hours") usual),
      [ "no cell for 'hours'"; "is 'hour' 'hours'?" ]
      "a missing number", changed "hours" RowCell.Missing, [ "column 'hours': is missing"; "--missing" ]
      "a missing category", changed "level" (RowCell.Of null), [ "column 'level': is missing" ]
      "a text for a number", changed "hours" (RowCell.Of "many"), [ "column 'hours': 'many' (expected a number)" ]
      "no end", changed "hours" (RowCell.Of infinity), [ "column 'hours': 'Infinity' is not finite" ]
      "no end in a text", changed "hours" (RowCell.Of "1e999"), [ "column 'hours': '1e999' is not finite" ]
      "another category",
      changed "job" (RowCell.Of "Nurse"),
      [ "column 'job': 'Nurse' was in no row of training (known: 'clerk', 'nurse')" ]
      "a code", changed "level" (RowCell.Of "01"), [ "column 'level': '01' was in no row of training" ]
      "another number", changed "level" (RowCell.Of 3.0), [ "column 'level': '3' was in no row of training" ] ]
    |> List.map (fun (name, cells, words) -> name, (cells, words))

let private serializer = JsonSerializerOptions()

let tests =
    group
        "Row"
        [ eachNamed
              "Cells become the features of their columns, wherever they stand"
              encoded
              (fun (cells: IReadOnlyDictionary<string, RowCell>, expected: float[]) ->
                  Expect.equal expected (features cells)
                  let values = model.Predict(ReadOnlySpan expected)
                  Expect.equal values (model.Predict cells)
                  Expect.equal (model.Classify(ReadOnlySpan expected)) (model.Classify cells))
          eachNamed
              "What the model does not know is refused by its column"
              refused
              (fun (cells: IReadOnlyDictionary<string, RowCell>, words: string list) ->
                  let error = Expect.raises<ArgumentException>(fun () -> model.Classify cells |> ignore)
                  Expect.mentions words error.Message)
          test "A row of the app's own type has the answer of its cells, and takes no memory" (fun () ->
              let person = { Age = Nullable(); Hours = 40; Job = null; Level = "2" }

              let cells =
                  row
                      [ "age", RowCell.Missing
                        "hours", RowCell.Of 40.0
                        "job", RowCell.Missing
                        "level", RowCell.Of "2" ]

              Expect.equal (model.Predict cells) (model.Predict(person, reader))
              Expect.equal (model.Classify cells) (model.Classify(person, reader))
              Expect.nothingAllocated (fun () -> model.Classify(person, reader) |> ignore)

              let error =
                  Expect.raises<ArgumentException>(fun () ->
                      model.Classify(person, RowReader<Person>().With("age", fun _ -> RowCell.Missing)) |> ignore)

              Expect.mentions [ "no cell for 'hours', 'job', 'level'" ] error.Message)
          // Categories that all are numbers, numbers among texts, and codes, of which a number finds only its own text.
          test "Numbers find their category by number or by text as if they were written, and take no memory" (fun () ->
              let columns =
                  [ Column.Category("level", [| "1"; "2.0"; "-0"; "" |])
                    Column.OpenCategory("room", [| "1"; "01"; "1.0"; "attic"; "0.5"; "1E+20"; "-0" |], true)
                    Column.Number("age", nan) ]

              let network = Network.input 13 |> Network.dense 2 Activation.Identity

              let model =
                  (Model.initialize<float> 3UL network).With({ Preprocessing.None with Columns = columns }, [||])

              let cells (level: RowCell) (room: RowCell) (age: RowCell) =
                  row [ "level", level; "room", room; "age", age ]

              let found = Array.zeroCreate<float> 13

              let places (level: RowCell) (room: RowCell) =
                  model.Encode(cells level room (RowCell.Of "41.5"), Span found)
                  Expect.equal 41.5 found[12]
                  Array.IndexOf(found, 1.0, 0, 4), Array.IndexOf(found, 1.0, 4, 8) - 4

              let number (x: float) = RowCell.Of x
              Expect.equal (0, 0) (places (number 1.0) (number 1.0))
              Expect.equal (1, 4) (places (number 2.0) (number 0.5))
              Expect.equal (2, 6) (places (number 0.0) (number -0.0))
              Expect.equal (2, 7) (places (number -0.0) (number 0.0))
              Expect.equal (3, 5) (places RowCell.Missing (number 1e20))
              Expect.equal (1, 7) (places (RowCell.Of "2") (RowCell.Of "1.00"))
              Expect.equal (0, 1) (places (RowCell.Of "1.00") (RowCell.Of "01"))

              for level, room, age in
                  [ number 2.0, number 0.5, number 41.0
                    number -0.0, number 7.0, RowCell.Of "41"
                    RowCell.Of "2", RowCell.Of "8", RowCell.Of "41" ] do
                  let cells = cells level room age
                  let encode () = model.Encode(cells, Span found)
                  encode ()
                  Expect.nothingAllocated encode)
          test "A model without names of columns says so" (fun () ->
              let nameless = model.With(Preprocessing.None, [||])
              Expect.equal (true, false) (model.HasColumns, nameless.HasColumns)
              let error = Expect.raises<InvalidOperationException>(fun () -> nameless.Predict(row usual) |> ignore)
              Expect.mentions [ "have no names" ] error.Message)
          test "Cells are read from JSON and written to it" (fun () ->
              let text = """{"age":41,"hours":null,"job":"nurse","level":true}"""
              let cells = nonNull (JsonSerializer.Deserialize<Dictionary<string, RowCell>>(text, serializer))
              Expect.equal (RowCell.Of 41.0) cells["age"]
              Expect.equal RowCell.Missing cells["hours"]
              Expect.equal (RowCell.Of "nurse") cells["job"]
              Expect.equal (RowCell.Of "true") cells["level"]
              Expect.equal (text.Replace("true", "\"true\"")) (JsonSerializer.Serialize(cells, serializer))

              Expect.raises<JsonException>(fun () ->
                  JsonSerializer.Deserialize<RowCell[]>("[[1]]", serializer) |> ignore)
              |> ignore)
          law "A number and the text of it are the same features" (fun (NormalFloat number) ->
              let text = number.ToString("R", Globalization.CultureInfo.InvariantCulture)
              features (changed "age" (RowCell.Of number)) = features (changed "age" (RowCell.Of text)))
          test "A row with a number that is none has no class" (fun () ->
              for broken in [ nan; infinity; -infinity ] do
                  let row = [| 41.0; broken; 0.0; 0.0; 1.0; 0.0; 0.0; 1.0 |]

                  let error = Expect.raises<ArgumentException>(fun () -> model.Classify(ReadOnlySpan row) |> ignore)

                  Expect.mentions [ "feature 1 is not finite" ] error.Message)
          test "An answer that is no number has no class" (fun () ->
              let huge = Network.input 1 |> Network.dense 2 Activation.Identity
              let numbers = Parameters.zeros<float> huge
              numbers.Values.AsSpan().Fill 1e308
              let overflowing = Model<float>(huge, numbers, Preprocessing.None, [| "no"; "yes" |])

              Expect.raises<ArithmeticException>(fun () -> overflowing.Classify(ReadOnlySpan [| 1e300 |]) |> ignore)
              |> ignore) ]
