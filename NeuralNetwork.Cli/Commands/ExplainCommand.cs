using System.CommandLine;

namespace NeuralNetwork.Cli;

/// <summary>nn explain plan: what a network is compiled to.</summary>
internal static class ExplainCommand
{
    private static readonly Setting<int> Inputs = new("--inputs", "N", "Features of a row", Read.Count, "784");
    private static readonly Setting<int> Classes = new("--classes", "N", "Classes to tell apart", Read.Count, "10");

    public static void Fill(Command command, Screen screen)
    {
        var plan = new Command("plan", "The operations of a prediction and of a training step.");
        foreach (
            var option in (Option[])
                [Inputs.Option, Classes.Option, .. ModelSettings.Options, .. TrainingSettings.Options]
        )
            plan.Add(option);
        plan.SetAction(result => Plan(result, screen));
        command.Add(plan);
    }

    private static int Plan(ParseResult result, Screen screen)
    {
        var network = new ModelSettings(result).Build(Inputs.Of(result), Math.Max(2, Classes.Of(result)));
        var training = new TrainingSettings(result);
        var batch = training.Fit(network, int.MaxValue).BatchSize;
        screen.Print(PlanModule.explain(PlanModule.compile(network, training.Describe(1), batch)));
        return Exit.Done;
    }
}
