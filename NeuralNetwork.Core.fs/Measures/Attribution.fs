namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What a prediction p and its derivative along the network's inputs are at any number of points of a line in their space,
/// in float64: at a + α·d for numbers α.
[<Sealed>]
type internal Line
    (machine: Machine, network: Network, parameters: Parameters<float>, a: float[], d: float[], output: int) =

    let batch = 256
    let plan = Plan.ofResponse network batch
    let executor = Executor<float>(plan, machine.Backend.Product<float>(), machine.Team)
    let inputs, outputs = network.Inputs, Network.outputs network

    do
        Parameters.load executor parameters
        let v = executor.Span plan.Target
        v.Clear()

        for row in 0 .. batch - 1 do
            v[row * outputs + output] <- 1.0

    let mutable points = 0

    /// How many points it was asked for.
    member _.Points: int = points

    /// Of each α the prediction, and d ∘ ∂p/∂x, whose sum is ∂p/∂α.
    member _.At(alphas: float[]) : struct (float * float[])[] =
        points <- points + alphas.Length

        alphas
        |> Array.chunkBySize batch
        |> Array.collect (fun part ->
            let x = executor.Span plan.Input

            for row in 0 .. part.Length - 1 do
                for place in 0 .. inputs - 1 do
                    x[row * inputs + place] <- a[place] + part[row] * d[place]

            executor.Gradient(part.Length, 1) |> ignore
            let slopes = executor.Span(plan.InputGradient).Slice(0, part.Length * inputs).ToArray()
            let predictions = executor.Span(plan.Prediction).Slice(0, part.Length * outputs).ToArray()

            Array.init part.Length (fun row ->
                struct (predictions[row * outputs + output],
                        Array.init inputs (fun place -> d[place] * slopes[row * inputs + place]))))

