namespace NeuralNetwork

/// The number of connections that sets an initializer's scale: into a unit, or the mean of those in and out.
[<RequireQualifiedAccess>]
type Fan =
    | In
    | Average

/// The shape of an initializer's distribution, always with mean 0.
[<RequireQualifiedAccess>]
type Distribution =
    | Normal
    | Uniform

/// How the weights of a dense layer begin. Biases begin at 0.
[<RequireQualifiedAccess>]
type Initializer =
    /// All zeros: units of a layer stay alike for ever, which is what it is there to show.
    | Zeros
    /// Variance Gain / fan. He 2015: gain 2, fan in; Glorot 2010: gain 1, average fan; LeCun 1998: gain 1, fan in.
    | Scaled of Gain: float * Fan: Fan * Distribution: Distribution

module Initializer =

    /// He, Zhang, Ren and Sun 2015, for ReLU.
    let heNormal = Initializer.Scaled(2.0, Fan.In, Distribution.Normal)
    let heUniform = Initializer.Scaled(2.0, Fan.In, Distribution.Uniform)

    /// Glorot and Bengio 2010, for tanh and sigmoid.
    let glorotNormal = Initializer.Scaled(1.0, Fan.Average, Distribution.Normal)
    let glorotUniform = Initializer.Scaled(1.0, Fan.Average, Distribution.Uniform)

    /// LeCun, Bottou, Orr and Müller 1998, for SELU and linear units.
    let lecunNormal = Initializer.Scaled(1.0, Fan.In, Distribution.Normal)
    let lecunUniform = Initializer.Scaled(1.0, Fan.In, Distribution.Uniform)

    /// The one table of names.
    let all: (string * Initializer) list =
        [ "he-normal", heNormal
          "he-uniform", heUniform
          "glorot-normal", glorotNormal
          "glorot-uniform", glorotUniform
          "lecun-normal", lecunNormal
          "lecun-uniform", lecunUniform
          "zeros", Initializer.Zeros ]

    /// The forms with a gain of the user's own, as in scaled-in-normal:1.5.
    let private scaled: (string * (Fan * Distribution)) list =
        [ "scaled-in-normal", (Fan.In, Distribution.Normal)
          "scaled-in-uniform", (Fan.In, Distribution.Uniform)
          "scaled-average-normal", (Fan.Average, Distribution.Normal)
          "scaled-average-uniform", (Fan.Average, Distribution.Uniform) ]

    /// The name of an initializer.
    let name (initializer: Initializer) : string =
        match List.tryFind (fun (_, known) -> known = initializer) all, initializer with
        | Some(name, _), _ -> name
        | None, Initializer.Zeros -> "zeros"
        | None, Initializer.Scaled(gain, fan, distribution) ->
            let form, _ = scaled |> List.find (fun (_, shape) -> shape = (fan, distribution))
            $"{form}:{Text.number gain}"

    /// Reads a name; the error says what was expected.
    let parse (text: string) : Result<Initializer, string> =
        match Text.split text with
        | word, None -> Text.choose "initializer" all word
        | word, Some gain when gain > 0.0 && gain < infinity ->
            Text.choose "initializer" scaled word
            |> Result.map (fun (fan, distribution) -> Initializer.Scaled(gain, fan, distribution))
        | word, Some _ -> Error $"the gain of {word} must be a number above 0"

    /// The standard deviation of the weights of a layer with so many inputs and units.
    let deviation (inputs: int) (units: int) (initializer: Initializer) : float =
        match initializer with
        | Initializer.Zeros -> 0.0
        | Initializer.Scaled(gain, Fan.In, _) -> sqrt (gain / float inputs)
        | Initializer.Scaled(gain, Fan.Average, _) -> sqrt (gain / (0.5 * float (inputs + units)))

    /// The weight at a place of the stream of a key, for a layer with so many inputs and units.
    /// A uniform number on ±√3·σ has standard deviation σ.
    let sample (inputs: int) (units: int) (initializer: Initializer) (key: Key) : uint64 -> float =
        let sigma = deviation inputs units initializer

        match initializer with
        | Initializer.Zeros -> fun _ -> 0.0
        | Initializer.Scaled(_, _, Distribution.Normal) -> fun index -> sigma * Random.normal key index
        | Initializer.Scaled(_, _, Distribution.Uniform) ->
            fun index -> sigma * sqrt 3.0 * (2.0 * Random.uniform key index - 1.0)
