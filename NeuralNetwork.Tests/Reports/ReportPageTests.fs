/// Pages are one file of well-formed XML that fetches nothing, and every text in them is text.
module NeuralNetwork.Tests.Reports.ReportPageTests

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Xml.Linq
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Html
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Pictures
open FsCheck
open FsCheck.FSharp

let private words = Gen.map2 (fun name (number: int) -> $"{name}{number}") names (Gen.choose (0, 9))

let private tables =
    Gen.map2
        (fun head rows -> ChartTable([ head; "b" ], [| for first, second in rows -> [| first; second |] |]))
        words
        (Gen.listOf (Gen.zip words names))

let private charts: Gen<Chart> =
    Gen.oneof
        [ Gen.map
              (fun name -> LineChart(name, name, name, Scale.Linear, [ ChartLine(name, [ Dot(1.0, nan) ]) ]) :> Chart)
              words
          Gen.map (fun name -> BarChart(name, name, name, Scale.Share, [ Bar(name, 0.5) ]) :> Chart) words
          Gen.map (fun name -> HeatMap(name, name, name, [ name ], [| [| 3 |] |]) :> Chart) words
          Gen.map (fun name -> HistogramStrip(name, name, [ Histogram.Of(name, [| 1.0 |], 4) ]) :> Chart) words ]

let private blocks: Gen<ReportBlock> =
    Gen.oneof
        [ Gen.map (fun name -> ReportBlock.Prose name :> ReportBlock) names
          Gen.map (fun name -> ReportBlock.Code name :> ReportBlock) names
          Gen.map (fun chart -> ReportBlock.Drawing chart :> ReportBlock) charts
          Gen.map2 (fun table link -> ReportBlock.Rows(table, [ link ]) :> ReportBlock) tables words
          Gen.map2 (fun name table -> ReportBlock.Folded(name, table) :> ReportBlock) names tables
          Gen.map2 (fun name value -> ReportBlock.Facts [ Fact(name, value) ] :> ReportBlock) names names
          Gen.map2
              (fun line note ->
                  ReportBlock.Images [ ReportImage(Array.init 16 byte, 4, line, [ note ]) ] :> ReportBlock)
              words
              words ]

let private reports =
    gen {
        let! title = names
        let! lead = names
        let! facts = Gen.listOf (Gen.zip names names)
        let! sections = Gen.listOf (Gen.zip names (Gen.listOf blocks))
        let facts = [| for name, value in facts -> Fact(name, value) |]
        let sections = [| for name, blocks in sections -> ReportSection(name, Array.ofList blocks) |]
        return Report(title, lead, facts, sections)
    }
    |> Arb.fromGen

let private chunk (png: byte[]) (kind: string) =
    let rec find at =
        let length = int (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(png, at, 4)))

        if Text.Encoding.ASCII.GetString(png, at + 4, 4) = kind then
            png[at + 8 .. at + 7 + length]
        else
            find (at + 12 + length)

    find 8

let private windowsLetters = [| "a"; " "; "\""; "\\"; "'"; "ü"; "," |]

/// The words of a line as a C program on Windows is given them: 2n backslashes before a quote are n and the quote begins or
/// ends a part, one more and it is a letter.
let private windowsWords (line: string) : string list =
    let rec next (word: string) isQuoted (rest: char list) =
        let backslashes = rest |> List.takeWhile ((=) '\\') |> List.length

        match List.skip backslashes rest with
        | '"' :: rest when backslashes % 2 = 1 -> next (word + String('\\', backslashes / 2) + "\"") isQuoted rest
        | '"' :: rest -> next (word + String('\\', backslashes / 2)) (not isQuoted) rest
        | ' ' :: rest when not isQuoted -> (word + String('\\', backslashes)) :: next "" false rest
        | letter :: rest -> next (word + String('\\', backslashes) + string letter) isQuoted rest
        | [] -> [ word + String('\\', backslashes) ]

    next "" false (List.ofSeq line)

