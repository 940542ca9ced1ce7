namespace NeuralNetwork.Maths

/// Defaults that are needed twice: in the tables of what users write, and as optional arguments for C#.
module internal Defaults =

    // Training --------------------------------------------------------------------------------------------------------

    [<Literal>]
    let Epochs = 10

    [<Literal>]
    let BatchSize = 128

    // MiB of rows that stay in a stream.
    [<Literal>]
    let Window = 128

    // Two of them are one array.
    [<Literal>]
    let MostWindow = 512

    // The same where rows are gone through in their order, and only read ahead.
    [<Literal>]
    let ReadAhead = 8
