/// Models, checkpoints, weights and configurations changed in what they say, through the whole program: it ends with 0, or with a
/// code for what is wrong with them and one line.
module NeuralNetwork.Tests.Cli.ChangedModelTests

open System
open System.Diagnostics
open System.IO
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Formats

let private prepare (place: Workplace) =
    let at = place.At
    File.WriteAllLines(at "rows.csv", "a,käse,y" :: [ for row in 1..12 -> $"{row}.5,k{row % 2},{row % 3}" ])
    File.WriteAllLines(at "wide.csv", "a,b,c,y" :: [ for row in 1..12 -> $"{row}.5,{row % 5},{row % 2},{row % 3}" ])

    InProcess.succeed
        [ "train"
          at "wide.csv"
          "--out"
          at "run"
          "--hidden"
          "4,3"
          "--batch-norm"
          "--epochs"
          "2"
          "--blas"
          "managed"
          "--threads"
          "1" ]
    |> ignore

let private managed = [ "--blas"; "managed"; "--threads"; "1" ]

/// The words of a command that reads a changed file, one of several.
let private pick (random: Random) (commands: string list list) : string list = commands[random.Next commands.Length]

let private overModel (place: Workplace) (random: Random) (file: string) : string list =
    let at = place.At
    let predict rows = [ "predict"; file; at rows; "--out"; at "predictions.csv"; "--force" ] @ managed
    let export format = [ "model"; "export"; file; "--format"; format; "--out"; at $"out.{format}"; "--force" ]

    pick
        random
        [ [ "model"; "verify"; file ]
          [ "model"; "show"; file ]
          [ "model"; "show"; file; "--json" ]
          predict "rows.csv"
          predict "wide.csv"
          [ "evaluate"; file; at "wide.csv" ] @ managed
          export "onnx"
          export "cs"
          export "npz"
          export "safetensors"
          [ "model"; "import"; file; "--out"; at "imported.safetensors"; "--force" ]
          [ "train"; at "wide.csv"; "--init-from"; file; "--hidden"; "4,3"; "--dry-run" ] ]

let private config (place: Workplace) : Lazy<Tree> = lazy (Tree.read (File.ReadAllText(place.At "run/config.json")))

let private overConfig (place: Workplace) (random: Random) (file: string) : string list =
    pick
        random
        [ [ "train"; "--config"; file; "--out"; place.At "other"; "--dry-run" ]
          [ "explain"; "plan"; "--config"; file ] ]

let private checkpoint (place: Workplace) : Lazy<byte[]> =
    lazy (File.ReadAllBytes(place.At "run/checkpoint.safetensors"))

/// A run whose checkpoint is another one.
let private overRun (place: Workplace) (random: Random) (file: string) : string list =
    let run = place.At "changed-run"
    Directory.CreateDirectory run |> ignore

    for name in [ "config.json"; "run.json"; "history.csv" ] do
        File.Copy(place.At $"run/{name}", Path.Combine(run, name), true)

    File.Copy(file, Path.Combine(run, "checkpoint.safetensors"), true)
    pick random [ [ "resume"; run ]; [ "resume"; run; "--allow-change" ]; [ "model"; "verify"; run ] ]

let private kinds (place: Workplace) : (string * (Random -> byte[]) * (Random -> string -> string list)) list =
    [ "model.safetensors", ChangedFiles.model', overModel place
      "checkpoint.safetensors", ChangedFiles.checkpoint', overModel place
      "weights.safetensors", ChangedFiles.stateDict, overModel place
      "weights.npz", ChangedFiles.npz, overModel place
      "config.json",
      (fun random -> Text.Encoding.UTF8.GetBytes(Tree.write (Tree.changed random 2 (config place).Value))),
      overConfig place
      "run.safetensors", (fun random -> ChangedFiles.changed random (checkpoint place).Value), overRun place ]

let private judge (what: string) (outcome: Outcome) : unit =
    let found = $"{what}: {outcome.Code}: {outcome.Error}"
    Expect.that (List.contains outcome.Code [ 0; 2; 3; 5 ]) found

    if outcome.Code <> 0 then
        let complaints = outcome.Error.TrimEnd().Split('\n') |> Array.filter (fun line -> line.StartsWith "nn: error: ")
        Expect.equal 1 complaints.Length

let private sweep (place: Workplace) (kind: string) (seed: int) (count: int) : unit =
    for name, change, command in kinds place |> List.filter (fun (name, _, _) -> name = kind) do
        let mutable accepted, slowest = 0, 0.0

        for trial in 0 .. count - 1 do
            let random = Random(seed * 1_000_003 + trial)
            let file = place.At name
            File.WriteAllBytes(file, change random)
            let words, began = command random file, Stopwatch.GetTimestamp()
            let line = String.Join(' ', words)
            let outcome = InProcess.run words

            try
                judge $"seed {seed}, trial {trial}: nn {line}" outcome
            with _ ->
                File.Copy(file, Path.Combine(Path.GetTempPath(), $"changed-{trial}-{name}"), true)
                reraise ()

            slowest <- max slowest (Stopwatch.GetElapsedTime(began).TotalMilliseconds)

            if outcome.Code = 0 then
                accepted <- accepted + 1

        note $"{name}: {accepted} of {count} accepted, the slowest {slowest:F0} ms"
        Expect.that (accepted < count) $"{name}: nothing was refused"

let tests =
    workplaceWith "ChangedModel" prepare (fun place ->
        let at = place.At
        let sweep = sweep place
        let cases = [ for name, _, _ in kinds place -> name ]

        [ each
              "Changed files end the program with 0, or a code for what is wrong with them and one line"
              cases
              (fun (kind: string) -> sweep kind 1 30)
          test "A model of more values than the data have is refused by both numbers" (fun () ->
              let network = Network.input 3 |> Network.dense 2 Activation.Identity
              // In a folder without the configuration of another one.
              Directory.CreateDirectory(at "values") |> ignore

              File.WriteAllBytes(
                  at "values/values.safetensors",
                  ModelFile.write (Model.initialize<float32> 1UL network)
              )

              let outcome = InProcess.run ([ "evaluate"; at "values/values.safetensors"; at "wide.csv" ] @ managed)
              Expect.equal 3 outcome.Code
              Expect.mentions [ "wide.csv"; "1 value a row"; "predicts 2" ] outcome.Error) ])

/// Minutes and hours: 102 000 files in all. A process that has run the program thousands of times is slow, so that a thousand each
/// can be asked for alone; NN_TEST_SCALE is the seed's, so that another number is another sweep.
let deep =
    workplaceWith "ChangedModel" prepare (fun place ->
        let thousands =
            [ for kind, _, _ in kinds place do
                  for part in 1..17 -> kind, part ]

        [ each
              "A thousand changed files end the program with 0, or a code for what is wrong with them and one line"
              thousands
              (fun (kind: string, part: int) -> sweep place kind (100 * Trials.scale + part) 1_000) ])
