/// nn model export and import as their users meet them.
module NeuralNetwork.Tests.Cli.InterchangeTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Export

/// A model with batch norm and labels.
let private model: Model<float32> =
    let network =
        Network.input 4
        |> Network.dense 6 Activation.Identity
        |> Network.batchNorm BatchNorm.standard
        |> Network.activate Activation.GELU
        |> Network.dense 3 Activation.Identity
        |> Network.withLoss Loss.SoftmaxCrossEntropy

    (Model.initialize<float32> 1UL network).With(Preprocessing.Bytes, [| "a"; "b"; "c" |])

/// Three models of other beginnings, as one.
let private ensemble: Model<float32> =
    let another seed = (Model.initialize<float32> seed model.Network).With(model.Preprocessing, model.Labels)
    Ensemble.join [| model; another 2UL; another 3UL |]

let private weights (place: Workplace) (name: string) (names: string list) =
    let tensor name : Tensor =
        { Name = name; Type = "F32"; Shape = [ 2L; 2L ]; Bytes = ReadOnlyMemory(Array.zeroCreate 16) }

    File.WriteAllBytes(place.At name, Safetensors.write { Metadata = []; Tensors = List.map tensor names })

let private prepare (place: Workplace) =
    let at = place.At
    File.WriteAllBytes(at "model.safetensors", ModelFile.write model)
    File.WriteAllBytes(at "ensemble.safetensors", ModelFile.write ensemble)
    weights place "weights.safetensors" [ "0.weight"; "2.weight" ]

let private succeed = InProcess.succeed

let private export (place: Workplace) (name: string) (options: string list) =
    (succeed ([ "model"; "export"; place.At "model.safetensors"; "--out"; place.At name; "--json" ] @ options)).Out

/// A run on a column of twenty numbers from a start on, so far apart, whose classes are its halves.
let private stamped (place: Workplace) (name: string) (start: float) (step: float) : string =
    let data = place.At $"{name}.csv"
    let number row = (start + step * float row).ToString("R", Globalization.CultureInfo.InvariantCulture)
    File.WriteAllLines(data, "stamp,k" :: [ for row in 0..19 -> $"""{number row},{if row < 10 then "a" else "b"}""" ])
    let options = [ "--epochs"; "200"; "--lr"; "0.05"; "--validation"; "none"; "--out"; place.At name; "--force" ]
    succeed ([ "train"; data; "--preset"; "none" ] @ options) |> ignore
    data

let private fixture (name: string) = Path.Combine(Machines.repository, "NeuralNetwork.Tests", "Fixtures", name)

/// What PyTorch answers behind torchvision's Normalize and scikit-learn's StandardScaler.
let private standardised =
    lazy JsonDocument.Parse(File.ReadAllText(fixture "pytorch-standardised.json")).RootElement.GetProperty("networks")

let private numbers (element: JsonElement) (name: string) : float[] =
    [| for number in element.GetProperty(name).EnumerateArray() -> number.GetDouble() |]

/// The options that say how features are standardised, with what becomes of each value.
let private options (network: JsonElement) (write: string -> string -> string) =
    [ for option in network.GetProperty("options").EnumerateObject() do
          option.Name
          write option.Name (option.Value.ToString()) ]

let private imported (place: Workplace) (network: JsonElement) (out: string) (options: string list) =
    let name = network.GetProperty "name"
    let weights = fixture $"pytorch-{name}.safetensors"
    succeed ([ "model"; "import"; weights; "--out"; place.At out; "--force" ] @ options) |> ignore
    File.ReadAllBytes(place.At out)

let private inFile (place: Workplace) (ending: string) (content: string -> byte[]) (option: string) (value: string) =
    if option = "--divisor" then
        value
    else
        let path = place.At $"{option.TrimStart '-'}{ending}"
        File.WriteAllBytes(path, content value)
        path

let private array (text: string) : byte[] =
    let numbers = text.Split ',' |> Array.map float
    Npy.write { Shape = [| numbers.Length |]; Values = Engine.NumberArray.Doubles numbers }

