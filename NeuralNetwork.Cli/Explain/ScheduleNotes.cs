namespace NeuralNetwork.Cli;

/// <summary>The documentation of the schedules, as data, in the order of the catalogue. s counts the steps done.</summary>
internal static class ScheduleNotes
{
    private const string Ticks = "Keras counts steps, as here; PyTorch's schedulers are mostly called once an epoch.";

    /// <summary>The steps of a warm-up that was asked for without any.</summary>
    public const int WarmupShown = 100;

    /// <summary>What the formulas are in.</summary>
    public const string Letters = "s: the steps done before this one, 0 at the first; steps: those of the whole run";

    /// <summary>No schedule of its own: it goes in front of any, as the option --warmup.</summary>
    public static Note Warmup { get; } =
        new(
            "warmup",
            "The rate rises in a line before any schedule begins: the option --warmup N.",
            ["rate·(s + 1) / N in the first N steps", "then the schedule, whose first step is the last of the warm-up"],
            "Goyal et al. 2017, Accurate, Large Minibatch SGD",
            [
                "PyTorch's LinearLR begins at a third of the rate, where nothing else is said.",
                "one-cycle has a rise of its own; rprop looks at the first rate alone, which the warm-up makes small.",
            ]
        );

    public static IReadOnlyList<Note> All { get; } =
    [
        new("constant", "The same rate at every step.", ["rate"], "-", []),
        new(
            "cosine",
            "Half a cosine from the rate down to 0.",
            ["rate·½(1 + cos(π·s/steps))"],
            "Loshchilov and Hutter 2017, SGDR, without restarts",
            ["PyTorch's CosineAnnealingLR goes up again after its steps, Keras's and this one stay at 0.", Ticks]
        ),
        new(
            "step",
            "A drop every so many steps.",
            ["rate·factor^⌊s/every⌋"],
            "common practice; PyTorch's StepLR has the factor 0.1",
            ["Three drops in a run, where nothing else is said.", Ticks]
        ),
        new(
            "exponential",
            "The same share at every step.",
            ["rate·factor^(s/steps)"],
            "common practice; Keras's ExponentialDecay",
            [
                "PyTorch's ExponentialLR takes the factor of an epoch.",
                "Ends at a hundredth, where nothing else is said.",
            ]
        ),
        new(
            "polynomial",
            "Down to a final rate, in a line with power 1.",
            ["final + (rate - final)·(1 - s/steps)^power"],
            "Keras's PolynomialDecay, PyTorch's PolynomialLR",
            ["Keras's default for final is 0.0001, PyTorch has none; 0 here."]
        ),
        new(
            "inverse-time",
            "Fast at first, ever slower.",
            ["rate / (1 + decay·s/steps)"],
            "Robbins and Monro 1951, whose conditions it meets; Keras's InverseTimeDecay",
            ["scikit-learn's invscaling is a power of s instead.", "Ends at a tenth, where nothing else is said."]
        ),
        new(
            "cosine-restarts",
            "Half cosines, each longer than the one before.",
            ["rate·½(1 + cos(π·progress in the period))", "periods: first, first·growth, first·growth², …"],
            "Loshchilov and Hutter 2017, SGDR",
            ["T₀ and T_mult in PyTorch, first_decay_steps and t_mul in Keras, which can lower each peak, too."]
        ),
        new(
            "one-cycle",
            "Up to a high rate and far down again.",
            [
                "rate/start up to rate in the first share `rise` of the steps, along half a cosine",
                "then down to rate/start/final",
            ],
            "Smith and Topin 2018, Super-Convergence; in the form of PyTorch's OneCycleLR",
            ["rise 0.3, start 25, final 10⁴ as in PyTorch, whose momentum cycles as well; here it does not."]
        ),
        new(
            "plateau",
            "A drop when the validation loss has not fallen for some epochs.",
            ["rate·factor^drops", "a drop after more than `patience` epochs without progress beyond the threshold"],
            "PyTorch's and Keras's ReduceLROnPlateau",
            [
                "PyTorch: progress is a fall by a share of 10⁻⁴. Keras: a fall by 10⁻⁴, and its patience of 10 bears 9 epochs.",
                "Without validation the loss of the training counts.",
                "Behind its colon `relative` is 1 for true, a fall by a share of the loss, or 0 for false.",
            ]
        ),
    ];
}
