namespace NeuralNetwork.Engine

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading
open NeuralNetwork.Maths

/// Rows of numbers in a stream that can be sought, row after row, little-endian: nothing else stands in it.
module internal Store =

    /// The bytes of a number: Byte, Single or Double. ArgumentException for another kind.
    let size (kind: TypeCode) : int =
        match kind with
        | TypeCode.Byte -> 1
        | TypeCode.Single -> 4
        | TypeCode.Double -> 8
        | other -> raise (ArgumentException $"numbers of the kind {other} (must be Byte, Single or Double)")

    /// Reads whole rows from one of them on. One thread at a time reads a stream. EndOfStreamException where it ends before.
    let read (stream: Stream) (rowBytes: int) (first: int) (rows: Span<byte>) : unit =
        Monitor.Enter stream

        try
            stream.Position <- int64 first * int64 rowBytes
            stream.ReadExactly rows
        finally
            Monitor.Exit stream

/// The numbers of rows of features or targets, row after row, as they came from the file: bytes stay bytes. NaN stands for a
/// number that is missing.
[<RequireQualifiedAccess>]
type NumberArray =
    /// Whole numbers from 0 to 255, as of images.
    | Bytes of byte[]
    /// Numbers in single precision.
    | Singles of float32[]
    /// Numbers in double precision.
    | Doubles of float[]
    /// Rows that stay in a stream, which has all of its rows one after the other, little-endian, of Byte, Single or Double, each of
    /// so many columns: these of them, by their places in the stream, each after the one before.
    | Stored of Stream: Stream * Kind: TypeCode * Cols: int * Rows: int[]

    /// The number of elements.
    member numbers.LongLength: int64 =
        match numbers with
        | NumberArray.Bytes values -> values.LongLength
        | NumberArray.Singles values -> values.LongLength
        | NumberArray.Doubles values -> values.LongLength
        | NumberArray.Stored(_, _, cols, rows) -> rows.LongLength * int64 cols

    /// The number of elements. OverflowException where those of a stream are more than an array could have.
    member numbers.Length: int = Checked.int numbers.LongLength

    /// What the elements are: Byte, Single or Double.
    member numbers.Kind: TypeCode =
        match numbers with
        | NumberArray.Bytes _ -> TypeCode.Byte
        | NumberArray.Singles _ -> TypeCode.Single
        | NumberArray.Doubles _ -> TypeCode.Double
        | NumberArray.Stored(_, kind, _, _) -> kind

    /// <summary>A number in double precision. Of a stream its whole row is read: `Visit` reads each once.</summary>
    /// <param name="place">Its place, from 0 on.</param>
    /// <returns>The number.</returns>
    /// <exception cref="T:System.IndexOutOfRangeException">There is no such place.</exception>
    member numbers.At(place: int) : float =
        match numbers with
        | NumberArray.Bytes values -> float values[place]
        | NumberArray.Singles values -> float values[place]
        | NumberArray.Doubles values -> values[place]
        | NumberArray.Stored(stream, kind, cols, rows) ->
            let size = Store.size kind
            let row = Array.zeroCreate<byte>(cols * size)
            Store.read stream row.Length rows[place / cols] (row.AsSpan())

            match kind with
            | TypeCode.Byte -> float row[place % cols]
            | TypeCode.Single -> float (BitConverter.ToSingle(row, place % cols * size))
            | _ -> BitConverter.ToDouble(row, place % cols * size)

    /// As in: 784 bytes; 4 numbers in Single; 60000 rows of 784 numbers in a stream.
    override numbers.ToString() =
        match numbers with
        | NumberArray.Stored(_, _, cols, rows) ->
            Text.count rows.Length "row" + " of " + Text.count cols "number" + " in a stream"
        | NumberArray.Bytes values -> Text.count values.Length "byte"
        | NumberArray.Singles values -> Text.count values.Length "number" + " in Single"
        | NumberArray.Doubles values -> Text.count values.Length "number" + " in Double"

