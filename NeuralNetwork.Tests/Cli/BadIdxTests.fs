/// IDX files that cannot be used.
module NeuralNetwork.Tests.Cli.BadIdxTests

open System
open System.IO
open System.Text
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Refusals

/// A folder of IDX files, one of them given.
let private refuseIdx (place: Workplace) (file: string) (bytes: byte[]) (words: string list) =
    let at = place.At
    let name = "idx"
    Directory.CreateDirectory(at name) |> ignore

    let files =
        [ "train-images-idx3-ubyte", idx [ 20; 2; 2 ] (Array.init 80 byte)
          "train-labels-idx1-ubyte", idx [ 20 ] (Array.init 20 (fun row -> byte (row % 2)))
          "t10k-images-idx3-ubyte", idx [ 4; 2; 2 ] (Array.init 16 byte)
          "t10k-labels-idx1-ubyte", idx [ 4 ] [| 0uy; 1uy; 0uy; 1uy |] ]

    for plain, content in files do
        if not (file.StartsWith plain) then
            File.WriteAllBytes(Path.Combine(at name, plain), content)

    File.WriteAllBytes(Path.Combine(at name, file), bytes)
    Mistakes.refusal place [ "train"; at name; "--out"; at "run" ] 3 |> Expect.mentions words
    Directory.Delete(at name, true)

let private goodImages = idx [ 20; 2; 2 ] (Array.init 80 byte)

let private idxFiles =
    [ "1 empty", images, [||], [ images; "header"; "0 bytes"; "4" ]
      "2 three bytes", images, [| 0uy; 0uy; 8uy |], [ "header"; "3 bytes" ]
      "3 gzip of something else under a plain name", images, gzip good, [ "magic"; "not IDX" ]
      "3 not IDX", images, Encoding.ASCII.GetBytes "hello", [ "magic"; "not IDX" ]
      "4 an unknown type", images, Array.updateAt 2 0x0Auy goodImages, [ "0x0A"; "f64" ]
      "5 no dimension", images, [| 0uy; 0uy; 8uy; 0uy; 1uy |], [ "dimensions"; "0" ]
      "6 255 dimensions", images, [| 0uy; 0uy; 8uy; 255uy; 1uy; 2uy; 3uy; 4uy |], [ "1020" ]
      "7 a huge product", images, idx [ -1; -1; -1 ] [||], [ "elements"; "limit" ]
      "8 a product that wraps", images, idx [ 65536; 65536; 65536; 65536 ] [||], [ "elements"; "limit" ]
      "9 a byte short", images, goodImages[.. goodImages.Length - 2], [ "expected 96 bytes, found 95" ]
      "10 a byte long", images, Array.append goodImages [| 0uy |], [ "expected 96 bytes, found 97" ]
      "11 no rows", images, idx [ 0; 28; 28 ] [||], [ "no rows" ]
      "12 other rows", images, idx [ 19; 2; 2 ] (Array.zeroCreate 76), [ "19 images"; "20 labels"; "train-labels" ]
      "13 a label beyond the classes",
      "t10k-labels-idx1-ubyte",
      idx [ 4 ] [| 0uy; 1uy; 7uy; 1uy |],
      [ "row 2"; "label 7"; "2" ]
      "14 labels for images", images, idx [ 20 ] (Array.zeroCreate 20), [ "expected 3"; "found 1" ]
      "15 a float that is none",
      images,
      Array.concat
          [ [| 0uy; 0uy; 0x0Duy; 3uy |]
            Array.collect big [| 20; 2; 2 |]
            Array.collect (fun x -> BitConverter.GetBytes(if x = 5 then nanf else 1f) |> Array.rev) [| 0..79 |] ],
      [ "row 1, column 1" ]
      "16 gzip cut in the middle", images + ".gz", (gzip goodImages)[..40], [ "gzip"; "output byte" ]
      "17 a wrong checksum",
      images + ".gz",
      (let z = gzip goodImages in Array.updateAt (z.Length - 7) (z[z.Length - 7] ^^^ 1uy) z),
      [ "gzip"; "damaged" ]
      "18 a bomb",
      images + ".gz",
      gzip (Array.append goodImages (Array.zeroCreate 200_000_000)),
      [ "expected 96 bytes, found 97" ]
      "19 a second file behind it",
      images + ".gz",
      Array.append (gzip goodImages) (gzip goodImages),
      [ "gzip"; "appended" ]
      "20 dimensions the wrong way round",
      images,
      Array.concat
          [ [| 0uy; 0uy; 8uy; 3uy |]
            Array.collect (fun (x: int) -> BitConverter.GetBytes x) [| 20; 2; 2 |]
            Array.zeroCreate 80 ],
      [ "little-endian" ] ]
    |> List.map (fun (name, file, bytes, words) -> (name, (file, bytes, words)))

let tests =
    workplace "BadIdx" (fun place ->
        let refuseIdx = refuseIdx place

        [ eachNamed
              "An IDX file that cannot be used is refused by name"
              idxFiles
              (fun (file: string, bytes: byte[], words: string list) -> refuseIdx file bytes words) ])
