/// Descriptions that ask for too much: refused before anything is taken for them, in a line that says the limit. What is
/// within the limits takes stack for no layer and time in proportion to the layers.
module NeuralNetwork.Tests.Formats.LimitTests

open System
open System.IO
open System.Threading
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests

let private small: Model<float32> = Network.input 2 |> Network.dense 1 Activation.Tanh |> Model.initialize<float32> 1UL

/// The file of the small model with another description of its network.
let private described (network: string) : byte[] =
    let file = Expect.ok (Safetensors.read (ModelFile.write small))
    let own = $"\"network\":{Description.network small.Network}"

    let change (key, text: string) =
        if key = "description" then
            Expect.mentions [ own ] text
            key, text.Replace(own, $"\"network\":{network}")
        else
            key, text

    Safetensors.write { file with Metadata = List.map change file.Metadata }

let private dense (units: string) = $$"""{"type":"dense","units":{{units}},"initializer":"he-normal"}"""

let private tanh = """{"type":"activation","name":"tanh"}"""

let private network (inputs: string) (layers: string seq) (more: string) =
    $$"""{"inputs":{{inputs}},"layers":[{{String.Join(',', layers)}}],"cost":"squared-error"{{more}}}"""

/// What is asked for, and the limit that the line has to say.
let private tooLarge =
    [ "24 000 activations", network "2" (dense "1" :: List.replicate 24000 tanh) "", Limits.Layers
      "100 000 activations", network "2" (dense "1" :: List.replicate 100000 tanh) "", Limits.Layers
      "one layer too many", network "2" (dense "1" :: List.replicate Limits.Layers tanh) "", Limits.Layers
      "layers of members", network "2" (dense "1" :: List.replicate 999 tanh) ",\"members\":100", Limits.LayersOfMembers
      "2^40 parameters", network "1048576" [ dense "1048576" ] "", Limits.RowNumbers
      "parameters", network "1000000" [ dense "900000" ] "", Limits.Parameters
      "parameters of members", network "1000" [ dense "9000" ] ",\"members\":100", Limits.Parameters
      "2^40 activations", network "1" (dense "268435456" :: List.replicate 4000 tanh) "", Limits.RowNumbers
      "activations of members", network "1" [ dense "30000" ] ",\"members\":100", Limits.RowNumbers
      "products beyond 32 bits", network "2147483647" [ dense "2147483647" ] ",\"members\":100", Limits.RowNumbers ]

let private cases = [ for name, network, limit in tooLarge -> (name, (network, limit)) ]

/// A network of so many layers of every kind.
let private deep (layers: int) : Network =
    let kinds =
        [| Layer.Dense(3, Initializer.heNormal)
           Layer.BatchNorm BatchNorm.standard
           Layer.Activate Activation.Tanh
           Layer.Dropout 0.1
           Layer.Activate Activation.ReLU
           Layer.PReLU 0.2
           Layer.Softmax |]

    { Network.input 2 with Layers = List.init layers (fun index -> kinds[index % kinds.Length]) }

/// Everything that a model goes through.
let private through (layers: int) : (string * (unit -> unit)) list =
    let model = Model.initialize<float32> 1UL (deep layers)
    let bytes = ModelFile.write model
    let npz = NpzModel.write model
    let sequential = Sequential.write model
    let batch = Training.Default

    let slots = [ for _ in Optimizer.slots batch.Optimizer -> Array.zeroCreate<float32> model.Parameters.Layout.Length ]

    let checkpoint =
        { State = { FitState.start model batch.Optimizer with Slots = slots }
          Slots = Optimizer.slots batch.Optimizer
          Circumstances = [] }

    let reading: StateDictReading =
        { Order = []
          Activations = [ Layer.Activate Activation.Identity ]
          NormsAfter = None
          Norm = BatchNorm.standard
          Loss = None
          Preprocessing = Preprocessing.None
          Labels = [||] }

    let readAll (bytes: byte[]) = Expect.ok (ModelImport.read reading bytes) |> ignore
    let x, t = [| 0.1f; -0.2f; 0.3f; 0.4f |], Array.zeroCreate<float32>(2 * model.Network.Outputs)

    [ "load", (fun () -> Expect.ok (ModelFile.read bytes) |> ignore)
      "description", (fun () -> Expect.ok (Description.tryNetwork (Description.network model.Network)) |> ignore)
      "checkpoint", (fun () -> Expect.ok (Checkpoint.read (Checkpoint.write checkpoint)) |> ignore)
      "NPZ", (fun () -> readAll npz)
      "Sequential", (fun () -> readAll sequential)
      "prediction", (fun () -> Plan.forPrediction model.Network 64 |> ignore)
      "step", (fun () -> Plan.compile model.Network batch 4 |> ignore)
      "explanation", (fun () -> Plan.explain (Plan.compile model.Network batch 4) |> ignore)
      "predictions", (fun () -> Model<float32>(model.Network, model.Parameters).Predict(ReadOnlySpan x) |> ignore)
      "gradient", (fun () -> Model.gradient model.Network model.Parameters x t |> ignore)
      "ONNX", (fun () -> Onnx.write model |> ignore)
      "C#", (fun () -> Expect.ok (CSharpSource.write "Space" "Deep" model) |> ignore) ]

