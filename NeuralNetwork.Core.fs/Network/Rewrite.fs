namespace NeuralNetwork

open System

/// Rewrites of plans: pure functions that make a plan shorter, smaller or faster and leave its results as they are.
module internal Rewrite =

    let private onPrograms (f: Op list -> Op list) (plan: Plan) =
        { plan with Predict = f plan.Predict; Evaluate = f plan.Evaluate; Step = f plan.Step }

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
        :: plan.Slots
        @ plan.Penalties

    let private isTemporary (plan: Plan) (slice: Slice) =
        kept plan |> List.exists (fun region -> region.Overlaps slice) |> not

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
        let rec fuse ops =
            match ops with
            | Op.Softmax(_, z, _) :: Op.CrossEntropy(_, t, losses, _) :: Op.SoftmaxGradient(_, _, _, gz) :: rest ->
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

    /// Drops copies, dropout at inference for one: whoever reads the copy reads the original.
    let dropCopies (plan: Plan) : Plan =
        let rec drop ops =
            match ops with
            | Op.Activate(Activation.Identity, x, y) :: rest when isTemporary plan y ->
                rest |> List.map (Op.map (fun slice -> if slice = y then x else slice)) |> drop
            | op :: rest -> op :: drop rest
            | [] -> []

        onPrograms drop plan

    /// Lets the result of an elementwise operation take the place of its operand, wherever that has no reader left:
    /// y = f(z) that of z where f' is known from y, and every gradient that of the one it comes from.
    let inPlace (plan: Plan) : Plan =
        let renaming (ops: Op list) (time, op) =
            let readLater slice =
                ops |> List.skip (time + 1) |> List.exists (fun later -> List.contains slice (Op.reads later))

            match Op.elementwise op with
            | Some(source, target) when source <> target && isTemporary plan source && not (readLater source) ->
                Some(source, target)
            | _ -> None

        let rec settle ops =
            match ops |> List.indexed |> List.tryPick (renaming ops) with
            | Some(before, after) ->
                settle (ops |> List.map (Op.map (fun slice -> if slice = before then after else slice)))
            | None -> ops

        onPrograms settle plan

    /// Does elementwise operations on each tile of a result as soon as it is finished, while it is in the cache: after
    /// products on tiles of any shape, after sums over the rows on whole columns.
    let fuseTails (plan: Plan) : Plan =
        let extend head op =
            let follows (made: Slice list) =
                match Op.elementwise op with
                | Some(source, target) -> List.contains source made && source.Cols = target.Cols
                | None -> false

            match head with
            | Op.Multiply m when follows (m.C :: List.collect Op.writes m.Tail) ->
                Some(Op.Multiply { m with Tail = m.Tail @ [ op ] })
            | Op.Moments(settings, x, mean, scale, runningMean, runningVariance, tail) when
                follows (x :: List.collect Op.writes tail)
                ->
                Some(Op.Moments(settings, x, mean, scale, runningMean, runningVariance, tail @ [ op ]))
            | Op.NormalizeSums(column, x, gy, ggamma, gbeta, tail) when follows (gy :: List.collect Op.writes tail) ->
                Some(Op.NormalizeSums(column, x, gy, ggamma, gbeta, tail @ [ op ]))
            | _ -> None

        let rec fuse ops =
            match ops with
            | head :: op :: rest ->
                match extend head op with
                | Some fused -> fuse (fused :: rest)
                | None -> head :: fuse (op :: rest)
            | short -> short

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
