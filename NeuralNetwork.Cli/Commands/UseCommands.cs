using System.CommandLine;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Commands;

/// <summary>nn evaluate MODEL DATA: how good a model is, as a whole and class by class, or value by value.</summary>
internal static class EvaluateCommand
{
    public static void Fill(Command command, Screen screen)
    {
        var use = new UseSettings(command, needsTargets: true);
        command.Add(PlotSettings.Option);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(use, result, screen));
    }

    private static int Run(UseSettings use, ParseResult result, Screen screen)
    {
        var plot = PlotSettings.Of(result);
        const string about = "the rows to evaluate";
        using var cells = new CellFile(Spill.Temporary(about));
        using var features = Spill.Temporary(about);
        var used = use.Open(result, screen, new(cells, features));
        if (KnownRows.Warning(use.ModelPath(result), used.Source) is { } warning)
            screen.Warn(warning);
        using var machine = used.Machine;
        var report = used.Model switch
        {
            AnyModel.Single single => EvaluationReport.Of(used, single.Item, use.SeedOf(result)),
            AnyModel.Double twice => EvaluationReport.Of(used, twice.Item, use.SeedOf(result)),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
        PlotSettings.Draw(plot, report.Chart);
        if (screen.Json)
            screen.PrintDocument(Json.Text(report.Document()));
        else
            foreach (var line in report.Lines())
                screen.Print(line);
        if (report is { Guessing: { } guessing, Defect: null })
            screen.Warn($"{use.ModelPath(result)}: on these rows {guessing}");
        return report.Defect is { } defect
            ? throw Failure.Numeric(
                $"{use.ModelPath(result)}: {defect} (training diverged, or these rows are far from its own)"
            )
            : Exit.Done;
    }
}

/// <summary>nn predict MODEL DATA: a row of CSV for every row of data.</summary>
internal static class PredictCommand
{
    private static readonly Setting<string> Out = new(
        OptionName.Out,
        "FILE",
        "Write there instead of standard output",
        Read.Any
    );

    /// <summary>What a file of predictions may end with: NPY, or CSV in all other cases.</summary>
    private static readonly string[] Endings = [".csv", ".txt", ".npy", ""];

    private static readonly Option<bool> Probabilities = new("--probabilities")
    {
        Description = "Add a column for each class",
    };

    private static readonly Setting<ColumnNames> Keep = new(
        KeptColumns.Option,
        "NAME,…|all",
        "Columns of DATA to stand between the number of a row and its prediction",
        ColumnNames.Read
    );

    private static readonly Option<bool> SpreadsheetSafe = new("--spreadsheet-safe")
    {
        Description = "Put an apostrophe before texts that a spreadsheet would run as a formula",
    };

    public static void Fill(Command command, Screen screen)
    {
        var use = new UseSettings(command, needsTargets: false);
        command.Add(Out.Option);
        command.Add(Probabilities);
        command.Add(Keep.Option);
        command.Add(SpreadsheetSafe);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(use, result, screen));
    }

    private static int Run(UseSettings use, ParseResult result, Screen screen)
    {
        var probabilities = result.GetValue(Probabilities);
        var path = Out.IsGiven(result) ? Out.Of(result) : null;
        if (path is not null)
            Check(path, use.ModelPath(result), result);

        using var used = use.OpenRows(result, screen);
        if (path is not null && used.Source.IsReadFrom(path))
            throw Failure.Usage(Out.Name, $"{path} is what is predicted from");
        var kept = Keep.IsGiven(result) ? KeptColumns.Of(Keep.Of(result), used.Source, used.Schema) : null;
        if (probabilities && used.Schema.Learned is not Learned.Classes)
            throw Failure.Usage(Probabilities.Name, $"{use.ModelPath(result)} predicts values, and no classes");
        var layout = new PredictionLayout(probabilities, kept)
        {
            IsSpreadsheetSafe = result.GetValue(SpreadsheetSafe),
            IsForTerminal = path is null && screen.Around.IsOutputTerminal,
        };
        if (path is null && screen.Json)
            Write(used, () => new DocumentOutput(screen.PrintPart, layout));
        else if (path is null)
            Print(used, layout, screen);
        else
            OutputFile.Write(path, stream => Write(used, () => PredictionOutput.Of(path, stream, layout)));
        if (used.Warning is { } warning)
            screen.Warn(warning);
        if (path is not null)
            screen.Say($"{used.Rows:N0} predictions in {path}");
        return Exit.Done;
    }

    private static void Write(UsedRows used, Func<PredictionOutput> open)
    {
        using var output = open();
        output.Add(used.Predict());
    }

    private static void Print(UsedRows used, PredictionLayout layout, Screen screen)
    {
        try
        {
            using var bytes = screen.Around.Bytes();
            Write(used, () => new CsvOutput(bytes, layout));
        }
        catch (Exception error) when (Outlet.IsTrouble(error))
        {
            throw Outlet.Trouble(error);
        }
    }

    private static void Check(string path, string model, ParseResult result)
    {
        OutputFile.Check(Out.Name, path, result.GetValue(Arguments.Force));
        if (!Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            throw Failure.Usage(
                Out.Name,
                $"{path}: predictions are CSV or NPY"
                    + $" (did you mean {Path.ChangeExtension(path, ".csv")} or {Path.ChangeExtension(path, ".npy")}?)"
            );
        if (Path.GetFullPath(path) == Path.GetFullPath(model))
            throw Failure.Usage(Out.Name, $"{path} is the model itself");
        if (PredictionOutput.IsArray(path) && Keep.IsGiven(result))
            throw Failure.Usage(
                Keep.Name,
                $"{path} is an array of numbers (did you mean {Path.ChangeExtension(path, ".csv")}?)"
            );
        if (PredictionOutput.IsArray(path) && result.GetValue(SpreadsheetSafe))
            throw Failure.Usage(SpreadsheetSafe.Name, $"{path} is an array of numbers (there is nothing to guard)");
    }
}