/// The lines of nn on the page, whole and without comments; training first, for the rest needs its run.
let private linesOfPage =
    let text = (SnippetTests.code "sh" "docs/interchange.md").Replace("\\\n", " ")

    [ for line in text.Split '\n' do
          let words = Array.head (line.Split '#')

          match List.ofArray (words.Split(' ', StringSplitOptions.RemoveEmptyEntries)) with
          | "nn" :: arguments -> arguments
          | _ -> () ]
    |> List.sortBy (fun arguments -> arguments.Head <> "train")

let tests =
    workplaceWith "Interchange" prepare (fun place ->
        let at = place.At
        let weights = weights place
        let export = export place
        let stamped = stamped place
        let imported = imported place
        let inFile = inFile place

        [ each
              "Every format is written by the name of the file, and read back"
              [ "m.onnx", "onnx"; "m.npz", "npz"; "copy.safetensors", "safetensors"; "m.cs", "cs" ]
              (fun (name: string, format: string) ->
                  let document = JsonDocument.Parse(export name []).RootElement
                  Expect.equal format (document.GetProperty("format").ToString())
                  Expect.equal 256 (document.GetProperty("rows").GetInt32())
                  Expect.that (document.GetProperty("largest_difference").GetDouble() <= 1e-5) "too far"
                  Expect.equal (FileInfo(at name).Length) (document.GetProperty("bytes").GetInt64()))
          each
              "Values of thousands are exported, some of which are predicted to be near 0"
              [ "wide.onnx"; "wide.cs"; "wide.pt.safetensors" ]
              (fun (name: string) ->
                  let data = name.Replace('.', '-') + ".csv"
                  let line row = $"{row},{row * 7 % 11},{250 * (row - 40)}"
                  File.WriteAllLines(at data, "x,z,y" :: List.map line [ 1..80 ])

                  succeed [ "train"; at data; "--out"; at $"{name}-run"; "--members"; "1"; "--epochs"; "20" ]
                  |> ignore

                  let format = if name.EndsWith ".pt.safetensors" then [ "--layout"; "torch" ] else []
                  succeed ([ "model"; "export"; at $"{name}-run"; "--out"; at name ] @ format) |> ignore)
          each
              "Every format holds all members of an ensemble"
              [ "all.onnx"; "all.npz"; "all.safetensors"; "all.cs" ]
              (fun (name: string) ->
                  let out = (succeed [ "model"; "export"; at "ensemble.safetensors"; "--out"; at name; "--json" ]).Out

                  Expect.that
                      ((JsonDocument.Parse(out).RootElement.GetProperty("largest_difference").GetDouble()) <= 1e-5)
                      "too far"

                  if name = "all.npz" then
                      succeed [ "model"; "import"; at name; "--out"; at "again.safetensors" ] |> ignore

                      Expect.that
                          (File.ReadAllBytes(at "again.safetensors") = ModelFile.write ensemble)
                          "another model")
          test "An export that is imported is the same model file" (fun () ->
              let whole = File.ReadAllBytes(at "model.safetensors")

              for name, options in [ "back.npz", []; "torch.safetensors", [ "--layout"; "torch" ] ] do
                  export name options |> ignore
                  succeed [ "model"; "import"; at name; "--out"; at $"{name}.model" ] |> ignore
                  Expect.equal (List.ofArray whole) (List.ofArray (File.ReadAllBytes(at $"{name}.model"))))
          test "A class that is named after a file makes way for the names it uses itself" (fun () ->
              export "predict.cs" [] |> ignore

              Expect.mentions
                  [ "public static class PredictModel"; "void Predict(" ]
                  (File.ReadAllText(at "predict.cs")))
          test "A class is called in the talk what it is called in the file" (fun () ->
              let path = at "2bad-name.cs"
              let outcome = succeed [ "model"; "export"; at "model.safetensors"; "--out"; path ]
              Expect.mentions [ "class Models.Model2badName, " ] outcome.Error
              Expect.mentions [ "namespace Models;"; "public static class Model2badName\n" ] (File.ReadAllText path))
          test "The layout of PyTorch comes with the network in Python" (fun () ->
              let outcome =
                  succeed
                      [ "model"; "export"; at "model.safetensors"; "--out"; at "py.safetensors"; "--layout"; "torch" ]

              Expect.mentions
                  [ "nn.Linear(4, 6, bias=False)"; "nn.BatchNorm1d(6, eps=1E-05"; "nn.GELU()"; "x / 255.0" ]
                  outcome.Out)
          test "Rows of data are compared where data are given" (fun () ->
              File.WriteAllText(at "rows.csv", "1,2,3,4\n5,6,7,8\n")

              let document =
                  JsonDocument.Parse(export "data.onnx" [ "--data"; at "rows.csv"; "--header"; "no" ]).RootElement

              Expect.equal 2 (document.GetProperty("rows").GetInt32()))
          each
              "Features with more digits than float32 are refused where the format takes float32"
              [ "m.cs"; "m.onnx"; "torch.safetensors" ]
              (fun (file: string) ->
                  let layout = if file.StartsWith "torch" then [ "--layout"; "torch" ] else []

                  let exported name options =
                      InProcess.run (
                          [ "model"; "export"; at name; "--out"; at $"fine-{file}"; "--force"; "--json" ]
                          @ layout
                          @ options
                      )

                  let fine = stamped "fine" 1.7e9 1.0

                  for options in [ []; [ "--data"; fine ] ] do
                      File.Delete(at $"fine-{file}")
                      let outcome = exported "fine" options

                      Expect.mentions
                          [ "export: column 'stamp': more digits than float32"; "--precision float64" ]
                          outcome.Error

                      Expect.equal (5, "") (outcome.Code, outcome.Out)
                      Expect.that (not (File.Exists(at $"fine-{file}"))) "a file"

                  // The same numbers fit where they are whole and below 2^24.
                  let coarse = exported "coarse" [ "--data"; stamped "coarse" 16e6 4.0 ]
                  Expect.that (coarse.Code = 0) coarse.Error
                  let document = JsonDocument.Parse(coarse.Out).RootElement
                  Expect.that (document.GetProperty("input_rounding").GetDouble() < 1e-6) coarse.Out)
          test "What float32 changes a little is said, and formats that this program reads take float64" (fun () ->
              let data = stamped "little" 20000.1 0.1

              let exported file =
                  InProcess.succeed [ "model"; "export"; at "little"; "--out"; at file; "--data"; data; "--force" ]

              Expect.mentions [ "features in float32"; "change predictions by up to" ] (exported "little.cs").Error

              for file in [ "little.npz"; "little-again.safetensors" ] do
                  Expect.that (not ((exported file).Error.Contains "float32")) file)
          test "Weights whose names give no order are refused until it is said" (fun () ->
              weights
                  "modules.safetensors"
                  [ "encoder.0.weight"; "encoder.2.weight"; "decoder.0.weight"; "decoder.2.weight" ]

              let import = [ "model"; "import"; at "modules.safetensors"; "--out"; at "modules-made.safetensors" ]
              let refused = InProcess.run import
              Expect.mentions [ "layers: "; "'encoder.0'"; "'decoder.0'"; "--layers" ] refused.Error
              Expect.equal (3, false) (refused.Code, File.Exists(at "modules-made.safetensors"))
              let said = succeed (import @ [ "--layers"; "encoder.0,encoder.2,decoder.0,decoder.2" ])
              Expect.mentions [ "layers in order: encoder.0, encoder.2, decoder.0, decoder.2" ] said.Error)
          test "Weights with options become a model that predicts" (fun () ->
              let options = [ "--activation"; "tanh"; "--labels"; "no,yes"; "--divisor"; "255" ]

              let arguments =
                  [ "model"; "import"; at "weights.safetensors"; "--out"; at "made.safetensors"; "--json" ]

              let document = JsonDocument.Parse((succeed (arguments @ options)).Out).RootElement
              let order = [ for name in document.GetProperty("layers_from").EnumerateArray() -> name.ToString() ]
              Expect.equal [ "0"; "2" ] order

              match ModelFile.read (File.ReadAllBytes(at "made.safetensors")) with
              | Ok(AnyModel.Single made) ->
                  Expect.equal [ "no"; "yes" ] (List.ofArray made.Labels)
                  Expect.equal 255.0 made.Preprocessing.Divisor
                  Expect.equal [| 0.5f; 0.5f |] (Travellers.predict made [| 1f; 2f |])
              | other -> Expect.fail $"%A{other}")
          states
              [ 62 ]
              (test "A network trained on standardised features answers raw ones as PyTorch does" (fun () ->
                  for network in standardised.Value.EnumerateArray() do
                      match
                          ModelFile.read (
                              imported network "scaled.safetensors" (options network (fun _ text -> text))
                          )
                      with
                      | Ok(AnyModel.Single model) ->
                          let rows = Array.map float32 (numbers network "rows")
                          let answers = Array.map float (Travellers.predict model rows)
                          Expect.normWithin (network.ToString()) 1e-6 1.0 (numbers network "answers") answers
                      | other -> Expect.fail $"%A{other}"))
          test "Means and deviations from files are those on the command line" (fun () ->
              let lines (text: string) = Text.Encoding.UTF8.GetBytes(text.Replace(',', '\n') + "\n")
              let line (text: string) = Text.Encoding.UTF8.GetBytes(text)

              for network in standardised.Value.EnumerateArray() do
                  let whole = imported network "listed.safetensors" (options network (fun _ text -> text))

                  for ending, content in [ ".npy", array; ".csv", line; ".txt", lines ] do
                      let again = imported network "filed.safetensors" (options network (inFile ending content))
                      Expect.equal (List.ofArray whole) (List.ofArray again))
          test "A mean alone has the deviation 1, and a deviation alone the mean 0" (fun () ->
              let read (options: string list) =
                  succeed (
                      [ "model"; "import"; at "weights.safetensors"; "--out"; at "one.safetensors"; "--force" ]
                      @ options
                  )
                  |> ignore

                  match ModelFile.read (File.ReadAllBytes(at "one.safetensors")) with
                  | Ok(AnyModel.Single model) -> model.Preprocessing.Shift, model.Preprocessing.Scale
                  | other -> Expect.fail ($"%A{other}")

              Expect.equal ([| -3.0; 4.0 |], [| 1.0; 1.0 |]) (read [ "--mean"; "-3,4" ])
              Expect.equal ([| 0.0; 0.0 |], [| 0.5; 0.5 |]) (read [ "--deviation"; "0.5" ]))
          test "Every line of nn on the page of interchange does what it says" (fun () ->
              let page = at "page"
              Directory.CreateDirectory(Path.Combine(page, "runs")) |> ignore
              Expect.that (linesOfPage.Length >= 9) "the page has lost its lines"

              Directory.CreateDirectory(Path.Combine(page, "samples")) |> ignore
              let customers = Path.Combine("samples", "customers.csv")
              File.Copy(Path.Combine(Machines.repository, customers), Path.Combine(page, customers))

              for name in [ "weights.safetensors"; "mnist.safetensors" ] do
                  File.Copy(at "weights.safetensors", Path.Combine(page, name))

              for name in [ "mean.npy"; "scale.npy" ] do
                  File.WriteAllBytes(Path.Combine(page, name), array "0.5,2")

              for arguments in linesOfPage do
                  let target = Path.Combine(page, arguments[List.findIndex ((=) "--out") arguments + 1])
                  // The page shows several ways to the same file.
                  File.Delete target
                  CommandLine.succeed page arguments |> ignore
                  Expect.that (Path.Exists target) $"{target} is missing") ])
