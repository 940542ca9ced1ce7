using Microsoft.FSharp.Core;

namespace NeuralNetwork.Cli;

/// <summary>A catalogue to explain: its names, each with a sentence, and the way from a name to its page.</summary>
internal sealed record Topic(
    string Kind,
    string About,
    (string Name, string Idea)[] Entries,
    Func<string, Convention, Page> Page
)
{
    public static Topic[] All { get; } =
    [
        Of(
            "optimizer",
            "How gradients become steps",
            OptimizerNotes.all.Select(note => (note.Name, note.Idea)),
            OptimizerModule.parse,
            Pages.Optimizer
        ),
        Of(
            "activation",
            "The function after a layer",
            Listed(ActivationNotes.All),
            ActivationModule.parse,
            (chosen, _) => Pages.Activation(chosen)
        ),
        Of(
            "cost",
            "What training makes small",
            Listed(CostNotes.All),
            CostModule.parse,
            (chosen, _) => Pages.Cost(chosen)
        ),
        Of(
            "initializer",
            "How weights begin",
            Listed(InitializerNotes.All),
            InitializerModule.parse,
            (chosen, _) => Pages.Initializer(chosen, Training.Default.Seed)
        ),
        Of(
            "schedule",
            "The learning rate over the steps",
            Listed(ScheduleNotes.All),
            ScheduleSettings.ReadName,
            (chosen, _) => Pages.Schedule(chosen)
        ),
        new(
            "batch-norm",
            "Normalising a layer over the batch",
            [(BatchNormNotes.Note.Name, BatchNormNotes.Note.Idea)],
            (_, convention) => Pages.BatchNorm(convention)
        ),
    ];

    /// <summary>The topic that has a name, if any has; what stands behind a colon does not matter.</summary>
    public static Topic? Having(string text) =>
        All.FirstOrDefault(topic => topic.Entries.Any(entry => entry.Name == text))
        ?? All.FirstOrDefault(topic => topic.Entries.Any(entry => entry.Name.Split(':')[0] == text.Split(':')[0]));

    private static Topic Of<T>(
        string kind,
        string about,
        IEnumerable<(string Name, string Idea)> entries,
        Reader<T> read,
        Func<T, Convention, Page> page
    ) => new(kind, about, [.. entries], (text, convention) => page(Chosen(read(text), kind), convention));

    private static IEnumerable<(string Name, string Idea)> Listed(IEnumerable<Note> notes) =>
        notes.Select(note => (note.Name, note.Idea));

    private static T Chosen<T>(FSharpResult<T, string> outcome, string kind) =>
        outcome.IsOk ? outcome.ResultValue : throw Failure.Usage($"explain {kind}: {outcome.ErrorValue}");
}
