/// A third opinion on gradients: the loss in complex arithmetic, whose imaginary part after a step of i·1e-20 along a
/// parameter is the derivative, with nothing subtracted (Squire and Trapp 1998). Smooth functions only.
module NeuralNetwork.Tests.Verification.ComplexStepTests

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Verification

let private real (x: float) = Complex(x, 0.0)
let private one = Complex.One
let private sum (values: Complex seq) = Seq.fold (+) Complex.Zero values

let private sigmoid (x: Complex) =
    if x.Real >= 0.0 then one / (one + Complex.Exp -x) else Complex.Exp x / (one + Complex.Exp x)

let private softplus (x: Complex) =
    if x.Real > 0.0 then x + Complex.Log(one + Complex.Exp -x) else Complex.Log(one + Complex.Exp x)

/// erf x = 2/√π · e^(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5 ··· (2n + 1))
let private erf (x: Complex) =
    let rec add n (term: Complex) (total: Complex) =
        if Complex.Abs term <= 1e-18 * Complex.Abs total then
            total
        else
            add (n + 1) (term * real 2.0 * x * x / real (float (2 * n + 3))) (total + term)

    real (2.0 / sqrt Math.PI) * Complex.Exp(-(x * x)) * add 0 x Complex.Zero

let private activation f (x: Complex) : Complex =
    match f with
    | Activation.Identity -> x
    | Activation.Tanh -> Complex.Tanh x
    | Activation.Sigmoid -> sigmoid x
    | Activation.Softplus -> softplus x
    | Activation.SiLU -> x * sigmoid x
    | Activation.Mish -> x * Complex.Tanh(softplus x)
    | Activation.GELU -> real 0.5 * x * (one + erf (x / real (sqrt 2.0)))
    | Activation.GELUTanh ->
        real 0.5 * x * (one + Complex.Tanh(real (sqrt (2.0 / Math.PI)) * (x + real 0.044715 * x * x * x)))
    | Activation.Exponential -> Complex.Exp x
    | other -> raise (NotSupportedException $"{other} is not smooth")

let private softmax (z: Complex[]) =
    let greatest = z |> Array.map _.Real |> Array.max |> real
    let powers = z |> Array.map (fun zj -> Complex.Exp(zj - greatest))
    powers |> Array.map (fun power -> power / sum powers)

/// -Σⱼ tⱼ log pⱼ
let private crossEntropy (z: Complex[]) (t: float[]) =
    let greatest = z |> Array.map _.Real |> Array.max |> real
    let normalizer = greatest + Complex.Log(sum (z |> Array.map (fun zj -> Complex.Exp(zj - greatest))))
    sum (Array.map2 (fun zj tj -> real tj * (normalizer - zj)) z t)

/// -(1 - p)^γ log p with p = σ(u)
let private focal gamma u = Complex.Exp(real -gamma * softplus u) * softplus -u

let private single loss (z: Complex) (t: float) : Complex =
    match loss with
    | Loss.SquaredError -> (z - real t) * (z - real t)
    | Loss.LogCosh ->
        let d = z - real t
        let size = if d.Real < 0.0 then -d else d
        size + Complex.Log(one + Complex.Exp(real -2.0 * size)) - real (log 2.0)
    | Loss.Poisson -> Complex.Exp z - real t * z
    | Loss.BinaryCrossEntropy -> real t * softplus -z + real (1.0 - t) * softplus z
    | Loss.Focal gamma -> real t * focal gamma z + real (1.0 - t) * focal gamma -z
    | Loss.BalancedFocal(gamma, alpha) ->
        real (alpha * t) * focal gamma z + real ((1.0 - alpha) * (1.0 - t)) * focal gamma -z
    | other -> raise (NotSupportedException $"{other} is not smooth")

let private lossOf loss (z: Complex[]) (t: float[]) =
    match loss with
    | Loss.SoftmaxCrossEntropy -> crossEntropy z t
    | Loss.SmoothedCrossEntropy share ->
        crossEntropy z (t |> Array.map (fun tj -> (1.0 - share) * tj + share / float t.Length))
    | loss -> sum (Array.map2 (single loss) z t) / real (float z.Length)

/// y = gamma·(x - mean) / √(variance + ε) + beta
let private batchNorm (settings: BatchNorm) (gamma: int -> Complex) (beta: int -> Complex) (x: Complex[][]) =
    let n = real (float x.Length)

    let column unit =
        let values = x |> Array.map (fun row -> row[unit])
        let mean = sum values / n
        let variance = sum (values |> Array.map (fun value -> (value - mean) * (value - mean))) / n
        let scale = Complex.Sqrt(variance + real settings.Epsilon)
        values |> Array.map (fun value -> gamma unit * (value - mean) / scale + beta unit)

    Array.transpose (Array.init x[0].Length column)

