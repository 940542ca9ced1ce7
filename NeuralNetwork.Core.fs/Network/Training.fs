namespace NeuralNetwork

open System

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
        /// Everything random in a training follows from it.
        Seed: uint64
    }

    /// Adam at a constant rate of 0.001 (Kingma and Ba 2014), no penalty and no limit, seed 42.
    static member Default: Training =
        { Optimizer = Optimizer.Adam Adam.standard
          Rate = Schedule.Constant 0.001
          Penalty = Penalty.None
          LayerPenalties = []
          Decay = 0.0
          Clipping = Clipping.None
          MaxNorm = 0.0
          IsWeighted = false
          Seed = 42UL }

    /// The penalty on the weights of a layer.
    member training.PenaltyOf(layer: int) : Penalty =
        training.LayerPenalties
        |> List.tryFind (fun (position, _) -> position = layer)
        |> Option.map snd
        |> Option.defaultValue training.Penalty

    /// This training with another optimizer.
    member training.With(optimizer: Optimizer) : Training = { training with Optimizer = optimizer }

    /// This training with another schedule of the learning rate.
    member training.With(rate: Schedule) : Training = { training with Rate = rate }

    /// This training with another penalty on all weights.
    member training.With(penalty: Penalty) : Training = { training with Penalty = penalty }

    /// The same with a penalty of its own for a layer, by its position in the description.
    member training.With(layer: int, penalty: Penalty) : Training =
        let others = training.LayerPenalties |> List.filter (fun (position, _) -> position <> layer)
        { training with LayerPenalties = others @ [ layer, penalty ] }

    /// This training with another decoupled weight decay.
    member training.WithDecay(decay: float) : Training = { training with Decay = decay }

    /// This training with another limit on the norm of the weights into a unit; 0 for none.
    member training.WithMaxNorm(limit: float) : Training = { training with MaxNorm = limit }

    /// The same where each row counts by a weight of its own, for `Trainer.Step`; `Fit` weighs where the data have weights.
    member training.Weighted() : Training = { training with IsWeighted = true }

    /// This training with another limit on gradients.
    member training.With(clipping: Clipping) : Training = { training with Clipping = clipping }

    /// This training with another seed.
    member training.With(seed: uint64) : Training = { training with Seed = seed }

    /// As in: adam, constant rate 0.001, L2 0.01, seed 42. What is not in force is not named.
    override training.ToString() =
        [ Optimizer.name training.Optimizer
          $"{Schedule.name training.Rate} rate {Text.number (Schedule.rate training.Rate)}"
          if training.Penalty <> Penalty.None then
              string training.Penalty
          for layer, penalty in training.LayerPenalties do
              $"{penalty} on layer {layer}"
          if training.Decay <> 0.0 then
              $"decay {Text.number training.Decay}"
          if not training.Clipping.IsNone then
              string training.Clipping
          if training.MaxNorm <> 0.0 then
              $"norms of weights up to {Text.number training.MaxNorm}"
          if training.IsWeighted then
              "weighted rows"
          $"seed {training.Seed}" ]
        |> String.concat ", "

module internal Training =

    let private demand (what: string) (words: string) (holds: float -> bool) (found: float) =
        if not (holds found) then
            raise (ArgumentException $"{what} of {Text.number found} (must be {words})")

    let private atLeast0 what = demand what "finite and at least 0" (fun x -> x >= 0.0 && Double.IsFinite x)

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

        match training.Clipping with
        | Clipping.None -> ()
        | Clipping.Value limit
        | Clipping.Norm limit
        | Clipping.GlobalNorm limit -> demand "a limit on gradients" "above 0" (fun x -> x > 0.0) limit
