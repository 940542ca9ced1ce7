/// Numbers seen through waves: the layer by itself. Its gradient, its exports and its members are those of every network of
/// the suite, for a third of the cases begin with waves.
module NeuralNetwork.Tests.PeriodicTests

open System
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Maths
open NeuralNetwork.Plans

let private network =
    Network.input 13
    |> Network.periodic { Periodic.standard [ 0; 3; 4; 11 ] with Frequencies = 11 }
    |> Network.dense 40 Activation.ReLU
    |> Network.dense 3 Activation.Identity
    |> Network.withLoss Loss.SoftmaxCrossEntropy

/// What a network of waves alone says: a row, and behind it the mixtures.
let private embedded (waves: Periodic) (parameters: Parameters<float>) (x: float[]) : float[] =
    let values role = parameters.Window((Layout.tryFind 0 role parameters.Layout).Value).ToArray()
    let w, b, v, c = values Role.Frequency, values Role.Phase, values Role.Weight, values Role.Bias
    let features = Array.ofList waves.Features

    let mixture place =
        let feature = place % features.Length

        let wave index =
            let at = feature * waves.Frequencies + index

            v[place * waves.Frequencies + index]
            * Math.Cos(2.0 * Math.PI * (w[at] * x[features[feature]] + b[at]))

        c[place] + Seq.sum (Seq.init waves.Frequencies wave)

    Array.append x (Array.init (Periodic.added waves) mixture)

let private wrong: (string * Periodic * string) list =
    let usual = Periodic.standard [ 0 ]

    [ "no feature", Periodic.standard [], "has no features"
      "a feature that is not there", Periodic.standard [ 0; 2 ], "feature 2 (must lie in 0 .. 1)"
      "a feature below the first", Periodic.standard [ -1 ], "feature -1"
      "a feature twice", Periodic.standard [ 1; 1 ], "do not ascend"
      "no waves", { usual with Frequencies = 0 }, "0 frequencies (must be 1 to 64)"
      "too many waves", { usual with Frequencies = 65 }, "65 frequencies"
      "too many mixtures", { usual with Outputs = 65 }, "65 outputs"
      "a scale that is no number", { usual with Scale = nan }, "scale NaN" ]

