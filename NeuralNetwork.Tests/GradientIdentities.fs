/// What the mathematics says of gradients besides their values: linearity, independence, symmetry, zeros.
module NeuralNetwork.Tests.GradientIdentities

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Verification

let private gradientOf network training parameters (x: float[]) (t: float[]) =
    let struct (_, gradient) = Model.gradientOf network training 1 parameters x t
    gradient

/// The same by the managed product, which adds the terms of an element up in one order whatever the rows beside it: a native library takes
/// another one for few rows than for many, and where large terms cancel the two differ by more than the last digits of what is left.
let private managedGradientOf network parameters (x: float[]) (t: float[]) =
    let plan = Plan.compile network Training.Default (t.Length / Network.outputs network)
    let executor = Machines.executor plan parameters
    Machines.load executor x t
    executor.Gradient(t.Length / Network.outputs network, 1) |> ignore
    executor.Span(plan.Gradient).ToArray()

/// The gradient of all rows of a case.
let private gradientOfAll (case: Case) =
    managedGradientOf case.Network (Case.parameters case) (Case.inputs case) (Case.targets case)

let private combine (alpha: float) (a: float[]) (beta: float) (b: float[]) =
    Array.map2 (fun a b -> alpha * a + beta * b) a b

/// Losses that are straight lines in their targets: a mixture of targets is a mixture of losses.
let private straight =
    [ Loss.SoftmaxCrossEntropy; Loss.SmoothedCrossEntropy 0.1; Loss.BinaryCrossEntropy; Loss.Poisson ]

/// The mean of the gradients of parts of the rows, weighted by their rows.
let private accumulated (case: Case) (size: int) =
    let parameters, x, t = Case.parameters case, Case.inputs case, Case.targets case
    let inputs, outputs = case.Network.Inputs, Network.outputs case.Network

    let parts =
        List.zip
            (List.ofArray (Array.chunkBySize (size * inputs) x))
            (List.ofArray (Array.chunkBySize (size * outputs) t))

    parts
    |> List.map (fun (x, t) ->
        let share = float (t.Length / outputs) / float case.Rows
        managedGradientOf case.Network parameters x t |> Array.map (fun g -> share * g))

/// Five inputs, seven units with a batch norm, three outputs; rows of normal numbers.
let private normalized (seed: int) =
    let network =
        Network.input 5
        |> Network.denseWith Initializer.glorotUniform 7
        |> Network.batchNorm BatchNorm.standard
        |> Network.activate Activation.Tanh
        |> Network.dense 3 Activation.Identity

    { Network = network; Rows = 4 + abs (seed % 20); Scale = 1.0; Seed = seed &&& 0xFFFFF }

/// A network of one hidden layer, its numbers drawn from a source, with its hidden units in an order.
let private hidden (source: Random -> float) seed (order: int[]) =
    let network = Network.input 3 |> Network.dense order.Length Activation.ReLU |> Network.dense 2 Activation.Identity
    let random, zeros = Random(seed: int), Parameters.zeros<float> network
    let draw count = Array.init count (fun _ -> source random)
    let w0, b0, w2, b2 = draw (3 * order.Length), draw order.Length, draw (2 * order.Length), draw 2
    let values = Array.zeroCreate<float> zeros.Values.Length
    let place number (numbers: float[]) = Array.blit numbers 0 values zeros.Layout.Windows[number].Offset numbers.Length
    place 0 (order |> Array.collect (fun unit -> Array.sub w0 (3 * unit) 3))
    place 1 (order |> Array.map (fun unit -> b0[unit]))

    place
        2
        [| for output in 0..1 do
               for unit in order -> w2[output * order.Length + unit] |]

    place 3 b2
    let x, t = draw (3 * 8), draw (2 * 8)
    network, gradientOf network Training.Default { zeros with Values = values } x t, zeros.Layout

/// The numbers of the gradient by the units in their first order.
let private unpermuted (order: int[]) (gradient: float[]) (layout: Layout) =
    let units = order.Length
    let at number place = gradient[layout.Windows[number].Offset + place]
    let where = Array.init units (fun unit -> Array.IndexOf(order, unit))

    let ofUnit unit =
        [ for input in 0..2 -> 0, 3 * where[unit] + input ]
        @ [ 1, where[unit]; 2, where[unit]; 2, units + where[unit] ]

    List.collect ofUnit [ 0 .. units - 1 ] @ [ 3, 0; 3, 1 ]
    |> List.map (fun (number, place) -> at number place)
    |> Array.ofList

