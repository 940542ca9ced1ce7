using NeuralNetwork.Cli.Charts;
using NeuralNetwork.Cli.Html;

namespace NeuralNetwork.Cli.Runs;

// The page of an explanation.
internal sealed partial record Explanation
{
    /// <summary>The page.</summary>
    public Report Page() =>
        new(
            $"What the model goes by on {Svg.Cut(Data, 60)}",
            $"{char.ToUpperInvariant(ScoreName[0])}{ScoreName[1..]} {Shown(Score)} on {OfRows}.",
            [new(ScoreName, Shown(Score)), new("rows", $"{Rows:N0}"), new("columns", $"{Columns.Length:N0}")],
            [
                new(
                    "Columns",
                    [
                        new ReportBlock.Prose(
                            $"By how much the {ScoreName} falls where the cells of a column are dealt out among the rows anew: the mean of {Deals} deals, from the least to the greatest within a deviation. Of columns that say the same, each may stand in for the other."
                        ),
                        new ReportBlock.Drawing(
                            new BarChart(
                                $"Fall of the {ScoreName} without a column{Unnamed}",
                                "column",
                                $"fall of the {ScoreName}",
                                HasClasses ? Scale.Share : Scale.Linear,
                                [
                                    .. Ranked
                                        .Take(MostColumns)
                                        .Select(one => new Bar(
                                            one.Title,
                                            one.Mean,
                                            one.Mean - one.Deviation,
                                            one.Mean + one.Deviation
                                        )),
                                ]
                            )
                        ),
                    ]
                ),
                new("The rows that are most wrong", [.. Judged(Wrong)]),
                new("The rows that it is least sure of", [.. Judged(Unsure)]),
            ]
        );

    private IEnumerable<ReportBlock> Judged(ExplainedRow[] rows)
    {
        if (rows.Length == 0)
            yield break;
        yield return new ReportBlock.Prose(
            $"What each column has added to the {Explained}, from the one for the row that the network takes for zeros to the one for this row: integrated gradients, which add up to the difference."
        );
        yield return new ReportBlock.Rows(new(Heads, [.. rows.Select(Cells)]), []);
    }
}
