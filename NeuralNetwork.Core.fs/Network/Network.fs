namespace NeuralNetwork

open System
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// One step of the way from inputs to outputs.
[<RequireQualifiedAccess>]
type Layer =
    /// z = x·wᵀ + b    x: batch x inputs, w: units x inputs, z: batch x units
    | Dense of Units: int * Initializer: Initializer
    /// y = f(z), elementwise
    | Activate of Activation: Activation
    /// y = z for z > 0, else a·z, where each unit learns its slope a, which begins as Start
    | PReLU of Start: float
    /// y = softmax z, row by row: positive numbers with the sum 1
    | Softmax
    /// Each feature brought to mean 0 and variance 1 over the batch, then gamma·x̂ + beta; running averages at inference.
    /// A dense layer right before it has no bias: the batch norm would take it away again.
    | BatchNorm of BatchNorm: BatchNorm
    /// y = x and behind it, for the features of Settings, e = v·cos 2π(w·x + b) + c: the first mixture of each, then the second
    | Periodic of Settings: Periodic
    /// In training each number dropped with probability Rate and the rest divided by 1 - Rate; nothing at inference
    | Dropout of Rate: float

    /// As in: dense 16; tanh; dropout 0.5.
    override layer.ToString() =
        match layer with
        | Layer.Dense(units, _) -> $"dense {string units}"
        | Layer.Activate activation -> Activation.name activation
        | Layer.PReLU start -> $"prelu:{Text.number start}"
        | Layer.Softmax -> "softmax"
        | Layer.BatchNorm _ -> "batch norm"
        | Layer.Periodic periodic -> $"periodic of {string periodic.Features.Length} features"
        | Layer.Dropout rate -> $"dropout {Text.number rate}"

// Layers by name, and what goes with them.
type Layer with

    static member private named: (string * Layer) list =
        [ for activation in Activation.all @ [ Activation.Exponential ] do
              fst (Text.split (Activation.name activation)), Layer.Activate activation
          "prelu", Layer.PReLU PReLU.Start
          "softmax", Layer.Softmax ]

    /// What may stand behind a hidden layer, each in its default form: every activation, and the layers that work like one.
    static member activations: Layer list =
        Layer.named |> List.map snd |> List.except [ Layer.Activate Activation.Exponential ]

    /// Names as users write them; a parameter follows a colon, as in prelu:0.1. Layers that are no activations go by their
    /// kind.
    static member name(layer: Layer) : string =
        match layer with
        | Layer.Activate _
        | Layer.PReLU _
        | Layer.Softmax
        | Layer.BatchNorm _ -> string layer
        | Layer.Dense _ -> "dense"
        | Layer.Periodic _ -> "periodic"
        | Layer.Dropout _ -> "dropout"

    /// What a reader wants to know of everything that stands behind a dense layer, in the order of the documentation.
    static member notes: FormulaNote list = Activation.notes @ [ PReLU.note; Softmax.note ]

    /// What a reader wants to know of something that stands behind a dense layer, with its name in full; None of any other layer.
    static member note(layer: Layer) : FormulaNote option =
        match layer with
        | Layer.Activate activation -> Some(Activation.note activation)
        | Layer.PReLU _ -> Some { PReLU.note with Name = Layer.name layer }
        | Layer.Softmax -> Some Softmax.note
        | Layer.Dense _
        | Layer.BatchNorm _
        | Layer.Periodic _
        | Layer.Dropout _ -> None

    /// Reads the name of something that stands behind a dense layer; the error says what was expected.
    static member parse(text: string) : Result<Layer, string> =
        match Text.split text with
        | "prelu", Some start ->
            match Ranges.start start with
            | None -> Ok(Layer.PReLU start)
            | Some words -> Error words
        | word, None when word <> "swish" -> Text.choose "activation" Layer.named word
        | _ -> Activation.parse text |> Result.map Layer.Activate

    /// What is wrong with a layer for so many features, if anything, as in: a dropout rate of 1 (must lie in [0, 1)).
    static member internal defect (inputs: int) (layer: Layer) : string option =
        match layer with
        | Layer.Dense(units, _) when units < 1 -> Some $"a dense layer of {units} units (must be at least 1)"
        | Layer.Dense(_, initializer) -> Ranges.initializer initializer
        | Layer.Activate activation -> Ranges.activation activation
        | Layer.PReLU start -> Ranges.start start
        | Layer.Softmax -> None
        | Layer.BatchNorm settings ->
            Ranges.batchNorm settings |> Option.map (fun (name, found) -> $"a batch norm of {name} {found}")
        | Layer.Periodic settings -> Periodic.defect inputs settings |> Option.map (fun found -> $"waves: {found}")
        | Layer.Dropout rate -> Ranges.dropout rate |> Option.map (fun found -> $"a dropout rate of {found}")

    /// The initializer of a dense layer that suits what stands behind it: He for the rectifiers and what bends like them,
    /// LeCun for SELU, Glorot for the rest.
    static member initializer(behind: Layer) : Initializer =
        match behind with
        | Layer.PReLU _
        | Layer.Activate(Activation.ReLU | Activation.LeakyReLU _ | Activation.ELU _ | Activation.GELU)
        | Layer.Activate(Activation.GELUTanh | Activation.SiLU | Activation.Mish) -> Initializer.heNormal
        | Layer.Activate Activation.SELU -> Initializer.lecunNormal
        | Layer.Activate(Activation.Identity | Activation.Softplus | Activation.Softsign | Activation.Tanh)
        | Layer.Activate(Activation.Sigmoid | Activation.HardSigmoid | Activation.HardTanh | Activation.Exponential)
        | Layer.Softmax
        | Layer.Dense _
        | Layer.BatchNorm _
        | Layer.Periodic _
        | Layer.Dropout _ -> Initializer.glorotUniform

