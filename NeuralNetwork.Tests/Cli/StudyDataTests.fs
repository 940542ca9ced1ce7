/// What the runs of a comparison or a search have in common: the data, read anew by each of them, and what they are
/// trained in.
module NeuralNetwork.Tests.Cli.StudyDataTests

open System
open System.IO
open NeuralNetwork.Tests

let private small = [ "--hidden"; "4"; "--blas"; "managed"; "--threads"; "1" ]

/// Rows of two features and what is to be learned of them, the first of them moved.
let private write (place: Workplace) (name: string) (moved: float) =
    let row place =
        let x, z = sin (float place), cos (3.0 * float place) + (if place = 0 then moved else 0.0)
        FormattableString.Invariant $"{x},{z},{x - z}"

    Directory.CreateDirectory(string (Path.GetDirectoryName(place.At name))) |> ignore
    File.WriteAllLines(place.At name, "x,z,y" :: List.map row [ 0..59 ])

let private compareOf (place: Workplace) values data out more =
    [ "compare"; "optimizers"; place.At data; "--out"; place.At out ]
    @ small
    @ [ "--epochs"; "2"; "--values"; values ]
    @ more

let private succeed = InProcess.succeed

let private refused words arguments =
    let outcome = InProcess.run arguments
    Expect.equal (3, "") (outcome.Code, outcome.Out)
    Expect.mentions words outcome.Error
    Expect.that (not (outcome.Error.Contains "--allow-change")) outcome.Error

let private prepare (place: Workplace) =
    CommandLine.writeData (place.At "data")
    write place "rows.csv" 0.0

let private files (place: Workplace) run =
    [ for file in (place.Json $"{run}/run.json").GetProperty("data").GetProperty("sha256").EnumerateObject() ->
          file.Name ]

let tests =
    workplaceWith "StudyData" prepare (fun place ->
        let at, json = place.At, place.Json
        let files = files place
        let write = write place
        let compareOf = compareOf place
        let compare data out more = compareOf "adam,sgd" data out more
        let search data out more = [ "search"; at data; "--out"; at out ] @ small @ more

        [ test "A comparison does not go on with other data than it began with, and says which file it is" (fun () ->
              write "moving.csv" 0.0
              succeed (compareOf "adam" "moving.csv" "moved" []) |> ignore
              let before = File.ReadAllText(at "moved/results.csv")
              write "moving.csv" 1.0
              compare "moving.csv" "moved" [ "--resume" ] |> refused [ "moving.csv"; "sha256"; "--force" ]
              Expect.equal before (File.ReadAllText(at "moved/results.csv"))
              Expect.that (not (File.Exists(at "moved/sgd/config.json"))) "a variant was trained with other data")
          test "Runs that were trained with different data are not taken for one comparison" (fun () ->
              write "other/rows.csv" 1.0
              succeed (compare "rows.csv" "mixed" []) |> ignore
              let manifest = File.ReadAllText(at "mixed/sgd/run.json")
              let hash = (json "mixed/sgd/run.json").GetProperty("data").GetProperty("sha256").GetProperty("rows.csv")
              let other = String('0', 64)
              File.WriteAllText(at "mixed/sgd/run.json", manifest.Replace(string hash, other))
              compare "rows.csv" "mixed" [ "--resume" ] |> refused [ "rows.csv"; "00000000"; "--force" ])
          test "A run that was left half done does not go on with other data: the comparison ends" (fun () ->
              write "half.csv" 0.0
              succeed (compare "half.csv" "half" []) |> ignore

              for run in [ "adam"; "sgd" ] do
                  File.Delete(at $"half/{run}/run.json")

              write "half.csv" 1.0

              compare "half.csv" "half" [ "--resume" ]
              |> refused [ "checkpoint.safetensors"; "half.csv"; "--force" ])
          test "A run that was left half done goes on whether or not it is watched" (fun () ->
              succeed (compare "rows.csv" "watched" []) |> ignore
              File.Delete(at "watched/sgd/run.json")
              succeed (compare "rows.csv" "watched" [ "--resume"; "--tensorboard" ]) |> ignore
              Expect.mentions [ "finished" ] (File.ReadAllLines(at "watched/results.csv")[2]))
          test "The report names the library of every run, and the file that all have read" (fun () ->
              succeed (compare "rows.csv" "named" []) |> ignore
              Expect.mentions [ "BLAS"; "managed"; "rows.csv" ] (File.ReadAllText(at "named/report.html")))
          test
              "Every variant has its own look at the data: what validates the first is not training data to the second"
              (fun () ->
                  let outcome = succeed (compare "data" "looks" [ "--validation"; at "data" ])
                  Expect.that (not (outcome.Error.Contains "are the training data")) outcome.Error
                  Expect.equal (files "looks/adam") (files "looks/sgd"))
          test "A trial is on record with the rows it was validated with, and with no other trial's" (fun () ->
              write "a.csv" 2.0
              write "b.csv" 3.0
              let a, b = at "a.csv", at "b.csv"
              let vary = [ "--vary"; $"validation={a}|{b}"; "--trials"; "6"; "--epochs"; "1" ]
              succeed (search "rows.csv" "varied" vary) |> ignore

              let validated =
                  [ for trial in 1..6 ->
                        let drawn =
                            (json $"varied/trial-00{trial}/config.json").GetProperty("validation").GetString()
                            |> string
                            |> CommandLine.ours

                        Expect.equal
                            [ "rows.csv"; $"validation {Path.GetFileName drawn}" ]
                            (files $"varied/trial-00{trial}")

                        drawn ]

              Expect.equal [ a; b ] (List.sort (List.distinct validated)))
          test "What a search says to try next works, rows left out and all" (fun () ->
              let lines =
                  File.ReadAllLines(at "rows.csv")
                  |> Array.mapi (fun place row -> if place = 5 then ",0.1,0.2" else row)

              File.WriteAllLines(at "gaps.csv", lines)

              let outcome =
                  succeed (search "gaps.csv" "gaps" [ "--missing"; "drop"; "--trials"; "2"; "--epochs"; "1" ])

              let said = outcome.Error.Split('\n') |> Array.find _.StartsWith("try next: nn ")
              let words = said.Replace("try next: nn ", "").Trim().Split(' ') |> List.ofArray
              succeed (words @ [ "--blas"; "managed" ]) |> ignore) ])
