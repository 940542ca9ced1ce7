/// IDX files: every element type, and every way to be wrong.
module NeuralNetwork.Tests.Formats.IdxTests

open System
open System.Buffers.Binary
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private big (x: uint32) = BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness x)

let private file (code: byte) (dimensions: uint32 list) (values: byte[]) : byte[] =
    Array.concat ([| 0uy; 0uy; code; byte dimensions.Length |] :: List.map big dimensions @ [ values ])

let private numbers (table: NumberArray) = Array.init table.Length table.At

let private good = file 0x08uy [ 3u; 2u ] [| 1uy .. 6uy |]

let private broken =
    [ "a gzip file", [| 0x1fuy; 0x8buy; 8uy; 0uy; 0uy |], [ "gzip" ]
      "a wrong magic", [| 1uy; 2uy; 8uy; 1uy; 0uy; 0uy; 0uy; 0uy |], [ "magic"; "0x01020801" ]
      "an unknown type", file 0x0Auy [ 1u ] [| 0uy |], [ "type"; "0x0A" ]
      "no dimension", [| 0uy; 0uy; 8uy; 0uy |], [ "dimensions"; "0" ]
      "more dimensions than bytes", [| 0uy; 0uy; 8uy; 9uy; 0uy |], [ "dimensions"; "9" ]
      "no rows", file 0x08uy [ 0u; 2u ] [||], [ "dimensions"; "0" ]
      "little-endian dimensions", file 0x08uy [ 0x03000000u; 0x02000000u ] [| 1uy .. 6uy |], [ "little-endian" ]
      "dimensions beyond memory",
      file 0x0Euy [ UInt32.MaxValue; UInt32.MaxValue; UInt32.MaxValue ] [||],
      [ "dimensions"; "limit" ]
      "a short buffer", Array.truncate 15 good, [ "length"; "18"; "15" ] ]
    |> List.map (fun (name, bytes, words) -> (name, (bytes, words)))

let tests =
    group
        "Idx"
        [ law "Every element type is read as the numbers that were written" (fun (seed: int) ->
              let random = Random seed
              let rows, cols = 1 + random.Next 5, 1 + random.Next 5
              let count = rows * cols

              let written =
                  [ 0x08uy, Array.init count (fun _ -> float (random.Next 256)), (fun x -> [| byte x |])
                    0x09uy, Array.init count (fun _ -> float (random.Next(-128, 128))), (fun x -> [| byte (sbyte x) |])
                    0x0Buy,
                    Array.init count (fun _ -> float (random.Next(-32768, 32768))),
                    (int16 >> BitConverter.GetBytes >> Array.rev)
                    0x0Cuy,
                    Array.init count (fun _ -> float (random.Next())),
                    (int32 >> BitConverter.GetBytes >> Array.rev)
                    0x0Duy,
                    Array.init count (fun _ -> float (float32 (Generate.normal random))),
                    (float32 >> BitConverter.GetBytes >> Array.rev)
                    0x0Euy,
                    Array.init count (fun _ -> Generate.normal random),
                    (BitConverter.GetBytes: float -> byte[]) >> Array.rev ]

              for code, values, bytes in written do
                  match Idx.read (file code [ uint32 rows; uint32 cols ] (Array.collect bytes values)) with
                  | Error defect -> Expect.fail (string defect)
                  | Ok idx ->
                      Expect.equal [ rows; cols ] (List.ofArray idx.Dimensions)
                      Expect.equal (rows, cols) (idx.Rows, idx.Cols)
                      Expect.sameBits $"type {code}" values (numbers idx.Values))
          law
              "The expected length is known from the header and is the one that is read"
              (fun (rows: byte) (cols: byte) ->
                  let rows, cols = uint32 rows + 1u, uint32 cols + 1u
                  let bytes = file 0x08uy [ rows; cols ] (Array.zeroCreate (int (rows * cols)))
                  Idx.expectedLength bytes[..11] = Ok(int64 bytes.Length) && Result.isOk (Idx.read bytes))
          test "Every truncation and every byte more is refused" (fun () ->
              for length in 0 .. good.Length - 1 do
                  Expect.that (Result.isError (Idx.read (Array.truncate length good))) $"{length} bytes were read"

              Expect.that (Result.isError (Idx.read (Array.append good [| 0uy |]))) "a byte too many was read")
          test "A changed byte is refused or read, and never an exception" (fun () ->
              for place in 0 .. good.Length - 1 do
                  for value in 0uy .. 255uy do
                      match Idx.read (Array.updateAt place value good) with
                      | Ok idx -> Expect.equal idx.Values.Length (Array.fold (*) 1 idx.Dimensions)
                      | Error defect -> Expect.that (defect.Found <> "") "a refusal without a reason")
          eachNamed "A file that breaks a rule is refused by name" broken (fun (bytes: byte[], words: string list) ->
              match Idx.read bytes with
              | Ok idx -> Expect.fail $"read as %A{idx}"
              | Error defect -> Expect.mentions words (string defect)) ]
