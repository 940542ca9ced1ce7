using System.CommandLine;
using System.Text.Json.Nodes;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>nn evaluate MODEL DATA: how good a model is, as a whole and class by class.</summary>
internal static class EvaluateCommand
{
    public static void Fill(Command command, Screen screen)
    {
        var use = new UseSettings(command);
        command.SetAction(result => Run(use, result, screen));
    }

    private static int Run(UseSettings use, ParseResult result, Screen screen)
    {
        var used = use.Open(result, screen);
        using var machine = used.Machine;
        return used.Model switch
        {
            AnyModel.Single single => Report(used, single.Item, screen),
            AnyModel.Double twice => Report(used, twice.Item, screen),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
    }

    private static int Report<T>(Used used, Model<T> model, Screen screen)
        where T : struct
    {
        var data = ModelSource.Suit(model, used.Source.Name, used.Sample);
        var score = Fit.evaluate(used.Machine, model, data);
        var labels = ModelSource.LabelsOf(model);
        var classes = Metrics.classes(
            labels.Length,
            used.Sample.Labels,
            Metrics.predictedClasses(model.Network.Outputs, Fit.predict(used.Machine, model, data))
        );
        if (screen.Json)
            screen.Print(Json.Text(Document(used, score, labels, classes)));
        else
            foreach (var line in Lines(used, score, labels, classes))
                screen.Print(line);
        return Exit.Done;
    }

    private static IEnumerable<string> Lines(Used used, Score score, string[] labels, ClassReport classes)
    {
        yield return $"accuracy  {score.Accuracy:P2}  ({used.Sample.Rows} rows of {used.Source.Name})";
        yield return $"loss      {score.Loss:0.0000}";
        yield return "";
        var scores = classes.PerClass.Select(
            (one, index) =>
                new[] { labels[index], $"{one.Precision:P2}", $"{one.Recall:P2}", $"{one.F1:P2}", $"{one.Support}" }
        );
        foreach (var line in Screen.Table(["class", "precision", "recall", "F1", "rows"], scores))
            yield return line;
        if (labels.Length > 20)
            yield break;
        yield return "";
        var counts = classes.Confusion.Select(
            (row, index) => (string[])[labels[index], .. row.Select(count => $"{count}")]
        );
        foreach (var line in Screen.Table(["true \\ predicted", .. labels], counts))
            yield return line;
    }

    private static JsonObject Document(Used used, Score score, string[] labels, ClassReport classes) =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = used.Source.Name,
            ["rows"] = used.Sample.Rows,
            ["loss"] = Json.Number(score.Loss),
            ["accuracy"] = Json.Number(score.Accuracy),
            ["per_class"] = new JsonArray([
                .. classes.PerClass.Select(
                    (one, index) =>
                        new JsonObject
                        {
                            ["label"] = labels[index],
                            ["precision"] = Json.Number(one.Precision),
                            ["recall"] = Json.Number(one.Recall),
                            ["f1"] = Json.Number(one.F1),
                            ["support"] = one.Support,
                        }
                ),
            ]),
            ["confusion_matrix"] = Json.Array(classes.Confusion, row => Json.Array(row, count => count)),
        };
}
