/// What a search tries next: densities of trials, and proposals that come of them.
module NeuralNetwork.Tests.Fit.ParzenTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private keyOf (seed: int) = Key.OfTrial(uint64 (abs (int64 seed)), 1UL)

/// Places of a range: some at random, some of them twice, some at its ends.
let private places (seed: int) (count: int) : float[] =
    let random = Random seed

    let place made =
        match random.Next 6 with
        | 0 -> float (random.Next 2)
        | 1 when made <> [] -> List.head made
        | _ -> random.NextDouble()

    Seq.fold (fun made _ -> place made :: made) [] (seq { 1..count }) |> Array.ofList

/// ∫ over [0, 1] by Simpson's rule with 2000 pieces.
let private integral (f: float -> float) : float =
    let pieces = 2000

    let weight place =
        if place = 0 || place = pieces then 1.0
        elif place % 2 = 1 then 4.0
        else 2.0

    Seq.sum (seq { for place in 0..pieces -> weight place * f (float place / float pieces) })
    / (3.0 * float pieces)

/// The greatest distance between the shares of draws below a place and the integral up to there (Kolmogorov's D).
let private distance (density: Parzen.Density) (drawn: float[]) : float =
    let sorted = Array.sort drawn
    let n = float sorted.Length
    let pieces = 2000
    let at place = Parzen.at density ((float place + 0.5) / float pieces) / float pieces
    let sums = Array.init pieces at |> Array.scan (+) 0.0
    let upTo (x: float) = let place = x * float pieces in sums[int place]

    sorted
    |> Seq.mapi (fun place x -> max (abs (upTo x - float place / n)) (abs (upTo x - float (place + 1) / n)))
    |> Seq.max

/// A search over two ranges and a choice: the least of what `loss` gives, after so many trials of which each goes by those so many before it.
let private least (loss: float[] -> float) (trials: int) (delay: int) (isModelled: bool) (seed: int) : float =
    let sizes = [| 0; 0; 3 |]

    let tried =
        [| 1..trials |]
        |> Array.fold
            (fun (tried: float[][]) number ->
                let key = Key.OfTrial(uint64 seed, uint64 number)

                if isModelled && number > 10 then
                    let known, pending = Array.splitAt (number - delay) tried
                    Array.append tried [| Fit.propose sizes (Array.sortBy loss known) pending (key.Fold 0UL) |]
                else
                    Array.append tried [| [| key.Uniform 1UL; key.Uniform 2UL; float (key.Below(3, 3UL)) |] |])
            [||]

    tried |> Array.map loss |> Array.min

let private median (numbers: float list) = (List.sort numbers)[numbers.Length / 2]

