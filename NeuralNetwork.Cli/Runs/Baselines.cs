using System.Text.Json.Nodes;
using NeuralNetwork.Analysis;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>How something does on the rows that a run is measured on: on those of training only where there are no others.</summary>
internal sealed record Measured(Score? Train, Score? Validation, Score? Test)
{
    public static Measured Of<T>(TrainReport run, Model<T> model)
        where T : struct
    {
        Score? On(Dataset? rows) => rows is null ? null : Fit.evaluate(run.Machine, model, rows);
        var data = run.Data;
        return new(!data.IsValidated && data.Test is null ? On(data.Train) : null, On(data.Validation), On(data.Test));
    }

    /// <summary>
    /// The same where members leave rows out: a model for each part of the rows, of all the others, says what it makes of that
    /// part.
    /// </summary>
    public static Measured Held<T>(TrainReport run, Model<T> like, Func<Dataset, Model<T>?> fit)
        where T : struct
    {
        var train = run.Data.Train;
        var all = fit(train)!;
        var parts = new List<(int Rows, Score Score)>();
        foreach (var fold in train.Folds.Distinct().Order())
        {
            int[] own = [.. Enumerable.Range(0, train.Rows).Where(row => train.Folds[row] == fold)];
            int[] others = [.. Enumerable.Range(0, train.Rows).Where(row => train.Folds[row] != fold)];
            if (others.Length > 0)
            {
                var model = fit(TakenRows.Take(train, others)) ?? all;
                parts.Add((own.Length, Fit.evaluate(run.Machine, model, TakenRows.Take(train, own))));
            }
        }
        double Mean(Func<Score, double> of) => parts.Sum(part => part.Rows * of(part.Score)) / train.Rows;
        var squares = Mean(score => score.RMSE * score.RMSE);
        var spread = Fit.evaluate(run.Machine, Baseline.constant(like, train), train.WithFolds([])).RMSE;
        var held = new Score(
            Mean(score => score.Loss),
            Mean(score => score.Accuracy),
            1 - (squares / (spread * spread)),
            Math.Sqrt(squares)
        );
        return Of(run, all) with { Validation = held };
    }

    public JsonObject Document() =>
        new()
        {
            ["train"] = Train is { } train ? Json.Score(train) : null,
            ["validation"] = Validation is { } validation ? Json.Score(validation) : null,
            ["test"] = Test is { } test ? Json.Score(test) : null,
        };
}

/// <summary>What a model has to beat.</summary>
/// <param name="Answer">The class that most training rows are of, or the means of the values.</param>
/// <param name="Constant">The same answer for every row: the shares of the classes, or the means.</param>
/// <param name="Linear">A linear model; null where that would take long.</param>
/// <param name="LinearRows">How many of the training rows it was fitted to.</param>
internal sealed record Baselines(JsonNode Answer, string Called, Measured Constant, Measured? Linear, int LinearRows)
{
    /// <summary>Whether values are compared by the loss: a quantile is not to be near the mean.</summary>
    private bool IsOfQuantile { get; init; }

    private const string Line = "linear model";

    // Below this a difference may be that of other rows.
    private const double Clear = 1.02;

    public static Baselines Of<T>(TrainReport run, Model<T> best)
        where T : struct
    {
        var train = run.Data.Train;
        var (answer, called) = AnswerOf(run.Data, best.Network.Loss);
        var linear = Baseline.tryLinear(best, train);
        var isHeld = run.Data.Validation is null && train.Folds.Length > 0;
        Measured Of(Model<T> model, Func<Dataset, Model<T>?> fit) =>
            isHeld ? Measured.Held(run, best, fit) : Measured.Of(run, model);
        return new(
            answer,
            called,
            Of(Baseline.constant(best, train), rows => Baseline.constant(best, rows)),
            linear is null ? null : Of(linear.Value, rows => Baseline.tryLinear(best, rows)?.Value),
            linear is null ? 0 : Baseline.linearRows(best.Network, train)
        )
        {
            IsOfQuantile = best.Network.Loss.IsQuantile,
        };
    }

    private static (JsonNode Answer, string Called) AnswerOf(TrainingData data, Loss loss)
    {
        if (data.Train.Targets is Targets.Labels labels)
        {
            var most = labels.Labels.CountBy(label => label).OrderBy(one => one.Key).MaxBy(one => one.Value).Key;
            var name = data.Labels.Length > 0 ? data.Labels[most] : $"{most}";
            return (name, $"always {Failure.Quote(Svg.Cut(name, 24))}");
        }
        var values = (Targets.Values)data.Train.Targets;
        var answers = Enumerable
            .Range(0, values.Cols)
            .Select(output => Column(values.Values, values.Cols, output))
            .Select(column => loss is Loss.Quantile of ? Baseline.quantile(of.Tau, column) : column.Average())
            .ToArray();
        return answers is [var answer]
            ? (JsonValue.Create(answer), $"always {Numeral.InUnits(answer)}")
            : (Json.Array(answers, one => Json.Number(one)), $"always the {(loss.IsQuantile ? "quantiles" : "means")}");
    }

