/// Dropout, penalties and limits.
module NeuralNetwork.Tests.Engine.DropoutTests

open System
open System.Runtime.Intrinsics
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

/// y = dropout x on memory of its own.
let private drop<'T> (rate: float) (seed: uint64) (step: int) (layer: int) (cols: int) (x: float[]) : float[] =
    let rows = x.Length / cols
    let source, target = Arena<'T> x.Length, Arena<'T> x.Length
    (Generate.convert<'T> x).AsSpan().CopyTo(source.Span(0, x.Length))
    let matrix (arena: Arena<'T>) : Matrix<'T> = { Address = arena.Address; Rows = rows; Cols = cols; Batched = true }
    let kernel = DropoutKernel<'T>(rate, seed, layer, 1, matrix source, matrix target)
    kernel.Prepare(step, 0.0)

    for tile in 0 .. kernel.Tiles rows - 1 do
        kernel.Run(rows, tile)

    GC.KeepAlive source
    Generate.floats (target.Span(0, x.Length).ToArray())

let private check<'T> (seed: int) =
    let random = Random seed
    let rows, cols, rate, step = 1 + random.Next 5, 1 + random.Next 70, random.NextDouble() * 0.95, 1 + random.Next 1000
    let x = Generate.floats (Generate.convert<'T>(Generate.reals random (rows * cols)))
    let y = drop<'T> rate 7UL step 3 cols x
    let key = Dropout.key 7UL step 3
    let unit = if Lane.isSingle<'T> then Math.ScaleB(1.0, -23) else Math.ScaleB(1.0, -52)

    for row in 0 .. rows - 1 do
        for col in 0 .. cols - 1 do
            let value = x[row * cols + col]

            if Dropout.keeps key rate row col then
                Expect.within (2.0 * unit * abs value / (1.0 - rate)) (value / (1.0 - rate)) y[row * cols + col]
            else
                Expect.equal 0.0 (abs y[row * cols + col])

let private gradientWith (training: Training) (case: Case) =
    let struct (loss, gradient) =
        Model.gradientOf case.Network training 1 (Case.parameters case) (Case.inputs case) (Case.targets case)

    loss, gradient

/// The gradient after clipping, seen through one step of plain descent at rate 1.
let private clipped (clipping: Clipping) (case: Case) =
    let training = Training.Default.With(Optimizer.SGD).With(Schedule.Constant 1.0).With(clipping)
    let parameters = Case.parameters case
    let executor = Machines.executor (Plan.compile case.Network training case.Rows) parameters
    Machines.load executor (Case.inputs case) (Case.targets case)
    executor.Step(case.Rows, 1, 1.0) |> ignore
    executor.Span(executor.Plan.Gradient).ToArray()

let private norm values = sqrt (Array.sumBy (fun v -> v * v) values)

let tests =
    group
        "Dropout"
        [ states
              [ 43; 45 ]
              (law
                  "Kept numbers are divided by the chance of being kept, the others are zero, by the definition of the mask"
                  (fun (seed: int) ->
                      check<float> seed
                      check<float32> seed))
          states
              [ 44; 46 ]
              (test
                  "The share of kept numbers is what the rate leaves, and masks of steps, layers and seeds differ"
                  (fun () ->
                      let ones = Array.create 100_000 1.0

                      let mask seed step layer =
                          drop<float32> 0.3 seed step layer 1000 ones
                          |> Array.map (fun y -> if y = 0.0 then 0.0 else 1.0)

                      let first = mask 1UL 1 0
                      // Five standard errors of a binomial share.
                      let error = 5.0 * sqrt (0.7 * 0.3 / 1e5)
                      Expect.within error 0.7 (Array.average first)

                      for other in [ mask 1UL 2 0; mask 1UL 1 1; mask 2UL 1 0 ] do
                          let both = Array.map2 (*) first other |> Array.average
                          Expect.within (5.0 * sqrt (0.49 * 0.51 / 1e5)) 0.49 both))
          lawTried 20 "The eight-fold generator gives the words of the single one" (fun (seed: int) ->
              let key = Random.key (uint64 (uint32 seed)) Purpose.Mask

              for group in [ 0; 1; 7 ] do
                  let struct (first, second) = Dropout.words key 5 group

                  for place in 0..7 do
                      let struct (x0, x1) = Random.threefry key 5u (uint32 (8 * group + place))
                      Expect.equal x0 (first.GetElement place)
                      Expect.equal x1 (second.GetElement place))
          states
              [ 42 ]
              (lawTried 30 "A rate of zero is no layer, and inference drops nothing" (fun (case: Case) ->
                  Expect.equal case.Network (Network.dropout 0.0 case.Network)

                  let dropped =
                      { case.Network with
                          Layers = case.Network.Layers |> List.collect (fun layer -> [ layer; Layer.Dropout 0.5 ]) }

                  let parameters, x = Case.parameters case, Case.inputs case
                  let plain = Model.predict case.Network parameters x
                  let values = Array.zeroCreate<float> (Layout.ofNetwork dropped).Length

                  for before, after in List.zip parameters.Layout.Windows (Layout.ofNetwork dropped).Windows do
                      Array.blit parameters.Values before.Offset values after.Offset before.Length

                  let copy = { Parameters.zeros<float> dropped with Values = values }
                  Expect.sameBits "predictions" plain (Model.predict dropped copy x)))
          states
              [ 14 ]
              (lawTried
                  30
                  "A penalty adds its slope on weights alone, and its value to the loss"
                  (fun (case: Case) (Real scale) ->
                      let penalty: Penalty = { L1 = abs scale; L2 = 0.5 * abs scale }
                      let plainLoss, plain = gradientWith Training.Default case
                      let loss, gradient = gradientWith (Training.Default.With penalty) case
                      let parameters = Case.parameters case
                      let mutable value = 0.0

                      for window in parameters.Layout.Windows do
                          for place in window.Offset .. window.Offset + window.Length - 1 do
                              let w = parameters.Values[place]
                              let isWeight = window.Role = Role.Weight
                              let slope = if isWeight then penalty.L1 * float (sign w) + penalty.L2 * w else 0.0

                              if isWeight then
                                  value <- value + penalty.L1 * abs w + 0.5 * penalty.L2 * w * w

                              Expect.within
                                  (Math.ScaleB(4.0 * (abs plain[place] + abs slope), -53))
                                  (plain[place] + slope)
                                  gradient[place]

                      Expect.within (1e-13 * (abs plainLoss + value) + 1e-15) (plainLoss + value) loss))
          states
              [ 55 ]
              (lawTried 40 "Clipping keeps every bit within the limit, and the direction beyond it" (fun (case: Case) ->
                  let case = Case.ordinary case
                  let plain = clipped Clipping.None case
                  let size = norm plain
                  Expect.sameBits "within" plain (clipped (Clipping.GlobalNorm(2.0 * size + 1.0)) case)

                  if size > 0.0 then
                      let cut = clipped (Clipping.GlobalNorm(0.5 * size)) case
                      Expect.within (1e-12 * size) (0.5 * size) (norm cut)
                      Array.iter2 (fun a b -> Expect.within (1e-12 * size) (0.5 * a) b) plain cut

                  let limit = 0.3 * (plain |> Array.map abs |> Array.max) + 1e-6

                  Expect.sameBits
                      "value"
                      (plain |> Array.map (fun g -> max -limit (min limit g)))
                      (clipped (Clipping.Value limit) case)

                  let each = clipped (Clipping.Norm(0.1 + 0.1 * size)) case

                  for window in (Layout.ofNetwork case.Network).Windows do
                      let part = Array.sub each window.Offset window.Length
                      Expect.that (norm part <= (0.1 + 0.1 * size) * (1.0 + 1e-12)) $"{window.Name} is too long"))
          lawTried 40 "After a step no unit has a norm above its limit" (fun (case: Case) ->
              let training = { Training.Default with MaxNorm = 0.5 }
              let executor = Machines.executor (Plan.compile case.Network training case.Rows) (Case.parameters case)
              Machines.load executor (Case.inputs case) (Case.targets case)
              executor.Step(case.Rows, 1, 0.01) |> ignore
              let values = executor.Span(executor.Plan.Parameters).ToArray()

              for window in (Layout.ofNetwork case.Network).Windows do
                  if window.Role = Role.Weight then
                      for row in 0 .. window.Rows - 1 do
                          let length = norm (Array.sub values (window.Offset + row * window.Cols) window.Cols)
                          Expect.that (not (length > 0.5 * (1.0 + 1e-12))) $"{window.Name} {row}: {length}") ]
