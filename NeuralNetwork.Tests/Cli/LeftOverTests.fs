/// What a writer that was killed leaves beside its file: the next command that writes there removes it.
module NeuralNetwork.Tests.Cli.LeftOverTests

open System
open System.IO
open NeuralNetwork.Tests

let private train (place: Workplace) out more =
    [ "train"
      place.At "rows.csv"
      "--out"
      place.At out
      "--hidden"
      "4"
      "--blas"
      "managed"
      "--threads"
      "1" ]
    @ more

let private prepare (place: Workplace) =
    let row place =
        let x, z = sin (float place), cos (3.0 * float place)
        FormattableString.Invariant $"{x},{z},{x - z}"

    File.WriteAllLines(place.At "rows.csv", "x,z,y" :: List.map row [ 0..59 ])
    InProcess.succeed (train place "run" [ "--epochs"; "2" ]) |> ignore

/// The number of a process that is gone.
let private gone (place: Workplace) () =
    // Where nn is emulated its processes are counted in another way, in fours.
    if Elsewhere.isWindows then
        1_000_001
    else
        use started = CommandLine.start place.Folder [ "--version" ]
        let number = started.Id
        CommandLine.finish started |> ignore
        number

let private writers (place: Workplace) =
    let at = place.At

    [ "predict", (fun out -> [ "predict"; at "run"; at "rows.csv"; "--out"; at $"{out}/p.csv" ])
      "export", (fun out -> [ "model"; "export"; at "run"; "--out"; at $"{out}/m.onnx" ])
      "import", (fun out -> [ "model"; "import"; at "run/model.safetensors"; "--out"; at $"{out}/i.safetensors" ])
      "plot", (fun out -> [ "evaluate"; at "run"; at "rows.csv"; "--plot"; at $"{out}/e.svg" ])
      "train", (fun out -> train place out [ "--epochs"; "1"; "--force" ]) ]
    |> List.map (fun (name, words) -> (name, (name, words)))

let tests =
    workplaceWith "LeftOver" prepare (fun place ->
        let at = place.At
        let gone = gone place
        let writers = writers place

        [ eachNamed
              "What a killed writer left beside its file goes with the next command, and nothing of others"
              writers
              (fun (name: string, words: string -> string list) ->
                  let out = $"left-{name}"
                  Directory.CreateDirectory(at out) |> ignore
                  let left = at $"{out}/.nn-unfinished-{gone ()}"
                  File.WriteAllText(left, "half")
                  // Always at work: the first process of the system. Where nn is emulated there is none.
                  let others =
                      if Elsewhere.isEmulatedWindows then []
                      elif Elsewhere.isWindows then [ "4" ]
                      else [ "1" ]

                  let kept = [ for other in "mine" :: others -> at $"{out}/.nn-unfinished-{other}" ]

                  for path in kept do
                      File.WriteAllText(path, "at work")

                  let link = at $"{out}/.nn-unfinished-0{gone ()}"

                  if not Elsewhere.isWindows then
                      File.CreateSymbolicLink(link, at "rows.csv") |> ignore

                  InProcess.succeed (words out) |> ignore
                  Expect.that (not (File.Exists left)) "left where it was"

                  for path in kept do
                      Expect.that (File.Exists path) $"{path} was removed"

                  Expect.that (Elsewhere.isWindows || File.Exists link) "a link was removed"
                  Expect.that (File.Exists(at "rows.csv")) "a link was followed") ])
