namespace NeuralNetwork.Plans

/// A window of the arena by number, not by pointer: Rows x Cols numbers in row-major order from Offset on.
/// Of a batched slice only the first n rows are alive when a batch has n rows.
[<Struct>]
type internal Slice =
    {
        /// What it is called in a printed plan.
        Name: string
        /// Where it begins, counted in numbers.
        Offset: int
        /// The number of rows; of a batched slice, of the largest batch.
        Rows: int
        /// The number of columns.
        Cols: int
        /// Whether it has a row for each row of the batch.
        Batched: bool
    }

    /// The number of elements.
    member slice.Length: int = slice.Rows * slice.Cols

    /// Whether two slices share an element.
    member slice.Overlaps(other: Slice) : bool =
        slice.Offset < other.Offset + other.Length && other.Offset < slice.Offset + slice.Length
