/// The in-place face: the pure face in every bit, on any number of threads, without garbage.
module NeuralNetwork.Tests.TrainerTests

open System
open NeuralNetwork
open NeuralNetwork.Maths

let private trainingOf optimizer = Training.Default.With(optimizer = optimizer).With(Schedule.Cosine(0.02, 7))

/// Steps with a short batch between the long ones.
let private train<'T> (machine: Machine) (case: Case) (optimizer: Optimizer) : 'T[] =
    let model = Model<'T>(case.Network, Parameters.convert (Case.parameters case))
    let trainer = Trainer<'T>(model, trainingOf optimizer, case.Rows, machine)

    for rows in [ case.Rows; max 1 (case.Rows / 3); case.Rows ] do
        let case = { case with Rows = rows }
        let x, t = Generate.convert<'T>(Case.inputs case), Generate.convert<'T>(Case.targets case)
        trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore

    (trainer.Snapshot()).Parameters.Values

let private losses =
    [ for loss in Loss.all do
          for optimizer in Optimizer.all -> $"{Loss.name loss}, {Optimizer.name optimizer}", (loss, optimizer) ]

let tests =
    sharing "Trainer" (fun () -> [ for threads in 1..3 -> Machines.managed threads ]) (fun machines ->
        [ lawTried
              40
              "A trainer does what the pure functions do, in every bit"
              (fun (case: Case) (optimizer: Optimizer) ->
                  let training, parameters = trainingOf optimizer, Case.parameters case
                  let trainer = Trainer<float>(Model<float>(case.Network, parameters), training, case.Rows)
                  let batch step = { case with Seed = case.Seed + step }

                  let advance (parameters, slots) step =
                      let x, t = Case.inputs (batch step), Case.targets (batch step)
                      let rate = Schedule.at step training.Rate
                      Expect.equal rate trainer.LearningRate
                      let struct (loss, gradient) = Model.gradient case.Network parameters x t

                      let struct (parameters, slots) =
                          Model.update case.Network optimizer step rate parameters slots gradient

                      Expect.sameBits "loss" [| loss |] [| trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |]
                      Expect.equal step trainer.Steps
                      Expect.sameBits "parameters" parameters.Values (trainer.Snapshot()).Parameters.Values
                      parameters, slots

                  List.fold advance (parameters, Model.zeroSlots<float> case.Network optimizer) [ 1..4 ] |> ignore)
          states
              [ 45; 69 ]
              (lawTried 40 "One, two and three threads give the same bits" (fun (case: Case) (optimizer: Optimizer) ->
                  let case = { case with Rows = 3 * case.Rows }
                  let alone = train<float32> machines.Value[0] case optimizer
                  Expect.sameBits "two threads" alone (train<float32> machines.Value[1] case optimizer)
                  Expect.sameBits "three threads" alone (train<float32> machines.Value[2] case optimizer)))
          test "One, two and three threads give the same bits where a product has many tiles" (fun () ->
              let network =
                  Network.input 150 |> Network.dense 300 Activation.ReLU |> Network.dense 140 Activation.Identity

              for loss in Loss.all do
                  let case = { Network = Network.withLoss loss network; Rows = 290; Scale = 1.0; Seed = 3 }
                  let alone = train<float32> machines.Value[0] case (Optimizer.Adam Adam.standard)

                  Expect.sameBits
                      "two threads"
                      alone
                      (train<float32> machines.Value[1] case (Optimizer.Adam Adam.standard))

                  Expect.sameBits
                      "three threads"
                      alone
                      (train<float32> machines.Value[2] case (Optimizer.Adam Adam.standard)))
          lawTried
              40
              "A step on a short batch is a step of a trainer of that size"
              (fun (case: Case) (optimizer: Optimizer) (extra: uint8) ->
                  let train batch =
                      let trainer =
                          Trainer<float>(
                              Model<float>(case.Network, Case.parameters case),
                              trainingOf optimizer,
                              batch,
                              Machines.alone
                          )

                      let losses =
                          [| for _ in 1..3 ->
                                 trainer.Step(ReadOnlySpan(Case.inputs case), ReadOnlySpan(Case.targets case)) |]

                      losses, (trainer.Snapshot()).Parameters.Values

                  let losses, parameters = train case.Rows
                  let longLosses, longParameters = train (case.Rows + int extra % 40)
                  Expect.sameBits "losses" losses longLosses
                  Expect.sameBits "parameters" parameters longParameters)
          lawTried
              40
              "A step on labels is a step on their indicator rows, and on themselves where one output stands for two"
              (fun (case: Case) ->
                  let outputs, random = Network.outputs case.Network, Random case.Seed
                  let labels = Array.init case.Rows (fun _ -> random.Next(max 2 outputs))
                  let indicators label = Array.init outputs (fun j -> if j = label then 1.0 else 0.0)

                  let t =
                      labels
                      |> Array.collect (fun label -> if outputs = 1 then [| float label |] else indicators label)

                  let trainer () =
                      Trainer<float>(
                          Model<float>(case.Network, Case.parameters case),
                          Training.Default,
                          case.Rows,
                          Machines.alone
                      )

                  let byLabels, byTargets = trainer (), trainer ()
                  let x = Case.inputs case
                  let loss = byLabels.Step(ReadOnlySpan x, labels = ReadOnlySpan labels)
                  Expect.sameBits "loss" [| byTargets.Step(ReadOnlySpan x, values = ReadOnlySpan t) |] [| loss |]

                  Expect.sameBits
                      "parameters"
                      (byTargets.Snapshot()).Parameters.Values
                      (byLabels.Snapshot()).Parameters.Values)
          lawTried
              40
              "Evaluating trains nothing, and gives the loss the next step reports"
              (fun (case: Case) (optimizer: Optimizer) ->
                  let trainer =
                      Trainer<float>(
                          Model<float>(case.Network, Case.parameters case),
                          trainingOf optimizer,
                          case.Rows,
                          Machines.alone
                      )

                  let x, t = Case.inputs case, Case.targets case
                  trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore
                  let before = (trainer.Snapshot()).Parameters.Values
                  let loss = trainer.Evaluate(ReadOnlySpan x, ReadOnlySpan t)
                  Expect.sameBits "parameters" before (trainer.Snapshot()).Parameters.Values
                  Expect.equal 1 trainer.Steps
                  Expect.sameBits "loss" [| loss |] [| trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |])
          lawTried 40 "A snapshot is a copy that further training does not touch" (fun (case: Case) ->
              let trainer =
                  Trainer<float>(
                      Model<float>(case.Network, Case.parameters case),
                      Training.Default,
                      case.Rows,
                      Machines.alone
                  )

              let snapshot = trainer.Snapshot()
              Expect.sameBits "parameters" (Case.parameters case).Values snapshot.Parameters.Values
              trainer.Step(ReadOnlySpan(Case.inputs case), ReadOnlySpan(Case.targets case)) |> ignore
              Expect.sameBits "parameters" (Case.parameters case).Values snapshot.Parameters.Values)
          eachNamed "The second step allocates nothing" losses (fun (loss: Loss, optimizer: Optimizer) ->
              let network =
                  Network.input 33
                  |> Network.dense 17 Activation.ReLU
                  |> Network.dense 9 Activation.Tanh
                  |> Network.dense 4 Activation.Sigmoid

              let case = { Network = Network.withLoss loss network; Rows = 40; Scale = 1.0; Seed = 1 }
              let x, t = Generate.convert<float32>(Case.inputs case), Generate.convert<float32>(Case.targets case)

              // The bytes that the second step of a fresh trainer allocates.
              let bytes machine =
                  let model = Model.initialize<float32> 1UL case.Network
                  let trainer = Trainer<float32>(model, trainingOf optimizer, 40, machine)
                  trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore
                  Expect.bytesOf (fun () -> trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore)

              for machine in machines.Value do
                  Expect.noBytes (fun () -> bytes machine))
          test "Sizes that do not fit are refused by name with both sizes, and nothing is trained" (fun () ->
              let network = Network.input 3 |> Network.dense 2 Activation.Identity
              let trainer = Trainer<float>(Model.initialize<float> 1UL network, Training.Default, 4, Machines.alone)
              let zeros count = Array.zeroCreate<float> count

              let refused (name: string) (sizes: string list) (action: unit -> unit) =
                  let error = Expect.raises<ArgumentException> action
                  Expect.equal name (string error.ParamName)
                  Expect.mentions sizes error.Message

              let step (x: int) (t: int) () =
                  trainer.Step(ReadOnlySpan(zeros x), values = ReadOnlySpan(zeros t)) |> ignore

              let stepLabels (x: int) (labels: int[]) () =
                  trainer.Step(ReadOnlySpan(zeros x), labels = ReadOnlySpan labels) |> ignore

              refused "features" [ "7"; "3" ] (step 7 4)
              refused "features" [ "0"; "3" ] (step 0 0)
              refused "features" [ "5"; "4" ] (step 15 10)
              refused "values" [ "3"; "2" ] (step 6 3)
              refused "labels" [ "3"; "2" ] (stepLabels 6 [| 0; 1; 0 |])
              refused "labels" [ "2 "; "row 1"; "2 classes" ] (stepLabels 6 [| 0; 2 |])
              refused "labels" [ "-1"; "row 0" ] (stepLabels 6 [| -1; 0 |])

              let single =
                  Network.input 3 |> Network.dense 1 Activation.Identity |> Network.withLoss Loss.BinaryCrossEntropy

              let alone = Trainer<float>(Model.initialize<float> 1UL single, Training.Default, 4, Machines.alone)
              let stepAlone () = alone.Step(ReadOnlySpan(zeros 6), labels = ReadOnlySpan [| 1; 2 |]) |> ignore
              refused "labels" [ "2 "; "row 1"; "2 classes" ] stepAlone

              refused "values" [ "5"; "2" ] (fun () ->
                  trainer.Evaluate(ReadOnlySpan(zeros 6), ReadOnlySpan(zeros 5)) |> ignore)

              Expect.raises<ArgumentOutOfRangeException>(fun () -> trainer.StepLoaded 5 |> ignore) |> ignore
              Expect.raises<ArgumentOutOfRangeException>(fun () -> trainer.StepLoaded 0 |> ignore) |> ignore
              Expect.equal 0 trainer.Steps

              Expect.sameBits
                  "parameters"
                  (Parameters.initialize<float> 1UL network).Values
                  (trainer.Snapshot()).Parameters.Values)
          states
              [ 58 ]
              (test "Plain descent on a convex quadratic never raises the loss" (fun () ->
                  let random = Random 5
                  let x = Array.init (30 * 4) (fun _ -> Generate.normal random)
                  let t = Array.init 30 (fun row -> x[row * 4] - 2.0 * x[row * 4 + 1] + 0.5)
                  // The largest eigenvalue of (2/n) XᵀX with the bias column is at most its trace.
                  let bound = 2.0 / 30.0 * (Array.sumBy (fun x -> x * x) x + 30.0)
                  let network = Network.input 4 |> Network.dense 1 Activation.Identity
                  let training = Training.Default.With(Optimizer.SGD).With(Schedule.Constant(1.0 / bound))
                  let trainer = Trainer<float>(Model.initialize<float> 1UL network, training, 30, Machines.alone)
                  let losses = List.init 200 (fun _ -> trainer.Step(ReadOnlySpan x, ReadOnlySpan t))
                  Expect.equal (List.sortDescending losses) losses
                  Expect.that (List.last losses < 0.01 * List.head losses) "nothing was learned")) ])
