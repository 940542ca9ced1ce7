/// Model files: byte-identical round trips; no truncation and no changed byte is ever an unexpected exception.
module NeuralNetwork.Tests.Formats.ModelFileTests

open System
open System.Text
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// NaN, which says that missing cells are refused, equals nothing: minus infinity, which no file holds, stands for it.
let private comparable (preprocessing: Preprocessing) =
    let settle column =
        match column with
        | Column.Number(name, missing) when Double.IsNaN missing -> Column.Number(name, -infinity)
        | column -> column

    { preprocessing with Columns = List.map settle preprocessing.Columns }

let private roundTrip (model: Model<'T>) (again: AnyModel -> Model<'T> option) =
    let written = ModelFile.write model

    match ModelFile.read written with
    | Error defect -> Expect.fail (string defect)
    | Ok any ->
        match again any with
        | None -> Expect.fail "the precision changed"
        | Some read ->
            Expect.equal model.Network read.Network
            Expect.equal (comparable model.Preprocessing) (comparable read.Preprocessing)
            Expect.equal (List.ofArray model.Labels) (List.ofArray read.Labels)
            Expect.sameBits "parameters" model.Parameters.Values read.Parameters.Values
            Expect.equal (List.ofArray written) (List.ofArray (ModelFile.write read))

let private single any =
    match any with
    | AnyModel.Single model -> Some model
    | AnyModel.Double _ -> None

let private double any =
    match any with
    | AnyModel.Double model -> Some model
    | AnyModel.Single _ -> None

