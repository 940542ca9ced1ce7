namespace NeuralNetwork

open System
open System.Numerics

/// The elementwise function after a dense layer. Derivatives at kinks are those of the left side: 0 at 0 for ReLU.
/// Softmax is none of them, for it couples the numbers of a row, and neither is PReLU, which learns: both are layers.
[<RequireQualifiedAccess>]
type Activation =
    /// f(x) = x
    | Identity
    /// f(x) = max(x, 0). The derivative at 0 is taken as 0.
    | ReLU
    /// f(x) = x for x > 0, slope·x elsewhere. Frameworks differ in the default slope: PyTorch 0.01, Keras 0.2 or 0.3.
    | LeakyReLU of Slope: float
    /// f(x) = x for x > 0, α·(eˣ - 1) elsewhere (Clevert, Unterthiner and Hochreiter 2015; α = 1 in every framework).
    /// The derivative at 0 is taken as α.
    | ELU of Alpha: float
    /// f(x) = λ·x for x > 0, λ·α·(eˣ - 1) elsewhere (Klambauer, Unterthiner, Mayr and Hochreiter 2017), where λ and α
    /// make mean 0 and variance 1 a fixed point. The derivative at 0 is taken as λ·α.
    | SELU
    /// f(x) = x·Φ(x) with the normal distribution function Φ (Hendrycks and Gimpel 2016), exact as in PyTorch and Keras 3
    | GELU
    /// f(x) = ½x·(1 + tanh(√(2/π)·(x + 0.044715 x³))), the approximation of the same paper
    | GELUTanh
    /// f(x) = x·σ(x) (Elfwing, Uchibe and Doya 2017), also known as swish
    | SiLU
    /// f(x) = x·tanh(softplus x) (Misra 2019)
    | Mish
    /// f(x) = log(1 + eˣ)
    | Softplus
    /// f(x) = x / (1 + |x|)
    | Softsign
    /// f(x) = tanh x
    | Tanh
    /// f(x) = 1 / (1 + e⁻ˣ)
    | Sigmoid
    /// f(x) = min(max(x + 3, 0), 6) / 6, as PyTorch and Keras 3; Keras 1 and 2 had min(max(0.2 x + 0.5, 0), 1).
    /// The derivative at ±3 is taken as 0.
    | HardSigmoid
    /// f(x) = min(max(x, -1), 1). The derivative at ±1 is taken as 0, as in PyTorch.
    | HardTanh
    /// f(x) = eˣ: what turns the output of a Poisson regression into a rate
    | Exponential

/// An activation as formulas on lanes.
type internal IActivation<'T> =
    /// y = f(x)
    abstract Value: x: Lane<'T> -> Lane<'T>
    /// f'(x), from x or from y = f(x), whichever is cheaper
    abstract Slope: x: Lane<'T> * y: Lane<'T> -> Lane<'T>

[<Struct>]
type internal IdentityFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = x
        member _.Slope(_, _) = Lane<'T>.One

