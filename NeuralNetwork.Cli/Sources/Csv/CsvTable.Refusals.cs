using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>What is wrong with rows to train on: all of it is said at once.</summary>
internal sealed partial class CsvTable
{
    // Null where the first thing that is wrong ends reading.
    private Refusals? refusals;

    /// <summary>Reads rows to train on. A failure that says of every column what is wrong with it.</summary>
    private CsvColumns Read(string name, string other, MissingCells missing)
    {
        CsvColumns? columns = null;
        Failure? wrong = null;
        try
        {
            columns = Read();
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            wrong = failure;
        }
        // Rows with a column that is empty would all be left out.
        foreach (var cells in columns is null && rows + dropped == 0 ? [] : features)
            if (cells.IsEmpty && (missing is MissingCells.Refuse or MissingCells.Drop || cells is NumberCells))
                refusals!.AddEmpty(cells);
        if (refusals!.Any)
        {
            var classes = ClassesOf(name, other, ref wrong);
            throw refusals.Failure(classes, rows == 0 ? null : wrong);
        }
        return columns ?? throw wrong!;
    }

    /// <summary>The classes with their rows, as far as the target is one that can be taken.</summary>
    private (string Name, int Rows)[] ClassesOf(string name, string other, ref Failure? wrong)
    {
        if (target is null || wrong is not null || refusals!.IsAbout(target))
            return [];
        try
        {
            var (learned, targets) = new CsvColumns(path, rows, [], target).ToTarget(name, other);
            return Answers.Balance(learned, targets);
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            wrong = failure;
            return [];
        }
    }
}
