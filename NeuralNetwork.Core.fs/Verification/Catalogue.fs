namespace NeuralNetwork.Verification

open NeuralNetwork
open NeuralNetwork.Maths

/// A description with everything a gradient check needs, all of it a function of the seed.
type internal Cell =
    {
        /// Its place in the catalogue.
        Number: int
        /// As in: tanh, cross-entropy, batch norm, dropout, L1 + L2.
        Name: string
        /// The network that is checked.
        Network: Network
        /// With what its loss is penalized and weighted.
        Training: Training
        /// The number of rows.
        Rows: int
        /// Steps of training before the check.
        Warmup: int
        /// Where the gradient is taken, after the warmup.
        Parameters: Parameters<float>
        /// Rows x inputs
        X: float[]
        /// Rows x outputs
        T: float[]
        /// One for each row, or none where all rows weigh 1
        Weights: float[]
    }

    /// As in: 3: tanh, cross-entropy, batch norm.
    override cell.ToString() = $"{string cell.Number}: {cell.Name}"

/// Rows and targets made up where there are no data.
module internal MadeUp =

    /// Inputs from the standard normal distribution, rows x inputs.
    let inputs (network: Network) (rows: int) (seed: uint64) : float[] =
        let key = Random.fold (Random.key seed Purpose.Check) 2UL
        Array.init (rows * network.Inputs) (fun place -> Random.normal key (uint64 place))

    /// Targets of the kind that the loss is for, rows x outputs: one class of each row, or 0 and 1, counts, or normal numbers.
    let targets (network: Network) (rows: int) (seed: uint64) : float[] =
        let key = Random.fold (Random.key seed Purpose.Check) 3UL
        let outputs = Network.outputs network
        let below bound place = Random.below bound key (uint64 place)

        let target place =
            match network.Loss with
            | Loss.SoftmaxCrossEntropy
            | Loss.SmoothedCrossEntropy _ -> if below outputs (place / outputs) = place % outputs then 1.0 else 0.0
            | Loss.BinaryCrossEntropy
            | Loss.Hinge
            | Loss.Focal _
            | Loss.BalancedFocal _ -> float (below 2 place)
            | Loss.Poisson -> float (below 4 place)
            | Loss.SquaredError
            | Loss.AbsoluteError
            | Loss.Quantile _
            | Loss.Huber _
            | Loss.LogCosh -> Random.normal key (uint64 place)

        Array.init (rows * outputs) target

    /// Weights between 0 and 2, the first of them 0.
    let weights (rows: int) (seed: uint64) : float[] =
        let key = Random.fold (Random.key seed Purpose.Check) 5UL
        Array.init rows (fun row -> if row = 0 then 0.0 else 2.0 * Random.uniform key (uint64 row))

