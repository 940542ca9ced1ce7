namespace NeuralNetwork

open System

/// The learning rate as a pure function of the step.
[<RequireQualifiedAccess>]
type Schedule =
    /// The same rate at every step.
    | Constant of Rate: float
    /// From Rate down to 0 along half a cosine over Steps steps, then 0 (Loshchilov and Hutter 2017, without restarts).
    | Cosine of Rate: float * Steps: int

module Schedule =

    /// The rate of a step; the first step is number 1.
    let at (step: int) (schedule: Schedule) : float =
        match schedule with
        | Schedule.Constant rate -> rate
        | Schedule.Cosine(rate, steps) ->
            let progress = min 1.0 (float (step - 1) / float steps)
            0.5 * rate * (1.0 + cos (Math.PI * progress))

    /// The rate a schedule is named by: the highest one.
    let rate (schedule: Schedule) : float =
        match schedule with
        | Schedule.Constant rate
        | Schedule.Cosine(rate, _) -> rate

    /// Names as users write them.
    let name (schedule: Schedule) : string =
        match schedule with
        | Schedule.Constant _ -> "constant"
        | Schedule.Cosine _ -> "cosine"

    /// The name of every schedule with the way to make it from a rate and a number of steps.
    let all: (string * (float -> int -> Schedule)) list =
        [ "constant", (fun rate _ -> Schedule.Constant rate)
          "cosine", (fun rate steps -> Schedule.Cosine(rate, steps)) ]

    /// Reads a name; the error says what was expected.
    let parse (rate: float) (steps: int) (text: string) : Result<Schedule, string> =
        Text.choose "schedule" all text |> Result.map (fun make -> make rate steps)
