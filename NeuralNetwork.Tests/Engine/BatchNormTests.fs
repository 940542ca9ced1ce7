/// Batch normalisation: golden numbers, and what its gradient must satisfy whatever the numbers.
module NeuralNetwork.Tests.Engine.BatchNormTests

open System
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Engine.Norms

let private golden epsilon = { BatchNorm.standard with Epsilon = epsilon }

let private x = [| 1.0; 2.0; 3.0; 5.0; 4.0; 9.0; 0.0; -2.0 |]

let private gy = [| 0.1; 0.5; -0.2; 0.0; 0.3; -0.1; 0.4; 0.2 |]

let private close bound expected actual = Array.iter2 (Expect.within bound) expected actual

let private checkGolden<'T> (bound: float) =
    let near = Norm<'T>(golden 1e-5, x, gy, [| 1.0; 1.0 |], [| 0.0; 0.0 |])
    let first = [| -0.632454267126; 0.632454267126; 1.264908534253; -1.264908534253 |]
    let second = [| -0.372104089274; 0.372104089274; 1.364381660672; -1.364381660672 |]
    close bound (Array.collect (fun (a, b) -> [| a; b |]) (Array.zip first second)) near.Output
    close bound [| 0.2; 0.35 |] near.RunningMean
    close bound [| 1.233333333333; 3.066666666667 |] near.RunningVariance
    let wide = Norm<'T>(golden 1e-3, x, gy, [| 1.0; 1.0 |], [| 0.0; 0.0 |])
    let first = [| -0.632329078862; 0.632329078862; 1.264658157724; -1.264658157724 |]
    let second = [| -0.372092754936; 0.372092754936; 1.364340101432; -1.364340101432 |]
    close bound (Array.collect (fun (a, b) -> [| a; b |]) (Array.zip first second)) wide.Output

    for epsilon, ggamma, gx1, gx2 in
        [ 1e-5,
          [| -0.316227133563; -0.595366542839 |],
          [| -0.094867950333; -0.284604609942; 0.237169970701; 0.142302589574 |],
          [| 0.036542534020; -0.011735594735; -0.005820105102; -0.018986834183 |]
          1e-3,
          [| -0.316164539431; -0.595348407897 |],
          [| -0.094830399542; -0.284567047775; 0.237085479998; 0.142311967319 |],
          [| 0.036541839409; -0.011735655747; -0.005821462245; -0.018984721417 |] ] do
        let norm = Norm<'T>(golden epsilon, x, gy, [| 1.5; 0.5 |], [| 0.0; 0.0 |])
        close bound [| 0.6; 0.6 |] norm.BetaGradient
        close bound ggamma norm.GammaGradient
        close bound (Array.collect (fun (a, b) -> [| a; b |]) (Array.zip gx1 gx2)) norm.InputGradient

