namespace NeuralNetwork.Verification

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Plans

/// What is checked: one executor with rows and targets in its memory, asked for the loss and the gradient of one training
/// step as often as needed.
[<Sealed>]
type internal Subject(machine: Machine, network: Network, training: Training, rows: int) =

    let plan = Plan.compile network training rows
    let executor = Executor<float>(plan, machine.Backend.Product<float>(), machine.Team)

    let load (slice: Slice) (values: float[]) = values.AsSpan().CopyTo(executor.Span slice)

    /// Writes rows, targets and weights: one for each row, or for each row one for each member, or none where all weigh 1.
    member _.Load(x: float[], t: float[], weights: float[]) : unit =
        load plan.Input x
        load plan.Target t
        let isForAll = weights.Length = rows
        load plan.Weights (if isForAll then Array.collect (Array.replicate plan.Members) weights else weights)

    /// Writes parameters.
    member _.Load(parameters: Parameters<float>) : unit = Parameters.load executor parameters

    /// Steps of training on the rows loaded; gives the parameters after them.
    member _.Train(steps: int) : float[] =
        for step in 1..steps do
            executor.Step(rows, step, Schedule.at step training.Rate) |> ignore

        executor.Span(plan.Parameters).ToArray()

    /// The loss of a step, penalties included, at these parameters: the sum over the members.
    member _.Loss(step: int, parameters: float[]) : float =
        load plan.Parameters parameters
        float plan.Members * (executor.Gradient(rows, step) + executor.Penalty)

    /// The gradient of the loss last computed, in the layout of the parameters.
    member _.Gradient: float[] = executor.Span(plan.Gradient).ToArray()
