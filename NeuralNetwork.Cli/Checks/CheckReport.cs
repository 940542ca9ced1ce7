using System.Text.Json.Nodes;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Sources;
using NeuralNetwork.Cli.Terminal;
using NeuralNetwork.Verification;

namespace NeuralNetwork.Cli.Checks;

/// <summary>What there is to say about checks of gradients: to people in lines, to programs in JSON.</summary>
internal sealed class CheckReport(Check[] checks)
{
    private bool Passed => checks.All(check => check.Report.Passed);

    /// <summary>What failed first, in a line; null where nothing did.</summary>
    public string? Complaint =>
        checks.FirstOrDefault(check => !check.Report.Passed) is { } failed
            ? $"{failed.Description}: {failed.Report.Failures.Head}{More}"
            : null;

    private string More
    {
        get
        {
            var failures = checks.Count(check => !check.Report.Passed);
            return failures > 1 ? $" (and {failures - 1} more of {checks.Length} cells)" : "";
        }
    }

    /// <summary>What weakens the checks without failing them.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            var weak = checks.Where(check => !check.Report.Warnings.IsEmpty).ToArray();
            if (checks.Length == 1 || weak.Length == 0)
                return weak.SelectMany(check => check.Report.Warnings);
            var worst = weak.MaxBy(check => check.Report.KinkedShare)!;
            return
            [
                $"{weak.Length} of {checks.Length} cells have more than {100 * GradientReport.UsualKinkedShare:0} % of their numbers beside kinks: "
                    + $"no failure, for the exact gradient checks those (most: {worst.Description}, {worst.Report.KinkedShare:P1})",
            ];
        }
    }

    /// <summary>One check in full, or many in a line each.</summary>
    public IEnumerable<string> Lines() => checks.Length == 1 ? Page() : Table();

    private IEnumerable<string> Page()
    {
        var (description, report) = (checks[0].Description, checks[0].Report);
        yield return description;
        yield return $"loss {report.Loss:g10}, the naive reference differs by {Shown(report.LossError)}";
        yield return "";
        foreach (
            var line in TextTable.Table(
                ["tensor", "size", "checked", "exact", "numeric", "norm ratio", "kinks", "verdict"],
                report.Tensors.Select(Cells)
            )
        )
            yield return line;
        yield return "";
        foreach (
            var line in TextTable.Table(
                ["furthest off in", "at", "analytic", "exact", "numeric", "- exact", "- numeric"],
                report.Tensors.Select(WorstCells)
            )
        )
            yield return line;
        if (!report.Taylor.IsEmpty)
            yield return "";
        foreach (var line in report.Taylor.IsEmpty ? [] : Rates(report))
            yield return line;
        yield return "";
        yield return "exact: |analytic - dual| / |dual|, at most "
            + $"{GradientReport.ExactTolerance:g1}; numeric: the same with central differences, at most {GradientReport.NumericTolerance:g1}";
        yield return "furthest off: the number whose analytic and exact derivatives differ most; by how much, and from the quotient";
        if (report.Tensors.Any(tensor => tensor.IsSmall))
            yield return $"*: small beside the whole gradient, measured by {GradientReport.FloorShare:0.#} of its norm";
    }

    /// <summary>Every number beside a kink: the derivatives between which its difference quotients lie, and the kinks.</summary>
    public IEnumerable<string> Kinks() =>
        from check in checks
        from tensor in check.Report.Tensors
        from number in tensor.Beside
        select (checks.Length > 1 ? $"{check.Description}: " : "")
            + $"{tensor.Name} ({number.Row}, {number.Col}) beside {string.Join("; ", number.Kinks)}: "
            + $"left {Derivative(number.Left)}, right {Derivative(number.Right)}, analytic {Derivative(number.Analytic)}, exact {Derivative(number.Exact)}";

    private static string Derivative(double derivative) =>
        double.IsNaN(derivative) ? "unknown" : $"{derivative + 0.0:g10}";

    private IEnumerable<string> Table()
    {
        string[] heads = ["cell", "tensors", "exact", "numeric", "verdict"];
        foreach (var line in TextTable.Table(heads, checks.Select(Row)))
            yield return line;
        yield return "";
        yield return $"{checks.Length} cells, {checks.Count(check => check.Report.Passed)} passed; "
            + $"worst exact {Shown(checks.Max(check => check.Report.ExactError))}, "
            + $"worst numeric {Shown(checks.Max(check => check.Report.NumericError))}";
    }

    public JsonObject Document() =>
        new()
        {
            ["schema"] = Json.Schema,
            ["passed"] = Passed,
            ["floor"] = GradientReport.FloorShare,
            ["cells"] = Json.Array(checks, Node),
        };

    private static JsonObject Node(Check check) =>
        new()
        {
            ["description"] = check.Description,
            ["passed"] = check.Report.Passed,
            ["loss"] = Json.Number(check.Report.Loss),
            ["loss_error"] = Json.Number(check.Report.LossError),
            ["repeatable"] = check.Report.IsRepeatable,
            ["exact_error"] = Json.Number(check.Report.ExactError),
            ["numeric_error"] = Json.Number(check.Report.NumericError),
            ["kinked_share"] = Json.Number(check.Report.KinkedShare),
            ["tensors"] = Json.Array(check.Report.Tensors, Node),
            ["taylor"] = Json.Array(check.Report.Taylor, Node),
        };

    private static JsonObject Node(TensorCheck tensor) =>
        new()
        {
            ["name"] = tensor.Name,
            ["shape"] = new JsonArray(tensor.Rows, tensor.Cols),
            ["checked"] = tensor.Checked,
            ["passed"] = tensor.Passed,
            ["exact_error"] = Json.Number(tensor.ExactError),
            ["exact_norm"] = Json.Number(tensor.ExactNorm),
            ["floor"] = Json.Number(tensor.Floor),
            ["numeric_error"] = Json.Number(tensor.NumericError),
            ["norm_ratio"] = Json.Number(tensor.NormRatio),
            ["kinks"] = tensor.Kinked,
            ["judged_by_floor"] = tensor.IsSmall,
            ["beside_kinks"] = Json.Array(tensor.Beside, Node),
            ["worst"] = new JsonObject
            {
                ["index"] = new JsonArray(tensor.Worst.Row, tensor.Worst.Col),
                ["relative_error"] = Json.Number(tensor.Worst.Relative),
                ["analytic"] = Json.Number(tensor.Worst.Analytic),
                ["exact"] = Json.Number(tensor.Worst.Exact),
                ["numeric"] = Json.Number(tensor.Worst.Numeric),
            },
        };

    private static JsonObject Node(CheckedNumber number) =>
        new()
        {
            ["index"] = new JsonArray(number.Row, number.Col),
            ["kinks"] = Json.Array(number.Kinks, Node),
            ["left"] = Json.Number(number.Left),
            ["right"] = Json.Number(number.Right),
            ["analytic"] = Json.Number(number.Analytic),
            ["exact"] = Json.Number(number.Exact),
        };

    private static JsonObject Node(Kink kink) =>
        kink switch
        {
            Kink.Activation at => new()
            {
                ["of"] = "activation",
                ["layer"] = at.Layer,
                ["unit"] = at.Unit,
                ["sample"] = at.Sample,
            },
            Kink.Loss at => new()
            {
                ["of"] = "loss",
                ["output"] = at.Output,
                ["sample"] = at.Sample,
            },
            Kink.Penalty at => new()
            {
                ["of"] = "penalty",
                ["layer"] = at.Layer,
                ["unit"] = at.Unit,
                ["input"] = at.Input,
            },
            _ => throw new InvalidOperationException("a kind of kink that has no document"),
        };

    private static JsonObject Node(TaylorRate rate) =>
        new()
        {
            ["tensor"] = rate.Tensor,
            ["rate"] = Json.Number(rate.Rate),
            ["rate_without_gradient"] = Json.Number(rate.RateWithoutGradient),
            ["smooth"] = rate.IsSmooth,
            ["passed"] = rate.Passed,
        };

    private static string[] Cells(TensorCheck tensor) =>
        [
            tensor.Name,
            $"{tensor.Rows} x {tensor.Cols}",
            $"{tensor.Checked}",
            Shown(tensor.ExactError) + Mark(tensor),
            Shown(tensor.NumericError) + Mark(tensor),
            $"{tensor.NormRatio:0.000000}",
            $"{tensor.Kinked}",
            Verdict(tensor.Passed),
        ];

    private static string Mark(TensorCheck tensor) => tensor.IsSmall ? "*" : " ";

    private static string[] WorstCells(TensorCheck tensor) =>
        [
            tensor.Name,
            $"({tensor.Worst.Row}, {tensor.Worst.Col})",
            $"{tensor.Worst.Analytic:g10}",
            $"{tensor.Worst.Exact:g10}",
            $"{tensor.Worst.Numeric:g10}",
            Shown(Math.Abs(tensor.Worst.Analytic - tensor.Worst.Exact)),
            Shown(Math.Abs(tensor.Worst.Analytic - tensor.Worst.Numeric)),
        ];

    private static IEnumerable<string> Rates(GradientReport report) =>
        TextTable.Table(
            ["Taylor rate along", "with gradient (2)", "without (1)", "verdict"],
            report.Taylor.Select(rate =>
                (string[])
                    [
                        rate.Tensor,
                        $"{rate.Rate:0.000}",
                        $"{rate.RateWithoutGradient:0.000}",
                        rate.IsSmooth ? Verdict(rate.Passed) : "beside a kink",
                    ]
            )
        );

    private static string[] Row(Check check) =>
        [
            check.Description,
            $"{check.Report.Tensors.Length}",
            Shown(check.Report.ExactError),
            Shown(check.Report.NumericError),
            Verdict(check.Report.Passed),
        ];

    private static string Verdict(bool passed) => passed ? "passed" : "FAILED";

    private static string Shown(double error) => $"{error:0.0e+00}";
}
