using System.Globalization;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// How users say what a search varies: NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A|B|C, where NAME is any option of a
/// training but the seed.
/// </summary>
internal static class VariationText
{
    public const string VaryName = "--vary";

    // So many names are looked through at a glance.
    private const int Few = 3;

    private const string Form = "LOW..HIGH, LOW..HIGH:log or A|B|C";

    private static readonly Reader<bool> Spacing = Read.OneOf(("log", true), ("linear", false));

    public static Variation Parse(string text) =>
        text.Split('=', 2) is [var name, var said] && name.Length > 0
            ? Of(Find(text, name), text, said)
            : throw Refuse(text, $"no range (must be NAME={Form})");

    private static SpecOption Find(string text, string name)
    {
        if (FormatSettings.All.Any(format => format.Name == $"--{name}"))
            throw Refuse(text, "says how the data are written, which is the same for all trials (give it as it is)");
        var known = SpecOptions.All.Where(option => option.Name != OptionName.Seed).ToArray();
        var option = known.FirstOrDefault(option => option.IsCalled($"--{name}"));
        if (option is not null)
            return option;
        if ($"--{name}" == OptionName.Seed)
            throw Refuse(text, $"the trials are drawn from {OptionName.Seed}: it is the same for all");
        string[] names = [.. known.Select(one => one.Name.TrimStart('-'))];
        var near = Text.nearest(names, name)?.Value;
        var nearest = names.OrderBy(one => Text.distance(one, name)).Take(Few);
        throw Refuse(
            text,
            near is null
                ? $"no option of nn train (nearest: {string.Join(", ", nearest)}; nn train --help has all)"
                : $"no option of nn train (did you mean {near}?)"
        );
    }

    private static Variation Of(SpecOption option, string text, string said)
    {
        if (said.Contains('|', StringComparison.Ordinal))
            return new Choice(option, said, Values(option, text, said.Split('|')));
        return said.Split("..", 2) is [var low, var rest]
            ? RangeOf(option, text, said, low, rest.Split(':', 2))
            : throw Refuse(text, $"{said} is no range (must be {Form})");
    }

    private static string[] Values(SpecOption option, string text, string[] values)
    {
        if (values.Any(value => value.Length == 0))
            throw Refuse(text, "an empty choice");
        if (Duplicates.In(values) is { } twice)
            throw Refuse(text, $"{twice} twice");
        // Of few trials none may draw the one that is wrong: all are looked at.
        return values.Select(option.ComplaintOf).OfType<string>().FirstOrDefault() is { } complaint
            ? throw Refuse(text, complaint)
            : values;
    }

    private static Range RangeOf(SpecOption option, string text, string said, string low, string[] rest)
    {
        if (!option.IsNumber)
            throw Refuse(text, "takes no numbers (must be A|B|C)");
        var isLogarithmic = rest.Length > 1 && Spaced(text, rest[1]);
        var (from, to) = (End(text, low, option.IsWhole), End(text, rest[0], option.IsWhole));
        if (from >= to)
            throw Refuse(text, $"{low} is not below {rest[0]}");
        if (isLogarithmic && from <= 0)
            throw Refuse(text, $"{low} has no logarithm (must be above 0)");
        // Of few trials none may draw what is wrong: both ends are looked at.
        return (option.ComplaintOf(low) ?? option.ComplaintOf(rest[0])) is { } complaint
            ? throw Refuse(text, complaint)
            : new Range(option, said, from, to, isLogarithmic, option.IsWhole);
    }

    private static bool Spaced(string text, string word)
    {
        var outcome = Spacing(word);
        return outcome.IsOk ? outcome.ResultValue : throw Refuse(text, outcome.ErrorValue);
    }

    private static double End(string text, string end, bool isWhole) =>
        Text.tryNumber(end) is { } number && double.IsFinite(number.Value) && (!isWhole || IsWhole(number.Value))
            ? number.Value
            : throw Refuse(
                text,
                $"{(end.Length == 0 ? "nothing" : end)} for an end (must be a {(isWhole ? "whole " : "")}number)"
            );

    private static bool IsWhole(double number) => number == Math.Floor(number) && Math.Abs(number) < int.MaxValue;

    private static Failure Refuse(string text, string found) => Failure.Usage(VaryName, $"{text}: {found}");
}

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
        var key = Key.OfTrial(seed, (ulong)trial);
        return Draw(Name.Aggregate(key, (folded, letter) => folded.Fold(letter)));
    }

    protected abstract string Draw(Key key);

    /// <summary>The same for TensorBoard.</summary>
    public abstract Hparam Hparam { get; }

    /// <summary>How many values it has to choose from; 0 for a range.</summary>
    public abstract int Size { get; }

    /// <summary>The value at a place: of a range from 0 to 1, where all places are equally likely; of a choice its number.</summary>
    public abstract string At(double place);

    /// <summary>The place of a value.</summary>
    public abstract double PlaceOf(string text);

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

    public override int Size => 0;

    public override Hparam Hparam => new(Name, (Low, High), []);

    protected override string Draw(Key key) => At(key.Uniform(0));

    public override string At(double place) =>
        IsWhole ? Whole(place) : Text.number(Math.Clamp(Rounded(Between(Low, High, place)), Low, High));

    public override double PlaceOf(string text)
    {
        var value = Text.tryNumber(text)!.Value;
        var place =
            IsLogarithmic ? Math.Log(value / Low) / Math.Log(High / Low)
            // The middle of the interval that a whole number has.
            : IsWhole ? (value + 0.5 - Low) / (High + 1 - Low)
            : (value - Low) / (High - Low);
        return Math.Clamp(place, 0, 1);
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
    public override int Size => Values.Count;

    public override Hparam Hparam => new(Name, null, Values);

    protected override string Draw(Key key) => At(key.Below(Values.Count, 0));

    public override string At(double place) => Values[(int)place];

    public override double PlaceOf(string text) => Values.Index().First(one => one.Item == text).Index;
}
