/// Pipes and devices where files are expected: refused in a line, and never waited for.
module NeuralNetwork.Tests.Cli.SpecialFileTests

open System
open System.Diagnostics
open System.IO
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private pipe (place: Workplace) (name: string) =
    use made = Process.Start("mkfifo", place.At name)
    made.WaitForExit()
    Expect.equal 0 made.ExitCode

let private prepare (place: Workplace) =
    let at = place.At
    Directory.CreateDirectory(at "idx") |> ignore
    Directory.CreateDirectory(at "run") |> ignore

    for name in
        [ "p.csv"
          "p.csv.gz"
          "p.npy"
          "p.npz"
          "p.svm"
          "p.json"
          "p.safetensors"
          "run/model.safetensors"
          "idx/train-images-idx3-ubyte" ] do
        pipe place name

    Directory.CreateDirectory(at "folder.safetensors") |> ignore
    File.CreateSymbolicLink(at "round.safetensors", at "about.safetensors") |> ignore
    File.CreateSymbolicLink(at "about.safetensors", at "round.safetensors") |> ignore
    File.CreateSymbolicLink(at "round.csv", at "round.csv") |> ignore
    File.WriteAllLines(at "good.csv", "x,y" :: [ for row in 1..30 -> $"{row},k{row % 2}" ])

let private onWindows =
    [ "NUL", "train NUL --out o"
      "CON", "train CON --out o"
      "COM1", "train COM1 --out o"
      "NUL.csv", "train NUL.csv --out o"
      "NUL", "train nul,NUL --out o"
      "NUL", "train good.csv --test NUL --out o"
      "NUL", "train good.csv --config NUL --out o"
      "CON", "train good.csv --batch-size 8 --init-from CON --out o"
      "NUL", "data inspect NUL"
      "NUL", "evaluate NUL good.csv"
      "NUL", "model verify NUL"
      "CON", "model verify CON"
      "folder.safetensors", "evaluate folder.safetensors good.csv" ]

let private uses =
    [ "p.csv", "train p.csv --out o"
      "p.csv.gz", "train p.csv.gz --out o"
      "p.npy", "train p.npy,p.npy --out o"
      "p.npz", "train p.npz --out o"
      "p.svm", "data inspect p.svm"
      "train-images-idx3-ubyte", "train idx --out o"
      "p.csv", "train good.csv --test p.csv --out o"
      "p.csv", "train good.csv --validation p.csv --out o"
      "p.json", "train good.csv --config p.json --out o"
      "/dev/zero", "train good.csv --config /dev/zero --out o"
      "p.safetensors", "train good.csv --batch-size 8 --init-from p.safetensors --out o"
      "/dev/zero", "train /dev/zero --out o"
      "p.safetensors", "evaluate p.safetensors good.csv"
      "model.safetensors", "predict run good.csv"
      "/dev/zero", "model verify /dev/zero"
      "/dev/full", "model verify /dev/full"
      "folder.safetensors", "evaluate folder.safetensors good.csv"
      "round.safetensors", "model verify round.safetensors"
      "round.safetensors", "evaluate round.safetensors good.csv"
      "round.csv", "train round.csv --out o"
      "/dev/stdin", "train /dev/stdin --out o"
      "/dev/stdin", "model verify /dev/stdin" ]