let tests =
    group
        "BatchNorm"
        [ test "Outputs, gradients and running statistics are the golden ones" (fun () ->
              // The golden numbers have twelve digits.
              checkGolden<float> 1e-12
              checkGolden<float32> 2e-6)
          test "Every convention stores its own variance" (fun () ->
              let stored settings =
                  let norm = Norm<float>(settings, x, gy, [| 1.0; 1.0 |], [| 0.0; 0.0 |])
                  norm.RunningMean, norm.RunningVariance

              let keras variance = { Epsilon = 1e-3; Decay = 0.99; Variance = variance }
              let mean, variance = stored (keras RunningVariance.Biased)
              close 1e-12 [| 0.02; 0.035 |] mean
              close 1e-12 [| 1.015; 1.1525 |] variance
              close 1e-12 [| 1.023344448149; 1.206738912971 |] (snd (stored (keras RunningVariance.Keras2))))
          states
              [ 12 ]
              (law
                  "Gradients of a batch norm's inputs sum to zero, and so do their products with the normalised inputs"
                  (fun (seed: int) ->
                      let rows, cols, x, gy, gamma, beta = random seed 0.0
                      let norm = Norm<float>({ BatchNorm.standard with Epsilon = 0.0 }, x, gy, gamma, beta)

                      for col in 0 .. cols - 1 do
                          let gx, x = column norm.InputGradient cols col, column x cols col
                          let mean = Array.average x
                          let deviation = sqrt (x |> Array.averageBy (fun v -> (v - mean) ** 2.0))

                          // A column may be constant by chance: without ε its normalised inputs do not exist.
                          if deviation > 1e-3 then
                              let hat = x |> Array.map (fun v -> (v - mean) / deviation)

                              let size =
                                  1.0
                                  + Array.sumBy abs gx
                                  + (column gy cols col |> Array.sumBy abs) * abs gamma[col] / deviation

                              Expect.within (1e-12 * size * float rows) 0.0 (Array.sum gx)
                              Expect.within (1e-12 * size * float rows) 0.0 (Array.sum (Array.map2 (*) gx hat))))
          states
              [ 35 ]
              (law "A constant column comes out as beta exactly, with finite gradients" (fun (seed: int) (Real value) ->
                  let rows, cols, _, gy, gamma, beta = random seed 0.0
                  let constant = Array.create (rows * cols) value

                  for output in
                      [ Norm<float>(BatchNorm.standard, constant, gy, gamma, beta).Output
                        Generate.floats (
                            Generate.convert<float>(Norm<float>(golden 1e-3, constant, gy, gamma, beta).Output)
                        ) ] do
                      output |> Array.iteri (fun i y -> Expect.equal beta[i % cols] y)

                  let single = Norm<float32>(BatchNorm.standard, constant, gy, gamma, beta)
                  single.Output |> Array.iteri (fun i y -> Expect.equal (float (float32 beta[i % cols])) y)
                  Expect.that (Array.forall Double.IsFinite single.InputGradient) "a gradient is not finite"))
          states
              [ 33 ]
              (law "A common offset changes nothing but the mean" (fun (seed: int) (Real offset) ->
                  let _, _, x, gy, gamma, beta = random seed 0.0
                  let moved = x |> Array.map (fun v -> v + 1000.0 * offset)

                  let here, there =
                      Norm<float>(BatchNorm.standard, x, gy, gamma, beta),
                      Norm<float>(BatchNorm.standard, moved, gy, gamma, beta)
                  // Adding the offset rounds every number by its unit; that is divided by a deviation of at least √ε.
                  let bound =
                      1e4 * Math.ScaleB(1.0 + abs (1000.0 * offset), -52) * (1.0 + Array.max (Array.map abs gamma))

                  Array.iter2 (Expect.within (bound / sqrt 1e-5)) here.Output there.Output))
          states
              [ 32 ]
              (law "Outputs have mean beta, and the deviation that gamma and epsilon leave" (fun (seed: int) ->
                  let _, cols, x, gy, gamma, beta = random seed 0.0
                  let y = Norm<float>(BatchNorm.standard, x, gy, gamma, beta).Output

                  for col in 0 .. cols - 1 do
                      let x, y = column x cols col, column y cols col
                      let mean = Array.average x
                      let variance = x |> Array.averageBy (fun v -> (v - mean) ** 2.0)
                      let scale = 1.0 + abs gamma[col] + abs beta[col]
                      Expect.within (1e-12 * scale) beta[col] (Array.average y)
                      let deviation = sqrt (y |> Array.averageBy (fun v -> (v - beta[col]) ** 2.0))
                      Expect.within (1e-12 * scale) (abs gamma[col] * sqrt (variance / (variance + 1e-5))) deviation))
          states
              [ 34 ]
              (law "A positive factor changes nothing, a negative one the sign" (fun (seed: int) (Real factor) ->
                  let _, cols, x, gy, gamma, beta = random seed 0.0
                  let factor = if factor = 0.0 then 1000.0 else factor
                  // ε is nothing beside the variances, but for columns that are constant by chance.
                  let settings = { BatchNorm.standard with Epsilon = 1e-30 }
                  let here = Norm<float>(settings, x, gy, gamma, beta).Output
                  let there = Norm<float>(settings, Array.map ((*) factor) x, gy, gamma, beta).Output

                  for col in 0 .. cols - 1 do
                      let x = column x cols col
                      let mean = Array.average x

                      if x |> Array.averageBy (fun v -> (v - mean) ** 2.0) > 1e-6 then
                          for a, b in Array.zip (column here cols col) (column there cols col) do
                              let expected = float (sign factor) * (a - beta[col])
                              Expect.within (1e-9 * (1.0 + abs gamma[col])) expected (b - beta[col])))
          states
              [ 31 ]
              (test
                  "Mean and variance keep six digits in float32 at a mean ten thousand deviations from zero"
                  (fun () ->
                      let random, rows = Random 5, 100_000
                      let x = Array.init rows (fun _ -> float (float32 (1e4 + Generate.normal random)))

                      let norm =
                          Norm<float32>(
                              { BatchNorm.standard with Decay = 0.0; Variance = RunningVariance.Biased },
                              x,
                              x,
                              [| 1.0 |],
                              [| 0.0 |]
                          )

                      let mean = Array.average x
                      let variance = x |> Array.averageBy (fun v -> (v - mean) ** 2.0)
                      Expect.within (1e-6 * mean) mean norm.Mean[0]
                      Expect.within (1e-6 * variance) variance norm.RunningVariance[0]))
          // Numbers that are exact in float64 whatever the mean: multiples of 2⁻²⁰ of a size up to 8, plus whole numbers.
          states
              [ 31 ]
              (law
                  "Mean and variance are the exact ones for a mean up to a million deviations from zero"
                  (fun (seed: int) (size: uint8) ->
                      let random = Random seed
                      let offset = float (random.Next(-1_000_000, 1_000_000)) * float size / 255.0 |> round

                      let v =
                          Array.init (2 + random.Next 70) (fun _ ->
                              round (Generate.normal random * 1048576.0) / 1048576.0)

                      let settings = { BatchNorm.standard with Decay = 0.0; Variance = RunningVariance.Biased }
                      let norm = Norm<float>(settings, Array.map ((+) offset) v, v, [| 1.0 |], [| 0.0 |])
                      let mean = Array.average v
                      let variance = v |> Array.averageBy (fun v -> (v - mean) ** 2.0)
                      Expect.within (Math.ScaleB(2.0 + 2.0 * abs offset, -53)) (offset + mean) norm.Mean[0]
                      // The mean is rounded once, by u·|offset|: its square is what the variance gains.
                      let gain = Math.ScaleB(1.0 + abs offset, -53) ** 2.0
                      Expect.within (1e-13 * variance + gain) variance norm.RunningVariance[0]
                      Expect.that (norm.RunningVariance[0] >= 0.0) "a variance below zero"))
          states
              [ 31 ]
              (law "A variance is never below zero" (fun (seed: int) (Real offset) ->
                  let _, _, x, gy, gamma, beta = random seed (1e8 * offset)

                  for variance in [ RunningVariance.Biased; RunningVariance.Unbiased; RunningVariance.Keras2 ] do
                      let settings = { BatchNorm.standard with Decay = 0.0; Variance = variance }
                      let isPositive variances = Array.forall (fun variance -> variance >= 0.0) variances
                      Expect.that (isPositive (Norm<float>(settings, x, gy, gamma, beta).RunningVariance)) "float64"
                      Expect.that (isPositive (Norm<float32>(settings, x, gy, gamma, beta).RunningVariance)) "float32")) ]
