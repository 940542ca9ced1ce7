/// Batch norms that become part of the dense layers before them.
module NeuralNetwork.Tests.FoldTests

open System
open NeuralNetwork
open NeuralNetwork.Plans

/// A case with batch norms behind some dense layers, now and then two, and running statistics of ordinary size. Predictions are
/// what the last layer gives: the exponential of counts makes of 60, right to seven digits, a number right to five.
let private normalized (case: Case) : Case * Parameters<float> =
    let random = Random case.Seed

    let grow (layer: Layer) =
        match layer with
        | Layer.Dense _ -> layer :: List.replicate (random.Next 3) (Layer.BatchNorm BatchNorm.standard)
        | layer when random.Next 4 = 0 -> [ layer; Layer.BatchNorm BatchNorm.standard ]
        | layer -> [ layer ]

    let layers = Layer.BatchNorm BatchNorm.standard :: List.collect grow case.Network.Layers

    let case =
        { Case.ordinary case with
            Network = { case.Network with Layers = layers; Loss = Loss.SquaredError } }

    let parameters = Case.parameters case
    let statistics = Array.copy parameters.Statistics

    for window in parameters.StatisticsLayout.Windows do
        for place in window.Offset .. window.Offset + window.Length - 1 do
            let number = Generate.normal random
            statistics[place] <- if window.Role = Role.RunningMean then number else 0.2 + abs number

    case, { parameters with Statistics = statistics }

let private check<'T> (bound: float) (case: Case) (parameters: Parameters<'T>) =
    let x = Generate.convert<'T>(Case.inputs case)
    let struct (network, folded) = Model.fold case.Network parameters
    let before, after = Model.predict case.Network parameters x, Model.predict network folded x
    // Ten layers each may make rounding a few times larger: judged by the greatest of the predictions.
    Expect.normWithin "predictions" bound 1.0 (Generate.floats before) (Generate.floats after)

let tests =
    group
        "Fold"
        [ states
              [ 41 ]
              (law
                  "Folding batch norms into dense layers keeps predictions, to twelve digits and to five in float32"
                  (fun (case: Case) ->
                      let case, parameters = normalized case
                      check<float> 1e-12 case parameters
                      check<float32> 1e-5 case (Parameters.convert parameters)))
          lawTried
              60
              "After folding no batch norm stands behind a dense layer, and folding again changes nothing"
              (fun (case: Case) ->
                  let case, parameters = normalized case
                  let struct (network, folded) = Model.fold case.Network parameters

                  for before, layer in List.pairwise network.Layers do
                      Expect.that
                          (not (before.IsDense && layer.IsBatchNorm))
                          "a batch norm is left behind a dense layer"

                  let struct (same, again) = Model.fold network folded
                  Expect.equal network same
                  Expect.sameBits "parameters" folded.Values again.Values
                  Expect.sameBits "statistics" folded.Statistics again.Statistics) ]
