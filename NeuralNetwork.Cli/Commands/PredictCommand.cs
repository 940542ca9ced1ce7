using System.CommandLine;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli;

/// <summary>nn predict MODEL DATA: a row of CSV for every row of data.</summary>
internal static class PredictCommand
{
    private static readonly Setting<string> Out = new(
        "--out",
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

    public static void Fill(Command command, Screen screen)
    {
        var use = new UseSettings(command, needsTargets: false);
        command.Add(Out.Option);
        command.Add(Probabilities);
        command.Add(Arguments.Force);
        command.SetAction(result => Run(use, result, result.GetValue(Probabilities), screen));
    }

    private static int Run(UseSettings use, ParseResult result, bool probabilities, Screen screen)
    {
        var path = Out.IsGiven(result) ? Out.Of(result) : null;
        if (path is not null)
            Check(path, use.ModelPath(result), result.GetValue(Arguments.Force));

        var used = use.Open(result, screen);
        if (path is not null && used.Source.IsReadFrom(path))
            throw Failure.Usage($"{Out.Name}: {path} is what is predicted from");
        using var machine = used.Machine;
        if (probabilities && used.Sample.Schema.Learned is not Learned.Classes)
            throw Failure.Usage($"{Probabilities.Name}: {use.ModelPath(result)} predicts values, and no classes");
        var table = used.Model switch
        {
            AnyModel.Single single => Table(used, single.Item),
            AnyModel.Double twice => Table(used, twice.Item),
            _ => throw new InvalidOperationException("a model in a precision that has no command"),
        };
        if (path is null && screen.Json)
            screen.Print(Json.Text(table.ToJson(probabilities)));
        else if (path is null)
            Print(table, probabilities);
        else
            OutputFile.Write(path, stream => table.WriteAs(path, stream, probabilities));
        if (path is not null)
            screen.Say($"{used.Sample.Rows:N0} predictions in {path}");
        return Exit.Done;
    }

    private static void Print(PredictionTable table, bool probabilities)
    {
        try
        {
            using var output = Console.OpenStandardOutput();
            table.Write(output, probabilities);
        }
        catch (Exception error) when (Outlet.IsTrouble(error))
        {
            throw Outlet.Trouble(error);
        }
    }

    private static void Check(string path, string model, bool force)
    {
        OutputFile.Check(Out.Name, path, force);
        if (!Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            throw Failure.Usage(
                $"{Out.Name}: {path}: predictions are CSV or NPY"
                    + $" (did you mean {Path.ChangeExtension(path, ".csv")} or {Path.ChangeExtension(path, ".npy")}?)"
            );
        if (Path.GetFullPath(path) == Path.GetFullPath(model))
            throw Failure.Usage($"{Out.Name}: {path} is the model itself");
    }

    private static PredictionTable Table<T>(Used used, Model<T> model)
        where T : struct, IFormattable
    {
        var predictions = Fit.predict(used.Machine, model, used.Sample.Data);
        return PredictionTable.Of(used.Sample.Schema.Learned, model.Network, predictions);
    }
}
