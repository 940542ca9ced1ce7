using System.CommandLine;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what to make of data that are trained on.</summary>
internal static class DataSettings
{
    private const string Columns = "NAME,…";

    private static readonly (string Name, bool? Value)[] Tasks =
    [
        ("auto", null),
        ("classification", true),
        ("regression", false),
    ];

    private static readonly (string Name, MissingCells Value)[] Fates =
    [
        ("refuse", MissingCells.Refuse),
        ("mean", MissingCells.Mean),
        ("median", MissingCells.Median),
        ("drop", MissingCells.Drop),
    ];

    public static IReadOnlyList<SpecOption> Own { get; } =
    [
        SpecParts.Data.Of(
            OptionName.Target,
            "COLUMN",
            "The column to learn (default: the last one)",
            Read.Any!,
            Write.Same,
            data => data.Target,
            (data, column) => data with { Target = column }
        ),
        SpecParts.Data.Of(
            OptionName.Task,
            "NAME",
            "What to learn: auto, classification, regression",
            Read.OneOf(Tasks),
            Write.OneOf(Tasks),
            data => data.IsClassification,
            (data, task) => data with { IsClassification = task }
        ),
        SpecParts.Data.Of(
            OptionName.Ignore,
            Columns,
            "Columns to leave out; a name with a comma in quotes: '\"a, b\",c'",
            Names,
            Write.Names,
            data => data.Ignored,
            (data, names) => data with { Ignored = names }
        ),
        SpecParts.Data.Of(
            OptionName.Categorical,
            Columns,
            "Columns of numbers that are names of categories",
            Names,
            Write.Names,
            data => data.Categorical,
            (data, names) => data with { Categorical = names }
        ),
        SpecParts.Data.Of(
            OptionName.Missing,
            "NAME",
            "Missing cells: refuse, the mean or median of their column takes their place, or drop their rows",
            Read.OneOf(Fates),
            Write.OneOf(Fates),
            data => data.Missing,
            (data, fate) => data with { Missing = fate }
        ),
        SpecParts.Data.Of(
            OptionName.Standardize,
            "true|false",
            "Subtract the mean of each feature and divide by its deviation (default: true for tables, false for images)",
            Read.Flag.Optional(),
            Write.Flag,
            data => data.Standardize,
            (data, isWanted) => data with { Standardize = isWanted }
        ),
        SpecParts.Data.Of(
            OptionName.Test,
            "DATA",
            "Rows to test the trained model with",
            Read.Any!,
            Write.Same,
            data => data.TestPath,
            (data, path) => data with { TestPath = path },
            whole: Arguments.Whole
        ),
    ];

    public static IReadOnlyList<SpecOption> All { get; } = [.. Own, .. FormatSettings.All];

    public static IEnumerable<Option> Options => All.Select(one => one.Option);

    /// <summary>The options that were given, in words.</summary>
    public static IReadOnlyList<(string Name, string Value)> Given(TrainingSpec spec) =>
        [
            .. All.Where(option => spec.IsSaid(option.Name) && !option.IsFlag)
                .Select(option => (option.Name, option.TextIn(spec)!)),
        ];

    private static FSharpResult<ColumnNames?, string> Names(string text) =>
        FSharpResult<ColumnNames?, string>.NewOk(ColumnNames.Read(text).ResultValue);
}
