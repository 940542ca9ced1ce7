/// Options from a file: what a run writes, and what a user writes.
module NeuralNetwork.Tests.Cli.ConfigTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests

let private prepare (place: Workplace) = CommandLine.writeData (place.At "data")

let private orders =
    [ "defaults", [ "--epochs"; "1" ]
      "everything",
      [ "--hidden"
        "12,9"
        "--activation"
        "tanh,leaky-relu:0.2"
        "--batch-norm"
        "--batch-norm-position"
        "after" ]
      @ [ "--dropout"; "0.1,0.2"; "--init"; "orthogonal"; "--optimizer"; "adamw"; "--convention"; "keras3" ]
      @ [ "--lr"
          "+2e-3"
          "--beta1"
          "0.8"
          "--weight-decay"
          "0.02"
          "--schedule"
          "step:0.5:3"
          "--warmup"
          "2" ]
      @ [ "--l1"
          "1e-4"
          "--clip-norm"
          "2"
          "--label-smoothing"
          "0.1"
          "--steps"
          "7"
          "--batch-size"
          "50" ]
      @ [ "--shuffle"; "false"; "--seed"; "18446744073709551615"; "--validation"; "none"; "--threads"; "1" ]
      "float64", [ "--precision"; "float64"; "--loss"; "squared-error"; "--epochs"; "1"; "--hidden"; "5" ] ]
    |> List.map (fun (name, options) -> (name, (name, options)))

let private network (place: Workplace) name =
    use document = JsonDocument.Parse(File.ReadAllText(place.At $"{name}/config.json"))
    document.RootElement.GetProperty("resolved").GetProperty("network").GetRawText()

/// What is in the file, and what the line about it mentions.
let private mistakes =
    [ """{ "data": "data", "hiden": [3] }""", [ "hiden: unknown field"; "did you mean hidden?" ]
      """{ "data": "data", "lr": 0.1 }""", [ "lr: unknown field"; "did you mean learning_rate?" ]
      """{ "data": "data", "batch-size": 5 }""", [ "batch-size: unknown field"; "did you mean batch_size?" ]
      """{ "data": "data", "Epochs": 5 }""", [ "Epochs: unknown field"; "did you mean epochs?" ]
      """{ "data": "data", "out": "x" }""", [ "out: unknown field" ]
      """{ "data": "data", "epochs": 1, "epochs": 2 }""", [ "epochs: given twice" ]
      """{ "data": "data", "hidden": [0] }""", [ "hidden: 0"; "from 1" ]
      """{ "data": "data", "hidden": [1e9] }""", [ "hidden: 1e9" ]
      """{ "data": "data", "hidden": [] }""", [ "hidden: an empty list" ]
      """{ "data": "data", "hidden": [[3]] }""", [ "hidden: a list within a list" ]
      """{ "data": "data", "hidden": "3,4" }""", [ "hidden: a text"; "[3,4]" ]
      """{ "data": "data", "learning_rate": "0.1" }""", [ "learning_rate: a text"; "0.1 without quotes" ]
      """{ "data": "data", "learning_rate": 1e400 }""", [ "learning_rate: 1e400" ]
      """{ "data": "data", "activation": "relu7" }""",
      [ "activation: unknown activation 'relu7'"; "did you mean 'relu'?" ]
      """{ "data": "data", "dropout": 1.5 }""", [ "dropout: 1.5" ]
      """{ "data": "data", "epochs": null }""", [ "epochs: null" ]
      """{ "data": "data", "epochs": {} }""", [ "epochs: an object" ]
      """{ "data": "data", "epochs": [3] }""", [ "epochs: a list"; "one value" ]
      """{ "data": "data", "optimizer": [] }""", [ "optimizer: a list"; "one value" ]
      """{ "data": "data", "epochs": 1.5 }""", [ "epochs: 1.5" ]
      """{ "data": "data", "batch_norm": 1 }""", [ "batch_norm: a number"; "true or false" ]
      """{ "data": "data", "optimizer": "sgd", "beta1": 0.9 }""", [ "beta1"; "does not belong to sgd" ]
      """{ "data": 5 }""", [ "data: a number" ]
      """{ "data": "data", "schema": 99 }""", [ "schema: 99"; "expected 1" ]
      """{ "data": "data", "schema": "1" }""", [ "schema: \"1\"" ]
      """[ 1 ]""", [ "document: a list" ]
      "{\n \"data\": \"data\",\n}", [ "line 3: not JSON" ]
      "", [ "line 1: not JSON" ]
      String('[', 100) + String(']', 100), [ "not JSON" ]
      $"""{{ "data": "{String('x', 1 <<< 20)}" }}""", [ "length"; "limit 1048576" ] ]

