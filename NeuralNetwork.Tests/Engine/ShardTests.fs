/// Batches in shards: the tree that adds their gradients, and what shards change and what they do not.
module NeuralNetwork.Tests.Engine.ShardTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Verification

/// The sum over shards as it is defined: of more than one, that of the first p and that of the others, p the greatest power of
/// two below their number.
let rec private treeOf (add: 'Sum -> 'Sum -> 'Sum) (shards: 'Sum[]) : 'Sum =
    if shards.Length = 1 then
        shards[0]
    else
        let powers = Seq.initInfinite (fun power -> 1 <<< power)
        let first = powers |> Seq.takeWhile (fun power -> power < shards.Length) |> Seq.last
        add (treeOf add shards[.. first - 1]) (treeOf add shards[first..])

/// What the engine makes of the gradients of shards, on memory of its own.
let private sumOf<'T> (gradients: 'T[][]) : 'T[] =
    let length = gradients[0].Length
    let room () = Arena<'T> length
    let matrix (arena: Arena<'T>) : Matrix<'T> = { Address = arena.Address; Rows = 1; Cols = length; Batched = false }
    let gradient, partials = room (), Array.init (Shard.partials gradients.Length) (fun _ -> room ())
    let kernel = SumShardsKernel<'T>(matrix gradient, Array.map matrix partials)

    for index in 0 .. gradients.Length - 1 do
        gradients[index].AsSpan().CopyTo(gradient.Span(0, length))
        kernel.Begin(Shard.at gradients.Length gradients.Length index)

        for tile in 0 .. kernel.Tiles 1 - 1 do
            kernel.Run(1, tile)

    let sum = gradient.Span(0, length).ToArray()
    GC.KeepAlive partials
    sum

/// A step's loss of every row and gradient, of a plan of its own.
let private see (case: Case) (training: Training) : float[] * float[] =
    let executor = Machines.executor (Plan.compile case.Network training case.Rows) (Case.parameters case)
    Machines.load executor (Case.inputs case) (Case.targets case)
    let mean = executor.Gradient(case.Rows, 3)
    let losses = executor.Span(executor.Plan.Losses).ToArray()
    Array.append [| mean; executor.Penalty |] losses, executor.Span(executor.Plan.Gradient).ToArray()

let private without (unwanted: Layer -> bool) (case: Case) : Case =
    { case with
        Network = { case.Network with Layers = List.filter (unwanted >> not) case.Network.Layers } }

let private isNormal (values: float[]) = values |> Array.forall (fun x -> x = 0.0 || Double.IsNormal x)

/// Networks with everything but batch norms, alone and in ensembles.
let private plain (case: Case) : Case = Case.multiply (without _.IsBatchNorm (Case.enrich (Case.ordinary case)))

/// Batch norm on four features as they are, then a dense layer.
let private onFeatures (variance: RunningVariance) : Network =
    Network.input 4
    |> Network.batchNorm { BatchNorm.standard with Decay = 0.7; Variance = variance }
    |> Network.dense 2 Activation.Identity

let private meanAndVariance (column: float[]) =
    let mean = Array.average column
    mean, column |> Array.averageBy (fun x -> (x - mean) * (x - mean))

/// Steps with a short batch between long ones, and the statistics after them.
let private train<'T> (machine: Machine) (case: Case) (shards: int) : 'T[] =
    let model = Model<'T>(case.Network, Parameters.convert (Case.parameters case))
    let trainer = Trainer<'T>(model, Training.Default.WithShards shards, case.Rows, machine)

    for rows in [ case.Rows; max 1 (case.Rows / 3); case.Rows ] do
        let case = { case with Rows = rows }
        let x, t = Generate.convert<'T>(Case.inputs case), Generate.convert<'T>(Case.targets case)
        trainer.Step(ReadOnlySpan x, ReadOnlySpan t) |> ignore

    let parameters = (trainer.Snapshot()).Parameters
    Array.append parameters.Values parameters.Statistics

let tests =
    sharing "Shard" (fun () -> [ for threads in 1..3 -> Machines.managed threads ]) (fun machines ->
        [ states
              [ 100 ]
              (law "The engine adds the gradients of shards in the tree of the definition" (fun (seed: int) ->
                  let random = Random seed
                  let shards = 1 + random.Next 40
                  // Longer than a tile now and then.
                  let length = 1 + random.Next(if random.Next 8 = 0 then 20000 else 40)
                  let gradients = Array.init shards (fun _ -> Generate.reals random length)
                  let add (a: float[]) (b: float[]) = Array.map2 (+) a b
                  Expect.sameBits "sum" (treeOf add gradients) (sumOf<float> gradients)
                  let singles = Array.map Generate.convert<float32> gradients
                  let addSingles (a: float32[]) (b: float32[]) = Array.map2 (+) a b
                  Expect.sameBits "float32" (treeOf addSingles singles) (sumOf<float32> singles)))
          test "As many partial sums wait as 2 to their number holds all shards" (fun () ->
              for shards in 1..300 do
                  let levels = Shard.partials shards
                  Expect.that (1 <<< levels >= shards) $"{shards} shards, {levels} partial sums"
                  Expect.that (levels = 0 || 1 <<< (levels - 1) < shards) $"{shards} shards, {levels} partial sums")
          law "Shards are all rows in their order, as even as can be, the longer first" (fun (seed: int) ->
              let random = Random seed
              let least, asked, batch = 1 + random.Next 2, 1 + random.Next 20, 1 + random.Next 60
              let largest = Shard.largest asked least batch

              let sizes rows =
                  let count = Shard.count asked least rows
                  let shards: Shard[] = Array.init count (Shard.at count rows)

                  Expect.equal
                      (Array.splitInto count [| 0 .. rows - 1 |] |> Array.map _.Length)
                      (shards |> Array.map _.Rows)

                  Expect.equal
                      (Array.scan (fun row (shard: Shard) -> row + shard.Rows) 0 shards |> Array.take count)
                      (shards |> Array.map _.First)

                  Expect.that
                      (count <= asked && (count = asked || rows / least = count || count = 1))
                      $"{count} shards"

                  Expect.that (shards |> Array.forall (fun shard -> shard.Rows >= min least rows)) $"{rows} rows"
                  shards |> Array.map _.Rows |> Array.max

              Expect.equal largest (Seq.max (Seq.map sizes [ 1..batch ])))
          states
              [ 101; 104 ]
              (law
                  "Without batch norm shards have the losses and masks of the whole batch, and its gradient within rounding"
                  (fun (case: Case) (shards: uint8) ->
                      let case = plain case
                      let training = { Case.trainingOf case Optimizer.SGD with IsWeighted = false; Shards = 1 }
                      let losses, gradient = see case training

                      for shards in [ 2; 3; 1 + int shards % case.Rows ] do
                          let ofShards, sum = see case { training with Shards = shards }
                          Expect.sameBits $"losses of {shards} shards" losses ofShards
                          Expect.normWithin $"gradient of {shards} shards" 1e-12 1.0 gradient sum))
          states
              [ 101 ]
              (lawTried 40 "A batch that makes one shard has the bits of a plan without shards" (fun (case: Case) ->
                  // Three rows are one shard where there is batch norm.
                  let case = { Case.multiply (Case.enrich case) with Rows = 1 + case.Seed % 3 }
                  let isNormalized = Network.hasBatchNorm case.Network
                  let case = if isNormalized then case else { case with Rows = 1 }
                  let losses, gradient = see case Training.Default
                  let ofShards, sum = see case (Training.Default.WithShards 5)
                  Expect.sameBits "losses" losses ofShards
                  Expect.sameBits "gradient" gradient sum))
          states
              [ 102 ]
              (law
                  "The gradient of 2, 4 or 8 shards is the tree of those of their rows by themselves, bit for bit"
                  (fun (case: Case) (power: uint8) (size: uint8) ->
                      let shards = 2 <<< (int power % 3)
                      let rows = 2 + int size % 9
                      let case = Case.multiply (without _.IsDropout (Case.enrich (Case.ordinary case)))
                      let case = { case with Rows = shards * rows }
                      let parameters, x, t = Case.parameters case, Case.inputs case, Case.targets case
                      let training = Training.Default.WithShards shards
                      let struct (_, whole) = Model.gradientOf case.Network training 1 parameters x t
                      // To divide by a power of two, and that of the rows of a shard by more of them, costs no digit.
                      let alone (x: float[]) (t: float[]) =
                          let struct (_, gradient) = Model.gradient case.Network parameters x t
                          Array.map (fun g -> g / float shards) gradient

                      let gradients = Array.map2 alone (Array.splitInto shards x) (Array.splitInto shards t)

                      // Numbers beyond float64's normal ones, of which there are hardly any, lose digits.
                      if Seq.forall isNormal gradients then
                          let add (a: float[]) (b: float[]) = Array.map2 (+) a b
                          Expect.sameBits "gradient" (treeOf add gradients) whole))
          states
              [ 69; 102 ]
              (lawTried 30 "One, two and three threads give shards the same bits" (fun (case: Case) (shards: uint8) ->
                  let case = { Case.multiply (Case.enrich case) with Rows = 3 * case.Rows }
                  let shards = 1 + int shards % Training.mostShards case.Network case.Rows
                  let alone = train<float32> machines.Value[0] case shards
                  Expect.sameBits "two threads" alone (train<float32> machines.Value[1] case shards)
                  Expect.sameBits "three threads" alone (train<float32> machines.Value[2] case shards)))
          states
              [ 103 ]
              (lawTried 40 "The gradient of shards with batch norm is that of dual numbers" (fun (seed: int) ->
                  let cell =
                      Catalogue.quick (uint64 seed) |> Seq.filter (fun cell -> Network.hasBatchNorm cell.Network)

                  let cell = Seq.item (abs (seed % 12)) cell
                  // Three rows or more, so that no column is ±1 whatever its rows.
                  let shards = max 1 (min (2 + abs seed % 3) (cell.Rows / 3))
                  let training = cell.Training.WithShards shards
                  let options = { GradientCheckOptions.Default with Seed = uint64 seed; Taylor = false }

                  let report =
                      GradientCheck.runWeighted
                          Machines.alone
                          options
                          cell.Network
                          training
                          1
                          cell.Parameters
                          cell.X
                          cell.T
                          cell.Weights

                  Expect.that report.Passed $"{cell.Name}, {shards} shards: {report}"))
          states
              [ 103 ]
              (law
                  "Running statistics move once a step to the means over the shards, each by its rows"
                  (fun (seed: int) (rows: uint8) ->
                      let rows, asked = 2 + int rows % 30, 1 + abs (seed % 6)

                      for variance in [ RunningVariance.Biased; RunningVariance.Unbiased; RunningVariance.Keras2 ] do
                          let network = onFeatures variance
                          let case = { Network = network; Rows = rows; Scale = 1.0; Seed = abs (seed % 100000) }
                          let x = Array.chunkBySize 4 (Case.inputs case)
                          let parameters = Case.parameters case

                          let struct (_, after, _) =
                              Model.step
                                  network
                                  (Training.Default.WithShards asked)
                                  1
                                  parameters
                                  (Model.zeroSlots network Training.Default.Optimizer)
                                  (Case.inputs case)
                                  (Case.targets case)

                          let shards = Array.splitInto (max 1 (min asked (rows / 2))) x

                          let stored (shard: float[][]) column =
                              let n = float shard.Length
                              let mean, biased = meanAndVariance (shard |> Array.map (fun row -> row[column]))

                              match variance with
                              | RunningVariance.Biased -> mean, biased
                              | RunningVariance.Unbiased -> mean, biased * n / (n - 1.0)
                              | RunningVariance.Keras2 -> mean, biased * n / (n - 1.0 - BatchNorm.standard.Epsilon)

                          let over pick column =
                              shards
                              |> Array.sumBy (fun shard ->
                                  float shard.Length / float rows * pick (stored shard column))

                          let expected =
                              [| for column in 0..3 -> 0.3 * over fst column
                                 for column in 0..3 -> 0.7 + 0.3 * over snd column |]

                          let layout = Layout.statistics network

                          let actual =
                              layout.Windows
                              |> List.map (fun window -> Array.sub after.Statistics window.Offset window.Length)
                              |> Array.concat

                          Expect.normWithin $"{variance}" 1e-13 1.0 expected actual))
          states
              [ 104 ]
              (lawTried
                  40
                  "A row has the mask of its place in the batch, whatever shard it is in"
                  (fun (seed: int) (shards: uint8) ->
                      // What comes through is seen in the gradient of weights that see one row each.
                      let rows, width = 12, 17
                      let network = Network.input width |> Network.dropout 0.4 |> Network.dense 1 Activation.Identity

                      let case =
                          { Network = Network.withLoss Loss.SquaredError network
                            Rows = rows
                            Scale = 1.0
                            Seed = abs (seed % 1000) }

                      let training =
                          { Training.Default with Seed = uint64 (abs seed); Shards = 1 + int shards % rows }

                      let parameters = Parameters.zeros<float> case.Network
                      let key = Dropout.key training.Seed 2 0

                      for row in 0 .. rows - 1 do
                          let x = Array.init (rows * width) (fun place -> if place / width = row then 1.0 else 0.0)
                          let t = Array.init rows (fun other -> if other = row then 1.0 else 0.0)
                          let struct (_, gradient) = Model.gradientOf case.Network training 2 parameters x t
                          let kept = Array.init width (fun col -> gradient[col] <> 0.0)
                          Expect.equal (Array.init width (Dropout.keeps key 0.4 row)) kept))
          test "Steps of shards allocate nothing" (fun () ->
              let network =
                  Network.input 9
                  |> Network.dropout 0.2
                  |> Network.dense 17 Activation.ReLU
                  |> Network.batchNorm BatchNorm.standard
                  |> Network.dense 3 Activation.Identity

              for members in [ 1; 3 ] do
                  let network = Network.withMembers members (Network.withLoss Loss.SoftmaxCrossEntropy network)
                  let model, random = Model.initialize<float32> 3UL network, Random 4
                  let x = Array.init (50 * 9) (fun _ -> random.NextSingle())
                  let labels = Array.init 50 (fun _ -> random.Next 3)
                  let trainer = Trainer<float32>(model, Training.Default.WithShards 5, 50, Machines.alone)

                  let step () =
                      trainer.Step(ReadOnlySpan x, ReadOnlySpan labels) |> ignore
                      trainer.Step(ReadOnlySpan(x, 0, 63), ReadOnlySpan(labels, 0, 7)) |> ignore

                  step ()
                  Expect.nothingAllocated step)
          test "Layers have room for the largest shard alone" (fun () ->
              let network =
                  Network.input 10 |> Network.dense 1000 Activation.ReLU |> Network.dense 3 Activation.Identity

              let plan shards = PlanOutline.Of(network, Training.Default.WithShards shards, 4096)
              let whole, cut = plan 1, plan 16
              Expect.equal 4096 whole.RowsAtOnce
              Expect.equal 256 cut.RowsAtOnce
              Expect.equal 4 cut.PartialSums
              Expect.that (whole.Numbers > 4096 * 1000) $"{whole.Numbers} numbers"
              Expect.that (cut.Numbers < 256 * 1000 * 3) $"{cut.Numbers} numbers"
              Expect.mentions [ "16 shards of at most 256 rows"; "4 partial sums"; "sum of shards" ] $"{cut}"
              Expect.that (not ($"{whole}".Contains "shard")) $"{whole}")
          test "More shards than a batch can be cut into are refused in words that say how many can" (fun () ->
              let network = Network.input 2 |> Network.dense 3 Activation.ReLU
              let normalized = network |> Network.batchNorm BatchNorm.standard

              let refused network shards batch =
                  let model = Model.initialize<float> 1UL (Network.dense 1 Activation.Identity network)

                  (Expect.raises<ArgumentException>(fun () ->
                      Trainer<float>(model, Training.Default.WithShards shards, batch, Machines.alone) |> ignore))
                      .Message

              Expect.mentions [ "9 shards of a batch of 8 rows (at most 8)" ] (refused network 9 8)

              Expect.mentions
                  [ "5 shards of a batch of 8 rows (at most 4, for a batch norm needs two rows in each)" ]
                  (refused normalized 5 8)

              for shards in [ 0; -1 ] do
                  let error =
                      Expect.raises<ArgumentOutOfRangeException>(fun () ->
                          Training.Default.WithShards shards |> ignore)

                  Expect.equal "shards" (string error.ParamName)

                  let model = Model.initialize<float> 1UL (Network.dense 1 Activation.Identity network)

                  let error =
                      Expect.raises<ArgumentException>(fun () ->
                          Trainer<float>(model, { Training.Default with Shards = shards }, 8, Machines.alone)
                          |> ignore)

                  Expect.mentions [ $"{shards} shards (must be 1 or more)" ] error.Message) ])
