/// nn data pack, stopped: the same command once more comes to the same pack as if nothing had been.
module NeuralNetwork.Tests.Cli.PackKillTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Commands
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Spec
open NeuralNetwork.Engine
open NeuralNetwork.Tests

/// Rows of numbers, categories, rare ones and dates, some cells missing, and targets of one of six kinds.
let private drawn (random: Random) (rows: int) (kind: int) : string * string list =
    let among (texts: string list) = texts[random.Next texts.Length]

    let number (row: int) =
        match random.Next 200 with
        | 0 -> ""
        | 1 when row > 1000 -> "0.1"
        | _ -> string (random.Next 300)

    let target (row: int) =
        match kind with
        | 0 -> if random.Next 50 = 0 then "" else among [ "in"; "out" ]
        | 1 -> among [ "1"; "2"; "1.0" ]
        // Too many to be classes, or fractions from some row on.
        | 2 -> string (random.Next 1_000_000)
        | 3 -> if row < 1200 then among [ "1"; "2" ] else "0.5"
        // The texts of classes, among which a fraction is one more, or is none.
        | 4 ->
            if row = 900 then
                "2.5"
            else
                among
                    [ "1"
                      "2"
                      if row > 1000 then
                          "few" ]
        | _ -> if row = 900 then "2.5" else among [ "1"; "2" ]

    let line (row: int) =
        let colour = if random.Next 300 = 0 then "" else among [ "red"; "green"; "blue" ]
        let town = if random.Next 20 = 0 then $"t{random.Next 40}" else among [ "north"; "south" ]
        let day = $"2024-0{random.Next(1, 10)}-1{random.Next 10}"
        $"{number row},{random.Next 9}.5,{colour},{town},{day},{target row}"

    "a,b,colour,town,day,y", [ for row in 0 .. rows - 1 -> line row ]

let private order (random: Random) (kind: int) : TableOrder =
    let usual = TableOrder.Usual
    let missing = if kind = 0 then MissingCells.Drop else [| MissingCells.Drop; MissingCells.Mean |][random.Next 2]
    let task = if kind >= 4 then Nullable true else Nullable()

    TableOrder(usual.Targets, task, usual.Ignored, usual.Categorical, missing, Openness = Openness(Unseen.Other, 5))

/// A record whenever so many bytes of cells were written.
let private pace (bytes: int64) : PackingPace = PackingPace(bytes, TimeSpan.Zero, TimeProvider.System)

/// What became of a table, and what was said.
type private Packed = { Result: Result<string * int64[] * float[], string>; Said: string list }

/// Packs tables so many rows at a time, with a record whenever so many bytes of cells were written.
let private packed (folder: string) (paths: string list) (order: TableOrder) (most: int) (amount: int64) : Packed =
    let said = ResizeArray<string>()
    Directory.CreateDirectory folder |> ignore
    let named = PackingOrder([| struct ("DATA", String.Join(' ', paths)) |], false)
    use packing = new Packing(folder, named, Action<string>(said.Add), pace amount)
    use features = Spill.Passing(Path.Combine(folder, "features"))
    let tables = [| for path in paths -> CsvRows(path, CsvFormat.Auto) :> RowSource |]
    let source = TableSource("tables", (if tables.Length = 1 then tables[0] else JoinedRows tables :> RowSource))

    let result =
        try
            let sample = source.Pack(order, Spills(packing.Cells, features, packing, most))

            let record =
                PackRecord(
                    sample.Schema,
                    sample.Rows,
                    sample.Features.Kind,
                    false,
                    PackedFile(0L, "", [||]),
                    PackedFile(0L, "", [||])
                )

            let words = record.Document().ToJsonString() :: List.ofSeq sample.Notes
            let files = [ for file in source.Fingerprints -> $"{file.Key} {file.Value}" ]

            let targets =
                match sample.Targets with
                | Targets.Values(values, _) -> Tables.doubles values
                | _ -> Tables.labels sample |> Array.map float

            // A number that is missing is filled in later.
            let bits = Tables.doubles (sample.Features.InMemory()) |> Array.map BitConverter.DoubleToInt64Bits
            Ok(String.Join('\n', words @ files), bits, targets)
        with :? Failure as failure ->
            packing.Fail() |> ignore
            Error failure.Message

    { Result = result; Said = List.ofSeq said }

let private isSaid (word: string) (packed: Packed) = packed.Said |> List.exists (fun line -> line.Contains word)

