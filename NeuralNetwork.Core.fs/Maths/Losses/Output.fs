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
