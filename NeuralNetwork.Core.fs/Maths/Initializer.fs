namespace NeuralNetwork.Maths

/// The number of connections that sets an initializer's scale: into a unit, or the mean of those in and out.
[<RequireQualifiedAccess>]
type Fan =
    /// The connections into a unit
    | In
    /// The mean of the connections into a unit and out of it
    | Average

    /// As in: connections into a unit.
    override fan.ToString() =
        match fan with
        | Fan.In -> "connections into a unit"
        | Fan.Average -> "mean of the connections into a unit and out of it"

/// The shape of an initializer's distribution, always with mean 0.
[<RequireQualifiedAccess>]
type Distribution =
    /// Normal, not cut
    | Normal
    /// The same density everywhere between two bounds
    | Uniform
    /// Normal, cut at twice its own deviation, which is chosen larger so that the cut distribution has the deviation
    /// asked for: Keras since 2.2, where "normal" initializers mean this one
    | TruncatedNormal
    /// Normal, cut at twice its deviation without that correction, so that the weights have only 0.88 of the deviation
    /// asked for: Keras up to 2.1
    | UncorrectedTruncatedNormal

    /// As in: uniform; truncated normal.
    override distribution.ToString() =
        match distribution with
        | Distribution.Normal -> "normal"
        | Distribution.Uniform -> "uniform"
        | Distribution.TruncatedNormal -> "truncated normal"
        | Distribution.UncorrectedTruncatedNormal -> "truncated normal, not corrected"

namespace NeuralNetwork

open NeuralNetwork.Maths

/// How the weights of a dense layer begin. Biases begin at 0 but for PyTorch's default.
[<RequireQualifiedAccess>]
type Initializer =
    /// All zeros: units of a layer stay alike for ever, which is what it is there to show.
    | Zeros
    /// The same number everywhere.
    | Constant of Value: float
    /// Variance Gain / fan. He 2015: gain 2, fan in; Glorot 2010: gain 1, average fan; LeCun 1998: gain 1, fan in.
    | Scaled of Gain: float * Fan: Fan * Distribution: Distribution
    /// N(0, Deviation²) whatever the size of the layer; Keras's RandomNormal has 0.05.
    | Normal of Deviation: float
    /// U(-Bound, Bound) whatever the size of the layer; Keras's RandomUniform has 0.05.
    | Uniform of Bound: float
    /// Gain times a random matrix with orthonormal rows (columns, if the layer has more units than inputs):
    /// Saxe, McClelland and Ganguli 2013.
    | Orthogonal of Gain: float
    /// U(-b, b) with b = 1 / √inputs for weights and biases: the default of PyTorch's Linear.
    | Torch

    /// As in: normal, of variance 2 by the connections into a unit.
    override initializer.ToString() =
        match initializer with
        | Initializer.Zeros -> "zeros"
        | Initializer.Constant value -> $"{Text.number value} everywhere"
        | Initializer.Scaled(gain, fan, distribution) ->
            string distribution + ", of variance " + Text.number gain + " by the " + string fan
        | Initializer.Normal deviation -> $"normal, of deviation {Text.number deviation}"
        | Initializer.Uniform bound -> $"uniform within {Text.number bound} of 0"
        | Initializer.Orthogonal gain -> $"orthogonal, times {Text.number gain}"
        | Initializer.Torch -> "uniform within 1 / √inputs of 0, biases too"

    /// He, Zhang, Ren and Sun 2015, for ReLU.
    static member heNormal: Initializer = Initializer.Scaled(2.0, Fan.In, Distribution.Normal)
    /// The same variance, uniform (He et al. 2015).
    static member heUniform: Initializer = Initializer.Scaled(2.0, Fan.In, Distribution.Uniform)

    /// Glorot and Bengio 2010, for tanh and sigmoid.
    static member glorotNormal: Initializer = Initializer.Scaled(1.0, Fan.Average, Distribution.Normal)
    /// The same variance, uniform (Glorot and Bengio 2010).
    static member glorotUniform: Initializer = Initializer.Scaled(1.0, Fan.Average, Distribution.Uniform)

    /// LeCun, Bottou, Orr and Müller 1998, for SELU and linear units.
    static member lecunNormal: Initializer = Initializer.Scaled(1.0, Fan.In, Distribution.Normal)
    /// The same variance, uniform (LeCun et al. 1998).
    static member lecunUniform: Initializer = Initializer.Scaled(1.0, Fan.In, Distribution.Uniform)

