/// ONNX files: the numbers of ONNX Runtime itself, and the rules of the standard for networks of every kind.
module NeuralNetwork.Tests.Export.OnnxTests

open System
open System.IO
open System.Security.Cryptography
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private evaluate (model: Model<'T>) (output: string) (rows: 'T[]) : float[] =
    Onnx.write model
    |> Onnx.read
    |> Expect.ok
    |> Onnx.evaluate output (Generate.floats rows)
    |> Expect.ok

let private check<'T> (bound: float) (case: Case) =
    let model, rows = Travellers.model<'T> case, Travellers.rows<'T> case
    let own = Generate.floats (Travellers.predict model rows)
    Expect.normWithin "predictions" bound 1.0 own (evaluate model (Onnx.outputName model.Network) rows)

/// The networks that ONNX Runtime was asked about: Oracles/ask_onnx.py.
let private asked: JsonElement list =
    let path = Path.Combine(Machines.repository, "NeuralNetwork.Tests", "Fixtures", "onnx-runtime.json")

    [ for network in JsonDocument.Parse(File.ReadAllText path).RootElement.GetProperty("networks").EnumerateArray() ->
          network ]

let private numbers (element: JsonElement) (name: string) : float[] =
    [| for number in element.GetProperty(name).EnumerateArray() -> number.GetDouble() |]

let private compare (asked: JsonElement) (model: Model<'T>) =
    let name = asked.GetProperty("name").ToString()
    let written = Convert.ToHexStringLower(SHA256.HashData(Onnx.write model))

    Expect.that
        (written = asked.GetProperty("onnx_sha256").ToString())
        $"{name}: not the file that ONNX Runtime was given"

    let rows, answers = Generate.convert<'T>(numbers asked "rows"), numbers asked "answers"
    let own = Generate.floats (Travellers.predict model rows)

    for place in 0 .. answers.Length - 1 do
        Expect.within (1e-5 * max 1.0 (abs own[place])) own[place] answers[place]

    if asked.GetProperty("labels").ValueKind <> JsonValueKind.Null then
        Expect.equal (List.ofArray (numbers asked "labels")) (List.ofArray (evaluate model "label" rows))

// Wrong files, byte by byte: protobuf has a tag (the field's number times eight plus the form), then the value.

let private varint (number: int) (value: uint64) : byte[] =
    let rec groups (value: uint64) =
        if value < 128UL then [ byte value ] else (byte value ||| 128uy) :: groups (value >>> 7)

    Array.ofList (byte (number <<< 3) :: groups value)

let private message (number: int) (parts: byte[] list) : byte[] =
    let content = Array.concat parts
    Array.concat [ [| byte (number <<< 3 ||| 2); byte content.Length |]; content ]

let private raw (count: int) = message 9 [ Array.zeroCreate<byte> count ]

/// A graph of one tensor as a writer of another program may give it.
let private withTensor (parts: byte[] list) : byte[] =
    let tensor = message 5 (varint 2 1UL :: message 8 [ "w"B ] :: parts)
    Array.append (message 7 [ tensor ]) (message 8 [ varint 2 17UL ])

let private refused =
    [ "numbers in another file", withTensor [ varint 14 1UL; raw 0 ], [ "tensor 'w'"; "another file" ]
      "a reference to another file", withTensor [ message 13 [ [| 0uy |] ]; raw 4 ], [ "another file" ]
      "too few bytes", withTensor [ varint 1 3UL; raw 4 ], [ "4 bytes"; "needs 12" ]
      "a shape that overflows",
      withTensor [ varint 1 2147483647UL; varint 1 2147483647UL; varint 1 8UL; raw 4 ],
      [ "tensor 'w'"; "its shape needs" ]
      "a huge dimension", withTensor [ varint 1 UInt64.MaxValue; raw 4 ], [ "dimension"; "limit" ]
      "nothing", [||], [ "graph" ]
      "another opset", [| 58uy; 0uy; 66uy; 2uy; 16uy; 13uy |], [ "opset"; "13"; "17" ]
      "a number without an end", Array.create 11 255uy, [ "more than 10 bytes" ]
      "a field that is cut short", [| 58uy; 100uy; 0uy |], [ "needs 100 bytes"; "cut short" ] ]

let tests =
    group
        "Onnx"
        [ states
              [ 74 ]
              (law "An exported network predicts the same by the rules of ONNX" (fun (case: Case) ->
                  check<float32> 1e-5 case
                  // erf has seven digits there in either precision.
                  check<float> 1e-6 case))
          states
              [ 80 ]
              (law
                  "An exported ensemble predicts the same by the rules of ONNX, and finds the same classes"
                  (fun (case: Case) ->
                      let case = Travellers.ensemble case
                      check<float32> 1e-5 case
                      check<float> 1e-6 case
                      let model, rows = Travellers.model<float32> case, Travellers.rows<float32> case

                      if model.IsClassifier then
                          Travellers.sameClasses
                              (Travellers.classes 1e-4 model rows)
                              (evaluate model "label" rows |> Array.map int)))
          states
              [ 74 ]
              (law "An exported network finds the classes that the model finds, if it finds any" (fun (case: Case) ->
                  let model, rows = Travellers.model<float32> case, Travellers.rows<float32> case
                  let outputs = (Onnx.write model |> Onnx.read |> Expect.ok).Outputs |> List.map _.Name
                  Expect.equal model.IsClassifier (List.contains "label" outputs)

                  if model.IsClassifier then
                      Travellers.sameClasses
                          (Travellers.classes 1e-4 model rows)
                          (evaluate model "label" rows |> Array.map int)))
          test "Every activation is exported" (fun () ->
              for _, case in Travellers.ofEveryActivation do
                  check<float32> 1e-6 case)
          states
              [ 74 ]
              (test "ONNX Runtime's answers to exported files are ours to five digits, and its labels" (fun () ->
                  Expect.that (asked.Length >= 2 * 23) $"only {asked.Length} networks were asked about"

                  for network in asked do
                      match ModelFile.read (network.GetProperty("model").GetBytesFromBase64()) |> Expect.ok with
                      | AnyModel.Single model -> compare network model
                      | AnyModel.Double model -> compare network model))
          test "A mean far above the deviation costs no digits" (fun () ->
              let network = Network.input 1 |> Network.dense 1 Activation.Identity

              let preprocessing =
                  { Preprocessing.None with
                      Shift = [| 1e6 |]
                      Scale = [| 0.25 |]
                      TargetShift = [| 0.0 |]
                      TargetScale = [| 1.0 |] }

              let model = (Model.initialize<float32> 1UL network).With(preprocessing, [||])
              let rows = [| 1_000_000.0f; 1_000_000.25f; 999_999.75f |]
              let own = Generate.floats (Travellers.predict model rows)
              Expect.normWithin "predictions" 1e-6 1.0 own (evaluate model "output" rows))
          each
              "A file that is wrong is refused by name"
              refused
              (fun (name: string, bytes: byte[], words: string list) ->
                  match Onnx.read bytes with
                  | Ok _ -> Expect.fail $"{name} was read"
                  | Error defect -> Expect.mentions words (string defect)) ]
