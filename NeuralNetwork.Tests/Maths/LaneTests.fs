/// Lanes: the elementary functions within a few ULP of exact values, everywhere; what goes into a register comes out of it.
module NeuralNetwork.Tests.Maths.LaneTests

open System
open System.Numerics
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open FsCheck.FSharp

/// A function on lanes in both precisions, the exact one, and where its result is finite and its argument allowed.
type Function =
    { Name: string
      Double: Lane<float> -> Lane<float>
      Single: Lane<float32> -> Lane<float32>
      Exact: Exact -> Exact
      Domain: float -> bool }

    override f.ToString() = f.Name

let private anywhere (_: float) = true

let private functions =
    [ { Name = "exp"; Double = Lane.exp; Single = Lane.exp; Exact = Exact.exp; Domain = anywhere }
      { Name = "expm1"; Double = Lane.expm1; Single = Lane.expm1; Exact = Exact.expm1; Domain = anywhere }
      { Name = "log"; Double = Lane.log; Single = Lane.log; Exact = Exact.log; Domain = fun x -> x > 0.0 }
      { Name = "log1p"
        Double = Lane.log1p
        Single = Lane.log1p
        Exact = Exact.log1p
        Domain = fun x -> x > -1.0 }
      { Name = "tanh"; Double = Lane.tanh; Single = Lane.tanh; Exact = Exact.tanh; Domain = anywhere }
      { Name = "sigmoid"
        Double = Lane.sigmoid
        Single = Lane.sigmoid
        Exact = Exact.sigmoid
        Domain = anywhere }
      { Name = "softplus"
        Double = Lane.softplus
        Single = Lane.softplus
        Exact = Exact.softplus
        Domain = anywhere } ]

let private named name = functions |> List.find (fun f -> f.Name = name)
let private double (f: Lane<float> -> Lane<float>) (x: float) = Vector.GetElement(f (Vector<float>(x)), 0)
let private single (f: Lane<float32> -> Lane<float32>) (x: float32) = Vector.GetElement(f (Vector<float32>(x)), 0)

/// Where formulas change their mind: powers of two, the edges of overflow and underflow, cuts between methods.
let private landmarks =
    [ for power in -1074..13..1023 do
          Math.ScaleB(1.0, power)
      for power in -30 .. 12 do
          Math.ScaleB(1.0, power)
          Math.ScaleB(1.5, power)
      0.0
      0.0009765625
      0.2928932188134524 // 1 - √½
      0.34657359027997264 // ½ ln 2
      0.41421356237309503 // √2 - 1
      0.6931471805599453
      0.7071067811865476
      1.4142135623730951
      2.718281828459045
      18.0
      19.1
      22.0
      36.7
      37.0
      38.0
      39.9
      40.0
      40.1
      87.33
      88.0
      88.72
      103.97
      708.39
      709.0
      709.78
      709.782712893384
      710.0
      744.44
      745.13
      745.14
      746.0
      1e4
      1e5
      Double.MaxValue ]
    |> List.collect (fun x -> [ x; Math.BitIncrement x; Math.BitDecrement x ])
    |> List.collect (fun x -> [ x; -x ])
    |> List.filter Double.IsFinite

/// Numbers of all sizes: most of ordinary size, some with any bits, some beside a landmark.
let private anyNumber =
    let landmark = Array.ofList landmarks

    let draw (seed: int) =
        let random = Random seed

        match random.Next 8 with
        | 0 -> landmark[random.Next landmark.Length]
        | 1 -> BitConverter.Int64BitsToDouble(random.NextInt64(Int64.MinValue, Int64.MaxValue))
        | 2 -> float (BitConverter.Int32BitsToSingle(random.Next(Int32.MinValue, Int32.MaxValue)))
        | 3 -> 700.0 * Generate.normal random
        | 4 -> 30.0 * Generate.normal random
        | 5 -> Math.ScaleB(Generate.normal random, random.Next(-60, 0))
        | 6 -> 1.0 + Math.ScaleB(Generate.normal random, random.Next(-52, -1))
        | _ -> Generate.real random

    Gen.choose (0, Int32.MaxValue)
    |> Gen.map draw
    |> Gen.map (fun x -> if Double.IsFinite x then x else 1.0)
    |> Arb.fromGen

