/// What an app in C# uses: models from streams and files, training in process, and no types of F# on the way.
module NeuralNetwork.Tests.EmbeddingTests

open System
open System.Collections.Generic
open System.IO
open System.Reflection
open System.Threading
open Microsoft.FSharp.Core
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

let private points = [| 0.0f; 0.0f; 0.0f; 1.0f; 1.0f; 0.0f; 1.0f; 1.0f |]
let private isOdd = [| 0; 1; 1; 0 |]
let private data = Dataset.Of(points, isOdd, 2)

let private network = Network.Input(2).Dense(16, Activation.Tanh).Dense(2).With(Loss.SoftmaxCrossEntropy)

let private how = Training.Default.With(Optimizers.Adam()).With(Schedules.Constant 0.05)
let private options = FitOptions.Of(epochs = 60, batchSize = 4)

/// IProgress that keeps what it is told, at once.
type private Kept<'Report>(act: 'Report -> unit) =
    let reports = List<'Report>()
    member _.Reports = reports

    interface IProgress<'Report> with
        member _.Report report =
            reports.Add report
            act report

let private await (task: System.Threading.Tasks.Task<'T>) = task.GetAwaiter().GetResult()

let private saved (model: Model<'T>) =
    use stream = new MemoryStream()
    model.Save stream
    stream.ToArray()

/// The types that an app in C# meets when it describes, trains, loads and asks.
let private face: Type list =
    [ typedefof<Model<_>>
      typeof<Model>
      typedefof<Trainer<_>>
      typedefof<OnlineLearner<_>>
      typedefof<Fitted<_>>
      typeof<GradientFindings>
      typeof<Fluent>
      typeof<Optimizers>
      typeof<Schedules>
      typeof<Activations>
      typeof<Losses>
      typeof<Penalties>
      typeof<Clippings>
      typeof<Network>
      typeof<Training>
      typeof<Dataset>
      typeof<FitOptions>
      typeof<EpochReport>
      typeof<StepReport>
      typeof<Score>
      typeof<Classification>
      typeof<Preprocessing> ]

/// What may have a type of F#: the lists inside descriptions, which C# builds and never writes, and the trainer's state.
let private allowed =
    set
        [ "Network.Layers"
          "Network..ctor"
          "Training.LayerPenalties"
          "Training..ctor"
          "Preprocessing.Columns"
          "Preprocessing..ctor"
          "Trainer`1.Slots"
          "Trainer`1.Restore" ]

let rec private isOfFSharp (t: Type) : bool =
    let name = string t.FullName

    name.StartsWith "Microsoft.FSharp"
    || name.StartsWith "System.Tuple`"
    || (t.HasElementType && isOfFSharp (nonNull (t.GetElementType())))
    || (t.IsGenericType && Array.exists isOfFSharp (t.GetGenericArguments()))

let private typesOf (one: MemberInfo) : Type list =
    match one with
    | :? MethodInfo as method ->
        method.ReturnType :: [ for parameter in method.GetParameters() -> parameter.ParameterType ]
    | :? ConstructorInfo as constructor -> [ for parameter in constructor.GetParameters() -> parameter.ParameterType ]
    | :? PropertyInfo as property -> [ property.PropertyType ]
    | :? FieldInfo as field -> [ field.FieldType ]
    | _ -> []

let tests =
    group
        "Embedding"
        [ states
              [ 60 ]
              (lawTried 30 "A model that was saved and loaded predicts the same bits" (fun (case: Case) ->
                  let model, x = Model<float>(case.Network, Case.parameters case), Case.inputs case
                  use stream = new MemoryStream(saved model)

                  Expect.sameBits
                      "prediction"
                      (model.Predict(ReadOnlySpan x))
                      (Model.Load<float>(stream).Predict(ReadOnlySpan x))))
          test "A model is loaded in the precision that is asked for, from a file, too" (fun () ->
              let model = network.Init<float> 1UL
              let path = Path.GetTempFileName()
              File.WriteAllBytes(path, saved model)
              let single = Model.Load<float32> path
              File.Delete path
              let expected = model.Predict(ReadOnlySpan [| 0.5; -1.0 |])
              let found = single.Predict(ReadOnlySpan [| 0.5f; -1.0f |])
              Array.iter2 (fun expected found -> Expect.within 1e-6 expected (float found)) expected found)
          test "A file that is no model is refused by its name and what is wrong" (fun () ->
              let path = Path.GetTempFileName()
              File.WriteAllText(path, "no model")
              let error = Expect.raises<InvalidDataException>(fun () -> Model.Load<float32> path |> ignore)
              File.Delete path
              Expect.mentions [ path; ":" ] error.Message
              use stream = new MemoryStream(saved (network.Init<float32> 1UL))
              Expect.raises<NotSupportedException>(fun () -> Model.Load<int> stream |> ignore) |> ignore)
          test "Numbers that a float cannot hold are refused, not made infinite" (fun () ->
              let model = network.Init<float> 1UL
              model.Parameters.Values[3] <- 1e39
              use stream = new MemoryStream(saved model)
              let error = Expect.raises<InvalidDataException>(fun () -> Model.Load<float32> stream |> ignore)
              Expect.mentions [ "Single"; "Double" ] error.Message
              use again = new MemoryStream(saved model)
              Expect.equal 1e39 (Model.Load<float>(again).Parameters.Values[3]))
          lawTried
              60
              "The class of a row is the class that measures give it, and its probability is predicted"
              (fun (case: Case) ->
                  let labels = Array.init (max 2 case.Network.Outputs) (fun place -> $"class {place}")
                  let model = Model<float>(case.Network, Case.parameters case).With(Preprocessing.None, labels)

                  for row in Array.chunkBySize case.Network.Inputs (Case.inputs case) do
                      let predicted = model.Predict(ReadOnlySpan row)
                      let found = model.Classify(ReadOnlySpan row)
                      Expect.equal [| found.Class |] (Metrics.classesOf case.Network predicted)
                      Expect.equal labels[found.Class] found.Label

                      match Loss.output case.Network.Loss with
                      | Output.Linear
                      | Output.Exponential -> Expect.that (Double.IsNaN found.Probability) "no probability"
                      | _ when predicted.Length > 1 -> Expect.equal predicted[found.Class] found.Probability
                      | _ ->
                          Expect.equal (if found.Class = 1 then predicted[0] else 1.0 - predicted[0]) found.Probability)
          test "Classes without names go by their numbers, values have none" (fun () ->
              Expect.that
                  (List.contains ((network.Init<float32> 1UL).Classify(ReadOnlySpan [| 1f; 2f |]).Label) [ "0"; "1" ])
                  "label"

              Expect.equal "0" ((network.With(Loss.Hinge).Init<float32> 1UL).Classify(ReadOnlySpan [| 0f; 0f |]).Label)
              let values = network.With(Loss.SquaredError).Init<float32> 1UL
              Expect.equal (true, false) ((network.Init<float32> 1UL).IsClassifier, values.IsClassifier)

              let error =
                  Expect.raises<InvalidOperationException>(fun () ->
                      values.Classify(ReadOnlySpan [| 1f; 2f |]) |> ignore)

              Expect.mentions [ "values" ] error.Message
              let short () = (network.Init<float32> 1UL).Classify(ReadOnlySpan [| 1f |]) |> ignore
              Expect.mentions [ "1 features"; "2" ] (Expect.raises<ArgumentException> short).Message)
          test "Classifying allocates nothing after the first call" (fun () ->
              let model = network.Init<float32> 1UL

              let classify count =
                  for _ in 1..count do
                      model.Classify(ReadOnlySpan(points, 0, 2)) |> ignore

              classify 100
              Expect.nothingAllocated (fun () -> classify 1000))
          test
              "Fit trains what Fit.run trains, tells every epoch and step, and leaves the model it began with"
              (fun () ->
                  let model = network.Init<float32> 3UL
                  let before = saved model
                  let epochs, steps = Kept<EpochReport> ignore, Kept<StepReport> ignore
                  let fitted = model.Fit(data, how, options, epochs, steps)
                  Expect.sameBits "model" before (saved model)
                  Expect.equal 60 epochs.Reports.Count
                  Expect.equal 60 steps.Reports.Count
                  Expect.equal 60 fitted.Epochs.Count
                  Expect.that fitted.End.IsFinished "it is not finished"

                  Expect.equal
                      [| 0; 1; 1; 0 |]
                      (points
                       |> Array.chunkBySize 2
                       |> Array.map (fun x -> fitted.Model.Classify(ReadOnlySpan x).Class))

                  Expect.equal 1.0 (fitted.Model.Evaluate data).Accuracy
                  let double = network.Init<float> 3UL
                  let trainer = Trainer<float>(double, how, 4)

                  for _ in 1..60 do
                      trainer.Step(ReadOnlySpan(Array.map float points), ReadOnlySpan isOdd) |> ignore

                  let ordered = { options with Shuffle = false }
                  let asDoubles = Dataset.Of(Array.map float points, isOdd, 2)

                  Expect.sameBits
                      "model"
                      (saved (trainer.Snapshot()))
                      (saved (double.Fit(asDoubles, how, ordered).Last)))
          test "Fit ends at the epoch that cancels it" (fun () ->
              use source = new CancellationTokenSource()

              let epochs =
                  Kept<EpochReport>(fun report ->
                      if report.Epoch = 5 then
                          source.Cancel())

              let fitted = (network.Init<float32> 3UL).Fit(data, how, options, epochs, cancel = source.Token)
              Expect.that fitted.End.IsCancelled "it is not cancelled"
              Expect.equal 5 epochs.Reports.Count
              Expect.equal 5 fitted.Epochs.Count)
          test
              "Without validation a training that is cancelled within an epoch gives the model of its last step"
              (fun () ->
                  use source = new CancellationTokenSource()

                  let steps =
                      Kept<StepReport>(fun report ->
                          if report.Step = 6 then
                              source.Cancel())

                  let short = FitOptions.Of(epochs = 3, batchSize = 1)
                  let fitted = (network.Init<float32> 3UL).Fit(data, how, short, steps = steps, cancel = source.Token)
                  Expect.equal 1 fitted.Epochs.Count
                  Expect.equal 6 steps.Reports.Count
                  Expect.sameBits "model" (saved fitted.Last) (saved fitted.Model)
                  let first = (network.Init<float32> 3UL).Fit(data, how, FitOptions.Of(epochs = 1, batchSize = 1))
                  Expect.that (saved first.Model <> saved fitted.Model) "it is the model of the first epoch")
          test "LoadAsync gives what Load gives, from a file and from a stream, and fails as it does" (fun () ->
              let model = network.Init<float32> 1UL
              let path = Path.GetTempFileName()
              File.WriteAllBytes(path, saved model)
              Expect.sameBits "file" (saved model) (saved (await (Model.LoadAsync<float32> path)))
              use stream = new MemoryStream(saved model)
              Expect.sameBits "stream" (saved model) (saved (await (Model.LoadAsync<float32> stream)))
              File.WriteAllText(path, "no model")
              let failed () = await (Model.LoadAsync<float32> path) |> ignore
              Expect.mentions [ path ] (Expect.raises<InvalidDataException> failed).Message
              File.Delete path
              Expect.raises<FileNotFoundException> failed |> ignore)
          test "LoadAsync that is cancelled is a cancelled task" (fun () ->
              use source = new CancellationTokenSource()
              // Never ends, but by the token.
              use pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out)

              use reader =
                  new System.IO.Pipes.AnonymousPipeClientStream(
                      System.IO.Pipes.PipeDirection.In,
                      pipe.GetClientHandleAsString()
                  )

              let task = Model.LoadAsync<float32>(reader, source.Token)
              source.Cancel()
              Expect.raises<OperationCanceledException>(fun () -> await task |> ignore) |> ignore
              Expect.that task.IsCanceled $"{task.Status}"
              let late = Model.LoadAsync<float32>("there is none", source.Token)
              Expect.raises<OperationCanceledException>(fun () -> await late |> ignore) |> ignore)
          test "FitAsync trains what Fit trains, on a thread of its own" (fun () ->
              let model, here = network.Init<float32> 3UL, Environment.CurrentManagedThreadId
              let threads = Kept<EpochReport> ignore
              let elsewhere = ref 0

              let steps = Kept<StepReport>(fun _ -> elsewhere.Value <- Environment.CurrentManagedThreadId)
              let fitted = await (model.FitAsync(data, how, options, threads, steps))
              Expect.equal 60 threads.Reports.Count
              Expect.that (elsewhere.Value <> here) "on the thread of the caller"
              Expect.sameBits "model" (saved (model.Fit(data, how, options).Model)) (saved fitted.Model)
              let validated = await (model.FitAsync(data, data, how, options))
              Expect.sameBits "validated" (saved (model.Fit(data, data, how, options).Model)) (saved validated.Model))
          test "FitAsync that is cancelled within an epoch is a cancelled task, and the model is as it was" (fun () ->
              use source = new CancellationTokenSource()
              let model = network.Init<float32> 3UL
              let before = saved model

              let steps =
                  Kept<StepReport>(fun report ->
                      if report.Step = 6 then
                          source.Cancel())

              let short = FitOptions.Of(epochs = 3, batchSize = 1)
              let task = model.FitAsync(data, how, short, steps = steps, cancel = source.Token)
              let error = Expect.raises<OperationCanceledException>(fun () -> await task |> ignore)
              Expect.equal source.Token error.CancellationToken
              Expect.that task.IsCanceled $"{task.Status}"
              Expect.equal 6 steps.Reports.Count
              Expect.sameBits "model" before (saved model)
              let late = model.FitAsync(data, how, short, cancel = source.Token)
              Expect.raises<OperationCanceledException>(fun () -> await late |> ignore) |> ignore)
          test "Sizes that do not fit fail the task of FitAsync" (fun () ->
              let model = network.Init<float32> 3UL
              let wrong = Dataset.Of([| 1f; 2f; 3f |], [| 0 |], 2)
              let task = model.FitAsync(wrong, how, options)
              Expect.raises<ArgumentException>(fun () -> await task |> ignore) |> ignore)
          test "A warm-up says how long the first answer took, and changes no answer" (fun () ->
              let warm (model: Model<float32>) (rows: int) =
                  let features = Array.init model.Network.Inputs (fun place -> float32 place)
                  let before = (model.With model.Parameters).Predict(ReadOnlySpan features)
                  Expect.that (model.WarmUp(rows) > TimeSpan.Zero) "no time"
                  Expect.sameBits "answer" before (model.Predict(ReadOnlySpan features))

              let plain = network.Init<float32> 1UL
              let values = network.With(Loss.SquaredError).Init<float32> 1UL

              let columns =
                  Preprocessing.Named(
                      Plans.Column.Number("age", nan),
                      Plans.Column.Category("job", [| "clerk"; "nurse" |])
                  )

              let table = Network.Input(3).Dense(2).With(Loss.SoftmaxCrossEntropy).Init<float32>(1UL)
              let named = table.With(columns, [||])

              for model in [ plain; values; named ] do
                  for rows in [ 1; 9 ] do
                      warm model rows

              // Its answers are not finite: there is nothing to say of them, and no exception.
              let broken = network.Init<float32> 1UL
              Array.fill broken.Parameters.Values 0 broken.Parameters.Values.Length Single.MaxValue
              Expect.that (broken.WarmUp() > TimeSpan.Zero) "no time"

              Expect.raises<ArgumentOutOfRangeException>(fun () -> plain.WarmUp 0 |> ignore) |> ignore)
          test "Targets of no outputs are refused" (fun () ->
              Expect.raises<ArgumentOutOfRangeException>(fun () -> Dataset.Of([| 1f |], [| 1f |], 0) |> ignore)
              |> ignore

              Expect.raises<ArgumentOutOfRangeException>(fun () -> Dataset.Of([| 1.0 |], [| 1.0 |], -1) |> ignore)
              |> ignore)
          test "Fit with validation ends when patience does, and gives the best model back" (fun () ->
              // Labels the other way round: whatever is learned makes it worse.
              let validation = Dataset.Of(points, Array.map ((-) 1) isOdd, 2)
              let impatient = FitOptions.Of(epochs = 60, batchSize = 4, patience = 3)
              let fitted = (network.Init<float32> 3UL).Fit(data, validation, how, impatient)
              Expect.that fitted.End.IsStopped "it is not stopped"
              Expect.equal (fitted.BestEpoch + 3) fitted.Epochs.Count
              let accuracy = fitted.Model.Evaluate(validation).Accuracy
              Expect.equal fitted.Epochs[fitted.BestEpoch - 1].Validation.Accuracy accuracy)
          test "Steps at rates of one's own are those of a schedule with these rates" (fun () ->
              let schedule = Schedules.Exponential(0.1, 0.5, 3)

              let own, scheduled =
                  Trainer<float32>(network.Init 1UL, how, 4), Trainer<float32>(network.Init 1UL, how.With schedule, 4)

              for step in 1..7 do
                  own.Step(ReadOnlySpan points, ReadOnlySpan isOdd, Schedule.at step schedule) |> ignore
                  scheduled.Step(ReadOnlySpan points, ReadOnlySpan isOdd) |> ignore

              Expect.sameBits "model" (saved (scheduled.Snapshot())) (saved (own.Snapshot()))
              let senseless () = own.Step(ReadOnlySpan points, ReadOnlySpan isOdd, nan) |> ignore
              Expect.mentions [ "NaN" ] (Expect.raises<ArgumentException> senseless).Message)
          test "The gradient of a description of one's own is checked" (fun () ->
              let found = (network.Init<float32> 1UL).CheckGradient(how, [| 0.3; -1.2 |], [| 0.0; 1.0 |])
              Expect.that found.Passed (String.Join("; ", found.Failures))

              Expect.that
                  (found.ExactError < 1e-12 && found.NumericError < 1e-8)
                  $"{found.ExactError}, {found.NumericError}")
          test "No type of F# is in the way of C#" (fun () ->
              let found =
                  [ for t in face do
                        for one in t.GetMembers(BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.Static) do
                            let member' = one.Name.Replace("get_", "")
                            let name = $"{t.Name}.{member'}"

                            if not (allowed.Contains name) && List.exists isOfFSharp (typesOf one) then
                                $"{name}: {one}" ]

              Expect.equal [] found) ]
