namespace NeuralNetwork.Analysis

open System
open System.Text.Json.Serialization
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Sums over rows and outputs of what predicted values miss, of which R² and RMSE are made.
[<Struct; JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type Residuals =
    {
        /// Σ(t - y)², in the units of the data.
        Squares: float
        /// Σ(t - y)² / σ², where σ² is the variance of the targets of the output, over all rows of the data.
        Shares: float
    }

    /// Those of no rows.
    static member Zero: Residuals = { Squares = 0.0; Shares = 0.0 }

    /// Those of the rows of both.
    static member (+)(left: Residuals, right: Residuals) : Residuals =
        { Squares = left.Squares + right.Squares; Shares = left.Shares + right.Shares }

    /// As in: squares 0.25, shares 0.5.
    override residuals.ToString() = $"squares {Text.number residuals.Squares}, shares {Text.number residuals.Shares}"

/// Compares what a network gives for rows of values with what it should have given, in the units of the data, whatever the
/// loss is and whatever units it is trained in. Weights of rows do not count.
[<Sealed>]
type internal ResidualSums(loss: Loss, toTargets: Affine, targets: NumberArray, outputs: int) =

    let rows = targets.Length / outputs

    let meanOf (output: int) (f: float -> float) : float =
        let mutable sum = 0.0

        for row in 0 .. rows - 1 do
            sum <- sum + f (targets.At(row * outputs + output))

        sum / float rows

    // 1 / σ² of each output: NaN where its targets are all the same, for which there is no share.
    let weights =
        Array.init outputs (fun output ->
            let mean = meanOf output id
            let variance = meanOf output (fun target -> (target - mean) * (target - mean))
            if variance > 0.0 then 1.0 / variance else nan)

    let output = Loss.output loss

    /// What is predicted where the network gives z.
    let predicted (column: int) (z: float) : float =
        let y = output.Of z
        if toTargets.Shift.Length = 0 then y else toTargets.From(column, y)

    /// |t - y| for rows start .. in the order of the data, for which the network gave z, rows x outputs, to where all of them go. y is
    /// what a prediction is, rounded to the precision of the network.
    member _.CopyMisses(z: ReadOnlySpan<'T>, start: int, rows: int, misses: float[]) : unit =
        for place in 0 .. rows * outputs - 1 do
            let y = Lane.toFloat (Lane.ofFloat<'T>(predicted (place % outputs) (Lane.toFloat z[place])))
            misses[start * outputs + place] <- abs (targets.At(start * outputs + place) - y)

    /// Of rows order[start ..], for which the network gave z, rows x outputs.
    member _.Of(z: ReadOnlySpan<'T>, order: int[], start: int, rows: int) : Residuals =
        let mutable squares = 0.0
        let mutable shares = 0.0

        for row in 0 .. rows - 1 do
            for column in 0 .. outputs - 1 do
                let y = predicted column (Lane.toFloat z[row * outputs + column])
                let miss = y - targets.At(order[start + row] * outputs + column)
                squares <- squares + miss * miss
                shares <- shares + miss * miss * weights[column]

        { Squares = squares; Shares = shares }
