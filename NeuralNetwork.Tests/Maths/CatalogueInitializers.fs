/// Initializers beyond the plain normal and uniform ones: cut, orthogonal, fixed, constant, PyTorch's.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.CatalogueInitializers

open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NUnit.Framework

let private named name = Expect.ok (Initializer.parse name)

let private draw inputs units initializer (seed: uint64) =
    let network = Network.input inputs |> Network.denseWith initializer units
    let parameters = Parameters.initialize<float> seed network
    let window index = parameters.Window(parameters.Layout.Windows[index]).ToArray()
    window 0, window 1

let private weights inputs units initializer seed = fst (draw inputs units initializer seed)

[<TestCase("truncated-he-normal", 784, 0.050507627227610541)>]
[<TestCase("uncorrected-truncated-he-normal", 784, 0.044427804987357887)>]
[<TestCase("torch", 784, 0.020619652471058065)>]
[<TestCase("normal", 784, 0.05)>]
[<TestCase("uniform", 784, 0.028867513459481288)>]
[<TestCase("orthogonal", 784, 0.035714285714285712)>]
[<TestCase("orthogonal:2", 20, 0.2)>]
[<TestCase("constant:0.1", 784, 0.0)>]
let ``The deviation is the one of the documentation`` (name: string, inputs: int, expected: float) =
    Expect.within (1e-14 + 1e-13 * expected) expected (Initializer.deviation inputs 100 (named name))

[<TestCase("truncated-he-normal", 2.0)>]
[<TestCase("truncated-glorot-normal", 2.0)>]
[<TestCase("truncated-lecun-normal", 2.0)>]
[<TestCase("uncorrected-truncated-he-normal", 2.0)>]
[<TestCase("uncorrected-truncated-lecun-normal", 2.0)>]
let ``Cut weights have their deviation, fill their interval and stay inside it`` (name: string, cut: float) =
    let initializer, inputs, units = named name, 200, 300
    let sigma = Initializer.deviation inputs units initializer
    let drawn = weights inputs units initializer 42UL
    let count, variance = float drawn.Length, Array.averageBy (fun w -> w * w) drawn
    // The kurtosis of a normal distribution cut at ±2 is 2.37.
    Expect.within (4.0 * sigma / sqrt count) 0.0 (Array.average drawn)
    Expect.within (4.0 * sigma * sigma * sqrt (1.37 / count)) (sigma * sigma) variance
    let bound = cut * sigma / 0.87962566103423978
    // The density at the cut is 0.057 / σ′: 60 000 draws miss the outer fiftieth with probability e⁻²⁵⁰.
    Assert.That(Array.max (Array.map abs drawn), Is.InRange(0.98 * bound, bound))

[<TestCase("orthogonal", 7, 5)>]
[<TestCase("orthogonal", 5, 7)>]
[<TestCase("orthogonal", 33, 33)>]
[<TestCase("orthogonal:1.5", 64, 17)>]
[<TestCase("orthogonal", 1, 9)>]
[<TestCase("orthogonal", 784, 100)>]
let ``Orthogonal weights have orthonormal rows, or columns where those are fewer`` (name: string, inputs, units) =
    let w = weights inputs units (named name) 1UL
    let gain = if name = "orthogonal" then 1.0 else 1.5
    let row i = Array.init inputs (fun j -> w[i * inputs + j])
    let column j = Array.init units (fun i -> w[i * inputs + j])
    let vectors = if units <= inputs then Array.init units row else Array.init inputs column

    for i in 0 .. vectors.Length - 1 do
        for j in 0..i do
            let expected = if i = j then gain * gain else 0.0

            Expect.within
                (4e-15 * gain * gain)
                expected
                (Array.fold2 (fun sum x y -> sum + x * y) 0.0 vectors[i] vectors[j])

[<Test>]
let ``Entries of orthogonal matrices have mean 0 and are of both signs in every corner`` () =
    // For a uniform distribution over 3 x 3 orthogonal matrices each entry has variance 1/3.
    let corners = Array.init 2000 (fun seed -> (weights 3 3 (named "orthogonal") (uint64 seed))[8])
    Expect.within (4.0 * sqrt (1.0 / 3.0 / 2000.0)) 0.0 (Array.average corners)
    // w² has mean 1/3 and variance 1/5 - 1/9.
    Expect.within (4.0 * sqrt (4.0 / 45.0 / 2000.0)) (1.0 / 3.0) (Array.averageBy (fun w -> w * w) corners)

[<Test>]
let ``PyTorch's default draws weights and biases from the same interval, from streams of their own`` () =
    let weights, bias = draw 784 2000 Initializer.Torch 5UL
    let bound = 1.0 / 28.0

    for drawn in [ weights; bias ] do
        Assert.That(Array.max (Array.map abs drawn), Is.InRange(0.99 * bound, bound))
        Expect.within (4.0 * bound / sqrt (3.0 * float drawn.Length)) 0.0 (Array.average drawn)

    Expect.that (Array.take 784 weights <> Array.take 784 bias) "weights and biases are the same numbers"

[<Test>]
let ``Constants are constants and fixed scales know no size`` () =
    Expect.that (weights 5 4 (named "constant:-0.25") 1UL |> Array.forall ((=) -0.25)) "a weight differs"
    Assert.That(weights 300 200 (named "uniform") 1UL |> Array.map abs |> Array.max, Is.InRange(0.0499, 0.05))

[<Test>]
let ``Every form reads back from its name`` () =
    let forms =
        [ Initializer.Constant 0.1
          Initializer.Normal 0.01
          Initializer.Uniform 0.3
          Initializer.Orthogonal 1.5
          Initializer.Scaled(1.7, Fan.In, Distribution.TruncatedNormal)
          Initializer.Scaled(1.7, Fan.Average, Distribution.UncorrectedTruncatedNormal)
          Initializer.Scaled(1.7, Fan.Average, Distribution.Normal) ]

    for initializer in List.map snd Initializer.all @ forms do
        Expect.equal (Ok initializer: Result<Initializer, string>) (Initializer.parse (Initializer.name initializer))

[<TestCase("constant")>]
[<TestCase("constant:x")>]
[<TestCase("normal:0")>]
[<TestCase("uniform:-1")>]
[<TestCase("torch:1")>]
[<TestCase("truncated-he-uniform")>]
let ``A name or number that is none is refused`` (typed: string) =
    Expect.that (Result.isError (Initializer.parse typed)) $"'{typed}' was accepted"

[<Test>]
let ``Normal initializers are the convention's, all others are themselves`` () =
    for convention in Convention.all do
        for _, initializer in Initializer.all do
            match initializer with
            | Initializer.Scaled(gain, fan, Distribution.Normal) ->
                let form = (Convention.settings convention).NormalWeights
                Expect.equal (Initializer.Scaled(gain, fan, form)) (Convention.initializer convention initializer)
            | _ -> Expect.equal initializer (Convention.initializer convention initializer)
