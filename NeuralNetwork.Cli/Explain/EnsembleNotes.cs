using NeuralNetwork.Cli.Runs;

namespace NeuralNetwork.Cli.Explain;

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
