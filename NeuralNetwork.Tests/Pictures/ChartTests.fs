/// What a chart is made of before it is drawn: axes, labels kept apart, dots left out.
module NeuralNetwork.Tests.Pictures.ChartTests

open System
open NeuralNetwork.Cli.Charts
open NeuralNetwork.Tests
open FsCheck
open FsCheck.FSharp

/// Numbers of every size that an axis may meet.
let private shown (x: NormalFloat) = Math.Clamp(float x, -1e300, 1e300)

let private ordered (values: float[]) = Array.forall2 (<=) values[.. values.Length - 2] values[1..]

let private checkAxis (values: float[]) (axis: Axis) =
    let places = values |> Array.sort |> Array.map axis.Place
    Expect.that (Array.forall (fun place -> place >= -1e-9 && place <= 1.0 + 1e-9) places) "a number off the axis"
    Expect.that (ordered places) "numbers out of order"
    let ticks = axis.Ticks |> Seq.map _.Value |> Array.ofSeq
    Expect.that (ordered ticks) "ticks out of order"

    Expect.that
        (ticks |> Array.map axis.Place |> Array.forall (fun place -> place >= -1e-9 && place <= 1.0 + 1e-9))
        "a tick off the axis"

    Expect.that (ticks.Length <= 16) $"{ticks.Length} ticks"

/// Two numbers above 0, from next to each other to worlds apart.
let private ranges =
    Gen.zip (Gen.choose (-1000, 1000)) (Gen.oneof [ Gen.choose (1, 1000); Gen.choose (1, 100_000) ])
    |> Gen.map (fun (hundredths, span) -> 10.0 ** (float hundredths / 100.0), float span / 1e4)
    |> Gen.map (fun (low, decades) -> low, low * 10.0 ** decades)

let private texts (axis: Axis) = axis.Ticks |> Seq.map _.Text |> List.ofSeq

let private gap = 17.0

let private apart (wanted: float list) low high = Spread.Apart(Array.ofList wanted, gap, low, high)

let private pixels = Gen.choose (0, 4000) |> Gen.map (fun tenth -> float tenth / 10.0)

/// Wanted places in order, and room for all of them.
let private crowd =
    Gen.choose (0, 20)
    |> Gen.bind (fun count -> Gen.listOfLength count pixels)
    |> Gen.map List.sort
    |> Arb.fromGen

