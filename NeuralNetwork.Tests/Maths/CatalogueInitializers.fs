/// Initializers beyond the plain normal and uniform ones: cut, orthogonal, fixed, constant, PyTorch's.
module NeuralNetwork.Tests.Maths.CatalogueInitializers

open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private named name = Expect.ok (Initializer.parse name)

let private draw inputs units initializer (seed: uint64) =
    let network = Network.input inputs |> Network.denseWith initializer units
    let parameters = Parameters.initialize<float> seed network
    let window index = parameters.Window(parameters.Layout.Windows[index]).ToArray()
    window 0, window 1

let private weights inputs units initializer seed = fst (draw inputs units initializer seed)

let tests =
    group
        "Initializer"
        (byEntry
            [ each
                  "The deviation is the one of the documentation"
                  [ "truncated-he-normal", 784, 0.050507627227610541
                    "uncorrected-truncated-he-normal", 784, 0.044427804987357887
                    "torch", 784, 0.020619652471058065
                    "normal", 784, 0.05
                    "uniform", 784, 0.028867513459481288
                    "orthogonal", 784, 0.035714285714285712
                    "orthogonal:2", 20, 0.2
                    "constant:0.1", 784, 0.0 ]
                  (fun (name: string, inputs: int, expected: float) ->
                      Expect.within (1e-14 + 1e-13 * expected) expected (Initializer.deviation inputs 100 (named name)))
              each
                  "Cut weights have their deviation, fill their interval and stay inside it"
                  [ "truncated-he-normal", 2.0
                    "truncated-glorot-normal", 2.0
                    "truncated-lecun-normal", 2.0
                    "uncorrected-truncated-he-normal", 2.0
                    "uncorrected-truncated-glorot-normal", 2.0
                    "uncorrected-truncated-lecun-normal", 2.0 ]
                  (fun (name: string, cut: float) ->
                      let initializer, inputs, units = named name, 200, 300
                      let sigma = Initializer.deviation inputs units initializer
                      let drawn = weights inputs units initializer 42UL
                      let count, variance = float drawn.Length, Array.averageBy (fun w -> w * w) drawn
                      // The kurtosis of a normal distribution cut at ±2 is 2.37.
                      Expect.within (4.0 * sigma / sqrt count) 0.0 (Array.average drawn)
                      Expect.within (4.0 * sigma * sigma * sqrt (1.37 / count)) (sigma * sigma) variance
                      let bound = cut * sigma / 0.87962566103423978
                      // The density at the cut is 0.057 / σ′: 60 000 draws miss the outer fiftieth with probability e⁻²⁵⁰.
                      Expect.between (0.98 * bound) (bound) (Array.max (Array.map abs drawn)))
              each
                  "Orthogonal weights have orthonormal rows, or columns where those are fewer"
                  [ "orthogonal", 7, 5
                    "orthogonal", 5, 7
                    "orthogonal", 33, 33
                    "orthogonal:1.5", 64, 17
                    "orthogonal", 1, 9
                    "orthogonal", 784, 100 ]
                  (fun (name: string, inputs, units) ->
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
                                  (Array.fold2 (fun sum x y -> sum + x * y) 0.0 vectors[i] vectors[j]))
              test "Constants are constants and fixed scales know no size" (fun () ->
                  Expect.that (weights 5 4 (named "constant:-0.25") 1UL |> Array.forall ((=) -0.25)) "a weight differs"
                  Expect.between 0.0499 0.05 (weights 300 200 (named "uniform") 1UL |> Array.map abs |> Array.max))
              test "Normal initializers are the convention's, all others are themselves" (fun () ->
                  for convention in Convention.all do
                      for _, initializer in Initializer.all do
                          match initializer with
                          | Initializer.Scaled(gain, fan, Distribution.Normal) ->
                              let form = (Convention.settings convention).NormalWeights

                              Expect.equal
                                  (Initializer.Scaled(gain, fan, form))
                                  (Convention.initializer convention initializer)
                          | _ -> Expect.equal initializer (Convention.initializer convention initializer)) ]
         @ [ group
                 "orthogonal"
                 [ test "Entries of orthogonal matrices have mean 0 and are of both signs in every corner" (fun () ->
                       // For a uniform distribution over 3 x 3 orthogonal matrices each entry has variance 1/3.
                       let corners = Array.init 2000 (fun seed -> (weights 3 3 (named "orthogonal") (uint64 seed))[8])
                       Expect.within (4.0 * sqrt (1.0 / 3.0 / 2000.0)) 0.0 (Array.average corners)
                       // w² has mean 1/3 and variance 1/5 - 1/9.
                       Expect.within
                           (4.0 * sqrt (4.0 / 45.0 / 2000.0))
                           (1.0 / 3.0)
                           (Array.averageBy (fun w -> w * w) corners)) ]
             group
                 "torch"
                 [ test
                       "PyTorch's default draws weights and biases from the same interval, from streams of their own"
                       (fun () ->
                           let weights, bias = draw 784 2000 Initializer.Torch 5UL
                           let bound = 1.0 / 28.0

                           for drawn in [ weights; bias ] do
                               Expect.between (0.99 * bound) (bound) (Array.max (Array.map abs drawn))
                               Expect.within (4.0 * bound / sqrt (3.0 * float drawn.Length)) 0.0 (Array.average drawn)

                           Expect.that
                               (Array.take 784 weights <> Array.take 784 bias)
                               "weights and biases are the same numbers") ] ])
