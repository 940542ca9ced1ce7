/// A search that goes on: with what it was asked for, and with nothing else.
module NeuralNetwork.Tests.Cli.SearchResumeTests

open System
open System.IO
open System.Text.Json.Nodes
open NeuralNetwork.Tests

let private small = [ "--hidden"; "4"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]
let private search (place: Workplace) out more = [ "search"; place.At "rows.csv"; "--out"; place.At out ] @ more

let private succeed arguments =
    let outcome = InProcess.run arguments
    let line = String.Join(' ', List.map string arguments)
    Expect.that (outcome.Code = 0) $"nn {line} ended with {outcome.Code}: {outcome.Error}"
    outcome

/// A search of which nobody has more than the folder.
let private asked =
    small
    @ [ "--trials"; "4"; "--seed"; "7"; "--halving"; "2"; "--missing"; "median"; "--ignore"; "w" ]
    @ [ "--vary"; "learning-rate=0.001..0.1:log"; "--vary"; "batch-norm=true|false" ]

let private prepare (place: Workplace) =
    let row place =
        let x, z = sin (float place), cos (3.0 * float place)
        FormattableString.Invariant $"{x},{z},{place},{x - z}"

    File.WriteAllLines(place.At "rows.csv", "x,z,w,y" :: List.map row [ 0..59 ])
    succeed (search place "whole" asked) |> ignore

/// The tables without their seconds.
let private timeless (place: Workplace) out =
    [ for row in File.ReadAllLines(place.At $"{out}/trials.csv") -> row.Substring(0, row.LastIndexOf ',') ]

/// A folder in which a search has left what it was asked for, and nothing else.
let private leave (place: Workplace) out =
    Directory.CreateDirectory(place.At out) |> ignore
    File.Copy(place.At "whole/search.json", place.At $"{out}/search.json")

let private otherwise =
    [ [ "--missing"; "refuse" ], [ "--missing: median before, refuse now" ]
      [ "--missing"; "refuse"; "--ignore"; "x"; "--seed"; "8" ],
      [ "--missing: median before, refuse now"; "--ignore: w before, x now"; "--seed: 7 before, 8 now" ]
      [ "--preset"; "original" ], [ "--preset: auto before, original now" ]
      [ "--halving"; "3" ], [ "--halving: 2 before, 3 now" ]
      [ "--trials"; "3" ], [ "--trials: 4 before, 3 now" ]
      [ "--vary"; "dropout=0..0.5" ], [ "--vary: learning-rate=0.001..0.1:log batch-norm=true|false before, dropout" ]
      [ "--early-stopping"; "3" ], [ "--early-stopping: "; " before, 3 now" ]
      [ "--batch-norm" ], [ "--batch-norm: is what the search varies" ] ]
    |> List.map (fun (words, said) -> String.Join(' ', words), (words, said))

let private damages =
    [ "trials", "0"
      "trials", "\"four\""
      "seed", "-1"
      "halving", "1"
      "vary", "[7]"
      "vary", "7"
      "options", "null" ]
    |> List.map (fun (field, value) -> $"{field} {value}", (field, value))

let tests =
    workplaceWith "SearchResume" prepare (fun place ->
        let at = place.At
        let search = search place
        let record out = File.ReadAllText(at $"{out}/search.json") |> JsonNode.Parse |> nonNull
        let timeless = timeless place
        let leave = leave place

        [ test "A search that goes on before any trial is over has everything that was asked for" (fun () ->
              leave "early"
              let before = string (record "early")
              succeed (search "early" [ "--resume" ]) |> ignore
              Expect.equal before (string (record "early"))
              Expect.equal (timeless "whole") (timeless "early"))
          test "A search that goes on needs none of its options again, and takes those that are the same" (fun () ->
              leave "same"
              succeed (search "same" [ "--resume"; "--quiet" ]) |> ignore
              let before = string (record "same")
              succeed (search "same" (asked @ [ "--resume" ])) |> ignore
              Expect.equal before (string (record "same")))
          test "More trials are added to those there are, with the options of these" (fun () ->
              let first count =
                  small @ [ "--trials"; string count; "--vary"; "dropout=0..0.5"; "--validation"; "0.3" ]

              succeed (search "grown" (first 2)) |> ignore
              let before = File.GetLastWriteTimeUtc(at "grown/trial-002/run.json")
              succeed (search "grown" [ "--trials"; "3"; "--resume" ]) |> ignore
              Expect.equal before (File.GetLastWriteTimeUtc(at "grown/trial-002/run.json"))
              Expect.equal 3 ((record "grown")["trials"] |> nonNull |> _.GetValue<int>())

              succeed (search "all" (first 3)) |> ignore
              Expect.equal (timeless "all") (timeless "grown"))
          eachNamed
              "Options that differ are refused by their names, all at once"
              otherwise
              (fun (words: string list, said: string list) ->
                  Mistakes.refusal place (search "whole" ("--resume" :: words)) 2 |> Expect.mentions said)
          test "A comparison, too, names all options that differ" (fun () ->
              let words = [ "compare"; "optimizers"; at "rows.csv"; "--out"; at "compared" ]
              succeed (words @ small @ [ "--values"; "adam"; "--missing"; "median" ]) |> ignore
              let changed = [ "--resume"; "--missing"; "refuse"; "--epochs"; "3"; "--seed"; "5" ]
              let outcome = InProcess.run (words @ changed)
              Expect.equal 2 outcome.Code

              let said =
                  [ "--missing: median before, refuse now"
                    "--epochs: 2 before, 3 now"
                    "--seed: "
                    " before, 5 now" ]

              Expect.mentions said outcome.Error)
          eachNamed
              "A record of a search that is damaged is bad input, named in one line"
              damages
              (fun (field: string, value: string) ->
                  let path = at "whole/search.json"
                  let before = File.ReadAllText path

                  try
                      let document = record "whole"
                      document[field] <- JsonNode.Parse value
                      File.WriteAllText(path, document.ToJsonString())

                      Mistakes.refusal place (search "whole" [ "--resume" ]) 3
                      |> Expect.mentions [ path; field; "--force" ]
                  finally
                      File.WriteAllText(path, before))
          test
              "The line of a trial that learns values has its loss in validation, and that of a variant its test loss"
              (fun () ->
                  let outcome = succeed (search "lines" (small @ [ "--trials"; "1"; "--vary"; "dropout=0..0.5" ]))
                  let line = outcome.Error.Split '\n' |> Array.find _.StartsWith("trial-001 (1 of 1)")
                  Expect.mentions [ "validation loss " ] line
                  let words = [ "compare"; "optimizers"; at "rows.csv"; "--out"; at "tested"; "--values"; "adam" ]
                  let compared = succeed (words @ small)
                  let line = compared.Error.Split '\n' |> Array.find _.StartsWith("adam (1 of 1)")
                  Expect.mentions [ " loss " ] line) ])
