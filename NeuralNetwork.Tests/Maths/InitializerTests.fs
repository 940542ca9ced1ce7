/// Initial weights: moments, bounds, and a stream of its own for every layer.
module NeuralNetwork.Tests.Maths.InitializerTests

open System
open NeuralNetwork
open NeuralNetwork.Plans
open NeuralNetwork.Tests

let private inputs, units = 200, 300

/// The standard deviations of the papers, by name.
let private deviations =
    [ "he-normal", sqrt (2.0 / 200.0)
      "he-uniform", sqrt (2.0 / 200.0)
      "glorot-normal", sqrt (2.0 / 500.0)
      "glorot-uniform", sqrt (2.0 / 500.0)
      "lecun-normal", sqrt (1.0 / 200.0)
      "lecun-uniform", sqrt (1.0 / 200.0) ]

let private named name = List.find (fst >> (=) name) Initializer.all |> snd

let private draw (initializer: Initializer) (seed: uint64) =
    let network = Network.input inputs |> Network.denseWith initializer units
    let parameters = Parameters.initialize<float> seed network
    parameters.Window(parameters.Layout.Windows[0]).ToArray()

let tests =
    group
        "Initializer"
        (byEntry
            [ each
                  "Weights have the paper's mean and variance within four standard errors"
                  deviations
                  (fun (name: string, sigma: float) ->
                      let weights = draw (named name) 42UL
                      let count = float weights.Length
                      let variance = Array.averageBy (fun w -> w * w) weights
                      // The kurtosis is 3 for a normal and 9/5 for a uniform distribution.
                      let kurtosis = if name.EndsWith "normal" then 3.0 else 1.8
                      Expect.within (4.0 * sigma / sqrt count) 0.0 (Array.average weights)
                      Expect.within (4.0 * sigma * sigma * sqrt ((kurtosis - 1.0) / count)) (sigma * sigma) variance
                      Expect.atMost 1L (Expect.ulps sigma (Initializer.deviation inputs units (named name))))
              each
                  "Uniform weights fill their interval and stay inside it"
                  deviations
                  (fun (name: string, sigma: float) ->
                      if name.EndsWith "uniform" then
                          let bound = sigma * sqrt 3.0
                          let greatest = Array.max (Array.map abs (draw (named name) 43UL))
                          // 60 000 draws miss the outer thousandth with probability e⁻⁶⁰.
                          Expect.between (0.999 * bound) (bound) (greatest))
              law
                  "A layer begins the same whatever follows it, and biases of dense layers and padding are zero"
                  (fun (case: Case) (seed: uint64) ->
                      let network = case.Network
                      let whole = Parameters.initialize<float> seed network
                      let isDrawn = Array.create whole.Values.Length false

                      for window in whole.Layout.Windows do
                          if window.Role <> Role.Bias || network.Layers[window.Layer].IsPeriodic then
                              let part = { network with Layers = List.take (window.Layer + 1) network.Layers }
                              let alone = Parameters.initialize<float> seed part

                              Expect.sameBits
                                  window.Name
                                  (alone.Window(window).ToArray())
                                  (whole.Window(window).ToArray())

                              Array.fill isDrawn window.Offset window.Length true

                      Array.iteri2
                          (fun place isDrawn w -> Expect.that (isDrawn || w = 0.0) $"number {place} is {w}")
                          isDrawn
                          whole.Values)
              law "float32 parameters are the float64 ones rounded" (fun (case: Case) (seed: uint64) ->
                  let single = Parameters.initialize<float32> seed case.Network
                  let double = Parameters.initialize<float> seed case.Network
                  Expect.sameBits "parameters" (Parameters.convert<float, float32> double).Values single.Values)
              test "Other seeds and other layers begin differently" (fun () ->
                  let network =
                      Network.input 8 |> Network.dense 8 Activation.Identity |> Network.dense 8 Activation.Identity

                  let weights seed layer =
                      let parameters = Parameters.initialize<float> seed network

                      List.ofArray (
                          parameters.Window((Layout.tryFind layer Role.Weight parameters.Layout).Value).ToArray()
                      )

                  let drawn = [ weights 1UL 0; weights 1UL 1; weights 2UL 0; weights 2UL 1 ]
                  Expect.equal 4 (List.distinct drawn |> List.length)) ]
         @ [ group
                 "zeros"
                 [ test "Zeros are zeros" (fun () ->
                       Expect.sameBits "weights" (Array.zeroCreate<float>(inputs * units)) (draw Initializer.Zeros 1UL)) ] ])
