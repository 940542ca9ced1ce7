/// A trainer of a model with preprocessing: rows go in raw and predictions come out in their units, as with the model itself.
module NeuralNetwork.Tests.RawRowTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// A preprocessing of the case: a divisor, columns shifted and scaled, values, too, where the loss has any.
let internal preprocessingOf (case: Case) : Preprocessing =
    let random = Random(case.Seed + 11)
    let numbers count make = Array.init count (fun _ -> make (random.NextDouble()))
    let outputs = Network.outputs case.Network
    let isShifted, hasValues = random.Next 4 > 0, Loss.output case.Network.Loss = Output.Linear && random.Next 3 > 0

    { Preprocessing.None with
        Divisor = [ 1.0; 255.0; 0.3 ][random.Next 3]
        Shift = if isShifted then numbers case.Network.Inputs (fun u -> 20.0 * u - 10.0) else [||]
        Scale = if isShifted then numbers case.Network.Inputs (fun u -> 0.1 + 5.0 * u) else [||]
        TargetShift = if hasValues then numbers outputs (fun u -> 100.0 * u) else [||]
        TargetScale = if hasValues then numbers outputs (fun u -> 0.5 + 9.0 * u) else [||] }

/// Each number of rows of so many columns as it is on the other side.
let private mapped (other: int * float -> float) (columns: int) (values: 'T[]) : 'T[] =
    values
    |> Array.mapi (fun place value -> Lane.ofFloat<'T>(other (place % columns, Lane.toFloat value)))

/// Steps of all kinds, an evaluation among them; gives the losses and the numbers at the end.
let private train (trainer: Trainer<'T>) (x: 'T[]) (t: 'T[]) (labels: int[]) =
    let weights = labels |> Array.map (fun label -> Lane.ofFloat<'T>(0.5 + float label))

    let losses =
        [| trainer.Step(ReadOnlySpan x, values = ReadOnlySpan t)
           trainer.Step(ReadOnlySpan x, ReadOnlySpan t, 0.03)
           trainer.Evaluate(ReadOnlySpan x, ReadOnlySpan t)
           trainer.Step(ReadOnlySpan x, labels = ReadOnlySpan labels)
           trainer.Step(ReadOnlySpan x, ReadOnlySpan labels, 0.01)
           if trainer.Training.IsWeighted then
               trainer.Step(ReadOnlySpan x, ReadOnlySpan t, ReadOnlySpan weights) |]

    losses, (trainer.Snapshot()).Parameters

let private isAlike<'T> (case: Case) (optimizer: Optimizer) =
    let plain = Model<'T>(case.Network, Parameters.convert (Case.parameters case))
    let preprocessing = preprocessingOf case
    let training = Case.trainingOf case optimizer
    let outputs, random = Network.outputs case.Network, Random case.Seed
    let x, t = Generate.convert<'T>(Case.inputs case), Generate.convert<'T>(Case.targets case)
    let labels = Array.init case.Rows (fun _ -> random.Next(max 2 outputs))
    let raw = Trainer<'T>(plain.With(preprocessing, [||]), training, case.Rows, Machines.alone)
    let encoded = Trainer<'T>(plain, training, case.Rows, Machines.alone)
    let losses, parameters = train raw x t labels

    let expectedLosses, expected =
        train
            encoded
            (mapped preprocessing.InputOf case.Network.Inputs x)
            (mapped preprocessing.TargetOf outputs t)
            labels

    Expect.sameBits "losses" expectedLosses losses
    Expect.sameBits "parameters" expected.Values parameters.Values
    Expect.sameBits "statistics" expected.Statistics parameters.Statistics

/// Age in years and income in euros, and whether somebody leaves: a line through the middle of both.
let private person (random: Random) : struct (float32[] * int) =
    let age, income = 20.0 + 50.0 * random.NextDouble(), 5_000.0 + 70_000.0 * random.NextDouble()
    struct ([| float32 age; float32 income |], (if income < 1_600.0 * (age - 20.0) then 1 else 0))

/// The part of the last rows of a stream that a trainer has right, asked before it learns from each batch.
let private rightAtTheEnd (preprocessing: Preprocessing) : float =
    let network =
        Network.input 2
        |> Network.dense 16 Activation.Tanh
        |> Network.dense 2 Activation.Identity
        |> Network.withLoss Loss.SoftmaxCrossEntropy

    let model = (Model.initialize<float32> 1UL network).With(preprocessing, [| "stays"; "leaves" |])
    let trainer = Trainer<float32>(model, Training.Default.With(Schedule.Constant 0.01), 16, Machines.alone)
    let random, answers = Random 1, Array.zeroCreate<float32> 32
    let mutable right = 0

    for batch in 1..1000 do
        let rows = [| for _ in 1..16 -> person random |]
        let features = rows |> Array.collect (fun (struct (row, _)) -> row)
        let labels = rows |> Array.map (fun (struct (_, label)) -> label)

        if batch > 900 then
            trainer.Predict(ReadOnlySpan features, Span answers)

            for row in 0..15 do
                if (answers[2 * row + 1] > answers[2 * row]) = (labels[row] = 1) then
                    right <- right + 1

        trainer.Step(ReadOnlySpan features, ReadOnlySpan labels) |> ignore

    float right / 1600.0

let tests =
    group
        "RawRow"
        [ states
              [ 86 ]
              (lawTried
                  60
                  "Raw rows with preprocessing are the steps of encoded rows without, in every bit"
                  (fun (case: Case) (optimizer: Optimizer) ->
                      let case = Case.multiply (Case.enrich case)
                      isAlike<float> case optimizer
                      isAlike<float32> case optimizer))
          states
              [ 86 ]
              (lawTried
                  60
                  "A trainer predicts what a model of its parameters predicts, in every bit"
                  (fun (case: Case) (optimizer: Optimizer) ->
                      let case = Case.enrich case
                      let plain = Model<float32>(case.Network, Parameters.convert (Case.parameters case))
                      let model = plain.With(preprocessingOf case, [||])
                      let training = Case.trainingOf case optimizer
                      let trainer = Trainer<float32>(model, training, case.Rows, Machines.alone)
                      let x, t = Array.map float32 (Case.inputs case), Array.map float32 (Case.targets case)
                      trainer.Step(ReadOnlySpan x, values = ReadOnlySpan t) |> ignore
                      let before = trainer.Snapshot()
                      // More rows than a batch has; up to 8 at a time a model uses the managed product, too.
                      let rows = Array.append x x
                      let outputs = Network.outputs case.Network
                      let found = Array.zeroCreate<float32>(2 * case.Rows * outputs)
                      trainer.Predict(ReadOnlySpan rows, Span found)

                      let expected =
                          Array.chunkBySize case.Network.Inputs rows
                          |> Array.collect (fun row -> before.Predict(ReadOnlySpan row))

                      Expect.sameBits "predictions" expected found
                      Expect.sameBits "parameters" before.Parameters.Values (trainer.Snapshot()).Parameters.Values))
          test
              "A stream of raw rows ends where the features are of one size, and not where they are as they come"
              (fun () ->
                  let right = rightAtTheEnd (Preprocessing.Standardized([| 45.0; 40_000.0 |], [| 14.4; 20_200.0 |]))
                  let passedBy = rightAtTheEnd Preprocessing.None
                  note $"{right:P1} with preprocessing, {passedBy:P1} without"
                  Expect.that (right > 0.97) $"{right:P1} with preprocessing"
                  Expect.that (passedBy < 0.7) $"{passedBy:P1} without preprocessing")
          test
              "A row that is not finite once it is what the network takes is refused, and nothing has changed"
              (fun () ->
                  let network = Network.input 2 |> Network.dense 1 Activation.Identity

                  let preprocessing =
                      { Preprocessing.Standardized([| 0.0; 1.0 |], [| 1e-3; 1.0 |]) with
                          TargetShift = [| 0.0 |]
                          TargetScale = [| 1e-3 |] }

                  let model = (Model.initialize<float32> 1UL network).With(preprocessing, [||])
                  let trainer = Trainer<float32>(model, Training.Default, 2, Machines.alone)

                  let refused (name: string) (words: string list) (x: float32[]) (t: float32[]) =
                      let error =
                          Expect.raises<ArgumentException>(fun () ->
                              trainer.Step(ReadOnlySpan x, values = ReadOnlySpan t) |> ignore)

                      Expect.equal name (string error.ParamName)
                      Expect.mentions words error.Message
                      Expect.sameBits "parameters" model.Parameters.Values (trainer.Snapshot()).Parameters.Values

                  refused
                      "features"
                      [ "row 1 has"; "Infinity"; "at 0"; "as the network takes them" ]
                      [| 1f; 1f; 3e38f; 1f |]
                      [| 0f; 0f |]

                  refused "features" [ "row 0 has NaN at 1" ] [| 1f; Single.NaN |] [| 0f |]
                  refused "values" [ "row 1 has"; "-Infinity" ] [| 1f; 1f; 1f; 1f |] [| 0f; -3e38f |])
          test "Steps and predictions of a model with preprocessing allocate nothing" (fun () ->
              let network = Network.input 5 |> Network.dense 7 Activation.Tanh |> Network.dense 3 Activation.Identity
              let model = Model.initialize<float32> 1UL network

              let preprocessing =
                  { Preprocessing.Standardized(Array.create 5 0.5, Array.create 5 2.0) with
                      TargetShift = Array.create 3 1.0
                      TargetScale = Array.create 3 4.0 }

              let trainer = Trainer<float32>(model.With(preprocessing, [||]), Training.Default, 4, Machines.alone)
              let x, t, y = Array.create 20 0.1f, Array.create 12 0.3f, Array.zeroCreate<float32> 12

              let work () =
                  trainer.Step(ReadOnlySpan x, values = ReadOnlySpan t) |> ignore
                  trainer.Predict(ReadOnlySpan x, Span y)

              work ()
              Expect.nothingAllocated work

              let error =
                  Expect.raises<ArgumentException>(fun () -> trainer.Predict(ReadOnlySpan x, Span(Array.zeroCreate 9)))

              Expect.mentions [ "9 numbers for 4 rows of 3" ] error.Message)
          test "Steps are counted on where an int ends" (fun () ->
              let network = Network.input 1 |> Network.dense 1 Activation.Identity
              let trainer = Trainer<float>(Model.initialize<float> 1UL network, Training.Default, 1, Machines.alone)
              let model = trainer.Snapshot()
              trainer.Restore(model.Parameters, trainer.Slots, Int32.MaxValue - 3, [])

              let next () =
                  trainer.Step(ReadOnlySpan [| 1.0 |], values = ReadOnlySpan [| 2.0 |]) |> ignore
                  trainer.Steps

              Expect.equal [ Int32.MaxValue - 2; 1 <<< 30; (1 <<< 30) + 1 ] [ next (); next (); next () ]
              Expect.that (Parameters.isFinite (trainer.Snapshot()).Parameters) "a number is not finite"
              Expect.equal 0.001 trainer.LearningRate) ]