/// What is known of the columns of rows: x is rows x cols.
module internal ColumnStatistics =

    // The least exponent whose inverse is a finite power of two with room to spare.
    [<Literal>]
    let private LeastPower = -1000

    let private check (numbers: NumberArray) (cols: int) : unit =
        ArgumentNullException.ThrowIfNull(box numbers, nameof numbers)
        ArgumentOutOfRangeException.ThrowIfLessThan(cols, 1, nameof cols)

        let own =
            match numbers with
            | NumberArray.Stored(_, _, own, _) -> own
            | _ -> cols

        if numbers.LongLength % int64 cols <> 0L || own <> cols then
            raise (ArgumentException($"{numbers.LongLength} numbers in rows of {cols}", nameof cols))

    // So many bytes of a stream at a time.
    [<Literal>]
    let private Chunk = 1048576

    /// So many numbers of a kind, and their bytes.
    let empty (kind: TypeCode) (length: int) : NumberArray =
        match kind with
        | TypeCode.Byte -> NumberArray.Bytes(Array.zeroCreate length)
        | TypeCode.Single -> NumberArray.Singles(Array.zeroCreate length)
        | _ -> NumberArray.Doubles(Array.zeroCreate length)

    /// The bytes of numbers in memory, to be written to; none of those in a stream.
    let bytesOf (numbers: NumberArray) : Span<byte> =
        match numbers with
        | NumberArray.Bytes values -> values.AsSpan()
        | NumberArray.Singles values -> MemoryMarshal.AsBytes(values.AsSpan())
        | NumberArray.Doubles values -> MemoryMarshal.AsBytes(values.AsSpan())
        | NumberArray.Stored _ -> Span<byte>.Empty

    /// The rows of a stream, some at a time: of as many as lie within a megabyte, numbers in memory and, for each of them, its place there.
    let private chunks (stream: Stream) (kind: TypeCode) (cols: int) (rows: int[]) : struct (NumberArray * int[]) seq =
        let rowBytes = cols * Store.size kind
        let most = max 1 (Chunk / rowBytes)

        let rec endOf first place =
            if place < rows.Length && rows[place] - rows[first] < most then endOf first (place + 1) else place

        let rec from first =
            seq {
                if first < rows.Length then
                    let last = endOf first (first + 1)
                    let count = rows[last - 1] - rows[first] + 1
                    let numbers = empty kind (count * cols)
                    Store.read stream rowBytes rows[first] (bytesOf numbers)
                    yield struct (numbers, Array.init (last - first) (fun place -> rows[first + place] - rows[first]))
                    yield! from last
            }

        from 0

    /// Shows every row of so many numbers, from the first on: an array, and where in it the row begins.
    let visit (numbers: NumberArray) (cols: int) (see: float[] -> int -> unit) : unit =
        check numbers cols
        let row = Array.zeroCreate<float> cols

        let show (numbers: NumberArray) (start: int) =
            match numbers with
            | NumberArray.Doubles values -> see values start
            | NumberArray.Bytes values ->
                for column in 0 .. cols - 1 do
                    row[column] <- float values[start + column]

                see row 0
            | NumberArray.Singles values ->
                for column in 0 .. cols - 1 do
                    row[column] <- float values[start + column]

                see row 0
            | NumberArray.Stored _ -> ()

        match numbers with
        | NumberArray.Stored(stream, kind, _, rows) ->
            for struct (numbers, places) in chunks stream kind cols rows do
                for place in places do
                    show numbers (place * cols)
        | numbers ->
            for start in 0..cols .. numbers.Length - cols do
                show numbers start

    /// The least and the greatest number of each column: NaN both where one of its numbers is.
    let ranges (numbers: NumberArray) (cols: int) : struct (float * float)[] =
        check numbers cols
        let least, greatest = Array.create cols infinity, Array.create cols -infinity

        visit numbers cols (fun values start ->
            for column in 0 .. cols - 1 do
                let x = values[start + column]
                least[column] <- Math.Min(least[column], x)
                greatest[column] <- Math.Max(greatest[column], x))

        Array.map2 (fun low high -> struct (low, high)) least greatest

    let private power (greatest: float) : int = if greatest > 0.0 then max (Math.ILogB greatest) LeastPower else 0

    /// Σ f(column, x) down each column, in the order of the rows.
    let inline private sums
        (numbers: NumberArray)
        (cols: int)
        ([<InlineIfLambda>] ofNumber: int -> float -> float)
        : float[] =
        let sums = Array.zeroCreate<float> cols

        visit numbers cols (fun values start ->
            for column in 0 .. cols - 1 do
                sums[column] <- sums[column] + ofNumber column values[start + column])

        sums

    /// Means and standard deviations (divided by n) of the numbers over a divisor; a column that never changes has the deviation 1.
    /// They are found of the numbers over the power of two below the greatest of their column: exactly the same, and no sum
    /// or square leaves float64.
    let standardization (numbers: NumberArray) (cols: int) (divisor: float) : struct (float[] * float[]) =
        let ranges = ranges numbers cols
        let rows = float (numbers.LongLength / int64 cols)

        let powers =
            ranges
            |> Array.map (fun struct (low, high) -> power (Math.Max(Math.Abs low, Math.Abs high) / divisor))

        let units = powers |> Array.map (fun power -> Math.ScaleB(1.0, -power))
        let parts = sums numbers cols (fun column x -> x / divisor * units[column]) |> Array.map (fun sum -> sum / rows)

        let squares =
            sums numbers cols (fun column x ->
                let distance = x / divisor * units[column] - parts[column]
                distance * distance)

        let means = Array.map2 (fun (x: float) power -> Math.ScaleB(x, power)) parts powers

        let deviations = Array.map2 (fun (sum: float) power -> Math.ScaleB(sqrt (sum / rows), power)) squares powers

        ranges
        |> Array.iteri (fun column (struct (low, high)) ->
            // The mean of equal numbers is another one by rounding, which their deviation must not be made of.
            if low = high then
                means[column] <- low / divisor
                deviations[column] <- 1.0
            elif not (deviations[column] > 0.0) then
                deviations[column] <- 1.0)

        struct (means, deviations)

    /// The mean or the median of the numbers of a column that are there; NaN where none is.
    let middle (isMean: bool) (numbers: NumberArray) (cols: int) (column: int) : float =
        check numbers cols
        let there = ResizeArray<float>()

        visit numbers cols (fun values start ->
            if not (Double.IsNaN values[start + column]) then
                there.Add values[start + column])

        let sorted = there.ToArray()
        Array.Sort sorted
        let half = sorted.Length / 2

        if sorted.Length = 0 then
            nan
        elif isMean then
            let struct (means, _) = standardization (NumberArray.Doubles sorted) 1 1.0
            means[0]
        elif sorted.Length % 2 = 1 then
            sorted[half]
        else
            sorted[half - 1] / 2.0 + sorted[half] / 2.0

    /// Puts numbers in the place of missing ones, column by column.
    let fill (numbers: float[]) (fills: float[]) : unit =
        for place in 0 .. numbers.Length - 1 do
            if Double.IsNaN numbers[place] then
                numbers[place] <- fills[place % fills.Length]

    let private rowsOf (from: 'Number[]) (cols: int) (rows: int[]) : 'Number[] =
        let taken = Array.zeroCreate (Checked.(*) rows.Length cols)
        rows |> Array.iteri (fun place row -> Array.Copy(from, row * cols, taken, place * cols, cols))
        taken

    let private dealtOf (from: 'Number[]) (cols: int) (first: int) (count: int) (order: int[]) : 'Number[] =
        let dealt = Array.copy from

        order
        |> Array.iteri (fun place row -> Array.Copy(from, row * cols + first, dealt, place * cols + first, count))

        dealt

    let private isRising (rows: int[]) : bool = rows |> Seq.pairwise |> Seq.forall (fun (one, next) -> one < next)

    /// The same rows in memory.
    let load (numbers: NumberArray) : NumberArray =
        match numbers with
        | NumberArray.Stored(stream, kind, cols, rows) ->
            let loaded = empty kind numbers.Length
            let mutable place = 0

            for struct (some, places) in chunks stream kind cols rows do
                let rowBytes = cols * Store.size kind

                for from in places do
                    (bytesOf some).Slice(from * rowBytes, rowBytes).CopyTo((bytesOf loaded).Slice(place * rowBytes))
                    place <- place + 1

            loaded
        | numbers -> numbers

    /// The same rows with some columns dealt out anew: each row has those of the row that the order has in its place.
    let rec deal (numbers: NumberArray) (cols: int) (first: int) (count: int) (order: int[]) : NumberArray =
        match numbers with
        | NumberArray.Stored _ -> deal (load numbers) cols first count order
        | NumberArray.Bytes values -> NumberArray.Bytes(dealtOf values cols first count order)
        | NumberArray.Singles values -> NumberArray.Singles(dealtOf values cols first count order)
        | NumberArray.Doubles values -> NumberArray.Doubles(dealtOf values cols first count order)

    /// The rows at some places, in their order. Those of a stream stay there, unless they are to be in another order than its own.
    let rec take (numbers: NumberArray) (cols: int) (rows: int[]) : NumberArray =
        check numbers cols

        match numbers with
        | NumberArray.Stored(stream, kind, cols, all) when isRising rows ->
            NumberArray.Stored(stream, kind, cols, rows |> Array.map (fun row -> all[row]))
        | NumberArray.Stored(stream, kind, cols, all) ->
            let sorted = Array.sort (Array.distinct rows)
            let places = rows |> Array.map (fun row -> Array.BinarySearch(sorted, row))
            take (load (NumberArray.Stored(stream, kind, cols, sorted |> Array.map (fun row -> all[row])))) cols places
        | NumberArray.Bytes values -> NumberArray.Bytes(rowsOf values cols rows)
        | NumberArray.Singles values -> NumberArray.Singles(rowsOf values cols rows)
        | NumberArray.Doubles values -> NumberArray.Doubles(rowsOf values cols rows)

type NumberArray with

    /// <summary>The least and the greatest number of each column of rows.</summary>
    /// <param name="cols">The numbers of a row.</param>
    /// <returns>For each column both; NaN both where one of its numbers is.</returns>
    /// <exception cref="T:System.ArgumentException">The numbers are no rows of so many.</exception>
    member numbers.Ranges(cols: int) : struct (float * float)[] = ColumnStatistics.ranges numbers cols

    /// <summary>What brings each column of rows to mean 0 and deviation 1: its mean, and its standard deviation (divided by n), which is 1
    /// where the column never changes. No sum or square leaves float64, however large the numbers are.</summary>
    /// <param name="cols">The numbers of a row.</param>
    /// <param name="divisor">What every number is divided by first.</param>
    /// <returns>The means and the deviations.</returns>
    /// <exception cref="T:System.ArgumentException">The numbers are no rows of so many.</exception>
    member numbers.Standardization(cols: int, divisor: float) : struct (float[] * float[]) =
        ColumnStatistics.standardization numbers cols divisor

    /// <summary>What may take the place of missing numbers of a column: the mean or the median of those that are there.</summary>
    /// <param name="cols">The numbers of a row.</param>
    /// <param name="column">The column, from 0 on.</param>
    /// <param name="isMean">Whether it is the mean.</param>
    /// <returns>The number; NaN where every number of the column is missing.</returns>
    /// <exception cref="T:System.ArgumentException">The numbers are no rows of so many.</exception>
    member numbers.Middle(cols: int, column: int, isMean: bool) : float =
        ColumnStatistics.middle isMean numbers cols column

    /// <summary>Some rows. Rows of a stream stay there, unless they are to be in another order than its own.</summary>
    /// <param name="cols">The numbers of a row.</param>
    /// <param name="rows">The places of the rows, from 0 on, in the order they are to have.</param>
    /// <returns>Numbers of their own.</returns>
    member numbers.Rows(cols: int, rows: int[]) : NumberArray =
        ArgumentNullException.ThrowIfNull(rows, nameof rows)
        ColumnStatistics.take numbers cols rows

    /// <summary>The same numbers in memory: these, unless they are in a stream.</summary>
    /// <returns>The numbers.</returns>
    /// <exception cref="T:System.OverflowException">They are more than an array can have.</exception>
    /// <exception cref="T:System.IO.EndOfStreamException">The stream ends before.</exception>
    member numbers.InMemory() : NumberArray = ColumnStatistics.load numbers

    /// <summary>Shows every row as float64, from the first on, whether they are in memory or in a stream.</summary>
    /// <param name="cols">The numbers of a row.</param>
    /// <param name="see">Called for each row: an array, and where in it the row begins. It is the row only until the next one.</param>
    member numbers.Visit(cols: int, see: Action<float[], int>) : unit =
        ArgumentNullException.ThrowIfNull(see, nameof see)
        ColumnStatistics.visit numbers cols (fun values start -> see.Invoke(values, start))
