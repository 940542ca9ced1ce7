/// Where data come from: names, what files are by their content, archives, standard input.
module NeuralNetwork.Tests.Cli.SourceTests

open System
open System.IO
open System.Text
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Spec
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Refusals

let private small = [ "--hidden"; "2"; "--epochs"; "1"; "--threads"; "1"; "--force" ]

/// Trains on data, as they are named, into a run.
let private train (place: Workplace) (data: string) (run: string) (more: string list) : Outcome =
    InProcess.run ([ "train" ] @ small @ more @ [ "--out"; place.At run; "--"; data ])

let private demand (outcome: Outcome) : Outcome =
    Expect.that (outcome.Code = 0) outcome.Error
    outcome

let private refused (words: string list) (outcome: Outcome) : unit =
    Expect.mentions words outcome.Error
    Expect.equal 3 outcome.Code

let private piped = InProcess.runWithInput

let private features = npy [| 20; 2 |] (NumberArray.Doubles [| for row in 0..39 -> float (row * row % 7) |])
let private answers = labels [ for row in 0..19 -> float (row % 2) ]

let private prepare (place: Workplace) =
    for folder in [ "Lee, Ann"; "a"; "b" ] do
        Directory.CreateDirectory(place.At folder) |> ignore

    for name, bytes in
        [ "Lee, Ann/f.npy", features
          "Lee, Ann/t,1.npy", answers
          "Lee, Ann/both,2.npz", archive [ "x.npy", features; "y.npy", answers ]
          "a/part.npy", features
          "b/part.npy", answers ] do
        File.WriteAllBytes(place.At name, bytes)

let private oneHot (classes: int) =
    npy
        [| 20; classes |]
        (NumberArray.Singles
            [| for row in 0..19 do
                   for column in 0 .. classes - 1 -> if row % classes = column then 1f else 0f |])

let private named =
    [ "rows.txt", good, "CSV"
      "rows.data", text [ for row in 1..20 -> $"{row} {row % 3}:2.5 7:1" ], "LIBSVM"
      "rows", gzip good, "CSV"
      "rows.train", features, "NPY"
      "rows.dat", archive [ "x.npy", features; "y.npy", answers ], "NPZ"
      "rows.svmlight", text ("# made by hand" :: [ for row in 1..20 -> $"-1 qid:1 {row}:1" ]), "LIBSVM" ]

let private undecided =
    [ "prose.txt", text [ "Rows are read one by one"; "and this is none"; "of them" ], [ "--format csv" ]
      "column.dat", text [ for row in 1..20 -> string row ], [ "--format csv" ]
      "list.json", text [ "[{\"a\": 1}]" ], [ "JSON array"; "one object a line" ]
      "packed.bin", archive [ "a.csv", good ], [ "zip"; "call it .zip" ]
      "image.data", idx [ 20; 2; 2 ] (Array.zeroCreate 80), [ "IDX"; "folder" ]
      "page.html", text [ "<!DOCTYPE html>" ], [ "looks like HTML" ] ]

let private sparse (first: int) = text [ for row in 0..19 -> $"{row % 2} {first + row % 2}:{row} {first + 2}:1" ]

/// Counts how often two names are compared.
type private Counting() =
    member val Count = 0 with get, set

    interface Collections.Generic.IEqualityComparer<string> with
        member counting.Equals(x, y) =
            counting.Count <- counting.Count + 1
            String.Equals(x, y, StringComparison.Ordinal)

        member _.GetHashCode x = x.GetHashCode StringComparison.Ordinal

/// A file that is looked at with a comparison of names that counts.
type private Counted(path: string, counting: Counting) =
    inherit RowSource(path)
    let rows = CsvRows(path, CsvFormat.Auto)
    override _.Open() = rows.Open()

    override _.Look known =
        let look = rows.Look known
        TableLook(look.Names, look.IsNumber, Comparer = counting)

