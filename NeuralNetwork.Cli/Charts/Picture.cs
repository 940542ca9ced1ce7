using System.Xml.Linq;

namespace NeuralNetwork.Cli.Charts;

/// <summary>Charts as SVG: pure functions of a chart and a width. They run no script and fetch nothing.</summary>
internal static class Picture
{
    /// <summary>How wide pictures in files are.</summary>
    public const double Wide = 760;

    /// <summary>The picture of a chart as the text of a file, colours and all.</summary>
    public static string Of(Chart chart)
    {
        var picture = Draw(chart, Wide);
        picture.Elements().ElementAt(1).AddAfterSelf(Svg.Element("style").With(Theme.Style));
        return $"{picture}\n";
    }

    /// <summary>The picture for a page that has the style once.</summary>
    public static XElement Draw(Chart chart, double width) =>
        chart switch
        {
            LineChart lines => LinePicture.Draw(lines, width),
            BarChart bars => BarPicture.Draw(bars, width),
            ScatterChart spots => ScatterPicture.Draw(spots, width),
            HeatMap map => HeatPicture.Draw(map, width),
            HistogramStrip strip => StripPicture.Draw(strip, width),
            _ => throw new InvalidOperationException("a chart without a picture"),
        };
}
