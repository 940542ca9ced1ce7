/// Gradients of every activation and loss: against central differences, and by what the mathematics says of them.
module NeuralNetwork.Tests.GradientTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open FsCheck.FSharp

/// The analytic gradient and loss on the managed product.
let private analytic<'T> (case: Case) (parameters: Parameters<'T>) (x: 'T[]) (t: 'T[]) : float * 'T[] =
    let plan = Plan.compile case.Network Training.Default (t.Length / Network.outputs case.Network)
    let executor = Machines.executor plan parameters
    Machines.load executor x t
    let loss = executor.Gradient(plan.Batch, 1)
    loss, executor.Span(plan.Gradient).ToArray()

let private gradientOf (case: Case) : float * float[] =
    analytic case (Case.parameters case) (Case.inputs case) (Case.targets case)

/// The loss as a function of the parameters, with the side of every kink of an activation or the loss. In the naive plan
/// every intermediate result has memory of its own, to be read afterwards.
type private Watched<'T>(case: Case, parameters: Parameters<'T>, x: 'T[], t: 'T[]) =
    let plan = Plan.naive case.Network None case.Rows
    let executor = Machines.executor plan parameters
    do Machines.load executor x t

    let read slice = executor.Span(slice).ToArray() |> Array.map Lane.toFloat

    let sides op : bool[] =
        match op with
        | Op.Activate(activation, z, _) ->
            match Activation.kinks activation with
            | [] -> [||]
            | kinks -> read z |> Array.collect (fun value -> [| for kink in kinks -> value > kink |])
        | Op.Loss(loss, z, t, _, _) ->
            Array.zip (read z) (read t)
            |> Array.collect (fun (value, target) -> [| for kink in Loss.kinks loss target -> value > kink |])
        | _ -> [||]

    member _.Loss() : float = executor.Evaluate case.Rows

    member _.Signs() : bool[] = plan.Evaluate |> List.map sides |> Array.concat

    /// The loss and the signs with one parameter replaced.
    member watched.With(place: int, value: 'T) : float * bool[] =
        let values = executor.Span plan.Parameters
        let before = values[place]
        values[place] <- value
        let loss = watched.Loss()
        (executor.Span plan.Parameters)[place] <- before
        loss, watched.Signs()

/// How many coordinates were drawn, and in how many of them there was a kink between the two losses. Others that are drawn in place
/// of these do not count: a tensor with kinks everywhere has all of its coordinates tried, and would count for more than one without.
type private Tally() =
    member val Drawn = 0 with get, set
    member val Kinked = 0 with get, set

let private isTurn (role: Role) : bool = role = Role.Frequency || role = Role.Phase

/// The step of a difference. Two of a turn are extrapolated below, which counts the roundings of a loss three times and its
/// h² not at all: a longer one, where no kink can be in its way.
let private stepOf (isSmooth: bool) (role: Role) : float = if isSmooth && isTurn role then 1.2e-5 else 6e-6

/// Up to 25 places of every window with the central difference there.
let private differences (isSmooth: bool) (tally: Tally) (case: Case) : (int * float) list =
    let parameters = Case.parameters case
    let watched = Watched(case, parameters, Case.inputs case, Case.targets case)
    let random = Random case.Seed

    /// The central difference over a step, where there is no kink on the way.
    let over (h: float) place =
        let w = parameters.Values[place]
        let above, signsAbove = watched.With(place, w + h)
        let below, signsBelow = watched.With(place, w - h)

        if signsAbove = signsBelow then Some((above - below) / ((w + h) - (w - h))) else None

    let difference (role: Role) place =
        let h = stepOf isSmooth role * max 1.0 (abs parameters.Values[place])

        match over h place, (if isTurn role then over (h / 2.0) place else None) with
        // What is left of h² goes: a turn of a large number has large derivatives of third order (Richardson 1911).
        | Some whole, Some half -> Some(place, (4.0 * half - whole) / 3.0)
        | Some whole, None when not (isTurn role) -> Some(place, whole)
        | _ -> None

    [ for window in parameters.Layout.Windows do
          let places = Array.init window.Length (fun place -> window.Offset + place)
          random.Shuffle places
          let found = places |> Seq.map (difference window.Role) |> Seq.cache
          let drawn = found |> Seq.truncate 25 |> List.ofSeq
          tally.Drawn <- tally.Drawn + drawn.Length
          tally.Kinked <- tally.Kinked + (drawn |> List.filter Option.isNone |> List.length)
          yield! found |> Seq.choose id |> Seq.truncate 25 ]

let private judge (isSmooth: bool) (tally: Tally) (case: Case) =
    let loss, gradient = gradientOf case
    let numeric = differences isSmooth tally case
    let size = max 1.0 (abs loss)

    for place, n in numeric do
        let a = gradient[place]
        let bound = 1e-6 * max (abs a) (abs n) + 1e-9 * size
        Expect.that (abs (a - n) <= bound) $"gradient {place} is {a:R}, the difference {n:R}"

    if isSmooth then
        let a, n = [| for place, _ in numeric -> gradient[place] |], [| for _, n in numeric -> n |]
        // A loss of a few roundings, divided by the step: what no difference can see below.
        let shortest =
            (Case.parameters case).Layout.Windows
            |> List.map (fun window -> stepOf isSmooth window.Role)
            |> List.min

        let floor = sqrt (float a.Length) * 16.0 * Math.ScaleB(size, -53) / shortest
        let bound = 1e-8 * max (Expect.norm a) (Expect.norm n) + floor
        Expect.that (Expect.distance a n <= bound) $"‖a - n‖ = {Expect.distance a n:R} above {bound:R}"

let private pairs =
    [ for activation in Activation.LeakyReLU 0.0 :: Activation.all do
          for loss in Loss.all do
              $"{Activation.name activation}, {Loss.name loss}", (activation, loss) ]

let private casesOf activation loss =
    let cases = Generate.caseOf (Gen.constant activation) (Gen.constant loss)
    Arb.fromGenShrink (Gen.map Case.ordinary cases, Generate.smallerCase)

/// The norms of gradients are compared against the mean norm of the rows' gradients: what cancels between rows is lost.
let private rowGradients (case: Case) =
    let x, t = Case.inputs case, Case.targets case
    let inputs, outputs = case.Network.Inputs, Network.outputs case.Network

    Array.init case.Rows (fun row ->
        analytic case (Case.parameters case) (Array.sub x (row * inputs) inputs) (Array.sub t (row * outputs) outputs))

let private meanNorm (rows: (float * float[])[]) = Array.averageBy (snd >> Expect.norm) rows

let tests =
    group
        "Gradient"
        [ states
              [ 2 ]
              (eachNamed
                  "The gradient agrees with central differences"
                  pairs
                  (fun (activation: Activation, loss: Loss) ->
                      let isSmooth = List.isEmpty (Activation.kinks activation) && List.isEmpty (Loss.kinks loss 0.0)
                      let tally = Tally()
                      // The coordinates of a case share its kinks: more cases where there are any, so that one is no share of all.
                      Trials.run (if isSmooth then 12 else 24) (casesOf activation loss) (judge isSmooth tally)
                      let share = float tally.Kinked / float tally.Drawn
                      Expect.that (share <= 0.05) $"{tally.Kinked} of {tally.Drawn} coordinates had kinks beside them"))
          states
              [ 7 ]
              (lawTried 60 "The gradient of a batch is the mean of the gradients of its rows" (fun (case: Case) ->
                  let loss, gradient = gradientOf case
                  let rows = rowGradients case

                  let mean =
                      Array.init gradient.Length (fun place -> Array.averageBy (fun (_, g: float[]) -> g[place]) rows)

                  Expect.within (1e-13 * Array.averageBy (fst >> abs) rows) (Array.averageBy fst rows) loss

                  Expect.that
                      (Expect.distance mean gradient <= 1e-13 * meanNorm rows)
                      "the gradient is not the mean of its rows"))
          states
              [ 8 ]
              (lawTried 60 "Permuting rows leaves loss and gradient as they are" (fun (case: Case) ->
                  let loss, gradient = gradientOf case
                  let inputs, outputs = case.Network.Inputs, Network.outputs case.Network
                  let order = Array.init case.Rows id
                  Random(case.Seed).Shuffle order

                  let permute width (values: float[]) =
                      order |> Array.collect (fun row -> Array.sub values (row * width) width)

                  let x, t = permute inputs (Case.inputs case), permute outputs (Case.targets case)
                  let permutedLoss, permuted = analytic case (Case.parameters case) x t
                  let rows = rowGradients case
                  Expect.within (1e-13 * Array.averageBy (fst >> abs) rows) loss permutedLoss
                  Expect.that (Expect.distance gradient permuted <= 1e-13 * meanNorm rows) "the order of rows shows"))
          states
              [ 17; 18 ]
              (lawTried
                  60
                  "Two backward passes have the same bits, and leave parameters, inputs and targets alone"
                  (fun (case: Case) ->
                      let parameters, x, t = Case.parameters case, Case.inputs case, Case.targets case
                      let plan = Plan.compile case.Network Training.Default case.Rows
                      let executor = Machines.executor plan parameters
                      Machines.load executor x t
                      let run () = [| executor.Gradient(case.Rows, 1) |], executor.Span(plan.Gradient).ToArray()
                      let firstLoss, first = run ()
                      let secondLoss, second = run ()
                      Expect.sameBits "loss" firstLoss secondLoss
                      Expect.sameBits "gradient" first second
                      Expect.sameBits "parameters" parameters.Values (executor.Span(plan.Parameters).ToArray())
                      Expect.sameBits "inputs" x (executor.Span(plan.Input).ToArray())
                      Expect.sameBits "targets" t (executor.Span(plan.Target).ToArray())))
          lawTried 60 "The gradient is zero between the windows" (fun (case: Case) ->
              let _, gradient = gradientOf case

              for window in (Layout.ofNetwork case.Network).Windows do
                  Array.fill gradient window.Offset window.Length 0.0

              Expect.sameBits "padding" (Array.zeroCreate gradient.Length) gradient)
          states
              [ 9 ]
              (lawTried 60 "The rows of softmax cross-entropy's gradient sum to zero" (fun (case: Case) ->
                  let network = Network.withLoss Loss.SoftmaxCrossEntropy case.Network
                  let case = { case with Network = network }
                  // Without sharing of memory the gradient of the logits is still there afterwards.
                  let _, fuseSoftmax = List.head Plan.rewrites
                  let plan = fuseSoftmax (Plan.naive network (Some Training.Default) case.Rows)
                  let executor = Machines.executor plan (Case.parameters case)
                  Machines.load executor (Case.inputs case) (Case.targets case)
                  executor.Gradient(case.Rows, 1) |> ignore

                  let gz =
                      plan.Step
                      |> List.pick (fun op ->
                          match op with
                          | Op.SoftmaxCrossEntropy(_, _, _, _, gz) -> Some gz
                          | _ -> None)

                  for row in Array.chunkBySize gz.Cols (executor.Span(gz).ToArray()) do
                      // Each of n probabilities is rounded a few times; the row is divided by the number of rows.
                      Expect.within (Math.ScaleB(8.0 * float gz.Cols, -53) / float case.Rows) 0.0 (Array.sum row)))
          states
              [ 15 ]
              (lawTried
                  60
                  "A rectified layer made larger and the next made smaller by the same factor is the same network"
                  (fun (case: Case) (Real c) ->
                      let c = 0.1 + min 9.9 (abs c)

                      let network =
                          Network.input case.Network.Inputs
                          |> Network.dense 9 Activation.ReLU
                          |> Network.dense 4 Activation.Identity

                      let case = { case with Network = Network.withLoss case.Network.Loss network; Scale = 1.0 }
                      let parameters = Case.parameters case
                      let scaled = Array.copy parameters.Values

                      for window in parameters.Layout.Windows do
                          let factor =
                              if window.Layer = 0 then c
                              elif window.Role = Role.Weight then 1.0 / c
                              else 1.0

                          for place in window.Offset .. window.Offset + window.Length - 1 do
                              scaled[place] <- factor * scaled[place]

                      let loss values =
                          fst (
                              analytic case { parameters with Values = values } (Case.inputs case) (Case.targets case)
                          )

                      let here, there = loss parameters.Values, loss scaled
                      Expect.within (1e-12 * max 1.0 (abs here)) here there))
          states
              [ 16 ]
              (lawTried 60 "A tanh network is odd in its inputs and biases, in every bit" (fun (case: Case) ->
                  let layers =
                      case.Network.Layers
                      |> List.map (fun layer ->
                          match layer with
                          | Layer.Activate _ -> Layer.Activate Activation.Tanh
                          // A cosine is even.
                          | Layer.Periodic _ -> Layer.Activate Activation.Identity
                          | dense -> dense)

                  let case = { case with Network = { case.Network with Layers = layers; Loss = Loss.SquaredError } }
                  let parameters = Case.parameters case
                  let mirrored = Array.copy parameters.Values

                  for window in parameters.Layout.Windows do
                      if window.Role = Role.Bias then
                          for place in window.Offset .. window.Offset + window.Length - 1 do
                              mirrored[place] <- -mirrored[place]

                  let predict (values: float[]) (x: float[]) =
                      let plan = Plan.forPrediction case.Network case.Rows
                      let executor = Machines.executor plan { parameters with Values = values }
                      x.AsSpan().CopyTo(executor.Span plan.Input)
                      executor.Predict case.Rows
                      // -0 and 0 are the same result: 0 - 0 is 0 in both directions.
                      executor.Span(plan.Prediction).ToArray() |> Array.map (fun y -> y + 0.0)

                  let here = predict parameters.Values (Case.inputs case)
                  let there = predict mirrored (Array.map (~-) (Case.inputs case))
                  Expect.sameBits "prediction" (Array.map (fun y -> -y + 0.0) here) there))
          states
              [ 19 ]
              (law "The float32 gradient follows the float64 gradient within five millionths" (fun (case: Case) ->
                  let case = Case.ordinary case
                  let single: Parameters<float32> = Parameters.convert (Case.parameters case)
                  let x, t = Generate.convert<float32>(Case.inputs case), Generate.convert<float32>(Case.targets case)
                  let double: Parameters<float> = Parameters.convert single
                  let wideX, wideT = Generate.floats x, Generate.floats t
                  let narrow, wide = Watched(case, single, x, t), Watched(case, double, wideX, wideT)
                  narrow.Loss() |> ignore
                  wide.Loss() |> ignore

                  // Where rounding puts a number on the other side of a rectifier's bend, the two are different functions.
                  if narrow.Signs() = wide.Signs() then
                      let _, expected = analytic case double wideX wideT
                      let _, actual = analytic case single x t
                      // Below a hundredth the gradient is the remainder of a cancellation, as p - t near a perfect prediction.
                      Expect.normWithin "gradient" 5e-6 0.01 expected (Generate.floats actual))) ]
