namespace NeuralNetwork.Maths

open System
open NeuralNetwork

/// All that is known of a loss besides its formula.
type internal LossPage =
    {
        /// The numbers behind its name.
        Parameters: Parameter list
        /// The output function that belongs to it.
        Output: Output
        /// The prediction of a single output above which it stands for the second of two classes, whose targets are 0 and 1.
        Boundary: float
        /// Whether predictions tell classes apart even if these have no names: probabilities and margins do, values do not.
        IsOfClasses: bool
        /// What a reader wants to know; its name is that of the loss.
        Note: FormulaNote
    }

/// What every loss says of itself.
type internal ILossPage =
    /// All that is known of it besides its formula.
    abstract Page: LossPage
    /// Where, as a function of an output z with target t, the first or the second derivative jumps.
    abstract Kinks: t: float -> float list

/// A loss that is a mean over outputs, as formulas on lanes.
type internal ILoss<'T> =
    inherit ILossPage
    /// The loss of one output.
    abstract Value: z: Lane<'T> * t: Lane<'T> -> Lane<'T>
    /// Its derivative with respect to z.
    abstract Derivative: z: Lane<'T> * t: Lane<'T> -> Lane<'T>

/// A loss that couples the outputs of a row, as formulas on lanes and on the sums of a row. m is the greatest z of the row.
type internal IRowLoss<'T> =
    inherit ILossPage
    /// The mass of an output, summed over the row.
    abstract Mass: m: Lane<'T> * z: Lane<'T> -> Lane<'T>
    /// What an output adds to the loss besides what it adds to the mass, summed over the row.
    abstract Gap: m: Lane<'T> * z: Lane<'T> * t: Lane<'T> -> Lane<'T>
    /// The loss of the row, from the sums of masses, targets and gaps.
    abstract Value: masses: float * targets: float * gaps: float -> float
    /// What the derivative multiplies each mass with.
    abstract Factor: masses: float * targets: float -> float
    /// The derivative of the loss with respect to z.
    abstract Derivative: m: Lane<'T> * factor: Lane<'T> * z: Lane<'T> * t: Lane<'T> -> Lane<'T>

/// Does something with the formula of a loss whose type the compiler knows, so that loops are specialised to it.
type internal ILossVisitor<'T, 'Result> =
    /// For a loss that is a mean over outputs.
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> ILoss<'T>> : formula: 'Formula -> 'Result

    /// For a loss that couples the outputs of a row: its formula for so many outputs.
    abstract VisitRow<'Formula when 'Formula: struct and 'Formula :> IRowLoss<'T>> :
        ofOutputs: Func<int, 'Formula> -> 'Result
