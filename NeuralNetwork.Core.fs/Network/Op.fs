namespace NeuralNetwork

/// A window of the arena by number, not by pointer: Rows x Cols numbers in row-major order from Offset on.
/// Of a batched slice only the first n rows are alive when a batch has n rows.
[<Struct>]
type internal Slice =
    {
        /// What it is called in a printed plan.
        Name: string
        /// Where it begins, counted in numbers.
        Offset: int
        /// The number of rows; of a batched slice, of the largest batch.
        Rows: int
        /// The number of columns.
        Cols: int
        /// Whether it has a row for each row of the batch.
        Batched: bool
    }

    /// The number of elements.
    member slice.Length: int = slice.Rows * slice.Cols

    /// Whether two slices share an element.
    member slice.Overlaps(other: Slice) : bool =
        slice.Offset < other.Offset + other.Length && other.Offset < slice.Offset + slice.Length

/// One instruction of a plan: data to print, compare and rewrite, run by the executor.
/// Shapes: n rows in the batch; a gradient g carries the name and the shape of what it is the gradient of.
[<RequireQualifiedAccess>]
type internal Op =
    /// c = op(a)·op(b), for each group its own, then every operation of the tail on each finished tile of c
    | Multiply of Product: Product
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
    | Moments of
        Settings: BatchNorm *
        X: Slice *
        Mean: Slice *
        Scale: Slice *
        RunningMean: Slice *
        RunningVariance: Slice *
        Tail: Op list
    /// scale = 1/√(variance + ε) from the running variance
    | Deviation of Settings: BatchNorm * RunningVariance: Slice * Scale: Slice
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

    /// The same operation on other slices.
    let rec map (f: Slice -> Slice) (op: Op) : Op =
        match op with
        | Op.Multiply m -> Op.Multiply { m with A = f m.A; B = f m.B; C = f m.C; Tail = List.map (map f) m.Tail }
        | Op.Repeat(x, y) -> Op.Repeat(f x, f y)
        | Op.SumMembers(scale, y, x) -> Op.SumMembers(scale, f y, f x)
        | Op.Combine(output, shares, zs, z) -> Op.Combine(output, f shares, f zs, f z)
        | Op.AddBias(b, z) -> Op.AddBias(f b, f z)
        | Op.Activate(activation, z, y) -> Op.Activate(activation, f z, f y)
        | Op.ActivateGradient(activation, z, y, gy, gz) -> Op.ActivateGradient(activation, f z, f y, f gy, f gz)
        | Op.PReLU(a, z, y) -> Op.PReLU(f a, f z, f y)
        | Op.PReLUSums(z, gy, ga) -> Op.PReLUSums(f z, f gy, f ga)
        | Op.PReLUGradient(a, z, gy, gz) -> Op.PReLUGradient(f a, f z, f gy, f gz)
        | Op.Periodic(settings, waves, x, y) -> Op.Periodic(settings, waves.Map f, f x, f y)
        | Op.PeriodicSums(settings, waves, x, gy, gradients) ->
            Op.PeriodicSums(settings, waves.Map f, f x, f gy, gradients.Map f)
        | Op.PeriodicGradient(settings, waves, x, gy, gx) -> Op.PeriodicGradient(settings, waves.Map f, f x, f gy, f gx)
        | Op.Dropout(rate, seed, layer, members, x, y) -> Op.Dropout(rate, seed, layer, members, f x, f y)
        | Op.Moments(settings, x, mean, scale, runningMean, runningVariance, tail) ->
            Op.Moments(settings, f x, f mean, f scale, f runningMean, f runningVariance, List.map (map f) tail)
        | Op.Deviation(settings, variance, scale) -> Op.Deviation(settings, f variance, f scale)
        | Op.Normalize(column, x, y) -> Op.Normalize(column.Map f, f x, f y)
        | Op.NormalizeSums(column, x, gy, ggamma, gbeta, tail) ->
            Op.NormalizeSums(column.Map f, f x, f gy, f ggamma, f gbeta, List.map (map f) tail)
        | Op.NormalizeGradient(column, x, gy, ggamma, gbeta, gx) ->
            Op.NormalizeGradient(column.Map f, f x, f gy, f ggamma, f gbeta, f gx)
        | Op.Penalize(penalty, w, g, sums) -> Op.Penalize(penalty, f w, f g, f sums)
        | Op.ClipValue(limit, g) -> Op.ClipValue(limit, f g)
        | Op.SumSquares(g, sums) -> Op.SumSquares(f g, f sums)
        | Op.ClipNorm(limit, sums, g) -> Op.ClipNorm(limit, List.map f sums, f g)
        | Op.LimitNorm(limit, w) -> Op.LimitNorm(limit, f w)
        | Op.SumRows(g, sum) -> Op.SumRows(f g, f sum)
        | Op.Softmax(members, z, p) -> Op.Softmax(members, f z, f p)
        | Op.SoftmaxGradient(members, p, gp, gz) -> Op.SoftmaxGradient(members, f p, f gp, f gz)
        | Op.CrossEntropy(smoothing, p, t, losses, gp) -> Op.CrossEntropy(smoothing, f p, f t, f losses, f gp)
        | Op.SoftmaxCrossEntropy(smoothing, z, t, losses, gz) ->
            Op.SoftmaxCrossEntropy(smoothing, f z, f t, f losses, f gz)
        | Op.Loss(loss, z, t, losses, gz) -> Op.Loss(loss, f z, f t, f losses, f gz)
        | Op.Weigh(weights, losses, gz) -> Op.Weigh(f weights, f losses, f gz)
        | Op.Update(optimizer, decay, w, g, slots) -> Op.Update(optimizer, decay, f w, f g, List.map f slots)
        | Op.Together ops -> Op.Together(List.map (map f) ops)

    /// The slices an operation reads.
    let rec reads (op: Op) : Slice list =
        match op with
        | Op.Multiply m -> m.A :: m.B :: List.collect reads m.Tail
        | Op.Repeat(x, _) -> [ x ]
        | Op.SumMembers(_, y, _) -> [ y ]
        | Op.Combine(_, shares, zs, _) -> [ shares; zs ]
        | Op.AddBias(b, z) -> [ b; z ]
        | Op.Activate(_, z, _) -> [ z ]
        | Op.ActivateGradient(f, z, y, gy, _) -> (if Activation.isFromOutput f then y else z) :: [ gy ]
        | Op.PReLU(a, z, _) -> [ a; z ]
        | Op.PReLUSums(z, gy, _) -> [ z; gy ]
        | Op.PReLUGradient(a, z, gy, _) -> [ a; z; gy ]
        | Op.Periodic(_, waves, x, _) -> x :: waves.All
        | Op.PeriodicSums(_, waves, x, gy, _)
        | Op.PeriodicGradient(_, waves, x, gy, _) -> x :: gy :: waves.All
        | Op.Dropout(_, _, _, _, x, _) -> [ x ]
        | Op.Moments(_, x, _, _, runningMean, runningVariance, tail) ->
            x :: runningMean :: runningVariance :: List.collect reads tail
        | Op.Deviation(_, variance, _) -> [ variance ]
        | Op.Normalize(column, x, _) -> x :: column.All
        | Op.NormalizeSums(column, x, gy, _, _, tail) -> x :: gy :: column.All @ List.collect reads tail
        | Op.NormalizeGradient(column, x, gy, ggamma, gbeta, _) -> x :: gy :: ggamma :: gbeta :: column.All
        | Op.Penalize(_, w, g, _) -> [ w; g ]
        | Op.ClipValue(_, g)
        | Op.SumSquares(g, _) -> [ g ]
        | Op.ClipNorm(_, sums, g) -> g :: sums
        | Op.LimitNorm(_, w) -> [ w ]
        | Op.SumRows(g, _) -> [ g ]
        | Op.Softmax(_, z, _) -> [ z ]
        | Op.SoftmaxGradient(_, p, gp, _) -> [ p; gp ]
        | Op.CrossEntropy(_, p, t, _, _) -> [ p; t ]
        | Op.SoftmaxCrossEntropy(_, z, t, _, _)
        | Op.Loss(_, z, t, _, _) -> [ z; t ]
        | Op.Weigh(weights, losses, gz) -> [ weights; losses; gz ]
        | Op.Update(_, _, w, g, slots) -> w :: g :: slots
        | Op.Together ops -> List.collect reads ops

    /// The slices an operation writes.
    let rec writes (op: Op) : Slice list =
        match op with
        | Op.Multiply m -> m.C :: List.collect writes m.Tail
        | Op.Repeat(_, y) -> [ y ]
        | Op.SumMembers(_, _, x) -> [ x ]
        | Op.Combine(_, _, _, z) -> [ z ]
        | Op.AddBias(_, z) -> [ z ]
        | Op.Activate(_, _, y) -> [ y ]
        | Op.ActivateGradient(_, _, _, _, gz) -> [ gz ]
        | Op.PReLU(_, _, y) -> [ y ]
        | Op.PReLUSums(_, _, ga) -> [ ga ]
        | Op.PReLUGradient(_, _, _, gz) -> [ gz ]
        | Op.Periodic(_, _, _, y) -> [ y ]
        | Op.PeriodicSums(_, _, _, _, gradients) -> gradients.All
        | Op.PeriodicGradient(_, _, _, _, gx) -> [ gx ]
        | Op.Dropout(_, _, _, _, _, y) -> [ y ]
        | Op.Moments(_, _, mean, scale, runningMean, runningVariance, tail) ->
            mean :: scale :: runningMean :: runningVariance :: List.collect writes tail
        | Op.Deviation(_, _, scale) -> [ scale ]
        | Op.Normalize(_, _, y) -> [ y ]
        | Op.NormalizeSums(_, _, _, ggamma, gbeta, tail) -> ggamma :: gbeta :: List.collect writes tail
        | Op.NormalizeGradient(_, _, _, _, _, gx) -> [ gx ]
        | Op.Penalize(_, _, g, sums) -> [ g; sums ]
        | Op.ClipValue(_, g) -> [ g ]
        | Op.SumSquares(_, sums) -> [ sums ]
        | Op.ClipNorm(_, _, g) -> [ g ]
        | Op.LimitNorm(_, w) -> [ w ]
        | Op.SumRows(_, sum) -> [ sum ]
        | Op.Softmax(_, _, p) -> [ p ]
        | Op.SoftmaxGradient(_, _, _, gz) -> [ gz ]
        | Op.CrossEntropy(_, _, _, losses, gp) -> [ losses; gp ]
        | Op.SoftmaxCrossEntropy(_, _, _, losses, gz)
        | Op.Loss(_, _, _, losses, gz) -> [ losses; gz ]
        | Op.Weigh(_, losses, gz) -> [ losses; gz ]
        | Op.Update(_, _, w, _, slots) -> w :: slots
        | Op.Together ops -> List.collect writes ops

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

    let private signature (slice: Slice) =
        $"""{slice.Name}[{(if slice.Batched then "n" else string slice.Rows)} x {slice.Cols}]"""

    let private column (vectors: Normalized) =
        $"{vectors.Mean.Name}, {vectors.Scale.Name}, {vectors.Gamma.Name}, {vectors.Beta.Name}"

    /// The name of targets, of which smoothing takes a share.
    let private smoothed (smoothing: float) (t: Slice) =
        if smoothing = 0.0 then t.Name else $"smoothed({t.Name}, {Text.number smoothing})"

    let private waveNames (waves: Waves) = waves.All |> List.map _.Name |> String.concat ", "

    /// One line that reads like the formula.
    let rec explain (op: Op) : string =
        match op with
        | Op.Multiply m ->
            let side slice transposed = if transposed then signature slice + "ᵀ" else signature slice
            let groups = if m.Groups = 1 then "" else $" in {m.Groups} groups"
            $"{signature m.C} = {side m.A m.TransposeA}·{side m.B m.TransposeB}{groups}{explainTail m.Tail}"
        | Op.Repeat(x, y) -> $"{signature y} = {x.Name} for each member"
        | Op.SumMembers(scale, y, x) ->
            let factor = if scale = 1.0 then "" else $"{Text.number scale}·"
            $"{signature x} = {factor}Σ members of {y.Name}"
        | Op.Combine(_, shares, zs, z) -> $"{signature z} = combined({zs.Name}; {shares.Name})"
        | Op.AddBias(b, z) -> $"{z.Name} += {b.Name}"
        | Op.Activate(f, z, y) -> $"{y.Name} = {Activation.name f}({z.Name})"
        | Op.ActivateGradient(f, z, y, gy, gz) ->
            let from = if Activation.isFromOutput f then y.Name else z.Name
            $"{gz.Name} = {gy.Name} ∘ {Activation.name f}'({from})"
        | Op.PReLU(a, z, y) -> $"{y.Name} = prelu({z.Name}; {a.Name})"
        | Op.PReLUSums(z, gy, ga) -> $"{signature ga} = Σ rows of {gy.Name}∘min({z.Name}, 0)"
        | Op.PReLUGradient(a, z, gy, gz) -> $"{gz.Name} = {gy.Name} ∘ prelu'({z.Name}; {a.Name})"
        | Op.Periodic(_, waves, x, y) -> $"{signature y} = {x.Name}, periodic({x.Name}; {waveNames waves})"
        | Op.PeriodicSums(_, waves, x, gy, gradients) ->
            $"{waveNames gradients} = periodic-sums({x.Name}, {gy.Name}; {waveNames waves})"
        | Op.PeriodicGradient(_, waves, x, gy, gx) ->
            $"{signature gx} = periodic'({x.Name}, {gy.Name}; {waveNames waves})"
        | Op.Dropout(rate, _, layer, _, x, y) -> $"{y.Name} = dropout({x.Name}, rate {Text.number rate}, mask {layer})"
        | Op.Moments(_, x, mean, scale, runningMean, runningVariance, tail) ->
            let stored = $"{runningMean.Name}, {runningVariance.Name}"
            $"{signature mean}, {scale.Name}, {stored} = moments({x.Name}){explainTail tail}"
        | Op.Deviation(_, variance, scale) -> $"{signature scale} = 1 / √({variance.Name} + ε)"
        | Op.Normalize(vectors, x, y) -> $"{y.Name} = normalize({x.Name}; {column vectors})"
        | Op.NormalizeSums(vectors, x, gy, ggamma, gbeta, tail) ->
            $"{ggamma.Name}, {gbeta.Name} = normalize-sums({x.Name}, {gy.Name}; {column vectors}){explainTail tail}"
        | Op.NormalizeGradient(vectors, x, gy, ggamma, gbeta, gx) ->
            $"{gx.Name} = normalize'({x.Name}, {gy.Name}, {ggamma.Name}, {gbeta.Name}; {column vectors})"
        | Op.Penalize(penalty, w, g, sums) ->
            $"{g.Name} += {Text.number penalty.L1}·sign {w.Name} + {Text.number penalty.L2}·{w.Name}; {sums.Name} = the penalty"
        | Op.ClipValue(limit, g) -> $"{g.Name} = {g.Name} within ±{Text.number limit}"
        | Op.SumSquares(g, sums) -> $"{sums.Name} = Σ {g.Name}²"
        | Op.ClipNorm(limit, sums, g) ->
            let norm = if sums.Length = 1 then $"√{sums.Head.Name}" else $"√(the sum of {sums.Length} squares)"
            $"{g.Name} = {g.Name}·min(1, {Text.number limit} / {norm})"
        | Op.LimitNorm(limit, w) -> $"{w.Name} = rows of {w.Name} of norm at most {Text.number limit}"
        | Op.SumRows(g, sum) -> $"{signature sum} = Σ rows of {g.Name}"
        | Op.Softmax(_, z, p) -> $"{signature p} = softmax({z.Name})"
        | Op.SoftmaxGradient(_, p, gp, gz) -> $"{gz.Name} = {p.Name} ∘ ({gp.Name} - Σ {gp.Name}∘{p.Name})"
        | Op.CrossEntropy(smoothing, p, t, losses, gp) ->
            let t = smoothed smoothing t
            $"{losses.Name} = -Σ {t} log {p.Name}; {gp.Name} = -{t} / (n·{p.Name})"
        | Op.SoftmaxCrossEntropy(smoothing, z, t, losses, gz) ->
            let t = smoothed smoothing t
            $"{losses.Name} = cross-entropy({z.Name}, {t}); {signature gz} = (softmax({z.Name}) - {t}) / n"
        | Op.Loss(loss, z, t, losses, gz) ->
            $"{losses.Name} = {Loss.name loss}({z.Name}, {t.Name}); {signature gz} = its gradient / n"
        | Op.Weigh(weights, losses, gz) ->
            $"{losses.Name} = {weights.Name} ∘ {losses.Name}; {gz.Name} = {weights.Name} ∘ {gz.Name}"
        | Op.Update(optimizer, decay, w, g, slots) ->
            let shrink = if decay = 0.0 then "" else $"·(1 - rate·{Text.number decay})"
            let others = slots |> List.map (fun slot -> ", " + slot.Name) |> String.concat ""
            $"{w.Name} = {w.Name}{shrink} - {Optimizer.name optimizer}({g.Name}{others})    {w.Length} numbers"
        | Op.Together ops -> ops |> List.map explain |> String.concat "\n    | "

    and private explainTail (tail: Op list) : string =
        tail |> List.map (fun op -> $"; {explain op}") |> String.concat ""
