using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

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
    public static IEnumerable<OptionValue> For(DataShape shape, TrainingSpec given)
    {
        bool Leaves(params string[] names) => !names.Any(given.IsSaid);
        yield return ModelSettings.Hidden.To([64, 64]);
        // The usual batch is cut to the rows there are, and nobody has to be told.
        if (shape.Rows > 2 * BatchFor(shape.Rows))
            yield return TrainingSettings.BatchSize.To(BatchFor(shape.Rows));
        // Weights that are read from a file have a shape of their own, and a beginning.
        if (Leaves(OptionName.Init, OptionName.InitFrom))
            yield return ModelSettings.OutputInit.Value("zeros");
        var begun = given.Model.InitFrom is { } file ? StartingModel.NetworkIn(file) : null;
        foreach (var value in given.Model.InitFrom is null ? EmbeddingFor(shape) : EmbeddingSettings.Of(begun))
            yield return value;
        var members = MembersFor(shape.Rows, given, begun);
        yield return ModelSettings.Members.To(members);
        if (members > 1)
            yield return TrainingSettings.Validation.To(ValidationRows.Folds);
        if (IsValidated(given))
            yield return TrainingSettings.Calibrate.To(true);
        // A decay is in the rate's units, and the longer the training the more of it there is: it goes with Adam's rate, with no
        // other penalty, and with few rows.
        if (
            shape.Rows < FewRowsForDecay
            && Leaves(
                OptionName.Optimizer,
                OptionName.Convention,
                OptionName.LearningRate,
                OptionName.L1,
                OptionName.L2,
                OptionName.InitFrom
            )
        )
            yield return OptimizerSettings.Decay.To(1);
        if (Leaves(OptionName.Epochs, OptionName.Steps))
            foreach (var value in Budget(shape.Rows, IsValidated(given)))
                yield return value;
    }

    private static IEnumerable<OptionValue> EmbeddingFor(DataShape shape) =>
        shape is { Rows: >= LeastRowsForWaves, Features: <= MostFeaturesForWaves }
            ? [EmbeddingSettings.Use.To(true)]
            : [];

    private static int BatchFor(int rows) =>
        rows < FewRows ? 32
        : rows < 50_000 ? 128
        : 256;

    /// <summary>As many as the user says, or as the network of the file that is begun with has.</summary>
    private static int MembersFor(int rows, TrainingSpec given, Network? begun) =>
        given.IsSaid(OptionName.Members) ? given.Model.Members
        : given.Model.InitFrom is not null ? begun?.Members ?? 1
        : rows is < LeastRowsForMembers or > MostRowsForMembers ? 1
        : rows < FewRows ? 10
        : 5;

    /// <summary>How long: an end that the user gives is the end.</summary>
    private static IEnumerable<OptionValue> Budget(int rows, bool isValidated)
    {
        var steps = Math.Max(1, rows / BatchFor(rows));
        var usual = Math.Min(Epochs, MostSeen / Math.Max(1, rows));
        var epochs = Math.Max(LeastEpochs, Math.Max(usual, Math.Min(MostEpochs, LeastSteps / steps)));
        yield return TrainingSettings.Epochs.To(epochs);
        if (isValidated)
            yield return TrainingSettings.EarlyStopping.To(
                Math.Min(epochs / 2, Math.Max(Patience, PatientSteps / steps))
            );
    }

    private static bool IsValidated(TrainingSpec given) =>
        !given.IsSaid(OptionName.Validation) || given.Fit.Validation != ValidationRows.Nothing;
}
