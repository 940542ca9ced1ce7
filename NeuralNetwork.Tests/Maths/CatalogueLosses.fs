/// The whole catalogue of losses, losses and slopes, against 200-bit numbers; smoothing; extremes; names.
module NeuralNetwork.Tests.Maths.CatalogueLosses

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open FsCheck.FSharp

/// A loss of one output with its loss and slope as exact functions of z and t.
type Entry =
    { Loss: Loss
      Value: Exact -> Exact -> Exact
      Slope: Exact -> Exact -> Exact }

    override entry.ToString() = Loss.name entry.Loss

let private entry loss value slope = { Loss = loss; Value = value; Slope = slope }
let private isPositive (x: Exact) = x.Significand.Sign > 0
let private abs' (x: Exact) = if isPositive x then x else -x
let private zero, one, half = Exact.OfFloat 0.0, Exact.one, Exact.scale -1 Exact.one

let private mix (t: Exact) positive negative = t * positive + (one - t) * negative

/// σ(-u)^γ·softplus(-u) and its slope
let private focal gamma u = Exact.exp -(Exact.OfFloat gamma * Exact.softplus u) * Exact.softplus -u

let private focalSlope gamma u =
    let power = Exact.exp -(Exact.OfFloat gamma * Exact.softplus u)
    -(power * (Exact.OfFloat gamma * Exact.sigmoid u * Exact.softplus -u + Exact.sigmoid -u))

let private ofFocal loss gamma positive negative =
    entry
        loss
        (fun z t -> mix t (Exact.OfFloat positive * focal gamma z) (Exact.OfFloat negative * focal gamma -z))
        (fun z t -> mix t (Exact.OfFloat positive * focalSlope gamma z) (Exact.OfFloat -negative * focalSlope gamma -z))

let private logCosh (d: Exact) =
    let size = abs' d

    if size.Significand.IsZero then
        zero
    else
        size + Exact.log1p (Exact.exp -(Exact.scale 1 size)) - Exact.log Exact.two

/// τ·(t - z) below the target and (1 - τ)·(z - t) above it, with both slopes as the formula has them: rounded from τ.
let private ofQuantile (tau: float) =
    let below, above = Exact.OfFloat -tau, Exact.OfFloat(1.0 - tau)

    entry (Loss.Quantile tau) (fun z t -> (if isPositive (z - t) then above else below) * (z - t)) (fun z t ->
        match (z - t).Significand.Sign with
        | 0 -> zero
        | side -> if side > 0 then above else below)

