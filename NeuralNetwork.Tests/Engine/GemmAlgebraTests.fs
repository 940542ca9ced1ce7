/// What holds of matrix products whatever the numbers: NaN stays in its row, columns, transposes, permutations, bits.
module NeuralNetwork.Tests.Engine.GemmAlgebraTests

open System
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Engine.Products

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

let tests =
    group
        "GemmAlgebra"
        [ states
              [ 30 ]
              (each "A NaN in a row poisons exactly this row of the product" names (fun (name: string) ->
                  let backend = backend name

                  Trials.run 60 calls (fun call ->
                      checkPoison (backend.Product<float32>()) call
                      checkPoison (backend.Product<float>()) call)))
          states
              [ 29 ]
              (each
                  "Products go by columns, turn around with their factors, and leave permuted numbers exact"
                  names
                  (fun (name: string) ->
                      let backend = backend name

                      Trials.run 40 Generate.shape (fun shape ->
                          checkAlgebra (backend.Product<float32>()) shape
                          checkAlgebra (backend.Product<float>()) shape)))
          test
              "The managed product gives an element the same bits wherever it stands and however large the product is"
              (fun () ->
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

                          let c, alone =
                              Stored<float32>(m, n, 0, (fun _ _ -> nan)), Stored<float32>(1, 1, 0, (fun _ _ -> nan))

                          let multiply m n a lda b ldb c ldc =
                              product.Multiply(
                                  call.TransposeA,
                                  call.TransposeB,
                                  m,
                                  n,
                                  k,
                                  1.0,
                                  a,
                                  lda,
                                  b,
                                  ldb,
                                  0.0,
                                  c,
                                  ldc
                              )

                          multiply m n a.Address a.Ld b.Address b.Ld c.Address c.Ld

                          for _ in 1..5 do
                              let i, j = random.Next m, random.Next n
                              let fromA = Memory.offset<float32> a.Address (if call.TransposeA then i else i * a.Ld)
                              let fromB = Memory.offset<float32> b.Address (if call.TransposeB then j * b.Ld else j)
                              multiply 1 1 fromA a.Ld fromB b.Ld alone.Address alone.Ld
                              Expect.sameBits $"C[{i}, {j}]" [| c.After(i, j) |] [| alone.After(0, 0) |])) ]
