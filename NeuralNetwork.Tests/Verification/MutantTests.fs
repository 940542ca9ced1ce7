/// A checker that cannot fail proves nothing: gradients wrong in every way that comes to mind, each of which it must see.
module NeuralNetwork.Tests.Verification.MutantTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Verification

let private machine = Machines.alone

let private rows, private step = 11, 3

let private settings = BatchNorm.standard

let private describe settings rate activation loss =
    Network.input 7
    |> Network.dense 9 Activation.Identity
    |> Network.batchNorm settings
    |> Network.activate activation
    |> Network.dropout rate
    |> Network.dense 8 activation
    |> Network.dense 4 Activation.Identity
    |> Network.withLoss loss

let private network = describe settings 0.3 Activation.Tanh (Loss.SmoothedCrossEntropy 0.1)
let private training = { Training.Default with Penalty = { L1 = 0.02; L2 = 0.05 } }

/// Parameters without a zero among them.
let private parametersOf (network: Network) : Parameters<float> =
    let fresh = Parameters.initialize<float> 1UL network
    let noise place = 0.3 * Random.normal { High = 1u; Low = 2u } (uint64 place)
    { fresh with Values = fresh.Values |> Array.mapi (fun place value -> value + noise place) }

let private parameters = parametersOf network
let private layout = parameters.Layout
let private x, private t = MadeUp.inputs network rows 1UL, MadeUp.targets network rows 1UL

let private gradientWith network training step (parameters: Parameters<float>) x t : float[] =
    let struct (_, gradient) = Model.gradientOf network training step parameters x t
    gradient

let private right = gradientWith network training step parameters x t

let private checkedWeighed weights network parameters x t (gradient: float[]) : GradientReport =
    let layout = Layout.ofNetwork network

    let tamper (name: string) (_: float[]) =
        let window = layout.Windows |> List.find (fun window -> window.Name = name)
        Array.sub gradient window.Offset window.Length

    let options = GradientCheckOptions.Default
    GradientCheck.runTampered (Func<_, _, _> tamper) machine options network training step parameters x t weights

let private checkedWith network parameters x t gradient = checkedWeighed [||] network parameters x t gradient

/// The gradient with one tensor replaced: by a function of its window, its numbers and its weights.
let private altered (name: string) (change: Window -> float[] -> float[] -> float[]) : float[] =
    let gradient = Array.copy right
    let window = layout.Windows |> List.find (fun window -> window.Name = name)
    let part (values: float[]) = Array.sub values window.Offset window.Length
    Array.blit (change window (part gradient) (part parameters.Values)) 0 gradient window.Offset window.Length
    gradient

let private each name (change: float -> float -> float) = altered name (fun _ g w -> Array.map2 change g w)

let private rotated by (values: float[]) = Array.init values.Length (fun place -> values[(place + by) % values.Length])

let private names = layout.Windows |> List.map _.Name
let private weights = names |> List.filter _.EndsWith("weight")
let private biases = names |> List.filter _.EndsWith("bias")

