/// What users get wrong on the command line: each mistake has its code and one line, and touches nothing. The rows are in Mistakes/,
/// by commands.
module NeuralNetwork.Tests.Cli.MistakeTests

open System
open System.IO
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private table: (string * Mistakes.Mistake) list =
    [ for typed, code, line in TrainMistakes.all @ StudyMistakes.all @ ModelMistakes.all @ OtherMistakes.all ->
          typed, (typed, code, line) ]

/// Two layers of two units, or what is called otherwise.
let private weights (names: string list) : byte[] =
    let tensor name : Tensor =
        { Name = name; Type = "F32"; Shape = [ 2L; 2L ]; Bytes = ReadOnlyMemory(Array.zeroCreate 16) }

    Safetensors.write { Metadata = []; Tensors = List.map tensor names }

let private texts: (string * string) list =
    [ for folder, files in TrainMistakes.strangers do
          for name, content in files -> $"{folder}/{name}", content ]
    @ [ "mine/letter.txt", "not a run"
        "file", ""
        "good.json", """{ "epochs": 1 }"""
        "sparse.libsvm", String.Join('\n', [ for row in 0..39 -> $"{row % 2} 1:{row} 2:{row % 7}" ]) + "\n"
        "picture.svg", "mine"
        "there.onnx", "mine"
        "text.safetensors", "not weights at all"
        "words.csv", "1,b\n"
        "words.npy", "1,b\n"
        "empty.txt", "\n" ]

/// What the lines of the table find where they are typed: data, runs on both, a comparison, a search, models, and what is none.
let private prepare (place: Workplace) =
    let at = place.At

    for name, content in texts do
        Directory.CreateDirectory(Path.GetDirectoryName(at name) |> nonNull) |> ignore
        File.WriteAllText(at name, content)

    File.WriteAllBytes(at "rows.csv", Refusals.good)
    File.WriteAllBytes(at "weights.safetensors", weights [ "0.weight"; "2.weight" ])
    File.WriteAllBytes(at "strange.safetensors", weights [ "embedding" ])
    Comparisons.two place

    for words in
        [ [ "train"; at "data"; "--out"; at "run" ]
          [ "train"; at "rows.csv"; "--out"; at "members"; "--members"; "3" ]
          [ "search"; at "data"; "--out"; at "found"; "--trials"; "2" ] ] do
        InProcess.succeed (words @ Comparisons.small) |> ignore

    File.Copy(at "run/model.safetensors", at "model.safetensors")
    File.Copy(at "members/model.safetensors", at "ensemble.safetensors")

let tests =
    workplaceWith "Mistake" prepare (fun place ->
        let mistakes =
            eachNamed "A mistake ends with its code and one line, and touches nothing" table (Mistakes.check place)

        test "The environment's library is held to the words of the option" (fun () ->
            let run blas =
                CommandLine.runWith
                    [ "NN_BLAS", blas ]
                    place.Folder
                    [ "train"; "data"; "--steps"; "1"; "--out"; "never" ]

            for text, words in
                [ "foo", [ "NN_BLAS: foo"; "managed" ]; "mkll", [ "NN_BLAS: mkll (did you mean mkl?)" ] ] do
                let outcome = run text
                Expect.mentions ("nn: error: " :: words) outcome.Error
                Expect.equal 2 outcome.Code
                Expect.that (not (Directory.Exists(place.At "never"))) "a run")
        :: List.map (inside place) (byEntry [ states [ 75 ] mistakes ]))
