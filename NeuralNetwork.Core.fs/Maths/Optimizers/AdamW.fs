namespace NeuralNetwork.Maths

/// AdamW: Adam beside a decay of the weights that does not pass through its denominator: w -= α·λ·w, then Adam (Loshchilov and
/// Hutter 2019, algorithm 2). The paper scales the decay by the schedule alone; frameworks by α, as here.
[<RequireQualifiedAccess>]
type AdamW =
    {
        /// β₁, the share of the mean gradient that a step keeps, in [0, 1).
        Beta1: float
        /// β₂, the share of the mean square that a step keeps, in [0, 1).
        Beta2: float
        /// ε, above 0.
        Epsilon: float
        /// Where ε stands.
        Placement: EpsilonPlacement
        /// λ, the share of a weight, times the rate, that is taken away before a step, at least 0.
        WeightDecay: float
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "beta1 " + Text.number settings.Beta1
          "beta2 " + Text.number settings.Beta2
          "epsilon " + Text.number settings.Epsilon
          "epsilon " + string settings.Placement
          "weight decay " + Text.number settings.WeightDecay ]
        |> Text.listed "adamw"

module internal AdamW =

    [<Literal>]
    let WeightDecay = 0.01

    let private defaults (convention: Convention) : AdamW =
        let adam = Adam.defaults convention

        { Beta1 = adam.Beta1
          Beta2 = adam.Beta2
          Epsilon = adam.Epsilon
          Placement = adam.Placement
          WeightDecay = Convention.pick convention WeightDecay 0.01 0.004 1e-4 }

    /// What it does beside its decay.
    let private adam (settings: AdamW) : Adam =
        { Beta1 = settings.Beta1
          Beta2 = settings.Beta2
          Epsilon = settings.Epsilon
          Placement = settings.Placement }

    let private fields: Field<AdamW> list =
        [ Field.beta1 _.Beta1 (fun x settings -> { settings with Beta1 = x })
          Field.beta2 _.Beta2 (fun x settings -> { settings with Beta2 = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.placement _.Placement (fun x settings -> { settings with Placement = x })
          Field.weightDecay _.WeightDecay (fun x settings -> { settings with WeightDecay = x }) ]

    let private note: OptimizerNote =
        { Name = "adamw"
          Idea = "Adam beside a decay of the weights that does not pass through its denominator."
          Paper = "Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2"
          Defaults = "As Adam; λ = 0.01 (PyTorch), 0.004 (Keras 3), 1e-4 (optax)."
          OfferedBy = [ Convention.Torch; Convention.Keras3; Convention.Optax ]
          Differences =
            [ "PyTorch's weight_decay on other optimizers is λ·w in the gradient, Keras's is decoupled on every optimizer."
              "The paper scales the decay by the schedule alone; frameworks by α." ] }

    let page: IOptimizerPage<AdamW> =
        { new IOptimizerPage<AdamW> with
            member _.Note = note
            member _.Defaults convention = defaults convention, 1e-3
            member _.Fields = fields
            member _.Slots _ = Moments.slots
            member _.Formula settings = "w -= α·λ·w" :: Adam.formula (adam settings)

            member _.Visit(settings, visitor) =
                let adam = adam settings
                visitor.Visit(fun step rate -> AdamRule<'T>.At(adam, step, rate)) }

type AdamW with

    /// As PyTorch sets it.
    static member standard: AdamW = fst (AdamW.page.Defaults Convention.Torch)
