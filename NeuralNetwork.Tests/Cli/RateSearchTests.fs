/// nn lr-find: the loss at rising rates, and what it suggests.
module NeuralNetwork.Tests.Cli.RateSearchTests

open System
open System.IO
open System.Text.Json
open System.Threading
open NeuralNetwork
open NeuralNetwork.Tests

let private prepare (place: Workplace) =
    let random = Random 5

    let lines =
        [ for _ in 1..300 do
              let x, y = Generate.normal random, Generate.normal random
              $"""{x:F3},{y:F3},{if x * y > 0.0 then "same" else "other"}""" ]

    File.WriteAllLines(place.At "signs.csv", "x,y,side" :: lines)

/// n rates from 1e-7 to 10 and a loss for each, of its place among them.
let private curve (n: int) (loss: float -> float) : float[] * float[] =
    let rates = Fit.risingRates 1e-7 10.0 n
    rates, Array.init n (fun place -> loss (float place / float (n - 1)))

let private numbers (element: JsonElement) (name: string) : float list =
    [ for number in element.GetProperty(name).EnumerateArray() -> number.GetDouble() ]

let tests =
    workplaceWith "RateSearch" prepare (fun place ->
        let find arguments =
            InProcess.succeed ([ "lr-find"; place.At "signs.csv"; "--rates"; "200"; "--blas"; "managed" ] @ arguments)

        let document arguments = JsonDocument.Parse((find ("--json" :: arguments)).Out).RootElement

        [ law "Rates rise by equal ratios from the lowest to the highest" (fun (seed: uint16) ->
              let random = Random(int seed)
              let low, steps = 10.0 ** -(8.0 * random.NextDouble()), random.Next(2, 500)
              let high = low * (1.5 + 1e6 * random.NextDouble())
              let rates = Fit.risingRates low high steps
              Expect.equal steps rates.Length
              Expect.equal low rates[0]
              Expect.that (abs (rates[steps - 1] / high - 1.0) < 1e-12) $"{rates[steps - 1]} instead of {high}"

              for before, next in Array.pairwise rates do
                  let ratio = (high / low) ** (1.0 / float (steps - 1))
                  Expect.that (abs (next / before / ratio - 1.0) < 1e-11) $"{next / before} instead of {ratio}")
          law "Smoothed losses are means in which each counts a twentieth less by age" (fun (seed: uint16) ->
              let random = Random(int seed)
              let losses = Array.init (random.Next(1, 60)) (fun _ -> random.NextDouble())

              Fit.smoothed losses
              |> Array.iteri (fun last found ->
                  let weights = [ for place in 0..last -> 0.95 ** float (last - place) ]
                  let expected = (List.map2 (*) weights (List.ofArray losses[..last]) |> List.sum) / List.sum weights
                  Expect.that (abs (found - expected) < 1e-13) $"{found} instead of {expected}"))
          law "The suggestion is where the loss falls fastest, wherever that is" (fun (seed: uint16) ->
              let middle = 0.2 + 0.6 * float seed / 65535.0
              let rates, losses = curve 400 (fun place -> 1.0 / (1.0 + exp ((place - middle) * 40.0)))
              let found = Fit.suggestedRate rates losses
              let place = log (found / 1e-7) / log (10.0 / 1e-7)
              // Smoothed losses come later: by some twenty steps at most.
              Expect.that (place > middle - 0.01 && place < middle + 0.06) $"{place} for a fall at {middle}")
          each
              "Where the loss does not fall, or there are too few, nothing is suggested"
              [ "rising", (fun place -> place), 400
                "level", (fun _ -> 1.0), 400
                "few", (fun place -> -place), 21 ]
              (fun (_, loss: float -> float, n) ->
                  let rates, losses = curve n loss
                  Expect.that (Double.IsNaN(Fit.suggestedRate rates losses)) $"{Fit.suggestedRate rates losses}")
          test "A loss that is not finite is the end of what counts" (fun () ->
              let rates, losses = curve 400 (fun place -> if place > 0.5 then nan else -place)
              let found = Fit.suggestedRate rates losses
              Expect.that (found > 0.0 && found <= rates[199]) $"{found}")
          test "More losses than rates, and rates that do not rise, are refused" (fun () ->
              let refused (words: string) (action: unit -> unit) =
                  Expect.mentions [ words ] (Expect.raises<ArgumentException> action).Message

              refused "2 losses at 1 rates" (fun () -> Fit.suggestedRate [| 1.0 |] [| 1.0; 2.0 |] |> ignore)
              refused "above the lowest" (fun () -> Fit.risingRates 1.0 1.0 10 |> ignore)
              refused "low" (fun () -> Fit.risingRates 0.0 1.0 10 |> ignore)
              refused "steps" (fun () -> Fit.risingRates 0.1 1.0 1 |> ignore))
          test "The losses are those of the steps of a trainer at these rates, and end where they explode" (fun () ->
              let network = Network.input 3 |> Network.dense 4 Activation.Tanh |> Network.dense 2 Activation.Identity
              let network = Network.withLoss Loss.SquaredError network
              let random = Random 7
              let x = Array.init 60 (fun _ -> Generate.normal random)
              let t = Array.init 40 (fun _ -> Generate.normal random)
              let data = Dataset.Of(x, t, 2)
              let model = Model.initialize<float> 3UL network
              let training = { Training.Default with Optimizer = Optimizer.SGD }
              let trainer () = Trainer<float>(model, training, 20, Machines.alone)
              let options = { FitOptions.Default with BatchSize = 20; Shuffle = false }
              let rates = Fit.risingRates 1e-3 1e4 100
              let run () = Fit.lossesAt (trainer ()) model data options rates CancellationToken.None
              let found = run ()
              let other = trainer ()

              let expected =
                  [| for rate in rates[.. found.Length - 1] ->
                         other.Step(ReadOnlySpan x, values = ReadOnlySpan t, rate = rate) |]

              Expect.sameBits "losses" expected found
              Expect.sameBits "again" found (run ())
              let smoothed = Fit.smoothed found
              let over place = not (smoothed[place] <= 4.0 * Array.min smoothed[..place])
              Expect.that (found.Length < 100 && over (found.Length - 1)) $"{found.Length} losses"
              Expect.that (not (List.exists over [ 0 .. found.Length - 2 ])) "it went on behind its end")
          test
              "Three seeds have a curve each, the same to the bit, and their middle suggestion is what to type"
              (fun () ->
                  let found = document []
                  Expect.equal (found.GetRawText()) ((document []).GetRawText())
                  let seeds = [ for seed in found.GetProperty("seeds").EnumerateArray() -> seed ]
                  Expect.equal [ 42; 43; 44 ] [ for seed in seeds -> seed.GetProperty("seed").GetInt32() ]

                  for seed in seeds do
                      let losses = numbers seed "losses"
                      Expect.equal losses.Length (numbers seed "rates").Length

                      Expect.sameBits
                          "smoothed"
                          (Fit.smoothed (Array.ofList losses))
                          (Array.ofList (numbers seed "smoothed"))

                  let alone = document [ "--seed"; "43"; "--seeds"; "1" ]
                  let first = [ for seed in alone.GetProperty("seeds").EnumerateArray() -> seed ].Head
                  Expect.equal 1 (alone.GetProperty("seeds").GetArrayLength())
                  // The rows to train on are chosen by the first seed, so this is not the second curve of the others.
                  Expect.equal 43 (first.GetProperty("seed").GetInt32())
                  let suggested = [ for seed in seeds -> seed.GetProperty("suggested").GetDouble() ] |> List.sort
                  let middle = found.GetProperty("suggested").GetDouble()
                  Expect.that (abs (middle / suggested[1] - 1.0) < 0.06) $"{middle} of %A{suggested}"
                  Expect.equal (suggested[2] / suggested[0]) (found.GetProperty("spread").GetDouble())
                  Expect.equal (suggested[2] / suggested[0] <= 3.0) (found.GetProperty("stable").GetBoolean())
                  Expect.equal 0.001 (found.GetProperty("usual").GetDouble())

                  Expect.mentions
                      [ "nn train"; "--learning-rate"; "--weight-decay 1"; "--out RUN" ]
                      (string (found.GetProperty("next"))))
          test "What is said names the suggestion, how stable it is, and the rate without it" (fun () ->
              let outcome = find [ "--hidden"; "8"; "--optimizer"; "sgd" ]
              let words = [ "suggested  "; "seed 44"; "stable: "; "default    0.001"; "--hidden 8 --optimizer sgd" ]
              Expect.mentions words outcome.Out)
          test "A page and a picture are written, and not over what is there" (fun () ->
              let page, picture = place.At "rates.html", place.At "rates.svg"
              find [ "--out"; page; "--plot"; picture ] |> ignore
              Expect.mentions [ "What to type next"; "<svg"; "learning rate" ] (File.ReadAllText page)
              Expect.mentions [ "seed 42"; "seed 44" ] (File.ReadAllText picture)
              let again = InProcess.run [ "lr-find"; place.At "signs.csv"; "--out"; page ]
              Expect.equal 2 again.Code
              Expect.mentions [ page ] again.Error)
          each
              "What is typed wrongly is one line, before anything is read"
              [ [ "--low"; "1"; "--high"; "0.1" ], "--low: 1 (must be below --high, 0.1)"
                [ "--rates"; "20" ], "--rates: 20 (must be a whole number from 100 to 100000)"
                [ "--seeds"; "0" ], "--seeds: 0 (must be a whole number from 1 to 1000)"
                [ "--high"; "-1" ], "--high: -1 (must be a finite number above 0)" ]
              (fun (arguments, line) ->
                  let outcome = InProcess.run ([ "lr-find"; place.At "nowhere.csv" ] @ arguments)
                  Expect.equal (2, "", $"nn: error: {line}\n") (outcome.Code, outcome.Out, outcome.Error)) ])
