using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

/// <summary>Tables for programs: CSV with a header, numbers that read back as they were.</summary>
internal static class TableText
{
    public static string Of(IEnumerable<string> heads, IEnumerable<IEnumerable<string>> rows) =>
        string.Concat(rows.Prepend(heads).Select(row => $"{string.Join(',', row.Select(Quoted))}\n"));

    /// <summary>A number; an empty cell for none.</summary>
    public static string Cell(double value) => double.IsFinite(value) ? NeuralNetwork.Text.number(value) : "";

    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";
}
