/// Values far outside what a model was trained on are counted when it is used.
module NeuralNetwork.Tests.Cli.OutlierTests

open System.IO
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let private prepare (place: Workplace) =
    write place "train.csv" ("age,kind,fixed,y" :: [ for n in 0..99 -> $"{20 + n % 50},k{n % 3},4,{n % 50}.5" ])
    succeed (train place "train.csv" "run" []) |> ignore
    File.Copy(place.At "run/model.safetensors", place.At "alone.safetensors")

let private warned (place: Workplace) (command: string) (model: string) (rows: string list) : string =
    write place "rows.csv" ("kind,age,fixed,y" :: rows)
    (succeed (InProcess.run [ command; place.At model; place.At "rows.csv"; "--json" ])).Error

let tests =
    workplaceWith "Outlier" prepare (fun place ->
        let at = place.At
        let warned = warned place

        [ test "Rows with values far outside the training range are counted, and the farthest is named" (fun () ->
              let far = [ "k0,30,4,1"; "k1,4200,4,1"; "k2,-500,4,1"; "k2,69,4,1" ]

              for command in [ "predict"; "evaluate" ] do
                  Expect.mentions
                      [ "2 rows have values far outside the training range"
                        "row 1, column 'age': 4200"
                        "trained on 20 to 69" ]
                      (warned command "run" far)

                  Expect.mentions
                      [ "1 row has"; "row 0, column 'fixed': 40, trained on 4 alone" ]
                      (warned command "run" [ "k0,30,40,1" ]))
          test
              "A model without its run goes by mean and deviation, and values near the range are no outliers"
              (fun () ->
                  Expect.mentions
                      [ "1 row has"; "column 'age': 4200"; "deviation" ]
                      (warned "predict" "alone.safetensors" [ "k1,4200,4,1" ])

                  for model in [ "run"; "alone.safetensors" ] do
                      for age in [ 20; 69; 90; 1 ] do
                          let said = warned "predict" model [ $"k0,{age},4,1" ]
                          Expect.that (not (said.Contains "far outside")) said)
          test "A record that somebody changed is passed over" (fun () ->
              let config = at "run/config.json"
              let text = File.ReadAllText config

              try
                  for changed in [ "\"ranges\": 3, \"r\": "; "\"ranges\": {\"age\": [1, \"x\"]}, \"r\": "; "\"r\": " ] do
                      File.WriteAllText(config, text.Replace("\"ranges\": ", changed))
                      Expect.mentions [ "deviation" ] (warned "predict" "run" [ "k1,4200,4,1" ])
              finally
                  File.WriteAllText(config, text)) ])
