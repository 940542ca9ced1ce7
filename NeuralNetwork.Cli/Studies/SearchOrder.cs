using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Options;

namespace NeuralNetwork.Cli.Studies;

/// <summary>What the user asked to search. Every trial is drawn, and its options are checked, before the first begins.</summary>
/// <param name="Record">What was asked for, for the folder.</param>
/// <param name="Plot">Where a picture goes besides the folder; null for nowhere.</param>
internal sealed record SearchOrder(
    StudyFolder Folder,
    SearchRecord Record,
    IReadOnlyList<Trial> Trials,
    IReadOnlyList<Rung> Rungs,
    string? Plot
);
