namespace NeuralNetwork.Plans

open NeuralNetwork

/// Rewrites of plans: pure functions that make a plan shorter, smaller or faster and leave its results as they are.
module internal Rewrite =

    let private onPrograms (f: Op list -> Op list) (plan: Plan) =
        { plan with
            Predict = f plan.Predict
            Evaluate = f plan.Evaluate
            Shard = f plan.Shard
            Step = f plan.Step }

    /// Slices that outlive a program: a rewrite may not move or drop them.
    let private kept (plan: Plan) =
        plan.Parameters
        :: plan.Gradient
        :: plan.Input
        :: plan.Target
        :: plan.Weights
        :: plan.Shares
        :: plan.Output
        :: plan.Losses
        :: plan.Prediction
        :: plan.InputGradient
        :: plan.Statistics
        :: plan.ShardStatistics
        :: plan.Partials
        @ plan.Slots
        @ plan.Penalties

    /// Where the slices that outlive a program end, and the others begin.
    let private firstTemporary (plan: Plan) : int64 =
        kept plan
        |> List.map (fun region -> Layout.align (int64 region.Offset + int64 region.Length))
        |> List.max

    let private isTemporary (plan: Plan) : Slice -> bool =
        let first = firstTemporary plan
        fun slice -> int64 slice.Offset >= first

    /// Where every member reads the same rows, their products are one with the units of all of them.
    let shareRows (plan: Plan) : Plan =
        let share (repeated: (Slice * Slice) list) op =
            let original slice = repeated |> List.tryFind (fun (_, copy) -> copy = slice) |> Option.map fst

            match op with
            | Op.Multiply m when m.Groups > 1 && m.C.Batched && not m.TransposeA ->
                match original m.A with
                | Some x -> Op.Multiply { m with A = x; Groups = 1 }
                | None -> op
            | Op.Multiply m when m.Groups > 1 && not m.C.Batched ->
                match original m.B with
                | Some x -> Op.Multiply { m with B = x; Groups = 1 }
                | None -> op
            | other -> other

        let shared ops =
            let repeated =
                ops
                |> List.choose (function
                    | Op.Repeat(x, y) -> Some(x, y)
                    | _ -> None)

            if repeated.IsEmpty then ops else List.map (share repeated) ops

        onPrograms shared plan

    /// Softmax, cross-entropy and their gradients in one stable operation: p - t.
    let fuseSoftmax (plan: Plan) : Plan =
        let fuse fused op =
            match op, fused with
            | Op.SoftmaxGradient(_, _, _, gz),
              Op.CrossEntropy(smoothing, _, t, losses, _) :: Op.Softmax(_, z, _) :: before ->
                Op.SoftmaxCrossEntropy(smoothing, z, t, losses, gz) :: before
            | _ -> op :: fused

        onPrograms (List.fold fuse [] >> List.rev) plan

    /// Drops what nothing reads: the gradient of the inputs, for one.
    let dropUnread (plan: Plan) : Plan =
        let isTemporary = isTemporary plan

        let drop (ops: Op list) =
            let cells = Cells(ops |> Seq.collect (fun op -> Op.reads op @ Op.writes op) |> Seq.filter isTemporary)

            let keep op (ops, wanted: Set<int>) =
                let needed slice = not (isTemporary slice) || cells.Of slice |> Seq.exists wanted.Contains

                if List.exists needed (Op.writes op) then
                    let read = Op.reads op |> Seq.filter isTemporary |> Seq.collect cells.Of
                    op :: ops, Seq.fold (fun wanted cell -> Set.add cell wanted) wanted read
                else
                    ops, wanted

            fst (List.foldBack keep ops ([], Set.empty))

        onPrograms drop plan

    /// Drops copies, dropout at inference for one: whoever reads the copy reads the original.
    let dropCopies (plan: Plan) : Plan =
        let isTemporary = isTemporary plan

        let drop (ops, originals: Map<Slice, Slice>) op =
            match Op.map (fun slice -> originals.TryFind slice |> Option.defaultValue slice) op with
            | Op.Activate(Activation.Identity, x, y) when isTemporary y -> ops, originals.Add(y, x)
            | op -> op :: ops, originals

        onPrograms (List.fold drop ([], Map.empty) >> fst >> List.rev) plan

    /// Lets the result of an elementwise operation take the place of its operand, wherever that has no reader left:
    /// y = f(z) that of z where f' is known from y, and every gradient that of the one it comes from.
    let inPlace (plan: Plan) : Plan =
        let isTemporary = isTemporary plan

        let settle (ops: Op list) =
            let lastRead =
                ops
                |> List.indexed
                |> List.collect (fun (time, op) -> [ for slice in Op.reads op -> slice, time ])
                |> Map.ofList // the later one counts

            // The places that were given up, the last one first, and when what lies in a place is read last.
            let give (given, lastRead: Map<Slice, int>) (time: int, op) =
                match Op.elementwise op with
                | Some(source, target) when source <> target && isTemporary source && lastRead[source] <= time ->
                    let last = lastRead.TryFind target |> Option.defaultValue time
                    (source, target) :: given, lastRead.Add(target, max time last)
                | _ -> given, lastRead

            let given, _ = ops |> List.indexed |> List.fold give ([], lastRead)
            let placeOf (places: Map<Slice, Slice>) slice = places.TryFind slice |> Option.defaultValue slice

            let places =
                given
                |> List.fold
                    (fun (places: Map<_, _>) (source, target) -> places.Add(source, placeOf places target))
                    Map.empty

            List.map (Op.map (placeOf places)) ops

        onPrograms settle plan

    /// Does elementwise operations on each tile of a result as soon as it is finished, while it is in the cache: after
    /// products on tiles of any shape, after sums over the rows on whole columns.
    let fuseTails (plan: Plan) : Plan =
        let head (op: Op) : (Slice * Op list * (Op list -> Op)) option =
            match op with
            | Op.Multiply m -> Some(m.C, m.Tail, fun tail -> Op.Multiply { m with Tail = tail })
            | Op.BatchStatistics(settings, x, mean, scale, runningMean, runningVariance, tail) ->
                let withTail tail = Op.BatchStatistics(settings, x, mean, scale, runningMean, runningVariance, tail)
                Some(x, tail, withTail)
            | Op.ShardStatistics(settings, x, mean, scale, means, variances, tail) ->
                let withTail tail = Op.ShardStatistics(settings, x, mean, scale, means, variances, tail)
                Some(x, tail, withTail)
            | Op.NormalizeSums(column, x, gy, ggamma, gbeta, tail) ->
                Some(gy, tail, (fun tail -> Op.NormalizeSums(column, x, gy, ggamma, gbeta, tail)))
            | _ -> None

        // A head that is still open for what follows: what it has made, and its tail so far, the last operation first.
        let opened (op: Op) : (Set<Slice> * Op list * (Op list -> Op)) option =
            head op
            |> Option.map (fun (result, tail, withTail) ->
                Set.ofList (result :: List.collect Op.writes tail), List.rev tail, withTail)

        let follows (made: Set<Slice>) (op: Op) =
            match Op.elementwise op with
            | Some(source, target) -> made.Contains source && source.Cols = target.Cols
            | None -> false

        let close fused current =
            match current with
            | Some(_, tail, withTail) -> withTail (List.rev tail) :: fused
            | None -> fused

        let fuse (fused, current) op =
            match current with
            | Some(made: Set<Slice>, tail, withTail) when follows made op ->
                let made = List.fold (fun made slice -> Set.add slice made) made (Op.writes op)
                fused, Some(made, op :: tail, withTail)
            | _ ->
                match opened op with
                | Some next -> close fused current, Some next
                | None -> op :: close fused current, None

        onPrograms (List.fold fuse ([], None) >> fun (fused, current) -> List.rev (close fused current)) plan

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
        let levels (ops: Op list) =
            let cells = Cells(ops |> Seq.collect (fun op -> Op.reads op @ Op.writes op))
            let phaseOf (phases: Map<int, int>) cell = phases.TryFind cell |> Option.defaultValue 0
            let latest phases touched = touched |> Seq.fold (fun last cell -> max last (phaseOf phases cell)) 0

            let mark phase phases touched =
                touched
                |> Seq.fold
                    (fun (phases: Map<int, int>) cell -> phases.Add(cell, max phase (phaseOf phases cell)))
                    phases

            // The phases that read and wrote each cell last.
            let level (readIn, writtenIn) op =
                let reads, writes = Seq.collect cells.Of (Op.reads op), Seq.collect cells.Of (Op.writes op)
                let phase = 1 + List.max [ latest writtenIn reads; latest writtenIn writes; latest readIn writes ]
                (phase, op), (mark phase readIn reads, mark phase writtenIn writes)

            List.mapFold level (Map.empty, Map.empty) ops |> fst

        let group (ops: Op list) =
            levels ops
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
        let start = firstTemporary plan

        let settle ops =
            let isTemporary = isTemporary plan
            let temporaries = lifetimes ops |> List.filter (fun (slice, _) -> isTemporary slice) |> List.sortBy snd
            let moves = Placement.firstFit start temporaries
            ops |> List.map (Op.map (fun slice -> Map.tryFind slice moves |> Option.defaultValue slice))

        let moved = onPrograms settle plan

        let length =
            moved.Predict @ moved.Evaluate @ moved.Shard @ moved.Step
            |> List.collect (fun op -> Op.reads op @ Op.writes op)
            |> List.fold (fun longest slice -> max longest (int64 slice.Offset + int64 slice.Length)) start

        { moved with Length = int (Layout.align length) }

    /// Every rewrite with its name, in the order they are applied. Each gives the same results as the plan before it.
    let all: (string * (Plan -> Plan)) list =
        [ "fuse-softmax", fuseSoftmax
          "share-rows", shareRows
          "drop-unread", dropUnread
          "drop-copies", dropCopies
          "in-place", inPlace
          "fuse-tails", fuseTails
          "split-updates", splitUpdates
          "overlap", overlap
          "compact", compact ]
