namespace NeuralNetwork.Engine

open System.Runtime.Intrinsics
open NeuralNetwork.Maths

/// y = x ∘ mask / (1 - rate), for each member a mask of its own
[<Sealed>]
type internal DropoutKernel<'T>(rate: float, seed: uint64, layer: int, members: int, x: Matrix<'T>, y: Matrix<'T>) =
    inherit Elementwise(x.Cols)
    let threshold, scale = Dropout.threshold rate, Dropout.scale rate
    let keys = Array.zeroCreate<Key> members
    let width = x.Cols / members
    // A mask is that of a row's place in the whole batch, however that is cut.
    let mutable first = 0

    /// Some places of a group, element by element. A number has the same bits as among eight at once.
    let slow isWhole (words: Vector256<uint32>) (from: nativeint) (target: nativeint) (first: int) (count: int) =
        for place in 0 .. count - 1 do
            let value = Lane.toFloat (Memory.read<'T>(Memory.offset<'T> from place))

            let kept =
                if uint64 (words.GetElement(first + place)) >= threshold then 0.0
                elif isWhole then float (float32 value * float32 scale)
                else value * scale

            Memory.write (Memory.offset<'T> target place) (Lane.ofFloat<'T> kept)

    /// Eight float32 at once.
    let fast (words: Vector256<uint32>) (from: nativeint) (target: nativeint) =
        let mask = Vector256.LessThan(words, Vector256.Create(uint32 threshold))
        let values = Memory.read<Vector256<float32>> from * Vector256.Create(float32 scale)
        Memory.write target (Vector256.ConditionalSelect(mask.AsSingle(), values, Vector256<float32>.Zero))

    override _.Prepare(step, _) =
        for index in 0 .. members - 1 do
            keys[index] <- Dropout.memberKey seed step layer index

    override _.Begin shard = first <- shard.First

    override _.Over(row, left, count) =
        let source, target = x.At(row, left), y.At(row, left)
        let half = Dropout.Group / 2
        let mutable start = 0

        while start < count do
            // A run may begin or end within a group, and go on with the next member.
            let index, col = (left + start) / width, (left + start) % width
            let group, skipped = col / Dropout.Group, col % Dropout.Group
            let taken = min (min (Dropout.Group - skipped) (width - col)) (count - start)
            let struct (first, second) = Dropout.words keys[index] (first + row) group
            let from, into = Memory.offset<'T> source start, Memory.offset<'T> target start

            if Lane.isSingle<'T> && taken = Dropout.Group then
                fast first from into
                fast second (Memory.offset<'T> from half) (Memory.offset<'T> into half)
            else
                let isWhole = Lane.isSingle<'T> && (group + 1) * Dropout.Group <= width
                let inFirst = max 0 (min taken (half - skipped))

                if inFirst > 0 then
                    slow isWhole first from into skipped inFirst

                if taken > inFirst then
                    let from, into = Memory.offset<'T> from inFirst, Memory.offset<'T> into inFirst
                    slow isWhole second from into (skipped + inFirst - half) (taken - inFirst)

            start <- start + taken
