/// What a prediction comes from: integrated gradients, and the importance of columns.
module NeuralNetwork.Tests.Measures.AttributionTests

open System
open NeuralNetwork
open NeuralNetwork.Analysis
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Verification
open NeuralNetwork.Tests

/// What a network makes of a row at inference, on dual numbers: loops over units, from the description and the formulas of the
/// papers. The engine has no part in it.
let private predicted (network: Network) (parameters: Parameters<float>) (x: Dual[]) : Dual[] =
    let find number (layout: Layout) (values: float[]) layer role =
        let window = layout.Windows |> List.find (fun window -> window.Layer = layer && window.Role = role)
        let length = window.Length / network.Members
        Array.sub values (window.Offset + number * length) length

    let layer number (x: Dual[]) (index, _, layer: Layer) : Dual[] =
        let tensor = find number parameters.Layout parameters.Values index
        let statistic = find number parameters.StatisticsLayout parameters.Statistics index

        match layer with
        | Layer.Dense(units, _) ->
            let w = tensor Role.Weight

            let hasBias =
                parameters.Layout.Windows
                |> List.exists (fun window -> window.Layer = index && window.Role = Role.Bias)

            let b = if hasBias then tensor Role.Bias else Array.zeroCreate units

            Array.init units (fun unit ->
                Array.fold (+) (Dual.Constant b[unit]) (Array.mapi (fun place xi -> w[unit * x.Length + place] * xi) x))
        | Layer.Activate f -> Array.map (Formula.activation f) x
        | Layer.PReLU _ -> Array.map2 (fun slope -> Formula.prelu (Dual.Constant slope)) (tensor Role.Slope) x
        | Layer.Softmax -> Formula.softmax x
        | Layer.Dropout _ -> x
        | Layer.BatchNorm settings ->
            let gamma, beta = tensor Role.Gamma, tensor Role.Beta
            let mean, variance = statistic Role.RunningMean, statistic Role.RunningVariance

            Array.init x.Length (fun unit ->
                gamma[unit] * (x[unit] - mean[unit]) / sqrt (variance[unit] + settings.Epsilon) + beta[unit])
        | Layer.Periodic settings ->
            let waves, features = settings.Frequencies, Array.ofList settings.Features
            let line role row = Array.sub (tensor role) (row * waves) waves |> Array.map Dual.Constant

            Array.append
                x
                (Array.init (Periodic.added settings) (fun place ->
                    let feature = place % features.Length
                    let frequency, phase = line Role.Frequency feature, line Role.Phase feature
                    let bias = Array.get (tensor Role.Bias) place |> Dual.Constant
                    Formula.mixture frequency phase (line Role.Weight place) bias x[features[feature]]))

    let output (z: Dual[]) =
        match Loss.output network.Loss with
        | Output.Linear -> z
        | Output.Sigmoid -> Array.map (Formula.activation Activation.Sigmoid) z
        | Output.Exponential -> Array.map exp z
        | Output.Softmax -> Formula.softmax z

    let members =
        Array.init network.Members (fun number -> Network.walk network |> List.fold (layer number) x |> output)

    Array.init members[0].Length (fun place ->
        Array.fold (fun sum (p: Dual[]) -> sum + p[place]) Dual.Zero members / float network.Members)

/// A case with every kind of layer, of one network or several, and running statistics of ordinary size.
let private trained (case: Case) : Case * Parameters<float> =
    let case = Case.ordinary case |> Case.enrich |> Case.multiply
    let random = Random case.Seed
    let parameters = Case.parameters case
    let statistics = Array.copy parameters.Statistics

    for window in parameters.StatisticsLayout.Windows do
        for place in window.Offset .. window.Offset + window.Length - 1 do
            let number = Generate.normal random
            statistics[place] <- if window.Role = Role.RunningMean then number else 0.2 + abs number

    case, { parameters with Statistics = statistics }

let private variable (x: float) : Dual = { Value = x; Derivative = 1.0 }

let private rowOf (case: Case) seed =
    Array.init case.Network.Inputs (fun place -> Generate.normal (Random(1000 * seed + place)))

