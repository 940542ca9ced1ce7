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
        { Optimizer = Optimizer.adam
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

    /// The same with another optimizer.
    member training.With(optimizer: Optimizer) : Training = { training with Optimizer = optimizer }

    /// The same with another schedule of the learning rate.
    member training.With(rate: Schedule) : Training = { training with Rate = rate }

    /// The same with another penalty on all weights.
    member training.With(penalty: Penalty) : Training = { training with Penalty = penalty }

    /// The same with another limit on gradients.
    member training.With(clipping: Clipping) : Training = { training with Clipping = clipping }

    /// The same with another seed.
    member training.With(seed: uint64) : Training = { training with Seed = seed }

module Training =

    let private demand (what: string) (words: string) (holds: float -> bool) (found: float) =
        if not (holds found) then
            raise (ArgumentException $"{what} of {Text.number found} (must be {words})")

    let private atLeast0 what = demand what "finite and at least 0" (fun x -> x >= 0.0 && Double.IsFinite x)

    /// An ArgumentException where a number of a training is none that it can be: a rate, what belongs to its schedule or
    /// the optimizer, a penalty, a decay, or a limit.
    let check (training: Training) : unit =
        Schedule.check training.Rate

        for defect in List.truncate 1 (Optimizer.defects training.Optimizer) do
            raise (ArgumentException $"{Optimizer.name training.Optimizer}: {defect}")

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