/// The names of initializers, and the distributions that they draw from.
module internal InitializerForms =

    /// The standard deviation of a standard normal distribution cut at ±2.
    [<Literal>]
    let CutDeviation = 0.87962566103423978

    /// What stands before the name of a normal initializer that is cut.
    let cuts =
        [ "truncated-", Distribution.TruncatedNormal
          "uncorrected-truncated-", Distribution.UncorrectedTruncatedNormal ]

    let cutForms (forms: (string * Initializer) list) =
        [ for prefix, distribution in cuts do
              for name, initializer in forms do
                  match initializer with
                  | Initializer.Scaled(gain, fan, Distribution.Normal) ->
                      prefix + name, Initializer.Scaled(gain, fan, distribution)
                  | _ -> () ]

    let plain: (string * Initializer) list =
        [ "he-normal", Initializer.heNormal
          "he-uniform", Initializer.heUniform
          "glorot-normal", Initializer.glorotNormal
          "glorot-uniform", Initializer.glorotUniform
          "lecun-normal", Initializer.lecunNormal
          "lecun-uniform", Initializer.lecunUniform
          "orthogonal", Initializer.Orthogonal 1.0
          "torch", Initializer.Torch
          "uniform", Initializer.Uniform 0.05
          "normal", Initializer.Normal 0.05
          "zeros", Initializer.Zeros ]

    /// The one table of names.
    let all: (string * Initializer) list = plain @ cutForms plain

    /// The forms with a number of the user's own above 0, as in scaled-in-normal:1.5 and normal:0.01.
    let parametrised: (string * (float -> Initializer)) list =
        [ "scaled-in-", Fan.In; "scaled-average-", Fan.Average ]
        |> List.collect (fun (prefix, fan) ->
            [ "normal", Distribution.Normal
              "uniform", Distribution.Uniform
              "truncated-normal", Distribution.TruncatedNormal
              "uncorrected-truncated-normal", Distribution.UncorrectedTruncatedNormal ]
            |> List.map (fun (name, distribution) ->
                prefix + name, (fun gain -> Initializer.Scaled(gain, fan, distribution))))
        |> List.append
            [ "orthogonal", Initializer.Orthogonal
              "uniform", Initializer.Uniform
              "normal", Initializer.Normal ]

    /// A normal number that lies within ±2: the quantile of a uniform number between Φ(-2) and Φ(2).
    let cutNormal (key: Key) (index: uint64) : float =
        let below = 0.022750131948179207
        Random.normalQuantile (below + (1.0 - 2.0 * below) * Random.uniform key index)

    /// A uniform number on (-1, 1).
    let symmetric (key: Key) (index: uint64) : float = 2.0 * Random.uniform key index - 1.0

    /// A uniform number on ±1/√inputs, as PyTorch draws weights and biases.
    let torch (inputs: int) (key: Key) (index: uint64) : float = symmetric key index / sqrt (float inputs)

    /// units x inputs numbers in row-major order
    let orthogonal (inputs: int) (units: int) (key: Key) : uint64 -> float =
        let entry row col = Random.normal key (uint64 row * uint64 (max inputs units) + uint64 col)
        let rows = Orthogonal.rows (min inputs units) (max inputs units) entry

        fun index ->
            let unit, input = int (index / uint64 inputs), int (index % uint64 inputs)
            if units <= inputs then rows[unit][input] else rows[input][unit]

