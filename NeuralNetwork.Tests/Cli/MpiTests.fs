/// nn under a launcher of MPI: the first rank alone speaks and writes, and the model is that of one process.
module NeuralNetwork.Tests.Cli.MpiTests

open System
open System.IO
open NeuralNetwork.Tests

/// The words that start so many processes.
let private launcher (count: int) : string list =
    let isThere = Environment.GetEnvironmentVariable "PATH" |> string

    match
        isThere.Split Path.PathSeparator
        |> Seq.collect (fun folder ->
            [ for name in [ "mpirun.openmpi"; "mpirun.mpich" ] -> Path.Combine(folder, name) ])
        |> Seq.tryFind File.Exists
    with
    | Some path when path.EndsWith("openmpi", StringComparison.Ordinal) ->
        [ path; "--oversubscribe"; "--bind-to"; "none"; "-n"; string count ]
    | Some path -> [ path; "-n"; string count ]
    | None -> skip "There is no launcher of MPI here (Debian: apt-get install openmpi-bin)."

let private variables =
    [ "OMPI_ALLOW_RUN_AS_ROOT", "1"
      "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"
      "TMPDIR", Path.GetTempPath() ]

/// Tests in which ranks join: nn takes the library that belongs to the launcher.
let private joining: Expecto.Test -> Expecto.Test =
    let reason = "the library of MPI is this system's and this processor's"
    onUnix reason >> onOwnProcessor reason

let private runAs (place: Workplace) (count: int) (arguments: string list) =
    CommandLine.startWords variables place.Folder (launcher count @ CommandLine.program () @ arguments)
    |> CommandLine.finish

let private training (out: string) =
    [ "train"
      "digits"
      "--hidden"
      "12"
      "--batch-norm"
      "--dropout"
      "0.2"
      "--epochs"
      "3"
      "--batch-size"
      "64" ]
    @ [ "--shards"; "4"; "--train-rows"; "300"; "--blas"; "managed"; "--out"; out ]

/// What nn itself has said, of all that came out on standard error.
let private said (error: string) : string list =
    error.Split '\n' |> Seq.filter (fun line -> line.Contains "nn:") |> List.ofSeq

let private refused (place: Workplace) (count: int) (code: int) (words: string list) (arguments: string list) =
    let outcome = runAs place count arguments
    Expect.equal code outcome.Code
    let lines = said outcome.Error
    Expect.equal 1 lines.Length
    Expect.mentions words lines.Head

let tests =
    workplaceWith "Mpi" (fun place -> CommandLine.writeData (place.At "digits")) (fun place ->
        [ states
              [ 108 ]
              (test "Three ranks come to the model of one process, and one of them says so" (fun () ->
                  let ranks = runAs place 3 (training "ranks")
                  let alone = CommandLine.succeed place.Folder (training "alone")
                  Expect.that (ranks.Code = 0) ranks.Error
                  Expect.equal (place.Bytes "alone/model.safetensors") (place.Bytes "ranks/model.safetensors")
                  Expect.equal (place.Timeless "alone/history.csv") (place.Timeless "ranks/history.csv")
                  let isOfEnd (line: string) = line.StartsWith "saved in"
                  Expect.equal 1 (ranks.Out.Split '\n' |> Seq.filter isOfEnd |> Seq.length)
                  Expect.equal 1 (alone.Out.Split '\n' |> Seq.filter isOfEnd |> Seq.length)

                  Expect.mentions
                      [ "exchange_milliseconds"; "\"count\": 3" ]
                      (File.ReadAllText(place.At "ranks/run.json"))))
          |> joining
          test "What is wrong for all ranks is said once" (fun () ->
              refused place 2 3 [ "nosuch" ] [ "train"; "nosuch.csv"; "--shards"; "2"; "--out"; "none" ]
              refused place 5 2 [ "--shards"; "4"; "5 ranks" ] (training "none")
              refused place 2 2 [ "--shards"; "1"; "2 ranks" ] [ "train"; "digits"; "--out"; "none" ]
              Expect.that (not (Directory.Exists(place.At "none"))) "a folder was made")
          |> joining
          test "Ranks that are told otherwise are refused, and what is there stays" (fun () ->
              let other =
                  [ ":"; "-n"; "1" ] @ CommandLine.program () @ training "other" @ [ "--learning-rate"; "0.5" ]

              refused place 1 2 [ "rank 1"; "--learning-rate"; "0.5" ] (training "other" @ other)
              Expect.that (not (Directory.Exists(place.At "other"))) "a folder was made")
          |> joining
          test "Where nobody is to join, each process is by itself" (fun () ->
              let outcome = runAs place 1 (training "single" @ [ "--mpi"; "none" ])
              Expect.that (outcome.Code = 0) outcome.Error
              Expect.mentions [ "\"ranks\": null" ] (File.ReadAllText(place.At "single/run.json"))) ])
