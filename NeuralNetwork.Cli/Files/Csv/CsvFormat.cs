namespace NeuralNetwork.Cli;

/// <summary>How a CSV file is written, as far as the user said: what is null is found out.</summary>
internal sealed record CsvFormat(char? Separator, bool? HasHeader)
{
    public static CsvFormat Auto { get; } = new(null, null);

    /// <summary>What files are, whatever they are called.</summary>
    public FileKind? Kind { get; init; }

    /// <summary>The index of the first feature in a LIBSVM file.</summary>
    public int? FirstIndex { get; init; }
}

/// <summary>What becomes of rows whose cells are missing.</summary>
internal enum MissingCells
{
    /// <summary>The first one is an error.</summary>
    Refuse,

    /// <summary>The mean of the training rows takes their place.</summary>
    Mean,

    /// <summary>The median of the training rows takes their place.</summary>
    Median,

    /// <summary>The row is left out.</summary>
    Drop,
}
