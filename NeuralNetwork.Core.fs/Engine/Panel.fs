namespace NeuralNetwork.Engine

open System.Numerics
open NeuralNetwork.Maths

/// Copies blocks of A and B into panels: `width` numbers for each step along k, in the order the tile reads them.
/// The first `filled` of them are written; what stands in the others ends in columns that nobody keeps.
module internal Panel =

    /// Panel (p, j) <- source (p, j): `count` rows of `filled` numbers.
    let pack<'T> (width: int) (filled: int) (count: int) (source: nativeint) (ld: nativeint) (panel: nativeint) =
        Tile.copy<'T> count filled source ld panel (nativeint (width * sizeof<'T>))

    /// Four rows of four float32 become four columns, by the shuffles of the processor.
    let inline private turn (source: nativeint) (ld: nativeint) (panel: nativeint) (step: nativeint) =
        let inline row i = Memory.read<Vector4>(source + i * ld)
        let turned = Matrix4x4.Transpose(Matrix4x4.Create(row 0n, row 1n, row 2n, row 3n))
        Memory.write panel turned.X
        Memory.write (panel + step) turned.Y
        Memory.write (panel + 2n * step) turned.Z
        Memory.write (panel + 3n * step) turned.W

    /// Panel (p, j) <- source (j, p): `filled` rows of `count` numbers.
    let packTransposed<'T>
        (width: int)
        (filled: int)
        (count: int)
        (source: nativeint)
        (ld: nativeint)
        (panel: nativeint)
        =
        let step = nativeint (width * sizeof<'T>)
        let turnedRows = if Lane.isSingle<'T> then filled &&& ~~~3 else 0
        let turnedSteps = count &&& ~~~3

        for j in 0..4 .. turnedRows - 1 do
            for p in 0..4 .. turnedSteps - 1 do
                let source = Memory.offset<'T> (source + nativeint j * ld) p
                turn source ld (Memory.offset<'T> panel (p * width + j)) step

        for j in 0 .. filled - 1 do
            let source = source + nativeint j * ld

            for p in (if j < turnedRows then turnedSteps else 0) .. count - 1 do
                Memory.write (Memory.offset<'T> panel (p * width + j)) (Memory.read<'T>(Memory.offset<'T> source p))
