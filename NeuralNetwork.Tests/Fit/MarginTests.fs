/// Intervals around predicted values: that a margin holds as many rows as it should, and is that of the best model's misses.
module NeuralNetwork.Tests.Fit.MarginTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Fit.Blobs

/// Rows of three features with so many values each, in units of their own.
let private rows (seed: int) (count: int) (outputs: int) : Dataset =
    let random = Random seed
    let features = Array.init (3 * count) (fun _ -> Generate.normal random)

    let value row output =
        let x = features[3 * row + output % 3]
        500.0 + 40.0 * x * x + 10.0 * Generate.normal random

    let values = Array.init (count * outputs) (fun place -> value (place / outputs) (place % outputs))
    Dataset.Of(features, values, outputs)

let private network (outputs: int) : Network =
    Network.input 3
    |> Network.dense 6 Activation.Tanh
    |> Network.dense outputs Activation.Identity
    |> Network.withLoss Loss.SquaredError

let private start (network: Network) : Model<float> =
    let outputs = network.Outputs

    let preprocessing =
        { Preprocessing.None with
            TargetShift = Array.create outputs 540.0
            TargetScale = Array.create outputs 60.0 }

    Model<float>(network, Parameters.initialize<float> 3UL network, preprocessing, [||])

let private fit (network: Network) (data: Dataset) (validation: Dataset option) (coverage: float) : FitState<float> =
    let model = start network
    let training = if data.Folds.Length > 0 then training.Weighted() else training
    let trainer = Trainer<float>(model, training.With(Schedule.Constant 0.02), 8, Machines.alone)
    let options = (options 6 8).WithIntervals coverage

    (Fit.run
        trainer
        (FitState.start model trainer.Training.Optimizer)
        data
        validation
        options
        TimeProvider.System
        silent
        CancellationToken.None)
        .State

let private valuesOf (data: Dataset) : float[] =
    match data.Targets with
    | Targets.Values(NumberArray.Doubles values, _) -> values
    | _ -> [||]

/// The k-th smallest |t - y| of an output, counted.
let private counted (k: int) (outputs: int) (output: int) (values: float[]) (predicted: float[]) : float =
    let misses = Array.map2 (fun t y -> abs (t - y)) values predicted

    let own =
        misses
        |> Array.indexed
        |> Array.filter (fun (place, _) -> place % outputs = output)
        |> Array.map snd

    let isKth miss = own |> Array.filter (fun other -> other < miss) |> Array.length |> (=) (k - 1)
    Array.find isKth own

let private near (expected: float) (actual: float) =
    Expect.that (abs (expected - actual) <= 1e-9 * abs expected) $"{actual:R} instead of {expected:R}"

let private refused (words: string list) (act: unit -> unit) =
    let message =
        try
            act ()
            "nothing is refused"
        with :? ArgumentException as error ->
            error.Message

    Expect.mentions words message

