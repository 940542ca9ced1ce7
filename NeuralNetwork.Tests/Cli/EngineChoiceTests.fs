/// The engine of a run by what was measured on this machine.
module NeuralNetwork.Tests.Cli.EngineChoiceTests

open System
open System.IO
open NeuralNetwork.Engine
open NeuralNetwork.Tests

/// The libraries that nn chooses from here: those of the system, and those that the build has fetched.
let private libraries =
    lazy
        (if Elsewhere.isWindows || Elsewhere.isEmulated then
             []
         else
             Preference.firsts (Search.everywhere [ Path.Combine(Machines.repository, ".native", "linux-x64") ]))

/// Runs the words that start nn with more variables where libraries were measured to have these speeds, and the managed kernel
/// that one.
let private runWords (place: Workplace) more (native: float) (managed: float) (words: string list) : Outcome =
    let cache = place.At "cache/neuralnetwork"
    Directory.CreateDirectory cache |> ignore

    let speeds = [ for library in libraries.Value -> library.Path, native ] @ [ Speeds.Managed, managed ]

    File.WriteAllText(Path.Combine(cache, "engines.txt"), Speeds.write speeds)
    let variables = [ "XDG_CACHE_HOME", place.At "cache"; "NN_BLAS", "" ] @ more
    let outcome = CommandLine.finish (CommandLine.startWords variables place.Folder words)
    Expect.that (outcome.Code = 0) outcome.Error
    outcome

let private train (out: string) =
    [ "train"; "rows.csv"; "--out"; out; "--epochs"; "1"; "--hidden"; "4"; "--checkpoint-every"; "1" ]

let private engineOf (place: Workplace) (run: string) : string =
    (place.Json $"{run}/run.json").GetProperty("blas").GetProperty("name").GetString() |> string

/// The warnings about the engine; there is one about the data, too.
let private warnings (outcome: Outcome) : string[] =
    outcome.Error.Split '\n' |> Array.filter _.Contains("using managed")

/// What keeps every program from starting another one, and the variables that have nn look for one that it would start itself
/// for. An emulator starts nothing where the system does not know it for the programs of its processor.
let private alone (place: Workplace) : string list * (string * string) list =
    if Elsewhere.isEmulated then
        if File.Exists "/proc/sys/fs/binfmt_misc/qemu-aarch64" then
            skip "the system has the emulator start such programs"

        Directory.CreateDirectory(place.At "library") |> ignore
        File.WriteAllText(place.At "library/libopenblas.so.0", "")
        [], [ "LD_LIBRARY_PATH", place.At "library" ]
    else
        if libraries.Value.IsEmpty then
            skip "no library here to choose from"

        [ "strace"; "-f"; "-qq"; "-o"; "/dev/null"; "-e"; "inject=execve:error=EACCES" ], []

let private prepare (place: Workplace) =
    File.WriteAllLines(place.At "rows.csv", "a,b,y" :: [ for row in 0..39 -> $"{row % 7}.5,{row % 5},{row % 2}" ])

