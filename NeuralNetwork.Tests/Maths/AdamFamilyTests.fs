/// Adam and those that came of it: the scale of gradients, the first steps, the place of ε, bounds and warm-ups.
module NeuralNetwork.Tests.Maths.AdamFamilyTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases

/// The rules whose steps do not depend on the scale of the gradients, with an ε that does not count.
let private scaleFree =
    let outside, e = EpsilonPlacement.Outside, 1e-30

    [ Optimizer.Adagrad { InitialAccumulator = 0.0; Epsilon = e; Placement = outside }
      Optimizer.RMSprop
          { Rho = 0.9
            Momentum = 0.9
            Centered = true
            Epsilon = e
            Placement = outside
            RateInBuffer = false }
      Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = e; Placement = outside }
      Optimizer.AMSGrad { Beta1 = 0.9; Beta2 = 0.999; Epsilon = e; Placement = outside; CorrectedMaximum = false }
      Optimizer.AdamW { Beta1 = 0.9; Beta2 = 0.999; Epsilon = e; Placement = outside; WeightDecay = 0.01 }
      Optimizer.Adamax { Beta1 = 0.9; Beta2 = 0.999; Epsilon = e; EpsilonInMaximum = true }
      Optimizer.Nadam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = e; Scheduled = true; Psi = 0.004 }
      Optimizer.Lion { Beta1 = 0.9; Beta2 = 0.99 }
      Optimizer.Rprop { EtaMinus = 0.5; EtaPlus = 1.2; LeastStep = 1e-6; GreatestStep = 50.0 } ]

