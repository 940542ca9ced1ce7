namespace NeuralNetwork.Cli;

/// <summary>
/// The options that suit tables, by their size: several small networks, each of which leaves out a part of the rows that it is then
/// measured on, trained for as long as that measure gets better. docs/study/tables.md says what was tried, on which data, and
/// what it came to.
/// </summary>
internal static class TablePreset
{
    // More members make more of few rows, and cost more where there are many; where there are very many, one is enough.
    private const int FewRows = 2_000;
    private const int LeastRowsForMembers = 10;
    private const int FewRowsForDecay = 1_000;
    private const int MostRowsForMembers = 20_000;

    // Waves of numbers pay where there are rows enough to learn them from, and loss for each feature: many are more likely those
    // of pictures, where they do not pay.
    private const int LeastRowsForWaves = 2_000;
    private const int MostFeaturesForWaves = 200;

    // Long enough for tables of a hundred rows, whose epochs have few steps, and not too long for those of a million.
    private const int Epochs = 200;
    private const int MostEpochs = 1_000;
    private const int LeastEpochs = 10;
    private const int LeastSteps = 3_000;
    private const int MostSeen = 2_000_000;

    // Without a better loss for so many epochs, and so many steps, there is none to come.
    private const int Patience = 30;
    private const int PatientSteps = 1_000;

    /// <summary>What it says for such data, beside the options that are given.</summary>
    public static IEnumerable<string[]> Words(DataShape shape, IReadOnlyDictionary<string, string[]> given)
    {
        bool Leaves(params string[] names) => !names.Any(given.ContainsKey);
        yield return ["--hidden", "64,64"];
        // The usual batch is cut to the rows there are, and nobody has to be told.
        if (shape.Rows > 2 * BatchFor(shape.Rows))
            yield return [TrainingSettings.BatchName, $"{BatchFor(shape.Rows)}"];
        // Weights that are read from a file have a shape of their own, and a beginning.
        if (Leaves("--init", ModelSettings.InitFromName))
            yield return ["--output-init", "zeros"];
        var begun = given.TryGetValue(ModelSettings.InitFromName, out var file)
            ? ModelSettings.NetworkIn(file[^1])
            : null;
        var embedding = Leaves(ModelSettings.InitFromName) ? EmbeddingFor(shape) : EmbeddingSettings.Words(begun);
        foreach (var words in embedding)
            yield return words;
        var members = MembersFor(shape.Rows, given, begun);
        yield return [ModelSettings.MembersName, $"{members}"];
        if (members > 1)
            yield return [TrainingSettings.ValidationName, ValidationRows.FoldsWord];
        if (IsValidated(given))
            yield return ["--calibrate", "true"];
        // A decay is in the rate's units, and the longer the training the more of it there is: it goes with Adam's rate, with no
        // other penalty, and with few rows.
        if (
            shape.Rows < FewRowsForDecay
            && Leaves("--optimizer", "--convention", "--learning-rate", "--l1", "--l2", ModelSettings.InitFromName)
        )
            yield return ["--weight-decay", "1"];
        if (Leaves("--epochs", "--steps"))
            foreach (var words in Budget(shape.Rows, IsValidated(given)))
                yield return words;
    }

    private static string[][] EmbeddingFor(DataShape shape) =>
        shape is { Rows: >= LeastRowsForWaves, Features: <= MostFeaturesForWaves }
            ?
            [
                [EmbeddingSettings.UseName, EmbeddingSettings.Periodic],
            ]
            : [];

    private static int BatchFor(int rows) =>
        rows < FewRows ? 32
        : rows < 50_000 ? 128
        : 256;

    /// <summary>As many as the user says, or as the network of the file that is begun with has.</summary>
    private static int MembersFor(int rows, IReadOnlyDictionary<string, string[]> given, Network? begun) =>
        given.TryGetValue(ModelSettings.MembersName, out var words) && int.TryParse(words[^1], out var count) ? count
        : given.ContainsKey(ModelSettings.InitFromName) ? begun?.Members ?? 1
        : rows is < LeastRowsForMembers or > MostRowsForMembers ? 1
        : rows < FewRows ? 10
        : 5;

    /// <summary>How long: an end that the user gives is the end.</summary>
    private static IEnumerable<string[]> Budget(int rows, bool isValidated)
    {
        var steps = Math.Max(1, rows / BatchFor(rows));
        var usual = Math.Min(Epochs, MostSeen / Math.Max(1, rows));
        var epochs = Math.Max(LeastEpochs, Math.Max(usual, Math.Min(MostEpochs, LeastSteps / steps)));
        yield return ["--epochs", $"{epochs}"];
        if (isValidated)
            yield return ["--early-stopping", $"{Math.Min(epochs / 2, Math.Max(Patience, PatientSteps / steps))}"];
    }

    private static bool IsValidated(IReadOnlyDictionary<string, string[]> given) =>
        !given.TryGetValue(TrainingSettings.ValidationName, out var words) || words[^1] != ValidationRows.None;
}
