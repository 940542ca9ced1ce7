/// What a study has on record: read strictly, and told with the origin of every option.
module NeuralNetwork.Tests.Cli.StudyRecordTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

let private small = [ "--hidden"; "4"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]

let private compare (place: Workplace) what out more =
    [ "compare"; what; place.At "rows.csv"; "--out"; place.At out ] @ small @ more

let private succeed = InProcess.succeed

let private prepare (place: Workplace) =
    let row place =
        let x, z = sin (float place), cos (3.0 * float place)
        FormattableString.Invariant $"{x},{z},{x - z},{z}"

    File.WriteAllLines(place.At "rows.csv", "x,z,y,--w" :: List.map row [ 0..59 ])
    succeed (compare place "optimizers" "whole" [ "--values"; "adam,sgd" ]) |> ignore

let private replace (before: string) (now: string) (text: string) =
    Expect.mentions [ before ] text
    text.Replace(before, now)

let private field (name: string) (value: string) (text: string) =
    let document = Nodes.JsonNode.Parse(text) |> nonNull
    document[name] <- Nodes.JsonNode.Parse value
    document.ToJsonString()

/// All but some of the end.
let private cut (letters: int) (text: string) = text.Substring(0, text.Length - letters)

let private always (text: string) (_: string) = text

/// Of files that are made from a checkpoint.
let private derived =
    [ "a manifest cut short", "adam/run.json", cut 2
      "a manifest that is a list", "adam/run.json", always "[1]"
      "a manifest of nothing", "adam/run.json", always "null"
      "an interruption in words", "adam/run.json", field "interrupted" "\"no\""
      "results in words", "adam/run.json", field "results" "\"good\""
      "a score in words", "adam/run.json", field "results" """{"train": {"loss": "low"}}"""
      "symptoms in words", "adam/run.json", field "results" """{"symptoms": {"constant_outputs": "no"}}"""
      "a hash that is none", "adam/run.json", field "data" """{"sha256": {"rows.csv": 1}}"""
      "a history cut short", "adam/history.jsonl", cut 9
      "a history in words", "adam/history.jsonl", replace "\"epoch\":1" "\"epoch\":\"one\"" ]
    |> List.map (fun (name, file: string, damage: string -> string) -> (name, (file, damage)))

/// Of what was asked for, which nothing else tells.
let private damages =
    [ "a configuration cut short", "sgd/config.json", cut 2
      "a configuration with a field twice",
      "sgd/config.json",
      replace "\"schema\":" "\"data\":\"x\",\"data\":\"y\",\"schema\":"
      "a record cut short", "comparison.json", cut 2
      "no seed", "comparison.json", field "seeds" "[]"
      "a seed below 0", "comparison.json", field "seeds" "[-1]"
      "a seed in words", "comparison.json", field "seeds" """["one"]"""
      "no values", "comparison.json", field "variants" "7"
      "options of no words", "comparison.json", field "options" """[{"words": [], "from": "given"}]"""
      "no options", "comparison.json", field "options" "null" ]
    |> List.map (fun (name, file: string, damage: string -> string) -> (name, (file, damage)))

/// The origin of an option, as a report has it.
let private origin (place: Workplace) (report: string) (option: string) =
    let page = File.ReadAllText(place.At $"{report}/report.html")
    let start = page.IndexOf($">{option}<", StringComparison.Ordinal)
    Expect.that (start > 0) $"{report} does not have {option}"
    let row = page.Substring(start, page.IndexOf("</tr>", start, StringComparison.Ordinal) - start)

    [ "given"; "preset original"; "comparison"; "compared"; "drawn" ]
    |> List.filter (fun from -> row.Contains $">{from}<")