/// Every activation with every loss, with and without batch norm, dropout and each kind of penalty, in small networks, some
/// of which have members, and some their rows in shards.
module internal Catalogue =

    /// Below, at and above the widths of registers.
    let private inputWidths, private hiddenWidths, private outputWidths =
        [| 1; 2; 3; 4; 5; 7; 8; 9 |], [| 3; 4; 5; 7; 8; 9; 15; 16; 17; 33 |], [| 1; 2; 3; 4; 5; 8; 9 |]

    let private penalties =
        [ "", Penalty.None
          "L1", { L1 = 0.01; L2 = 0.0 }
          "L2", { L1 = 0.0; L2 = 0.1 }
          "L1 + L2", { L1 = 0.02; L2 = 0.05 } ]

    /// Exponentials of exponentials leave no room for a difference: they get one hidden layer and smaller numbers.
    let private isSteep activation = (activation = Layer.Activate Activation.Exponential)

    /// One or two hidden layers; batch norm before or after the activation, dropout behind both, sometimes on the inputs.
    let private network (draw: int -> int) activation loss normalized dropped =
        let pick (choices: int[]) = choices[draw choices.Length]
        let before = normalized && draw 2 = 0
        let isDeep = not (isSteep activation) && draw 2 = 1
        // Each batch norm multiplies rounding in a column that hardly varies by up to 1/√ε: two of them have Keras's ε.
        let settings = { BatchNorm.standard with Epsilon = if isDeep then 1e-3 else BatchNorm.standard.Epsilon }
        let normalize wanted = if wanted then Network.batchNorm settings else id
        let drop rate = if dropped then Network.dropout rate else id

        let hidden network =
            network
            |> Network.denseWith (Layer.initializer activation) (pick hiddenWidths)
            |> normalize before
            |> Network.behind activation
            |> normalize (normalized && not before)
            |> drop 0.3

        let input = Network.input (pick inputWidths) |> drop (if draw 3 = 0 then 0.2 else 0.0)
        let outputs = pick outputWidths
        // A softmax of one number is 1, whatever the number.
        let outputs = if Loss.output loss = Output.Softmax then max 2 outputs else outputs
        let body = if isDeep then hidden (hidden input) else hidden input
        body |> Network.dense outputs Activation.Identity |> Network.withLoss loss

    /// Fresh parameters, or fresh ones with noise on every number, so that no bias is 0 and no gamma 1.
    let private parameters key (noise: float) (scale: float) (network: Network) seed =
        let fresh = Parameters.initialize<float> seed network
        let values = Array.copy fresh.Values

        for window in fresh.Layout.Windows do
            for place in window.Offset .. window.Offset + window.Length - 1 do
                values[place] <- scale * (values[place] + noise * Random.normal key (uint64 place))

        { fresh with Values = values }

    /// Every other feature in waves, a few of them, before all other layers.
    let private embedded key (network: Network) : Network =
        let few bound place = 1 + Random.below bound (Random.fold key 3UL) place
        let features = [ 0..2 .. network.Inputs - 1 ]
        let waves = { Periodic.standard features with Frequencies = few 17 0UL; Outputs = few 3 1UL; Scale = 0.3 }
        { network with Layers = Layer.Periodic waves :: network.Layers }

    let private build seed number (activation, loss, normalized, dropped, (penaltyName, penalty)) : Cell =
        let key = Random.fold (Random.fold (Random.key seed Purpose.Check) 4UL) (uint64 number)
        let seed = Random.bits key 0UL
        let draws = Random.fold key 1UL
        let mutable drawn = 0UL

        let draw bound =
            drawn <- drawn + 1UL
            Random.below bound draws drawn

        let network = network draw activation loss normalized dropped
        let rows = 3 + draw 15
        // One in seven looks at some of its features through waves, one in eleven has members: both meet every activation,
        // loss and penalty.
        let network = if number % 7 = 4 && not (isSteep activation) then embedded key network else network
        let network = if number % 11 = 3 then Network.withMembers (2 + draw 2) network else network
        // One in thirteen has its rows in shards, of three or more: of two, a batch norm makes ±1 and hardly a gradient.
        let shards = if number % 13 = 5 then min (2 + draw 2) (rows / 3) else 1
        let noise = if number % 3 = 0 then 0.0 else 0.3
        // A fifth of the cells, with every activation, loss and penalty among them.
        let isWeighted = number % 5 = 1

        { Number = number
          Name =
            [ Layer.name activation
              Loss.name loss
              if normalized then
                  "batch norm"
              if dropped then
                  "dropout"
              if penaltyName <> "" then
                  penaltyName
              if isWeighted then
                  "weights"
              if network.Layers.Head.IsPeriodic then
                  "periodic"
              if network.Members > 1 then
                  $"{network.Members} members"
              if shards > 1 then
                  $"{shards} shards" ]
            |> String.concat ", "
          Network = network
          Training =
            { Training.Default with
                Penalty = penalty
                IsWeighted = isWeighted
                Shards = shards
                Seed = seed
                Rate = Schedule.Constant 0.01 }
          Rows = rows
          Warmup = if number % 3 = 2 then 10 else 0
          Parameters = parameters (Random.fold key 2UL) noise (if isSteep activation then 0.3 else 1.0) network seed
          X = MadeUp.inputs network rows seed
          T = MadeUp.targets network rows seed
          Weights = if isWeighted then MadeUp.weights rows seed else [||] }

    let private activations = Layer.activations @ [ Layer.Activate Activation.Exponential ]

    let private combinations =
        [| for activation in activations do
               for loss in Loss.all do
                   for normalized in [ false; true ] do
                       for dropped in [ false; true ] do
                           for penalty in penalties -> activation, loss, normalized, dropped, penalty |]

    /// How many cells there are.
    let count: int = combinations.Length

    /// One cell, by its number from 0 on. A third of them are at fresh parameters, a third at random ones, a third after ten
    /// steps of training.
    let cell (seed: uint64) (number: int) : Cell = build seed number combinations[number]

    /// Every cell, made as the sequence is read.
    let cells (seed: uint64) : Cell seq = Seq.init count (cell seed)

    /// A sample of some forty cells in which every activation, every loss and every kind of penalty occurs.
    let quick (seed: uint64) : Cell seq =
        // Odd, so that it meets every combination of batch norm, dropout and penalty.
        seq { 0 .. (count / 41) ||| 1 .. count - 1 } |> Seq.map (cell seed)