let tests =
    group
        "Optimizer"
        (byEntry
            [ states
                  [ 51 ]
                  (lawTried
                      30
                      "Scaling every gradient leaves the steps of Adam's family as they were"
                      (fun (seed: int) ->
                          let scale = Math.Pow(10.0, Random(seed).NextDouble() * 8.0 - 4.0)

                          for optimizer in scaleFree do
                              let plain, scaled =
                                  wander seed 20 0.01 1.0 optimizer, wander seed 20 0.01 scale optimizer

                              Array.iter2 (Expect.within 1e-9) plain scaled))
              states
                  [ 51 ]
                  (lawTried
                      30
                      "The first step of Adam, AMSGrad, Adamax, Adagrad, Lion and Rprop is the rate times the sign"
                      (fun (seed: int) ->
                          let g = normals (Random seed) width

                          let others =
                              [ Optimizer.Adam
                                    { Beta1 = 0.9
                                      Beta2 = 0.999
                                      Epsilon = 1e-30
                                      Placement = EpsilonPlacement.Outside }
                                Optimizer.AMSGrad
                                    { Beta1 = 0.9
                                      Beta2 = 0.999
                                      Epsilon = 1e-30
                                      Placement = EpsilonPlacement.Outside
                                      CorrectedMaximum = false }
                                Optimizer.Adamax
                                    { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-30; EpsilonInMaximum = true }
                                Optimizer.Adagrad
                                    { InitialAccumulator = 0.0; Epsilon = 1e-30; Placement = EpsilonPlacement.Outside }
                                (Optimizer.Lion Lion.standard)
                                (Optimizer.Rprop Rprop.standard) ]

                          for optimizer in others do
                              Array.iter2
                                  (fun g step -> closeTo 1e-12 (text optimizer) (0.01 * float (sign g)) step)
                                  g
                                  (firstStep optimizer 0.01 g)))
              lawTried
                  30
                  "Adam's first step is α·g / (|g| + ε), and ε-hat's has ε / √(1 - β₂) instead"
                  (fun (seed: int) ->
                      let g = normals (Random seed) width |> Array.map (fun g -> g * 1e-4)

                      for placement, epsilon in
                          [ EpsilonPlacement.Outside, 1e-5; EpsilonPlacement.Hat, 1e-5 / sqrt (1.0 - 0.999) ] do
                          firstStep
                              (Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-5; Placement = placement })
                              0.01
                              g
                          |> Array.iter2 (fun g step -> closeTo 1e-12 "step" (0.01 * g / (abs g + epsilon)) step) g)
              test "The place of ε decides the first step of a small gradient" (fun () ->
                  let of' optimizer g = (firstStep optimizer 1.0 (Array.create width g))[0]

                  let rmsprop placement =
                      Optimizer.RMSprop
                          { Rho = 0.9
                            Momentum = 0.0
                            Centered = false
                            Epsilon = 1e-7
                            Placement = placement
                            RateInBuffer = false }

                  closeTo 5e-3 "outside" 3.15 (of' (rmsprop EpsilonPlacement.Outside) 1e-4)
                  closeTo 5e-3 "inside" 0.315 (of' (rmsprop EpsilonPlacement.Inside) 1e-4)

                  let adagrad =
                      Optimizer.Adagrad
                          { InitialAccumulator = 0.1; Epsilon = 1e-7; Placement = EpsilonPlacement.Inside }

                  closeTo 1e-2 "from 0.1" 0.95 (of' adagrad 1.0)
                  closeTo 2e-2 "from 0.1" 0.032 (of' adagrad 0.01))
              states
                  [ 51 ]
                  (lawTried 30 "No step of Adam is longer than Cauchy and Schwarz allow" (fun (seed: int) ->
                      // |m| = (1 - β₁)·|Σ β₁ⁱ·g| <= (1 - β₁)/√(1 - β₂)·√v·√(Σ (β₁²/β₂)ⁱ) over the t gradients so far. The bound
                      // max(1, (1 - β₁)/√(1 - β₂)) of the paper's section 2.1 is a rule of thumb: two equal gradients after long silence
                      // exceed it.
                      let random = Random seed
                      let beta1, beta2, rate = 0.95 * random.NextDouble(), 0.91 + 0.0899 * random.NextDouble(), 0.01

                      let descent =
                          Descent<float>(
                              Optimizer.Adam
                                  { Beta1 = beta1
                                    Beta2 = beta2
                                    Epsilon = 1e-8
                                    Placement = EpsilonPlacement.Outside },
                              Array.zeroCreate width
                          )

                      let ratio = beta1 * beta1 / beta2

                      for t in 1..200 do
                          let before = descent.Weights
                          let size = if random.Next 10 = 0 then 1e3 else 1e-3
                          descent.Step(t, rate, normals random width |> Array.map (fun g -> size * g))

                          let shares =
                              (1.0 - beta1) / (1.0 - pown beta1 t) * sqrt ((1.0 - pown beta2 t) / (1.0 - beta2))

                          let bound = rate * shares * sqrt ((1.0 - pown ratio t) / (1.0 - ratio))
                          Array.iter2 (Expect.within (bound * (1.0 + 1e-9) + 1e-15)) before descent.Weights))
              states
                  [ 54 ]
                  (lawTried 30 "The denominator of AMSGrad never shrinks, and Adam's does" (fun (seed: int) ->
                      let random = Random seed
                      let amsgrad = Descent<float>((Optimizer.AMSGrad AMSGrad.standard), Array.zeroCreate width)
                      let mutable fell = false

                      for t in 1..100 do
                          let v, u = amsgrad.Slot 1, amsgrad.Slot 2
                          amsgrad.Step(t, 0.01, normals random width |> Array.map (fun g -> g / float t))

                          Expect.that
                              (Array.forall2 (<=) u (amsgrad.Slot 2))
                              "a greatest second moment is below the moment"

                          fell <- fell || Array.exists2 (fun before after -> after < before) v (amsgrad.Slot 1)

                      Expect.that fell "no second moment ever fell"))
              test "RAdam begins as momentum without adapting, and adapts from the sixth step on" (fun () ->
                  let steps =
                      [ let descent = Descent<float>((Optimizer.RAdam RAdam.standard), Array.zeroCreate width)

                        for t in 1..7 do
                            let before = descent.Weights[0]
                            descent.Step(t, 0.01, Array.create width 100.0)
                            yield before - descent.Weights[0] ]

                  // m̂ is 100 throughout and so is √v̂: the step is α·100, then α·r with r < 1.
                  steps[..4] |> List.iter (closeTo 1e-12 "early" 1.0)
                  steps[5..] |> List.iter (fun step -> Expect.between 1e-5 0.01 step))
              test "Nadam's schedule warms up as slowly as its decay says" (fun () ->
                  // µₜ = 0.9·(1 - ½·0.96^(ψt)), to three figures
                  for psi, expected in [ 1.0, [ 0.468; 0.892; 0.900 ]; 0.004, [ 0.450; 0.457; 0.518 ] ] do
                      for t, mu in List.zip [ 1; 100; 1000 ] expected do
                          let rule = NadamRule<float>.At({ Nadam.standard with Psi = psi }, t, 1.0)

                          let product =
                              [ 1..t ] |> List.fold (fun p i -> p * 0.9 * (1.0 - 0.5 * 0.96 ** (psi * float i))) 1.0
                          // Fresh = α·(1 - µₜ) / (1 - µ₁·…·µₜ)
                          let fresh = Lane.number rule.Fresh
                          Expect.within 5e-4 mu (1.0 - fresh * (1.0 - product))) ])