let tests =
    workplaceWith "Source" prepare (fun place ->
        let at = place.At
        let train = train place

        [ each
              "Commas in paths are no commas between arrays"
              [ "Lee, Ann/both,2.npz"; "Lee, Ann/f.npy,Lee, Ann/t,1.npy" ]
              (fun (name: string) ->
                  let whole = name.Replace("Lee, Ann", at "Lee, Ann")
                  demand (train whole "commas" []) |> ignore
                  // The name that is kept means the same from everywhere, and knows its rows again.
                  let kept = string ((place.Json "commas/config.json").GetProperty "data")
                  Expect.equal whole (CommandLine.ours kept)
                  let evaluated = InProcess.run [ "evaluate"; at "commas"; whole ]
                  Expect.equal 0 evaluated.Code
                  Expect.mentions [ "was trained on these rows" ] evaluated.Error)
          test "Commas that part two files in two ways are refused with both" (fun () ->
              for name in [ "p"; "q,r"; "p,q"; "r" ] do
                  File.WriteAllBytes(at name, features)

              refused
                  [ "p,q,r"; "more ways than one"; "'p' and 'q,r'"; "'p,q' and 'r'" ]
                  (train "p,q,r" "ways" [ "--format"; "npy" ]))
          |> inside place
          test "Behind two dashes a name may begin with one" (fun () ->
              File.WriteAllBytes(at "-t.csv", good)
              demand (train "-t.csv" "dash" []) |> ignore

              for words in
                  [ [ "data"; "inspect"; "--"; "-t.csv" ]
                    [ "evaluate"; "--"; at "dash"; "-t.csv" ]
                    [ "predict"; "--out"; "p.csv"; "--force"; "--"; at "dash"; "-t.csv" ] ] do
                  demand (InProcess.run words) |> ignore)
          |> inside place
          test "Two files of one name keep a fingerprint each" (fun () ->
              let pair = at "a/part.npy" + "," + at "b/part.npy"
              demand (train pair "twins" []) |> ignore
              let data = (place.Json "twins/run.json").GetProperty "data"
              let hashes = data.GetProperty "sha256"
              Expect.equal (int64 (features.Length + answers.Length)) (data.GetProperty("bytes").GetInt64())
              Expect.equal [ "a/part.npy"; "b/part.npy" ] [ for one in hashes.EnumerateObject() -> one.Name ]

              for name, changed in
                  [ "a/part.npy", npy [| 20; 2 |] (NumberArray.Doubles(Array.init 40 float))
                    "b/part.npy", labels [ for row in 0..19 -> float (row / 10) ] ] do
                  let before = File.ReadAllBytes(at name)
                  File.WriteAllBytes(at name, changed)
                  let outcome = InProcess.run [ "resume"; at "twins" ]
                  File.WriteAllBytes(at name, before)
                  Expect.mentions [ $"data file {name}"; "--allow-change" ] outcome.Error
                  Expect.equal 2 outcome.Code

              demand (InProcess.run [ "resume"; at "twins" ]) |> ignore)
          each "Rows of zeros with a single one are classes, which is said" [ 2; 5 ] (fun (classes: int) ->
              File.WriteAllBytes(at "hot.npy", oneHot classes)
              let pair = at "a/part.npy" + "," + at "hot.npy"
              let outcome = demand (train pair "hot" [])

              // A target without a name has none in front of what is learned.
              let begins (words: string) (outcome: Outcome) =
                  let lines = outcome.Error.Split '\n'
                  Expect.that (lines |> Array.exists _.StartsWith(words)) outcome.Error

              Expect.mentions [ $"hot.npy: one-hot: {classes} classes"; "--task regression" ] outcome.Error
              begins $"classification, {classes} classes" outcome

              demand (InProcess.run [ "evaluate"; at "hot"; pair ]) |> ignore
              let numbers = demand (train pair "numbers" [ "--task"; "regression" ])
              begins $"regression, {classes} numbers a row" numbers)
          test "Several numbers a row that are no classes are refused as classes, with what would be some" (fun () ->
              let pair = at "a/part.npy" + "," + at "a/part.npy"
              refused [ "2 numbers a row"; "a single 1" ] (train pair "none" [ "--task"; "classification" ]))
          each
              "A file whose name says nothing is known by its content, and that is said"
              named
              (fun (name: string, bytes: byte[], format: string) ->
                  File.WriteAllBytes(at name, bytes)
                  let outcome = InProcess.run [ "data"; "inspect"; at name ]
                  Expect.mentions [ $"{name}: read as {format}" ] outcome.Error)
          each
              "A file that may be anything, or is none of them, is refused with what to say"
              undecided
              (fun (name: string, bytes: byte[], words: string list) ->
                  File.WriteAllBytes(at name, bytes)
                  refused (name :: words) (InProcess.run [ "data"; "inspect"; at name ]))
          test "A format that is said is the format, whatever a file is called" (fun () ->
              File.WriteAllBytes(at "called.npz", good)
              demand (train (at "called.npz") "called" [ "--format"; "csv" ]) |> ignore
              refused [ "line 1" ] (train (at "called.npz") "called" [ "--format"; "libsvm" ])
              // So is one whose cells are said to be written in some way.
              File.WriteAllText(
                  at "tilde.dat",
                  String.Join("\n", "a~kind" :: [ for row in 1..20 -> $"{row}~k{row % 2}" ])
              )

              refused [ "tilde.dat"; "--format csv" ] (train (at "tilde.dat") "tilde" [])
              demand (train (at "tilde.dat") "tilde" [ "--separator"; "~" ]) |> ignore
              // The run has it, too.
              demand (InProcess.run [ "resume"; at "called" ]) |> ignore)
          test "An archive with one file of data is read, and any is by its name" (fun () ->
              let other = table "u,v,kind" id

              File.WriteAllBytes(
                  at "one.zip",
                  archive
                      [ "README", text [ "about it" ]; "deep/rows.csv", good; "__MACOSX/._rows.csv", text [ "x" ] ]
              )

              File.WriteAllBytes(at "two.zip", archive [ "p.csv", good; "q.csv", other ])
              demand (train (at "one.zip") "zip" []) |> ignore
              demand (InProcess.run [ "resume"; at "zip" ]) |> ignore
              refused [ "two.zip: 2 files in it: p.csv, q.csv"; "two.zip/p.csv" ] (train (at "two.zip") "zip" [])
              let inspected = demand (InProcess.run [ "data"; "inspect"; at "two.zip/q.csv" ])
              Expect.mentions [ "u"; "v" ] inspected.Out

              refused
                  [ "two.zip/r.csv: no such file in it" ]
                  (InProcess.run [ "data"; "inspect"; at "two.zip/r.csv" ]))
          test "An archive that is damaged is refused, wherever it is" (fun () ->
              let whole = archive [ "rows.csv", good ]

              let reading (bytes: byte[]) =
                  File.WriteAllBytes(at "bad.zip", bytes)
                  InProcess.run [ "data"; "inspect"; at "bad.zip" ]

              refused [ "bad.zip"; "damaged" ] (reading whole[.. whole.Length / 2])
              refused [ "bad.zip" ] (reading [||])

              for place in 0 .. whole.Length - 1 do
                  let outcome = reading (Array.updateAt place (whole[place] ^^^ 0x10uy) whole)
                  Expect.that (outcome.Code = 0 || outcome.Code = 3) $"byte {place}: {outcome.Error}"
                  // What is read is what was packed: a changed byte of it never gets through.
                  if outcome.Code = 0 then
                      Expect.mentions [ "20 rows, 3 columns"; "20.5" ] outcome.Out)
          test "Standard input is data like a file of the same content" (fun () ->
              demand (train (at "Lee, Ann/both,2.npz") "other" []) |> ignore
              File.WriteAllBytes(at "same.csv", good)
              demand (train (at "same.csv") "file" []) |> ignore
              let outcome = demand (piped good ([ "train"; "-"; "--out"; at "piped" ] @ small))
              Expect.mentions [ "standard input: read as CSV" ] outcome.Error
              Expect.equal (place.Timeless "file/history.csv") (place.Timeless "piped/history.csv")

              let hash (run: string) (key: string) =
                  string (((place.Json $"{run}/run.json").GetProperty "data").GetProperty("sha256").GetProperty key)

              Expect.equal (hash "file" "same.csv") (hash "piped" "-")
              Expect.equal "-" (string ((place.Json "piped/config.json").GetProperty "data"))
              let predicted (words: string list) = (demand (piped good words)).Out

              Expect.equal
                  (predicted [ "data"; "inspect"; at "same.csv" ])
                  ((predicted [ "data"; "inspect"; "-" ])
                      .Replace("\n-: read as CSV (--format says otherwise)\n", "")
                      .Replace("-: ", at "same.csv: "))

              Expect.equal
                  (predicted [ "predict"; "--json"; at "file"; at "same.csv" ])
                  (predicted [ "predict"; "--json"; at "file"; "-" ])

              Expect.equal 0 (piped (gzip good) [ "evaluate"; at "file"; "-" ]).Code)
          lawTried
              40
              "What came through a pipe is the same for every reader, in memory and in a file"
              (fun (seed: int) ->
                  let random = Random seed
                  let room = 1 + random.Next 200_000
                  let bytes = Array.zeroCreate<byte>(random.Next 400_000)
                  random.NextBytes bytes
                  use kept = KeptInput.Of((fun () -> new MemoryStream(bytes)), room)
                  Expect.equal (bytes.Length > room) kept.IsInFile
                  use one = kept.Open()
                  use other = kept.Open()
                  let found = [| Array.zeroCreate<byte> bytes.Length; Array.zeroCreate<byte> bytes.Length |]

                  // In turn, and of different lengths.
                  for _ in 1..40 do
                      for stream, found in [ one, found[0]; other, found[1] ] do
                          let count = random.Next(1 + int (stream.Length - stream.Position))
                          stream.ReadExactly(found, int stream.Position, count)

                  for stream, found in [ one, found[0]; other, found[1] ] do
                      stream.ReadExactly(found, int stream.Position, int (stream.Length - stream.Position))
                      Expect.equal 0 (stream.Read(Array.zeroCreate 1, 0, 1))
                      Expect.that (found = bytes) "other bytes"
                      let place = random.Next(1 + bytes.Length)
                      stream.Seek(int64 (place - bytes.Length), SeekOrigin.End) |> ignore
                      use rest = new MemoryStream()
                      stream.CopyTo rest
                      Expect.equal bytes[place..] (rest.ToArray()))
          test "Formats that are read here and there come through a pipe" (fun () ->
              let rows = KeptInput.Room / 16 + 1000
              let x = npy [| rows; 2 |] (NumberArray.Doubles(Array.init (2 * rows) (fun place -> float place)))
              File.WriteAllBytes(at "long.npy", x)
              demand (train (at "Lee, Ann/both,2.npz") "arrays" []) |> ignore
              let predict (data: string) (out: string) = [ "predict"; at "arrays"; data; "--out"; at out ]
              demand (InProcess.run (predict (at "long.npy") "of-file.npy")) |> ignore
              demand (piped x (predict "-" "of-pipe.npy")) |> ignore
              Expect.equal (place.Bytes "of-file.npy") (place.Bytes "of-pipe.npy"))
          test "What came through a pipe is not gone on with, and is one data set" (fun () ->
              demand (piped good ([ "train"; "-"; "--out"; at "gone" ] @ small)) |> ignore
              refused [ at "gone"; "standard input, which is gone" ] (piped good [ "resume"; at "gone" ])
              let twice = piped good ([ "train"; "-"; "--test"; "-"; "--out"; at "twice" ] @ small)
              Expect.mentions [ "standard input given twice" ] twice.Error
              Expect.equal 2 twice.Code

              let broken =
                  piped (table "x,z,kind" (List.updateAt 4 "1,abc,a")) ([ "train"; "-"; "--out"; at "gone" ] @ small)

              refused [ "nn: error: standard input: line 6, column 'z': 'abc'" ] broken)
          test "LIBSVM counts from 0 where a 0 occurs, which is said and kept" (fun () ->
              File.WriteAllBytes(at "zero.svm", sparse 0)
              File.WriteAllBytes(at "one.svm", sparse 1)
              let outcome = demand (train (at "zero.svm") "zero" [])
              Expect.mentions [ "zero.svm: indices from 0"; "--index-base" ] outcome.Error
              demand (train (at "one.svm") "one" []) |> ignore
              let row (words: string list) = (InProcess.run ([ "predict"; "--json" ] @ words)).Out
              Expect.equal (row [ at "zero"; at "zero.svm" ]) (row [ at "one"; at "one.svm" ])
              // Rows without an index 0 are counted as those the model was trained on.
              File.WriteAllBytes(at "some.svm", text [ "1 1:3 2:1" ])
              File.WriteAllBytes(at "shifted.svm", text [ "1 2:3 3:1" ])
              Expect.equal (row [ at "zero"; at "some.svm" ]) (row [ at "one"; at "shifted.svm" ])
              let other = InProcess.run [ "predict"; at "one"; at "zero.svm" ]
              refused [ "zero.svm: line 1"; "--index-base 0" ] other
              Expect.equal (row [ at "zero"; at "zero.svm" ]) (row [ at "one"; at "zero.svm"; "--index-base"; "0" ]))
          test
              "What single precision does not hold is refused by its column, and with it what cannot be compared"
              (fun () ->
                  let rows (x: string) =
                      [ for row in 0..19 -> $"{row},{if row = 7 then x else string row},{row % 2}" ]

                  File.WriteAllBytes(at "great.csv", text ("a,b,kind" :: rows "-1e39"))

                  refused
                      [ "great.csv: row 7: column 'b': -1E+39"; "--precision float64" ]
                      (train (at "great.csv") "great" [])

                  demand (train (at "great.csv") "great" [ "--precision"; "float64" ]) |> ignore
                  File.WriteAllBytes(at "target.csv", text ("a,b,t" :: [ for row in 0..19 -> $"{row},1,{row}.5e40" ]))
                  refused [ "target 't'"; "float32" ] (train (at "target.csv") "great" [])
                  File.WriteAllBytes(at "usual.csv", text ("a,b,kind" :: rows "7"))
                  demand (train (at "usual.csv") "usual" []) |> ignore

                  let export =
                      InProcess.run [ "model"; "export"; at "usual"; "--out"; at "m.cs"; "--data"; at "great.csv" ]

                  Expect.mentions [ "great.csv: row 7: column 'b'"; "float32" ] export.Error
                  Expect.equal 5 export.Code)
          test "To find the columns of a model again, each name is compared with few others" (fun () ->
              let columns = 3000
              let names = [ for column in 1..columns -> $"c{column}" ]
              let line (cell: int -> string) = String.Join(',', List.init columns cell)

              File.WriteAllBytes(
                  at "wide.csv",
                  text (
                      String.Join(',', names) + ",kind"
                      :: [ for row in 1..6 -> line (fun column -> string (row * column % 5)) + $",k{row % 2}" ]
                  )
              )

              let sample = Tables.read place "wide.csv"
              let counting = Counting()
              let struct (again, _) = CsvTable.Use(Counted(at "wide.csv", counting), sample.Schema, true, null)
              Expect.equal (Tables.doubles sample.Features) (Tables.doubles again.Features)
              Expect.that (counting.Count < 4 * columns) $"{counting.Count} comparisons of {columns} names") ])
