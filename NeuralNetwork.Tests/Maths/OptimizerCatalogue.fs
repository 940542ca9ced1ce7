/// Every optimizer in every convention: golden trajectories, agreement with a scalar statement of its paper, minima
/// reached, exact identities, names.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.OptimizerCatalogue

open System
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Engine
open NeuralNetwork.Tests.Maths.GoldenTrajectories
open NUnit.Framework
open FsCheck.NUnit

/// The least number of weights that a layout has.
let private width = 16

let private closeTo (bound: float) (what: string) (expected: float) (actual: float) =
    if not (abs (actual - expected) <= bound * abs expected) then
        Assert.Fail $"{what}: {actual:R} is not within {bound:R} of {expected:R}"

let private near (bound: float) (expected: float) (actual: float) =
    if not (abs (actual - expected) <= bound) then
        Assert.Fail $"{actual:R} is not within {bound:R} of {expected:R}"

let private equal (expected: 'Value) (actual: 'Value) =
    if expected <> actual then
        Assert.Fail $"%A{actual} instead of %A{expected}"

let private sameBits (what: string) (expected: float[]) (actual: float[]) =
    for place in 0 .. expected.Length - 1 do
        if BitConverter.DoubleToInt64Bits expected[place] <> BitConverter.DoubleToInt64Bits actual[place] then
            Assert.Fail $"{what}: number {place} is {actual[place]:R} instead of {expected[place]:R}"

let private ofConvention convention =
    Optimizer.all
    |> List.map (fun one ->
        match Optimizer.ofConvention convention (Optimizer.name one) with
        | Ok optimizer -> optimizer
        | Error message -> invalidOp message)

/// Every optimizer in every convention, and the switches that no convention sets by itself.
let private catalogue: Optimizer list =
    let outside, inside = EpsilonPlacement.Outside, EpsilonPlacement.Inside

    let others =
        [ Optimizer.Momentum(0.9, 0.1, false)
          Optimizer.Momentum(0.5, 0.5, true)
          Optimizer.RMSprop(0.9, 0.9, false, 1e-8, outside, false)
          Optimizer.RMSprop(0.9, 0.9, false, 1e-8, inside, true)
          Optimizer.RMSprop(0.9, 0.0, true, 1e-8, outside, false)
          Optimizer.RMSprop(0.95, 0.8, true, 1e-6, inside, true)
          Optimizer.Adam(0.9, 0.999, 1e-8, inside)
          Optimizer.AMSGrad(0.9, 0.999, 1e-8, outside, true)
          Optimizer.AMSGrad(0.9, 0.99, 1e-8, inside, true) ]

    List.distinct (List.collect ofConvention Convention.all @ others)

let private text (optimizer: Optimizer) = $"%A{optimizer}".Replace("\n", " ")

let private cases = catalogue |> List.map (fun optimizer -> TestCaseData(optimizer).SetArgDisplayNames(text optimizer))

let private normal (random: Random) =
    sqrt (-2.0 * log (1.0 - random.NextDouble())) * cos (2.0 * Math.PI * random.NextDouble())

let private normals (random: Random) count = Array.init count (fun _ -> normal random)

// Golden trajectories ---------------------------------------------------------------------------------------------

let private follow<'T> (bound: float) (golden: Golden) =
    let descent = Descent<'T>(golden.Optimizer, Array.create width 1.0)

    for step, (g, expected) in List.indexed (List.zip golden.Gradients golden.Weights) do
        descent.Step(step + 1, golden.Rate(step + 1), descent.Weights |> Array.map (fun w -> g + golden.Penalty * w))
        descent.Weights |> Array.iter (closeTo bound $"step {step + 1}" expected)

let private goldens = GoldenTrajectories.all

[<States 47>]
[<TestCaseSource(nameof goldens)>]
let ``A rule follows its golden trajectory in float64`` (golden: Golden) = follow<float> 1e-13 golden

[<States 47>]
[<TestCaseSource(nameof goldens)>]
let ``A rule follows its golden trajectory in float32`` (golden: Golden) = follow<float32> 2e-6 golden

// The scalar statement ----------------------------------------------------------------------------------------------

