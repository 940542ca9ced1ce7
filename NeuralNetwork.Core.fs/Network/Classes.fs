namespace NeuralNetwork

open System
open NeuralNetwork.Maths

/// How outputs tell classes apart, for training, predictions and measures alike: an output for each class, of which the
/// greatest is meant, or a single one for two, whose target is the number of the class.
module internal Classes =

    /// The number of classes that so many outputs tell apart.
    let count (outputs: int) : int = max 2 outputs

    /// The class that the outputs of a row stand for: the first greatest, or for a single output the second class above a
    /// boundary.
    let ofRow (boundary: float) (y: ReadOnlySpan<'T>) : int =
        if y.Length = 1 then
            (if Lane.toFloat y[0] > boundary then 1 else 0)
        else
            let mutable best = 0

            for place in 1 .. y.Length - 1 do
                if Lane.toFloat y[place] > Lane.toFloat y[best] then
                    best <- place

            best

    /// The same where there may be a threshold, of two classes: the second one above it, whose probability the last output is. NaN for
    /// none.
    let ofRowAt (threshold: float) (boundary: float) (y: ReadOnlySpan<'T>) : int =
        if Double.IsNaN threshold then ofRow boundary y
        elif Lane.toFloat y[y.Length - 1] > threshold then 1
        else 0

    /// Writes the targets of a row of a class.
    let writeTarget (label: int) (t: Span<'T>) : unit =
        if t.Length = 1 then
            t[0] <- Lane.ofFloat<'T>(float label)
        else
            t.Clear()
            t[label] <- Lane.ofFloat<'T> 1.0

    /// What is wrong with the names of the classes of so many outputs: there may be none at all, else each class has a name
    /// of its own.
    let defect (outputs: int) (names: string[]) : string option =
        if names.Length > 0 && names.Length <> count outputs then
            Some $"{names.Length} names for {outputs} outputs"
        else
            match names |> Array.tryFindIndex String.IsNullOrEmpty with
            | Some nameless -> Some $"class {nameless} has no name"
            | None ->
                let twice = names |> Array.countBy id |> Array.tryFind (fun (_, count) -> count > 1)
                twice |> Option.map (fun (name, _) -> $"'{name}' is there twice")

    /// Whether a threshold may stand between the classes of a network: it gives the probability of the second of two, in one output or in
    /// two that add up to 1.
    let haveThreshold (network: Network) : bool =
        match Loss.output network.Loss with
        | Output.Sigmoid -> network.Outputs = 1
        | Output.Softmax -> network.Outputs = 2
        | Output.Linear
        | Output.Exponential -> false

    /// What is wrong with the classes of a network: with a single output a softmax is 1 whatever the features are.
    let outputDefect (network: Network) : string option =
        if network.Outputs = 1 && Loss.output network.Loss = Output.Softmax then
            Some
                $"{Loss.name network.Loss} over one output: its softmax is always 1 ({Loss.name Loss.BinaryCrossEntropy} is meant)"
        else
            None
