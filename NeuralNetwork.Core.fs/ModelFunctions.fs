namespace NeuralNetwork

open System
open NeuralNetwork.Engine
open NeuralNetwork.Plans

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
    /// step, penalties included; of an ensemble, the sum of what that is for each member. Then its gradient in the layout of
    /// the parameters. No weights stand for 1 in every row.
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

        let target = executor.Span executor.Plan.Weights

        for place in 0 .. weights.Length * network.Members - 1 do
            target[place] <- weights[place / network.Members]

        let loss = executor.Gradient(rows, step)
        // Every member has a loss of its own.
        struct (float network.Members * (loss + executor.Penalty), executor.Span(executor.Plan.Gradient).ToArray())

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

    /// The mean loss of the rows x (n x inputs) with targets t (n x outputs), of an ensemble the sum of its members' mean
    /// losses, and its gradient in the layout of the parameters; no penalties, and the masks of step 1 where there is dropout.
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
        BatchNormFolding.batchNorms network parameters

    /// One training step: the mean loss of the rows before it, new parameters (running statistics included) and new slots.
    /// ArgumentException where sizes do not fit, or a number of the training is none that it can be.
    let step
        (network: Network)
        (training: Training)
        (number: int)
        (parameters: Parameters<'T>)
        (slots: 'T[] list)
        (x: 'T[])
        (t: 'T[])
        : struct (float * Parameters<'T> * 'T[] list) =
        Training.check training
        let struct (executor, rows) = loaded (Plan.compile network training) network parameters x t
        Slots.load executor training.Optimizer slots
        let loss = executor.Step(rows, number, Schedule.at number training.Rate)
        struct (loss, Parameters.save executor parameters, Slots.save executor)

    /// The mean loss of the rows x with targets t.
    let loss (network: Network) (parameters: Parameters<'T>) (x: 'T[]) (t: 'T[]) : float =
        let struct (executor, rows) = loaded (Plan.forPrediction network) network parameters x t
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

        // A rule is what it is for a rate below 0, too; a trainer, which learns, refuses that.
        if not (Double.IsFinite rate) then
            raise (ArgumentException($"a learning rate of {rate}", nameof rate))

        if gradient.Length <> plan.Parameters.Length then
            let message = $"{gradient.Length} numbers for {plan.Parameters.Length} parameters"
            raise (ArgumentException(message, nameof gradient))

        Slots.load executor optimizer slots
        gradient.AsSpan().CopyTo(executor.Span plan.Gradient)
        executor.Update(step, rate)
        struct ({ parameters with Values = executor.Span(plan.Parameters).ToArray() }, Slots.save executor)

    /// Slots full of zeros, as an optimizer begins.
    let zeroSlots<'T> (network: Network) (optimizer: Optimizer) : 'T[] list =
        let layout = Layout.ofNetwork network
        Optimizer.slots optimizer |> List.map (fun _ -> Array.zeroCreate<'T> layout.Length)
