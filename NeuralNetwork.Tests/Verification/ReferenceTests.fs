/// The naive statement of the loss against the engine, on descriptions drawn from the catalogue.
module NeuralNetwork.Tests.Verification.ReferenceTests

open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Verification

let private drawn (seed: int) : Cell =
    Catalogue.cell (uint64 seed) (Random.below Catalogue.count (Random.key (uint64 seed) Purpose.Check) 0UL)

let private reference (cell: Cell) step = Reference(cell.Network, cell.Training, step, cell.X, cell.T, cell.Weights)

let tests =
    group
        "Reference"
        [ law "The engine's loss is the reference's to rounding" (fun (seed: int) (step: uint8) ->
              let cell, step = drawn seed, 1 + int step

              let struct (loss, _) =
                  Model.weightedGradientOf cell.Network cell.Training step cell.Parameters cell.X cell.T cell.Weights

              let expected = (reference cell step).Loss cell.Parameters.Values
              Expect.within (1e-13 * max 1.0 (abs expected)) expected loss)
          law "The derivative along a direction is the gradient's share in it" (fun (seed: int) ->
              let cell = drawn seed
              let reference = reference cell 1
              let w = cell.Parameters.Values

              let direction =
                  w |> Array.mapi (fun place _ -> Random.normal { High = 7u; Low = uint32 seed } (uint64 place))

              let places =
                  [| for window in reference.Layout.Windows do
                         yield! [| window.Offset .. window.Offset + window.Length - 1 |] |]

              let terms =
                  Array.map2 (fun place slope -> direction[place] * slope) places (reference.Derivatives(w, places))

              let along = reference.Along(w, direction)
              Expect.within (1e-13 * (1.0 + Array.sumBy abs terms)) (Array.sum terms) along.Derivative
              Expect.equal (reference.Loss w) along.Value)
          law "Each kink has a piece" (fun (seed: int) ->
              let cell = drawn seed
              let reference = reference cell 1
              Expect.equal reference.Kinks.Count (reference.Pieces cell.Parameters.Values).Length)
          test
              "Every activation says where it bends: a difference quotient fits everywhere else, and there only from one side"
              (fun () ->
                  let slope f (x: float) = (Formula.activation f { Value = x; Derivative = 1.0 }).Derivative
                  let value f x = (Formula.activation f (Dual.Constant x)).Value

                  for f in Activation.all do
                      for kink in Activation.kinks f do
                          Expect.within 1e-12 (value f (kink - 1e-13)) (value f (kink + 1e-13))

                      for x in [ -4.0; -2.5; -0.5; 0.5; 2.5; 4.0 ] do
                          let quotient = (value f (x + 1e-5) - value f (x - 1e-5)) / 2e-5
                          Expect.within (1e-8 * max 1.0 (abs quotient)) quotient (slope f x))
          test "A piece is counted by the ends below it" (fun () ->
              Expect.equal
                  [ 0; 1; 2; 3; 4 ]
                  [ for x in [ -2.0; -1.0; 0.0; 1.0; 2.0 ] -> Formula.piece [ -1.0; 1.0 ] x ])
          test "Kinks read as sentences" (fun () ->
              Expect.equal "layer 2 unit 17, sample 3" (string (Kink.Activation(2, 17, 3)))
              Expect.equal "loss of output 1, sample 0" (string (Kink.Loss(1, 0)))
              Expect.equal "penalty on layer 0 weight (3, 4)" (string (Kink.Penalty(0, 3, 4)))) ]
