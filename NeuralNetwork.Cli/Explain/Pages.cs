using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Explain;

/// <summary>The pages of the documentation: notes with the defaults of a convention and an example by the engine.</summary>
internal static class Pages
{
    /// <summary>The steps of a warm-up that was asked for without any.</summary>
    public const int WarmupShown = 100;

    /// <summary>The name of the warm-up, which goes in front of any schedule.</summary>
    public static string Warmup { get; } = Schedule.notes[^1].Name;

    public static Page OfActivation(Layer chosen)
    {
        var note = Unswitched(Note.Of(Layer.note(chosen)!.Value));
        return new("activation", note, [chosen.IsSoftmax ? Softmax() : Elementwise(chosen)]);
    }

    private static Grid Elementwise(Layer chosen)
    {
        var rows = new[] { -10.0, -3, -1, -0.5, 0, 0.5, 1, 3, 10 }.Select(x =>
        {
            var (value, derivative) = Worked.At(chosen, x);
            return (JsonNode?[])[x, value, derivative + 0.0];
        });
        return new("computed by the engine", ["x", "f(x)", "f'(x)"], [.. rows]);
    }

    private static Grid Softmax()
    {
        double[] z = [2, -1, 0.5];
        var (p, derivatives) = Worked.Softmax(z);
        var rows = z.Select((number, index) => (JsonNode?[])[number, p[index], derivatives[index]]);
        return new("a row of three, computed by the engine", ["z", "p", "∂p₁/∂z"], [.. rows]);
    }

    public static Page OfLoss(Loss chosen)
    {
        double[] z = [2, -1, 0.5];
        double[] t = Loss.output(chosen) is { IsLinear: true } && !chosen.IsHinge ? [1.5, -3, 0.5] : [1, 0, 0];
        var (loss, derivatives) = Worked.At(chosen, z, t);
        var rows = z.Select((output, index) => (JsonNode?[])[output, t[index], derivatives[index]]);
        return new(
            "loss",
            Unswitched(Note.Of(Loss.note(chosen))),
            [new($"a row of three outputs, loss {loss:g9}", ["z", "t", "∂L/∂z"], [.. rows])]
        );
    }

    /// <summary>An initializer by the name that was asked for, in the form that the convention gives it.</summary>
    public static Page OfInitializer(string text, Initializer chosen, Convention convention, ulong seed)
    {
        Initializer In(Convention one) => Convention.initializer(one, chosen);
        var meant = In(convention);
        var name = meant.Equals(chosen) ? text : Initializer.name(meant);
        var note = Note.Of(Initializer.note(name)) with { Name = text };
        const int inputs = 784;
        const int units = 512;
        var network = NetworkModule.input(inputs).Dense(units, NeuralNetwork.Activation.Identity, meant);
        var weights = Parameters.initialize<double>(seed, network).Values.AsSpan(0, inputs * units).ToArray();
        // From the first weight on: the mean of equal ones is then that one, to the bit.
        var mean = weights[0] + weights.Average(weight => weight - weights[0]);
        JsonNode?[][] facts =
        [
            ["deviation by the formula", Initializer.deviation(inputs, units, meant)],
            ["deviation of these weights", Math.Sqrt(weights.Average(weight => (weight - mean) * (weight - mean)))],
            ["least", weights.Min()],
            ["greatest", weights.Max()],
            .. weights.Take(4).Select((weight, index) => (JsonNode?[])[$"weight {index}", weight]),
        ];
        return new(
            "initializer",
            note,
            [
                ByConvention.Grid([ByConvention.Row("means", one => Initializer.name(In(one)))]),
                new(
                    $"a layer of {inputs} inputs and {units} units, seed {seed} ({ByConvention.Named(convention)})",
                    ["of the weights", "value"],
                    facts
                ),
            ]
        );
    }

    /// <summary>What `auto` takes for every activation.</summary>
    public static Page Automatic(Convention convention) =>
        new(
            "initializer",
            Note.Of(Initializer.automaticNote),
            [
                new(
                    $"the initializer of a layer, by the activation behind it ({ByConvention.Named(convention)})",
                    ["activation", "initializer"],
                    [
                        .. Layer.activations.Select(one =>
                            (JsonNode?[])
                                [
                                    Layer.name(one),
                                    Initializer.name(Convention.initializer(convention, Layer.initializer(one))),
                                ]
                        ),
                    ]
                ),
            ]
        );

    public static Page OfSchedule(string text)
    {
        const int steps = 1000;
        var isWarmup = text.StartsWith(Warmup, StringComparison.Ordinal);
        var schedule = isWarmup
            ? NeuralNetwork.Schedule.NewWarmup(
                Read.Count(text.Split(':')[1]).ResultValue,
                NeuralNetwork.Schedule.NewConstant(0.1)
            )
            : Schedule.parse(0.1, steps, text).ResultValue;
        var parameters = Schedule.parameters(schedule).Select(pair => (JsonNode?[])[pair.Item1, Parameter(pair)]);
        // Epochs of 20 steps; the loss stops falling after the third.
        double[] Losses(int step) =>
            [.. Enumerable.Range(1, (step - 1) / 20).Select(epoch => 1.0 / Math.Min(epoch, 3))];
        var rates = new[] { 1, 10, 100, 250, 500, 750, 1000 }.Select(step =>
            (JsonNode?[])[step, Schedule.given(Losses(step), step, schedule)]
        );
        var title = schedule.IsOnPlateau ? ", epochs of 20, no progress after the third" : "";
        return new(
            "schedule",
            Unswitched(Lettered(Note.Of(Schedule.note(schedule)))),
            [
                .. schedule.IsConstant ? [] : new[] { new Grid("parameters", ["name", "value"], [.. parameters]) },
                new($"the rate 0.1 over {steps} steps{title}", ["step", "rate"], [.. rates]),
            ]
        );
    }

    private static JsonNode Parameter(Tuple<string, double> pair) =>
        pair.Item1 == "relative" ? pair.Item2 == 1 : pair.Item2;

    private static Note Lettered(Note note) =>
        note.Formula.Any(line =>
            line.Contains("s/", StringComparison.Ordinal) || line.Contains("(s ", StringComparison.Ordinal)
        )
            ? note with
            {
                Formula = [.. note.Formula, Schedule.Letters],
            }
            : note;

    /// <summary>A note on what no convention switches.</summary>
    private static Note Unswitched(Note note) =>
        note with
        {
            Differences =
            [
                .. note.Differences,
                "The same under every --convention: what differs is asked for by name.",
            ],
        };

    /// <summary>A page of words and formulas alone.</summary>
    public static Page Plain(string kind, Note note) => new(kind, note, []);
}
