namespace NeuralNetwork

open System.Numerics

/// What the last layer's outputs z are measured with, given targets t; always from z before the output function,
/// which is what keeps it stable at logits of ±10⁴.
[<RequireQualifiedAccess>]
type Cost =
    /// p = softmax z, L = -Σⱼ tⱼ log pⱼ, averaged over the rows; dL/dz = (p - t) / n
    | SoftmaxCrossEntropy
    /// p = σ(z), L = -t log p - (1 - t) log (1 - p), averaged over rows and outputs; dL/dz = (p - t) / (n·outputs)
    | BinaryCrossEntropy
    /// L = (z - t)², averaged over rows and outputs (as PyTorch's MSELoss); dL/dz = 2 (z - t) / (n·outputs)
    | SquaredError

/// The function that turns z into what a user reads as the prediction.
[<RequireQualifiedAccess>]
type Output =
    | Linear
    | Sigmoid
    | Softmax

/// A cost that is a sum over outputs, as formulas on lanes.
type ICost<'T> =
    /// The loss of one output.
    abstract Value: z: Lane<'T> * t: Lane<'T> -> Lane<'T>
    /// Its derivative with respect to z.
    abstract Slope: z: Lane<'T> * t: Lane<'T> -> Lane<'T>

/// max(z, 0) - z·t + log1p(e^-|z|), which is softplus z - z·t: no logarithm of a probability is ever taken.
[<Struct>]
type BinaryCrossEntropyFormula<'T> =
    interface ICost<'T> with
        member _.Value(z, t) = Lane.softplus z - z * t
        member _.Slope(z, t) = Lane.sigmoid z - t

[<Struct>]
type SquaredErrorFormula<'T> =
    interface ICost<'T> with
        member _.Value(z, t) = (z - t) * (z - t)
        member _.Slope(z, t) = Lane.create<'T> 2.0 * (z - t)

/// Does something with the formula of an elementwise cost whose type the compiler knows.
type ICostVisitor<'T, 'Result> =
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> ICost<'T>> : formula: 'Formula -> 'Result
    /// For the cost that couples the outputs of a row.
    abstract VisitSoftmax: unit -> 'Result

module Cost =

    /// The one table from the name of a cost to its formula.
    let visit<'T, 'Result> (visitor: ICostVisitor<'T, 'Result>) (cost: Cost) : 'Result =
        match cost with
        | Cost.SoftmaxCrossEntropy -> visitor.VisitSoftmax()
        | Cost.BinaryCrossEntropy -> visitor.Visit(BinaryCrossEntropyFormula<'T>())
        | Cost.SquaredError -> visitor.Visit(SquaredErrorFormula<'T>())

    /// The output function that belongs to a cost.
    let output (cost: Cost) : Output =
        match cost with
        | Cost.SoftmaxCrossEntropy -> Output.Softmax
        | Cost.BinaryCrossEntropy -> Output.Sigmoid
        | Cost.SquaredError -> Output.Linear

    /// The loss of a row is the sum over its outputs divided by this: 1 for softmax cross-entropy, else their number.
    let terms (cost: Cost) (outputs: int) : int =
        match cost with
        | Cost.SoftmaxCrossEntropy -> 1
        | Cost.BinaryCrossEntropy
        | Cost.SquaredError -> outputs

    /// Names as users write them.
    let name (cost: Cost) : string =
        match cost with
        | Cost.SoftmaxCrossEntropy -> "cross-entropy"
        | Cost.BinaryCrossEntropy -> "binary-cross-entropy"
        | Cost.SquaredError -> "squared-error"

    /// Every cost, in the order of the documentation.
    let all: Cost list = [ Cost.SoftmaxCrossEntropy; Cost.BinaryCrossEntropy; Cost.SquaredError ]

    /// Reads a name; the error says what was expected.
    let parse (text: string) : Result<Cost, string> =
        Text.choose "loss" (all |> List.map (fun cost -> name cost, cost)) text
