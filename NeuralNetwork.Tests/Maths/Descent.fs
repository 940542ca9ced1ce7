namespace NeuralNetwork.Tests.Maths

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths

/// Weights and slots under an optimizer, and nothing else: the engine's update kernel without a network.
/// `count` is a multiple of 16, as in every layout.
type Descent<'T>(optimizer: Optimizer, decay: float, start: float[]) =
    let count = start.Length
    let slotCount = (Optimizer.slots optimizer).Length
    let arena = Arena<'T>(count * (2 + slotCount))
    let span part = arena.Span(part * count, count)

    let matrix part : Matrix<'T> = { Address = arena.AddressOf(part * count); Rows = 1; Cols = count; Batched = false }

    let kernel =
        Optimizer.visit
            { new IRuleVisitor<'T, Kernel> with
                member _.Visit at =
                    UpdateKernel<'T, _>(
                        at,
                        decay,
                        matrix 0,
                        matrix 1,
                        Array.init slotCount (fun slot -> matrix (2 + slot))
                    ) }
            optimizer

    let fill part (values: float[]) =
        let span = span part

        for place in 0 .. count - 1 do
            span[place] <- Lane.ofFloat<'T> values[place]

    let read part =
        let values = (span part).ToArray()
        values |> Array.map (fun value -> Lane.toFloat<'T> value)

    do fill 0 start

    /// The decay is the optimizer's own.
    new(optimizer: Optimizer, start: float[]) = Descent(optimizer, Optimizer.weightDecay optimizer, start)

    /// The weights as they are.
    member _.Weights: float[] = read 0

    /// One of the optimizer's slots.
    member _.Slot(slot: int) : float[] = read (2 + slot)

    /// One step; the first has number 1.
    member _.Step(step: int, rate: float, gradient: float[]) : unit =
        fill 1 gradient
        kernel.Prepare(step, rate)

        for tile in 0 .. kernel.Tiles 1 - 1 do
            kernel.Run(1, tile)

        GC.KeepAlive arena
