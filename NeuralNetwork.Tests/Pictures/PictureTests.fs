/// Bars, points, cells and histograms: any of them, of anything, in any width.
module NeuralNetwork.Tests.Pictures.PictureTests

open System
open System.Xml.Linq
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Explain
open NeuralNetwork.Cli.Html
open NeuralNetwork.Cli.Options
open NeuralNetwork.Tests
open FsCheck
open FsCheck.FSharp

let private scales = Gen.elements [ Scale.Linear; Scale.Logarithmic; Scale.Share ]

let private bars =
    gen {
        let! scale = scales
        let! bars = Gen.listOf (Gen.map4 (fun name x low high -> Bar(name, x, low, high)) names values values values)
        return BarChart("title", "name", "value", scale, bars) :> Chart
    }

let private spots =
    gen {
        let! across = scales
        let! up = scales
        let! shade = Gen.optionOf scales
        let! spots = Gen.listOf (Gen.map4 (fun name x y shade -> Spot(name, x, y, shade)) names values values values)

        let shade = shade |> Option.map (fun scale -> Quantity("shade", scale)) |> Option.toNullable

        return ScatterChart("title", Quantity("across", across), Quantity("up", up), shade, spots) :> Chart
    }

let private maps =
    gen {
        let! count = Gen.choose (0, 30)
        let! names = Gen.listOfLength count names
        let count = Gen.frequency [ 2, Gen.constant 0; 1, Gen.choose (0, 100); 1, Gen.constant Int32.MaxValue ]
        let! counts = Gen.listOfLength names.Length (Gen.map Array.ofList (Gen.listOfLength names.Length count))
        return HeatMap("title", "predicted", "true", names, [| for row in counts -> row |]) :> Chart
    }

let private strips =
    gen {
        let one = Gen.map2 (fun name (numbers: float list) -> Histogram.Of(name, Array.ofList numbers, 40)) names
        let! histograms = Gen.listOf (one (Gen.listOf values))
        return HistogramStrip("title", "weight", histograms) :> Chart
    }

let private widths = Gen.elements [ Picture.Wide; ReportPage.Wide; ReportPage.Narrow ]

let private charts = Gen.zip (Gen.oneof [ bars; spots; maps; strips ]) widths |> Arb.fromGen

