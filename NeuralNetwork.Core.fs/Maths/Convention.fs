namespace NeuralNetwork.Maths

open NeuralNetwork

// Frameworks give one name to formulas that differ in small ways. Each difference is a switch, a convention is a choice
// of every switch and of every default, and all of it is data. Our own convention is PyTorch's: it is the papers' form
// wherever the paper leaves no doubt.

/// Whose defaults to take, and whose choice where formulas of one name differ.
[<RequireQualifiedAccess>]
type Convention =
    /// PyTorch 2: the papers' forms.
    | Torch
    /// Keras 2.1, of 2017.
    | Keras2
    /// Keras 3.
    | Keras3
    /// optax for the optimizers, with Flax and JAX for the rest.
    | Optax

    /// As in: torch.
    override convention.ToString() =
        match convention with
        | Convention.Torch -> "torch"
        | Convention.Keras2 -> "keras2"
        | Convention.Keras3 -> "keras3"
        | Convention.Optax -> "optax"

/// What a convention says about everything that is no optimizer.
type ConventionSettings =
    {
        /// Under the root of batch normalisation.
        BatchNormEpsilon: float
        /// The share of the old running statistics that a step keeps. PyTorch's `momentum` is 1 minus this.
        BatchNormDecay: float
        /// Which variance of a batch the running one is made of.
        RunningVariance: RunningVariance
        /// What an initializer that is called normal draws from: he-normal is a cut distribution in Keras and JAX, and
        /// Keras up to 2.1.6 did not widen it in return.
        NormalWeights: Distribution
    }

    /// As in: batch norm of epsilon 1E-05, decay 0.9, unbiased variance.
    override settings.ToString() =
        let epsilon, decay = Text.number settings.BatchNormEpsilon, Text.number settings.BatchNormDecay

        ("batch norm of epsilon "
         + epsilon
         + ", decay "
         + decay
         + ", "
         + (string settings.RunningVariance)
         + " variance")

type Convention with

    /// Every convention, our own first.
    static member all: Convention list = [ Convention.Torch; Convention.Keras2; Convention.Keras3; Convention.Optax ]

    /// Names as users write them.
    static member name(convention: Convention) : string = string convention

    /// Reads a name; the error says what was expected.
    static member parse(text: string) : Result<Convention, string> =
        Text.choose
            "convention"
            (Convention.all |> List.map (fun convention -> Convention.name convention, convention))
            text

    /// One column of a row in the order of `all`.
    static member internal pick
        (convention: Convention)
        (torch: 'Value)
        (keras2: 'Value)
        (keras3: 'Value)
        (optax: 'Value)
        : 'Value =
        match convention with
        | Convention.Torch -> torch
        | Convention.Keras2 -> keras2
        | Convention.Keras3 -> keras3
        | Convention.Optax -> optax

    /// The choices of a convention outside the optimizers.
    static member settings(convention: Convention) : ConventionSettings =
        let biased, unbiased, keras2 = RunningVariance.Biased, RunningVariance.Unbiased, RunningVariance.Keras2

        let plain, cut, narrow =
            Distribution.Normal, Distribution.TruncatedNormal, Distribution.UncorrectedTruncatedNormal

        { BatchNormEpsilon = Convention.pick convention 1e-5 1e-3 1e-3 1e-5
          BatchNormDecay = Convention.pick convention 0.9 0.99 0.99 0.99
          RunningVariance = Convention.pick convention unbiased keras2 biased biased
          NormalWeights = Convention.pick convention plain narrow cut cut }

    /// The initializer that a convention means: one of the normal family has the convention's distribution, every other is
    /// itself, those with a cut in their name included.
    static member initializer (convention: Convention) (initializer: Initializer) : Initializer =
        match initializer with
        | Initializer.Scaled(gain, fan, Distribution.Normal) ->
            Initializer.Scaled(gain, fan, (Convention.settings convention).NormalWeights)
        | other -> other
