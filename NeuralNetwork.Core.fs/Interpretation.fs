namespace NeuralNetwork

open System
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What the numbers of a network mean outside of it: raw features become inputs, target values what it learns, its outputs
/// values and classes. Whoever runs the network has an executor for it; nothing is allocated here.
/// x: rows x inputs, t and y: rows x outputs, row-major.
[<Sealed>]
type internal Interpretation<'T>(network: Network, preprocessing: Preprocessing, labels: string[], threshold: float) =

    let inputs, outputs = network.Inputs, Network.outputs network
    let ofFeatures, ofValues = preprocessing.Features, preprocessing.Learned
    let boundary = Loss.predictedBoundary network.Loss
    let isProbability = Loss.isProbability network.Loss
    let isClassifier = labels.Length > 0 || Loss.isOfClasses network.Loss

    // What the classes are called, one for each; empty where there are none.
    let names = lazy (if labels.Length = 0 && isClassifier then Array.init (Classes.count outputs) string else labels)

    let probabilityOf (y: ReadOnlySpan<'T>) (found: int) : float =
        if not isProbability then nan
        elif y.Length > 1 then Lane.toFloat y[found]
        elif found = 1 then Lane.toFloat y[0]
        else 1.0 - Lane.toFloat y[0]

    /// Whether rows have classes: these have names, or the loss tells them apart.
    member _.IsClassifier: bool = isClassifier

    /// The names of the classes. InvalidOperationException where there are none.
    member _.Names: string[] =
        if not isClassifier then
            raise (InvalidOperationException $"a model for {Loss.name network.Loss} predicts values, not classes")

        names.Value

    /// From raw features to inputs, any number of rows.
    member _.Encode(features: ReadOnlySpan<'T>, x: Span<'T>) : unit = Convert.forward<'T> ofFeatures features inputs x

    /// The same for the first features of a longer array, a row in float64, which is rounded once it is what the network takes.
    member _.Encode(features: float[], x: Span<'T>) : unit =
        for place in 0 .. inputs - 1 do
            x[place] <- Lane.ofFloat<'T>(ofFeatures.Of(place, features[place]))

    /// From values in their units to what the network learns, any number of rows.
    member _.EncodeValues(values: ReadOnlySpan<'T>, t: Span<'T>) : unit = Convert.forward<'T> ofValues values outputs t

    /// The same for a value in float64.
    member _.EncodeValue(output: int, value: float) : 'T = Lane.ofFloat<'T>(ofValues.Of(output, value))

    /// From predictions of the network to values in their units, in place.
    member _.Decode(y: Span<'T>) : unit = Convert.back<'T> ofValues outputs y

    /// The number of rows in raw features, for whose predictions there is room. ArgumentException where one is not of the other.
    member _.RowsOf(features: ReadOnlySpan<'T>, predictions: Span<'T>) : int =
        if features.Length % inputs <> 0 then
            let message = $"{features.Length} features are no whole number of rows of {inputs}"
            raise (ArgumentException(message, nameof features))

        let count = features.Length / inputs

        if predictions.Length <> count * outputs then
            let expected = $"{predictions.Length} numbers for {count} rows of {outputs} predictions"
            raise (ArgumentException(expected, nameof predictions))

        count

    /// The features are those of one row.
    member _.DemandRow(features: ReadOnlySpan<'T>) : unit =
        if features.Length <> inputs then
            let message = $"{features.Length} features for a row of {inputs}"
            raise (ArgumentException(message, nameof features))

    /// Predicts rows that have passed `RowsOf`, as many at once as the executor has room for.
    member meaning.Predict(executor: Executor<'T>, features: ReadOnlySpan<'T>, predictions: Span<'T>) : unit =
        let count = features.Length / inputs
        let mutable row = 0

        while row < count do
            let part = min executor.Plan.Batch (count - row)
            meaning.Encode(features.Slice(row * inputs, part * inputs), executor.Span executor.Plan.Input)
            executor.Predict part
            let y = predictions.Slice(row * outputs, part * outputs)
            executor.Span(executor.Plan.Prediction).Slice(0, part * outputs).CopyTo y
            meaning.Decode y
            row <- row + part

    /// Refuses the row that an executor has predicted where a feature is no number for the network.
    member _.DemandFiniteInput(executor: Executor<'T>) : unit =
        let place = executor.FirstNotFinite(executor.Plan.Input, 1)

        if place >= 0 then
            let found = $"feature {place} is not finite, or not as the network takes it: such a row has no answer"
            raise (ArgumentException(found, "features"))

    /// The class of the row that an executor has predicted. Refuses a row with a feature, or an answer, that is no number: no
    /// class is meant by it.
    member meaning.ClassOf(executor: Executor<'T>) : Classification =
        meaning.DemandFiniteInput executor

        if executor.FirstNotFinite(executor.Plan.Prediction, 1) >= 0 then
            raise (ArithmeticException "the answer is not finite: a row has no class then")

        let y: ReadOnlySpan<'T> = Span.op_Implicit (executor.Span(executor.Plan.Prediction).Slice(0, outputs))
        let found = Classes.ofRowAt threshold boundary y
        { Class = found; Label = meaning.Names[found]; Probability = probabilityOf y found }

    /// The predictions of the row that an executor has predicted, in their units and in a fresh array.
    member meaning.ValuesOf(executor: Executor<'T>) : 'T[] =
        meaning.DemandFiniteInput executor
        let predictions = executor.Span(executor.Plan.Prediction).Slice(0, outputs).ToArray()
        meaning.Decode(Span predictions)
        predictions
