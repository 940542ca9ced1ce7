namespace NeuralNetwork

/// A window of the arena by number, not by pointer: Rows x Cols numbers in row-major order from Offset on.
/// Of a batched slice only the first n rows are alive when a batch has n rows.
[<Struct>]
type Slice =
    { Name: string
      Offset: int
      Rows: int
      Cols: int
      Batched: bool }

    /// The number of elements.
    member slice.Length: int = slice.Rows * slice.Cols

    /// Whether two slices share an element.
    member slice.Overlaps(other: Slice) : bool =
        slice.Offset < other.Offset + other.Length && other.Offset < slice.Offset + slice.Length

/// One instruction of a plan: data to print, compare and rewrite, run by the executor.
/// Shapes: n rows in the batch; a gradient g carries the name and the shape of what it is the gradient of.
[<RequireQualifiedAccess>]
type Op =
    /// c = op(a)·op(b), then every operation of the tail on each finished tile of c
    | Multiply of Product: Product
    /// z += b    b: 1 x units, z: n x units
    | AddBias of B: Slice * Z: Slice
    /// y = f(z)
    | Activate of F: Activation * Z: Slice * Y: Slice
    /// gz = gy ∘ f'(z)
    | ActivateGradient of F: Activation * Z: Slice * Y: Slice * GY: Slice * GZ: Slice
    /// sum = Σ over rows of g    g: n x units, sum: 1 x units
    | SumRows of G: Slice * Sum: Slice
    /// p = softmax z, row by row
    | Softmax of Z: Slice * P: Slice
    /// gz = p ∘ (gp - Σⱼ gpⱼ·pⱼ), row by row
    | SoftmaxGradient of P: Slice * GP: Slice * GZ: Slice
    /// losses = -Σⱼ tⱼ log pⱼ, gp = -t / (n·p)
    | CrossEntropy of P: Slice * T: Slice * Losses: Slice * GP: Slice
    /// The three above in one, stable: losses = Σⱼ tⱼ (logΣexp z - zⱼ), gz = (p·Σⱼ tⱼ - t) / n
    | SoftmaxCrossEntropy of Z: Slice * T: Slice * Losses: Slice * GZ: Slice
    /// losses = the mean over outputs of a cost, gz = its gradient / n
    | Cost of Cost: Cost * Z: Slice * T: Slice * Losses: Slice * GZ: Slice
    /// w -= α·λ·w for a decay λ, then w -= step: one fused pass over weights, gradient and slots
    | Update of Optimizer: Optimizer * Decay: float * W: Slice * G: Slice * Slots: Slice list
    /// Operations that depend on none of each other: their tiles may run at the same time
    | Together of Ops: Op list

/// The operands of a matrix product c = op(a)·op(b), where op transposes if its flag is set.
and Product = { A: Slice; TransposeA: bool; B: Slice; TransposeB: bool; C: Slice; Tail: Op list }

