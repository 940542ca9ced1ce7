/// Every optimizer in every convention, and steps under one of them.
module NeuralNetwork.Tests.Maths.OptimizerCases

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// The least number of weights that a layout has.
let width: int = 16

/// The error is at most a share of what is expected.
let closeTo (bound: float) (what: string) (expected: float) (actual: float) : unit =
    if not (abs (actual - expected) <= bound * abs expected) then
        Expect.fail $"{what}: {actual:R} is not within {bound:R} of {expected:R}"

/// A convention's optimizers.
let ofConvention (convention: Convention) : Optimizer list =
    Optimizer.all
    |> List.map (fun one -> Expect.ok (Optimizer.ofConvention convention (Optimizer.name one)))

/// Every optimizer in every convention, and the switches that no convention sets by itself.
let catalogue: Optimizer list =
    let outside, inside = EpsilonPlacement.Outside, EpsilonPlacement.Inside

    let others =
        [ Optimizer.Momentum { Momentum = 0.9; Dampening = 0.1; RateInBuffer = false }
          Optimizer.Momentum { Momentum = 0.5; Dampening = 0.5; RateInBuffer = true }
          Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.9
                Centered = false
                Epsilon = 1e-8
                Placement = outside
                RateInBuffer = false }
          Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.9
                Centered = false
                Epsilon = 1e-8
                Placement = inside
                RateInBuffer = true }
          Optimizer.RMSprop
              { Rho = 0.9
                Momentum = 0.0
                Centered = true
                Epsilon = 1e-8
                Placement = outside
                RateInBuffer = false }
          Optimizer.RMSprop
              { Rho = 0.95
                Momentum = 0.8
                Centered = true
                Epsilon = 1e-6
                Placement = inside
                RateInBuffer = true }
          Optimizer.Adam { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = inside }
          Optimizer.AMSGrad { Beta1 = 0.9; Beta2 = 0.999; Epsilon = 1e-8; Placement = outside; CorrectedMaximum = true }
          Optimizer.AMSGrad { Beta1 = 0.9; Beta2 = 0.99; Epsilon = 1e-8; Placement = inside; CorrectedMaximum = true } ]

    List.distinct (List.collect ofConvention Convention.all @ others)

let text (optimizer: Optimizer) : string = string optimizer

/// Every optimizer of the catalogue as a test of its own.
let cases: (string * Optimizer) list = catalogue |> List.map (fun optimizer -> text optimizer, optimizer)

/// So many standard normal numbers.
let normals (random: Random) (count: int) : float[] = Array.init count (fun _ -> Generate.normal random)

/// The weights after steps on the same random gradients.
let wander (seed: int) (steps: int) (rate: float) (scale: float) (optimizer: Optimizer) : float[] =
    let random = Random seed
    let descent = Descent<float>(optimizer, normals random width)

    for t in 1..steps do
        descent.Step(t, rate, normals random width |> Array.map (fun g -> scale * g))

    descent.Weights

/// What the first step subtracts.
let firstStep (optimizer: Optimizer) (rate: float) (gradient: float[]) : float[] =
    let descent = Descent<float>(optimizer, 0.0, Array.zeroCreate width)
    descent.Step(1, rate, gradient)
    descent.Weights |> Array.map (~-)