/// A table of 71 MB of cells: one record is there before its end.
let private prepare (place: Workplace) =
    let random = Random 7
    let columns = 210
    let heads = String.Join(',', [ for column in 1..columns -> $"c{column}" ])
    let lines = [| for _ in 1..500 -> String.Join(',', [ for _ in 1..columns -> string (random.Next 10) ]) |]

    Tables.write
        place
        "wide.csv"
        (seq {
            yield $"{heads},colour,y"

            for _ in 1..42_000 do
                yield $"""{lines[random.Next 500]},{[| "red"; "green"; "blue" |][random.Next 3]},{random.Next 4}"""
        })

    let head, rows = drawn (Random 8) 1500 0
    Tables.write place "table.csv" (head :: rows)
    Tables.write place "bad.csv" (head :: List.updateAt 1300 "1,2,3,4,5,6,7,8" rows)

let private files = [ "data.json"; "x.npy"; "y.npy" ]

let tests =
    workplaceWith "PackKill" prepare (fun place ->
        let at = place.At
        let words data out more = [ "data"; "pack"; at data; "--out"; at out; "--missing"; "drop" ] @ more
        let pack data out more = InProcess.run (words data out more)

        let namesIn (out: string) =
            List.sort [ for file in Directory.GetFiles(at out) -> string (Path.GetFileName file) ]

        let expectSame (from: string) (out: string) =
            Expect.equal files (namesIn out)

            for file in files do
                Expect.equal (place.Bytes $"{from}/{file}") (place.Bytes $"{out}/{file}")

        // Data of a pack's own, which what the command leaves that is stopped behind row 1200 of 1500 is of.
        let own (out: string) = $"{out}-data/table.csv"

        let stopped (out: string) (isForced: bool) =
            let spec = SpecOptions.Value("--missing", "drop").In(TrainingSpec.Usual, ValueSource.Given)

            for folder in [ out; $"{out}-data" ] do
                Directory.CreateDirectory(at folder) |> ignore

            File.Copy(at "bad.csv", at (own out), true)
            let order = DataPack.OrderOf([| at (own out) |], spec, isForced)

            let stop () =
                use packing = new Packing(at out, order, ignore, pace 30_000L)
                use features = Spill.Passing(at $"{out}/features")
                let bad = TableSource("bad", CsvRows(at (own out), CsvFormat.Auto))

                Expect.raises<Failure>(fun () ->
                    bad.Pack(spec.Data.Order, Spills(packing.Cells, features, packing, 64)) |> ignore)
                |> ignore

                packing.Fail() |> ignore

            stop ()

            Expect.that (File.Exists(at $"{out}/packing.state")) "no record"
            File.Copy(at "table.csv", at (own out), true)

        let again (out: string) more = pack (own out) out more

        let goesOn (outcome: Outcome) =
            Tables.succeed outcome |> ignore
            Expect.mentions [ "table.csv: going on behind line " ] outcome.Error

        let beginsAnew (words: string list) (outcome: Outcome) =
            Tables.succeed outcome |> ignore
            Expect.mentions ("(reading begins anew)" :: words) outcome.Error
            Expect.that (not (outcome.Error.Contains "going on")) outcome.Error

        let refuse (code: int) (words: string list) (outcome: Outcome) =
            Expect.equal code outcome.Code
            Expect.mentions words outcome.Error

        [ states
              [ 110 ]
              (lawTried
                  12
                  "Tables that are stopped being packed, and are gone on with, come to the rows of those that never were"
                  (fun (seed: uint16) ->
                      let random = Random(int seed)
                      let kind = random.Next 6
                      let head, rows = drawn random (1200 + random.Next 800) kind
                      let order = order random kind
                      let cuts = [ for place in 1 .. random.Next 3 -> 400 * place + random.Next 300 ]
                      let isPacked = random.Next 2 = 0

                      let paths =
                          [ for place in 0 .. cuts.Length ->
                                at $"{seed}-{place}.csv" + (if isPacked then ".gz" else "") ]

                      // Behind the first rows, which tell what columns have.
                      let write (stop: int option) =
                          let spoiled (stop: int) (rows: string list) =
                              List.updateAt stop (rows[stop].Replace(".5,", ".5 or so,")) rows

                          let rows = Option.foldBack spoiled stop rows

                          (paths, List.pairwise ([ 0 ] @ cuts @ [ rows.Length ]))
                          ||> List.iteri2 (fun place path (first, behind) ->
                              let turned (line: string) =
                                  if place = 0 then line else String.Join(',', Array.rev (line.Split ','))

                              let text = Refusals.text (List.map turned (head :: rows[first .. behind - 1]))
                              File.WriteAllBytes(path, (if isPacked then Refusals.gzip text else text)))

                      let most, amount = 16 + random.Next 100, random.NextInt64(3000L, 20_000L)
                      let folder = at $"{seed}-stopped"
                      write None
                      let expected = packed (at $"{seed}-whole") paths order most Int64.MaxValue
                      let mutable stop = 1100

                      while stop < rows.Length do
                          write (Some stop)
                          let outcome = packed folder paths order most amount
                          Expect.that (Result.isError outcome.Result) "it was not stopped"
                          Expect.that (stop = 1100 || isSaid "going on behind" outcome) $"%A{outcome.Said}"
                          stop <- stop + 1 + random.Next 900

                      write None
                      let outcome = packed folder paths order most amount
                      Expect.that (isSaid "going on behind" outcome) $"%A{outcome.Said}"
                      Expect.that (expected.Result = outcome.Result) $"%A{expected.Result}\n%A{outcome.Result}"
                      // Whatever comes of the rows, all of them are on record, and where they changed none holds.
                      let again = packed folder paths order most amount
                      Expect.that (isSaid "going on behind the last row" again) $"%A{again.Said}"
                      Expect.that (expected.Result = again.Result) "another time, other rows"
                      let changed = 1000 + random.Next 100
                      write (Some changed)
                      let other = packed folder paths order most amount
                      Expect.that (isSaid "anew" other && Result.isError other.Result) $"%A{other.Said}"))
          states
              [ 110 ]
              (test "A pack that is killed at random, and told to stop, is gone on with by the same command" (fun () ->
                  pack "wide.csv" "never" [] |> Tables.succeed |> ignore
                  let start () = CommandLine.start (at "") (words "wide.csv" "wide" [])
                  let random = Random()

                  for _ in 1..2 do
                      let started = start ()
                      started.WaitForExit(random.Next(300, 3000)) |> ignore

                      if not started.HasExited then
                          Started.kill started

                      if started.ExitCode = 0 then
                          Directory.Delete(at "wide", true)

                  let started = start ()
                  Started.waitFor (at "wide/packing.state") started
                  Started.tell [ "TERM" ] (at "wide") started
                  let outcome = CommandLine.finish started
                  outcome |> refuse 143 [ "wide keeps what was read up to "; "the same command goes on from there" ]
                  let outcome = CommandLine.finish (start ())
                  Expect.mentions [ "wide.csv: going on behind " ] (Tables.succeed outcome).Error
                  expectSame "never" "wide"))
          test
              "Who is told to stop before anything is on record leaves no cells, and a small table never does"
              (fun () ->
                  let started = CommandLine.start (at "") (words "wide.csv" "early" [])
                  Started.waitFor (at "early/packing.cells") started
                  Started.tell [ "TERM" ] (at "early") started
                  Expect.equal 143 (CommandLine.finish started).Code
                  Expect.equal [] (List.filter (fun name -> name <> ".lock") (namesIn "early"))
                  pack "bad.csv" "small" [] |> refuse 3 [ "bad.csv: line 1302" ]
                  Expect.that (not (Directory.Exists(at "small"))) "a folder")
          test "A row that was mended is packed with those read before it, and other rows are read anew" (fun () ->
              pack "table.csv" "whole" [] |> Tables.succeed |> ignore
              stopped "mended" false
              again "mended" [] |> goesOn
              expectSame "whole" "mended"
              let lines = File.ReadAllText(at "table.csv")
              // Other cells, a line above all others, one without anything, and fewer rows.
              for other in
                  [ lines.Replace("\n1", "\n2")
                    "\n" + lines
                    lines.Replace("\n1", "\n\n1")
                    String.Join('\n', (lines.Split '\n')[..20]) ] do
                  stopped "changed" false
                  File.WriteAllText(at (own "changed"), other)

                  again "changed" []
                  |> beginsAnew [ "table.csv: the rows up to line "; "not those that were read before" ]

                  Directory.Delete(at "changed", true)

              stopped "changed" false
              File.WriteAllText(at (own "changed"), lines.Replace("a,b,", "a,c,"))
              again "changed" [] |> beginsAnew [ "table.csv: the columns are not those that were read before" ])
          test "Another option is refused by its name, and --force begins anew" (fun () ->
              stopped "options" false
              let before = place.Bytes "options/packing.state", place.Bytes "options/packing.cells"

              again "options" [ "--ignore"; "a" ]
              |> refuse 2 [ "--ignore: a, "; "options"; "with none"; "--force begins anew" ]

              pack "bad.csv" "options" [] |> refuse 2 [ "DATA: "; "bad.csv"; "table.csv"; "--force begins anew" ]

              Expect.equal before (place.Bytes "options/packing.state", place.Bytes "options/packing.cells")
              again "options" [ "--force" ] |> beginsAnew [ "packing.state: --force is new" ]
              pack (own "options") "plain" [] |> Tables.succeed |> ignore
              expectSame "plain" "options"
              stopped "others" false

              again "others" [ "--ignore"; "a"; "--force" ]
              |> beginsAnew [ "packing.state: --ignore is another one" ]

              pack (own "options") "ignored" [ "--ignore"; "a" ] |> Tables.succeed |> ignore
              expectSame "ignored" "others")
          test "What is damaged, or of another version, is said, and read anew" (fun () ->
              pack "table.csv" "sound" [] |> Tables.succeed |> ignore
              let random = Random()

              let attempt (file: string) (spoil: byte[] -> byte[]) (expect: Outcome -> unit) =
                  stopped "damaged" false
                  let path = at $"damaged/{file}"
                  File.WriteAllBytes(path, spoil (File.ReadAllBytes path))
                  again "damaged" [] |> expect
                  expectSame "sound" "damaged"
                  Directory.Delete(at "damaged", true)

              let flipped (most: unit -> int64) (bytes: byte[]) =
                  let place = int (random.NextInt64(min bytes.LongLength (most ())))
                  Array.updateAt place (bytes[place] ^^^ (1uy <<< random.Next 8)) bytes

              // Behind what is on record may be anything.
              let onRecord () = (Packing.RecordIn(at "damaged") |> nonNull).Length

              for file, most in [ "packing.state", (fun () -> Int64.MaxValue); "packing.cells", onRecord ] do
                  for _ in 1..3 do
                      attempt file (flipped most) (beginsAnew [ $"{file}: damaged" ])

                  attempt file (fun bytes -> bytes[.. bytes.Length / 2]) (beginsAnew [ $"{file}: damaged" ])

              attempt "packing.cells" (fun _ -> [||]) (beginsAnew [ "packing.cells: damaged" ])
              attempt "packing.cells" (fun bytes -> Array.append bytes [| 1uy; 2uy; 3uy |]) goesOn
              // A letter of the version is another one, and the checksum is right.
              let older (state: byte[]) =
                  let state = Array.updateAt 17 (byte 'X') state[.. state.Length - 17]
                  Array.append state (IO.Hashing.XxHash128.Hash state)

              attempt "packing.state" older (beginsAnew [ "packing.state: of another version of nn" ]))
          test
              "A pack stays as it is beside one that will take its place, and files of others are not touched"
              (fun () ->
                  pack "table.csv" "new" [] |> Tables.succeed |> ignore
                  pack "table.csv" "beside" [ "--ignore"; "a" ] |> Tables.succeed |> ignore
                  let before = [ for file in files -> place.Bytes $"beside/{file}" ]
                  stopped "beside" true
                  Expect.equal before [ for file in files -> place.Bytes $"beside/{file}" ]
                  again "beside" [] |> refuse 2 [ "--out"; "exists (--force replaces it)" ]
                  again "beside" [ "--force" ] |> goesOn
                  expectSame "new" "beside"
                  // Killed between its arrays and their record, and then between that and the end.
                  stopped "arrays" false
                  File.Copy(at "beside/x.npy", at "arrays/x.npy")
                  again "arrays" [] |> goesOn
                  expectSame "new" "arrays"
                  stopped "arrays" false
                  again "arrays" [] |> refuse 2 [ "--out"; "exists (--force replaces it)" ]
                  expectSame "new" "arrays"
                  Directory.CreateDirectory(at "foreign") |> ignore
                  File.WriteAllText(at "foreign/packing.cells", "mine, and longer than that")
                  pack "table.csv" "foreign" [ "--force" ] |> refuse 2 [ "--out"; "no packed rows" ]
                  Expect.equal "mine, and longer than that" (File.ReadAllText(at "foreign/packing.cells"))) ])
