/// Matrix products of every backend against sums in twice the precision, with canaries around everything.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Engine.GemmTests

open System
open System.IO
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NUnit.Framework
open FsCheck.FSharp

let private names = [ "managed"; "mkl"; "openblas"; "blis" ]

let private find =
    let resolve name = Blas.Resolve(name, [ Path.Combine(Machines.repository, ".native", "linux-x64") ], null)
    let found = dict [ for name in names -> name, lazy (resolve name) ]
    fun name -> found[name].Value

/// The backend of this name; a test on a machine without it is not run, except in CI, where it must be there.
let private backend (name: string) : Backend =
    let resolution = find name

    if resolution.Backend.Name <> name then
        let message = $"{name}: {resolution.Warning}"

        if Environment.GetEnvironmentVariable "CI" = "true" then
            Assert.Fail message
        else
            Assert.Ignore message

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

let private calls =
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
type private Stored<'T>(rows: int, cols: int, extra: int, number: int -> int -> float) =
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

let private checkProduct<'T> (product: Product<'T>) (call: Call) (number: Random -> float) (bound: float) =
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

let private unitOf<'T> = Math.ScaleB(1.0, (if Lane.isSingle<'T> then -24 else -53))

[<States 28>]
[<TestCaseSource(nameof names)>]
let ``float64 products are within 8 u |A||B| of exact sums, in every form, and touch C alone`` (name: string) =
    let product = (backend name).Product<float>()
    Trials.run 150 calls (fun call -> checkProduct product call Generate.normal (8.0 * unitOf<float>))

[<States 28>]
[<TestCaseSource(nameof names)>]
let ``float32 products are within 8 u |A||B| of exact sums, in every form, and touch C alone`` (name: string) =
    let product = (backend name).Product<float32>()
    Trials.run 150 calls (fun call -> checkProduct product call Generate.normal (8.0 * unitOf<float32>))

[<States 28>]
[<TestCaseSource(nameof names)>]
let ``Products of small whole numbers are exact`` (name: string) =
    let backend = backend name
    // |Σ| <= 130·8·8 is exact in 24 bits, and so is half of it.
    let whole (random: Random) = float (random.Next(-8, 9))

    Trials.run 60 calls (fun call ->
        checkProduct (backend.Product<float32>()) call whole 0.0
        checkProduct (backend.Product<float>()) call whole 0.0)

[<States 28>]
[<TestCaseSource(nameof names)>]
let ``Beyond every block size products stay within the bar`` (name: string) =
    let backend = backend name

    for transposeA, transposeB in List.allPairs [ false; true ] [ false; true ] do
        let call =
            { Shape = { M = 129; N = 385; K = 401 }
              TransposeA = transposeA
              TransposeB = transposeB
              Alpha = 1.0
              Beta = 0.5
              Extra = (1, 2, 3)
              Seed = 5 }

        checkProduct (backend.Product<float32>()) call Generate.normal (8.0 * unitOf<float32>)
        checkProduct (backend.Product<float>()) call Generate.normal (8.0 * unitOf<float>)

/// One number of A is NaN: the row of C it enters is NaN, every other number is not.
let private checkPoison<'T> (product: Product<'T>) (call: Call) =
    let random = Random call.Seed
    let { M = m; N = n; K = k } = call.Shape

    if m > 0 && n > 0 && k > 0 then
        let bad, place = random.Next m, random.Next k
        let row, col = if call.TransposeA then place, bad else bad, place
        let poisoned i j = if (i, j) = (row, col) then nan else Generate.normal random
        let clean _ _ = Generate.normal random
        let a = Stored<'T>((if call.TransposeA then k else m), (if call.TransposeA then m else k), 0, poisoned)
        let b = Stored<'T>((if call.TransposeB then n else k), (if call.TransposeB then k else n), 0, clean)
        let c = Stored<'T>(m, n, 0, clean)

        product.Multiply(
            call.TransposeA,
            call.TransposeB,
            m,
            n,
            k,
            1.0,
            a.Address,
            a.Ld,
            b.Address,
            b.Ld,
            0.0,
            c.Address,
            c.Ld
        )

        for i in 0 .. m - 1 do
            for j in 0 .. n - 1 do
                Expect.that
                    (Double.IsNaN(c.After(i, j)) = (i = bad))
                    $"C[{i}, {j}] = {c.After(i, j)}, row {bad} is poisoned"