let private swap (left: string) (right': string) =
    let numbers name =
        let window = layout.Windows |> List.find (fun window -> window.Name = name)
        Array.sub right window.Offset window.Length

    let gradient = altered left (fun _ _ _ -> numbers right')
    let window = layout.Windows |> List.find (fun window -> window.Name = right')
    Array.blit (numbers left) 0 gradient window.Offset window.Length
    gradient

let private transposed (window: Window) (g: float[]) (_: float[]) =
    Array.init g.Length (fun place -> g[place % window.Rows * window.Cols + place / window.Rows])

let private withPenalty l1 l2 =
    gradientWith network { training with Penalty = { L1 = l1; L2 = l2 } } step parameters x t

let private described network = gradientWith network training step parameters x t

let private single () =
    let half = Parameters.convert<float, float32> parameters
    let struct (_, gradient) = Model.gradientOf network training step half (Array.map float32 x) (Array.map float32 t)
    Array.map float gradient

let private slips () : (string * float[]) list =
    [ for name in names do
          $"the sign of {name}", each name (fun g _ -> -g)

          $"one per cent on one number of {name}",
          altered name (fun _ g _ -> Array.mapi (fun place g -> if place = 3 then 1.01 * g else g) g)
      for name in biases do
          $"{name} skipped", each name (fun _ _ -> 0.0)
          $"the penalty on {name}, too", each name (fun g w -> g + 0.05 * w)
      for name in weights do
          $"{name} transposed", altered name transposed
          $"{name} off by one row", altered name (fun window g _ -> rotated window.Cols g)
          $"{name} off by one column", altered name (fun _ g _ -> rotated 1 g)

          $"the last row of {name} dropped",
          altered name (fun window g _ ->
              g |> Array.mapi (fun place g -> if place / window.Cols = window.Rows - 1 then 0.0 else g))

          $"L2 counted twice in {name}", each name (fun g w -> g + 0.05 * w)
          $"L2 left out of {name}", each name (fun g w -> g - 0.05 * w)
          $"the sign of L1 in {name}", each name (fun g w -> g - 0.04 * float (sign w))
      "the mean over the rows left out", Array.map (fun g -> float rows * g) right
      "the mean over the outputs, too", Array.map (fun g -> g / 4.0) right
      "gamma and beta swapped", swap "layers.1.gamma" "layers.1.beta"
      "gamma skipped", each "layers.1.gamma" (fun _ _ -> 0.0)
      "beta skipped", each "layers.1.beta" (fun _ _ -> 0.0)
      "a billionth on one tensor", each "layers.4.weight" (fun g _ -> g * (1.0 + 1e-9))
      "a number that is none", altered "layers.4.bias" (fun _ g _ -> Array.mapi (fun i g -> if i = 2 then nan else g) g)
      "clipped to a tenth", Array.map (fun g -> Math.Clamp(g, -0.1, 0.1)) right ]

let private confusions () : (string * float[]) list =
    let smoothed = Loss.SmoothedCrossEntropy 0.1
    let without, nudged = Array.sub x 0 (x.Length - 7), Array.map (fun w -> w + 1e-9) parameters.Values

    [ "L1 left out", withPenalty 0.0 0.05
      "L2 halved", withPenalty 0.02 0.025
      "L2 by the number of rows", withPenalty 0.02 (0.05 / float rows)
      "no penalty", withPenalty 0.0 0.0
      "the masks of the next step", gradientWith network training (step + 1) parameters x t
      "the masks of another seed", gradientWith network (training.With 43UL) step parameters x t
      "no mask", described (describe settings 1e-12 Activation.Tanh smoothed)
      "another rate of dropping", described (describe settings 0.31 Activation.Tanh smoothed)
      "another epsilon", described (describe { settings with Epsilon = 2e-5 } 0.3 Activation.Tanh smoothed)
      "the smoothing left out", described (describe settings 0.3 Activation.Tanh Loss.SoftmaxCrossEntropy)
      "the slope of another activation", described (describe settings 0.3 Activation.Softsign smoothed)
      "one row dropped", gradientWith network training step parameters without (Array.sub t 0 (t.Length - 4))
      "targets off by one row", gradientWith network training step parameters x (rotated 4 t)
      "classes off by one", gradientWith network training step parameters x (rotated 1 t)
      "the gradient of a moment ago", gradientWith network training step { parameters with Values = nudged } x t
      "single precision", single () ]

let private survivors (mutants: (string * float[]) list) =
    mutants
    |> List.filter (fun (_, gradient) -> (checkedWith network parameters x t gradient).Passed)
    |> List.map fst

/// The gradient of the network with these weights, checked as that of others.
let private passesWeighed (taken: float[]) (right: float[]) =
    let weighted = { training with IsWeighted = true }
    let executor = Machines.executor (Plan.compile network weighted rows) parameters
    Machines.load executor x t
    taken.AsSpan().CopyTo(executor.Span executor.Plan.Weights)
    executor.Gradient(rows, step) |> ignore
    let gradient = executor.Span(executor.Plan.Gradient).ToArray()
    (checkedWeighed right network parameters x t gradient).Passed

let private plain =
    Network.input 5
    |> Network.dense 6 Activation.Identity
    |> Network.batchNorm settings
    |> Network.dense 3 Activation.Identity

let private plainParameters = parametersOf plain
let private plainX, private plainT = MadeUp.inputs plain rows 2UL, MadeUp.targets plain rows 2UL

/// The gradient of dense, batch norm, dense and squared error, by hand, with L1 and L2 on both weights. The rule makes the
/// gradient of x out of n, that of y, x̂, gamma, √(variance + ε), Σ gy and Σ gy·x̂.
let private byHand (rule: float -> float -> float -> float -> float -> float -> float -> float) : float[] =
    let values = plainParameters.Values
    let window layer role = (Layout.tryFind layer role plainParameters.Layout).Value
    let w0, gamma, beta = window 0 Role.Weight, window 1 Role.Gamma, window 1 Role.Beta
    let w2, b2 = window 2 Role.Weight, window 2 Role.Bias
    let at (window: Window) row col = values[window.Offset + row * window.Cols + col]
    let n = float rows
    let mean f = Seq.sumBy f (seq { 0 .. rows - 1 }) / n

    let z =
        Array.init rows (fun i ->
            Array.init 6 (fun j -> Seq.sum (seq { for k in 0..4 -> plainX[5 * i + k] * at w0 j k })))

    let means = Array.init 6 (fun j -> mean (fun i -> z[i][j]))
    let deviations = Array.init 6 (fun j -> sqrt (mean (fun i -> (z[i][j] - means[j]) ** 2.0) + settings.Epsilon))
    let hat i j = (z[i][j] - means[j]) / deviations[j]
    let y i j = at gamma 0 j * hat i j + at beta 0 j
    let output i o = Seq.sum (seq { for j in 0..5 -> y i j * at w2 o j }) + at b2 0 o
    let gz = Array.init rows (fun i -> Array.init 3 (fun o -> 2.0 * (output i o - plainT[3 * i + o]) / (3.0 * n)))
    let gy = Array.init rows (fun i -> Array.init 6 (fun j -> Seq.sum (seq { for o in 0..2 -> gz[i][o] * at w2 o j })))
    let sum f = Seq.sumBy f (seq { 0 .. rows - 1 })
    let gbeta = Array.init 6 (fun j -> sum (fun i -> gy[i][j]))
    let ggamma = Array.init 6 (fun j -> sum (fun i -> gy[i][j] * hat i j))
    let gx i j = rule n (gy[i][j]) (hat i j) (at gamma 0 j) (deviations[j]) (gbeta[j]) (ggamma[j])
    let penalty window row col = 0.02 * float (sign (at window row col)) + 0.05 * at window row col
    let gradient = Array.zeroCreate<float> values.Length

    let write (window: Window) value =
        for row in 0 .. window.Rows - 1 do
            for col in 0 .. window.Cols - 1 do
                gradient[window.Offset + row * window.Cols + col] <- value row col

    write w0 (fun j k -> sum (fun i -> gx i j * plainX[5 * i + k]) + penalty w0 j k)
    write gamma (fun _ j -> ggamma[j])
    write beta (fun _ j -> gbeta[j])
    write w2 (fun o j -> sum (fun i -> gz[i][o] * y i j) + penalty w2 o j)
    write b2 (fun _ o -> sum (fun i -> gz[i][o]))
    gradient

let private passesByHand rule = (checkedWith plain plainParameters plainX plainT (byHand rule)).Passed

let tests =
    group
        "Mutant"
        [ test "The right gradient passes" (fun () ->
              Expect.equal [] (checkedWith network parameters x t right).Failures)
          test "Every slip of the pen is caught" (fun () ->
              let slips = slips ()
              Expect.that (slips.Length >= 30) $"only {slips.Length} mutants"
              Expect.equal [] (survivors slips))
          test "Every gradient of something else is caught" (fun () -> Expect.equal [] (survivors (confusions ())))
          test "The report names the tensor that is wrong, and no other" (fun () ->
              for name in names do
                  let report = checkedWith network parameters x t (each name (fun g _ -> 1.001 * g))
                  let failed = report.Tensors |> List.filter (fun tensor -> not tensor.Passed)
                  Expect.equal [ name ] (failed |> List.map _.Name)
                  Expect.that (report.Failures[0].StartsWith name) report.Failures[0])
          test "Weights that are ignored, applied twice, shared out or off by one row are caught" (fun () ->
              let weights = MadeUp.weights rows 1UL
              Expect.that (passesWeighed weights weights) "the right weights failed"

              let mutants =
                  [ "ignored", Array.create rows 1.0
                    "applied twice", Array.map (fun w -> w * w) weights
                    "with a mean of 1", Array.map (fun w -> w / Array.average weights) weights
                    "off by one row", rotated 1 weights
                    "the first left out", Array.mapi (fun row w -> if row = 0 then 1.0 else w) weights ]

              Expect.equal [] (mutants |> List.filter (fun (_, taken) -> passesWeighed taken weights) |> List.map fst))
          test "The gradient of batch norm by hand passes" (fun () ->
              let rule n gy hat gamma deviation gbeta ggamma = gamma / deviation / n * (n * gy - gbeta - hat * ggamma)
              Expect.that (passesByHand rule) "the right formula failed")
          test "Batch norm with a wrong or a missing term is caught" (fun () ->
              let rules =
                  [ "no mean term",
                    (fun n gy hat gamma deviation _ ggamma -> gamma / deviation / n * (n * gy - hat * ggamma))
                    "no variance term",
                    (fun n gy _ gamma deviation gbeta _ -> gamma / deviation / n * (n * gy - gbeta))
                    "neither term", (fun _ gy _ gamma deviation _ _ -> gamma / deviation * gy)
                    "no gamma",
                    (fun n gy hat _ deviation gbeta ggamma -> 1.0 / deviation / n * (n * gy - gbeta - hat * ggamma))
                    "no deviation", (fun n gy hat gamma _ gbeta ggamma -> gamma / n * (n * gy - gbeta - hat * ggamma))
                    "the variance instead of its root",
                    (fun n gy hat gamma deviation gbeta ggamma ->
                        gamma / (deviation * deviation) / n * (n * gy - gbeta - hat * ggamma))
                    "n - 1 instead of n",
                    (fun n gy hat gamma deviation gbeta ggamma ->
                        gamma / deviation / (n - 1.0) * ((n - 1.0) * gy - gbeta - hat * ggamma))
                    "n - 1 in the variance term",
                    (fun n gy hat gamma deviation gbeta ggamma ->
                        gamma / deviation * (gy - gbeta / n - hat * ggamma / (n - 1.0)))
                    "the sums swapped",
                    (fun n gy hat gamma deviation gbeta ggamma ->
                        gamma / deviation / n * (n * gy - ggamma - hat * gbeta))
                    "the sign of the variance term",
                    (fun n gy hat gamma deviation gbeta ggamma ->
                        gamma / deviation / n * (n * gy - gbeta + hat * ggamma)) ]

              Expect.equal [] (rules |> List.filter (fun (_, rule) -> passesByHand rule) |> List.map fst)) ]
