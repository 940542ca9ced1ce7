namespace NeuralNetwork.Verification

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Plans

/// Gradients of the engine against two others: the exact ones of dual numbers run through the naive statement of the loss,
/// and difference quotients of the engine's own loss. The first tells a wrong gradient from a right one to 1e-12; the second
/// shares no derivative with anybody. Dropout has the masks of the step, batch norm the statistics of the rows; penalties
/// are part of the loss.
module GradientCheck =

    let private replaced (tamper: Func<string, float[], float[]>) (layout: Layout) (gradient: float[]) =
        let result = Array.copy gradient

        for window in layout.Windows do
            let values = tamper.Invoke(window.Name, Array.sub gradient window.Offset window.Length)
            Array.blit values 0 result window.Offset window.Length

        result

    let private report tamper options (subject: Subject) (reference: Reference) step (w: float[]) : GradientReport =
        let loss w = subject.Loss(step, w)
        let engineLoss = loss w
        let untampered = subject.Gradient

        let again =
            (loss w |> ignore
             subject.Gradient)

        let gradient = replaced tamper reference.Layout untampered
        let referenceLoss = reference.Loss w
        let scale = max 1.0 (abs engineLoss)
        let quotient = Quotient(loss, reference, w)

        let windows =
            reference.Layout.Windows
            |> List.mapi (fun index window -> window, Verdict.sample options index window)

        let exact = windows |> List.map (fun (_, places) -> reference.Derivatives(w, places))
        let whole = Verdict.norm (Seq.concat exact)

        let check (window, places: int[]) (exact: float[]) =
            Array.map2
                (fun place exact ->
                    { Place = place
                      Analytic = gradient[place]
                      Exact = exact
                      Measured = Verdict.measure quotient scale gradient[place] place })
                places
                exact
            |> Verdict.tensor scale whole w window

        let tensors = List.map2 check windows exact
        let taylor = if options.Taylor then Taylor.rates loss reference options.Seed w gradient else []
        let lossError = abs (engineLoss - referenceLoss) / max 1.0 (abs referenceLoss)
        let isRepeatable = Array.forall2 (fun (a: float) b -> a.Equals b) untampered again

        { Passed =
            lossError <= Tolerance.Loss
            && isRepeatable
            && tensors |> List.forall _.Passed
            && taylor |> List.forall _.Passed
          Loss = engineLoss
          LossError = lossError
          IsRepeatable = isRepeatable
          Tensors = tensors
          Taylor = taylor }

    /// Made-up inputs, rows x inputs, from the standard normal distribution.
    let inputs (network: Network) (rows: int) (seed: uint64) : float[] = MadeUp.inputs network rows seed

    /// Made-up targets of the kind that the loss is for, rows x outputs: one class of each row, or 0 and 1, counts, or normal
    /// numbers.
    let targets (network: Network) (rows: int) (seed: uint64) : float[] = MadeUp.targets network rows seed

    let private untouched = Func<string, float[], float[]>(fun _ gradient -> gradient)

    /// The check of a gradient that somebody has tampered with: the function gets a tensor's name and its analytic gradient
    /// (row-major) and gives another. For testing the checker; everybody else wants `run`. Weights are one for each row of a
    /// weighted training, or for each row one for each member, or none.
    let runTampered
        (tamper: Func<string, float[], float[]>)
        (machine: Machine)
        (options: GradientCheckOptions)
        (network: Network)
        (training: Training)
        (step: int)
        (parameters: Parameters<float>)
        (x: float[])
        (t: float[])
        (weights: float[])
        : GradientReport =
        let outputs = Network.outputs network
        let rows = x.Length / network.Inputs

        if rows < 1 || x.Length <> rows * network.Inputs then
            raise (ArgumentException($"{x.Length} numbers are no rows of {network.Inputs} inputs", nameof x))

        if t.Length <> rows * outputs then
            raise (ArgumentException($"{t.Length} targets for {rows} rows of {outputs} outputs", nameof t))

        if weights.Length <> 0 && weights.Length <> rows && weights.Length <> rows * network.Members then
            raise (ArgumentException($"{weights.Length} weights for {rows} rows", nameof weights))

        let training = { training with IsWeighted = weights.Length > 0 }
        let subject = Subject(machine, network, training, rows)
        subject.Load parameters
        subject.Load(x, t, weights)
        report tamper options subject (Reference(network, training, step, x, t, weights)) step parameters.Values

    /// Checks the gradient of the loss of the rows x (n x inputs) with targets t (n x outputs), both row-major, as training
    /// step `step` sees it (steps count from 1). ArgumentException where the lengths do not fit.
    let run machine options network training step parameters x t : GradientReport =
        runTampered untouched machine options network training step parameters x t [||]

    /// The same where each row counts by a weight: the loss is Σ wᵢ·Lᵢ / n. Where there are members, a row may have a weight for
    /// each of them (rows x members).
    let runWeighted machine options network training step parameters x t weights : GradientReport =
        runTampered untouched machine options network training step parameters x t weights

    /// Checks a cell of the catalogue, after the steps of training that it asks for.
    let internal checkCell (machine: Machine) (options: GradientCheckOptions) (cell: Cell) : GradientReport =
        let subject = Subject(machine, cell.Network, cell.Training, cell.Rows)
        subject.Load cell.Parameters
        subject.Load(cell.X, cell.T, cell.Weights)
        let w = subject.Train cell.Warmup
        let step = cell.Warmup + 1
        let reference = Reference(cell.Network, cell.Training, step, cell.X, cell.T, cell.Weights)
        report untouched options subject reference step w

    /// The checks of the catalogue, each with its name and run on a machine: every activation with every loss, with and without
    /// batch norm, dropout and each kind of penalty, in small networks, some of which have members; or a sample of them, which
    /// takes a few seconds.
    let catalogue
        (isWhole: bool)
        (options: GradientCheckOptions)
        : struct (string * Func<Machine, GradientReport>) array =
        let cells = if isWhole then Catalogue.cells options.Seed else Catalogue.quick options.Seed
        [| for cell in cells -> struct (cell.Name, Func<_, _>(fun machine -> checkCell machine options cell)) |]

    /// Checks a sample of the catalogue in a few seconds.
    let quick (seed: uint64) : struct (string * GradientReport) seq =
        seq {
            use machine = new Machine(Backend.Managed, 1)

            for struct (name, check) in catalogue false { GradientCheckOptions.Default with Seed = seed } ->
                struct (name, check.Invoke machine)
        }