/// A model with features that are shifted and scaled, and targets where these are values.
let private modelOf (case: Case) (parameters: Parameters<float>) =
    let inputs, outputs = case.Network.Inputs, Network.outputs case.Network
    let isLinear = (Loss.output case.Network.Loss).IsLinear
    let ramp count first = Array.init count (fun place -> first + 0.25 * float (place % 5))

    let preprocessing =
        { Preprocessing.None with
            Divisor = 2.0
            Shift = ramp inputs -0.5
            Scale = ramp inputs 0.75
            TargetShift = if isLinear then ramp outputs 3.0 else [||]
            TargetScale = if isLinear then ramp outputs 2.0 else [||] }

    Model<float>(case.Network, parameters, preprocessing, [||])

let private rows = 400

/// y = 2·x₀ + noise, 1 where it is above 0; x₁ says nothing, and neither do the three features of a colour.
let private madeUp: Lazy<float[] * int[]> =
    lazy
        (let random = Random 5

         let row _ =
             let x = [| Generate.normal random; Generate.normal random |]
             let colour = random.Next 3
             let label = if 2.0 * x[0] + 0.3 * Generate.normal random > 0.0 then 1 else 0
             Array.append x (Array.init 3 (fun place -> if place = colour then 1.0 else 0.0)), label

         let all = Array.init rows row
         Array.collect fst all, Array.map snd all)

let private dataset: Lazy<Dataset> = lazy (Dataset.Of(fst madeUp.Value, snd madeUp.Value, 2))

let private learned: Lazy<Model<float>> =
    lazy
        (let network =
            Network.input 5
            |> Network.dense 8 Activation.Tanh
            |> Network.dense 2 Activation.Identity
            |> Network.withLoss Loss.SoftmaxCrossEntropy

         let columns =
             [ Column.Number("size", nan)
               Column.Number("noise", nan)
               Column.Category("colour", [| "red"; "green"; "blue" |]) ]

         let start = Model.initialize<float> 3UL network
         let model = start.With({ Preprocessing.None with Columns = columns }, [| "low"; "high" |])
         let trainer = Trainer<float>(model, Training.Default.With(Schedules.Constant 0.02), rows, Machines.alone)
         let x, labels = madeUp.Value
         let t = labels |> Array.collect (fun label -> if label = 0 then [| 1.0; 0.0 |] else [| 0.0; 1.0 |])

         for _ in 1..200 do
             trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore

         trainer.Snapshot())

