/// Gathering rows: exact conversions, exact quotients, the right rows, nothing else.
module NeuralNetwork.Tests.Engine.GatherTests

open System
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// A table of the given kind and the numbers in it.
let private table (random: Random) (kind: int) (count: int) : NumberArray * float[] =
    match kind with
    | 0 ->
        let bytes = Array.init count (fun _ -> byte (random.Next 256))
        NumberArray.Bytes bytes, Array.map float bytes
    | 1 ->
        let singles = Array.map float32 (Generate.reals random count)
        NumberArray.Singles singles, Array.map float singles
    | _ ->
        let doubles = Generate.reals random count
        NumberArray.Doubles doubles, doubles

let private check<'T> (team: Team) (case: int) =
    let random = Random case
    let rows, cols = 1 + random.Next 40, 1 + random.Next 100
    let batch = 1 + random.Next 40

    let divisor =
        match random.Next 3 with
        | 0 -> 255.0
        | 1 -> 1.0 + float (random.Next 1000)
        // No float32.
        | _ -> 0.1 + float (random.Next 10)

    let isShifted = random.Next 2 = 0
    let shift = if isShifted then Generate.reals random cols else [||]
    let scale = if isShifted then Array.init cols (fun _ -> 0.1 + 3.0 * random.NextDouble()) else [||]
    let affine: Affine = { Divisor = divisor; Shift = shift; Scale = scale }
    let source, values = table random (random.Next 3) (rows * cols)
    let order = Array.init (batch + 5) (fun _ -> random.Next rows)
    let start, first = random.Next 5, random.Next batch
    let count = 1 + random.Next(batch - first)
    let arena = Arena<'T>((batch + 2) * cols)
    let canary = -7654321.0
    arena.Span(0, arena.Length).Fill(Lane.ofFloat<'T> canary)
    let target: Matrix<'T> = { Address = arena.AddressOf cols; Rows = batch; Cols = cols; Batched = true }
    Gather<'T>(target).Run(team, source, affine, order, start, first, count)

    let expected =
        Array.init arena.Length (fun place ->
            let row, col = place / cols - 1 - first, place % cols

            if 0 <= row && row < count then
                // One rounding of the exact quotient: float32 and bytes are exact in float64, and rounding a quotient
                // of two 24-bit numbers twice, first to 53 bits, is the same as once (Figueroa 1995).
                let x = values[order[start + row] * cols + col]

                if isShifted then
                    Lane.toFloat (Lane.ofFloat<'T>((x / divisor - shift[col]) / scale[col]))
                elif Lane.isSingle<'T> && float (float32 x) = x && float (float32 divisor) = divisor then
                    float (float32 x / float32 divisor)
                else
                    Lane.toFloat (Lane.ofFloat<'T>(x / divisor))
            else
                canary)

    Expect.sameBits "batch" (Generate.convert<'T> expected) (arena.Span(0, arena.Length).ToArray())
    GC.KeepAlive arena

let tests =
    sharing "Gather" (fun () -> [ for threads in [ 1; 3 ] -> new Team(threads) ]) (fun teams ->
        [ lawTried
              300
              "Rows are converted, divided and standardized exactly, in the order asked for, and nothing else is written"
              (fun (seed: int) ->
                  for team in teams.Value do
                      check<float> team seed
                      check<float32> team seed) ])
