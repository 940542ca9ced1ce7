namespace NeuralNetwork.Maths

/// The two moments of Adam and its relatives, a mean of gradients and a mean of squares, in words. Both begin at 0, and m̂ and
/// v̂ are corrected for that.
module internal Moments =

    /// Their names in a checkpoint.
    let slots: string list = [ "first_moment"; "second_moment" ]

    /// m and m̂
    let first: string = "m = β₁·m + (1 - β₁)·g,  m̂ = m / (1 - β₁ᵗ)"

    /// v
    let square: string = "v = β₂·v + (1 - β₂)·g²"

    /// v with a hat.
    let hat (v: string) : string = v + "\u0302"

    /// v̂ from v
    let corrected (v: string) : string = $"{hat v} = {v} / (1 - β₂ᵗ)"

    /// v, and v̂ where the step needs it.
    let second (placement: EpsilonPlacement) : string =
        if placement.IsHat then square else $"""{square},  {corrected "v"}"""

    /// α times a direction over √v̂. The ε-hat stands beside the uncorrected root, as Keras writes it.
    let over (direction: string) (v: string) (placement: EpsilonPlacement) : string =
        match placement with
        | EpsilonPlacement.Hat -> $"α·√(1 - β₂ᵗ)·{direction} / (√{v} + ε)"
        | EpsilonPlacement.Outside
        | EpsilonPlacement.Inside -> $"α·{direction} / {Denominator.words (hat v) placement}"
