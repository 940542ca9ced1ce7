/// nn train --init-from with the model of another table.
module NeuralNetwork.Tests.Cli.InitMatchTests

open System.IO
open System.Text.Json
open NeuralNetwork.Tests

/// Rows whose class is a matter of a alone; b and the colour are beside the point.
let private table (place: Workplace) (name: string) (order: string list) (kinds: string * string) =
    let cells row =
        Map.ofList
            [ "a", string (row - 10)
              "b", string (row * 7 % 5)
              "colour", (if row % 3 = 0 then "red" else "blue")
              "kind", (if row < 10 then fst kinds else snd kinds) ]

    let line row = String.concat "," [ for column in order -> (cells row)[column] ]
    File.WriteAllLines(place.At name, String.concat "," order :: [ for row in 0..20 -> line row ])

let private usual = [ "--threads"; "1"; "--blas"; "managed"; "--hidden"; "4"; "--validation"; "none"; "--json" ]

/// A step too small to change anything: the loss is that of the model begun with.
let private standing (place: Workplace) =
    [ "--optimizer"; "sgd"; "--lr"; "1e-30"; "--epochs"; "1"; "--force"; "--out"; place.At "new" ]

let private train (place: Workplace) (data: string) (more: string list) =
    InProcess.run ([ "train"; place.At data ] @ usual @ more)

let private loss (outcome: Outcome) : float =
    Expect.that (outcome.Code = 0) outcome.Error
    let results = JsonDocument.Parse(outcome.Out).RootElement.GetProperty "results"
    results.GetProperty("train").GetProperty("loss").GetDouble()

let private prepare (place: Workplace) =
    table place "a.csv" [ "a"; "b"; "colour"; "kind" ] ("cat", "dog")
    table place "swapped.csv" [ "colour"; "b"; "a"; "kind" ] ("cat", "dog")
    table place "classes.csv" [ "a"; "b"; "colour"; "kind" ] ("cat", "eel")
    table place "fewer.csv" [ "a"; "b"; "kind" ] ("cat", "dog")

    train place "a.csv" [ "--epochs"; "200"; "--lr"; "0.05"; "--seed"; "1"; "--out"; place.At "old" ]
    |> loss
    |> ignore

let tests =
    workplaceWith "InitMatch" prepare (fun place ->
        let at = place.At
        let standing = standing place
        let train = train place
        let from = [ "--init-from"; at "old/model.safetensors" ]

        [ test "Columns are found by name in whatever order, unless their places are asked for" (fun () ->
              let known = loss (train "a.csv" (standing @ from))
              let swapped = loss (train "swapped.csv" (standing @ from))
              Expect.that (abs (known - swapped) < 1e-5) $"{known} and {swapped}"
              let placed = loss (train "swapped.csv" (standing @ from @ [ "--init-match"; "place" ]))
              Expect.that (placed > known + 0.1) $"{known} and {placed}")
          test "What is found by place is so again from the configuration of the run" (fun () ->
              let run = standing @ from @ [ "--init-match"; "place" ]
              let placed = loss (train "classes.csv" run)
              let again = [ "train"; "--config"; at "new/config.json"; "--out"; at "again"; "--json" ]
              Expect.equal placed (loss (InProcess.run again)))
          test "Other classes and columns are refused by the first, with the option that takes them over" (fun () ->
              for data, options, code, words in
                  [ "classes.csv",
                    from,
                    3,
                    [ "model.safetensors: labels: no class 'eel'"; "'cat', 'dog'"; "--init-match place" ]
                    "fewer.csv", from, 3, [ "model.safetensors: columns: "; "'colour'"; "--init-match place" ]
                    "a.csv", [ "--init-match"; "place" ], 2, [ "--init-match"; "--init-from" ] ] do
                  let outcome = train data ([ "--epochs"; "1"; "--out"; at "none" ] @ options)
                  Expect.mentions words outcome.Error
                  Expect.equal (code, "") (outcome.Code, outcome.Out)
                  Expect.that (not (Directory.Exists(at "none"))) "a run") ])
