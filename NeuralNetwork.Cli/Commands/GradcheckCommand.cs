using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Checks;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Engine;
using NeuralNetwork.Verification;

namespace NeuralNetwork.Cli.Commands;

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

    private static readonly Argument<string[]> Subjects = new(Arguments.DataName)
    {
        HelpName = "DATA|MODEL",
        Description = "Data to check on (default: made up), a run or model file to check, or both",
        Arity = new ArgumentArity(0, 2),
    };

    public static void Fill(Command command, Screen screen)
    {
        command.Description +=
            $"\n\nA tensor passes where ‖analytic - exact‖ / ‖exact‖ is at most {GradientReport.ExactTolerance:g1}, and the same with "
            + $"difference quotients at most {GradientReport.NumericTolerance:g1}. A tensor with less than {GradientReport.FloorShare:0.#} of the whole "
            + "gradient's norm is measured by that part of it. Numbers beside kinks are checked by the exact gradient; more "
            + $"than {100 * GradientReport.UsualKinkedShare:0} % of them are worth a warning, not a failure, for the exact gradient still checks "
            + "each. --verbose and --json list them.";
        command.Add(Subjects);
        Option[] own = [ConfigFile.Option, All, Quick, Taylor, Rows.Option, Inputs.Option, Classes.Option];
        foreach (
            var option in (Option[])
                [
                    .. own,
                    .. DataSettings.Options,
                    .. ModelSettings.Options,
                    .. TrainingSettings.Options,
                    .. EngineSettings.Options,
                ]
        )
            command.Add(option);
        command.SetAction(result => ConfigFile.Under(result, file => Run(result, file, screen)));
    }

    private static int Run(ParseResult result, ConfigFile? file, Screen screen)
    {
        var spec = SpecReader.Of(result, file);
        var options = new GradientCheckOptions(
            coordinates: GradientCheckOptions.Default.Coordinates,
            seed: spec.Fit.Seed,
            taylor: Is(Taylor, result, file)
        );
        var isCatalogue = Is(All, result, file) || Is(Quick, result, file);
        if (isCatalogue)
            CheckCatalogue(result, file, spec);
        var engine = new EngineSettings(spec.Engine);
        var backend = BackendOf(engine, screen);
        var checks = isCatalogue
            ? Catalogued(Is(All, result, file), options, backend, engine.Threads, screen)
            : [One(result, file, spec, options, backend)];
        return Tell(new CheckReport(checks), screen);
    }

    private static int Tell(CheckReport report, Screen screen)
    {
        if (screen.Json)
            screen.PrintDocument(Json.Text(report.Document()));
        else if (!screen.Quiet)
        {
            foreach (var line in report.Lines())
                screen.Print(line);
            foreach (var line in report.Kinks())
                screen.Explain(line);
        }
        foreach (var warning in report.Warnings)
            screen.Warn(warning);
        return report.Complaint is { } complaint ? throw Failure.Numeric(complaint) : Exit.Done;
    }

    /// <summary>The library's own products, unless another library was asked for.</summary>
    private static Backend BackendOf(EngineSettings engine, Screen screen)
    {
        if (engine.Blas is null)
            return Backend.Managed;
        var found = engine.Resolve().GetAwaiter().GetResult();
        if (found.Warning is { } warning)
            screen.Warn(warning);
        return found.Backend;
    }

    /// <summary>The network of the options or of a model, on rows of data or rows made up.</summary>
    private static Check One(
        ParseResult result,
        ConfigFile? file,
        TrainingSpec spec,
        GradientCheckOptions options,
        Backend backend
    )
    {
        string[] names =
            result.GetValue(Subjects) is { Length: > 0 } typed ? typed
            : file?.Data is { } said ? [said]
            : [];
        var models = names.Where(ModelSource.IsModel).ToArray();
        if (models.Length > 1 || names.Length - models.Length > 1)
            throw Failure.Usage($"{names[1]}: one argument too many (at most one data set and one model)");
        var model = models.Length == 1 ? CheckModel.Read(models[0]) : null;
        if (model is not null)
            Refuse([.. Said(spec, ModelSettings.All), .. Made(result, file)], models[0], "a model of its own");
        var rows = Rows.Of(result, file);
        var data = names.Except(models).FirstOrDefault();
        if (data is not null)
            Refuse(Made(result, file), data, "features and classes of its own");
        var (network, batch) = data is null
            ? MakeUp(
                model?.Network ?? spec.Build(Features.All(Inputs.Of(result, file)), Classes.Of(result, file)),
                rows,
                spec
            )
            : Load(data, model, rows, spec);
        if (NetworkModule.hasBatchNorm(network))
            BatchNormSpec.CheckBatch(Rows.Name, rows);
        ShardSpec.Check(spec.Fit.Shards, NetworkModule.hasBatchNorm(network), rows);
        var parameters = model?.Parameters ?? Parameters.initialize<double>(spec.Fit.Seed, network);
        var training = spec.Describe(1);
        var weights = batch.Weights(spec.Fit.Weighting, network);
        using var machine = new Machine(backend, 1);
        return new Check(
            Check.Describe(network, training),
            GradientCheck.runWeighted(machine, options, network, training, 1, parameters, batch.X, batch.T, weights)
        );
    }

    private static (Network, CheckBatch) Load(string data, CheckModel? model, int rows, TrainingSpec spec)
    {
        var source = spec.Data.Open(data);
        if (model is not null)
        {
            var sample = source.Use(Part.Train, model.Schema, needsTargets: true).WithTargets();
            return (model.Network, CheckBatch.Of(sample.Data, model.Preprocessing, model.Network.Outputs, rows));
        }
        var training = TrainingData.Of(source, spec.Data, _ => new(ValidationRows.Nothing, spec.Fit.Seed));
        var network = spec.Build(Features.Of(training.Schema), training.Schema.Learned);
        return (network, CheckBatch.Of(training.Train, training.PreprocessingFor(network), network.Outputs, rows));
    }

    private static (Network, CheckBatch) MakeUp(Network network, int rows, TrainingSpec spec) =>
        (network, CheckBatch.MakeUp(network, rows, spec.Fit.Seed));

    /// <summary>The catalogue has networks, training and rows of its own.</summary>
    private static void CheckCatalogue(ParseResult result, ConfigFile? file, TrainingSpec spec)
    {
        var asked = Is(All, result, file) ? All.Name : Quick.Name;
        if (Is(All, result, file) && Is(Quick, result, file))
            throw Failure.Usage(Quick.Name, $"does not go with {All.Name} (one of the two)");
        if (result.GetValue(Subjects) is [var name, ..])
            throw Failure.Usage($"{name}: does not go with {asked} (which has networks and rows of its own)");
        string[] rows = Rows.IsGiven(result, file) ? [Rows.Name] : [];
        var described = Said(spec, [.. ModelSettings.All, .. TrainingSettings.All]);
        Refuse([.. described, .. rows, .. Made(result, file)], asked, "networks and rows of its own");
    }

    /// <summary>Whether a flag is set, here or in a file.</summary>
    private static bool Is(Option<bool> flag, ParseResult result, ConfigFile? file) =>
        result.GetValue(flag) || file?.TextOf(flag.Name) is not null;

    /// <summary>The options that are said among these. The seed always has an effect.</summary>
    private static IEnumerable<string> Said(TrainingSpec spec, IEnumerable<SpecOption> options) =>
        options.Select(option => option.Name).Where(name => name != OptionName.Seed && spec.IsSaid(name));

    /// <summary>The options that are said about rows made up.</summary>
    private static IEnumerable<string> Made(ParseResult result, ConfigFile? file) =>
        new[] { Inputs, Classes }.Where(count => count.IsGiven(result, file)).Select(count => count.Name);

    /// <summary>A usage failure where an option would have no effect.</summary>
    private static void Refuse(IEnumerable<string> said, string beside, string reason)
    {
        if (said.FirstOrDefault() is { } stray)
            throw Failure.Usage(stray, $"does not go with {beside} (which has {reason})");
    }

    /// <summary>The catalogue, over the cores, in its order.</summary>
    private static Check[] Catalogued(
        bool isWhole,
        GradientCheckOptions options,
        Backend backend,
        int threads,
        Screen screen
    )
    {
        var cells = GradientCheck.catalogue(isWhole, options);
        using var machines = new ThreadLocal<Machine>(() => new Machine(backend, 1), trackAllValues: true);
        try
        {
            return screen.Watch(cells.Length, "cells", meter => Run(cells, meter));
        }
        finally
        {
            foreach (var machine in machines.Values)
                ((IDisposable)machine).Dispose();
        }

        Check[] Run((string Name, Func<Machine, GradientReport> Of)[] all, ProgressBar? meter)
        {
            var done = 0;
            return
            [
                .. all.AsParallel()
                    .AsOrdered()
                    .WithDegreeOfParallelism(Math.Min(threads, 512))
                    .Select(cell =>
                    {
                        var check = new Check(cell.Name, cell.Of(machines.Value!));
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