[<States 47>]
[<TestCaseSource(nameof cases)>]
let ``A thousand steps agree with a scalar statement of the paper`` (optimizer: Optimizer) =
    let random = Random 7
    let start = Array.init width (fun _ -> 1.0 + random.NextDouble())
    let descent = Descent<float>(optimizer, start)
    let scalar = start |> Array.map (fun _ -> ScalarOptimizers.start optimizer)
    let mutable weights = start

    for t in 1..1000 do
        let rate = 0.003 * (1.0 + 0.5 * sin (0.01 * float t))
        // Gradients of sizes from 10⁻³ to 10 in one vector, some of them 0.
        let gradient =
            Array.init width (fun place ->
                if random.Next 20 = 0 then 0.0 else normal random * Math.Pow(10.0, float (place % 5) - 3.0))

        descent.Step(t, rate, gradient)

        weights <-
            Array.map3 (fun (rule: ScalarOptimizers.Stepping) w g -> rule.Invoke(t, rate, w, g)) scalar weights gradient

    Array.iter2 (closeTo 1e-13 (text optimizer)) weights descent.Weights

// Minima ------------------------------------------------------------------------------------------------------------

/// A rate for each optimizer that suits both functions below.
let private rates =
    [ "sgd", 1.2e-3
      "momentum", 3e-4
      "nag", 3e-4
      "adagrad", 1.0
      "rmsprop", 0.003
      "adadelta", 30.0
      "adam", 0.02
      "amsgrad", 0.1
      "adamw", 0.02
      "adamax", 0.02
      "nadam", 0.02
      "radam", 1e-3
      "lion", 0.003
      "rprop", 0.1 ]
    |> Map.ofList

/// 20 000 steps at a constant rate that falls to a thousandth over the last tenth; Adadelta, whose steps feed on
/// themselves, needs one that falls from the beginning.
let private descend (optimizer: Optimizer) (start: float[]) (gradient: float[] -> float[]) =
    let steps, first = 20_000, rates[Optimizer.name optimizer]
    let constant = if Optimizer.name optimizer = "adadelta" then 0.0 else 0.9
    let descent = Descent<float>(optimizer, 0.0, Array.append start (Array.zeroCreate (width - start.Length)))

    for t in 1..steps do
        let rate = first * Math.Pow(1e-3, max 0.0 (float t / float steps - constant) / (1.0 - constant))
        let g = gradient (Array.truncate start.Length descent.Weights)
        descent.Step(t, rate, Array.append g (Array.zeroCreate (width - start.Length)))

    Array.truncate start.Length descent.Weights

let private ours = Optimizer.all |> List.map (fun one -> TestCaseData(one).SetArgDisplayNames(Optimizer.name one))

[<TestCaseSource(nameof ours)>]
let ``Every optimizer finds the minimum of a parabola`` (optimizer: Optimizer) =
    // Σ(w - target)², from (-1, 10, 1) to (1, -1, 1)
    let target = [| 1.0; -1.0; 1.0 |]
    let found = descend optimizer [| -1.0; 10.0; 1.0 |] (Array.map2 (fun goal w -> 2.0 * (w - goal)) target)
    near 1e-4 0.0 (Array.map2 (fun goal w -> (w - goal) * (w - goal)) target found |> Array.sum)

[<TestCaseSource(nameof ours)>]
let ``Every optimizer finds the minimum of Rosenbrock's valley`` (optimizer: Optimizer) =
    // (1 - x)² + 100·(y - x²)², from (-1.2, 1) to (1, 1)
    let gradient (w: float[]) =
        let x, y = w[0], w[1]
        [| -2.0 * (1.0 - x) - 400.0 * x * (y - x * x); 200.0 * (y - x * x) |]

    let found = descend optimizer [| -1.2; 1.0 |] gradient
    let x, y = found[0], found[1]
    near 1e-4 0.0 ((1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x))