/// The integral of a vector of functions along a line, where the sum of the vector is the derivative of a function that is
/// known: so it is known what the sum of the integrals has to be.
module internal PathIntegral =

    /// A part of the line, from A to B: the known function at both ends, the integral over it, and how far off that may be.
    type private Part = { A: float; B: float; FromA: float; FromB: float; Integral: float[]; Error: float }

    /// Parts that are done with, together.
    type private Done = { Count: int; Sum: float[]; Off: float; Size: float }

    /// Gauss and Legendre's five points between 0 and 1, and their weights.
    let private nodes: struct (float * float)[] =
        let point sign = sqrt (5.0 + sign * 2.0 * sqrt (10.0 / 7.0)) / 3.0
        let weight sign = (322.0 - sign * 13.0 * sqrt 70.0) / 900.0

        [| -point 1.0, weight 1.0
           -point -1.0, weight -1.0
           0.0, 128.0 / 225.0
           point -1.0, weight -1.0
           point 1.0, weight 1.0 |]
        |> Array.map (fun (x, w) -> struct (0.5 + 0.5 * x, 0.5 * w))

    /// Points beyond which the integral is given as it is, with how far off it is.
    [<Literal>]
    let private MostPoints = 400_000

    let private size (part: Part) = Array.sumBy abs part.Integral

    /// The integrals between these ends, with what the sum of each lacks.
    let private between (at: float[] -> struct (float * float[])[]) (ends: struct (float * float * float * float)[]) =
        let found =
            ends
            |> Array.collect (fun struct (a, b, _, _) -> nodes |> Array.map (fun struct (x, _) -> a + x * (b - a)))
            |> at
            |> Array.map (fun struct (_, slopes) -> slopes)
            |> Array.chunkBySize nodes.Length

        Array.map2
            (fun (struct (a, b, fromA, fromB)) (slopes: float[][]) ->
                let integral =
                    Array.map2
                        (fun (struct (_, weight)) -> Array.map (fun slope -> weight * (b - a) * slope))
                        nodes
                        slopes
                    |> Array.reduce (Array.map2 (+))

                { A = a
                  B = b
                  FromA = fromA
                  FromB = fromB
                  Integral = integral
                  Error = abs (Array.sum integral - (fromB - fromA)) })
            ends
            found

    /// Each part in two, which are off by no less than half of what they change.
    let private halves (at: float[] -> struct (float * float[])[]) (parts: Part[]) : Part[] =
        let middles = parts |> Array.map (fun part -> 0.5 * (part.A + part.B))

        let split part middle (struct (value, _)) =
            [| struct (part.A, middle, part.FromA, value); struct (middle, part.B, value, part.FromB) |]

        let change whole (two: Part[]) =
            Array.map3 (fun whole left right -> abs (whole - left - right)) whole two[0].Integral two[1].Integral
            |> Array.sum

        Array.map3 split parts middles (at middles)
        |> Array.concat
        |> between at
        |> Array.chunkBySize 2
        |> Array.map2
            (fun whole two ->
                two
                |> Array.map (fun part -> { part with Error = max part.Error (0.5 * change whole.Integral two) }))
            parts
        |> Array.concat

    /// From 0 to 1, in parts that are halved until what they are off by in all is within a share of what they are, signs
    /// apart: by what their sums lack, and by what halving them changes. A kink costs some parts, however sharp it is. Then
    /// the function at both ends.
    let integrate (at: float[] -> struct (float * float[])[]) (share: float) : struct (float[] * float * float) =
        let rec refine points (settled: Done) (parts: Part[]) =
            let off = settled.Off + Array.sumBy _.Error parts
            let wanted = share * (settled.Size + Array.sumBy size parts)

            if off <= wanted || points > MostPoints || parts.Length = 0 then
                parts |> Array.fold (fun sum part -> Array.map2 (+) sum part.Integral) settled.Sum
            else
                let most = 0.25 * wanted / float (settled.Count + parts.Length)
                // Between neighbours among the numbers there is nothing to halve.
                let isFine part = part.Error <= most || part.B - part.A < 1e-13
                let fine, coarse = Array.partition isFine parts

                let settled =
                    { Count = settled.Count + fine.Length
                      Sum = fine |> Array.fold (fun sum part -> Array.map2 (+) sum part.Integral) settled.Sum
                      Off = settled.Off + Array.sumBy _.Error fine
                      Size = settled.Size + Array.sumBy size fine }

                refine (points + 11 * coarse.Length) settled (halves at coarse)

        let ends = at [| 0.0; 1.0 |]
        let struct (fromA, slopes), struct (fromB, _) = ends[0], ends[1]
        let whole = between at [| struct (0.0, 1.0, fromA, fromB) |]
        let nothing = { Count = 0; Sum = Array.zeroCreate slopes.Length; Off = 0.0; Size = 0.0 }
        struct (refine 0 nothing (halves at (halves at whole)), fromA, fromB)