/// Numbers that formats like to lose: the signs of zeros, subnormal numbers, the greatest.
let private awkward (parameters: Parameters<'T>) (numbers: float list) =
    let values = Array.copy parameters.Values
    let window = List.head parameters.Layout.Windows

    for place, x in List.indexed numbers do
        if place < window.Length then
            values[window.Offset + place] <- Lane.ofFloat<'T> x

    { parameters with Values = values }

/// A preprocessing that fits the network of a case, with everything in it where the seed is odd.
let private preprocessingOf (case: Case) : Preprocessing =
    let random = Random case.Seed
    let inputs, outputs = case.Network.Inputs, Network.outputs case.Network
    let scales count = Array.init count (fun _ -> Math.ScaleB(1.0 + random.NextDouble(), random.Next(-1000, 1000)))

    let column index =
        Column.Number($"feature {index} µ漢\"", (if random.Next 2 = 0 then nan else Generate.normal random))

    let columns =
        if inputs = 1 then
            [ column 0 ]
        else
            Column.Category("colour", [| "red"; "" |]) :: List.init (inputs - 2) column

    let isLinear = Loss.output case.Network.Loss = Output.Linear

    if case.Seed % 2 = 0 then
        Preprocessing.Bytes
    else
        { Divisor = 0.1
          Shift = Generate.reals random inputs
          Scale = scales inputs
          Columns = columns
          Targets =
            if outputs > 1 && Loss.output case.Network.Loss <> Output.Softmax then
                Array.init outputs (fun output -> $"price {output} µ\"")
            else
                [| "price" |]
          TargetShift = if isLinear then Generate.reals random outputs else [||]
          TargetScale = if isLinear then scales outputs else [||] }

/// A small model's file and what it holds.
let private small =
    lazy
        (let network =
            Network.input 2 |> Network.dense 3 (Activation.LeakyReLU 0.1) |> Network.dense 2 Activation.Identity

         let model = Model.initialize<float32> 7UL (Network.withLoss Loss.SoftmaxCrossEntropy network)
         model.With(Preprocessing.Bytes, [| "no"; "yes" |]))

let private read (bytes: byte[]) : Result<AnyModel, Defect> =
    try
        ModelFile.read bytes
    with error ->
        Expect.fail ($"an exception instead of a refusal: {error.Message}")

/// The description inside a file, replaced.
let private withDescription (change: string -> string) : byte[] =
    let file = Expect.ok (Safetensors.read (ModelFile.write small.Value))
    let change (key, text) = key, (if key = "description" then change text else text)
    Safetensors.write { file with Metadata = List.map change file.Metadata }

let private replaced (before: string) (after: string) =
    withDescription (fun text ->
        Expect.mentions [ before ] text
        text.Replace(before, after))

let private tensorsOf (model: Model<float32>) = Expect.ok (Safetensors.read (ModelFile.write model))

let tests =
    group
        "ModelFile"
        [ states
              [ 60 ]
              (lawTried 60 "A model reads back equal, and writes the same bytes again" (fun (case: Case) ->
                  let case = Case.enrich case
                  let labels = Array.init (max 2 case.Network.Outputs) (fun label -> $"class {label} µ漢\"")
                  let preprocessing = preprocessingOf case

                  let model =
                      Model<float>(
                          case.Network,
                          awkward (Case.parameters case) [ -0.0; Double.Epsilon; Double.MaxValue ]
                      )

                  roundTrip (model.With(preprocessing, labels)) double
                  let parameters: Parameters<float32> = Parameters.convert (Case.parameters case)

                  let model =
                      Model<float32>(
                          case.Network,
                          awkward parameters [ -0.0; float Single.Epsilon; float Single.MaxValue ]
                      )

                  roundTrip (model.With(preprocessing, [||])) single))
          test "Every named initializer is kept, and so is one of the user's own" (fun () ->
              for initializer in
                  Initializer.Scaled(1.5, Fan.Average, Distribution.Uniform)
                  :: Initializer.Scaled(0.1, Fan.In, Distribution.Normal)
                  :: List.map snd Initializer.all do
                  let network = Network.input 2 |> Network.denseWith initializer 3
                  roundTrip (Model.initialize<float32> 1UL network) single)
          test "Every truncation is refused" (fun () ->
              let bytes = ModelFile.write small.Value

              for length in 0 .. bytes.Length - 1 do
                  match read (Array.truncate length bytes) with
                  | Ok _ -> Expect.fail $"the first {length} bytes were read as a model"
                  | Error defect -> Expect.that (defect.Found <> "") "a refusal without a reason")
          test "Every byte more is refused" (fun () ->
              let bytes = ModelFile.write small.Value
              Expect.that (Result.isError (read (Array.append bytes [| 0uy |]))) "a byte too many was read as a model")
          test
              "A changed byte is refused or gives a model that says exactly what the file now says, and never an exception"
              (fun () ->
                  let bytes = ModelFile.write small.Value
                  let random = Random 11

                  for place in 0 .. bytes.Length - 1 do
                      for value in
                          [ bytes[place] ^^^ 1uy
                            bytes[place] ^^^ 0x80uy
                            0uy
                            byte '"'
                            byte '9'
                            byte (random.Next 256) ] do
                          let damaged = Array.updateAt place value bytes

                          match read damaged with
                          | Error _ -> ()
                          | Ok(AnyModel.Double _) -> Expect.fail $"byte {place} = {value} changed the precision"
                          | Ok(AnyModel.Single model) ->
                              Expect.that
                                  (Parameters.isFinite model.Parameters)
                                  $"byte {place} = {value} gave a number that is none"
                              // What was read can be written and read to the same again: nothing half understood.
                              roundTrip model single)
          each
              "A description that says something else is refused by its field"
              [ "\"version\":1", "\"version\":2", "version"
                "\"version\":1", "\"version\":\"1\"", "version"
                "\"units\":3", "\"units\":0", "units"
                "\"units\":3", "\"units\":4", "layers.0.weight"
                "\"units\":3", "\"units\":2147483647", "network"
                "\"units\":3", "\"units\":99999999999", "units"
                "\"inputs\":2", "\"inputs\":-2", "inputs"
                "\"inputs\":2", "\"inputs\":2.5", "inputs"
                "\"inputs\":2", "\"input\":2", "input"
                "\"inputs\":2", "\"inputs\":2,\"inputs\":2", "JSON"
                "leaky-relu:0.1", "leaky-rleu:0.1", "name"
                "leaky-relu:0.1", "leaky-relu:7", "name"
                "glorot-uniform", "glorot", "initializer"
                "\"cost\":\"cross-entropy\"", "\"cost\":\"entropy\"", "cost"
                "\"divisor\":255", "\"divisor\":0", "divisor"
                "\"divisor\":255", "\"divisor\":-1", "divisor"
                "\"divisor\":255", "\"divisor\":1e999", "divisor"
                "\"shift\":[]", "\"shift\":[1,2]", "scale: 0 numbers for 2 inputs"
                "\"shift\":[],\"scale\":[]", "\"shift\":[1],\"scale\":[1]", "shift: 1 numbers for 2 inputs"
                "\"shift\":[],\"scale\":[]", "\"shift\":[1,2],\"scale\":[1,0]", "scale"
                "\"shift\":[],\"scale\":[]", "\"shift\":[1,1e999],\"scale\":[1,1]", "shift"
                "\"shift\":[]", "\"shift\":1", "shift"
                "\"shift\":[],", "", "shift"
                "\"shift\":[],", "\"shift\":[],\"shifts\":[],", "shifts"
                "\"target_shift\":[]", "\"target_shift\":[1,2,3]", "target_shift: 3 numbers for 2 outputs"
                "\"target_shift\":[],\"target_scale\":[]",
                "\"target_shift\":[1,2],\"target_scale\":[1,1]",
                "cross-entropy"
                "\"target\":\"\"", "\"target\":null", "target"
                "\"columns\":[]", "\"columns\":[{\"number\":\"a\"}]", "columns: 1 features for 2 inputs"
                "\"columns\":[]", "\"columns\":[{\"number\":\"a\"},{\"number\":\"a\"}]", "'a' is there twice"
                "\"columns\":[]", "\"columns\":[{\"number\":\"a\"},{\"numbre\":\"b\"}]", "number"
                "\"columns\":[]", "\"columns\":[{\"category\":\"a\",\"categories\":[\"x\",\"x\"]}]", "'x' twice"
                "\"columns\":[]",
                "\"columns\":[{\"category\":\"a\",\"categories\":[]},{\"number\":\"b\"},{\"number\":\"c\"}]",
                "categories"
                "\"columns\":[]", "\"columns\":[{\"number\":\"a\",\"missing\":\"b\"},{\"number\":\"b\"}]", "missing"
                "\"labels\":[\"no\",\"yes\"]", "\"labels\":[\"no\"]", "labels"
                "\"labels\":[\"no\",\"yes\"]", "\"labels\":[1,2]", "labels" ]
              (fun (before: string, after: string, field: string) ->
                  match read (replaced before after) with
                  | Ok model -> Expect.fail $"read as %A{model}"
                  | Error defect -> Expect.mentions [ field ] (string defect))
          test "A safetensors file of somebody else is refused" (fun () ->
              let bytes = ReadOnlyMemory(Array.zeroCreate<byte> 4)
              let file = { Metadata = []; Tensors = [ { Name = "a"; Type = "F32"; Shape = [ 1L ]; Bytes = bytes } ] }

              match read (Safetensors.write file) with
              | Ok _ -> Expect.fail "read as a model"
              | Error defect -> Expect.mentions [ "description" ] (string defect))
          test "Tensors that are missing, too many, of another type or not finite are refused by name" (fun () ->
              let file = tensorsOf small.Value

              let refused (words: string list) (tensors: Tensor list) =
                  match read (Safetensors.write { file with Tensors = tensors }) with
                  | Ok _ -> Expect.fail $"accepted: {words}"
                  | Error defect -> Expect.mentions words (string defect)

              refused [ "layers.0.weight" ] (List.tail file.Tensors)
              refused [ "extra" ] ({ file.Tensors[1] with Name = "extra" } :: file.Tensors)
              refused [ "layers.0.weight" ] [ for tensor in file.Tensors -> { tensor with Type = "I32" } ]

              let poisoned (number: float32) =
                  let bytes = file.Tensors[0].Bytes.ToArray()
                  BitConverter.GetBytes(number).CopyTo(bytes, 4)
                  { file.Tensors[0] with Bytes = ReadOnlyMemory bytes } :: List.tail file.Tensors

              refused [ "layers.0.weight"; "1 "; "finite" ] (poisoned nanf)
              refused [ "layers.0.weight"; "1 "; "finite" ] (poisoned infinityf))
          test "Tensors in another order are the same model" (fun () ->
              let file = tensorsOf small.Value

              match read (Safetensors.write { file with Tensors = List.rev file.Tensors }) with
              | Ok(AnyModel.Single model) ->
                  Expect.sameBits "parameters" small.Value.Parameters.Values model.Parameters.Values
              | Ok(AnyModel.Double _) -> Expect.fail "the precision changed"
              | Error defect -> Expect.fail (string defect))
          test "The tensors have the names and shapes of PyTorch" (fun () ->
              let file = tensorsOf small.Value

              Expect.equal
                  [ "layers.0.weight", [ 3L; 2L ]
                    "layers.0.bias", [ 3L ]
                    "layers.2.weight", [ 2L; 3L ]
                    "layers.2.bias", [ 2L ] ]
                  (file.Tensors |> List.map (fun tensor -> tensor.Name, tensor.Shape))

              let header = Encoding.UTF8.GetString(ModelFile.write small.Value, 8, 100)
              Expect.mentions [ "__metadata__" ] header) ]
