/// What a first look at the program and at a run meets: help as other programs have it, a model in a line, scores that say
/// what they are of.
module NeuralNetwork.Tests.Cli.FirstLookTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Pictures

let private prepare (place: Workplace) =
    let random = Random 2
    let row number = $"{random.Next 100},{random.Next 9},{(if number % 3 = 0 then 'a' else 'b')}"
    File.WriteAllLines(place.At "people.csv", "age,shoes,kind" :: List.init 150 row)
    let options = [ "--hidden"; "16,8"; "--members"; "1"; "--epochs"; "3"; "--blas"; "managed"; "--threads"; "1" ]
    Expect.equal 0 (InProcess.run ([ "train"; place.At "people.csv"; "--out"; place.At "run" ] @ options)).Code

let tests =
    workplaceWith "FirstLook" prepare (fun place ->
        let folder, at = place.Folder, place.At

        [ test "Help may be asked for by its word" (fun () ->
              for command in [ []; [ "train" ]; [ "model"; "export" ] ] do
                  // The parser keeps the standard output of the first run in a process.
                  let asked = CommandLine.run folder ("help" :: command)
                  let known = CommandLine.run folder (command @ [ "--help" ])
                  Expect.equal (0, "") (asked.Code, asked.Error)
                  Expect.that (asked.Out.Length > 500) "no help"
                  Expect.equal known.Out asked.Out)
          test "A model for PyTorch is asked for by another name" (fun () ->
              let outcome = InProcess.run [ "model"; "export"; at "run"; "--out"; at "m.pt" ]
              Expect.equal 2 outcome.Code
              Expect.mentions [ $"""did you mean {at "m.safetensors"} --layout torch?""" ] outcome.Error

              let meant =
                  InProcess.run [ "model"; "export"; at "run"; "--out"; at "m.safetensors"; "--layout"; "torch" ]

              Expect.equal 0 meant.Code)
          test "A model is shown in lines that a terminal has, and wholly as JSON" (fun () ->
              for file in [ "model.safetensors"; "checkpoint.safetensors" ] do
                  let shown = InProcess.run [ "model"; "show"; at $"run/{file}" ]

                  Expect.mentions
                      [ "description "; "  2-16-8-2, 2 x relu, cross-entropy, 2 columns, 2 classes (" ]
                      shown.Out

                  for line in shown.Out.Split '\n' do
                      Expect.that (line.Length < 160) $"{line.Length} characters in a line"

                  let json = InProcess.run [ "model"; "show"; at $"run/{file}"; "--json" ]
                  use document = JsonDocument.Parse json.Out
                  let description = document.RootElement.GetProperty("metadata").GetProperty("description")
                  Expect.equal 2 (description.GetProperty("network").GetProperty("inputs").GetInt32()))
          test "A report says which of two scores on the training rows is which" (fun () ->
              use record = JsonDocument.Parse(File.ReadAllText(at "run/run.json"))
              let results = record.RootElement.GetProperty "results"
              let page = Drawing.parse (File.ReadAllText(at "run/report.html"))

              let words (name: string) = [ for one in page.Descendants(Xml.Linq.XName.Get name) -> one.Value ]
              let tiles = List.zip (words "dt") (words "dd") |> Map.ofList
              let share (name: string) = results.GetProperty(name).GetProperty("accuracy").GetDouble()
              let epoch = results.GetProperty("best_epoch").GetInt32()

              for tile, value in
                  [ $"train accuracy during epoch {epoch}", share "train"
                    "train accuracy, evaluated", share "train_evaluated" ] do
                  let written = NeuralNetwork.Cli.Charts.Scaling.Written(NeuralNetwork.Cli.Charts.Scale.Share, value)
                  Expect.equal written tiles[tile]) ])