let tests =
    group
        "Attribution"
        [ states
              [ 93 ]
              (law "The slope of a prediction in its inputs is that of dual numbers, at inference" (fun (case: Case) ->
                  let case, parameters = trained case
                  let row, ones = rowOf case 1, Array.create case.Network.Inputs 1.0
                  let output = case.Seed % Network.outputs case.Network
                  let line = Line(Machines.alone, case.Network, parameters, row, ones, output)
                  let struct (value, slopes) = (line.At [| 0.0 |])[0]

                  let exact =
                      Array.init row.Length (fun feature ->
                          let x =
                              row
                              |> Array.mapi (fun place x -> if place = feature then variable x else Dual.Constant x)

                          (predicted case.Network parameters x)[output])

                  if Double.IsFinite value && exact |> Array.forall (fun y -> Double.IsFinite y.Derivative) then
                      Expect.within (1e-12 * max 1.0 (abs exact[0].Value)) exact[0].Value value
                      Expect.normWithin "slopes" 1e-11 1e-3 (exact |> Array.map _.Derivative) slopes))
          states
              [ 94 ]
              (lawTried 60 "What features have added is the difference of two predictions" (fun (case: Case) ->
                  let case, parameters = trained case
                  let model = modelOf case parameters
                  let row, baseline = rowOf case 1, rowOf case 2
                  let output = case.Seed % Network.outputs case.Network
                  let predict (x: float[]) = model.Predict(ReadOnlySpan x)[output]

                  if Double.IsFinite(predict row) && Double.IsFinite(predict baseline) then
                      let found = Attribution.IntegratedGradients(Machines.alone, model, row, baseline, output)
                      let size = Array.sumBy abs found.Features
                      let off = abs (Array.sum found.Features - (predict row - predict baseline))

                      Expect.that
                          (off <= 1e-6 * max 1.0 size)
                          $"off by {off} of {size}, after {found.Gradients} gradients"

                      Expect.within (1e-12 * max 1.0 (abs found.Prediction)) (predict row) found.Prediction
                      Expect.within (1e-12 * max 1.0 (abs found.Baseline)) (predict baseline) found.Baseline))
          test "Where everything is linear, a feature adds its weight times its difference" (fun () ->
              let network =
                  Network.input 3 |> Network.dense 1 Activation.Identity |> Network.withLoss Loss.SquaredError

              let parameters = Parameters.initialize<float> 9UL network
              let w = Array.sub parameters.Values parameters.Layout.Windows[0].Offset 3
              let model = Model<float>(network, parameters)
              let row, baseline = [| 2.0; -1.0; 5.0 |], [| 1.0; 1.0; 1.0 |]
              let found = Attribution.IntegratedGradients(Machines.alone, model, row, baseline, 0)
              let expected = Array.map3 (fun w x x' -> w * (x - x')) w row baseline
              Expect.normWithin "features" 1e-14 1.0 expected found.Features)
          test "A feature that does not differ adds nothing, and from a row to itself nothing is added" (fun () ->
              let model = learned.Value
              let row = [| 1.0; 0.5; 0.0; 1.0; 0.0 |]

              let found =
                  Attribution.IntegratedGradients(Machines.alone, model, row, [| -1.0; 0.5; 1.0; 0.0; 0.0 |], 1)

              Expect.equal 0.0 found.Features[1]
              Expect.equal 0.0 found.Features[4]
              let none = Attribution.IntegratedGradients(Machines.alone, model, row, row, 1)
              Expect.equal (Array.zeroCreate 5) none.Features
              Expect.equal none.Baseline none.Prediction)
          test "What the network takes for zeros is the mean of standardized features" (fun () ->
              let network = Network.input 2 |> Network.dense 1 Activation.Identity

              let preprocessing =
                  { Preprocessing.None with Divisor = 255.0; Shift = [| 0.5; 0.1 |]; Scale = [| 2.0; 3.0 |] }

              let model = Model<float>(network, Parameters.initialize 1UL network, preprocessing, [||])
              let origin = Attribution.Origin model

              for feature in 0..1 do
                  Expect.within 1e-15 0.0 (preprocessing.InputOf(feature, origin[feature])))
          test "Importance finds the column that a table was made from" (fun () ->
              let found = Attribution.OfColumns(Machines.alone, learned.Value, dataset.Value, 5, 7UL)
              Expect.equal [| "size"; "noise"; "colour" |] (found |> Array.map (fun struct (title, _, _) -> title))
              let falls = found |> Array.map (fun struct (_, fall, _) -> fall)
              Expect.that (falls[0] > 0.3) $"%A{found}"

              for other in falls[1..] do
                  Expect.that (abs other < 0.05) $"%A{found}"

              Expect.equal found (Attribution.OfColumns(Machines.alone, learned.Value, dataset.Value, 5, 7UL)))
          test "The features of a category are dealt out together" (fun () ->
              // The colour alone tells: of a row with another colour, another class.
              let x, _ = madeUp.Value
              let labels = Array.init rows (fun row -> if x[5 * row + 2] = 1.0 then 1 else 0)

              let network =
                  Network.input 5 |> Network.dense 2 Activation.Identity |> Network.withLoss Loss.SoftmaxCrossEntropy

              let zeros = Parameters.zeros<float> network
              // Red: 1 - 2·x₂ against x₂.
              let values = Array.copy zeros.Values
              let weight = zeros.Layout.Windows[0].Offset
              values[weight + 5 + 2] <- 4.0
              values[zeros.Layout.Windows[1].Offset] <- 2.0
              let columns = learned.Value.Preprocessing.Columns

              let model =
                  Model<float>(
                      network,
                      { zeros with Values = values },
                      { Preprocessing.None with Columns = columns },
                      [| "other"; "red" |]
                  )

              let found = Attribution.OfColumns(Machines.alone, model, Dataset.Of(x, labels, 2), 20, 7UL)

              let struct (_, fall, _) = found[2]
              // Of two cells at random, one red and one not: 2·p·(1 - p).
              let p = float (Array.sum labels) / float rows
              Expect.within 0.02 (2.0 * p * (1.0 - p)) fall
              Expect.equal (struct ("size", 0.0, 0.0)) found[0])
          states
              [ 96 ]
              (law
                  "A mean prediction with one cell in every row is that of the rows with this cell"
                  (fun (case: Case) ->
                      let case, parameters = trained case
                      let model = modelOf case parameters
                      let inputs, outputs = case.Network.Inputs, Network.outputs case.Network
                      let rows = Array.init 5 (rowOf case)
                      let first = case.Seed % inputs

                      let cell place =
                          Array.init (1 + case.Seed / 7 % (inputs - first)) (fun part -> float (place + part))

                      let cells = Array.init 3 cell
                      let data = Dataset.Of(Array.concat rows, Array.zeroCreate<float>(5 * outputs), outputs)

                      let expected =
                          cells
                          |> Array.map (fun cell ->
                              let predictions =
                                  rows
                                  |> Array.map (fun row ->
                                      let changed = Array.copy row
                                      Array.blit cell 0 changed first cell.Length
                                      model.Predict(ReadOnlySpan changed))

                              Array.init outputs (fun output -> predictions |> Array.averageBy (fun p -> p[output])))

                      if expected |> Array.forall (Array.forall Double.IsFinite) then
                          let found = Attribution.PartialDependence(Machines.alone, model, data, first, cells)
                          Expect.normWithin "means" 1e-12 1.0 (Array.concat expected) (Array.concat found)))
          test "Where everything is linear, a mean prediction changes by the weight" (fun () ->
              let network =
                  Network.input 3 |> Network.dense 1 Activation.Identity |> Network.withLoss Loss.SquaredError

              let parameters = Parameters.initialize<float> 9UL network
              let w = parameters.Values[parameters.Layout.Windows[0].Offset + 1]
              let data = Dataset.Of([| 1.0; 2.0; 3.0; -1.0; 0.5; 4.0 |], [| 0.0; 0.0 |], 1)
              let cells = [| [| -2.0 |]; [| 0.0 |]; [| 7.0 |] |]

              let found =
                  Attribution.PartialDependence(Machines.alone, Model<float>(network, parameters), data, 1, cells)

              Expect.within 1e-14 (2.0 * w) (found[1][0] - found[0][0])
              Expect.within 1e-14 (7.0 * w) (found[2][0] - found[1][0]))
          test "What cannot be attributed is refused" (fun () ->
              let model = learned.Value
              let row = Array.zeroCreate<float> 5
              let refused f = Expect.raises<ArgumentException>(fun () -> f () |> ignore) |> ignore
              refused (fun () -> Attribution.IntegratedGradients(Machines.alone, model, [| 1.0 |], row, 0))

              refused (fun () ->
                  Attribution.IntegratedGradients(Machines.alone, model, row, [| nan; 0.0; 0.0; 0.0; 0.0 |], 0))

              Expect.raises<ArgumentOutOfRangeException>(fun () ->
                  Attribution.IntegratedGradients(Machines.alone, model, row, row, 2) |> ignore)
              |> ignore

              Expect.raises<ArgumentOutOfRangeException>(fun () ->
                  Attribution.OfColumns(Machines.alone, model, dataset.Value, 1, 7UL) |> ignore)
              |> ignore

              let dependence first cells =
                  Attribution.PartialDependence(Machines.alone, model, dataset.Value, first, cells) |> ignore

              refused (fun () -> dependence 4 [| [| 0.0; 1.0 |] |])
              refused (fun () -> dependence 2 [| [| 0.0; 1.0 |]; [| 0.0 |] |])

              for first in [ -1; 5 ] do
                  Expect.raises<ArgumentOutOfRangeException>(fun () -> dependence first [| [| 0.0 |] |]) |> ignore) ]
