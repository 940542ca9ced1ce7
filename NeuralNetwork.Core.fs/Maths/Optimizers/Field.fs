namespace NeuralNetwork.Maths

/// The value of one setting of an optimizer.
[<RequireQualifiedAccess>]
type Setting =
    /// A number, as β or ε
    | Number of Number: float
    /// Whether a variant is meant
    | Flag of Flag: bool
    /// Where ε stands
    | Placement of Placement: EpsilonPlacement

    /// As in: 0.9; true; outside.
    override setting.ToString() =
        match setting with
        | Setting.Number number -> Text.number number
        | Setting.Flag flag -> if flag then "true" else "false"
        | Setting.Placement placement -> string placement

/// A setting of an optimizer as users meet it.
type OptimizerSetting =
    {
        /// As in the option of the command line, which is the argument for C# in other letters: rate-in-buffer.
        Name: string
        /// What it does, in a few words.
        Meaning: string
        /// What it is.
        Value: Setting
    }

    /// As in: beta1 0.9.
    override setting.ToString() = $"{setting.Name} {string setting.Value}"

/// A setting as a field of the record of an optimizer's settings: its name, what it does, how it is read, and the same
/// settings with another value, or what is wrong with that value.
[<RequireQualifiedAccess>]
type internal Field<'Settings> =
    { Name: string
      Meaning: string
      Get: 'Settings -> Setting
      With: Setting -> 'Settings -> Result<'Settings, string> }

module internal Field =

    let private anotherKind<'Settings> : Result<'Settings, string> = Error "has another kind of value"

    let number
        (name: string)
        (meaning: string)
        (range: Interval)
        (get: 'Settings -> float)
        (put: float -> 'Settings -> 'Settings)
        : Field<'Settings> =
        { Name = name
          Meaning = meaning
          Get = get >> Setting.Number
          With =
            fun value settings ->
                match value with
                | Setting.Number x when range.Holds x -> Ok(put x settings)
                | Setting.Number x -> Error $"{Text.number x} (must be {range.Words})"
                | _ -> anotherKind }

    let flag
        (name: string)
        (meaning: string)
        (get: 'Settings -> bool)
        (put: bool -> 'Settings -> 'Settings)
        : Field<'Settings> =
        { Name = name
          Meaning = meaning
          Get = get >> Setting.Flag
          With =
            fun value settings ->
                match value with
                | Setting.Flag x -> Ok(put x settings)
                | _ -> anotherKind }

    let placement
        (get: 'Settings -> EpsilonPlacement)
        (put: EpsilonPlacement -> 'Settings -> 'Settings)
        : Field<'Settings> =
        { Name = "epsilon-placement"
          Meaning = "Where epsilon stands: outside the root, inside, hat"
          Get = get >> Setting.Placement
          With =
            fun value settings ->
                match value with
                | Setting.Placement x -> Ok(put x settings)
                | _ -> anotherKind }

    // Settings that several optimizers have ---------------------------------------------------------------------------

    let momentum get put : Field<'Settings> =
        number "momentum" "Share of the last step that is kept" Interval.share get put

    let rateInBuffer get put : Field<'Settings> =
        flag "rate-in-buffer" "Whether the momentum remembers steps instead of gradients" get put

    let rho get put : Field<'Settings> = number "rho" "Decay of the mean squares" Interval.share get put
    let beta1 get put : Field<'Settings> = number "beta1" "Decay of the first moment" Interval.share get put
    let beta2 get put : Field<'Settings> = number "beta2" "Decay of the second moment" Interval.share get put
    let epsilon get put : Field<'Settings> = number "epsilon" "What keeps the divisor from 0" Interval.above0 get put

    /// The name of a decoupled decay of the weights, λ: whatever optimizer has it, w -= α·λ·w stands before its step.
    [<Literal>]
    let WeightDecay = "weight-decay"

    let weightDecay get put : Field<'Settings> =
        number WeightDecay "Share of the weights that is taken away, times the rate" Interval.atLeast0 get put