let tests =
    group
        "Periodic"
        [ states
              [ 81 ]
              (lawTried 60 "Waves are what their formula says, behind the features as they are" (fun (seed: int) ->
                  let random = Random seed
                  let inputs, width = 1 + random.Next 12, 1 + random.Next 3

                  let features =
                      [ for feature in 0 .. inputs - 1 do
                            if feature = inputs - 1 || random.Next 2 = 0 then
                                feature ]

                  let waves =
                      { Features = features
                        Frequencies = 1 + random.Next 20
                        Outputs = width
                        Scale = 0.1 + random.NextDouble() }

                  // A layer that hands on what it gets: what the network says is what the waves say.
                  let outputs = inputs + width * features.Length

                  let network =
                      Network.input inputs |> Network.periodic waves |> Network.dense outputs Activation.Identity

                  let fresh = Parameters.initialize<float> (uint64 seed) network
                  let weight = (Layout.tryFind 1 Role.Weight fresh.Layout).Value
                  let values = Array.copy fresh.Values

                  for unit in 0 .. outputs - 1 do
                      for input in 0 .. outputs - 1 do
                          values[weight.Offset + unit * outputs + input] <- if unit = input then 1.0 else 0.0

                  let parameters = { fresh with Values = values }
                  let x = Generate.reals random (3 * inputs)
                  let expected = x |> Array.chunkBySize inputs |> Array.collect (embedded waves parameters)
                  let said = Model<float>(network, parameters).Predict(ReadOnlySpan x)
                  Expect.normWithin "waves" 1e-13 1.0 expected said
                  let singles = Model<float32>(network, Parameters.convert<float, float32> parameters)

                  Expect.normWithin
                      "in float32"
                      1e-5
                      1.0
                      expected
                      (Generate.floats (singles.Predict(ReadOnlySpan(Array.map float32 x))))))
          states
              [ 82 ]
              (lawTried 40 "Waves go round: a phase a whole turn further predicts the same" (fun (case: Case) ->
                  let case = Case.ordinary case
                  let waves = Periodic.standard [ 0 .. case.Network.Inputs - 1 ]
                  let layers = case.Network.Layers |> List.filter (fun layer -> not layer.IsPeriodic)
                  let network = { case.Network with Layers = Layer.Periodic waves :: layers }
                  let parameters = Case.parameters { case with Network = network }
                  let turned = Array.copy parameters.Values
                  let window = (Layout.tryFind 0 Role.Phase parameters.Layout).Value

                  for place in window.Offset .. window.Offset + window.Length - 1 do
                      turned[place] <- turned[place] + float (place % 5 - 2)

                  let predict values =
                      Model<float>(network, { parameters with Values = values })
                          .Predict(ReadOnlySpan(Case.inputs case))

                  let before = predict parameters.Values

                  if Array.forall Double.IsFinite before then
                      Expect.normWithin "predictions" 1e-11 1.0 before (predict turned)))
          test
              "Any number of threads gives waves the same bits, alone and in an ensemble, and no step allocates"
              (fun () ->
                  for members in [ 1; 5 ] do
                      Threads.giveTheSameBits (Network.withMembers members network))
          test "Waves begin as their layer says" (fun () ->
              let waves = { Periodic.standard [ 0..199 ] with Frequencies = 50; Scale = 0.3 }
              let network = Network.input 200 |> Network.periodic waves |> Network.dense 1 Activation.Identity
              let fresh = Parameters.initialize<float> 5UL network
              let numbers role = fresh.Window((Layout.tryFind 0 role fresh.Layout).Value).ToArray()
              let deviation (numbers: float[]) = numbers |> Array.averageBy (fun x -> x * x) |> sqrt
              // Of 10 000 numbers the deviation is known to one in a hundred, and some.
              Expect.within 0.009 0.3 (deviation (numbers Role.Frequency))
              let isWithin bound numbers = numbers |> Array.forall (fun x -> abs x <= bound)
              let bound = 1.0 / sqrt 50.0
              Expect.that (isWithin 0.5 (numbers Role.Phase)) "a phase beyond half a turn"
              Expect.within 0.009 (0.5 / sqrt 3.0) (deviation (numbers Role.Phase))

              Expect.that
                  (isWithin bound (numbers Role.Weight) && isWithin bound (numbers Role.Bias))
                  "a mixture beyond its bound"

              Expect.within 0.005 (bound / sqrt 3.0) (deviation (numbers Role.Weight)))
          test
              "Waves of features that are not there, or of sizes that cannot be, are refused wherever they are read"
              (fun () ->
                  for what, waves, message in wrong do
                      let error =
                          Expect.raisesExactly<ArgumentException>(fun () ->
                              Network.input 2 |> Network.periodic waves |> ignore)

                      Expect.mentions [ message ] (string error)

                      // As a description by hand has them, past the face.
                      let network =
                          { Network.input 2 with
                              Layers = [ Layer.Periodic waves; Layer.Dense(1, Initializer.heNormal) ] }

                      let error =
                          Expect.raisesExactly<ArgumentException>(fun () ->
                              Model.initialize<float> 1UL network |> ignore)

                      Expect.mentions [ message ] (string error)

                      if Double.IsFinite waves.Scale then
                          match Description.tryNetwork (Description.network network) with
                          | Ok _ -> Expect.fail what
                          | Error defect -> Expect.that (defect.ToString().Contains "layer") $"{what}: {defect}")
          test "A Sequential of waves is refused, and so are their columns in another order" (fun () ->
              let model = Model.initialize<float32> 1UL network
              Expect.raisesExactly<ArgumentException>(fun () -> Sequential.write model |> ignore) |> ignore

              let named (names: string list) =
                  let columns = names |> List.map (fun name -> Column.Number(name, nan))

                  Model<float32>(
                      network,
                      model.Parameters,
                      { Preprocessing.None with Columns = columns; Targets = [| "y" |] },
                      [| "a"; "b"; "c" |]
                  )

              let names = List.init 13 (fun place -> $"x{place}")
              let file = ModelFile.write (named names)
              ModelImport.startingPointByName (named names) file |> Expect.ok |> ignore

              match ModelImport.startingPointByName (named (List.rev names)) file with
              | Error defect -> Expect.mentions [ "another order" ] (defect.ToString())
              | Ok _ -> Expect.fail "columns in another order") ]
