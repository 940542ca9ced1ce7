using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Explain;

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
                "Found after every epoch, which is judged by the loss at it: refine, then calibrate (Berta et al. 2025).",
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
        var (temperature, least) = Temperature.fit([.. z.SelectMany(row => row)], labels, []);
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
