namespace NeuralNetwork.Analysis

open System

/// Weights of rows that come from their classes.
module internal ClassWeights =

    let private check (classes: int) (labels: int[]) : unit =
        labels
        |> Array.iteri (fun row label ->
            if uint label >= uint classes then
                raise (ArgumentException($"label {label} in row {row} is none of {classes} classes", nameof labels)))

    /// The weight of each class that gives every class the same say: n / (classes·count), so that the rows of a class weigh
    /// n / classes together. A class without rows has the weight 0. ArgumentException where a label is no class.
    let balanced (classes: int) (labels: int[]) : float[] =
        check classes labels
        let counts = Array.zeroCreate<int> classes
        labels |> Array.iter (fun label -> counts[label] <- counts[label] + 1)

        let share = float labels.Length / float classes
        counts |> Array.map (fun count -> if count = 0 then 0.0 else share / float count)

    /// The weight of each row, that of its class. ArgumentException where a label is no class.
    let ofRows (weights: float[]) (labels: int[]) : float[] =
        check weights.Length labels
        labels |> Array.map (fun label -> weights[label])
