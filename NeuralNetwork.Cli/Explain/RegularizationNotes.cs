using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Explain;

/// <summary>The documentation of penalties and limits, as data. Each is an option of its name.</summary>
internal static class RegularizationNotes
{
    private const string Pascanu = "Pascanu, Mikolov and Bengio 2013, On the Difficulty of Training Recurrent Networks";

    public static Note[] All { get; } =
    [
        new(
            "l1",
            "Adds the sizes of the weights to the loss: many become 0.",
            ["L += λ·Σ|w|", "gw += λ·sign w"],
            "Tibshirani 1996, Regression Shrinkage and Selection via the Lasso",
            ["On weights only, never on biases, gamma or beta; at w = 0 the slope is 0."]
        ),
        new(
            "l2",
            "Adds the squares of the weights to the loss: all become smaller.",
            ["L += λ/2·Σw²", "gw += λ·w"],
            "Hoerl and Kennard 1970, Ridge Regression",
            [
                "Keras's L2(c) is c·Σw²: λ = 2c here. PyTorch's weight_decay is λ, on biases as well.",
                "With Adam and its relatives it is not weight decay: its gradient goes through the denominator.",
            ]
        ),
        new(
            "weight-decay",
            "Takes a share of the weights away beside the step.",
            ["w -= α·λ·w before each step"],
            "Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization",
            ["With sgd the same as l2. PyTorch's option of this name is l2 everywhere but in AdamW."]
        ),
        new(
            "clip-norm",
            "Scales each tensor's gradient down to a norm.",
            ["g *= min(1, limit / ‖g‖)      for each tensor"],
            Pascanu,
            ["Keras's clipnorm. PyTorch's clip_grad_norm_ is clip-global-norm."]
        ),
        new(
            "clip-global-norm",
            "Scales the whole gradient down to a norm, its direction kept.",
            ["g *= min(1, limit / ‖g‖)      over all tensors"],
            Pascanu,
            [
                "PyTorch's clip_grad_norm_ (which adds 1e-6 to the norm), Keras's global_clipnorm, optax's clip_by_global_norm.",
            ]
        ),
        new(
            "clip-value",
            "Cuts every number of the gradient.",
            ["g = min(max(g, -limit), limit)"],
            "Mikolov 2012, Statistical Language Models Based on Neural Networks",
            ["The same everywhere: clip_grad_value_, clipvalue, clip."]
        ),
        new(
            "max-norm",
            "Scales the weights into a unit down to a norm after every step.",
            ["w *= min(1, limit / ‖w‖)      for each row of w"],
            "Srebro and Shraibman 2005; with dropout: Srivastava et al. 2014",
            ["Keras's MaxNorm with axis 0 of its transposed kernel."]
        ),
        new(
            "label-smoothing",
            "Spreads a share of each target over all classes.",
            ["t' = (1 - s)·t + s/K"],
            "Szegedy et al. 2015, Rethinking the Inception Architecture",
            ["The same in PyTorch and Keras. It is part of the loss, in validation as well."]
        ),
    ];
}
