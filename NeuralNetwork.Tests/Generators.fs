namespace NeuralNetwork.Tests

open System
open System.IO
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open NeuralNetwork
open NeuralNetwork.Engine

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

    /// A network of 1 to 4 dense layers, each followed by the given kind of activation or, now and then, by none.
    let networkOf (activation: Gen<Activation>) (cost: Gen<Cost>) : Gen<Network> =
        gen {
            let! inputs = width
            let! depth = Gen.choose (1, 4)
            let! units = Gen.listOfLength depth width
            let! activations = Gen.listOfLength (depth - 1) activation
            let! ending = Gen.frequency [ 4, Gen.constant Activation.Identity; 1, activation ]
            let! opening = Gen.frequency [ 8, Gen.constant Activation.Identity; 1, activation ]
            let! cost = cost
            let start = Network.input inputs |> Network.activate opening |> Network.withCost cost
            let grow network (units, activation) = Network.dense units activation network
            return List.fold grow start (List.zip units (activations @ [ ending ]))
        }

    let caseOf (activation: Gen<Activation>) (cost: Gen<Cost>) : Gen<Case> =
        gen {
            let! network = networkOf activation cost
            let! rows = Gen.frequency [ 1, Gen.elements widths; 1, Gen.choose (1, 40) ]
            let! scale = Gen.frequency [ 6, Gen.constant 1.0; 1, Gen.constant 1e-3; 1, Gen.constant 10.0 ]
            let! seed = Gen.choose (0, 1_000_000)
            // The exponential of a Poisson cost takes no large weights.
            let scale = if network.Cost.IsPoisson then min scale 1.0 else scale
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

    let case: Arbitrary<Case> = Arb.fromGenShrink (caseOf activation (Gen.elements Cost.all), smallerCase)

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

/// A training with nothing but an optimizer.
[<AutoOpen>]
module By =

    let by (optimizer: Optimizer) : Training = Training.Default.With optimizer

/// The numbers of a case.
module Case =

    let private random (case: Case) (purpose: int) = Random(case.Seed * 8 + purpose)

    /// x: rows x inputs
    let inputs (case: Case) : float[] = Generate.reals (random case 1) (case.Rows * case.Network.Inputs)

    /// t: rows x outputs, of the kind the cost is for
    let targets (case: Case) : float[] =
        let random, outputs = random case 2, Network.outputs case.Network

        let row _ =
            match case.Network.Cost with
            | Cost.SquaredError
            | Cost.AbsoluteError
            | Cost.Huber _
            | Cost.LogCosh -> Generate.reals random outputs
            | Cost.Poisson -> Array.init outputs (fun _ -> float (random.Next 6))
            | Cost.BinaryCrossEntropy
            | Cost.Hinge
            | Cost.Focal _
            | Cost.BalancedFocal _ ->
                Array.init outputs (fun _ -> if random.Next 2 = 0 then random.NextDouble() else float (random.Next 2))
            | Cost.SoftmaxCrossEntropy
            | Cost.SmoothedCrossEntropy _ when case.Seed % 2 = 0 ->
                let label = random.Next outputs
                Array.init outputs (fun j -> if j = label then 1.0 else 0.0)
            | Cost.SoftmaxCrossEntropy
            | Cost.SmoothedCrossEntropy _ ->
                let shares = Array.init outputs (fun _ -> 0.01 + random.NextDouble())
                Array.map (fun share -> share / Array.sum shares) shares

        Array.collect row [| 1 .. case.Rows |]

    /// Weights N(0, 1 / inputs) times the scale, biases N(0, 1/4); zeros between the windows.
    let parameters (case: Case) : Parameters<float> =
        let random, layout = random case 3, Layout.ofNetwork case.Network
        let fresh = Parameters.initialize<float> 1UL case.Network
        let values = Array.zeroCreate<float> layout.Length

        for window in layout.Windows do
            let mean, sigma =
                match window.Role with
                | Role.Weight -> 0.0, case.Scale / sqrt (float window.Cols)
                | Role.Slope -> 0.25, 0.25
                | Role.Gamma -> 1.0, 0.25
                | _ -> 0.0, 0.5

            for place in window.Offset .. window.Offset + window.Length - 1 do
                values[place] <- mean + sigma * Generate.normal random

        { fresh with Values = values }

    /// The same case with batch norms, dropouts, PReLU and softmax in the network, where its seed says so.
    let enrich (case: Case) : Case =
        let random = random case 4

        let grow layer =
            match layer with
            | Layer.Dense _ when random.Next 2 = 0 -> [ layer; Layer.BatchNorm { BatchNorm.standard with Decay = 0.7 } ]
            | Layer.Activate _ when random.Next 2 = 0 -> [ layer; Layer.Dropout 0.3 ]
            | Layer.Activate _ when random.Next 3 = 0 -> [ Layer.PReLU 0.25 ]
            | Layer.Activate _ when random.Next 8 = 0 -> [ Layer.Softmax ]
            | layer -> [ layer ]

        let before = if random.Next 3 = 0 then [ Layer.Dropout 0.1 ] else []

        { case with
            Network = { case.Network with Layers = before @ List.collect grow case.Network.Layers } }

    /// A training with the optimizer and, where the seed says so, penalties, decay, clipping and a limit on the norm.
    let trainingOf (case: Case) (optimizer: Optimizer) : Training =
        let random = random case 5
        let sometimes value none = if random.Next 3 = 0 then value else none

        { Training.Default with
            Optimizer = optimizer
            Penalty = { L1 = sometimes 0.01 0.0; L2 = sometimes 0.1 0.0 }
            Decay = sometimes 0.01 0.0
            MaxNorm = sometimes 0.8 0.0
            IsWeighted = (random.Next 3 = 0)
            Clipping = [ Clipping.None; Clipping.Value 0.05; Clipping.Norm 0.1; Clipping.GlobalNorm 0.2 ][random.Next 4] }

    /// The same case with weights of ordinary size.
    let ordinary (case: Case) : Case = { case with Scale = 1.0 }

/// Where the tests run.
module Machines =

    /// The folder of the repository: the first above the tests that holds the solution.
    let repository: string =
        let rec up (folder: string | null) =
            match folder with
            | null -> AppContext.BaseDirectory
            | folder when File.Exists(Path.Combine(folder, "NeuralNetwork.sln")) -> folder
            | folder -> up (Path.GetDirectoryName folder)

        up AppContext.BaseDirectory

    /// The managed product with so many threads.
    let managed (threads: int) : Machine = new Machine(Backend.Managed, threads)

    /// The managed product on the calling thread.
    let alone: Machine = managed 1

    /// A plan ready to run on one thread, with parameters in place.
    let executor<'T> (plan: Plan) (parameters: Parameters<'T>) : Executor<'T> =
        let executor = Executor<'T>(plan, alone.Backend.Product<'T>(), alone.Team)
        Parameters.load executor parameters
        executor

    /// Fills the input and target windows.
    let load (executor: Executor<'T>) (x: 'T[]) (t: 'T[]) : unit =
        x.AsSpan().CopyTo(executor.Span executor.Plan.Input)
        t.AsSpan().CopyTo(executor.Span executor.Plan.Target)

/// The generators by type, as FsCheck looks them up.
type Arbitraries =
    static member Real() = Generate.real64
    static member Case() = Generate.case
    static member Shape() = Generate.shape
    static member Activation() = Arb.fromGen Generate.activation
    static member Cost() = Arb.fromGen (Gen.elements Cost.all)
    static member Optimizer() = Arb.fromGen (Gen.elements Optimizer.all)

module Trials =

    /// NN_TEST_SCALE multiplies the number of trials of every property.
    let scale =
        match Int32.TryParse(Environment.GetEnvironmentVariable "NN_TEST_SCALE") with
        | true, factor -> max 1 factor
        | _ -> 1

    /// Tries a property so many times inside a test that has other parameters.
    let run (count: int) (arbitrary: Arbitrary<'Value>) (property: 'Value -> unit) : unit =
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count * scale), Prop.forAll arbitrary property)

/// A property on the generators of this suite, tried 100 times or as often as it says, times NN_TEST_SCALE. The numbers are
/// those of docs/properties.md that it states.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property)>]
type LawAttribute([<ParamArray>] numbers: int[]) as law =
    inherit PropertyAttribute()

    do
        law.MaxTest <- 100 * Trials.scale
        law.Arbitrary <- [| typeof<Arbitraries> |]
        law.QuietOnSuccess <- true

    new() = LawAttribute [||]

    /// The properties it states.
    member _.Numbers: int[] = numbers

    /// How often it is tried, before NN_TEST_SCALE.
    member law.Trials
        with get () = law.MaxTest / Trials.scale
        and set trials = law.MaxTest <- trials * Trials.scale

/// Says which properties of docs/properties.md a test states that is no property itself: one for each entry of a table, or
/// over every number there is.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property)>]
type StatesAttribute([<ParamArray>] numbers: int[]) =
    inherit Attribute()

    /// The properties it states.
    member _.Numbers: int[] = numbers