/// <summary>What each feature of a row has added to a prediction, from that for a baseline to that for the row.</summary>
/// <remarks>The integrated gradients of Sundararajan, Taly and Yan 2017: for features x and those of a baseline x',
/// (xᵢ - x'ᵢ)·∫₀¹ ∂p/∂xᵢ(x' + α(x - x')) dα. Their sum is the difference of the two predictions.</remarks>
type Attribution =
    {
        /// What each feature adds, in the units of the prediction.
        Features: float[]
        /// The prediction for the row, in float64.
        Prediction: float
        /// The prediction for the baseline.
        Baseline: float
        /// How far the sum of what the features add is from the difference of the predictions.
        Error: float
        /// How many gradients it took.
        Gradients: int
    }

    /// As in: from 0.31 to 0.94, by 8 features (off by 2.1E-09).
    override attribution.ToString() =
        "from "
        + Text.short attribution.Baseline
        + " to "
        + Text.short attribution.Prediction
        + ", by "
        + Text.count attribution.Features.Length "feature"
        + " (off by "
        + Text.short attribution.Error
        + ")"

    /// <summary>The row whose features the network takes for zeros: where they are standardized, numbers and dates are at their means of
    /// the training rows, and of a category there is none; a black image.</summary>
    /// <param name="model">The model.</param>
    /// <returns>Raw features, one for each input of the network.</returns>
    static member Origin(model: Model<'T>) : float[] =
        ArgumentNullException.ThrowIfNull(model, nameof model)
        let affine = model.Preprocessing.Features

        Array.init model.Network.Inputs (fun place ->
            if affine.Shift.Length = 0 then 0.0 else affine.Shift[place] * affine.Divisor)

    /// <summary>What each feature of a row adds to a prediction, by integrated gradients, computed in float64 whatever the
    /// precision of the model. The path between the two rows is cut until the sum is complete.</summary>
    /// <param name="machine">Where it is computed.</param>
    /// <param name="model">The model.</param>
    /// <param name="row">Raw features, one for each input of the network.</param>
    /// <param name="baseline">Those of the row to compare with; `Origin` gives the usual one.</param>
    /// <param name="output">Which of the predictions, from 0 on: a class, or a value.</param>
    /// <returns>What each feature adds.</returns>
    /// <exception cref="T:System.ArgumentException">A length does not fit, or a number is not finite.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no such output.</exception>
    static member IntegratedGradients
        (machine: Machine, model: Model<'T>, row: float[], baseline: float[], output: int)
        : Attribution =
        ArgumentNullException.ThrowIfNull(machine, nameof machine)
        ArgumentNullException.ThrowIfNull(model, nameof model)
        let network, affine = model.Network, model.Preprocessing.Features

        let inputsOf (features: float[]) (name: string) =
            ArgumentNullException.ThrowIfNull(features, name)

            if features.Length <> network.Inputs then
                raise (ArgumentException($"{features.Length} features for a row of {network.Inputs}", name))

            let x = features |> Array.mapi (fun place feature -> affine.Of(place, feature))

            if not (Array.forall Double.IsFinite x) then
                raise (ArgumentException("a feature is not finite, or not as the network takes it", name))

            x

        let x, origin = inputsOf row (nameof row), inputsOf baseline (nameof baseline)

        if uint output >= uint (Network.outputs network) then
            let message = $"output {output} is none of {Network.outputs network}"
            raise (ArgumentOutOfRangeException(nameof output, output, message))

        let parameters = Parameters.convert<'T, float> model.Parameters
        let line = Line(machine, network, parameters, origin, Array.map2 (-) x origin, output)
        let struct (added, before, after) = PathIntegral.integrate line.At 1e-7
        let targets = model.Preprocessing.Learned
        let scale = if targets.Shift.Length = 0 then 1.0 else targets.Scale[output]
        let decode prediction = if targets.Shift.Length = 0 then prediction else targets.From(output, prediction)

        { Features = added |> Array.map (fun part -> part * scale)
          Prediction = decode after
          Baseline = decode before
          Error = abs (scale * (Array.sum added - (after - before)))
          Gradients = line.Points }

    /// What of rows is right: the share whose class is predicted, or the mean R² of the values.
    static member private Score(machine: Machine, model: Model<'T>, data: Dataset) : float =
        let predictions = Fit.predict machine model data

        match data.Targets with
        | Targets.Labels(labels, _) ->
            let said = Metrics.classesAt model.Threshold model.Network predictions
            let right = Array.fold2 (fun right label said -> if label = said then right + 1 else right) 0 labels said
            float right / float data.Rows
        | Targets.Values(values, outputs) ->
            (Metrics.meanValues outputs (Array.init values.Length values.At) (Array.map Lane.toFloat predictions)).R2

    /// <summary>What a model goes by as a whole: how much its score, the accuracy or the mean R², falls where the cells of a column are
    /// dealt out among the rows anew, so that they say nothing of their rows any more. Permutation importance (Breiman 2001, section
    /// 10; for any model Fisher, Rudin and Dominici 2019). Of columns that say the same, each may stand in for the other: then
    /// both are of little importance.</summary>
    /// <param name="machine">Where it is computed.</param>
    /// <param name="model">The model.</param>
    /// <param name="data">Raw rows with their targets, best such as the model has not learned from; weights do not count.</param>
    /// <param name="deals">How often each column is dealt out anew, 2 or more.</param>
    /// <param name="seed">What the deals follow from.</param>
    /// <returns>Of each column in their order its title, the mean fall, and the standard deviation of the falls; of features without
    /// names, for which their numbers stand, of each feature.</returns>
    /// <exception cref="T:System.ArgumentException">The rows are none of this model's.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Fewer than two deals.</exception>
    static member OfColumns
        (machine: Machine, model: Model<'T>, data: Dataset, deals: int, seed: uint64)
        : struct (string * float * float)[] =
        ArgumentNullException.ThrowIfNull(machine, nameof machine)
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(box data, nameof data)

        if deals < 2 then
            raise (ArgumentOutOfRangeException(nameof deals, deals, "a deviation is of two deals or more"))

        Dataset.check model.Network data
        let columns = Array.ofList model.Preprocessing.Columns

        // Titles, and where their features begin and how many these are.
        let places =
            if columns.Length = 0 then
                Array.init data.Cols (fun feature -> string feature, feature, 1)
            else
                let starts = columns |> Array.scan (fun start column -> start + column.Features) 0
                Array.init columns.Length (fun place -> columns[place].Title, starts[place], columns[place].Features)

        let key = Random.key seed Purpose.Deal
        let data = { data with Inputs = data.Inputs.InMemory() }
        let whole = Attribution.Score(machine, model, data)
        let order = Array.zeroCreate<int> data.Rows

        let fall place first features deal =
            Random.shuffleInto (Random.fold (Random.fold key (uint64 place)) (uint64 deal)) order
            let dealt = { data with Inputs = ColumnStatistics.deal data.Inputs data.Cols first features order }
            whole - Attribution.Score(machine, model, dealt)

        places
        |> Array.mapi (fun place (title, first, features) ->
            let falls = Array.init deals (fall place first features)
            let mean = Array.average falls
            let squares = falls |> Array.sumBy (fun fall -> (fall - mean) * (fall - mean))
            struct (title, mean, sqrt (squares / float (deals - 1))))

    /// <summary>What a model predicts on the mean where a column has one cell in every row and all other cells are the rows' own: partial
    /// dependence (Friedman 2001, section 8.2), f(v) = 1/n·Σᵢ p(v, xᵢ). Cells that go together in the rows are parted in it: a cell may
    /// stand beside others that it never stands beside.</summary>
    /// <param name="machine">Where it is computed.</param>
    /// <param name="model">The model.</param>
    /// <param name="data">Raw rows; their targets do not count.</param>
    /// <param name="first">The first feature of the column, from 0 on.</param>
    /// <param name="cells">Cells to put there: of each the raw features, as many as the column has.</param>
    /// <returns>Of each cell the mean predictions, one for each output, in the units of `Model.Predict`.</returns>
    /// <exception cref="T:System.ArgumentException">The rows are none of this model's, a cell has features beyond them, or cells have
    /// different numbers of features.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no such feature.</exception>
    static member PartialDependence
        (machine: Machine, model: Model<'T>, data: Dataset, first: int, cells: float[][])
        : float[][] =
        ArgumentNullException.ThrowIfNull(machine, nameof machine)
        ArgumentNullException.ThrowIfNull(model, nameof model)
        ArgumentNullException.ThrowIfNull(box data, nameof data)
        ArgumentNullException.ThrowIfNull(cells, nameof cells)
        Dataset.check model.Network data

        if uint first >= uint data.Cols then
            raise (ArgumentOutOfRangeException(nameof first, first, $"feature {first} is none of {data.Cols}"))

        for cell in cells do
            ArgumentNullException.ThrowIfNull(cell, nameof cells)

            if cell.Length > data.Cols - first || cell.Length <> cells[0].Length then
                let message =
                    $"{cell.Length} features from feature {first} of {data.Cols} on, in another cell {cells[0].Length}"

                raise (ArgumentException(message, nameof cells))

        let inputs = data.Inputs.InMemory()
        let x = Array.init inputs.Length inputs.At
        let outputs = Network.outputs model.Network

        cells
        |> Array.map (fun cell ->
            for row in 0 .. data.Rows - 1 do
                Array.blit cell 0 x (row * data.Cols + first) cell.Length

            let predictions = Fit.predict machine model { data with Inputs = NumberArray.Doubles x }

            Array.init outputs (fun output ->
                let at row = Lane.toFloat predictions[row * outputs + output]
                Array.sum (Array.init data.Rows at) / float data.Rows))
