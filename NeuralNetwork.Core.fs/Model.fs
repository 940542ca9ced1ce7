namespace NeuralNetwork

open System
open System.Runtime.InteropServices
open NeuralNetwork.Engine

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

    /// The parts, for `var (label, probability) = model.Classify(row)`.
    member found.Deconstruct([<Out>] label: byref<string>, [<Out>] probability: byref<float>) : unit =
        label <- found.Label
        probability <- found.Probability

/// A network with its parameters and everything prediction needs: immutable, and safe to use from many threads.
/// Labels are the class names in the order of the outputs; empty where there are no classes.
[<Sealed>]
type Model<'T>(network: Network, parameters: Parameters<'T>, preprocessing: Preprocessing, labels: string[]) =

    do
        Parameters.check network parameters

        match Preprocessing.defect network preprocessing with
        | Some(field, found) -> raise (ArgumentException($"{field}: {found}", nameof preprocessing))
        | None -> ()

    let toInputs, toValues = preprocessing.Features, preprocessing.Targets
    let predictor = lazy (Predictor<'T>(network, parameters))

    /// From raw features (rows x inputs) to the prediction window of an executor.
    let run (executor: Executor<'T>) (features: ReadOnlySpan<'T>) (rows: int) =
        let x = executor.Span(executor.Plan.Input).Slice(0, features.Length)
        Convert.forward<'T> toInputs features network.Inputs x
        executor.Predict rows

    // Classes ---------------------------------------------------------------------------------------------------------

    let boundary = Cost.predictedBoundary network.Cost

    let isProbability =
        match Cost.output network.Cost with
        | Output.Softmax
        | Output.Sigmoid -> true
        | Output.Linear
        | Output.Exponential -> false

    let names =
        lazy
            (if labels.Length > 0 then
                 labels
             elif isProbability || network.Cost = Cost.Hinge then
                 Array.init (max 2 network.Outputs) string
             else
                 raise (InvalidOperationException $"a model for {Cost.name network.Cost} predicts values, not classes"))

    /// The first greatest output, or for a single output the second class above the boundary of the cost.
    let classOf (y: ReadOnlySpan<'T>) : int =
        if y.Length = 1 then
            (if Lane.toFloat y[0] > boundary then 1 else 0)
        else
            let mutable best = 0

            for place in 1 .. y.Length - 1 do
                if Lane.toFloat y[place] > Lane.toFloat y[best] then
                    best <- place

            best

    let probabilityOf (y: ReadOnlySpan<'T>) (found: int) : float =
        if not isProbability then nan
        elif y.Length > 1 then Lane.toFloat y[found]
        elif found = 1 then Lane.toFloat y[0]
        else 1.0 - Lane.toFloat y[0]

    /// A network with parameters, features taken as they are, classes without names.
    new(network: Network, parameters: Parameters<'T>) = Model(network, parameters, Preprocessing.None, [||])

    /// The description.
    member _.Network: Network = network

    /// The numbers.
    member _.Parameters: Parameters<'T> = parameters

    /// What happens to features first.
    member _.Preprocessing: Preprocessing = preprocessing

    /// The class names in the order of the outputs.
    member _.Labels: string[] = labels

    /// The same model with other preprocessing and class names.
    member _.With(preprocessing: Preprocessing, labels: string[]) : Model<'T> =
        Model(network, parameters, preprocessing, labels)

    /// The same description with other parameters.
    member _.With(parameters: Parameters<'T>) : Model<'T> = Model(network, parameters, preprocessing, labels)

    /// Predicts any number of rows: raw features in (rows x inputs), predictions out (rows x outputs): probabilities for
    /// cross-entropies, values in their original units for squared error. Any thread may call, and allocates at its first
    /// prediction only. Up to 8 rows are computed on that thread alone, by the library's own product. ArgumentException
    /// where the lengths do not fit.
    member _.Predict(features: ReadOnlySpan<'T>, predictions: Span<'T>) : unit =
        let inputs, outputs = network.Inputs, network.Outputs

        if features.Length % inputs <> 0 then
            let message = $"{features.Length} features are no whole number of rows of {inputs}"
            raise (ArgumentException(message, nameof features))

        let count = features.Length / inputs

        if predictions.Length <> count * outputs then
            let expected = $"{predictions.Length} numbers for {count} rows of {outputs} predictions"
            raise (ArgumentException(expected, nameof predictions))

        let executor = predictor.Value.For count
        let mutable row = 0

        while row < count do
            let part = min executor.Plan.Batch (count - row)
            run executor (features.Slice(row * inputs, part * inputs)) part
            let y = predictions.Slice(row * outputs, part * outputs)
            executor.Span(executor.Plan.Prediction).Slice(0, part * outputs).CopyTo y
            Convert.back<'T> toValues outputs y
            row <- row + part

    /// The same in a fresh array.
    member model.Predict(features: ReadOnlySpan<'T>) : 'T[] =
        let predictions = Array.zeroCreate<'T>(features.Length / network.Inputs * network.Outputs)
        model.Predict(features, Span predictions)
        predictions

    /// The class of one row of raw features. Allocates nothing after the first call on a thread. ArgumentException where the
    /// length does not fit; InvalidOperationException where the cost has no classes and the model no names for them.
    member _.Classify(features: ReadOnlySpan<'T>) : Classification =
        if features.Length <> network.Inputs then
            let message = $"{features.Length} features for a row of {network.Inputs}"
            raise (ArgumentException(message, nameof features))

        let names = names.Value
        let executor = predictor.Value.For 1
        run executor features 1
        let y = executor.Span(executor.Plan.Prediction).Slice(0, network.Outputs)
        let found = classOf (Span.op_Implicit y)
        { Class = found; Label = names[found]; Probability = probabilityOf (Span.op_Implicit y) found }

/// The pure face of the engine: values in, fresh values out. Every call runs in memory of its own.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Model =

    /// Fresh parameters for a description.
    let initialize<'T> (seed: uint64) (network: Network) : Model<'T> =
        Model(network, Parameters.initialize<'T> seed network)

    /// The number of rows of x, at least one.
    let private rowsOf (width: int) (name: string) (values: 'T[]) =
        if values.Length = 0 || values.Length % width <> 0 then
            raise (ArgumentException($"{values.Length} numbers are no whole number of rows of {width}", name))

        values.Length / width

    /// The number of rows of t, which x must have, too.
    let private rowsOfBoth (network: Network) (x: 'T[]) (t: 'T[]) =
        let rows = rowsOf (Network.outputs network) (nameof t) t

        if x.Length <> rows * network.Inputs then
            let expected = $"{rows * network.Inputs} numbers for {rows} rows of {network.Inputs} inputs"
            raise (ArgumentException($"expected {expected}, found {x.Length}", nameof x))

        rows

    let private executor (plan: Plan) (network: Network) (parameters: Parameters<'T>) =
        Parameters.check network parameters
        let machine = Machine.Shared
        let executor = Executor<'T>(plan, machine.Backend.Product<'T>(), machine.Team)
        Parameters.load executor parameters
        executor

    /// The predictions for network inputs x (n x inputs), n x outputs.
    let predict (network: Network) (parameters: Parameters<'T>) (x: 'T[]) : 'T[] =
        let rows = rowsOf network.Inputs (nameof x) x
        let predictions = Array.zeroCreate<'T>(rows * Network.outputs network)
        Model<'T>(network, parameters).Predict(ReadOnlySpan x, Span predictions)
        predictions

    let private loaded (compile: int -> Plan) (network: Network) parameters (x: 'T[]) (t: 'T[]) =
        let rows = rowsOfBoth network x t
        let executor = executor (compile rows) network parameters
        x.AsSpan().CopyTo(executor.Span executor.Plan.Input)
        t.AsSpan().CopyTo(executor.Span executor.Plan.Target)
        struct (executor, rows)

    /// The loss of the rows x (n x inputs) with targets t (n x outputs) as step `step` of a weighted training sees it:
    /// Σ wᵢ·Lᵢ / n with a weight for each row, batch norms with the statistics of these rows, dropout with the masks of the
    /// step, penalties included. Then its gradient in the layout of the parameters. No weights stand for 1 in every row.
    let weightedGradientOf
        (network: Network)
        (training: Training)
        (step: int)
        (parameters: Parameters<'T>)
        (x: 'T[])
        (t: 'T[])
        (weights: 'T[])
        : struct (float * 'T[]) =
        let training = { training with IsWeighted = training.IsWeighted || weights.Length > 0 }
        let struct (executor, rows) = loaded (Plan.compile network training) network parameters x t

        if weights.Length <> 0 && weights.Length <> rows then
            raise (ArgumentException($"{weights.Length} weights for {rows} rows", nameof weights))

        weights.AsSpan().CopyTo(executor.Span executor.Plan.Weights)
        let loss = executor.Gradient(rows, step)
        struct (loss + executor.Penalty, executor.Span(executor.Plan.Gradient).ToArray())

    /// The same where every row weighs 1.
    let gradientOf
        (network: Network)
        (training: Training)
        (step: int)
        (parameters: Parameters<'T>)
        (x: 'T[])
        (t: 'T[])
        : struct (float * 'T[]) =
        weightedGradientOf network training step parameters x t [||]

    /// The mean loss of the rows x (n x inputs) with targets t (n x outputs), and its gradient in the layout of the
    /// parameters; no penalties, and the masks of step 1 where there is dropout.
    let gradient (network: Network) (parameters: Parameters<'T>) (x: 'T[]) (t: 'T[]) : struct (float * 'T[]) =
        gradientOf network Training.Default 1 parameters x t

    /// The gradient in the inputs x, n x inputs, of the loss that step `step` sees: which features the loss of a row depends
    /// on. Every row weighs 1. Where there are batch norms a row's loss depends on other rows, too; `fold` gives a network
    /// without them.
    let inputGradient
        (network: Network)
        (training: Training)
        (step: int)
        (parameters: Parameters<'T>)
        (x: 'T[])
        (t: 'T[])
        : 'T[] =
        let plan = Plan.withInputGradient network { training with IsWeighted = false }
        let struct (executor, rows) = loaded plan network parameters x t
        executor.Gradient(rows, step) |> ignore
        executor.Span(executor.Plan.InputGradient).ToArray()

    /// The same predictions from a smaller network: every batch norm behind a dense layer becomes part of that layer's
    /// weights and bias. It trains differently, for it has no batch norm there.
    let fold (network: Network) (parameters: Parameters<'T>) : struct (Network * Parameters<'T>) =
        Parameters.check network parameters
        Fold.batchNorms network parameters

    /// One training step: the mean loss of the rows before it, new parameters (running statistics included) and new slots.
    let step
        (network: Network)
        (training: Training)
        (number: int)
        (parameters: Parameters<'T>)
        (slots: 'T[] list)
        (x: 'T[])
        (t: 'T[])
        : struct (float * Parameters<'T> * 'T[] list) =
        let struct (executor, rows) = loaded (Plan.compile network training) network parameters x t
        List.iter2 (fun (values: 'T[]) slot -> values.AsSpan().CopyTo(executor.Span slot)) slots executor.Plan.Slots
        let loss = executor.Step(rows, number, Schedule.at number training.Rate)
        let newSlots = executor.Plan.Slots |> List.map (fun slot -> executor.Span(slot).ToArray())
        struct (loss, Parameters.save executor parameters, newSlots)

    /// The mean loss of the rows x with targets t.
    let loss (network: Network) (parameters: Parameters<'T>) (x: 'T[]) (t: 'T[]) : float =
        let rows = rowsOfBoth network x t
        let executor = executor (Plan.forPrediction network rows) network parameters
        x.AsSpan().CopyTo(executor.Span executor.Plan.Input)
        t.AsSpan().CopyTo(executor.Span executor.Plan.Target)
        executor.Evaluate rows

    /// New parameters and new slots from a gradient: step number `step` (the first is 1) at a learning rate.
    let update
        (network: Network)
        (optimizer: Optimizer)
        (step: int)
        (rate: float)
        (parameters: Parameters<'T>)
        (slots: 'T[] list)
        (gradient: 'T[])
        : struct (Parameters<'T> * 'T[] list) =
        let executor =
            executor (Plan.compile network { Training.Default with Optimizer = optimizer } 1) network parameters

        let plan = executor.Plan

        if Double.IsNaN rate then
            raise (ArgumentException("a learning rate of NaN", nameof rate))

        if slots.Length <> plan.Slots.Length then
            let optimizer = Optimizer.name optimizer
            let message = $"{slots.Length} slots, but {optimizer} has {plan.Slots.Length}"
            raise (ArgumentException(message, nameof slots))

        let check (values: 'T[]) (name: string) =
            if values.Length <> plan.Parameters.Length then
                let message = $"{values.Length} numbers for {plan.Parameters.Length} parameters"
                raise (ArgumentException(message, name))

        check gradient (nameof gradient)

        for values in slots do
            check values (nameof slots)

        gradient.AsSpan().CopyTo(executor.Span plan.Gradient)
        List.iter2 (fun (values: 'T[]) slot -> values.AsSpan().CopyTo(executor.Span slot)) slots plan.Slots
        executor.Update(step, rate)
        let copy slice = executor.Span(slice).ToArray()
        struct ({ parameters with Values = copy plan.Parameters }, List.map copy plan.Slots)

    /// Slots full of zeros, as an optimizer begins.
    let zeroSlots<'T> (network: Network) (optimizer: Optimizer) : 'T[] list =
        let layout = Layout.ofNetwork network
        Optimizer.slots optimizer |> List.map (fun _ -> Array.zeroCreate<'T> layout.Length)
