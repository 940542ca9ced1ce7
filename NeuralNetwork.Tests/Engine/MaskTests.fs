/// The masks of dropout as random numbers: how many they keep, and that they know nothing of each other.
module NeuralNetwork.Tests.Engine.MaskTests

open System
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// Ones through dropout, rows x cols.
let private drop<'T> rate seed step layer rows cols (value: float) : float[] =
    let source, target = Arena<'T>(rows * cols), Arena<'T>(rows * cols)
    source.Span(0, rows * cols).Fill(Lane.ofFloat<'T> value)
    let matrix (arena: Arena<'T>) : Matrix<'T> = { Address = arena.Address; Rows = rows; Cols = cols; Batched = true }
    let kernel = DropoutKernel<'T>(rate, seed, layer, 1, matrix source, matrix target)
    kernel.Prepare(step, 0.0)

    for tile in 0 .. kernel.Tiles rows - 1 do
        kernel.Run(rows, tile)

    GC.KeepAlive source
    Generate.floats (target.Span(0, rows * cols).ToArray())

let private kept rate seed step layer =
    drop<float32> rate seed step layer 1000 100 1.0 |> Array.map (fun y -> if y = 0.0 then 0.0 else 1.0)

/// Chances of a binomial number of 100, by the recursion from one to the next.
let private binomial (p: float) =
    let next chance k = chance * (p / (1.0 - p)) * float (100 - k) / float (k + 1)
    List.scan next ((1.0 - p) ** 100.0) [ 0..99 ]

/// Σ (counted - expected)² / expected over the counts, those expected less than ten times taken together; with its degrees.
let private chiSquare (p: float) (counts: int[]) =
    let expected = binomial p |> List.map (fun chance -> chance * float counts.Length)
    let cells = List.init 101 (fun k -> float (counts |> Array.filter ((=) k) |> Array.length), expected[k])
    let rare, common = cells |> List.partition (fun (_, e) -> e < 10.0)
    let cells = (List.sumBy fst rare, List.sumBy snd rare) :: common
    cells |> List.sumBy (fun (found, e) -> (found - e) ** 2.0 / e), float (cells.Length - 1)

/// The quantile of χ² beyond which lies one in a million (Wilson and Hilferty 1931), 4.753 that of the normal distribution.
let private critical (degrees: float) =
    degrees * (1.0 - 2.0 / (9.0 * degrees) + 4.753 * sqrt (2.0 / (9.0 * degrees))) ** 3.0

/// One unit in the last place would need one rounding. There are two, of 1 / (1 - rate) and of the product, as in PyTorch:
/// half a unit for the product and, where the mantissas are large, up to one for the other.
let private checkKept<'T> (rate: float) (value: float) =
    let value = Lane.toFloat (Lane.ofFloat<'T> value)
    let exact = value / (1.0 - rate)
    let digits = if Lane.isSingle<'T> then 23 else 52
    let unit = if exact = 0.0 then 0.0 else Math.ScaleB(1.0, Math.ILogB exact - digits)

    for y in drop<'T> rate 5UL 1 0 1 40 value do
        // The float64 expected here is itself rounded by half a unit.
        Expect.that (y = 0.0 || abs (y - exact) <= (if digits = 52 then 2.0 else 1.5) * unit) $"{y:R} for {exact:R}"

let tests =
    group
        "Mask"
        [ states
              [ 44 ]
              (lawTried
                  10
                  "The numbers a row keeps are binomial, and their share is what the rate leaves"
                  (fun (seed: int) (share: uint8) ->
                      let rate = 0.1 + 0.8 * float share / 255.0
                      let mask = kept rate (uint64 (uint32 seed)) 1 0

                      let statistic, degrees =
                          mask |> Array.chunkBySize 100 |> Array.map (Array.sum >> int) |> chiSquare (1.0 - rate)

                      Expect.that (statistic <= critical degrees) $"χ² = {statistic} of {degrees} degrees"
                      // A property that is tried at every run with other seeds may not fail once in 16,000: five standard errors, not four.
                      Expect.within (5.0 * sqrt (rate * (1.0 - rate) / 1e5)) (1.0 - rate) (Array.average mask)))
          states
              [ 46 ]
              (lawTried 10 "Masks of other steps, layers and seeds are uncorrelated" (fun (seed: int) ->
                  let seed = uint64 (uint32 seed)
                  let centred mask = Array.map (fun m -> (m - 0.7) / sqrt 0.21) mask
                  let first = centred (kept 0.3 seed 1 0)

                  for other in [ kept 0.3 seed 2 0; kept 0.3 seed 1 1; kept 0.3 (seed + 1UL) 1 0 ] do
                      Expect.within (5.0 / sqrt 1e5) 0.0 (Array.average (Array.map2 (*) first (centred other)))))
          states
              [ 43 ]
              (law "A kept number is off by at most one and a half units" (fun (Real value) (share: uint16) ->
                  let rate = 0.95 * float share / 65535.0
                  checkKept<float> rate value
                  checkKept<float32> rate value)) ]
