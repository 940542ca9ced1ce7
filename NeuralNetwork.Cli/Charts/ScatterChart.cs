namespace NeuralNetwork.Cli.Charts;

/// <summary>A point, and a number that its colour says.</summary>
internal sealed record Spot(string Name, double X, double Y, double Shade);

/// <summary>What an axis or a key says, and how its numbers are spread.</summary>
internal readonly record struct Quantity(string Name, Scale Scale);

/// <summary>Points between two axes, coloured by a third quantity where there is one.</summary>
internal sealed record ScatterChart(
    string Title,
    Quantity Across,
    Quantity Up,
    Quantity? Shade,
    IReadOnlyList<Spot> Spots
) : Chart(Title)
{
    /// <summary>Whether both axes are of one quantity: then they are the same, and a line says where both numbers are equal.</summary>
    public bool IsOfOne { get; init; }

    /// <summary>The points that have a place.</summary>
    public IEnumerable<Spot> Placed => Spots.Where(spot => Across.Scale.Has(spot.X) && Up.Scale.Has(spot.Y));

    public override ChartTable Table() =>
        Shade is { } shade
            ? new(
                ["", Across.Name, Up.Name, shade.Name],
                [.. Spots.Select(spot => (string[])[.. Row(spot), shade.Scale.Written(spot.Shade)])]
            )
            : new(["", Across.Name, Up.Name], [.. Spots.Select(Row)]);

    private string[] Row(Spot spot) => [spot.Name, Across.Scale.Written(spot.X), Up.Scale.Written(spot.Y)];
}
