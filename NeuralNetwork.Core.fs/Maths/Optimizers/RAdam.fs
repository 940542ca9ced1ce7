namespace NeuralNetwork.Maths

open System

/// RAdam: Adam that does not trust v̂ before it has seen enough gradients. Its step is Adam's times
/// r = √((ρₜ-4)(ρₜ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρₜ)), where ρ∞ = 2/(1 - β₂) - 1 and ρₜ = ρ∞ - 2t·β₂ᵗ/(1 - β₂ᵗ); while ρₜ <= 5 the variance of
/// v̂ is beyond mending, and the step is α·m̂ (Liu et al. 2020, algorithm 2; the paper has 4 and no ε).
[<RequireQualifiedAccess>]
type RAdam =
    {
        /// β₁, the share of the mean gradient that a step keeps, in [0, 1).
        Beta1: float
        /// β₂, the share of the mean square that a step keeps, in [0, 1).
        Beta2: float
        /// ε, above 0.
        Epsilon: float
        /// Where ε stands.
        Placement: EpsilonPlacement
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "beta1 " + Text.number settings.Beta1
          "beta2 " + Text.number settings.Beta2
          "epsilon " + Text.number settings.Epsilon
          "epsilon " + string settings.Placement ]
        |> Text.listed "radam"

module internal RAdam =

    let private defaults (convention: Convention) : RAdam =
        let outside, hat = EpsilonPlacement.Outside, EpsilonPlacement.Hat

        { Beta1 = Adam.Beta1
          Beta2 = Adam.Beta2
          Epsilon = Denominator.epsilon convention
          Placement = Convention.pick convention hat hat hat outside }

    /// What is rectified.
    let private adam (settings: RAdam) : Adam =
        { Beta1 = settings.Beta1
          Beta2 = settings.Beta2
          Epsilon = settings.Epsilon
          Placement = settings.Placement }

    /// Adam's rule of a step times r, or without its denominator.
    let private rectified (beta2: float) (step: int) (adam: AdamRule<'T>) : AdamRule<'T> =
        let limit = 2.0 / (1.0 - beta2) - 1.0
        let length = limit - 2.0 * float step * Scalar.power beta2 (float step) / Rule.correction beta2 step

        if length > 5.0 then
            let grown, whole = (length - 4.0) * (length - 2.0) / length, (limit - 4.0) * (limit - 2.0) / limit
            { adam with Rate = adam.Rate * Lane.create (sqrt (grown / whole)) }
        else
            { adam with Root = Denominator.One }

    let private fields: Field<RAdam> list =
        [ Field.beta1 _.Beta1 (fun x settings -> { settings with Beta1 = x })
          Field.beta2 _.Beta2 (fun x settings -> { settings with Beta2 = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.placement _.Placement (fun x settings -> { settings with Placement = x }) ]

    let private formula (settings: RAdam) : string list =
        [ Moments.first
          Moments.second settings.Placement
          "ρ∞ = 2 / (1 - β₂) - 1,  ρₜ = ρ∞ - 2t·β₂ᵗ / (1 - β₂ᵗ)"
          $"""ρₜ > 5: r = √((ρₜ-4)(ρₜ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρₜ)),  w -= {Moments.over "r·m̂" "v" settings.Placement}"""
          "else: w -= α·m̂" ]

    let private note: OptimizerNote =
        { Name = "radam"
          Idea = "Adam that does not trust v̂ before it has seen enough gradients."
          Paper = "Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2"
          Defaults = "As Adam."
          OfferedBy = [ Convention.Torch; Convention.Optax ]
          Differences =
            [ "The paper adapts from ρₜ > 4 and has no ε; PyTorch and optax from 5."
              "PyTorch adds ε before the correction, optax after it." ] }

    let page: IOptimizerPage<RAdam> =
        { new IOptimizerPage<RAdam> with
            member _.Note = note
            member _.Defaults convention = defaults convention, 1e-3
            member _.Fields = fields
            member _.Slots _ = Moments.slots
            member _.Formula settings = formula settings

            member _.Visit(settings, visitor) =
                let adam = adam settings

                visitor.Visit(fun step rate -> AdamRule<'T>.At(adam, step, rate) |> rectified settings.Beta2 step) }

type RAdam with

    /// As PyTorch sets it.
    static member standard: RAdam = fst (RAdam.page.Defaults Convention.Torch)
