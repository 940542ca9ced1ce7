namespace NeuralNetwork.Plans

open NeuralNetwork
open NeuralNetwork.Maths

/// One instruction of a plan: data to print, compare and rewrite, run by the executor.
/// Shapes: n rows in the batch; a gradient g carries the name and the shape of what it is the gradient of.
[<RequireQualifiedAccess>]
type internal Op =
    /// c = op(a)·op(b), for each group its own, then every operation of the tail on each finished tile of c
    | Multiply of Product: Product
    /// x = the shard's rows of a batch    batch: all its rows x c, x: n x c
    | TakeRows of Batch: Slice * X: Slice
    /// The shard's rows of a batch = y
    | PutRows of Y: Slice * Batch: Slice
    /// y = x for each member, side by side    x: n x c, y: n x members·c
    | Repeat of X: Slice * Y: Slice
    /// x = scale·Σ over the members of y    y: n x members·c, x: n x c
    | SumMembers of Scale: float * Y: Slice * X: Slice
    /// z = what the mean of the members' predictions is made of: f⁻¹(Σ s·f(zs)), f the function of the outputs
    /// shares s: n x members, zs: n x members·outputs, z: n x outputs
    | Combine of Output: Output * Shares: Slice * ZS: Slice * Z: Slice
    /// z += b    b: 1 x units, z: n x units
    | AddBias of B: Slice * Z: Slice
    /// y = f(z)
    | Activate of F: Activation * Z: Slice * Y: Slice
    /// gz = gy ∘ f'(z)
    | ActivateGradient of F: Activation * Z: Slice * Y: Slice * GY: Slice * GZ: Slice
    /// y = z where z > 0, else a·z    a: 1 x units
    | PReLU of A: Slice * Z: Slice * Y: Slice
    /// ga = Σ gy·z over the rows where z <= 0
    | PReLUSums of Z: Slice * GY: Slice * GA: Slice
    /// gz = gy where z > 0, else a·gy
    | PReLUGradient of A: Slice * Z: Slice * GY: Slice * GZ: Slice
    /// y = x and behind it e = v·cos 2π(w·x + b) + c, of each member by itself    y: n x members·(c + mixtures)
    | Periodic of Settings: Periodic * Tensors: Waves * X: Slice * Y: Slice
    /// The gradients in w, b, v and c, sums over the rows
    | PeriodicSums of Settings: Periodic * Tensors: Waves * X: Slice * GY: Slice * Gradients: Waves
    /// gx = the first columns of gy, to which each feature's waves add gu·w
    | PeriodicGradient of Settings: Periodic * Tensors: Waves * X: Slice * GY: Slice * GX: Slice
    /// y = x ∘ mask / (1 - rate), the mask of a layer in the step at hand, for each member one of its own; its own gradient
    | Dropout of Rate: float * Seed: uint64 * Layer: int * Members: int * X: Slice * Y: Slice
    /// mean and scale = 1/√(variance + ε) of each feature over the batch, and their running averages; then every
    /// operation of the tail on each finished block of columns    running: 2 x features
    | BatchStatistics of
        Settings: BatchNorm *
        X: Slice *
        Mean: Slice *
        Scale: Slice *
        RunningMean: Slice *
        RunningVariance: Slice *
        Tail: Op list
    /// The same of a shard, whose own mean and variance are kept in its row of those of all shards    means: shards x features
    | ShardStatistics of
        Settings: BatchNorm *
        X: Slice *
        Mean: Slice *
        Scale: Slice *
        Means: Slice *
        Variances: Slice *
        Tail: Op list
    /// The running averages take in the means of the shards' means and variances, each weighed by its rows, in their order
    | AverageStatistics of
        Settings: BatchNorm *
        Means: Slice *
        Variances: Slice *
        RunningMean: Slice *
        RunningVariance: Slice
    /// scale = 1/√(variance + ε) from the running variance
    | InverseDeviation of Settings: BatchNorm * RunningVariance: Slice * Scale: Slice
    /// y = gamma·(x - mean)·scale + beta
    | Normalize of Column: Normalized * X: Slice * Y: Slice
    /// gbeta = Σ gy, ggamma = Σ gy·x̂ over the rows; then the tail on each block of columns
    | NormalizeSums of Column: Normalized * X: Slice * GY: Slice * GGamma: Slice * GBeta: Slice * Tail: Op list
    /// gx = gamma·scale/n · (n·gy - gbeta - x̂·ggamma)
    | NormalizeGradient of Column: Normalized * X: Slice * GY: Slice * GGamma: Slice * GBeta: Slice * GX: Slice
    /// g += L1·sign w + L2·w, sums = the penalty itself, a part for each tile
    | Penalize of Penalty: Penalty * W: Slice * G: Slice * Sums: Slice
    /// Every component of g into [-limit, limit]
    | ClipValue of Limit: float * G: Slice
    /// sums = Σ g², a part for each tile
    | SumSquares of G: Slice * Sums: Slice
    /// g scaled down so that the root of the sum of all these parts is at most limit
    | ClipNorm of Limit: float * Sums: Slice list * G: Slice
    /// Each row of w scaled down to a norm of at most limit
    | LimitNorm of Limit: float * W: Slice
    /// sum = Σ over rows of g    g: n x units, sum: 1 x units
    | SumRows of G: Slice * Sum: Slice
    /// p = softmax z, row by row and member by member
    | Softmax of Members: int * Z: Slice * P: Slice
    /// gz = p ∘ (gp - Σⱼ gpⱼ·pⱼ), row by row and member by member
    | SoftmaxGradient of Members: int * P: Slice * GP: Slice * GZ: Slice
    /// losses = -Σⱼ t'ⱼ log pⱼ, gp = -t' / (n·p), targets smoothed; as of every loss, as many losses in a row as members
    | CrossEntropy of Smoothing: float * P: Slice * T: Slice * Losses: Slice * GP: Slice
    /// The three above in one, stable: losses = Σⱼ t'ⱼ (logΣexp z - zⱼ), gz = (p·Σⱼ t'ⱼ - t') / n
    | SoftmaxCrossEntropy of Smoothing: float * Z: Slice * T: Slice * Losses: Slice * GZ: Slice
    /// losses = the mean over outputs of a loss, gz = its gradient / n
    | Loss of Loss: Loss * Z: Slice * T: Slice * Losses: Slice * GZ: Slice
    /// losses = weights ∘ losses and gz = weights ∘ gz, row by row and member by member    weights: n x members
    | Weigh of Weights: Slice * Losses: Slice * GZ: Slice
    /// w -= α·λ·w for a decay λ, then w -= step: one fused pass over weights, gradient and slots
    | Update of Optimizer: Optimizer * Decay: float * W: Slice * G: Slice * Slots: Slice list
    /// Operations that depend on none of each other: their tiles may run at the same time
    | Together of Ops: Op list

