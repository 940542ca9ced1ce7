/// nn data inspect and nn train --dry-run are one examination: what one refuses or warns of, the other names.
module NeuralNetwork.Tests.Cli.AgreementTests

open System
open System.Text.Json
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

/// A table of so many rows, written by a function of the row's number.
let private table (head: string) (rows: int) (row: int -> string) = head :: List.init rows row

/// Tables of every kind, and what is to be named for each: columns that are refused, and words of warnings.
let private kinds: (string * string list * string list * string list) list =
    [ "good", table "a,b,y" 60 (fun n -> $"{n * 7 % 11}.5,{n % 5},{n * 3 % 2}"), [], []
      "values", table "a,b,y" 60 (fun n -> $"{n * 7 % 11}.5,{n % 5},{n * n % 17}.25"), [], []
      "missing", table "a,b,y" 60 (fun n -> $"""{(if n = 7 then "" else "1.5")},{n % 5},{n % 2}"""), [ "a" ], []
      "several",
      table "age,date,ticket,cabin,y" 1300 (fun n ->
          $"""{(if n % 9 = 0 then "NA" else string n + ".5")},d{n},{(if n % 20 > 0 then string (n % 90) else $"T{n % 7}")},{(if n % 3 = 0 then "" else "c")},{n % 2}"""),
      [ "age"; "cabin"; "date"; "ticket" ],
      []
      "texts",
      table "a,b,y" 60 (fun n -> $"""{(if n < 50 then string (n % 4) else "x")},{n % 5},{n % 2}"""),
      [ "a" ],
      []
      "infinite", table "a,b,y" 60 (fun n -> $"""{(if n = 30 then "inf" else "1.5")},{n % 5},{n % 2}"""), [ "a" ], []
      "empty column", table "a,b,y" 60 (fun n -> $",{n % 5},{n % 2}"), [ "a" ], []
      "missing target",
      table "a,b,y" 60 (fun n -> $"""{n % 7},{n % 5},{(if n = 50 then "" else string (n % 2))}"""),
      [ "y" ],
      []
      "text in target",
      table "a,b,y" 300 (fun n -> $"""{n % 7},{n % 5},{(if n = 250 then "many" else string (n % 2))}"""),
      [ "y" ],
      []
      "one class", table "a,b,y" 60 (fun n -> $"{n % 7},{n % 5},1"), [], []
      "text class", table "a,b,y" 60 (fun n -> $"""{n % 7},{n % 5},{(if n % 3 = 0 then "no" else "yes")}"""), [], []
      "one text", table "a,b,y" 60 (fun n -> $"{n % 7},{n % 5},yes"), [], []
      "numerals",
      table "a,b,y" 60 (fun n -> $"""{n % 7},{n % 5},{List.item (n % 4) [ "1"; "1.0"; "0"; "0.0" ]}"""),
      [],
      []
      "ragged", table "a,b,y" 60 (fun n -> if n = 40 then "1,2" else $"{n % 7},{n % 5},{n % 2}"), [], []
      "ragged and missing",
      table "a,b,y" 60 (fun n ->
          if n = 40 then "1,2"
          elif n = 20 then ",2,1"
          else $"{n % 7},{n % 5},{n % 2}"),
      [ "a" ],
      []
      "few rows", table "a,y" 2 (fun n -> $"{n},{n}"), [], []
      "id", table "id,b,y" 60 (fun n -> $"{n * 37 % 1000},{n % 5},{n * 3 % 2}"), [], [ "'id'" ]
      "leak", table "a,copy,y" 60 (fun n -> $"{n % 7}.5,c{n % 3},{n % 3}"), [], [ "'copy' alone says" ]
      "leak of values",
      table "a,copy,y" 60 (fun n -> $"{n % 7}.5,{n * n * 2 + 1},{n * n}.5"),
      [],
      [ "'copy' alone says" ]
      "constant", table "a,b,y" 60 (fun n -> $"3,{n % 5},{n % 2}"), [], [ "'a' is the same" ]
      "commas", table "a;b;y" 60 (fun n -> $"{n % 7},5;{n % 5};{n % 2}"), [ "a" ], []
      "no header", List.init 60 (fun n -> $"{n % 7}.5,{n % 5},{n % 2}"), [], [ "no header found" ] ]

let private texts (found: JsonElement) : string list = [ for one in found.EnumerateArray() -> string one ]