/// Does work on a thread with so little stack that nothing may call itself for each layer.
let private withLittleStack (work: unit -> unit) : unit =
    let mutable failure = None

    let guarded () =
        try
            work ()
        with error ->
            failure <- Some error

    let thread = Thread(guarded, 192 * 1024)
    thread.Start()
    thread.Join()
    failure |> Option.iter (fun error -> Expect.fail ($"{error.Message}"))

/// What an action takes for a network of so many layers, once everything around it is there.
let private taken (layers: int) : (string * int64) list =
    [ for name, work in through layers do
          work ()
          let before = GC.GetAllocatedBytesForCurrentThread()
          work ()
          name, GC.GetAllocatedBytesForCurrentThread() - before ]

let private checkpointWith (history: int) (slots: string list) : byte[] =
    let report: EpochReport =
        { Epoch = 0
          Step = 1
          LearningRate = 0.001
          Train = { Loss = 0.123456789; Accuracy = 0.987654321; R2 = nan; RMSE = nan }
          Penalty = 0.0
          Validation = { Loss = 0.123456789; Accuracy = 0.987654321; R2 = nan; RMSE = nan }
          Temperature = 0.123456789
          Seconds = 0.123456 }

    Checkpoint.write
        { State =
            { FitState.start small Training.Default.Optimizer with
                Epoch = history + 1
                Slots = [ for _ in slots -> Array.zeroCreate<float32> small.Parameters.Layout.Length ]
                Newest = [ for epoch in history .. -1 .. 1 -> { report with Epoch = epoch } ] }
          Slots = slots
          Circumstances = [] }

/// A checkpoint whose state names other slots than its tensors have.
let private withSlots (slots: string list) : byte[] =
    let file = Expect.ok (Safetensors.read (checkpointWith 0 [ "m" ]))
    let all = slots |> List.map (fun slot -> $"\"{slot}\"") |> String.concat ","

    let change (key, text: string) =
        if key = "state" then
            Expect.mentions [ "\"slots\":[\"m\"]" ] text
            key, text.Replace("\"slots\":[\"m\"]", $"\"slots\":[{all}]")
        else
            key, text

    Safetensors.write { file with Metadata = List.map change file.Metadata }