let tests =
    group
        "ReportPage"
        [ law "Any page is well-formed, fetches nothing, runs nothing and has words for every picture" (fun () ->
              Prop.forAll reports (fun report -> checkPage (ReportPage.Of report)))
          test "A hostile name is shown as it is, everywhere" (fun () ->
              let name = "\"><script>alert(1)</script>"
              let table = ChartTable([ name; name ], [| [| name; name |] |])

              let blocks: ReportBlock list =
                  [ ReportBlock.Prose name
                    ReportBlock.Code name
                    ReportBlock.Facts [ Fact(name, name) ]
                    ReportBlock.Rows(table, [ name ])
                    ReportBlock.Folded(name, table)
                    ReportBlock.Images [ ReportImage(Array.zeroCreate 4, 2, name, [ name ]) ] ]

              let text =
                  ReportPage.Of(Report(name, name, [ Fact(name, name) ], [ ReportSection(name, Array.ofList blocks) ]))

              Expect.that (not (text.Contains "<script")) "a name became an element"
              checkPage text
              Expect.that ((parse text).Value.Split(name).Length > 12) "a name is gone")
          test "Numbers stand right and words left" (fun () ->
              let table = ChartTable([ "a"; "b"; "c" ], [| [| "x"; "1.5"; "--opt" |]; [| "y"; "-2 %"; "3" |] |])

              let page =
                  parse (ReportPage.Of(Report("t", "l", [], [ ReportSection("s", [ ReportBlock.Rows(table, []) ]) ])))

              let kinds = elements (XName.Get "td") page |> List.map (attribute "class")
              Expect.equal [ "number"; "words"; "number"; "words" ] kinds)
          test "A long table is thinned, and keeps its ends" (fun () ->
              let line = ChartLine("a", [| for place in 1..10000 -> Dot(float place, float place) |])
              let chart = LineChart("t", "epoch", "b", Scale.Linear, [ line ])

              let page =
                  parse (ReportPage.Of(Report("t", "l", [], [ ReportSection("s", [ ReportBlock.Drawing chart ]) ])))

              let cells = elements (XName.Get "td") page |> List.map _.Value
              Expect.that (cells.Length <= 201) $"{cells.Length} rows"
              Expect.equal ("1", "10,000") (List.head cells, List.last cells))
          law "An image comes back from its file" (fun (seed: int) ->
              let random = Random seed
              let width, height = random.Next(1, 40), random.Next(1, 40)
              let pixels = Array.zeroCreate<byte>(width * height)
              random.NextBytes pixels
              let png = Png.Of(pixels, width)
              let head = chunk png "IHDR"
              Expect.equal (width, height) (int head[3], int head[7])
              use packed = new ZLibStream(new MemoryStream(chunk png "IDAT"), CompressionMode.Decompress)
              use raw = new MemoryStream()
              packed.CopyTo raw
              let rows = raw.ToArray() |> Array.chunkBySize (width + 1)
              Expect.equal pixels (rows |> Array.collect Array.tail)
              // The checksum of the end that every PNG has (ISO 15948, 11.2.5).
              Expect.equal [| 0xAEuy; 0x42uy; 0x60uy; 0x82uy |] png[png.Length - 4 ..])
          test "A command is broken between its options and quoted for a shell" (fun () ->
              let words =
                  "nn" :: "train" :: "my data.csv" :: List.collect (fun i -> [ $"--option-{i}"; "it's" ]) [ 1..9 ]

              let line = ShellLine.Of words
              Expect.that (line.StartsWith "nn train 'my data.csv' --option-1 'it'\\''s'") line

              for part in line.Split('\n') do
                  Expect.that (part.Length <= 90) $"{part} is long"

              for part in Array.tail (line.Split('\n')) do
                  Expect.that (part.TrimStart().StartsWith "--option-") $"{part} begins within an option")
          |> onUnix "its shells quote in another way, as the next test shows"
          law "A word that is quoted for cmd and PowerShell comes to a program as it was" (fun (letters: byte list) ->
              let word =
                  letters
                  |> List.map (fun letter -> windowsLetters[int letter % windowsLetters.Length])
                  |> String.Concat

              Expect.equal [ word ] (windowsWords (ShellLine.OfWindows word)))
          each
              "What cmd and PowerShell take as it is has no quotes"
              [ @"C:\runs\first", @"C:\runs\first"
                "a b", "\"a b\""
                "x,y", "\"x,y\""
                @"C:\my runs\", "\"C:\\my runs\\\\\""
                "", "\"\"" ]
              (fun (word, quoted) -> Expect.equal quoted (ShellLine.OfWindows word)) ]
