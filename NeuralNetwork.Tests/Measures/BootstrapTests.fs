/// How far a measure might be another one had the rows been others, and whether two ways differ by more than chance.
module NeuralNetwork.Tests.Measures.BootstrapTests

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Tests

/// Rows with a score that says something of them, in few different values: ties are usual.
let private rows (seed: int) (count: int) =
    let random = Random seed
    let labels = Array.init count (fun _ -> random.Next 2)
    let scores = labels |> Array.map (fun label -> float (random.Next 6 + 2 * label) / 10.0)
    labels, scores

/// The rows of a draw, each as often as it came.
let private repeated (weights: float[]) (values: 'Value[]) : 'Value[] =
    Array.map2 (fun weight value -> Array.replicate (int weight) value) weights values |> Array.concat

let private close (expected: float) (actual: float) =
    if Double.IsNaN expected then
        Expect.that (Double.IsNaN actual) $"{actual} where nothing is known"
    else
        Expect.within 1e-12 expected actual

let tests =
    group
        "Bootstrap"
        [ states
              [ 90 ]
              (law
                  "A measure of weighted rows is that of rows which are there as often"
                  (fun (seed: uint16) (size: byte) ->
                      let count = 2 + int size % 40
                      let labels, scores = rows (int seed) count
                      let isPositive = labels |> Array.map ((=) 1)
                      let weights = Bootstrap.drawn (uint64 seed) 3 count
                      let targets = scores |> Array.mapi (fun row score -> score + float (row % 3))
                      Expect.equal (float count) (Array.sum weights)
                      let drawn values = repeated weights values
                      let predictions = scores |> Array.collect (fun p -> [| 1.0 - p; p |])

                      close (Metrics.auc (drawn isPositive) (drawn scores)) (Bootstrap.auc isPositive scores weights)

                      close
                          (Metrics.macroAUC
                              2
                              (drawn labels)
                              (drawn scores |> Array.collect (fun p -> [| 1.0 - p; p |])))
                          (Bootstrap.macroAUC 2 labels predictions weights)

                      close
                          (drawn isPositive |> Array.averageBy (fun right -> if right then 1.0 else 0.0))
                          (Bootstrap.accuracy isPositive weights)

                      let spread = drawn targets |> Array.distinct |> Array.length

                      if spread > 1 then
                          Expect.within
                              1e-9
                              (Metrics.values (drawn targets) (drawn scores)).R2
                              (Bootstrap.r2 targets scores weights)))
          states
              [ 90 ]
              (lawTried
                  20
                  "An interval lies between quantiles of the measure over draws, the same for a seed"
                  (fun (seed: uint16) ->
                      let count = 30
                      let labels, scores = rows (int seed) count
                      let isRight = Array.map2 (fun label score -> (label = 1) = (score > 0.35)) labels scores
                      let seed = uint64 seed

                      let sorted =
                          Array.init 1000 (fun draw ->
                              repeated (Bootstrap.drawn seed draw count) isRight
                              |> Array.averageBy (fun right -> if right then 1.0 else 0.0))
                          |> Array.sort

                      let struct (low, high) = Metrics.accuracyInterval seed isRight
                      // Between the 25th and the 26th of a thousand, and between those from the other end: by their ranks.
                      Expect.between sorted[24] sorted[25] low
                      Expect.between sorted[974] sorted[975] high
                      Expect.equal (struct (low, high)) (Metrics.accuracyInterval seed isRight)))
          // The ends of a thousand draws have a deviation of √(q(1 - q)/1000)/f at the quantile q of density f: 0.0017 here. Five of
          // them, and the distance of shares of 400 rows.
          test "The interval of an accuracy is that of the normal distribution, where rows are many" (fun () ->
              let isRight = Array.init 400 (fun row -> row % 5 <> 0)
              let struct (low, high) = Metrics.accuracyInterval 7UL isRight
              let half = 1.959964 * sqrt (0.8 * 0.2 / 400.0)
              Expect.within (5.0 * 0.0017 + 1.0 / 400.0) (0.8 - half) low
              Expect.within (5.0 * 0.0017 + 1.0 / 400.0) (0.8 + half) high)
          test "What cannot be said is NaN" (fun () ->
              let isUnknown (struct (low: float, high: float)) = Double.IsNaN low && Double.IsNaN high
              Expect.that (isUnknown (Metrics.accuracyInterval 1UL [| true |])) "one row"
              Expect.that (isUnknown (Metrics.aucInterval 1UL 2 [| 0; 0; 0 |] (Array.replicate 6 0.5))) "one class"
              Expect.that (isUnknown (Metrics.r2Interval 1UL [| [| 2.0; 2.0 |] |] [| [| 1.0; 3.0 |] |])) "one target")
          // By numeric integration of the density; 2.776 is in every table.
          each
              "The tail of Student's distribution is what its density adds up to"
              [ 1.5, 1, 0.3743340836219975
                2.2, 2, 0.15880897580799133
                -3.0, 7, 0.019942126131360583
                0.3, 12, 0.7693104740825176
                2.776445105, 4, 0.05000000000961238 ]
              (fun (t, freedom, expected) -> Expect.within 1e-9 expected (PairedTest.tail t freedom))
          each
              "The doubt of a difference grows with what splits have in common"
              [ 0.0, 0.07285505960955545; 0.25, 0.18213629892230448 ]
              (fun (overlap, expected) ->
                  Expect.within 1e-9 expected (Metrics.pairedDoubt [| 0.02; 0.01; 0.03; 0.015; -0.005 |] overlap))
          test "From one pair, or from differences that are all the same, nothing can be said" (fun () ->
              Expect.that (Double.IsNaN(Metrics.pairedDoubt [| 0.1 |] 0.1)) "one pair"
              Expect.equal 1.0 (Metrics.pairedDoubt [| 0.0; 0.0 |] 0.1)
              Expect.that (Double.IsNaN(Metrics.pairedDoubt [| 0.5; 0.5 |] 0.1)) "two that are the same"
              Expect.that (Double.IsNaN(Metrics.pairedDoubt [| 0.1 + 0.2; 0.3 |] 0.1)) "the same but for rounding") ]
