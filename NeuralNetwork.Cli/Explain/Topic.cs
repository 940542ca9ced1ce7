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
            LayerModule.parse,
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
            Listed([InitializerNotes.Automatic, .. InitializerNotes.All]),
            Read.OrNothing(InitializerModule.parse, InitializerNotes.Automatic.Name),
            (chosen, _) => chosen is null ? Pages.Automatic() : Pages.Initializer(chosen, Training.Default.Seed)
        ),
        Of(
            "schedule",
            "The learning rate over the steps",
            Listed([.. ScheduleNotes.All, ScheduleNotes.Warmup]),
            new Reader<string>(ScheduleSettings.ReadName).Or(ScheduleNotes.Warmup.Name, ScheduleNotes.Warmup.Name),
            (chosen, _) => Pages.Schedule(chosen)
        ),
        new(
            "batch-norm",
            "Normalising a layer over the batch",
            [(BatchNormNotes.Note.Name, BatchNormNotes.Note.Idea)],
            (_, convention) => Pages.BatchNorm(convention)
        ),
        Noted("layer", "What a network is made of", LayerNotes.All),
        Noted("regularization", "What keeps weights and gradients small", RegularizationNotes.All),
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

    /// <summary>A topic of words and formulas alone.</summary>
    private static Topic Noted(string kind, string about, Note[] notes) =>
        Of(
            kind,
            about,
            Listed(notes),
            Read.OneOf([.. notes.Select(note => (note.Name, note))]),
            (chosen, _) => Pages.Plain(kind, chosen)
        );

    private static IEnumerable<(string Name, string Idea)> Listed(IEnumerable<Note> notes) =>
        notes.Select(note => (note.Name, note.Idea));

    private static T Chosen<T>(FSharpResult<T, string> outcome, string kind) =>
        outcome.IsOk ? outcome.ResultValue : throw Failure.Usage($"explain {kind}: {outcome.ErrorValue}");
}
