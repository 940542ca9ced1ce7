namespace NeuralNetwork.Maths

open System.Runtime.Intrinsics

/// Random matrices with orthonormal rows, in double precision. A vector is an array of registers of 512
/// bits, padded with zeros, whatever the processor has (.NET makes them of smaller ones): so the bits are the same everywhere.
module internal Orthogonal =

    let private dot (x: Vector512<float>[]) (y: Vector512<float>[]) : float =
        Array.fold2 (fun (sum: Vector512<float>) x y -> Vector512.FusedMultiplyAdd(x, y, sum)) Vector512<float>.Zero x y
        |> Halves.ofEight

    /// x - (x·q)·q
    let private without (x: Vector512<float>[]) (q: Vector512<float>[]) : Vector512<float>[] =
        let part = Vector512.Create(-(dot x q))
        Array.map2 (fun x q -> Vector512.FusedMultiplyAdd(part, q, x)) x q

    /// The next row, made orthogonal to all the others by Gram-Schmidt done twice: once leaves the angles of a nearly
    /// dependent row wrong, "twice is enough" (Kahan; Giraud, Langou and Rozložník 2005).
    let private extend (basis: Vector512<float>[] list) (row: Vector512<float>[]) : Vector512<float>[] list =
        let remainder = List.fold without (List.fold without row basis) basis
        let inverse = Vector512.Create(1.0 / sqrt (dot remainder remainder))
        Array.map (fun x -> x * inverse) remainder :: basis

    /// rows <= cols orthonormal rows, from entries (row, col) -> number of a standard normal distribution: then Q is
    /// uniform over all such matrices (Stewart 1980).
    let rows (rows: int) (cols: int) (entry: int -> int -> float) : float[][] =
        let width = Vector512<float>.Count

        let registers row =
            Array.init ((cols + width - 1) / width) (fun block ->
                Vector512.Create(
                    values =
                        Array.init width (fun place ->
                            if block * width + place < cols then entry row (block * width + place) else 0.0)
                ))

        List.init rows registers
        |> List.fold extend []
        |> List.rev
        |> List.map (fun row -> Array.init cols (fun col -> row[col / width].GetElement(col % width)))
        |> Array.ofList
