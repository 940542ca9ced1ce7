/// Ensembles in the formats of other programs; ONNX and C# have tests of their own.
module NeuralNetwork.Tests.Export.EnsembleExportTests

open System
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Tests

let private sameModel (expected: Model<'T>) (found: Model<'T>) =
    Expect.equal expected.Network found.Network
    Expect.sameBits "parameters" expected.Parameters.Values found.Parameters.Values
    Expect.sameBits "statistics" expected.Parameters.Statistics found.Parameters.Statistics
    Expect.equal (List.ofArray expected.Labels) (List.ofArray found.Labels)
    Expect.that (ModelFile.write expected = ModelFile.write found) "another file"

let tests =
    group
        "EnsembleExport"
        [ states
              [ 79 ]
              (lawTried
                  60
                  "Members with preprocessing and class names are together what they were, in every bit and in their file"
                  (fun (case: Case) ->
                      let model = Travellers.model<float32>(Travellers.ensemble case)
                      let members = Ensemble.split model
                      Expect.equal model.Network.Members members.Length
                      sameModel model (Ensemble.join members)))
          states
              [ 79 ]
              (lawTried
                  40
                  "Models joined are the members in their order, and an ensemble among them gives all of its own"
                  (fun (case: Case) ->
                      let model = Travellers.model<float> case
                      let other = (Model.initialize<float> 7UL model.Network).With(model.Preprocessing, model.Labels)
                      let other = other.WithThreshold model.Threshold
                      let members = Ensemble.split (Ensemble.join [| other; Ensemble.join [| model; other |] |])
                      List.iter2 sameModel [ other; model; other ] (List.ofArray members)))
          states
              [ 80 ]
              (lawTried 60 "The NPZ of an ensemble is read back as the model it is of" (fun (case: Case) ->
                  let model = Travellers.model<float32>(Travellers.ensemble case)

                  match
                      NpzModel.write model |> ModelImport.content |> Result.bind ModelImport.described |> Expect.ok
                  with
                  | AnyModel.Single read -> sameModel model read
                  | AnyModel.Double _ -> Expect.fail "read in another precision"))
          lawTried 60 "Folding the batch norms of an ensemble keeps predictions" (fun (case: Case) ->
              let model, rows = Travellers.model<float>(Travellers.ensemble case), Travellers.rows<float> case
              let struct (network, folded) = Model.fold model.Network model.Parameters
              let one = Model<float>(network, folded, model.Preprocessing, model.Labels)
              Expect.normWithin "predictions" 1e-12 1.0 (Travellers.predict model rows) (Travellers.predict one rows))
          test "A Sequential of an ensemble is refused, each of its members is one" (fun () ->
              let network = Network.input 2 |> Network.dense 2 Activation.ReLU |> Network.withMembers 3
              let ensemble = Model.initialize<float32> 1UL network
              let error = Expect.raises<ArgumentException>(fun () -> Sequential.write ensemble |> ignore)
              Expect.mentions [ "3 members"; "nn.Sequential"; "Model.Split" ] error.Message

              for one in Ensemble.split ensemble do
                  match Safetensors.read (Sequential.write one) |> Result.bind ModelImport.described |> Expect.ok with
                  | AnyModel.Single read -> sameModel one read
                  | AnyModel.Double _ -> Expect.fail "read in another precision") ]
