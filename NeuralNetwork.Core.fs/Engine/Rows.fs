namespace NeuralNetwork.Engine

open System
open NeuralNetwork.Plans

// Products of few rows with one matrix of weights again and again: the matrix lies in panels from the start, in the order
// the tile reads it, so that a row costs one pass over the weights. Every element has the bits of the managed product.

/// A vector of parameters that any number of executors read and none writes, and its matrices a second time in panels.
/// The numbers of a plan that outlive its batches, parameters and statistics, come first in its memory: so the first `Length`
/// places of a plan are these, and an executor has memory of its own only for the others.
[<Sealed>]
type internal Resident<'T>(parameters: 'T[], statistics: 'T[]) =

    let arena = Arena<'T>(parameters.Length + statistics.Length)

    do
        parameters.AsSpan().CopyTo(arena.Span(0, parameters.Length))
        statistics.AsSpan().CopyTo(arena.Span(parameters.Length, statistics.Length))

    /// How many places of a plan are here.
    member _.Length: int = arena.Length

    /// The address of a place of the plan.
    member _.AddressOf(offset: int) : nativeint = arena.AddressOf offset

    member _.Span(offset: int, count: int) : Span<'T> = arena.Span(offset, count)

/// Matrices of weights (units x inputs) in panels of as many units as the managed product takes at once; the last panel is filled up with zeros.
/// OverflowException where all panels together have more numbers than an array may have.
[<Sealed>]
type internal Panels<'T>(resident: Resident<'T>, weights: Slice list) =

    static let width = Managed<'T>.Product.RowColumns

    static let panels (weight: Slice) = (weight.Rows + width - 1) / width

    static let length (weight: Slice) : int64 = int64 (panels weight) * int64 weight.Cols * int64 width

    // Below so many numbers filling up costs next to nothing, however few units there are.
    static let small = 1L <<< 22

    let starts = weights |> List.map (length >> Checked.int) |> List.scan Checked.(+) 0
    let arena = Arena<'T>(List.last starts)
    let places = List.zip (weights |> List.map _.Offset) (List.take weights.Length starts) |> Map.ofList

    let pack (weight: Slice) =
        let inputs = weight.Cols
        let distance = nativeint (inputs * sizeof<'T>)

        for panel in 0 .. panels weight - 1 do
            let filled = min width (weight.Rows - panel * width)
            let source = resident.AddressOf(weight.Offset + panel * width * inputs)
            let target = arena.AddressOf(places[weight.Offset] + panel * width * inputs)
            Panel.packTransposed<'T> width filled inputs source distance target

    do List.iter pack weights

    /// Whether panels take little more memory than the weights: those of a unit with very many inputs would take that of a
    /// whole panel.
    static member Suit(weights: Slice list) : bool =
        let padded = List.sumBy length weights
        let own = weights |> List.sumBy (fun weight -> int64 weight.Length)
        padded <= int64 Array.MaxLength && (padded <= small || padded <= 4L * own)

    /// The address of a matrix's first panel, good while the panels are reachable.
    member _.AddressOf(weight: Slice) : nativeint = arena.AddressOf places[weight.Offset]
