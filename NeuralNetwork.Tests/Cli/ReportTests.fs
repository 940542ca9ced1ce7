/// The pages and pictures that commands leave behind, from real runs.
module NeuralNetwork.Tests.Cli.ReportTests

open System
open System.IO
open System.Xml.Linq
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Pictures
open NeuralNetwork.Tests.Reports

let private succeed arguments = InProcess.succeed (arguments @ [ "--blas"; "managed"; "--threads"; "1" ]) |> ignore

let private hostile = [ "\"><script>alert(1)</script>"; "=1+1"; "a name that goes on and on and on and on and on" ]

/// Classes with hostile names, and a number that goes with each.
let private writeTables (place: Workplace) =
    let random = Random 7
    let quoted (text: string) = "\"" + text.Replace("\"", "\"\"") + "\""

    let rows =
        [ for row in 0..299 ->
              let label = row % 3
              $"{float label + random.NextDouble()},{quoted hostile[(row + row / 7) % 3]},{row},{quoted hostile[label]}" ]

    File.WriteAllLines(place.At "odd.csv", "\"x <&>\",y,z,kind" :: rows)

    File.WriteAllLines(
        place.At "values.csv",
        "a,b" :: [ for row in 0..199 -> $"{row % 17},{3 * (row % 17) + row % 5}" ]
    )

let private prepare (place: Workplace) =
    let at = place.At
    CommandLine.writeData (at "data")
    writeTables place
    let train data out more = succeed ([ "train"; at data; "--out"; at out; "--hidden"; "8" ] @ more)
    train "data" "images" [ "--epochs"; "2"; "--plot"; at "loss.svg" ]
    train "odd.csv" "odd" [ "--target"; "kind"; "--epochs"; "1" ]
    train "values.csv" "values" [ "--target"; "b"; "--epochs"; "3"; "--task"; "regression"; "--batch-norm" ]

let private page (place: Workplace) run =
    let text = File.ReadAllText(place.At $"{run}/report.html")
    checkPage text
    text, parse text

let private heads (page: XElement) = page.Descendants(XName.Get "h2") |> Seq.map _.Value |> List.ofSeq

let private links (page: XElement) = page.Descendants(XName.Get "a") |> Seq.map (attribute "href") |> List.ofSeq

let private wild =
    [ "--vary"
      "learning-rate=1e30|0.01"
      "--vary"
      "dropout=0..0.5"
      "--optimizer"
      "sgd"
      "--loss"
      "squared-error"
      "--hidden"
      "8"
      "--epochs"
      "2" ]

/// The words of the last command on a page, as a shell would take them.
let private command (page: XElement) =
    let line = (page.Descendants(XName.Get "code") |> Seq.last).Value

    // A line that goes on ends with a backslash; on Windows there is one line, with backslashes in paths.
    let between = if Elsewhere.isWindows then [| ' ' |] else [| ' '; '\n'; '\\' |]

    line.Split(between, StringSplitOptions.RemoveEmptyEntries)
    |> Array.map _.Trim('\'', '"')
    |> List.ofArray

