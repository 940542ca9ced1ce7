namespace NeuralNetwork.Plans

/// What the numbers of a slice are.
[<RequireQualifiedAccess>]
type internal SliceRole =
    /// Parameters, statistics, or numbers kept for each of them: windows tell them apart.
    | Tensor
    /// Rows of features.
    | Inputs
    /// What belongs to the rows.
    | Targets
    /// The losses of the rows.
    | Loss
    /// What is computed for a layer, by its symbol, as z.
    | Result of Symbol: string * Layer: int
    /// The derivative of the loss with respect to the numbers of another role.
    | Gradient of SliceRole

    /// The position of the layer that it belongs to; -1 for none.
    member role.Layer: int =
        match role with
        | SliceRole.Result(_, layer) -> layer
        | SliceRole.Gradient other -> other.Layer
        | SliceRole.Tensor
        | SliceRole.Inputs
        | SliceRole.Targets
        | SliceRole.Loss -> -1

    /// Whether it is a derivative of the loss.
    member role.IsOfGradient: bool =
        match role with
        | SliceRole.Gradient _ -> true
        | _ -> false

    /// As in: inputs; z of layer 2; gradient of the inputs.
    override role.ToString() =
        match role with
        | SliceRole.Tensor -> "parameters"
        | SliceRole.Inputs -> "inputs"
        | SliceRole.Targets -> "targets"
        | SliceRole.Loss -> "the loss"
        | SliceRole.Result(symbol, layer) -> $"{symbol} of layer {string layer}"
        | SliceRole.Gradient SliceRole.Inputs -> "gradient of the inputs"
        | SliceRole.Gradient other -> "gradient of " + string other

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
        /// What its numbers are.
        Role: SliceRole
    }

    /// The number of elements.
    member slice.Length: int = slice.Rows * slice.Cols

    /// Whether two slices share an element.
    member slice.Overlaps(other: Slice) : bool =
        slice.Offset < other.Offset + other.Length && other.Offset < slice.Offset + slice.Length
