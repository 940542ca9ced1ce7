/// A batch norm by itself, and batches for it.
module NeuralNetwork.Tests.Engine.Norms

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// A batch norm on memory of its own: forward in training, then backward.
type Norm<'T>(settings: BatchNorm, x: float[], gy: float[], gamma: float[], beta: float[]) =
    let cols = gamma.Length
    let rows = x.Length / cols
    let arena = Arena<'T>(4 * rows * cols + 10 * cols + 14 * Layout.Alignment)
    let mutable used = 0

    let matrix batched (values: float[]) : Matrix<'T> =
        let length = values.Length
        (Generate.convert<'T> values).AsSpan().CopyTo(arena.Span(used, length))
        let address = arena.AddressOf used
        used <- int (Layout.align (int64 (used + length)))
        { Address = address; Rows = length / cols; Cols = cols; Batched = batched }

    let zeros rows = Array.zeroCreate<float>(rows * cols)
    let input, output = matrix true x, matrix true (zeros rows)
    let gradient, inputGradient = matrix true gy, matrix true (zeros rows)
    let mean, scale = matrix false (zeros 1), matrix false (zeros 1)
    let runningMean, runningVariance = matrix false (zeros 1), matrix false (Array.create cols 1.0)
    let ggamma, gbeta = matrix false (zeros 1), matrix false (zeros 1)

    let vectors: Vectors<'T> = { Mean = mean; Scale = scale; Gamma = matrix false gamma; Beta = matrix false beta }

    let read (m: Matrix<'T>) count =
        Array.init count (fun i -> Lane.toFloat (Memory.read<'T>(Memory.offset<'T> m.Address i)))

    let run (kernel: Kernel) =
        kernel.Begin(Shard.whole rows)

        for tile in 0 .. kernel.Tiles rows - 1 do
            kernel.Run(rows, tile)

    do
        run (BatchStatisticsKernel<'T>(settings, input, mean, scale, runningMean, runningVariance, [||]))
        run (NormalizeKernel<'T>(vectors, input, output))
        run (NormalizeSumsKernel<'T>(vectors, input, gradient, ggamma, gbeta, [||]))
        run (NormalizeGradientKernel<'T>(vectors, input, gradient, ggamma, gbeta, inputGradient))
        GC.KeepAlive arena

    member _.Output = read output (rows * cols)
    member _.InputGradient = read inputGradient (rows * cols)
    member _.GammaGradient = read ggamma cols
    member _.BetaGradient = read gbeta cols
    member _.Mean = read mean cols
    member _.RunningMean = read runningMean cols
    member _.RunningVariance = read runningVariance cols

/// Random numbers of a shape that straddles registers and tiles, far from 0 by an offset.
let random (seed: int) (offset: float) =
    let random = Random seed
    let rows, cols = 2 + random.Next 70, [| 1; 3; 8; 9; 17; 33; 65; 130 |][random.Next 8]
    let x = Generate.reals random (rows * cols) |> Array.map (fun v -> offset + v)
    let wobble count = Array.init count (fun _ -> Generate.normal random)
    rows, cols, x, wobble (rows * cols), wobble cols, wobble cols

/// One column of a row-major matrix.
let column (values: float[]) (cols: int) (col: int) : float[] =
    values |> Array.indexed |> Array.filter (fun (i, _) -> i % cols = col) |> Array.map snd
