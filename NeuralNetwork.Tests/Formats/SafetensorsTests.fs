/// Safetensors: byte-identical round trips, and every damage refused with a sentence or read as an equal file.
module NeuralNetwork.Tests.Formats.SafetensorsTests

open System
open System.Text
open NeuralNetwork.Formats
open NeuralNetwork.Tests

/// A file with this header and so many bytes after it.
let private fileOf (header: string) (buffer: int) : byte[] =
    let json = Encoding.UTF8.GetBytes header
    Array.concat [ BitConverter.GetBytes(uint64 json.Length); json; Array.init buffer byte ]

let private refusedWith (words: string list) (bytes: byte[]) =
    match Safetensors.read bytes with
    | Ok file -> Expect.fail $"read as %A{file}"
    | Error defect -> Expect.mentions words (string defect)

let private tensor name shape first last =
    $"\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[{first},{last}]}}"

let private header (entries: string list) = "{" + String.Join(",", entries) + "}"

/// Every rule of the header, broken once: the file, and words of the refusal.
let private broken =
    [ "nothing at all", [||], [ "header"; "0 bytes" ]
      "seven bytes", Array.zeroCreate 7, [ "header"; "7 bytes" ]
      "no header", Array.zeroCreate 8, [ "header" ]
      "a header longer than the file", fileOf "{}" 0 |> Array.updateAt 0 200uy, [ "header"; "200"; "2" ]
      "an enormous header",
      Array.append (BitConverter.GetBytes UInt64.MaxValue) (Array.zeroCreate 8),
      [ "header"; "limit" ]
      "a header that is a list", fileOf "[]" 0, [ "header" ]
      "a header that is no JSON", fileOf "{\"a\":}" 0, [ "header"; "JSON" ]
      "a header that is not UTF-8", fileOf "{}" 0 |> Array.updateAt 9 0xffuy, [ "header" ]
      "bytes after the JSON", fileOf "{}x" 0, [ "header" ]
      "deep nesting", fileOf ("{\"a\":" + String('[', 100) + String(']', 100) + "}") 0, [ "header" ]
      "two tensors of one name", fileOf (header [ tensor "a" "[1]" 0 4; tensor "a" "[1]" 4 8 ]) 8, [ "header" ]
      "an overlap", fileOf (header [ tensor "a" "[2]" 0 8; tensor "b" "[2]" 4 12 ]) 12, [ "b"; "overlap" ]
      "a hole", fileOf (header [ tensor "a" "[1]" 0 4; tensor "b" "[1]" 8 12 ]) 12, [ "b"; "hole" ]
      "a hole at the beginning", fileOf (header [ tensor "a" "[1]" 4 8 ]) 8, [ "a"; "hole" ]
      "bytes after the last tensor", fileOf (header [ tensor "a" "[1]" 0 4 ]) 5, [ "1 bytes after" ]
      "offsets beyond the file", fileOf (header [ tensor "a" "[2]" 0 8 ]) 4, [ "a"; "data_offsets" ]
      "offsets that go back", fileOf (header [ tensor "a" "[1]" 4 0 ]) 4, [ "a"; "data_offsets" ]
      "negative offsets", fileOf (header [ tensor "a" "[1]" -4 0 ]) 4, [ "a"; "data_offsets" ]
      "three offsets",
      fileOf "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}" 4,
      [ "a"; "3 numbers" ]
      "a shape that needs other bytes", fileOf (header [ tensor "a" "[3]" 0 8 ]) 8, [ "a"; "8"; "12" ]
      "a shape that overflows",
      fileOf (header [ tensor "a" "[2147483647,2147483647,2147483647]" 0 4 ]) 4,
      [ "a"; "overflow" ]
      "a negative length", fileOf (header [ tensor "a" "[-1]" 0 4 ]) 4, [ "a"; "shape" ]
      "a fractional length", fileOf (header [ tensor "a" "[1.5]" 0 4 ]) 4, [ "a"; "shape" ]
      "an unknown type", fileOf "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}" 4, [ "a"; "F31" ]
      "an unknown field",
      fileOf "{\"a\":{\"dtype\":\"F32\",\"shap\":[1],\"data_offsets\":[0,4]}}" 4,
      [ "a"; "shap"; "did you mean" ]
      "a missing field", fileOf "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}" 4, [ "a"; "data_offsets"; "missing" ]
      "a tensor that is a number", fileOf "{\"a\":1}" 0, [ "a" ]
      "a name that is half a character", fileOf (header [ tensor "\\ud800" "[1]" 0 4 ]) 4, [ "header"; "Unicode" ]
      "a note whose name is half a character", fileOf "{\"__metadata__\":{\"\\ud800\":\"\"}}" 0, [ "Unicode" ]
      "a note that is half a character", fileOf "{\"__metadata__\":{\"a\":\"\\ud800\"}}" 0, [ "Unicode" ]
      "metadata that are a list", fileOf "{\"__metadata__\":[]}" 0, [ "__metadata__" ]
      "metadata that are no texts", fileOf "{\"__metadata__\":{\"a\":1}}" 0, [ "__metadata__"; "a" ]
      "a header above the limit of the format",
      Array.append (BitConverter.GetBytes 100000001UL) (Array.zeroCreate 8),
      [ "header"; "100000001"; "limit" ]
      "a header of no length", Array.append (Array.zeroCreate 8) "{}"B, [ "header"; "length 0" ]
      "two metadata", fileOf "{\"__metadata__\":{},\"__metadata__\":{}}" 0, [ "header" ]
      "offsets that are no whole numbers",
      fileOf "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4.5]}}" 4,
      [ "a"; "data_offsets"; "4.5" ]
      "two bytes missing", fileOf (header [ tensor "a" "[1]" 0 4 ]) 2, [ "a"; "data_offsets" ]
      "a file behind the tensors", fileOf (header [ tensor "a" "[1]" 0 4 ]) 38, [ "34 bytes after" ]
      "many tensors on the same bytes",
      fileOf (header [ for place in 1..1000 -> tensor $"t{place}" "[4]" 0 16 ]) 16,
      [ "overlap" ]
      "an empty tensor within another", fileOf (header [ tensor "a" "[2]" 0 8; tensor "b" "[0]" 4 4 ]) 8, [ "overlap" ]
      "an ONNX file", Array.append [| 8uy; 8uy; 0x12uy |] (Array.zeroCreate 30), [ "ONNX" ]
      "a NumPy file", Array.append [| 0x93uy |] (Array.append "NUMPY"B (Array.zeroCreate 30)), [ "NumPy" ]
      "gzip", Array.append [| 0x1Fuy; 0x8Buy |] (Array.zeroCreate 30), [ "looks like gzip"; "not a model" ]
      "a picture", Array.append [| 0x89uy |] "PNG\r\n\026\n"B, [ "looks like a PNG image" ]
      "a page", "<!DOCTYPE html><html>"B, [ "looks like HTML" ]
      "a document", "{ \"schema\": 1 }"B, [ "looks like JSON" ]
      "a table", "x,y,kind\n1,2,a\n"B, [ "looks like text, such as CSV"; "not a model" ]
      "a zip archive", Array.append "PK\003\004"B (Array.zeroCreate 30), [ "zip" ]
      "a Python pickle", Array.append [| 0x80uy; 2uy |] (Array.zeroCreate 30), [ "pickle" ]
      "a Python pickle of today", Array.append [| 0x80uy; 5uy |] (Array.zeroCreate 30), [ "pickle" ]
      "an HDF5 file", Array.append [| 0x89uy; 0x48uy; 0x44uy; 0x46uy |] (Array.zeroCreate 30), [ "HDF5" ] ]
    |> List.map (fun (name, bytes, words) -> (name, (bytes, words)))