/// The greatest error in float64, in units in the last place: the promise of Lane's documentation.
let private doubleBar = 2.0

/// Half a unit of the rounding from float64, and a little of the float64 error.
let private singleBar = 0.51

/// Beyond the greatest number a format must give infinity, and it may where the rounding is within the bar.
let private judge (f: Function) digits least (greatest: float) bar (x: float) (actual: float) =
    if f.Domain x then
        let exact = f.Exact(Exact.OfFloat x)
        let isBeyond = (exact - Exact.OfFloat greatest).Significand.Sign > 0

        if Double.IsInfinity actual && isBeyond then
            ()
        else
            let error = if Double.IsFinite actual then Exact.ulps digits least exact actual else infinity
            Expect.that (error <= bar) $"{f.Name} {x:R} = {actual:R} is {error:F3} ULP away"

let private judgeDouble f x = judge f 53 -1022 Double.MaxValue doubleBar x (double f.Double x)

let private judgeSingle f (x: float) =
    let x = float32 x

    if Single.IsFinite x then
        judge f 24 -126 (float Single.MaxValue) singleBar (float x) (float (single f.Single x))

let tests =
    group
        "Lane"
        [ each "A float64 function is within its bar at every landmark" functions (fun (f: Function) ->
              List.iter (judgeDouble f) landmarks)
          states
              [ 26 ]
              (each "A float64 function is within its bar at random numbers" functions (fun (f: Function) ->
                  Trials.run 1500 anyNumber (judgeDouble f)))
          each "A float32 function is within 0.51 ULP at every landmark" functions (fun (f: Function) ->
              List.iter (judgeSingle f) landmarks)
          states
              [ 26 ]
              (each "A float32 function is within 0.51 ULP at random numbers" functions (fun (f: Function) ->
                  Trials.run 1500 anyNumber (judgeSingle f)))
          each
              "Limits, zeros and poles have their exact values in both precisions"
              [ "exp", Double.PositiveInfinity, Double.PositiveInfinity
                "exp", Double.NegativeInfinity, 0.0
                "exp", 1e4, Double.PositiveInfinity
                "exp", -1e4, 0.0
                "exp", 0.0, 1.0
                "exp", -0.0, 1.0
                "expm1", Double.PositiveInfinity, Double.PositiveInfinity
                "expm1", Double.NegativeInfinity, -1.0
                "expm1", 0.0, 0.0
                "expm1", -0.0, -0.0
                "log", Double.PositiveInfinity, Double.PositiveInfinity
                "log", 1.0, 0.0
                "log", 0.0, Double.NegativeInfinity
                "log", -0.0, Double.NegativeInfinity
                "log", -1.0, Double.NaN
                "log", Double.NegativeInfinity, Double.NaN
                "log1p", Double.PositiveInfinity, Double.PositiveInfinity
                "log1p", -1.0, Double.NegativeInfinity
                "log1p", -1.5, Double.NaN
                "log1p", 0.0, 0.0
                "log1p", -0.0, -0.0
                "tanh", Double.PositiveInfinity, 1.0
                "tanh", Double.NegativeInfinity, -1.0
                "tanh", 0.0, 0.0
                "tanh", -0.0, -0.0
                "sigmoid", Double.PositiveInfinity, 1.0
                "sigmoid", Double.NegativeInfinity, 0.0
                "sigmoid", 0.0, 0.5
                "sigmoid", 1e4, 1.0
                "sigmoid", -1e4, 0.0
                "softplus", Double.PositiveInfinity, Double.PositiveInfinity
                "softplus", Double.NegativeInfinity, 0.0
                "softplus", 1e4, 1e4
                "softplus", -1e4, 0.0 ]
              (fun (name: string, x: float, expected: float) ->
                  let f = named name
                  Expect.sameBits $"{name} {x}" [| expected |] [| double f.Double x |]
                  Expect.sameBits $"{name} {x}" [| float32 expected |] [| single f.Single (float32 x) |])
          each "NaN goes through" functions (fun (f: Function) ->
              Expect.that (Double.IsNaN(double f.Double nan)) "float64"
              Expect.that (Single.IsNaN(single f.Single nanf)) "float32")
          states
              [ 27 ]
              (each
                  "The result in a register does not depend on the place or the neighbours"
                  functions
                  (fun (f: Function) ->
                      Trials.run
                          100
                          (Arb.fromGen (Gen.arrayOfLength Lane<float32>.Count anyNumber.Generator))
                          (fun xs ->
                              let count = Lane<float>.Count
                              let together = f.Double(Vector<float>(ReadOnlySpan(xs, 0, count)))
                              let each = Array.init count (fun place -> double f.Double xs[place])

                              Expect.sameBits
                                  f.Name
                                  each
                                  (Array.init count (fun place -> Vector.GetElement(together, place)))

                              let singles = Array.map float32 xs
                              let together = f.Single(Vector<float32>(ReadOnlySpan singles))
                              let each = Array.map (single f.Single) singles

                              Expect.sameBits
                                  f.Name
                                  each
                                  (Array.init singles.Length (fun place -> Vector.GetElement(together, place))))))
          states
              [ 26 ]
              (test
                  "tanh is odd, keeps the sign and never exceeds its argument, down to the smallest subnormal"
                  (fun () ->
                      let judge x =
                          let y = double Lane.tanh x
                          Expect.sameBits "tanh -x" [| -y |] [| double Lane.tanh -x |]
                          Expect.that (abs y <= abs x && (x = 0.0 || sign y = sign x)) $"tanh {x:R} = {y:R}"
                          let x = float32 x
                          let y = single Lane.tanh x
                          Expect.sameBits "tanh -x" [| -y |] [| single Lane.tanh -x |]
                          Expect.that (abs y <= abs x && (x = 0.0f || sign y = sign x)) $"tanh {x:R} = {y:R}"

                      List.iter judge (Double.Epsilon :: float Single.Epsilon :: landmarks)
                      Trials.run 2000 anyNumber judge))
          states
              [ 26 ]
              (test "sigmoid x + sigmoid -x is 1 within one ULP" (fun () ->
                  Trials.run 2000 anyNumber (fun x ->
                      Expect.within (Math.ScaleB(1.0, -52)) 1.0 (double Lane.sigmoid x + double Lane.sigmoid -x)
                      let x = float32 x

                      Expect.within
                          (Math.ScaleB(1.0, -23))
                          1.0
                          (float (single Lane.sigmoid x) + float (single Lane.sigmoid -x)))))
          states
              [ 26 ]
              (test "softplus x - softplus -x is x within two ULP of the larger term" (fun () ->
                  Trials.run 2000 anyNumber (fun x ->
                      let plus, minus = double Lane.softplus x, double Lane.softplus -x
                      // Each term is within 2 ULP, 2·2⁻⁵² of it at most, and their difference rounds once.
                      Expect.within (Math.ScaleB(2.0 * (plus + minus) + abs x, -52)) x (plus - minus))))
          states
              [ 26 ]
              (each
                  "A growing function never falls by more than its error from one number to the next"
                  [ "exp"; "tanh"; "sigmoid"; "softplus"; "expm1" ]
                  (fun (name: string) ->
                      let f = named name

                      Trials.run 1000 anyNumber (fun x ->
                          let here, there = double f.Double x, double f.Double (Math.BitIncrement x)
                          Expect.that (there >= here || Expect.ulps here there <= 4L) $"{name} falls at {x:R}")))
          law "A created lane holds its number in every place" (fun (x: int) ->
              Lane.create<float>(float x) = Vector<float>(float x))
          law "A float comes back from a lane rounded to its precision" (fun (Real x) ->
              Lane.toFloat (Lane.ofFloat<float> x) = x
              && Lane.toFloat (Lane.ofFloat<float32> x) = float (float32 x))
          law "The greatest of a register is the greatest, or NaN if there is one" (fun (seed: int) (place: uint8) ->
              let xs = Generate.reals (Random seed) Lane<float>.Count
              let greatest xs = Lane.greatest (Vector<float>(ReadOnlySpan(xs: float[])))
              greatest xs = Array.max xs && Double.IsNaN(greatest (Array.updateAt (int place % xs.Length) nan xs))) ]
