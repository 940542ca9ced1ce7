// A network as a step of an ML.NET pipeline: learned from a table here, written as ONNX, applied by ML.NET, whose answers are compared
// with the library's own.
//
//   dotnet run -c Release --project samples/InMlNet -- samples/customers.csv

using Microsoft.ML;
using Microsoft.ML.Data;
using NeuralNetwork;
using NeuralNetwork.Export;

var table = Table.ReadCsv(args[0], target: "churn", missing: MissingCells.Median);
var (train, test) = table.Split(0.2, seed: 1);
var model = Network.For(train).Fit<float>(train).Model;
File.WriteAllBytes("churn.onnx", ModelExport.onnx(model));

// What goes in are the features that the columns become, as many as the network has inputs.
var rows = Enumerable.Range(0, 50).Select(n => Encoded(20 + n, n % 2 == 0 ? "nurse" : "clerk", n % 30)).ToArray();
var schema = SchemaDefinition.Create(typeof(Features));
schema["input"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, model.Network.Inputs);

var ml = new MLContext();
var data = ml.Data.LoadFromEnumerable(rows, schema);
var step = ml.Transforms.ApplyOnnxModel(["probabilities", "label"], ["input"], "churn.onnx");
var answers = ml.Data.CreateEnumerable<Answer>(step.Fit(data).Transform(data), reuseRowObject: false).ToArray();

var own = rows.Select(row => model.Classify(row.Input)).ToArray();
var same = own.Zip(answers).Count(pair => pair.First.Label == model.Labels[pair.Second.Label[0]]);
var apart = own.Zip(answers).Max(pair => Math.Abs(pair.First.Probability - pair.Second.Probabilities.Max()));
Console.WriteLine($"of {rows.Length} rows {same} have the same class; probabilities differ by {apart:E1} at most");

Features Encoded(int age, string job, int visits)
{
    var features = new float[model.Network.Inputs];
    var row = new Dictionary<string, RowCell>
    {
        ["age"] = age,
        ["job"] = job,
        ["visits"] = visits,
    };
    row["income"] = RowCell.Missing;
    row["since"] = new DateOnly(2023, 5, 1);
    model.Encode(row, features);
    return new() { Input = features };
}

internal sealed class Features
{
    [ColumnName("input")]
    public float[] Input { get; set; } = [];
}

internal sealed class Answer
{
    [ColumnName("label")]
    public long[] Label { get; set; } = [];

    [ColumnName("probabilities")]
    public float[] Probabilities { get; set; } = [];
}
