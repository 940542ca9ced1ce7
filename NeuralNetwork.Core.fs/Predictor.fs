namespace NeuralNetwork

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open NeuralNetwork.Engine
open NeuralNetwork.Plans

/// Rows to predict, cut into pieces that any thread takes. Each thread of callers has one of its own, so that nothing is
/// allocated when it is used again.
[<Sealed>]
type private Pieces<'T>(meaning: Interpretation<'T>, executor: ThreadLocal<Executor<'T>>, inputs: int, outputs: int) =
    inherit Work()
    let mutable features = 0n
    let mutable predictions = 0n
    let mutable rows = 0
    let mutable piece = 1

    /// Predicts so many rows, in pieces of so many, at addresses that are good until this returns.
    member pieces.Run(team: Team, count: int, size: int, ofFeatures: nativeint, ofPredictions: nativeint) : unit =
        features <- ofFeatures
        predictions <- ofPredictions
        rows <- count
        piece <- size
        team.Run(pieces, (count + size - 1) / size)

    override _.Run tile =
        let row = tile * piece
        let count = min piece (rows - row)
        let x = (Memory.offset<'T> features (row * inputs)).ToPointer()
        let y = (Memory.offset<'T> predictions (row * outputs)).ToPointer()
        meaning.Predict(executor.Value, ReadOnlySpan<'T>(x, count * inputs), Span<'T>(y, count * outputs))

/// What a model predicts with: its parameters once in memory that all callers read, and for each thread that predicts the
/// memory of its own results. So a thread allocates at its first prediction, and nothing in all later ones, however many
/// threads there are; none waits for another.
///
/// Rows are computed by the library's own kernel, whatever library does the products of training: their bits are the same alone
/// and among any number of others, and on every machine with a fused multiply-add. Few of them are computed on the calling
/// thread, many in pieces on every core.
[<Sealed>]
type internal Predictor<'T>(network: Network, parameters: Parameters<'T>, meaning: Interpretation<'T>) =

    static let solo = new Team(1)

    // A caller of few rows holds memory for so many. Pieces are of whole tiles, and their numbers stay in the second cache.
    static let few, most = 8, 8 * PackedRows.TallRows

    // For less than so many products of numbers no other thread is woken up.
    static let worthTeam = 1L <<< 21

    let inputs, outputs = network.Inputs, Network.outputs network
    let resident = Resident<'T>(parameters.Values, parameters.Statistics)
    let plan rows = lazy (Plan.forPrediction network rows)
    let planForFew, planForMany = plan few, plan most

    let panels =
        lazy
            (match Op.weights planForFew.Value.Predict with
             | weights when Panels<'T>.Suit weights -> Some(Panels<'T>(resident, weights))
             | _ -> None)

    let perThread (plan: Lazy<Plan>) =
        new ThreadLocal<Executor<'T>>(fun () ->
            Executor<'T>(plan.Value, Backend.Managed.Product<'T>(), solo, Some resident, panels.Value, None))

    let forFew, forMany = perThread planForFew, perThread planForMany
    let pieces = new ThreadLocal<Pieces<'T>>(fun () -> Pieces<'T>(meaning, forMany, inputs, outputs))

    /// How many rows a piece has: as many pieces for every thread, of whole tiles, and none with more rows than there is room for.
    let sizeOf (rows: int) (threads: int) =
        let least = (rows + most - 1) / most
        let count = (least + threads - 1) / threads * threads
        let whole = count * PackedRows.TallRows
        (rows + whole - 1) / whole * PackedRows.TallRows

    let predictMany (rows: int) (features: ReadOnlySpan<'T>) (predictions: Span<'T>) =
        let team = Machine.SharedTeam
        use x = fixed &Unsafe.As<'T, byte>(&MemoryMarshal.GetReference features)
        use y = fixed &Unsafe.As<'T, byte>(&MemoryMarshal.GetReference predictions)
        let x, y = NativePtr.toNativeInt x, NativePtr.toNativeInt y
        pieces.Value.Run(team, rows, sizeOf rows team.Threads, x, y)

    /// The calling thread's executor for a row.
    member _.Single: Executor<'T> = forFew.Value

    /// Predicts rows that have passed `RowsOf`.
    member _.Predict(rows: int, features: ReadOnlySpan<'T>, predictions: Span<'T>) : unit =
        if rows <= few then
            meaning.Predict(forFew.Value, features, predictions)
        elif int64 rows * int64 parameters.Values.Length < worthTeam then
            meaning.Predict(forMany.Value, features, predictions)
        else
            predictMany rows features predictions
