using System.Text.Json.Nodes;

namespace NeuralNetwork.Cli;

/// <summary>What the user asked to search. Every trial is drawn, and its options are checked, before the first begins.</summary>
/// <param name="Data">The data to train with, as the user named them.</param>
/// <param name="Options">What all trials share.</param>
/// <param name="Plot">Where a picture goes besides the folder; null for nowhere.</param>
/// <param name="Record">What was asked for, for the folder.</param>
internal sealed record SearchOrder(
    string Data,
    StudyFolder Folder,
    IReadOnlyList<Variation> Variations,
    IReadOnlyList<Trial> Trials,
    IReadOnlyList<Rung> Rungs,
    IReadOnlyList<StudyOption> Options,
    string? Plot,
    JsonObject Record
);
