/// Plans: memory is shared only where it may be, and no rewrite changes a result.
module NeuralNetwork.Tests.Network.PlanTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans
open NeuralNetwork.Tests

let private programs (plan: Plan) =
    [ "predict", plan.Predict; "evaluate", plan.Evaluate; "shard", plan.Shard; "step", plan.Step ]

let private kept (plan: Plan) =
    [ plan.Parameters
      plan.Gradient
      plan.Input
      plan.Target
      plan.Weights
      plan.Shares
      plan.Output
      plan.Losses
      plan.Prediction
      plan.Statistics
      plan.ShardStatistics ]
    @ plan.Partials
    @ plan.Slots
    @ plan.Penalties

let private touched op = Op.reads op @ Op.writes op

// Nothing here makes a sentence of a slice before it is wrong: that takes longer than all the rest.

/// Whether the second slice lies wholly inside the first.
let private holds (outer: Slice) (inner: Slice) =
    outer.Offset <= inner.Offset && inner.Offset + inner.Length <= outer.Offset + outer.Length

/// Every temporary of a program, what none of the kept regions holds, with the first and the last phase that touch it.
let private lives (regions: Slice[]) (ops: Op list) =
    [| for phase, op in List.indexed ops do
           for slice in touched op do
               if not (regions |> Array.exists (fun region -> holds region slice)) then
                   struct (slice, phase) |]
    |> Array.groupBy (fun struct (slice, _) -> slice)
    |> Array.map (fun (slice, uses) ->
        let phases = uses |> Array.map (fun struct (_, phase) -> phase)
        struct (slice, Array.min phases, Array.max phases))

let private checkMemory (plan: Plan) =
    let regions = kept plan |> List.filter (fun region -> region.Length > 0) |> Array.ofList

    for left, right in Array.allPairs regions regions do
        if left <> right && left.Overlaps right then
            Expect.fail $"{left} overlaps {right}"

    for name, ops in programs plan do
        for slice in Seq.distinct (Seq.collect touched ops) do
            if slice.Offset < 0 || slice.Rows < 0 || slice.Cols < 0 then
                Expect.fail $"{name}: {slice}"

            if slice.Offset + slice.Length > plan.Length then
                Expect.fail $"{name}: {slice} is outside the {plan.Length}"

            // A member's part of a tensor begins wherever the one before it ends.
            let isPart = plan.Members > 1 && holds plan.Gradient slice

            if not isPart && slice.Offset % Layout.Alignment <> 0 then
                Expect.fail $"{name}: {slice} is not aligned"

        let temporaries = lives (Array.ofList (kept plan)) ops

        for struct (slice, _, _) in temporaries do
            for region in regions do
                if region.Overlaps slice then
                    Expect.fail $"{name}: {slice} overlaps {region}"

        for struct (left, bornLeft, diesLeft) in temporaries do
            for struct (right, bornRight, diesRight) in temporaries do
                if bornLeft <= diesRight && bornRight <= diesLeft && left.Overlaps right && left <> right then
                    Expect.fail $"{name}: {left} and {right} are alive together"

/// What a program reads has been written before, or belongs to what comes from outside.
let private checkOrder (plan: Plan) =
    let given =
        plan.Parameters
        :: plan.Gradient
        :: plan.Input
        :: plan.Target
        :: plan.Weights
        :: plan.Shares
        :: plan.Statistics
        :: plan.ShardStatistics
        :: plan.Slots

    for name, ops in programs plan do
        let known = ResizeArray given

        for op in ops do
            for slice in Op.reads op do
                let isKnown = known.Exists(fun region -> holds region slice)
                // Members of one Together may be written and read in the tail of the same product.
                if not isKnown && not (Op.writes op |> List.exists (fun own -> holds own slice)) then
                    Expect.fail $"{name}: {slice} is read before it is written"

            known.AddRange(Op.writes op)

/// The plans of a case, with batch norms, dropouts, penalties and limits where its seed says so.
let private every (case: Case) (optimizer: Optimizer) =
    let case = Case.multiply case
    let naive = Plan.naive case.Network (Some(Case.trainingOf case optimizer)) case.Rows

    ("naive", naive)
    :: (List.scan (fun (_, plan) (name, rewrite) -> name, rewrite plan) ("", naive) Plan.rewrites
        |> List.tail)

