namespace NeuralNetwork.Analysis

open System
open System.Text.Json.Serialization
open NeuralNetwork
open NeuralNetwork.Maths

/// How much the gradients of batches differ from the gradient over all rows, all of them at the same parameters.
[<JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type GradientNoise =
    {
        /// Rows in a batch.
        BatchSize: int
        /// Batches measured.
        Batches: int
        /// ‖g‖², where g = Σ ∇Lᵢ / n is the gradient over all n rows.
        SquaredNorm: float
        /// The mean of ‖gᵦ - g‖² over the batches, where gᵦ is the mean of ∇Lᵢ over the rows of batch β.
        Variance: float
    }

    /// As in: 50 batches of 128: variance 0.1 beside a squared norm of 0.02.
    override noise.ToString() =
        let batches = $"{string noise.Batches} batches of {string noise.BatchSize}"

        (batches
         + ": variance "
         + (Text.short noise.Variance)
         + " beside a squared norm of "
         + (Text.short noise.SquaredNorm))

module internal GradientNoise =

    let private squaredDistance = Array.fold2 (fun total (x: float) y -> total + (x - y) * (x - y)) 0.0

    /// Measures the first batches of an epoch's random order, at most so many of them. Over all batches of B rows that there
    /// are, the mean of ‖gᵦ - g‖² is (n - B)/(n - 1)·σ²/B with σ² = Σ ‖∇Lᵢ - g‖² / n: the variance falls as one over the
    /// size of the batch, and is 0 where the batch is everything. Batch norms make the gradient of a row depend on its
    /// batch, so that this equation is then no more than near. Without dropout and penalties. ArgumentException where data
    /// and model do not fit, or a number is below 1.
    let measure<'T>
        (machine: Machine)
        (model: Model<'T>)
        (data: Dataset)
        (batch: int)
        (most: int)
        (seed: uint64)
        : GradientNoise =
        if batch < 1 || most < 1 then
            raise (ArgumentException $"{most} batches of {batch} rows: at least 1")

        let batch = min batch data.Rows

        let gradientsOf batch =
            let gradients = new Gradients<'T>(machine, model, data, batch, Defaults.Window)
            gradients.Shuffle(seed, 1)
            gradients

        let whole = using (gradientsOf data.Rows) (fun gradients -> gradients.Of(0, data.Rows))
        use gradients = gradientsOf batch
        let count = min most (data.Rows / batch)

        let variance =
            List.init count (fun place -> squaredDistance whole (gradients.Of(place * batch, batch)))
            |> List.average

        { BatchSize = batch
          Batches = count
          SquaredNorm = Array.sumBy (fun x -> x * x) whole
          Variance = variance }

type GradientNoise with

    /// <summary>Measures how much the gradients of batches differ from that of all rows.</summary>
    /// <param name="machine">What the gradients are computed on.</param>
    /// <param name="model">Where they are taken.</param>
    /// <param name="data">The rows.</param>
    /// <param name="batch">Rows in a batch.</param>
    /// <param name="most">At most so many batches.</param>
    /// <param name="seed">What the batches are drawn from.</param>
    /// <returns>The squared norm of the whole gradient and the variance of the batches'.</returns>
    static member Of<'T>
        (machine: Machine, model: Model<'T>, data: Dataset, batch: int, most: int, seed: uint64)
        : GradientNoise =
        GradientNoise.measure machine model data batch most seed
