/// Rows that a member of an ensemble leaves out: it does not learn from them, and epochs are judged by what it says of them.
module NeuralNetwork.Tests.Fit.FoldTests

open System
open System.Threading
open NeuralNetwork
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Fit.Blobs

let private members = 3
let private ensemble = network |> Network.withMembers members

/// Blobs, each left out by one member.
let private folded (seed: int) (rows: int) : Dataset =
    let random = Random(seed + 1)
    (blobs seed rows).WithFolds(Array.init rows (fun _ -> random.Next members))

let private fit (data: Dataset) (epochs: int) : FitResult<float32> =
    let model = Model.initialize<float32> 7UL ensemble
    let trainer = Trainer<float32>(model, training.Weighted(), 8, Machines.alone)
    run trainer data None (options epochs 8) TimeProvider.System silent CancellationToken.None

let tests =
    group
        "Fold"
        [ states
              [ 78 ]
              (lawTried 20 "What a member leaves out changes nothing that it learns" (fun (seed: uint8) ->
                  let data = folded (int seed) 30
                  let row, other = int seed % 30, (int seed + 1) % 3

                  let labels =
                      data.Targets
                      |> function
                          | Targets.Labels(labels, _) -> Array.copy labels
                          | _ -> [||]

                  labels[row] <- (labels[row] + 1 + other % 2) % 3
                  let changed = { data with Targets = Targets.Labels(labels, 3) }

                  let parts (data: Dataset) =
                      (fit data 3).State.Model |> Ensemble.split |> Array.map _.Parameters.Values

                  let before, after = parts data, parts changed
                  Expect.sameBits "the member that leaves the row out" before[data.Folds[row]] after[data.Folds[row]]

                  for member' in 0 .. members - 1 do
                      if member' <> data.Folds[row] then
                          Expect.that
                              (before[member'] <> after[member'])
                              $"member {member'} did not learn from row {row}"))
          states
              [ 78 ]
              (lawTried 20 "Epochs are judged by the members that have not learned from a row" (fun (seed: uint8) ->
                  let data = folded (int seed) 40
                  let result = fit data 2
                  let parts = Ensemble.split result.State.Model

                  let labels =
                      data.Targets
                      |> function
                          | Targets.Labels(labels, _) -> labels
                          | _ -> [||]

                  let inputs =
                      data.Inputs
                      |> function
                          | Engine.NumberArray.Singles x -> x
                          | _ -> [||]

                  let probability row =
                      parts[data.Folds[row]].Predict(ReadOnlySpan(inputs, 2 * row, 2))
                      |> fun p -> float p[labels[row]], Array.max p |> float

                  let said = Array.init data.Rows probability
                  let score = (List.last result.State.History).Validation
                  let loss = said |> Array.averageBy (fun (own, _) -> -log own)
                  let accuracy = said |> Array.averageBy (fun (own, most) -> if own = most then 1.0 else 0.0)
                  Expect.that (abs (score.Loss - loss) < 1e-5) $"{score.Loss} instead of {loss}"
                  Expect.that (abs (score.Accuracy - accuracy) < 1e-12) $"{score.Accuracy} instead of {accuracy}"))
          test "Folds that no ensemble could have are refused with a sentence" (fun () ->
              let refused (words: string) (network: Network) (data: Dataset) =
                  let message =
                      try
                          Dataset.check network data
                          "nothing is refused"
                      with :? ArgumentException as error ->
                          error.Message

                  Expect.mentions [ words ] message

              let data = blobs 1 4
              refused "3 folds, 4 rows need 4" ensemble (data.WithFolds [| 0; 1; 2 |])
              refused "fold 3 in row 1 is none of 3 members" ensemble (data.WithFolds [| 0; 3; 2; 1 |])
              refused "one member" network (data.WithFolds [| 0; 0; 0; 0 |])) ]
