namespace NeuralNetwork

open System
open System.Globalization
open System.Runtime.InteropServices
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// The class that a model finds in a row.
[<Struct>]
type Classification =
    {
        /// Its place among the outputs; for a single output 0 or 1.
        Class: int
        /// Its name; the number of the class where classes have no names.
        Label: string
        /// How probable the model takes it to be; NaN where its outputs are no probabilities.
        Probability: float
    }

    /// <summary>The parts, for `var (label, probability) = model.Classify(row)`.</summary>
    /// <param name="label">The name of the class.</param>
    /// <param name="probability">How probable it is.</param>
    member found.Deconstruct([<Out>] label: byref<string>, [<Out>] probability: byref<float>) : unit =
        label <- found.Label
        probability <- found.Probability

    /// As in: odd (probability 0.982).
    override found.ToString() =
        if Double.IsNaN found.Probability then
            found.Label
        else
            let probability = found.Probability.ToString("0.###", CultureInfo.InvariantCulture)
            $"{found.Label} (probability {probability})"

/// A network with its parameters and everything prediction needs, safe to use from many threads. It never changes, as long as
/// nobody writes into the arrays of its Parameters, which are not copied; preprocessing and labels are.
/// Labels are the class names in the order of the outputs, two for a single output; empty where there are no classes.
/// ArgumentException where parameters, preprocessing or labels are not those of the network, or a class has no name of its own.
[<Sealed>]
type Model<'T>(network: Network, parameters: Parameters<'T>, preprocessing: Preprocessing, labels: string[]) =

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
    let toInputs, toValues = preprocessing.Features, preprocessing.Targets

    /// From raw features (rows x inputs) to the prediction window of an executor.
    let run (executor: Executor<'T>) (features: ReadOnlySpan<'T>) (rows: int) =
        let x = executor.Span(executor.Plan.Input).Slice(0, features.Length)
        Convert.forward<'T> toInputs features network.Inputs x
        executor.Predict rows

    // Classes ---------------------------------------------------------------------------------------------------------

    let boundary = Loss.predictedBoundary network.Loss

    let isProbability = Loss.isProbability network.Loss
    let isClassifier = labels.Length > 0 || Loss.isOfClasses network.Loss

    /// What the classes are called, one for each; empty where there are none.
    let names () =
        if labels.Length = 0 && isClassifier then
            Array.init (Classes.count network.Outputs) string
        else
            labels

    /// What predictions need, all of it made by the first of them.
    let ready = lazy (struct (Predictor<'T>(network, parameters), names ()))

    let probabilityOf (y: ReadOnlySpan<'T>) (found: int) : float =
        if not isProbability then nan
        elif y.Length > 1 then Lane.toFloat y[found]
        elif found = 1 then Lane.toFloat y[0]
        else 1.0 - Lane.toFloat y[0]

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
    member _.IsClassifier: bool = isClassifier

    /// <summary>The same model with other preprocessing and class names.</summary>
    /// <param name="preprocessing">What happens to features first.</param>
    /// <param name="labels">The names of the classes in the order of the outputs; empty for none.</param>
    /// <returns>The model.</returns>
    /// <exception cref="T:System.ArgumentException">They do not fit the network.</exception>
    member _.With(preprocessing: Preprocessing, labels: string[]) : Model<'T> =
        Model(network, parameters, preprocessing, labels)

    /// <summary>The same description with other parameters.</summary>
    /// <param name="parameters">The numbers of the network.</param>
    /// <returns>The model.</returns>
    member _.With(parameters: Parameters<'T>) : Model<'T> = Model(network, parameters, preprocessing, labels)

    /// <summary>Predicts any number of rows: raw features in (rows x inputs), predictions out (rows x outputs):
    /// probabilities for cross-entropies, values in their original units for squared error. Any thread may call, and
    /// allocates at its first prediction only. Up to 8 rows are computed on that thread alone, by the library's own
    /// product.</summary>
    /// <param name="features">Raw features, rows x inputs, row-major.</param>
    /// <param name="predictions">Where the predictions go, rows x outputs.</param>
    /// <exception cref="T:System.ArgumentException">The lengths do not fit.</exception>
    member _.Predict(features: ReadOnlySpan<'T>, predictions: Span<'T>) : unit =
        let inputs, outputs = network.Inputs, network.Outputs

        if features.Length % inputs <> 0 then
            let message = $"{features.Length} features are no whole number of rows of {inputs}"
            raise (ArgumentException(message, nameof features))

        let count = features.Length / inputs

        if predictions.Length <> count * outputs then
            let expected = $"{predictions.Length} numbers for {count} rows of {outputs} predictions"
            raise (ArgumentException(expected, nameof predictions))

        let struct (predictor, _) = ready.Value
        let executor = predictor.For count
        let mutable row = 0

        while row < count do
            let part = min executor.Plan.Batch (count - row)
            run executor (features.Slice(row * inputs, part * inputs)) part
            let y = predictions.Slice(row * outputs, part * outputs)
            executor.Span(executor.Plan.Prediction).Slice(0, part * outputs).CopyTo y
            Convert.back<'T> toValues outputs y
            row <- row + part

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
    /// <exception cref="T:System.ArgumentException">The length does not fit; InvalidOperationException where the loss
    /// has no classes and the model no names for them.</exception>
    member _.Classify(features: ReadOnlySpan<'T>) : Classification =
        if features.Length <> network.Inputs then
            let message = $"{features.Length} features for a row of {network.Inputs}"
            raise (ArgumentException(message, nameof features))

        let struct (predictor, names) = ready.Value

        if names.Length = 0 then
            raise (InvalidOperationException $"a model for {Loss.name network.Loss} predicts values, not classes")

        let executor = predictor.For 1
        run executor features 1
        let y: ReadOnlySpan<'T> = Span.op_Implicit (executor.Span(executor.Plan.Prediction).Slice(0, network.Outputs))
        let found = Classes.ofRow boundary y
        { Class = found; Label = names[found]; Probability = probabilityOf y found }

    /// As in: 2 inputs, dense 4, tanh, dense 2, cross-entropy; 22 parameters in Single.
    override _.ToString() =
        ((string network)
         + "; "
         + (string (Layout.parameters parameters.Layout))
         + " parameters in "
         + (typeof<'T>.Name))