let tests =
    group
        "Margin"
        [ states
              [ 95 ]
              (lawTried
                  300
                  "Of rows that are left out in turn, as many as should be are within the margin of the others"
                  (fun (seed: int) ->
                      let random = Random seed
                      let coverage = 0.02 + 0.96 * random.NextDouble()
                      let others = int (Margins.fewest coverage) + random.Next 30
                      let misses = Array.init (others + 1) (fun _ -> random.NextDouble())

                      let isWithin place =
                          misses[place] <= (Margins.ofMisses coverage 1 (Array.removeAt place misses))[0]

                      let held = Seq.init misses.Length isWithin |> Seq.filter id |> Seq.length
                      Expect.equal (Margins.rank coverage others) held
                      Expect.that (float held >= coverage * float misses.Length - 1e-6) $"{held} of {misses.Length}"
                      let isOneLess = float (held - 1) < coverage * float misses.Length
                      Expect.that isOneLess $"{held} of {misses.Length} are more than {coverage} of them"))
          each
              "Fewer rows than c / (1 - c) have no margin, and as many have the greatest miss"
              [ (0.5, 1); (0.8, 4); (0.9, 9); (0.95, 19); (0.99, 99) ]
              (fun (coverage: float, fewest: int) ->
                  Expect.equal (float fewest) (Margins.fewest coverage)
                  Expect.equal fewest (FitOptions.Default.WithIntervals coverage).IntervalRows
                  Expect.equal fewest (Margins.rank coverage fewest)
                  Expect.equal fewest (Margins.rank coverage (fewest - 1)))
          each
              "The margins of a run are misses of its best model on the rows to validate with, in their units"
              [ 1; 2 ]
              (fun (outputs: int) ->
                  let validation = rows 2 24 outputs
                  let state = fit (network outputs) (rows 1 40 outputs) (Some validation) 0.8
                  let predicted = Fit.predict Machines.alone state.Best validation
                  Expect.equal 0.8 state.Best.Coverage

                  for output in 0 .. outputs - 1 do
                      let expected = counted 20 outputs output (valuesOf validation) predicted
                      near expected state.Best.Margins[output]
                      let struct (low, high) = state.Best.Interval(output, 500.0)
                      near (500.0 - expected) low
                      near (500.0 + expected) high

                  Expect.equal 0.0 state.Model.Coverage)
          test
              "Where members leave out rows, a row misses by what the member says that has not learned from it"
              (fun () ->
                  let data = rows 1 40 1
                  let data = data.WithFolds(Array.init 40 (fun row -> row % 3))
                  let state = fit (network 1 |> Network.withMembers 3) data None 0.75
                  let parts = Ensemble.split state.Best

                  let features =
                      match data.Inputs with
                      | NumberArray.Doubles x -> x
                      | _ -> [||]

                  let said row = (parts[row % 3].Predict(ReadOnlySpan(features, 3 * row, 3)))[0]
                  near (counted 31 1 0 (valuesOf data) (Array.init 40 said)) state.Best.Margins[0])
          test "Intervals that nothing could have are refused with a sentence" (fun () ->
              let run network validation coverage () = fit network (rows 1 40 1) validation coverage |> ignore
              refused [ "8 rows"; "of 9" ] (run (network 1) (Some(rows 2 8 1)) 0.9)
              refused [ "0 rows" ] (run (network 1) None 0.5)
              let ofQuantile = network 1 |> Network.withLoss (Loss.Quantile 0.9)
              refused [ "one end of an interval" ] (run ofQuantile (Some(rows 2 20 1)) 0.5)
              let labels = { rows 2 20 1 with Targets = Targets.Labels(Array.zeroCreate 20, 2) }
              refused [ "classes" ] (run (network 1) (Some labels) 0.5)
              let model = start (network 1)
              refused [ "coverage of 1" ] (fun () -> model.With(1.0, [| 1.0 |]) |> ignore)
              refused [ "2 margins for 1 output" ] (fun () -> model.With(0.9, [| 1.0; 2.0 |]) |> ignore)
              refused [ "finite" ] (fun () -> model.With(0.9, [| nan |]) |> ignore)
              let classifier = Model.initialize<float> 1UL Blobs.network
              refused [ "classes" ] (fun () -> classifier.With(0.9, [| 1.0; 1.0; 1.0 |]) |> ignore))
          test "Intervals of rates begin at 0 or above, and other parameters have none" (fun () ->
              let network = network 1 |> Network.withLoss Loss.Poisson
              let model = Model<float>(network, Parameters.zeros network).With(0.9, [| 2.0 |])
              Expect.equal (struct (0.0, 3.0)) (model.Interval(0, 1.0))
              Expect.equal (struct (3.0, 7.0)) (model.Interval(0, 5.0))
              Expect.equal 0.0 (model.With(Parameters.zeros network)).Coverage)
          test "A file keeps the intervals of a model, and one with others than it can have is refused" (fun () ->
              let model = (start (network 2)).With(0.9, [| 1.5; 2.25 |])
              let bytes = ModelFile.write model

              match ModelFile.read bytes with
              | Ok(AnyModel.Double read) ->
                  Expect.equal (0.9, [| 1.5; 2.25 |]) (read.Coverage, read.Margins)
                  Expect.equal (List.ofArray bytes) (List.ofArray (ModelFile.write read))
              | other -> Expect.fail $"%A{other}"

              let file = Expect.ok (Safetensors.read bytes)

              for before, after, words in
                  [ "\"coverage\":0.9", "\"coverage\":1", "coverage: 1 (above 0 and below 1)"
                    "\"coverage\":0.9", "\"coverage\":0", "coverage: 0 (above 0 and below 1)"
                    "\"coverage\":0.9", "\"cover\":0.9", "unknown field 'cover'"
                    "[1.5,2.25]", "[1.5]", "margins: 1 of 2 outputs"
                    "[1.5,2.25]", "[1.5,-1]", "margins: -1 (from 0 on)"
                    "\"labels\":[]", "\"labels\":[\"a\",\"b\"]", "no intervals" ] do
                  let changed (name: string, value: string) = name, value.Replace(before, after)
                  let other = { file with Metadata = file.Metadata |> List.map changed }

                  match ModelFile.read (Safetensors.write other) with
                  | Ok _ -> Expect.fail $"{after} was read"
                  | Error defect -> Expect.mentions [ words ] (string defect))
          test "A model that is read in the other precision has the same intervals" (fun () ->
              let model = (start (network 1)).With(0.9, [| 1.5 |])
              use file = new IO.MemoryStream(ModelFile.write model)
              let single = NeuralNetwork.Model.Load<float32> file
              Expect.equal (0.9, [| 1.5 |]) (single.Coverage, single.Margins)
              use again = new IO.MemoryStream(ModelFile.write single)
              let double = NeuralNetwork.Model.Load<float> again
              Expect.equal (0.9, [| 1.5 |]) (double.Coverage, double.Margins))
          test "Margins are of what is predicted, in the precision that it is predicted in" (fun () ->
              let near (place: int) = 1.7e9 + 10.0 * float (place % 7)
              let data = Dataset.Of(Array.init 60 float, Array.init 20 near, 1)

              let preprocessing = { Preprocessing.None with TargetShift = [| 1.7e9 |]; TargetScale = [| 20.0 |] }

              let model = Model.initialize<float32> (3UL) (network 1)
              let model = model.With(preprocessing, [||])
              let fitted = model.Fit(data, data, training, (options 2 8).WithIntervals 0.9)
              let predicted = Fit.predict Machines.alone fitted.Model data |> Array.map float
              let expected = counted 19 1 0 (valuesOf data) predicted
              Expect.equal expected fitted.Model.Margins[0]
              let held = Metrics.coverage expected (valuesOf data) predicted
              Expect.that (held >= 0.9) $"{held} of the rows themselves")
          test "The share of rows that a margin holds counts those at its end, and none is no number" (fun () ->
              Expect.equal 0.5 (Metrics.coverage 1.0 [| 1.0; 2.0; 3.0; 4.0 |] [| 2.0; 2.0; 5.0; nan |])
              Expect.that (Double.IsNaN(Metrics.coverage 1.0 [||] [||])) "a share of nothing") ]
