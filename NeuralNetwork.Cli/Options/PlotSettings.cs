using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Storage;

namespace NeuralNetwork.Cli.Options;

/// <summary>--plot FILE.svg: the picture that says most, at a place of its own.</summary>
internal static class PlotSettings
{
    private static readonly Setting<string> File = new(
        "--plot",
        "FILE.svg",
        "Also draw the main picture, as SVG",
        Read.Any
    );

    public static Option Option => File.Option;

    /// <summary>The file to draw to, checked before anything begins; null where none is asked for.</summary>
    public static string? Of(ParseResult result) => Of(result, result.GetValue(Arguments.Force));

    /// <summary>The same, where something else than --force may say that what is there is replaced.</summary>
    public static string? Of(ParseResult result, bool replaces)
    {
        if (!File.IsGiven(result))
            return null;
        var path = File.Of(result);
        OutputFile.Check(File.Name, path, replaces);
        return path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)
            ? path
            : throw Failure.Usage(File.Name, $"{path}: not the name of an SVG file (must end with .svg)");
    }

    /// <summary>Draws a chart where that is wanted.</summary>
    public static void Draw(string? path, Func<Chart> chart)
    {
        if (path is not null)
            OutputFile.Write(path, Durable.Written(Picture.Of(chart())));
    }
}
