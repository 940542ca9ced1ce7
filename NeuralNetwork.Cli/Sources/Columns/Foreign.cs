using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>Files that a package reads: whatever goes wrong in there is a failure of the file's, with its place.</summary>
internal static class Foreign
{
    // A cell of any type, and whether it is open.
    private const long BytesOfCell = 24;

    /// <summary>Reads. A damaged file can go wrong anywhere in the package that reads it.</summary>
    public static T Guarded<T>(string path, string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (Failure or OutOfMemoryException))
        {
            var reason = (error is AggregateException { InnerException: { } inner } ? inner : error).Message;
            throw Failure.BadInput($"{path}: {place}: cannot be read ({reason.Split('\n')[0].TrimEnd('.', '\r')})");
        }
    }

    /// <summary>The number of rows that a file says, which must have room before they are read.</summary>
    public static int CheckRows(string path, string place, long rows)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return rows >= 0 && rows <= Array.MaxLength && rows <= available / BytesOfCell
            ? (int)rows
            : throw Failure.BadInput(
                $"{path}: {place}: {rows} rows (this machine has {available >> 20} MiB; more and smaller ones can be read)"
            );
    }
}
