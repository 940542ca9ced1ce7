namespace NeuralNetwork.Plans

open System
open NeuralNetwork

/// The plan as the mathematics says it: the stages of the layers, and all that comes between a gradient and new weights.
module internal Naive =

    open Stages

    // What happens between the gradient of the data and the new weights -----------------------------------------------

    let private pairs (context: Context) =
        let parameters, gradient = context.Parameters, context.Gradient.Slice

        parameters.Layout.Windows
        |> List.map (fun window -> window, within "" parameters.Slice window, within "g" gradient window)

    let private penalize (context: Context) (training: Training) next =
        let wanted =
            pairs context
            |> List.filter (fun (window, _, _) ->
                window.Role = Role.Weight && training.PenaltyOf window.Layer <> Penalty.None)

        let penalty next (window: Window, w: Slice, gw: Slice) =
            let sums, next =
                slice
                    $"penalty{window.Layer}"
                    (SliceRole.Result("penalty", window.Layer))
                    1
                    (Op.parts w.Length)
                    false
                    next

            Op.Penalize(training.PenaltyOf window.Layer, w, gw, sums), next

        List.mapFold penalty next wanted

    let private clip (context: Context) (training: Training) next =
        // A member's gradient is limited by norms of its own: it learns as it would alone.
        let gradients =
            pairs context
            |> List.collect (fun (window, _, g) ->
                let role = SliceRole.Result($"squares_g{letter window.Role}", window.Layer)
                List.indexed (Members.parts context.Members g) |> List.map (fun (index, part) -> index, part, role))

        let squares next (index, g: Slice, role) =
            let sums, next = slice $"squares_{g.Name}" role 1 (Op.parts g.Length) false next
            (index, g, sums), next

        match training.Clipping with
        | Clipping.None -> [], next
        | Clipping.Value limit -> [ Op.ClipValue(limit, context.Gradient.Slice) ], next
        | Clipping.Norm limit ->
            let sums, next = List.mapFold squares next gradients
            sums |> List.collect (fun (_, g, sum) -> [ Op.SumSquares(g, sum); Op.ClipNorm(limit, [ sum ], g) ]), next
        | Clipping.GlobalNorm limit ->
            let sums, next = List.mapFold squares next gradients

            let ofMembers =
                sums
                |> List.groupBy (fun (index, _, _) -> index)
                |> List.map (fun (index, sums) -> index, List.map (fun (_, _, sum) -> sum) sums)
                |> Map.ofList

            [ for _, g, sum in sums do
                  Op.SumSquares(g, sum)
              for index, g, _ in sums do
                  Op.ClipNorm(limit, ofMembers[index], g) ],
            next

    let private update (context: Context) (training: Training) (slots: Slice list) : Op list =
        let windows = pairs context
        // That of the training and AdamW's own are λ of the same w -= α·λ·w: together they are one.
        let wanted = training.Decay + Optimizer.weightDecay training.Optimizer

        let updates =
            if wanted = 0.0 then
                [ Op.Update(training.Optimizer, 0.0, context.Parameters.Slice, context.Gradient.Slice, slots) ]
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

    // The whole -------------------------------------------------------------------------------------------------------

    /// What a plan has room for besides the results of its layers.
    type private Room =
        { Context: Context
          Partials: Slice list
          Slots: Slice list
          Input: Slice
          Target: Slice
          Weights: Slice
          Shares: Slice
          Losses: Slice
          Prediction: Slice
          Output: Slice
          InputGradient: Slice }

    let private demand (network: Network) (batch: int) =
        if not (Network.hasDense network) then
            raise (ArgumentException "the network has no dense layer")

        if network.Members < 1 || network.Members > Network.MostMembers then
            raise (ArgumentException $"a network of {network.Members} members (must be 1 to {Network.MostMembers})")

        if batch < 1 then
            raise (ArgumentOutOfRangeException(nameof batch, batch, "a batch needs at least one row"))

    /// Room from the start of the memory on: first parameters and statistics, which outlive batches.
    let private room (withInputs: bool) (network: Network) (training: Training option) (batch: int) : Room * int64 =
        let layout, statisticsLayout = Layout.ofNetwork network, Layout.statistics network
        let how = training |> Option.defaultValue Training.Default
        let outputs = Network.outputs network
        let vector length role name = slice name role 1 length false
        let result symbol = SliceRole.Result(symbol, network.Layers.Length - 1)
        let parameters, next = vector layout.Length SliceRole.Tensor "parameters" 0L
        let statistics, next = vector statisticsLayout.Length SliceRole.Tensor "statistics" next

        let gradient, next =
            vector (if training.IsSome then layout.Length else 0) (SliceRole.Gradient SliceRole.Tensor) "gradient" next

        let shards = how.Shards
        let count = if shards > 1 then shards else 0

        let shardStatistics, next = slice "shard_statistics" SliceRole.Tensor count statisticsLayout.Length false next

        let partial next level = vector layout.Length (SliceRole.Gradient SliceRole.Tensor) $"partial{level}" next

        let partials, next = List.mapFold partial next [ 0 .. Shard.partials shards - 1 ]
        let slotNames = training |> Option.map (fun how -> Optimizer.slots how.Optimizer) |> Option.defaultValue []
        let slots, next = slotNames |> List.mapFold (fun next name -> vector layout.Length (result name) name next) next
        let x, next = slice "x" SliceRole.Inputs batch network.Inputs true next
        let t, next = slice "t" SliceRole.Targets batch outputs true next
        let members = network.Members
        let weights, next = slice "weights" (result "weights") batch (if how.IsWeighted then members else 0) true next
        let shares, next = slice "shares" (result "shares") batch (if members > 1 then members else 0) true next
        let losses, next = slice "losses" SliceRole.Loss batch 1 true next
        let prediction, next = slice "prediction" (result "prediction") batch outputs true next
        let output, next = slice "z" (result "z") batch outputs true next

        let inputGradient, next =
            slice "gx" (SliceRole.Gradient SliceRole.Inputs) (if withInputs then batch else 0) network.Inputs true next

        { Context =
            { Batch = batch
              Members = members
              Seed = how.Seed
              Parameters = region layout parameters
              Gradient = region layout gradient
              Statistics = region statisticsLayout statistics
              Shards = shards
              ShardStatistics = shardStatistics }
          Partials = partials
          Slots = slots
          Input = x
          Target = t
          Weights = weights
          Shares = shares
          Losses = losses
          Prediction = prediction
          Output = output
          InputGradient = inputGradient },
        next

    /// Where the stages have their rows: in the windows of the batch, or, where it is cut, in some for those of a shard.
    let private workplace (room: Room) (next: int64) : Room * int64 =
        let context = room.Context

        if context.Shards = 1 then
            room, next
        else
            let isNormalized = context.Statistics.Slice.Length > 0
            let rows = Shard.largest context.Shards (Shard.least isNormalized) context.Batch

            let part next (whole: Slice) =
                slice whole.Name whole.Role (if whole.Rows > 0 then rows else 0) whole.Cols true next

            let x, next = part next room.Input
            let t, next = part next room.Target
            let weights, next = part next room.Weights
            let shares, next = part next room.Shares
            let losses, next = part next room.Losses
            let prediction, next = part next room.Prediction
            let output, next = part next room.Output
            let inputGradient, next = part next room.InputGradient

            { room with
                Context = { context with Batch = rows }
                Input = x
                Target = t
                Weights = weights
                Shares = shares
                Losses = losses
                Prediction = prediction
                Output = output
                InputGradient = inputGradient },
            next

    /// Some windows of the batch, each with that of the workplace where this is another one.
    let private shardwise (room: Room) (work: Room) (windows: (Room -> Slice) list) : (Slice * Slice) list =
        [ for window in windows do
              let whole, part = window room, window work

              if whole <> part && whole.Length > 0 then
                  whole, part ]

    /// From the gradient of the last result to that of the first, stage by stage. Nobody reads that of the inputs, unless it
    /// has a place of its own.
    let private backThrough way (withInputs: bool) (room: Room) (entered: Slice) (stages: Stage list) gz (next: int64) =
        let members = room.Context.Members

        let back (gy, next) stage =
            let gx, next =
                if withInputs && members = 1 && stage.X = entered then
                    room.InputGradient, next
                else
                    slice $"g{stage.X.Name}" (SliceRole.Gradient stage.X.Role) room.Context.Batch stage.X.Cols true next

            way stage gy gx, (gx, next)

        let ops, (gx, next) = stages |> List.rev |> List.mapFold back (gz, next)
        let ends = if withInputs then Members.entranceGradient members gx room.InputGradient else []
        List.concat ops @ ends, next

    let private backward = backThrough _.Backward

    let private penaltySums (penalties: Op list) : Slice list =
        penalties
        |> List.collect (function
            | Op.Penalize(_, _, _, sums) -> [ sums ]
            | _ -> [])

    /// A plan that has its memory, and no program yet.
    let private placed (room: Room) (work: Room) (penalties: Op list) (length: int64) : Plan =
        let context = room.Context

        { Layout = context.Parameters.Layout
          Batch = context.Batch
          Shards = context.Shards
          Room = work.Context.Batch
          Members = context.Members
          Parameters = context.Parameters.Slice
          Gradient = context.Gradient.Slice
          Partials = room.Partials
          ShardStatistics = context.ShardStatistics
          Slots = room.Slots
          Input = room.Input
          Target = room.Target
          Weights = room.Weights
          Shares = room.Shares
          Output = room.Output
          Losses = room.Losses
          Prediction = room.Prediction
          InputGradient = room.InputGradient
          Statistics = context.Statistics.Slice
          Penalties = penaltySums penalties
          Length = int length
          Predict = []
          Evaluate = []
          Shard = []
          Step = [] }

    /// The naive plan. Without training it is for prediction alone and has no room for a gradient. The gradient of the inputs
    /// has a place of its own only where it is asked for; else nothing reads it.
    let planFor (withInputs: bool) (network: Network) (training: Training option) (batch: int) : Plan =
        demand network batch
        let how = training |> Option.defaultValue Training.Default
        let room, next = room withInputs network training batch
        let penalties, next = if training.IsSome then penalize room.Context how next else [], next
        let clips, next = if training.IsSome then clip room.Context how next else [], next
        let work, next = workplace room next
        let context = work.Context
        let take windows = shardwise room work windows |> List.map Op.TakeRows
        let put windows = shardwise room work windows |> List.map (fun (whole, part) -> Op.PutRows(part, whole))
        let members = network.Members
        let entered, enter, next = Members.entrance members work.Input next
        let stages, (last, next) = Network.walk network |> List.mapFold (stage context) (entered, next)
        let gz, next = slice $"g{last.Name}" (SliceRole.Gradient last.Role) context.Batch last.Cols true next
        // The last result outlives its program: of one network it moves to the place kept for it.
        let settle = List.map (Op.map (fun slice -> if members = 1 && slice = last then work.Output else slice))

        let ending, next =
            Members.ending
                network.Loss
                members
                (last, gz)
                work.Output
                work.Target
                work.Weights
                work.Shares
                work.Losses
                next

        let backward, next = backward withInputs work entered stages gz next
        let forward, prelude = List.collect _.Forward stages, List.collect _.Prelude stages
        let inference = prelude @ enter @ List.collect _.Inference stages @ ending.Combine
        let learn = if how.IsWeighted then ending.LearnWeighted else ending.Learn
        let updates = penalties @ clips @ update context how room.Slots

        let gradient =
            take [ _.Input; _.Target; _.Weights; _.Shares ]
            @ (enter @ forward @ ending.Combine @ learn)
            @ put [ _.Output; _.Losses ]
            @ backward
            @ put [ _.InputGradient ]

        let shard, step =
            if training.IsNone then [], []
            elif context.Shards = 1 then [], gradient @ updates
            else gradient, averages context network @ updates

        { placed room work penalties next with
            Predict =
                take [ _.Input; _.Shares ]
                @ settle (inference @ [ outputOp network.Loss work.Output work.Prediction ])
                @ put [ _.Output; _.Prediction ]
            Evaluate =
                take [ _.Input; _.Target; _.Shares ]
                @ settle (inference @ ending.Evaluate)
                @ put [ _.Output; _.Losses ]
            Shard = settle shard
            Step = settle step }

    /// The naive plan of what predictions make of their inputs, everything as it is at inference. Its step goes from Input
    /// and a direction v in the predictions, which stands in Target, to Prediction p and, as InputGradient, vᵀ·∂p/∂x.
    let responseOf (network: Network) (batch: int) : Plan =
        demand network batch
        let room, next = room true network None batch
        let context, members = room.Context, network.Members
        let entered, enter, next = Members.entrance members room.Input next
        let stages, (last, next) = Network.walk network |> List.mapFold (stage context) (entered, next)
        let gz, next = slice $"g{last.Name}" (SliceRole.Gradient last.Role) batch last.Cols true next
        let widest = stages |> List.map _.X.Cols |> List.max
        let zeros, next = slice "zeros" SliceRole.Loss 1 widest false next

        let turn, next =
            Members.response network.Loss members (last, gz) room.Output room.Prediction room.Target room.Shares next

        let back, next = backThrough (fun stage -> stage.Response zeros) true room entered stages gz next

        let inference = List.collect _.Prelude stages @ enter @ List.collect _.Inference stages

        { placed room room [] next with Step = inference @ turn @ back }

    /// The naive plan for training or, without training, for prediction alone.
    let plan (network: Network) (training: Training option) (batch: int) : Plan = planFor false network training batch
