namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths

/// Cells that are dealt out among their rows.
module private Deals =

    let doubles (numbers: NumberArray) : float[] =
        match numbers with
        | NumberArray.Bytes values -> Array.map float values
        | NumberArray.Singles values -> Array.map float values
        | NumberArray.Doubles values -> values

    /// Rows of so many features, each with some of its features those of the row that the order has in its place.
    let deal (cols: int) (first: int) (features: int) (order: int[]) (numbers: NumberArray) : NumberArray =
        let dealt (source: 'Number[]) =
            let target = Array.copy source

            for row in 0 .. order.Length - 1 do
                Array.blit source (order[row] * cols + first) target (row * cols + first) features

            target

        match numbers with
        | NumberArray.Bytes values -> NumberArray.Bytes(dealt values)
        | NumberArray.Singles values -> NumberArray.Singles(dealt values)
        | NumberArray.Doubles values -> NumberArray.Doubles(dealt values)

/// <summary>How much a model's score falls where the cells of a column are dealt out among the rows anew, so that they say
/// nothing of their rows any more.</summary>
/// <remarks>Permutation importance (Breiman 2001, section 10; for any model Fisher, Rudin and Dominici 2019). Of columns that say the
/// same, each may stand in for the other: then both are of little importance here.</remarks>
type Importance =
    {
        /// What stands above the column; of features without names the number of the feature, from 0 on.
        Title: string
        /// The mean fall of the score: of the accuracy, or of R².
        Mean: float
        /// The standard deviation of the falls, of one from another deal.
        Deviation: float
    }

    /// As in: age: 0.12 ± 0.011.
    override importance.ToString() =
        importance.Title + ": " + Text.short importance.Mean + " ± " + Text.short importance.Deviation

    /// What of rows is right: the share whose class is predicted, or the mean R² of the values.
    static member private Score(machine: Machine, model: Model<'T>, data: Dataset) : float =
        let predictions = Fit.predict machine model data

        match data.Targets with
        | Targets.Labels(labels, _) ->
            let said = Metrics.classesOf model.Network predictions
            let right = Array.fold2 (fun right label said -> if label = said then right + 1 else right) 0 labels said
            float right / float data.Rows
        | Targets.Values(values, outputs) ->
            (Metrics.meanValues outputs (Deals.doubles values) (Array.map Lane.toFloat predictions)).R2

    /// <summary>The importance of each column, in their order.</summary>
    /// <param name="machine">Where it is computed.</param>
    /// <param name="model">The model.</param>
    /// <param name="data">Raw rows with their targets, best such as the model has not learned from; weights do not count.</param>
    /// <param name="deals">How often each column is dealt out anew, 2 or more.</param>
    /// <param name="seed">What the deals follow from.</param>
    /// <returns>The importance of each column; of each feature where columns have no names.</returns>
    /// <exception cref="T:System.ArgumentException">The rows are none of this model's.</exception>
    /// <exception cref="T:System.ArgumentOutOfRangeException">Fewer than two deals.</exception>
    static member OfColumns
        (machine: Machine, model: Model<'T>, data: Dataset, deals: int, seed: uint64)
        : Importance[] =
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
        let whole = Importance.Score(machine, model, data)
        let order = Array.zeroCreate<int> data.Rows

        let fall place first features deal =
            Random.shuffleInto (Random.fold (Random.fold key (uint64 place)) (uint64 deal)) order
            let dealt = { data with Inputs = Deals.deal data.Cols first features order data.Inputs }
            whole - Importance.Score(machine, model, dealt)

        places
        |> Array.mapi (fun place (title, first, features) ->
            let falls = Array.init deals (fall place first features)
            let mean = Array.average falls
            let squares = falls |> Array.sumBy (fun fall -> (fall - mean) * (fall - mean))
            { Title = title; Mean = mean; Deviation = sqrt (squares / float (deals - 1)) })
