/// Packed files that are damaged, or hold more or less than they promise.
module NeuralNetwork.Tests.Cli.BadPackedTests

open System
open System.IO
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Refusals

let private packedData =
    let whole = gzip good

    [ "16 cut in the middle", whole[.. whole.Length / 2], [ "gzip"; "output byte" ]
      "17 a wrong checksum",
      Array.updateAt (whole.Length - 8) (whole[whole.Length - 8] ^^^ 1uy) whole,
      [ "gzip"; "damaged" ]
      "17 a wrong length", Array.updateAt (whole.Length - 1) 1uy whole, [ "gzip" ]
      "19 a second file behind it", Array.append whole whole, [ "gzip"; "appended" ]
      "not gzip at all", good, [ "gzip"; "not a gzip file" ]
      "nothing", [||], [ "gzip"; "0 bytes" ]
      "a single byte", [| 0xC6uy |], [ "gzip"; "cut short" ]
      "a header that ends in zeros", whole[..7], [ "gzip"; "cut short" ] ]
    |> List.map (fun (name, bytes, words) -> (name, (bytes, words)))

let tests =
    workplace "BadPacked" (fun place ->
        let at = place.At
        let refuse = Refusals.refuse place

        [ eachNamed "A packed file that is damaged is refused" packedData (fun (bytes: byte[], words: string list) ->
              refuse "data.csv.gz" bytes [] 3 words
              // Read whole, its length is taken from its end, which may be anything by then.
              refuse "data.svm.gz" bytes [] 3 [ "gzip" ])
          test "A file packed without the name of one is unpacked, and held to its checksum, too" (fun () ->
              File.WriteAllBytes(at "plain.csv", gzip good)
              InProcess.succeed [ "data"; "inspect"; at "plain.csv" ] |> ignore
              File.Delete(at "plain.csv")
              let whole = gzip good

              refuse
                  "data.csv"
                  (whole |> Array.updateAt (whole.Length - 6) (whole[whole.Length - 6] ^^^ 1uy))
                  []
                  3
                  [ "gzip" ])
          test "What unpacks to something longer or shorter than it promises is refused without room for it" (fun () ->
              let promised, room = 100_000_000, 4_000_000L
              Directory.CreateDirectory(at "bombs") |> ignore
              let inFolder (name: string) = Path.Combine(at "bombs", name)
              File.WriteAllBytes(inFolder "train-labels-idx1-ubyte", idx [ 1 ] [| 0uy |])
              File.WriteAllBytes(inFolder "y.npy", labels [ 0 ])

              for length in [ promised - 1; promised + 1; 1000 ] do
                  let zeros = Array.zeroCreate<byte> length
                  File.WriteAllBytes(inFolder $"{images}.gz", gzip (idx [ 1; 1; promised ] zeros))
                  let bytes = taken (DataSource.Find(at "bombs", CsvFormat.Auto))
                  Expect.that (bytes < room) $"IDX of {length}: {bytes} bytes"
                  let header = (npy [| 1; promised |] (NumberArray.Bytes [||]))
                  File.WriteAllBytes(inFolder "x.npy.gz", gzip (Array.append header zeros))
                  let pair = String.Join(',', inFolder "x.npy.gz", inFolder "y.npy")
                  let bytes = taken (DataSource.Find(pair, CsvFormat.Auto))
                  Expect.that (bytes < room) $"NPY of {length}: {bytes} bytes"

              File.WriteAllBytes(inFolder "x.svm.gz", gzip (Array.create promised (byte '\n')))
              let bytes = taken (DataSource.Find(inFolder "x.svm.gz", CsvFormat.Auto))
              Expect.that (bytes < room) $"LIBSVM: {bytes} bytes"
              Directory.Delete(at "bombs", true)) ])