let tests =
    group
        "Picture"
        [ law "Any chart is well-formed XML of known elements, with its picture in words" (fun () ->
              Prop.forAll charts (fun (chart, width) ->
                  checkWellFormed (Picture.Draw(chart, width))
                  checkWellFormed (parse (Picture.Of chart))))
          law "Nothing is drawn beyond the edges, and every number is one" (fun () ->
              Prop.forAll charts (fun (chart, width) -> checkInside (Picture.Draw(chart, width))))
          law "The table of a chart has a cell under each head" (fun () ->
              Prop.forAll charts (fun (chart, _) ->
                  let table = chart.Table()

                  for row in table.Rows do
                      Expect.equal table.Heads.Count row.Count))
          test "Bars are as long as their values, from 0 on" (fun () ->
              let chart =
                  BarChart("t", "a", "b", Scale.Linear, [ Bar("one", 1.0); Bar("two", 2.0); Bar("less", -1.0) ])

              match ofClass "bar" (Picture.Draw(chart, Picture.Wide)) |> List.map (at [ "x"; "width" ]) with
              | [ (x1, one); (x2, two); (x3, less) ] ->
                  Expect.within 0.02 (2.0 * one) two
                  Expect.within 0.02 one less
                  Expect.within 0.02 x1 x2
                  Expect.within 0.02 x1 (x3 + less)
              | other -> Expect.fail $"{other.Length} bars")
          test "Values that are all far from 0 are dots, which need no 0; one that is none has neither" (fun () ->
              let bars = [ Bar("a", 0.981, 0.980, 0.982); Bar("b", 0.979); Bar("c", nan) ]
              let picture = Picture.Draw(BarChart("t", "a", "b", Scale.Share, bars), Picture.Wide)
              Expect.equal 0 (ofClass "bar" picture).Length
              Expect.equal 2 (ofClass "dot" picture).Length
              Expect.equal 1 (ofClass "whisker" picture).Length)
          test "A point is shown where both its numbers have a place, and shaded where the third one has" (fun () ->
              let spots =
                  [ Spot("a", 1.0, 1.0, 0.1)
                    Spot("b", 10.0, 2.0, nan)
                    Spot("c", 0.0, 1.0, 0.2)
                    Spot("d", 100.0, 3.0, 1.0) ]

              let draw shade =
                  Picture.Draw(
                      ScatterChart("t", Quantity("x", Scale.Logarithmic), Quantity("y", Scale.Linear), shade, spots),
                      Picture.Wide
                  )

              let shaded = ofClass "spot" (draw (Nullable(Quantity("z", Scale.Linear))))
              Expect.equal [ "spot s0"; "spot none"; "spot s6" ] (shaded |> List.map (attribute "class"))
              let across = shaded |> List.map (at [ "cx"; "cy" ] >> fst)
              Expect.within 0.02 (across[1] - across[0]) (across[2] - across[1])
              Expect.equal 3 (ofClass "spot" (draw (Nullable()))).Length)
          test
              "Right cells and wrong ones look different, cells of 0 are empty, and cells without room have no number"
              (fun () ->
                  let draw count =
                      let names = [| for place in 1..count -> string place |]

                      let counts =
                          [| for down in 1..count -> [| for across in 1..count -> if across >= down then 7 else 0 |] |]

                      Picture.Draw(
                          HeatMap("t", "predicted", "true", names, [| for row in counts -> row |]),
                          Picture.Wide
                      )

                  let few = draw 3

                  Expect.equal
                      3
                      (few |> ofClass "cell" |> List.filter (fun cell -> attribute "class" cell = "cell c0")).Length

                  Expect.equal
                      3
                      (few |> ofClass "cell" |> List.filter (fun cell -> attribute "class" cell = "cell c3")).Length

                  Expect.equal 6 (ofClass "count" few).Length
                  Expect.equal 0 (ofClass "count" (draw 100)).Length
                  Expect.equal 5050 (ofClass "cell" (draw 100)).Length)
          law "A histogram counts every finite number once" (fun (numbers: float[]) (bins: PositiveInt) ->
              let histogram = Histogram.Of("t", numbers, bins.Get)
              let shown = numbers |> Array.filter (fun x -> abs x <= 1e300)
              Expect.equal (int64 shown.Length) (Seq.sum histogram.Counts)
              Expect.equal bins.Get histogram.Counts.Count)
          test "A histogram says mean and deviation, and how many numbers are none" (fun () ->
              let histogram = Histogram.Of("t", [| 1.0; 2.0; 3.0; 4.0; nan |], 3)
              Expect.equal [ 1L; 1L; 2L ] (List.ofSeq histogram.Counts)
              Expect.equal "mean 2.5, deviation 1.12, 1 not finite" histogram.Note)
          test "Names are text and nothing else, and whole where one points at them" (fun () ->
              let name = "\"><script>alert(1)</script>"
              let longest = String('w', 90)

              let all: Chart list =
                  [ BarChart("t", name, name, Scale.Linear, [ Bar(name, 1.0); Bar(longest, 2.0) ])
                    ScatterChart(
                        name,
                        Quantity(name, Scale.Linear),
                        Quantity(name, Scale.Linear),
                        Nullable(),
                        [ Spot(name, 1, 2, 3) ]
                    )
                    HeatMap("t", name, name, [ name; longest ], [| [| 1; 2 |]; [| 3; 4 |] |])
                    HistogramStrip(
                        "t",
                        name,
                        [ Histogram.Of(name, [| 1.0 |], 3); Histogram.Of(longest, [| 1.0 |], 3) ]
                    ) ]

              for chart in all do
                  let text = Picture.Of chart
                  Expect.that (not (text.Contains "<script")) "a name became an element"

                  let told =
                      (parse text).Descendants(XName.Get("title", "http://www.w3.org/2000/svg")) |> Seq.map _.Value

                  Expect.that
                      (told |> Seq.exists (fun title -> title.Contains name))
                      $"{chart.GetType().Name} does not tell the name")
          test "Ten thousand points and bars are drawn, and no more than a page of them is" (fun () ->
              let spots = [| for place in 1..10000 -> Spot($"{place}", float place, sin (float place), 1.0) |]

              let chart =
                  ScatterChart("t", Quantity("x", Scale.Linear), Quantity("y", Scale.Linear), Nullable(), spots)

              Expect.equal 10000 (ofClass "spot" (Picture.Draw(chart, Picture.Wide))).Length
              let bars = [| for place in 1..10000 -> Bar($"{place}", float place) |]
              let picture = Picture.Draw(BarChart("t", "a", "b", Scale.Linear, bars), Picture.Wide)
              Expect.that ((ofClass "bar" picture).Length <= 300) "more bars than anybody reads") ]
