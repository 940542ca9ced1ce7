namespace NeuralNetwork.Verification

open System
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Taylor's theorem as a test: with the right gradient g, the remainder L(w + εd) - L(w) - ε·g·d falls with ε². The steps
/// go down to 5e-6, because a small error of the gradient shows only where ε² is smaller still.
module internal Taylor =

    /// 0.01, halved eleven times
    let private steps = [ for level in 0..11 -> Math.ScaleB(0.01, -level) ]

    let private dot (a: float[]) (b: float[]) = Array.sum (Array.map2 (*) a b)

    let private unit (d: float[]) =
        let length = sqrt (dot d d)
        if length = 0.0 then d else Array.map (fun x -> x / length) d

    /// A random unit direction within some windows, leaning towards the gradient there so that the loss is not flat along it.
    let private direction key (windows: Window list) (gradient: float[]) =
        let random, leaning = Array.zeroCreate<float> gradient.Length, Array.zeroCreate<float> gradient.Length

        for window in windows do
            for place in window.Offset .. window.Offset + window.Length - 1 do
                random[place] <- Random.normal key (uint64 place)
                leaning[place] <- gradient[place]

        unit (Array.map2 (+) (unit random) (unit leaning))

    /// The rate of fall at the last two remainders above rounding, with the smaller of their steps.
    let private rate (floor: float) (remainders: (float * float) list) =
        remainders
        |> List.pairwise
        |> List.filter (fun (_, (_, remainder)) -> remainder > floor)
        |> List.tryLast
        |> Option.map (fun ((_, before), (step, after)) -> Math.Log2(before / after), step)

    let private near (target: float) (rate: float) = abs (rate - target) <= Tolerance.Rate

    /// The rates along one direction.
    let private along
        (loss: float[] -> float)
        (reference: Reference)
        (w: float[])
        gradient
        name
        (d: float[])
        : TaylorRate =
        let moved step = Array.map2 (fun w d -> w + step * d) w d
        let start = loss w
        let differences = steps |> List.map (fun step -> step, loss (moved step) - start)
        let derivative = dot gradient d
        // Rounding leaves some 1e-16 of the loss; a thousand times that gives the rate to three digits.
        let floor = 3e-13 * max 1.0 (abs start)
        let second = rate floor [ for step, difference in differences -> step, abs (difference - step * derivative) ]
        let first = rate floor [ for step, difference in differences -> step, abs difference ]
        let isSmooth = reference.Kinks.Count = 0 || reference.Pieces w = reference.Pieces(moved steps.Head)
        let rateOf measured = measured |> Option.map fst |> Option.defaultValue nan
        let linear, flat = second.IsNone, first.IsNone

        { Tensor = name
          Rate = rateOf second
          RateWithoutGradient = rateOf first
          Step = second |> Option.map snd |> Option.defaultValue nan
          IsSmooth = isSmooth
          Passed = not isSmooth || ((linear || near 2.0 (rateOf second)) && (flat || near 1.0 (rateOf first))) }

    /// The rates along a direction of each tensor and one through all.
    let rates (loss: float[] -> float) (reference: Reference) (seed: uint64) (w: float[]) (gradient: float[]) =
        let key = Random.fold (Random.key seed Purpose.Check) 1UL
        let windows = reference.Layout.Windows

        ("all", windows) :: [ for window in windows -> window.Name, [ window ] ]
        |> List.mapi (fun index (name, windows) ->
            direction (Random.fold key (uint64 index)) windows gradient |> along loss reference w gradient name)