let tests =
    group
        "GradientIdentities"
        [ states
              [ 5 ]
              (lawTried 40 "The gradient in the inputs is that of dual numbers to twelve digits" (fun (seed: int) ->
                  let cell = Catalogue.quick (uint64 seed) |> Seq.item (abs (seed % 41))

                  let exact =
                      Reference(cell.Network, cell.Training, 1, cell.X, cell.T).InputDerivatives cell.Parameters.Values

                  let actual = Model.inputGradient cell.Network cell.Training 1 cell.Parameters cell.X cell.T
                  let whole = Expect.norm (gradientOf cell.Network cell.Training cell.Parameters cell.X cell.T)
                  Expect.normWithin cell.Name 1e-12 (0.1 * max whole 1e-6) exact actual))
          states
              [ 5 ]
              (lawTried
                  30
                  "Asking for the gradient in the inputs changes no bit of the one in the parameters"
                  (fun (case: Case) ->
                      let case = Case.enrich case
                      let parameters = Case.parameters case

                      let gradient plan =
                          let executor = Machines.executor plan parameters
                          Machines.load executor (Case.inputs case) (Case.targets case)
                          executor.Gradient(case.Rows, 1) |> ignore
                          executor.Span(plan.Gradient).ToArray()

                      Expect.sameBits
                          "gradient"
                          (gradient (Plan.compile case.Network Training.Default case.Rows))
                          (gradient (Plan.withInputGradient case.Network Training.Default case.Rows))))
          states
              [ 6 ]
              (lawTried
                  60
                  "The gradient of a mixture of losses is the mixture of their gradients"
                  (fun (case: Case) (share: uint8) ->
                      let alpha = float share / 255.0

                      for loss in straight do
                          let case = { Case.ordinary case with Network = Network.withLoss loss case.Network }
                          let x, first = Case.inputs case, Case.targets case
                          let second = Case.targets { case with Seed = case.Seed + 1; Rows = case.Rows }
                          let gradient t = gradientOf case.Network Training.Default (Case.parameters case) x t
                          let left, right = gradient first, gradient second
                          let scale = Expect.norm left + Expect.norm right
                          let mixed = gradient (combine alpha first (1.0 - alpha) second)
                          let distance = Expect.distance (combine alpha left (1.0 - alpha) right) mixed
                          // 1 - alpha and the mixed targets are rounded as well.
                          Expect.that (distance <= 1e-13 * scale) $"{Loss.name loss}: {distance} of {scale}"))
          states
              [ 6 ]
              (lawTried
                  40
                  "The gradient of penalties is the sum of theirs"
                  (fun (case: Case) (Real alpha) (Real beta) ->
                      let alpha, beta = abs alpha, abs beta
                      let parameters, x, t = Case.parameters case, Case.inputs case, Case.targets case

                      let gradient l1 l2 =
                          gradientOf case.Network (Training.Default.With { L1 = l1; L2 = l2 }) parameters x t

                      let data = gradient 0.0 0.0
                      let alone l1 l2 = Array.map2 (-) (gradient l1 l2) data
                      let expected = Array.map2 (+) data (combine alpha (alone 1.0 0.0) beta (alone 0.0 1.0))
                      let scale = Expect.norm data + (alpha + beta) * (Expect.norm (gradient 1.0 1.0))
                      let distance = Expect.distance expected (gradient alpha beta)
                      Expect.that (distance <= 1e-13 * scale) $"{distance} of {scale}"))
          states
              [ 56 ]
              (lawTried
                  60
                  "Gradients of small batches add up to the gradient of the large one"
                  (fun (case: Case) (size: uint8) ->
                      let parts = accumulated case (1 + int size % case.Rows)
                      let whole = gradientOfAll case
                      let scale = List.sumBy Expect.norm parts
                      let distance = Expect.distance whole (List.reduce (Array.map2 (+)) parts)
                      Expect.that (distance <= 1e-13 * scale) $"{distance} of {scale}"))
          states
              [ 7 ]
              (lawTried
                  40
                  "With batch norm the gradient of a batch is not the mean of the gradients of its parts"
                  (fun (seed: int) ->
                      let case = normalized seed
                      let parts = accumulated case 2
                      let whole = gradientOfAll case
                      let distance = Expect.distance whole (List.reduce (Array.map2 (+)) parts)
                      Expect.that (distance > 1e-3 * Expect.norm whole) "the batch norm does not see the batch"))
          // In another order sums round differently; sums of small whole numbers are exact, and there every bit agrees.
          states
              [ 8 ]
              (lawTried
                  60
                  "Permuting hidden units permutes the gradient, exactly where sums are exact"
                  (fun (seed: int) (size: uint8) ->
                      let straight = Array.init (1 + int size % 40) id
                      let order = Array.copy straight
                      Random(seed).Shuffle order

                      let gradients source =
                          let _, here, layout = hidden source seed straight
                          let _, there, _ = hidden source seed order
                          unpermuted straight here layout, unpermuted order there layout

                      gradients (fun random -> float (random.Next(-4, 5))) ||> Expect.sameBits "gradient"
                      gradients Generate.normal ||> Expect.normWithin "gradient" 1e-13 1e-3))
          states
              [ 11 ]
              (lawTried
                  60
                  "Where a mask drops a number its gradient is exactly zero, and nowhere else"
                  (fun (seed: int) (width: uint8) ->
                      let inputs, rows, rate = 1 + int width % 40, 5, 0.4
                      let network = Network.input inputs |> Network.dropout rate |> Network.dense 2 Activation.Identity
                      let case = { Network = network; Rows = rows; Scale = 1.0; Seed = seed &&& 0xFFFFF }
                      let training = Training.Default.With(seed = uint64 (uint32 seed))

                      let gradient =
                          Model.inputGradient
                              network
                              training
                              7
                              (Case.parameters case)
                              (Case.inputs case)
                              (Case.targets case)

                      let key = Dropout.key training.Seed 7 0

                      for row in 0 .. rows - 1 do
                          for col in 0 .. inputs - 1 do
                              Expect.equal (Dropout.keeps key rate row col) (gradient[row * inputs + col] <> 0.0)))
          // The library leaves such a bias out (see `A dense layer before a batch norm has no bias`); an identity in between keeps it.
          states
              [ 13 ]
              (lawTried 40 "A bias that feeds a batch norm has no gradient" (fun (seed: int) ->
                  let case = normalized seed

                  let spaced =
                      case.Network.Layers
                      |> List.collect (fun layer ->
                          if layer.IsDense then [ layer; Layer.Activate Activation.Identity ] else [ layer ])

                  let case = { case with Network = { case.Network with Layers = spaced } }

                  let gradient = gradientOfAll case
                  let bias = (Layout.tryFind 0 Role.Bias (Layout.ofNetwork case.Network)).Value

                  for place in bias.Offset .. bias.Offset + bias.Length - 1 do
                      Expect.within (1e-12 * Expect.norm gradient) 0.0 gradient[place]))
          // Only in the naive plan has every result a place of its own. The compiled one uses memory again on purpose; what it keeps is
          // in `Two backward passes have the same bits, and leave parameters, inputs and targets alone`.
          states
              [ 18 ]
              (lawTried 40 "The way back changes nothing of what the way forward left" (fun (case: Case) ->
                  let case = Case.enrich case
                  let plan = Plan.naive case.Network (Some Training.Default) case.Rows
                  let isLoss op = List.contains plan.Losses (Op.writes op)
                  let forward = List.take (1 + List.findIndex isLoss plan.Step) plan.Step
                  let slices = List.collect Op.writes forward |> List.distinct

                  let run plan =
                      let executor = Machines.executor plan (Case.parameters case)
                      Machines.load executor (Case.inputs case) (Case.targets case)
                      executor.Gradient(case.Rows, 1) |> ignore
                      slices |> List.map (fun slice -> slice.Name, executor.Span(slice).ToArray())

                  for (name, before), (_, after) in List.zip (run { plan with Step = forward }) (run plan) do
                      Expect.sameBits name before after)) ]
