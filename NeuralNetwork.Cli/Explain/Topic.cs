using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Explain;

/// <summary>A catalogue to explain: its names, each with a sentence, and the way from a name to its page.</summary>
internal sealed record Topic(
    string Kind,
    string About,
    (string Name, string Idea)[] Entries,
    Func<string, bool> Reads,
    Func<string, Convention, Page> Page
)
{
    public static Topic[] All { get; } =
    [
        Of(
            "optimizer",
            "How gradients become steps",
            Optimizer.all.Select(Optimizer.note).Select(note => (note.Name, note.Idea)),
            Optimizer.parse,
            OptimizerPage.Of
        ),
        Of(
            "activation",
            "The function after a layer",
            Listed(Layer.notes),
            Layer.parse,
            (chosen, _) => Pages.OfActivation(chosen)
        ),
        Of("loss", "What training makes small", Listed(Loss.notes), Loss.parse, (chosen, _) => Pages.OfLoss(chosen)),
        Of(
            "initializer",
            "How weights begin",
            Listed([Initializer.automaticNote, .. Initializer.notes]),
            Named(Read.OrNothing(Initializer.parse, Initializer.automaticNote.Name)),
            (named, convention) =>
                named.Value is { } chosen
                    ? Pages.OfInitializer(named.Text, chosen, convention, Training.Default.Seed)
                    : Pages.Automatic(convention)
        ),
        Of(
            "schedule",
            "The learning rate over the steps",
            Listed(Schedule.notes),
            ReadSchedule,
            (chosen, _) => Pages.OfSchedule(chosen)
        ),
        new(
            "batch-norm",
            "Normalising a layer over the batch",
            [(BatchNormNotes.Note.Name, BatchNormNotes.Note.Idea)],
            text => text == BatchNormNotes.Note.Name,
            (_, convention) => BatchNormPage.Of(convention)
        ),
        Of(
            "ensemble",
            "Networks side by side that predict as one",
            Listed(EnsembleNotes.All),
            Read.OneOf([.. EnsembleNotes.All.Select(note => (note.Name, note))]),
            (chosen, _) => EnsemblePages.Of(chosen)
        ),
        new(
            "temperature",
            "Probabilities as sure as they are right",
            [(TemperaturePage.Note.Name, TemperaturePage.Note.Idea)],
            text => text == TemperaturePage.Note.Name,
            (_, _) => TemperaturePage.Page()
        ),
        Noted("layer", "What a network is made of", LayerNotes.All),
        Noted("regularization", "What keeps weights and gradients small", RegularizationNotes.All),
    ];

    /// <summary>The topic that has a name, if any has; what stands behind a colon does not matter.</summary>
    public static Topic? Having(string text) =>
        All.FirstOrDefault(topic => topic.Entries.Any(entry => entry.Name == text))
        ?? All.FirstOrDefault(topic => topic.Knows(text))
        // Forms and aliases that no list mentions, as in scaled-average-uniform:3 and swish.
        ?? All.FirstOrDefault(topic => topic.Reads(text));

    /// <summary>Whether an entry has the name, whatever stands behind a colon.</summary>
    public bool Knows(string text) => Entries.Any(entry => entry.Name.Split(':')[0] == text.Split(':')[0]);

    private static Topic Of<T>(
        string kind,
        string about,
        IEnumerable<(string Name, string Idea)> entries,
        Reader<T> read,
        Func<T, Convention, Page> page
    ) =>
        new(
            kind,
            about,
            [.. entries],
            text => read(text).IsOk,
            (text, convention) => page(Chosen(read(text), kind), convention)
        );

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

    private static IEnumerable<(string Name, string Idea)> Listed(IEnumerable<FormulaNote> notes) =>
        Listed(notes.Select(Note.Of));

    /// <summary>A reader that keeps what was typed: one thing may have several names.</summary>
    private static Reader<(string Text, T Value)> Named<T>(Reader<T> read) =>
        text => read.To(value => (text, value))(text);

    /// <summary>The name of a schedule, or warmup with a number of steps, which the page shows.</summary>
    private static FSharpResult<string, string> ReadSchedule(string text) =>
        text.Split(':') is [var word, .. var rest] && word == Pages.Warmup
            ? rest is []
                ? FSharpResult<string, string>.NewOk($"{word}:{Pages.WarmupShown}")
                : Read.Count(string.Join(':', rest)) is { IsError: true } wrong
                    ? FSharpResult<string, string>.NewError($"the steps of {word}: {wrong.ErrorValue}")
                    : FSharpResult<string, string>.NewOk(text)
            : ScheduleSettings.ReadName(text);

    private static T Chosen<T>(FSharpResult<T, string> outcome, string kind) =>
        outcome.IsOk ? outcome.ResultValue : throw Failure.Usage($"explain {kind}: {outcome.ErrorValue}");
}
