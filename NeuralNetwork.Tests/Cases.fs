namespace NeuralNetwork.Tests

open System
open NeuralNetwork
open NeuralNetwork.Plans

/// A training with nothing but an optimizer.
[<AutoOpen>]
module By =

    let by (optimizer: Optimizer) : Training = Training.Default.With optimizer

/// The numbers of a case.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Case =

    let private random (case: Case) (purpose: int) = Random(case.Seed * 8 + purpose)

    /// x: rows x inputs
    let inputs (case: Case) : float[] = Generate.reals (random case 1) (case.Rows * case.Network.Inputs)

    /// t: rows x outputs, of the kind the loss is for
    let targets (case: Case) : float[] =
        let random, outputs = random case 2, Network.outputs case.Network

        let row _ =
            match case.Network.Loss with
            | Loss.SquaredError
            | Loss.AbsoluteError
            | Loss.Quantile _
            | Loss.Huber _
            | Loss.LogCosh -> Generate.reals random outputs
            | Loss.Poisson -> Array.init outputs (fun _ -> float (random.Next 6))
            | Loss.BinaryCrossEntropy
            | Loss.Hinge
            | Loss.Focal _
            | Loss.BalancedFocal _ ->
                Array.init outputs (fun _ -> if random.Next 2 = 0 then random.NextDouble() else float (random.Next 2))
            | Loss.SoftmaxCrossEntropy
            | Loss.SmoothedCrossEntropy _ when case.Seed % 2 = 0 ->
                let label = random.Next outputs
                Array.init outputs (fun j -> if j = label then 1.0 else 0.0)
            | Loss.SoftmaxCrossEntropy
            | Loss.SmoothedCrossEntropy _ ->
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
                // In turns: a difference of more would go round.
                | Role.Frequency -> 0.0, 0.1
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

    /// The same case with several members, where its seed says so.
    let multiply (case: Case) : Case =
        let random = random case 6
        let members = if random.Next 2 = 0 then 2 + random.Next 3 else 1
        { case with Network = { case.Network with Members = members } }

    /// A training with the optimizer and, where the seed says so, penalties, decay, clipping, a limit on the norm and shards.
    let trainingOf (case: Case) (optimizer: Optimizer) : Training =
        let random = random case 5
        let sometimes value none = if random.Next 3 = 0 then value else none

        { Training.Default with
            Optimizer = optimizer
            Penalty = { L1 = sometimes 0.01 0.0; L2 = sometimes 0.1 0.0 }
            Decay = sometimes 0.01 0.0
            MaxNorm = sometimes 0.8 0.0
            IsWeighted = (random.Next 3 = 0)
            Clipping = [ Clipping.None; Clipping.Value 0.05; Clipping.Norm 0.1; Clipping.GlobalNorm 0.2 ][random.Next 4]
            Shards = min (sometimes (2 + random.Next 5) 1) (Training.mostShards case.Network case.Rows) }

    /// The same case with weights of ordinary size.
    let ordinary (case: Case) : Case = { case with Scale = 1.0 }
