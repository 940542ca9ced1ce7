/// Softmax and its logarithm as functions of a row: shifts, sums, order, extremes.
module NeuralNetwork.Tests.Maths.SoftmaxTests

open System
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private run (kernel: Kernel) rows =
    for tile in 0 .. kernel.Tiles rows - 1 do
        kernel.Run(rows, tile)

/// A kernel on memory of its own, made from the matrices that hold these numbers; gives the numbers of each afterwards.
let private on<'T> (cols: int) (matrices: float[] list) (kernel: Matrix<'T> list -> Kernel) : float[] list =
    let arenas = matrices |> List.map (fun values -> Arena<'T> values.Length)

    let bound (arena: Arena<'T>) (values: float[]) : Matrix<'T> =
        (Generate.convert<'T> values).AsSpan().CopyTo(arena.Span(0, values.Length))
        let rows = matrices.Head.Length / cols
        { Address = arena.Address; Rows = rows; Cols = values.Length / rows; Batched = true }

    run (kernel (List.map2 bound arenas matrices)) (matrices.Head.Length / cols)

    List.map2
        (fun (arena: Arena<'T>) (values: float[]) -> Generate.floats (arena.Span(0, values.Length).ToArray()))
        arenas
        matrices

/// p = softmax z, row by row
let private softmax<'T> (cols: int) (z: float[]) : float[] =
    let zeros = Array.zeroCreate<float> z.Length
    (on<'T> cols [ z; zeros ] (fun m -> SoftmaxKernel<'T>(m[0], m[1])))[1]

/// The loss of one row of logits
let private loss<'T> (z: float[]) (label: int) : float =
    let t = Array.init z.Length (fun j -> if j = label then 1.0 else 0.0)
    let gz = Array.zeroCreate<float> z.Length
    let formula = SoftmaxCrossEntropyFormula<'T>.Of 0.0 z.Length
    let kernel (m: Matrix<'T> list) : Kernel = RowLossKernel<'T, _>(formula, m[0], m[1], m[2], m[3])
    (on<'T> z.Length [ z; t; [| 0.0 |]; gz ] kernel)[2] |> Array.head

let private unit<'T> = if Lane.isSingle<'T> then Math.ScaleB(1.0, -24) else Math.ScaleB(1.0, -53)

/// Logits as the precision holds them.
let private logits<'T> (seed: int) (scale: float) : float[] =
    let random = Random seed
    let n = 1 + random.Next 300
    Array.init n (fun _ -> scale * Generate.normal random) |> Generate.convert<'T> |> Generate.floats

let private checkSum<'T> seed =
    let z = logits<'T> seed 5.0
    let p = softmax<'T> z.Length z
    Expect.that (Array.forall (fun pj -> pj > 0.0) p) "a probability is not positive"
    Expect.within (4.0 * unit<'T> * sqrt (float z.Length)) 1.0 (Array.sum p)

/// Neighbouring numbers may round to equal exponentials, and to exponentials a unit apart the wrong way round: below a gap of
/// four units there is no order to keep.
let private checkOrder<'T> seed =
    let z = logits<'T> seed 5.0
    let order = Array.init z.Length id |> Array.sortBy (fun j -> z[j])
    let p = softmax<'T> z.Length z

    for low, high in Array.pairwise order do
        if z[high] - z[low] > 4.0 * unit<'T> * (1.0 + abs z[high]) then
            Expect.that (p[low] <= p[high]) $"{z[low]} and {z[high]} changed places"

    Expect.equal (Array.max p) p[Array.last order]

let private checkExtremes<'T> seed =
    let z = logits<'T> seed 5.0
    let n = z.Length
    let place = abs (seed % n)
    let with' value = z |> Array.mapi (fun j zj -> if j = place then value else zj)

    for extreme in [ 1e4; -1e4; 3e38; -3e38 ] do
        Expect.that (Array.forall Double.IsFinite (softmax<'T> n (with' extreme))) $"{extreme} is not survived"

    let equal = softmax<'T> n (Array.create n z[0])
    let share = Lane.toFloat (Lane.ofFloat<'T>(1.0 / float n))
    equal |> Array.iter (Expect.within (2.0 * unit<'T> * share) share)

    if n > 1 then
        let dropped = softmax<'T> n (with' -infinity)
        Expect.equal 0.0 dropped[place]
        let rest = softmax<'T> (n - 1) (Array.removeAt place z)
        Array.iter2 (fun a b -> Expect.within (16.0 * unit<'T>) a b) rest (Array.removeAt place dropped)

let private checkLoss<'T> seed =
    let z = logits<'T> seed 5.0
    let label = abs (seed % z.Length)
    Expect.that (loss<'T> z label >= 0.0) "a negative loss"
    let sure = z |> Array.mapi (fun j zj -> if j = label then 100.0 + 20.0 * float z.Length else min zj 30.0)
    Expect.within unit<'T> 0.0 (loss<'T> sure label)
    let even = loss<'T> (Array.create z.Length z[0]) label
    Expect.within (4.0 * unit<'T> * log (float z.Length)) (log (float z.Length)) even

let tests =
    group
        "Softmax"
        [ states
              [ 20 ]
              (law "Softmax does not change when all logits move together" (fun (seed: int) ->
                  let z = logits<float> seed 3.0
                  let c = 1e4 * (2.0 * Random(seed).NextDouble() - 1.0)
                  // The addition itself rounds.
                  let bound = (2.0 * abs c + 8.0) * unit<float>

                  Array.iter2
                      (Expect.within bound)
                      (softmax<float> z.Length z)
                      (softmax<float> z.Length (Array.map ((+) c) z))))
          states
              [ 21 ]
              (law "Probabilities are positive and sum to one" (fun (seed: int) ->
                  checkSum<float> seed
                  checkSum<float32> seed))
          states
              [ 22 ]
              (law "The greater logit has the greater probability, and the greatest the greatest" (fun (seed: int) ->
                  checkOrder<float> seed
                  checkOrder<float32> seed))
          states
              [ 23 ]
              (law
                  "Logarithms of probabilities are not positive, their exponentials sum to one, and the normalizer is bounded"
                  (fun (seed: int) ->
                      let z = logits<float> seed 5.0
                      let losses = Array.init z.Length (loss<float> z)
                      let n, greatest = float z.Length, Array.max z
                      let rounding = 8.0 * unit<float> * (1.0 + abs greatest + log n)
                      Expect.that (losses |> Array.forall (fun loss -> loss >= 0.0)) "a logarithm is positive"
                      // A loss of 20 is known to 20 units, and so is its exponential.
                      Expect.within (n * 40.0 * unit<float>) 1.0 (losses |> Array.sumBy (fun loss -> exp -loss))

                      for loss, zj in Array.zip losses z do
                          let normalizer = loss + zj

                          Expect.that
                              (normalizer >= greatest - rounding && normalizer <= greatest + log n + rounding)
                              $"{normalizer}"))
          states
              [ 24 ]
              (law
                  "Extreme logits give finite probabilities, minus infinity none, and equal ones equal shares"
                  (fun (seed: int) ->
                      checkExtremes<float> seed
                      checkExtremes<float32> seed))
          states
              [ 24 ]
              (law "A logit that is no number spoils its own row and no other" (fun (seed: int) (cols: uint8) ->
                  let random, cols = Random seed, 1 + int cols % 40
                  let z = Array.init (5 * cols) (fun _ -> Generate.normal random)
                  let clean = softmax<float> cols z
                  let bad = random.Next z.Length
                  z[bad] <- nan

                  softmax<float> cols z
                  |> Array.iteri (fun place p ->
                      if place / cols = bad / cols then
                          Expect.that (Double.IsNaN p) $"{place} hides it"
                      else
                          Expect.equal clean[place] p)))
          states
              [ 25 ]
              (law
                  "Cross-entropy is not negative, nothing where the label is sure, and log n where all logits are equal"
                  (fun (seed: int) ->
                      checkLoss<float> seed
                      checkLoss<float32> seed)) ]
