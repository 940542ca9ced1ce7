/// The managed product on registers of every width, wherever the processor has them: where it has not, .NET computes them
/// in smaller ones.
module NeuralNetwork.Tests.Engine.RegisterTests

open System
open System.Runtime.Intrinsics
open NeuralNetwork.Maths
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Engine.Products

/// The product for each width.
let private products<'T> : (string * ManagedProduct<'T>) list =
    [ "128 bits", Gemm<'T, Vector128<'T>, Bits128<'T>>()
      "256 bits", Gemm<'T, Vector256<'T>, Bits256<'T>>()
      "512 bits", Gemm<'T, Vector512<'T>, Bits512<'T>>() ]

/// The whole memory of C after a call.
let private result<'T> (product: Product<'T>) (call: Call) : float[] =
    let random = Random call.Seed
    let { M = m; N = n; K = k } = call.Shape
    let draw _ _ = Generate.normal random
    let a = Stored<'T>((if call.TransposeA then k else m), (if call.TransposeA then m else k), 0, draw)
    let b = Stored<'T>((if call.TransposeB then n else k), (if call.TransposeB then k else n), 0, draw)
    let c = Stored<'T>(m, n, 0, draw)
    let { Alpha = alpha; Beta = beta } = call

    if m > 0 && n > 0 then
        product.Multiply(
            call.TransposeA,
            call.TransposeB,
            m,
            n,
            k,
            alpha,
            a.Address,
            a.Ld,
            b.Address,
            b.Ld,
            beta,
            c.Address,
            c.Ld
        )

    c.CheckCanaries()
    Array.init (m * n) (fun place -> c.After(place / n, place % n))

let private checkWidths<'T> (call: Call) =
    let expected = result (snd products<'T>.Head) call

    for width, product in products<'T>.Tail do
        Expect.sameBits $"%A{call} at {width}" expected (result product call)

/// The whole of the blocks, more than one of each, and both forms of C.
let private beyondBlocks =
    [ for transposeA, transposeB in List.allPairs [ false; true ] [ false; true ] do
          for beta in [ 0.0; 0.5 ] do
              { Shape = { M = 141; N = 431; K = 401 }
                TransposeA = transposeA
                TransposeB = transposeB
                Alpha = 1.0
                Beta = beta
                Extra = (0, 0, 0)
                Seed = 7 } ]

/// y = x·wᵀ for rows, with w in panels as they suit the product; x and y have gaps between their rows.
let private packed<'T> (product: ManagedProduct<'T>) rows n k (x: Arena<'T>) ldx (w: Arena<'T>) : 'T[] =
    let width, ldy, size = product.RowColumns, n + 2, nativeint sizeof<'T>
    let count = (n + width - 1) / width
    let panels, scratch, y = Arena<'T>(count * width * k), Arena<'T> product.RowRoom, Arena<'T>(rows * ldy)
    y.Span(0, y.Length).Fill(Lane.ofFloat<'T> 7.0)

    for panel in 0 .. count - 1 do
        let source, target = w.AddressOf(panel * width * k), panels.AddressOf(panel * width * k)
        Panel.packTransposed<'T> width (min width (n - panel * width)) k source (nativeint k * size) target

    let ldx, stride = nativeint ldx * size, nativeint ldy * size
    product.MultiplyRows(rows, n, k, x.Address, ldx, panels.Address, y.Address, stride, scratch.Address)
    GC.KeepAlive panels
    GC.KeepAlive scratch
    y.Span(0, y.Length).ToArray()

/// The same by the product of matrices, the gaps of y left as they were.
let private plain<'T> (product: Product<'T>) rows n k (x: Arena<'T>) ldx (w: Arena<'T>) : 'T[] =
    let ldy = n + 2
    let y = Arena<'T>(rows * ldy)
    y.Span(0, y.Length).Fill(Lane.ofFloat<'T> 7.0)
    product.Multiply(false, true, rows, n, k, 1.0, x.Address, ldx, w.Address, k, 0.0, y.Address, ldy)
    y.Span(0, y.Length).ToArray()

let private checkRows<'T> rows n k =
    let random = Random(n * 1000 + k)

    let drawn count =
        let arena = Arena<'T> count

        for place in 0 .. count - 1 do
            arena.Span(place, 1)[0] <- Lane.ofFloat<'T>(Generate.normal random)

        arena

    let ldx = k + 3
    let x, w = drawn (rows * ldx), drawn (n * k)
    let expected = plain (snd products<'T>.Head) rows n k x ldx w

    for width, product in products<'T> do
        Expect.sameBits $"{rows} rows of {n} x {k} at {width}" expected (packed product rows n k x ldx w)

let tests =
    group
        "Register"
        [ states
              [ 83 ]
              (test "Registers of 128, 256 and 512 bits give products the same bits" (fun () ->
                  Trials.run 100 calls (fun call ->
                      checkWidths<float32> call
                      checkWidths<float> call)

                  for call in beyondBlocks do
                      checkWidths<float32> call
                      checkWidths<float> call))
          states
              [ 28 ]
              (test "Products at every width are within 8 u |A||B| of exact sums, and touch C alone" (fun () ->
                  Trials.run 50 calls (fun call ->
                      for _, product in products<float32> do
                          checkProduct product call Generate.normal (8.0 * unitOf<float32>)

                      for _, product in products<float> do
                          checkProduct product call Generate.normal (8.0 * unitOf<float>))))
          states
              [ 83 ]
              (test "Rows have the bits of the product at every width, however many there are" (fun () ->
                  for n in [ 1; 3; 16; 33; 64; 70; 130 ] do
                      for k in [ 1; 7; 400; 401; 900 ] do
                          for rows in [ 1; 2; 3; 6; 8; 19 ] do
                              checkRows<float32> rows n k
                              checkRows<float> rows n k)) ]