let tests =
    group
        "Safetensors"
        [ states
              [ 60 ]
              (law "Writing, reading and writing again gives the same bytes" (fun (seed: int) ->
                  let random = Random seed

                  let tensor number : Tensor =
                      let shape = List.init (random.Next 4) (fun _ -> int64 (random.Next 4))
                      let kind, size = [ "F32", 4; "F64", 8; "U8", 1; "BF16", 2; "I64", 8 ][random.Next 5]
                      let bytes = Array.zeroCreate<byte>(size * int (List.fold (*) 1L shape))
                      random.NextBytes bytes
                      { Name = $"tensor {number} µ\"\\"; Type = kind; Shape = shape; Bytes = ReadOnlyMemory bytes }

                  let file = { Metadata = [ "note", "ä 漢字 \n" ]; Tensors = List.init (random.Next 6) tensor }
                  let written = Safetensors.write file

                  match Safetensors.read written with
                  | Error defect -> Expect.fail (string defect)
                  | Ok again ->
                      Expect.equal file.Metadata again.Metadata

                      let facts (tensor: Tensor) =
                          tensor.Name, tensor.Type, tensor.Shape, List.ofArray (tensor.Bytes.ToArray())

                      Expect.equal (List.map facts file.Tensors) (List.map facts again.Tensors)
                      Expect.equal (List.ofArray written) (List.ofArray (Safetensors.write again))))
          test "The header is padded with blanks to eight bytes, and tensors follow each other in order" (fun () ->
              let bytes = ReadOnlyMemory [| 1uy; 2uy; 3uy; 4uy |]

              let written =
                  Safetensors.write
                      { Metadata = []; Tensors = [ { Name = "a"; Type = "F32"; Shape = [ 1L ]; Bytes = bytes } ] }

              let length = int (BitConverter.ToUInt64(written, 0))
              let json = Encoding.UTF8.GetString(written, 8, length)
              let hash = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a" // sha256sum of 1 2 3 4
              let start = "{\"__metadata__\":{\"sha256\":\""

              let rest =
                  $"\",\"sha256:a\":\"{hash}\"}},\"a\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}}}"

              Expect.equal 0 (length % 8)
              Expect.equal start (json.Substring(0, start.Length))
              Expect.equal rest (json.Substring(start.Length + 64).TrimEnd ' ')
              Expect.equal [ 1uy; 2uy; 3uy; 4uy ] (List.ofArray written[8 + length ..]))
          test
              "A header of any length is read, also one whose length looks like the signature of another format"
              (fun () ->
                  for length in 1..700 do
                      let file = { Metadata = [ "note", String('x', length) ]; Tensors = [] }

                      Expect.that
                          (Result.isOk (Safetensors.read (Safetensors.write file)))
                          $"a note of {length} letters")
          states
              [ 62 ]
              (test "A tensor may come in any order in the buffer" (fun () ->
                  let bytes = fileOf (header [ tensor "b" "[1]" 4 8; tensor "a" "[1]" 0 4 ]) 8

                  match Safetensors.read bytes with
                  | Error defect -> Expect.fail (string defect)
                  | Ok file ->
                      Expect.equal [ "b"; "a" ] (file.Tensors |> List.map _.Name)
                      Expect.equal [ 4uy; 5uy; 6uy; 7uy ] (List.ofArray (file.Tensors[0].Bytes.ToArray()))))
          test "Empty tensors may share the place between two others" (fun () ->
              let entries =
                  [ tensor "a" "[1]" 0 4; tensor "b" "[0]" 4 4; tensor "c" "[0,7]" 4 4; tensor "d" "[1]" 4 8 ]

              Expect.that (Result.isOk (Safetensors.read (fileOf (header entries) 8))) "refused")
          eachNamed "A file that breaks a rule is refused by name" broken (fun (bytes: byte[], words: string list) ->
              refusedWith words bytes) ]
