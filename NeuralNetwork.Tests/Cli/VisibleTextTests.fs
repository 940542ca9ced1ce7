/// Names from files that would do something to a terminal: they reach it as escapes, and programs as they are.
module NeuralNetwork.Tests.Cli.VisibleTextTests

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Json
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Explain
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Terminal
open NeuralNetwork.Formats
open NeuralNetwork.Tests

/// Turns the direction of writing, ends a line, has no width, begins a sequence of a terminal in two ways, rings.
let private marks = [ "\u202e"; "\u2028"; "\u200b"; "\u009b31m"; "\u001b[2J"; "\u0007" ]

let private label (mark: string) = $"{mark}red"

let private isUnseen (letter: char) =
    match Char.GetUnicodeCategory letter with
    | UnicodeCategory.Control -> letter <> '\n'
    | UnicodeCategory.Format
    | UnicodeCategory.LineSeparator
    | UnicodeCategory.ParagraphSeparator -> true
    | _ -> false

/// What was said is all seen, and the escape of each mark is among it.
let private expectSeen (mark: string) (text: string) =
    let place = Seq.tryFindIndex isUnseen text
    Expect.equal None (place |> Option.map (fun at -> int text[at]))
    // JSON writes the digits of its escapes in capitals.
    Expect.mentions [ $"\\u{int mark[0]:x4}" ] (text.ToLowerInvariant())

let private run (place: Workplace) mark = place.At $"run{int (mark: string).[0]}"
let private data (place: Workplace) mark = place.At $"data{int (mark: string).[0]}.csv"

/// A run whose classes and columns have a mark in their names.
let private trained (place: Workplace) (mark: string) : Outcome =
    let rows = [ for row in 0..19 -> $"""{row}.5,{row % 3},{if row < 10 then label mark else "safe"}""" ]
    File.WriteAllLines(data place mark, $"x{mark},y,kind{mark}" :: rows)

    let options = [ "--hidden"; "2"; "--epochs"; "2"; "--out"; run place mark; "--force"; "--blas"; "managed" ]
    InProcess.succeed ([ "train"; data place mark ] @ options)

