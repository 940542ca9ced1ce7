namespace NeuralNetwork

open System.Numerics

/// The elementwise function after a dense layer.
[<RequireQualifiedAccess>]
type Activation =
    /// f(x) = x
    | Identity
    /// f(x) = max(x, 0). The derivative at 0 is taken as 0.
    | ReLU
    /// f(x) = x for x > 0, slope·x elsewhere. Frameworks differ in the default slope: PyTorch 0.01, Keras 0.2 or 0.3.
    | LeakyReLU of Slope: float
    /// f(x) = 1 / (1 + e⁻ˣ)
    | Sigmoid
    /// f(x) = tanh x
    | Tanh

/// An activation as formulas on lanes.
type IActivation<'T> =
    /// y = f(x)
    abstract Value: x: Lane<'T> -> Lane<'T>
    /// f'(x), from x or from y = f(x), whichever is cheaper
    abstract Slope: x: Lane<'T> * y: Lane<'T> -> Lane<'T>

[<Struct>]
type IdentityFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = x
        member _.Slope(_, _) = Lane<'T>.One

[<Struct>]
type ReLUFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Vector.Max(x, Lane<'T>.Zero)
        member _.Slope(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One Lane<'T>.Zero

[<Struct>]
type LeakyReLUFormula<'T> =
    { Leak: Lane<'T> }

    interface IActivation<'T> with
        member a.Value x = Lane.whereGreater x Lane<'T>.Zero x (a.Leak * x)
        member a.Slope(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One a.Leak

[<Struct>]
type SigmoidFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.sigmoid x
        member _.Slope(_, y) = y * (Lane<'T>.One - y)

[<Struct>]
type TanhFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.tanh x
        member _.Slope(_, y) = Lane<'T>.One - y * y

/// Does something with an activation's formula whose type the compiler knows, so that loops are specialised to it.
type IActivationVisitor<'T, 'Result> =
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> : formula: 'Formula -> 'Result

module Activation =

    /// The one table from the name of an activation to its formula.
    let visit<'T, 'Result> (visitor: IActivationVisitor<'T, 'Result>) (activation: Activation) : 'Result =
        match activation with
        | Activation.Identity -> visitor.Visit(IdentityFormula<'T>())
        | Activation.ReLU -> visitor.Visit(ReLUFormula<'T>())
        | Activation.LeakyReLU slope -> visitor.Visit { Leak = Lane.create<'T> slope }
        | Activation.Sigmoid -> visitor.Visit(SigmoidFormula<'T>())
        | Activation.Tanh -> visitor.Visit(TanhFormula<'T>())

    /// True when f' is known from y = f(x) alone, so that y may take the place of x in memory.
    let slopeFromOutput (activation: Activation) : bool =
        match activation with
        | Activation.Identity
        | Activation.ReLU
        | Activation.Sigmoid
        | Activation.Tanh -> true
        | Activation.LeakyReLU slope -> slope > 0.0 // then y has the sign of x

    /// Names as users write them; a parameter follows a colon, as in leaky-relu:0.1.
    let name (activation: Activation) : string =
        match activation with
        | Activation.Identity -> "identity"
        | Activation.ReLU -> "relu"
        | Activation.LeakyReLU slope -> $"leaky-relu:{Text.number slope}"
        | Activation.Sigmoid -> "sigmoid"
        | Activation.Tanh -> "tanh"

    /// Every activation in its default form, in the order of the documentation.
    let all: Activation list =
        [ Activation.Identity
          Activation.ReLU
          Activation.LeakyReLU 0.01
          Activation.Sigmoid
          Activation.Tanh ]

    /// Reads a name; the error says what was expected.
    let parse (text: string) : Result<Activation, string> =
        match Text.split text with
        | "leaky-relu", Some slope when slope >= 0.0 && slope < 1.0 -> Ok(Activation.LeakyReLU slope)
        | "leaky-relu", Some _ -> Error "the slope of leaky-relu must lie in [0, 1)"
        | word, None -> Text.choose "activation" (all |> List.map (fun a -> fst (Text.split (name a)), a)) word
        | word, Some _ -> Error $"'{word}' takes no parameter"
