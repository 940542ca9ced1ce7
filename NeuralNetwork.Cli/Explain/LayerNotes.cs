namespace NeuralNetwork.Cli.Explain;

/// <summary>The documentation of the layers that have no catalogue of their own, as data.</summary>
internal static class LayerNotes
{
    public static Note[] All { get; } =
    [
        new(
            "dense",
            "Every unit is a weighted sum of all features: the option --hidden.",
            ["z = x·wᵀ + b      x: rows x inputs, w: units x inputs", "gw = gzᵀ·x,  gb = Σ gz,  gx = gz·w"],
            "Rosenblatt 1958; its gradient: Rumelhart, Hinton and Williams 1986",
            [
                "Weights are units x inputs as in PyTorch; Keras's kernel is the transpose.",
                "Biases begin at 0, but for the initializer torch. Right in front of a batch norm there is none.",
            ]
        ),
        new(
            "periodic",
            "Numbers get learned waves beside them, so that a layer behind can bend at any value: --embedding periodic.",
            [
                "u = w·x + b      of each feature x that is a number, for each of its waves",
                "h = cos 2πu",
                "e = Σ v·h + c    for each of its mixtures; y = x, and behind it all e",
                "gv = Σ ge·h,  gc = Σ ge,  gu = -2π·sin 2πu · Σ v·ge",
                "gw = Σ gu·x,  gb = Σ gu,  gx = gy + Σ gu·w",
            ],
            "Gorishniy, Rubachev and Babenko 2022; with phases and the number kept: Holzmüller, Grinsztajn and Steinwart 2024",
            [
                "Beginning: w from N(0, 0.1²) in turns for each unit, b within half a turn, v and c within 1/√waves.",
                "16 waves and 3 mixtures a number: --embedding-waves, --embedding-mixtures, --embedding-scale.",
                "Tables of 2000 rows and more have them by default; categories stay as they are.",
                "Members of an ensemble have waves of their own.",
            ]
        ),
        new(
            "dropout",
            "Numbers are left out at random in training, the others made larger: --dropout, --input-dropout.",
            [
                "training: y = mask·x / (1 - rate), each mask 0 with probability rate, else 1",
                "gx = mask·gy / (1 - rate)",
                "inference: y = x",
            ],
            "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, in the inverted form",
            [
                "The rate is that of leaving out, as in PyTorch and Keras; the paper's p is that of keeping.",
                "A mask depends on seed, layer, step and place alone: the same for any number of threads.",
            ]
        ),
    ];
}
