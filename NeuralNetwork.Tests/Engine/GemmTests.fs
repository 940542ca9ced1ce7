/// Matrix products of every backend against sums in twice the precision, with canaries around everything.
module NeuralNetwork.Tests.Engine.GemmTests

open System
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Engine.Products

/// Products of normal numbers are within 8 u |A||B| of exact sums.
let private isWithinTheBar<'T> (name: string) : unit =
    let product = (backend name).Product<'T>()
    Trials.run 150 calls (fun call -> checkProduct product call Generate.normal (8.0 * unitOf<'T>))

let tests =
    group
        "Gemm"
        [ states
              [ 28 ]
              (each
                  "float64 products are within 8 u |A||B| of exact sums, in every form, and touch C alone"
                  names
                  isWithinTheBar<float>)
          states
              [ 28 ]
              (each
                  "float32 products are within 8 u |A||B| of exact sums, in every form, and touch C alone"
                  names
                  isWithinTheBar<float32>)
          states
              [ 28 ]
              (each "Products of small whole numbers are exact" names (fun (name: string) ->
                  let backend = backend name
                  // |Σ| <= 130·8·8 is exact in 24 bits, and so is half of it.
                  let whole (random: Random) = float (random.Next(-8, 9))

                  Trials.run 60 calls (fun call ->
                      checkProduct (backend.Product<float32>()) call whole 0.0
                      checkProduct (backend.Product<float>()) call whole 0.0)))
          states
              [ 28 ]
              (each "Beyond every block size products stay within the bar" names (fun (name: string) ->
                  let backend = backend name

                  for transposeA, transposeB in List.allPairs [ false; true ] [ false; true ] do
                      let call =
                          { Shape = { M = 129; N = 385; K = 401 }
                            TransposeA = transposeA
                            TransposeB = transposeB
                            Alpha = 1.0
                            Beta = 0.5
                            Extra = (1, 2, 3)
                            Seed = 5 }

                      checkProduct (backend.Product<float32>()) call Generate.normal (8.0 * unitOf<float32>)
                      checkProduct (backend.Product<float>()) call Generate.normal (8.0 * unitOf<float>))) ]
