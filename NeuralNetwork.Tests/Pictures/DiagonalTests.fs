/// What is predicted against what is true: two axes of one quantity, and the line of perfect predictions.
module NeuralNetwork.Tests.Pictures.DiagonalTests

open System
open System.Text.RegularExpressions
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Html
open NeuralNetwork.Tests

let private draw (width: float) (spots: Spot list) =
    let quantity name = Quantity(name, Scale.Linear)
    let chart = ScatterChart("t", quantity "true", quantity "predicted", Nullable(), List.toArray spots, IsOfOne = true)
    Picture.Draw(chart, width)

let private spotsOf (seed: int) (count: int) =
    let random = Random seed
    let size = Math.Pow(10.0, float (random.Next(-6, 9)))
    let at () = size * (random.NextDouble() - 0.3)
    List.init count (fun row -> Spot($"row {row}", at (), 3.0 * at (), nan))

let tests =
    group
        "Diagonal"
        [ law "A point is on the line exactly where it was predicted exactly" (fun (seed: int) ->
              let spots = spotsOf seed 12
              let exact = [ for spot in spots -> Spot("exact", spot.X, spot.X, nan) ]

              for width in [ Picture.Wide; ReportPage.Narrow ] do
                  let picture = draw width (spots @ exact)
                  checkWellFormed picture
                  checkInside picture
                  let line = ofClass "ideal" picture |> List.exactlyOne
                  let (x1, y1), (x2, y2) = at [ "x1"; "y1" ] line, at [ "x2"; "y2" ] line
                  let heightAt x = y1 + (x - x1) / (x2 - x1) * (y2 - y1)
                  let circles = ofClass "spot" picture |> List.map (at [ "cx"; "cy" ])

                  // Coordinates have two decimals.
                  for spot, (x, y) in List.zip (spots @ exact) circles do
                      if spot.Name = "exact" then
                          Expect.that (abs (y - heightAt x) < 0.05) $"{spot.X} is off the line"
                      elif abs (spot.Y - spot.X) > 0.01 * (abs spot.X + abs spot.Y) then
                          // Above the line is above in the picture: y points down.
                          Expect.that
                              (sign (spot.Y - spot.X) = sign (heightAt x - y) || abs (y - heightAt x) < 0.05)
                              "the wrong side")
          test "Both axes have the same numbers" (fun () ->
              let picture = draw Picture.Wide (spotsOf 4 50)

              let ticks anchor =
                  ofClass "tick" picture
                  |> List.filter (fun one -> attribute "text-anchor" one = anchor)
                  |> List.map _.Value

              Expect.equal (ticks "end") (ticks "middle")
              Expect.that ((ticks "end").Length > 2) "no numbers")
          each
              "Axes go no further than a step beyond the numbers"
              [ 500.0, 550.0; 20.0, 60.0; -3.0, 9.0; 0.001, 0.0031 ]
              (fun (low: float, high: float) ->
                  let between share = low + share * (high - low)

                  let picture =
                      draw Picture.Wide [ Spot("a", low, between 0.5, nan); Spot("b", high, between 0.7, nan) ]

                  let ticks =
                      ofClass "tick" picture
                      |> List.filter (fun one -> attribute "text-anchor" one = "end")
                      |> List.map (fun one -> float (one.Value.Replace(",", "")))

                  let step = (List.max ticks - List.min ticks) / float (ticks.Length - 1)
                  Expect.that (List.min ticks > low - 1.001 * step && List.max ticks < high + 1.001 * step) $"{ticks}")
          test "The line has a colour in the light and in the dark" (fun () ->
              Expect.equal 2 (Regex.Matches(Theme.Style, @"\.ideal \{ stroke: #[0-9A-F]{6}; \}").Count))
          test "A caption too long for one line of a narrow picture of bars goes on in a second" (fun () ->
              let caption = "validation loss less training loss, mean and range of 3 seeds"
              let chart = BarChart("t", "a", caption, Scale.Linear, [| Bar("one", 1.0) |])

              for width, lines in [ Picture.Wide, 1; ReportPage.Narrow, 2 ] do
                  let captions = Picture.Draw(chart, width) |> ofClass "caption" |> List.map _.Value
                  Expect.equal (lines, caption) (captions.Length, String.Join(' ', captions))) ]
