/// What users get wrong on the command line: each mistake has its code and one line, and touches nothing.
module NeuralNetwork.Tests.Cli.MistakeTests

open System
open System.IO
open NeuralNetwork.Tests

/// Folders of other programs, with files that are called like those of a run.
let private strangers =
    let ours = """{"schema": 1, "data": "data"}"""
    let tensors = "\032\000\000\000\000\000\000\000{\"__metadata__\":{\"format\":\"pt\"}}"

    [ "hugging", [ "config.json", """{"architectures": ["BertModel"], "hidden_size": 768}""" ]
      "listed", [ "config.json", "[]" ]
      "scrawled", [ "config.json", "{" ]
      "reported", [ "report.html", "<html/>"; "history.csv", "day,price\n" ]
      "weighed", [ "model.safetensors", tensors ]
      "mixed", [ "config.json", ours; "model.safetensors", tensors ] ]

let private prepare (place: Workplace) =
    let at = place.At
    CommandLine.writeData (at "data")
    Directory.CreateDirectory(at "mine") |> ignore
    File.WriteAllText(at "mine/letter.txt", "not a run")
    File.WriteAllText(at "file", "")

    for name, files in strangers do
        Directory.CreateDirectory(at name) |> ignore

        for file, content in files do
            File.WriteAllText(at $"{name}/{file}", content)

/// Training with options, and what the line about them mentions.
let private options: (string list * string list) list =
    [ [ "--epoch"; "3" ], [ "--epoch: unknown option"; "did you mean --epochs?" ]
      [ "--cost"; "huber" ], [ "did you mean --loss?" ]
      [ "--deterministic" ], [ "--deterministic: unknown option" ]
      [ "--keep"; "2" ], [ "--keep: unknown option\n" ]
      [ "--epochs" ], [ "--epochs: no value given" ]
      [ "--epochs"; "--seed"; "3" ], [ "--epochs: no value given" ]
      [ "--epochs"; "1"; "--epochs"; "2" ], [ "--epochs: given 2 times" ]
      [ "more" ], [ "more: one argument too many" ]
      [ "@arguments.txt" ], [ "@arguments.txt: one argument too many" ]
      for text in [ "0"; "-1"; "1.5"; "1e3"; "2147483648"; "abc" ] do
          [ "--epochs"; text ], [ $"--epochs: {text} (must be a whole number from 1" ]
      [ "--epochs"; "" ], [ "--epochs: empty" ]
      for text in [ "0"; "-0.1"; "NaN"; "inf"; "0,1"; "1e400" ] do
          [ "--lr"; text ], [ $"--lr: {text} (must be a finite number above 0)" ]
      for text in [ "0"; "2147483648" ] do
          [ "--batch-size"; text ], [ $"--batch-size: {text}" ]
      [ "--hidden"; "128,,64" ], [ "--hidden: empty" ]
      [ "--hidden"; "128,-1" ], [ "--hidden: -1" ]
      [ "--hidden"; "0" ], [ "--hidden: 0" ]
      [ "--hidden"; String.Join(',', List.replicate 10000 "3") ], [ "--hidden: 10000 values"; "at most 1000" ]
      [ "--hidden"; "1000000,1000000" ], [ "--hidden"; "limit" ]
      [ "--preset"; "1e999" ], [ "--preset"; "must be one of" ]
      for text in [ "1"; "1.1"; "-0.1"; "NaN" ] do
          [ "--dropout"; text ], [ $"--dropout: {text}" ]
      [ "--l2"; "-1" ], [ "--l2: -1" ]
      [ "--optimizer"; "momentum"; "--momentum"; "1" ], [ "--momentum: 1 (must be at least 0 and below 1)" ]
      [ "--beta2"; "1" ], [ "--beta2: 1" ]
      [ "--epsilon"; "0" ], [ "--epsilon: 0" ]
      [ "--eps"; "0" ], [ "did you mean --epsilon?" ]
      for text in [ "-1"; "18446744073709551616"; "abc" ] do
          [ "--seed"; text ], [ $"--seed: {text} (must be a whole number from 0 to 18446744073709551615)" ]
      for text in [ "0"; "-1"; "100000" ] do
          [ "--threads"; text ], [ $"--threads: {text} (must be a whole number from 1 to 1024)" ]
      [ "--optimizer"; "adamm" ], [ "--optimizer: "; "did you mean 'adam'?" ]
      [ "--loss"; "binary-cross-entropy" ], [ "--loss: binary-cross-entropy with 10 classes"; "needs 2" ]
      [ "--output"; "sigmoid"; "--loss"; "cross-entropy" ], [ "--output: does not go with --loss cross-entropy" ]
      [ "--batch-norm"; "--batch-size"; "1" ], [ "--batch-norm: a batch of 1 row has no variance" ]
      for text in [ "0"; "1"; "1.2"; "-0.5" ] do
          [ "--validation"; text ], [ $"--validation: {text}" ]
      [ "--validation"; "0.0001" ], [ "--validation: 0 of 600 rows" ]
      [ "--blas"; "foo" ], [ "--blas: foo"; "mkl"; "managed" ]
      [ "--blas"; "mkll" ], [ "--blas: mkll (did you mean mkl?)" ] ]

