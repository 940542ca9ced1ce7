namespace NeuralNetwork.Tests

open System
open FsCheck
open FsCheck.FSharp
open NeuralNetwork
open NeuralNetwork.Maths

// What the properties are tried on. FsCheck's own floats hold a NaN or an extreme in one of eight, and its lists know
// nothing of registers: these generators give numbers of ordinary size, and shapes that straddle the registers' widths.

/// A real number of ordinary size: 0, ±1, a power of two or a normal number.
type Real = Real of float

/// A network with everything a step needs, all of it a function of the seed; Scale multiplies the weights.
type Case = { Network: Network; Rows: int; Scale: float; Seed: int }

/// The shape of a matrix product.
type Shape = { M: int; N: int; K: int }

module Generate =

    /// Below, at and above the widths of registers and of the tiles made of them.
    let widths = [ 1; 2; 3; 4; 5; 7; 8; 9; 15; 16; 17; 31; 32; 33 ]

    /// A standard normal number (Box and Muller 1958).
    let normal (random: Random) : float =
        sqrt (-2.0 * log (1.0 - random.NextDouble())) * cos (2.0 * Math.PI * random.NextDouble())

    /// A number of ordinary size.
    let real (random: Random) : float =
        match random.Next 10 with
        | 0 -> 0.0
        | 1 -> 1.0
        | 2 -> -1.0
        | 3 -> Math.ScaleB(1.0, random.Next(-8, 4))
        | _ -> normal random

    /// So many numbers of ordinary size.
    let reals (random: Random) (count: int) : float[] = Array.init count (fun _ -> real random)

    /// Numbers in another precision.
    let convert<'T> (values: float[]) : 'T[] = Array.map Lane.ofFloat<'T> values

    /// Numbers of any precision as float64.
    let floats (values: 'T[]) : float[] = Array.map Lane.toFloat values

    let width: Gen<int> = Gen.frequency [ 3, Gen.elements widths; 1, Gen.choose (1, 33) ]

    let activation: Gen<Activation> =
        Gen.elements (Activation.LeakyReLU 0.0 :: Activation.LeakyReLU 0.3 :: Activation.all)

    /// Waves of every feature, of every other one or of the last, or none.
    let private embedding (inputs: int) : Gen<Network -> Network> =
        let waves features =
            gen {
                let! frequencies = Gen.elements [ 1; 3; 8; 9; 16; 17 ]
                let! outputs = Gen.choose (1, 3)

                return
                    Network.periodic { Features = features; Frequencies = frequencies; Outputs = outputs; Scale = 0.5 }
            }

        Gen.frequency
            [ 6, Gen.constant id
              1, waves [ 0 .. inputs - 1 ]
              1, waves [ 0..2 .. inputs - 1 ]
              1, waves [ inputs - 1 ] ]

    /// A network of 1 to 4 dense layers, now and then on waves of its features, each followed by the given kind of activation or, now and then, by none.
    let networkOf (activation: Gen<Activation>) (loss: Gen<Loss>) : Gen<Network> =
        gen {
            let! inputs = width
            let! depth = Gen.choose (1, 4)
            let! units = Gen.listOfLength depth width
            let! activations = Gen.listOfLength (depth - 1) activation
            let! ending = Gen.frequency [ 4, Gen.constant Activation.Identity; 1, activation ]
            let! opening = Gen.frequency [ 8, Gen.constant Activation.Identity; 1, activation ]
            let! loss = loss
            let! embed = embedding inputs
            let start = Network.input inputs |> embed |> Network.activate opening |> Network.withLoss loss
            let grow network (units, activation) = Network.dense units activation network
            return List.fold grow start (List.zip units (activations @ [ ending ]))
        }

    let caseOf (activation: Gen<Activation>) (loss: Gen<Loss>) : Gen<Case> =
        gen {
            let! network = networkOf activation loss
            let! rows = Gen.frequency [ 1, Gen.elements widths; 1, Gen.choose (1, 40) ]
            let! scale = Gen.frequency [ 6, Gen.constant 1.0; 1, Gen.constant 1e-3; 1, Gen.constant 10.0 ]
            let! seed = Gen.choose (0, 1_000_000)
            // The exponential of a Poisson loss takes no large weights.
            let scale = if network.Loss.IsPoisson then min scale 1.0 else scale
            return { Network = network; Rows = rows; Scale = scale; Seed = seed }
        }

    /// The smaller sizes to try instead of one: 1 first, then half, then one less.
    let smaller (size: int) : int list =
        [ 1; size / 2; size - 1 ] |> List.distinct |> List.filter (fun s -> 1 <= s && s < size)

    let private smallerLayer (layer: Layer) =
        match layer with
        | Layer.Dense(units, initializer) -> smaller units |> List.map (fun units -> Layer.Dense(units, initializer))
        | Layer.Activate Activation.Identity -> []
        | Layer.Activate _
        | Layer.PReLU _
        | Layer.Softmax
        | Layer.BatchNorm _
        | Layer.Periodic _
        | Layer.Dropout _ -> [ Layer.Activate Activation.Identity ]

    let private smallerNetwork (network: Network) =
        let layers = network.Layers

        [ for index in 0 .. layers.Length - 1 do
              let without = List.removeAt index layers

              if List.exists (fun (layer: Layer) -> layer.IsDense) without then
                  { network with Layers = without }
          for index in 0 .. layers.Length - 1 do
              for layer in smallerLayer layers[index] do
                  { network with Layers = List.updateAt index layer layers }
          for inputs in smaller network.Inputs do
              { network with Inputs = inputs } ]
        |> List.filter (fun network ->
            Network.walk network
            |> List.forall (fun (_, inputs, layer) ->
                match layer with
                | Layer.Periodic waves -> (Periodic.defect inputs waves).IsNone
                | _ -> true))

    /// Shrinks toward one row, one layer and one unit.
    let smallerCase (case: Case) : Case seq =
        seq {
            for network in smallerNetwork case.Network do
                { case with Network = network }

            for rows in smaller case.Rows do
                { case with Rows = rows }

            if case.Scale <> 1.0 then
                { case with Scale = 1.0 }
        }

    let case: Arbitrary<Case> = Arb.fromGenShrink (caseOf activation (Gen.elements Loss.all), smallerCase)

    let private side =
        Gen.frequency
            [ 4, Gen.elements [ 0; 1; 2; 3; 5; 8; 13; 17; 31; 33; 64; 70 ]; 1, Gen.elements [ 127; 128; 129 ] ]

    let private shrinkShape (shape: Shape) =
        seq {
            for m in smaller shape.M do
                { shape with M = m }

            for n in smaller shape.N do
                { shape with N = n }

            for k in smaller shape.K do
                { shape with K = k }
        }

    let shape: Arbitrary<Shape> =
        Arb.fromGenShrink (Gen.map3 (fun m n k -> { M = m; N = n; K = k }) side side side, shrinkShape)

    let private simpler x =
        [ 0.0; 1.0; -1.0; Math.Truncate(x: float) ] |> List.filter (fun s -> abs s < abs x) |> Seq.ofList

    let real64: Arbitrary<Real> =
        let number = Gen.choose (0, Int32.MaxValue) |> Gen.map (fun seed -> Real(real (Random seed)))
        Arb.fromGenShrink (number, (fun (Real x) -> simpler x |> Seq.map Real))
