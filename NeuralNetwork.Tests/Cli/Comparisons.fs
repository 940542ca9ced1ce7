/// nn compare on small networks, in a workplace.
module NeuralNetwork.Tests.Cli.Comparisons

open NeuralNetwork.Tests

/// Options of short trainings of small networks, on one thread and the library's own product.
let small: string list = [ "--hidden"; "8"; "--epochs"; "2"; "--blas"; "managed"; "--threads"; "1" ]

/// The words that compare variants of what is named on the folder "data".
let words (place: Workplace) (what: string) (out: string) (more: string list) : string list =
    [ "compare"; what; place.At "data"; "--out"; place.At out ] @ small @ more

/// Two optimizers from two seeds, as "two".
let two (place: Workplace) : unit =
    CommandLine.writeData (place.At "data")

    InProcess.succeed (words place "optimizers" "two" [ "--values"; "adam,sgd"; "--seeds"; "2" ])
    |> ignore
