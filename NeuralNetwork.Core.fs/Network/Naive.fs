namespace NeuralNetwork

open System

/// The plan as the mathematics says it: one operation per formula, every intermediate result in memory of its own.
module internal Naive =

    /// What one layer does: from x to y in training and at inference, and from the gradient of y to that of x going back.
    /// The prelude is what inference computes once, whatever the rows.
    type private Stage =
        { Forward: Op list
          Prelude: Op list
          Inference: Op list
          Backward: Slice -> Slice -> Op list
          X: Slice }

    /// What every layer is compiled with.
    type private Context =
        { Batch: int
          Seed: uint64
          Parameters: Layout * Slice
          Gradient: Layout * Slice
          Statistics: Layout * Slice }

    let private slice name rows cols batched (next: int64) =
        let after = Layout.align (next + int64 rows * int64 cols)

        if after > int64 Array.MaxLength then
            raise (ArgumentException $"{name} needs {rows} x {cols} numbers: the plan does not fit one block of memory")

        { Name = name; Offset = int next; Rows = rows; Cols = cols; Batched = batched }, after

    let private letter (role: Role) =
        match role with
        | Role.Weight -> "w"
        | Role.Bias -> "b"
        | Role.Slope -> "a"
        | Role.Gamma -> "gamma"
        | Role.Beta -> "beta"
        | Role.RunningMean -> "mean"
        | Role.RunningVariance -> "variance"

    let private within (prefix: string) (region: Slice) (window: Window) =
        { Name = $"{prefix}{letter window.Role}{window.Layer}"
          Offset = region.Offset + window.Offset
          Rows = window.Rows
          Cols = window.Cols
          Batched = false }

    /// The window of a layer in a region, if the layer has one.
    let private find prefix (layout: Layout, region) layer role =
        Layout.tryFind layer role layout |> Option.map (within prefix region)

    let private multiply a transposeA b transposeB c =
        Op.Multiply { A = a; TransposeA = transposeA; B = b; TransposeB = transposeB; C = c; Tail = [] }

    let private dense context index x z =
        let w, gw =
            (find "" context.Parameters index Role.Weight).Value, (find "g" context.Gradient index Role.Weight).Value

        let bias = find "" context.Parameters index Role.Bias |> Option.toList
        let biasGradient = find "g" context.Gradient index Role.Bias |> Option.toList
        // z = x·wᵀ + b
        let forward = multiply x false w true z :: [ for b in bias -> Op.AddBias(b, z) ]

        { Forward = forward
          Prelude = []
          Inference = forward
          Backward =
            fun gz gx ->
                [ multiply gz true x false gw // gw = gzᵀ·x
                  for gb in biasGradient do
                      Op.SumRows(gz, gb) // gb = Σ rows of gz
                  multiply gz false w false gx ] // gx = gz·w
          X = x }

    let private activate f x y =
        { Forward = [ Op.Activate(f, x, y) ]
          Prelude = []
          Inference = [ Op.Activate(f, x, y) ]
          Backward = fun gy gx -> [ Op.ActivateGradient(f, x, y, gy, gx) ]
          X = x }

    let private prelu context index x y =
        let a, ga =
            (find "" context.Parameters index Role.Slope).Value, (find "g" context.Gradient index Role.Slope).Value

        { Forward = [ Op.PReLU(a, x, y) ]
          Prelude = []
          Inference = [ Op.PReLU(a, x, y) ]
          Backward = fun gy gx -> [ Op.PReLUSums(x, gy, ga); Op.PReLUGradient(a, x, gy, gx) ]
          X = x }

    let private softmax x y =
        { Forward = [ Op.Softmax(x, y) ]
          Prelude = []
          Inference = [ Op.Softmax(x, y) ]
          Backward = fun gy gx -> [ Op.SoftmaxGradient(y, gy, gx) ]
          X = x }

    let private dropout context rate index x y =
        { Forward = [ Op.Dropout(rate, context.Seed, index, x, y) ]
          Prelude = []
          Inference = [ Op.Activate(Activation.Identity, x, y) ]
          Backward = fun gy gx -> [ Op.Dropout(rate, context.Seed, index, gy, gx) ]
          X = x }

    let private batchNorm context settings index (x: Slice) (y: Slice) next =
        let mean, next = slice $"mean{index}" 1 x.Cols false next
        let scale, next = slice $"scale{index}" 1 x.Cols false next
        let parameter prefix region role = (find prefix region index role).Value
        let runningMean = parameter "running_" context.Statistics Role.RunningMean
        let runningVariance = parameter "running_" context.Statistics Role.RunningVariance

        let training: Normalized =
            { Mean = mean
              Scale = scale
              Gamma = parameter "" context.Parameters Role.Gamma
              Beta = parameter "" context.Parameters Role.Beta }

        let ggamma, gbeta = parameter "g" context.Gradient Role.Gamma, parameter "g" context.Gradient Role.Beta

        { Forward =
            [ Op.Moments(settings, x, mean, scale, runningMean, runningVariance, [])
              Op.Normalize(training, x, y) ]
          Prelude = [ Op.Deviation(settings, runningVariance, scale) ]
          Inference = [ Op.Normalize({ training with Mean = runningMean }, x, y) ]
          Backward =
            fun gy gx ->
                [ Op.NormalizeSums(training, x, gy, ggamma, gbeta, [])
                  Op.NormalizeGradient(training, x, gy, ggamma, gbeta, gx) ]
          X = x },
        next

    let private stage context (x: Slice, next) (index, _, layer: Layer) =
        let y, next =
            slice
                $"""{(if layer.IsDense then "z" else "y")}{index}"""
                context.Batch
                (Network.width x.Cols layer)
                true
                next

        match layer with
        | Layer.Dense _ -> dense context index x y, (y, next)
        | Layer.Activate f -> activate f x y, (y, next)
        | Layer.PReLU _ -> prelu context index x y, (y, next)
        | Layer.Softmax -> softmax x y, (y, next)
        | Layer.Dropout rate -> dropout context rate index x y, (y, next)
        | Layer.BatchNorm settings ->
            let stage, next = batchNorm context settings index x y next
            stage, (y, next)

    let private costOps cost z t losses gz next =
        match cost with
        | Cost.SoftmaxCrossEntropy ->
            let p, next = slice "p" z.Rows z.Cols true next
            let gp, next = slice "gp" z.Rows z.Cols true next

            [ Op.Softmax(z, p); Op.CrossEntropy(p, t, losses, gp); Op.SoftmaxGradient(p, gp, gz) ], next
        | elementwise -> [ Op.Cost(elementwise, z, t, losses, gz) ], next

    let private outputOp cost z p =
        match Cost.output cost with
        | Output.Linear -> Op.Activate(Activation.Identity, z, p)
        | Output.Sigmoid -> Op.Activate(Activation.Sigmoid, z, p)
        | Output.Softmax -> Op.Softmax(z, p)
        | Output.Exponential -> Op.Activate(Activation.Exponential, z, p)

    // What happens between the gradient of the data and the new weights -----------------------------------------------

    let private pairs (context: Context) =
        let layout, region = context.Parameters

        layout.Windows
        |> List.map (fun window -> window, within "" region window, within "g" (snd context.Gradient) window)

    let private penalize (context: Context) (training: Training) next =
        let wanted =
            pairs context
            |> List.filter (fun (window, _, _) ->
                window.Role = Role.Weight && training.PenaltyOf window.Layer <> Penalty.None)

        let penalty next (window: Window, w: Slice, gw: Slice) =
            let sums, next = slice $"penalty{window.Layer}" 1 (Op.parts w.Length) false next
            Op.Penalize(training.PenaltyOf window.Layer, w, gw, sums), next

        List.mapFold penalty next wanted

    let private clip (context: Context) (training: Training) next =
        let gradients = pairs context |> List.map (fun (_, _, g) -> g)

        let squares next (g: Slice) =
            let sums, next = slice $"squares_{g.Name}" 1 (Op.parts g.Length) false next
            (g, sums), next

        match training.Clipping with
        | Clipping.None -> [], next
        | Clipping.Value limit -> [ Op.ClipValue(limit, snd context.Gradient) ], next
        | Clipping.Norm limit ->
            let sums, next = List.mapFold squares next gradients
            sums |> List.collect (fun (g, sum) -> [ Op.SumSquares(g, sum); Op.ClipNorm(limit, [ sum ], g) ]), next
        | Clipping.GlobalNorm limit ->
            let sums, next = List.mapFold squares next gradients
            let all = List.map snd sums

            [ for g, sum in sums do
                  Op.SumSquares(g, sum)
              for g, _ in sums do
                  Op.ClipNorm(limit, all, g) ],
            next

    let private update (context: Context) (training: Training) (slots: Slice list) : Op list =
        let windows = pairs context
        let wanted = training.Decay + Optimizer.weightDecay training.Optimizer

        let updates =
            if wanted = 0.0 then
                [ Op.Update(training.Optimizer, 0.0, snd context.Parameters, snd context.Gradient, slots) ]
            else
                [ for window, w, g in windows do
                      let decay = if window.Role = Role.Weight then wanted else 0.0
                      let flat (s: Slice) = { s with Rows = 1; Cols = int (Layout.align (int64 s.Length)) }
                      let parts = slots |> List.map (fun (slot: Slice) -> flat (within $"{slot.Name}_" slot window))
                      Op.Update(training.Optimizer, decay, flat w, flat g, parts) ]

        let limits =
            [ for window, w, _ in windows do
                  if training.MaxNorm > 0.0 && window.Role = Role.Weight then
                      Op.LimitNorm(training.MaxNorm, w) ]

        updates @ limits

    /// The naive plan. Without training it is for prediction alone and has no room for a gradient. The gradient of the inputs
    /// has a place of its own only where it is asked for; else nothing reads it.
    let planFor (withInputs: bool) (network: Network) (training: Training option) (batch: int) : Plan =
        if not (network.Layers |> List.exists _.IsDense) then
            raise (ArgumentException "the network has no dense layer")

        if batch < 1 then
            raise (ArgumentOutOfRangeException(nameof batch, batch, "a batch needs at least one row"))

        let layout, statisticsLayout = Layout.ofNetwork network, Layout.statistics network
        let how = training |> Option.defaultValue Training.Default
        let outputs = Network.outputs network
        let vector length name = slice name 1 length false
        let parameters, next = vector layout.Length "parameters" 0L
        let statistics, next = vector statisticsLayout.Length "statistics" next
        let gradient, next = vector (if training.IsSome then layout.Length else 0) "gradient" next
        let slotNames = training |> Option.map (fun how -> Optimizer.slots how.Optimizer) |> Option.defaultValue []
        let slots, next = slotNames |> List.mapFold (fun next name -> vector layout.Length name next) next
        let x, next = slice "x" batch network.Inputs true next
        let t, next = slice "t" batch outputs true next
        let weights, next = slice "weights" batch (if how.IsWeighted then 1 else 0) true next
        let losses, next = slice "losses" batch 1 true next
        let prediction, next = slice "prediction" batch outputs true next
        let output, next = slice "z" batch outputs true next
        let inputGradient, next = slice "gx" (if withInputs then batch else 0) network.Inputs true next

        let context =
            { Batch = batch
              Seed = how.Seed
              Parameters = layout, parameters
              Gradient = layout, gradient
              Statistics = statisticsLayout, statistics }

        let penalties, next = if training.IsSome then penalize context how next else [], next
        let clips, next = if training.IsSome then clip context how next else [], next
        let stages, (last, next) = Network.walk network |> List.mapFold (stage context) (x, next)
        let gz, next = slice $"g{last.Name}" batch outputs true next
        let cost, next = costOps network.Cost last t losses gz next

        let back (gy, next) stage =
            let gx, next =
                if withInputs && stage.X = x then
                    inputGradient, next
                else
                    slice $"g{stage.X.Name}" batch stage.X.Cols true next

            stage.Backward gy gx, (gx, next)

        let backward, (_, next) = stages |> List.rev |> List.mapFold back (gz, next)

        let forward, inference =
            List.collect _.Forward stages, List.collect _.Prelude stages @ List.collect _.Inference stages

        // Losses and gz are linear in the cost of a row, whatever the cost.
        let weigh = if how.IsWeighted then [ Op.Weigh(weights, losses, gz) ] else []
        let step = forward @ cost @ weigh @ List.concat backward @ penalties @ clips @ update context how slots
        // The last result outlives its program: it moves to the place kept for it.
        let settle = List.map (Op.map (fun slice -> if slice = last then output else slice))

        { Layout = layout
          Batch = batch
          Parameters = parameters
          Gradient = gradient
          Slots = slots
          Input = x
          Target = t
          Weights = weights
          Output = output
          Losses = losses
          Prediction = prediction
          InputGradient = inputGradient
          Statistics = statistics
          Penalties =
            penalties
            |> List.collect (function
                | Op.Penalize(_, _, _, sums) -> [ sums ]
                | _ -> [])
          Length = int next
          Predict = settle (inference @ [ outputOp network.Cost last prediction ])
          Evaluate = settle (inference @ cost)
          Step = if training.IsSome then settle step else [] }

    /// The naive plan for training or, without training, for prediction alone.
    let plan (network: Network) (training: Training option) (batch: int) : Plan = planFor false network training batch
