namespace NeuralNetwork

open System
open NeuralNetwork.Maths

/// How a network is trained, as plain data: the optimizer, its rate over the steps, what is added to the loss and what
/// limits gradient and weights, and the seed of all randomness.
type Training =
    {
        /// How a gradient becomes a step.
        Optimizer: Optimizer
        /// The learning rate of each step.
        Rate: Schedule
        /// For every dense layer that LayerPenalties does not name.
        Penalty: Penalty
        /// Penalties of single layers, by position in the description.
        LayerPenalties: (int * Penalty) list
        /// Decoupled weight decay λ: w shrinks by the factor 1 - rate·λ before each step. On weights only.
        Decay: float
        /// What is done to a gradient that is too large.
        Clipping: Clipping
        /// The greatest Euclidean norm of the weights into a unit, enforced after each step; 0 for none.
        MaxNorm: float
        /// Whether each row counts by a weight of its own: the loss is Σ wᵢ·Lᵢ / n, n the number of rows.
        IsWeighted: bool
        /// How many shards a batch is cut into, S: of n rows min(S, n), of two rows or more where there is batch norm. Each has a
        /// gradient of its own, divided by n, and memory is that of the largest one; they are added in a fixed tree. Batch norms have
        /// the statistics of a shard.
        Shards: int
        /// Everything random in a training follows from it.
        Seed: uint64
    }

    /// Adam at a constant rate of 0.001 (Kingma and Ba 2015), no penalty and no limit, seed 42.
    static member Default: Training =
        { Optimizer = Optimizer.Adam Adam.standard
          Rate = Schedule.Constant 0.001
          Penalty = Penalty.None
          LayerPenalties = []
          Decay = 0.0
          Clipping = Clipping.None
          MaxNorm = 0.0
          IsWeighted = false
          Shards = 1
          Seed = 42UL }

    /// <summary>The penalty on the weights of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <returns>The penalty.</returns>
    member training.PenaltyOf(layer: int) : Penalty =
        training.LayerPenalties
        |> List.tryFind (fun (position, _) -> position = layer)
        |> Option.map snd
        |> Option.defaultValue training.Penalty

    /// As in: adam, rate 0.001 at every step, L2 0.01, seed 42. What is not in force is not named, nor the settings of an optimizer
    /// that are PyTorch's.
    override training.ToString() =
        [ if List.contains training.Optimizer Optimizer.all then
              Optimizer.name training.Optimizer
          else
              string training.Optimizer
          $"rate {string training.Rate}"
          if training.Penalty <> Penalty.None then
              string training.Penalty
          for layer, penalty in training.LayerPenalties do
              $"{string penalty} on layer {string layer}"
          if training.Decay <> 0.0 then
              $"decay {Text.number training.Decay}"
          if not training.Clipping.IsNone then
              string training.Clipping
          if training.MaxNorm <> 0.0 then
              $"norms of weights up to {Text.number training.MaxNorm}"
          if training.IsWeighted then
              "weighted rows"
          if training.Shards <> 1 then
              $"{string training.Shards} shards"
          $"seed {string training.Seed}" ]
        |> String.concat ", "