let tests =
    workplaceWith "Config" prepare (fun place ->
        let folder, at = place.Folder, place.At
        let bytes name = Convert.ToBase64String(File.ReadAllBytes(at name))
        let write name (text: string) = File.WriteAllText(at name, text)
        let network = network place

        [ eachNamed
              "The config.json of a run trains the same model again, from another folder, and writes itself"
              orders
              (fun (name: string, options: string list) ->
                  CommandLine.succeed folder ([ "train"; "data"; "--out"; name ] @ options) |> ignore
                  let elsewhere = at $"elsewhere-{name}"
                  Directory.CreateDirectory elsewhere |> ignore

                  CommandLine.succeed
                      elsewhere
                      [ "train"; "--config"; at $"{name}/config.json"; "--out"; at $"{name}-again" ]
                  |> ignore

                  for file in [ "model.safetensors"; "config.json" ] do
                      Expect.equal (bytes $"{name}/{file}") (bytes $"{name}-again/{file}"))
          test "What the command line says wins over the file, and the rest of the file stays" (fun () ->
              write
                  "mine.json"
                  """{ "data": "data", "hidden": [7, 6], "activation": "tanh", "epochs": 1, "batch_norm": false }"""

              CommandLine.succeed folder [ "train"; "--config"; "mine.json"; "--out"; "flags"; "--hidden"; "5" ]
              |> ignore

              let typed = [ "--hidden"; "5"; "--activation"; "tanh"; "--epochs"; "1" ]
              CommandLine.succeed folder ([ "train"; "data"; "--out"; "typed" ] @ typed) |> ignore
              Expect.equal (network "typed") (network "flags")
              Expect.equal (bytes "typed/model.safetensors") (bytes "flags/model.safetensors"))
          test "A file made for other data says which columns and files it brings, unless they are typed" (fun () ->
              let table (name: string) first =
                  write name (first + String.concat "" [ for row in 1..40 -> $"{row},{row % 7},{row % 2}\n" ])

              table "first.csv" "id,x,kind\n"
              table "second.csv" "id,z,kind\n"
              let train data out more = [ "train"; data; "--epochs"; "1"; "--out"; out ] @ more
              let own = [ "--ignore"; "id"; "--target"; "kind"; "--test"; "first.csv" ]
              CommandLine.succeed folder (train "first.csv" "first" own) |> ignore
              let again data out more = train data out ([ "--config"; "first/config.json" ] @ more)
              let other = CommandLine.succeed folder (again "second.csv" "second" [ "--test"; "second.csv" ])

              Expect.mentions
                  [ "first/config.json: made for "; "first.csv, and taken over for "; "--target kind, --ignore id" ]
                  other.Error

              Expect.that (not (other.Error.Contains "--test")) other.Error
              let same = CommandLine.succeed folder (again "first.csv" "third" [])
              Expect.that (not (same.Error.Contains "taken over")) same.Error
              // What cannot fit is refused.
              table "other.csv" "id,x,sort\n"
              let outcome = CommandLine.run folder (again "other.csv" "fourth" [])
              Expect.mentions [ "other.csv: --target: no column 'kind'" ] outcome.Error
              Expect.equal 3 outcome.Code)
          test
              "The gradient check and the plan take the same file; options of training alone do not disturb them"
              (fun () ->
                  write
                      "check.json"
                      """{ "hidden": [7], "activation": "elu", "epochs": 3, "validation": 0.2, "threads": 1 }"""

                  Expect.mentions
                      [ "8-7-4"; "elu" ]
                      (CommandLine.succeed folder [ "gradcheck"; "--config"; "check.json" ]).Out

                  CommandLine.succeed folder [ "explain"; "plan"; "--config"; "check.json" ] |> ignore)
          test
              "A mistake in a file ends with 3, one line with the file, the field and what was found, and no run"
              (fun () ->
                  for text, words in mistakes do
                      write "wrong.json" text

                      Mistakes.refusal place [ "train"; "--config"; at "wrong.json"; "--out"; at "none" ] 3
                      |> Expect.mentions ("wrong.json: " :: words)) ])
