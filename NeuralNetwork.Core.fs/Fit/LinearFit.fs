namespace NeuralNetwork.Analysis

open System
open NeuralNetwork.Maths

/// Linear models by formula or by some passes: what a network is compared with. Rows of the design have a 1 in front;
/// weights are outputs x (1 + features), the first of each output its bias.
module internal LinearFit =

    /// The penalty ½·α‖w‖² on weights, biases apart, as in scikit-learn's Ridge and LogisticRegression.
    [<Literal>]
    let Ridge = 1.0

    [<Literal>]
    let private Passes = 150

    /// Dᵀ·D + penalty, which is all that both models need of the design before they begin; as its factor.
    let private factorOf (penalty: float) (width: int) (design: float[]) : float[] option =
        let a = Array.zeroCreate<float>(width * width)

        for row in 0 .. design.Length / width - 1 do
            let x = ReadOnlySpan(design, row * width, width)

            for one in 0 .. width - 1 do
                let scale = x[one]

                if scale <> 0.0 then
                    for other in 0..one do
                        a[one * width + other] <- a[one * width + other] + scale * x[other]

        for one in 1 .. width - 1 do
            a[one * width + one] <- a[one * width + one] + penalty

        Cholesky.factor width a

    /// Σ over the rows of misses[row, output]·x.
    let private gather (width: int) (outputs: int) (design: float[]) (misses: float[]) : float[][] =
        let sums = Array.init outputs (fun _ -> Array.zeroCreate<float> width)

        for row in 0 .. design.Length / width - 1 do
            let x = ReadOnlySpan(design, row * width, width)

            for output in 0 .. outputs - 1 do
                let miss, sum = misses[row * outputs + output], sums[output]

                for place in 0 .. width - 1 do
                    sum[place] <- sum[place] + miss * x[place]

        sums

    /// Ridge regression by the normal equations, w = (DᵀD + αI)⁻¹·Dᵀt. None where they have no solution.
    let ridge (width: int) (outputs: int) (design: float[]) (targets: float[]) : float[][] option =
        factorOf Ridge width design
        |> Option.map (fun factor ->
            let weights = gather width outputs design targets
            Array.iter (Cholesky.solve width factor) weights
            weights)

    /// targets - softmax(D·wᵀ), row by row.
    let private surprises (width: int) (design: float[]) (targets: float[]) (weights: float[][]) : float[] =
        let classes = weights.Length
        let misses = Array.zeroCreate<float> targets.Length
        let z = Array.zeroCreate<float> classes

        for row in 0 .. design.Length / width - 1 do
            let x = ReadOnlySpan(design, row * width, width)

            for label in 0 .. classes - 1 do
                let w = weights[label]
                let mutable sum = 0.0

                for place in 0 .. width - 1 do
                    sum <- sum + w[place] * x[place]

                z[label] <- sum

            let greatest = Array.max z
            let mutable total = 0.0

            for label in 0 .. classes - 1 do
                z[label] <- Scalar.exp (z[label] - greatest)
                total <- total + z[label]

            for label in 0 .. classes - 1 do
                misses[row * classes + label] <- targets[row * classes + label] - z[label] / total

        misses

    /// Multinomial logistic regression. The Hessian of the loss is at most ½·DᵀD whatever the weights are (Böhning 1992), so
    /// w + 2·(DᵀD + 2αI)⁻¹·(Dᵀ(t - p) - αw) never overshoots, without a rate to choose; it is taken from where Nesterov's
    /// (1983) momentum leads. None where there is no solution.
    let logistic (width: int) (classes: int) (design: float[]) (targets: float[]) : float[][] option =
        let step (factor: float[]) (weights: float[][]) =
            let change = surprises width design targets weights |> gather width classes design

            Array.map2
                (fun (w: float[]) (g: float[]) ->
                    for place in 1 .. width - 1 do
                        g[place] <- g[place] - Ridge * w[place]

                    Cholesky.solve width factor g
                    Array.map2 (fun w d -> w + 2.0 * d) w g)
                weights
                change

        let rec descend pass factor (before: float[][]) (weights: float[][]) =
            let momentum = float (pass - 1) / float (pass + 2)
            let ahead = Array.map2 (Array.map2 (fun w old -> w + momentum * (w - old))) weights before
            let next = step factor ahead
            let moved = Array.map2 (Array.map2 (fun a b -> abs (a - b))) next weights |> Array.concat |> Array.max
            if pass = Passes || moved < 1e-5 then next else descend (pass + 1) factor weights next

        let start = Array.init classes (fun _ -> Array.zeroCreate<float> width)
        factorOf (2.0 * Ridge) width design |> Option.map (fun factor -> descend 1 factor start start)
