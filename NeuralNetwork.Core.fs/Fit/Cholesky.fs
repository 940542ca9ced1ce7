namespace NeuralNetwork.Analysis

/// The factor L of a symmetric positive definite matrix A = L·Lᵀ, and what A·x = b is solved with. Matrices are row-major,
/// size x size; of A the lower half is read.
module internal Cholesky =

    /// L in the lower half of an array of its own; None where the matrix is not positive definite.
    let factor (size: int) (a: float[]) : float[] option =
        let l = Array.copy a
        let mutable isPositive = true

        for row in 0 .. size - 1 do
            for column in 0..row do
                let mutable sum = l[row * size + column]

                for place in 0 .. column - 1 do
                    sum <- sum - l[row * size + place] * l[column * size + place]

                if column < row then
                    l[row * size + column] <- sum / l[column * size + column]
                else
                    isPositive <- isPositive && sum > 0.0
                    l[row * size + row] <- sqrt sum

        if isPositive then Some l else None

    /// x from b, in place: L·y = b from the first on, then Lᵀ·x = y from the last on.
    let solve (size: int) (l: float[]) (b: float[]) : unit =
        for row in 0 .. size - 1 do
            let mutable sum = b[row]

            for place in 0 .. row - 1 do
                sum <- sum - l[row * size + place] * b[place]

            b[row] <- sum / l[row * size + row]

        for row in size - 1 .. -1 .. 0 do
            let mutable sum = b[row]

            for place in row + 1 .. size - 1 do
                sum <- sum - l[place * size + row] * b[place]

            b[row] <- sum / l[row * size + row]
