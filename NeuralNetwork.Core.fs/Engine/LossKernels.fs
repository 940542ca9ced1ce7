namespace NeuralNetwork.Engine

open System
open NeuralNetwork

// Softmax and losses, row by row: losses, and their gradient in what the network gives.

/// p = softmax z
[<Sealed>]
type internal SoftmaxKernel<'T>(z: Matrix<'T>, p: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let shift: ShiftedExponential<'T> = { Shift = Lane.create<'T>(Row.greatest<'T> (z.At(row, 0)) z.Cols) }
        let total = Row.sum<'T, ShiftedExponential<'T>> shift (z.At(row, 0)) (z.At(row, 0)) z.Cols
        Sweep.map1<'T, ShiftedExponential<'T>> shift (z.At(row, 0)) (p.At(row, 0)) z.Cols
        let scale: Scaled<'T> = { Scale = Lane.create<'T>(1.0 / total) }
        Sweep.map1<'T, Scaled<'T>> scale (p.At(row, 0)) (p.At(row, 0)) z.Cols

/// gz = p ∘ (gp - Σⱼ gpⱼ·pⱼ)
[<Sealed>]
type internal SoftmaxGradientKernel<'T>(p: Matrix<'T>, gp: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let dot = Row.sum<'T, Multiplied<'T>> (Multiplied()) (p.At(row, 0)) (gp.At(row, 0)) p.Cols
        let slope: SoftmaxSlope<'T> = { Dot = Lane.create<'T> dot }
        Sweep.map2<'T, SoftmaxSlope<'T>> slope (p.At(row, 0)) (gp.At(row, 0)) (gz.At(row, 0)) p.Cols

/// losses = -Σⱼ tⱼ log pⱼ, gp = -t / (n·p)
[<Sealed>]
type internal CrossEntropyKernel<'T>(p: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gp: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, rows) =
        let loss = Row.sum<'T, WeightedLogarithm<'T>> (WeightedLogarithm()) (p.At(row, 0)) (t.At(row, 0)) p.Cols
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T> loss)
        let slope: CrossEntropySlope<'T> = { Scale = Lane.create<'T>(1.0 / float rows) }
        Sweep.map2<'T, CrossEntropySlope<'T>> slope (p.At(row, 0)) (t.At(row, 0)) (gp.At(row, 0)) p.Cols

/// losses = Σⱼ t'ⱼ·(log Σᵢ eᶻⁱ - zⱼ), gz = (softmax z·Σⱼ t'ⱼ - t') / n with t' = (1 - smoothing)·t + smoothing / classes
[<Sealed>]
type internal SoftmaxCrossEntropyKernel<'T>
    (smoothing: float, z: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()
    let kept, share = 1.0 - smoothing, smoothing / float z.Cols

    override _.Over(row, rows) =
        let z, t, gz, count = z.At(row, 0), t.At(row, 0), gz.At(row, 0), z.Cols
        let keptLane, shareLane = Lane.create<'T> kept, Lane.create<'T> share
        let greatest = Lane.create<'T>(Row.greatest<'T> z count)
        let shifted: ShiftedExponential<'T> = { Shift = greatest }
        let total = Row.sum<'T, ShiftedExponential<'T>> shifted z z count
        let weight = kept * Row.sum<'T, Second<'T>> (Second()) t t count + smoothing
        // The gaps go through gz, which the gradient then overwrites: padding has no share in a smoothed target.
        let gap: WeightedGap<'T> = { Shift = greatest; Kept = keptLane; Share = shareLane }
        Sweep.map2<'T, WeightedGap<'T>> gap z t gz count
        let loss = weight * Math.Log total + Row.sum<'T, Second<'T>> (Second()) gz gz count
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T> loss)
        Sweep.map1<'T, ShiftedExponential<'T>> shifted z gz count

        let difference: ScaledDifference<'T> =
            { Scale = Lane.create<'T>(1.0 / float rows)
              Factor = Lane.create<'T>(weight / total)
              Kept = keptLane
              Share = shareLane }

        Sweep.map2<'T, ScaledDifference<'T>> difference gz t gz count

[<Struct>]
type internal LossOf<'T, 'Formula when 'Formula: struct and 'Formula :> ILoss<'T>> =
    { Formula: 'Formula }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Formula.Value(z, t)

/// scale·dL/dz
[<Struct>]
type internal LossSlopeOf<'T, 'Formula when 'Formula: struct and 'Formula :> ILoss<'T>> =
    { Formula: 'Formula
      Scale: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Scale * f.Formula.Slope(z, t)

/// losses = the mean over outputs of a loss, gz = its gradient / n
[<Sealed>]
type internal LossKernel<'T, 'Formula when 'Formula: struct and 'Formula :> ILoss<'T>>
    (formula: 'Formula, z: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, rows) =
        let loss: LossOf<'T, 'Formula> = { Formula = formula }

        let slope: LossSlopeOf<'T, 'Formula> =
            { Formula = formula; Scale = Lane.create<'T>(1.0 / (float rows * float z.Cols)) }

        // The values go through gz, which the gradient then overwrites: a sum needs no rule for its padding.
        Sweep.map2<'T, LossOf<'T, 'Formula>> loss (z.At(row, 0)) (t.At(row, 0)) (gz.At(row, 0)) z.Cols
        let total = Row.sum<'T, Second<'T>> (Second()) (gz.At(row, 0)) (gz.At(row, 0)) z.Cols
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T>(total / float z.Cols))
        Sweep.map2<'T, LossSlopeOf<'T, 'Formula>> slope (z.At(row, 0)) (t.At(row, 0)) (gz.At(row, 0)) z.Cols

/// losses = weights ∘ losses and gz = weights ∘ gz, row by row
[<Sealed>]
type internal WeighKernel<'T>(weights: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let weight: Scaled<'T> = { Scale = Lane.create<'T>(Lane.toFloat (Memory.read<'T>(weights.At(row, 0)))) }
        Sweep.map1<'T, Scaled<'T>> weight (losses.At(row, 0)) (losses.At(row, 0)) 1
        Sweep.map1<'T, Scaled<'T>> weight (gz.At(row, 0)) (gz.At(row, 0)) gz.Cols
