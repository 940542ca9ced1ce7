namespace NeuralNetwork.Engine

open System
open System.Numerics
open System.Runtime.CompilerServices
open Microsoft.FSharp.NativeInterop
open NeuralNetwork.Maths

// Kernels of a periodic embedding. What a row gets is computed for a register of rows at a time, what is summed over rows
// for a register of waves: no sum goes across a register, so the bits do not depend on its width.

/// The tensors of a periodic embedding, bound to memory.
[<Struct; RequireQualifiedAccess>]
type internal WaveTensors<'T> = { Frequency: Matrix<'T>; Phase: Matrix<'T>; Weight: Matrix<'T>; Bias: Matrix<'T> }

module private Registers =

    /// The number at an address in every place of a register.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let everywhere<'T> (address: nativeint) : Lane<'T> = Vector<'T>(Memory.read<'T> address)

    /// The address of a register among several.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let at<'T> (first: nativeint) (index: int) : nativeint = first + nativeint (index * sizeof<Lane<'T>>)

    /// At most a register of numbers of a column, from a row on.
    let column<'T> (matrix: Matrix<'T>) (row: int) (col: int) (count: int) : Lane<'T> =
        let mutable lane = Lane<'T>.Zero

        for place in 0 .. count - 1 do
            Unsafe.Add(&Unsafe.As<Lane<'T>, 'T>(&lane), place) <- Memory.read<'T>(matrix.At(row + place, col))

        lane

    /// Writes so many numbers of a register down a column.
    let storeColumn<'T> (matrix: Matrix<'T>) (row: int) (col: int) (count: int) (lane: Lane<'T>) : unit =
        for place in 0 .. count - 1 do
            Memory.write (matrix.At(row + place, col)) (Vector.GetElement(lane, place))

/// A kernel that goes over the features of each member for a register of rows at a time. It writes the first columns of a
/// member as they are in another matrix.
[<AbstractClass>]
type internal WaveRows<'T>
    (settings: Periodic, tensors: WaveTensors<'T>, x: Matrix<'T>, from: Matrix<'T>, into: Matrix<'T>) =
    inherit Kernel()
    let features = Array.ofList settings.Features
    let members = tensors.Frequency.Rows / features.Length
    let inputs = x.Cols / members
    let added = Periodic.added settings

    /// The features of a member.
    member _.Inputs: int = inputs

    /// The numbers that stand behind them.
    member _.Added: int = added

    /// Does a feature of a member for `count` rows; room holds a register for each wave or mixture.
    abstract Over: room: nativeint * index: int * place: int * feature: int * row: int * count: int -> unit

    override _.Tiles rows = Cut.pieces rows Cut.rows

    override kernel.Run(rows, tile) =
        let registers = max settings.Frequencies settings.Outputs
        let room = NativePtr.toNativeInt (NativePtr.stackalloc<byte>(registers * sizeof<Lane<'T>>))
        let first, last = tile * Cut.rows, min rows ((tile + 1) * Cut.rows)

        for index in 0 .. members - 1 do
            for row in first .. last - 1 do
                let source = from.At(row, index * (from.Cols / members))
                let target = into.At(row, index * (into.Cols / members))
                Span<'T>(source.ToPointer(), inputs).CopyTo(Span<'T>(target.ToPointer(), inputs))

            for place in 0 .. features.Length - 1 do
                for row in first .. Lane<'T>.Count .. last - 1 do
                    kernel.Over(room, index, place, features[place], row, min Lane<'T>.Count (last - row))

/// y = x and behind it e = v·cos 2π(w·x + b) + c
[<Sealed>]
type internal PeriodicKernel<'T>(settings: Periodic, tensors: WaveTensors<'T>, x: Matrix<'T>, y: Matrix<'T>) =
    inherit WaveRows<'T>(settings, tensors, x, x, y)

    let count, waves = settings.Features.Length, settings.Frequencies

    override kernel.Over(room, index, place, feature, row, rows) =
        let inputs = kernel.Inputs
        let outputs = inputs + kernel.Added
        let lane = Registers.column x row (index * inputs + feature) rows
        let line = index * count + place

        for wave in 0 .. waves - 1 do
            let w = Registers.everywhere<'T>(tensors.Frequency.At(line, wave))
            let b = Registers.everywhere<'T>(tensors.Phase.At(line, wave))
            Memory.store (Registers.at<'T> room wave) (Periodic.wave (Periodic.angle w lane b))

        for mixture in 0 .. settings.Outputs - 1 do
            let behind = mixture * count + place
            let line = index * kernel.Added + behind
            let mutable e = Registers.everywhere<'T>(tensors.Bias.At(0, line))

            for wave in 0 .. waves - 1 do
                let v = Registers.everywhere<'T>(tensors.Weight.At(line, wave))
                e <- Lane.multiplyAdd v (Memory.load<'T>(Registers.at<'T> room wave)) e

            Registers.storeColumn y row (index * outputs + inputs + behind) rows e

/// gx = the first columns of gy, to which each feature's waves add gu·w
[<Sealed>]
type internal PeriodicGradientKernel<'T>
    (settings: Periodic, tensors: WaveTensors<'T>, x: Matrix<'T>, gy: Matrix<'T>, gx: Matrix<'T>) =
    inherit WaveRows<'T>(settings, tensors, x, gy, gx)

    let count = settings.Features.Length

    override kernel.Over(room, index, place, feature, row, rows) =
        let inputs = kernel.Inputs
        let outputs = inputs + kernel.Added
        let col = index * inputs + feature
        let lane = Registers.column x row col rows
        let line, first = index * count + place, index * kernel.Added + place
        let mutable total = Registers.column gx row col rows

        for mixture in 0 .. settings.Outputs - 1 do
            let behind = index * outputs + inputs + mixture * count + place
            Memory.store (Registers.at<'T> room mixture) (Registers.column gy row behind rows)

        for wave in 0 .. settings.Frequencies - 1 do
            let w = Registers.everywhere<'T>(tensors.Frequency.At(line, wave))
            let b = Registers.everywhere<'T>(tensors.Phase.At(line, wave))
            let mutable gh = Lane<'T>.Zero

            for mixture in 0 .. settings.Outputs - 1 do
                let v = Registers.everywhere<'T>(tensors.Weight.At(first + mixture * count, wave))
                gh <- Lane.multiplyAdd (Memory.load<'T>(Registers.at<'T> room mixture)) v gh

            total <- Lane.multiplyAdd (Periodic.derivative (Periodic.angle w lane b) gh) w total

        Registers.storeColumn gx row col rows total

/// The gradients in w, b, v and c: a tile for each feature of each member
[<Sealed>]
type internal PeriodicSumsKernel<'T>
    (settings: Periodic, tensors: WaveTensors<'T>, x: Matrix<'T>, gy: Matrix<'T>, gradients: WaveTensors<'T>) =
    inherit Kernel()

    /// Rows added up in one register before it goes to the wide sum, as in all sums down columns.
    let block = 32

    let features = Array.ofList settings.Features
    let count, waves, mixtures = features.Length, settings.Frequencies, settings.Outputs
    let members = tensors.Frequency.Rows / count
    let inputs, outputs = x.Cols / members, gy.Cols / members
    let added = Periodic.added settings
    // Sums of a register of waves: those for w, for b, and for v of each mixture.
    let sums = 2 + mixtures

    let weightLine index place mixture = index * added + mixture * count + place
    let behind index place mixture = index * outputs + inputs + mixture * count + place

    let add (blocks: nativeint) (sum: int) (lane: Lane<'T>) =
        let address = Registers.at<'T> blocks sum
        Memory.store address (Memory.load<'T> address + lane)

    let wide (totals: nativeint) (sum: int) = totals + nativeint (sum * sizeof<WideSum<'T>>)

    let flush (blocks: nativeint) (totals: nativeint) =
        for sum in 0 .. sums - 1 do
            let total, address = wide totals sum, Registers.at<'T> blocks sum
            Memory.write total ((Memory.read<WideSum<'T>> total).Add(Memory.load<'T> address))
            Memory.store address Lane<'T>.Zero

    let clear (blocks: nativeint) (totals: nativeint) =
        for sum in 0 .. sums - 1 do
            Memory.store (Registers.at<'T> blocks sum) Lane<'T>.Zero
            Memory.write (wide totals sum) { WideSum.Low = Vector<float>.Zero; High = Vector<float>.Zero }

    /// A register of waves of a feature, over all rows.
    let over (blocks: nativeint) (totals: nativeint) index place left part rows =
        let line = index * count + place
        let lane (matrix: Matrix<'T>) line = Memory.loadPart<'T> (matrix.At(line, left)) part Lane<'T>.Zero
        let w, b = lane tensors.Frequency line, lane tensors.Phase line
        clear blocks totals

        for row in 0 .. rows - 1 do
            let number = Registers.everywhere<'T>(x.At(row, index * inputs + features[place]))
            let u = Periodic.angle w number b
            let h = Periodic.wave u
            let mutable gh = Lane<'T>.Zero

            for mixture in 0 .. mixtures - 1 do
                let ge = Registers.everywhere<'T>(gy.At(row, behind index place mixture))
                gh <- Lane.multiplyAdd ge (lane tensors.Weight (weightLine index place mixture)) gh
                add blocks (2 + mixture) (ge * h)

            let gu = Periodic.derivative u gh
            add blocks 0 (gu * number)
            add blocks 1 gu

            if row % block = block - 1 then
                flush blocks totals

        flush blocks totals

        let store (matrix: Matrix<'T>) line sum =
            Memory.storePart (matrix.At(line, left)) part ((Memory.read<WideSum<'T>>(wide totals sum)).Over 1.0)

        store gradients.Frequency line 0
        store gradients.Phase line 1

        for mixture in 0 .. mixtures - 1 do
            store gradients.Weight (weightLine index place mixture) (2 + mixture)

    let bias index place mixture rows =
        let mutable total = 0.0

        for row in 0 .. rows - 1 do
            total <- total + Lane.toFloat (Memory.read<'T>(gy.At(row, behind index place mixture)))

        Memory.write (gradients.Bias.At(0, weightLine index place mixture)) (Lane.ofFloat<'T> total)

    override _.Tiles _ = members * count

    override _.Run(rows, tile) =
        let index, place = tile / count, tile % count
        let blocks = NativePtr.toNativeInt (NativePtr.stackalloc<byte>(sums * sizeof<Lane<'T>>))
        let totals = NativePtr.toNativeInt (NativePtr.stackalloc<byte>(sums * sizeof<WideSum<'T>>))

        for left in 0 .. Lane<'T>.Count .. waves - 1 do
            over blocks totals index place left (min Lane<'T>.Count (waves - left)) rows

        for mixture in 0 .. mixtures - 1 do
            bias index place mixture rows
