using System.Globalization;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

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
