using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Html;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Export;
using NeuralNetwork.Formats;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn model import FILE --out MODEL: a model file from weights of another program, or from an export of this one.</summary>
internal static class ModelImportCommand
{
    private static readonly Argument<string> Place = new("FILE")
    {
        Description = "Weights in safetensors or NPZ: a PyTorch state_dict, or an export of nn",
    };

    private static readonly Setting<string> Out = new(OptionName.Out, "MODEL", "The model file to write", Read.Any);

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        command.Add(Out.Option);
        foreach (var option in ImportSettings.Options)
            command.Add(option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(result, screen));
    }

    private static int Run(ParseResult result, Screen screen)
    {
        if (!Out.IsGiven(result))
            throw Failure.Usage(Out.Name, "missing (see nn model import --help)");
        var (source, path) = (result.GetRequiredValue(Place), Out.Of(result));
        OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        if (Path.GetFullPath(path) == Path.GetFullPath(source))
            throw Failure.Usage(Out.Name, $"{path} is the file that is read");
        var reading = ImportSettings.Of(result);
        var content = Sound(source, ModelImport.content(ModelBytes.Load(source)));
        var isDescribed = ModelImport.isDescribed(content);
        if (isDescribed && ImportSettings.Given(result) is { } stray)
            throw Failure.Usage(stray, $"{source} describes itself (nothing is left to say)");
        var model = isDescribed
            ? Sound(source, ModelImport.described(content))
            : Sound(source, ModelImport.stateDict(reading, content.Tensors), ImportSettings.Remedy(reading));
        var order = isDescribed ? [] : Order(source, reading, content);
        Write(model, path);
        Report(path, model, order, screen);
        return Exit.Done;
    }

    private static T Sound<T>(string source, FSharpResult<T, Defect> outcome, Func<Defect, string>? remedy = null) =>
        outcome.IsOk
            ? outcome.ResultValue
            : throw Failure.BadInput($"{source}: {outcome.ErrorValue}{remedy?.Invoke(outcome.ErrorValue)}");

    private static string[] Order(string source, StateDictReading reading, Safetensors content) =>
        [.. reading.Order.IsEmpty ? Sound(source, ModelImport.order(content.Tensors)) : reading.Order];

    private static void Write(AnyModel model, string path) =>
        OutputFile.Write(
            path,
            stream =>
            {
                if (model is AnyModel.Single single)
                    ModelFile.writeTo(stream, single.Item);
                else if (model is AnyModel.Double twice)
                    ModelFile.writeTo(stream, twice.Item);
            }
        );

    private static Network NetworkOf(AnyModel model) =>
        model switch
        {
            AnyModel.Single single => single.Item.Network,
            AnyModel.Double twice => twice.Item.Network,
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };

    private static void Report(string path, AnyModel model, string[] order, Screen screen)
    {
        var network = NetworkOf(model);
        var precision = model.IsDouble ? "float64" : "float32";
        var parameters = Layout.Of(network).ParameterCount;
        if (screen.Json)
            screen.PrintDocument(
                Json.Text(
                    new JsonObject
                    {
                        ["schema"] = Json.Schema,
                        ["path"] = path,
                        ["precision"] = precision,
                        ["parameters"] = parameters,
                        ["layers_from"] = Json.Array(order, name => name),
                        ["network"] = JsonNode.Parse(Description.network(network)),
                    }
                )
            );
        if (order.Length > 0)
            screen.Say($"layers in order: {string.Join(", ", order)}");
        screen.Say($"{path}: {Names(network)}, {Loss.name(network.Loss)}, {parameters} parameters, {precision}");
    }

    /// <summary>784 - dense 128 - relu - dense 10.</summary>
    private static string Names(Network network) =>
        string.Join(
            " - ",
            network
                .Layers.Select(layer => layer is Layer.Dense dense ? $"dense {dense.Units}" : Layer.name(layer))
                .Prepend($"{network.Inputs}")
        );
}
