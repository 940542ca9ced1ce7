namespace NeuralNetwork.Engine

open System
open System.Numerics
open NeuralNetwork

// How rows of a data set get into a batch: converted to the network's precision and divided by a constant on the way,
// so that a data set of bytes stays bytes in memory.

/// The numbers of a table of features, row after row, as they came from the file.
[<RequireQualifiedAccess>]
type Table =
    | Bytes of byte[]
    | Singles of float32[]
    | Doubles of float[]

    /// The number of elements.
    member table.Length: int =
        match table with
        | Table.Bytes values -> values.Length
        | Table.Singles values -> values.Length
        | Table.Doubles values -> values.Length

/// Conversions of one row.
module private Convert =

    let inline private quotient<'T> (x: float) (divisor: float) : 'T = Lane.ofFloat<'T>(x / divisor)

    /// Thirty-two bytes to four registers of float32 at a time; one by one in float64 or on other register sizes.
    let bytes<'T> (source: ReadOnlySpan<byte>) (divisor: float) (target: nativeint) : unit =
        let mutable place = 0

        if Lane.isSingle<'T> && Lane<'T>.Count = 8 then
            let divisors = Vector<float32>(float32 divisor)

            while place <= source.Length - 32 do
                let all: Vector<byte> = Vector.Create(values = source.Slice(place, 32))
                let low: Vector<uint16> = Vector.WidenLower all
                let high: Vector<uint16> = Vector.WidenUpper all

                let inline put (offset: int) (words: Vector<uint32>) =
                    let values = Vector.ConvertToSingle(Vector.AsVectorInt32 words) / divisors
                    Memory.store (target + nativeint (4 * (place + offset))) values

                put 0 (Vector.WidenLower low)
                put 8 (Vector.WidenUpper low)
                put 16 (Vector.WidenLower high)
                put 24 (Vector.WidenUpper high)
                place <- place + 32

        while place < source.Length do
            Memory.write (Memory.offset<'T> target place) (quotient<'T> (float source[place]) divisor)
            place <- place + 1

    let singles<'T> (source: ReadOnlySpan<float32>) (divisor: float) (target: nativeint) : unit =
        for place in 0 .. source.Length - 1 do
            Memory.write (Memory.offset<'T> target place) (quotient<'T> (float source[place]) divisor)

    let doubles<'T> (source: ReadOnlySpan<float>) (divisor: float) (target: nativeint) : unit =
        for place in 0 .. source.Length - 1 do
            Memory.write (Memory.offset<'T> target place) (quotient<'T> source[place] divisor)

/// Copies rows of a table into a batch, a few rows a tile.
[<Sealed>]
type Gather<'T>(target: Matrix<'T>) =
    inherit Work()

    let rowsPerTile = 8
    let mutable table = Table.Bytes [||]
    let mutable divisor = 1.0
    let mutable order: int[] = [||]
    let mutable start = 0
    let mutable rows = 0

    let copyRow (index: int) (address: nativeint) =
        let cols = target.Cols

        match table with
        | Table.Bytes values -> Convert.bytes<'T> (ReadOnlySpan(values, index * cols, cols)) divisor address
        | Table.Singles values -> Convert.singles<'T> (ReadOnlySpan(values, index * cols, cols)) divisor address
        | Table.Doubles values -> Convert.doubles<'T> (ReadOnlySpan(values, index * cols, cols)) divisor address

    /// Fills the first `count` rows of the target with rows order[start], order[start + 1], ... of a table, every number
    /// divided by the divisor. Row indices must lie inside the table.
    member gather.Run(team: Team, source: Table, by: float, indices: int[], from: int, count: int) : unit =
        table <- source
        divisor <- by
        order <- indices
        start <- from
        rows <- count
        team.Run(gather, (count + rowsPerTile - 1) / rowsPerTile)

    override _.Run(tile) =
        for row in tile * rowsPerTile .. min rows ((tile + 1) * rowsPerTile) - 1 do
            copyRow order[start + row] (target.At(row, 0))
