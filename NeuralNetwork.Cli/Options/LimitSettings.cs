using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that keep weights and gradients small.</summary>
internal static class LimitSettings
{
    public static IReadOnlyList<SpecOption> All { get; } =
    [
        Of(
            OptionName.L1,
            "λ",
            "Adds λ·Σ|w| of the weights to the loss",
            Read.NotNegative,
            Write.Number,
            limits => limits.L1,
            (limits, l1) => limits with { L1 = l1 }
        ),
        Of(
            OptionName.L2,
            "λ",
            "Adds λ/2·Σw² of the weights to the loss",
            Read.NotNegative,
            Write.Number,
            limits => limits.L2,
            (limits, l2) => limits with { L2 = l2 }
        ),
        Of(
            OptionName.ClipNorm,
            "NORM",
            "Scales each tensor's gradient down to this norm",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.ClipNorm,
            (limits, norm) => limits with { ClipNorm = norm }
        ),
        Of(
            OptionName.ClipGlobalNorm,
            "NORM",
            "Scales the whole gradient down to this norm",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.ClipGlobalNorm,
            (limits, norm) => limits with { ClipGlobalNorm = norm }
        ),
        Of(
            OptionName.ClipValue,
            "LIMIT",
            "Cuts each number of the gradient at ±LIMIT",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.ClipValue,
            (limits, limit) => limits with { ClipValue = limit }
        ),
        Of(
            OptionName.MaxNorm,
            "NORM",
            "Scales the weights into each unit down to this norm after every step",
            Read.Positive.Optional(),
            Write.Number,
            limits => limits.MaxNorm,
            (limits, norm) => limits with { MaxNorm = norm }
        ),
    ];

    private static SpecOption<T> Of<T>(
        string name,
        string value,
        string about,
        Reader<T> read,
        Func<T, string?> write,
        Func<LimitSpec, T> get,
        Func<LimitSpec, T, LimitSpec> set
    ) =>
        new(
            name,
            value,
            about,
            read,
            write,
            spec => get(spec.Limits),
            (spec, part) => spec with { Limits = set(spec.Limits, part) }
        );
}
