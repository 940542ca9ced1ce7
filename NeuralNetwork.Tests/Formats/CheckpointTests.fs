/// Checkpoints: everything a run needs to go on, through a file, to the bits of the run that was never interrupted.
module NeuralNetwork.Tests.Formats.CheckpointTests

open System
open System.Threading
open FSharp.Reflection
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Formats
open NeuralNetwork.Tests

/// Rows of two classes, drawn from a seed.
let private data (seed: int) (rows: int) : Dataset =
    let random = Random seed
    let labels = Array.init rows (fun _ -> random.Next 2)
    let point label = [| for shift in [ 1.0; -0.5; 0.2 ] -> float32 (float label * shift + Generate.normal random) |]

    { Rows = rows
      Cols = 3
      Inputs = NumberArray.Singles(Array.collect point labels)
      Targets = Targets.Labels(labels, 2)
      Weights = [||]
      Folds = [||] }

let private network =
    Network.input 3
    |> Network.denseWith (Network.initializerFor Activation.ReLU) 5
    |> Network.batchNorm BatchNorm.standard
    |> Network.activate Activation.ReLU
    |> Network.dropout 0.2
    |> Network.dense 2 Activation.Identity
    |> Network.withLoss Loss.SoftmaxCrossEntropy

let private options: FitOptions = { FitOptions.Default with Epochs = 5; BatchSize = 7; Patience = 2; EMA = 0.75 }

/// Four steps an epoch, the last one with a row more: a single row has no variance.
let private rows, private validation = data 1 29, data 2 20

let private training (optimizer: Optimizer) : Training =
    { Training.Default with
        Optimizer = optimizer
        Rate = Schedule.OneCycle(0.05, 20, 0.3, 25.0, 1e4)
        Seed = 9UL }

/// A clock that stands still: seconds are the one thing of a history that no run repeats.
let private still =
    { new TimeProvider() with
        override _.GetTimestamp() = 0L }

/// Every state of a run: after each step, and at the end of each epoch.
type private Keeper<'T>() =
    member val States: FitState<'T> list = [] with get, set

    interface IFitObserver<'T> with
        member _.Stepped _ = ()
        member _.IsDue _ = true
        member keeper.Save state = keeper.States <- keeper.States @ [ state ]
        member _.Finished _ = ()

let private trainer<'T> (network: Network) (optimizer: Optimizer) =
    let model = Model.initialize<'T> 9UL network
    let model = model.With(Preprocessing.None, [| "a µ"; "b\"" |])
    Trainer<'T>(model, training optimizer, options.BatchSize, Machines.alone), model

