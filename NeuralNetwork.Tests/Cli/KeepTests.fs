/// nn predict with columns of the data beside its predictions, and with texts that a spreadsheet would run.
module NeuralNetwork.Tests.Cli.KeepTests

open System.IO
open System.Text.Json
open NeuralNetwork.Tests

let private write (place: Workplace) (name: string) (lines: string list) = File.WriteAllLines(place.At name, lines)

let private prepare (place: Workplace) =
    write place "table.csv" ("x,kind" :: [ for row in 0..19 -> $"""{row}.5,{if row < 10 then "-" else "+1+1"}""" ])

    InProcess.succeed
        [ "train"
          place.At "table.csv"
          "--epochs"
          "200"
          "--lr"
          "0.05"
          "--validation"
          "none"
          "--out"
          place.At "run" ]
    |> ignore

    // Other columns, in another order; texts as they stand in the file.
    write
        place
        "new.csv"
        [ "id,\"full, name\",x,empty"
          "007,\"Smith, \"\"J\"\"\",0.50,"
          "1e3,=cmd(),19.5,"
          "0x1F,\"two\nlines\",19.50," ]

let private predict (place: Workplace) (options: string list) : Outcome =
    InProcess.run ([ "predict"; place.At "run"; place.At "new.csv"; "--force" ] @ options)

let private written (place: Workplace) (options: string list) : string =
    let outcome = predict place ([ "--out"; place.At "out.csv" ] @ options)
    Expect.that (outcome.Code = 0) outcome.Error
    File.ReadAllText(place.At "out.csv")

let tests =
    workplaceWith "Keep" prepare (fun place ->
        let at = place.At
        let write = write place
        let predict = predict place
        let written = written place

        [ test
              "Columns that are kept stand before the predictions, in the order asked for, as texts of the file"
              (fun () ->
                  Expect.equal
                      ("row,x,id,prediction\n" + "0,0.50,007,-\n1,19.5,1e3,+1+1\n2,19.50,0x1F,+1+1\n")
                      (written [ "--keep"; "x,id" ]))
          test "All columns are kept, with quotes where a cell needs them" (fun () ->
              Expect.equal
                  ("row,id,\"full, name\",x,empty,prediction\n"
                   + "0,007,\"Smith, \"\"J\"\"\",0.50,,-\n"
                   + "1,1e3,=cmd(),19.5,,+1+1\n"
                   + "2,0x1F,\"two\nlines\",19.50,,+1+1\n")
                  (written [ "--keep"; "all" ]))
          test "Texts are as they are unless spreadsheets are to be safe of them, and numbers stay numbers" (fun () ->
              let safe = written [ "--keep"; "\"full, name\""; "--spreadsheet-safe" ]

              Expect.equal
                  ("row,\"full, name\",prediction\n"
                   + "0,\"Smith, \"\"J\"\"\",'-\n"
                   + "1,'=cmd(),'+1+1\n"
                   + "2,\"two\nlines\",'+1+1\n")
                  safe)
          test "Documents have what is kept by its name" (fun () ->
              let document = JsonDocument.Parse((predict [ "--keep"; "id,x"; "--json" ]).Out).RootElement

              let kept =
                  [ for row in document.GetProperty("predictions").EnumerateArray() do
                        let kept = row.GetProperty "kept"
                        string (kept.GetProperty "id"), string (kept.GetProperty "x") ]

              Expect.equal [ "007", "0.50"; "1e3", "19.5"; "0x1F", "19.50" ] kept)
          test "What cannot be kept is refused by name" (fun () ->
              write "prediction.csv" [ "x,prediction"; "1.5,2" ]
              File.WriteAllText(at "rows.libsvm", "1 1:2\n")
              let other data = InProcess.run [ "predict"; at "run"; at data; "--keep"; "all"; "--out"; at "none.csv" ]

              for outcome, code, words in
                  [ predict [ "--keep"; "ix" ], 3, [ "--keep"; "no column 'ix'"; "id" ]
                    predict [ "--keep"; "id"; "--out"; at "out.npy" ],
                    2,
                    [ "--keep"; "out.npy is an array"; "out.csv" ]
                    predict [ "--spreadsheet-safe"; "--out"; at "out.npy" ], 2, [ "--spreadsheet-safe"; "out.npy" ]
                    other "prediction.csv", 3, [ "prediction.csv: --keep: column 'prediction'" ] ] do
                  Expect.mentions words outcome.Error
                  Expect.equal (code, "") (outcome.Code, outcome.Out)
                  Expect.that (not (File.Exists(at "none.csv") || File.Exists(at "out.npy"))) "a file") ])