/// A network as plain data: what it computes and what it is measured with. Print it, compare it, save it.
type Network =
    {
        /// The number of features.
        Inputs: int
        /// The layers, from the features to the outputs.
        Layers: Layer list
        /// What training makes small; it also says what the outputs are.
        Loss: Loss
        /// How many networks of this description there are, each with parameters of its own: trained on the same batches at
        /// the same time, averaged in every prediction. The layers are those of one of them.
        Members: int
    }

    /// As in: 2 inputs, dense 4, tanh, dropout 0.5, dense 2, cross-entropy; of an ensemble, 5 members of 2 inputs, ….
    override network.ToString() =
        let layers = network.Layers |> List.map string
        let members = if network.Members = 1 then "" else $"{string network.Members} members of "
        String.concat ", " ($"{members}{string network.Inputs} inputs" :: layers @ [ Loss.name network.Loss ])

/// Building and reading descriptions.
module Network =

    /// The beginning of a description: so many inputs, no layer yet, squared error.
    let input (inputs: int) : Network =
        if inputs < 1 then
            raise (ArgumentOutOfRangeException(nameof inputs, inputs, "a network needs at least one input"))

        { Inputs = inputs; Layers = []; Loss = Loss.SquaredError; Members = 1 }

    /// The most members of a network.
    [<Literal>]
    let MostMembers = 100

    /// So many networks of this description in one, averaged in every prediction; 1 for a network by itself.
    /// ArgumentOutOfRangeException beyond 1 .. 100.
    let withMembers (members: int) (network: Network) : Network =
        if members < 1 || members > MostMembers then
            raise (ArgumentOutOfRangeException(nameof members, members, $"a network has 1 to {MostMembers} members"))

        { network with Members = members }

    /// The number of features a layer makes out of so many.
    let width (inputs: int) (layer: Layer) : int =
        match layer with
        | Layer.Dense(units, _) -> units
        | Layer.Periodic periodic -> inputs + Periodic.added periodic
        | Layer.Activate _
        | Layer.PReLU _
        | Layer.Softmax
        | Layer.BatchNorm _
        | Layer.Dropout _ -> inputs

    /// Adds a layer. ArgumentException where a number of it is none that it can be.
    let add (layer: Layer) (network: Network) : Network =
        Ranges.notNull (nameof layer) layer
        Ranges.notNull (nameof network) network

        match Layer.defect (List.fold width network.Inputs network.Layers) layer with
        | Some found -> raise (ArgumentException(found, nameof layer))
        | None -> { network with Layers = network.Layers @ [ layer ] }

    /// Adds what stands behind a dense layer; the identity adds nothing.
    let behind (layer: Layer) (network: Network) : Network =
        Ranges.notNull (nameof layer) layer
        if layer = Layer.Activate Activation.Identity then network else add layer network

    /// Adds an activation; the identity adds nothing.
    let activate (activation: Activation) (network: Network) : Network =
        Ranges.notNull (nameof activation) activation
        behind (Layer.Activate activation) network

    /// Adds a dense layer with a given initializer, and no activation.
    let denseWith (initializer: Initializer) (units: int) (network: Network) : Network =
        if units < 1 then
            raise (ArgumentOutOfRangeException(nameof units, units, "a dense layer needs at least one unit"))

        Ranges.notNull (nameof initializer) initializer

        Ranges.initializer initializer
        |> Option.iter (fun found -> raise (ArgumentException(found, nameof initializer)))

        add (Layer.Dense(units, initializer)) network

    /// Adds a batch normalisation.
    let batchNorm (settings: BatchNorm) (network: Network) : Network =
        Ranges.notNull (nameof settings) settings
        Ranges.notNull $"{nameof settings}.Variance" settings.Variance
        add (Layer.BatchNorm settings) network

    /// Adds waves of some features beside all of them. ArgumentException where there is no such feature, or none at all.
    let periodic (settings: Periodic) (network: Network) : Network =
        Ranges.notNull (nameof settings) settings
        Ranges.notNull $"{nameof settings}.Features" settings.Features
        let inputs = List.fold width network.Inputs network.Layers

        match Periodic.defect inputs settings with
        | Some defect -> raise (ArgumentException($"a periodic embedding {defect}", nameof settings))
        | None -> add (Layer.Periodic settings) network

    /// Adds a dropout; a rate of 0 adds nothing. The rate is the probability of dropping and lies in [0, 1).
    let dropout (rate: float) (network: Network) : Network =
        Ranges.dropout rate |> Ranges.demand (nameof rate) rate

        if rate = 0.0 then network else add (Layer.Dropout rate) network

    /// The initializer that suits an activation: He for the rectifiers and what bends like them, LeCun for SELU, Glorot
    /// for the rest.
    let initializerFor (activation: Activation) : Initializer = Layer.initializer (Layer.Activate activation)

    /// Adds a dense layer and, unless it is the identity, the activation after it.
    let dense (units: int) (activation: Activation) (network: Network) : Network =
        Ranges.notNull (nameof activation) activation
        network |> denseWith (initializerFor activation) units |> activate activation

    /// Chooses the loss.
    let withLoss (loss: Loss) (network: Network) : Network =
        Ranges.notNull (nameof loss) loss
        Ranges.loss loss |> Option.iter (fun found -> raise (ArgumentException(found, nameof loss)))
        { network with Loss = loss }

    /// Whether a description normalises over batches, so that a batch of one row cannot teach it anything.
    let hasBatchNorm (network: Network) : bool = network.Layers |> List.exists _.IsBatchNorm

    /// Whether there is a layer with weights of every input: what has none is no network.
    let internal hasDense (network: Network) : bool = network.Layers |> List.exists _.IsDense

    /// Each layer with its position and the number of features that enter it.
    let walk (network: Network) : (int * int * Layer) list =
        let widths = network.Layers |> List.scan width network.Inputs

        List.mapi2
            (fun index inputs layer -> index, inputs, layer)
            (List.take network.Layers.Length widths)
            network.Layers

    /// An ArgumentException where a number of a description is none that it can be, as a reader of its file would say.
    let internal check (network: Network) : unit =
        let refuse found = raise (ArgumentException(found, nameof network))

        if network.Inputs < 1 then
            refuse $"{network.Inputs} inputs (must be at least 1)"

        if network.Members < 1 || network.Members > MostMembers then
            refuse $"{network.Members} members (must be 1 to {MostMembers})"

        if not (hasDense network) then
            refuse "the network has no dense layer"

        Ranges.loss network.Loss |> Option.iter refuse

        for index, inputs, layer in walk network do
            Layer.defect inputs layer |> Option.iter (fun found -> refuse $"layer {index}: {found}")

    /// The number of outputs, of each member as of the prediction.
    let outputs (network: Network) : int = List.fold width network.Inputs network.Layers

    /// The network that suits a table: two hidden layers of rectifiers, waves beside numbers where there are rows enough, and outputs
    /// that begin at 0; cross-entropy for classes, squared error for values.
    let internal ofTable (shape: TableShape) : Network =
        let withWaves network =
            if shape.HasWaves && shape.Numbers.Length > 0 then
                periodic (Periodic.standard (List.ofArray shape.Numbers)) network
            else
                network

        let isSoftmax = shape.HasClasses && shape.Outputs > 1

        shape.Hidden
        |> Array.fold (fun network units -> dense units Activation.ReLU network) (withWaves (input shape.Features))
        |> denseWith Initializer.Zeros shape.Outputs
        |> withLoss (if isSoftmax then Loss.SoftmaxCrossEntropy else Loss.SquaredError)
        |> withMembers shape.Members