let tests =
    group
        "Limit"
        [ eachNamed
              "What is beyond a limit is refused in a line that says the limit"
              cases
              (fun (network: string, limit: int) ->
                  let bytes = described network

                  let load () =
                      use stream = new MemoryStream(bytes)
                      Model.Load<float32> stream |> ignore

                  let error = Expect.raises<InvalidDataException> load
                  Expect.mentions [ string limit ] error.Message
                  Expect.that (not (error.Message.Contains '\n')) error.Message
                  let before = GC.GetAllocatedBytesForCurrentThread()
                  Expect.raises<InvalidDataException> load |> ignore
                  let taken = GC.GetAllocatedBytesForCurrentThread() - before

                  Expect.that
                      (taken < 1_000_000L + 200L * int64 bytes.Length)
                      $"{taken} bytes for a file of {bytes.Length}")
          eachNamed "A description alone is refused as a model is" cases (fun (network: string, limit: int) ->
              match Description.tryNetwork network with
              | Ok _ -> Expect.fail "it was read"
              | Error defect -> Expect.mentions [ string limit ] (string defect))
          test "A description within the limits has parameters, and one beyond them an ArgumentException" (fun () ->
              let deep layers =
                  { small.Network with
                      Layers = small.Network.Layers.Head :: List.replicate (layers - 1) Layer.Softmax }

              Expect.equal None (Layout.defect (deep Limits.Layers))

              let error =
                  Expect.raises<ArgumentException>(fun () -> Layout.ofNetwork (deep (Limits.Layers + 1)) |> ignore)

              Expect.mentions [ string Limits.Layers ] error.Message)
          test "Every network within the limits fits the plan that predicts it" (fun () ->
              let random = Random 5

              let draw _ =
                  let members = if random.Next 2 = 0 then 1 else 1 + random.Next Network.MostMembers
                  let width () = 1 + int (2.0 ** (random.NextDouble() * 21.0)) / members

                  let layer _ =
                      match random.Next 3 with
                      | 0 -> Layer.Dense(width (), Initializer.heNormal)
                      | 1 -> Layer.BatchNorm BatchNorm.standard
                      | _ -> Layer.Softmax

                  let first = Layer.Dense(width (), Initializer.heNormal)

                  { Inputs = width ()
                    Layers = first :: List.init (random.Next 6) layer
                    Loss = Loss.SoftmaxCrossEntropy
                    Members = members }

              let within = List.init 3000 draw |> List.filter (Layout.defect >> Option.isNone)
              Expect.that (within.Length > 200) $"only {within.Length}"

              for network in within do
                  Plan.forPrediction network 64 |> ignore)
          test "A network as deep as one may be goes everywhere without stack for its layers" (fun () ->
              for name, work in through Limits.Layers do
                  try
                      withLittleStack work
                  with error ->
                      Expect.fail ($"{name}: {error.Message}"))
          // What looks through all layers for each of them allocates four times as much for twice as many.
          test "Twice as many layers take about twice as much" (fun () ->
              for (name, few), (_, many) in List.zip (taken 700) (taken 1400) do
                  Expect.that (float many < 2.8 * float few) $"{name}: {few} bytes for 700 layers, {many} for 1400")
          test "The checkpoint of a run of sixty thousand epochs is read again" (fun () ->
              match Checkpoint.read (checkpointWith 60_000 []) with
              | Ok(AnyCheckpoint.Single checkpoint) -> Expect.equal 60_000 checkpoint.State.History.Length
              | other -> Expect.fail $"{other}")
          // Each name would take the memory of a slot.
          test "Slots that are named many times are refused" (fun () ->
              Expect.that (Checkpoint.read (withSlots [ "m" ])).IsOk "the checkpoint itself"

              for slots in [ [ "m"; "m" ]; List.replicate 100_000 "m"; List.init 100_000 string ] do
                  match Checkpoint.read (withSlots slots) with
                  | Ok _ -> Expect.fail $"{slots.Length} slots"
                  | Error defect -> Expect.mentions [ "slots" ] (string defect))
          test "Names of tensors have a limit, and modules are put in order without comparing each with each" (fun () ->
              let tensor (name: string) (shape: int64 list) : Tensor =
                  { Name = name
                    Type = "F32"
                    Shape = shape
                    Bytes = ReadOnlyMemory(Array.zeroCreate (4 * int (List.fold (*) 1L shape))) }

              let long = String('9', 100_000)

              match
                  Safetensors.read (
                      Safetensors.write { Metadata = []; Tensors = [ tensor $"fc{long}.weight" [ 1L; 1L ] ] }
                  )
              with
              | Ok _ -> Expect.fail "read"
              | Error defect -> Expect.mentions [ "1024" ] (string defect)

              let tensors count =
                  [ for number in 1..count do
                        tensor $"fc{number}.weight" [ 1L; 1L ]
                        tensor $"bn{number}.running_mean" [ 1L ] ]

              let order count =
                  let tensors = tensors count
                  Expect.equal (2 * count) (Expect.ok (StateDict.order tensors)).Length
                  let before = GC.GetAllocatedBytesForCurrentThread()
                  StateDict.order tensors |> ignore
                  GC.GetAllocatedBytesForCurrentThread() - before

              let few, many = order 300, order 600
              Expect.that (float many < 2.8 * float few) $"{few} bytes for 300 modules, {many} for 600")
          // Each member lies within the one before it, whose last block holds it: all of them unpack the same bytes.
          test "An archive whose members share bytes is refused" (fun () ->
              let whole =
                  Npz.write
                      [ for name in [ "a"; "b" ] ->
                            name, { Shape = [| 8 |]; Values = NumberArray.Bytes [| 1uy .. 8uy |] } ]

              Expect.that (Npz.keys whole).IsOk "the archive itself"
              let entry = BitConverter.GetBytes 0x02014B50u
              let first = whole.AsSpan().IndexOf(ReadOnlySpan entry)
              let shared = Array.copy whole
              // The first member is said to go on to the end of the last one, in the directory and in its own header.
              let last = first - (30 + "a.npy".Length)

              for place in [ first + 20; first + 24; 18; 22 ] do
                  BitConverter.GetBytes(uint32 last).CopyTo(shared, place)

              match Npz.keys shared with
              | Ok _ -> Expect.fail "read"
              | Error defect -> Expect.mentions [ "overlap" ] (string defect))
          each
              "A name from a file never breaks the line that refuses it"
              [ "a\\nb"; "\\u001b[2J\\u202e" ]
              (fun (name: string) ->
                  for network in
                      [ network "2" [ dense "1" ] $",\"{name}\":1"
                        network "2" [ dense "1" ] $",\"{name}\":1,\"{name}\":2"
                        network "2" [ $"{{\"type\":\"{name}\"}}" ] ""
                        network "2" [ $"{{\"type\":\"activation\",\"name\":\"{name}\"}}" ] "" ] do
                      match ModelFile.read (described network) with
                      | Ok _ -> Expect.fail network
                      | Error defect ->
                          let line = string defect
                          Expect.that (line |> String.forall (fun letter -> letter >= ' ' && letter <> '\u202E')) line) ]
