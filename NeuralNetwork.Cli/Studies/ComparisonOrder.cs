using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What the user asked to compare. Every run is known, and its options are checked, before the first begins.</summary>
/// <param name="Subject">What is compared.</param>
/// <param name="Runs">Variant by variant, seed by seed.</param>
/// <param name="Record">What was asked for, for the folder.</param>
/// <param name="Plot">Where to draw the curves besides.</param>
internal sealed record ComparisonOrder(
    Subject Subject,
    StudyFolder Folder,
    IReadOnlyList<PlannedRun> Runs,
    ComparisonRecord Record,
    string? Plot
);