let tests =
    group
        "Chart"
        [ law
              "Every number has its place on an upright axis, in order, and so have at least two ticks"
              (fun (values: NormalFloat[]) ->
                  let values = Array.map shown values
                  let axis = Axis.Upright(Scale.Linear, values, 7)
                  checkAxis values axis
                  Expect.that (axis.Ticks.Count >= 2) "too few ticks to read by")
          law "Every number above 0 has its place on a logarithmic axis, in order" (fun (values: NormalFloat[]) ->
              let values = values |> Array.map (fun x -> Math.Clamp(abs (float x), 1e-300, 1e300))
              let axis = Axis.Upright(Scale.Logarithmic, values, 7)
              checkAxis values axis
              Expect.that (axis.Ticks.Count >= 2) "too few ticks to read by")
          law "An axis for what is counted ends with the numbers and has whole ticks" (fun (counts: int[]) ->
              let values = Array.map float counts
              let axis = Axis.Counted(values, 8)
              checkAxis values axis

              for tick in axis.Ticks do
                  Expect.equal (Math.Round tick.Value) tick.Value

              if (Array.distinct values).Length > 1 then
                  Expect.equal (Array.min values, Array.max values) (axis.Low, axis.High))
          law
              "Every axis of a range has at least two ticks, however near its ends are and however little room there is"
              (fun () ->
                  let rooms = Gen.choose (1, 8)

                  Prop.forAll (Arb.fromGen (Gen.zip ranges rooms)) (fun ((low, high), room) ->
                      for axis in
                          [ Axis.Upright(Scale.Linear, [| low; high |], room)
                            Axis.Upright(Scale.Logarithmic, [| low; high |], room)
                            Axis.Counted([| low; high |], room)
                            Axis.Within(low, high, room) ] do
                          let inside =
                              axis.Ticks
                              |> Seq.filter (fun tick ->
                                  axis.Place tick.Value >= -1e-9 && axis.Place tick.Value <= 1.0 + 1e-9)

                          Expect.that (Seq.length inside >= 2) $"{low} to {high} with room for {room}: {axis}"
                          Expect.that (inside |> Seq.forall (fun tick -> tick.Text <> "")) "a tick without a number"))
          test "Ticks are the round numbers a person would choose" (fun () ->
              Expect.equal
                  [ "0.0"; "0.5"; "1.0"; "1.5"; "2.0"; "2.5" ]
                  (texts (Axis.Upright(Scale.Linear, [| 0.3; 2.31 |], 7)))

              Expect.equal
                  [ "96 %"; "97 %"; "98 %"; "99 %" ]
                  (texts (Axis.Upright(Scale.Share, [| 0.963; 0.985 |], 4)))

              Expect.equal [ "0"; "1e6"; "2e6"; "3e6" ] (texts (Axis.Upright(Scale.Linear, [| 2.0; 3e6 |], 4)))
              let ratios values = texts (Axis.Upright(Scale.Logarithmic, values, 7))
              Expect.equal [ "0.02"; "0.05"; "0.1"; "0.2"; "0.5"; "1"; "2" ] (ratios [| 0.02; 2.3 |])
              Expect.equal [ "0.001"; "0.01"; "0.1"; "1"; "10"; "100" ] (ratios [| 0.0012; 230.0 |])
              Expect.equal [ "5"; "10"; "15"; "20"; "25" ] (texts (Axis.Counted([| 1.0; 25.0 |], 8)))
              Expect.equal [ "0"; "1"; "2" ] (texts (Axis.Counted([| 1.0 |], 8)))
              Expect.equal [ "2"; "3" ] (ratios [| 2.1; 2.6 |])
              Expect.equal [ "10,000"; "20,000"; "50,000" ] (ratios [| 1.2e4; 4.5e4 |]))
          law "Labels stay in order, a gap apart and inside" (fun () ->
              Prop.forAll crowd (fun wanted ->
                  let places = apart wanted 0.0 400.0
                  Expect.equal wanted.Length places.Length

                  for before, behind in Array.pairwise places do
                      Expect.that (behind - before >= gap - 1e-9) $"{before} and {behind}"

                  for place in places do
                      Expect.that (place >= 0.0 && place <= 400.0 + 1e-9) $"{place} is outside"))
          law "No other way to keep labels apart moves them less" (fun () ->
              let slack = Gen.listOfLength 20 pixels |> Arb.fromGen

              Prop.forAll crowd (fun wanted ->
                  Prop.forAll slack (fun slack ->
                      let distance places = Seq.sumBy (fun (x, y) -> (x - y) * (x - y)) (Seq.zip wanted places)
                      let room = 400.0 - gap * float (wanted.Length - 1)
                      // Any rising numbers in the room that is left over, with the gaps between them, are another way.
                      let other =
                          slack
                          |> List.truncate wanted.Length
                          |> List.map (fun x -> x / 400.0 * room)
                          |> List.sort
                          |> List.mapi (fun place x -> x + gap * float place)

                      Expect.that
                          (distance (apart wanted 0.0 400.0) <= distance other + 1e-6)
                          "another way is better")))
          test "Labels that do not touch stay where they are" (fun () ->
              Expect.equal [| 10.0; 40.0; 90.0 |] (apart [ 10.0; 40.0; 90.0 ] 0.0 400.0)
              Expect.equal [| 11.5; 28.5 |] (apart [ 20.0; 20.0 ] 0.0 400.0))
          law
              "Thinning keeps the ends, the extremes and the order of the dots"
              (fun (values: NormalFloat[]) (columns: PositiveInt) ->
                  let dots = values |> Array.mapi (fun place y -> Dot(float place, float y))
                  let kept = Thinning.Of(dots, columns.Get) |> Array.ofSeq
                  Expect.that (kept.Length <= 4 * columns.Get) $"{kept.Length} dots"

                  Expect.that
                      (Array.forall2 (fun (x: Dot) (y: Dot) -> x.X < y.X) kept[.. kept.Length - 2] kept[1..])
                      "out of order"

                  if dots.Length > 0 then
                      let heights dots = dots |> Array.map (fun (dot: Dot) -> dot.Y)
                      Expect.equal (dots[0], Array.last dots) (kept[0], Array.last kept)

                      Expect.equal
                          (Array.min (heights dots), Array.max (heights dots))
                          (Array.min (heights kept), Array.max (heights kept))) ]