let private goOn (optimizer: Optimizer) (state: FitState<'T>) observer =
    let trainer, _ = trainer<'T> state.Model.Network optimizer
    Fit.run trainer state rows (Some validation) options still observer CancellationToken.None

let private statesOf<'T> (network: Network) (optimizer: Optimizer) =
    let keeper = Keeper<'T>()
    let _, model = trainer<'T> network optimizer
    let result = goOn optimizer (FitState.start model optimizer) keeper
    keeper.States, result

let private checkpointOf (optimizer: Optimizer) (state: FitState<'T>) : Checkpoint<'T> =
    { State = state
      Slots = Optimizer.slots optimizer
      Circumstances = [ "data", "µ \"\u0001"; "threads", "2" ] }

let private reread (checkpoint: Checkpoint<'T>) (pick: AnyCheckpoint -> Checkpoint<'T> option) =
    match Checkpoint.read (Checkpoint.write checkpoint) |> Result.map pick with
    | Ok(Some again) -> again
    | Ok None -> Expect.fail ("the precision changed")
    | Error defect -> Expect.fail (string defect)

let private single any =
    match any with
    | AnyCheckpoint.Single checkpoint -> Some checkpoint
    | AnyCheckpoint.Double _ -> None

let private double any =
    match any with
    | AnyCheckpoint.Double checkpoint -> Some checkpoint
    | AnyCheckpoint.Single _ -> None

/// Three checkpoints: before the first epoch has ended, in the middle of one that follows a better one, at an epoch's end.
let private samples =
    lazy
        (let optimizer = Optimizers.Adam()
         let all, _ = statesOf<float32> network optimizer
         let later = all |> List.find (fun state -> state.BestEpoch > 0 && state.Row > 0)
         let fresh = all |> List.find (fun state -> state.BestEpoch > 0 && state.Row = 0)
         [ all[1]; later; fresh ] |> List.map (checkpointOf optimizer))

/// A file whose metadata or tensors say something else, with checksums of its own.
let private altered (change: Safetensors -> Safetensors) =
    let file = Expect.ok (Safetensors.read (Checkpoint.write samples.Value[1]))
    Checkpoint.read (Safetensors.write (change file))

let private refusedWith (words: string list) result =
    match result with
    | Ok _ -> Expect.fail $"accepted: %A{words}"
    | Error(defect: Defect) -> Expect.mentions words (string defect)

/// Trainings that differ from the usual one in one thing each.
let private trainings: Training list =
    let usual = Training.Default

    [ { usual with Optimizer = Optimizer.SGD }
      { usual with Optimizer = Optimizers.Adam(beta1 = 0.8) }
      { usual with Rate = Schedule.Constant 0.002 }
      { usual with Rate = Schedule.OneCycle(0.001, 20, 0.3, 25.0, 1e4) }
      { usual with Penalty = { L1 = 0.1; L2 = 0.0 } }
      { usual with Penalty = { L1 = 0.0; L2 = 0.1 } }
      { usual with LayerPenalties = [ 0, Penalty.None ] }
      { usual with LayerPenalties = [ 2, Penalty.None ] }
      { usual with Decay = 0.1 }
      { usual with Clipping = Clipping.Value 1.0 }
      { usual with Clipping = Clipping.Norm 1.0 }
      { usual with Clipping = Clipping.GlobalNorm 1.0 }
      { usual with MaxNorm = 1.0 }
      { usual with IsWeighted = true }
      { usual with Shards = 2 }
      { usual with Seed = 43UL } ]

let tests =
    group
        "Checkpoint"
        [ test "A training that differs in one thing has another text, by which a run that goes on knows it" (fun () ->
              let texts = Training.Default :: trainings |> List.map Description.training
              Expect.equal texts (List.distinct texts)

              for field in FSharpType.GetRecordFields typeof<Training> do
                  let isChanged training =
                      not (Object.Equals(field.GetValue training, field.GetValue Training.Default))

                  Expect.that (List.exists isChanged trainings) $"no training differs in {field.Name}")
          states
              [ 60; 71 ]
              (each
                  "A run goes on from the file of any of its states to the same bits"
                  Optimizer.all
                  (fun (optimizer: Optimizer) ->
                      let all, whole = statesOf<float32> network optimizer
                      let final = Checkpoint.write (checkpointOf optimizer whole.State)
                      Expect.that (all.Length > 9) "no states"

                      for state in all do
                          let checkpoint = checkpointOf optimizer state
                          let again = reread checkpoint single

                          Expect.equal
                              (List.ofArray (Checkpoint.write checkpoint))
                              (List.ofArray (Checkpoint.write again))

                          let result = goOn optimizer again.State (Keeper<float32>())
                          Expect.equal whole.End result.End
                          let found = Checkpoint.write (checkpointOf optimizer result.State)

                          Expect.that
                              (final.AsSpan().SequenceEqual found)
                              $"from epoch {state.Epoch}, row {state.Row}: other bits"))
          each "So does a run in double precision, and that of an ensemble" [ 1; 3 ] (fun (members: int) ->
              let optimizer = Optimizers.Adam()
              let all, whole = statesOf<float> (Network.withMembers members network) optimizer
              let again = reread (checkpointOf optimizer all[6]) double
              let result = goOn optimizer again.State (Keeper<float>())
              Expect.sameBits "model" whole.State.Model.Parameters.Values result.State.Model.Parameters.Values
              Expect.sameBits "best" whole.State.Best.Parameters.Values result.State.Best.Parameters.Values)
          states
              [ 61 ]
              (test "Every beginning of a file and every changed byte are refused" (fun () ->
                  let random = Random 5

                  for checkpoint in samples.Value do
                      let bytes = Checkpoint.write checkpoint
                      let refused what bytes = Expect.that (Result.isError (Checkpoint.read bytes)) what

                      for length in 0..7 .. bytes.Length - 1 do
                          refused $"the first {length} bytes were read" (Array.truncate length bytes)

                      for place in 0..3 .. bytes.Length - 1 do
                          let changed = Array.updateAt place (bytes[place] ^^^ byte (1 + random.Next 255)) bytes
                          refused $"byte {place} was changed unnoticed" changed))
          test "A checkpoint of classes that has intervals is refused" (fun () ->
              let intervals = "prediction_intervals", "{\"coverage\":0.9,\"margins\":[1,1]}"

              altered (fun file -> { file with Metadata = file.Metadata @ [ intervals ] })
              |> refusedWith [ "prediction_intervals: classes have probabilities" ])
          test "A checkpoint is read as the model in training, and a model is no checkpoint" (fun () ->
              for checkpoint in samples.Value do
                  match ModelFile.read (Checkpoint.write checkpoint) with
                  | Ok(AnyModel.Single model) ->
                      Expect.sameBits "model" checkpoint.State.Model.Parameters.Values model.Parameters.Values
                      Expect.equal [| "a µ"; "b\"" |] model.Labels
                  | other -> Expect.fail $"%A{other}"

                  match Checkpoint.read (ModelFile.write checkpoint.State.Model) with
                  | Ok _ -> Expect.fail "a model was read as a checkpoint"
                  | Error defect -> Expect.mentions [ "checkpoint" ] (string defect))
          each
              "A state that says something else is refused by its field"
              [ "\"version\":1", "\"version\":2", "version"
                "\"epoch\":2,\"row\"", "\"epoch\":3,\"row\"", "epoch"
                "\"row\":", "\"row\":-", "row"
                "\"best_epoch\":1", "\"best_epoch\":2", "best_epoch"
                "\"hits\":", "\"hit\":", "hit"
                "\"validation_loss\":", "\"validation_loss\":\"none\",\"x\":", "history[0]"
                "\"first_moment\",\"second_moment\"", "\"first_moment\"", "optimizer.second_moment."
                "\"first_moment\",", "\"first_moment\",\"zeroth_moment\",", "optimizer.zeroth_moment." ]
              (fun (before: string, after: string, field: string) ->
                  let change (key: string, text: string) =
                      if key = "state" then
                          Expect.mentions [ before ] text
                          key, text.Replace(before, after)
                      else
                          key, text

                  refusedWith [ field ] (altered (fun file -> { file with Metadata = List.map change file.Metadata })))
          test "Tensors that are missing or too many are refused by name" (fun () ->
              let without name =
                  altered (fun file ->
                      { file with Tensors = file.Tensors |> List.filter (fun tensor -> tensor.Name <> name) })

              for name in [ "layers.0.weight"; "optimizer.first_moment.layers.0.weight"; "best.layers.1.running_mean" ] do
                  refusedWith [ name; "missing" ] (without name)

              let extra name (file: Safetensors) =
                  { file with Tensors = { file.Tensors[0] with Name = name } :: file.Tensors }

              for name in [ "layers.9.weight"; "optimizer.u.layers.0.weight"; "best.layers.9.weight" ] do
                  refusedWith [ name ] (altered (extra name)))
          test "Circumstances that changed are named, with what they were and are" (fun () ->
              let before, now = [ "a", "1"; "b", "2"; "c", "3" ], [ "c", "4"; "a", "1"; "d", "5" ]

              Expect.equal
                  [ struct ("b", "2", ""); struct ("c", "3", "4"); struct ("d", "", "5") ]
                  (Checkpoint.changes before now)

              Expect.equal [] (Checkpoint.changes before (List.rev before))) ]
