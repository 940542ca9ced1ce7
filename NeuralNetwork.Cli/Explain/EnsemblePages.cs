using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Runs;

namespace NeuralNetwork.Cli.Explain;

/// <summary>The pages of ensembles: what two members say of a row and their mean, and who learns from which rows.</summary>
internal static class EnsemblePages
{
    public static Page Of(Note note) =>
        new("ensemble", note, note == EnsembleNotes.Members ? TwoMembers() : [ThreeFolds()]);

    private static Grid[] TwoMembers()
    {
        double[] first = [4, 0, 0];
        double[] second = [0, 1, 0];
        double[] t = [0, 1, 0];
        var mean = Worked.Mean(first, second);
        var z = Array.ConvertAll(mean, Math.Log);
        var (p, q) = (Worked.Softmax(first).P, Worked.Softmax(second).P);
        double LossOf(double[] row) => Worked.At(Loss.SoftmaxCrossEntropy, row, t).Loss;
        var rows = mean.Select(
            (y, place) => (JsonNode?[])[t[place], first[place], second[place], p[place], q[place], y, z[place]]
        );
        return
        [
            new(
                "a row of three classes, as two members and their mean see it, computed by the engine",
                ["t", "z_1", "z_2", "softmax(z_1)", "softmax(z_2)", "y", "z = log y"],
                [.. rows]
            ),
            new(
                "its losses",
                ["of", "loss"],
                [
                    ["member 1", LossOf(first)],
                    ["member 2", LossOf(second)],
                    ["the two, in the mean", (LossOf(first) + LossOf(second)) / 2],
                    ["their mean y", LossOf(z)],
                ]
            ),
        ];
    }

    private static Grid ThreeFolds()
    {
        double[] t = [1, 2, 6];
        var (biases, loss) = Worked.HeldOut(t);
        var rows = t.Select(
            (value, fold) =>
                (JsonNode?[])
                    [
                        fold,
                        value,
                        .. biases.Select(
                            (_, member) => (JsonNode?)(member == fold ? 0.0 : biases.Length / (biases.Length - 1.0))
                        ),
                        biases[fold],
                        (biases[fold] - value) * (biases[fold] - value),
                    ]
        );
        return new(
            "three members that are a bias each, b = 0, after one step of mean squared error at the rate 1/2: each is the "
                + $"mean of the t it learns from; held-out loss {loss:g9}",
            ["fold", "t", "weight for member 0", "1", "2", "y, held out", "(y - t)²"],
            [.. rows]
        );
    }
}

/// <summary>The documentation of networks side by side, as data.</summary>
internal static class EnsembleNotes
{
    public static Note Members { get; } =
        new(
            "members",
            "K networks with parameters of their own, trained at once, which predict as one: the option --members.",
            [
                "L = Σ_k [ 1/n · Σᵢ wᵢ·Lᵢ(z_k) + penalty(w_k) ]      each learns as it would alone",
                "y = 1/K · Σ_k f(z_k)      the mean of probabilities, values or rates",
                "z = log 1/K·Σ_k softmax(z_k)      softmax(z) = y, so that all behind it works as ever",
                "-log y ≤ -1/K · Σ_k log y_k      in the class of the row, by Jensen",
            ],
            "Breiman 1996, Bagging Predictors; Lakshminarayanan, Pritzel and Blundell 2017, Deep Ensembles",
            [
                "The first member begins as the network by itself with the same seed, the others from streams of their own.",
                "What is averaged is what members predict, not their z: one that is very sure does not outvote the others.",
                "Losses in training are the mean over the members, as a network by itself would have them.",
            ]
        );

    public static Note Folds { get; } =
        new(
            "folds",
            "Every row is held out from one member, which is then judged by it: the option --validation folds.",
            [
                "weight of row i for member k = 0 where i is in fold k, else wᵢ·K / (K - 1)",
                "validation: row i as the member of its fold predicts it, y_i = f(z_fold(i))",
            ],
            "Krogh and Vedelsby 1994, Neural Network Ensembles, Cross Validation, and Active Learning",
            [
                "No row need be set aside: each is learned from by all members but one, and judged by that one.",
                "The score is that of single members, and a little more severe than their mean deserves.",
                "Batch norms see the features of held-out rows, never their targets.",
            ]
        );

    public static Note[] All { get; } = [Members, Folds];
}
