namespace NeuralNetwork

open System.Threading
open NeuralNetwork.Engine
open NeuralNetwork.Plans

/// What a model predicts with: its parameters once in memory that all callers read, and for each thread that predicts the
/// memory of its own results. So a thread allocates at its first prediction, and nothing in all later ones, however many
/// threads there are; none waits for another.
///
/// Few rows are computed on the calling thread by the library's own kernel, whatever library does the large products: their
/// bits are the same on every machine with a fused multiply-add.
[<Sealed>]
type internal Predictor<'T>(network: Network, parameters: Parameters<'T>) =

    static let solo = new Team(1)
    let few, many = 8, 64

    let resident = Resident<'T>(parameters.Values, parameters.Statistics)
    let plan rows = lazy (Plan.forPrediction network rows)
    let planForFew, planForMany = plan few, plan many

    let panels =
        lazy
            (match Op.weights planForFew.Value.Predict with
             | weights when Panels<'T>.Suit weights -> Some(Panels<'T>(resident, weights))
             | _ -> None)

    let forFew =
        new ThreadLocal<Executor<'T>>(fun () ->
            Executor<'T>(planForFew.Value, Backend.Managed.Product<'T>(), solo, Some resident, panels.Value))

    let forMany =
        new ThreadLocal<Executor<'T>>(fun () ->
            let machine = Machine.Shared
            Executor<'T>(planForMany.Value, machine.Backend.Product<'T>(), machine.Team, Some resident, None))

    /// The calling thread's executor for so many rows, or for a part of them.
    member _.For(rows: int) : Executor<'T> = if rows <= few then forFew.Value else forMany.Value
