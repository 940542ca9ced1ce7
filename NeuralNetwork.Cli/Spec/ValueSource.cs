namespace NeuralNetwork.Cli.Spec;

/// <summary>Where the value of an option comes from, in words.</summary>
internal sealed record ValueSource(string From)
{
    /// <summary>Where it comes from what nobody asked for otherwise.</summary>
    public static ValueSource Default { get; } = new("default");

    /// <summary>Where the user typed it.</summary>
    public static ValueSource Given { get; } = new("given");

    /// <summary>Whether nobody asked for another value than the usual one.</summary>
    public bool IsDefault => From == Default.From;

    /// <summary>Where the file that it comes from had it from; empty for a default, and null where there is no such file.</summary>
    public string? Before { get; init; }

    /// <summary>Where it comes from in the end, through whatever files; null for a default.</summary>
    public string? First => IsDefault || Before is { Length: 0 } ? null : Before ?? From;
}
