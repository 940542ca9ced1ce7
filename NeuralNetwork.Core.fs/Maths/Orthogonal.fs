namespace NeuralNetwork.Maths

open System.Numerics

/// Random matrices with orthonormal rows, in double precision. A vector is an array of registers, padded with zeros.
module internal Orthogonal =

    let private dot (x: Vector<float>[]) (y: Vector<float>[]) : float =
        Array.fold2 (fun (sum: Vector<float>) x y -> Vector.FusedMultiplyAdd(x, y, sum)) Vector<float>.Zero x y
        |> Vector.Sum

    /// x - (x·q)·q
    let private without (x: Vector<float>[]) (q: Vector<float>[]) : Vector<float>[] =
        let part = Vector<float>(-(dot x q))
        Array.map2 (fun x q -> Vector.FusedMultiplyAdd(part, q, x)) x q

    /// The next row, made orthogonal to all the others by Gram-Schmidt done twice: once leaves the angles of a nearly
    /// dependent row wrong, "twice is enough" (Kahan; Giraud, Langou and Rozložník 2005).
    let private extend (basis: Vector<float>[] list) (row: Vector<float>[]) : Vector<float>[] list =
        let remainder = List.fold without (List.fold without row basis) basis
        let inverse = Vector<float>(1.0 / sqrt (dot remainder remainder))
        Array.map (fun x -> x * inverse) remainder :: basis

    /// rows <= cols orthonormal rows, from entries (row, col) -> number of a standard normal distribution: then Q is
    /// uniform over all such matrices (Stewart 1980).
    let rows (rows: int) (cols: int) (entry: int -> int -> float) : float[][] =
        let width = Vector<float>.Count

        let registers row =
            Array.init ((cols + width - 1) / width) (fun block ->
                Vector<float>(
                    Array.init width (fun place ->
                        if block * width + place < cols then entry row (block * width + place) else 0.0)
                ))

        List.init rows registers
        |> List.fold extend []
        |> List.rev
        |> List.map (fun row -> Array.init cols (fun col -> Vector.GetElement(row[col / width], col % width)))
        |> Array.ofList
