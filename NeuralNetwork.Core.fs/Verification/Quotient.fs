namespace NeuralNetwork.Verification

open System

/// A derivative from differences of the loss: between the derivatives of the two sides, which differ at a kink only.
[<Struct>]
type internal Measured =
    {
        Left: float
        Right: float
        /// The step of the quotient that was used.
        Step: float
        /// What rounding in the loss may make of it, where that was measured; else 0.
        Noise: float
        /// The kinks within the first step.
        Kinks: Kink list
        /// Whether differences say nothing, because kinks of several layers meet; then both derivatives are NaN.
        IsSilent: bool
    }

    /// The derivative nearest to a given one that the differences allow; NaN where they are no numbers, as those of a loss
    /// that overflowed.
    member measured.Nearest(analytic: float) : float =
        if measured.IsSilent then analytic
        elif Double.IsNaN measured.Left || Double.IsNaN measured.Right then nan
        else Math.Clamp(analytic, min measured.Left measured.Right, max measured.Left measured.Right)

/// Difference quotients of a loss, with an eye on its kinks. A step of ∛u·max(1, |w|) balances the h² of the central
/// quotient against rounding divided by h.
[<Sealed>]
type internal Quotient(loss: float[] -> float, reference: Reference, parameters: float[]) =

    let w = Array.copy parameters
    let isSmooth = reference.Kinks.Count = 0

    /// A function of the parameters with one of them moved.
    let at place (value: float) (f: float[] -> 'Result) : 'Result =
        w[place] <- value
        let result = f w
        w[place] <- parameters[place]
        result

    let pieces place value = at place value reference.Pieces

    /// The kinks between two values of one parameter.
    let between place left right : Kink list =
        if isSmooth then
            []
        else
            Array.map2 (fun a b -> a <> b) (pieces place left) (pieces place right)
            |> Seq.indexed
            |> Seq.filter snd
            |> Seq.map (fun (index, _) -> reference.Kinks[index])
            |> List.ofSeq

    /// (L(w + h) - L(w - h)) / the step taken
    let central place h =
        let up, down = parameters[place] + h, parameters[place] - h
        (at place up loss - at place down loss) / (up - down)

    /// The derivative at w of the piece beyond w + h, from three points on it, exact for parabolas.
    let beyond place h =
        let value k = at place (parameters[place] + k * h) loss
        (-2.5 * value 1.0 + 4.0 * value 2.0 - 1.5 * value 3.0) / h

    /// The derivative on one side of a kink, from the longest step that meets no further kink.
    let side place (h: float) =
        let clear h = (between place (parameters[place] + h) (parameters[place] + 3.0 * h)).IsEmpty
        let step = [ h; h / 10.0; h / 100.0 ] |> List.tryFind clear |> Option.defaultValue (h / 100.0)
        struct (beyond place step, abs step)

    /// What rounding makes of a quotient with a step: the second difference over steps so short that there is nothing else
    /// in it. A batch norm of a column that hardly varies makes much of rounding.
    let noise place h =
        let value t = at place (parameters[place] + t) loss
        let secondDifference t = abs (value t - 2.0 * value 0.0 + value -t)
        let rounding = [ for part in 1..4 -> secondDifference (1e-4 * float part * h) ] |> List.max
        // The extrapolation below takes the greatest part of its rounding from a quarter of the step.
        8.0 * rounding / h

    /// Whether there are kinks on both sides, within a step.
    let isAmong place h =
        let at = parameters[place]
        not (between place at (at + h)).IsEmpty && not (between place (at - h) at).IsEmpty

    let layerOf (kink: Kink) =
        match kink with
        | Kink.Activation(layer, _, _)
        | Kink.Penalty(layer, _, _) -> layer
        | Kink.Loss _ -> -1

    /// The first step at a number w.
    static member Step(w: float) : float = 6e-6 * max 1.0 (abs w)

    /// The derivative with respect to one parameter. Where a kink lies within the step, smaller steps; where it lies within
    /// all of them, the interval between the derivatives of its two sides. Where kinks of several layers lie there at once,
    /// differences say nothing: the chain rule multiplies a convention with a convention, and the product need not lie
    /// between the derivatives of the sides. Nor need the derivative at a number that has kinks on both of its sides: it is that of a piece
    /// between them.
    member _.Measure(place: int) : Measured =
        let h = Quotient.Step parameters[place]
        let kinksWithin h = between place (parameters[place] - h) (parameters[place] + h)
        let kinks = kinksWithin h
        let steps = if kinks.IsEmpty then [ h ] else [ h / 10.0; h / 100.0 ]

        let measured left right step =
            { Left = left; Right = right; Step = step; Noise = 0.0; Kinks = kinks; IsSilent = false }

        match steps |> List.tryFind (fun step -> kinks.IsEmpty || (kinksWithin step).IsEmpty) with
        | Some step ->
            let derivative = central place step
            measured derivative derivative step
        | None when (kinks |> List.distinctBy layerOf).Length > 1 || isAmong place h ->
            { measured nan nan h with IsSilent = true }
        | None ->
            let struct (right, rightStep), struct (left, leftStep) = side place h, side place -h
            measured left right (min leftStep rightStep)

    /// The same, extrapolated to a step of zero from the quotients over half and, where the loss bends sharply, a quarter of
    /// the step (Richardson 1911): their errors are h² and h⁴ times something. Nothing changes beside a kink.
    member _.Refine(place: int, measured: Measured) : Measured =
        if not measured.Kinks.IsEmpty then
            measured
        else
            let noise = noise place measured.Step
            let half = central place (measured.Step / 2.0)
            let derivative = (4.0 * half - measured.Left) / 3.0

            let derivative =
                if abs (derivative - measured.Left) <= 1e-6 * abs derivative + noise then
                    derivative
                else
                    let finer = (4.0 * central place (measured.Step / 4.0) - half) / 3.0
                    (16.0 * finer - derivative) / 15.0

            { measured with Left = derivative; Right = derivative; Noise = noise }
