namespace NeuralNetwork

open System
open System.Collections.Generic
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// A network with its parameters and everything prediction needs, safe to use from many threads. It never changes, as long as
/// nobody writes into the arrays of its Parameters, which are not copied; preprocessing and labels are.
/// Labels are the class names in the order of the outputs, two for a single output; empty where there are no classes.
/// ArgumentException where parameters, preprocessing or labels are not those of the network, or a class has no name of its own.
[<Sealed>]
type Model<'T>
    private
    (
        network: Network,
        parameters: Parameters<'T>,
        preprocessing: Preprocessing,
        labels: string[],
        coverage: float,
        margins: float[],
        threshold: float
    ) =

    do
        ArgumentNullException.ThrowIfNull(box network, nameof network)
        ArgumentNullException.ThrowIfNull(box parameters, nameof parameters)
        ArgumentNullException.ThrowIfNull(box preprocessing, nameof preprocessing)
        ArgumentNullException.ThrowIfNull(labels, nameof labels)
        Network.check network
        Parameters.check network parameters

        match Preprocessing.defect network preprocessing with
        | Some(field, found) -> raise (ArgumentException($"{field}: {found}", nameof preprocessing))
        | None -> ()

        match Classes.defect network.Outputs labels with
        | Some found -> raise (ArgumentException($"labels: {found}", nameof labels))
        | None -> ()

    let preprocessing, labels = preprocessing.Copy(), Array.copy labels
    let meaning = Interpretation<'T>(network, preprocessing, labels, threshold)
    let encoder = lazy RowEncoder preprocessing
    // What predictions need, all of it made by the first of them: a class is then found without allocating, too.
    let predictor =
        lazy
            (if meaning.IsClassifier then
                 meaning.Names |> ignore

             Predictor<'T>(network, parameters, meaning))

    /// What predicts a row, of which there have to be classes.
    let classifier () : Executor<'T> =
        meaning.Names |> ignore
        predictor.Value.Single

    // Rows by name ----------------------------------------------------------------------------------------------------

    let runNamed (executor: Executor<'T>) (raw: RawRow) : unit =
        meaning.Encode(raw.Features, executor.Span executor.Plan.Input)
        executor.Predict 1

    let classifyNamed (raw: RawRow) : Classification =
        let executor = classifier ()
        runNamed executor raw
        meaning.ClassOf executor

    let predictNamed (raw: RawRow) : 'T[] =
        let executor = predictor.Value.Single
        runNamed executor raw
        meaning.ValuesOf executor

    let copyTo (raw: RawRow) (target: Span<'T>) : unit =
        if target.Length <> network.Inputs then
            raise (ArgumentException($"room for {target.Length} features of {network.Inputs}", "features"))

        for place in 0 .. network.Inputs - 1 do
            target[place] <- Lane.ofFloat<'T> raw.Features[place]

    /// <summary>A network with parameters and everything that prediction needs.</summary>
    /// <param name="network">The description.</param>
    /// <param name="parameters">The numbers of the network.</param>
    /// <param name="preprocessing">What happens to features first.</param>
    /// <param name="labels">The names of the classes in the order of the outputs; empty for none.</param>
    /// <exception cref="T:System.ArgumentException">They are not those of the network.</exception>
    new(network: Network, parameters: Parameters<'T>, preprocessing: Preprocessing, labels: string[]) =
        Model(network, parameters, preprocessing, labels, 0.0, [||], nan)

    /// <summary>A network with parameters, features taken as they are, classes without names.</summary>
    /// <param name="network">The description.</param>
    /// <param name="parameters">The numbers of the network.</param>
    new(network: Network, parameters: Parameters<'T>) = Model(network, parameters, Preprocessing.None, [||])

    /// The description.
    member _.Network: Network = network

    /// The numbers themselves, no copy: a model whose numbers are written to has no defined predictions any more.
    member _.Parameters: Parameters<'T> = parameters

    /// What happens to features first, in arrays of the caller's own.
    member _.Preprocessing: Preprocessing = preprocessing.Copy()

    /// The class names in the order of the outputs, in an array of the caller's own.
    member _.Labels: string[] = Array.copy labels

    /// Whether rows have classes: these have names, or the loss tells them apart.
    member _.IsClassifier: bool = meaning.IsClassifier

    /// Whether the features have names: only then are there answers for rows by the names of columns.
    member _.HasColumns: bool = not preprocessing.Columns.IsEmpty

    /// How often the prediction intervals of the model hold the value of a row like those that they were found on, as in 0.9; 0 where
    /// it has none.
    member _.Coverage: float = coverage

    /// How far the interval of each output reaches to both sides of a prediction, in the units of the data, in an array of the
    /// caller's own; empty where it has none. Training finds them where `FitOptions.WithIntervals` asks for them: the best model has
    /// them, and the last one has not.
    member _.Margins: float[] = Array.copy margins

    /// The probability above which a row is taken for the second of two classes; NaN where the likelier one is meant. Training chooses it
    /// where `FitOptions.WithThreshold` asks for it: the best model has it, and the last one has not.
    member _.Threshold: float = threshold

    /// What the network's numbers mean.
    member internal _.Interpretation: Interpretation<'T> = meaning

    /// What encodes rows by name.
    member internal _.Encoder: RowEncoder = encoder.Value

    /// <summary>The same model with other preprocessing and class names, and without intervals or a threshold.</summary>
    /// <param name="preprocessing">What happens to features first.</param>
    /// <param name="labels">The names of the classes in the order of the outputs; empty for none.</param>
    /// <returns>The model.</returns>
    /// <exception cref="T:System.ArgumentException">They do not fit the network.</exception>
    member _.With(preprocessing: Preprocessing, labels: string[]) : Model<'T> =
        Model(network, parameters, preprocessing, labels)

    /// <summary>The same model with intervals.</summary>
    /// <param name="coverage">How often they hold a value, above 0 and below 1.</param>
    /// <param name="margins">How far they reach to both sides of a prediction, one for each output, in the units of the data.</param>
    /// <returns>The model.</returns>
    /// <exception cref="T:System.ArgumentNullException">There are no margins.</exception>
    /// <exception cref="T:System.ArgumentException">The coverage is not between 0 and 1, there is not one margin for each output, one is
    /// below 0 or not finite, or the model tells classes apart.</exception>
    member _.With(coverage: float, margins: float[]) : Model<'T> =
        ArgumentNullException.ThrowIfNull(margins, nameof margins)

        if meaning.IsClassifier then
            raise (ArgumentException("classes have probabilities, and no intervals", nameof margins))

        if not (coverage > 0.0 && coverage < 1.0) then
            raise (ArgumentException($"a coverage of {Text.number coverage}: above 0 and below 1", nameof coverage))

        if
            margins.Length <> network.Outputs
            || not (Array.forall (fun margin -> Double.IsFinite margin && margin >= 0.0) margins)
        then
            let found = Text.count margins.Length "margin"

            raise (
                ArgumentException($"{found} for {network.Outputs} outputs: one each, finite, from 0 on", nameof margins)
            )

        Model(network, parameters, preprocessing, labels, coverage, Array.copy margins, nan)

    /// <summary>The same model with a threshold: what it takes for the second of its two classes.</summary>
    /// <param name="threshold">The probability above which it does, from 0 to 1; NaN for that of the likelier class.</param>
    /// <returns>The model.</returns>
    /// <exception cref="T:System.ArgumentOutOfRangeException">It is below 0 or above 1.</exception>
    /// <exception cref="T:System.InvalidOperationException">The network does not give the probability of one of two
    /// classes.</exception>
    member model.WithThreshold(threshold: float) : Model<'T> =
        if Double.IsNaN threshold then
            if Double.IsNaN model.Threshold then model else Model(network, parameters, preprocessing, labels)
        else
            ArgumentOutOfRangeException.ThrowIfNegative(threshold, nameof threshold)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, 1.0, nameof threshold)

            if not (Classes.haveThreshold network) then
                raise (InvalidOperationException "a threshold parts two classes by the probability of the second")

            Model(network, parameters, preprocessing, labels, 0.0, [||], threshold)

    /// <summary>The interval around a prediction: from y - m to y + m, where m is the margin of the output; for rates and counts
    /// from 0 on.</summary>
    /// <param name="output">Which of the outputs, from 0 on.</param>
    /// <param name="prediction">What is predicted for it, in the units of the data.</param>
    /// <returns>Its low end and its high end, in the units of the data.</returns>
    /// <exception cref="T:System.InvalidOperationException">The model has no intervals.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no such output.</exception>
    member _.Interval(output: int, prediction: float) : struct (float * float) =
        if coverage = 0.0 then
            raise (InvalidOperationException "the model has no intervals (FitOptions.WithIntervals keeps them)")

        ArgumentOutOfRangeException.ThrowIfNegative(output, nameof output)
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, margins.Length, nameof output)
        let low = prediction - margins[output]
        let isRate = (Loss.output network.Loss).IsExponential
        struct ((if isRate then max 0.0 low else low), prediction + margins[output])

    /// <summary>The ends of that interval in the precision of the model, rounded away from the prediction.</summary>
    /// <param name="output">Which of the outputs, from 0 on.</param>
    /// <param name="prediction">What is predicted for it, in the units of the data.</param>
    /// <returns>Its low end and its high end, in the units of the data.</returns>
    /// <exception cref="T:System.InvalidOperationException">The model has no intervals.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no such output.</exception>
    member model.Ends(output: int, prediction: float) : struct ('T * 'T) =
        let struct (low, high) = model.Interval(output, prediction)

        if typeof<'T> = typeof<float32> then
            let down, up = float32 low, float32 high
            let down = if float down <= low then down else MathF.BitDecrement down
            let up = if float up >= high then up else MathF.BitIncrement up
            struct (unbox<'T>(box down), unbox<'T>(box up))
        else
            struct (unbox<'T>(box low), unbox<'T>(box high))

    /// <summary>The same description with other parameters, and without intervals or a threshold, which are those of the old
    /// ones.</summary>
    /// <param name="parameters">The numbers of the network.</param>
    /// <returns>The model.</returns>
    member _.With(parameters: Parameters<'T>) : Model<'T> = Model(network, parameters, preprocessing, labels)

    /// <summary>Predicts any number of rows: raw features in (rows x inputs), predictions out (rows x outputs):
    /// probabilities for cross-entropies, values in their original units for squared error. Any thread may call, and
    /// allocates at its first prediction only. A row has the same bits alone and among any others: the library's own product
    /// computes it, few rows on that thread alone, many in pieces on every core.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="predictions">Where the predictions go, rows x outputs.</param>
    /// <exception cref="T:System.ArgumentException">The lengths do not fit.</exception>
    member _.Predict(features: ReadOnlySpan<'T>, predictions: Span<'T>) : unit =
        let rows = meaning.RowsOf(features, predictions)
        predictor.Value.Predict(rows, features, predictions)

    /// <summary>Predicts any number of rows: raw features in (rows x inputs), predictions out (rows x outputs) in a
    /// fresh array.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <returns>Rows x outputs.</returns>
    /// <exception cref="T:System.ArgumentException">The length does not fit.</exception>
    member model.Predict(features: ReadOnlySpan<'T>) : 'T[] =
        let predictions = Array.zeroCreate<'T>(features.Length / network.Inputs * network.Outputs)
        model.Predict(features, Span predictions)
        predictions

    /// <summary>The class of one row of raw features. Allocates nothing after the first call on a thread.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <returns>The class, its name and its probability.</returns>
    /// <exception cref="T:System.ArgumentException">The length does not fit, or a feature is not finite.</exception>
    /// <exception cref="T:System.InvalidOperationException">The loss has no classes and the model no names for
    /// them.</exception>
    /// <exception cref="T:System.ArithmeticException">The answer is not finite: numbers of the model are too large for these
    /// features.</exception>
    member _.Classify(features: ReadOnlySpan<'T>) : Classification =
        meaning.DemandRow features
        let executor = classifier ()
        meaning.Encode(features, executor.Span executor.Plan.Input)
        executor.Predict 1
        meaning.ClassOf executor

    // Rows by name ----------------------------------------------------------------------------------------------------

    /// <summary>The raw features of a row, as `Predict` takes them, rounded to T; the answers of a row by name are those of
    /// features in float64, as `nn predict` has them. Cells are found by the names of their columns, in whatever
    /// order; others are passed over. A missing cell becomes what training has found for it; a number may be a text.</summary>
    /// <param name="row">The cells by the names of their columns.</param>
    /// <param name="features">Where the features go, one for each input of the network.</param>
    /// <exception cref="T:System.ArgumentException">A column is not there, or its cell is none that the model knows: a
    /// missing one that training had none of, a category of no row of training, a text where a number should be.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names.</exception>
    member _.Encode(row: IReadOnlyDictionary<string, RowCell>, features: Span<'T>) : unit =
        use raw = encoder.Value.Raw(row)
        copyTo raw features

    /// <summary>The raw features of a row of the app's own type. Allocates nothing where the reader does not.</summary>
    /// <param name="row">The row.</param>
    /// <param name="reader">Which of its cells stands in which column.</param>
    /// <param name="features">Where the features go, one for each input of the network.</param>
    /// <exception cref="T:System.ArgumentException">As for a row that is given by names.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names.</exception>
    member _.Encode<'Row>(row: 'Row, reader: RowReader<'Row>, features: Span<'T>) : unit =
        use raw = encoder.Value.Raw(row, reader)
        copyTo raw features

    /// <summary>The class of a row given by the names of its columns.</summary>
    /// <param name="row">The cells by the names of their columns.</param>
    /// <returns>The class, its name and its probability.</returns>
    /// <exception cref="T:System.ArgumentException">As `Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names, or it has no
    /// classes.</exception>
    member _.Classify(row: IReadOnlyDictionary<string, RowCell>) : Classification =
        use raw = encoder.Value.Raw(row)
        classifyNamed raw

    /// <summary>The class of a row of the app's own type. Allocates nothing after the first call on a thread, where the reader
    /// does not.</summary>
    /// <param name="row">The row.</param>
    /// <param name="reader">Which of its cells stands in which column.</param>
    /// <returns>The class, its name and its probability.</returns>
    /// <exception cref="T:System.ArgumentException">As `Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names, or it has no
    /// classes.</exception>
    member _.Classify<'Row>(row: 'Row, reader: RowReader<'Row>) : Classification =
        use raw = encoder.Value.Raw(row, reader)
        classifyNamed raw

    /// <summary>The predictions of a row given by the names of its columns, one for each output.</summary>
    /// <param name="row">The cells by the names of their columns.</param>
    /// <returns>The outputs.</returns>
    /// <exception cref="T:System.ArgumentException">As `Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names.</exception>
    member _.Predict(row: IReadOnlyDictionary<string, RowCell>) : 'T[] =
        use raw = encoder.Value.Raw(row)
        predictNamed raw

    /// <summary>The predictions of a row of the app's own type, one for each output.</summary>
    /// <param name="row">The row.</param>
    /// <param name="reader">Which of its cells stands in which column.</param>
    /// <returns>The outputs.</returns>
    /// <exception cref="T:System.ArgumentException">As `Encode` gives it.</exception>
    /// <exception cref="T:System.InvalidOperationException">The features of the model have no names.</exception>
    member _.Predict<'Row>(row: 'Row, reader: RowReader<'Row>) : 'T[] =
        use raw = encoder.Value.Raw(row, reader)
        predictNamed raw

    /// As in: 2 inputs, dense 4, tanh, dense 2, cross-entropy; 22 parameters in Single.
    override _.ToString() =
        ((string network)
         + "; "
         + (string (Layout.parameters parameters.Layout))
         + " parameters in "
         + (typeof<'T>.Name))
