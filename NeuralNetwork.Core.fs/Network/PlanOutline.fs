namespace NeuralNetwork.Plans

open System
open System.Collections.Generic
open NeuralNetwork

/// What a network and its training are compiled to, to be read: the operations of a prediction and of a step, and how
/// many numbers they take.
[<Sealed; AllowNullLiteral(false)>]
type PlanOutline internal (plan: Plan) =

    /// <summary>The plan of a network that is trained in batches of at most so many rows.</summary>
    /// <param name="network">What is computed.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="batch">The most rows of a step, 1 or more.</param>
    /// <returns>The outline of the plan.</returns>
    /// <exception cref="T:System.ArgumentException">The network or the batch is beyond a limit, or there are more shards than a
    /// batch can be cut into.</exception>
    static member Of(network: Network, training: Training, batch: int) : PlanOutline =
        ArgumentNullException.ThrowIfNull(box network, nameof network)
        ArgumentNullException.ThrowIfNull(box training, nameof training)
        Network.check network
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1, nameof batch)
        Training.checkForBatch network batch training
        PlanOutline(Plan.compile network training batch)

    /// The most rows of a step.
    member _.Batch: int = plan.Batch

    /// The number of parameters proper.
    member _.Parameters: int64 = Layout.parameters plan.Layout

    /// The numbers of a vector of parameters, the space between tensors included.
    member _.VectorNumbers: int = plan.Parameters.Length

    /// The numbers that stay from step to step: parameters, gradient and what the optimizer remembers.
    member _.StateNumbers: int = plan.Parameters.Length * (2 + plan.Slots.Length)

    /// All numbers of the plan, in memory that is taken once.
    member _.Numbers: int = plan.Length

    /// The operations of a prediction, a line each.
    member _.Predict: IReadOnlyList<string> = plan.Predict |> List.map OpText.explain |> List.toArray :> _

    /// How many shards a batch is cut into; 1 where it is not.
    member _.Shards: int = plan.Shards

    /// The most rows that are computed at once: those of the largest shard.
    member _.RowsAtOnce: int = plan.Room

    /// How many partial sums of the gradients of shards there are, each a vector of parameters.
    member _.PartialSums: int = plan.Partials.Length

    /// The operations of the gradient of a shard, a line each; none where a batch is not cut.
    member _.ShardGradient: IReadOnlyList<string> = plan.Shard |> List.map OpText.explain |> List.toArray :> _

    /// The operations of a step, a line each; where a batch is cut, those behind the sum over its shards.
    member _.Step: IReadOnlyList<string> = plan.Step |> List.map OpText.explain |> List.toArray :> _

    /// The plan as a page of text: its memory, then each program line by line.
    override _.ToString() = Plan.explain plan
