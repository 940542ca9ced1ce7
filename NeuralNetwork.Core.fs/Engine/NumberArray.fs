namespace NeuralNetwork.Engine

open System
open NeuralNetwork.Maths

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

    /// The number of elements.
    member numbers.Length: int =
        match numbers with
        | NumberArray.Bytes values -> values.Length
        | NumberArray.Singles values -> values.Length
        | NumberArray.Doubles values -> values.Length

    /// <summary>A number in double precision.</summary>
    /// <param name="place">Its place, from 0 on.</param>
    /// <returns>The number.</returns>
    /// <exception cref="T:System.IndexOutOfRangeException">There is no such place.</exception>
    member numbers.At(place: int) : float =
        match numbers with
        | NumberArray.Bytes values -> float values[place]
        | NumberArray.Singles values -> float values[place]
        | NumberArray.Doubles values -> values[place]

    /// As in: 784 bytes; 4 numbers in Single.
    override numbers.ToString() =
        match numbers with
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

        if numbers.Length % cols <> 0 then
            raise (ArgumentException($"{numbers.Length} numbers in rows of {cols}", nameof cols))

    /// Shows every row of so many numbers, from the first on: an array, and where in it the row begins.
    let private visit (numbers: NumberArray) (cols: int) (see: float[] -> int -> unit) : unit =
        let row = Array.zeroCreate<float> cols

        for start in 0..cols .. numbers.Length - cols do
            match numbers with
            | NumberArray.Doubles values -> see values start
            | NumberArray.Bytes _
            | NumberArray.Singles _ ->
                for column in 0 .. cols - 1 do
                    row[column] <- numbers.At(start + column)

                see row 0

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
        let rows = float (numbers.Length / cols)

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

        for row in 0 .. numbers.Length / cols - 1 do
            let x = numbers.At(row * cols + column)

            if not (Double.IsNaN x) then
                there.Add x

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

    /// The same rows with some columns dealt out anew: each row has those of the row that the order has in its place.
    let deal (numbers: NumberArray) (cols: int) (first: int) (count: int) (order: int[]) : NumberArray =
        match numbers with
        | NumberArray.Bytes values -> NumberArray.Bytes(dealtOf values cols first count order)
        | NumberArray.Singles values -> NumberArray.Singles(dealtOf values cols first count order)
        | NumberArray.Doubles values -> NumberArray.Doubles(dealtOf values cols first count order)

    /// The rows at some places, in their order.
    let take (numbers: NumberArray) (cols: int) (rows: int[]) : NumberArray =
        match numbers with
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

    /// <summary>Some rows.</summary>
    /// <param name="cols">The numbers of a row.</param>
    /// <param name="rows">The places of the rows, from 0 on, in the order they are to have.</param>
    /// <returns>Numbers of their own.</returns>
    member numbers.Rows(cols: int, rows: int[]) : NumberArray =
        ArgumentNullException.ThrowIfNull(rows, nameof rows)
        ColumnStatistics.take numbers cols rows
