/// A system that says no: failing calls, full and forbidden places, signals at the wrong moment.
module NeuralNetwork.Tests.Cli.FaultTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Tests

/// Saves after every step.
let private trainOn (data: string) (run: string) (options: string list) =
    [ "train"
      data
      "--out"
      run
      "--batch-norm"
      "--dropout"
      "0.2"
      "--batch-size"
      "20"
      "--validation"
      "none" ]
    @ [ "--checkpoint-every"; "1"; "--blas"; "managed"; "--threads"; "1" ]
    @ options

/// A run of nine steps.
let private train run = trainOn "data.csv" run [ "--hidden"; "8"; "--epochs"; "3" ]

let private everyone =
    UnixFileMode.UserRead
    ||| UnixFileMode.UserWrite
    ||| UnixFileMode.UserExecute
    ||| UnixFileMode.GroupRead
    ||| UnixFileMode.GroupWrite
    ||| UnixFileMode.GroupExecute
    ||| UnixFileMode.OtherRead
    ||| UnixFileMode.OtherWrite
    ||| UnixFileMode.OtherExecute

let private readers = UnixFileMode.UserRead ||| UnixFileMode.UserExecute
let private allow (place: Workplace) (mode: UnixFileMode) (name: string) = File.SetUnixFileMode(place.At name, mode)

let private prepare (place: Workplace) =
    File.SetUnixFileMode(place.Folder, everyone)

    File.WriteAllLines(
        place.At "data.csv",
        "x,z,kind" :: [ for row in 1..60 -> $"{row}.5,{row * row % 17},k{row % 3}" ]
    )

    CommandLine.succeed place.Folder (train "whole") |> ignore

let private start (place: Workplace) (words: string list) : Process =
    let start = ProcessStartInfo(List.head words, List.tail words, WorkingDirectory = place.Folder)
    start.RedirectStandardOutput <- true
    start.RedirectStandardError <- true
    // Its double mapping of code is a file of gigabytes to a limit on the size of files.
    start.Environment["DOTNET_EnableWriteXorExecute"] <- "0"

    match Process.Start start with
    | null -> raise (InvalidOperationException $"{List.head words} did not start")
    | started -> started

let private run (place: Workplace) words = CommandLine.finish (start place words)

/// Runs nn with a call of the system's tampered with.
let private injected (place: Workplace) (call: string) (fault: string) (arguments: string list) : Outcome =
    if Elsewhere.isEmulated then
        skip "strace sees the calls of the emulator"

    CommandLine.need [ "strace"; "-o"; "/dev/null"; "true" ]

    run
        place
        ([ "strace"; "-f"; "-qq"; "-o"; "/dev/null"; "-e"; $"trace={call}"; "-e"; $"inject={call}:{fault}" ]
         @ CommandLine.program ()
         @ arguments)

/// The files of a run verify, and going on with it comes to the model of another one.
let private expectEnd (place: Workplace) whole run =
    CommandLine.succeed place.Folder [ "model"; "verify"; run ] |> ignore
    CommandLine.succeed place.Folder [ "resume"; run ] |> ignore
    Expect.equal (place.Bytes $"{whole}/model.safetensors") (place.Bytes $"{run}/model.safetensors")

let private oneLine (words: string list) (code: int) (outcome: Outcome) =
    let last = outcome.Error.TrimEnd().Split('\n') |> Array.last
    Expect.mentions ("nn: error: " :: words) last
    Expect.equal (code, "") (outcome.Code, outcome.Out)

/// A call in the middle of the run, the step of saving that it belongs to, and what the line says of it. Calls before the
/// sixth save are those of the options, the empty history, and the first steps.
let private calls =
    [ "fsync", "error=EIO:when=16", [ "sync: Input/output error" ]
      "fsync", "error=ENOSPC:when=16", [ "sync: No space left on device (needs "; " bytes)" ]
      "fsync", "error=EIO:when=17", [ "sync"; "Input/output error" ]
      "rename", "error=EACCES:when=8", [ "rename: "; "ermission denied" ]
      "rename", "error=EIO:when=8", [ "rename: Input/output error" ]
      "pwrite64", "error=ENOSPC:when=8", [ "write: No space left on device (needs "; " bytes)" ]
      "pwrite64", "error=EDQUOT:when=8", [ "write: Disk quota exceeded (needs "; " bytes)" ]
      "pwrite64", "error=EIO:when=8", [ "write: Input/output error" ] ]

/// What the line says of it where Windows has words of its own.
let private said (call: string) (fault: string) (words: string list) : string list =
    if not Elsewhere.isWindows then words
    elif fault.StartsWith "error=ENOSPC" then [ "Disk full (needs "; " bytes)" ]
    else [ if call = "fsync" then "sync: " else "write: " ]

