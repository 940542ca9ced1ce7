using System.CommandLine;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn model …: files of models.</summary>
internal static class ModelCommand
{
    public static void Fill(Command command, Screen screen)
    {
        var verify = new Command("verify", "Check a model or checkpoint, or all of a run folder, bit by bit.");
        ModelVerify.Fill(verify, screen);
        command.Add(verify);
        var show = new Command("show", "Show what is in a model or checkpoint: network, tensors, how far a run is.");
        ModelShow.Fill(show, screen);
        command.Add(show);
        var export = new Command("export", "Write a model as ONNX, NPZ, safetensors or C#, and compare predictions.");
        ModelExportCommand.Fill(export, screen);
        command.Add(export);
        var import = new Command("import", "Make a model of weights in safetensors or NPZ, as PyTorch names them.");
        ModelImportCommand.Fill(import, screen);
        command.Add(import);
    }
}
