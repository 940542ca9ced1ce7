using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Options;
using NeuralNetwork.Cli.Runs;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Spec;
using NeuralNetwork.Cli.Terminal;

namespace NeuralNetwork.Cli.Commands;

/// <summary>
/// A look at data: what is in every column, and what `nn train` says of them. It is said by what reads them to train, so that what one refuses or
/// warns of, the other does, too.
/// </summary>
internal sealed record Inspection(
    TableProfile Profile,
    IReadOnlyList<(string Name, int Rows)> Classes,
    IReadOnlyList<string> Findings,
    Failure? Refusal,
    IReadOnlyList<(string Name, string Value)> Given
)
{
    private const int MostShown = 20;

    /// <summary>Looks at data as a training with these options would, and the usual other ones.</summary>
    public static Inspection Of(DataSource source, TrainingSpec spec)
    {
        var profile = ProfileOf(source, spec.Data.Order);
        var given = DataSettings.Given(spec);
        try
        {
            var data = TrainingData.Of(source, spec.Data, shape => Preset.Fill(TrainingSpec.Usual, shape).Choice);
            Fitted.CheckPrecision(source.Name, data);
            return new(profile, data.Balance, [.. data.Notes, .. data.Warnings, .. profile.Findings()], null, given);
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            var classes = (failure as TableRefusal)?.Classes ?? [];
            var leaks = profile.Leaks(classes.Count > 0, spec.Data.Order);
            return new(profile, classes, [.. leaks, .. profile.Findings()], failure, given);
        }
    }

    private static TableProfile ProfileOf(DataSource source, TableOrder order)
    {
        try
        {
            return source is TableSource table ? TableProfile.Of(table.Rows, order) : TableProfile.Of(source, order);
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            // What ends a look at the rows ends training, too, which has more to say about the columns before.
            source.Train(order);
            throw;
        }
    }

    public IEnumerable<string> Lines()
    {
        var columns = Profile.Columns.Count;
        yield return $"{Profile.Data}: {Profile.Rows} rows{(columns > 0 ? $", {columns} columns" : "")}";
        if (columns > 0)
            yield return "";
        foreach (var line in columns > 0 ? Profile.Lines() : [])
            yield return line;
        if (Classes.Count > 0)
            yield return "";
        var heads = (string[])["class", "rows", "share", "balanced weight"];
        foreach (var line in Classes.Count > 0 ? TextTable.Table(heads, Classes.Take(MostShown).Select(Line)) : [])
            yield return line;
        if (Findings.Count > 0 || Refusal is not null)
            yield return "";
        foreach (var finding in Findings)
            yield return finding;
        foreach (var refusal in Refusals().Select(Said))
            yield return $"refused: {refusal}";
        if (Typed is { } typed)
            yield return $"to train on it: {typed}";
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["data"] = Profile.Data,
            ["rows"] = Profile.Rows,
            ["target"] = Profile.Targets is [var only] ? only.Name : null,
            ["targets"] = Json.Array(Profile.Targets, target => target.Name),
            ["columns"] = Profile.Document(),
            ["classes"] = Json.Array(
                Classes,
                one => new JsonObject
                {
                    ["label"] = one.Name,
                    ["rows"] = one.Rows,
                    ["weight"] = Json.Number(Weight(one.Rows)),
                }
            ),
            ["findings"] = Json.Array(Findings, finding => finding),
            ["refusals"] = Json.Array(
                Refusals(),
                one => new JsonObject
                {
                    ["column"] = one.Column,
                    ["found"] = one.Found,
                    ["cells"] = one.Cells,
                }
            ),
            ["options"] = Refusal is TableRefusal table ? TableRefusal.Typed(table.Options) : null,
        };

    /// <summary>Everything that training would refuse; without a column what is about the whole of the data.</summary>
    private IEnumerable<(string? Column, string Found, int? Cells)> Refusals()
    {
        if (Refusal is not TableRefusal table)
            return Refusal is null ? [] : [(null, Refusal.Message, null)];
        var whole = table.Other is { } other ? new[] { ((string?)null, other.Message, (int?)null) } : [];
        return [.. whole, .. table.All.Select(one => ((string?)one.Column, one.Found, (int?)one.Cells))];
    }

    private static string Said((string? Column, string Found, int? Cells) one) =>
        one.Cells is > 1 ? $"{one.Found}; {one.Cells} cells are like that" : one.Found;

    private string? Typed
    {
        get
        {
            if (Refusal is not TableRefusal { Options: var options })
                return null;
            var kept = Given.Where(given => !options.Any(option => option.Name == given.Name));
            return $"{ShellLine.Typed("nn", "train", Profile.Data)} {TableRefusal.Typed(kept.Concat(options))}"
                + $" --out {TrainCommand.AnyRun}";
        }
    }

    private string[] Line((string Name, int Rows) one) =>
        [
            one.Name,
            $"{one.Rows}",
            $"{(double)one.Rows / Classes.Sum(each => each.Rows):P1}",
            $"{Weight(one.Rows):0.000}",
        ];

    /// <summary>n / (k·nᵢ): every class then counts the same.</summary>
    private double Weight(int rows) => (double)Classes.Sum(one => one.Rows) / (Classes.Count * rows);
}
