namespace NeuralNetwork.Engine

open System
open Microsoft.FSharp.NativeInterop
open NeuralNetwork
open NeuralNetwork.Maths

// What networks side by side need besides the kernels of one: rows for each of them, sums over them, and their mean
// prediction. Few numbers a row, so plain loops in double precision.

/// y = x for each member, side by side
[<Sealed>]
type internal RepeatKernel<'T>(x: Matrix<'T>, y: Matrix<'T>) =
    inherit RowWise()
    let members = y.Cols / x.Cols

    override _.Over(row, _) =
        for index in 0 .. members - 1 do
            Memory.copy<'T> (x.At(row, 0)) (y.At(row, index * x.Cols)) x.Cols

/// x = scale·Σ over the members of y
[<Sealed>]
type internal SumMembersKernel<'T>(scale: float, y: Matrix<'T>, x: Matrix<'T>) =
    inherit RowWise()
    let members = y.Cols / x.Cols

    override _.Over(row, _) =
        for col in 0 .. x.Cols - 1 do
            let mutable total = 0.0

            for index in 0 .. members - 1 do
                total <- total + Lane.toFloat (Memory.read<'T>(y.At(row, index * x.Cols + col)))

            Memory.write (x.At(row, col)) (Lane.ofFloat<'T>(scale * total))

/// z = f⁻¹(Σ s·f(zs)), f the function of the outputs: what the mean of the members' predictions is made of. Through
/// logarithms all the way, so that no probability underflows. Shares count by their part of all shares of a row.
[<Sealed>]
type internal CombineKernel<'T>(output: Output, shares: Matrix<'T>, zs: Matrix<'T>, z: Matrix<'T>) =
    inherit RowWise()
    let members, outputs = shares.Cols, z.Cols
    let number (address: nativeint) = Lane.toFloat (Memory.read<'T> address)
    let numberOf row index col = number (zs.At(row, index * outputs + col))

    /// log σ(z)
    let logSigmoid (z: float) = min z 0.0 - Scalar.log1p (Scalar.exp -(abs z))

    /// log Σⱼ eᶻʲ of a member
    let logTotal row index =
        let mutable greatest = -infinity

        for col in 0 .. outputs - 1 do
            greatest <- Math.Max(greatest, numberOf row index col)

        let mutable total = 0.0

        for col in 0 .. outputs - 1 do
            total <- total + Scalar.exp (numberOf row index col - greatest)

        greatest + Scalar.log total

    /// What a member's logarithm of f(z) is, apart from what all of its outputs have in common; of 1 - f(z) for side -1.
    let term side row index col =
        let z = numberOf row index col
        if output.IsSigmoid then logSigmoid (side * z) else z

    /// log Σ s·f(z) over the members
    let logMean side (offsets: nativeptr<float>) row col =
        let mutable greatest = -infinity

        for index in 0 .. members - 1 do
            greatest <- Math.Max(greatest, NativePtr.get offsets index + term side row index col)

        if Double.IsInfinity greatest then
            greatest
        else
            let mutable total = 0.0

            for index in 0 .. members - 1 do
                total <- total + Scalar.exp (NativePtr.get offsets index + term side row index col - greatest)

            greatest + Scalar.log total

    let linear row col =
        let mutable total = 0.0
        let mutable whole = 0.0

        for index in 0 .. members - 1 do
            let share = number (shares.At(row, index))

            // What has no share may be anything.
            if share <> 0.0 then
                whole <- whole + share
                total <- total + share * numberOf row index col

        total / whole

    /// Logarithms of the shares, and of what turns the outputs of a softmax into probabilities.
    let prepare (offsets: nativeptr<float>) row =
        let mutable whole = 0.0

        for index in 0 .. members - 1 do
            whole <- whole + number (shares.At(row, index))

        for index in 0 .. members - 1 do
            let share = number (shares.At(row, index)) / whole

            if share = 0.0 then
                NativePtr.set offsets index -infinity
            else
                let common = if output.IsSoftmax then logTotal row index else 0.0
                NativePtr.set offsets index (Scalar.log share - common)

    override _.Over(row, _) =
        if output.IsLinear then
            for col in 0 .. outputs - 1 do
                Memory.write (z.At(row, col)) (Lane.ofFloat<'T>(linear row col))
        else
            let offsets = NativePtr.stackalloc<float> members
            prepare offsets row

            for col in 0 .. outputs - 1 do
                let value = logMean 1.0 offsets row col
                let other = if output.IsSigmoid then logMean -1.0 offsets row col else 0.0
                Memory.write (z.At(row, col)) (Lane.ofFloat<'T>(value - other))