// Names, samples and documentation of initializers.
type Initializer with

    /// The one table of names.
    static member all: (string * Initializer) list = InitializerForms.all

    /// The name of an initializer.
    static member name(initializer: Initializer) : string =
        let withNumber number =
            let form, _ = InitializerForms.parametrised |> List.find (fun (_, make) -> make number = initializer)
            $"{form}:{Text.number number}"

        match List.tryFind (fun (_, known) -> known = initializer) InitializerForms.all, initializer with
        | Some(name, _), _ -> name
        | None, Initializer.Constant value -> $"constant:{Text.number value}"
        | None, Initializer.Zeros -> "zeros"
        | None, Initializer.Torch -> "torch"
        | None, Initializer.Scaled(number, _, _)
        | None, Initializer.Orthogonal number
        | None, Initializer.Uniform number
        | None, Initializer.Normal number -> withNumber number

    /// Reads a name; the error says what was expected.
    static member parse(text: string) : Result<Initializer, string> =
        match Text.split text with
        | "constant", Some value when System.Double.IsFinite value -> Ok(Initializer.Constant value)
        | "constant", _ -> Error "constant needs a number, as in constant:0.1"
        | word, None -> Text.choose "initializer" InitializerForms.all word
        | word, Some number when number > 0.0 && number < infinity ->
            Text.choose "initializer" InitializerForms.parametrised word |> Result.map (fun make -> make number)
        | word, Some _ -> Error $"the number after {word} must be above 0"

    /// The standard deviation of the weights of a layer with so many inputs and units.
    static member deviation (inputs: int) (units: int) (initializer: Initializer) : float =
        let scaled gain fan =
            match fan with
            | Fan.In -> sqrt (gain / float inputs)
            | Fan.Average -> sqrt (gain / (0.5 * float (inputs + units)))

        match initializer with
        | Initializer.Zeros
        | Initializer.Constant _ -> 0.0
        | Initializer.Scaled(gain, fan, Distribution.UncorrectedTruncatedNormal) ->
            InitializerForms.CutDeviation * scaled gain fan
        | Initializer.Scaled(gain, fan, _) -> scaled gain fan
        | Initializer.Normal deviation -> deviation
        | Initializer.Uniform bound -> bound / sqrt 3.0
        | Initializer.Orthogonal gain -> gain / sqrt (float (max inputs units))
        | Initializer.Torch -> sqrt (1.0 / (3.0 * float inputs))

    /// The weight at a place of the stream of a key, for a layer with so many inputs and units.
    /// A uniform number on ±√3·σ has standard deviation σ.
    static member sample (inputs: int) (units: int) (initializer: Initializer) (key: Key) : uint64 -> float =
        let sigma = Initializer.deviation inputs units initializer

        match initializer with
        | Initializer.Zeros -> fun _ -> 0.0
        | Initializer.Constant value -> fun _ -> value
        | Initializer.Normal _
        | Initializer.Scaled(_, _, Distribution.Normal) -> fun index -> sigma * Random.normal key index
        | Initializer.Uniform bound -> fun index -> bound * InitializerForms.symmetric key index
        | Initializer.Torch -> InitializerForms.torch inputs key
        | Initializer.Scaled(_, _, Distribution.Uniform) ->
            fun index -> sigma * sqrt 3.0 * InitializerForms.symmetric key index
        | Initializer.Scaled(_, _, (Distribution.TruncatedNormal | Distribution.UncorrectedTruncatedNormal)) ->
            fun index -> sigma / InitializerForms.CutDeviation * InitializerForms.cutNormal key index
        | Initializer.Orthogonal gain ->
            let entry = InitializerForms.orthogonal inputs units key
            fun index -> gain * entry index

    /// The bias at a place of the stream of a key, another one than the weights': 0 but for PyTorch's default.
    static member bias (inputs: int) (initializer: Initializer) (key: Key) : uint64 -> float =
        match initializer with
        | Initializer.Torch -> InitializerForms.torch inputs key
        | _ -> fun _ -> 0.0

    /// What a reader wants to know of the choice by the activation behind a layer.
    static member automaticNote: FormulaNote = InitializerNotes.automatic

    /// What a reader wants to know of every initializer, in the order of the documentation.
    static member notes: FormulaNote list = InitializerNotes.all

    /// What a reader wants to know of the initializer of a name, with that name.
    static member note(name: string) : FormulaNote = InitializerNotes.note name
