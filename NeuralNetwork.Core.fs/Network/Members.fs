namespace NeuralNetwork.Plans

open NeuralNetwork

/// What networks side by side have besides their layers: every member gets the rows, learns from losses of its own, and has
/// its share in the prediction. A result is n x members·width, the columns of one member after those of the other. Of a
/// network by itself, nothing here makes an operation or takes memory.
module internal Members =

    open Stages

    /// What the members together make of rows and targets.
    type Ending =
        {
            /// From the last result to the losses of the rows and its gradient, as a step has them.
            Learn: Op list
            /// The same where rows count by weights.
            LearnWeighted: Op list
            /// From the last result to that of the members together.
            Combine: Op list
            /// From that to the losses of the rows, as an evaluation has them.
            Evaluate: Op list
        }

    /// The rows as the first layers read them, and what brings them there.
    let entrance (members: int) (x: Slice) (next: int64) =
        if members = 1 then
            x, [], next
        else
            let xs, next = slice "xs" x.Role x.Rows (members * x.Cols) true next
            xs, [ Op.Repeat(x, xs) ], next

    /// The gradient of the rows from that of what the first layers read.
    let entranceGradient (members: int) (gxs: Slice) (gx: Slice) : Op list =
        if members = 1 then [] else [ Op.SumMembers(1.0, gxs, gx) ]

    /// The members' last results zs and their gradient gzs; z are those of the members together.
    let ending loss (members: int) (zs: Slice, gzs: Slice) (z: Slice) (t: Slice) weights shares (losses: Slice) next =
        if members = 1 then
            let learn, next = lossOps loss zs t losses gzs next
            // Losses and gz are linear in the loss of a row, whatever the loss.
            let weighted = learn @ [ Op.Weigh(weights, losses, gzs) ]
            { Learn = learn; LearnWeighted = weighted; Combine = []; Evaluate = learn }, next
        else
            let ts, next = slice "ts" t.Role t.Rows zs.Cols true next
            let each, next = slice "member-losses" losses.Role t.Rows members true next
            let gz, next = slice "gz" (SliceRole.Gradient z.Role) t.Rows t.Cols true next
            let learn, next = lossOps loss zs ts each gzs next
            let evaluate, next = lossOps loss z t losses gz next
            let mean = Op.SumMembers(1.0 / float members, each, losses)
            let learn = Op.Repeat(t, ts) :: learn

            { Learn = learn @ [ mean ]
              LearnWeighted = learn @ [ Op.Weigh(weights, each, gzs); mean ]
              Combine = [ Op.Combine(Loss.output loss, shares, zs, z) ]
              Evaluate = evaluate },
            next

    /// From the members' last results zs to what they predict together, p = Σ s·f(zs) with the function f of the outputs and
    /// the shares s, and to their gradients gzs along a direction v in it. z is what p is made of.
    let response loss (members: int) (zs: Slice, gzs: Slice) (z: Slice) (p: Slice) (v: Slice) shares (next: int64) =
        if members = 1 then
            [ outputOp loss zs p; outputGradientOp 1 loss zs p v gzs ], next
        else
            let ps, next = slice "ps" (SliceRole.Result("ps", zs.Role.Layer)) v.Rows zs.Cols true next
            let vs, next = slice "vs" (SliceRole.Gradient ps.Role) v.Rows zs.Cols true next
            let none, next = slice "none" (SliceRole.Result("none", zs.Role.Layer)) v.Rows members true next

            [ Op.Combine(Loss.output loss, shares, zs, z)
              outputOp loss z p
              outputOpOf members loss zs ps
              Op.Repeat(v, vs)
              outputGradientOp members loss zs ps vs gzs
              Op.Weigh(shares, none, gzs) ],
            next

    /// The part of each member in a tensor.
    let parts (members: int) (tensor: Slice) : Slice list =
        if members = 1 then
            [ tensor ]
        else
            let length = tensor.Length / members

            List.init members (fun index ->
                { tensor with
                    Name = $"{tensor.Name}_{index}"
                    Offset = tensor.Offset + index * length
                    Rows = 1
                    Cols = length })