/// Everything a caller can see of a plan: predictions, outputs, losses, gradient, and two steps of training.
type private Seen =
    { Prediction: float[]
      Loss: float
      Output: float[]
      Gradient: float[]
      StepLosses: float list
      Trained: float[] list }

let private see (case: Case) (plan: Plan) : Seen =
    let parameters = Case.parameters case
    let executor = Machines.executor plan parameters
    Machines.load executor (Case.inputs case) (Case.targets case)
    let copy slice = executor.Span(slice).ToArray()
    let rows = case.Rows
    executor.Predict rows
    let prediction = copy plan.Prediction
    let loss = executor.Evaluate rows
    let output = copy plan.Output
    let gradientLoss = executor.Gradient(rows, 1)
    let gradient = copy plan.Gradient

    // Where training and inference do the same, they cost the same; members learn from losses of their own.
    if
        case.Network.Members = 1
        && case.Network.Layers |> List.forall (fun layer -> layer.IsDense || layer.IsActivate)
    then
        Expect.sameBits "losses" [| loss |] [| gradientLoss |]

    let steps = [ for number in 1..2 -> executor.Step(rows, number, 0.01) ]

    { Prediction = prediction
      Loss = loss
      Output = output
      Gradient = gradient
      StepLosses = steps
      Trained = List.map copy (plan.Parameters :: plan.Statistics :: plan.Slots) }

let private same what (expected: Seen) (actual: Seen) =
    Expect.sameBits $"{what}: predictions" expected.Prediction actual.Prediction
    Expect.sameBits $"{what}: loss" [| expected.Loss |] [| actual.Loss |]
    Expect.sameBits $"{what}: outputs" expected.Output actual.Output
    Expect.sameBits $"{what}: gradient" expected.Gradient actual.Gradient
    Expect.sameBits $"{what}: losses" (Array.ofList expected.StepLosses) (Array.ofList actual.StepLosses)
    List.iter2 (Expect.sameBits $"{what}: parameters and slots") expected.Trained actual.Trained

