// The whole way of a table: read, set a part aside, train, measure, answer a row by name, save. The columns, what becomes of missing
// cells, the network and the training are those of `nn train samples/customers.csv --target churn --missing median`.
//
//   dotnet run -c Release --project samples/ClassifyTable -- samples/customers.csv

using NeuralNetwork;

var table = Table.ReadCsv(args[0], target: "churn", missing: MissingCells.Median);
var (train, test) = table.Split(0.2, seed: 1);
var model = Network.For(train).Fit<float>(train).Model;
Console.WriteLine($"{table}; right of the {test.Rows} rows set aside: {model.Evaluate(test).Accuracy:P1}");

var somebody = new Dictionary<string, RowCell>
{
    ["age"] = 39,
    ["job"] = "nurse",
    ["income"] = RowCell.Missing,
    ["since"] = new DateOnly(2023, 5, 1),
    ["visits"] = 2,
};
Console.WriteLine($"churn: {model.Classify(somebody)}");

using (var file = File.Create("churn.safetensors"))
    model.Save(file);
Console.WriteLine($"saved, and read again: {Model.Load<float>("churn.safetensors").Classify(somebody)}");