/// The tensors of a periodic embedding, or their gradients.
and internal Waves =
    {
        /// w: features x waves
        Frequency: Slice
        /// b: features x waves
        Phase: Slice
        /// v: mixtures x waves
        Weight: Slice
        /// c: 1 x mixtures
        Bias: Slice
    }

    member internal waves.All: Slice list = [ waves.Frequency; waves.Phase; waves.Weight; waves.Bias ]

    member internal waves.Map(f: Slice -> Slice) : Waves =
        { Frequency = f waves.Frequency
          Phase = f waves.Phase
          Weight = f waves.Weight
          Bias = f waves.Bias }

/// The vectors that describe a batch norm: what is subtracted, what is multiplied with, gamma and beta, each 1 x features.
and internal Normalized =
    {
        /// What is subtracted.
        Mean: Slice
        /// What the difference is multiplied with: 1 / √(variance + ε).
        Scale: Slice
        /// What the result is multiplied with.
        Gamma: Slice
        /// What is added to that.
        Beta: Slice
    }

    member internal column.All: Slice list = [ column.Mean; column.Scale; column.Gamma; column.Beta ]

    member internal column.Map(f: Slice -> Slice) : Normalized =
        { Mean = f column.Mean; Scale = f column.Scale; Gamma = f column.Gamma; Beta = f column.Beta }

/// The operands of a matrix product c = op(a)·op(b), where op transposes if its flag is set. A group has the columns of a
/// batched operand that are its own, and the rows of any other.
and internal Product =
    {
        /// How many products there are side by side: 1, or one for each member.
        Groups: int
        /// The left operand.
        A: Slice
        /// Whether the left operand is transposed.
        TransposeA: bool
        /// The right operand.
        B: Slice
        /// Whether the right operand is transposed.
        TransposeB: bool
        /// Where the product is written.
        C: Slice
        /// What is done to each part of the product while it is in the cache.
        Tail: Op list
    }

