namespace NeuralNetwork.Analysis

open System
open System.Collections.Generic
open System.Globalization
open NeuralNetwork.Verification

/// What the check of a gradient found.
[<Sealed>]
type GradientFindings internal (report: GradientReport) =

    /// Whether every tensor's gradient is within the tolerance.
    member _.Passed: bool = report.Passed

    /// The greatest error of a tensor against exact derivatives (dual numbers), relative to its norm.
    member _.ExactError: float = report.ExactError

    /// The greatest error of a tensor against difference quotients, relative to its norm.
    member _.NumericError: float = report.NumericError

    /// The loss of the rows, penalties included.
    member _.Loss: float = report.Loss

    /// What failed, a line each.
    member _.Failures: IReadOnlyList<string> = List.toArray report.Failures

    /// What weakens the check without failing it, a line each.
    member _.Warnings: IReadOnlyList<string> = List.toArray report.Warnings

    /// Everything that was compared.
    member _.Report: GradientReport = report

    /// As in: passed: within 1.2E-15 of exact gradients and 3.4E-9 of differences; or what failed.
    override _.ToString() =
        let error (x: float) = x.ToString("0.0E+0", CultureInfo.InvariantCulture)

        if report.Passed then
            ("passed: within "
             + (error report.ExactError)
             + " of exact gradients and "
             + (error report.NumericError)
             + " of differences")
        else
            $"""failed: {String.Join("; ", report.Failures)}"""
