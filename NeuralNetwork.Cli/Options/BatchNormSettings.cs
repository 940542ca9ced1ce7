using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>The options of batch normalisation, whose defaults are the convention's.</summary>
internal sealed record BatchNormSettings(BatchNorm Norm, bool IsAfter)
{
    private const string UseName = "--batch-norm";

    private static readonly Option<bool> Use = new(UseName)
    {
        Description = "Normalise each hidden layer over the batch",
    };

    private static readonly Setting<bool> Position = new(
        $"{UseName}-position",
        "before|after",
        "Where: before or after the activation (default: before)",
        Read.OneOf(("before", false), ("after", true))
    );

    private static readonly Setting<double> Decay = new(
        $"{UseName}-decay",
        "SHARE",
        "Share of the running statistics that a step keeps (default: the convention's)",
        Read.Share
    );

    private static readonly Setting<double> Epsilon = new(
        $"{UseName}-epsilon",
        "ε",
        "Added to the variance under the root (default: the convention's)",
        Read.Positive
    );

    private static readonly Setting<RunningVariance> Variance = new(
        $"{UseName}-variance",
        "NAME",
        "Variance of a batch that is kept: biased, unbiased, keras2 (default: the convention's)",
        Read.OneOf(
            ("biased", RunningVariance.Biased),
            ("unbiased", RunningVariance.Unbiased),
            ("keras2", RunningVariance.Keras2)
        )
    );

    public static IEnumerable<Option> Options => [Use, Position.Option, Decay.Option, Epsilon.Option, Variance.Option];

    /// <summary>What to put into every hidden layer; null where nothing was asked for.</summary>
    public static BatchNormSettings? Of(ParseResult result)
    {
        if (result.GetValue(Use))
            return new(Resolve(result, ConventionSettings.Of(result)), Position.Or(result, false));
        var stray = Options.Skip(1).FirstOrDefault(option => result.GetResult(option) is { Implicit: false });
        return stray is null ? null : throw Failure.Usage($"{stray.Name}: nothing to set (needs {UseName})");
    }

    /// <summary>A usage failure if there is nothing to normalise over.</summary>
    public static void CheckBatch(string option, int rows)
    {
        if (rows < 2)
            throw Failure.Usage($"{UseName}: a batch of {rows} row has no variance ({option} must be at least 2)");
    }

    /// <summary>The settings of a convention, but for those that were given.</summary>
    private static BatchNorm Resolve(ParseResult result, Convention convention)
    {
        var usual = ConventionModule.settings(convention);
        return new BatchNorm(
            epsilon: Epsilon.Or(result, usual.BatchNormEpsilon),
            decay: Decay.Or(result, usual.BatchNormDecay),
            variance: Variance.Or(result, usual.RunningVariance)
        );
    }
}
