namespace NeuralNetwork.Maths

/// Defaults that are needed twice: in the tables of what users write, and as optional arguments for C#.
module internal Defaults =

    // Training --------------------------------------------------------------------------------------------------------

    [<Literal>]
    let Epochs = 10

    [<Literal>]
    let BatchSize = 128
