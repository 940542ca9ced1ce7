/// Fixed names in folders that others can write: whatever somebody has put there in advance, nothing is written through it.
module NeuralNetwork.Tests.Cli.OwnFileTests

open System.Diagnostics
open System.IO
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Tests

let private prepare (place: Workplace) = CommandLine.writeData (place.At "data")

let private shell (command: string) (arguments: string list) =
    use started = Process.Start(ProcessStartInfo(command, arguments)) |> nonNull
    started.WaitForExit()
    Expect.equal 0 started.ExitCode

/// What lies in the place of a file, and what is said of it.
let private obstacles (place: Workplace) : (string * (string -> unit) * string) list =
    [ "a link", (fun path -> File.CreateSymbolicLink(path, place.At "precious") |> ignore), "a link is in its place"
      "a link to nowhere",
      (fun path -> File.CreateSymbolicLink(path, place.At "nowhere") |> ignore),
      "a link is in its place"
      "a hard link", (fun path -> shell "ln" [ place.At "precious"; path ]), "other names (hard links)"
      "a pipe", (fun path -> shell "mkfifo" [ path ]), "something other than a file" ]

let private writePrecious (place: Workplace) = File.WriteAllText(place.At "precious", "precious")

let private untouched (place: Workplace) (what: string) =
    Expect.equal "precious" (File.ReadAllText(place.At "precious"))
    Expect.that (not (File.Exists(place.At "nowhere"))) $"{what}: something was made where a link leads"

let private train (place: Workplace) (out: string) (more: string list) =
    InProcess.run ([ "train"; place.At "data"; "--out"; place.At out ] @ Comparisons.small @ more)

let private files =
    [ "checkpoint.safetensors"
      "config.json"
      "history.csv"
      "history.jsonl"
      "model.safetensors"
      "report.html"
      "run.json" ]

let private windowsPaths: (string * string) list =
    [ "runs/first", ""
      @"C:\runs\first", ""
      @"\\server\share\first", ""
      "../runs/./first", ""
      @"\\?\C:\runs\first.", ""
      "console", ""
      "C:first", @"depends on the working folder of its drive (C:\first does not)"
      "C:", "depends on the working folder of its drive"
      "first:data", "has a :"
      @"C:\runs\what?", "has a ?"
      "runs/first.", "'first.' ends with a point or a blank"
      "runs /first", "'runs ' ends with a point or a blank"
      "NUL", "'NUL' is a device"
      "con.csv", "'con.csv' is a device"
      @"runs\Aux .x\first", "'Aux .x' is a device"
      "lpt9", "'lpt9' is a device" ]

