/// What is chosen for a table by its size, and that whatever the user gives wins.
module NeuralNetwork.Tests.Cli.TablePresetTests

open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Spec
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// What is chosen for a table of so many rows and features where these options are given, in words.
let private chosen (rows: int) (features: int) (given: TrainingSpec) : Map<string, string> =
    Map
        [ for value in Preset.Named(PresetName.Table).For(DataShape(rows, features, true), given) ->
              value.Name, value.Text ]

let private words (rows: int) (given: string list) : Map<string, string> =
    let said (spec: TrainingSpec) (name: string) = spec.From(name, ValueSource.Given)
    chosen rows 4 (List.fold said TrainingSpec.Usual given)

let private shaped (rows: int) (features: int) (given: (string * string) list) : Map<string, string> =
    let said spec (name, text) = SpecOptions.Value(name, text).In(spec, ValueSource.Given)
    chosen rows features (List.fold said TrainingSpec.Usual given)

let tests =
    workplace "TablePreset" (fun place ->
        let at = place.At

        [ each
              "Members go by the rows, and more than one leave out parts of them"
              [ (5, "1", "none")
                (112, "10", "folds")
                (1999, "10", "folds")
                (2000, "5", "folds")
                (20000, "5", "folds")
                (20001, "1", "none") ]
              (fun (rows: int, members: string, validation: string) ->
                  let chosen = words rows []
                  Expect.equal members chosen["--members"]
                  Expect.equal validation (Map.tryFind "--validation" chosen |> Option.defaultValue "none"))
          each
              "Numbers get waves where there are rows enough to learn them from and not too many of them"
              [ (1999, 4, false); (2000, 4, true); (50000, 200, true); (50000, 201, false) ]
              (fun (rows: int, features: int, expected: bool) ->
                  Expect.equal
                      (if expected then Some "periodic" else None)
                      (Map.tryFind "--embedding" (shaped rows features [])))
          test
              "Numbers get waves and categories do not, and a training that begins with a model's file has its waves"
              (fun () ->
                  place.Create()

                  let line row = $"{row % 17}.5,{row * 7 % 23},c{row % 5},k{row % 3}"
                  File.WriteAllLines(at "mixed.csv", "a,b,colour,y" :: List.map line [ 1..60 ])

                  let train (run: string) (more: string list) =
                      InProcess.succeed (
                          [ "train"; at "mixed.csv"; "--out"; at run; "--epochs"; "2"; "--threads"; "1" ] @ more
                      )

                  let outcome =
                      train "waves" [ "--embedding"; "periodic"; "--embedding-waves"; "5"; "--members"; "2" ]

                  Expect.mentions [ "2 x 7-64-64-3, waves of 2 numbers, " ] outcome.Error
                  let model = NeuralNetwork.Model.Load<float32>(at "waves/model.safetensors")

                  match model.Network.Layers.Head with
                  | Layer.Periodic waves ->
                      Expect.equal ([ 0; 1 ], 5, 3) (waves.Features, waves.Frequencies, waves.Outputs)
                  | other -> Expect.fail $"{other}"

                  let file = at "waves/model.safetensors"
                  Expect.equal (Some "5") (Map.tryFind "--embedding-waves" (shaped 60 7 [ "--init-from", file ]))
                  train "begun" [ "--init-from"; file ] |> ignore
                  let again = NeuralNetwork.Model.Load<float32>(at "begun/model.safetensors")
                  Expect.equal model.Network.Layers.Head again.Network.Layers.Head
                  train "single" [ "--embedding"; "periodic"; "--members"; "1"; "--validation"; "none" ] |> ignore

                  let export =
                      InProcess.run
                          [ "model"; "export"; at "single"; "--layout"; "torch"; "--out"; at "waves.safetensors" ]

                  Expect.equal 2 export.Code
                  Expect.mentions [ "--layout: waves of numbers are no module of nn.Sequential" ] export.Error
                  // Without numbers there is nothing to make waves of.
                  File.WriteAllLines(at "words.csv", "colour,y" :: [ for row in 1..30 -> $"c{row % 5},k{row % 3}" ])

                  InProcess.succeed
                      [ "train"; at "words.csv"; "--out"; at "words"; "--epochs"; "1"; "--embedding"; "periodic" ]
                  |> ignore

                  let words = NeuralNetwork.Model.Load<float32>(at "words/model.safetensors")

                  Expect.that
                      (words.Network.Layers |> List.forall (fun layer -> not layer.IsPeriodic))
                      "waves of categories"

                  let stray = InProcess.run [ "train"; at "words.csv"; "--out"; at "no"; "--embedding-waves"; "5" ]
                  Expect.equal 2 stray.Code
                  Expect.mentions [ "--embedding-waves: nothing to set (needs --embedding periodic)" ] stray.Error)
          lawTried
              200
              "A table of any size gets some thousand steps, and never more than ten epochs beyond two million rows"
              (fun (rows: uint16) ->
                  let rows = 10 + int rows
                  let chosen = words rows []
                  let number name = Map.tryFind name chosen |> Option.map int
                  let batch = number "--batch-size" |> Option.defaultValue (min rows 128)
                  let epochs = (number "--epochs").Value

                  Expect.that
                      (epochs * (1 + rows / batch) >= 1000)
                      $"{epochs} epochs of {rows} rows in batches of {batch}"

                  Expect.that (epochs <= 1000 && (epochs <= 200 || rows < 2000)) $"{epochs} epochs of {rows} rows"
                  Expect.that ((number "--early-stopping").Value < epochs) "no epoch is too many")
          each "An end that is given is the end" [ "--epochs"; "--steps" ] (fun (name: string) ->
              let chosen = words 150 [ name ]

              Expect.that
                  (not (chosen.ContainsKey "--epochs") && not (chosen.ContainsKey "--early-stopping"))
                  $"{chosen}")
          each
              "A decay that suits Adam at its own rate does not go with another one"
              [ "--optimizer"; "--learning-rate"; "--l2" ]
              (fun (name: string) ->
                  Expect.that ((words 150 []).ContainsKey "--weight-decay") "no decay"

                  Expect.that
                      (not ((words 150 [ name ]).ContainsKey "--weight-decay"))
                      "a decay that was not asked for")
          test
              "A run says what was chosen and by what, its configuration trains the same, and what is given wins"
              (fun () ->
                  place.Create()
                  File.WriteAllLines(at "rows.csv", "x,y" :: [ for row in 1..60 -> $"{row}.5,k{row % 3}" ])

                  let train (run: string) (more: string list) =
                      InProcess.succeed (
                          [ "train"; at "rows.csv"; "--out"; at run; "--epochs"; "2"; "--threads"; "1" ] @ more
                      )

                  let config (run: string) = (place.Json $"{run}/config.json")
                  let outcome = train "usual" []
                  Expect.mentions [ "10 x 1-64-64-3"; "60 rows to train, each left out by one member" ] outcome.Error
                  let usual = config "usual"
                  Expect.equal 10 (usual.GetProperty("members").GetInt32())
                  let from = (usual.GetProperty "resolved").GetProperty "from"
                  Expect.equal "preset table: 60 rows, 1 feature" (string (from.GetProperty "members"))
                  Expect.equal "given" (string (from.GetProperty "epochs"))
                  InProcess.succeed [ "train"; "--config"; at "usual/config.json"; "--out"; at "again" ] |> ignore
                  let bytes (run: string) = File.ReadAllBytes(at $"{run}/model.safetensors")
                  Expect.equal (bytes "usual") (bytes "again")
                  train "given" [ "--hidden"; "7"; "--members"; "2" ] |> ignore
                  let given = config "given"
                  Expect.equal 2 (given.GetProperty("members").GetInt32())
                  Expect.equal "folds" (string (given.GetProperty "validation"))
                  Expect.equal "7" ((given.GetProperty "hidden").GetRawText().Trim("[ \n]".ToCharArray()))
                  train "plain" [ "--preset"; "none" ] |> ignore
                  Expect.equal 1 ((config "plain").GetProperty("members").GetInt32())) ])