[<Struct>]
type internal ReLUFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Vector.Max(x, Lane<'T>.Zero)
        member _.Slope(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One Lane<'T>.Zero

[<Struct>]
type internal LeakyReLUFormula<'T> =
    { Leak: Lane<'T> }

    interface IActivation<'T> with
        member a.Value x = Lane.whereGreater x Lane<'T>.Zero x (a.Leak * x)
        member a.Slope(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One a.Leak

/// f'(x) = α·eˣ = y + α on the left: exact to a rounding of α, and without another exponential.
[<Struct>]
type internal ELUFormula<'T> =
    { Alpha: float }

    interface IActivation<'T> with
        member a.Value x =
            let alpha = a.Alpha
            Lane.throughDouble (fun d -> Elementary.elu alpha d) x

        member a.Slope(_, y) = Lane.whereGreater y Lane<'T>.Zero Lane<'T>.One (y + Lane.create<'T> a.Alpha)

/// As ELU, with λ and λ·α from the paper's appendix.
[<Struct>]
type internal SELUFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.throughDouble (fun d -> Elementary.selu d) x

        member _.Slope(_, y) =
            let left = y + Lane.create<'T> Elementary.SeluLeft
            Lane.whereGreater y Lane<'T>.Zero (Lane.create<'T> Elementary.SeluRight) left

[<Struct>]
type internal GELUFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.throughDouble (fun d -> Gate.gelu d) x
        member _.Slope(x, _) = Lane.throughDouble (fun d -> Gate.geluSlope d) x

[<Struct>]
type internal GELUTanhFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.throughDouble (fun d -> Gate.geluTanh d) x
        member _.Slope(x, _) = Lane.throughDouble (fun d -> Gate.geluTanhSlope d) x

[<Struct>]
type internal SiLUFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.throughDouble (fun d -> Gate.silu d) x
        member _.Slope(x, _) = Lane.throughDouble (fun d -> Gate.siluSlope d) x

[<Struct>]
type internal MishFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.throughDouble (fun d -> Gate.mish d) x
        member _.Slope(x, _) = Lane.throughDouble (fun d -> Gate.mishSlope d) x

/// f'(x) = σ(x) = 1 - e⁻ʸ, with no loss on either side.
[<Struct>]
type internal SoftplusFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.softplus x
        member _.Slope(_, y) = -(Lane.expm1 -y)

/// f'(x) = 1 / (1 + |x|)², squared after the division so that it cannot overflow.
[<Struct>]
type internal SoftsignFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.throughDouble (fun d -> Elementary.softsign d) x

        member _.Slope(x, _) =
            let r = Lane<'T>.One / (Lane<'T>.One + Vector.Abs x)
            r * r

[<Struct>]
type internal TanhFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.tanh x
        member _.Slope(_, y) = Lane<'T>.One - y * y

[<Struct>]
type internal SigmoidFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.sigmoid x
        member _.Slope(_, y) = y * (Lane<'T>.One - y)

[<Struct>]
type internal HardSigmoidFormula<'T> =
    interface IActivation<'T> with
        member _.Value x =
            let six = Lane.create<'T> 6.0
            Vector.Min(Vector.Max(x + Lane.create<'T> 3.0, Lane<'T>.Zero), six) / six

        member _.Slope(x, _) =
            let inside = Lane.create<'T>(1.0 / 6.0)
            Lane.whereGreater (Lane.create<'T> 3.0) (Vector.Abs x) inside Lane<'T>.Zero

[<Struct>]
type internal HardTanhFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Vector.Min(Vector.Max(x, -Lane<'T>.One), Lane<'T>.One)
        member _.Slope(_, y) = Lane.whereGreater Lane<'T>.One (Vector.Abs y) Lane<'T>.One Lane<'T>.Zero

[<Struct>]
type internal ExponentialFormula<'T> =
    interface IActivation<'T> with
        member _.Value x = Lane.exp x
        member _.Slope(_, y) = y

/// Does something with an activation's formula whose type the compiler knows, so that loops are specialised to it.
type internal IActivationVisitor<'T, 'Result> =
    abstract Visit<'Formula when 'Formula: struct and 'Formula :> IActivation<'T>> : formula: 'Formula -> 'Result

module Activation =

    /// The one table from an activation to its formula.
    let internal visit<'T, 'Result> (visitor: IActivationVisitor<'T, 'Result>) (activation: Activation) : 'Result =
        match activation with
        | Activation.Identity -> visitor.Visit(IdentityFormula<'T>())
        | Activation.ReLU -> visitor.Visit(ReLUFormula<'T>())
        | Activation.LeakyReLU slope -> visitor.Visit { Leak = Lane.create<'T> slope }
        | Activation.ELU alpha -> visitor.Visit({ Alpha = alpha }: ELUFormula<'T>)
        | Activation.SELU -> visitor.Visit(SELUFormula<'T>())
        | Activation.GELU -> visitor.Visit(GELUFormula<'T>())
        | Activation.GELUTanh -> visitor.Visit(GELUTanhFormula<'T>())
        | Activation.SiLU -> visitor.Visit(SiLUFormula<'T>())
        | Activation.Mish -> visitor.Visit(MishFormula<'T>())
        | Activation.Softplus -> visitor.Visit(SoftplusFormula<'T>())
        | Activation.Softsign -> visitor.Visit(SoftsignFormula<'T>())
        | Activation.Tanh -> visitor.Visit(TanhFormula<'T>())
        | Activation.Sigmoid -> visitor.Visit(SigmoidFormula<'T>())
        | Activation.HardSigmoid -> visitor.Visit(HardSigmoidFormula<'T>())
        | Activation.HardTanh -> visitor.Visit(HardTanhFormula<'T>())
        | Activation.Exponential -> visitor.Visit(ExponentialFormula<'T>())

    /// True when f' is known from y = f(x) alone, so that y may take the place of x in memory.
    let slopeFromOutput (activation: Activation) : bool =
        match activation with
        | Activation.Identity
        | Activation.ReLU
        | Activation.ELU _
        | Activation.SELU
        | Activation.Softplus
        | Activation.Tanh
        | Activation.Sigmoid
        | Activation.HardTanh
        | Activation.Exponential -> true
        | Activation.LeakyReLU slope -> slope > 0.0 // then y has the sign of x
        | _ -> false

    /// The one table of names, in the order of the documentation, each with the activation in its default form.
    let private table: (string * Activation) list =
        [ "identity", Activation.Identity
          "relu", Activation.ReLU
          "leaky-relu", Activation.LeakyReLU Defaults.LeakySlope
          "elu", Activation.ELU Defaults.ELUAlpha
          "selu", Activation.SELU
          "gelu", Activation.GELU
          "gelu-tanh", Activation.GELUTanh
          "silu", Activation.SiLU
          "mish", Activation.Mish
          "softplus", Activation.Softplus
          "softsign", Activation.Softsign
          "tanh", Activation.Tanh
          "sigmoid", Activation.Sigmoid
          "hard-sigmoid", Activation.HardSigmoid
          "hard-tanh", Activation.HardTanh
          "exponential", Activation.Exponential ]

    /// Every activation for hidden layers in its default form, in the order of the documentation. Exponentials of
    /// exponentials overflow: that one is for the end of a network.
    let all: Activation list = table |> List.map snd |> List.except [ Activation.Exponential ]

    /// Where the first or the second derivative jumps: what a central difference must not straddle.
    let kinks (activation: Activation) : float list =
        match activation with
        | Activation.ReLU
        | Activation.LeakyReLU _
        | Activation.ELU _
        | Activation.SELU
        | Activation.Softsign -> [ 0.0 ]
        | Activation.HardSigmoid -> [ -3.0; 3.0 ]
        | Activation.HardTanh -> [ -1.0; 1.0 ]
        | _ -> []

    /// Names as users write them; a parameter follows a colon, as in leaky-relu:0.1.
    let name (activation: Activation) : string =
        match activation with
        | Activation.LeakyReLU slope -> $"leaky-relu:{Text.number slope}"
        | Activation.ELU alpha -> $"elu:{Text.number alpha}"
        | plain -> table |> List.find (fun (_, known) -> known = plain) |> fst

    /// Reads a name, swish as silu; the error says what was expected.
    let parse (text: string) : Result<Activation, string> =
        match Text.split text with
        | "leaky-relu", Some slope when Double.IsNaN slope ->
            Error "the slope of leaky-relu is not a number (must lie in [0, 1))"
        | "leaky-relu", Some slope when slope >= 0.0 && slope < 1.0 -> Ok(Activation.LeakyReLU slope)
        | "leaky-relu", Some _ -> Error "the slope of leaky-relu must lie in [0, 1)"
        | "elu", Some alpha when alpha > 0.0 && alpha < infinity -> Ok(Activation.ELU alpha)
        | "elu", Some _ -> Error "the alpha of elu must be a number above 0"
        | "swish", None -> Ok Activation.SiLU
        | word, None -> Text.choose "activation" table word
        | word, Some _ -> Error $"'{word}' takes no parameter"
