/// The temperature of predicted probabilities: that it is the best one, and that a model which has it says the same classes.
module NeuralNetwork.Tests.Fit.TemperatureTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Fit.Blobs

/// Logits of rows of so many classes that are often right and too sure of it, with their labels and a weight for each.
let private drawn (seed: int) =
    let random = Random seed
    let rows, classes = random.Next(20, 60), random.Next(2, 6)
    let labels = Array.init rows (fun _ -> random.Next classes)

    let logits =
        Array.init (rows * classes) (fun place ->
            let own = if place % classes = labels[place / classes] then 2.0 else 0.0
            6.0 * random.NextDouble() + own)

    logits, labels, Array.init rows (fun _ -> random.NextDouble() + 0.1)

/// The mean loss at a temperature, as its formula says it.
let private loss (logits: float[]) (labels: int[]) (weights: float[]) (temperature: float) =
    let classes = logits.Length / labels.Length

    let row index =
        let z = logits[index * classes .. (index + 1) * classes - 1] |> Array.map (fun z -> z / temperature)
        let weight = if weights.Length = 0 then 1.0 else weights[index]
        weight * (log (Array.sumBy exp z) - z[labels[index]])

    Seq.averageBy row (seq { 0 .. labels.Length - 1 })

let tests =
    group
        "Temperature"
        [ states
              [ 59 ]
              (lawTried 200 "No other temperature has a smaller loss" (fun (seed: int) (isWeighted: bool) ->
                  let logits, labels, weights = drawn seed
                  let weights = if isWeighted then weights else [||]
                  let struct (best, least) = Temperature.fit 0.0 logits labels weights
                  let at = loss logits labels weights
                  Expect.that (abs (at best - least) < 1e-10) $"the loss at {best} is {at best}, not {least}"

                  for factor in [ 0.5; 0.9; 0.99; 1.01; 1.1; 2.0 ] do
                      Expect.that (at (best * factor) >= least - 1e-9) $"{best * factor} is better than {best}"))
          states
              [ 59 ]
              (lawTried
                  200
                  "No other temperature has a smaller loss with what it costs"
                  (fun (seed: int) (isWeighted: bool) (strength: uint8) ->
                      let logits, labels, weights = drawn seed
                      let weights = if isWeighted then weights else [||]
                      let prior = float strength / 8.0
                      let struct (best, found) = Temperature.fit prior logits labels weights
                      let rows = float labels.Length
                      let cost t = prior * (1.0 / t - 1.0 + log t) / rows
                      let at t = loss logits labels weights t + cost t
                      Expect.within 1e-10 (loss logits labels weights best) found

                      for factor in [ 0.5; 0.9; 0.99; 1.01; 1.1; 2.0 ] do
                          Expect.that (at (best * factor) >= at best - 1e-9) $"{best * factor} is better than {best}"

                      Expect.within
                          1e-12
                          (Temperature.Prior * (1.0 / best - 1.0 + log best) / rows)
                          (Temperature.cost labels.Length best)))
          test "A few rows that are all right leave the temperature near 1, and many do not" (fun () ->
              let temperatureOf rows =
                  let labels = Array.init rows (fun row -> row % 2)

                  let logits =
                      labels |> Array.collect (fun label -> if label = 0 then [| 2.0; 0.0 |] else [| 0.0; 2.0 |])

                  let struct (temperature, _) = Temperature.fit Temperature.Prior logits labels [||]
                  temperature

              let few, many = temperatureOf 10, temperatureOf 10_000
              Expect.that (few > 0.85 && few < 1.0) $"{few}"
              Expect.that (many < 0.35) $"{many}")
          test "An epoch is compared by its loss with what its temperature costs" (fun () ->
              let report temperature loss : EpochReport =
                  { Epoch = 0
                    Step = 1
                    LearningRate = 0.1
                    Train = Score.Of(1.0, 0.5)
                    Penalty = 0.0
                    Validation = Score.Of(loss, 0.5)
                    Temperature = temperature
                    Seconds = 0.0 }

              let start = FitState.start (Model.initialize<float> 1UL Blobs.network) (Optimizer.Adam Adam.standard)

              let best rows =
                  ((start, [ 1.0, 0.2; 0.5, 0.19 ])
                   ||> List.fold (fun state (temperature, loss) ->
                       let report = { report temperature loss with Epoch = state.Epoch }
                       FitState.finishEpoch Criterion.Loss rows id report state))
                      .BestEpoch

              // The cost of T = 1/2 is 16·(2 - 1 - log 2) = 4.9 in all rows.
              Expect.equal 1 (best 400)
              Expect.equal 2 (best 600))
          test "Where every row is right, or wrong, the temperature stays within its limits" (fun () ->
              for own in [ 1.0; -1.0 ] do
                  let struct (temperature, loss) = Temperature.fit 0.0 [| own; 0.0; 0.0; own |] [| 0; 1 |] [||]
                  Expect.that (temperature >= 1.0 / 16.0 && temperature <= 16.0) $"{temperature}"
                  Expect.that (Double.IsFinite loss) $"{loss}")
          states
              [ 59 ]
              (lawTried
                  50
                  "A model at a temperature has the logits divided by it, and the same classes"
                  (fun (seed: uint16) ->
                      let network =
                          Network.input 3
                          |> Network.dense 4 Activation.Tanh
                          |> Network.dense 3 Activation.Identity
                          |> Network.withLoss Loss.SoftmaxCrossEntropy

                      let random = Random(int seed)
                      let model = Model.initialize<float> (uint64 seed) network
                      let temperature = 0.2 + 5.0 * random.NextDouble()
                      let cooled = Temperature.apply temperature model
                      let x = Array.init 3 (fun _ -> random.NextDouble() - 0.5)
                      let before, after = model.Predict(ReadOnlySpan x), cooled.Predict(ReadOnlySpan x)
                      let powers = before |> Array.map (fun p -> p ** (1.0 / temperature))

                      for place in 0..2 do
                          Expect.that (abs (after[place] - powers[place] / Array.sum powers) < 1e-12) $"{after[place]}"

                      Expect.equal (model.Classify(ReadOnlySpan x)).Class (cooled.Classify(ReadOnlySpan x)).Class))
          test "The best model of a calibrated run has the loss that its epoch was judged by" (fun () ->
              let rest = blobs 2 30
              let trainer = trainerOn Machines.alone (training.With(Schedule.Constant 0.2)) 8
              let fit isCalibrated = run trainer (blobs 1 40) (Some rest) ((options 12 8).Calibrated isCalibrated)
              let result = fit true TimeProvider.System silent CancellationToken.None
              let best, kept = FitState.bestScore result.State, Fit.evaluate Machines.alone result.State.Best rest
              Expect.that (abs (kept.Loss - best.Loss) < 1e-5) $"{kept.Loss} is kept, {best.Loss} was measured"
              Expect.equal best.Accuracy kept.Accuracy
              // A checkpoint has the temperature of every epoch.
              let temperatures (state: FitState<float32>) = state.History |> List.map _.Temperature
              let found = temperatures result.State
              Expect.that (found |> List.exists (fun temperature -> temperature <> 1.0)) $"{found}"
              let names = Optimizer.slots training.Optimizer

              match Checkpoint.read (Checkpoint.write { State = result.State; Slots = names; Circumstances = [] }) with
              | Ok(AnyCheckpoint.Single read) -> Expect.equal found (temperatures read.State)
              | other -> Expect.fail $"%A{other}"

              // The temperature was fitted to these rows: the model as it was trained does worse on them.
              let plain = fit false TimeProvider.System silent CancellationToken.None
              Expect.that (best.Loss < (FitState.bestScore plain.State).Loss) $"{best.Loss}") ]