let private inPlaces (place: Workplace) : Expecto.Test list =
    let at = place.At

    [ test
          "A lock is neither written through a link nor into a file with other names, and no pipe is waited for"
          (fun () ->
              for what, obstacle, message in obstacles place do
                  writePrecious place
                  let out = what.Replace(' ', '-')
                  Directory.CreateDirectory(at out) |> ignore
                  obstacle (at $"{out}/.lock")
                  let outcome = train place out []
                  Expect.equal 4 outcome.Code
                  Expect.mentions [ ".lock"; message; "remove it" ] outcome.Error
                  untouched place what
                  File.Delete(at $"{out}/.lock")
                  Expect.equal 0 (train place out []).Code)
      test "A link in the place of a file of a run is replaced and not followed" (fun () ->
          Expect.equal 0 (train place "linked" []).Code

          // The options tell that this is a run: without them the folder is somebody's.
          for name in List.except [ "config.json" ] files do
              for what, obstacle, _ in List.take 3 (obstacles place) do
                  writePrecious place
                  File.Delete(at $"linked/{name}")
                  obstacle (at $"linked/{name}")
                  let outcome = train place "linked" [ "--force" ]
                  untouched place $"{name}, {what}: {outcome.Error}"
                  Expect.equal (name, what, 0) (name, what, outcome.Code)

                  Expect.that
                      (isNull (FileInfo(at $"linked/{name}")).LinkTarget)
                      $"{name}, {what}: the link is still there")
      test "A link in the place of a trial's folder is removed by --force, and nothing that it leads to" (fun () ->
          let search more = [ "search"; at "data"; "--out"; at "search"; "--trials"; "2" ] @ Comparisons.small @ more

          InProcess.succeed (search []) |> ignore
          Directory.Move(at "search/trial-001", at "outside")
          Directory.CreateSymbolicLink(at "search/trial-001", at "outside") |> ignore
          let before = CommandLine.content (at "outside")
          InProcess.succeed (search [ "--force" ]) |> ignore
          Expect.equal before (CommandLine.content (at "outside"))
          Expect.that (isNull (DirectoryInfo(at "search/trial-001")).LinkTarget) "the link is still there")
      test "A file that the user names may be a link, and what it leads to is written" (fun () ->
          Expect.equal 0 (train place "plain" []).Code
          File.WriteAllText(at "target.onnx", "old")
          File.CreateSymbolicLink(at "named.onnx", at "target.onnx") |> ignore
          InProcess.succeed [ "model"; "export"; at "plain"; "--out"; at "named.onnx"; "--force" ] |> ignore
          Expect.that (not (isNull (FileInfo(at "named.onnx")).LinkTarget)) "the link is gone"
          Expect.that ((FileInfo(at "target.onnx")).Length > 100L) "nothing was written")
      test "Links to links are followed by their names alone, from the folder that nn is in" (fun () ->
          Expect.equal 0 (train place "named" []).Code
          File.WriteAllText(at "kept.onnx", "old")
          File.WriteAllLines(at "kept.csv", [ "a,y"; "1,2"; "3,4" ])

          for link, target in [ "first.csv", "second.csv"; "second.csv", "kept.csv"; "alone.onnx", "kept.onnx" ] do
              File.CreateSymbolicLink(at link, target) |> ignore

          let outcome = CommandLine.succeed place.Folder [ "data"; "inspect"; "first.csv" ]
          Expect.mentions [ "first.csv: " ] outcome.Out

          CommandLine.succeed place.Folder [ "model"; "export"; "named"; "--out"; "alone.onnx"; "--force" ]
          |> ignore

          Expect.that (not (isNull (FileInfo(at "alone.onnx")).LinkTarget)) "the link is gone"
          Expect.that ((FileInfo(at "kept.onnx")).Length > 100L) "nothing was written")
      test "No pipe in the place of a file of a finished run is waited for" (fun () ->
          for name in "events.out.tfevents.0.nn" :: files do
              Expect.equal 0 (train place "finished" [ "--tensorboard"; "--force" ]).Code
              Expect.that (File.Exists(at $"finished/{name}")) $"no {name}"
              File.Delete(at $"finished/{name}")
              shell "mkfifo" [ at $"finished/{name}" ]
              let outcome = CommandLine.run place.Folder [ "resume"; "finished" ]
              Expect.that (List.contains outcome.Code [ 0; 2; 3; 4 ]) $"{name}: {outcome.Code} {outcome.Error}"
              Directory.Delete(at "finished", true)) ]

let tests =
    workplaceWith "OwnFile" prepare (fun place ->
        [ test "A file is made or found, and opened, though others make, lock and remove it meanwhile" (fun () ->
              let path = place.At "contested"

              Threads.together 2 (fun _ ->
                  for _ in 1..20_000 do
                      use file = OwnFile.OpenOrCreate path
                      Posix.TryLock file |> ignore
                      File.Delete path))
          |> withUnixTools "a file that is open is not removed at once on Windows"
          each "What Windows takes for another name is refused there" windowsPaths (fun (path, words) ->
              match WindowsPath.Complaint path with
              | null -> Expect.equal words ""
              | complaint -> Expect.mentions [ words ] complaint)
          yield!
              List.map
                  (onUnix "links and pipes are made by this system's tools, and Wine follows links of Linux unseen")
                  (inPlaces place) ])