/// What is made of the slices of an operation, by what the operation does with them: reads, writes, both, or neither, where a
/// slice is named that only another function would read.
type internal Roles = { Read: Slice -> Slice; Write: Slice -> Slice; Change: Slice -> Slice; Mention: Slice -> Slice }

module internal Op =

    /// Numbers of a flat vector that one tile of a pass over it takes; a sum over the vector has a part for each.
    [<Literal>]
    let Part = 16384

    /// The number of parts of a vector.
    let parts (length: int) : int = (length + Part - 1) / Part

    /// Source and target of an operation that treats every element by itself, so that the one may take the place of the
    /// other and any rectangle can be done alone.
    let elementwise (op: Op) : (Slice * Slice) option =
        match op with
        | Op.AddBias(_, z) -> Some(z, z)
        | Op.Activate(_, x, y)
        | Op.PReLU(_, x, y)
        | Op.Dropout(_, _, _, _, x, y)
        | Op.Normalize(_, x, y) -> Some(x, y)
        | Op.ActivateGradient(_, _, _, gy, gx)
        | Op.PReLUGradient(_, _, gy, gx)
        | Op.NormalizeGradient(_, _, gy, _, _, gx) -> Some(gy, gx)
        | _ -> None

    /// The operands of every operation, once: the same operation with what each role makes of its slices. What an operation
    /// reads comes first, then what it writes, then its tail.
    let rec private walk (on: Roles) (op: Op) : Op =
        let read, write, change = on.Read, on.Write, on.Change
        let tail = List.map (walk on)

        match op with
        | Op.Multiply m ->
            let a, b, c = read m.A, read m.B, write m.C
            Op.Multiply { m with A = a; B = b; C = c; Tail = tail m.Tail }
        | Op.TakeRows(batch, x) -> Op.TakeRows(read batch, write x)
        | Op.PutRows(y, batch) -> Op.PutRows(read y, write batch)
        | Op.Repeat(x, y) -> Op.Repeat(read x, write y)
        | Op.SumMembers(scale, y, x) -> Op.SumMembers(scale, read y, write x)
        | Op.Combine(output, shares, zs, z) -> Op.Combine(output, read shares, read zs, write z)
        | Op.AddBias(b, z) -> Op.AddBias(read b, change z)
        | Op.Activate(f, z, y) -> Op.Activate(f, read z, write y)
        | Op.ActivateGradient(f, z, y, gy, gz) when Activation.isFromOutput f ->
            Op.ActivateGradient(f, on.Mention z, read y, read gy, write gz)
        | Op.ActivateGradient(f, z, y, gy, gz) -> Op.ActivateGradient(f, read z, on.Mention y, read gy, write gz)
        | Op.PReLU(a, z, y) -> Op.PReLU(read a, read z, write y)
        | Op.PReLUSums(z, gy, ga) -> Op.PReLUSums(read z, read gy, write ga)
        | Op.PReLUGradient(a, z, gy, gz) -> Op.PReLUGradient(read a, read z, read gy, write gz)
        | Op.Periodic(settings, waves, x, y) ->
            let x = read x
            Op.Periodic(settings, waves.Map read, x, write y)
        | Op.PeriodicSums(settings, waves, x, gy, gradients) ->
            let x, gy = read x, read gy
            Op.PeriodicSums(settings, waves.Map read, x, gy, gradients.Map write)
        | Op.PeriodicGradient(settings, waves, x, gy, gx) ->
            let x, gy = read x, read gy
            Op.PeriodicGradient(settings, waves.Map read, x, gy, write gx)
        | Op.Dropout(rate, seed, layer, members, x, y) -> Op.Dropout(rate, seed, layer, members, read x, write y)
        | Op.BatchStatistics(settings, x, mean, scale, runningMean, runningVariance, after) ->
            let x, mean, scale = read x, write mean, write scale
            Op.BatchStatistics(settings, x, mean, scale, change runningMean, change runningVariance, tail after)
        | Op.ShardStatistics(settings, x, mean, scale, means, variances, after) ->
            let x, mean, scale = read x, write mean, write scale
            Op.ShardStatistics(settings, x, mean, scale, write means, write variances, tail after)
        | Op.AverageStatistics(settings, means, variances, runningMean, runningVariance) ->
            let means, variances = read means, read variances
            Op.AverageStatistics(settings, means, variances, change runningMean, change runningVariance)
        | Op.InverseDeviation(settings, variance, scale) -> Op.InverseDeviation(settings, read variance, write scale)
        | Op.Normalize(column, x, y) ->
            let x = read x
            Op.Normalize(column.Map read, x, write y)
        | Op.NormalizeSums(column, x, gy, ggamma, gbeta, after) ->
            let x, gy = read x, read gy
            Op.NormalizeSums(column.Map read, x, gy, write ggamma, write gbeta, tail after)
        | Op.NormalizeGradient(column, x, gy, ggamma, gbeta, gx) ->
            let x, gy, ggamma, gbeta = read x, read gy, read ggamma, read gbeta
            Op.NormalizeGradient(column.Map read, x, gy, ggamma, gbeta, write gx)
        | Op.Penalize(penalty, w, g, sums) -> Op.Penalize(penalty, read w, change g, write sums)
        | Op.ClipValue(limit, g) -> Op.ClipValue(limit, change g)
        | Op.SumSquares(g, sums) -> Op.SumSquares(read g, write sums)
        | Op.ClipNorm(limit, sums, g) ->
            let g = change g
            Op.ClipNorm(limit, List.map read sums, g)
        | Op.LimitNorm(limit, w) -> Op.LimitNorm(limit, change w)
        | Op.SumRows(g, sum) -> Op.SumRows(read g, write sum)
        | Op.Softmax(members, z, p) -> Op.Softmax(members, read z, write p)
        | Op.SoftmaxGradient(members, p, gp, gz) -> Op.SoftmaxGradient(members, read p, read gp, write gz)
        | Op.CrossEntropy(smoothing, p, t, losses, gp) ->
            Op.CrossEntropy(smoothing, read p, read t, write losses, write gp)
        | Op.SoftmaxCrossEntropy(smoothing, z, t, losses, gz) ->
            Op.SoftmaxCrossEntropy(smoothing, read z, read t, write losses, write gz)
        | Op.Loss(loss, z, t, losses, gz) -> Op.Loss(loss, read z, read t, write losses, write gz)
        | Op.Weigh(weights, losses, gz) -> Op.Weigh(read weights, change losses, change gz)
        | Op.Update(optimizer, decay, w, g, slots) ->
            let w, g = change w, read g
            Op.Update(optimizer, decay, w, g, List.map change slots)
        | Op.Together ops -> Op.Together(List.map (walk on) ops)

    /// The same operation on other slices.
    let map (f: Slice -> Slice) (op: Op) : Op = walk { Read = f; Write = f; Change = f; Mention = f } op

    /// The slices that a choice of roles adds to a list, in the order of the walk.
    let private collected (roles: (Slice -> Slice) -> Roles) (op: Op) : Slice list =
        let found = System.Collections.Generic.List<Slice>()

        let add slice =
            found.Add slice
            slice

        walk (roles add) op |> ignore
        List.ofSeq found

    /// The slices an operation reads.
    let reads (op: Op) : Slice list = collected (fun add -> { Read = add; Write = id; Change = add; Mention = id }) op

    /// The slices an operation writes.
    let writes (op: Op) : Slice list = collected (fun add -> { Read = id; Write = add; Change = add; Mention = id }) op

    /// The right-hand side of each group of a product whose right-hand side is not batched.
    let internal groupWeights (product: Product) : Slice list =
        let b, rows = product.B, product.B.Rows / product.Groups
        List.init product.Groups (fun group -> { b with Offset = b.Offset + group * rows * b.Cols; Rows = rows })

    /// The right-hand sides of the products, those of groups one by one.
    let rec weights (ops: Op list) : Slice list =
        ops
        |> List.collect (fun op ->
            match op with
            | Op.Multiply m -> groupWeights m
            | Op.Together ops -> weights ops
            | _ -> [])

    /// Whether the order of two operations matters: one writes what the other reads or writes.
    let conflict (first: Op) (second: Op) : bool =
        let meet (left: Slice list) (right: Slice list) =
            left |> List.exists (fun a -> right |> List.exists (fun b -> a.Overlaps b))

        meet (writes first) (reads second @ writes second) || meet (reads first) (writes second)