[<Law(58, Trials = 50)>]
let ``Plain descent on a parabola shrinks the error by exactly 1 - α·λ a step`` (seed: int) =
    let random = Random seed
    let curvature = Array.init width (fun _ -> 0.1 + 10.0 * random.NextDouble())
    let rate = 1.9 / Array.max curvature * random.NextDouble()
    let start = normals random width
    let descent = Descent<float>(Optimizer.SGD, start)
    let loss (w: float[]) = Array.map2 (fun c w -> 0.5 * c * w * w) curvature w |> Array.sum

    for t in 1..50 do
        let before = descent.Weights
        descent.Step(t, rate, Array.map2 (*) curvature before)
        Assert.That(loss descent.Weights, Is.LessThanOrEqualTo(loss before))

    Array.map2 (fun c w -> w * pown (1.0 - rate * c) 50) curvature start
    |> Array.iter2 (near 1e-12) descent.Weights

// Identities --------------------------------------------------------------------------------------------------------

[<States 48>]
[<TestCaseSource(nameof cases)>]
let ``A gradient of zero leaves fresh weights as they are in every bit`` (optimizer: Optimizer) =
    let start = normals (Random 3) width
    let descent = Descent<float>(optimizer, 0.0, start)

    for t in 1..3 do
        descent.Step(t, 0.1, Array.zeroCreate width)

    sameBits "weights" start descent.Weights

[<States 53>]
[<TestCaseSource(nameof cases)>]
let ``Decoupled decay alone shrinks weights by the factor 1 - α·λ in every bit`` (optimizer: Optimizer) =
    let start, rate, decay = normals (Random 4) width, 0.05, 0.3
    let descent = Descent<float>(optimizer, decay, start)
    descent.Step(1, rate, Array.zeroCreate width)
    sameBits "weights" (start |> Array.map (fun w -> (1.0 - rate * decay) * w)) descent.Weights

[<States 53>]
[<Test>]
let ``AdamW brings its own decay, which is not a penalty in the gradient`` () =
    let start = normals (Random 4) width
    let decayed = Descent<float>(Optimizer.adamw, start)
    decayed.Step(1, 0.1, Array.zeroCreate width)
    sameBits "weights" (start |> Array.map (fun w -> (1.0 - 0.1 * 0.01) * w)) decayed.Weights
    let penalised = Descent<float>(Optimizer.adam, start)
    penalised.Step(1, 0.1, start |> Array.map (fun w -> 0.01 * w))
    let step w = 0.1 * w / (abs w + 1e-6)
    Array.iter2 (fun w after -> near 1e-12 (w - step w) after) start penalised.Weights

[<States 52>]
[<TestCaseSource(nameof cases)>]
let ``Splitting a vector in two changes nothing in any bit`` (optimizer: Optimizer) =
    let random = Random 5
    let left, right = 16 * (1 + random.Next 4), 16 * (1 + random.Next 4)
    let start = normals random (left + right)
    let whole = Descent<float32>(optimizer, start)
    let parts = [ Descent<float32>(optimizer, start[.. left - 1]); Descent<float32>(optimizer, start[left..]) ]

    for t in 1..10 do
        let g = normals random (left + right)
        whole.Step(t, 0.01, g)
        List.iter2 (fun (part: Descent<float32>) g -> part.Step(t, 0.01, g)) parts [ g[.. left - 1]; g[left..] ]

    sameBits "weights" whole.Weights (parts |> List.map _.Weights |> Array.concat)

[<States 55>]
[<TestCaseSource(nameof cases)>]
let ``A gradient that is not a number is not hidden`` (optimizer: Optimizer) =
    let descent = Descent<float32>(optimizer, Array.create width 1.0)

    for t in 1..2 do
        descent.Step(t, 0.01, Array.init width (fun place -> if t = 2 && place = 3 then nan else 0.5))

    descent.Weights
    |> Array.indexed
    |> Array.filter (snd >> Double.IsNaN)
    |> Array.map fst
    |> equal [| 3 |]

[<Law(49, Trials = 50)>]
let ``Plain descent is linear in the rate and in the gradient`` (seed: int) =
    let random = Random seed
    let g, zero = normals random width, Array.zeroCreate width

    let step rate g =
        let descent = Descent<float>(Optimizer.SGD, zero)
        descent.Step(1, rate, g)
        descent.Weights

    sameBits "rate" (step 0.25 g |> Array.map (fun w -> 2.0 * w)) (step 0.5 g)
    sameBits "gradient" (step 0.25 g |> Array.map (fun w -> 2.0 * w)) (step 0.25 (g |> Array.map (fun g -> 2.0 * g)))

