namespace NeuralNetwork

/// Defaults that are needed twice: in the tables of what users write, and as optional arguments for C#.
module internal Defaults =

    // Schedules -------------------------------------------------------------------------------------------------------

    /// The share of the steps up to the rate, as the next two PyTorch's OneCycleLR.
    [<Literal>]
    let OneCycleRise = 0.3

    /// By how much less than the rate the cycle begins.
    [<Literal>]
    let OneCycleStart = 25.0

    /// By how much less than its beginning the cycle ends.
    [<Literal>]
    let OneCycleFinal = 1e4

    /// Epochs without a fall that a plateau bears: PyTorch's ReduceLROnPlateau, as the factor.
    [<Literal>]
    let PlateauPatience = 10

    [<Literal>]
    let PlateauFactor = 0.1

    // Training --------------------------------------------------------------------------------------------------------

    [<Literal>]
    let Epochs = 10

    [<Literal>]
    let BatchSize = 128
