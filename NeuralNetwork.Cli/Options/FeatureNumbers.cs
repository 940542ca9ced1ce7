using System.Text;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Options;

/// <summary>One number for all features or one for each, in an option itself or in a file that it names.</summary>
internal sealed class FeatureNumbers
{
    private const int Most = 1_000_000;
    private const string Arrays = ".npy";
    private static readonly char[] Between = [',', ' ', '\t', '\r', '\n'];

    private readonly double[] given;
    private readonly string path;
    private readonly Reader<double> number;

    private FeatureNumbers(double[] given, string path, Reader<double> number) =>
        (this.given, this.path, this.number) = (given, path, number);

    public static FeatureNumbers None { get; } = new([], "", Read.Finite);

    /// <summary>A reader of numbers with commas between them, or of the name of a file.</summary>
    public static Reader<FeatureNumbers> Reader(Func<double, bool> accepts, string expected)
    {
        var number = Read.Number(accepts, expected);
        var numbers = Read.List(Read.Number(accepts, $"{expected}, or a file: .npy, .csv or .txt"), Most);
        return text =>
            IsFile(text)
                ? FSharpResult<FeatureNumbers, string>.NewOk(new([], text, number))
                : numbers.To(list => new FeatureNumbers(list, "", number))(text);
    }

    /// <summary>The numbers. A failure where the file has none, or one that does not suit.</summary>
    public double[] Load()
    {
        if (path.Length == 0)
            return given;
        var (bytes, _) = WholeFile.Read(path);
        var texts = Ends(path, Arrays) ? OfArray(bytes) : Encoding.UTF8.GetString(bytes).Split(Between, Options);
        return texts.Length > 0
            ? [.. texts.Select(Checked)]
            : throw Failure.BadInput($"{path}: no numbers (expected one for all features, or one for each)");
    }

    private const StringSplitOptions Options = StringSplitOptions.RemoveEmptyEntries;

    private static bool IsFile(string text) => Ends(text, Arrays) || Ends(text, ".csv") || Ends(text, ".txt");

    private static bool Ends(string text, string ending) => text.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private string[] OfArray(byte[] bytes)
    {
        var outcome = Npy.Read(bytes);
        if (outcome.IsError)
            throw Failure.BadInput($"{path}: {outcome.ErrorValue}");
        var values = outcome.ResultValue.Values;
        return [.. Enumerable.Range(0, values.Length).Select(place => Text.number(Standardizer.At(values, place)))];
    }

    private double Checked(string text, int place)
    {
        var outcome = number(text);
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.BadInput($"{path}: number {place}: {outcome.ErrorValue}");
    }
}
