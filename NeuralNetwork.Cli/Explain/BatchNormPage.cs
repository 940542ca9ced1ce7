using System.Text.Json.Nodes;

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
        var usual = ConventionModule.settings(convention);
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
                    ByConvention.Row("epsilon", one => ConventionModule.settings(one).BatchNormEpsilon),
                    ByConvention.Row("decay", one => ConventionModule.settings(one).BatchNormDecay),
                    ByConvention.Row(
                        "variance",
                        one => $"{ConventionModule.settings(one).RunningVariance}".ToLowerInvariant()
                    ),
                ]),
                new(
                    $"four rows of two features, forward and backward ({ByConvention.Named(convention)})",
                    ["row", "feature", "x", "y", "gy", "gx"],
                    [.. rows]
                ),
                new(
                    "its parameters, their slopes, and the running statistics after this first step",
                    ["feature", "gamma", "ggamma", "gbeta", "mean", "variance"],
                    [.. sums]
                ),
            ]
        );
    }
}
