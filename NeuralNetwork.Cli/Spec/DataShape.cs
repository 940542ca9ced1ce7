using NeuralNetwork.Cli.Sources;

namespace NeuralNetwork.Cli.Spec;

/// <summary>What defaults go by: how many rows there are, of how many features, and whether they are those of a table.</summary>
internal sealed record DataShape(int Rows, int Features, bool IsTable)
{
    /// <summary>The shape of rows that have been read, before any of them are set aside.</summary>
    public static DataShape Of(DataSource source, Sample sample) =>
        new(sample.Rows, sample.Schema.Cols, source.IsTable);

    /// <summary>As in: 150 rows, 4 features.</summary>
    public override string ToString() =>
        $"{Rows:N0} {(Rows == 1 ? "row" : "rows")}, {Features:N0} {(Features == 1 ? "feature" : "features")}";
}
