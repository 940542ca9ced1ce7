using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>nn model …: files of models, without data.</summary>
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
    }
}
