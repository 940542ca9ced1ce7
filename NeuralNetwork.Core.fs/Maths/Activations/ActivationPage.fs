namespace NeuralNetwork.Maths

/// All that is known of an activation besides its formula.
type internal ActivationPage =
    {
        /// The numbers behind its name.
        Parameters: Parameter list
        /// What a reader wants to know; its name is that of the activation.
        Note: FormulaNote
    }

/// What every activation says of itself.
type internal IActivationPage =
    /// All that is known of it besides its formula.
    abstract Page: ActivationPage
    /// Where the first or the second derivative jumps.
    abstract Kinks: float list
    /// Whether f' is known from y = f(x) alone, so that y may take the place of x in memory.
    abstract IsFromOutput: bool

/// An activation as formulas on lanes.
type internal IActivation<'T> =
    inherit IActivationPage
    /// y = f(x)
    abstract Value: x: Lane<'T> -> Lane<'T>
    /// f'(x), from x or from y = f(x), whichever is cheaper
    abstract Derivative: x: Lane<'T> * y: Lane<'T> -> Lane<'T>

/// Does something with an activation's formula whose type the compiler knows, so that loops are specialised to it.
type internal IActivationVisitor<'T, 'Result> =
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> : formula: 'Formula -> 'Result
