namespace NeuralNetwork.Engine

open System
open System.Numerics
open System.Threading
open NeuralNetwork.Maths

// What a product must prove before it is trusted: right numbers in both precisions, the same bits from every
// thread, and a processor left as it was found. Plain loops on arrays, since speed is not the point here.

module internal Proof =

    /// A case: sizes, transposes; leading dimensions are a little more than needed.
    type private Case = { M: int; N: int; K: int; TransposeA: bool; TransposeB: bool }

    let private cases =
        [ for transposeA in [ false; true ] do
              for transposeB in [ false; true ] do
                  for m, n, k in [ 1, 1, 1; 5, 37, 29; 67, 31, 130 ] do
                      { M = m; N = n; K = k; TransposeA = transposeA; TransposeB = transposeB }
          { M = 256; N = 256; K = 256; TransposeA = false; TransposeB = true } ]

    let private number<'T> (x: float) : 'T = Vector.ToScalar(Lane.create<'T> x)

    let private value<'T> (x: 'T) =
        if Lane.isSingle<'T> then
            float (Vector.ToScalar(Vector.As<'T, float32>(Vector.Create<'T> x)))
        else
            Vector.ToScalar(Vector.As<'T, float>(Vector.Create<'T> x))

    /// A counter mixed into a number in [-1, 1). Smooth data would add up errors of one sign.
    let private noise (i: int) =
        let x = uint32 i * 2654435761u
        let x = (x ^^^ (x >>> 15)) * 2246822519u
        let x = (x ^^^ (x >>> 13)) * 3266489917u
        Math.ScaleB(float (int (x ^^^ (x >>> 16))), -31)

    let private fill<'T> (count: int) (shift: int) =
        let arena = Arena<'T> count
        let span = arena.Span(0, count)

        for i in 0 .. count - 1 do
            span[i] <- number<'T>(noise (i + shift))

        arena

    /// C <- 2 op(A) op(B) - C on matrices with a canary of two numbers after each row.
    let private compute<'T> (product: Product<'T>) (case: Case) =
        let lda = (if case.TransposeA then case.M else case.K) + 2
        let ldb = (if case.TransposeB then case.K else case.N) + 2
        let ldc = case.N + 2
        let a = fill<'T> ((if case.TransposeA then case.K else case.M) * lda) 1
        let b = fill<'T> ((if case.TransposeB then case.N else case.K) * ldb) 100_000
        let c = fill<'T> (case.M * ldc) 300_000
        let m, n, k = case.M, case.N, case.K

        product.Multiply(
            case.TransposeA,
            case.TransposeB,
            m,
            n,
            k,
            2.0,
            a.Address,
            lda,
            b.Address,
            ldb,
            -1.0,
            c.Address,
            ldc
        )

        struct (a, lda, b, ldb, c, ldc)

    /// Is every element within 8u (|2 A| |B| + |C|) of the sum in double precision (16u where that is the precision
    /// under test), and every canary alive? Large cases are sampled by rows.
    let private isRight<'T> (product: Product<'T>) (case: Case) =
        let struct (a, lda, b, ldb, c, ldc) = compute<'T> product case

        let a, b, c = a.Span(0, a.Length).ToArray(), b.Span(0, b.Length).ToArray(), c.Span(0, c.Length).ToArray()

        let before = fill<'T> c.Length 300_000
        let before = before.Span(0, c.Length).ToArray()

        let bar = if Lane.isSingle<'T> then 8.0 * Math.ScaleB(1.0, -24) else 16.0 * Math.ScaleB(1.0, -53)

        let left i p = value a[if case.TransposeA then p * lda + i else i * lda + p]
        let right p j = value b[if case.TransposeB then j * ldb + p else p * ldb + j]

        let isNear i j =
            let mutable sum = -(value before[i * ldc + j])
            let mutable size = abs sum

            for p in 0 .. case.K - 1 do
                let term = 2.0 * left i p * right p j
                sum <- sum + term
                size <- size + abs term

            abs (value c[i * ldc + j] - sum) <= bar * size

        let isKept i j = value c[i * ldc + j] = value before[i * ldc + j]
        let rows = [ 0 .. (if case.M > 100 then 31 else 1) .. case.M - 1 ]

        rows
        |> List.forall (fun i -> List.forall (isNear i) [ 0 .. case.N - 1 ] && isKept i case.N && isKept i (case.N + 1))

    /// The same product on several threads at once, compared with the caller's own, bit for bit.
    let private isSteady<'T> (product: Product<'T>) =
        let case = { M = 96; N = 112; K = 200; TransposeA = false; TransposeB = true }

        let once () =
            let struct (_, _, _, _, c, _) = compute<'T> product case
            c.Span(0, c.Length).ToArray()

        let expected = once ()
        let differences = ref 0

        let worker () =
            for _ in 1..8 do
                if not (Array.forall2 (fun x y -> value x = value y) (once ()) expected) then
                    Interlocked.Increment differences |> ignore

        let threads = [ for _ in 1..8 -> Thread(worker, IsBackground = true) ]
        threads |> List.iter _.Start()
        threads |> List.iter _.Join()
        differences.Value = 0

    /// Start-up code of a library built for speed alone makes the processor drop numbers below 2^-126.
    let private keepsSubnormals (product: Product<float32>) =
        let tiny = fill<float32> 2 0
        tiny.Span(0, 2)[0] <- MathF.ScaleB(1f, -140)
        tiny.Span(0, 2)[1] <- 0.5f
        let at = tiny.AddressOf
        let c = Arena<float32> 1
        product.Multiply(false, false, 1, 1, 1, 1.0, at 0, 1, at 1, 1, 0.0, c.Address, 1)
        let managed = tiny.Span(0, 2)[0] * tiny.Span(0, 2)[1]
        managed = MathF.ScaleB(1f, -141) && c.Span(0, 1)[0] = managed

    /// Null where the backend may be trusted, else what is wrong with it.
    let run (backend: Backend) : string | null =
        let single, double = backend.Product<float32>(), backend.Product<float>()

        if not (List.forall (isRight single) cases) then "wrong float32 products"
        elif not (List.forall (isRight double) cases) then "wrong float64 products"
        elif not (isSteady single && isSteady double) then "products differ between threads"
        elif not (keepsSubnormals single) then "subnormal numbers are flushed to zero"
        else null
