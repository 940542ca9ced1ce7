namespace NeuralNetwork.Analysis

open System
open System.Text.Json.Serialization
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Where a number that is not finite first came up in training, and what may have made it.
[<JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type Diagnosis =
    {
        /// The step in which it came up. Its loss may still have been finite: then its update was not.
        Step: int
        /// The position of the layer in the description; -1 where the tensor belongs to none.
        Layer: int
        /// As in: inputs, layers.2.weight, z of layer 2, gradient of layers.0.bias.
        Tensor: string
        /// The row of the tensor; of what belongs to a batch, the row of the data.
        Row: int
        /// Whether it belongs to a batch.
        IsOfBatch: bool
        /// The column of the tensor.
        Column: int
        /// What stands there: NaN or an infinity.
        Value: float
        /// What made it, in words.
        Cause: string
        /// Whether a lower learning rate may help: a step was made before it came up, and the data are not to blame.
        MayBeRate: bool
        /// The norms of the gradient in up to five steps of the same epoch before it, the last one last.
        GradientNorms: float list
    }

    /// What came up, where, and why, as in: z of layer 2 is Infinity in row 3 of the data, column 5 (overflow: …).
    member diagnosis.Finding: string =
        let row = $"""row {string diagnosis.Row}{if diagnosis.IsOfBatch then " of the data" else ""}"""

        (diagnosis.Tensor
         + " is "
         + (Text.number diagnosis.Value)
         + " in "
         + row
         + ", column "
         + (string diagnosis.Column)
         + " ("
         + diagnosis.Cause
         + ")")

    /// The same where rows of the data have other numbers, as those of the file they are from.
    member diagnosis.Renumbered(numberOf: Func<int, int>) : Diagnosis =
        if diagnosis.IsOfBatch then { diagnosis with Row = numberOf.Invoke diagnosis.Row } else diagnosis

    /// As in: step 17: z of layer 2 is Infinity in row 3 of the data, column 5 (overflow: …).
    override diagnosis.ToString() = $"step {string diagnosis.Step}: {diagnosis.Finding}"

/// The names of the tensors of a plan that has not been rewritten much.
module internal TensorName =

    /// Whether a slice is a window of the batch, or that of a shard's rows in its place.
    let isOf (window: Slice) (slice: Slice) : bool = slice.Name = window.Name && slice.Role = window.Role

    let private holds (region: Slice) (slice: Slice) =
        region.Offset <= slice.Offset && slice.Offset + slice.Length <= region.Offset + region.Length

    /// Names of members, and their own places in what all of them have together: `count` rows or columns.
    let private ofMember (members: int) (count: int) (name: string) (place: int) =
        let width = count / members
        if members = 1 then name, place else $"{name} of member {place / width}", place % width

    /// A place in a region that has a layout: layer, name, row and column.
    let private inWindow (members: int) (layout: Layout) (prefix: string) (offset: int) =
        layout.Windows
        |> List.tryFind (fun window -> window.Offset <= offset && offset < window.Offset + window.Length)
        |> Option.map (fun window ->
            let place = offset - window.Offset
            let name, row, column = prefix + window.Name, place / window.Cols, place % window.Cols

            if window.IsMatrix then
                let name, row = ofMember members window.Rows name row
                window.Layer, name, row, column
            else
                let name, column = ofMember members window.Cols name column
                window.Layer, name, row, column)

    /// Layer, name, row and column of a number of a slice.
    let place (plan: Plan) (network: Network) (slice: Slice) (index: int) : int * string * int * int =
        let offset (region: Slice) = slice.Offset + index - region.Offset
        let inWindow = inWindow plan.Members
        let row, column = index / slice.Cols, index % slice.Cols

        let known =
            if isOf plan.Input slice then
                Some(-1, "inputs", row, column)
            elif isOf plan.Target slice then
                Some(-1, "targets", row, column)
            elif isOf plan.Weights slice then
                let name, column = ofMember plan.Members slice.Cols "row weights" column
                Some(-1, name, row, column)
            elif holds plan.Parameters slice then
                inWindow plan.Layout "" (offset plan.Parameters)
            elif holds plan.Gradient slice then
                inWindow plan.Layout "gradient of " (offset plan.Gradient)
            elif holds plan.Statistics slice then
                inWindow (Layout.statistics network) "" (offset plan.Statistics)
            else
                None

        known
        |> Option.defaultWith (fun () ->
            // The result and the loss of all members together have no columns of members.
            let isOfMembers = slice.Batched && not (isOf plan.Output slice || isOf plan.Losses slice)
            let members = if isOfMembers then plan.Members else 1
            let name, column = ofMember members slice.Cols (string slice.Role) column
            slice.Role.Layer, name, row, column)
