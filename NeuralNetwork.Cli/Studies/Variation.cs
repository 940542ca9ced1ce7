using System.Globalization;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What a search varies: an option of a training, and what its values are drawn from.</summary>
/// <param name="Option">The option.</param>
/// <param name="Said">How the user says it, behind the name.</param>
internal abstract record Variation(SpecOption Option, string Said)
{
    /// <summary>Its name without dashes.</summary>
    public string Name => Option.Name.TrimStart('-');

    /// <summary>The whole of it, as the user types it.</summary>
    public string Typed => $"{Name}={Said}";

    /// <summary>Its name in files.</summary>
    public string Field => Option.Field;

    /// <summary>
    /// The value of a trial: a function of the seed, the trial and the name alone. So it stays the same whatever else is
    /// varied, and however many trials there are.
    /// </summary>
    public string Draw(ulong seed, int trial)
    {
        var key = Key.Of(seed, Purpose.Trial).Fold((ulong)trial);
        return Draw(Name.Aggregate(key, (folded, letter) => folded.Fold(letter)));
    }

    protected abstract string Draw(Key key);

    /// <summary>The option with a value; null for a flag that is not set.</summary>
    public StudyOption? With(string text) =>
        Option.IsFlag && text != "true" ? null : new(Option.Value(text), StudyOption.Drawn);
}

/// <summary>Numbers from Low to High, equally likely, or equally likely in their logarithms.</summary>
internal sealed record Range(SpecOption Option, string Said, double Low, double High, bool IsLogarithmic, bool IsWhole)
    : Variation(Option, Said)
{
    /// <summary>So many significant digits, for people to type.</summary>
    private const string Digits = "G3";

    protected override string Draw(Key key)
    {
        var u = key.Uniform(0);
        return IsWhole ? Whole(u) : Text.number(Math.Clamp(Rounded(Between(Low, High, u)), Low, High));
    }

    private double Between(double low, double high, double u) =>
        IsLogarithmic ? Math.Exp(Math.Log(low) + (u * (Math.Log(high) - Math.Log(low)))) : low + (u * (high - low));

    // Every whole number has an interval of length 1: the ends no less than the others.
    private string Whole(double u) =>
        Math.Clamp(IsLogarithmic ? Math.Round(Between(Low, High, u)) : Math.Floor(Between(Low, High + 1, u)), Low, High)
            .ToString("F0", CultureInfo.InvariantCulture);

    private static double Rounded(double value) =>
        double.Parse(value.ToString(Digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>Some values, equally likely.</summary>
internal sealed record Choice(SpecOption Option, string Said, IReadOnlyList<string> Values) : Variation(Option, Said)
{
    protected override string Draw(Key key) => Values[key.Below(Values.Count, 0)];
}