/// Wine syncs and writes in the process that asks for it, and renames in a server of its own.
let private needsOwn (call: string) =
    if Elsewhere.isWindows && call = "rename" then
        skip "Wine renames in its server, which strace does not see"

/// Words that run nn as somebody who owns nothing.
let private nobody (arguments: string list) : string list =
    let anybody =
        if Environment.UserName = "root" then
            [ "setpriv"; "--reuid=65534"; "--regid=65534"; "--clear-groups" ]
        else
            [ "env" ]

    CommandLine.need (anybody @ CommandLine.program () @ [ "--version" ])
    anybody @ CommandLine.program () @ arguments

/// Starts a long run, and waits until it has saved.
let private startSaving
    (place: Workplace)
    (prefix: string list -> string list)
    (data: string)
    (run: string)
    (epochs: int)
    : Process =
    let started = start place (prefix (trainOn data run [ "--hidden"; "8"; "--epochs"; string epochs ]))

    Started.waitFor (place.At $"{run}/checkpoint.safetensors") started
    started

/// The documents about data that changed.
let private changed (place: Workplace) run =
    let manifest = JsonDocument.Parse(File.ReadAllText(place.At $"{run}/run.json")).RootElement
    (manifest.GetProperty "data").GetProperty("changed").GetArrayLength()

let private ofUnix (place: Workplace) : Expecto.Test list =
    let folder, at = place.Folder, place.At

    [ each
          "A call that fails while a run saves ends with 4, and leaves the checkpoint before it"
          calls
          (fun (call, fault, words) ->
              needsOwn call
              let run = $"{call}-{fault}".Replace('=', '-').Replace(':', '-')
              injected place call fault (train run) |> oneLine (run :: said call fault words) 4
              Expect.that (File.Exists(at $"{run}/checkpoint.safetensors")) "nothing was saved before"
              let left = Directory.GetFiles(at run, ".*")
              Expect.that (left.Length = 0) $"left behind: %A{left}"
              expectEnd place "whole" run)
      each
          "A signal in the middle of a save lets it end, and the run goes on later to the same bytes"
          [ "rename"; "fsync"; "pwrite64" ]
          (fun (call: string) ->
              needsOwn call
              let run = $"signalled-{call}"
              // Wine makes Ctrl-C of that signal, and an end of the other one.
              let name, code = if Elsewhere.isWindows then "INT", 130 else "TERM", 143
              // Steps enough for the signal to get through before the last of them.
              let train out = trainOn "data.csv" out [ "--hidden"; "8"; "--epochs"; "50" ]
              let outcome = injected place call $"signal={name}:when=10" (train run)
              Expect.equal code outcome.Code
              Expect.mentions [ "interrupted"; $"nn resume {run}" ] outcome.Error

              if not (Directory.Exists(at "long")) then
                  CommandLine.succeed folder (train "long") |> ignore

              expectEnd place "long" run)
      // A kill, or a full disk, in the middle of a comparison: at its records, at a run's, and at its tables.
      each
          "A comparison that is cut short at a write goes on to the results of the one never interrupted"
          [ "rename", "signal=KILL", 3
            "rename", "signal=KILL", 14
            "fsync", "signal=KILL", 40
            "pwrite64", "error=ENOSPC", 12
            "rename", "error=EIO", 20 ]
          (fun (call: string, fault: string, time: int) ->
              needsOwn call
              // No folder is synced on Windows.
              let time = if Elsewhere.isWindows && call = "fsync" then time / 2 else time

              let compare out more =
                  [ "compare"; "optimizers"; at "data.csv"; "--out"; at out; "--values"; "adam,sgd"; "--hidden"; "4" ]
                  @ [ "--epochs"; "3"; "--checkpoint-every"; "1"; "--blas"; "managed"; "--threads"; "1" ]
                  @ more

              if not (Directory.Exists(at "study")) then
                  CommandLine.succeed folder (compare "study" []) |> ignore

              let name = $"study-{call}-{time}"
              let outcome = injected place call $"{fault}:when={time}" (compare name [])
              let codes = if fault.StartsWith "signal" then [ 137; -9 ] else [ 4 ]
              Expect.that (List.contains outcome.Code codes) $"{outcome.Code}: {outcome.Error}"

              let isBegun = File.Exists(at $"{name}/comparison.json")
              let again = CommandLine.succeed folder (compare name (if isBegun then [ "--resume" ] else []))
              Expect.that (not (again.Error.Contains "interrupted")) again.Error

              for file in [ "curves.csv"; "results.csv" ] do
                  Expect.equal (place.Timeless $"study/{file}") (place.Timeless $"{name}/{file}")

              for value in [ "adam"; "sgd" ] do
                  Expect.equal
                      (place.Bytes $"study/{value}/model.safetensors")
                      (place.Bytes $"{name}/{value}/model.safetensors"))
      test "A folder that is deleted while a run goes on ends it with 4, and makes nothing new" (fun () ->
          let started = startSaving place (fun words -> CommandLine.program () @ words) "data.csv" "deleted" 1_000_000
          // A save may put a file in between the last file and the folder.
          while Directory.Exists(at "deleted") do
              try
                  Directory.Delete(at "deleted", true)
              with :? IOException ->
                  ()

          let outcome = CommandLine.finish started
          oneLine [ "deleted/"; "its folder is gone" ] 4 outcome
          Expect.that (not (Directory.Exists(at "deleted"))) "made again")
      test "A second signal ends the run at once" (fun () ->
          // Steps of seconds: whoever waits for the end of one says that it was interrupted.
          let slow =
              [ "train"
                "wide.csv"
                "--out"
                "stopped"
                "--hidden"
                "2000,2000"
                "--batch-size"
                "9000"
                "--validation" ]
              @ [ "none"
                  "--optimizer"
                  "sgd"
                  "--blas"
                  "managed"
                  "--threads"
                  "1"
                  "--epochs"
                  "3"
                  "--verbose" ]

          File.WriteAllLines(at "wide.csv", "x,kind" :: [ for row in 1..9000 -> $"{row}.5,k{row % 3}" ])
          let started = start place (CommandLine.program () @ slow)

          // The last line of the plan: the first step is next.
          Started.readUntil "parameters0 = " started
          Started.signal "INT" started
          Started.readUntil "a second signal stops at once" started
          Started.signal "INT" started
          let outcome = CommandLine.finish started
          Expect.equal "" outcome.Error
          // Windows ends it with 0xC000013A, of which Unix has the last byte; Wine with 0.
          let codes = if Elsewhere.isWindows then [ 0x3A; 0 ] else [ 130 ]
          Expect.that (List.contains outcome.Code codes) $"{outcome.Code}"

          Expect.equal
              [ "config.json" ]
              [ for name, _ in CommandLine.content (at "stopped") do
                    if name <> ".lock" then
                        name ]) ]

