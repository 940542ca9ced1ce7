namespace NeuralNetwork.Plans

open NeuralNetwork.Maths

/// A map of the columns of a table, each by itself: y = (x / Divisor - Shift) / Scale. Shift and Scale have a number for
/// each column, or both are empty, which stands for 0 and 1.
[<Struct; RequireQualifiedAccess>]
type internal Affine =
    {
        /// What a number is divided by first.
        Divisor: float
        /// What is then subtracted, for each column.
        Shift: float[]
        /// What the difference is divided by, for each column.
        Scale: float[]
    }

    /// What a number of a column becomes.
    member inline affine.Of(column: int, x: float) : float =
        let quotient = x / affine.Divisor

        if affine.Shift.Length = 0 then
            quotient
        else
            (quotient - affine.Shift[column]) / affine.Scale[column]

    /// The way back for the divisor 1: x = y·Scale + Shift.
    member inline affine.From(column: int, y: float) : float = y * affine.Scale[column] + affine.Shift[column]

    /// As in: divided by 255; divided by 1, 3 columns shifted and scaled.
    override affine.ToString() =
        let columns = affine.Shift.Length
        let scaled = if columns = 0 then "" else $""", {Text.count columns "column"} shifted and scaled"""
        $"divided by {Text.number affine.Divisor}{scaled}"

/// How a column of a table becomes features.
[<RequireQualifiedAccess>]
type Column =
    /// One feature. A missing cell becomes Missing; where that is NaN, a missing cell is refused.
    | Number of Name: string * Missing: float
    /// A feature for each category: 1 for the cell's own, 0 for the others.
    | Category of Name: string * Categories: string[]

    /// What stands above the column.
    member column.Title: string =
        match column with
        | Column.Number(name, _)
        | Column.Category(name, _) -> name

    /// The same in arrays of its own.
    member internal column.Copy() : Column =
        match column with
        | Column.Number _ -> column
        | Column.Category(name, categories) -> Column.Category(name, Array.copy categories)

    /// The number of features the column becomes.
    member column.Features: int =
        match column with
        | Column.Number _ -> 1
        | Column.Category(_, categories) -> categories.Length

    /// As in: number age; category colour of 3.
    override column.ToString() =
        match column with
        | Column.Number(name, _) -> $"number {name}"
        | Column.Category(name, categories) -> $"category {name} of {string categories.Length}"
