using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Maths;

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
            ["On weights only, never on biases, gamma or beta; at w = 0 the derivative is 0."]
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

/// <summary>The documentation of the layers that have no catalogue of their own, as data.</summary>
internal static class LayerNotes
{
    public static Note[] All { get; } =
    [
        new(
            "dense",
            "Every unit is a weighted sum of all features: the option --hidden.",
            ["z = x·wᵀ + b      x: rows x inputs, w: units x inputs", "gw = gzᵀ·x,  gb = Σ gz,  gx = gz·w"],
            "Rosenblatt 1958; its gradient: Rumelhart, Hinton and Williams 1986",
            [
                "Weights are units x inputs as in PyTorch; Keras's kernel is the transpose.",
                "Biases begin at 0, but for the initializer torch. Right in front of a batch norm there is none.",
            ]
        ),
        new(
            "periodic",
            "Numbers get learned waves beside them, so that a layer behind can bend at any value: --embedding periodic.",
            [
                "u = w·x + b      of each feature x that is a number, for each of its waves",
                "h = cos 2πu",
                "e = Σ v·h + c    for each of its mixtures; y = x, and behind it all e",
                "gv = Σ ge·h,  gc = Σ ge,  gu = -2π·sin 2πu · Σ v·ge",
                "gw = Σ gu·x,  gb = Σ gu,  gx = gy + Σ gu·w",
            ],
            "Gorishniy, Rubachev and Babenko 2022; with phases and the number kept: Holzmüller, Grinsztajn and Steinwart 2024",
            [
                "Beginning: w from N(0, 0.1²) in turns for each unit, b within half a turn, v and c within 1/√waves.",
                "16 waves and 3 mixtures a number: --embedding-waves, --embedding-mixtures, --embedding-scale.",
                "Tables of 2000 rows and more have them by default; categories stay as they are.",
                "Members of an ensemble have waves of their own.",
            ]
        ),
        new(
            "dropout",
            "Numbers are left out at random in training, the others made larger: --dropout, --input-dropout.",
            [
                "training: y = mask·x / (1 - rate), each mask 0 with probability rate, else 1",
                "gx = mask·gy / (1 - rate)",
                "inference: y = x",
            ],
            "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, in the inverted form",
            [
                "The rate is that of leaving out, as in PyTorch and Keras; the paper's p is that of keeping.",
                "A mask depends on seed, layer, step and place alone: the same for any number of threads.",
            ]
        ),
    ];
}

/// <summary>The page of batch normalisation: its formulas, its settings in every convention, a batch forward and backward.</summary>
internal static class BatchNormPage
{
    public static Page Of(Convention convention)
    {
        double[][] x =
        [
            [1, 2],
            [3, 5],
            [4, 9],
            [0, -2],
        ];
        double[][] gy =
        [
            [0.1, 0.5],
            [-0.2, 0],
            [0.3, -0.1],
            [0.4, 0.2],
        ];
        double[] gamma = [1.5, 0.5];
        var usual = Convention.settings(convention);
        var norm = new BatchNorm(usual.BatchNormEpsilon, usual.BatchNormDecay, usual.RunningVariance);
        var steps = Worked.At(norm, x, gamma, gy);
        var rows = Enumerable
            .Range(0, 8)
            .Select(place => (Row: place / 2, Column: place % 2))
            .Select(at =>
                (JsonNode?[])
                    [
                        at.Row,
                        at.Column,
                        x[at.Row][at.Column],
                        steps.Y[(2 * at.Row) + at.Column],
                        gy[at.Row][at.Column],
                        steps.Gx[(4 * at.Column) + at.Row],
                    ]
            );
        var sums = Enumerable
            .Range(0, 2)
            .Select(column =>
                (JsonNode?[])
                    [
                        column,
                        gamma[column],
                        steps.Ggamma[column],
                        steps.Gbeta[column],
                        steps.Running[column],
                        steps.Running[2 + column],
                    ]
            );
        return new(
            "batch-norm",
            BatchNormNotes.Note,
            [
                ByConvention.Grid([
                    ByConvention.Row("epsilon", one => Convention.settings(one).BatchNormEpsilon),
                    ByConvention.Row("decay", one => Convention.settings(one).BatchNormDecay),
                    ByConvention.Row(
                        "variance",
                        one => $"{Convention.settings(one).RunningVariance}".ToLowerInvariant()
                    ),
                ]),
                new(
                    $"four rows of two features, forward and backward ({ByConvention.Named(convention)})",
                    ["row", "feature", "x", "y", "gy", "gx"],
                    [.. rows]
                ),
                new(
                    "its parameters, their derivatives, and the running statistics after this first step",
                    ["feature", "gamma", "ggamma", "gbeta", "mean", "variance"],
                    [.. sums]
                ),
            ]
        );
    }
}

/// <summary>The documentation of batch normalisation, as data.</summary>
internal static class BatchNormNotes
{
    public static Note Note { get; } =
        new(
            "batch-norm",
            "Each feature brought to mean 0 and variance 1 over the batch, then scaled and shifted by what is learned.",
            [
                "x̂ = (x - mean) / √(variance + ε)      variance of the batch, divided by n",
                "y = γ·x̂ + β",
                "running = decay·running + (1 - decay)·batch      in the place of the batch at inference",
                "gβ = Σ gy,  gγ = Σ gy·x̂",
                "gx = γ / (n·√(variance + ε)) · (n·gy - gβ - x̂·gγ)",
            ],
            "Ioffe and Szegedy 2015, Batch Normalization",
            [
                "Keras calls decay its momentum (0.99); PyTorch calls 1 - decay its momentum (0.1).",
                "ε is 1e-5 in PyTorch and Flax, 1e-3 in Keras.",
                "The variance kept: PyTorch n/(n-1) times the batch's, Keras 3 the batch's, Keras 2 n/(n-1-ε) times it.",
                "With a decay of 0.99 and few steps the running statistics are still near 0 and 1: a model that trains "
                    + "well and validates badly.",
                "A bias in front of it would be taken away again, so there is none.",
            ]
        );
}
