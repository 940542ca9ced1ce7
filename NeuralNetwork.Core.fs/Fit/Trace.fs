namespace NeuralNetwork.Analysis

open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// What goes through a network with some rows, and what comes back: to look at, not to train with.
type Trace<'T> =
    {
        /// What each layer of the description gives at inference, n x its width, in the order of the layers; of an ensemble,
        /// in each row the columns of one member after those of the other.
        Layers: 'T[] list
        /// The gradient of the mean loss of the rows, in the layout of the parameters: batch norms with the statistics of
        /// these rows, dropout with masks of its own, no penalties.
        Gradient: 'T[]
    }

    /// As in: what 3 layers give.
    override trace.ToString() = $"""what {Text.count trace.Layers.Length "layer"} give"""

[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Trace =

    /// The result of each layer in a plan that keeps them all: what inference writes row by row, but for the prediction.
    let private results (plan: Plan) : Slice list =
        plan.Predict
        |> List.collect Op.writes
        |> List.filter (fun slice -> slice.Batched && slice <> plan.Prediction)
        |> List.distinct
        // An ensemble begins with the rows of every member and ends with what its members make together.
        |> List.filter (fun slice -> plan.Members = 1 || slice <> plan.Output && slice.Name <> "xs")

    /// Sends all rows of data, raw as they are, through a model at once: it takes memory for every layer and row.
    /// ArgumentException where the data do not fit the network.
    let run<'T> (machine: Machine) (model: Model<'T>) (data: Dataset) : Trace<'T> =
        Dataset.check model.Network data
        let plan = Plan.naive model.Network (Some Training.Default) data.Rows
        let executor = Executor<'T>(plan, machine.Backend.Product<'T>(), machine.Team)
        Parameters.load executor model.Parameters
        use feed = new Feed<'T>(executor, machine, model.Network.Loss, model.Preprocessing, data, false, 1)
        feed.Load(0, data.Rows)
        executor.Predict data.Rows
        let layers = results plan |> List.map (fun slice -> executor.Span(slice).ToArray())
        executor.Gradient(data.Rows, 1) |> ignore
        { Layers = layers; Gradient = executor.Span(plan.Gradient).ToArray() }

type Trace<'T> with

    /// <summary>Sends all rows of data, raw as they are, through a model at once: it takes memory for every layer and
    /// row.</summary>
    /// <param name="machine">What it is computed on.</param>
    /// <param name="model">The model.</param>
    /// <param name="data">The rows.</param>
    /// <returns>What every layer gives, and the gradient that comes back.</returns>
    /// <exception cref="T:System.ArgumentException">The data do not fit the network.</exception>
    static member Of(machine: Machine, model: Model<'T>, data: Dataset) : Trace<'T> = Trace.run machine model data
