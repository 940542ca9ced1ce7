/// Activations: slopes against differences of values, conventions at 0, names.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.ActivationTests

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NUnit.Framework
open FsCheck.NUnit

type private ValueAt<'T>(x: float) =
    interface IActivationVisitor<'T, float> with
        member _.Visit formula = Lane.toFloat (Vector.GetElement(formula.Value(Lane.create<'T> x), 0))

type private SlopeAt<'T>(x: float, y: float) =
    interface IActivationVisitor<'T, float> with
        member _.Visit formula =
            Lane.toFloat (Vector.GetElement(formula.Derivative(Lane.create<'T> x, Lane.create<'T> y), 0))

let private value activation x = Activation.visit (ValueAt<float> x) activation
let private slope activation x y = Activation.visit (SlopeAt<float>(x, y)) activation

[<Law(Trials = 300)>]
let ``The slope is the derivative of the value`` (activation: Activation) (Real x) =
    let h = 6e-6 * max 1.0 (abs x)
    let above, below = x + h, x - h

    if Activation.kinks activation |> List.forall (fun kink -> above < kink || below > kink) then
        let difference = (value activation above - value activation below) / (above - below)
        // Truncation h²/6·|f'''| with |f'''| <= 2, rounding 4u·|f| / 2h.
        let bound = h * h / 3.0 + Math.ScaleB(4.0 * (1.0 + abs x), -53) / h
        Expect.within bound difference (slope activation x (value activation x))

[<Law(Trials = 300)>]
let ``Where the slope is known from the output, the input is not read`` (activation: Activation) (Real x) =
    if Activation.isFromOutput activation then
        let y = value activation x
        Expect.sameBits "slope" [| slope activation x y |] [| slope activation nan y |]

[<TestCase(0.0)>]
[<TestCase(-0.0)>]
let ``The rectifiers have their slope of the left side at 0`` (zero: float) =
    Assert.That(slope Activation.ReLU zero (value Activation.ReLU zero), Is.EqualTo 0.0)
    let leaky = Activation.LeakyReLU 0.1
    Assert.That(slope leaky zero (value leaky zero), Is.EqualTo 0.1)

[<Law 26>]
let ``Odd activations are odd in every bit`` (Real x) =
    for activation in [ Activation.Identity; Activation.Tanh ] do
        Expect.sameBits (Activation.name activation) [| -(value activation x) |] [| value activation -x |]

[<Law>]
let ``Every activation is finite at the extremes and keeps NaN`` (activation: Activation) =
    for x in [ 1e4; -1e4; 3e38; -3e38; 1e300; -1e300 ] do
        Expect.that (Double.IsFinite(value activation x)) $"f({x})"
        Expect.that (Double.IsFinite(slope activation x (value activation x))) $"f'({x})"

    Expect.that (Double.IsNaN(value activation nan)) "f(NaN)"

[<Law>]
let ``A slope times a NaN input is not hidden`` (activation: Activation) =
    let poisoned = slope activation nan (value activation nan)
    // Straight pieces compare: their slope is a number, and the NaN stays visible in the value.
    let isStraight =
        match activation with
        | Activation.Identity
        | Activation.ReLU
        | Activation.LeakyReLU _
        | Activation.HardSigmoid
        | Activation.HardTanh -> true
        | _ -> false

    Double.IsNaN poisoned || isStraight

[<Law>]
let ``A name reads back as the same activation`` (activation: Activation) =
    Activation.parse (Activation.name activation) = Ok activation

[<TestCase("rleu", "relu")>]
[<TestCase("tan", "tanh")>]
[<TestCase("sigmod", "sigmoid")>]
[<TestCase("leakyrelu", "leaky-relu")>]
let ``A mistyped name is answered with the nearest`` (typed: string, meant: string) =
    match Activation.parse typed with
    | Ok activation -> Expect.fail $"{typed} was read as {activation}"
    | Error message -> Expect.mentions [ typed; $"did you mean '{meant}'" ] message

[<TestCase("quadratic")>]
[<TestCase("")>]
[<TestCase("relu:2")>]
[<TestCase("leaky-relu:x")>]
[<TestCase("leaky-relu:nan")>]
[<TestCase("leaky-relu:1")>]
[<TestCase("leaky-relu:-0.5")>]
[<TestCase("RELU")>]
let ``A name that is none is refused`` (typed: string) =
    Expect.that (Result.isError (Activation.parse typed)) $"'{typed}' was accepted"
