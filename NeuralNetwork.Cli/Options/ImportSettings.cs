using System.CommandLine;
using System.Text;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Export;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what a file of weights does not say about its network.</summary>
internal static class ImportSettings
{
    private static readonly Setting<string[]> Layers = new(
        "--layers",
        "NAME,…",
        "All layers by the names of their tensors, in order (default: by the numbers of one sequence, as net.0, net.2)",
        Read.List(Read.Any, 4096)
    );

    private static readonly Setting<Layer[]> Activations = new(
        "--activation",
        "NAME,…",
        "After each hidden layer, one for all or one for each; PReLU is seen by itself",
        Read.List(Layer.parse, 1000),
        "relu"
    );

    private static readonly Setting<bool?> NormPosition = new(
        "--batch-norm-position",
        "auto|before|after",
        "Where batch norms stand: before or after the activation; auto: after, if their number leaves room for it",
        Read.OneOf<bool?>(("auto", null), ("before", false), ("after", true)),
        "auto"
    );

    private static readonly Setting<double> NormEpsilon = new(
        "--batch-norm-epsilon",
        "ε",
        "Added to the variance under the root",
        Read.Positive,
        Text.number(BatchNorm.Standard.Epsilon)
    );

    private static readonly Setting<double> NormDecay = new(
        "--batch-norm-decay",
        "SHARE",
        "Share of the running statistics that a step keeps: 1 - momentum of PyTorch",
        Read.Share,
        Text.number(BatchNorm.Standard.Decay)
    );

    private static readonly Setting<Loss?> Loss = new(
        "--loss",
        "NAME",
        "What was made small, and so what the outputs are: auto (cross-entropy; squared-error with one output), "
            + Read.Names(NeuralNetwork.Loss.all, NeuralNetwork.Loss.name),
        Read.OrNothing(NeuralNetwork.Loss.parse, "auto"),
        "auto"
    );

    private static readonly Setting<string[]> Labels = new(
        "--labels",
        "NAME,…",
        "The classes in the order of the outputs",
        Read.List(Read.Any, 1_000_000)
    );

    private static readonly Setting<double> Divisor = new(
        "--divisor",
        "NUMBER",
        "What features are divided by first: 255 for bytes of images",
        Read.Positive,
        "1"
    );

    private static readonly Setting<FeatureNumbers> Mean = new(
        "--mean",
        "NUMBER,…|FILE",
        "What is taken off the features after --divisor: one number for all, one for each, or a file of them "
            + "(.npy, .csv, .txt)",
        FeatureNumbers.Reader(_ => true, "a finite number")
    );

    private static readonly Setting<FeatureNumbers> Deviation = new(
        "--deviation",
        "NUMBER,…|FILE",
        "What features are divided by after --mean: numbers as there",
        FeatureNumbers.Reader(x => x > 0, "a finite number above 0")
    );

    public static IEnumerable<Option> Options =>
        [
            Layers.Option,
            Activations.Option,
            NormPosition.Option,
            NormEpsilon.Option,
            NormDecay.Option,
            Loss.Option,
            Labels.Option,
            Divisor.Option,
            Mean.Option,
            Deviation.Option,
        ];

    /// <summary>The first option that was given, if any: there is nothing for it to say where a file says all itself.</summary>
    public static string? Given(ParseResult result) =>
        Options.FirstOrDefault(option => result.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>What may help with a file whose names do not give the order of its layers.</summary>
    public static Func<Defect, string> Remedy(StateDictReading reading) =>
        defect =>
            defect.Field == "layers" && reading.Order.IsEmpty ? $" ({Layers.Name} takes all of them in order)" : "";

    public static StateDictReading Of(ParseResult result) =>
        new(
            order: ListModule.OfSeq(Layers.Or(result, [])),
            activations: ListModule.OfSeq(Activations.Of(result)),
            normsAfter: NormPosition.Of(result) is { } isAfter
                ? FSharpOption<bool>.Some(isAfter)
                : FSharpOption<bool>.None,
            norm: new BatchNorm(NormEpsilon.Of(result), NormDecay.Of(result), RunningVariance.Unbiased),
            loss: Loss.Of(result) is { } loss ? FSharpOption<Loss>.Some(loss) : FSharpOption<Loss>.None,
            preprocessing: Features(result),
            labels: Labels.Or(result, [])
        );

    /// <summary>Shift and scale are both there or both absent: where one option is given, the other has what changes nothing.</summary>
    private static Preprocessing Features(ParseResult result)
    {
        var means = Mean.Or(result, FeatureNumbers.None).Load();
        var deviations = Deviation.Or(result, FeatureNumbers.None).Load();
        var isAny = means.Length + deviations.Length > 0;
        return new(
            divisor: Divisor.Of(result),
            shift: isAny && means.Length == 0 ? [0] : means,
            scale: isAny && deviations.Length == 0 ? [1] : deviations,
            columns: Preprocessing.None.Columns,
            targets: Preprocessing.None.Targets,
            targetShift: Preprocessing.None.TargetShift,
            targetScale: Preprocessing.None.TargetScale
        );
    }
}

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
        return [.. Enumerable.Range(0, values.Length).Select(place => Text.number(values.At(place)))];
    }

    private double Checked(string text, int place)
    {
        var outcome = number(text);
        return outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.BadInput($"{path}: number {place}: {outcome.ErrorValue}");
    }
}
