namespace NeuralNetwork.Plans

open NeuralNetwork
open NeuralNetwork.Maths

/// Operations in words, as a plan is printed.
module internal OpText =

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
        | Op.TakeRows(batch, x) -> $"{signature x} = the shard's rows of {batch.Name}"
        | Op.PutRows(y, batch) -> $"the shard's rows of {signature batch} = {y.Name}"
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
        | Op.BatchStatistics(_, x, mean, scale, runningMean, runningVariance, tail) ->
            let stored = $"{runningMean.Name}, {runningVariance.Name}"
            $"{signature mean}, {scale.Name}, {stored} = batch-statistics({x.Name}){explainTail tail}"
        | Op.ShardStatistics(_, x, mean, scale, means, variances, tail) ->
            let stored = $"the shard's rows of {means.Name}, {variances.Name}"
            $"{signature mean}, {scale.Name}, {stored} = batch-statistics({x.Name}){explainTail tail}"
        | Op.AverageStatistics(_, means, variances, runningMean, runningVariance) ->
            $"{runningMean.Name}, {runningVariance.Name} = running-average(means over shards of {means.Name}, {variances.Name})"
        | Op.InverseDeviation(_, variance, scale) -> $"{signature scale} = 1 / √({variance.Name} + ε)"
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
