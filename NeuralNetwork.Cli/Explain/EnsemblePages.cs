using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Options;
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
            "Every row is held out from one member, which is then measured by it: the option --validation folds.",
            [
                "weight of row i for member k = 0 where i is in fold k, else wᵢ·K / (K - 1)",
                "validation: row i as the member of its fold predicts it, y_i = f(z_fold(i))",
            ],
            "Krogh and Vedelsby 1994, Neural Network Ensembles, Cross Validation, and Active Learning",
            [
                "No row need be set aside: each is learned from by all members but one, and measured by that one.",
                "The score is that of single members, and a little more severe than their mean deserves.",
                "Batch norms see the features of held-out rows, never their targets.",
            ]
        );

    public static Note[] All { get; } = [Members, Folds];
}

/// <summary>The page of calibrated probabilities: their formula, and a temperature found on a few rows.</summary>
internal static class TemperaturePage
{
    public static Note Note { get; } =
        new(
            "temperature",
            "All logits divided by one number, such that a model is as sure as it is right: the option --calibrate.",
            [
                "p = softmax(z / T)      of one output: σ(z / T)",
                "β = 1 / T",
                "L(β)  = Σ w·(log Σⱼ exp(β·zⱼ) - β·z_c) / n      over rows to validate with, c the class of each",
                "L'(β) = Σ w·(Σⱼ pⱼ·zⱼ - z_c) / n",
                "L\"(β) = Σ w·(Σⱼ pⱼ·zⱼ² - (Σⱼ pⱼ·zⱼ)²) / n ≥ 0",
                "β -= L'(β) / L\"(β)      Newton's steps, halved into a bracket where they leave it",
            ],
            "Guo, Pleiss, Sun and Weinberger 2017, On Calibration of Modern Neural Networks",
            [
                "T > 1 makes every answer less sure, T < 1 surer; classes and accuracy stay as they are.",
                "Found after every epoch, which is evaluated by the loss at it: refine, then calibrate (Berta et al. 2025).",
                "The last dense layer is divided by T, so that the model file and all exports have it.",
                "Where every row is right, or every row wrong, there is no least loss: T stays between 1/8 and 16.",
                "Only with softmax or binary cross-entropy without label smoothing, and rows to validate with.",
            ]
        );

    public static Page Page()
    {
        double[][] z =
        [
            [6, 0, 0],
            [0, 5, 1],
            [4, 0, 3],
            [1, 0, 5],
        ];
        int[] labels = [0, 1, 1, 2];
        var (temperature, least) = Metrics.temperature([.. z.SelectMany(row => row)], labels, []);
        double[] At(int row, double t) => Array.ConvertAll(z[row], number => number / t);
        double LossOf(int row, double t) =>
            Worked
                .At(Loss.SoftmaxCrossEntropy, At(row, t), [.. z[row].Select((_, j) => j == labels[row] ? 1.0 : 0.0)])
                .Loss;
        double P(int row, double t) => Worked.Softmax(At(row, t)).P.Max();
        var rows = z.Select(
            (logits, row) =>
                (JsonNode?[])
                    [
                        string.Join(' ', logits),
                        labels[row],
                        Array.IndexOf(logits, logits.Max()),
                        P(row, 1),
                        P(row, temperature),
                    ]
        );
        var tried = new[] { 0.5, 1, 2, temperature, 4, 8 }.Order();
        return new(
            "temperature",
            Note,
            [
                new(
                    $"four rows, three of them right: T = {temperature:g9}",
                    ["z", "class", "predicted", "p of it at T = 1", "at T"],
                    [.. rows]
                ),
                new(
                    $"the loss at temperatures, the least of all is {least:g9}",
                    ["T", "loss", "p of the predicted, mean"],
                    [
                        .. tried.Select(t =>
                            (JsonNode?[])
                                [
                                    t,
                                    labels.Index().Average(one => LossOf(one.Index, t)),
                                    z.Index().Average(one => P(one.Index, t)),
                                ]
                        ),
                    ]
                ),
            ]
        );
    }
}
