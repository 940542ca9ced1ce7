namespace NeuralNetwork.Cli;

/// <summary>The documentation of the initializers, as data. "inputs" are those of a unit, "units" those of the layer.</summary>
internal static class InitializerNotes
{
    private const string He = "He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers";
    private const string Glorot = "Glorot and Bengio 2010, Understanding the Difficulty of Training Deep Networks";
    private const string LeCun = "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp";
    private const string Normals =
        "Untruncated in PyTorch. Keras since 2.2 and JAX cut at two deviations and widen the distribution in return; Keras up to "
        + "2.1.6, which is keras2, cut without that. --convention chooses; truncated-… and uncorrected-truncated-… name them.";

    /// <summary>The default of the command line: no initializer of its own.</summary>
    public static Note Automatic { get; } =
        new(
            "auto",
            "For each layer the initializer that suits the activation behind it.",
            [
                "rectifiers and their relatives: he-normal, cut as --convention says",
                "selu: lecun-normal, likewise",
                "all others: glorot-uniform",
            ],
            "the papers of the three, which derive them for these activations",
            ["PyTorch's Linear begins with `torch`, Keras's Dense with glorot-uniform, whatever the activation."]
        );

    private static readonly Note[] Plain =
    [
        new("he-normal", "Keeps the variance of what ReLU lets through.", ["w ~ N(0, 2 / inputs)"], He, [Normals]),
        new("he-uniform", "The same, uniform.", ["w ~ U(-b, b), b = √(6 / inputs)"], He, ["The same everywhere."]),
        new(
            "glorot-normal",
            "A compromise between variances forward and backward.",
            ["w ~ N(0, 2 / (inputs + units))"],
            Glorot,
            [Normals]
        ),
        new(
            "glorot-uniform",
            "The same, uniform: the default of Keras and Flux.",
            ["w ~ U(-b, b), b = √(6 / (inputs + units))"],
            Glorot,
            ["scikit-learn has it with 2 in place of 6 for the sigmoid, and draws biases, too."]
        ),
        new(
            "lecun-normal",
            "Keeps the variance of linear units, and of SELU.",
            ["w ~ N(0, 1 / inputs)"],
            LeCun,
            [Normals]
        ),
        new(
            "lecun-uniform",
            "The same, uniform.",
            ["w ~ U(-b, b), b = √(3 / inputs)"],
            LeCun,
            ["The same everywhere."]
        ),
        new(
            "orthogonal",
            "A random rotation: lengths are kept exactly.",
            ["w·wᵀ = gain²·1 (wᵀ·w, if units > inputs)"],
            "Saxe, McClelland and Ganguli 2013, Exact Solutions to the Nonlinear Dynamics of Learning",
            ["gain = 1 in PyTorch and Keras; orthogonal:1.4 has another."]
        ),
        new(
            "torch",
            "The default of PyTorch's Linear, for weights and biases.",
            ["w, b ~ U(-c, c), c = 1 / √inputs"],
            "PyTorch: kaiming_uniform_ with a = √5",
            ["A third of LeCun's variance; every other framework begins with biases of 0."]
        ),
        new(
            "uniform",
            "U(-b, b) whatever the size of the layer.",
            ["w ~ U(-b, b)"],
            "Keras's RandomUniform",
            ["b = 0.05."]
        ),
        new(
            "normal",
            "N(0, σ²) whatever the size of the layer.",
            ["w ~ N(0, σ²)"],
            "Keras's RandomNormal",
            ["σ = 0.05."]
        ),
        new("zeros", "All alike for ever: shows why weights begin random.", ["w = 0"], "-", ["The same everywhere."]),
    ];

    /// <summary>Notes on the forms that exist with a number only.</summary>
    private static readonly Note[] Numbered =
    [
        new("constant:0.1", "The same number everywhere.", ["w = the number"], "-", ["The same in every framework."]),
        new(
            "scaled-in-normal:2",
            "Variance gain / fan, the fan being the inputs (in) or the mean of inputs and units (average).",
            ["variance of w = gain / fan"],
            "Keras's VarianceScaling",
            ["He's is gain 2 with fan in, Glorot's gain 1 with the average, LeCun's gain 1 with fan in.", Normals]
        ),
    ];

    public static IReadOnlyList<Note> All { get; } =
    [
        .. Plain,
        .. Plain
            .Where(note => note.Name.Contains('-') && note.Name.EndsWith("normal", StringComparison.Ordinal))
            .SelectMany(note => new[] { Cut(note, "truncated", true), Cut(note, "uncorrected-truncated", false) }),
        .. Numbered,
    ];

    private static Note Cut(Note note, string prefix, bool isCorrected) =>
        new(
            $"{prefix}-{note.Name}",
            isCorrected
                ? "Cut at two deviations, and widened to keep the variance."
                : "Cut at two deviations, which leaves 0.88 of the deviation.",
            [
                $"{note.Formula[0]} of a normal distribution cut at ±2 deviations",
                isCorrected ? "whose own deviation is divided by 0.87962566103423978" : "with nothing done about it",
            ],
            note.Source,
            [
                isCorrected
                    ? "Keras since 2.2, JAX."
                    : "Keras up to 2.1; PyTorch's trunc_normal_ does not correct either.",
            ]
        );
}
