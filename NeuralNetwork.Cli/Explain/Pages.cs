using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>The pages of the documentation: notes with the defaults of a convention and an example by the engine.</summary>
internal static class Pages
{
    private static readonly double[] Gradients = [0.1, -0.2];

    public static Page Optimizer(Optimizer chosen, Convention convention)
    {
        var note = OptimizerNotes.find(chosen);
        var name = OptimizerModule.name(chosen);
        Optimizer In(Convention one) => OptimizerModule.ofConvention(one, name).ResultValue;
        double RateIn(Convention one) => OptimizerModule.learningRate(one, chosen);

        var settings = OptimizerModule
            .settings(chosen)
            .Select(pair => pair.Item1)
            .Select(setting => Row(setting, one => Shown(OptimizerModule.settings(In(one)), setting)));
        var rate = RateIn(convention);
        var (rule, slots) = (In(convention), OptimizerModule.slots(In(convention)));
        var steps = Worked
            .Steps(rule, rate, Gradients)
            .Select((step, index) => (JsonNode?[])[index + 1, Gradients[index], step.Weight, .. step.Slots]);
        return new(
            "optimizer",
            new(
                name,
                note.Idea,
                [.. OptimizerFormula.lines(rule)],
                $"{note.Paper}. {note.Defaults}",
                [.. Absence(note, convention), .. note.Differences]
            ),
            [
                ByConvention([
                    Row("offered", one => note.OfferedBy.Contains(one) ? "yes" : "—, not offered"),
                    Row("learning-rate", one => RateIn(one)),
                    .. settings,
                ]),
                new(
                    $"the first steps of a weight of 1 at the rate {Text.number(rate)} ({Named(convention)})",
                    ["step", "gradient", "weight", .. slots],
                    [.. steps]
                ),
            ]
        );
    }

    /// <summary>What the numbers of a convention are where its framework has none.</summary>
    private static string[] Absence(OptimizerNote note, Convention convention) =>
        note.OfferedBy.Contains(convention)
            ? []
            : [$"{Named(convention)} has no {note.Name}: the settings are the paper's{Epsilon(note)}."];

    private static string Epsilon(OptimizerNote note) =>
        OptimizerModule.settings(OptimizerModule.parse(note.Name).ResultValue).Any(pair => pair.Item1 == "epsilon")
            ? ", with that framework's ε"
            : "";

    public static Page Activation(Layer chosen)
    {
        var note = Unswitched(Find(ActivationNotes.All, LayerModule.name(chosen)));
        return new("activation", note, [chosen.IsSoftmax ? Softmax() : Elementwise(chosen)]);
    }

    private static Grid Elementwise(Layer chosen)
    {
        var rows = new[] { -10.0, -3, -1, -0.5, 0, 0.5, 1, 3, 10 }.Select(x =>
        {
            var (value, slope) = Worked.At(chosen, x);
            return (JsonNode?[])[x, value, slope + 0.0];
        });
        return new("computed by the engine", ["x", "f(x)", "f'(x)"], [.. rows]);
    }

    private static Grid Softmax()
    {
        double[] z = [2, -1, 0.5];
        var (p, slopes) = Worked.Softmax(z);
        var rows = z.Select((number, index) => (JsonNode?[])[number, p[index], slopes[index]]);
        return new("a row of three, computed by the engine", ["z", "p", "∂p₁/∂z"], [.. rows]);
    }

    public static Page Cost(Cost chosen)
    {
        double[] z = [2, -1, 0.5];
        double[] t = CostModule.output(chosen) is { IsLinear: true } && !chosen.IsHinge ? [1.5, -3, 0.5] : [1, 0, 0];
        var (loss, slopes) = Worked.At(chosen, z, t);
        var rows = z.Select((output, index) => (JsonNode?[])[output, t[index], slopes[index]]);
        return new(
            "cost",
            Unswitched(Find(CostNotes.All, CostModule.name(chosen))),
            [new($"a row of three outputs, loss {loss:g9}", ["z", "t", "∂L/∂z"], [.. rows])]
        );
    }