let tests =
    workplaceWith "StudyRecord" prepare (fun place ->
        let at = place.At
        let compare = compare place
        let origin = origin place

        [ eachNamed
              "A record that is damaged is bad input, named in one line"
              damages
              (fun (file: string, damage: string -> string) ->
                  let path = at $"whole/{file}"
                  let before = File.ReadAllText path

                  try
                      File.WriteAllText(path, damage before)

                      let outcome =
                          InProcess.run (compare "optimizers" "whole" [ "--values"; "adam,sgd"; "--resume" ])

                      Expect.equal (3, "") (outcome.Code, outcome.Out)
                      Expect.mentions [ path; "--force" ] outcome.Error
                      Expect.equal 1 (outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Length
                  finally
                      File.WriteAllText(path, before))
          eachNamed
              "A record that the checkpoint has, too, is written again"
              derived
              (fun (file: string, damage: string -> string) ->
                  let path = at $"whole/{file}"
                  let before, table = File.ReadAllText path, place.Timeless "whole/results.csv"
                  File.WriteAllText(path, damage before)
                  let outcome = succeed (compare "optimizers" "whole" [ "--values"; "adam,sgd"; "--resume" ])
                  Expect.that (not (outcome.Error.Contains "interrupted")) outcome.Error
                  Expect.mentions [ Path.GetFileName path |> string; "written again" ] outcome.Error
                  Expect.equal table (place.Timeless "whole/results.csv")
                  let now = File.ReadAllText path
                  Expect.that (now <> damage before) "the damage is still there"

                  if file.EndsWith "history.jsonl" then
                      Expect.equal before now)
          test "A value that looks like an option is one value when the comparison goes on" (fun () ->
              let target = [ "--target=--w"; "--values"; "adam" ]
              succeed (compare "optimizers" "dashes" target) |> ignore

              succeed [ "compare"; "optimizers"; at "rows.csv"; "--out"; at "dashes"; "--resume"; "--values"; "sgd" ]
              |> ignore

              let config = JsonDocument.Parse(File.ReadAllText(at "dashes/sgd/config.json")).RootElement
              Expect.equal "--w" (config.GetProperty("target").GetString() |> string))
          test "A comparison of an earlier version, with its options as words in a row, goes on" (fun () ->
              succeed (compare "optimizers" "earlier" [ "--values"; "adam" ]) |> ignore
              let words = [ "--hidden"; "4"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]
              let path = at "earlier/comparison.json"
              File.WriteAllText(path, File.ReadAllText path |> field "options" (JsonSerializer.Serialize words))

              succeed [ "compare"; "optimizers"; at "rows.csv"; "--out"; at "earlier"; "--resume"; "--values"; "sgd" ]
              |> ignore

              Expect.equal 3 (File.ReadAllLines(at "earlier/results.csv")).Length)
          test "A report says of every option who asked for it, in the runs no less than in the study" (fun () ->
              let words =
                  [ "compare"; "optimizers"; at "rows.csv"; "--out"; at "origins"; "--values"; "sgd@0.1,nadam" ]

              let more = [ "--preset"; "original"; "--init"; "he-uniform"; "--batch-size"; "128" ]
              succeed (words @ small @ more) |> ignore

              for report in [ "origins"; "origins/sgd@0.1" ] do
                  Expect.equal [ "preset original" ] (origin report "--validation")
                  Expect.equal [ "given" ] (origin report "--init")
                  // What the preset would have said, too: it is the user's all the same.
                  Expect.equal [ "given" ] (origin "origins" "--batch-size")

              Expect.equal [ "compared" ] (origin "origins/sgd@0.1" "--optimizer")
              Expect.equal [ "compared" ] (origin "origins/sgd@0.1" "--learning-rate")
              Expect.equal [ "compared" ] (origin "origins/nadam" "--optimizer")
              Expect.equal [ "preset original" ] (origin "origins/nadam" "--learning-rate"))
          test "What a comparison says of its own accord, and what a search draws, is not given by anybody" (fun () ->
              let modes = [ "compare"; "batch-modes"; at "rows.csv"; "--out"; at "modes"; "--values"; "full-batch" ]
              succeed (modes @ small @ [ "--train-rows"; "20"; "--gradient-noise"; "10" ]) |> ignore
              Expect.equal [ "comparison" ] (origin "modes/full-batch" "--optimizer")
              Expect.equal [ "compared" ] (origin "modes/full-batch" "--batch-size")

              let search =
                  [ "search"; at "rows.csv"; "--out"; at "drawn"; "--trials"; "1"; "--vary"; "dropout=0.1..0.3" ]

              succeed (search @ small) |> ignore
              Expect.equal [ "drawn" ] (origin "drawn/trial-001" "--dropout")
              Expect.equal [ "given" ] (origin "drawn/trial-001" "--hidden")) ])