type Network with

    /// <summary>The network that suits a table: a few networks side by side where its rows are few, each with two hidden layers of 64
    /// rectifiers, learned waves beside numbers where there are rows enough, cross-entropy for classes and squared error for
    /// values. `nn train` trains the same on the same rows.</summary>
    /// <param name="table">The rows to learn from, or their shape.</param>
    /// <returns>The description.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no feature, or nothing to learn.</exception>
    static member For(table: TableShape) : Network =
        Ranges.notNull (nameof table) table
        Ranges.notNull $"{nameof table}.Numbers" table.Numbers
        Network.ofTable table

    /// <summary>The beginning of a description: so many inputs, no layer yet, squared error.</summary>
    /// <param name="inputs">The number of features of a row, 1 or more.</param>
    /// <returns>A description without layers.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one feature.</exception>
    static member Input(inputs: int) : Network = Network.input inputs

    /// <summary>Adds a dense layer of so many units without an activation.</summary>
    /// <param name="units">The number of its outputs, 1 or more.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one unit.</exception>
    member network.Dense(units: int) : Network = Network.dense units Activation.Identity network

    /// <summary>Adds a dense layer of so many units and the activation after it.</summary>
    /// <param name="units">The number of its outputs, 1 or more.</param>
    /// <param name="activation">What stands behind it; the identity adds nothing.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one unit.</exception>
    /// <exception cref="T:System.ArgumentException">A parameter of the activation or of the initializer is out of its range.</exception>
    member network.Dense(units: int, activation: Activation) : Network = Network.dense units activation network

    /// <summary>Adds a dense layer with a given initializer and the activation after it.</summary>
    /// <param name="units">The number of its outputs, 1 or more.</param>
    /// <param name="activation">What stands behind it; the identity adds nothing.</param>
    /// <param name="initializer">What its weights begin as.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than one unit.</exception>
    /// <exception cref="T:System.ArgumentException">A parameter of the activation or of the initializer is out of its range.</exception>
    member network.Dense(units: int, activation: Activation, initializer: Initializer) : Network =
        network |> Network.denseWith initializer units |> Network.activate activation

    /// Adds a batch normalisation with PyTorch's settings.
    member network.BatchNorm() : Network = Network.batchNorm BatchNorm.standard network

    /// <summary>Adds a batch normalisation.</summary>
    /// <param name="settings">Its settings.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">A setting is out of its range.</exception>
    member network.BatchNorm(settings: BatchNorm) : Network = Network.batchNorm settings network

    /// <summary>Adds an activation.</summary>
    /// <param name="activation">What stands behind it; the identity adds nothing.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">A parameter of the activation is out of its range.</exception>
    member network.Activate(activation: Activation) : Network = Network.activate activation network

    /// <summary>Adds a layer that stands behind a dense one: an activation, a PReLU or a softmax.</summary>
    /// <param name="layer">The layer.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">A number of the layer is out of its range.</exception>
    member network.Behind(layer: Layer) : Network = Network.behind layer network

    /// <summary>Adds waves of some features beside all of them.</summary>
    /// <param name="settings">Its settings.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">There is no such feature, or none at all.</exception>
    member network.Periodic(settings: Periodic) : Network = Network.periodic settings network

    /// <summary>Adds a dropout with the probability of dropping a number.</summary>
    /// <param name="rate">The probability of dropping a number, in [0, 1).</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The rate is not in [0, 1).</exception>
    member network.Dropout(rate: float) : Network = Network.dropout rate network

    /// <summary>So many networks of this description in one, averaged in every prediction.</summary>
    /// <param name="members">The number of networks, 1 to 100.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Less than 1 member, or more than 100.</exception>
    member network.WithMembers(members: int) : Network = Network.withMembers members network

    /// <summary>Chooses the loss.</summary>
    /// <param name="loss">What training makes small.</param>
    /// <returns>A description of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">A parameter of the loss is out of its range.</exception>
    member network.With(loss: Loss) : Network = Network.withLoss loss network

    /// The number of outputs.
    member network.Outputs: int = Network.outputs network
