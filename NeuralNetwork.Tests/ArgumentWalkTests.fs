/// Every argument of the face that C# calls, with what an app may hand over by mistake: it is refused by name, or what comes of
/// it can be saved and is read back.
module NeuralNetwork.Tests.ArgumentWalkTests

// Nulls are what is handed over here.
#nowarn "3261"

open System
open System.IO
open System.Reflection
open System.Threading
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

let private network = Network.Input(2).Dense(3, Activation.Tanh).Dense(2).With(Loss.SoftmaxCrossEntropy)
let private model = network.Init<float32> 1UL
let private data = Dataset.Of([| 0f; 1f; 1f; 0f; 1f; 1f; 0f; 0f |], [| 0; 1; 0; 1 |], 2)

let private table = Table.ReadCsv(new StringReader("x,z,y\n1,2,a\n2,1,b\n3,1,a\n4,2,b\n5,3,a\n"), "y")

let private flags = BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance ||| BindingFlags.DeclaredOnly

/// One good value of each type that an argument has.
let private good: (Type * objnull) list =
    [ typeof<int>, box 1
      typeof<uint64>, box 1UL
      typeof<float>, box 0.5
      typeof<bool>, box true
      typeof<string>, box "there-is-none.safetensors"
      typeof<float[]>, box [| 0.5; 0.5 |]
      typeof<float32[]>, box [| 0.5f; 0.5f |]
      typeof<byte[]>, box [| 1uy; 2uy |]
      typeof<int[]>, box [| 0 |]
      typeof<string[]>, box Array.empty<string>
      typeof<Network>, box network
      typeof<Layer>, box (Layer.Dropout 0.5)
      typeof<Activation>, box Activation.Tanh
      typeof<Initializer>, box Initializer.heNormal
      typeof<BatchNorm>, box BatchNorm.standard
      typeof<Periodic>, box (Periodic.standard [ 0 ])
      typeof<Loss>, box Loss.SquaredError
      typeof<Training>, box Training.Default
      typeof<Optimizer>, box Optimizers.SGD
      typeof<EpsilonPlacement>, box EpsilonPlacement.Outside
      typeof<Schedule>, box (Schedules.Constant 0.1)
      typeof<Penalty>, box (Penalties.L2 0.1)
      typeof<Clipping>, box (Clippings.Norm 1.0)
      typeof<Preprocessing>, box Preprocessing.None
      typeof<FitOptions>, box (FitOptions.Of(epochs = 1, batchSize = 2))
      typeof<Criterion>, box Criterion.Loss
      typeof<Dataset>, box data
      typeof<Machine>, box Machines.alone
      typeof<Model<float32>>, box model
      typeof<Model<float32>[]>, box [| model; model |]
      typeof<Parameters<float32>>, box model.Parameters
      typeof<Stream>, box Stream.Null
      typeof<TypeCode>, box TypeCode.Single
      typeof<TextReader>, box (new StringReader "x,y\n1,a\n2,b\n")
      typeof<Table>, box table
      typeof<TableShape>, box table.Shape
      typeof<MissingCells>, box MissingCells.Refuse
      typeof<Nullable<bool>>, null
      typeof<char>, box ','
      typeof<CancellationToken>, box CancellationToken.None ]

let private goodOf (t: Type) : objnull option = good |> List.tryFind (fun (known, _) -> known = t) |> Option.map snd

