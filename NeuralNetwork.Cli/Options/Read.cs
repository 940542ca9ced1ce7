using System.Globalization;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>Readers of the texts of options: strict, and the same in every country.</summary>
internal static class Read
{
    public static Reader<double> Positive { get; } = Number(x => x > 0, "a finite number above 0");

    public static Reader<double> Share { get; } = Number(x => x is >= 0 and < 1, "at least 0 and below 1");

    public static Reader<double> Probability { get; } = Number(x => x is > 0 and < 1, "above 0 and below 1");

    public static Reader<double> NotNegative { get; } = Number(x => x >= 0, "a finite number from 0 on");

    public static Reader<double> Finite { get; } = Number(_ => true, "a finite number");

    public static Reader<int> Count { get; } = Whole(int.MaxValue);

    public static Reader<string> Any { get; } = FSharpResult<string, string>.NewOk;

    public static Reader<bool> Flag { get; } = OneOf(("true", true), ("false", false));

    public static Reader<double> Number(Func<double, bool> accepts, string expected) =>
        text =>
            Text.tryNumber(text) is { } number && double.IsFinite(number.Value) && accepts(number.Value)
                ? FSharpResult<double, string>.NewOk(number.Value)
                : Refuse<double>(text, expected);

    /// <summary>A whole number from 1 on.</summary>
    public static Reader<int> Whole(int greatest, int least = 1) =>
        text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= least
            && value <= greatest
                ? FSharpResult<int, string>.NewOk(value)
                : Refuse<int>(text, $"a whole number from {least} to {greatest}");

    public static FSharpResult<ulong, string> Seed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? FSharpResult<ulong, string>.NewOk(value)
            : Refuse<ulong>(text, $"a whole number from 0 to {ulong.MaxValue}");

    public static Reader<T> OneOf<T>(params (string Name, T Value)[] choices) =>
        text =>
        {
            foreach (var (name, value) in choices)
                if (name == text)
                    return FSharpResult<T, string>.NewOk(value);
            var names = choices.Select(choice => choice.Name);
            return Text.nearest(names, text) is { } near
                ? FSharpResult<T, string>.NewError($"{Shown(text)} (did you mean {near.Value}?)")
                : Refuse<T>(text, $"one of: {string.Join(", ", names)}");
        };

    /// <summary>A reader that makes something else of what it read.</summary>
    public static Reader<TTo> To<T, TTo>(this Reader<T> reader, Func<T, TTo> make) =>
        text =>
        {
            var outcome = reader(text);
            return outcome.IsOk
                ? FSharpResult<TTo, string>.NewOk(make(outcome.ResultValue))
                : FSharpResult<TTo, string>.NewError(outcome.ErrorValue);
        };

    /// <summary>A reader for what may be absent, and is not where there is a text.</summary>
    public static Reader<T?> Optional<T>(this Reader<T> reader)
        where T : struct => reader.To(value => (T?)value);

    /// <summary>A reader that keeps the name that it read.</summary>
    public static Reader<Named<T>> Named<T>(Reader<T> reader) =>
        text => reader.To(value => new Named<T>(text, value))(text);

    /// <summary>A reader with one more word that it understands.</summary>
    public static Reader<T> Or<T>(this Reader<T> reader, string word, T value) =>
        text =>
        {
            if (text == word)
                return FSharpResult<T, string>.NewOk(value);
            var outcome = reader(text);
            return outcome.IsError && Text.nearest([word], text) is not null
                ? FSharpResult<T, string>.NewError($"{Shown(text)} (did you mean {word}?)")
                : outcome;
        };

    /// <summary>A reader with one word for the absence of a value.</summary>
    public static Reader<T?> OrNothing<T>(Reader<T> reader, string word)
        where T : class => reader.To(value => (T?)value).Or(word, null);

    /// <summary>Values with commas between them.</summary>
    public static Reader<T[]> List<T>(Reader<T> reader, int longest) =>
        text =>
        {
            var parts = text.Split(',');
            if (parts.Length > longest)
                return FSharpResult<T[], string>.NewError($"{parts.Length} values (must be at most {longest})");
            var results = Array.ConvertAll(parts, part => reader(part));
            var wrong = Array.FindIndex(results, result => result.IsError);
            return wrong < 0
                ? FSharpResult<T[], string>.NewOk(Array.ConvertAll(results, result => result.ResultValue))
                : FSharpResult<T[], string>.NewError(results[wrong].ErrorValue);
        };

    /// <summary>The names of a catalogue, as a description lists them.</summary>
    public static string Names<T>(IEnumerable<T> all, Func<T, string> name) => string.Join(", ", all.Select(name));

    private static FSharpResult<T, string> Refuse<T>(string text, string expected) =>
        FSharpResult<T, string>.NewError($"{Shown(text)} (must be {expected})");

    private static string Shown(string text) =>
        text.Length == 0 ? "empty"
        : text.Length > 40 ? $"{text[..40]}…"
        : text;
}

/// <summary>Values as the texts that their readers read: what `Read` understands, the other way round. Nothing for what is not set.</summary>
internal static class Write
{
    public static string? Number(double? value) => value is { } number ? Text.number(number) : null;

    public static string Number(double value) => Text.number(value);

    public static string? Whole(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    public static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Seed(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Flag(bool value) => value ? "true" : "false";

    public static string? Flag(bool? value) => value is { } flag ? Flag(flag) : null;

    public static string? Same(string? value) => value;

    public static string? Names(ColumnNames? value) => value?.Text;

    public static string Name<T>(Named<T> value) => value.Name;

    /// <summary>Values with commas between them.</summary>
    public static Func<T[], string> List<T>(Func<T, string> write) => values => string.Join(',', values.Select(write));

    /// <summary>A name, or a word for the absence of a value.</summary>
    public static Func<Named<T>?, string> OrNothing<T>(string word) => value => value?.Name ?? word;

    /// <summary>The name that a value has among these.</summary>
    public static Func<T, string?> OneOf<T>(params (string Name, T Value)[] choices) =>
        value => choices.FirstOrDefault(choice => Equals(choice.Value, value)).Name;
}
