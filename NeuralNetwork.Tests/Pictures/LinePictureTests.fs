/// Pictures are text that any reader of XML takes, whatever is in the chart, and nothing in them is cut off or covered.
module NeuralNetwork.Tests.Pictures.LinePictureTests

open System.Xml.Linq
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Cli.Options
open NeuralNetwork.Tests
open FsCheck
open FsCheck.FSharp

let private draw scale (lines: (string * Dot list) list) =
    let lines = [| for name, dots in lines -> ChartLine(name, Array.ofList dots) |]
    Picture.Of(LineChart("title", "epoch", "loss", scale, lines))

let private curve name values = name, values |> List.mapi (fun place y -> Dot(float (place + 1), y))

let private lines =
    Gen.choose (0, 30)
    |> Gen.bind (fun count ->
        Gen.listOfLength
            count
            (Gen.zip
                names
                (Gen.listOf (Gen.map4 (fun x y low high -> Dot(x, y, low, high)) values values values values))))

let private charts = Gen.zip (Gen.elements [ Scale.Linear; Scale.Logarithmic; Scale.Share ]) lines |> Arb.fromGen

let tests =
    group
        "LinePicture"
        [ law "Any chart is well-formed XML of known elements, with its lines in words" (fun () ->
              Prop.forAll charts (fun (scale, lines) ->
                  let picture = parse (draw scale lines)
                  checkWellFormed picture))
          law "Whatever is drawn is inside the frame, and every number is one" (fun () ->
              Prop.forAll charts (fun (scale, lines) ->
                  let picture = parse (draw scale lines)
                  let frame = List.exactlyOne (ofClass "frame" picture)
                  let left, top = at [ "x"; "y" ] frame
                  let width, height = at [ "width"; "height" ] frame

                  let isInside (x, y) =
                      x >= left - 0.01 && x <= left + width + 0.01 && y >= top - 0.01 && y <= top + height + 0.01

                  for drawn in ofClass "line" picture @ ofClass "band" picture do
                      Expect.that (Array.forall isInside (points drawn)) (string drawn)

                  for dot in ofClass "dot" picture do
                      Expect.that (isInside (at [ "cx"; "cy" ] dot)) (string dot)))
          law "Labels do not touch, and none is cut off" (fun () ->
              Prop.forAll charts (fun (scale, lines) ->
                  let picture = parse (draw scale lines)
                  let labels = ofClass "label" picture |> List.map (at [ "x"; "y" ])

                  for (_, above), (_, below) in List.pairwise labels do
                      Expect.that (below - above >= float Theme.LetterHeight) $"labels at {above} and {below}"

                  let height = number (attribute "height" picture)

                  Expect.that
                      (labels |> List.forall (fun (_, y) -> y > 0.0 && y < height))
                      "a label above or below the picture"

                  let hasDots = picture |> ofClass "dot" |> List.isEmpty |> not
                  Expect.equal hasDots (not labels.IsEmpty)))
          test "Dots stand where the axes say" (fun () ->
              let picture = parse (draw Scale.Linear [ curve "a" [ 0.0; 1.0; 0.5 ] ])
              let frame = List.exactlyOne (ofClass "frame" picture)
              let left, top = at [ "x"; "y" ] frame
              let width, height = at [ "width"; "height" ] frame
              let expected = [| left, top + height; left + width / 2.0, top; left + width, top + height / 2.0 |]

              for (x, y), (foundX, foundY) in Array.zip expected (points (List.exactlyOne (ofClass "line" picture))) do
                  Expect.within 0.01 x foundX
                  Expect.within 0.01 y foundY)
          test "Names are text and nothing else" (fun () ->
              let names = [ "\"><script>"; "=1+1" ]
              let text = draw Scale.Linear [ for name in names -> curve name [ 1.0; 2.0 ] ]
              Expect.that (not (text.Contains "<script")) "a name became an element"

              let shown =
                  ofClass "label" (parse text) |> List.map (fun label -> (label.Nodes() |> Seq.head :?> XText).Value)

              Expect.equal (set names) (set shown))
          test "A number that is none is a gap in the line" (fun () ->
              let picture = parse (draw Scale.Linear [ curve "a" [ 1.0; 2.0; nan; 4.0; 5.0; infinity; 7.0 ] ])
              Expect.equal [ 2; 2 ] (ofClass "line" picture |> List.map (fun line -> (points line).Length))
              // One for the piece of a single dot, which is the end of the line, too.
              Expect.equal 1 (ofClass "dot" picture).Length)
          test "Nothing to show is said, one dot is shown, and of ten thousand what fits" (fun () ->
              Expect.mentions [ "nothing to show" ] (draw Scale.Logarithmic [ "a", [] ])
              Expect.equal 1 (ofClass "dot" (parse (draw Scale.Logarithmic [ curve "a" [ 0.5 ] ]))).Length
              let many = parse (draw Scale.Linear [ curve "a" [ for place in 1..10000 -> sin (float place) ] ])
              let line = points (List.exactlyOne (ofClass "line" many))
              let width, _ = at [ "width"; "height" ] (List.exactlyOne (ofClass "frame" many))
              Expect.that (line.Length <= 4 * int width && line.Length > int width) $"{line.Length} points")
          test "A picture has colours for light and for dark, and looks nothing up" (fun () ->
              let text = draw Scale.Linear [ curve "a" [ 1.0; 2.0 ] ]
              Expect.mentions [ "prefers-color-scheme: dark"; "#0072B2" ] text
              let addresses = text.Replace("http://www.w3.org/2000/svg", "")
              Expect.that (not (addresses.Contains "http" || addresses.Contains "url(")) "something is fetched") ]