let private layer (cell: Cell) (layout: Layout) (w: Complex[]) (x: Complex[][]) (index, _, layer) : Complex[][] =
    let number role place = w[(Layout.tryFind index role layout).Value.Offset + place]

    match layer with
    | Layer.Dense(units, _) ->
        let hasBias = (Layout.tryFind index Role.Bias layout).IsSome

        let unitOf (row: Complex[]) unit =
            let products = row |> Array.mapi (fun input value -> number Role.Weight (unit * row.Length + input) * value)
            sum products + (if hasBias then number Role.Bias unit else Complex.Zero)

        x |> Array.map (fun row -> Array.init units (unitOf row))
    | Layer.Activate f -> x |> Array.map (Array.map (activation f))
    | Layer.Periodic waves ->
        let features = Array.ofList waves.Features

        let mixture (row: Complex[]) place =
            let feature, mixture = place % features.Length, place * waves.Frequencies

            let wave index =
                let at = feature * waves.Frequencies + index
                let turns = number Role.Frequency at * row[features[feature]] + number Role.Phase at
                number Role.Weight (mixture + index) * Complex.Cos(real (2.0 * Math.PI) * turns)

            sum (Array.init waves.Frequencies wave) + number Role.Bias place

        x |> Array.map (fun row -> Array.append row (Array.init (Periodic.added waves) (mixture row)))
    | Layer.Softmax -> Array.map softmax x
    | Layer.BatchNorm settings ->
        x
        |> Array.splitInto (Shard.count cell.Training.Shards 2 x.Length)
        |> Array.collect (batchNorm settings (number Role.Gamma) (number Role.Beta))
    | Layer.Dropout rate ->
        let key = Dropout.key cell.Training.Seed 1 index
        let keep row col value = if Dropout.keeps key rate row col then value / real (1.0 - rate) else Complex.Zero
        x |> Array.mapi (fun row -> Array.mapi (keep row))
    | Layer.PReLU _ -> raise (NotSupportedException "PReLU is not smooth")

let private loss (cell: Cell) (w: Complex[]) : Complex =
    let layout, outputs = cell.Parameters.Layout, Network.outputs cell.Network
    let x = cell.X |> Array.map real |> Array.chunkBySize cell.Network.Inputs
    let z = Network.walk cell.Network |> List.fold (layer cell layout w) x

    let data =
        sum (Array.map2 (lossOf cell.Network.Loss) z (Array.chunkBySize outputs cell.T))
        / real (float z.Length)

    layout.Windows
    |> List.filter (fun window -> window.Role = Role.Weight)
    |> List.fold
        (fun total window ->
            let weights = Array.sub w window.Offset window.Length
            let l2 = (cell.Training.PenaltyOf window.Layer).L2
            total + real (0.5 * l2) * sum (weights |> Array.map (fun weight -> weight * weight)))
        data

let private step = 1e-20

/// The derivative with respect to a parameter.
let private slope (cell: Cell) (w: Complex[]) (place: int) =
    let before = w[place]
    w[place] <- Complex(before.Real, step)
    let slope = (loss cell w).Imaginary / step
    w[place] <- before
    slope

/// The statement above is that of a network by itself.
let private isSmooth (cell: Cell) =
    cell.Network.Members = 1
    && (Reference(cell.Network, cell.Training, 1, cell.X, cell.T)).Kinks.Count = 0

let tests =
    group
        "ComplexStep"
        [ states
              [ 3 ]
              (lawTried 40 "The gradient of a smooth loss is its complex step to twelve digits" (fun (seed: int) ->
                  let key = Random.key (uint64 seed) Purpose.Check
                  let draw (number: uint64) = Catalogue.cell (uint64 seed) (Random.below Catalogue.count key number)
                  let cell = Seq.initInfinite (fun number -> draw (uint64 number)) |> Seq.find isSmooth

                  let struct (_, gradient) =
                      Model.gradientOf cell.Network cell.Training 1 cell.Parameters cell.X cell.T

                  let w = Array.map real cell.Parameters.Values
                  let random = Random seed

                  for window in cell.Parameters.Layout.Windows do
                      let places = Array.init window.Length (fun place -> window.Offset + place)
                      random.Shuffle places
                      let places = Array.truncate 30 places
                      let expected = places |> Array.map (slope cell w)
                      let actual = places |> Array.map (fun place -> gradient[place])
                      // What reaches a tensor carries the rounding of the whole gradient.
                      let scale = 0.1 * max (Expect.norm gradient) 1e-6
                      Expect.normWithin $"{cell.Name}, {window.Name}" 1e-12 scale expected actual)) ]