    private static double[] Column(NumberArray values, int cols, int output) =>
        [.. Enumerable.Range(0, values.Length / cols).Select(row => values.At((row * cols) + output))];

    public JsonObject Document()
    {
        var (constant, linear) = (Constant.Document(), Linear?.Document());
        constant["answer"] = Answer.DeepClone();
        linear?.Add("rows", LinearRows);
        return new() { ["constant"] = constant, ["linear"] = linear };
    }

    /// <summary>Each of them by its name, with its score on a part of the rows.</summary>
    public IEnumerable<(string Name, Score Score)> On(Func<Measured, Score?> part)
    {
        if (part(Constant) is { } constant)
            yield return (Called, constant);
        if (Linear is { } line && part(line) is { } linear)
            yield return (Line, linear);
    }

    /// <summary>
    /// That the model is no better than guessing, or worse than something as simple; null where it is better than both, or nobody
    /// could tell.
    /// </summary>
    public string? Better(Func<Measured, Score?> part, Score model)
    {
        var ahead = On(part)
            .Where(one => one.Name == Line ? IsBetter(one.Score, model) : IsAsGood(one.Score, model))
            .Select(one =>
                one.Name == Line ? $"worse than a {Line}" : "no better than guessing (the same answer for every row)"
            )
            .ToArray();
        return ahead.Length == 0 ? null : string.Join(" and ", ahead);
    }

    // What orders rows well may have the accuracy of a guess, and one that is too sure its loss: with both it is no better.
    private bool IsAsGood(Score guess, Score model) =>
        IsOfQuantile ? model.Loss >= guess.Loss
        : double.IsNaN(model.Accuracy) ? model.RMSE >= guess.RMSE
        : model.Accuracy <= guess.Accuracy && model.Loss >= guess.Loss;

    private static bool IsBetter(Score baseline, Score model) =>
        double.IsNaN(model.Accuracy)
            ? model.RMSE > Clear * baseline.RMSE
            : model.Accuracy < baseline.Accuracy && model.Loss > baseline.Loss;
}

/// <summary>What takes the place of numbers that are missing, learned from the training rows alone.</summary>
internal static class MissingNumbers
{
    // So many bytes of columns are gone through at a time where rows stay in a file.
    private const long Room = 64 << 20;

    /// <summary>What missing numbers become, known from now on: in the columns, and for each feature.</summary>
    /// <param name="held">What becomes of a number where the rows are kept; as it is where nothing is said.</param>
    public static (Schema Schema, double[] Fills) Fills(
        Sample train,
        MissingCells missing,
        Func<double, double>? held = null
    )
    {
        var schema = train.Schema;
        var fills = new double[schema.Cols];
        if (missing is not (MissingCells.Mean or MissingCells.Median))
            return (schema, fills);
        (Column Column, int First)[] numbers =
        [
            .. schema.Columns.Placed().Where(one => one.Column is Column.Number or Column.Date),
        ];
        int[] features = [.. numbers.SelectMany(one => Enumerable.Range(one.First, one.Column.Features))];
        foreach (var (feature, middle) in features.Zip(Middles(train, features, missing == MissingCells.Mean)))
            fills[feature] = held?.Invoke(middle) ?? middle;
        foreach (var (column, first) in numbers)
            if (fills[first..(first + column.Features)].Any(double.IsNaN))
                throw Failure.BadInput(
                    $"{train.Path}: column {Failure.Quote(column.Title)}: every training row has it missing"
                        + $" (--ignore {ShellLine.Quoted(column.Title)} leaves it out)"
                );
        Column[] columns =
        [
            .. schema
                .Columns.Placed()
                .Select(one =>
                    one.Column switch
                    {
                        Column.Date date => Column.NewDate(
                            date.Name,
                            date.IsDayFirst,
                            date.HasTime,
                            fills[one.First..(one.First + date.Features)]
                        ),
                        Column.Number number => Column.NewNumber(number.Title, fills[one.First]),
                        var other => other,
                    }
                ),
        ];
        return (schema with { Columns = columns }, fills);
    }

    /// <summary>The mean or median of what is there of each of these features; NaN where nothing is.</summary>
    private static IEnumerable<double> Middles(Sample train, int[] features, bool isMean)
    {
        if (!train.Features.IsStored)
            return features.Select(feature => train.Features.Middle(train.Cols, feature, isMean));
        var most = (int)Math.Max(1, Room / (sizeof(double) * (long)train.Rows));
        return features
            .Chunk(most)
            .SelectMany(some => Middles(train, some).Select(there => there.Middle(1, 0, isMean)));
    }

    // One pass over the file.
    private static IEnumerable<NumberArray> Middles(Sample train, int[] features)
    {
        var there = Array.ConvertAll(features, _ => new List<double>(train.Rows));
        TableRows.Visit(
            train.Features,
            train.Cols,
            numbers =>
            {
                for (var place = 0; place < features.Length; place++)
                    if (!double.IsNaN(numbers[features[place]]))
                        there[place].Add(numbers[features[place]]);
            }
        );
        return there.Select(one => NumberArray.NewDoubles([.. one]));
    }
}
