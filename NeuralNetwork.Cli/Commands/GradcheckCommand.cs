using System.CommandLine;
using NeuralNetwork.Engine;
using NeuralNetwork.Verification;

namespace NeuralNetwork.Cli;

/// <summary>nn gradcheck: the gradients of the engine against exact ones and against difference quotients.</summary>
internal static class GradcheckCommand
{
    private static readonly Option<bool> All = new("--all")
    {
        Description = "Every activation with every loss, batch norm, dropout and penalty, in small networks",
    };

    private static readonly Option<bool> Quick = new("--quick") { Description = "A sample of --all" };

    private static readonly Option<bool> Taylor = new("--taylor")
    {
        Description = "Also the rates at which the remainders of Taylor's theorem fall",
    };

    private static readonly Setting<int> Rows = new("--rows", "N", "Rows to check on", Read.Whole(4096), "8");
    private static readonly Setting<int> Inputs = new("--inputs", "N", "Features of rows made up", Read.Count, "8");
    private static readonly Setting<int> Classes = new("--classes", "N", "Classes of rows made up", Read.Count, "4");

    private static readonly Argument<string?> Data = new(Arguments.DataName)
    {
        Description = "Data to check on: a built-in data set or a folder with IDX files (default: made up)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static void Fill(Command command, Screen screen)
    {
        command.Add(Data);
        Option[] own = [ConfigFile.Option, All, Quick, Taylor, Rows.Option, Inputs.Option, Classes.Option];
        foreach (
            var option in (Option[])
                [.. own, .. ModelSettings.Options, .. TrainingSettings.Options, .. EngineSettings.Options]
        )
            command.Add(option);
        command.SetAction(result => Run(result, screen));
    }

    private static int Run(ParseResult result, Screen screen)
    {
        var training = new TrainingSettings(result);
        var options = new GradientCheckOptions(
            coordinates: GradientCheckOptions.Default.Coordinates,
            seed: training.Seeded,
            taylor: result.GetValue(Taylor)
        );
        var checks =
            result.GetValue(All) || result.GetValue(Quick)
                ? Catalogued(result, options, screen)
                : [One(result, training, options)];
        var report = new CheckReport(checks);
        if (screen.Json)
            screen.Print(Json.Text(report.Document()));
        else
            foreach (var line in checks.Length == 1 ? report.Page() : report.Table())
                screen.Print(line);
        return report.Complaint is { } complaint ? throw Failure.Numeric(complaint) : Exit.Done;
    }

    /// <summary>The description of the options, at the parameters that a training begins with.</summary>
    private static Check One(ParseResult result, TrainingSettings settings, GradientCheckOptions options)
    {
        var model = new ModelSettings(result);
        var rows = Rows.Of(result);
        if (model.HasBatchNorm)
            BatchNormSettings.CheckBatch(Rows.Name, rows);
        var (network, batch) = result.GetValue(Data) is { } name
            ? Load(model, name, rows)
            : MakeUp(model.Build(Inputs.Of(result), Math.Max(2, Classes.Of(result))), rows, settings.Seeded);
        using var machine = new Machine(Backend.Managed, 1);
        var parameters = Parameters.initialize<double>(settings.Seeded, network);
        var training = settings.Describe(1);
        return new Check(
            Check.Describe(network),
            GradientCheck.run(machine, options, network, training, 1, parameters, batch.X, batch.T)
        );
    }

    private static (Network, CheckBatch) Load(ModelSettings model, string name, int rows)
    {
        var sample = DataSource.Find(name).Load(Part.Train);
        var network = model.Build(sample.Cols, Math.Max(2, sample.Classes));
        return (network, CheckBatch.Of(sample, network.Outputs, rows));
    }

    private static (Network, CheckBatch) MakeUp(Network network, int rows, ulong seed) =>
        (network, new CheckBatch(MadeUp.inputs(network, rows, seed), MadeUp.targets(network, rows, seed)));

    /// <summary>The catalogue, over the cores, in its order.</summary>
    private static Check[] Catalogued(ParseResult result, GradientCheckOptions options, Screen screen)
    {
        if (result.GetValue(All) && result.GetValue(Quick))
            throw Failure.Usage($"{Quick.Name}: does not go with {All.Name} (one of the two)");
        if (result.GetValue(Data) is { } name)
            throw Failure.Usage(
                $"{name}: the catalogue has rows of its own (leave out {Data.Name}, or --all and --quick)"
            );
        var cells = (result.GetValue(All) ? Catalogue.cells(options.Seed) : Catalogue.quick(options.Seed)).ToArray();
        using var machines = new ThreadLocal<Machine>(() => new Machine(Backend.Managed, 1), trackAllValues: true);
        try
        {
            return screen.Watch(cells.Length, "cells", meter => Run(cells, meter));
        }
        finally
        {
            foreach (var machine in machines.Values)
                ((IDisposable)machine).Dispose();
        }

        Check[] Run(Cell[] all, Meter? meter)
        {
            var (done, threads) = (0, new EngineSettings(result).Threads);
            return
            [
                .. all.AsParallel()
                    .AsOrdered()
                    .WithDegreeOfParallelism(Math.Min(threads, 512))
                    .Select(cell =>
                    {
                        var check = new Check(cell.Name, GradientCheck.checkCell(machines.Value!, options, cell));
                        var count = Interlocked.Increment(ref done);
                        if (meter is not null)
                            lock (meter)
                                if (meter.IsDue)
                                    meter.Move(count, cell.Name);
                        return check;
                    }),
            ];
        }
    }
}
