// The whole way of a table in a script: read, set a part aside, train, measure, answer a row by name, save.
//
//   ./build.sh Build
//   dotnet fsi samples/classify.fsx samples/customers.csv
//
// Outside of this repository the first line is: #r "nuget: NeuralNetwork.Core, 0.1.0"

#r "../NeuralNetwork.Core.fs/bin/Release/net10.0/NeuralNetwork.Core.dll"

open System.IO
open NeuralNetwork

let table = Table.ReadCsv(fsi.CommandLineArgs[1], "churn", MissingCells.Median)
let struct (train, test) = table.Split(0.2, 1UL)
let model = Network.For(train).Fit<float32>(train).Model
printfn "%O; right of the %d rows set aside: %.3f" table test.Rows (model.Evaluate test).Accuracy

let somebody =
    readOnlyDict
        [ "age", RowCell.Of 39.0
          "job", RowCell.Of "nurse"
          "income", RowCell.Missing
          "since", RowCell.Of "2023-05-01"
          "visits", RowCell.Of 2.0 ]

printfn "churn: %O" (model.Classify somebody)
(use file = File.Create "churn.safetensors" in model.Save file)
