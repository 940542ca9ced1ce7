namespace NeuralNetwork.Maths

open System.Numerics
open System.Runtime.CompilerServices

/// AMSGrad: Adam whose denominator never shrinks, with u = max(u, v) in the place of v (Reddi, Kale and Kumar 2018), bias-corrected
/// afterwards as in PyTorch, Keras and optax; the paper corrects nothing. Or u = max(u, v̂), the maximum of the corrected moment.
[<RequireQualifiedAccess>]
type AMSGrad =
    {
        /// β₁, the share of the mean gradient that a step keeps, in [0, 1).
        Beta1: float
        /// β₂, the share of the mean square that a step keeps, in [0, 1).
        Beta2: float
        /// ε, above 0.
        Epsilon: float
        /// Where ε stands.
        Placement: EpsilonPlacement
        /// Whether the maximum is that of the corrected moment.
        CorrectedMaximum: bool
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "beta1 " + Text.number settings.Beta1
          "beta2 " + Text.number settings.Beta2
          "epsilon " + Text.number settings.Epsilon
          "epsilon " + string settings.Placement
          if settings.CorrectedMaximum then
              "corrected maximum" ]
        |> Text.listed "amsgrad"

/// Correct is the bias correction before the maximum; Root knows the one behind it.
[<Struct; RequireQualifiedAccess>]
type internal AMSGradRule<'T> =
    { Rate: Lane<'T>
      Mean: Average<'T>
      Square: Average<'T>
      Correct: Lane<'T>
      Root: Denominator<'T> }

    static member At(settings: AMSGrad, step: int, rate: float) : AMSGradRule<'T> =
        let correction = Rule.correction settings.Beta2 step
        let before, behind = if settings.CorrectedMaximum then correction, 1.0 else 1.0, correction

        { Rate = Lane.create (rate / Rule.correction settings.Beta1 step)
          Mean = Average.Of settings.Beta1
          Square = Average.Of settings.Beta2
          Correct = Lane.create (1.0 / before)
          Root = Denominator.Of(settings.Placement, settings.Epsilon, behind) }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) =
            let m = a.Mean.Next(m, g)
            let v = a.Square.Next(v, g * g)
            let u = Vector.Max(u, a.Correct * v)
            struct (a.Rate * m / a.Root.Of u, m, v, u)

module internal AMSGrad =

    [<Literal>]
    let CorrectedMaximum = false

    let private defaults (convention: Convention) : AMSGrad =
        let adam = Adam.defaults convention

        { Beta1 = adam.Beta1
          Beta2 = adam.Beta2
          Epsilon = adam.Epsilon
          Placement = adam.Placement
          CorrectedMaximum = CorrectedMaximum }

    let private fields: Field<AMSGrad> list =
        [ Field.beta1 _.Beta1 (fun x settings -> { settings with Beta1 = x })
          Field.beta2 _.Beta2 (fun x settings -> { settings with Beta2 = x })
          Field.epsilon _.Epsilon (fun x settings -> { settings with Epsilon = x })
          Field.placement _.Placement (fun x settings -> { settings with Placement = x })
          Field.flag
              "corrected-maximum"
              "Whether the greatest moment is one after bias correction"
              _.CorrectedMaximum
              (fun x settings -> { settings with CorrectedMaximum = x }) ]

    let private formula (settings: AMSGrad) : string list =
        let placement, maximum = settings.Placement, "u = max(u, v)"

        if settings.CorrectedMaximum then
            [ Moments.first
              $"""{Moments.square},  {Moments.corrected "v"}"""
              "u = max(u, v̂)"
              $"""w -= α·m̂ / {Denominator.words "u" placement}""" ]
        else
            [ Moments.first
              Moments.square
              (if placement.IsHat then maximum else $"""{maximum},  {Moments.corrected "u"}""")
              $"""w -= {Moments.over "m̂" "u" placement}""" ]

    let private note: OptimizerNote =
        { Name = "amsgrad"
          Idea = "Adam whose denominator never shrinks."
          Paper = "Reddi, Kale and Kumar 2018, On the Convergence of Adam and Beyond"
          Defaults = "As Adam."
          OfferedBy = [ Convention.Torch; Convention.Keras3; Convention.Optax ]
          Differences =
            [ "The paper corrects neither mean; PyTorch, Keras and optax take the maximum of v and correct it afterwards."
              "Some descriptions take the maximum of the corrected v̂, which is another path."
              "Keras: ε-hat, as in Adam; an option of its Adam since 2.1.3, of January 2018." ] }

    let page: IOptimizerPage<AMSGrad> =
        { new IOptimizerPage<AMSGrad> with
            member _.Note = note
            member _.Defaults convention = defaults convention, 1e-3
            member _.Fields = fields
            member _.Slots _ = Moments.slots @ [ "greatest_second_moment" ]
            member _.Formula settings = formula settings

            member _.Visit(settings, visitor) = visitor.Visit(fun step rate -> AMSGradRule<'T>.At(settings, step, rate)) }

type AMSGrad with

    /// As PyTorch sets it.
    static member standard: AMSGrad = fst (AMSGrad.page.Defaults Convention.Torch)
