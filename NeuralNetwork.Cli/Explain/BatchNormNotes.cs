namespace NeuralNetwork.Cli.Explain;

/// <summary>The documentation of batch normalisation, as data.</summary>
internal static class BatchNormNotes
{
    public static Note Note { get; } =
        new(
            "batch-norm",
            "Each feature brought to mean 0 and variance 1 over the batch, then scaled and shifted by what is learned.",
            [
                "x̂ = (x - mean) / √(variance + ε)      variance of the batch, divided by n",
                "y = γ·x̂ + β",
                "running = decay·running + (1 - decay)·batch      in the place of the batch at inference",
                "gβ = Σ gy,  gγ = Σ gy·x̂",
                "gx = γ / (n·√(variance + ε)) · (n·gy - gβ - x̂·gγ)",
            ],
            "Ioffe and Szegedy 2015, Batch Normalization",
            [
                "Keras calls decay its momentum (0.99); PyTorch calls 1 - decay its momentum (0.1).",
                "ε is 1e-5 in PyTorch and Flax, 1e-3 in Keras.",
                "The variance kept: PyTorch n/(n-1) times the batch's, Keras 3 the batch's, Keras 2 n/(n-1-ε) times it.",
                "With a decay of 0.99 and few steps the running statistics are still near 0 and 1: a model that trains "
                    + "well and validates badly.",
                "A bias in front of it would be taken away again, so there is none.",
            ]
        );
}