let tests =
    workplace "VisibleText" (fun place ->
        let at = place.At
        let run = run place
        let data = data place
        let trained = trained place

        [ each "Names from data are seen in every line and table" marks (fun (mark: string) ->
              expectSeen mark (trained mark).Error
              expectSeen mark (InProcess.succeed [ "evaluate"; run mark; data mark ]).Out
              expectSeen mark (InProcess.succeed [ "data"; "inspect"; data mark ]).Out

              let refused =
                  InProcess.run
                      [ "train"; data mark; "--target"; $"kind{mark}"; "--ignore"; "none"; "--out"; at "no" ]

              Expect.equal 3 refused.Code
              expectSeen mark refused.Error)
          each
              "Documents have the names themselves, and source code none that is not seen"
              marks
              (fun (mark: string) ->
                  trained mark |> ignore
                  let evaluated = (InProcess.succeed [ "evaluate"; run mark; data mark; "--json" ]).Out
                  expectSeen mark evaluated
                  let classes = JsonDocument.Parse(evaluated).RootElement.GetProperty "per_class"
                  let labels = [ for one in classes.EnumerateArray() -> string (one.GetProperty "label") ]
                  Expect.equal (List.sort [ label mark; "safe" ]) (List.sort labels)

                  InProcess.succeed [ "model"; "export"; run mark; "--out"; at "M.cs"; "--force" ] |> ignore
                  expectSeen mark (File.ReadAllText(at "M.cs")))
          each "Predictions are escaped for eyes, and not for programs" marks (fun (mark: string) ->
              trained mark |> ignore
              let out = at "predictions.csv"

              InProcess.succeed [ "predict"; run mark; data mark; "--out"; out; "--force"; "--keep"; $"kind{mark}" ]
              |> ignore

              Expect.mentions [ label mark; $"kind{mark}" ] (File.ReadAllText out)
              let layout = PredictionLayout(false, null, IsForTerminal = true)
              expectSeen mark (layout.Cell(label mark)))
          each "Names of tensors are seen" marks (fun (mark: string) ->
              let tensor name : Tensor =
                  { Name = name; Type = "F32"; Shape = [ 2L; 2L ]; Bytes = ReadOnlyMemory(Array.zeroCreate 16) }

              let file = at "weights.safetensors"
              let tensors = [ tensor $"a{mark}.0.weight"; tensor $"a{mark}.2.weight" ]

              File.WriteAllBytes(
                  file,
                  Safetensors.write { Metadata = [ $"key{mark}", $"value{mark}" ]; Tensors = tensors }
              )

              let imported = InProcess.succeed [ "model"; "import"; file; "--out"; at "model.safetensors"; "--force" ]
              Expect.mentions [ "layers in order" ] imported.Error
              expectSeen mark imported.Error
              expectSeen mark (InProcess.succeed [ "model"; "show"; file ]).Out)
          each "Pages and pictures show names, and are not turned by them" marks (fun (mark: string) ->
              trained mark |> ignore
              let page = File.ReadAllText(Path.Combine(run mark, "report.html"))
              expectSeen mark page
              // Its own ends of lines are none of a name.
              Expect.that (not (page.Contains @"\u000a")) page
              let picture = at "confusion.svg"
              InProcess.succeed [ "evaluate"; run mark; data mark; "--plot"; picture; "--force" ] |> ignore
              expectSeen mark (File.ReadAllText picture)
              Expect.that (not ((File.ReadAllText picture).Contains @"\u000a")) picture)
          test "A name with an end of a line in it begins no line" (fun () ->
              let forged, file, out = "a\nnn: error: forged", at "lines.csv", at "lines"
              let cell (text: string) = $"\"{text}\""

              let rows =
                  [ for row in 0..39 ->
                        $"""{row}.5,{cell (if row % 2 = 0 then forged else "b")},{cell $"{forged} {row / 20}"}""" ]

              File.WriteAllLines(
                  file,
                  String.Join(',', [ cell $"{forged} x"; cell $"{forged} c"; cell $"{forged} y" ]) :: rows
              )

              let small = [ "--hidden"; "2"; "--epochs"; "2"; "--blas"; "managed" ]

              for words in
                  [ [ "data"; "inspect"; file ]
                    [ "train"; file; "--out"; out; "--verbose" ] @ small
                    [ "resume"; out; "--epochs"; "3" ]
                    [ "evaluate"; out; file ]
                    [ "gradcheck"; out; file ]
                    [ "model"; "show"; out ]
                    [ "model"; "verify"; out ]
                    [ "model"; "export"; out; "--out"; at "lines.onnx" ]
                    [ "compare"; "optimizers"; file; "--values"; "adam,sgd"; "--out"; at "lines-compared" ] @ small
                    [ "search"; file; "--trials"; "2"; "--out"; at "lines-searched" ] @ small
                    [ "predict"; out; file; "--out"; at "none.csv"; "--keep"; $"{forged} z" ] ] do
                  let outcome = InProcess.run words
                  let lines = $"{outcome.Out}\n{outcome.Error}".Split '\n'

                  Expect.equal
                      []
                      [ for line in lines do
                            if line.StartsWith "nn: error: forged" then
                                words, line ]

                  Expect.equal (if List.head words = "predict" then 3 else 0) outcome.Code)
          test "Columns stand under their heads where names are longer for being escaped" (fun () ->
              let lines =
                  List.ofSeq (TextTable.Table([| "name"; "n" |], [ [| "\u001b[1m"; "1" |]; [| "plain"; "22" |] ]))

              Expect.equal [ "name        n"; @"\u001b[1m   1"; "plain      22" ] lines) ])
