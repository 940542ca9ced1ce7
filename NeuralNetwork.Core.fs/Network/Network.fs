namespace NeuralNetwork

open System

/// One step of the way from inputs to outputs.
[<RequireQualifiedAccess>]
type Layer =
    /// z = x·wᵀ + b    x: batch x inputs, w: units x inputs, z: batch x units
    | Dense of Units: int * Initializer: Initializer
    /// y = f(z), elementwise
    | Activate of Activation: Activation
    /// Each feature brought to mean 0 and variance 1 over the batch, then gamma·x̂ + beta; running averages at inference.
    /// A dense layer right before it has no bias: the batch norm would take it away again.
    | BatchNorm of BatchNorm: BatchNorm
    /// In training each number dropped with probability Rate and the rest divided by 1 - Rate; nothing at inference
    | Dropout of Rate: float

/// A network as plain data: what it computes and what it is measured with. Print it, compare it, save it.
type Network = { Inputs: int; Layers: Layer list; Cost: Cost }

/// Building and reading descriptions.
module Network =

    /// The beginning of a description: so many inputs, no layer yet, squared error.
    let input (inputs: int) : Network =
        if inputs < 1 then
            raise (ArgumentOutOfRangeException(nameof inputs, inputs, "a network needs at least one input"))

        { Inputs = inputs; Layers = []; Cost = Cost.SquaredError }

    /// Adds a layer.
    let add (layer: Layer) (network: Network) : Network = { network with Layers = network.Layers @ [ layer ] }

    /// Adds an activation; the identity adds nothing.
    let activate (activation: Activation) (network: Network) : Network =
        if activation = Activation.Identity then network else add (Layer.Activate activation) network

    /// Adds a dense layer with a given initializer, and no activation.
    let denseWith (initializer: Initializer) (units: int) (network: Network) : Network =
        if units < 1 then
            raise (ArgumentOutOfRangeException(nameof units, units, "a dense layer needs at least one unit"))

        add (Layer.Dense(units, initializer)) network

    /// Adds a batch normalisation.
    let batchNorm (settings: BatchNorm) (network: Network) : Network = add (Layer.BatchNorm settings) network

    /// Adds a dropout; a rate of 0 adds nothing. The rate is the probability of dropping and lies in [0, 1).
    let dropout (rate: float) (network: Network) : Network =
        if not (rate >= 0.0 && rate < 1.0) then
            raise (ArgumentOutOfRangeException(nameof rate, rate, "a dropout rate lies in [0, 1)"))

        if rate = 0.0 then network else add (Layer.Dropout rate) network

    /// The initializer that suits an activation: He for the rectifiers and what bends like them, LeCun for SELU, Glorot
    /// for the rest.
    let initializerFor (activation: Activation) : Initializer =
        match activation with
        | Activation.ReLU
        | Activation.LeakyReLU _
        | Activation.ELU _
        | Activation.GELU
        | Activation.GELUTanh
        | Activation.SiLU
        | Activation.Mish -> Initializer.heNormal
        | Activation.SELU -> Initializer.lecunNormal
        | _ -> Initializer.glorotUniform

    /// Adds a dense layer and, unless it is the identity, the activation after it.
    let dense (units: int) (activation: Activation) (network: Network) : Network =
        network |> denseWith (initializerFor activation) units |> activate activation

    /// Chooses the cost.
    let withCost (cost: Cost) (network: Network) : Network = { network with Cost = cost }

    /// The number of features a layer makes out of so many.
    let width (inputs: int) (layer: Layer) : int =
        match layer with
        | Layer.Dense(units, _) -> units
        | Layer.Activate _
        | Layer.BatchNorm _
        | Layer.Dropout _ -> inputs

    /// Whether a description normalises over batches, so that a batch of one row cannot teach it anything.
    let hasBatchNorm (network: Network) : bool = network.Layers |> List.exists _.IsBatchNorm

    /// Each layer with its position and the number of features that enter it.
    let walk (network: Network) : (int * int * Layer) list =
        let widths = network.Layers |> List.scan width network.Inputs

        List.mapi2
            (fun index inputs layer -> index, inputs, layer)
            (List.take network.Layers.Length widths)
            network.Layers

    /// The number of outputs.
    let outputs (network: Network) : int = List.fold width network.Inputs network.Layers

type Network with

    /// The beginning of a description: so many inputs, no layer yet, squared error.
    static member Input(inputs: int) : Network = Network.input inputs

    /// Adds a dense layer of so many units without an activation.
    member network.Dense(units: int) : Network = Network.dense units Activation.Identity network

    /// Adds a dense layer of so many units and the activation after it.
    member network.Dense(units: int, activation: Activation) : Network = Network.dense units activation network

    /// Adds a dense layer with a given initializer and the activation after it.
    member network.Dense(units: int, activation: Activation, initializer: Initializer) : Network =
        network |> Network.denseWith initializer units |> Network.activate activation

    /// Adds a batch normalisation with PyTorch's settings.
    member network.BatchNorm() : Network = Network.batchNorm BatchNorm.standard network

    /// Adds a batch normalisation.
    member network.BatchNorm(settings: BatchNorm) : Network = Network.batchNorm settings network

    /// Adds an activation.
    member network.Activate(activation: Activation) : Network = Network.activate activation network

    /// Adds a dropout with the probability of dropping a number.
    member network.Dropout(rate: float) : Network = Network.dropout rate network

    /// Chooses the cost.
    member network.With(cost: Cost) : Network = Network.withCost cost network

    /// The number of outputs.
    member network.Outputs: int = Network.outputs network
