namespace NeuralNetwork

open System
open System.Collections.Generic

/// Which cell of a row of the app's own type stands in which column: no reflection, an accessor for each name. It never
/// changes, and any thread may use it.
[<Sealed>]
type RowReader<'Row> private (accessors: Dictionary<string, Func<'Row, RowCell>>) =

    /// No columns yet.
    new() = RowReader(Dictionary StringComparer.Ordinal)

    /// <summary>The same reader with one more column, or with another accessor for it.</summary>
    /// <param name="column">What stands above the column.</param>
    /// <param name="cell">What a row has there.</param>
    /// <returns>The reader.</returns>
    /// <exception cref="T:System.ArgumentNullException">The name or the accessor is null.</exception>
    member _.With(column: string, cell: Func<'Row, RowCell>) : RowReader<'Row> =
        ArgumentNullException.ThrowIfNull(column, nameof column)
        ArgumentNullException.ThrowIfNull(cell, nameof cell)
        let more = Dictionary accessors
        more[column] <- cell
        RowReader more

    /// The names of its columns.
    member _.Columns: IReadOnlyCollection<string> = accessors.Keys

    /// What a row has in a column, if there is such a column.
    member internal _.TryCell(row: 'Row, column: string, cell: byref<RowCell>) : bool =
        match accessors.TryGetValue column with
        | true, accessor ->
            cell <- accessor.Invoke row
            true
        | _ -> false

    /// As in: a reader of age, job.
    override _.ToString() = $"""a reader of {String.Join(", ", accessors.Keys)}"""
