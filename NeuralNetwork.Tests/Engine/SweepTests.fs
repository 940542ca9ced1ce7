/// Sweeps: every length, every offset, nothing outside, and bits that do not depend on the place.
module NeuralNetwork.Tests.Engine.SweepTests

open System
open System.Numerics
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// Formulas whose tail would show: transcendental, not symmetric, and not zero at zero.
[<Struct>]
type private Curve<'T> =
    interface IMap1<'T> with
        member _.Of a = Lane.tanh a + Lane.exp a

    interface IMap2<'T> with
        member _.Of(a, b) = Lane.sigmoid a - b

    interface IMap3<'T> with
        member _.Of(a, b, c) = Lane.multiplyAdd a b (Lane.softplus c)

let private canary = -7654321.0

/// Numbers in an arena with a register of canaries on each side, `offset` places beyond it.
type private Run<'T>(offset: int, numbers: 'T[]) =
    let margin = Lane<'T>.Count + offset
    let arena = Arena<'T>(numbers.Length + 2 * margin)

    do
        arena.Span(0, arena.Length).Fill(Lane.ofFloat<'T> canary)
        numbers.AsSpan().CopyTo(arena.Span(margin, numbers.Length))

    member _.Address = arena.AddressOf margin

    /// The numbers, after a look at the canaries.
    member _.Read() : 'T[] =
        for margin in [ arena.Span(0, margin).ToArray(); arena.Span(margin + numbers.Length, margin).ToArray() ] do
            Expect.that (margin |> Array.forall (fun x -> Lane.toFloat x = canary)) "a canary is gone"

        arena.Span(margin, numbers.Length).ToArray()

let private lengths<'T> = [ 0 .. 2 * Lane<'T>.Count + 1 ] @ [ 33; 64; 257 ]
let private lane (x: 'T) = Vector.Create<'T> x
let private first (lane: Lane<'T>) = Vector.GetElement(lane, 0)

let private checkMaps<'T> (offset: int) (seed: int) =
    let random = Random seed

    for length in lengths<'T> do
        let numbers () = Generate.convert<'T>(Generate.reals random length)
        let a, b, c = numbers (), numbers (), numbers ()
        let left, middle, right = Run(offset, a), Run(0, b), Run(1, c)
        let fresh () = Run(offset, numbers ())
        let y1, y2, y3 = fresh (), fresh (), fresh ()
        Sweep.map1<'T, Curve<'T>> (Curve()) left.Address y1.Address length
        Sweep.map2<'T, Curve<'T>> (Curve()) left.Address middle.Address y2.Address length
        Sweep.map3<'T, Curve<'T>> (Curve()) left.Address middle.Address right.Address y3.Address length
        let one, two, three = Curve<'T>() :> IMap1<'T>, Curve<'T>() :> IMap2<'T>, Curve<'T>() :> IMap3<'T>
        Expect.sameBits "map1" (Array.map (fun a -> first (one.Of(lane a))) a) (y1.Read())
        Expect.sameBits "map2" (Array.map2 (fun a b -> first (two.Of(lane a, lane b))) a b) (y2.Read())
        Expect.sameBits "map3" (Array.map3 (fun a b c -> first (three.Of(lane a, lane b, lane c))) a b c) (y3.Read())

        // In place, as the executor does it.
        Sweep.map1<'T, Curve<'T>> (Curve()) left.Address left.Address length
        Expect.sameBits "in place" (y1.Read()) (left.Read())

let private checkSums<'T> (rows: int) (cols: int) (extra: int) (seed: int) =
    let random = Random seed
    let stride = cols + extra
    let g = Generate.convert<'T>(Generate.reals random (rows * stride))
    let source, sums = Run(extra, g), Run(extra, Generate.convert<'T>(Generate.reals random cols))

    for left in 0 .. Vector<'T>.Count .. cols - 1 do
        let column: Column<'T> =
            { Address = Memory.offset<'T> source.Address left
              Stride = nativeint (stride * sizeof<'T>)
              Rows = rows
              Cols = min Vector<'T>.Count (cols - left) }

        Columns.sumRows<'T> column (Memory.offset<'T> sums.Address left)

    let sums = Generate.floats (sums.Read())
    let unit = if Lane.isSingle<'T> then Math.ScaleB(1.0, -24) else Math.ScaleB(1.0, -53)

    for col in 0 .. cols - 1 do
        let column = Array.init rows (fun row -> Lane.toFloat g[row * stride + col])
        // Blocks of 32 rows in the numbers' own precision, then the blocks in float64, and one rounding at the end. The
        // float64 sum of the expectation adds up to `rows` roundings of its own.
        let roundings = float (min rows 32 + 1) * unit + float (2 * rows) * Math.ScaleB(1.0, -53)
        Expect.within (roundings * Array.sumBy abs column) (Array.sum column) sums[col]

let private checkUpdate<'T> (seed: int) =
    let random = Random seed
    let width = Layout.Alignment

    for length in [ 0; width; 2 * width; 5 * width ] do
        let numbers () = Generate.convert<'T>(Generate.reals random length)

        let w, g, m, v =
            numbers (), numbers (), numbers (), Array.map (fun x -> Lane.ofFloat<'T>(abs (Lane.toFloat x))) (numbers ())

        let u = numbers ()

        for slots in 0..3 do
            let rule = AdamRule<'T>.At({ Adam.standard with Beta2 = 0.99; Epsilon = 1e-3 }, 3, 0.1)
            let keep = Lane.create<'T> 0.75
            let weights, gradient = Run(0, w), Run(0, g)
            let first, second, third = Run(0, m), Run(0, v), Run(0, u)
            let at (run: Run<'T>) = run.Address

            match slots with
            | 0 -> Sweep.update<'T, AdamRule<'T>, NoSlot> rule keep (at weights) (at gradient) 0n 0n 0n length
            | 1 -> Sweep.update<'T, AdamRule<'T>, OneSlot> rule keep (at weights) (at gradient) (at first) 0n 0n length
            | 2 ->
                Sweep.update<'T, AdamRule<'T>, TwoSlots>
                    rule
                    keep
                    (at weights)
                    (at gradient)
                    (at first)
                    (at second)
                    0n
                    length
            | _ ->
                Sweep.update<'T, AdamRule<'T>, ThreeSlots>
                    rule
                    keep
                    (at weights)
                    (at gradient)
                    (at first)
                    (at second)
                    (at third)
                    length

            let expected =
                Array.init length (fun i ->
                    let slot number (values: 'T[]) = if slots > number then lane values[i] else Lane<'T>.Zero

                    let struct (step, newM, newV, _) =
                        (rule :> IRule<'T>).Next(lane g[i], slot 0 m, slot 1 v, slot 2 u)

                    let number (lane: Lane<'T>) = Vector.GetElement(lane, 0)
                    number (keep * lane w[i] - step), number newM, number newV)

            let part pick = Array.map pick expected
            Expect.sameBits "weights" (part (fun (w, _, _) -> w)) (weights.Read())
            Expect.sameBits "gradient" g (gradient.Read())
            Expect.sameBits "first" (if slots > 0 then part (fun (_, m, _) -> m) else m) (first.Read())
            Expect.sameBits "second" (if slots > 1 then part (fun (_, _, v) -> v) else v) (second.Read())
            Expect.sameBits "third" u (third.Read())

/// What a sum is, number by number: 64 bytes of partial sums in the precision of the numbers, then their halves in float64.
let private inHalves<'T> (numbers: float[]) : float =
    let rounded (x: float) = Lane.toFloat (Lane.ofFloat<'T> x)
    let parts = Array.zeroCreate<float>(64 / sizeof<'T>)

    for place in 0 .. numbers.Length - 1 do
        let part = place % parts.Length
        parts[part] <- rounded (parts[part] + numbers[place])

    let rec fold (parts: float[]) =
        let half = parts.Length / 2
        if half = 0 then parts[0] else fold (Array.map2 (+) parts[.. half - 1] parts[half..])

    fold parts

let private checkOrder<'T> (seed: int) =
    let random = Random seed

    for length in [ 0..70 ] @ [ 128; 1000 ] do
        let numbers = Run<'T>(random.Next 3, Generate.convert (Generate.reals random length))
        let expected = inHalves<'T>(Generate.floats (numbers.Read()))
        let one = Sweep.sum1<'T, Scaled<'T>> { Scale = Lane<'T>.One } numbers.Address length
        let two = Sweep.sum2<'T, First<'T>> (First()) numbers.Address numbers.Address length
        Expect.sameBits $"{length} numbers" [| expected; expected |] [| one; two |]

let private checkRows<'T> (seed: int) =
    let random = Random seed

    for length in lengths<'T> |> List.filter (fun length -> length > 0) do
        let z, b = Generate.reals random length, Generate.reals random length
        let left, right = Run<'T>(1, Generate.convert z), Run<'T>(0, Generate.convert b)
        let z, b = Generate.floats (left.Read()), Generate.floats (right.Read())
        Expect.equal (Array.max z) (Sweep.greatest<'T> left.Address length)
        let sum = Sweep.sum2<'T, First<'T>> (First()) right.Address left.Address length
        let unit = if Lane.isSingle<'T> then Math.ScaleB(1.0, -24) else Math.ScaleB(1.0, -53)
        Expect.within (float length * unit * Array.sumBy abs b) (Array.sum b) sum
        let poisoned = Run<'T>(1, Generate.convert (Array.updateAt (random.Next length) nan z))
        Expect.that (Double.IsNaN(Sweep.greatest<'T> poisoned.Address length)) "the greatest hides a NaN"

let tests =
    group
        "Sweep"
        [ states
              [ 27 ]
              (lawTried
                  20
                  "Maps do every element at any offset and length, and nothing else"
                  (fun (offset: uint8) (seed: int) ->
                      checkMaps<float> (int offset % 5) seed
                      checkMaps<float32> (int offset % 9) seed))
          law
              "Sums of columns are right for any shape and stride"
              (fun (rows: uint8) (cols: uint8) (extra: uint8) (seed: int) ->
                  checkSums<float> (int rows) (int cols % 40) (int extra % 5) seed
                  checkSums<float32> (int rows) (int cols % 40) (int extra % 5) seed)
          lawTried 20 "An update touches the slots a rule has and no others, at every padded length" (fun (seed: int) ->
              checkUpdate<float> seed
              checkUpdate<float32> seed)
          states
              [ 84 ]
              (lawTried
                  20
                  "A sum has 64 bytes of partial sums whatever the registers, and adds their halves"
                  (fun (seed: int) ->
                      checkOrder<float> seed
                      checkOrder<float32> seed))
          lawTried 20 "Reductions of a row are right at every length and show a NaN" (fun (seed: int) ->
              checkRows<float> seed
              checkRows<float32> seed) ]
