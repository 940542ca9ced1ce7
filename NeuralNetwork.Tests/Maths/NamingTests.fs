/// Names of activations, losses, optimizers, initializers, schedules and conventions: what they read back as, what is answered to a
/// typing error, and what is no name.
module NeuralNetwork.Tests.Maths.NamingTests

open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// What a name is read as, said again.
let private read (catalogue: string) (typed: string) : Result<string, string> =
    match catalogue with
    | "activation" -> Activation.parse typed |> Result.map Activation.name
    | "loss" -> Loss.parse typed |> Result.map Loss.name
    | "optimizer" -> Optimizer.parse typed |> Result.map Optimizer.name
    | "initializer" -> Initializer.parse typed |> Result.map Initializer.name
    | "schedule" -> Schedule.parse 0.5 100 typed |> Result.map Schedule.name
    | "convention" -> Convention.parse typed |> Result.map Convention.name
    | other -> Expect.fail $"'{other}' is no catalogue"

/// What is typed instead of which name.
let private mistyped: (string * string * string) list =
    [ "activation", "rleu", "relu"
      "activation", "tan", "tanh"
      "activation", "sigmod", "sigmoid"
      "activation", "leakyrelu", "leaky-relu"
      "loss", "cros-entropy", "cross-entropy"
      "optimizer", "adm", "adam"
      "optimizer", "sgdd", "sgd"
      "optimizer", "momentun", "momentum"
      "initializer", "he-norml", "he-normal"
      "schedule", "cosin", "cosine"
      "convention", "torh", "torch" ]

/// What is no name, or has a parameter that does not belong to it or does not fit.
let private refused: (string * string) list =
    [ "activation", "quadratic"
      "activation", ""
      "activation", "relu:2"
      "activation", "leaky-relu:x"
      "activation", "leaky-relu:nan"
      "activation", "leaky-relu:1"
      "activation", "leaky-relu:-0.5"
      "activation", "RELU"
      "activation", "elu:0"
      "activation", "elu:-1"
      "activation", "elu:x"
      "activation", "gelu:1"
      "activation", "softmax"
      "loss", "cross-entropy:0"
      "loss", "cross-entropy:1"
      "loss", "huber:0"
      "loss", "quantile:0"
      "loss", "quantile:1"
      "loss", "huber:1:2"
      "loss", "huber:x"
      "loss", "focal:-1"
      "loss", "balanced-focal:2"
      "loss", "balanced-focal:2:1"
      "loss", "poisson:1"
      "loss", "hing:1"
      "initializer", "constant"
      "initializer", "constant:x"
      "initializer", "normal:0"
      "initializer", "uniform:-1"
      "initializer", "torch:1"
      "initializer", "truncated-he-uniform"
      "optimizer", "adam:1"
      "schedule", "constant:1"
      "convention", "jax" ]

let private initializers: Initializer list =
    [ Initializer.Constant 0.1
      Initializer.Normal 0.01
      Initializer.Uniform 0.3
      Initializer.Orthogonal 1.5
      Initializer.Scaled(1.7, Fan.In, Distribution.TruncatedNormal)
      Initializer.Scaled(1.7, Fan.Average, Distribution.UncorrectedTruncatedNormal)
      Initializer.Scaled(1.7, Fan.Average, Distribution.Normal) ]

let private losses: Loss list =
    [ Loss.Quantile 0.9; Loss.Huber 0.3; Loss.SmoothedCrossEntropy 0.25; Loss.BalancedFocal(1.5, 0.4) ]

/// That each of these reads back as itself from its name.
let private areThemselves (name: 'Entry -> string) (parse: string -> Result<'Entry, string>) (all: 'Entry list) : unit =
    Expect.that (not all.IsEmpty) "nothing was read"

    for one in all do
        Expect.equal (Ok one) (parse (name one))

let tests =
    group
        "Naming"
        [ law "An activation reads back from its name, with its parameter" (fun (activation: Activation) ->
              Activation.parse (Activation.name activation) = Ok activation)
          test "Every entry of a catalogue, in every form, reads back from its name" (fun () ->
              areThemselves Activation.name Activation.parse Activation.all
              areThemselves Loss.name Loss.parse (Loss.all @ losses)
              areThemselves Optimizer.name Optimizer.parse Optimizer.all
              areThemselves Initializer.name Initializer.parse (List.map snd Initializer.all @ initializers)
              areThemselves Schedule.name (Schedule.parse 0.5 100) [ for _, make in Schedule.all -> make 0.5 100 ]
              areThemselves Convention.name Convention.parse Convention.all)
          test
              "A catalogue calls its entries what they call themselves, and a schedule has the rate that it is given"
              (fun () ->
                  for name, initializer in Initializer.all do
                      Expect.equal name (Initializer.name initializer)

                  for name, make in Schedule.all do
                      Expect.equal name (Schedule.name (make 0.5 100))
                      Expect.equal 0.5 (Schedule.rate (make 0.5 100)))
          each "A typing error is answered with the nearest name" mistyped (fun (catalogue, typed, meant) ->
              match read catalogue typed with
              | Ok found -> Expect.fail $"{typed} was read as {found}"
              | Error message -> Expect.mentions [ typed; $"did you mean '{meant}'" ] message)
          each "What is no name, or has a parameter that is not its own, is refused" refused (fun (catalogue, typed) ->
              Expect.that (Result.isError (read catalogue typed)) $"'{typed}' was accepted") ]
