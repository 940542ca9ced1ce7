namespace NeuralNetwork

open System

/// A network compiled for batches of at most Batch rows: where everything lies in one block of memory, and what is
/// done to it. The first four regions have the shape of the layout; Length counts elements, whatever their precision.
type Plan =
    {
        Layout: Layout
        Batch: int
        Parameters: Slice
        Gradient: Slice
        Slots: Slice list
        Input: Slice
        Target: Slice
        Output: Slice
        Losses: Slice
        Prediction: Slice
        Length: int
        /// From Input to Prediction.
        Predict: Op list
        /// From Input and Target to Output and Losses.
        Evaluate: Op list
        /// From Input and Target to Losses, Gradient, new Parameters and new Slots.
        Step: Op list
    }

/// Compiling a description: first the naive plan, as the mathematics says it, then one rewrite after the other.
module Plan =

    // The naive plan ------------------------------------------------------------------------------------------------

    /// What one layer does: from x to y going forward, from the gradient of y to that of x going back.
    type private Stage = { Forward: Op list; Backward: Slice -> Slice -> Op list; X: Slice; Y: Slice }

    let private slice name rows cols batched (next: int64) =
        let after = Layout.align (next + int64 rows * int64 cols)

        if after > int64 Array.MaxLength then
            raise (ArgumentException $"{name} needs {rows} x {cols} numbers: the plan does not fit one block of memory")

        { Name = name; Offset = int next; Rows = rows; Cols = cols; Batched = batched }, after

    let private within (region: Slice) (prefix: string) (window: Window) =
        let letter =
            match window.Role with
            | Role.Weight -> "w"
            | Role.Bias -> "b"

        { Name = $"{prefix}{letter}{window.Layer}"
          Offset = region.Offset + window.Offset
          Rows = window.Rows
          Cols = window.Cols
          Batched = false }

    let private multiply a transposeA b transposeB c =
        Op.Multiply { A = a; TransposeA = transposeA; B = b; TransposeB = transposeB; C = c; Tail = [] }

    let private stage layout parameters gradient batch (x: Slice, next) (index, _, layer) =
        match layer with
        | Layer.Dense(units, _) ->
            let z, next = slice $"z{index}" batch units true next
            let window role = (Layout.tryFind index role layout).Value
            let weight, bias = window Role.Weight, window Role.Bias
            let w, b = within parameters "" weight, within parameters "" bias
            let gw, gb = within gradient "g" weight, within gradient "g" bias

            { Forward = [ multiply x false w true z; Op.AddBias(b, z) ] // z = x·wᵀ + b
              Backward =
                fun gz gx ->
                    [ multiply gz true x false gw // gw = gzᵀ·x
                      Op.SumRows(gz, gb) // gb = Σ rows of gz
                      multiply gz false w false gx ] // gx = gz·w
              X = x
              Y = z },
            (z, next)
        | Layer.Activate f ->
            let y, next = slice $"y{index}" batch x.Cols true next

            { Forward = [ Op.Activate(f, x, y) ]
              Backward = fun gy gx -> [ Op.ActivateGradient(f, x, y, gy, gx) ]
              X = x
              Y = y },
            (y, next)

    let private costOps cost z t losses gz next =
        match cost with
        | Cost.SoftmaxCrossEntropy ->
            let p, next = slice "p" z.Rows z.Cols true next
            let gp, next = slice "gp" z.Rows z.Cols true next

            [ Op.Softmax(z, p); Op.CrossEntropy(p, t, losses, gp); Op.SoftmaxGradient(p, gp, gz) ], next
        | Cost.BinaryCrossEntropy
        | Cost.SquaredError -> [ Op.Cost(cost, z, t, losses, gz) ], next

    let private outputOp cost z p =
        match Cost.output cost with
        | Output.Linear -> Op.Activate(Activation.Identity, z, p)
        | Output.Sigmoid -> Op.Activate(Activation.Sigmoid, z, p)
        | Output.Softmax -> Op.Softmax(z, p)

    /// The plan as the mathematics says it: every intermediate result has memory of its own, nothing is fused.
    /// Without an optimizer it is for prediction alone and has no room for a gradient.
    let naive (network: Network) (optimizer: Optimizer option) (batch: int) : Plan =
        if
            not (
                network.Layers
                |> List.exists (function
                    | Layer.Dense _ -> true
                    | Layer.Activate _ -> false)
            )
        then
            raise (ArgumentException "the network has no dense layer")

        if batch < 1 then
            raise (ArgumentOutOfRangeException(nameof batch, batch, "a batch needs at least one row"))

        let layout = Layout.ofNetwork network
        let outputs = Network.outputs network
        let vector length name = slice name 1 length false
        let parameters, next = vector layout.Length "parameters" 0L
        let gradient, next = vector (if optimizer.IsSome then layout.Length else 0) "gradient" next
        let slotNames = optimizer |> Option.map Optimizer.slots |> Option.defaultValue []
        let slots, next = slotNames |> List.mapFold (fun next name -> vector layout.Length name next) next
        let x, next = slice "x" batch network.Inputs true next
        let t, next = slice "t" batch outputs true next
        let losses, next = slice "losses" batch 1 true next
        let prediction, next = slice "prediction" batch outputs true next
        let output, next = slice "z" batch outputs true next

        let stages, (last, next) =
            Network.walk network |> List.mapFold (stage layout parameters gradient batch) (x, next)

        let gz, next = slice $"g{last.Name}" batch outputs true next
        let cost, next = costOps network.Cost last t losses gz next

        let back (gy, next) stage =
            let gx, next = slice $"g{stage.X.Name}" batch stage.X.Cols true next
            stage.Backward gy gx, (gx, next)

        let backward, (_, next) = stages |> List.rev |> List.mapFold back (gz, next)
        let forward = stages |> List.collect _.Forward

        let step optimizer =
            let update = Op.Update(optimizer, Optimizer.weightDecay optimizer, parameters, gradient, slots)
            forward @ cost @ List.concat backward @ [ update ]
        // The last result outlives its program: it moves to the place kept for it.
        let settle = List.map (Op.map (fun slice -> if slice = last then output else slice))

        { Layout = layout
          Batch = batch
          Parameters = parameters
          Gradient = gradient
          Slots = slots
          Input = x
          Target = t
          Output = output
          Losses = losses
          Prediction = prediction
          Length = int next
          Predict = settle (forward @ [ outputOp network.Cost last prediction ])
          Evaluate = settle (forward @ cost)
          Step = optimizer |> Option.map (step >> settle) |> Option.defaultValue [] }

    // Rewrites ------------------------------------------------------------------------------------------------------

    let private onPrograms (f: Op list -> Op list) (plan: Plan) =
        { plan with Predict = f plan.Predict; Evaluate = f plan.Evaluate; Step = f plan.Step }

    /// Slices that outlive a program: a rewrite may not move or drop them.
    let private kept (plan: Plan) =
        plan.Parameters
        :: plan.Gradient
        :: plan.Input
        :: plan.Target
        :: plan.Output
        :: plan.Losses
        :: plan.Prediction
        :: plan.Slots

    let private isTemporary (plan: Plan) (slice: Slice) =
        kept plan |> List.exists (fun region -> region.Overlaps slice) |> not

    /// Softmax, cross-entropy and their gradients in one stable operation: p - t.
    let fuseSoftmax (plan: Plan) : Plan =
        let rec fuse ops =
            match ops with
            | Op.Softmax(z, _) :: Op.CrossEntropy(_, t, losses, _) :: Op.SoftmaxGradient(_, _, gz) :: rest ->
                Op.SoftmaxCrossEntropy(z, t, losses, gz) :: fuse rest
            | op :: rest -> op :: fuse rest
            | [] -> []

        onPrograms fuse plan

    /// Drops what nothing reads: the gradient of the inputs, for one.
    let dropUnread (plan: Plan) : Plan =
        let keep op (ops, wanted: Slice list) =
            let needed slice =
                not (isTemporary plan slice) || List.exists (fun (read: Slice) -> read.Overlaps slice) wanted

            if List.exists needed (Op.writes op) then op :: ops, Op.reads op @ wanted else ops, wanted

        onPrograms (fun ops -> fst (List.foldBack keep ops ([], []))) plan

    /// Lets y = f(z) take the place of z where f' is known from y, and the gradient of z that of y: wherever what is
    /// overwritten has no reader left.
    let inPlace (plan: Plan) : Plan =
        let renaming (ops: Op list) (time, op) =
            let readLater slice =
                ops |> List.skip (time + 1) |> List.exists (fun later -> List.contains slice (Op.reads later))

            let free before after = before <> after && isTemporary plan before

            match op with
            | Op.Activate(f, z, y) when free z y && Activation.slopeFromOutput f && not (readLater z) -> Some(z, y)
            | Op.ActivateGradient(_, _, _, gy, gz) when free gz gy && isTemporary plan gy && not (readLater gy) ->
                Some(gz, gy)
            | _ -> None

        let rec settle ops =
            match ops |> List.indexed |> List.tryPick (renaming ops) with
            | Some(before, after) ->
                settle (ops |> List.map (Op.map (fun slice -> if slice = before then after else slice)))
            | None -> ops

        onPrograms settle plan

    /// Does elementwise operations on each tile of a product as soon as it is finished, while it is in the cache.
    let fuseTails (plan: Plan) : Plan =
        let follows (m: Product) op =
            match op with
            | Op.AddBias(_, z) -> z = m.C
            | Op.Activate(_, z, y) -> z = m.C && y = m.C
            | Op.ActivateGradient(_, _, _, gy, gz) -> gy = m.C && gz = m.C
            | _ -> false

        let rec fuse ops =
            match ops with
            | Op.Multiply m :: op :: rest when follows m op ->
                fuse (Op.Multiply { m with Tail = m.Tail @ [ op ] } :: rest)
            | op :: rest -> op :: fuse rest
            | [] -> []

        onPrograms fuse plan

    /// Cuts the update of the whole vector into one per layer, so that it need not wait for the last gradient.
    let splitUpdates (plan: Plan) : Plan =
        let ranges =
            plan.Layout.Windows
            |> List.groupBy _.Layer
            |> List.map (fun (layer, windows) ->
                let first, last = List.head windows, List.last windows
                layer, first.Offset, int (Layout.align (int64 last.Offset + int64 last.Length)) - first.Offset)

        let part (whole: Slice) (layer, offset, length) =
            { whole with Name = $"{whole.Name}{layer}"; Offset = whole.Offset + offset; Cols = length }

        let split op =
            match op with
            | Op.Update(optimizer, decay, w, g, slots) when w = plan.Parameters ->
                ranges
                |> List.map (fun range ->
                    let slots = slots |> List.map (fun slot -> part slot range)
                    Op.Update(optimizer, decay, part w range, part g range, slots))
            | other -> [ other ]

        onPrograms (List.collect split) plan

    /// Puts operations that do not depend on each other together: every operation as early as its operands allow.
    let overlap (plan: Plan) : Plan =
        let level placed op =
            let after = placed |> List.filter (fun (_, earlier) -> Op.conflict earlier op) |> List.map fst
            (List.fold max 0 after + 1, op) :: placed

        let group (ops: Op list) =
            ops
            |> List.fold level []
            |> List.rev
            |> List.groupBy fst
            |> List.sortBy fst
            |> List.map (fun (_, members) ->
                match List.map snd members with
                | [ op ] -> op
                | ops -> Op.Together ops)

        onPrograms group plan

    /// The first and the last operation of a program that touch a slice.
    let lifetimes (ops: Op list) : (Slice * (int * int)) list =
        ops
        |> List.indexed
        |> List.collect (fun (time, op) -> Op.reads op @ Op.writes op |> List.map (fun slice -> slice, time))
        |> List.groupBy fst
        |> List.map (fun (slice, uses) -> slice, (List.min (List.map snd uses), List.max (List.map snd uses)))

    /// Lets temporaries that are never alive at the same time share memory: first fit, in order of birth.
    let compact (plan: Plan) : Plan =
        let start =
            kept plan
            |> List.map (fun region -> Layout.align (int64 region.Offset + int64 region.Length))
            |> List.max

        let place placed (slice: Slice, (born, dies)) =
            let neighbours =
                placed |> List.filter (fun (_, _, (otherBorn, otherDies)) -> otherBorn <= dies && born <= otherDies)

            let fits offset =
                let candidate = { slice with Offset = offset }
                neighbours |> List.forall (fun (_, taken: Slice, _) -> not (candidate.Overlaps taken))

            let ends =
                neighbours
                |> List.map (fun (_, taken, _) -> int (Layout.align (int64 (taken.Offset + taken.Length))))

            let offset = int start :: ends |> List.sort |> List.find fits
            (slice, { slice with Offset = offset }, (born, dies)) :: placed

        let settle ops =
            let temporaries = lifetimes ops |> List.filter (fun (slice, _) -> isTemporary plan slice) |> List.sortBy snd

            let moves =
                temporaries
                |> List.fold place []
                |> List.map (fun (before, after, _) -> before, after)
                |> Map.ofList

            ops |> List.map (Op.map (fun slice -> Map.tryFind slice moves |> Option.defaultValue slice))

        let moved = onPrograms settle plan

        let length =
            moved.Predict @ moved.Evaluate @ moved.Step
            |> List.collect (fun op -> Op.reads op @ Op.writes op)
            |> List.fold (fun longest slice -> max longest (int64 slice.Offset + int64 slice.Length)) start

        { moved with Length = int (Layout.align length) }

    /// Every rewrite with its name, in the order they are applied. Each gives the same results as the plan before it.
    let rewrites: (string * (Plan -> Plan)) list =
        [ "fuse-softmax", fuseSoftmax
          "drop-unread", dropUnread
          "in-place", inPlace
          "fuse-tails", fuseTails
          "split-updates", splitUpdates
          "overlap", overlap
          "compact", compact ]

    let private rewritten (plan: Plan) = List.fold (fun plan (_, rewrite) -> rewrite plan) plan rewrites

    /// The plan of a network trained by an optimizer in batches of at most so many rows.
    let compile (network: Network) (optimizer: Optimizer) (batch: int) : Plan =
        rewritten (naive network (Some optimizer) batch)

    /// The plan of a network that only predicts and evaluates.
    let forPrediction (network: Network) (batch: int) : Plan = rewritten (naive network None batch)

    /// The step without its updates: what computes the gradient and stops.
    let gradient (plan: Plan) : Op list =
        let isUpdate op =
            match op with
            | Op.Update _ -> true
            | _ -> false

        let strip op =
            match op with
            | Op.Together ops -> ops |> List.filter (isUpdate >> not) |> Op.Together
            | other -> other

        plan.Step
        |> List.filter (isUpdate >> not)
        |> List.map strip
        |> List.filter (fun op -> op <> Op.Together [])

    /// The updates alone.
    let updates (plan: Plan) : Op list =
        let flat op =
            match op with
            | Op.Together ops -> ops
            | other -> [ other ]

        plan.Step
        |> List.collect flat
        |> List.filter (fun op ->
            match op with
            | Op.Update _ -> true
            | _ -> false)

    /// The plan as a page of text: its memory, then each program line by line.
    let explain (plan: Plan) : string =
        let program name ops =
            let lines = ops |> List.mapi (fun index op -> $"{index + 1, 3} {Op.explain op}")
            $"{name}:" :: lines

        let state = plan.Parameters.Length * (2 + plan.Slots.Length)

        [ $"{Layout.parameters plan.Layout} parameters; batches of at most {plan.Batch} rows"
          $"memory: {plan.Length} numbers = parameters, gradient and {plan.Slots.Length} slots {state} + batch {plan.Length - state}" ]
        @ program "predict" plan.Predict
        @ program "step" plan.Step
        |> String.concat "\n"
