namespace NeuralNetwork.Verification

open NeuralNetwork.Maths

/// What a gradient must satisfy.
module internal Tolerance =

    /// ‖analytic - exact‖ / ‖exact‖ of every tensor
    [<Literal>]
    let Exact = 1e-12

    /// ‖analytic - numeric‖ / ‖numeric‖ of every tensor
    [<Literal>]
    let Numeric = 1e-8

    /// |analytic - numeric| of every number, relative to the greater of the two ...
    [<Literal>]
    let Component = 1e-6

    /// ... plus this part of max(1, |L|), for rounding in the loss divided by the step.
    [<Literal>]
    let Rounding = 1e-9

    /// |engine - reference| / max(1, |reference|) of the loss
    [<Literal>]
    let Loss = 1e-13

    /// A tensor with less than this part of the whole gradient's norm is measured by that part: rounding on the way down to a
    /// tensor is that of the whole gradient, whatever is left of it there. A beta in front of another batch norm is the
    /// extreme: its gradient is 0, and what is computed is rounding.
    [<Literal>]
    let Floor = 0.1

    /// Numbers beside a kink, where a difference quotient says little, up to which a check needs no warning.
    [<Literal>]
    let Kinked = 0.05

    /// How far a Taylor rate may lie from 2, and from 1 without the gradient.
    [<Literal>]
    let Rate = 0.05

/// How much of a gradient is checked, and how.
type GradientCheckOptions =
    {
        /// At most so many numbers of each tensor are checked, a random sample of a larger one.
        Coordinates: int
        /// What the sample and the directions of the Taylor test are drawn from.
        Seed: uint64
        /// Whether to measure the rates of the Taylor remainders, too.
        Taylor: bool
    }

    /// At most 500 numbers of each tensor, no Taylor rates.
    static member Default: GradientCheckOptions = { Coordinates = 500; Seed = 1UL; Taylor = false }

    /// As in: at most 500 numbers of each tensor, seed 1.
    override options.ToString() =
        let taylor = if options.Taylor then ", Taylor rates" else ""

        ("at most "
         + (string options.Coordinates)
         + " numbers of each tensor, seed "
         + (string options.Seed)
         + taylor)

/// A number of a tensor with its derivatives.
type CheckedNumber =
    {
        /// The row of the number in its tensor.
        Row: int
        /// The column.
        Col: int
        /// |analytic - other| / max(|analytic|, |other|), the greater of the two comparisons.
        Relative: float
        /// The engine's.
        Analytic: float
        /// That of dual numbers.
        Exact: float
        /// The difference quotient; where there are kinks the nearest to the analytic one between the two sides.
        Numeric: float
        /// The derivatives on the two sides of the number; the same where a shorter step is clear of kinks, NaN where kinks of
        /// several layers meet and differences say nothing.
        Left: float
        /// The derivative on the right side, as Left.
        Right: float
        /// The kinks within the step of the difference quotient.
        Kinks: Kink list
    }

    /// As in: (0, 3): 0.5, exact 0.5, numeric 0.4999; with kinks: (0, 3): 0.5 between 0.2 and 0.8 beside 1 kink.
    override number.ToString() =
        let place = "(" + string number.Row + ", " + string number.Col + "): "
        let analytic = Text.number number.Analytic

        if number.Kinks.IsEmpty then
            place + analytic + ", exact " + Text.number number.Exact + ", numeric " + Text.number number.Numeric
        else
            place
            + analytic
            + " between "
            + Text.number number.Left
            + " and "
            + Text.number number.Right
            + " beside "
            + Text.count number.Kinks.Length "kink"

/// The check of one tensor of parameters.
type TensorCheck =
    {
        /// As in layers.0.weight.
        Name: string
        /// The number of its rows.
        Rows: int
        /// The number of its columns.
        Cols: int
        /// How many of its numbers were checked.
        Checked: int
        /// ‖exact‖ over the numbers checked.
        ExactNorm: float
        /// The least norm that errors are relative to: the part `Tolerance.Floor` of the norm of the whole gradient.
        Floor: float
        /// ‖analytic - exact‖ / max(‖exact‖, Floor) over the numbers checked.
        ExactError: float
        /// ‖analytic - numeric‖ / ‖numeric‖ over the numbers checked that are not beside a kink; relative to a norm that
        /// rounding in the loss leaves visible, where the tensor's is smaller
        NumericError: float
        /// ‖analytic‖ / ‖exact‖; 1 where both are 0
        NormRatio: float
        /// The number with the greatest error.
        Worst: CheckedNumber
        /// The kinks found within a step of the difference quotient of some number, each once.
        Kinks: Kink list
        /// The numbers that have such a kink.
        Beside: CheckedNumber list
        /// How many numbers missed the bar of the difference quotient.
        Missed: int
        /// Whether all of its errors are below the bars.
        Passed: bool
    }

    /// The number of parameters in the tensor.
    member tensor.Size: int = tensor.Rows * tensor.Cols

    /// How many of the numbers checked have a kink within the step.
    member tensor.Kinked: int = tensor.Beside.Length

    /// Whether errors are relative to the floor, for the tensor's own gradient is less.
    member tensor.IsSmall: bool = tensor.ExactNorm < tensor.Floor

    /// As in: layers.0.weight: passed, exact 1E-16, numeric 2E-10.
    override tensor.ToString() =
        let outcome = if tensor.Passed then "passed" else "failed"

        (tensor.Name
         + ": "
         + outcome
         + ", exact "
         + (Text.short tensor.ExactError)
         + ", numeric "
         + (Text.short tensor.NumericError))