[<States 30>]
[<TestCaseSource(nameof names)>]
let ``A NaN in a row poisons exactly this row of the product`` (name: string) =
    let backend = backend name

    Trials.run 60 calls (fun call ->
        checkPoison (backend.Product<float32>()) call
        checkPoison (backend.Product<float>()) call)

/// op(a)·op(b) for dense matrices without padding, m x n.
let private multiply (product: Product<'T>) (transposeA, a: Stored<'T>) (transposeB, b: Stored<'T>) (m, n, k) =
    let c = Stored<'T>(m, n, 0, (fun _ _ -> 0.0))
    product.Multiply(transposeA, transposeB, m, n, k, 1.0, a.Address, a.Ld, b.Address, b.Ld, 0.0, c.Address, c.Ld)
    Array.init (m * n) (fun place -> c.After(place / n, place % n))

/// (A·B)·eⱼ = A·bⱼ and (A·B)ᵀ = Bᵀ·Aᵀ, each side within 8 u |A||B| of the exact one.
let private checkAlgebra<'T> (product: Product<'T>) (shape: Shape) =
    let { M = m; N = n; K = k } = { M = max 1 shape.M; N = max 1 shape.N; K = max 1 shape.K }
    let random = Random(m * 10007 + n * 101 + k)
    let numbers count = Array.init count (fun _ -> Generate.normal random)
    let a, b = numbers (m * k), numbers (k * n)
    let stored rows cols (values: float[]) = Stored<'T>(rows, cols, 0, (fun i j -> values[i * cols + j]))
    let left, right = stored m k a, stored k n b
    let whole = multiply product (false, left) (false, right) (m, n, k)

    let size i j = Array.sum (Array.init k (fun p -> abs (a[i * k + p] * b[p * n + j])))
    let near i j actual = Expect.within (16.0 * unitOf<'T> * size i j) whole[i * n + j] actual
    let turned = multiply product (true, right) (true, left) (n, m, k)
    turned |> Array.iteri (fun place actual -> near (place % m) (place / m) actual)
    let j = random.Next n
    let column = stored k 1 (Array.init k (fun p -> b[p * n + j]))

    multiply product (false, left) (false, column) (m, 1, k)
    |> Array.iteri (fun i actual -> near i j actual)

    let order = Array.init n id
    random.Shuffle order
    let permutation = stored n n (Array.init (n * n) (fun place -> if order[place / n] = place % n then 1.0 else 0.0))
    let source = stored k n b
    let permuted = multiply product (false, source) (false, permutation) (k, n, n)

    permuted
    |> Array.iteri (fun place actual -> Expect.equal (source.Before(place / n, Array.IndexOf(order, place % n))) actual)

[<States 29>]
[<TestCaseSource(nameof names)>]
let ``Products go by columns, turn around with their factors, and leave permuted numbers exact`` (name: string) =
    let backend = backend name

    Trials.run 40 Generate.shape (fun shape ->
        checkAlgebra (backend.Product<float32>()) shape
        checkAlgebra (backend.Product<float>()) shape)

[<Test>]
let ``The managed product gives an element the same bits wherever it stands and however large the product is`` () =
    let product = Backend.Managed.Product<float32>()

    Trials.run 60 calls (fun call ->
        let random = Random call.Seed
        let { M = m; N = n; K = k } = call.Shape

        if m > 0 && n > 0 then
            let a =
                Stored<float32>(
                    (if call.TransposeA then k else m),
                    (if call.TransposeA then m else k),
                    0,
                    (fun _ _ -> Generate.normal random)
                )

            let b =
                Stored<float32>(
                    (if call.TransposeB then n else k),
                    (if call.TransposeB then k else n),
                    0,
                    (fun _ _ -> Generate.normal random)
                )

            let c, alone = Stored<float32>(m, n, 0, (fun _ _ -> nan)), Stored<float32>(1, 1, 0, (fun _ _ -> nan))

            let multiply m n a lda b ldb c ldc =
                product.Multiply(call.TransposeA, call.TransposeB, m, n, k, 1.0, a, lda, b, ldb, 0.0, c, ldc)

            multiply m n a.Address a.Ld b.Address b.Ld c.Address c.Ld

            for _ in 1..5 do
                let i, j = random.Next m, random.Next n
                let fromA = Memory.offset<float32> a.Address (if call.TransposeA then i else i * a.Ld)
                let fromB = Memory.offset<float32> b.Address (if call.TransposeB then j * b.Ld else j)
                multiply 1 1 fromA a.Ld fromB b.Ld alone.Address alone.Ld
                Expect.sameBits $"C[{i}, {j}]" [| c.After(i, j) |] [| alone.After(0, 0) |])

[<TestCaseSource(nameof names)>]
let ``A backend passes its own proof and can be found by its path`` (name: string) =
    let backend = backend name
    Expect.equal null (Blas.SelfTest backend)

    if backend.Path <> "" then
        Expect.equal backend.Path (Blas.Resolve(backend.Path, [], null)).Backend.Path

/// A square product through the checked door.
let private checkedProduct (m: int) (n: int) (k: int) lda ldb ldc (a: int) (b: int) (c: int) () =
    let zeros count = Array.zeroCreate<float32> count

    Blas.Multiply<float32>(
        Backend.Managed,
        false,
        false,
        m,
        n,
        k,
        1.0,
        ReadOnlySpan(zeros a),
        lda,
        ReadOnlySpan(zeros b),
        ldb,
        0.0,
        Span(zeros c),
        ldc
    )

[<Test>]
let ``Sizes that do not fit are refused by name before anything is multiplied`` () =
    let refused (name: string) (action: unit -> unit) =
        Expect.equal name (string (Expect.raises<ArgumentException> action).ParamName)

    checkedProduct 2 3 4 4 3 3 8 12 6 ()
    refused "m" (checkedProduct -1 3 4 4 3 3 8 12 6)
    refused "n" (checkedProduct 2 -1 4 4 3 3 8 12 6)
    refused "k" (checkedProduct 2 3 -1 4 3 3 8 12 6)
    refused "lda" (checkedProduct 2 3 4 3 3 3 8 12 6)
    refused "ldb" (checkedProduct 2 3 4 4 2 3 8 12 6)
    refused "ldc" (checkedProduct 2 3 4 4 3 2 8 12 6)
    refused "a" (checkedProduct 2 3 4 4 3 3 7 12 6)
    refused "b" (checkedProduct 2 3 4 4 3 3 8 11 6)
    refused "c" (checkedProduct 2 3 4 4 3 3 8 12 5)

[<Test>]
let ``A product onto one of its operands is refused`` () =
    let shared = Array.zeroCreate<float> 4

    let multiply () =
        Blas.Multiply<float>(
            Backend.Managed,
            false,
            false,
            2,
            2,
            2,
            1.0,
            ReadOnlySpan shared,
            2,
            ReadOnlySpan(Array.zeroCreate 4),
            2,
            0.0,
            Span shared,
            2
        )

    Expect.equal "c" (string (Expect.raises<ArgumentException> multiply).ParamName)

[<Test>]
let ``A file that is no library leads to the next choice and one line of warning`` () =
    let file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.so")
    File.WriteAllText(file, "no library at all")

    try
        let resolution = Blas.Resolve(file, [], null)
        Expect.that (resolution.Backend.Path <> file) "it is in use"
        let warning = string resolution.Warning
        Expect.mentions [ file; resolution.Backend.Name ] warning
        Expect.that (not (warning.Contains '\n')) warning
    finally
        File.Delete file

[<Test>]
let ``A library that does not pass the probe is never loaded`` () =
    let resolution = Blas.Resolve("auto", [], fun _ -> "refused")
    Expect.equal "managed" resolution.Backend.Name

    Expect.that
        (resolution.Candidates |> Seq.forall (fun candidate -> candidate.Verdict = "refused"))
        "a verdict is lost"
