/// Matrix products to test: the libraries there are, calls of every form, matrices with canaries around them, and sums in
/// twice the precision.
module NeuralNetwork.Tests.Engine.Products

open System
open System.IO
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open FsCheck
open FsCheck.FSharp

/// The libraries that tests know by name.
let names: string list = [ "managed"; "mkl"; "openblas"; "blis" ]

let private find =
    let resolve name = Blas.Resolve(name, [ Path.Combine(Machines.repository, ".native", "linux-x64") ], null)
    let found = dict [ for name in names -> name, lazy (resolve name) ]
    fun name -> found[name].Value

/// The backend of this name; a test on a machine without it is not run, except in CI, where it must be there.
let backend (name: string) : Backend =
    let resolution = find name

    if resolution.Backend.Name <> name then
        let message = $"{name}: {resolution.Warning}"

        if Environment.GetEnvironmentVariable "CI" = "true" then Expect.fail message else skip message

    resolution.Backend

/// A product with everything that can differ between two calls; the numbers come from the seed.
type Call =
    { Shape: Shape
      TransposeA: bool
      TransposeB: bool
      Alpha: float
      Beta: float
      Extra: int * int * int
      Seed: int }

/// Calls of every shape and form.
let calls: Arbitrary<Call> =
    let factor = Gen.elements [ 0.0; 1.0; -1.0; 0.5 ]
    let extra = Gen.frequency [ 2, Gen.constant 0; 1, Gen.choose (1, 5) ]

    let call shape =
        gen {
            let! transposeA, transposeB = Gen.two (Gen.elements [ false; true ])
            let! alpha = Gen.frequency [ 1, factor; 1, Gen.constant 1.0 ]
            let! beta = factor
            let! extra = Gen.zip3 extra extra extra
            let! seed = Gen.choose (0, 1_000_000)

            return
                { Shape = shape
                  TransposeA = transposeA
                  TransposeB = transposeB
                  Alpha = alpha
                  Beta = beta
                  Extra = extra
                  Seed = seed }
        }

    let shrink call = Generate.shape.Shrinker call.Shape |> Seq.map (fun shape -> { call with Shape = shape })
    Arb.fromGenShrink (Gen.bind call Generate.shape.Generator, shrink)

let private canary = -7654321.0

/// A matrix as it lies in memory: rows of `cols` numbers, `ld` apart, with canaries between and around.
type Stored<'T>(rows: int, cols: int, extra: int, number: int -> int -> float) =
    let ld = max 1 (cols + extra)
    let margin = 16 + extra
    let arena = Arena<'T>(rows * ld + 2 * margin)

    do
        arena.Span(0, arena.Length).Fill(Lane.ofFloat<'T> canary)

        for row in 0 .. rows - 1 do
            for col in 0 .. cols - 1 do
                arena.Span(margin + row * ld + col, 1)[0] <- Lane.ofFloat<'T>(number row col)

    let numbers = Generate.floats (arena.Span(0, arena.Length).ToArray())
    member _.Ld = ld
    member _.Address = arena.AddressOf margin

    /// A number as it was stored, rounded to the precision.
    member _.Before(row: int, col: int) = numbers[margin + row * ld + col]
    member _.After(row: int, col: int) : float = Lane.toFloat (arena.Span(margin + row * ld + col, 1)[0])

    /// Everything but the matrix itself is as it was.
    member _.CheckCanaries() =
        let now = Generate.floats (arena.Span(0, arena.Length).ToArray())

        for place in 0 .. now.Length - 1 do
            let row, col = (place - margin) / ld, (place - margin) % ld
            let isInside = place >= margin && row < rows && col < cols
            Expect.that (isInside || now[place] = canary) $"place {place - margin} outside the matrix is {now[place]}"

    /// Nothing at all has changed.
    member _.CheckUntouched() =
        Expect.sameBits "operand" numbers (Generate.floats (arena.Span(0, arena.Length).ToArray()))

/// alpha·Σ aᵢ·bᵢ + beta·c with 106 bits, and the sum of the absolute values.
let private exactly (alpha: float) (pairs: struct (float * float)[]) (beta: float) (c: float) : struct (float * float) =
    let mutable high = 0.0
    let mutable low = 0.0
    let mutable size = 0.0

    let add a b =
        let product = a * b
        let lost = Math.FusedMultiplyAdd(a, b, -product)
        let sum = high + product
        let part = sum - high
        low <- low + ((high - (sum - part)) + (product - part)) + lost
        high <- sum
        size <- size + abs product

    for struct (a, b) in pairs do
        add (alpha * a) b // alpha is 0, ±1 or ½: exact

    if beta <> 0.0 then
        add beta c

    struct (high + low, size)

/// alpha·op(A)·op(B) + beta·C is within bound·|A||B| of the exact one, and nothing but C is written.
let internal checkProduct<'T> (product: Product<'T>) (call: Call) (number: Random -> float) (bound: float) : unit =
    let random = Random call.Seed
    let { M = m; N = n; K = k } = call.Shape
    let extraA, extraB, extraC = call.Extra
    let draw _ _ = number random
    // Where a factor is 0 the operands must not be read at all.
    let operand _ _ = if call.Alpha = 0.0 then nan else number random
    let target _ _ = if call.Beta = 0.0 then nan else draw 0 0
    let a = Stored<'T>((if call.TransposeA then k else m), (if call.TransposeA then m else k), extraA, operand)
    let b = Stored<'T>((if call.TransposeB then n else k), (if call.TransposeB then k else n), extraB, operand)
    let c = Stored<'T>(m, n, extraC, target)

    if m > 0 && n > 0 then
        product.Multiply(
            call.TransposeA,
            call.TransposeB,
            m,
            n,
            k,
            call.Alpha,
            a.Address,
            a.Ld,
            b.Address,
            b.Ld,
            call.Beta,
            c.Address,
            c.Ld
        )

    a.CheckUntouched()
    b.CheckUntouched()
    c.CheckCanaries()
    let ofA i p = if call.TransposeA then a.Before(p, i) else a.Before(i, p)
    let ofB p j = if call.TransposeB then b.Before(j, p) else b.Before(p, j)

    for i in 0 .. m - 1 do
        for j in 0 .. n - 1 do
            let pairs = if call.Alpha = 0.0 then [||] else Array.init k (fun p -> struct (ofA i p, ofB p j))
            let struct (expected, size) = exactly call.Alpha pairs call.Beta (c.Before(i, j))
            let actual = c.After(i, j)

            if not (abs (actual - expected) <= bound * size) then
                Expect.fail $"C[{i}, {j}] = {actual:R}, expected {expected:R} within {bound * size:R}: %A{call}"

/// The unit roundoff.
let unitOf<'T> : float = Math.ScaleB(1.0, (if Lane.isSingle<'T> then -24 else -53))