let private lines (text: string) = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)

let private check (place: Workplace) code arguments words =
    let before = CommandLine.content place.Folder
    let outcome = CommandLine.run place.Folder arguments
    Expect.mentions ("nn: error: " :: words) outcome.Error
    let line = String.Join(' ', arguments)
    Expect.that (outcome.Code = code) $"nn {line[..99]}: {outcome.Code} (expected {code})"
    Expect.equal ("", 1) (outcome.Out, (lines outcome.Error).Length)
    Expect.equal before (CommandLine.content place.Folder)

let tests =
    workplaceWith "Mistake" prepare (fun place ->
        let folder, at = place.Folder, place.At
        let check = check place

        [ test "An option that makes no sense ends with 2 and one line" (fun () ->
              for more, words in options do
                  check 2 ([ "train"; "data"; "--out"; "run" ] @ more) words)
          test "Options before the command are told where they belong" (fun () ->
              check 2 [ "--out"; "run"; "train"; "data" ] [ "--out: stands before the command (nn train … --out …)" ])
          test "An output that cannot be one ends with 2, or 4 where only the system knows, and one line" (fun () ->
              let train out = [ "train"; "data"; "--steps"; "1"; "--out"; out ]
              check 2 (train "mine") [ "--out: mine exists" ]
              check 2 (train "mine" @ [ "--force" ]) [ "--out: mine is no run folder" ]
              check 2 (train "data" @ [ "--force" ]) [ "--out: data is no run folder" ]

              for name, _ in strangers do
                  check 2 (train name) [ $"--out: {name} exists and is no run folder" ]
                  check 2 (train name @ [ "--force" ]) [ $"--out: {name} is no run folder" ]

              check 2 (train "file") [ "--out: file is not a folder" ]
              check 2 (train "a\nb") [ "--out: "; "no path" ]
              check 2 (train "") [ "--out: "; "no path" ]
              check 2 (train (String('n', 300))) [ "--out: a name of 300 bytes (at most 255)" ]

              if OperatingSystem.IsLinux() && not Elsewhere.isWindows then
                  check 2 (train "/dev/full") [ "--out: /dev/full is not a folder" ]
                  check 4 (train "/proc/none") [ "/proc/none: create: the file system makes nothing of that name" ])
          test "A missing argument is looked up in the help of the whole command" (fun () ->
              for words in [ [ "data"; "inspect" ]; [ "model"; "show" ]; [ "model"; "verify" ]; [ "train" ] ] do
                  check 2 words [ $"""missing (see nn {String.Join(' ', words)} --help)""" ])
          test "The environment's library is held to the words of the option" (fun () ->
              let run blas =
                  CommandLine.runWith [ "NN_BLAS", blas ] folder [ "train"; "data"; "--steps"; "1"; "--out"; "never" ]

              for text, words in
                  [ "foo", [ "NN_BLAS: foo"; "managed" ]; "mkll", [ "NN_BLAS: mkll (did you mean mkl?)" ] ] do
                  let outcome = run text
                  Expect.mentions ("nn: error: " :: words) outcome.Error
                  Expect.equal 2 outcome.Code
                  Expect.that (not (Directory.Exists(at "never"))) "a run") ])