let private boxed (values: 'Value list) : objnull list = values |> List.map (fun one -> (box one: objnull))

let private wrong (t: Type) : objnull list =
    if t = typeof<int> then
        boxed [ -1; 0; 2; Int32.MaxValue; Int32.MinValue ]
    elif t = typeof<float> then
        boxed [ nan; -1.0; 0.0; 1.0; 1e300; infinity; -infinity; 1e-300 ]
    elif t = typeof<float[]> then
        null :: boxed [ [||]; [| nan; 1.0 |]; [| -1.0; 0.0 |]; [| infinity; 1.0 |] ]
    elif t = typeof<int[]> then
        null :: boxed [ [||]; [| -1 |] ]
    elif t = typeof<string[]> then
        null :: boxed [ [| "a"; "a" |]; [| ""; "b" |] ]
    elif t = typeof<Layer> then
        null
        :: boxed
            [ Layer.Dropout 1.0
              Layer.Dropout nan
              Layer.PReLU infinity
              Layer.Dense(0, Initializer.heNormal)
              Layer.Dense(1, Initializer.Normal -1.0)
              Layer.Activate(Activation.ELU 0.0)
              Layer.BatchNorm { BatchNorm.standard with Decay = 1.0 }
              Layer.Periodic(Periodic.standard [ 9 ]) ]
    elif t = typeof<Loss> then
        null
        :: boxed
            [ Loss.Huber 0.0
              Loss.Quantile 1.0
              Loss.Focal nan
              Loss.BalancedFocal(1.0, 1.0)
              Loss.SmoothedCrossEntropy 1.0 ]
    elif t = typeof<Activation> then
        null :: boxed [ Activation.LeakyReLU -1.0; Activation.ELU nan ]
    elif t = typeof<Initializer> then
        null :: boxed [ Initializer.Constant nan; Initializer.Normal nan; Initializer.Uniform 0.0 ]
    elif t = typeof<BatchNorm> then
        null
        :: boxed [ { BatchNorm.standard with Epsilon = -1.0 }; { BatchNorm.standard with Decay = nan } ]
    elif t = typeof<Periodic> then
        null :: boxed [ { Periodic.standard [ 0 ] with Scale = nan }; Periodic.standard [] ]
    elif t = typeof<Model<float32>[]> then
        null :: boxed [ [||]; [| model; Unchecked.defaultof<_> |] ]
    elif t = typeof<TableShape> then
        let many = { table.Shape with Rows = 5000 }

        null
        :: boxed
            [ { many with Numbers = Unchecked.defaultof<_> }
              { many with Numbers = [| 9 |] }
              { many with Numbers = [| -1 |] }
              { many with Features = 0 }
              { many with Outputs = 0 }
              { many with Outputs = -1; HasClasses = false }
              { many with Rows = -1 } ]
    elif t = typeof<MissingCells> then
        boxed [ enum<MissingCells> 4; enum<MissingCells> -1 ]
    elif t = typeof<char> then
        boxed [ '"'; '\n'; '\r' ]
    elif t.IsValueType then
        []
    else
        [ null ]

/// What an app meets is an exception that says what it did wrong.
let private isSaid (error: exn) =
    match error with
    | :? NullReferenceException -> false
    | :? ArgumentException
    | :? IOException
    | :? InvalidDataException
    | :? InvalidOperationException
    | :? NotSupportedException -> not (String.IsNullOrWhiteSpace error.Message)
    | _ -> false

/// A model is read back as it was saved.
let private readBack (made: Model<float32>) : string list =
    use stream = new MemoryStream()
    made.Save stream
    stream.Position <- 0L

    try
        let read = Model.Load<float32> stream
        let text (values: float32[]) = values |> Array.map BitConverter.SingleToInt32Bits

        [ if read.Network <> made.Network then
              "is read as another"
          if text read.Parameters.Values <> text made.Parameters.Values then
              "is read with other numbers"
          if read.Preprocessing <> made.Preprocessing then
              "is read with another preprocessing"
          if read.Labels <> made.Labels then
              "is read with other labels" ]
    with error ->
        [ $"is not read: {error.Message}" ]

/// What is found of a network, or why no model has it: a network is put together in steps, and whole only when it is used.
let private reads (made: Network) : Result<string list, string> =
    match
        (try
            Ok(made.Init<float32> 1UL)
         with :? ArgumentException as error ->
             Error error.Message)
    with
    | Error words -> Error words
    | Ok model -> Ok(readBack model)

/// What a network may still be when it is put together: without weights, and with more numbers than a model has.
let private unfinished = [ "the network has no dense layer"; "(limit 2000000)" ]

/// What is made goes into a network, which must be read back as it was saved, or into a training that has to take it.
let private verdict (made: objnull) : string list =
    let within (network: Network) =
        match reads network with
        | Ok found -> found
        | Error words -> [ $"was made and no network takes it: {words}" ]

    match made with
    | :? Network as network ->
        within network
        |> List.filter (fun found -> not (unfinished |> List.exists (found.Contains: string -> bool)))
    | :? Loss as loss -> within (network.With loss)
    | :? Activation as activation -> within (network.Activate activation)
    | :? Model<float32> as model -> readBack model
    | :? FitOptions as options when options.Coverage > 0.0 ->
        // Intervals are those of values.
        let network = Network.input 1 |> Network.dense 1 Activation.Identity
        let values = Dataset.Of([| 1.0; 2.0; 3.0 |], [| 1.0; 2.0; 3.0 |], 1)
        let model = Model.initialize<float32> 1UL (network.With Loss.SquaredError)
        let options = { options with Epochs = 1 }

        (model.Fit(values, values, Training.Default, options) |> ignore
         [])
    | :? FitOptions as options when options.Threshold <> Criterion.Loss ->
        // A threshold parts two classes.
        let network = Network.input 1 |> Network.dense 2 Activation.Identity
        let classes = Dataset.Of([| 1.0; 2.0 |], [| 0; 1 |], 2)
        let model = Model.initialize<float32> 1UL (network.With Loss.SoftmaxCrossEntropy)
        let options = { options with Epochs = 1 }

        (model.Fit(classes, classes, Training.Default, options) |> ignore
         [])
    | :? FitOptions as options ->
        // Patience needs rows to validate with.
        (model.Fit(data, data, Training.Default, { options with Epochs = min 1 options.Epochs }) |> ignore
         [])
    | :? Penalty as penalty ->
        (Training.check (Training.Default.With penalty)
         [])
    | :? Clipping as clipping ->
        (Training.check (Training.Default.With clipping)
         [])
    | :? Schedule as schedule ->
        (Schedule.check schedule
         [])
    | :? Optimizer as optimizer ->
        (Training.check (Training.Default.With optimizer)
         [])
    | :? Training as training ->
        (Training.check training
         [])
    | _ -> []

let private call (name: string) (invoke: objnull[] -> objnull) (arguments: objnull[]) : string list =
    let shown () = String.Join(", ", arguments |> Array.map (fun one -> $"%A{one}".Replace('\n', ' ')))

    try
        verdict (invoke arguments) |> List.map (fun found -> $"{name}({shown ()}) {found}")
    with
    | :? TargetInvocationException as outer when isSaid (nonNull outer.InnerException) -> []
    | :? TargetInvocationException as outer -> [ $"{name}({shown ()}): {outer.InnerException}" ]
    | error -> [ $"{name}({shown ()}) was made and is refused: {error.Message}" ]

/// Something of the face that can be called.
type private Call = { Name: string; Parameters: ParameterInfo[]; Invoke: objnull[] -> objnull }

/// Whether there is something right for every argument: only then one alone is wrong.
let private isKnown (one: Call) = one.Parameters |> Array.forall (fun one -> (goodOf one.ParameterType).IsSome)

/// A call with each wrong value in the place of each argument in turn, the others right.
let private walk (one: Call) : string list =
    let rights = one.Parameters |> Array.map (fun one -> Option.get (goodOf one.ParameterType))

    [ for place in 0 .. one.Parameters.Length - 1 do
          for value in wrong one.Parameters[place].ParameterType do
              let arguments = Array.copy rights
              arguments[place] <- value
              yield! call one.Name one.Invoke arguments ]

let private targets: (Type * objnull) list =
    [ typeof<Network>, box network
      typeof<Training>, box Training.Default
      typeof<FitOptions>, box FitOptions.Default
      typeof<Dataset>, box data
      typeof<Model<float32>>, box model
      typeof<Preprocessing>, box Preprocessing.None
      typeof<Optimizers>, null
      typeof<Schedules>, null
      typeof<Activations>, null
      typeof<Losses>, null
      typeof<Penalties>, null
      typeof<Clippings>, null
      typeof<Model>, null
      typeof<Fluent>, null
      typeof<PlanOutline>, null
      typeof<Table>, box table
      typeof<Trainer<float32>>, null
      typeof<OnlineLearner<float32>>, null
      typeof<Machine>, null ]

/// Records are made by their constructors, too, which F# writes: what is in them is looked at where they are used.
let private isLookedAt (one: MethodBase) =
    not (one.IsConstructor && FSharp.Reflection.FSharpType.IsRecord(nonNull one.DeclaringType))
    && not (List.contains one.Name [ "Equals"; "CompareTo"; "GetHashCode"; "Fit"; "FitAsync" ])

/// Every call with an argument.
let private calls: Call list =
    [ for t, target in targets do
          for one in t.GetMethods flags do
              if isLookedAt one && not one.IsSpecialName && (one.IsStatic || not (isNull target)) then
                  let closed = if one.IsGenericMethodDefinition then one.MakeGenericMethod typeof<float32> else one

                  { Name = $"{t.Name}.{one.Name}"
                    Parameters = closed.GetParameters()
                    Invoke = fun given -> closed.Invoke(target, given) }

          for one in t.GetConstructors() do
              if isLookedAt one then
                  { Name = $"new {t.Name}"; Parameters = one.GetParameters(); Invoke = one.Invoke } ]
    |> List.filter (fun one -> one.Parameters.Length > 0)

/// Calls that are left out, since there is nothing above for an argument of theirs: spans, rows by name with their columns, and libraries for products.
let private leftOut: string list =
    [ "Model`1.Classify"; "Model`1.Encode"; "Model`1.Predict"; "Preprocessing.Named"; "new Machine" ]

let tests =
    group
        "ArgumentWalk"
        [ test "Whatever an argument is, it is refused in words or what comes of it is read back" (fun () ->
              let found = calls |> List.filter isKnown |> List.collect walk
              let lines = String.Join('\n', List.truncate 60 found)
              Expect.that found.IsEmpty $"{found.Length} calls:\n{lines}")
          test "No call is left out of the walk but those written here" (fun () ->
              let names = calls |> List.filter (isKnown >> not) |> List.map _.Name |> List.distinct |> List.sort
              let walked = calls |> List.filter isKnown
              let joined (names: string list) = String.Join("\n", names)
              Expect.that (leftOut = names) $"{walked.Length} are walked; left out are:\n{joined names}"
              Expect.that (walked.Length >= 77) $"{walked.Length} calls")
          // The walk calls what it is there for: a mistake in it would find nothing, too.
          test "The walk finds an argument that nobody looks at" (fun () ->
              let calling (t: Type) (name: string) (invoke: MethodInfo -> objnull[] -> objnull) =
                  let careless = nonNull (t.GetMethod name)
                  walk { Name = name; Parameters = careless.GetParameters(); Invoke = invoke careless }

              let unlooked (one: MethodInfo) (given: objnull[]) = one.Invoke(null, given)

              // -1, 0, 1e300 and what is no number; 1 and 1e-300 are right.
              let losses = calling typeof<Loss> "NewHuber" unlooked
              Expect.that (losses.Length >= 5) $"{losses.Length} losses"

              for found in losses do
                  Expect.mentions [ "NewHuber("; "was made and " ] found

              let activations = calling typeof<Activation> "NewELU" unlooked
              Expect.that (activations.Length >= 5) $"{activations.Length} activations"
              let schedules = calling typeof<Schedule> "NewConstant" unlooked
              Expect.that (schedules.Length = 4) $"{schedules.Length} schedules"

              let options =
                  calling typeof<FitOptions> "Of" (fun _ given ->
                      { FitOptions.Default with
                          Epochs = (given[0] :?> int)
                          BatchSize = (given[1] :?> int)
                          Patience = (given[2] :?> int)
                          Steps = (given[3] :?> int) })

              Expect.that (options.Length = 10) $"{options.Length} options"

              let broken =
                  calling typeof<Loss> "NewHuber" (fun _ _ ->
                      raise (TargetInvocationException(NullReferenceException())))

              Expect.that (broken.Length = (wrong typeof<float>).Length) "what breaks was not seen")
          // Descriptions that F# puts together by hand, without the functions that look: the model refuses what its file would.
          lawTried 200 "A network that a model takes is read back as it was saved" (fun (seed: int) ->
              let random = Random seed
              let pick (options: 'Value list) = options[random.Next options.Length]
              let number () = pick [ nan; -1.0; 0.0; 0.1; 0.5; 1.0; 2.0; 1e300; infinity ]

              let layer () =
                  match random.Next 7 with
                  | 0 ->
                      Layer.Dense(
                          pick [ 0; 1; 3 ],
                          pick [ Initializer.Zeros; Initializer.Normal(number ()); Initializer.Constant(number ()) ]
                      )
                  | 1 ->
                      Layer.Activate(
                          pick [ Activation.ReLU; Activation.LeakyReLU(number ()); Activation.ELU(number ()) ]
                      )
                  | 2 -> Layer.PReLU(number ())
                  | 3 -> Layer.Softmax
                  | 4 -> Layer.BatchNorm { Epsilon = number (); Decay = number (); Variance = RunningVariance.Biased }
                  | 5 -> Layer.Dropout(number ())
                  | _ ->
                      Layer.Periodic
                          { Features = pick [ [ 0 ]; [ 1; 0 ]; [] ]
                            Frequencies = pick [ 0; 2 ]
                            Outputs = 1
                            Scale = number () }

              let loss =
                  pick
                      [ Loss.SquaredError
                        Loss.Huber(number ())
                        Loss.Focal(number ())
                        Loss.BalancedFocal(number (), number ()) ]

              let made =
                  { Inputs = pick [ 0; 1; 2 ]
                    Layers = List.init (random.Next 3) (fun _ -> layer ())
                    Loss = loss
                    Members = pick [ 0; 1; 2; 101 ] }

              let made =
                  if made.Layers.IsEmpty then
                      { made with Layers = [ Layer.Dense(1, Initializer.heNormal) ] }
                  else
                      made

              let parameters =
                  try
                      Ok(Parameters.zeros<float32> made)
                  with :? ArgumentException as error ->
                      Error error

              match parameters with
              | Error _ -> ()
              | Ok parameters ->
                  match
                      (try
                          Ok(Model<float32>(made, parameters))
                       with :? ArgumentException as error ->
                           Error error)
                  with
                  | Error _ -> ()
                  | Ok model ->
                      let found = readBack model
                      Expect.that found.IsEmpty $"%A{made}: {found}") ]
