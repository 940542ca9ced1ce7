/// What is read of CSV files: every number to the bit, whatever separates, quotes, ends and packs them.
module NeuralNetwork.Tests.Cli.CsvTests

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Text.Json
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let tests =
    workplace "Csv" (fun place ->
        let at = place.At
        let write = Tables.write place
        let read = Tables.read place

        [ states
              [ 63 ]
              (law "Every finite float64 that is written into a CSV file is read again to the bit" (fun (seed: int) ->
                  let random = Random seed

                  let draw () =
                      let x = BitConverter.Int64BitsToDouble(random.NextInt64(Int64.MinValue, Int64.MaxValue))
                      if Double.IsFinite x then x else -0.0

                  let values = Array.init 20 (fun _ -> draw (), draw ())
                  let wide = values |> Array.collect (fun (a, b) -> [| a; b |])

                  write
                      "exact.csv"
                      (Seq.append
                          [ "a,b,t" ]
                          (values |> Seq.mapi (fun row (a, b) -> $"{number a},{number b},k{row % 2}")))

                  let sample = read "exact.csv"
                  Expect.sameBits "CSV" wide (doubles sample.Features)))
          states
              [ 63 ]
              (law "Every finite float32 that is written into a CSV file is read again to the bit" (fun (seed: int) ->
                  let random = Random seed

                  let draw () =
                      let x = BitConverter.Int32BitsToSingle(random.Next(Int32.MinValue, Int32.MaxValue))
                      if Single.IsFinite x then x else -0f

                  let values = Array.init 20 (fun _ -> draw ())
                  let text (x: float32) = x.ToString("R", CultureInfo.InvariantCulture)
                  write "single.csv" (Seq.append [ "a,t" ] (values |> Seq.mapi (fun row x -> $"{text x},k{row % 2}")))
                  let sample = read "single.csv"
                  Expect.sameBits "CSV" values (doubles sample.Features |> Array.map float32)))
          test "Separator, quotes, blanks, line ends, BOM and packing do not change what is read" (fun () ->
              let rows =
                  [ for row in 1..12 -> [ $"{row}.25"; (if row % 2 = 0 then "red" else "deep blue"); $"{row % 3}" ] ]

              let plain = "x,colour,y" :: (rows |> List.map (fun row -> String.Join(',', row)))
              let quoted (cells: string list) = cells |> List.map (fun cell -> $"\"{cell}\"")

              let variants =
                  [ "comma", String.Join('\n', plain)
                    "crlf", String.Join("\r\n", plain) + "\r\n\r\n"
                    "cr", String.Join('\r', plain)
                    "semicolon", String.Join('\n', plain |> List.map _.Replace(',', ';'))
                    "tab", String.Join('\n', plain |> List.map _.Replace(',', '\t'))
                    "pipe", String.Join('\n', plain |> List.map _.Replace(',', '|'))
                    "blanks", String.Join('\n', plain |> List.map _.Replace(",", " , "))
                    "quotes",
                    String.Join('\n', "x,colour,y" :: (rows |> List.map (fun row -> String.Join(',', quoted row))))
                    "blanks around quotes",
                    String.Join(
                        '\n',
                        "x,colour,y" :: (rows |> List.map (fun row -> "\t" + String.Join(" , ", quoted row) + " "))
                    )
                    "bom", "\uFEFF" + String.Join('\n', plain) ]

              File.WriteAllText(at "plain.csv", String.Join('\n', plain))
              let expected = read "plain.csv"
              Expect.equal 3 expected.Cols

              for name, text in variants do
                  File.WriteAllText(at $"{name}.csv", text)
                  let found = read $"{name}.csv"
                  Expect.sameBits name (doubles expected.Features) (doubles found.Features)
                  Expect.equal (labels expected) (labels found)

              using (new GZipStream(File.Create(at "packed.csv.gz"), CompressionLevel.Optimal)) (fun zip ->
                  zip.Write(ReadOnlySpan(File.ReadAllBytes(at "plain.csv"))))

              Expect.sameBits "gzip" (doubles expected.Features) (doubles (read "packed.csv.gz").Features))
          test "Quoted cells keep separators, quotes and line ends" (fun () ->
              write "quoted.csv" [ "\"a, b\",y"; "\"one\ntwo\",k"; "\"say \"\"x\"\"\",l"; "\"one\ntwo\",l"; "z,k" ]
              let sample = read "quoted.csv"

              match List.ofSeq sample.Schema.Columns with
              | [ Column.Category(name, categories) ] ->
                  Expect.equal "a, b" name
                  Expect.equal [| "one\ntwo"; "say \"x\""; "z" |] categories
                  Expect.equal [| 1.0; 0; 0; 0; 1; 0; 1; 0; 0; 0; 0; 1 |] (doubles sample.Features)
              | columns -> Expect.fail $"%A{columns}")
          test "A separator in a quoted cell is none, with blanks before and behind the quotes, too" (fun () ->
              write "spaced.csv" [ "x, \"a, b\" , y"; "1, \"one, two\" ,k"; "2,\t\"z\",l"; "3,\"z\"\t,k" ]
              let sample = read "spaced.csv"

              match List.ofSeq sample.Schema.Columns with
              | [ Column.Number("x", _); Column.Category("a, b", categories) ] ->
                  Expect.equal [| "one, two"; "z" |] categories
                  Expect.equal [| 1.0; 1; 0; 2; 0; 1; 3; 0; 1 |] (doubles sample.Features)
              | columns -> Expect.fail $"%A{columns}")
          test
              "Without a header it is said that there is none; numbers can be names where the user says so, and are found again"
              (fun () ->
                  let rows = [ for row in 1..40 -> $"{row}.5,{row * row}.5,{row % 9}.25" ]
                  write "years.csv" ("2019,2020,2021" :: rows)

                  let train options =
                      InProcess.run (
                          [ "train"; at "years.csv"; "--epochs"; "2"; "--force"; "--out"; at "years" ] @ options
                      )

                  Expect.mentions [ "years.csv: no header found"; "1, 2, …"; "--header yes" ] (train []).Error
                  let named = train [ "--header"; "yes" ]
                  Expect.that (named.Code = 0) named.Error
                  Expect.mentions [ "every name is a number: 2019, 2020, 2021"; "target '2021'" ] named.Error
                  let evaluated = InProcess.run [ "evaluate"; at "years"; at "years.csv"; "--json" ]
                  Expect.that (evaluated.Code = 0) evaluated.Error
                  Expect.equal 40 (JsonDocument.Parse(evaluated.Out).RootElement.GetProperty("rows").GetInt32())) ])
