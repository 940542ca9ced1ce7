/// What predictions are called and where they go, and what reports show of many of them.
module NeuralNetwork.Tests.Cli.AnswerTests

open System
open System.IO
open System.Text.Json
open NeuralNetwork
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Engine
open NeuralNetwork.Tests

let private prepare (place: Workplace) =
    let side x = if x > 20 then "right" else "left"
    File.WriteAllLines(place.At "sides.csv", "a,b,side" :: [ for x in 1..40 -> $"{x},{40 - x},{side x}" ])

let private succeed arguments = (InProcess.succeed arguments).Out

let private trainBy (place: Workplace) (loss: string) (out: string) =
    succeed
        [ "train"
          place.At "sides.csv"
          "--out"
          place.At out
          "--loss"
          loss
          "--hidden"
          "8"
          "--epochs"
          "20" ]
    |> ignore

let tests =
    workplaceWith "Answer" prepare (fun place ->
        let folder, at = place.Folder, place.At
        let trainBy = trainBy place

        [ test "What a hinge gives is called a margin, and that of the predicted class is the greater one" (fun () ->
              trainBy "hinge" "hinged"

              succeed [ "predict"; at "hinged"; at "sides.csv"; "--probabilities"; "--out"; at "margins.csv" ]
              |> ignore

              let rows = File.ReadAllLines(at "margins.csv")
              Expect.equal "row,prediction,margin_left,margin_right" rows[0]

              for row in Array.skip 1 rows do
                  let cells = row.Split ','
                  let left, right = float cells[2], float cells[3]
                  Expect.equal (if right > left then "right" else "left") cells[1]

              let json = succeed [ "predict"; at "hinged"; at "sides.csv"; "--probabilities"; "--json" ]
              let first = (JsonDocument.Parse json).RootElement.GetProperty("predictions")[0]
              Expect.equal 2 (Seq.length ((first.GetProperty "margins").EnumerateObject())))
          test "A single output that is a margin speaks for one class as much as against the other" (fun () ->
              let network = { Network.Input(2).Dense(1) with Loss = Loss.Hinge }
              let predictions = [| 2.5f; -0.25f |]
              Expect.equal 2.5 (ClassOutput.Of(network, predictions, 0, 1))
              Expect.equal -2.5 (ClassOutput.Of(network, predictions, 0, 0))
              Expect.equal 0.25 (ClassOutput.Of(network, predictions, 1, 0)))
          test "A dry run says what the run then does, refuses what it refuses, and writes nothing" (fun () ->
              let train (out: string) more =
                  [ "train"; at "sides.csv"; "--out"; at out; "--hidden"; "8"; "--epochs"; "3"; "--json" ] @ more

              let before = Directory.GetFileSystemEntries folder
              let said = (JsonDocument.Parse(succeed (train "rehearsed" [ "--dry-run" ]))).RootElement
              Expect.equal before (Directory.GetFileSystemEntries folder)
              let run = (JsonDocument.Parse(succeed (train "performed" []))).RootElement
              let number (document: JsonElement) (name: string) = (document.GetProperty name).GetInt64()
              Expect.equal (number run "parameters") (number said "parameters")
              Expect.equal (number (run.GetProperty "results") "steps") (number said "steps")
              Expect.equal (number (run.GetProperty "data") "train_rows") (number said "train_rows")
              let refused = InProcess.run (train "performed" [ "--dry-run" ])
              Expect.equal 2 refused.Code
              Expect.mentions [ "--out"; "exists" ] refused.Error)
          test "A plan for all rows needs to know how many they are" (fun () ->
              let refused = InProcess.run [ "explain"; "plan"; "--batch-size"; "all" ]
              Expect.equal 2 refused.Code
              Expect.mentions [ "--batch-size: all rows" ] refused.Error

              let ofRows =
                  succeed [ "explain"; "plan"; at "sides.csv"; "--batch-size"; "all"; "--validation"; "none" ]

              Expect.mentions [ "40" ] ofRows)
          test "Of very many predictions a picture has thousands, and the worst of them all" (fun () ->
              let rows = 100_000
              let targets = Array.init rows float
              let predicted = Array.init rows (fun row -> if row = 77_777 then -5.0 else float row + 0.5)
              let findings = Findings.Values([| "1" |], [| targets |], [| predicted |])
              let chart = FindingsPage.Predicted("title", findings, 0, RowNumbers())
              Expect.that (chart.Spots.Count <= 5020) $"{chart.Spots.Count} points"

              Expect.that
                  (chart.Spots |> Seq.exists (fun spot -> spot.Name = "row 77777"))
                  "the worst row is not there"

              Expect.mentions [ "of 100,000" ] chart.Title)
          test "What seems to unpack to more than anything can is refused without room for it" (fun () ->
              // A header that promises 1.5 GB, and an end of gzip that promises the same.
              let promised = 1_500_000_000

              let header =
                  Array.concat [ [| 0uy; 0uy; 8uy; 3uy |]; [| 0uy; 0uy; 0uy; 1uy |]; [| 0uy; 0uy; 0uy; 1uy |] ]

              let count = BitConverter.GetBytes promised |> Array.rev
              let content = Array.concat [ header; count; Array.zeroCreate 5000 ]
              use packed = new MemoryStream()

              using (new Compression.GZipStream(packed, Compression.CompressionLevel.Optimal, true)) (fun zip ->
                  zip.Write(content, 0, content.Length))

              let bytes = packed.ToArray()
              BitConverter.GetBytes(uint32 (promised + 16)).CopyTo(bytes, bytes.Length - 4)
              let home = at "lying"
              Directory.CreateDirectory home |> ignore
              File.WriteAllBytes(Path.Combine(home, "train-images-idx3-ubyte.gz"), bytes)
              let before = GC.GetAllocatedBytesForCurrentThread()

              let refused =
                  Expect.raisesExactly<Failure>(fun () ->
                      DataSource.Find(home, CsvFormat.Auto).Train TableOrder.Usual |> ignore)

              Expect.equal 3 refused.Code

              Expect.that (GC.GetAllocatedBytesForCurrentThread() - before < 4_000_000L) "room for what was promised") ])