let tests =
    group
        "Parzen"
        [ lawTried
              50
              "The density of a range's places integrates to 1, wherever they are"
              (fun (seed: int) (count: byte) ->
                  let density = Parzen.ofPlaces 0 (places seed (int count % 40))
                  Expect.within 1e-6 1.0 (integral (Parzen.at density)))
          |> states [ 98 ]
          law
              "The probabilities of a choice's values add up to 1, and none is 0"
              (fun (seed: int) (count: byte) (size: byte) ->
                  let size, random = 1 + int size % 9, Random seed
                  let density = Parzen.ofPlaces size (Array.init (int count) (fun _ -> float (random.Next size)))
                  let probabilities = [ for value in 0 .. size - 1 -> Parzen.at density (float value) ]
                  Expect.within 1e-12 1.0 (List.sum probabilities)
                  Expect.that (List.forall (fun p -> p > 0.0) probabilities) $"%A{probabilities}")
          |> states [ 98 ]
          each
              "What is drawn of a range has its density"
              [ []; [ 0.0; 1.0 ]; [ 0.31; 0.32; 0.33 ]; [ 0.05; 0.05; 0.9 ] ]
              (fun those ->
                  let density = Parzen.ofPlaces 0 (Array.ofList those)
                  let drawn = Array.init 4000 (Parzen.draw density (keyOf 7))
                  // D·√n is above 1.95 once in a thousand samples.
                  Expect.atMost (1.95 / sqrt 4000.0) (distance density drawn))
          |> states [ 98 ]
          test "What is drawn of a choice has its probabilities" (fun () ->
              // (1 + 3)/8, (1 + 0)/8, (1 + 2)/8; a count of 4000 is within five deviations of 32 at most.
              let density = Parzen.ofPlaces 3 [| 0.0; 2.0; 0.0; 2.0; 0.0 |]
              let drawn = Array.init 4000 (Parzen.draw density (keyOf 7)) |> Array.countBy id |> Map.ofArray
              Expect.within 160.0 2000.0 (float drawn[0.0])
              Expect.within 160.0 500.0 (float drawn[1.0])
              Expect.within 160.0 1500.0 (float drawn[2.0]))
          each
              "A deviation is the greater distance to a neighbour, the ends among them, but not too little"
              [ [ 0.2; 0.5 ], [ 0.3; 0.5 ]
                [ 0.5 ], [ 0.5 ]
                [ 0.3; 0.3; 0.3 ], [ 0.3; 0.2; 0.7 ]
                [ 0.0; 0.02; 0.04; 1.0 ], [ 1.0 / 6.0; 1.0 / 6.0; 0.96; 0.96 ] ]
              (fun (means, expected) ->
                  match Parzen.ofPlaces 0 (Array.ofList means) with
                  | Parzen.Density.Range(_, deviations) ->
                      Expect.equal (List.length expected) deviations.Length

                      for one, other in Seq.zip expected deviations do
                          Expect.within 1e-12 one other
                  | other -> Expect.fail $"%A{other}")
          law
              "What is proposed are places of the options, the same for the same key"
              (fun (seed: int) (ended: byte) (waiting: byte) ->
                  let sizes = [| 0; 4; 0; 1 |]
                  let random = Random seed

                  let trial _ = [| random.NextDouble(); float (random.Next 4); float (random.Next 2); 0.0 |]

                  let ranked, pending = Array.init (int ended % 60) trial, Array.init (int waiting % 5) trial
                  let proposed = Fit.propose sizes ranked pending (keyOf seed)
                  Expect.sameBits "proposed" proposed (Fit.propose sizes ranked pending (keyOf seed))

                  for size, place in Seq.zip sizes proposed do
                      if size = 0 then
                          Expect.between 0.0 1.0 place
                      else
                          Expect.that (place = floor place && place >= 0.0 && place < float size) $"{place} of {size}")
          test "Where the best lie together, and nothing else does, is where most is proposed" (fun () ->
              let ranked = [| for n in 0..19 -> [| (if n < 3 then 0.2 + 0.01 * float n else 0.4 + 0.03 * float n) |] |]
              let proposed = [ for seed in 1..100 -> (Fit.propose [| 0 |] ranked [||] (keyOf seed))[0] ]
              let near = proposed |> List.filter (fun place -> abs (place - 0.21) < 0.2) |> List.length
              Expect.between 90 100 near)
          test "A made-up function's least value is found better than at random, and a delay costs little" (fun () ->
              // 50 trials from 20 seeds: two ranges with their best at 0.3 and 0.7, and a choice of which the second value is best.
              let loss (x: float[]) = pown (x[0] - 0.3) 2 + pown (x[1] - 0.7) 2 + (if x[2] = 1.0 then 0.0 else 0.2)

              let found delay isModelled = median [ for seed in 1..20 -> least loss 50 delay isModelled seed ]
              let random, at1, at4 = found 1 false, found 1 true, found 4 true
              Expect.below (random / 3.0) at1
              Expect.below (random / 3.0) at4
              Expect.below (2.0 * at1) at4)
          test "Places that an option does not have are refused" (fun () ->
              for ranked in [ [| 0.5 |]; [| 1.5; 0.0 |]; [| nan; 0.0 |]; [| 0.5; 2.0 |]; [| 0.5; 0.5 |] ] do
                  Expect.raises<ArgumentException>(fun () ->
                      Fit.propose [| 0; 2 |] [| ranked |] [||] (keyOf 1) |> ignore)
                  |> ignore) ]
