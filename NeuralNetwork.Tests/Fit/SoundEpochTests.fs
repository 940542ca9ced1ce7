/// An epoch whose loss is not finite is nobody's best.
module NeuralNetwork.Tests.Fit.SoundEpochTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private network = Network.input 1 |> Network.dense 1 Activation.Identity
let private model seed = Model.initialize<float> seed network

let private finish isValidated (train: float) (validation: float) (state: FitState<float>) : FitState<float> =
    let report =
        { Epoch = state.Epoch
          Step = state.Epoch
          LearningRate = 0.1
          Train = Score.Of(train, 1.0)
          Penalty = 0.0
          Validation = Score.Of(validation, (if isValidated then 1.0 else nan))
          Temperature = 1.0
          Seconds = 0.0 }

    FitState.finishEpoch
        Criterion.Loss
        (if isValidated then 10 else 0)
        id
        report
        { state with Model = model (uint64 state.Epoch) }

let private start = FitState.start (model 0UL) (Optimizer.Adam Adam.standard)

let tests =
    group
        "SoundEpoch"
        [ each
              "The best epoch is one with a finite loss, or none"
              [ Double.NaN; Double.PositiveInfinity ]
              (fun (bad: float) ->
                  for isValidated in [ true; false ] do
                      let wild = if isValidated then finish true 0.5 bad else finish false bad nan
                      let sound = if isValidated then finish true bad 0.5 else finish false 0.5 nan
                      Expect.equal 0 (start |> wild |> wild).BestEpoch
                      Expect.equal 2 (start |> wild |> sound).BestEpoch
                      Expect.equal 1 (start |> sound |> wild).BestEpoch)
          test "Patience ends with epochs of which none was sound" (fun () ->
              let wild = finish true 0.5 nan
              Expect.that (not (FitState.isPatienceOver 2 (start |> wild))) "too soon"
              Expect.that (FitState.isPatienceOver 2 (start |> wild |> wild)) "too late") ]
