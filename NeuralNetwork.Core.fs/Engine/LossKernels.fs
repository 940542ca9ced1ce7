namespace NeuralNetwork.Engine

open NeuralNetwork
open NeuralNetwork.Maths

// Softmax and losses, row by row: losses, and their gradient in what the network gives.

/// p = softmax z
[<Sealed>]
type internal SoftmaxKernel<'T>(z: Matrix<'T>, p: Matrix<'T>) =
    inherit RowWise()

    /// Where a register has room for a row it never leaves it. The sum has the shape that it has of any other row.
    let within (z: nativeint) (p: nativeint) (count: int) =
        let z = Memory.loadPart<'T> z count (Lane.create<'T> -infinity)
        let masses = Lane.first count (Softmax.mass (Lane.create<'T>(Lane.greatest z)) z)
        let total = PartialSums.total (PartialSums<'T>.Zero.Add masses) 1
        Memory.storePart p count (Lane.create<'T>(1.0 / total) * masses)

    let beyond (z: nativeint) (p: nativeint) (count: int) =
        let mass: SoftmaxMass<'T> = { Shift = Lane.create<'T>(Sweep.greatest<'T> z count) }
        Sweep.map1<'T, SoftmaxMass<'T>> mass z p count
        let total = Sweep.sum2<'T, First<'T>> (First()) p p count
        let share: Scaled<'T> = { Scale = Lane.create<'T>(1.0 / total) }
        Sweep.map1<'T, Scaled<'T>> share p p count

    override _.Over(row, _) =
        if z.Cols <= Lane<'T>.Count then
            within (z.At(row, 0)) (p.At(row, 0)) z.Cols
        else
            beyond (z.At(row, 0)) (p.At(row, 0)) z.Cols

/// gz = p ∘ (gp - Σⱼ gpⱼ·pⱼ)
[<Sealed>]
type internal SoftmaxGradientKernel<'T>(p: Matrix<'T>, gp: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let p, gp, gz, count = p.At(row, 0), gp.At(row, 0), gz.At(row, 0), p.Cols
        let dot = Sweep.sum2<'T, SoftmaxDot<'T>> (SoftmaxDot()) p gp count
        Sweep.map2<'T, SoftmaxDerivative<'T>> { Dot = Lane.create<'T> dot } p gp gz count

/// losses = -Σⱼ t'ⱼ log pⱼ, gp = -t' / (n·p)
[<Sealed>]
type internal CrossEntropyKernel<'T>(smoothing: float, p: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gp: Matrix<'T>)
    =
    inherit RowWise()
    let formula = SoftmaxCrossEntropyFormula<'T>.Of smoothing p.Cols

    override _.Over(row, batch) =
        let value: CrossEntropyValue<'T> = { Kept = formula.Kept; Share = formula.Share }

        let derivative: CrossEntropyDerivative<'T> =
            { Scale = Lane.create<'T>(1.0 / float batch); Kept = formula.Kept; Share = formula.Share }

        let loss = Sweep.sum2<'T, CrossEntropyValue<'T>> value (p.At(row, 0)) (t.At(row, 0)) p.Cols
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T> loss)
        Sweep.map2<'T, CrossEntropyDerivative<'T>> derivative (p.At(row, 0)) (t.At(row, 0)) (gp.At(row, 0)) p.Cols

[<Struct>]
type internal MassOf<'T, 'Formula when 'Formula: struct and 'Formula :> IRowLoss<'T>> =
    { Formula: 'Formula
      Greatest: Lane<'T> }

    interface IMap1<'T> with
        member f.Of z = f.Formula.Mass(f.Greatest, z)

[<Struct>]
type internal GapOf<'T, 'Formula when 'Formula: struct and 'Formula :> IRowLoss<'T>> =
    { Formula: 'Formula
      Greatest: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Formula.Gap(f.Greatest, z, t)

/// scale·∂L/∂z
[<Struct>]
type internal RowDerivativeOf<'T, 'Formula when 'Formula: struct and 'Formula :> IRowLoss<'T>> =
    { Formula: 'Formula
      Greatest: Lane<'T>
      Factor: Lane<'T>
      Scale: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Scale * f.Formula.Derivative(f.Greatest, f.Factor, z, t)

/// losses = a loss that couples the outputs of a row, gz = its gradient / n: sums over the row, then each number of it
[<Sealed>]
type internal RowLossKernel<'T, 'Formula when 'Formula: struct and 'Formula :> IRowLoss<'T>>
    (formula: 'Formula, z: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    /// Where a register has room for a row its three sums are taken from there. They have the shape that they have of any other row.
    let within (greatest: Lane<'T>) (z: nativeint) (t: nativeint) (count: int) : struct (float * float * float) =
        let inline total (x: Lane<'T>) = PartialSums.total (PartialSums<'T>.Zero.Add(Lane.first count x)) 1
        let z, t = Memory.loadPart<'T> z count Lane<'T>.Zero, Memory.loadPart<'T> t count Lane<'T>.Zero
        struct (total (formula.Mass(greatest, z)), total t, total (formula.Gap(greatest, z, t)))

    let beyond (greatest: Lane<'T>) (z: nativeint) (t: nativeint) (count: int) : struct (float * float * float) =
        let mass: MassOf<'T, 'Formula> = { Formula = formula; Greatest = greatest }
        let gap: GapOf<'T, 'Formula> = { Formula = formula; Greatest = greatest }
        let masses = Sweep.sum1<'T, MassOf<'T, 'Formula>> mass z count
        let targets = Sweep.sum2<'T, First<'T>> (First()) t t count
        struct (masses, targets, Sweep.sum2<'T, GapOf<'T, 'Formula>> gap z t count)

    override _.Over(row, batch) =
        let z, t, gz, count = z.At(row, 0), t.At(row, 0), gz.At(row, 0), z.Cols
        let greatest = Lane.create<'T>(Sweep.greatest<'T> z count)

        let struct (masses, targets, gaps) =
            if count <= Lane<'T>.Count then within greatest z t count else beyond greatest z t count

        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T>(formula.Value(masses, targets, gaps)))

        let derivative: RowDerivativeOf<'T, 'Formula> =
            { Formula = formula
              Greatest = greatest
              Factor = Lane.create<'T>(formula.Factor(masses, targets))
              Scale = Lane.create<'T>(1.0 / float batch) }

        Sweep.map2<'T, RowDerivativeOf<'T, 'Formula>> derivative z t gz count

[<Struct>]
type internal LossOf<'T, 'Formula when 'Formula: struct and 'Formula :> ILoss<'T>> =
    { Formula: 'Formula }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Formula.Value(z, t)

/// scale·∂L/∂z
[<Struct>]
type internal DerivativeOfLoss<'T, 'Formula when 'Formula: struct and 'Formula :> ILoss<'T>> =
    { Formula: 'Formula
      Scale: Lane<'T> }

    interface IMap2<'T> with
        member f.Of(z, t) = f.Scale * f.Formula.Derivative(z, t)

/// losses = the mean over outputs of a loss, gz = its gradient / n
[<Sealed>]
type internal LossKernel<'T, 'Formula when 'Formula: struct and 'Formula :> ILoss<'T>>
    (formula: 'Formula, z: Matrix<'T>, t: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, batch) =
        let z, t, gz, count = z.At(row, 0), t.At(row, 0), gz.At(row, 0), z.Cols
        let total = Sweep.sum2<'T, LossOf<'T, 'Formula>> { Formula = formula } z t count
        Memory.write (losses.At(row, 0)) (Lane.ofFloat<'T>(total / float count))

        let derivative: DerivativeOfLoss<'T, 'Formula> =
            { Formula = formula; Scale = Lane.create<'T>(1.0 / (float batch * float count)) }

        Sweep.map2<'T, DerivativeOfLoss<'T, 'Formula>> derivative z t gz count

/// losses = weights ∘ losses and gz = weights ∘ gz, row by row
[<Sealed>]
type internal WeighKernel<'T>(weights: Matrix<'T>, losses: Matrix<'T>, gz: Matrix<'T>) =
    inherit RowWise()

    override _.Over(row, _) =
        let weight: Scaled<'T> = { Scale = Lane.create<'T>(Lane.toFloat (Memory.read<'T>(weights.At(row, 0)))) }
        Sweep.map1<'T, Scaled<'T>> weight (losses.At(row, 0)) (losses.At(row, 0)) 1
        Sweep.map1<'T, Scaled<'T>> weight (gz.At(row, 0)) (gz.At(row, 0)) gz.Cols
