/// What --force leaves of the study that was there, and how often tables are written.
module NeuralNetwork.Tests.Cli.StudyForceTests

open System
open System.IO
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Studies
open NeuralNetwork.Tests

let private small = [ "--hidden"; "4"; "--epochs"; "1"; "--blas"; "managed"; "--threads"; "1" ]

let private succeed arguments = InProcess.succeed arguments |> ignore

let private prepare (place: Workplace) =
    let write (name: string) (last: int -> float -> string) =
        let row place =
            let x, z = sin (float place), cos (3.0 * float place)
            FormattableString.Invariant $"{x},{z},{last place (x - z)}"

        File.WriteAllLines(place.At name, "x,z,y" :: List.map row [ 0..59 ])

    write "values.csv" (fun _ value -> FormattableString.Invariant $"{value}")
    write "classes.csv" (fun place _ -> if place % 2 = 0 then "even" else "odd")

let private names (place: Workplace) (out: string) =
    Directory.GetFileSystemEntries(place.At out)
    |> Array.map (fun path -> string (Path.GetFileName path))
    |> Array.sort

/// A clock that goes when it is told to.
type private Clock() =
    inherit TimeProvider()
    member val Seconds = 0.0 with get, set
    override _.TimestampFrequency = 1000L
    override this.GetTimestamp() = int64 (1000.0 * this.Seconds)

let tests =
    workplaceWith "StudyForce" prepare (fun place ->
        let at = place.At
        let compare data out more = [ "compare"; "optimizers"; at data; "--out"; at out ] @ small @ more
        let search data out more = [ "search"; at data; "--out"; at out ] @ small @ more
        let names = names place

        [ test "A comparison that replaces another leaves nothing of it, and what others put there" (fun () ->
              succeed (compare "classes.csv" "again" [ "--values"; "adam,sgd,nadam"; "--seeds"; "2" ])
              succeed (compare "values.csv" "new" [ "--values"; "adam" ])
              Expect.that (Array.contains "accuracy.svg" (names "again")) "no accuracy of classes"
              File.WriteAllText(at "again/notes.txt", "mine")
              File.WriteAllText(at "again/sgd/notes.txt", "mine, too")
              succeed (compare "values.csv" "again" [ "--values"; "adam"; "--force" ])
              Expect.equal (Array.sort (Array.append (names "new") [| "notes.txt"; "sgd" |])) (names "again")
              Expect.equal [| "notes.txt" |] (names "again/sgd"))
          test "A search that replaces another leaves none of its trials" (fun () ->
              succeed (search "classes.csv" "trials" [ "--trials"; "3" ])
              succeed (search "values.csv" "trials" [ "--trials"; "1"; "--force" ])
              Expect.equal [| "trial-001" |] (names "trials" |> Array.filter _.StartsWith("trial-")))
          test "A study that cannot begin leaves the one that it was to replace as it is" (fun () ->
              succeed (compare "values.csv" "kept" [ "--values"; "adam" ])
              succeed (search "values.csv" "found" [ "--trials"; "1" ])
              let before = CommandLine.content (at "kept") @ CommandLine.content (at "found")
              let wrong = [ "--target"; "nothing"; "--force" ]
              Expect.equal 3 (InProcess.run (compare "values.csv" "kept" ([ "--values"; "sgd" ] @ wrong))).Code
              Expect.equal 3 (InProcess.run (search "values.csv" "found" ([ "--trials"; "1" ] @ wrong))).Code
              Expect.equal before (CommandLine.content (at "kept") @ CommandLine.content (at "found")))
          test "A search that finds no model does not have that of the one before" (fun () ->
              succeed (search "values.csv" "best" [ "--trials"; "1" ])

              let wild =
                  [ "--trials"
                    "1"
                    "--force"
                    "--optimizer"
                    "sgd"
                    "--learning-rate"
                    "1e30"
                    "--batch-size"
                    "10" ]

              Expect.equal 5 (InProcess.run (search "values.csv" "best" wild)).Code

              Expect.that
                  (not (File.Exists(at "best/model.safetensors")))
                  "the model of another search is beside this one")
          test "What takes long is done at most once a second, and in the end" (fun () ->
              let clock = Clock()
              let mutable count = 0
              let saving = Throttled(clock, (fun () -> count <- count + 1))

              let askAt seconds =
                  clock.Seconds <- seconds
                  saving.Ask()
                  count

              Expect.equal [ 1; 1; 1; 2; 2; 3 ] (List.map askAt [ 0.0; 0.1; 0.9; 1.0; 1.9; 2.5 ])
              saving.Settle()
              Expect.equal 3 count
              Expect.equal 3 (askAt 2.6)
              saving.Settle()
              Expect.equal 4 count) ])
