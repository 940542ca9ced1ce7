namespace NeuralNetwork.Cli;

/// <summary>The documentation of the losses, as data, in the order of the catalogue.</summary>
internal static class LossNotes
{
    public static IReadOnlyList<Note> All { get; } =
    [
        new(
            "cross-entropy",
            "How surprised the softmax of the outputs is by the class; a number behind a colon smooths the targets.",
            [
                "p = softmax z",
                "L = -Σⱼ tⱼ·log pⱼ, mean over rows",
                "∂L/∂z = (p - t) / n",
                "smoothed: t' = (1 - s)·t + s/K",
                "with class weights: L = Σᵢ wᵢ·Lᵢ / n over the n rows i",
            ],
            "maximum likelihood; smoothing: Szegedy et al. 2015, Rethinking the Inception Architecture",
            [
                "PyTorch takes z, as here. Keras takes p by default and cuts it at 1e-7: no row can add more than 16.1.",
                "With class weights Keras divides by the rows, as here; PyTorch by the sum of their weights. Balanced weights "
                    + "have mean 1 over the data, so there the two agree on the whole and differ batch by batch.",
            ]
        ),
        new(
            "binary-cross-entropy",
            "The same for outputs that are yes or no each.",
            [
                "p = σ(z)",
                "L = -t·log p - (1 - t)·log(1 - p), mean over rows and outputs",
                "∂L/∂z = (p - t) / (n·outputs)",
            ],
            "maximum likelihood",
            ["From z, as PyTorch's BCEWithLogitsLoss; Keras takes p unless from_logits is set."]
        ),
        new(
            "squared-error",
            "The mean square of the error.",
            ["L = (z - t)², mean over rows and outputs", "∂L/∂z = 2·(z - t) / (n·outputs)"],
            "Legendre 1805, Gauss 1809",
            ["As PyTorch's MSELoss and Keras's MeanSquaredError; textbooks and optax's l2_loss have half of it."]
        ),
        new(
            "absolute-error",
            "The mean size of the error: outliers count as much as others.",
            ["L = |z - t|, mean over rows and outputs", "∂L/∂z = sign(z - t) / (n·outputs)"],
            "Boscovich 1757, Laplace 1774",
            ["The slope at 0 is 0, as in PyTorch and Keras."]
        ),
        new(
            "huber",
            "Squared near 0, straight beyond δ.",
            ["d = z - t", "L = ½d² for |d| ≤ δ, else δ·(|d| - ½δ), mean over rows and outputs", "slope: d within ±δ"],
            "Huber 1964, Robust Estimation of a Location Parameter",
            ["δ = 1 in PyTorch, Keras and optax. PyTorch's SmoothL1Loss is this divided by δ."]
        ),
        new(
            "log-cosh",
            "Like Huber, without a seam.",
            ["L = log cosh(z - t), mean over rows and outputs", "slope: tanh(z - t)"],
            "Green 1990 in tomography; Keras's LogCosh",
            ["Keras and optax have it, PyTorch does not."]
        ),
        new(
            "poisson",
            "Counts, whose rate is the exponential of the output.",
            ["L = eᶻ - t·z, mean over rows and outputs", "slope: eᶻ - t"],
            "the likelihood of a Poisson distribution without log t!",
            ["As PyTorch's PoissonNLLLoss. Keras's Poisson takes the rate itself."]
        ),
        new(
            "hinge",
            "No loss for a margin of 1 on the right side.",
            ["s = 2t - 1", "L = max(0, 1 - s·z), mean over rows and outputs", "slope: -s where s·z < 1, else 0"],
            "Cortes and Vapnik 1995, Support-Vector Networks",
            ["Keras takes classes 0 and 1 or -1 and 1, as here 0 and 1; PyTorch's HingeEmbeddingLoss is another thing."]
        ),
        new(
            "focal",
            "Binary cross-entropy that leaves alone what is already right.",
            [
                "q = p of the target's class",
                "L = -(1 - q)^γ·log q, mean over rows and outputs",
                "slope in q's own z: (1 - q)^γ·(γ·q·log q - (1 - q)), turned round for t = 0",
            ],
            "Lin, Goyal, Girshick, He and Dollár 2017, Focal Loss for Dense Object Detection",
            ["γ = 2 as in the paper and in Keras; PyTorch has it in torchvision only."]
        ),
        new(
            "balanced-focal",
            "Focal loss with a weight α for the class 1 and 1 - α for the class 0.",
            [
                "q = p of the target's class",
                "L = -α·(1 - q)^γ·log q for t = 1, -(1 - α)·(1 - q)^γ·log q for t = 0, mean over rows and outputs",
                "slope: that of focal times α for t = 1, times 1 - α for t = 0",
            ],
            "Lin et al. 2017, equation 5",
            ["γ = 2, α = 0.25 as in the paper, in Keras's apply_class_balancing and in torchvision."]
        ),
    ];
}
