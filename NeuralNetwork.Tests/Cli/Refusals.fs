/// Files that can be used, to be spoiled, and a command that has to refuse them.
module NeuralNetwork.Tests.Cli.Refusals

open System
open System.IO
open System.IO.Compression
open System.Text
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

/// Lines of a text file.
let text (lines: string list) : byte[] = Encoding.UTF8.GetBytes(String.Join('\n', lines) + "\n")

/// Bytes as gzip packs them.
let gzip (bytes: byte[]) : byte[] =
    use stream = new MemoryStream()
    using (new GZipStream(stream, CompressionLevel.Optimal, true)) (fun zip -> zip.Write(bytes, 0, bytes.Length))
    stream.ToArray()

/// Trains on a file as it is named, and demands a refusal that mentions words and touches nothing.
let refuse
    (place: Workplace)
    (name: string)
    (bytes: byte[])
    (options: string list)
    (code: int)
    (words: string list)
    : unit =
    File.WriteAllBytes(place.At name, bytes)

    Mistakes.refusal place ([ "train"; place.At name; "--out"; place.At "run" ] @ options) code
    |> Expect.mentions words

    File.Delete(place.At name)

let private rows = [ for row in 1..20 -> $"{row}.5,{row % 7},{if row % 2 = 0 then 'a' else 'b'}" ]

/// A table of twenty rows under a header, after a change.
let table (head: string) (change: string list -> string list) : byte[] = text (head :: change rows)

/// A table that can be learned.
let good: byte[] = table "x,z,kind" id

/// A file of NumPy's.
let npy (shape: int[]) (values: NumberArray) : byte[] = Npy.write { Shape = shape; Values = values }

/// A zip archive of files.
let archive (files: (string * byte[]) list) : byte[] =
    use stream = new MemoryStream()

    using (new ZipArchive(stream, ZipArchiveMode.Create, true)) (fun zip ->
        for name, bytes in files do
            use entry = zip.CreateEntry(name).Open()
            entry.Write(bytes, 0, bytes.Length))

    stream.ToArray()

/// A file of labels.
let labels (values: float list) : byte[] = npy [| values.Length |] (NumberArray.Doubles(Array.ofList values))

/// Four bytes, the most significant first.
let big (x: int) : byte[] = BitConverter.GetBytes x |> Array.rev

/// An IDX file of bytes.
let idx (dimensions: int list) (values: byte[]) : byte[] =
    Array.concat ([| 0uy; 0uy; 8uy; byte dimensions.Length |] :: List.map big dimensions @ [ values ])

/// The name of the images in a folder of IDX files.
let images: string = "train-images-idx3-ubyte"

/// The bytes taken while a file is refused.
let taken (source: DataSource) : int64 =
    let before = GC.GetAllocatedBytesForCurrentThread()

    try
        source.Train TableOrder.Usual |> ignore
        Expect.fail "not refused"
    with :? Failure as failure ->
        Expect.equal 3 failure.Code

    GC.GetAllocatedBytesForCurrentThread() - before