let tests =
    workplaceWith "Report" prepare (fun place ->
        let at = place.At
        let page = page place
        let search out more = succeed ([ "search"; at "data"; "--out"; at out ] @ wild @ more)

        [ test
              "A run on images has curves, confusion, the worst mistakes as images, and histograms of every layer"
              (fun () ->
                  let text, page = page "images"

                  Expect.equal
                      [ "Beside the simplest models"
                        "Curves"
                        "Classes"
                        "Worst mistakes"
                        "Layers"
                        "Settings"
                        "How to repeat it" ]
                      (heads page)

                  Expect.equal 24 (page.Descendants(XName.Get "img") |> Seq.length)

                  Expect.mentions
                      [ "Weights"
                        "Activations"
                        "Gradients"
                        "layer 1: relu"
                        "--hidden 8"
                        "SHA-256"
                        "Reliability on the " ]
                      text)
          test "Whatever classes and columns are called, a page shows the names and nothing else" (fun () ->
              let text, page = page "odd"
              Expect.that (not (text.Contains "<script")) "a name became an element"

              for name in "x <&>" :: hostile do
                  Expect.that (page.Value.Contains name) $"{name} is not shown")
          test "A run on values has predictions against what is true, and the rows furthest off" (fun () ->
              let text, page = page "values"

              Expect.equal
                  [ "Beside the simplest models"; "Curves"; "Predictions"; "Layers"; "Settings"; "How to repeat it" ]
                  (heads page)

              Expect.mentions [ "Predicted against true"; "RMSE"; "furthest off"; "batch norm" ] text)
          test "Options that were given say so, and those in a file name the file; others are defaults" (fun () ->
              File.WriteAllText(at "options.json", """{"schema": 1, "epochs": 1, "hidden": [4]}""")

              succeed
                  [ "train"
                    at "values.csv"
                    "--config"
                    at "options.json"
                    "--target"
                    "b"
                    "--task"
                    "regression"
                    "--out"
                    at "origin"
                    "--activation"
                    "relu" ]

              let _, page = page "origin"

              let origins =
                  Map.ofList
                      [ for row in page.Descendants(XName.Get "tr") do
                            match [ for cell in row.Elements() -> cell.Value ] with
                            | [ name; _; origin ] -> name, origin
                            | _ -> () ]

              Expect.equal (at "options.json") origins["--epochs"]
              Expect.equal (at "options.json") origins["--hidden"]
              Expect.equal "given" origins["--target"]
              // What is typed out and yet the default says nothing.
              Expect.equal "default" origins["--activation"]
              Expect.equal "default" origins["--shuffle"]
              Expect.that (origins["--batch-size"].StartsWith "preset table: ") origins["--batch-size"])
          test "A page goes with a run of an epoch, and a resumed run has one, too" (fun () ->
              let text, _ = page "odd"
              Expect.mentions [ "epoch 1" ] text
              File.Delete(at "values/report.html")
              let outcome = InProcess.run [ "resume"; at "values" ]
              Expect.that (outcome.Code = 0) outcome.Error
              page "values" |> ignore)
          test "Pictures are drawn where they are asked for, of the kind that fits" (fun () ->
              Expect.mentions [ "8-10"; "validation" ] (File.ReadAllText(at "loss.svg"))
              succeed [ "evaluate"; at "images"; at "data"; "--plot"; at "confusion.svg" ]
              succeed [ "evaluate"; at "values"; at "values.csv"; "--plot"; at "predicted.svg" ]
              Expect.that ((ofClass "cell" (parse (File.ReadAllText(at "confusion.svg")))).Length > 10) "no cells"
              Expect.mentions [ "Confusion on" ] (File.ReadAllText(at "confusion.svg"))
              Expect.mentions [ "Predicted against true" ] (File.ReadAllText(at "predicted.svg")))
          test "A comparison has a page that leads to those of its runs, and tells of what diverged" (fun () ->
              succeed
                  [ "compare"
                    "optimizers"
                    at "data"
                    "--out"
                    at "both"
                    "--values"
                    "adam,sgd@1e38"
                    "--hidden"
                    "8"
                    "--epochs"
                    "2"
                    "--plot"
                    at "both.svg" ]

              let text, page = page "both"
              Expect.mentions [ "What went wrong"; "diverged"; "--learning-rate 1e38"; "nn compare optimizers" ] text
              let links = page.Descendants(XName.Get "a") |> Seq.map (attribute "href") |> List.ofSeq
              Expect.that (List.contains "adam/report.html" links) "no way to the run"

              for link in links do
                  Expect.that (File.Exists(at $"both/{link}")) $"{link} leads nowhere"

              Expect.equal (File.ReadAllText(at "both/loss.svg")) (File.ReadAllText(at "both.svg")))
          test
              "A search has a page: trials with links, best first, why others went wrong, and the command that repeats it"
              (fun () ->
                  search "found" [ "--trials"; "6"; "--halving"; "2" ]
                  let text, page = page "found"

                  Expect.equal
                      [ "Trials"
                        "What went wrong"
                        "The best trial"
                        "What was varied"
                        "Settings"
                        "How to repeat it" ]
                      (heads page)

                  Expect.mentions
                      [ "The best trial is"
                        "diverged"
                        "epoch 1 step"
                        "0 to 0.5"
                        "1e30, 0.01"
                        "Successive halving"
                        "SHA-256" ]
                      text

                  Expect.that (not (text.Contains "is not over")) "the search is over"
                  let table = File.ReadAllLines(at "found/trials.csv") |> Array.tail |> Array.map _.Split(',')

                  // Those that diverge early on may leave nothing, and a link has to lead somewhere.
                  let finished =
                      [ for row in table do
                            if row[2] = "finished" then
                                $"trial-00{row[1]}/report.html" ]

                  Expect.equal finished (links page |> List.truncate finished.Length)

                  for link in links page do
                      Expect.that (File.Exists(at $"found/{link}")) $"{link} leads nowhere"

                  let words = command page |> List.map (fun word -> if word = "AGAIN" then at "AGAIN" else word)
                  let again = InProcess.run (List.tail words)
                  Expect.that (again.Code = 0) again.Error

                  let timeless run =
                      File.ReadAllLines(at $"{run}/trials.csv") |> Array.map (fun row -> row[.. row.LastIndexOf ','])

                  Expect.equal (timeless "found") (timeless "AGAIN"))
          test
              "The page of a search that was kept as a whole still tells of the data and leads to its trials"
              (fun () ->
                  search "kept" [ "--trials"; "2" ]
                  let _, before = page "kept"
                  search "kept" [ "--trials"; "2"; "--resume" ]
                  let after, kept = page "kept"
                  Expect.mentions [ "SHA-256"; "2 of 2" ] after
                  Expect.equal (links before) (links kept))
          test
              "A variant that ends with a loss far off the others leaves the picture, which says so, and stays in the numbers"
              (fun () ->
                  succeed
                      [ "compare"
                        "optimizers"
                        at "data"
                        "--out"
                        at "far"
                        "--values"
                        "sgd@1e4,adam"
                        "--best"
                        "accuracy"
                        "--hidden"
                        "8"
                        "--epochs"
                        "2" ]

                  Expect.equal
                      2
                      (File.ReadAllLines(at "far/results.csv") |> Seq.filter _.Contains(",finished,") |> Seq.length)

                  let picture = parse (File.ReadAllText(at "far/loss.svg"))
                  Expect.mentions [ "off the scale: sgd@1e4" ] picture.Value

                  Expect.equal
                      [ "adam" ]
                      (ofClass "label" picture |> List.map (fun label -> label.Nodes() |> Seq.head |> string))

                  let text, page = page "far"
                  Expect.mentions [ "sgd@1e4: what is above"; "(off the scale)" ] text

                  let first = File.ReadAllLines(at "far/curves.csv") |> Array.find _.StartsWith("sgd@1e4,42,1,")
                  let loss = Double.Parse((first.Split ',')[4], Globalization.CultureInfo.InvariantCulture)
                  let cells = [ for cell in page.Descendants(XName.Get "td") -> cell.Value ]

                  Expect.that
                      (List.contains (Scaling.Written(Scale.Linear, loss)) cells)
                      $"{loss} is not in the numbers") ])
