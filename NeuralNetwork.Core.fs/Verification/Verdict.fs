namespace NeuralNetwork.Verification

open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// One number of a tensor with its derivatives.
[<Struct>]
type internal Coordinate =
    { Place: int
      Analytic: float
      Exact: float
      Measured: Measured }

    member c.Numeric = c.Measured.Nearest c.Analytic

/// What is looked at in a tensor, and whether it passes.
module internal Verdict =

    /// √Σ xᵢ²
    let norm (values: float seq) = sqrt (Seq.sumBy (fun x -> x * x) values)

    let private relative (a: float) (b: float) = if a = b then 0.0 else abs (a - b) / max (abs a) (abs b)

    /// Which numbers of a window to check: all, or a random sample in order.
    let sample (options: GradientCheckOptions) (index: int) (window: Window) : int[] =
        let order = Array.init window.Length id

        if window.Length > options.Coordinates then
            Random.shuffleInto (Random.fold (Random.key options.Seed Purpose.Check) (uint64 index)) order

        order
        |> Array.truncate options.Coordinates
        |> Array.sort
        |> Array.map (fun place -> window.Offset + place)

    /// How far an analytic derivative may lie from a measured one. Rounding in the loss counts for more over a shorter step.
    let private allowed (scale: float) (w: float) (c: Coordinate) =
        let rounding = Tolerance.Rounding * scale * Quotient.Step w / c.Measured.Step
        Tolerance.Component * max (abs c.Analytic) (abs c.Numeric) + max rounding c.Measured.Noise

    /// The derivative by differences, measured again where it does not fit at once.
    let measure (quotient: Quotient) (scale: float) analytic place =
        let measured = quotient.Measure place
        let error = abs (measured.Nearest analytic - analytic)
        // Well within the bar for a whole tensor, or measured again.
        if error <= 0.1 * Tolerance.Numeric * abs analytic + 0.01 * Tolerance.Rounding * scale then
            measured
        else
            quotient.Refine(place, measured)

    let private number (window: Window) (c: Coordinate) : CheckedNumber =
        { Row = (c.Place - window.Offset) / window.Cols
          Col = (c.Place - window.Offset) % window.Cols
          Relative = max (relative c.Analytic c.Exact) (relative c.Analytic c.Numeric)
          Analytic = c.Analytic
          Exact = c.Exact
          Numeric = c.Numeric
          Left = c.Measured.Left
          Right = c.Measured.Right
          Kinks = c.Measured.Kinks }

    /// The check of a tensor. Errors are relative to the loss (scale), the norm of the whole gradient, and the parameters.
    let tensor (scale: float) (whole: float) (parameters: float[]) (window: Window) (coordinates: Coordinate[]) =
        let smooth = coordinates |> Array.filter _.Measured.Kinks.IsEmpty
        let exact = norm (coordinates |> Seq.map _.Exact)
        let analytic = norm (coordinates |> Seq.map _.Analytic)
        let floor = Tolerance.Floor * max whole 1e-6
        let reference = max exact floor
        let exactError = norm (coordinates |> Seq.map (fun c -> c.Analytic - c.Exact)) / reference
        // Rounding in the loss is all that a quotient sees of a gradient smaller than this.
        let noise = norm (smooth |> Seq.map _.Measured.Noise)
        let visible = max (0.01 * scale * sqrt (float coordinates.Length)) (noise / Tolerance.Numeric)
        let numericError = norm (smooth |> Seq.map (fun c -> c.Analytic - c.Numeric)) / max reference visible

        let missed =
            coordinates
            |> Array.filter (fun c -> not (abs (c.Analytic - c.Numeric) <= allowed scale parameters[c.Place] c))

        let worst =
            match missed with
            | [||] -> coordinates |> Array.maxBy (fun c -> abs (c.Analytic - c.Exact))
            | several -> several |> Array.maxBy (fun c -> abs (c.Analytic - c.Numeric))

        { Name = window.Name
          Rows = window.Rows
          Cols = window.Cols
          Checked = coordinates.Length
          ExactNorm = exact
          Floor = floor
          ExactError = exactError
          NumericError = numericError
          NormRatio = if analytic = exact then 1.0 else analytic / exact
          Worst = number window worst
          Kinks = coordinates |> Seq.collect _.Measured.Kinks |> Seq.distinct |> List.ofSeq
          Beside =
            coordinates
            |> Seq.filter (fun c -> not c.Measured.Kinks.IsEmpty)
            |> Seq.map (number window)
            |> List.ofSeq
          Missed = missed.Length
          Passed = exactError <= Tolerance.Exact && numericError <= Tolerance.Numeric && missed.Length = 0 }