module Op =

    /// The same operation on other slices.
    let rec map (f: Slice -> Slice) (op: Op) : Op =
        match op with
        | Op.Multiply m -> Op.Multiply { m with A = f m.A; B = f m.B; C = f m.C; Tail = List.map (map f) m.Tail }
        | Op.AddBias(b, z) -> Op.AddBias(f b, f z)
        | Op.Activate(activation, z, y) -> Op.Activate(activation, f z, f y)
        | Op.ActivateGradient(activation, z, y, gy, gz) -> Op.ActivateGradient(activation, f z, f y, f gy, f gz)
        | Op.SumRows(g, sum) -> Op.SumRows(f g, f sum)
        | Op.Softmax(z, p) -> Op.Softmax(f z, f p)
        | Op.SoftmaxGradient(p, gp, gz) -> Op.SoftmaxGradient(f p, f gp, f gz)
        | Op.CrossEntropy(p, t, losses, gp) -> Op.CrossEntropy(f p, f t, f losses, f gp)
        | Op.SoftmaxCrossEntropy(z, t, losses, gz) -> Op.SoftmaxCrossEntropy(f z, f t, f losses, f gz)
        | Op.Cost(cost, z, t, losses, gz) -> Op.Cost(cost, f z, f t, f losses, f gz)
        | Op.Update(optimizer, decay, w, g, slots) -> Op.Update(optimizer, decay, f w, f g, List.map f slots)
        | Op.Together ops -> Op.Together(List.map (map f) ops)

    /// The slices an operation reads.
    let rec reads (op: Op) : Slice list =
        match op with
        | Op.Multiply m -> m.A :: m.B :: List.collect reads m.Tail
        | Op.AddBias(b, z) -> [ b; z ]
        | Op.Activate(_, z, _) -> [ z ]
        | Op.ActivateGradient(f, z, y, gy, _) -> (if Activation.slopeFromOutput f then y else z) :: [ gy ]
        | Op.SumRows(g, _) -> [ g ]
        | Op.Softmax(z, _) -> [ z ]
        | Op.SoftmaxGradient(p, gp, _) -> [ p; gp ]
        | Op.CrossEntropy(p, t, _, _) -> [ p; t ]
        | Op.SoftmaxCrossEntropy(z, t, _, _)
        | Op.Cost(_, z, t, _, _) -> [ z; t ]
        | Op.Update(_, _, w, g, slots) -> w :: g :: slots
        | Op.Together ops -> List.collect reads ops

    /// The slices an operation writes.
    let rec writes (op: Op) : Slice list =
        match op with
        | Op.Multiply m -> m.C :: List.collect writes m.Tail
        | Op.AddBias(_, z) -> [ z ]
        | Op.Activate(_, _, y) -> [ y ]
        | Op.ActivateGradient(_, _, _, _, gz) -> [ gz ]
        | Op.SumRows(_, sum) -> [ sum ]
        | Op.Softmax(_, p) -> [ p ]
        | Op.SoftmaxGradient(_, _, gz) -> [ gz ]
        | Op.CrossEntropy(_, _, losses, gp) -> [ losses; gp ]
        | Op.SoftmaxCrossEntropy(_, _, losses, gz)
        | Op.Cost(_, _, _, losses, gz) -> [ losses; gz ]
        | Op.Update(_, _, w, _, slots) -> w :: slots
        | Op.Together ops -> List.collect writes ops

    /// Whether the order of two operations matters: one writes what the other reads or writes.
    let conflict (first: Op) (second: Op) : bool =
        let meet (left: Slice list) (right: Slice list) =
            left |> List.exists (fun a -> right |> List.exists (fun b -> a.Overlaps b))

        meet (writes first) (reads second @ writes second) || meet (reads first) (writes second)

    let private signature (slice: Slice) =
        $"""{slice.Name}[{(if slice.Batched then "n" else string slice.Rows)} x {slice.Cols}]"""

    /// One line that reads like the formula.
    let rec explain (op: Op) : string =
        match op with
        | Op.Multiply m ->
            let side slice transposed = if transposed then signature slice + "ᵀ" else signature slice
            let tail = m.Tail |> List.map (fun op -> $"; {explain op}") |> String.concat ""
            $"{signature m.C} = {side m.A m.TransposeA}·{side m.B m.TransposeB}{tail}"
        | Op.AddBias(b, z) -> $"{z.Name} += {b.Name}"
        | Op.Activate(f, z, y) -> $"{y.Name} = {Activation.name f}({z.Name})"
        | Op.ActivateGradient(f, z, y, gy, gz) ->
            let from = if Activation.slopeFromOutput f then y.Name else z.Name
            $"{gz.Name} = {gy.Name} ∘ {Activation.name f}'({from})"
        | Op.SumRows(g, sum) -> $"{signature sum} = Σ rows of {g.Name}"
        | Op.Softmax(z, p) -> $"{signature p} = softmax({z.Name})"
        | Op.SoftmaxGradient(p, gp, gz) -> $"{gz.Name} = {p.Name} ∘ ({gp.Name} - Σ {gp.Name}∘{p.Name})"
        | Op.CrossEntropy(p, t, losses, gp) ->
            $"{losses.Name} = -Σ {t.Name} log {p.Name}; {gp.Name} = -{t.Name} / (n·{p.Name})"
        | Op.SoftmaxCrossEntropy(z, t, losses, gz) ->
            $"{losses.Name} = cross-entropy({z.Name}, {t.Name}); {signature gz} = (softmax({z.Name}) - {t.Name}) / n"
        | Op.Cost(cost, z, t, losses, gz) ->
            $"{losses.Name} = {Cost.name cost}({z.Name}, {t.Name}); {signature gz} = its gradient / n"
        | Op.Update(optimizer, decay, w, g, slots) ->
            let others = slots |> List.map (fun slot -> ", " + slot.Name) |> String.concat ""
            let shrink = if decay = 0.0 then "" else $"{w.Name} -= α·{Text.number decay}·{w.Name}; "
            $"{shrink}{w.Name} -= {Optimizer.name optimizer}({g.Name}{others})    {w.Length} numbers"
        | Op.Together ops -> ops |> List.map explain |> String.concat "\n    | "