let private catalogue =
    [ entry Loss.BinaryCrossEntropy (fun z t -> mix t (Exact.softplus -z) (Exact.softplus z)) (fun z t ->
          mix t -(Exact.sigmoid -z) (Exact.sigmoid z))
      entry Loss.SquaredError (fun z t -> (z - t) * (z - t)) (fun z t -> Exact.scale 1 (z - t))
      entry Loss.AbsoluteError (fun z t -> abs' (z - t)) (fun z t -> Exact.OfFloat(float (z - t).Significand.Sign))
      ofQuantile 0.9
      ofQuantile 0.25
      entry
          (Loss.Huber 1.5)
          (fun z t ->
              let size, delta = abs' (z - t), Exact.OfFloat 1.5

              if isPositive (size - delta) then delta * (size - half * delta) else half * size * size)
          (fun z t ->
              let d = z - t

              if isPositive (abs' d - Exact.OfFloat 1.5) then Exact.OfFloat(1.5 * float d.Significand.Sign) else d)
      entry Loss.LogCosh (fun z t -> logCosh (z - t)) (fun z t -> Exact.tanh (z - t))
      entry Loss.Poisson (fun z t -> Exact.exp z - t * z) (fun z t -> Exact.exp z - t)
      entry
          Loss.Hinge
          (fun z t ->
              let margin = one - (Exact.scale 1 t - one) * z
              if isPositive margin then margin else zero)
          (fun z t ->
              let side = Exact.scale 1 t - one
              if isPositive (one - side * z) then -side else zero)
      ofFocal (Loss.Focal 2.0) 2.0 1.0 1.0
      ofFocal (Loss.Focal 0.7) 0.7 1.0 1.0
      ofFocal (Loss.BalancedFocal(2.0, 0.25)) 2.0 0.25 0.75 ]

type private At<'T>(z: float, t: float) =
    interface ILossVisitor<'T, struct (float * float)> with
        member _.Visit formula =
            let z, t = Lane.create<'T> z, Lane.create<'T> t
            struct (Lane.number (formula.Value(z, t)), Lane.number (formula.Derivative(z, t)))

        member _.VisitRow _ = struct (nan, nan)

let private at<'T> loss z t : struct (float * float) = Loss.visit (At<'T>(z, t)) loss

/// Where the loss is a probability's, targets are classes; the others have targets of any kind.
let private isClass (loss: Loss) = loss.IsBinaryCrossEntropy || loss.IsHinge || loss.IsFocal || loss.IsBalancedFocal

/// Numbers whose difference is exact or of ordinary size: what cancels in z - t was lost before.
let private trial (loss: Loss) =
    let draw (seed: int) =
        let random = Random seed

        let z =
            match random.Next 5 with
            | 0 -> Math.ScaleB(Generate.normal random, random.Next(-40, 0))
            | 1 -> 600.0 * (2.0 * random.NextDouble() - 1.0)
            | 2 -> 30.0 * (2.0 * random.NextDouble() - 1.0)
            | _ -> Generate.real random

        let t = if isClass loss then float (random.Next 2) else float (random.Next(-3, 6))
        let t = if loss.IsPoisson then abs t else t
        float (float32 z), t

    Arb.fromGen (Gen.map draw (Gen.choose (0, Int32.MaxValue)))

let private judge what digits least bar (exact: Exact) (actual: float) =
    let error = if Double.IsFinite actual then Exact.ulps digits least exact actual else infinity
    Expect.that (error <= bar) $"{what} = {actual:R} is {error:F2} ULP away"

/// What subtracts numbers of like size is judged by their size: eᶻ - t·z is all that can cancel here.
let private scale (loss: Loss) (z: float) (t: float) =
    if loss.IsPoisson then max (exp z) (abs t * max 1.0 (abs z)) else 0.0

let private near bar digits (size: float) exact actual what least =
    if size > 0.0 then
        let error = abs (Exact.approximate (Exact.OfFloat actual - exact))
        Expect.that (error <= bar * Math.ScaleB(size, 1 - digits)) $"{what} = {actual:R} is off by {error:R}"
    else
        judge what digits least bar exact actual

/// The loss and the gradient of one row, through the engine.
let private measure<'T> (loss: Loss) (z: float[]) (t: float[]) : float * float[] =
    let network = Network.input z.Length |> Network.dense z.Length Activation.Identity |> Network.withLoss loss
    let layout = Layout.ofNetwork network
    let values = Array.zeroCreate<'T> layout.Length
    let window = layout.Windows[0]

    for unit in 0 .. z.Length - 1 do
        values[window.Offset + unit * z.Length + unit] <- Lane.ofFloat<'T> 1.0

    let parameters = { Parameters.initialize 1UL network with Values = values }
    let struct (loss, gradient) = Model.gradient network parameters (Generate.convert<'T> z) (Generate.convert<'T> t)
    let bias = layout.Windows[1]
    loss, Generate.floats (Array.sub gradient bias.Offset bias.Length)

let tests =
    group
        "Loss"
        (byEntry
            [ each "Losses and slopes of float64 keep their digits" catalogue (fun (entry: Entry) ->
                  Trials.run 1500 (trial entry.Loss) (fun (z, t) ->
                      let struct (loss, slope) = at<float> entry.Loss z t
                      let exactZ, exactT, size = Exact.OfFloat z, Exact.OfFloat t, scale entry.Loss z t
                      near 6.0 53 size (entry.Value exactZ exactT) loss $"L({z:R}, {t})" -1022
                      near 6.0 53 size (entry.Slope exactZ exactT) slope $"L'({z:R}, {t})" -1022))
              each "Losses and slopes of float32 keep their digits" catalogue (fun (entry: Entry) ->
                  Trials.run 1500 (trial entry.Loss) (fun (z, t) ->
                      if abs z < 80.0 then
                          let struct (loss, slope) = at<float32> entry.Loss z t
                          let exactZ, exactT, size = Exact.OfFloat z, Exact.OfFloat t, scale entry.Loss z t
                          near 4.0 24 size (entry.Value exactZ exactT) loss $"L({z:R}, {t})" -126
                          near 4.0 24 size (entry.Slope exactZ exactT) slope $"L'({z:R}, {t})" -126))
              each
                  "At logits of ±10⁴ and ±3·10³⁸ losses are right and slopes are finite"
                  catalogue
                  (fun (entry: Entry) ->
                      for z in [ 1e4; -1e4; 3e38; -3e38 ] do
                          for t in [ 0.0; 1.0 ] do
                              let struct (loss, slope) = at<float32> entry.Loss z t

                              if entry.Loss.IsPoisson && z > 0.0 then
                                  Expect.equal infinity loss
                              else
                                  let struct (expected, steep) = at<float> entry.Loss (float (float32 z)) t
                                  let rounded = float (float32 expected)
                                  // Twice 3·10³⁸ is beyond float32, the slope of the squared error there.
                                  Expect.that
                                      (Double.IsFinite slope || abs steep > 3.5e38)
                                      $"float32: L'({z}, {t}) = {slope}"

                                  Expect.that
                                      (loss = rounded || abs (loss - rounded) <= 1e-6 * rounded)
                                      $"L({z}, {t}) = {loss}"

                                  Expect.that (Double.IsFinite expected) $"float64: L({z}, {t}) = {expected}")
              each "No loss is negative but Poisson's, and NaN stays NaN" catalogue (fun (entry: Entry) ->
                  Trials.run 300 (trial entry.Loss) (fun (z, t) ->
                      let struct (loss, _) = at<float> entry.Loss z t
                      Expect.that (loss >= 0.0 || entry.Loss.IsPoisson) $"L({z}, {t}) = {loss}")

                  let struct (loss, _) = at<float> entry.Loss nan 1.0
                  Expect.that (Double.IsNaN loss) $"L(NaN) = {loss}")
              each "The slope is the derivative of the loss" catalogue (fun (entry: Entry) ->
                  Trials.run 300 (trial entry.Loss) (fun (z, t) ->
                      let z = Math.Clamp(z, -20.0, 20.0)
                      let h = 6e-6 * max 1.0 (abs z)
                      let struct (above, _) = at<float> entry.Loss (z + h) t
                      let struct (below, _) = at<float> entry.Loss (z - h) t
                      let struct (_, slope) = at<float> entry.Loss z t
                      let isSmooth = Loss.kinks entry.Loss t |> List.forall (fun kink -> abs (z - kink) > h)

                      if isSmooth then
                          // The third derivatives are below the loss itself and 1.
                          let bound =
                              h * h * (1.0 + abs above) + Math.ScaleB(8.0 * (1.0 + abs above + abs (t * z)), -53) / h

                          Expect.within bound ((above - below) / ((z + h) - (z - h))) slope))
              // PyTorch's losses of the same names, with reduction none, and torchvision's sigmoid_focal_loss.
              each
                  "Losses are those of the frameworks"
                  [ "quantile", 2.0, 0.5, 0.75
                    "huber", 2.0, 0.0, 1.5
                    "huber:0.5", 2.0, 0.0, 0.875
                    "absolute-error", 2.0, 0.5, 1.5
                    "log-cosh", 1.0, 0.0, 0.4337808304830271
                    "poisson", 1.0, 2.0, 0.7182818284590451
                    "hinge", 0.25, 0.0, 1.25
                    "binary-cross-entropy", 1.0, 1.0, 0.3132616875182228
                    "focal", 1.0, 1.0, 0.022658057508467332
                    "balanced-focal", 1.0, 0.0, 0.52640122755853873 ]
                  (fun (name: string, z: float, t: float, expected: float) ->
                      match Loss.parse name with
                      | Ok loss ->
                          let struct (loss, _) = at<float> loss z t
                          Expect.within 1e-15 expected loss
                      | Error message -> Expect.fail message) ]
         @ [ group
                 "quantile"
                 [ // The rows and the means that sktime's page of PinballLoss shows, which come from scikit-learn's mean_pinball_loss.
                   each
                       "Means over rows are those of scikit-learn"
                       [ 0.05, [ 1.25; 0.0; 1.0; 4.0; 0.625 ], 0.16625
                         0.5, [ 2.5; 0.0; 2.0; 8.0; 1.25 ], 0.275
                         0.95, [ 3.75; 0.0; 3.0; 12.0; 1.875 ], 0.09625 ]
                       (fun (tau: float, z: float list, expected: float) ->
                           let loss, _ =
                               measure<float> (Loss.Quantile tau) (Array.ofList z) [| 3.0; -0.5; 2.0; 7.0; 2.0 |]

                           Expect.within 1e-15 expected loss)
                   lawTried 100 "No number has a smaller mean loss over targets than their quantile" (fun (seed: int) ->
                       let random = Random seed
                       let targets = Array.init (1 + random.Next 20) (fun _ -> Generate.normal random)
                       let tau = 0.02 + 0.96 * random.NextDouble()

                       let mean z =
                           targets
                           |> Array.averageBy (fun t ->
                               let struct (loss, _) = at<float> (Loss.Quantile tau) z t
                               loss)

                       // The ⌈τ·n⌉-th smallest.
                       let rank = int (ceil (tau * float targets.Length))
                       let least = mean (Array.sort targets).[max 1 rank - 1]

                       for other in Array.append targets [| -3.0; 0.0; 3.0; Generate.normal random |] do
                           Expect.that (mean other >= least - 1e-12) $"{mean other} at {other}, not {least}")
                   test "The slope at the target is 0, which lies between both" (fun () ->
                       let struct (loss, slope) = at<float> (Loss.Quantile 0.9) 1.5 1.5
                       Expect.equal (0.0, 0.0) (loss, slope)) ]
             group
                 "focal"
                 [ lawTried 300 "A focus of nearly 0 leaves cross-entropy" (fun (Real z) ->
                       for t in [ 0.0; 0.3; 1.0 ] do
                           let struct (focal, _) = at<float> (Loss.Focal 1e-14) z t
                           let struct (binary, _) = at<float> Loss.BinaryCrossEntropy z t
                           Expect.within (1e-12 * binary) binary focal) ]
             group
                 "cross-entropy"
                 [ law "Smoothing is cross-entropy with smoothed targets" (fun (seed: int) ->
                       let random = Random seed
                       let classes = 2 + random.Next 30
                       let smoothing = 0.01 + 0.98 * random.NextDouble()
                       let z = Array.init classes (fun _ -> 4.0 * Generate.normal random)
                       let label = random.Next classes
                       let t = Array.init classes (fun j -> if j = label then 1.0 else 0.0)
                       let smoothed = t |> Array.map (fun t -> (1.0 - smoothing) * t + smoothing / float classes)
                       let expectedLoss, expected = measure<float> Loss.SoftmaxCrossEntropy z smoothed
                       let loss, gradient = measure<float> (Loss.SmoothedCrossEntropy smoothing) z t
                       let bound = Math.ScaleB(16.0 + float classes, -53)
                       Expect.within (bound * expectedLoss) expectedLoss loss
                       Array.iter2 (Expect.within bound) expected gradient
                       // PyTorch's own reading: the loss is (1 - s)·CE + s·mean over classes of -log p.
                       let total = Array.sumBy (fun x -> exp (x - Array.max z)) z
                       let logs = z |> Array.map (fun x -> Math.Log total + Array.max z - x)

                       Expect.within
                           (1e-13 * loss)
                           ((1.0 - smoothing) * logs[label] + smoothing * Array.average logs)
                           loss)
                   each "Smoothed cross-entropy is right at extreme logits" [ 1e4; -1e4; 3e38 ] (fun (extreme: float) ->
                       let loss, gradient =
                           measure<float32> (Loss.SmoothedCrossEntropy 0.1) [| extreme; 0.0 |] [| 1.0; 0.0 |]
                       // p is 0 or 1; the class it gives up has 0.95 or 0.05 of the targets.
                       let missed, p = if extreme > 0.0 then 0.05, 1.0 else 0.95, 0.0
                       Expect.within (1e-6 * abs (missed * extreme)) (missed * abs extreme) loss
                       Expect.within 1e-6 (p - 0.95) gradient[0]
                       Expect.within 1e-6 (0.95 - p) gradient[1]) ]
             group
                 "poisson"
                 [ test "A rate is predicted with the Poisson loss" (fun () ->
                       let network =
                           Network.input 1 |> Network.dense 1 Activation.Identity |> Network.withLoss Loss.Poisson

                       let layout = Layout.ofNetwork network
                       let values = Array.zeroCreate<float> layout.Length
                       values[layout.Windows[0].Offset] <- 1.0
                       let parameters = { Parameters.initialize 1UL network with Values = values }
                       Expect.within 1e-15 (exp 0.5) (Model.predict network parameters [| 0.5 |]).[0]) ] ])
