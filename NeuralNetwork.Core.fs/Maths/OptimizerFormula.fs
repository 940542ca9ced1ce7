namespace NeuralNetwork

/// The formula of an optimizer in words of mathematics, made from the same settings as its rule: a switch that changes the
/// rule changes the text. One line for each quantity, in the order of computation. α is the learning rate, g the gradient,
/// t the step, the first being 1; m, v and u begin at 0 unless a line says otherwise.
module OptimizerFormula =

    /// √v with ε in its place, where v has no bias correction.
    let private root (v: string) (placement: EpsilonPlacement) =
        match placement with
        | EpsilonPlacement.Outside
        | EpsilonPlacement.Hat -> $"(√{v} + ε)"
        | EpsilonPlacement.Inside -> $"√({v} + ε)"

    let private mean = "m = β₁·m + (1 - β₁)·g,  m̂ = m / (1 - β₁ᵗ)"
    let private square = "v = β₂·v + (1 - β₂)·g²"
    let private hat (v: string) = v + "\u0302"
    let private corrected (v: string) = $"{hat v} = {v} / (1 - β₂ᵗ)"

    /// α times a direction over √v̂. The ε-hat stands beside the uncorrected root, as Keras writes it.
    let private over (direction: string) (v: string) (placement: EpsilonPlacement) =
        match placement with
        | EpsilonPlacement.Hat -> $"α·√(1 - β₂ᵗ)·{direction} / (√{v} + ε)"
        | EpsilonPlacement.Outside
        | EpsilonPlacement.Inside -> $"α·{direction} / {root (hat v) placement}"

    /// The line of a second moment v, with its correction where the step needs it.
    let private moment (placement: EpsilonPlacement) =
        if placement.IsHat then square else $"""{square},  {corrected "v"}"""

    let private adam placement = [ mean; moment placement; $"""w -= {over "m̂" "v" placement}""" ]

    /// A buffer that sums directions, with α in it or outside: its line, and the step.
    let private buffered (mu: string) (inBuffer: bool) (direction: string) =
        if inBuffer then
            [ $"m = {mu}·m + α·{direction}"; "w -= m" ]
        else
            [ $"m = {mu}·m + {direction}"; "w -= α·m" ]

    let private momentum (dampening: float) inBuffer =
        if dampening = 0.0 then
            buffered "µ" inBuffer "g"
        else
            let first = if inBuffer then "α·g" else "g"
            buffered "µ" inBuffer "(1 - d)·g" @ [ $"but m = {first} in the first step" ]

    let private rmsprop (centered: bool) placement inBuffer =
        let deviation = root (if centered then "(v - u²)" else "v") placement

        [ "v = ρ·v + (1 - ρ)·g²"
          if centered then
              "u = ρ·u + (1 - ρ)·g"
          yield! buffered "µ" inBuffer $"g / {deviation}" ]

    let private amsgrad placement correctedMaximum =
        if correctedMaximum then
            [ mean; $"""{square},  {corrected "v"}"""; "u = max(u, v̂)"; $"""w -= α·m̂ / {root "u" placement}""" ]
        else
            let maximum = "u = max(u, v)"
            let maximum = if placement.IsHat then maximum else $"""{maximum},  {corrected "u"}"""
            [ mean; square; maximum; $"""w -= {over "m̂" "u" placement}""" ]

    let private nadam scheduled =
        let moments = [ "m = β₁·m + (1 - β₁)·g"; moment EpsilonPlacement.Outside ]

        if scheduled then
            moments
            @ [ "µₜ = β₁·(1 - ½·0.96^(ψ·t)),  P = µ₁·µ₂·…·µₜ"
                "w -= α·(µₜ₊₁·m / (1 - P·µₜ₊₁) + (1 - µₜ)·g / (1 - P)) / (√v̂ + ε)" ]
        else
            moments @ [ "w -= α·(β₁·m / (1 - β₁ᵗ⁺¹) + (1 - β₁)·g / (1 - β₁ᵗ)) / (√v̂ + ε)" ]

    let private radam placement =
        [ mean
          moment placement
          "ρ∞ = 2 / (1 - β₂) - 1,  ρₜ = ρ∞ - 2t·β₂ᵗ / (1 - β₂ᵗ)"
          $"""ρₜ > 5: r = √((ρₜ-4)(ρₜ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρₜ)),  w -= {over "r·m̂" "v" placement}"""
          "else: w -= α·m̂" ]

    /// The formula of an optimizer with its settings.
    let lines (optimizer: Optimizer) : string list =
        match optimizer with
        | Optimizer.SGD -> [ "w -= α·g" ]
        | Optimizer.Momentum(_, dampening, inBuffer) -> momentum dampening inBuffer
        | Optimizer.NAG(_, true) -> [ "m = µ·m + α·g"; "w -= α·g + µ·m" ]
        | Optimizer.NAG(_, false) -> [ "m = µ·m + g"; "w -= α·(g + µ·m)" ]
        | Optimizer.Adagrad(initial, _, placement) ->
            [ $"v = v + g², beginning at {Text.number initial}"; $"""w -= α·g / {root "v" placement}""" ]
        | Optimizer.RMSprop(_, _, centered, _, placement, inBuffer) -> rmsprop centered placement inBuffer
        | Optimizer.Adadelta _ ->
            [ "v = ρ·v + (1 - ρ)·g²"; "d = √(u + ε) / √(v + ε)·g"; "u = ρ·u + (1 - ρ)·d²"; "w -= α·d" ]
        | Optimizer.Adam(_, _, _, placement) -> adam placement
        | Optimizer.AdamW(_, _, _, placement, _) -> "w -= α·λ·w" :: adam placement
        | Optimizer.AMSGrad(_, _, _, placement, corrected) -> amsgrad placement corrected
        | Optimizer.Adamax(_, _, _, true) -> [ mean; "u = max(β₂·u, |g| + ε)"; "w -= α·m̂ / u" ]
        | Optimizer.Adamax(_, _, _, false) -> [ mean; "u = max(β₂·u, |g|)"; "w -= α·m̂ / (u + ε)" ]
        | Optimizer.Nadam(_, _, _, scheduled, _) -> nadam scheduled
        | Optimizer.RAdam(_, _, _, placement) -> radam placement
        | Optimizer.Lion _ -> [ "w -= α·sign(β₁·m + (1 - β₁)·g)"; "m = β₂·m + (1 - β₂)·g" ]
        | Optimizer.Rprop _ ->
            [ "g keeps its sign: u = min(η⁺·u, greatest);  it turned: u = max(η⁻·u, least) and g counts as 0"
              "w -= u·sign g, where u begins at α" ]
