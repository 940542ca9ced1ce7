namespace NeuralNetwork.Plans

open System

/// Memory cut wherever one of some slices begins or ends. A slice is a run of cells, and two slices share a number if they
/// share a cell: what has to be known of overlaps is kept cell by cell, and nobody looks through all other slices.
[<Sealed>]
type internal Cells(slices: Slice seq) =

    let cuts =
        slices
        |> Seq.filter (fun slice -> slice.Length > 0)
        |> Seq.collect (fun slice -> [ slice.Offset; slice.Offset + slice.Length ])
        |> Seq.distinct
        |> Seq.sort
        |> Array.ofSeq

    let cut (offset: int) = Array.BinarySearch(cuts, offset)

    /// The numbers of the cells of one of the slices.
    member _.Of(slice: Slice) : int seq =
        if slice.Length = 0 then
            Seq.empty
        else
            seq { cut slice.Offset .. cut (slice.Offset + slice.Length) - 1 }
