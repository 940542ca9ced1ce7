using System.CommandLine;
using System.Text.RegularExpressions;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Exports;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what a model is written as.</summary>
internal static class ExportSettings
{
    private static readonly (string Name, string Extension)[] Formats =
    [
        ("onnx", ".onnx"),
        ("npz", ".npz"),
        ("safetensors", ".safetensors"),
        ("cs", ".cs"),
    ];

    public static readonly Setting<string> Out = new(OptionName.Out, "FILE", "Where to write", Read.Any);

    private static readonly Setting<string> Format = new(
        "--format",
        "NAME",
        $"What to write: {string.Join(", ", Formats.Select(format => format.Name))} (default: by the name of the file)",
        Read.OneOf([.. Formats.Select(format => (format.Name, format.Name))])
    );

    private static readonly Setting<bool> Layout = new(
        "--layout",
        "model|torch",
        "Names in safetensors: of a model file, or of the state_dict of a PyTorch nn.Sequential, which is printed",
        Read.OneOf(("model", false), ("torch", true)),
        "model"
    );

    private static readonly Setting<bool> Inputs = new(
        "--inputs",
        "features|columns",
        "What an ONNX file takes: raw features in one input, or an input for each column of the table by its name",
        Read.OneOf(("features", false), ("columns", true)),
        "features"
    );

    private static readonly Setting<string> Namespace = new(
        "--namespace",
        "NAME",
        "Namespace of the C# class",
        Name,
        "Models"
    );

    private static readonly Setting<string> Class = new(
        "--class",
        "NAME",
        "Name of the C# class (default: from the name of the file)",
        text => text.Contains('.') ? Refuse(text) : Name(text)
    );

    public static IEnumerable<Option> Options =>
        [Out.Option, Format.Option, Layout.Option, Inputs.Option, Namespace.Option, Class.Option];

    /// <summary>The name of the format, and how it is written. A usage failure where that is not clear.</summary>
    public static (string Name, ExportFormat Format) Of(ParseResult result)
    {
        if (!Out.IsGiven(result))
            throw Failure.Usage(Out.Name, "missing (see nn model export --help)");
        var path = Out.Of(result);
        var name = Format.IsGiven(result) ? Format.Of(result) : ByExtension(path);
        if (Layout.IsGiven(result) && name != "safetensors")
            throw Failure.Usage(Layout.Name, $"nothing to lay out in {name} (safetensors has layouts)");
        if (Inputs.IsGiven(result) && name != "onnx")
            throw Failure.Usage(Inputs.Name, $"nothing to choose in {name} (onnx has inputs)");
        foreach (var stray in new[] { Namespace, Class }.Where(setting => setting.IsGiven(result) && name != "cs"))
            throw Failure.Usage(stray.Name, $"no C# is written ({name} is)");
        return name switch
        {
            "onnx" when Inputs.Of(result) => (name, new OnnxColumnsExport()),
            "onnx" => (name, new OnnxExport()),
            "npz" => (name, new NpzExport()),
            "cs" => (
                name,
                new CSharpExport(Namespace.Of(result), Class.Or(result, ClassOf(path)), Class.IsGiven(result))
            ),
            _ when Layout.Of(result) => ("torch", new TorchExport()),
            _ => (name, new SafetensorsExport()),
        };
    }

    private static string ByExtension(string path)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        var known = Array.Find(Formats, format => format.Extension == extension);
        return known.Name
            ?? throw Failure.Usage(
                extension is ".pt" or ".pth" or ".bin"
                    ? $"{Out.Name}: {path}: nothing is pickled (did you mean {Path.ChangeExtension(path, ".safetensors")} {Layout.Name} torch?)"
                    : $"{Out.Name}: {path}: no format has this ending (known: {string.Join(", ", Formats.Select(format => format.Extension))}; "
                        + $"{Format.Name} names one)"
            );
    }

    /// <summary>MnistModel from mnist-model.cs.</summary>
    private static string ClassOf(string path)
    {
        var words = Regex.Matches(Path.GetFileNameWithoutExtension(path), "[A-Za-z0-9]+");
        var name = string.Concat(words.Select(word => char.ToUpperInvariant(word.Value[0]) + word.Value[1..]));
        return name.Length == 0 || char.IsAsciiDigit(name[0]) ? $"Model{name}" : name;
    }

    private static FSharpResult<string, string> Name(string text) =>
        text.Split('.').All(part => Regex.IsMatch(part, "^[A-Za-z_][A-Za-z0-9_]*$"))
            ? FSharpResult<string, string>.NewOk(text)
            : Refuse(text);

    private static FSharpResult<string, string> Refuse(string text) =>
        FSharpResult<string, string>.NewError($"'{text}' (must be a name in C#)");
}