    /// <summary>An initializer by the name that was asked for, in the form that the convention gives it.</summary>
    public static Page Initializer(string text, Initializer chosen, Convention convention, ulong seed)
    {
        Initializer In(Convention one) => ConventionModule.initializer(one, chosen);
        var meant = In(convention);
        var name = meant.Equals(chosen) ? text : InitializerModule.name(meant);
        var note = Find(InitializerNotes.All, name) with { Name = text };
        const int inputs = 784;
        const int units = 512;
        var network = NetworkModule.input(inputs).Dense(units, NeuralNetwork.Activation.Identity, meant);
        var weights = Parameters.initialize<double>(seed, network).Values.AsSpan(0, inputs * units).ToArray();
        // From the first weight on: the mean of equal ones is then that one, to the bit.
        var mean = weights[0] + weights.Average(weight => weight - weights[0]);
        JsonNode?[][] facts =
        [
            ["deviation by the formula", InitializerModule.deviation(inputs, units, meant)],
            ["deviation of these weights", Math.Sqrt(weights.Average(weight => (weight - mean) * (weight - mean)))],
            ["least", weights.Min()],
            ["greatest", weights.Max()],
            .. weights.Take(4).Select((weight, index) => (JsonNode?[])[$"weight {index}", weight]),
        ];
        return new(
            "initializer",
            note,
            [
                ByConvention([Row("means", one => InitializerModule.name(In(one)))]),
                new(
                    $"a layer of {inputs} inputs and {units} units, seed {seed} ({Named(convention)})",
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
            InitializerNotes.Automatic,
            [
                new(
                    $"the initializer of a layer, by the activation behind it ({Named(convention)})",
                    ["activation", "initializer"],
                    [
                        .. LayerModule.activations.Select(one =>
                            (JsonNode?[])
                                [
                                    LayerModule.name(one),
                                    InitializerModule.name(
                                        ConventionModule.initializer(convention, LayerModule.initializer(one))
                                    ),
                                ]
                        ),
                    ]
                ),
            ]
        );

    public static Page Schedule(string text)
    {
        const int steps = 1000;
        var isWarmup = text.StartsWith(ScheduleNotes.Warmup.Name, StringComparison.Ordinal);
        var schedule = isWarmup
            ? NeuralNetwork.Schedule.NewWarmup(
                Read.Count(text.Split(':')[1]).ResultValue,
                NeuralNetwork.Schedule.NewConstant(0.1)
            )
            : ScheduleModule.parse(0.1, steps, text).ResultValue;
        var parameters = ScheduleModule.parameters(schedule).Select(pair => (JsonNode?[])[pair.Item1, Parameter(pair)]);
        // Epochs of 20 steps; the loss stops falling after the third.
        double[] Losses(int step) =>
            [.. Enumerable.Range(1, (step - 1) / 20).Select(epoch => 1.0 / Math.Min(epoch, 3))];
        var rates = new[] { 1, 10, 100, 250, 500, 750, 1000 }.Select(step =>
            (JsonNode?[])[step, ScheduleModule.given(Losses(step), step, schedule)]
        );
        var title = schedule.IsOnPlateau ? ", epochs of 20, no progress after the third" : "";
        return new(
            "schedule",
            Unswitched(
                Lettered(isWarmup ? ScheduleNotes.Warmup : Find(ScheduleNotes.All, ScheduleModule.name(schedule)))
            ),
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
                Formula = [.. note.Formula, ScheduleNotes.Letters],
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

    public static Page BatchNorm(Convention convention)
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
                ByConvention([
                    Row("epsilon", one => ConventionModule.settings(one).BatchNormEpsilon),
                    Row("decay", one => ConventionModule.settings(one).BatchNormDecay),
                    Row("variance", one => $"{ConventionModule.settings(one).RunningVariance}".ToLowerInvariant()),
                ]),
                new(
                    $"four rows of two features, forward and backward ({Named(convention)})",
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

    /// <summary>The note of a name, whatever parameters stand behind its colon.</summary>
    private static Note Find(IEnumerable<Note> notes, string name)
    {
        static string Word(string text) => text.Split(':')[0];
        static string Family(string text) => Word(text).Split('-')[0];
        // Names with a number of the user's own, as in scaled-average-uniform:3, share a note.
        var note =
            notes.FirstOrDefault(note => Word(note.Name) == Word(name))
            ?? notes.First(note => Family(note.Name) == Family(name));
        return note with { Name = name };
    }

    private static string Named(Convention convention) => ConventionModule.name(convention);

    private static Grid ByConvention(JsonNode?[][] rows) =>
        new("defaults", ["setting", .. ConventionModule.all.Select(ConventionModule.name)], rows);

    private static JsonNode?[] Row(string name, Func<Convention, JsonNode?> value) =>
        [name, .. ConventionModule.all.Select(value)];

    private static JsonNode? Shown(IEnumerable<Tuple<string, Setting>> settings, string name) =>
        settings.First(pair => pair.Item1 == name).Item2 switch
        {
            Setting.Number number => number.Number,
            Setting.Flag flag => flag.Flag,
            Setting.Placement place => EpsilonPlacementModule.name(place.Placement),
            _ => null,
        };
}
