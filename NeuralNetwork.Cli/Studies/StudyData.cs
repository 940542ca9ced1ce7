using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;

namespace NeuralNetwork.Cli.Studies;

/// <summary>
/// What was in the files that the runs of a study have read, whichever process trained them: the same for all, or their
/// results are not to be compared.
/// </summary>
internal sealed class StudyData
{
    // Two files to validate with may be called the same: the runs that vary them know where they are.
    private readonly Dictionary<(string? Place, string Name), (string Hash, string Run)> files = [];

    /// <summary>Adds what a run has read. A failure where another run found something else in the same file.</summary>
    public void Add(PlannedRun run, IEnumerable<KeyValuePair<string, string>> fingerprints)
    {
        foreach (var (name, hash) in fingerprints)
        {
            var file = (PlaceOf(run, name), name);
            if (!files.TryAdd(file, (hash, run.Order.Out)) && files[file] is var first && first.Hash != hash)
                throw Failure.BadInput(
                    $"{name}: sha256: {hash[..8]}… for {run.Order.Out}, {first.Hash[..8]}… for {first.Run} "
                        + "(the runs of a study read the same data; --force begins it again)"
                );
        }
    }

    private static string? PlaceOf(PlannedRun run, string name) =>
        name.StartsWith($"{TrainingData.ValidationRole} ", StringComparison.Ordinal)
            ? run.Order.Spec.Fit.Validation.Path
        : name.StartsWith($"{TrainingData.TestRole} ", StringComparison.Ordinal) ? run.Order.Spec.Data.TestPath
        : null;
}