let tests =
    workplace "Agreement" (fun place ->
        let at = place.At

        [ test
              "Whatever a dry run refuses or warns of is named when the data are inspected, and the other way round"
              (fun () ->
                  for name, lines, refused, said in kinds do
                      let file = at $"{name}.csv"
                      write place $"{name}.csv" lines
                      let train = InProcess.run [ "train"; file; "--dry-run"; "--out"; at "run" ]
                      let inspect = InProcess.run [ "data"; "inspect"; file; "--json" ]

                      if inspect.Code <> 0 then
                          Expect.equal (name, train.Code, train.Error) (name, inspect.Code, inspect.Error)
                      else
                          let document = (JsonDocument.Parse inspect.Out).RootElement
                          let refusals = document.GetProperty "refusals"
                          let findings = texts (document.GetProperty "findings")
                          Expect.equal (name, train.Code <> 0) (name, refusals.GetArrayLength() > 0)

                          let columns =
                              [ for one in refusals.EnumerateArray() do
                                    match (one.GetProperty "column").GetString() with
                                    | null -> ()
                                    | column -> column ]

                          Expect.equal (name, refused) (name, List.sort columns)

                          for column in refused do
                              Expect.mentions [ column ] train.Error

                          for line in
                              Tables.lines train.Error
                              |> List.filter _.StartsWith("nn: warning: ", StringComparison.Ordinal) do
                              Expect.that
                                  (List.contains (line.Substring "nn: warning: ".Length) findings)
                                  $"{name}: {line}"

                          for words in said do
                              Expect.mentions [ words ] train.Error
                              Expect.mentions [ words ] (String.Join('\n', findings))

                          if train.Code = 0 && train.Error.Contains "classes: " then
                              let classes =
                                  [ for one in (document.GetProperty "classes").EnumerateArray() ->
                                        (one.GetProperty "label").GetString() ]

                              Expect.mentions
                                  [ $"""{classes.Length} classes: {String.Join(", ", classes)}""" ]
                                  train.Error)
          test "The options that an inspection names take a table of which several columns were refused" (fun () ->
              for name in
                  [ "missing"
                    "several"
                    "texts"
                    "infinite"
                    "empty column"
                    "missing target"
                    "text in target"
                    "commas" ] do
                  let _, lines, _, _ = kinds |> List.find (fun (known, _, _, _) -> known = name)
                  write place $"{name}.csv" lines
                  let inspect = succeed (InProcess.run [ "data"; "inspect"; at $"{name}.csv"; "--json" ])
                  let options = string ((JsonDocument.Parse inspect.Out).RootElement.GetProperty "options")

                  let run =
                      InProcess.run (
                          [ "train"; at $"{name}.csv"; "--dry-run"; "--out"; at "run" ]
                          @ List.ofArray (options.Split ' ')
                      )

                  Expect.equal
                      (name, options, 0, "")
                      (name, options, run.Code, (if run.Code = 0 then "" else run.Error)))
          test
              "A column that is refused for two reasons is named once, and one that is left out already stays so"
              (fun () ->
                  write
                      place
                      "two.csv"
                      (table "extra,a,b,y" 60 (fun n ->
                          $"""z{n},{(if n = 3 then ""
                                     elif n % 10 = 0 then "x"
                                     else string (n % 4))},{n % 5},{n % 2}"""))

                  let refused =
                      InProcess.run [ "train"; at "two.csv"; "--ignore"; "extra"; "--dry-run"; "--out"; at "run" ]

                  Expect.equal 3 refused.Code
                  Expect.mentions [ "--missing median --categorical a" ] refused.Error
                  let inspect = succeed (InProcess.run [ "data"; "inspect"; at "two.csv"; "--ignore"; "extra" ])
                  Expect.mentions [ "--ignore extra --missing median --categorical a --out RUN" ] inspect.Out)
          test
              "A column that has a value of its own in every row says nothing by that, and measures are no ids"
              (fun () ->
                  let random = Random 7
                  let totals = Array.init 80 (fun n -> 100000 + 900 * n + random.Next 800)

                  write
                      place
                      "measures.csv"
                      (table "total,speed,y" 80 (fun n -> $"{totals[n]},{random.NextDouble():F9},{random.Next 3}"))

                  let inspect = succeed (InProcess.run [ "data"; "inspect"; at "measures.csv" ])

                  for words in [ "alone says"; "like an id" ] do
                      Expect.that (not (inspect.Out.Contains words)) inspect.Out)
          test "One class in nearly all rows is no sign that a column was made from it" (fun () ->
              write
                  place
                  "rare.csv"
                  (table "a,flag,y" 400 (fun n -> $"""{n % 7}.5,{n % 4},{(if n = 200 || n = 301 then 1 else 0)}"""))

              let inspect = succeed (InProcess.run [ "data"; "inspect"; at "rare.csv" ])
              Expect.that (not (inspect.Out.Contains "alone says")) inspect.Out) ])
