/// Models of the managed engine on other registers: the runtime is told to leave out what this processor has.
module NeuralNetwork.Tests.Cli.SameBytesTests

open System.Runtime.Intrinsics.X86
open NeuralNetwork.Tests

/// What the runtime may be told, and whether there is anything to be left out; elsewhere it changes nothing, and holds, too.
let private switches: (string * string) list =
    [ "DOTNET_MaxVectorTBitWidth", "128"
      "DOTNET_MaxVectorTBitWidth", "256"
      "DOTNET_MaxVectorTBitWidth", "512"
      "DOTNET_EnableAVX512", "0"
      "DOTNET_EnableAVX2", "0"
      "DOTNET_EnableFMA", "0"
      "DOTNET_EnableHWIntrinsic", "0" ]

/// Sums down and across, moments, masks, norms, roots and powers, rates that fall along a cosine; float32.
let private classifier =
    [ "train"; "digits"; "--hidden"; "33,17"; "--batch-norm"; "--dropout"; "0.2"; "--batch-size"; "64" ]
    @ [ "--optimizer"; "adam"; "--lr"; "0.01"; "--weight-decay"; "0.01"; "--clip-global-norm"; "0.1" ]
    @ [ "--schedule"; "cosine:40"; "--warmup"; "3"; "--epochs"; "6"; "--early-stopping"; "3" ]

/// Members, waves, orthogonal matrices, softmax and its logarithms, restarts of growing length; float64.
let private ensemble =
    [ "train"
      "digits"
      "--hidden"
      "20"
      "--members"
      "2"
      "--train-rows"
      "200"
      "--precision"
      "float64" ]
    @ [ "--init"
        "orthogonal"
        "--activation"
        "gelu"
        "--loss"
        "cross-entropy:0.1"
        "--calibrate"
        "true" ]
    @ [ "--optimizer"
        "nadam"
        "--schedule"
        "cosine-restarts:4:1.5"
        "--l2"
        "0.001"
        "--max-norm"
        "2" ]
    @ [ "--epochs"; "3" ]

let private prepare (place: Workplace) = CommandLine.writeData (place.At "digits")

/// The bytes of the model and the losses of a run in its own process.
let private outcome
    (place: Workplace)
    (name: string)
    (training: string list)
    (variables: (string * string) list)
    (threads: int)
    =
    let arguments = training @ [ "--out"; name; "--blas"; "managed"; "--threads"; string threads; "--force" ]
    let run = CommandLine.runWith variables place.Folder arguments
    Expect.that (run.Code = 0) $"{name} with %A{variables}: {run.Error}"
    place.Bytes $"{name}/model.safetensors", place.Timeless $"{name}/history.csv"

let private checkAll (place: Workplace) (name: string) (training: string list) =
    let expected = outcome place name training [] 2

    for variable in switches do
        Expect.that (outcome place name training [ variable ] 2 = expected) $"{name}: another model with {variable}"

    Expect.that (outcome place name training [] 1 = expected) $"{name}: another model on one thread"

let private checkSwitches (place: Workplace) () =
    if not Avx2.IsSupported then
        skip "This processor has nothing to be left out."

    let registers variables =
        (CommandLine.runWith variables place.Folder [ "doctor" ]).Out.Split '\n'
        |> Array.filter _.StartsWith("registers")

    let usual = registers []
    Expect.that (registers [ "DOTNET_EnableAVX2", "0" ] <> usual) "AVX2 is not left out"
    Expect.that (registers [ "DOTNET_MaxVectorTBitWidth", "128" ] <> usual) "the width is not changed"

let tests =
    workplaceWith "SameBytes" prepare (fun place ->
        let checkAll = checkAll place
        let checkSwitches = checkSwitches place

        [ states
              [ 84 ]
              (test
                  "A classifier has the same bytes on any registers, without AVX2 or a fused multiply-add, on one thread or two"
                  (fun () -> checkAll "classifier" classifier))
          states
              [ 84 ]
              (test
                  "An ensemble has the same bytes on any registers, without AVX2 or a fused multiply-add, on one thread or two"
                  (fun () -> checkAll "ensemble" ensemble))
          test "The switches do leave out what this processor has" checkSwitches
          |> onOwnProcessor "it has none of it" ])
