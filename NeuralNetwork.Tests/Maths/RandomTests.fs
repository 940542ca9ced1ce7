/// The counter-based generator: published vectors, a frozen table, and what every stream must satisfy.
module NeuralNetwork.Tests.Maths.RandomTests

open System
open NeuralNetwork.Maths
open NeuralNetwork.Tests

/// The statistic of Pearson's χ² against equal frequencies.
let private chiSquare (counts: int seq) =
    let expected = float (Seq.sum counts) / float (Seq.length counts)
    counts |> Seq.sumBy (fun count -> (float count - expected) ** 2.0 / expected)

/// The value that χ² with so many degrees of freedom exceeds with probability 1e-6 (Wilson and Hilferty 1931).
let private criticalChiSquare (degrees: int) =
    let d = 2.0 / (9.0 * float degrees)
    float degrees * (1.0 - d + 4.753424 * sqrt d) ** 3.0

let tests =
    group
        "Random"
        [ each
              "Threefry gives the known answers of Random123"
              [ 0u, 0u, 0u, 0u, 0x6b200159u, 0x99ba4efeu
                0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x1cb996fcu, 0xbb002be7u
                0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xc4923a9cu, 0x483df7a0u ]
              (fun (c0: uint32, c1: uint32, k0: uint32, k1: uint32, x0: uint32, x1: uint32) ->
                  let struct (high, low) = Random.threefry { High = k0; Low = k1 } c0 c1
                  Expect.equal (x0, x1) (high, low))
          law "A uniform number lies strictly between 0 and 1" (fun (seed: uint64) (index: uint64) ->
              let u = Random.uniform (Random.key seed Purpose.Check) index
              0.0 < u && u < 1.0)
          law "An integer below a bound lies in its range" (fun (seed: uint64) (index: uint64) (bound: int) ->
              let bound = 1 + int (uint32 bound % 2147483647u)
              let drawn = Random.below bound (Random.key seed Purpose.Check) index
              0 <= drawn && drawn < bound)
          states
              [ 67 ]
              (law
                  "A shuffle is a permutation and depends on its key alone"
                  (fun (seed: uint64) (epoch: uint16) (count: uint8) ->
                      let order () =
                          let order = Array.create (int count) -1
                          Random.shuffleInto (Random.fold (Random.key seed Purpose.Shuffle) (uint64 epoch)) order
                          order

                      let first = order ()
                      first = order () && Array.sort first = Array.init (int count) id))
          law "Streams of different labels, seeds and purposes differ" (fun (seed: uint64) (label: uint16) ->
              let draw key = List.init 4 (fun index -> Random.bits key (uint64 index))
              let key = Random.key seed Purpose.Shuffle

              [ draw key
                draw (Random.fold key (uint64 label))
                draw (Random.fold key (uint64 label + 1UL))
                draw (Random.key (seed + 1UL) Purpose.Shuffle)
                draw (Random.key seed Purpose.Initialize) ]
              |> List.distinct
              |> List.length
                  =
                  5)
          test "All 120 orders of five rows are equally likely" (fun () ->
              let key = Random.key 2026UL Purpose.Shuffle

              let order epoch =
                  let order = Array.zeroCreate 5
                  Random.shuffleInto (Random.fold key (uint64 epoch)) order
                  List.ofArray order

              let counts = Seq.init 24_000 order |> Seq.countBy id |> Seq.map snd |> List.ofSeq
              Expect.equal 120 counts.Length
              Expect.below (criticalChiSquare 119) (chiSquare counts))
          test "Bytes of a stream are equally likely" (fun () ->
              let key = Random.key 1UL Purpose.Check

              let bytes =
                  Seq.init 16_384 uint64 |> Seq.collect (fun index -> BitConverter.GetBytes(Random.bits key index))

              let counts = bytes |> Seq.countBy id |> Seq.map snd |> List.ofSeq
              Expect.equal 256 counts.Length
              Expect.below (criticalChiSquare 255) (chiSquare counts))
          test "Normal numbers have the moments of the normal distribution within five standard errors" (fun () ->
              let count = 100_000
              let key = Random.key 7UL Purpose.Check
              let draws = Array.init count (fun index -> Random.normal key (uint64 index))
              let moment power = Array.averageBy (fun x -> Math.Pow(x, power)) draws
              // The variance of xᵖ: E x²ᵖ - (E xᵖ)², with E x² = 1, E x⁴ = 3, E x⁶ = 15, E x⁸ = 105.
              for power, mean, variance in [ 1.0, 0.0, 1.0; 2.0, 1.0, 2.0; 3.0, 0.0, 15.0; 4.0, 3.0, 96.0 ] do
                  Expect.within (5.0 * sqrt (variance / float count)) mean (moment power))
          each
              "The normal quantile has its known values"
              [ 1e-300, -37.0470962993612
                1e-100, -21.273453560965326
                1e-20, -9.262340089798407
                1e-10, -6.361340902404057
                1e-05, -4.264890793922825
                0.001, -3.0902323061678136
                0.01, -2.326347874040841
                0.025, -1.9599639845400543
                0.05, -1.6448536269514726
                0.075, -1.439531470938456
                0.1, -1.2815515655446004
                0.25, -0.6744897501960817
                0.4, -0.2533471031357997
                0.5, 0.0
                0.6, 0.2533471031357997
                0.75, 0.6744897501960817
                0.9, 1.2815515655446006
                0.925, 1.4395314709384561
                0.975, 1.9599639845400538
                0.99, 2.3263478740408408
                0.999, 3.090232306167813 ]
              (fun (p: float, x: float) ->
                  // Sixteen digits of the algorithm, a few roundings in its evaluation.
                  Expect.within (1e-15 * (1.0 + 4.0 * abs x)) x (Random.normalQuantile p))
          law "The normal quantile is odd about one half" (fun (index: uint64) ->
              let p = Random.uniform (Random.key 3UL Purpose.Check) index
              let p = if p < 0.5 then p else 1.0 - p
              // 1 - p rounds by at most u/2; the quantile's slope there is 1/φ(x).
              let x = Random.normalQuantile p
              let slope = sqrt (2.0 * Math.PI) * exp (0.5 * x * x)
              Expect.within (slope * 1.2e-16 + 4e-15 * abs x) -x (Random.normalQuantile (1.0 - p)))
          law "The normal quantile grows with the probability" (fun (left: uint64) (right: uint64) ->
              let u = Random.uniform (Random.key 5UL Purpose.Check)
              let low, high = min (u left) (u right), max (u left) (u right)
              Random.normalQuantile low <= Random.normalQuantile high)
          // Version 1 of the format: computed by an independent implementation, and never to change. A run is reproduced from its
          // seed only as long as these numbers stand.
          each
              "The streams of version 1 are what they were"
              [ 0UL, Purpose.Initialize, 1487257057961561871UL, 7020136066922650437UL
                0UL, Purpose.Shuffle, 12025843004668546878UL, 14335494576063153044UL
                0UL, Purpose.Split, 13845552092833129775UL, 7364261006751023391UL
                0UL, Purpose.Mask, 12770747148764392238UL, 10053267748995627650UL
                0UL, Purpose.Check, 11439106349306108407UL, 5120629274190416186UL
                0UL, Purpose.Trial, 14298801643571879041UL, 1614142979060992150UL
                42UL, Purpose.Initialize, 13689679464050701877UL, 3648429464866482739UL
                42UL, Purpose.Shuffle, 6896633929963769324UL, 1738136544579828290UL
                42UL, Purpose.Split, 10579186825615023962UL, 6757444946219035173UL
                42UL, Purpose.Mask, 323297163748125970UL, 15303140340270642355UL
                42UL, Purpose.Check, 8239644563054392169UL, 16963928979540321392UL
                42UL, Purpose.Trial, 10714428070120058186UL, 18220076717996700215UL
                18446744073709551615UL, Purpose.Initialize, 111238168082095789UL, 343775488685783869UL
                18446744073709551615UL, Purpose.Shuffle, 14052821580827671010UL, 880901138135063095UL
                18446744073709551615UL, Purpose.Split, 9478620529267623603UL, 3647853089948425209UL
                18446744073709551615UL, Purpose.Mask, 8109274349595293381UL, 847887036917362851UL
                18446744073709551615UL, Purpose.Check, 5547207169023682101UL, 7130551769879316593UL
                18446744073709551615UL, Purpose.Trial, 17816684440588815885UL, 12864308417045053071UL ]
              (fun (seed: uint64, purpose: Purpose, first: uint64, far: uint64) ->
                  let key = Random.key seed purpose
                  Expect.equal (first, far) (Random.bits key 0UL, Random.bits key 4294967296UL))
          test "The shuffles of version 1 are what they were" (fun () ->
              let shuffle epoch count =
                  let order = Array.zeroCreate count
                  Random.shuffleInto (Random.fold (Random.key 42UL Purpose.Shuffle) epoch) order
                  List.ofArray order

              Expect.equal [ 3; 4; 1; 6; 9; 5; 7; 0; 2; 8 ] (shuffle 1UL 10)
              Expect.equal [ 1; 5; 3; 4; 6; 9; 0; 2; 8; 7 ] (shuffle 2UL 10))
          each
              "The uniform numbers of version 1 are what they were"
              [ 0UL, 0.7421190107776983
                1UL, 0.5471557779870999
                2UL, 0.05988741669156389
                3UL, 0.3220680314273377 ]
              (fun (index: uint64, expected: float) ->
                  Expect.equal expected (Random.uniform (Random.key 42UL Purpose.Initialize) index))
          each
              "The normal numbers of version 1 are what they were"
              [ 0UL, 0.6498920118351406
                1UL, 0.11847860802469697
                2UL, -1.5557193914228964
                3UL, -0.46192366478409147 ]
              (fun (index: uint64, expected: float) ->
                  // The quantile is arithmetic, a root and a logarithm: the logarithm may differ between systems in its last place.
                  Expect.within
                      (8e-16 * (1.0 + abs expected))
                      expected
                      (Random.normal (Random.key 42UL Purpose.Initialize) index)) ]
