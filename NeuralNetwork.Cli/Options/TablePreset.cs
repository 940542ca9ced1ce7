namespace NeuralNetwork.Cli;

/// <summary>
/// The options that suit tables, by their size. Chosen on 23 public tables, of which docs/study/tables.md has the results:
/// several small networks, each of which leaves out a part of the rows that it is then measured on, trained for as long as that
/// measure gets better.
/// </summary>
internal static class TablePreset
{
    // Beyond these a member of its own for every part of the rows costs more time than it is worth.
    private const int MostRowsForMembers = 20_000;

    // Rows seen in all: what a training of 200 epochs sees of 10 000 rows.
    private const int MostSeen = 2_000_000;
    private const int MostEpochs = 200;
    private const int LeastEpochs = 10;

    private const string MembersName = ModelSettings.MembersName;

    /// <summary>What it says for such data, beside the options that are given.</summary>
    public static IEnumerable<string[]> Words(DataShape shape, IReadOnlyDictionary<string, string[]> given)
    {
        bool Leaves(params string[] names) => !names.Any(given.ContainsKey);
        yield return ["--hidden", "64,64"];
        yield return ["--batch-size", $"{BatchFor(shape.Rows)}"];
        // Weights of a file have a shape of their own.
        if (Leaves("--init", "--init-from"))
            yield return ["--output-init", "zeros"];
        var members =
            Leaves("--init-from") && Leaves(MembersName) && shape.Rows <= MostRowsForMembers
                ? Math.Min(Members, shape.Rows)
                : 1;
        if (members > 1)
            yield return [MembersName, $"{members}"];
        if (HasMembers(given, members))
            yield return [TrainingSettings.ValidationName, ValidationRows.FoldsWord];
        foreach (var words in Budget(shape, IsValidated(given), Leaves))
            yield return words;
    }

    private const int Members = 5;

    private static bool HasMembers(IReadOnlyDictionary<string, string[]> given, int members) =>
        given.TryGetValue(MembersName, out var words) ? words[^1] != "1" : members > 1;

    private static bool IsValidated(IReadOnlyDictionary<string, string[]> given) =>
        !given.TryGetValue(TrainingSettings.ValidationName, out var words) || words[^1] != ValidationRows.None;

    /// <summary>How long: an end that the user gives is the end, and without rows to validate with nothing else is.</summary>
    private static IEnumerable<string[]> Budget(
        DataShape shape,
        bool isValidated,
        Func<string[], bool> leaves
    )
    {
        if (isValidated)
            yield return ["--calibrate", "true"];
        if (!leaves(["--epochs", "--steps"]))
            yield break;
        yield return ["--epochs", $"{Math.Clamp(MostSeen / Math.Max(1, shape.Rows), LeastEpochs, MostEpochs)}"];
        if (isValidated)
            yield return ["--early-stopping", $"{Patience}"];
    }

    private const int Patience = 30;

    private static int BatchFor(int rows) =>
        rows < 2_000 ? 32
        : rows < 50_000 ? 128
        : 256;
}
