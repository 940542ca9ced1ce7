/// Checksums: no bit of a file changes unnoticed, and a tensor that was damaged is named.
module NeuralNetwork.Tests.Formats.ChecksumTests

open System
open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private flip (bytes: byte[]) (bit: int) = Array.updateAt (bit / 8) (bytes[bit / 8] ^^^ (1uy <<< bit % 8)) bytes

let private file (case: Case) : byte[] =
    let model = Model<float32>(case.Network, Parameters.convert (Case.parameters case))
    ModelFile.write model

/// Where the tensors begin, and the name of the one that holds a byte.
let private owner (bytes: byte[]) =
    let content = Expect.ok (Safetensors.read bytes)
    let start = bytes.Length - (content.Tensors |> List.sumBy _.Bytes.Length)
    let ends = content.Tensors |> List.scan (fun place tensor -> place + tensor.Bytes.Length) start |> List.tail
    let names = List.zip ends (content.Tensors |> List.map _.Name)
    start, (fun place -> names |> List.find (fun (last, _) -> place < last) |> snd)

let private refused (bytes: byte[]) start owner bit =
    match ModelFile.read (flip bytes bit) with
    | Ok _ -> Expect.fail $"bit {bit} flipped, and read as a model"
    | Error defect when bit / 8 < start -> Expect.that (defect.Field <> "") "no field"
    | Error defect -> Expect.mentions [ owner (bit / 8); "damaged" ] (string defect)

let tests =
    group
        "Checksum"
        [ states
              [ 61 ]
              (law "A flipped bit is refused, by the name of its tensor" (fun (case: Case) (seed: int) ->
                  let bytes = file case
                  let start, owner = owner bytes
                  let random = Random seed

                  for _ in 1..20 do
                      refused bytes start owner (random.Next(8 * bytes.Length))))
          // Every bit of a small file: a batch norm, two tensors of weights, labels.
          test "Every single flipped bit is refused" (fun () ->
              let network =
                  Network.input 2
                  |> Network.dense 2 Activation.ReLU
                  |> Network.batchNorm BatchNorm.standard
                  |> Network.dense 2 Activation.Identity

              let model = Model.initialize<float32> 3UL (Network.withLoss Loss.SoftmaxCrossEntropy network)
              let bytes = ModelFile.write (model.With(Preprocessing.Bytes, [| "µ\""; "\u0001" |]))
              let start, owner = owner bytes

              for bit in 0 .. 8 * bytes.Length - 1 do
                  refused bytes start owner bit)
          test "A file without checksums is read, one that has lost some of them is not" (fun () ->
              let content: Safetensors =
                  { Metadata = [ "note", "sha256" ]
                    Tensors = [ { Name = "a"; Type = "U8"; Shape = [ 2L ]; Bytes = ReadOnlyMemory [| 1uy; 2uy |] } ] }

              let bytes = Safetensors.write content
              Expect.that (Safetensors.hasChecksums bytes) "written without checksums"

              let renamed (before: string) (after: string) =
                  let text = Text.Encoding.Latin1.GetString bytes
                  Expect.mentions [ before ] text
                  Text.Encoding.Latin1.GetBytes(text.Replace(before, after, StringComparison.Ordinal))

              let bare = renamed "\"sha256" "\"shaXXX"
              Expect.that (Result.isOk (Safetensors.read bare)) "a file without checksums is refused"
              Expect.that (not (Safetensors.hasChecksums bare)) "checksums where there are none"

              for before, after in
                  [ "\"sha256\":", "\"shaXXX\":"; "\"sha256:a", "\"sha256:b"; "\"sha256:a", "\"shaXXX:a" ] do
                  match Safetensors.read (renamed before after) with
                  | Ok _ -> Expect.fail $"{before} became {after} unnoticed"
                  | Error defect -> Expect.mentions [ "SHA-256" ] (string defect)) ]
