// A network as a step of an ML.NET pipeline: learned from a table here, written as ONNX with an input for each column, applied by ML.NET
// to rows of an app's own type, whose answers are compared with the library's own.
//
//   dotnet run -c Release --project samples/InMlNet -- samples/customers.csv

using Microsoft.ML;
using Microsoft.ML.Data;
using NeuralNetwork;
using NeuralNetwork.Export;

var table = Table.ReadCsv(args[0], target: "churn", missing: MissingCells.Median);
var (train, test) = table.Split(0.2, seed: 1);
var model = Network.For(train).Fit<float>(train).Model;
File.WriteAllBytes("churn.onnx", ModelExport.onnxByColumns(model).ResultValue);

// A column of numbers is a double, NaN where the cell is missing; one of names a string, "" there; a date the days since 1970.
var since = (new DateTime(2023, 5, 1) - DateTime.UnixEpoch).TotalDays;
var rows = Enumerable
    .Range(0, 50)
    .Select(n => new Customer(20 + n, n % 2 == 0 ? "nurse" : "clerk", double.NaN, since, n % 30))
    .ToArray();

var ml = new MLContext();
var data = ml.Data.LoadFromEnumerable(rows);
var columns = model.Preprocessing.Columns.Select(column => column.Title).ToArray();
var step = ml.Transforms.ApplyOnnxModel(["probabilities", "label"], columns, "churn.onnx");
var answers = ml.Data.CreateEnumerable<Answer>(step.Fit(data).Transform(data), reuseRowObject: false).ToArray();

var own = rows.Select(row => model.Classify(row.Cells())).ToArray();
var same = own.Zip(answers).Count(pair => pair.First.Label == model.Labels[pair.Second.Label[0]]);
var apart = own.Zip(answers).Max(pair => Math.Abs(pair.First.Probability - pair.Second.Probabilities.Max()));
Console.WriteLine($"of {rows.Length} rows {same} have the same class; probabilities differ by {apart:E1} at most");

#pragma warning disable IDE1006, CA1050 // Members are called as the columns are.
internal sealed record Customer(double age, string job, double income, double since, double visits)
#pragma warning restore
{
    public Dictionary<string, RowCell> Cells() =>
        new()
        {
            ["age"] = age,
            ["job"] = job,
            ["income"] = income,
            ["since"] = new DateOnly(2023, 5, 1),
            ["visits"] = visits,
        };
}

internal sealed class Answer
{
    [ColumnName("label")]
    public long[] Label { get; set; } = [];

    [ColumnName("probabilities")]
    public float[] Probabilities { get; set; } = [];
}