/// <summary>nn serve RUN: the model behind HTTP. Its words go to nn-serve, which is installed by itself: nn needs no ASP.NET.</summary>
internal static class ServeCommand
{
    private const string Program = "nn-serve";
    private const string Package = "NeuralNetwork.Server";

    private static readonly Argument<string> Place = new("RUN") { Description = "A run folder or a model file" };

    private static readonly Setting<string> Host = new(
        "--host",
        "ADDRESS",
        "The address to listen on; from others than 127.0.0.1 and ::1 whoever reaches it gets answers",
        Read.Any,
        "127.0.0.1"
    );

    private static readonly Setting<int> Port = new(
        "--port",
        "N",
        "The port; 0: any that is free",
        Read.Whole(65535, 0),
        "8080"
    );

    private static readonly Option<bool> Watch = new("--watch")
    {
        Description = "Take another model when its file is replaced, as by nn train --out RUN --force",
    };

    private static readonly Setting<int> MostRows = new(
        "--max-rows",
        "N",
        "Rows of a request",
        Read.Whole(10_000_000),
        "100000"
    );

    private static readonly Setting<int> MostBody = new(
        "--max-body",
        "MIB",
        "MiB of the body of a request",
        Read.Whole(1024),
        "16"
    );

    private static readonly Setting<int> MostRequests = new(
        "--max-requests",
        "N",
        "Requests for predictions that are held at once; others wait, and are refused after 10 s",
        Read.Whole(10_000),
        "64"
    );

    public static void Fill(Command command, Screen screen)
    {
        command.Description +=
            $" Ctrl-C ends it when what is asked has been answered. It is a program of its own: dotnet tool install {Package} --global";
        command.Add(Place);
        Option[] own = [Host.Option, Port.Option, Watch, MostRows.Option, MostBody.Option, MostRequests.Option];
        foreach (var option in own)
            command.Add(option);
        command.SetAction(result => Run(result, screen));
    }

    private static int Run(ParseResult result, Screen screen)
    {
        // What nobody gave has the other program's own value.
        (string Name, bool IsGiven, string Text)[] settings =
        [
            (Host.Name, Host.IsGiven(result), Host.Of(result)),
            (Port.Name, Port.IsGiven(result), $"{Port.Of(result)}"),
            (MostRows.Name, MostRows.IsGiven(result), $"{MostRows.Of(result)}"),
            (MostBody.Name, MostBody.IsGiven(result), $"{MostBody.Of(result)}"),
            (MostRequests.Name, MostRequests.IsGiven(result), $"{MostRequests.Of(result)}"),
        ];
        var run = result.GetRequiredValue(Place);
        _ = ModelSource.Path(run);
        var program =
            HandOver.Find(Program)
            ?? throw Failure.InputOutput(
                $"serve: {Program} is not installed (dotnet tool install {Package} --global installs it)"
            );
        return HandOver.Run(
            program,
            [
                run,
                .. settings.Where(one => one.IsGiven).SelectMany(one => (string[])[one.Name, one.Text]),
                .. result.GetValue(Watch) ? [Watch.Name] : Array.Empty<string>(),
                .. screen.Quiet ? ["--quiet"] : Array.Empty<string>(),
                .. screen.Json ? ["--json"] : Array.Empty<string>(),
            ]
        );
    }
}
