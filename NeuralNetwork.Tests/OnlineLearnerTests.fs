/// A model that learns from a stream: what it learns, what it refuses, and that any number of threads may call.
module NeuralNetwork.Tests.OnlineLearnerTests

open System
open System.Collections.Generic
open System.Threading
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Plans

let private rowOf (width: int) (row: int) (values: 'T[]) = ReadOnlySpan(values, row * width, width)

/// Whether a learner does what it is asked to: the exponential of a Poisson loss may take a step that is too long, which is refused.
let private isDone (network: Network) (action: unit -> unit) : bool =
    try
        action ()
        true
    with :? ArithmeticException when network.Loss.IsPoisson ->
        false

/// A learner that is fed row by row until it has them all or refuses a step, and a trainer that makes a step on each batch of the rows
/// that were learned.
let private bothOf<'T> (case: Case) (optimizer: Optimizer) (batch: int) (areLabels: bool) =
    let plain = Model<'T>(case.Network, Parameters.convert (Case.parameters case))
    let model = plain.With(RawRowTests.preprocessingOf case, [||])
    let training = Case.trainingOf case optimizer
    let training = training.WithShards(min training.Shards (Training.mostShards case.Network batch))
    let learner = OnlineLearner<'T>(model, training, batch, Machines.alone)
    let trainer = Trainer<'T>(model, training, batch, Machines.alone)
    let inputs, outputs, random = case.Network.Inputs, Network.outputs case.Network, Random case.Seed
    let x, t = Generate.convert<'T>(Case.inputs case), Generate.convert<'T>(Case.targets case)
    let labels = Array.init case.Rows (fun _ -> random.Next(max 2 outputs))
    let answers = Array.zeroCreate<'T> outputs

    let learn (row: int) () =
        if areLabels then
            learner.Learn(rowOf inputs row x, labels[row])
        else
            learner.Learn(rowOf inputs row x, rowOf outputs row t)

        // An answer in between changes nothing.
        learner.Predict(rowOf inputs row x, Span answers)

    let fed = Seq.length (Seq.takeWhile (fun row -> isDone case.Network (learn row)) (seq { 0 .. case.Rows - 1 }))
    // The row that completes a batch that is refused goes with those that wait.
    let rest = if fed = case.Rows then fed % batch else 0
    Expect.equal rest learner.Pending
    let mutable flushed = 0
    let isFlushed = isDone case.Network (fun () -> flushed <- learner.Flush())
    let isEnough = rest > 1 || not (Network.hasBatchNorm case.Network)
    Expect.equal (if isFlushed && isEnough then rest else 0) flushed
    let rows = fed / batch * batch + flushed
    Expect.equal (int64 rows) learner.Rows
    let mutable loss = nan

    for start in 0..batch .. rows - 1 do
        let count = min batch (rows - start)
        let features = ReadOnlySpan(x, start * inputs, count * inputs)

        if areLabels then
            loss <- trainer.Step(features, ReadOnlySpan(labels, start, count))
        else
            loss <- trainer.Step(features, ReadOnlySpan(t, start * outputs, count * outputs))

    Expect.sameBits "loss" [| loss |] [| learner.Loss |]

    learner, trainer

let private isAlike<'T> (case: Case) (optimizer: Optimizer) (batch: int) (areLabels: bool) =
    let learner, trainer = bothOf<'T> case optimizer batch areLabels
    let expected, found = trainer.Snapshot(), learner.Model
    Expect.sameBits "parameters" expected.Parameters.Values found.Parameters.Values
    Expect.sameBits "statistics" expected.Parameters.Statistics found.Parameters.Statistics
    Expect.equal (int64 trainer.Steps) learner.Steps

    // The managed product, as a model has it for up to 8 rows.
    let x = Generate.convert<'T>(Case.inputs case)
    let row = rowOf case.Network.Inputs 0 x
    let answers = Array.zeroCreate<'T>(Network.outputs case.Network)
    learner.Predict(row, Span answers)
    Expect.sameBits "prediction" (found.Predict row) answers

    if found.IsClassifier then
        Expect.equal (found.Classify row) (learner.Classify row)

// Rows by name -----------------------------------------------------------------------------------------------------------

/// A number, a category, and a class that is learned.
let private churn =
    let network =
        Network.input 3
        |> Network.dense 4 Activation.Tanh
        |> Network.dense 2 Activation.Identity
        |> Network.withLoss Loss.SoftmaxCrossEntropy

    let preprocessing =
        { Preprocessing.Standardized([| 40.1; 0.3; 0.7 |], [| 11.7; 0.4; 0.6 |]) with
            Columns = [ Column.Number("age", 38.5); Column.Category("job", [| "clerk"; "nurse" |]) ]
            Targets = [| "churn" |] }

    (Model.initialize<float32> 3UL network).With(preprocessing, [| "stays"; "leaves" |])

/// The same with a batch norm.
let private normed =
    let network =
        Network.input 3
        |> Network.dense 4 Activation.Identity
        |> Network.batchNorm BatchNorm.standard
        |> Network.activate Activation.Tanh
        |> Network.dense 2 Activation.Identity
        |> Network.withLoss Loss.SoftmaxCrossEntropy

    (Model.initialize<float32> 3UL network).With(churn.Preprocessing, churn.Labels)

let private training = Training.Default.With(Schedule.Constant 0.05)
let private learnerOf (model: Model<'T>) (batch: int) = OnlineLearner<'T>(model, training, batch, Machines.alone)

let private cells (age: float) (job: string) : IReadOnlyDictionary<string, RowCell> =
    readOnlyDict [ "job", RowCell.Of job; "age", RowCell.Of age ]

let private reader =
    RowReader<struct (float * string)>()
        .With("age", fun (struct (age, _)) -> RowCell.Of age)
        .With("job", fun (struct (_, job)) -> RowCell.Of job)

/// People whose ages are float32 to the bit, so that the features of a span are those of the cells.
let private people =
    let random = Random 6

    [| for _ in 1..40 ->
           let age, isNurse = float (20 + random.Next 50) + 0.5, random.Next 2
           struct (age, isNurse, (if age + 10.0 * float isNurse > 45.0 then 1 else 0)) |]

let private featuresOf (struct (age: float, isNurse: int, _: int)) =
    [| float32 age; float32 (1 - isNurse); float32 isNurse |]

let private jobOf (isNurse: int) = if isNurse = 1 then "nurse" else "clerk"
let private labelOf (label: int) = if label = 1 then "leaves" else "stays"

// What is refused ----------------------------------------------------------------------------------------------------------

type private Churn = OnlineLearner<float32>

let private learnRow (x: float32[]) (label: int) (learner: Churn) = learner.Learn(ReadOnlySpan x, label)
let private learnValues (x: float32[]) (t: float32[]) (learner: Churn) = learner.Learn(ReadOnlySpan x, ReadOnlySpan t)
let private learnCells row (target: RowCell) (learner: Churn) = learner.Learn((row: IReadOnlyDictionary<_, _>), target)

let private refused: (string * ((Churn -> unit) * string list)) list =
    [ "NaN", (learnRow [| 41f; nanf; 1f |] 0, [ "feature 1 (column 'job') is NaN" ])
      "no end", (learnRow [| infinityf; 0f; 1f |] 0, [ "feature 0 (column 'age') is Infinity" ])
      "too few features", (learnRow [| 1f; 2f |] 0, [ "2 features"; "row of 3" ])
      "the features of two rows", (learnRow [| 1f; 2f; 3f; 4f; 5f; 6f |] 0, [ "6 features"; "row of 3" ])
      "no features", (learnRow [||] 0, [ "0 features" ])
      "a label below the classes", (learnRow [| 41f; 0f; 1f |] -1, [ "label -1 is none of 2 classes" ])
      "a label above the classes", (learnRow [| 41f; 0f; 1f |] 2, [ "label 2 is none of 2 classes" ])
      "a value that is none", (learnValues [| 41f; 0f; 1f |] [| 0f; nanf |], [ "value 1 is NaN" ])
      "too few values", (learnValues [| 41f; 0f; 1f |] [| 1f |], [ "1 values for a row of 2" ])
      "a category of no row",
      (learnCells (cells 41.0 "baker") (RowCell.Of "stays"), [ "column 'job': 'baker'"; "'nurse'" ])
      "no cell for a column",
      (learnCells (readOnlyDict [ "age", RowCell.Of 3.0 ]) (RowCell.Of "stays"), [ "no cell for 'job'" ])
      "a text for a number",
      (learnCells (readOnlyDict [ "age", RowCell.Of "old"; "job", RowCell.Of "nurse" ]) (RowCell.Of "stays"),
       [ "column 'age': 'old'" ])
      "a number beyond float32", (learnCells (cells 1e300 "nurse") (RowCell.Of "stays"), [ "feature 0 (column 'age')" ])
      "another class",
      (learnCells (cells 41.0 "nurse") (RowCell.Of "goes"), [ "column 'churn': 'goes'"; "'stays', 'leaves'" ])
      "no class", (learnCells (cells 41.0 "nurse") RowCell.Missing, [ "column 'churn'"; "missing" ]) ]

// Threads ----------------------------------------------------------------------------------------------------------------

let private tiny =
    let network =
        Network.input 2
        |> Network.dense 3 Activation.Tanh
        |> Network.dense 2 Activation.Identity
        |> Network.withLoss Loss.SoftmaxCrossEntropy

    Model.initialize<float32> 1UL network

/// So many threads that do the same at the same time, six rounds of it; gives the bytes that each of the last five allocates. In the
/// first a thread gets what every thread has, as the table of its statics.
let private together (threads: int) (round: int -> unit) : int64[][] =
    use start = new Barrier(threads)
    let found = Array.create threads [||]

    Threads.together threads (fun thread ->
        start.SignalAndWait()
        round thread
        found[thread] <- Expect.allocated (fun () -> round thread))

    found

/// So many rows from eight threads, of which none may be lost; gives the rounds of each thread that allocate.
let private bytesFromEight (rows: int) : int64[][] =
    let learner = learnerOf tiny 32
    let each = rows / 8 / 6
    // One row to each thread, made before it is measured.
    let xs = Array.init 8 (fun thread -> [| 0.1f * float32 thread; 0.5f |])

    let learn (thread: int) =
        for row in 0 .. each - 1 do
            learner.Learn(ReadOnlySpan xs[thread], (thread + row) % 2)

    let bytes = together 8 learn
    let all = int64 (8 * 6 * each)
    Expect.equal all (learner.Rows + int64 learner.Pending)
    Expect.equal (all / 32L) learner.Steps
    Expect.equal (int (all % 32L)) learner.Pending
    Expect.that (Parameters.isFinite learner.Model.Parameters) "a number is not finite"
    bytes

/// Code that the runtime has not yet made fast puts numbers into boxes: what has not been steady is measured again.
let private fromEight (rows: int) =
    let rec measure (attempts: int) =
        let bytes = bytesFromEight rows

        if Array.forall Expect.isSteady bytes then
            note $"{rows} rows from 8 threads, {Array.sumBy Array.sum bytes} bytes"
        elif attempts > 1 then
            Thread.Sleep 300
            measure (attempts - 1)
        else
            Expect.fail $"%A{bytes} bytes in rounds of {rows / 48} rows"

    measure 4

let tests =
    group
        "OnlineLearner"
        [ states
              [ 87 ]
              (lawTried
                  60
                  "A learner fed row by row is a trainer fed by batches, in every bit"
                  (fun (case: Case) (optimizer: Optimizer) (size: uint8) ->
                      let case = Case.multiply (Case.enrich { case with Rows = 2 + case.Rows })

                      // A softmax over one output is refused.
                      let case =
                          if (Classes.outputDefect case.Network).IsSome then
                              { case with Network = Network.withLoss Loss.BinaryCrossEntropy case.Network }
                          else
                              case

                      let batch = 2 + int size % 12
                      isAlike<float> case optimizer batch false
                      isAlike<float32> case optimizer batch false))
          states
              [ 87 ]
              (lawTried
                  40
                  "Classes are learned as a trainer learns them, in every bit"
                  (fun (case: Case) (optimizer: Optimizer) (size: uint8) ->
                      let loss = if case.Seed % 2 = 0 then Loss.BinaryCrossEntropy else Loss.Hinge
                      let case = { case with Network = Network.withLoss loss case.Network }
                      isAlike<float32> case optimizer (1 + int size % 12) true))
          test "Rows by name, rows of the app's own type and rows of features are learned alike" (fun () ->
              let byFeatures, byName, byReader = learnerOf churn 8, learnerOf churn 8, learnerOf churn 8

              for person in people do
                  let struct (age, isNurse, label) = person
                  byFeatures.Learn(ReadOnlySpan(featuresOf person), label)
                  byName.Learn(cells age (jobOf isNurse), RowCell.Of(labelOf label))
                  byReader.Learn(struct (age, jobOf isNurse), reader, RowCell.Of(labelOf label))

              let expected = byFeatures.Model.Parameters.Values
              Expect.equal 5L byFeatures.Steps
              Expect.that (expected <> churn.Parameters.Values) "nothing was learned"
              Expect.sameBits "by name" expected byName.Model.Parameters.Values
              Expect.sameBits "by reader" expected byReader.Model.Parameters.Values
              let row, own = cells 41.5 "nurse", struct (41.5, "nurse")
              let found = byFeatures.Classify(ReadOnlySpan [| 41.5f; 0f; 1f |])
              Expect.equal found (byFeatures.Classify row)
              Expect.equal found (byFeatures.Classify(own, reader))
              Expect.equal found (byFeatures.Model.Classify row)
              Expect.equal (byFeatures.Model.Predict row) (byFeatures.Predict row)
              Expect.equal (byFeatures.Predict row) (byFeatures.Predict(own, reader)))
          test "A value by name is learned in its units" (fun () ->
              let network = Network.input 1 |> Network.dense 1 Activation.Identity

              let preprocessing =
                  { Preprocessing.Named(Column.Number("area", nan)) with
                      Targets = [| "price" |]
                      TargetShift = [| 300.0 |]
                      TargetScale = [| 64.0 |] }

              let model = (Model.initialize<float> 1UL network).With(preprocessing, [||])
              let byName, byFeatures = learnerOf model 4, learnerOf model 4

              for area in 1.0 .. 8.0 do
                  byName.Learn(readOnlyDict [ "area", RowCell.Of area ], RowCell.Of(250.0 + 20.0 * area))
                  byFeatures.Learn(ReadOnlySpan [| area |], ReadOnlySpan [| 250.0 + 20.0 * area |])

              Expect.equal 2L byName.Steps
              Expect.sameBits "parameters" byFeatures.Model.Parameters.Values byName.Model.Parameters.Values

              let error =
                  Expect.raises<ArgumentException>(fun () ->
                      byName.Learn(readOnlyDict [ "area", RowCell.Of 1.0 ], RowCell.Of "dear"))

              Expect.mentions [ "column 'price': 'dear'"; "number" ] error.Message

              let error = Expect.raises<InvalidOperationException>(fun () -> byName.Learn(ReadOnlySpan [| 1.0 |], 1))

              Expect.mentions [ "values, not classes" ] error.Message)
          eachNamed
              "A row that cannot be learned is refused in words, and the others learn as if it had not come"
              refused
              (fun (bad: Churn -> unit, words: string list) ->
                  let learner, untouched = learnerOf churn 4, learnerOf churn 4

                  for place in 0 .. people.Length - 1 do
                      let struct (_, _, label) = people[place]
                      let features = featuresOf people[place]
                      let error = Expect.raises<ArgumentException>(fun () -> bad learner)
                      Expect.mentions words error.Message
                      Expect.equal (place % 4) learner.Pending
                      learner.Learn(ReadOnlySpan features, label)
                      untouched.Learn(ReadOnlySpan features, label)

                  Expect.equal (untouched.Rows, untouched.Steps) (learner.Rows, learner.Steps)
                  Expect.sameBits "parameters" untouched.Model.Parameters.Values learner.Model.Parameters.Values)
          eachNamed
              "A step whose loss or gradient is not finite is not made, and the others are learned as if its rows had not come"
              [ // In range each, and outside of it in their sum.
                "without batch norms", (churn, [| 3e38f; 0f; 1f |], [| 3e38f; 3e38f |])
                "with batch norms", (normed, [| 3e38f; 0f; 1f |], [| 3e38f; 3e38f |])
                // A loss and a gradient that are finite, for the batch norm divides by this variance.
                "a variance", (normed, [| 1e25f; 0f; 1f |], [| 0f; 1f |]) ]
              (fun (model: Model<float32>, features: float32[], values: float32[]) ->
                  let learner, untouched = learnerOf model 4, learnerOf model 4

                  let learn (learner: Churn) =
                      for person in people do
                          let struct (_, _, label) = person
                          learner.Learn(ReadOnlySpan(featuresOf person), label)

                  learn learner
                  learn untouched

                  for _ in 1..3 do
                      learner.Learn(ReadOnlySpan [| 1f; 1f; 0f |], 1)

                  let error =
                      Expect.raises<ArithmeticException>(fun () ->
                          learner.Learn(ReadOnlySpan features, ReadOnlySpan values))

                  Expect.mentions [ "after number 10 "; "not finite"; "4 rows are dropped" ] error.Message
                  Expect.equal (0, untouched.Rows, untouched.Steps) (learner.Pending, learner.Rows, learner.Steps)
                  let before, after = untouched.Model.Parameters, learner.Model.Parameters
                  Expect.sameBits "parameters" before.Values after.Values
                  Expect.sameBits "statistics" before.Statistics after.Statistics
                  learn learner
                  learn untouched
                  Expect.sameBits "afterwards" untouched.Model.Parameters.Values learner.Model.Parameters.Values)
          test "A gradient whose squares are finite, and their sum is not, makes no step" (fun () ->
              // Of 16 weights at 0 the gradient is -2·t·x each, or half of it: 6e18 or more, and 3.6e37 in the square.
              let network = Network.input 16 |> Network.dense 1 Activation.Identity
              let model = Model<float32>(network, Parameters.zeros network)
              let clipped = { training with Optimizer = Optimizer.SGD; Clipping = Clipping.GlobalNorm 1.0 }
              let learner = OnlineLearner<float32>(model, clipped, 1, Machines.alone)
              let features = Array.create 16 1e10f

              let error =
                  Expect.raises<ArithmeticException>(fun () ->
                      learner.Learn(ReadOnlySpan features, ReadOnlySpan [| 6e8f |]))

              Expect.mentions [ "squares of a gradient" ] error.Message
              Expect.equal (0, 0L, 0L) (learner.Pending, learner.Rows, learner.Steps)
              learner.Learn(ReadOnlySpan features, ReadOnlySpan [| 1e8f |])
              Expect.equal 1L learner.Steps
              Expect.that (learner.Model.Parameters.Values[0] > 0f) "nothing was learned")
          test "A step that breaks off leaves no row that waits, and the statistics as they were" (fun () ->
              let multiplications = ref Int32.MaxValue
              let whole = Managed<float32>.Product

              let breaking =
                  { new Product<float32>() with
                      member _.Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) =
                          multiplications.Value <- multiplications.Value - 1

                          if multiplications.Value = 0 then
                              raise (TimeoutException "no answer")

                          whole.Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) }

              let backend = Backend("breaking", "", "", "", breaking, Managed<float>.Product)
              use machine = new Machine(backend, 1)
              let learner, untouched = OnlineLearner<float32>(normed, training, 4, machine), learnerOf normed 4

              let learn (learner: Churn) =
                  for person in people do
                      let struct (_, _, label) = person
                      learner.Learn(ReadOnlySpan(featuresOf person), label)

              for _ in 1..3 do
                  learner.Learn(ReadOnlySpan [| 1f; 1f; 0f |], 1)

              // The second product comes after the batch norm.
              multiplications.Value <- 2

              Expect.raises<TimeoutException>(fun () -> learner.Learn(ReadOnlySpan [| 9f; 0f; 1f |], 0)) |> ignore

              Expect.equal (0, 0L, 0L) (learner.Pending, learner.Rows, learner.Steps)
              learn learner
              learn untouched
              let expected, found = untouched.Model.Parameters, learner.Model.Parameters
              Expect.sameBits "parameters" expected.Values found.Values
              Expect.sameBits "statistics" expected.Statistics found.Statistics)
          test "Rows that wait are in no model until they are flushed" (fun () ->
              let learner = learnerOf tiny 4
              Expect.equal 0 (learner.Flush())
              Expect.that (Double.IsNaN learner.Loss) "a loss before the first step"
              learner.Learn(ReadOnlySpan [| 1f; 0f |], 1)
              Expect.sameBits "parameters" tiny.Parameters.Values learner.Model.Parameters.Values
              Expect.equal (0L, 0L, 1) (learner.Rows, learner.Steps, learner.Pending)
              Expect.equal 1 (learner.Flush())
              Expect.equal (1L, 1L, 0) (learner.Rows, learner.Steps, learner.Pending)
              Expect.that (learner.Loss > 0.0) "no loss after a step"
              Expect.that (tiny.Parameters.Values <> learner.Model.Parameters.Values) "nothing was learned")
          test "Batches of one row are refused where there are batch norms, and one row that is left waits" (fun () ->
              let network =
                  Network.input 2
                  |> Network.dense 3 Activation.Identity
                  |> Network.batchNorm BatchNorm.standard
                  |> Network.dense 2 Activation.Identity
                  |> Network.withLoss Loss.SoftmaxCrossEntropy

              let model = Model.initialize<float32> 1UL network
              let error = Expect.raises<ArgumentException>(fun () -> learnerOf model 1 |> ignore)
              Expect.equal "batch" (string error.ParamName)
              Expect.mentions [ "variance" ] error.Message
              let learner = learnerOf model 2
              learner.Learn(ReadOnlySpan [| 1f; 0f |], 1)
              Expect.equal (0, 1) (learner.Flush(), learner.Pending)
              learner.Learn(ReadOnlySpan [| 0f; 0f |], 0)
              Expect.equal (0, 1L) (learner.Pending, learner.Steps))
          test "A model without names of columns, or with several values, says so" (fun () ->
              let nameless = learnerOf tiny 2

              Expect.raises<InvalidOperationException>(fun () -> nameless.Learn(cells 1.0 "nurse", RowCell.Of "0"))
              |> fun error -> Expect.mentions [ "have no names" ] error.Message

              let two = Network.input 1 |> Network.dense 2 Activation.Identity
              let named = Preprocessing.Named(Column.Number("area", nan))
              let learner = learnerOf ((Model.initialize<float32> 1UL two).With(named, [||])) 2

              Expect.raises<InvalidOperationException>(fun () ->
                  learner.Learn(readOnlyDict [ "area", RowCell.Of 1.0 ], RowCell.Of 1.0))
              |> fun error -> Expect.mentions [ "2 values" ] error.Message)
          eachNamed
              "Rows, steps and answers allocate nothing"
              [ "without batch norms", churn; "with batch norms", normed ]
              (fun (model: Model<float32>) ->
                  let learner = learnerOf model 4
                  let x, y, own = [| 41f; 0f; 1f |], Array.zeroCreate<float32> 2, struct (33.5, "clerk")
                  let leaves = RowCell.Of "leaves"

                  let work () =
                      for _ in 1..6 do
                          learner.Learn(ReadOnlySpan x, 1)
                          learner.Learn(ReadOnlySpan x, ReadOnlySpan y)
                          learner.Learn(own, reader, leaves)
                          learner.Predict(ReadOnlySpan x, Span y)
                          learner.Classify(ReadOnlySpan x) |> ignore
                          learner.Classify(own, reader) |> ignore

                  work ()
                  Expect.nothingAllocated work)
          states
              [ 88 ]
              (test "Rows from eight threads are all learned, and allocate nothing" (fun () -> fromEight 96_000))
          |> alone
          // At a rate of 0 nothing changes: whatever the others learn meanwhile, an answer is that of the model.
          test "Answers among the rows of other threads are right" (fun () ->
              let still = { Training.Default with Rate = Schedule.Constant 0.0; Optimizer = Optimizer.SGD }
              let learner = OnlineLearner<float32>(churn, still, 4, Machines.alone)
              let expected = people |> Array.map (fun person -> churn.Classify(ReadOnlySpan(featuresOf person)))
              let wrong = ref 0

              together 6 (fun thread ->
                  for place in 0 .. people.Length - 1 do
                      let struct (_, _, label) = people[place]
                      let features = featuresOf people[place]

                      if thread % 2 = 0 then
                          learner.Learn(ReadOnlySpan features, label)
                      elif learner.Classify(ReadOnlySpan features) <> expected[place] then
                          Interlocked.Increment(&wrong.contents) |> ignore)
              |> ignore

              Expect.equal 0 wrong.Value
              Expect.equal (int64 (3 * 6 * people.Length / 4)) learner.Steps
              Expect.sameBits "parameters" churn.Parameters.Values learner.Model.Parameters.Values) ]

/// What takes seconds.
let deep =
    group
        "OnlineLearner"
        [ states
              [ 88 ]
              (test "More than a million rows from eight threads are all learned, and allocate nothing" (fun () ->
                  fromEight 1_200_000)) ]
