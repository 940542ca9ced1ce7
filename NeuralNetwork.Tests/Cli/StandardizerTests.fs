/// Numbers of any size are standardized.
module NeuralNetwork.Tests.Cli.StandardizerTests

open System
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli.Tables

let tests =
    workplace "Standardizer" (fun place ->
        let at = place.At
        let write = Tables.write place

        [ law "Numbers of any size are standardized as the same numbers times a power of two are" (fun (seed: int) ->
              let random = Random seed
              let power = random.Next(-900, 900)
              let column = Array.init 30 (fun _ -> random.NextDouble() * 8.0 - 3.0)
              let of' (numbers: float[]) = Standardizer.Of(NumberArray.Doubles numbers, 1, 1.0)
              let struct (means, deviations) = of' column
              let struct (shifted, scaled) = of' (column |> Array.map (fun x -> Math.ScaleB(x, power)))
              Expect.sameBits "means" (means |> Array.map (fun x -> Math.ScaleB(x, power))) shifted
              Expect.sameBits "deviations" (deviations |> Array.map (fun x -> Math.ScaleB(x, power))) scaled)
          test
              "Great numbers are trained on; only a range that float64 does not have is refused, with its column"
              (fun () ->
                  let table (scale: string) =
                      "x,kind"
                      :: [ for row in 1..20 -> $"{(if row % 2 = 0 then 1 else -1) * row % 10}{scale},k{row % 2}" ]

                  write "great.csv" (table "e290")

                  write
                      "wide.csv"
                      ("x,kind" :: [ for row in 1..20 -> (if row % 2 = 0 then "1.5e308,a" else "-1.5e308,b") ])

                  let train (name: string) (precision: string) =
                      InProcess.run
                          [ "train"
                            at name
                            "--out"
                            at "great"
                            "--force"
                            "--epochs"
                            "2"
                            "--precision"
                            precision ]

                  let outcome = train "great.csv" "float64"
                  Expect.that (outcome.Code = 0) outcome.Error
                  let single = train "great.csv" "float32"

                  Expect.mentions
                      [ "great.csv: row "; "column 'x'"; "e290"; "float32"; "--precision float64" ]
                      (single.Error.Replace("E+", "e"))

                  Expect.equal 3 single.Code
                  let refused = train "wide.csv" "float32"
                  Expect.mentions [ "wide.csv: column 'x'"; "too large to standardize" ] refused.Error
                  Expect.equal 3 refused.Code) ])
