/// Layouts: windows are aligned, disjoint, and together cover what the network needs.
module NeuralNetwork.Tests.Network.LayoutTests

open System
open NeuralNetwork
open NeuralNetwork.Plans
open NeuralNetwork.Tests

let tests =
    group
        "Layout"
        [ law "Windows are aligned, in order, disjoint and inside the vector" (fun (case: Case) ->
              let layout = Layout.ofNetwork case.Network

              let next (free: int) (window: Window) =
                  Expect.that (window.Offset % Layout.Alignment = 0) $"{window.Name} begins at {window.Offset}"
                  // Nothing but the padding of an alignment lies between two windows.
                  Expect.that
                      (window.Offset - free |> fun gap -> 0 <= gap && gap < Layout.Alignment)
                      $"{window.Name} after {free}"

                  window.Offset + window.Length

              let ending = List.fold next 0 layout.Windows
              Expect.equal (int (Layout.align (int64 ending))) layout.Length)
          law
              "Layers have the tensors of their formulas, in their shapes, and those that learn nothing have none"
              (fun (case: Case) ->
                  let expected =
                      [ for index, inputs, layer in Network.walk case.Network do
                            match layer with
                            | Layer.Dense(units, _) ->
                                $"layers.{index}.weight", units, inputs
                                $"layers.{index}.bias", 1, units
                            | Layer.Periodic waves ->
                                let features, mixtures = waves.Features.Length, waves.Features.Length * waves.Outputs
                                $"layers.{index}.frequency", features, waves.Frequencies
                                $"layers.{index}.phase", features, waves.Frequencies
                                $"layers.{index}.weight", mixtures, waves.Frequencies
                                $"layers.{index}.bias", 1, mixtures
                            | _ -> () ]

                  let layout = Layout.ofNetwork case.Network
                  Expect.equal expected (layout.Windows |> List.map (fun w -> w.Name, w.Rows, w.Cols))

                  Expect.equal
                      (expected |> List.sumBy (fun (_, rows, cols) -> int64 (rows * cols)))
                      (Layout.parameters layout))
          law "A window is found by its layer and role" (fun (case: Case) ->
              let layout = Layout.ofNetwork case.Network

              for window in layout.Windows do
                  Expect.equal (Some window) (Layout.tryFind window.Layer window.Role layout)

              Expect.equal None (Layout.tryFind case.Network.Layers.Length Role.Weight layout))
          law "Aligning gives the nearest multiple that is not below" (fun (x: uint32) ->
              let aligned = Layout.align (int64 x)

              aligned % int64 Layout.Alignment = 0L
              && int64 x <= aligned
              && aligned < int64 x + int64 Layout.Alignment)
          test "A network too large for one vector is refused with its arithmetic" (fun () ->
              let network = Network.input 100_000 |> Network.dense 100_000 Activation.Identity
              let error = Expect.raises<ArgumentException>(fun () -> Layout.ofNetwork network |> ignore)
              Expect.mentions [ "layer 0"; "100000 x 100000"; "40 GB" ] error.Message)
          each "Sizes below one are refused by name" [ 0; -3 ] (fun (size: int) ->
              let inputs = Expect.raises<ArgumentOutOfRangeException>(fun () -> Network.input size |> ignore)
              Expect.equal "inputs" (string inputs.ParamName)
              let build () = Network.input 2 |> Network.dense size Activation.ReLU |> ignore
              Expect.equal "units" (string (Expect.raises<ArgumentOutOfRangeException> build).ParamName))
          law
              "The fluent words say the same as the pipeline"
              (fun (units: uint8) (activation: Activation) (loss: Loss) ->
                  let units = int units + 1

                  let pipeline =
                      Network.input 3
                      |> Network.dense units activation
                      |> Network.denseWith Initializer.lecunNormal 2
                      |> Network.activate activation
                      |> Network.withLoss loss

                  let fluent =
                      Network
                          .Input(3)
                          .Dense(units, activation)
                          .Dense(2, activation, Initializer.lecunNormal)
                          .With(loss)

                  fluent = pipeline && fluent.Outputs = 2) ]
