using System.CommandLine;
using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Options;

/// <summary>The options that say what to make of data that are trained on.</summary>
internal static class DataSettings
{
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

    private static readonly (string Name, DateReading Value)[] Readings =
    [
        ("auto", DateReading.Auto),
        ("day-first", DateReading.DayFirst),
        ("month-first", DateReading.MonthFirst),
        ("text", DateReading.Text),
    ];

    private static readonly (string Name, Unseen? Value)[] Unseens =
    [
        ("refuse", Unseen.Refuse),
        ("zero", Unseen.Zero),
        ("other", Unseen.Other),
    ];

    // Two of them are one array.
    private const int MostWindow = 512;

    public static IReadOnlyList<SpecOption> Own { get; } =
    [
        SpecParts.Data.Of(
            OptionName.Target,
            SettingOption.Columns,
            "The column to learn (default: the last one), or several columns of numbers",
            Names,
            Write.Names,
            data => data.Targets,
            (data, names) => data with { Targets = names }
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
            SettingOption.Columns,
            "Columns to leave out; a name with a comma in quotes: '\"a, b\",c'",
            Names,
            Write.Names,
            data => data.Ignored,
            (data, names) => data with { Ignored = names }
        ),
        SpecParts.Data.Of(
            OptionName.Categorical,
            SettingOption.Columns,
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
            OptionName.Dates,
            "NAME",
            "Columns of dates: auto, day-first (3/4 is in April), month-first (it is in March), or text, categories as others",
            Read.OneOf(Readings),
            Write.OneOf(Readings),
            data => data.Dates,
            (data, reading) => data with { Dates = reading }
        ),
        SpecParts.Data.Of(
            OptionName.Group,
            SettingOption.Column,
            "Rows of one value in this column stay together, all trained on or none; the column itself is not learned from",
            Read.Any!,
            Write.Same,
            data => data.Group,
            (data, column) => data with { Group = column }
        ),
        SpecParts.Data.Of(
            OptionName.Time,
            SettingOption.Column,
            "Numbers or dates that say when a row was: nothing is measured on rows before those it was trained on",
            Read.Any!,
            Write.Same,
            data => data.Time,
            (data, column) => data with { Time = column }
        ),
        SpecParts.Data.Of(
            OptionName.Weights,
            SettingOption.Column,
            "Sample weights: how much a row counts, in training and among rows set aside; the column itself is not learned from",
            Read.Any!,
            Write.Same,
            data => data.Weights,
            (data, column) => data with { Weights = column }
        ),
        SpecParts.Data.Of(
            OptionName.Unseen,
            "NAME",
            "Categories that training has not seen: refuse, zero (no feature is 1), or other, learned from rare ones",
            Read.OneOf(Unseens),
            Write.OneOf(Unseens),
            data => data.Unseen,
            (data, unseen) => data with { Unseen = unseen }
        ),
        SpecParts.Data.Of(
            OptionName.Rare,
            "N",
            $"Categories of fewer rows are rare: they become other ones (default: {Openness.UsualRare} with --unseen other)",
            Read.Whole(int.MaxValue).Optional(),
            Write.Whole,
            data => data.Rare,
            (data, rows) => data with { Rare = rows }
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
        SpecParts.Fit.Of(
            OptionName.Window,
            "MIB",
            "Rows of a pack that are mixed at once, in MiB; twice as much is in memory",
            Read.Whole(MostWindow),
            Write.Whole,
            fit => fit.Window,
            (fit, size) => fit with { Window = size }
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
