namespace NeuralNetwork.Maths

open System

/// The numbers that a setting may be, in words and as a test. NaN is in none of them.
[<RequireQualifiedAccess>]
type internal Interval =
    {
        /// As behind "must be".
        Words: string
        Holds: float -> bool
    }

module internal Interval =

    let atLeast0: Interval = { Words = "at least 0"; Holds = fun x -> x >= 0.0 && Double.IsFinite x }
    let above0: Interval = { Words = "above 0"; Holds = fun x -> x > 0.0 && Double.IsFinite x }
    let above1: Interval = { Words = "above 1"; Holds = fun x -> x > 1.0 && Double.IsFinite x }

    /// [0, 1), as the part of an average that is kept.
    let share: Interval = { Words = "at least 0 and below 1"; Holds = fun x -> x >= 0.0 && x < 1.0 }

    /// (0, 1)
    let between0And1: Interval = { Words = "above 0 and below 1"; Holds = fun x -> x > 0.0 && x < 1.0 }