/// The weights after steps on the same random gradients.
let private wander (seed: int) (steps: int) (rate: float) (scale: float) (optimizer: Optimizer) =
    let random = Random seed
    let descent = Descent<float>(optimizer, normals random width)

    for t in 1..steps do
        descent.Step(t, rate, normals random width |> Array.map (fun g -> scale * g))

    descent.Weights

[<Law(50, Trials = 30)>]
let ``Momentum 0, Nesterov 0 and a mean over nothing are the plain rules in every bit`` (seed: int) =
    let sgd = wander seed 5 0.01 1.0 Optimizer.SGD
    sameBits "momentum" sgd (wander seed 5 0.01 1.0 (Optimizer.Momentum(0.0, 0.0, false)))
    sameBits "Nesterov" sgd (wander seed 5 0.01 1.0 (Optimizer.NAG(0.0, false)))
    let adam = Optimizer.Adam(0.0, 0.99, 1e-8, EpsilonPlacement.Outside)
    let nadam = Optimizer.Nadam(0.0, 0.99, 1e-8, false, 0.0)
    sameBits "Nadam" (wander seed 5 0.01 1.0 adam) (wander seed 5 0.01 1.0 nadam)

[<Law(Trials = 30)>]
let ``The rate inside or outside a buffer is the same while it is constant`` (seed: int) =
    let pairs =
        [ Optimizer.Momentum(0.9, 0.0, false), Optimizer.Momentum(0.9, 0.0, true)
          Optimizer.NAG(0.9, false), Optimizer.NAG(0.9, true) ]

    for outside, inside in pairs do
        let outside, inside = wander seed 50 0.01 1.0 outside, wander seed 50 0.01 1.0 inside
        Array.iter2 (near 1e-13) outside inside

/// The rules whose steps do not depend on the scale of the gradients, with an ε that does not count.
let private scaleFree =
    let outside, e = EpsilonPlacement.Outside, 1e-30

    [ Optimizer.Adagrad(0.0, e, outside)
      Optimizer.RMSprop(0.9, 0.9, true, e, outside, false)
      Optimizer.Adam(0.9, 0.999, e, outside)
      Optimizer.AMSGrad(0.9, 0.999, e, outside, false)
      Optimizer.AdamW(0.9, 0.999, e, outside, 0.01)
      Optimizer.Adamax(0.9, 0.999, e, true)
      Optimizer.Nadam(0.9, 0.999, e, true, 0.004)
      Optimizer.Lion(0.9, 0.99)
      Optimizer.Rprop(0.5, 1.2, 1e-6, 50.0) ]

[<Law(51, Trials = 30)>]
let ``Scaling every gradient leaves the steps of Adam's family as they were`` (seed: int) =
    let scale = Math.Pow(10.0, Random(seed).NextDouble() * 8.0 - 4.0)

    for optimizer in scaleFree do
        let plain, scaled = wander seed 20 0.01 1.0 optimizer, wander seed 20 0.01 scale optimizer
        Array.iter2 (near 1e-9) plain scaled

/// What the first step subtracts.
let private firstStep optimizer rate (gradient: float[]) =
    let descent = Descent<float>(optimizer, 0.0, Array.zeroCreate width)
    descent.Step(1, rate, gradient)
    descent.Weights |> Array.map (~-)

[<Law(51, Trials = 30)>]
let ``The first step of Adam, AMSGrad, Adamax, Adagrad, Lion and Rprop is the rate times the sign`` (seed: int) =
    let g = normals (Random seed) width

    let others =
        [ Optimizer.Adam(0.9, 0.999, 1e-30, EpsilonPlacement.Outside)
          Optimizer.AMSGrad(0.9, 0.999, 1e-30, EpsilonPlacement.Outside, false)
          Optimizer.Adamax(0.9, 0.999, 1e-30, true)
          Optimizer.Adagrad(0.0, 1e-30, EpsilonPlacement.Outside)
          Optimizer.lion
          Optimizer.rprop ]

    for optimizer in others do
        Array.iter2
            (fun g step -> closeTo 1e-12 (text optimizer) (0.01 * float (sign g)) step)
            g
            (firstStep optimizer 0.01 g)

