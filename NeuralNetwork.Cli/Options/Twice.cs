namespace NeuralNetwork.Cli.Options;

/// <summary>What a user names more than once where every name may come once.</summary>
internal static class Twice
{
    /// <summary>The first name that comes again; null where none does.</summary>
    public static string? In(IEnumerable<string> names) =>
        names.GroupBy(name => name).FirstOrDefault(group => group.Skip(1).Any())?.Key;
}
