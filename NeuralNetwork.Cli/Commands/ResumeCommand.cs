using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>nn resume RUN: the order in its config.json, from the state in its checkpoint on.</summary>
internal static class ResumeCommand
{
    private static readonly Argument<string> Place = new("RUN") { Description = "The folder of a run" };

    private static readonly Option<bool> AllowChange = new("--allow-change")
    {
        Description = "Go on although data, options, program or machine have changed; run.json records it",
    };

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Place);
        command.Add(AllowChange);
        command.SetAction(result => Run(result.GetRequiredValue(Place), result.GetValue(AllowChange), screen));
    }

    private static int Run(string run, bool allowChange, Screen screen)
    {
        var path = Find(run);
        var (order, data) = TrainCommand.Again(Path.Combine(run, RunFolder.ConfigName), run);
        using var folder = order.Folder;
        folder.Take();
        var source = DataSource.Find(data, order.Data.Format);
        return TrainStart.GoOn(path, order, source, allowChange, screen).Run();
    }

    private static string Find(string run)
    {
        if (!Directory.Exists(run))
            throw Failure.BadInput($"{run}: no such run folder");
        if (!File.Exists(Path.Combine(run, RunFolder.ConfigName)))
            throw Failure.BadInput(
                $"{run}: no {RunFolder.ConfigName}: not a run folder, or a run that had nothing to save"
            );
        var path = Path.Combine(run, RunFolder.CheckpointName);
        return File.Exists(path)
            ? path
            : throw Failure.BadInput(
                $"{path}: not there: the run ended before it was first saved"
                    + $" (nn train --config {Path.Combine(run, RunFolder.ConfigName)} begins again)"
            );
    }
}
