namespace NeuralNetwork.Engine

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// A mean of the weights of an executor and of its running statistics, in memory of its own. The executor's program does not know
/// of it: it is brought up to date between steps, element by element, so its bits depend neither on the registers nor on the
/// threads. Nothing is allocated after construction. Zeros until the first weights come.
[<Sealed>]
type internal WeightAverage<'T>(executor: Executor<'T>, team: Team) =
    inherit Work()

    let parameters, statistics = executor.Plan.Parameters, executor.Plan.Statistics
    let arena = Arena<'T>(parameters.Length + statistics.Length)
    let mutable averaged: Averaged<'T> = { Weight = Lane<'T>.One }

    let tilesOf (slice: Slice) = Cut.pieces slice.Length Cut.parameters

    /// A tile of one of the two vectors, whose mean begins at an offset.
    let take (slice: Slice) (offset: int) (tile: int) =
        let left = tile * Cut.parameters
        let a, w = arena.AddressOf(offset + left), Memory.offset<'T> (executor.AddressOf slice) left
        Sweep.map2<'T, Averaged<'T>> averaged a w a (min Cut.parameters (slice.Length - left))

    /// The mean of the parameters, to read or to fill.
    member _.Parameters: Span<'T> = arena.Span(0, parameters.Length)

    /// The mean of the running statistics, to read or to fill.
    member _.Statistics: Span<'T> = arena.Span(parameters.Length, statistics.Length)

    /// Takes in the weights as they are now, which count τ: a = a + τ·(w - a).
    member average.Add(weight: float) : unit =
        averaged <- { Weight = Lane.create<'T> weight }
        team.Run(average, tilesOf parameters + tilesOf statistics)

    override _.Run tile =
        let before = tilesOf parameters

        if tile < before then take parameters 0 tile else take statistics parameters.Length (tile - before)
