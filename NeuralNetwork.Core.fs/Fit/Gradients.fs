namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The gradients of a model's loss on rows of data, in a random order or their own, for measurements on a model that is not in training: no
/// penalty, no limit, and no dropout, whose masks would be a noise of their own.
[<Sealed>]
type internal Gradients<'T>(machine: Machine, model: Model<'T>, data: Dataset, batch: int, window: int) =

    do Dataset.check model.Network data

    // The identity in the place of a dropout, not nothing: a dense layer right before a batch norm has no bias.
    let network =
        let still (layer: Layer) = if layer.IsDropout then Layer.Activate Activation.Identity else layer
        { model.Network with Layers = List.map still model.Network.Layers }

    // The statistics of a batch norm are those of the whole batch; any other gradient is a sum over pieces.
    let piece = min data.Rows (if Network.hasBatchNorm network then batch else min batch 1024)

    let training = { Training.Default with Optimizer = Optimizer.SGD; IsWeighted = data.Weights.Length > 0 }

    let executor = Executor<'T>(Plan.compile network training piece, machine.Backend.Product<'T>(), machine.Team)

    let feed = new Feed<'T>(executor, machine, network.Loss, model.Preprocessing, data, false, window)
    let gradient = executor.Plan.Gradient

    do Parameters.load executor model.Parameters

    /// Adds the gradient of the loss, summed over some rows, to a total.
    let add (total: float[]) start rows =
        feed.Load(start, rows)
        executor.Gradient(rows, 1) |> ignore
        let mean = executor.Span gradient

        for place in 0 .. total.Length - 1 do
            total[place] <- total[place] + float rows * Lane.toFloat mean[place]

    /// Puts the rows in the order of an epoch.
    member _.Shuffle(seed: uint64, epoch: int) : unit = feed.Arrange(true, seed, epoch)

    /// The gradient of the mean loss of so many rows from one on, in the layout of the parameters, and in double precision.
    member _.Of(start: int, rows: int) : float[] =
        let total = Array.zeroCreate<float> gradient.Length

        for from in start..piece .. start + rows - 1 do
            add total from (min piece (start + rows - from))

        Array.map (fun sum -> sum / float rows) total

    /// What the network made of the rows of the last gradient, before the loss; all of them where they were one piece.
    member _.Outputs: 'T[] =
        let output = executor.Plan.Output
        executor.Span(output).Slice(0, output.Rows * output.Cols).ToArray()

    interface IDisposable with
        member _.Dispose() = (feed :> IDisposable).Dispose()
