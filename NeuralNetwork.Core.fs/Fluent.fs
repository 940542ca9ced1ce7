namespace NeuralNetwork

open System.Runtime.CompilerServices

/// Conveniences for C#: one line each, nothing that the modules do not say.
[<Extension; AbstractClass; Sealed>]
type Fluent =

    /// Fresh parameters for a description from a seed. T is float or double.
    [<Extension>]
    static member Init<'T>(network: Network, seed: uint64) : Model<'T> = Model.initialize<'T> seed network
