/// The pure face: predictions by every way, from any thread; sizes that do not fit.
module NeuralNetwork.Tests.ModelTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

let private modelOf (case: Case) = Model<float>(case.Network, Case.parameters case)

let private predict (model: Model<'T>) (x: 'T[]) =
    let predictions = Array.zeroCreate<'T>(x.Length / model.Network.Inputs * model.Network.Outputs)
    model.Predict(ReadOnlySpan x, Span predictions)
    predictions

let private line = Network.input 3 |> Network.dense 2 Activation.Identity
let private lineParameters = Parameters.initialize<float> 1UL line

let private refused (name: string) (sizes: string list) (action: unit -> unit) =
    let error = Expect.raises<ArgumentException> action
    Expect.equal name (string error.ParamName)
    Expect.mentions sizes error.Message

let tests =
    group
        "Model"
        [ lawTried 60 "A model predicts what the pure function predicts, in every bit" (fun (case: Case) ->
              let x = Case.inputs case

              Expect.sameBits
                  "prediction"
                  (Model.predict case.Network (Case.parameters case) x)
                  (predict (modelOf case) x))
          states
              [ 65; 66 ]
              (lawTried 30 "Many rows are predicted as one row at a time, in every bit" (fun (case: Case) ->
                  let case = { Case.ordinary case with Rows = 150 }
                  let x, model = Case.inputs case, modelOf case
                  let inputs = case.Network.Inputs

                  let each =
                      Array.init case.Rows (fun row -> predict model (Array.sub x (row * inputs) inputs))
                      |> Array.concat

                  Expect.sameBits "predictions" each (predict model x)))
          lawTried 60 "Predictions are the output function of the loss" (fun (case: Case) ->
              let prediction = predict (modelOf case) (Case.inputs case)

              match Loss.output case.Network.Loss with
              | Output.Linear -> Expect.that (Array.forall Double.IsFinite prediction) "a value is not finite"
              | Output.Exponential -> Expect.that (Array.forall (fun p -> p >= 0.0) prediction) "no rate"
              | Output.Sigmoid ->
                  Expect.that (Array.forall (fun p -> 0.0 <= p && p <= 1.0) prediction) "no probability"
              | Output.Softmax ->
                  for row in Array.chunkBySize case.Network.Outputs prediction do
                      Expect.that (Array.forall (fun p -> 0.0 <= p && p <= 1.0) row) "no probability"
                      Expect.within (Math.ScaleB(4.0 + float row.Length, -52)) 1.0 (Array.sum row))
          lawTried 60 "Features are divided by the divisor first" (fun (case: Case) ->
              let model = modelOf case
              let scaled = model.With(Preprocessing.Bytes, [||])
              let raw = Case.inputs case |> Array.map (fun x -> Math.Round(100.0 * x))
              Expect.sameBits "prediction" (predict model (Array.map (fun x -> x / 255.0) raw)) (predict scaled raw))
          lawTried
              60
              "Features are standardized column by column first, and values get their units back last"
              (fun (case: Case) ->
                  let model, random = modelOf case, Random case.Seed
                  let inputs, outputs = case.Network.Inputs, case.Network.Outputs
                  let scales count = Array.init count (fun _ -> 0.1 + random.NextDouble())
                  let isLinear = Loss.output case.Network.Loss = Output.Linear

                  let preprocessing =
                      { Preprocessing.None with
                          Divisor = 3.0
                          Shift = Generate.reals random inputs
                          Scale = scales inputs
                          TargetShift = if isLinear then Generate.reals random outputs else [||]
                          TargetScale = if isLinear then scales outputs else [||] }

                  let raw = Case.inputs case
                  let prepared = raw |> Array.mapi (fun place x -> preprocessing.InputOf(place % inputs, x))

                  let restored =
                      predict model prepared
                      |> Array.mapi (fun place y -> if isLinear then preprocessing.ValueOf(place % outputs, y) else y)

                  let prepared = model.With(preprocessing, [||])
                  Expect.sameBits "prediction" restored (predict prepared raw)

                  let data =
                      { Rows = case.Rows
                        Cols = inputs
                        Inputs = NumberArray.Doubles raw
                        Targets = Targets.Values(NumberArray.Doubles(Array.zeroCreate (case.Rows * outputs)), outputs)
                        Weights = [||]
                        Folds = [||] }

                  let bound = 1e-12 * (1.0 + Expect.norm restored)
                  Array.iter2 (Expect.within bound) restored (Fit.predict Machines.alone prepared data))
          test "A preprocessing that does not fit the network is refused by its field" (fun () ->
              let model = Model.initialize<float> 1UL (Network.input 2 |> Network.dense 1 Activation.Identity)

              let refused (words: string list) (preprocessing: Preprocessing) =
                  let error = Expect.raises<ArgumentException>(fun () -> model.With(preprocessing, [||]) |> ignore)
                  Expect.mentions words error.Message

              refused [ "divisor"; "0" ] { Preprocessing.None with Divisor = 0.0 }
              refused [ "scale"; "0 numbers for 2 inputs" ] { Preprocessing.None with Shift = [| 1.0; 2.0 |] }

              refused
                  [ "target_shift"; "2 numbers for 1 outputs" ]
                  { Preprocessing.None with TargetShift = [| 1.0; 2.0 |] }

              refused [ "shift"; "NaN" ] { Preprocessing.None with Shift = [| nan; 2.0 |]; Scale = [| 1.0; 1.0 |] }
              let columns missing = [ Column.Number("a", missing); Column.Number("b", nan) ]
              refused [ "columns"; "'a'"; "Infinity" ] { Preprocessing.None with Columns = columns infinity }
              let learned targets = { Preprocessing.None with Columns = columns 0.0; Targets = targets }
              refused [ "target"; "'b'" ] (learned [| "b" |])
              refused [ "targets"; "'a' is among the columns" ] (learned [| "y"; "a" |])
              refused [ "targets"; "2 names for 1 outputs" ] (learned [| "y"; "z" |])
              refused [ "targets"; "'y' is there twice" ] (learned [| "y"; "y" |])
              refused [ "target"; "without a name" ] (learned [| "" |])

              let classes =
                  Network.input 2 |> Network.dense 2 Activation.Identity |> Network.withLoss Loss.SoftmaxCrossEntropy

              let error =
                  Expect.raises<ArgumentException>(fun () ->
                      Model.initialize<float> 1UL classes |> _.With(learned [| "y"; "z" |], [||]) |> ignore)

              Expect.mentions [ "targets"; "2 names, but cross-entropy tells the classes of one column" ] error.Message)
          lawTried
              60
              "Names of classes are none, one for each output, or two for one"
              (fun (case: Case) (count: uint8) ->
                  let model, outputs = modelOf case, case.Network.Outputs
                  let label names () = model.With(Preprocessing.None, Array.init names string) |> ignore
                  label 0 ()
                  label (max 2 outputs) ()
                  let other = 1 + int count % 20

                  if other <> max 2 outputs then
                      let error = Expect.raises<ArgumentException>(label other)
                      Expect.equal "labels" (string error.ParamName)
                      Expect.mentions [ $"{other} names"; $"{outputs} outputs" ] error.Message)
          lawTried 60 "The loss of the pure face is the loss of its gradient" (fun (case: Case) ->
              let parameters, x, t = Case.parameters case, Case.inputs case, Case.targets case
              let struct (loss, _) = Model.gradient case.Network parameters x t
              Expect.sameBits "loss" [| loss |] [| Model.loss case.Network parameters x t |])
          states
              [ 72 ]
              (lawTried 10 "Threads that predict at the same time get what one gets" (fun (case: Case) ->
                  let model, x = modelOf case, Case.inputs case
                  let expected = predict model x
                  let found = Array.init 4 (fun _ -> ResizeArray<float[]>())

                  Threads.together found.Length (fun thread ->
                      for _ in 1..25 do
                          found[thread].Add(predict model x))

                  for results in found do
                      Expect.equal 25 results.Count
                      Seq.iter (Expect.sameBits "prediction" expected) results))
          test "Prediction allocates nothing in steady use" (fun () ->
              let network = Network.input 20 |> Network.dense 16 Activation.Tanh |> Network.dense 3 Activation.Identity
              let model = Model.initialize<float32> 1UL (Network.withLoss Loss.SoftmaxCrossEntropy network)
              let x, predictions = Array.create (70 * 20) 0.5f, Array.zeroCreate<float32>(70 * 3)

              let predict count =
                  for _ in 1..count do
                      model.Predict(ReadOnlySpan x, Span predictions)

              predict 3
              Expect.nothingAllocated (fun () -> predict 20))
          test "Rows of one unit with very many inputs are predicted as the sum says" (fun () ->
              // Panels of such weights would be many times as large: there are none.
              let inputs = 1 <<< 19
              let network = Network.input inputs |> Network.dense 1 Activation.Identity
              let parameters = Parameters.zeros<float32> network
              Array.fill parameters.Values 0 inputs 0.5f
              let x = Array.init inputs (fun place -> float32 (place % 3 - 1))
              let sum = Array.sumBy (fun x -> 0.5 * float x) x
              // Halves of whole numbers up to 2¹⁹: every partial sum is exact.
              Expect.equal [| float32 sum |] (predict (Model<float32>(network, parameters)) x))
          test "Lengths that do not fit a model are refused by name, with both sizes" (fun () ->
              let model = Model<float>(line, lineParameters)

              let predict (x: int) (y: int) () =
                  model.Predict(ReadOnlySpan(Array.zeroCreate x), Span(Array.zeroCreate y))

              refused "features" [ "7"; "3" ] (predict 7 4)
              refused "predictions" [ "5"; "2" ] (predict 6 5))
          test "Lengths that do not fit the pure functions are refused by name, with both sizes" (fun () ->
              let zeros count = Array.zeroCreate<float> count
              refused "x" [ "7"; "3" ] (fun () -> Model.predict line lineParameters (zeros 7) |> ignore)
              refused "x" [ "0"; "3" ] (fun () -> Model.predict line lineParameters (zeros 0) |> ignore)
              refused "x" [ "3"; "6" ] (fun () -> Model.gradient line lineParameters (zeros 3) (zeros 4) |> ignore)
              refused "x" [ "9"; "6" ] (fun () -> Model.loss line lineParameters (zeros 9) (zeros 4) |> ignore)
              refused "t" [ "3"; "2" ] (fun () -> Model.gradient line lineParameters (zeros 6) (zeros 3) |> ignore)
              refused "t" [ "0"; "2" ] (fun () -> Model.loss line lineParameters (zeros 0) (zeros 0) |> ignore))
          test "Parameters of another network are refused, with both sizes" (fun () ->
              let length = lineParameters.Values.Length
              let other = { lineParameters with Values = Array.zeroCreate (length - 1) }
              let sizes = [ string (length - 1); string length ]
              refused "parameters" sizes (fun () -> Model.predict line other (Array.zeroCreate 3) |> ignore)
              refused "parameters" sizes (fun () -> Model<float>(line, other) |> ignore))
          test "A gradient of another network is refused, with both sizes" (fun () ->
              let length = lineParameters.Values.Length

              let update (gradient: float[]) () =
                  Model.update line Optimizer.SGD 1 0.1 lineParameters [] gradient |> ignore

              refused "gradient" [ string (length - 1); string length ] (update (Array.zeroCreate (length - 1)))
              let slots = [ Array.zeroCreate length ]

              refused "slots" [ "1"; "0" ] (fun () ->
                  Model.update line Optimizer.SGD 1 0.1 lineParameters slots (Array.zeroCreate length) |> ignore))
          test
              "Slots of another optimizer, slots too short and rates to learn nothing with are refused by a step"
              (fun () ->
                  let length = lineParameters.Values.Length
                  let x, t = Array.zeroCreate<float> 3, Array.zeroCreate<float> 2

                  let step (training: Training) (slots: float[] list) () =
                      Model.step line training 1 lineParameters slots x t |> ignore

                  let momentum = Training.Default.With(Optimizers.Momentum())
                  let slot (length: int) = Array.zeroCreate<float> length
                  step momentum [ slot length ] ()
                  refused "slots" [ "0 slots"; "momentum has 1" ] (step momentum [])
                  refused "slots" [ "2 slots"; "momentum has 1" ] (step momentum [ slot length; slot length ])
                  refused "slots" [ $"{length - 1} numbers"; string length ] (step momentum [ slot (length - 1) ])
                  let senseless = { momentum with Rate = Schedule.Constant nan }
                  Expect.mentions [ "NaN" ] (Expect.raises<ArgumentException>(step senseless [ slot length ])).Message) ]
