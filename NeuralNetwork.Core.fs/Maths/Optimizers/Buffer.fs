namespace NeuralNetwork.Maths

// A momentum buffer and the learning rate. Outside, m sums gradients and α·m is subtracted (PyTorch, optax); inside, m sums
// α·gradients and is subtracted (Keras). The same path while the rate is constant, another after every change of it.

/// What gradients are multiplied with on their way into the buffer, and what the buffer is on its way out.
[<Struct; RequireQualifiedAccess>]
type internal Rates =
    { Inside: float
      Outside: float }

    static member Of(inBuffer: bool, rate: float) : Rates =
        if inBuffer then { Inside = rate; Outside = 1.0 } else { Inside = 1.0; Outside = rate }

module internal Buffer =

    /// µ, the share of the buffer that is kept: Sutskever, Martens, Dahl and Hinton 2013, and every framework's tutorial.
    [<Literal>]
    let Momentum = 0.9

    /// Whether the rate is in the buffer.
    [<Literal>]
    let RateInBuffer = false

    /// The same by convention: Keras has it there.
    let rateInBuffer (convention: Convention) : bool = Convention.pick convention RateInBuffer true true RateInBuffer

    /// A buffer that sums directions, in words: its line, and the step.
    let lines (inBuffer: bool) (direction: string) : string list =
        if inBuffer then
            [ $"m = µ·m + α·{direction}"; "w -= m" ]
        else
            [ $"m = µ·m + {direction}"; "w -= α·m" ]
