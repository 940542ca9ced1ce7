using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>The options that keep weights and gradients small.</summary>
internal static class LimitSettings
{
    private static readonly Setting<double> L1 = new(
        "--l1",
        "λ",
        "Adds λ·Σ|w| of the weights to the loss",
        Read.NotNegative,
        "0"
    );

    private static readonly Setting<double> L2 = new(
        "--l2",
        "λ",
        "Adds λ/2·Σw² of the weights to the loss",
        Read.NotNegative,
        "0"
    );

    private static readonly Setting<double> ClipNorm = new(
        "--clip-norm",
        "NORM",
        "Scales each tensor's gradient down to this norm",
        Read.Positive
    );

    private static readonly Setting<double> ClipGlobalNorm = new(
        "--clip-global-norm",
        "NORM",
        "Scales the whole gradient down to this norm",
        Read.Positive
    );

    private static readonly Setting<double> ClipValue = new(
        "--clip-value",
        "LIMIT",
        "Cuts each number of the gradient at ±LIMIT",
        Read.Positive
    );

    private static readonly Setting<double> MaxNorm = new(
        "--max-norm",
        "NORM",
        "Scales the weights into each unit down to this norm after every step",
        Read.Positive
    );

    private static readonly (Setting<double> Setting, Func<double, Clipping> Make)[] Clippings =
    [
        (ClipNorm, Clipping.NewNorm),
        (ClipGlobalNorm, Clipping.NewGlobalNorm),
        (ClipValue, Clipping.NewValue),
    ];

    public static IEnumerable<Option> Options =>
        [L1.Option, L2.Option, .. Clippings.Select(one => one.Setting.Option), MaxNorm.Option];

    public static Penalty PenaltyOf(ParseResult result) => new(L1.Of(result), L2.Of(result));

    /// <summary>The one limit on the gradient, if any. A usage failure where there are two.</summary>
    public static Clipping ClippingOf(ParseResult result)
    {
        var given = Clippings.Where(one => one.Setting.IsGiven(result)).ToArray();
        return given switch
        {
            [] => Clipping.None,
            [var only] => only.Make(only.Setting.Of(result)),
            [var first, var second, ..] => throw Failure.Usage(
                $"{second.Setting.Name}: does not go with {first.Setting.Name} (one limit at a time)"
            ),
        };
    }

    /// <summary>The greatest norm of the weights into a unit, or 0.</summary>
    public static double MaxNormOf(ParseResult result) => MaxNorm.Or(result, 0);
}