module internal Training =

    let private demand (range: Interval) (what: string) (found: float) =
        if not (range.Holds found) then
            raise (ArgumentException $"{what} of {Text.number found} (must be finite and {range.Words})")

    let private atLeast0 = demand Interval.atLeast0

    /// An ArgumentException where a number of a training is none that it can be: a rate, what belongs to its schedule or
    /// the optimizer, a penalty, a decay, or a limit.
    let check (training: Training) : unit =
        Schedule.check training.Rate

        for setting, words in Option.toList (Optimizer.defect training.Optimizer) do
            raise (ArgumentException $"{Optimizer.name training.Optimizer}: {setting.Name} {words}")

        for penalty in training.Penalty :: List.map snd training.LayerPenalties do
            atLeast0 "an L1 penalty" penalty.L1
            atLeast0 "an L2 penalty" penalty.L2

        atLeast0 "a weight decay" training.Decay
        atLeast0 "a greatest norm of the weights into a unit" training.MaxNorm

        if training.Shards < 1 then
            raise (ArgumentException $"{training.Shards} shards (must be 1 or more)")

        match training.Clipping with
        | Clipping.None -> ()
        | Clipping.Value limit
        | Clipping.Norm limit
        | Clipping.GlobalNorm limit -> demand Interval.above0 "a limit on gradients" limit

    /// The same training, or an ArgumentException as of `check`.
    let private sound (training: Training) : Training =
        check training
        training

    let private given (name: string) (value: 'Value) (change: 'Value -> Training) : Training =
        Ranges.notNull name value
        sound (change value)

    let withOptimizer (optimizer: Optimizer) (training: Training) : Training =
        given (nameof optimizer) optimizer (fun optimizer -> { training with Optimizer = optimizer })

    let withRate (rate: Schedule) (training: Training) : Training =
        given (nameof rate) rate (fun rate -> { training with Rate = rate })

    let withPenalty (penalty: Penalty) (training: Training) : Training =
        given (nameof penalty) penalty (fun penalty -> { training with Penalty = penalty })

    let withLayerPenalty (layer: int) (penalty: Penalty) (training: Training) : Training =
        ArgumentOutOfRangeException.ThrowIfNegative(layer, nameof layer)
        let others = training.LayerPenalties |> List.filter (fun (position, _) -> position <> layer)

        given (nameof penalty) penalty (fun penalty -> { training with LayerPenalties = others @ [ layer, penalty ] })

    let withClipping (clipping: Clipping) (training: Training) : Training =
        given (nameof clipping) clipping (fun clipping -> { training with Clipping = clipping })

    /// A training with another number, finite and at least 0, 0 for none.
    let withNumber (name: string) (x: float) (change: float -> Training) : Training =
        Ranges.demandIn Interval.atLeast0 name x
        sound (change x)

    /// An ArgumentException where a training cannot be that of a network: where a layer has a penalty of its own and no
    /// weights.
    let checkFor (network: Network) (training: Training) : unit =
        check training
        let layers = Array.ofList network.Layers

        for layer, penalty in training.LayerPenalties do
            if layer < 0 || layer >= layers.Length then
                let there = Text.count layers.Length "layer"

                raise (
                    ArgumentException($"{string penalty} on layer {layer}: the network has {there}", nameof training)
                )

            if not layers[layer].IsDense then
                let found = $"{string penalty} on layer {layer}: {string layers[layer]} has no weights"
                raise (ArgumentException(found, nameof training))

    /// The most shards that a batch of so many rows can be cut into: a batch norm needs two rows in each.
    let mostShards (network: Network) (batch: int) : int =
        max 1 (if Network.hasBatchNorm network then batch / 2 else batch)

    /// The same as `checkFor`, and where there are more shards than a batch of so many rows can be cut into.
    let checkForBatch (network: Network) (batch: int) (training: Training) : unit =
        checkFor network training
        let most = mostShards network batch

        if training.Shards > most then
            let rows = Text.count batch "row"
            let each = if Network.hasBatchNorm network then ", for a batch norm needs two rows in each" else ""
            let found = $"{training.Shards} shards of a batch of {rows} (at most {most}{each})"
            raise (ArgumentException(found, nameof training))

type Training with

    /// <summary>This training with another optimizer.</summary>
    /// <param name="optimizer">How a gradient becomes a step.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">A setting of the optimizer is out of its range.</exception>
    member training.With(optimizer: Optimizer) : Training = Training.withOptimizer optimizer training

    /// <summary>This training with another schedule of the learning rate.</summary>
    /// <param name="rate">The learning rate of each step.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">The rate or a parameter of the schedule is out of its range.</exception>
    member training.With(rate: Schedule) : Training = Training.withRate rate training

    /// <summary>This training with another penalty on all weights.</summary>
    /// <param name="penalty">What is added to the loss for large weights.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">A factor is negative or not finite.</exception>
    member training.With(penalty: Penalty) : Training = Training.withPenalty penalty training

    /// <summary>The same with a penalty of its own for a layer.</summary>
    /// <param name="layer">The position of a dense layer in the description, from 0 on.</param>
    /// <param name="penalty">What is added to the loss for its weights.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">The position or a factor is negative, or a factor is not finite. A layer
    /// that is not there, or has no weights, is refused by whoever trains.</exception>
    member training.With(layer: int, penalty: Penalty) : Training = Training.withLayerPenalty layer penalty training

    /// <summary>This training with another decoupled weight decay.</summary>
    /// <param name="decay">λ, finite and at least 0.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The decay is negative or not finite.</exception>
    member training.WithDecay(decay: float) : Training =
        Training.withNumber (nameof decay) decay (fun decay -> { training with Decay = decay })

    /// <summary>This training with another limit on the norm of the weights into a unit; 0 for none.</summary>
    /// <param name="limit">The greatest Euclidean norm, finite and at least 0.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">The limit is negative or not finite.</exception>
    member training.WithMaxNorm(limit: float) : Training =
        Training.withNumber (nameof limit) limit (fun limit -> { training with MaxNorm = limit })

    /// <summary>The same where each row counts by a weight of its own, for `Trainer.Step`; `Fit` weighs where the data
    /// have weights.</summary>
    /// <returns>A training of its own; this one stays as it is.</returns>
    member training.Weighted() : Training = { training with IsWeighted = true }

    /// <summary>This training with every batch cut into so many shards, whose gradients are computed one after the other, in the
    /// memory of the largest, and added in a fixed tree.</summary>
    /// <param name="shards">How many, 1 or more; a trainer takes at most as many as its batch has rows, half of that where there
    /// is batch norm.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is not one.</exception>
    member training.WithShards(shards: int) : Training =
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1, nameof shards)
        { training with Shards = shards }

    /// <summary>This training with another limit on gradients.</summary>
    /// <param name="clipping">What is done to a gradient that is too large.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    /// <exception cref="T:System.ArgumentException">The limit is not above 0.</exception>
    member training.With(clipping: Clipping) : Training = Training.withClipping clipping training

    /// <summary>This training with another seed.</summary>
    /// <param name="seed">Everything random in a training follows from it.</param>
    /// <returns>A training of its own; this one stays as it is.</returns>
    member training.With(seed: uint64) : Training = { training with Seed = seed }
