/// The engine of a run by what was measured on this machine.
module NeuralNetwork.Tests.Cli.EngineChoiceTests

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

/// Runs nn with more variables where libraries were measured to have these speeds, and the managed kernel that one.
let private runIn (place: Workplace) more (native: float) (managed: float) (arguments: string list) : Outcome =
    let cache = place.At "cache/neuralnetwork"
    Directory.CreateDirectory cache |> ignore

    let speeds = [ for library in libraries.Value -> library.Path, native ] @ [ Speeds.Managed, managed ]

    File.WriteAllText(Path.Combine(cache, "engines.txt"), Speeds.write speeds)
    let variables = [ "XDG_CACHE_HOME", place.At "cache"; "NN_BLAS", "" ] @ more
    let outcome = CommandLine.runWith variables place.Folder arguments
    Expect.that (outcome.Code = 0) outcome.Error
    outcome

let private train (out: string) =
    [ "train"; "rows.csv"; "--out"; out; "--epochs"; "1"; "--hidden"; "4"; "--checkpoint-every"; "1" ]

let private engineOf (place: Workplace) (run: string) : string =
    (place.Json $"{run}/run.json").GetProperty("blas").GetProperty("name").GetString() |> string

let private prepare (place: Workplace) =
    File.WriteAllLines(place.At "rows.csv", "a,b,y" :: [ for row in 0..39 -> $"{row % 7}.5,{row % 5},{row % 2}" ])

let tests =
    workplaceWith "EngineChoice" prepare (fun place ->
        let at = place.At
        let runIn = runIn place
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
                  if libraries.Value.IsEmpty then
                      skip "no library here to choose from"

                  // Every program that another one starts is refused.
                  let alone = [ "strace"; "-f"; "-qq"; "-o"; "/dev/null"; "-e"; "inject=execve:error=EACCES" ]

                  let run words =
                      CommandLine.startWords [ "XDG_CACHE_HOME", at "alone"; "NN_BLAS", "" ] place.Folder words

                  CommandLine.need (alone @ [ "true" ])
                  let outcome = CommandLine.finish (run (alone @ CommandLine.inheriting () @ train "alone-run"))
                  Expect.that (outcome.Code = 0) outcome.Error
                  Expect.equal "managed" (engineOf "alone-run")
                  let words = "nn cannot start itself a second time here"
                  // Of the engine; there is one about the data, too.
                  let warnings = outcome.Error.Split '\n' |> Array.filter _.Contains("using managed")
                  Expect.equal 1 warnings.Length
                  Expect.mentions [ "nn: warning: "; words ] warnings[0]
                  let doctor = CommandLine.finish (run (alone @ CommandLine.inheriting () @ [ "doctor" ]))
                  Expect.that (doctor.Code = 0) doctor.Error
                  Expect.mentions [ words ] doctor.Out)
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