[<Law(Trials = 30)>]
let ``Adam's first step is α·g / (|g| + ε), and ε-hat's has ε / √(1 - β₂) instead`` (seed: int) =
    let g = normals (Random seed) width |> Array.map (fun g -> g * 1e-4)

    for placement, epsilon in [ EpsilonPlacement.Outside, 1e-5; EpsilonPlacement.Hat, 1e-5 / sqrt (1.0 - 0.999) ] do
        firstStep (Optimizer.Adam(0.9, 0.999, 1e-5, placement)) 0.01 g
        |> Array.iter2 (fun g step -> closeTo 1e-12 "step" (0.01 * g / (abs g + epsilon)) step) g

[<Test>]
let ``The place of ε decides the first step of a small gradient`` () =
    let of' optimizer g = (firstStep optimizer 1.0 (Array.create width g))[0]
    let rmsprop placement = Optimizer.RMSprop(0.9, 0.0, false, 1e-7, placement, false)
    closeTo 5e-3 "outside" 3.15 (of' (rmsprop EpsilonPlacement.Outside) 1e-4)
    closeTo 5e-3 "inside" 0.315 (of' (rmsprop EpsilonPlacement.Inside) 1e-4)
    let adagrad = Optimizer.Adagrad(0.1, 1e-7, EpsilonPlacement.Inside)
    closeTo 1e-2 "from 0.1" 0.95 (of' adagrad 1.0)
    closeTo 2e-2 "from 0.1" 0.032 (of' adagrad 0.01)

[<Law(51, Trials = 30)>]
let ``No step of Adam is longer than Cauchy and Schwarz allow`` (seed: int) =
    // |m| = (1 - β₁)·|Σ β₁ⁱ·g| <= (1 - β₁)/√(1 - β₂)·√v·√(Σ (β₁²/β₂)ⁱ) over the t gradients so far. The bound
    // max(1, (1 - β₁)/√(1 - β₂)) of the paper's section 2.1 is a rule of thumb: two equal gradients after long silence
    // exceed it.
    let random = Random seed
    let beta1, beta2, rate = 0.95 * random.NextDouble(), 0.91 + 0.0899 * random.NextDouble(), 0.01
    let descent = Descent<float>(Optimizer.Adam(beta1, beta2, 1e-8, EpsilonPlacement.Outside), Array.zeroCreate width)
    let ratio = beta1 * beta1 / beta2

    for t in 1..200 do
        let before = descent.Weights
        let size = if random.Next 10 = 0 then 1e3 else 1e-3
        descent.Step(t, rate, normals random width |> Array.map (fun g -> size * g))
        let shares = (1.0 - beta1) / (1.0 - pown beta1 t) * sqrt ((1.0 - pown beta2 t) / (1.0 - beta2))
        let bound = rate * shares * sqrt ((1.0 - pown ratio t) / (1.0 - ratio))
        Array.iter2 (near (bound * (1.0 + 1e-9) + 1e-15)) before descent.Weights

[<Law(54, Trials = 30)>]
let ``The denominator of AMSGrad never shrinks, and Adam's does`` (seed: int) =
    let random = Random seed
    let amsgrad = Descent<float>(Optimizer.amsgrad, Array.zeroCreate width)
    let mutable fell = false

    for t in 1..100 do
        let v, u = amsgrad.Slot 1, amsgrad.Slot 2
        amsgrad.Step(t, 0.01, normals random width |> Array.map (fun g -> g / float t))
        Assert.That(Array.forall2 (<=) u (amsgrad.Slot 2))
        fell <- fell || Array.exists2 (fun before after -> after < before) v (amsgrad.Slot 1)

    Assert.That fell

[<Test>]
let ``RAdam begins as momentum without adapting, and adapts from the sixth step on`` () =
    let steps =
        [ let descent = Descent<float>(Optimizer.radam, Array.zeroCreate width)

          for t in 1..7 do
              let before = descent.Weights[0]
              descent.Step(t, 0.01, Array.create width 100.0)
              yield before - descent.Weights[0] ]

    // m̂ is 100 throughout and so is √v̂: the step is α·100, then α·r with r < 1.
    steps[..4] |> List.iter (closeTo 1e-12 "early" 1.0)
    steps[5..] |> List.iter (fun step -> Assert.That(step, Is.InRange(1e-5, 0.01)))

[<Test>]
let ``Rprop grows a step by 1.2 where the sign stays, halves it where it turned, and then skips one`` () =
    let descent = Descent<float>(Optimizer.rprop, Array.zeroCreate width)

    let steps =
        [ for t, g in List.indexed [ 1.0; 2.0; 0.1; -5.0; -1.0; -1.0; 0.0 ] do
              let before = descent.Weights[0]
              descent.Step(t + 1, (if t = 0 then 0.1 else 99.0), Array.create width g)
              yield before - descent.Weights[0] ]

    List.iter2 (near 1e-12) [ 0.1; 0.12; 0.144; 0.0; -0.072; -0.0864; 0.0 ] steps

[<Test>]
let ``Nadam's schedule warms up as slowly as its decay says`` () =
    // µₜ = 0.9·(1 - ½·0.96^(ψt)), to three figures
    for psi, expected in [ 1.0, [ 0.468; 0.892; 0.900 ]; 0.004, [ 0.450; 0.457; 0.518 ] ] do
        for t, mu in List.zip [ 1; 100; 1000 ] expected do
            let rule = NadamRule<float>.At(0.9, 0.999, 1e-8, true, psi, t, 1.0)
            let product = [ 1..t ] |> List.fold (fun p i -> p * 0.9 * (1.0 - 0.5 * 0.96 ** (psi * float i))) 1.0
            // Fresh = α·(1 - µₜ) / (1 - µ₁·…·µₜ)
            Assert.That(
                1.0 - Lane.sum rule.Fresh / float Lane<float>.Count * (1.0 - product),
                Is.EqualTo(mu).Within 5e-4
            )

// In a trainer ------------------------------------------------------------------------------------------------------

let private network = Network.input 5 |> Network.dense 7 Activation.Tanh |> Network.dense 3 Activation.Identity

[<TestCaseSource(nameof cases)>]
let ``A step of training allocates nothing`` (optimizer: Optimizer) =
    use machine = new Machine(Backend.Managed, 1)
    let training = { Training.Default with Optimizer = optimizer }
    let trainer = Trainer<float32>(Model.initialize<float32> 1UL network, training, 4, machine)
    let x, t = Array.init 20 (fun place -> 0.1f * float32 place), Array.init 12 (fun place -> float32 (place % 2))

    let run steps =
        let mutable last = nan

        for _ in 1..steps do
            last <- trainer.Step(ReadOnlySpan x, ReadOnlySpan t)

        last

    run 100 |> ignore
    let before = GC.GetAllocatedBytesForCurrentThread()
    let loss = run 100
    let after = GC.GetAllocatedBytesForCurrentThread()
    Assert.That(after - before, Is.EqualTo 0L)
    Assert.That(Double.IsFinite loss)

[<TestCaseSource(nameof cases)>]
let ``A plan for an optimizer has its slots and its decay`` (optimizer: Optimizer) =
    let plan = Plan.compile network (Training.Default.With optimizer) 4
    let names = Optimizer.slots optimizer
    equal names (plan.Slots |> List.map _.Name)
    Assert.That(names.Length, Is.LessThanOrEqualTo 3)
    equal names (List.distinct names)

    let single op =
        match op with
        | Op.Together ops -> ops
        | one -> [ one ]

    for op in Plan.updates plan |> List.collect single do
        match op with
        | Op.Update(_, decay, _, _, slots) ->
            // On weights alone: a bias is not decayed.
            Assert.That(decay = 0.0 || decay = Optimizer.weightDecay optimizer)
            Assert.That(slots.Length, Is.EqualTo names.Length)
        | other -> Assert.Fail(Op.explain other)

// Names -------------------------------------------------------------------------------------------------------------

let private names =
    [ "sgd"; "momentum"; "nag"; "adagrad"; "rmsprop"; "adadelta"; "adam" ]
    @ [ "amsgrad"; "adamw"; "adamax"; "nadam"; "radam"; "lion"; "rprop" ]

[<Test>]
let ``Optimizers go by their names in every convention`` () =
    equal names (Optimizer.all |> List.map Optimizer.name)

    for convention in Convention.all do
        equal names (ofConvention convention |> List.map Optimizer.name)
        equal (Ok convention) (Convention.parse (Convention.name convention))

        for optimizer in ofConvention convention do
            Assert.That(Optimizer.defects optimizer, Is.Empty)
            Assert.That(Optimizer.learningRate convention optimizer, Is.InRange(1e-4, 1.0))

    for optimizer in Optimizer.all do
        equal (Ok optimizer) (Optimizer.parse (Optimizer.name optimizer))

[<Test>]
let ``Every optimizer has a note, in order and on short lines`` () =
    equal names (OptimizerNotes.all |> List.map _.Name)

    for convention in Convention.all do
        for optimizer in ofConvention convention do
            let formula = OptimizerFormula.lines optimizer
            Assert.That(formula, Is.Not.Empty)
            formula |> List.iter (fun line -> Assert.That(line.Length, Is.LessThanOrEqualTo 110))

[<TestCaseSource(nameof cases)>]
let ``An optimizer is its name and its settings`` (optimizer: Optimizer) =
    let blank = Optimizer.all |> List.find (fun one -> Optimizer.name one = Optimizer.name optimizer)

    let rebuilt =
        Optimizer.settings optimizer
        |> List.fold (fun one (name, value) -> one |> Result.bind (Optimizer.set name value)) (Ok blank)

    equal (Ok optimizer) (rebuilt)

[<Test>]
let ``A setting that does not belong or does not fit is refused in a sentence`` () =
    let refused name value optimizer =
        match Optimizer.set name value optimizer with
        | Error message -> message
        | Ok _ -> "accepted"

    let number = Setting.Number
    Assert.That(refused "beta1" (number 1.0) Optimizer.adam, Is.EqualTo "beta1 1 (must be at least 0 and below 1)")
    Assert.That(refused "epsilon" (number 0.0) Optimizer.adam, Is.EqualTo "epsilon 0 (must be above 0)")
    Assert.That(refused "beta1" (number nan) Optimizer.lion, Does.StartWith "beta1 NaN")
    Assert.That(refused "rho" (number 0.5) Optimizer.SGD, Is.EqualTo "rho does not belong to sgd (which takes none)")
    Assert.That(refused "beta1" (Setting.Flag true) Optimizer.adam, Is.EqualTo "beta1 has another kind of value")
    Assert.That(refused "eta-plus" (number 1.0) Optimizer.rprop, Does.EndWith "(must be above 1)")

[<Test>]
let ``Normal initializers are the convention's, all others are themselves`` () =
    for convention in Convention.all do
        for _, initializer in Initializer.all do
            match initializer with
            | Initializer.Scaled(gain, fan, Distribution.Normal) ->
                let form = (Convention.settings convention).NormalWeights
                equal (Initializer.Scaled(gain, fan, form)) (Convention.initializer convention initializer)
            | _ -> equal initializer (Convention.initializer convention initializer)

[<Test>]
let ``Conventions differ where frameworks do`` () =
    let settings = Convention.settings
    Assert.That((settings Convention.Torch).BatchNormDecay, Is.EqualTo 0.9)
    Assert.That((settings Convention.Keras3).BatchNormEpsilon, Is.EqualTo 1e-3)
    equal Distribution.UncorrectedTruncatedNormal (settings Convention.Keras2).NormalWeights
    equal Distribution.TruncatedNormal (settings Convention.Keras3).NormalWeights
    equal Distribution.Normal (settings Convention.Torch).NormalWeights
    let differ = List.map2 (<>) (ofConvention Convention.Torch) (ofConvention Convention.Keras3)
    equal [ "sgd"; "lion"; "rprop" ] (List.zip names differ |> List.filter (snd >> not) |> List.map fst)
