using System.Text.Json.Nodes;

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
