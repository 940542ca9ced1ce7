namespace NeuralNetwork.Maths

open System.Numerics

// ε, which keeps a divisor from 0: its default, its places under and behind a root, and both in words.

/// Where ε stands in a denominator made of v, whose bias correction is c = 1 - β₂ᵗ (1 for rules without one).
[<RequireQualifiedAccess>]
type EpsilonPlacement =
    /// √(v/c) + ε: Adam's algorithm 1, PyTorch
    | Outside
    /// √(v/c + ε): optax's `eps_root`; Keras 3 for Adagrad and RMSprop
    | Inside
    /// (√v + ε) / √c: the reordered form below Adam's algorithm 1, whose ε acts like ε/√c; Keras
    | Hat

    /// As in: outside.
    override placement.ToString() =
        match placement with
        | EpsilonPlacement.Outside -> "outside"
        | EpsilonPlacement.Inside -> "inside"
        | EpsilonPlacement.Hat -> "hat"

type EpsilonPlacement with

    /// Every placement.
    static member all: EpsilonPlacement list =
        [ EpsilonPlacement.Outside; EpsilonPlacement.Inside; EpsilonPlacement.Hat ]

    /// Names as users write them.
    static member name(placement: EpsilonPlacement) : string = string placement

    /// Reads a name; the error says what was expected.
    static member parse(text: string) : Result<EpsilonPlacement, string> =
        Text.choose
            "placement of epsilon"
            (EpsilonPlacement.all |> List.map (fun placement -> EpsilonPlacement.name placement, placement))
            text

    /// Where a convention has it beside sums and means of squares without a bias correction: Adagrad, RMSprop.
    static member internal uncorrected(convention: Convention) : EpsilonPlacement =
        let outside, inside = EpsilonPlacement.Outside, EpsilonPlacement.Inside
        Convention.pick convention outside outside inside inside

/// √(v/c) with ε in any of its places: scale·√(v + inside) + outside.
[<Struct; RequireQualifiedAccess>]
type internal Denominator<'T> =
    {
        /// What the root is multiplied with.
        Scale: Lane<'T>
        /// ε under the root.
        Inside: Lane<'T>
        /// ε behind the root.
        Outside: Lane<'T>
    }

    /// For a v whose bias correction is c = 1 - βᵗ, or 1 for a v that has none.
    static member Of(placement: EpsilonPlacement, epsilon: float, c: float) : Denominator<'T> =
        let inside, outside =
            match placement with
            | EpsilonPlacement.Outside -> 0.0, epsilon
            | EpsilonPlacement.Inside -> epsilon * c, 0.0
            | EpsilonPlacement.Hat -> 0.0, epsilon / sqrt c

        { Scale = Lane.create (1.0 / sqrt c); Inside = Lane.create inside; Outside = Lane.create outside }

    /// 1, for every finite v.
    static member One: Denominator<'T> = { Scale = Lane<'T>.Zero; Inside = Lane<'T>.Zero; Outside = Lane<'T>.One }

    member inline d.Of(v: Lane<'T>) : Lane<'T> = d.Scale * Vector.SquareRoot(v + d.Inside) + d.Outside

module internal Denominator =

    /// The ε of PyTorch and optax: Kingma and Ba 2015.
    [<Literal>]
    let Epsilon = 1e-8

    /// The ε of a convention where an optimizer has no other.
    let epsilon (convention: Convention) : float = Convention.pick convention Epsilon 1e-7 1e-7 Epsilon

    /// √v with ε in its place, in words, where v has no bias correction.
    let words (v: string) (placement: EpsilonPlacement) : string =
        match placement with
        | EpsilonPlacement.Outside
        | EpsilonPlacement.Hat -> $"(√{v} + ε)"
        | EpsilonPlacement.Inside -> $"√({v} + ε)"
