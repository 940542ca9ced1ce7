namespace NeuralNetwork.Analysis

open System
open NeuralNetwork
open NeuralNetwork.Maths

/// Half-widths of intervals around predicted values: split conformal prediction (Papadopoulos, Proedrou, Vovk and Gammerman,
/// "Inductive confidence machines for regression", 2002; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, "Distribution-free
/// predictive inference for regression", 2018). Of n rows that the model has not learned from, the miss |t - y| of rank
/// ⌈c·(n + 1)⌉ is the margin: if a further row comes from where these do, in whatever order, its value lies within the margin of
/// its prediction with probability c or more, whatever the model and the data are.
module internal Margins =

    // 0.9 · 10 may be a rounding error above 9, which is no reason for a rank more.
    [<Literal>]
    let private Rounding = 1e-9

    /// The rank among n misses, from 1 on, of the margin: ⌈c·(n + 1)⌉. Where it is above n there is none.
    let rank (coverage: float) (rows: int) : int = max 1 (int (ceil (coverage * (float rows + 1.0) - Rounding)))

    /// The fewest rows of which one has a margin: n ≥ c / (1 - c).
    let fewest (coverage: float) : float = max 1.0 (ceil (coverage / (1.0 - coverage) - Rounding))

    /// Whether a network's predictions are values, which have intervals: classes have probabilities instead.
    let suits (network: Network) : bool =
        match Loss.output network.Loss with
        | Output.Linear -> not (Loss.isOfClasses network.Loss)
        | Output.Exponential -> true
        | Output.Sigmoid
        | Output.Softmax -> false

    /// The margin of each output, of misses |t - y| (rows x outputs).
    let ofMisses (coverage: float) (outputs: int) (misses: float[]) : float[] =
        let rows = misses.Length / outputs
        let place = rank coverage rows - 1

        Array.init outputs (fun output ->
            let column = Array.init rows (fun row -> misses[row * outputs + output])
            Array.sortInPlace column
            column[place])

    /// A model with the margins of these misses; as it is where one of them is not finite.
    let apply (coverage: float) (misses: float[]) (model: Model<'T>) : Model<'T> =
        let margins = ofMisses coverage model.Network.Outputs misses
        if Array.forall Double.IsFinite margins then model.With(coverage, margins) else model
