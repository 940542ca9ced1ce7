namespace NeuralNetwork

open System
open NeuralNetwork.Maths

/// What the numbers of a description may be, each range in one place: what makes a description and what reads one from a
/// file refuse the same, in the same words. Nothing here says where: the face adds the argument, the reader the field.
module internal Ranges =

    /// What has a name in files may be what its name reads back as: the parser of names has the ranges.
    let private readsBack (name: 'Value -> string) (parse: string -> Result<'Value, string>) (value: 'Value) =
        match parse (name value) with
        | Ok _ -> None
        | Error words -> Some words

    /// What is wrong with the parameter of an activation, if anything.
    let activation (activation: Activation) : string option = readsBack Activation.name Activation.parse activation

    /// What is wrong with the parameters of a loss, if anything.
    let loss (loss: Loss) : string option = readsBack Loss.name Loss.parse loss

    /// What is wrong with the number of an initializer, if anything.
    let initializer (initializer: Initializer) : string option =
        match initializer with
        | Initializer.Constant x
        | Initializer.Scaled(x, _, _)
        | Initializer.Orthogonal x
        | Initializer.Uniform x
        | Initializer.Normal x when Double.IsNaN x -> Some "an initializer with the number NaN"
        | _ -> readsBack Initializer.name Initializer.parse initializer

    /// What is wrong with the slope that a PReLU begins with, if anything.
    let start (start: float) : string option =
        if Double.IsFinite start then None else Some "the start of prelu must be a finite number"

    /// What is wrong with a rate of dropout, if anything.
    let dropout (rate: float) : string option =
        if rate >= 0.0 && rate < 1.0 then None else Some $"{Text.number rate} (must lie in [0, 1))"

    /// What is wrong with the settings of a batch norm, if anything: which of them, and what was found.
    let batchNorm (settings: BatchNorm) : (string * string) option =
        let { Epsilon = epsilon; Decay = decay } = settings

        if not (epsilon >= 0.0 && Double.IsFinite epsilon) then
            Some("epsilon", $"{Text.number epsilon} (must not be below 0)")
        elif not (decay >= 0.0 && decay < 1.0) then
            Some("decay", $"{Text.number decay} (must lie in [0, 1))")
        else
            None

    /// Refuses a thing for one of its numbers, an argument of the caller's.
    let demand (name: string) (x: 'Number) (found: string option) : unit =
        match found with
        | Some words -> raise (ArgumentOutOfRangeException(name, box x, words))
        | None -> ()

    /// The same where the number is in an interval or not.
    let demandIn (range: Interval) (name: string) (x: float) : unit =
        if not (range.Holds x) then
            raise (ArgumentOutOfRangeException(name, box x, $"{Text.number x} (must be finite and {range.Words})"))

    /// Refuses what is null.
    let notNull (name: string) (value: 'Value) : unit = ArgumentNullException.ThrowIfNull(box value, name)