let tests =
    workplaceWith "SpecialFile" prepare (fun place ->
        let folder, at = place.Folder, place.At

        [ test "A file beyond 2 GiB is refused by its size and the limit, and not read" (fun () ->
              // Holes: nothing of it lies on the disk.
              let make (name: string) (beginning: byte[]) (length: int64) =
                  use file = File.Create(at name)
                  file.Write(beginning, 0, beginning.Length)
                  file.SetLength length

              let idx rows = [| 0uy; 0uy; 8uy; 3uy; 0uy; rows; 0uy; 0uy; 0uy; 0uy; 0uy; 28uy; 0uy; 0uy; 0uy; 28uy |]
              Directory.CreateDirectory(at "great") |> ignore

              for name, arguments, words in
                  [ "great.safetensors", "model verify great.safetensors", [ "3221225472 bytes (limit 2147483591)" ]
                    "great.safetensors",
                    "predict great.safetensors good.csv",
                    [ "3221225472 bytes (limit 2147483591)" ]
                    "great.npz", "data inspect great.npz", [ "3221225472 bytes (limit 2147483591)" ]
                    "great.svm", "data inspect great.svm", [ "3221225472 bytes (limit 2147483591)" ]
                    "great/train-images-idx3-ubyte",
                    "data inspect great",
                    [ "4128768 x 28 x 28 elements of 1 byte: 3236954128 bytes with the header (limit 2147483591)" ] ] do
                  make name (if name.Contains '/' then idx 0x3Fuy else [||]) (3L <<< 30)
                  let outcome = CommandLine.run folder (arguments.Split ' ' |> List.ofArray)
                  Expect.mentions ("nn: error: " :: name :: words) outcome.Error
                  Expect.equal (3, 1) (outcome.Code, (outcome.Error.TrimEnd().Split('\n').Length))
                  File.Delete(at name))
          test "An array beyond 2 GiB is refused with what reads it, or why nothing does" (fun () ->
              let make (name: string) (head: string -> string) (shape: int[]) (length: int64) =
                  use file = File.Create(at name)
                  let bytes = Text.Encoding.Latin1.GetString(Npy.Header(TypeCode.Byte, shape)) |> head
                  file.Write(Text.Encoding.Latin1.GetBytes bytes, 0, bytes.Length)
                  file.SetLength(int64 bytes.Length + length)

              let few, many = [| 3_000_000; 1000 |], 3_000_000_000L
              let turned (head: string) = head.Replace("'fortran_order': False", "'fortran_order': True ")
              let longer (head: string) = head.Replace("(999999999,), }  ", "(3000000000,), } ")
              make "answers.npy" id [| 3_000_000 |] 3_000_000L
              make "great.npy" id few many
              make "turned.npy" turned few many
              make "cut.npy" id few (many - 1L)
              make "long.npy" longer [| 999_999_999 |] many

              // To PowerShell a comma joins words.
              let pair = "great.npy,answers.npy"
              let typed = if Elsewhere.isWindows then CommandLine.typed pair else pair

              for arguments, words in
                  [ "data inspect great.npy,answers.npy",
                    [ "great.npy: shape: 3000000 x 1000 elements of 1 byte: 3000000128 bytes with the header"
                      $"nn data pack {typed} --out big.data" ]
                    "data inspect turned.npy,answers.npy", [ "turned.npy: fortran_order: "; "ascontiguousarray" ]
                    "data pack turned.npy,answers.npy --out p", [ "turned.npy: fortran_order: "; "ascontiguousarray" ]
                    "data pack cut.npy,answers.npy --out p",
                    [ "cut.npy: length: expected 3000000128 bytes, found 3000000127" ]
                    "data pack long.npy,answers.npy --out p",
                    [ "long.npy: shape: 3000000000 rows (limit 2147483647)" ] ] do
                  let outcome = CommandLine.run folder (arguments.Split ' ' |> List.ofArray)
                  Expect.mentions ("nn: error: " :: words) outcome.Error
                  Expect.equal (3, 1) (outcome.Code, (outcome.Error.TrimEnd().Split('\n').Length)))
          // Half a minute is a hundred times what a refusal takes: nothing but waiting for the pipe takes longer.
          each
              "A pipe or device is refused by name, and not waited for"
              (if Elsewhere.isWindows then onWindows else uses)
              (fun (name: string, line: string) ->
                  let started = CommandLine.start folder (line.Split ' ' |> List.ofArray)

                  if not (started.WaitForExit 30_000) then
                      started.Kill()
                      Expect.fail $"nn {line} waits"

                  let outcome = CommandLine.finish started
                  Expect.mentions [ "nn: error: "; name ] outcome.Error
                  Expect.equal 3 outcome.Code
                  Expect.equal 1 (outcome.Error.TrimEnd().Split('\n').Length)
                  Expect.that (not (Directory.Exists(at "o"))) "something was written") ])