let tests =
    workplaceWith "EngineChoice" prepare (fun place ->
        let at = place.At
        let runWords = runWords place

        let runIn more native managed arguments = runWords more native managed (CommandLine.program () @ arguments)

        let runWith = runIn []
        let engineOf = engineOf place

        [ test "The fastest engine by a margin trains, the header says why, and a run that goes on keeps it" (fun () ->
              let usual =
                  match libraries.Value with
                  | [] -> skip "no library here to choose from"
                  | first :: _ -> first.Name

              let outcome = runWith 100.0 300.0 (train "fast")
              Expect.equal "managed" (engineOf "fast")
              Expect.mentions [ $"managed does 300 GFLOP/s a core here in float32, {usual} 100" ] outcome.Error
              // What is measured since is for new runs.
              let outcome = runWith 300.0 100.0 [ "resume"; "fast"; "--epochs"; "2" ]
              Expect.equal "managed" (engineOf "fast")
              Expect.that (not (outcome.Error.Contains "GFLOP/s")) outcome.Error
              let outcome = runWith 300.0 100.0 (train "usual")
              Expect.equal usual (engineOf "usual")
              Expect.that (not (outcome.Error.Contains "GFLOP/s")) outcome.Error)
          test "What is asked for is taken, whatever was measured" (fun () ->
              runWith 300.0 100.0 (train "asked" @ [ "--blas"; "managed" ]) |> ignore
              Expect.equal "managed" (engineOf "asked"))
          test "What libraries are told of the processor makes other speeds of theirs" (fun () ->
              if libraries.Value.IsEmpty then
                  skip "no library here to choose from"

              let outcome = runIn [ "MKL_CBWR", "COMPATIBLE" ] 100.0 300.0 (train "told")
              Expect.mentions [ "measuring the engines" ] outcome.Error)
          test "What joins a comparison is trained with the engine of what is there" (fun () ->
              if libraries.Value.IsEmpty then
                  skip "no library here to choose from"

              let compare values =
                  [ "compare"; "activations"; "rows.csv"; "--out"; "pair"; "--epochs"; "1"; "--hidden"; "4" ]
                  @ [ "--values"; values ]

              runWith 100.0 300.0 (compare "relu") |> ignore
              runWith 300.0 100.0 (compare "relu,tanh" @ [ "--resume" ]) |> ignore
              Expect.equal [ "managed"; "managed" ] (List.map engineOf [ "pair/relu"; "pair/tanh" ]))
          test "Speeds that nobody has measured are measured by the first training, and kept" (fun () ->
              if libraries.Value.IsEmpty then
                  skip "no library here to choose from"

              let variables = [ "XDG_CACHE_HOME", at "fresh"; "NN_BLAS", "" ]
              let outcome = CommandLine.runWith variables place.Folder (train "first")
              Expect.that (outcome.Code = 0) outcome.Error
              let kept = Speeds.read (File.ReadAllText(at "fresh/neuralnetwork/engines.txt"))

              for path in Speeds.Managed :: [ for library in libraries.Value -> library.Path ] do
                  Expect.that (kept.ContainsKey path && kept[path] > 0.0) $"no speed of {path}")
          test
              "Where nn cannot start itself it trains on the managed engine with one warning, and the doctor says why"
              (fun () ->
                  let alone, more = alone place

                  let run words =
                      CommandLine.startWords
                          ([ "XDG_CACHE_HOME", at "alone"; "NN_BLAS", "" ] @ more)
                          place.Folder
                          words

                  CommandLine.need (alone @ [ "true" ])
                  let outcome = CommandLine.finish (run (alone @ CommandLine.inheriting () @ train "alone-run"))
                  Expect.that (outcome.Code = 0) outcome.Error
                  Expect.equal "managed" (engineOf "alone-run")
                  let words = "nn cannot start itself a second time here"
                  let warnings = warnings outcome
                  Expect.equal 1 warnings.Length
                  Expect.mentions [ "nn: warning: "; words ] warnings[0]
                  let doctor = CommandLine.finish (run (alone @ CommandLine.inheriting () @ [ "doctor" ]))
                  Expect.that (doctor.Code = 0) doctor.Error
                  Expect.mentions [ words ] doctor.Out)
          test
              "A limit that leaves room for one process alone has it train on the managed engine with one warning"
              (fun () ->
                  if libraries.Value.IsEmpty then
                      skip "no library here to choose from"

                  // Threads are counted by their owner: one that has no others.
                  let owner = string (3_000_000 + Environment.ProcessId)
                  let home = Directory.CreateDirectory(at "crowded").FullName
                  File.Copy(at "rows.csv", Path.Combine(home, "rows.csv"))

                  for path in [ place.Folder; home ] do
                      File.SetUnixFileMode(path, enum<UnixFileMode> 0o777)

                  let under (limit: int) (words: string list) =
                      [ "setpriv"; $"--reuid={owner}"; $"--regid={owner}"; "--clear-groups" ]
                      @ [ "prlimit"; $"--nproc={limit}" ]
                      @ CommandLine.inheriting ()
                      @ words

                  CommandLine.need (under 1000 [ "--version" ])

                  // The least limit that it trains under: with less it does not begin, with more the library is tried.
                  let rec least (low: int) (high: int) (last: (string * Outcome) option) =
                      if high - low <= 1 then
                          last
                      else
                          let limit = (low + high) / 2
                          let variables = [ "XDG_CACHE_HOME", Path.Combine(home, $"{limit}"); "NN_BLAS", "" ]
                          let words = under limit (train $"under-{limit}" @ [ "--threads"; "1" ])
                          let outcome = CommandLine.finish (CommandLine.startWords variables home words)

                          if outcome.Code = 0 then
                              least low limit (Some($"crowded/under-{limit}", outcome))
                          else
                              least limit high last

                  match least 8 64 None with
                  | None -> Expect.fail "no limit lets it train"
                  | Some(_, outcome) when (warnings outcome).Length = 0 ->
                      skip "no limit here leaves room for nn and none for another"
                  | Some(run, outcome) -> Expect.equal ("managed", 1) (engineOf run, (warnings outcome).Length))
          test
              "From a folder that nothing may be run from dotnet trains with the engine that it has anywhere"
              (fun () ->
                  if Elsewhere.program.IsSome || libraries.Value.IsEmpty then
                      skip "dotnet does not start it here, or there is no library"

                  let home = AppContext.BaseDirectory.TrimEnd '/'
                  let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,noexec \"$0\" && exec \"$@\""
                  let barred = [ "unshare"; "-m"; "sh"; "-c"; script; home ]
                  CommandLine.need (barred @ [ "true" ])
                  let program = Path.Combine(home, "NeuralNetwork.Tests")

                  let refused =
                      CommandLine.finish (CommandLine.startWords [] place.Folder (barred @ [ program; "--version" ]))

                  Expect.equal 126 refused.Code
                  let outcome = runWords [] 300.0 100.0 (barred @ CommandLine.inheriting () @ train "barred")
                  Expect.equal 0 (warnings outcome).Length
                  Expect.equal libraries.Value.Head.Name (engineOf "barred"))
          test
              "A rehearsal measures nothing, nor what is refused, nor a training where no speed can be kept"
              (fun () ->
                  let run (cache: string) (code: int) (arguments: string list) =
                      let variables = [ "XDG_CACHE_HOME", at cache; "NN_BLAS", "" ]
                      let outcome = CommandLine.runWith variables place.Folder arguments
                      Expect.that (outcome.Code = code) outcome.Error
                      Expect.that (not (outcome.Error.Contains "measuring")) outcome.Error

                  run "rehearsed" 0 (train "rehearsal" @ [ "--dry-run" ])
                  Expect.that (not (Path.Exists(at "rehearsed"))) "speeds were kept"
                  run "refused" 3 [ "train"; "rows.csv"; "--out"; "refused-run"; "--target"; "z" ]
                  Expect.that (not (Path.Exists(at "refused"))) "speeds were kept"
                  // A file where the folder would be.
                  File.WriteAllText(at "occupied", "")
                  run "occupied" 0 (train "unkept")) ])
