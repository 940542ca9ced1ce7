/// Trainings that begin with a model whose features and classes have names.
module NeuralNetwork.Tests.Export.StartingPointTests

open System
open NeuralNetwork
open NeuralNetwork.Export
open NeuralNetwork.Formats
open NeuralNetwork.Plans
open NeuralNetwork.Tests

let private texts = Column.Category("kind", [| "p"; "q"; "r" |])
let private number name = Column.Number(name, nan)

let private preprocessing columns = { Preprocessing.None with Columns = columns }

/// Five features that are normalised, and something behind the outputs.
let private network (outputs: int) (loss: Loss) : Network =
    Network.input 5
    |> Network.batchNorm BatchNorm.standard
    |> Network.dense 4 Activation.Tanh
    |> Network.dense outputs Activation.Identity
    |> Network.withLoss loss

let private threeClasses = network 3 Loss.SoftmaxCrossEntropy

/// A model whose numbers are all different.
let private source (network: Network) (columns: Column list) (labels: string[]) : Model<float> =
    let parameters = Parameters.initialize<float> 3UL network
    let uneven (values: float[]) = values |> Array.mapi (fun place value -> value + 0.01 * float (place + 1))

    let parameters = { parameters with Values = uneven parameters.Values; Statistics = uneven parameters.Statistics }

    Model<float>(network, parameters, preprocessing columns, labels)

let private fresh (network: Network) (columns: Column list) (labels: string[]) : Model<float> =
    Model<float>(network, Parameters.initialize<float> 9UL network, preprocessing columns, labels)

let private begun (fresh: Model<float>) (bytes: byte[]) =
    ModelImport.startingPointByName fresh bytes
    |> Result.map (fun parameters -> Model<float>(fresh.Network, parameters, fresh.Preprocessing, fresh.Labels))

/// What a model says of a row, by the names of features and classes.
let private said (model: Model<float>) (row: Map<string, float>) : Map<string, float> =
    let features =
        [| for column in model.Preprocessing.Columns do
               match column with
               | Column.Category(_, categories) ->
                   for category in categories do
                       row[category]
               | other -> row[other.Title] |]

    let y = Travellers.predict model features
    let y = if y.Length = 1 then [| 1.0 - y[0]; y[0] |] else y
    Map.ofArray (Array.zip model.Labels y)

let private row = Map.ofList [ "a", 0.3; "b", -1.7; "p", 0.0; "q", 1.0; "r", 0.25 ]

let private orders =
    let other = Column.Category("kind", [| "r"; "p"; "q" |])

    [ "columns", threeClasses, [ number "b"; texts; number "a" ], [| "x"; "y"; "z" |]
      "categories", threeClasses, [ number "a"; number "b"; other ], [| "x"; "y"; "z" |]
      "classes", threeClasses, [ number "a"; number "b"; texts ], [| "z"; "x"; "y" |]
      "all of them", threeClasses, [ other; number "b"; number "a" ], [| "y"; "z"; "x" |]
      "two classes of one output", network 1 Loss.BinaryCrossEntropy, [ texts; number "a"; number "b" ], [| "z"; "x" |] ]

let private three = [| "x"; "y"; "z" |]

let private refused =
    let columns = [ number "a"; number "b"; texts ]
    let other = Column.Category("kind", [| "p"; "q"; "s" |])

    [ [ number "a"; number "c"; texts ], three, [ "columns: no column 'c'"; "'a', 'b', 'kind'" ]
      [ number "a"; number "b"; other ], three, [ "columns: no category of 'kind' 's'"; "'p', 'q', 'r'" ]
      [ number "a"; number "kind"; Column.Category("b", [| "p"; "q"; "r" |]) ],
      three,
      [ "columns: 'kind' has numbers, and texts" ]
      columns, [| "x"; "y"; "w" |], [ "labels: no class 'w'"; "'x', 'y', 'z'" ]
      columns, [||], [ "labels: the file tells 'x', 'y', 'z' apart" ] ]

let private numbers (model: Model<float>) =
    [ for window in model.Parameters.Windows -> window.Name, List.ofArray (model.Parameters.Window(window).ToArray()) ]

let tests =
    group
        "StartingPoint"
        [ each
              "A model begun by name says the same as the one it begins with"
              orders
              (fun (name: string, network, columns, labels) ->
                  let old = source network [ number "a"; number "b"; texts ] (Array.sort labels)
                  let made = begun (fresh network columns labels) (ModelFile.write old) |> Expect.ok
                  let expected, found = said old row, said made row
                  Expect.that (List.ofSeq expected.Keys = List.ofSeq found.Keys) name

                  for label in labels do
                      Expect.that (abs (expected[label] - found[label]) < 1e-12) $"{name}: %A{expected}, %A{found}")
          each
              "Other columns, categories or classes are refused by the first that differs"
              refused
              (fun (columns, labels, words: string list) ->
                  let bytes = ModelFile.write (source threeClasses [ number "a"; number "b"; texts ] three)
                  let fresh = fresh threeClasses columns labels

                  match begun fresh bytes with
                  | Ok _ -> Expect.fail "it was taken over"
                  | Error defect -> Expect.mentions words (string defect)

                  ModelImport.startingPoint fresh.Parameters bytes |> Expect.ok |> ignore)
          test "Tensors without a description, and models without names, are taken over by their places" (fun () ->
              let old = source threeClasses [] [||]
              let target = fresh threeClasses [ texts; number "a"; number "b" ] three

              let bare =
                  Safetensors.write
                      { Metadata = []; Tensors = (Safetensors.read (ModelFile.write old) |> Expect.ok).Tensors }

              for bytes in [ ModelFile.write old; bare ] do
                  let made = begun target bytes |> Expect.ok
                  Expect.equal (numbers old) (numbers made)) ]
