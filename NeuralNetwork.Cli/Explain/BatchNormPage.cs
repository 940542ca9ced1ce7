using System.Text.Json.Nodes;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Explain;

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