/// What has come through a pipe when nn is killed goes with it.
let private ofPipes (place: Workplace) : Expecto.Test list =
    let folder, at = place.Folder, place.At

    [ test "What is kept of a pipe is gone with the process, however it ends" (fun () ->
          Directory.CreateDirectory(at "kept") |> ignore
          let variables = [ for name in [ "TMPDIR"; "TMP"; "TEMP" ] -> name, at "kept" ]
          let words = CommandLine.program () @ [ "data"; "inspect"; "-"; "--format"; "csv" ]
          let started = CommandLine.startTypingWith variables folder words
          let stream = started.StandardInput.BaseStream
          // A pipe holds less than what is more than there is room for: nn has taken it in.
          stream.Write(ReadOnlySpan(Array.create (2 * KeptInput.Room) 10uy))
          stream.Flush()
          let left () = Directory.GetFiles(at "kept", "nn-*")

          if not Elsewhere.isWindows then
              Expect.equal [||] (left ())

          if OperatingSystem.IsLinux() && not Elsewhere.isEmulated && not Elsewhere.isWindows then
              let opened =
                  [ for file in Directory.GetFiles $"/proc/{started.Id}/fd" do
                        match FileInfo(file).LinkTarget with
                        | null -> ()
                        | target -> target ]

              Expect.that (opened |> List.exists (fun file -> file.StartsWith(at "kept/nn-"))) $"%A{opened}"

          Started.kill started
          Expect.equal [||] (left ())) ]

