/// Weights that travel: NPZ, the names of PyTorch, and PyTorch's own numbers.
module NeuralNetwork.Tests.Export.StateDictTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private reading: StateDictReading =
    { Order = []
      Activations = [ Layer.Activate Activation.ReLU ]
      NormsAfter = None
      Norm = BatchNorm.standard
      Loss = None
      Preprocessing = Preprocessing.None
      Labels = [||] }

let private single (any: AnyModel) : Model<float32> =
    match any with
    | AnyModel.Single model -> model
    | AnyModel.Double _ -> Expect.fail ("the precision changed")

/// The bytes of the model file that a file is read as.
let private again (bytes: byte[]) : byte[] =
    match ModelImport.read reading bytes |> Expect.ok with
    | AnyModel.Single model -> ModelFile.write model
    | AnyModel.Double model -> ModelFile.write model

let private comesBack (model: Model<'T>) =
    let whole = List.ofArray (ModelFile.write model)
    Expect.equal whole (List.ofArray (again (NpzModel.write model)))
    Expect.equal whole (List.ofArray (again (Sequential.write model)))

let private fixture (name: string) = Path.Combine(Machines.repository, "NeuralNetwork.Tests", "Fixtures", name)

/// What Oracles/ask_pytorch.py wrote down.
let private asked = lazy JsonDocument.Parse(File.ReadAllText(fixture "pytorch.json")).RootElement

let private numbers (element: JsonElement) (name: string) : float[] =
    [| for number in element.GetProperty(name).EnumerateArray() -> number.GetDouble() |]

let private readingOf (options: string) : StateDictReading =
    let given = options.Split ' ' |> Array.chunkBySize 2 |> Array.map (fun pair -> pair[0], pair[1]) |> Map.ofArray
    let listed option = given |> Map.tryFind option |> Option.map (fun text -> List.ofArray (text.Split ','))
    let epsilon = given |> Map.tryFind "--batch-norm-epsilon" |> Option.map float

    { reading with
        Order = listed "--layers" |> Option.defaultValue []
        Activations = (listed "--activation").Value |> List.map (Layer.parse >> Result.toOption >> Option.get)
        Norm = { BatchNorm.standard with Epsilon = epsilon |> Option.defaultValue BatchNorm.standard.Epsilon } }

let private predictions (any: AnyModel) (rows: float[]) : float[] =
    match any with
    | AnyModel.Single model -> Generate.floats (Travellers.predict model (Array.map float32 rows))
    | AnyModel.Double model -> Travellers.predict model rows

let private tensor (name: string) (shape: int list) : Tensor =
    let numbers = Array.init (List.fold (*) 1 shape) (fun place -> 0.5f + float32 place)

    { Name = name
      Type = "F32"
      Shape = List.map int64 shape
      Bytes = ReadOnlyMemory(Array.collect (fun (number: float32) -> BitConverter.GetBytes number) numbers) }

let private dense (name: string) (units: int) (inputs: int) =
    [ tensor $"{name}.weight" [ units; inputs ]; tensor $"{name}.bias" [ units ] ]

let private norm (name: string) (units: int) =
    [ for leaf in [ "weight"; "bias"; "running_mean"; "running_var" ] -> tensor $"{name}.{leaf}" [ units ] ]

let private layers (reading: StateDictReading) (tensors: Tensor list) : string list =
    (StateDict.read reading tensors |> Expect.ok |> single).Network.Layers |> List.map Layer.name

let private ordered: (string * Tensor list * string list) list =
    [ "one sequence", dense "net.10" 3 4 @ dense "net.2" 4 5 @ dense "net.0" 5 6, [ "net.0"; "net.2"; "net.10" ]
      "sequences of sequences",
      dense "block.1.fc.0" 2 3 @ dense "block.0.fc.1" 3 4 @ dense "block.0.fc.0" 4 5,
      [ "block.0.fc.0"; "block.0.fc.1"; "block.1.fc.0" ]
      "companions by their number", norm "bn1" 3 @ dense "fc2" 2 3 @ dense "fc1" 3 2, [ "fc1"; "bn1"; "fc2" ]
      "a single layer", dense "classifier" 2 3, [ "classifier" ] ]

/// Names whose order would be made up, though the shapes fit in the order of the alphabet, or in only one.
let private unordered: (string * Tensor list * string list) list =
    [ "modules of two sequences", dense "head.0" 2 2 @ dense "body.0" 2 2, [ "'body.0'"; "'head.0'" ]
      "modules of two sequences with other numbers", dense "a.0" 3 2 @ dense "b.1" 2 3, [ "'a.0' and 'b.1'" ]
      "modules without numbers", dense "hidden" 3 2 @ dense "output" 2 3, [ "'hidden' has no number" ]
      "one without a number", dense "fc1" 3 2 @ dense "out" 2 3, [ "'out' has no number"; "fc1,out" ]
      "a norm without a number", dense "fc" 2 2 @ norm "norm" 2, [ "has no number" ]
      "words beside numbers", dense "left1" 2 2 @ dense "right2" 2 2, [ "'left1' and 'right2'" ]
      "equal numbers", dense "net.1" 2 2 @ dense "net.01" 2 2, [ "the same number" ]
      "a norm of no layer's number", dense "fc1" 2 2 @ norm "bn0" 2, [ "'fc1' and 'bn0'" ]
      "a norm in a block, before or behind", dense "block.0.fc" 2 2 @ norm "block.0.norm" 2, [ "'block.0.norm'" ] ]

let private bad =
    [ "nothing", [], reading, [ "no weights of a dense layer" ]
      "only a bias", [ tensor "fc.bias" [ 3 ] ], reading, [ "'fc.bias'"; "belongs to no weight" ]
      "a convolution", [ tensor "conv.weight" [ 4; 1; 3; 3 ] ], reading, [ "'conv.weight'"; "4 x 1 x 3 x 3" ]
      "a layer norm", dense "0" 3 2 @ [ tensor "1.weight" [ 3 ]; tensor "1.bias" [ 3 ] ], reading, [ "layer norm" ]
      "an attention", tensor "a.in_proj" [ 3 ] :: dense "a" 3 2, reading, [ "'a.in_proj'" ]
      "layers that do not fit", dense "0" 3 2 @ dense "1" 4 7, reading, [ "takes 7"; "gives 3"; "order of the layers" ]
      "a bias of another length", tensor "0.weight" [ 3; 2 ] :: [ tensor "0.bias" [ 4 ] ], reading, [ "needs 3" ]
      "an unknown layer", dense "fc1" 3 2, { reading with Order = [ "fc2" ] }, [ "'fc2'"; "did you mean 'fc1'" ]
      "too few names", dense "a" 3 2 @ dense "b" 4 3, { reading with Order = [ "a" ] }, [ "1 names for the 2 layers" ]
      "labels that do not fit", dense "0" 3 2, { reading with Labels = [| "x"; "y" |] }, [ "labels"; "2 names for 3" ]
      "too many activations",
      dense "0" 3 2 @ dense "1" 2 3,
      { reading with Activations = List.replicate 2 Layer.Softmax },
      [ "activation"; "2 names for 1 hidden" ]
      "a PReLU without slopes",
      dense "0" 3 2 @ dense "1" 2 3,
      { reading with Activations = [ Layer.PReLU 0.25 ] },
      [ "activation"; "slopes" ]
      "an integer", [ { tensor "0.weight" [ 2; 2 ] with Type = "I32" } ], reading, [ "type I32"; "BF16" ]
      "no inputs", [ tensor "0.weight" [ 2; 0 ] ], reading, [ "2 x 0" ] ]

let tests =
    group
        "StateDict"
        [ states
              [ 60; 62 ]
              (lawTried 60 "A model comes back from NPZ and from the names of PyTorch to the byte" (fun (case: Case) ->
                  let case = Travellers.withoutWaves case
                  comesBack (Travellers.model<float32> case)
                  comesBack (Travellers.model<float> case)))
          lawTried 30 "Two exports are the same bytes" (fun (case: Case) ->
              let model () = Travellers.model<float32>(Travellers.withoutWaves case)

              for write in [ NpzModel.write; Sequential.write; Onnx.write ] do
                  Expect.equal (List.ofArray (write (model ()))) (List.ofArray (write (model ()))))
          states
              [ 62 ]
              (test "PyTorch's weights give PyTorch's outputs, in every element type" (fun () ->
                  let rows = numbers asked.Value "rows"

                  for network in asked.Value.GetProperty("networks").EnumerateArray() do
                      let name = network.GetProperty("name").ToString()
                      let bytes = File.ReadAllBytes(fixture $"pytorch-{name}.safetensors")

                      let model =
                          ModelImport.read (readingOf (network.GetProperty("options").ToString())) bytes |> Expect.ok

                      let bound = if model.IsDouble then 1e-12 else 1e-6
                      Expect.normWithin name bound 1.0 (numbers network "answers") (predictions model rows)))
          test "Numbers within one sequence give the order, compared as numbers" (fun () ->
              for name, tensors, expected in ordered do
                  Expect.equal (name, expected) (name, Expect.ok (StateDict.order tensors)))
          test
              "An order that names do not give is asked for, whatever the shapes, and nothing else is wrong with it"
              (fun () ->
                  for name, tensors, words in unordered do
                      match StateDict.order (List.rev tensors), StateDict.read reading tensors with
                      | Error _, Error defect ->
                          Expect.mentions ("layers: " :: "do not give the order" :: words) (string defect)
                      | other -> Expect.fail $"{name}: %A{other}"

                      let order =
                          tensors
                          |> List.map (fun tensor -> tensor.Name[.. tensor.Name.LastIndexOf '.' - 1])
                          |> List.distinct

                      StateDict.read { reading with Order = order } tensors |> Expect.ok |> ignore)
          test
              "A batch norm stands before the activation unless its number leaves room for that, or an option says otherwise"
              (fun () ->
                  let between norm' = dense "0" 3 2 @ norm norm' 3 @ dense "4" 2 3
                  Expect.equal [ "dense"; "batch norm"; "relu"; "dense" ] (layers reading (between "1"))
                  Expect.equal [ "dense"; "relu"; "batch norm"; "dense" ] (layers reading (between "2"))
                  let before = { reading with NormsAfter = Some false }
                  Expect.equal [ "dense"; "batch norm"; "relu"; "dense" ] (layers before (between "2"))
                  let named = dense "fc1" 3 2 @ norm "bn1" 3 @ dense "fc2" 2 3
                  Expect.equal [ "dense"; "batch norm"; "relu"; "dense" ] (layers reading named))
          test "An order that is given wins" (fun () ->
              let tensors = dense "last" 2 3 @ dense "first" 3 4
              Expect.equal [ "dense"; "relu"; "dense" ] (layers { reading with Order = [ "first"; "last" ] } tensors))
          each
              "Tensors that are no perceptron are refused by name"
              bad
              (fun (name: string, tensors, reading, words: string list) ->
                  match StateDict.read reading tensors with
                  | Ok _ -> Expect.fail $"{name} was read"
                  | Error defect -> Expect.mentions words (string defect))
          test "Numbers that are not finite and variances below 0 are refused" (fun () ->
              let with' (value: float32) name (tensors: Tensor list) =
                  tensors
                  |> List.map (fun (tensor: Tensor) ->
                      if tensor.Name <> name then
                          tensor
                      else
                          let bytes = tensor.Bytes.ToArray()
                          BitConverter.GetBytes(value: float32).CopyTo(bytes, 4)
                          { tensor with Bytes = ReadOnlyMemory bytes })

              let tensors = dense "0" 3 2 @ norm "1" 3

              for value, name, words in
                  [ nanf, "0.weight", [ "'0.weight'"; "number 1 is not finite" ]
                    -1f, "1.running_var", [ "'1.running_var'"; "number 1"; "variance" ] ] do
                  match StateDict.read reading (with' value name tensors) with
                  | Ok _ -> Expect.fail $"{name} was read"
                  | Error defect -> Expect.mentions words (string defect)) ]
