namespace NeuralNetwork.Engine

open System
open System.Numerics
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

// How rows of a data set get into a batch: converted to the network's precision and mapped column by column on the way,
// so that a data set of bytes stays bytes in memory. Every number is computed in float64 and rounded once.

/// Conversions of rows.
module internal Convert =

    let inline private put<'T> (affine: Affine) (column: int) (x: float) (target: nativeint) =
        Memory.write (Memory.offset<'T> target column) (Lane.ofFloat<'T>(affine.Of(column, x)))

    let private isExact<'T> (x: float) = Lane.toFloat (Lane.ofFloat<'T> x) = x

    /// Thirty-two bytes to four registers of float32 at a time where there is only a divisor, itself a float32; one by one in
    /// float64 or on other register sizes.
    let bytes<'T> (source: ReadOnlySpan<byte>) (affine: Affine) (target: nativeint) : unit =
        let mutable place = 0

        if Lane.isSingle<'T> && Lane<'T>.Count = 8 && affine.Shift.Length = 0 && isExact<'T> affine.Divisor then
            let divisors = Vector<float32>(float32 affine.Divisor)

            while place <= source.Length - 32 do
                let all: Vector<byte> = Vector.Create(values = source.Slice(place, 32))
                let low: Vector<uint16> = Vector.WidenLower all
                let high: Vector<uint16> = Vector.WidenUpper all

                let inline store (offset: int) (words: Vector<uint32>) =
                    let values = Vector.ConvertToSingle(Vector.AsVectorInt32 words) / divisors
                    Memory.store (target + nativeint (4 * (place + offset))) values

                store 0 (Vector.WidenLower low)
                store 8 (Vector.WidenUpper low)
                store 16 (Vector.WidenLower high)
                store 24 (Vector.WidenUpper high)
                place <- place + 32

        while place < source.Length do
            put<'T> affine place (float source[place]) target
            place <- place + 1

    let singles<'T> (source: ReadOnlySpan<float32>) (affine: Affine) (target: nativeint) : unit =
        for place in 0 .. source.Length - 1 do
            put<'T> affine place (float source[place]) target

    let doubles<'T> (source: ReadOnlySpan<float>) (affine: Affine) (target: nativeint) : unit =
        for place in 0 .. source.Length - 1 do
            put<'T> affine place source[place] target

    /// Each number divided, a register at a time. A float32 divided by a float32 is the float64 quotient rounded: the same bits
    /// as one by one.
    let private divide<'T> (affine: Affine) (source: ReadOnlySpan<'T>) (target: Span<'T>) : unit =
        let divisors, width = Lane.create<'T> affine.Divisor, Lane<'T>.Count
        let mutable place = 0

        while place <= source.Length - width do
            (Vector<'T>(source.Slice place) / divisors).CopyTo(target.Slice place)
            place <- place + width

        while place < source.Length do
            target[place] <- Lane.ofFloat<'T>(affine.Of(0, Lane.toFloat source[place]))
            place <- place + 1

    /// Rows of so many columns, each number mapped.
    let forward<'T> (affine: Affine) (source: ReadOnlySpan<'T>) (columns: int) (target: Span<'T>) : unit =
        if affine.Shift.Length = 0 && affine.Divisor = 1.0 then
            source.CopyTo target
        elif affine.Shift.Length = 0 && isExact<'T> affine.Divisor then
            divide<'T> affine source target
        else

            for row in 0 .. source.Length / columns - 1 do
                for column in 0 .. columns - 1 do
                    let x = Lane.toFloat source[row * columns + column]
                    target[row * columns + column] <- Lane.ofFloat<'T>(affine.Of(column, x))

    /// Rows of so many columns, each number mapped back in its place; nothing is done where there is no shift.
    let back<'T> (affine: Affine) (columns: int) (rows: Span<'T>) : unit =
        if affine.Shift.Length > 0 then
            for row in 0 .. rows.Length / columns - 1 do
                for column in 0 .. columns - 1 do
                    let y = Lane.toFloat rows[row * columns + column]
                    rows[row * columns + column] <- Lane.ofFloat<'T>(affine.From(column, y))

/// Copies rows of a table into a batch, a few rows a tile.
[<Sealed>]
type internal Gather<'T>(target: Matrix<'T>) =
    inherit Work()

    let rowsPerTile = 8
    let mutable table = NumberArray.Bytes [||]
    let mutable affine = Preprocessing.None.Features
    let mutable order: int[] = [||]
    let mutable start = 0
    let mutable first = 0
    let mutable rows = 0

    let copyRow (index: int) (address: nativeint) =
        let cols = target.Cols

        match table with
        | NumberArray.Bytes values -> Convert.bytes<'T> (ReadOnlySpan(values, index * cols, cols)) affine address
        | NumberArray.Singles values -> Convert.singles<'T> (ReadOnlySpan(values, index * cols, cols)) affine address
        | NumberArray.Doubles values -> Convert.doubles<'T> (ReadOnlySpan(values, index * cols, cols)) affine address
        | NumberArray.Stored _ -> raise (InvalidOperationException "rows that are not in memory")

    /// Fills `count` rows of the target, from a row on, with rows order[start], order[start + 1], ... of a table, every number
    /// mapped. Row indices must lie inside the table.
    member gather.Run
        (team: Team, source: NumberArray, by: Affine, indices: int[], from: int, firstRow: int, count: int)
        : unit =
        table <- source
        affine <- by
        order <- indices
        start <- from
        first <- firstRow
        rows <- count
        team.Run(gather, (count + rowsPerTile - 1) / rowsPerTile)

    override _.Run(tile) =
        for row in tile * rowsPerTile .. min rows ((tile + 1) * rowsPerTile) - 1 do
            copyRow order[start + row] (target.At(first + row, 0))
