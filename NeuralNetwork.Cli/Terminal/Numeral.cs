using System.Globalization;

namespace NeuralNetwork.Cli;

/// <summary>Losses, and what is of their size, as people read them.</summary>
internal static class Numeral
{
    private const double Greatest = 1e6;

    // What rounds to 0 has no sign.
    private const string Form = "0.0000;-0.0000;0.0000";

    /// <summary>Four decimals; from a million on two digits and a power of ten: 1.2e+36.</summary>
    public static string Of(double value) =>
        value.ToString(Math.Abs(value) >= Greatest ? "0.0e+0" : Form, CultureInfo.InvariantCulture);
}