let private ofLinux (place: Workplace) : Expecto.Test list =
    let folder, at = place.Folder, place.At

    [ test "A limit on the size of files ends with 4 and the bytes that are needed" (fun () ->
          if Elsewhere.isEmulated then
              skip "the limit would be the emulator's"

          CommandLine.need [ "prlimit"; "--version" ]
          // Options and history fit, a checkpoint does not.
          let outcome =
              run
                  place
                  ([ "prlimit"; "--fsize=4096" ]
                   @ CommandLine.program ()
                   @ trainOn "data.csv" "limited" [ "--hidden"; "64"; "--epochs"; "3" ])

          oneLine [ "limited/"; "write: "; "(needs "; " bytes)" ] 4 outcome
          // A command that hears no other signals, and ends as soon as the write has failed.
          let rows = File.ReadAllLines(at "data.csv")

          File.WriteAllLines(
              at "long.csv",
              Array.append [| rows[0] |] (Array.init 5000 (fun row -> rows[1 + row % 9]))
          )

          let predict = [ "predict"; "whole"; "long.csv"; "--out"; "limited.csv" ]

          for _ in 1..3 do
              run place ([ "prlimit"; "--fsize=4096" ] @ CommandLine.program () @ predict)
              |> oneLine [ "limited.csv: write: " ] 4)
      test "A pipe that there is no room for ends with 4, and the folder that it was kept in" (fun () ->
          if Elsewhere.isEmulated then
              skip "the limit would be the emulator's"

          CommandLine.need [ "prlimit"; "--version" ]

          let piped (folderOfTemporaries: string) =
              let variables = [ "TMPDIR", folderOfTemporaries; "DOTNET_EnableWriteXorExecute", "0" ]

              CommandLine.startTypingWith
                  variables
                  folder
                  ([ "prlimit"; "--fsize=17000000" ]
                   @ CommandLine.program ()
                   @ [ "data"; "inspect"; "-"; "--format"; "csv" ])
              |> CommandLine.finishWithInput (new MemoryStream(Array.create (2 * KeptInput.Room) 10uy))

          Directory.CreateDirectory(at "temporaries") |> ignore

          for place, step in [ at "temporaries", "write"; at "nowhere", "open" ] do
              piped place
              |> oneLine [ $"standard input: kept in {place}"; "(TMPDIR names another folder)"; $": {step}: " ] 4

          Expect.equal [||] (Directory.GetFiles(at "temporaries", "nn-*")))
      test "Data, models and folders that may not be read or written end with 4, and are named" (fun () ->
          File.Copy(at "data.csv", at "secret.csv")
          allow place UnixFileMode.None "secret.csv"
          let predict = [ "predict"; "whole"; "secret.csv" ]

          for arguments in
              [ predict; [ "train"; "secret.csv"; "--out"; "never" ]; [ "data"; "inspect"; "secret.csv" ] ] do
              run place (nobody arguments) |> oneLine [ "secret.csv: permission denied" ] 4

          Expect.that (not (Directory.Exists(at "never"))) "something was written"
          Directory.CreateDirectory(at "closed") |> ignore
          allow place readers "closed"
          run place (nobody (train "closed/run")) |> oneLine [ "closed/run: create: permission denied" ] 4
          allow place everyone "closed"
          Expect.that (not (Directory.Exists(at "closed/run"))) "something was written"

          for name in [ "model.safetensors"; "checkpoint.safetensors" ] do
              File.Copy(at $"whole/{name}", at name)
              allow place UnixFileMode.None name
              run place (nobody [ "model"; "verify"; name ]) |> oneLine [ $"{name}: permission denied" ] 4)
      test "A folder that is closed while a run goes on ends it with 4, and what was saved stays" (fun () ->
          let started = startSaving place nobody "data.csv" "shut" 1_000_000

          if Environment.UserName = "root" then
              // Its owner could open it again.
              use owner = Process.Start("chown", [ "root"; at "shut" ])
              owner.WaitForExit()

          allow place readers "shut"
          CommandLine.finish started |> oneLine [ "shut/"; "ermission denied" ] 4
          allow place everyone "shut"
          CommandLine.succeed folder [ "model"; "verify"; "shut/checkpoint.safetensors" ] |> ignore) ]

let private ofAll (place: Workplace) : Expecto.Test list =
    [ test
          "Data that change while a run goes on are worth a warning at its end, and keep it from being resumed"
          (fun () ->
              let changes: (string * (string -> unit) * string) list =
                  [ "longer", (fun path -> File.AppendAllText(path, "1,2,k0\n")), "changed since it was read"
                    "gone", File.Delete, "no longer there"
                    "touched", (fun path -> File.SetLastWriteTimeUtc(path, DateTime(2001, 1, 1))), "" ]

              for name, change, words in changes do
                  File.Copy(place.At "data.csv", place.At $"{name}.csv")
                  let started = startSaving place (fun words -> CommandLine.program () @ words) $"{name}.csv" name 50
                  change (place.At $"{name}.csv")
                  let outcome = CommandLine.finish started
                  Expect.equal 0 outcome.Code
                  Expect.equal (if words = "" then 0 else 1) (changed place name)

                  if words = "" then
                      Expect.that (not (outcome.Error.Contains "warning")) outcome.Error
                  else
                      Expect.mentions [ "warning"; $"{name}.csv: {words}"; "nn resume will refuse" ] outcome.Error
                      Expect.that ((CommandLine.run place.Folder [ "resume"; name ]).Code <> 0) "resumed") ]

let tests =
    workplaceWith "Fault" prepare (fun place ->
        List.map (withUnixTools "strace and kill say no") (ofUnix place)
        @ List.map (onLinux "prlimit and the owners of files say no") (ofLinux place)
        @ ofPipes place
        @ ofAll place)