let tests =
    group
        "Plan"
        [ lawTried
              60
              "No two slices alive at the same time overlap, and all lie inside the arena, after every rewrite"
              (fun (case: Case) (optimizer: Optimizer) ->
                  for _, plan in every (Case.enrich case) optimizer do
                      checkMemory plan
                      checkOrder plan)
          lawTried 60 "A plan for prediction alone has no step and no room for a gradient" (fun (case: Case) ->
              let plan = Plan.forPrediction case.Network case.Rows
              checkMemory plan
              checkOrder plan
              Expect.equal [] plan.Step
              Expect.equal 0 plan.Gradient.Length

              Expect.that
                  (plan.Length <= (Plan.compile case.Network Training.Default case.Rows).Length)
                  "it is the larger one")
          lawTried 60 "What runs at the same time does not conflict" (fun (case: Case) (optimizer: Optimizer) ->
              let case = Case.multiply (Case.enrich case)
              let plan = Plan.compile case.Network (Case.trainingOf case optimizer) case.Rows

              for name, ops in programs plan do
                  for op in ops do
                      match op with
                      | Op.Together members ->
                          for i, j in List.allPairs [ 0 .. members.Length - 1 ] [ 0 .. members.Length - 1 ] do
                              Expect.that
                                  (i = j || not (Op.conflict members[i] members[j]))
                                  $"{name}: {OpText.explain op}"
                      | _ -> ())
          lawTried 40 "Equal descriptions give equal plans" (fun (case: Case) (optimizer: Optimizer) ->
              let copy = { case.Network with Layers = List.map id case.Network.Layers }
              let training = Case.trainingOf case optimizer
              Plan.compile case.Network training case.Rows = Plan.compile copy training case.Rows)
          lawTried 40 "The compiled plan is never larger than the naive one" (fun (case: Case) (optimizer: Optimizer) ->
              let lengths = every (Case.enrich case) optimizer |> List.map (fun (_, plan) -> plan.Length)
              List.last lengths <= List.head lengths)
          lawTried
              60
              "Every rewrite that moves or orders work keeps every bit, and the fused softmax keeps twelve digits"
              (fun (case: Case) (optimizer: Optimizer) ->
                  let case = Case.multiply (Case.enrich (Case.ordinary case))
                  let seen = every case optimizer |> List.map (fun (name, plan) -> name, see case plan)
                  let naive, fused = snd seen[0], snd seen[1]
                  Expect.equal "fuse-softmax" (fst seen[1])
                  Expect.sameBits "predictions" naive.Prediction fused.Prediction

                  // A Poisson loss of statistics that are not yet those of the data may be beyond float64, the same in every plan.
                  if Double.IsFinite naive.Loss then
                      Expect.within (1e-12 * max 1.0 naive.Loss) naive.Loss fused.Loss

                  Expect.normWithin "gradient" 1e-12 1.0 naive.Gradient fused.Gradient

                  for name, after in List.skip 2 seen do
                      same name fused after)
          lawTried 40 "Gradient, then update, is one step in every bit" (fun (case: Case) (optimizer: Optimizer) ->
              let case = Case.multiply (Case.enrich case)
              let plan = Plan.compile case.Network (Case.trainingOf case optimizer) case.Rows

              let run advance =
                  let executor = Machines.executor plan (Case.parameters case)
                  Machines.load executor (Case.inputs case) (Case.targets case)
                  let losses = [| for number in 1..3 -> advance executor number |]

                  losses
                  :: List.map (fun (slice: Slice) -> executor.Span(slice).ToArray()) (plan.Parameters :: plan.Slots)

              let together = run (fun (executor: Executor<float>) number -> executor.Step(case.Rows, number, 0.01))

              let apart =
                  run (fun executor number ->
                      let loss = executor.Gradient(case.Rows, number)
                      executor.Update(number, 0.01)
                      loss)

              List.iter2 (Expect.sameBits "step") together apart)
          lawTried
              40
              "A short batch gives what a plan of its own size gives, in every bit"
              (fun (case: Case) (extra: uint8) ->
                  let case = Case.multiply case
                  let larger = { case with Rows = case.Rows + 1 + int extra % 20 }
                  let x, t = Case.inputs case, Case.targets case

                  let run (batch: int) =
                      let plan = Plan.compile case.Network (by (Optimizer.Adam Adam.standard)) batch
                      let executor = Machines.executor plan (Case.parameters case)
                      // What an earlier, longer batch has left behind must not be seen.
                      executor.Span(plan.Input).Fill nan
                      executor.Span(plan.Target).Fill nan

                      if batch > case.Rows then
                          executor.Step(batch, 1, 0.0) |> ignore
                          (Case.parameters case).Values.AsSpan().CopyTo(executor.Span plan.Parameters)

                          for slot in plan.Slots do
                              executor.Span(slot).Clear()

                      x.AsSpan().CopyTo(executor.Span plan.Input)
                      t.AsSpan().CopyTo(executor.Span plan.Target)
                      let loss = executor.Step(case.Rows, 1, 0.01)
                      [| loss |], executor.Span(plan.Parameters).ToArray()

                  let loss, parameters = run case.Rows
                  let longLoss, longParameters = run larger.Rows
                  Expect.sameBits "loss" loss longLoss
                  Expect.sameBits "parameters" parameters longParameters)
          lawTried
              40
              "The page that explains a plan names every result of its programs"
              (fun (case: Case) (optimizer: Optimizer) ->
                  let case = Case.multiply (Case.enrich case)
                  let plan = Plan.compile case.Network (Case.trainingOf case optimizer) case.Rows
                  let page = Plan.explain plan

                  for op in plan.Predict @ plan.Shard @ plan.Step do
                      Expect.mentions (Op.writes op |> List.map _.Name) (OpText.explain op)
                      Expect.mentions [ OpText.explain op ] page

                  Expect.mentions [ $"{Layout.parameters plan.Layout} parameters"; string plan.Length ] page)
          test "A network without a dense layer, and a batch without a row, are refused" (fun () ->
              let bare = Network.input 3 |> Network.activate Activation.Tanh
              Expect.raises<ArgumentException>(fun () -> Plan.forPrediction bare 1 |> ignore) |> ignore
              let network = Network.input 3 |> Network.dense 1 Activation.Identity

              for batch in [ 0; -1 ] do
                  let error =
                      Expect.raises<ArgumentOutOfRangeException>(fun () ->
                          Plan.compile network Training.Default batch |> ignore)

                  Expect.equal "batch" (string error.ParamName))
          test "A batch too large for one block of memory is refused" (fun () ->
              let network = Network.input 1000 |> Network.dense 1000 Activation.ReLU

              Expect.raises<ArgumentException>(fun () -> Plan.compile network Training.Default 100_000_000 |> ignore)
              |> ignore) ]
