using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Engine;
using NeuralNetwork.Plans;

namespace NeuralNetwork.Cli.Runs;

/// <summary>What a training would be and take, of all that it reads and before any of it is done.</summary>
internal sealed class DryRun(TrainReport report)
{
    // The model it began with, and the best one so far.
    private const int Models = 2;

    private readonly PlanOutline plan = PlanOutline.Of(report.Network, report.Training, report.Fit.BatchSize);

    /// <summary>How many models are trained before this one, to measure by.</summary>
    private int Folds => report.Order.Spec.Fit.Fold is null ? report.Data.FoldRows.Length : 0;

    private int Steps => Fit.totalSteps(report.Network, report.Fit, report.Data.Train.Rows);

    private int StepsPerEpoch => Fit.stepsPerEpoch(report.Network, report.Fit.BatchSize, report.Data.Train.Rows);

    private long NumberBytes => report.Order.Spec.Model.IsDouble ? sizeof(double) : sizeof(float);

    private long NetworkBytes => NumberBytes * (plan.StateNumbers + (Models * (long)plan.VectorNumbers));

    private long BatchBytes => NumberBytes * (plan.Numbers - plan.StateNumbers);

    private long DataBytes => new[] { report.Data.Train, report.Data.Validation, report.Data.Test }.Sum(BytesOf);

    public IEnumerable<string> Lines()
    {
        yield return Line(
            "network",
            $"{report.Widths}{report.Waves}, {report.Size:N0} parameters, in {report.Order.Out}"
        );
        yield return Line("steps", $"{Steps:N0} of {report.Fit.BatchSize:N0} rows, {StepsPerEpoch:N0} an epoch");
        yield return Line(
            "rows",
            $"{report.Data.Train.Rows:N0} to train, {report.Data.ValidationRows:N0} to validate, {Rows(report.Data.Test):N0} to test"
        );
        if (Folds > 0)
            yield return Line("folds", $"{Folds} models more, each measured on its part of the rows");
        yield return Line(
            "memory",
            $"{Megabytes(DataBytes)} of data, {Megabytes(NetworkBytes)} of the network and its training, {Megabytes(BatchBytes)} for a batch"
        );
        yield return "nothing was written (--dry-run)";
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["dry_run"] = true,
            ["out"] = report.Order.Out,
            ["parameters"] = report.Size,
            ["steps"] = Steps,
            ["steps_per_epoch"] = StepsPerEpoch,
            ["batch_size"] = report.Fit.BatchSize,
            ["train_rows"] = report.Data.Train.Rows,
            ["validation_rows"] = report.Data.ValidationRows,
            ["test_rows"] = Rows(report.Data.Test),
            ["folds"] = Folds,
            ["memory"] = new JsonObject
            {
                ["data_bytes"] = DataBytes,
                ["network_bytes"] = NetworkBytes,
                ["batch_bytes"] = BatchBytes,
            },
        };

    private static string Line(string name, string found) => $"{name, -9}{found}";

    private static int Rows(Dataset? data) => data?.Rows ?? 0;

    private static string Megabytes(long bytes) => $"{bytes / 1e6:0.0} MB";

    private static long BytesOf(Dataset? data) =>
        data is null
            ? 0
            : BytesOf(data.Inputs)
                + data.Targets switch
                {
                    Targets.Labels labels => sizeof(int) * (long)labels.Labels.Length,
                    Targets.Values values => BytesOf(values.Values),
                    _ => 0,
                };

    private static long BytesOf(NumberArray table) =>
        table switch
        {
            NumberArray.Bytes bytes => bytes.Item.LongLength,
            NumberArray.Singles numbers => sizeof(float) * numbers.Item.LongLength,
            NumberArray.Doubles numbers => sizeof(double) * numbers.Item.LongLength,
            _ => throw new InvalidOperationException("a kind of table that has no size"),
        };
}

/// <summary>What there is to say about a plan: its shape and where that comes from, its memory, its operations.</summary>
internal sealed class PlanReport(Network network, PlanOutline plan, bool isDouble, string source)
{
    private string Precision => isDouble ? "float64" : "float32";

    public IEnumerable<string> Lines()
    {
        yield return $"{network.Inputs} inputs, {network.Outputs} outputs ({source})";
        yield return $"{Precision}: {Megabytes(plan.Numbers)} = {Megabytes(plan.StateNumbers)} that stay + "
            + $"{Megabytes(plan.Numbers - plan.StateNumbers)} for a batch";
        foreach (var line in $"{plan}".Split('\n'))
            yield return line;
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["inputs"] = network.Inputs,
            ["outputs"] = network.Outputs,
            ["shape"] = source,
            ["parameters"] = plan.Parameters,
            ["batch"] = plan.Batch,
            ["precision"] = Precision,
            ["memory"] = new JsonObject
            {
                ["numbers"] = plan.Numbers,
                ["state_numbers"] = plan.StateNumbers,
                ["batch_numbers"] = plan.Numbers - plan.StateNumbers,
                ["bytes"] = Bytes(plan.Numbers),
            },
            ["predict"] = Json.Array(plan.Predict, operation => operation),
            ["step"] = Json.Array(plan.Step, operation => operation),
        };

    private long Bytes(int numbers) => numbers * (isDouble ? sizeof(double) : (long)sizeof(float));

    private string Megabytes(int numbers) => $"{Bytes(numbers) / 1e6:0.00} MB";
}