/// How fast the remainders of Taylor's theorem fall with the step ε along a direction.
type TaylorRate =
    {
        /// The tensor the direction lies in; "all" for a direction through all of them.
        Tensor: string
        /// log₂ of the fall of |L(w + εd) - L(w) - ε·g·d| when ε is halved: 2 for the right gradient g. NaN where the loss
        /// is linear along d, to rounding.
        Rate: float
        /// The same of |L(w + εd) - L(w)|, the gradient taken as 0: 1, unless the loss is flat along d.
        RateWithoutGradient: float
        /// The smallest step with remainders above rounding.
        Step: float
        /// No kink lies between the greatest step and w; elsewhere the rates mean nothing and are not checked.
        IsSmooth: bool
        /// Whether the rate is that of a right gradient.
        Passed: bool
    }

    /// As in: layers.0.weight: rate 2 with the gradient, 1 without.
    override rate.ToString() =
        (rate.Tensor
         + ": rate "
         + (Text.short rate.Rate)
         + " with the gradient, "
         + (Text.short rate.RateWithoutGradient)
         + " without")

/// The outcome of a gradient check.
type GradientReport =
    {
        /// Whether every tensor and every rate passed, and the two passes agree.
        Passed: bool
        /// The loss, penalties included, as the engine computes it.
        Loss: float
        /// |engine - reference| / max(1, |reference|)
        LossError: float
        /// Two backward passes gave the same bits.
        IsRepeatable: bool
        /// The tensors in the order of the parameters.
        Tensors: TensorCheck list
        /// Empty unless asked for.
        Taylor: TaylorRate list
    }

    /// The greatest ‖analytic - exact‖ / ‖exact‖ of a tensor that passes.
    static member ExactTolerance: float = Tolerance.Exact

    /// The greatest ‖analytic - numeric‖ / ‖numeric‖ of a tensor that passes.
    static member NumericTolerance: float = Tolerance.Numeric

    /// A tensor with less than this part of the whole gradient's norm is measured by that part.
    static member FloorShare: float = Tolerance.Floor

    /// The share of numbers beside a kink up to which a check has no warning.
    static member UsualKinkedShare: float = Tolerance.Kinked

    /// The greatest of the tensors' errors against the exact gradient.
    member report.ExactError: float = report.Tensors |> List.map _.ExactError |> List.fold max 0.0

    /// The greatest of the tensors' errors against difference quotients.
    member report.NumericError: float = report.Tensors |> List.map _.NumericError |> List.fold max 0.0

    /// The share of the numbers checked that lie beside a kink: exact gradients check them, difference quotients hardly.
    member report.KinkedShare: float =
        let count (of': TensorCheck -> int) = float (List.sumBy of' report.Tensors)
        count _.Kinked / max 1.0 (count _.Checked)

    /// What weakens the check without failing it, a line each.
    member report.Warnings: string list =
        [ if report.KinkedShare > Tolerance.Kinked then
              $"{100.0 * report.KinkedShare:f1} %% of the numbers lie beside kinks: no failure, for the exact gradient checks those "
              + $"(up to {100.0 * Tolerance.Kinked:f0} %% are usual; other rows or another seed may help)" ]

    /// What failed, a line each; empty if all passed.
    member report.Failures: string list =
        [ if not (report.LossError <= Tolerance.Loss) then
              $"the loss differs from the reference by {report.LossError:g2}"
          if not report.IsRepeatable then
              "two backward passes differ"
          for tensor in report.Tensors do
              if not tensor.Passed then
                  let worst = tensor.Worst

                  $"{tensor.Name}: exact {tensor.ExactError:g2}, numeric {tensor.NumericError:g2}, "
                  + $"worst at ({worst.Row}, {worst.Col}): {worst.Analytic:g17}, exact {worst.Exact:g17}, numeric {worst.Numeric:g17}"
          for rate in report.Taylor do
              if not rate.Passed then
                  $"{rate.Tensor}: Taylor rates {rate.Rate:f3} and {rate.RateWithoutGradient:f3}" ]

    /// As in: passed: 4 tensors, exact 1E-16, numeric 2E-10.
    override report.ToString() =
        let outcome, tensors = (if report.Passed then "passed" else "failed"), Text.count report.Tensors.Length "tensor"

        (outcome
         + ": "
         + tensors
         + ", exact "
         + (Text.short report.ExactError)
         + ", numeric "
         + (Text.short report.NumericError))
