namespace NeuralNetwork.Maths

/// The function that turns z into what a user reads as the prediction.
[<RequireQualifiedAccess>]
type Output =
    /// z itself
    | Linear
    /// 1 / (1 + e⁻ᶻ): a probability for each output
    | Sigmoid
    /// eᶻ over their sum: probabilities that sum up to 1
    | Softmax
    /// eᶻ: a rate
    | Exponential

    /// One word: linear, sigmoid, softmax, exponential.
    override output.ToString() =
        match output with
        | Output.Linear -> "linear"
        | Output.Sigmoid -> "sigmoid"
        | Output.Softmax -> "softmax"
        | Output.Exponential -> "exponential"

    /// The prediction of one number z by itself, in double precision; NaN of a softmax, which depends on the others of its row.
    member internal output.Of(z: float) : float =
        // In plain arithmetic: the sigmoid on lanes carries low parts, and may have another last bit.
        match output with
        | Output.Linear -> z
        | Output.Sigmoid -> 1.0 / (1.0 + Scalar.exp -z)
        | Output.Softmax -> nan
        | Output.Exponential -> Scalar.exp z
