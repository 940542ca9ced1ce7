namespace NeuralNetwork.Maths

open System.Numerics
open System.Runtime.CompilerServices

/// Rprop: every weight has a step size u of its own, steered by the signs of its gradients, for full batches: ×η⁺ where the
/// gradient keeps its sign and ×η⁻ where it turned, when the gradient counts as 0; w -= u·sign g; m = g (Riedmiller and Braun
/// 1993 in the form iRprop⁻ of Igel and Hüsken 2000, PyTorch's). The learning rate of the first step is the first step size;
/// later rates are not looked at.
[<RequireQualifiedAccess>]
type Rprop =
    {
        /// η⁻, the factor of a step size where the gradient turned, in (0, 1).
        EtaMinus: float
        /// η⁺, the factor of a step size where the gradient kept its sign, above 1.
        EtaPlus: float
        /// The lower bound of the step sizes, above 0.
        LeastStep: float
        /// The upper bound of the step sizes, above 0.
        GreatestStep: float
    }

    /// Its settings, each by its name.
    override settings.ToString() =
        [ "eta minus " + Text.number settings.EtaMinus
          "eta plus " + Text.number settings.EtaPlus
          "least step " + Text.number settings.LeastStep
          "greatest step " + Text.number settings.GreatestStep ]
        |> Text.listed "rprop"

[<Struct; RequireQualifiedAccess>]
type internal RpropRule<'T> =
    { Initial: Lane<'T>
      Shrink: Lane<'T>
      Grow: Lane<'T>
      Least: Lane<'T>
      Greatest: Lane<'T> }

    static member At(settings: Rprop, step: int, rate: float) : RpropRule<'T> =
        { Initial = Lane.create (Rule.onFirst step rate)
          Shrink = Lane.create settings.EtaMinus
          Grow = Lane.create settings.EtaPlus
          Least = Lane.create settings.LeastStep
          Greatest = Lane.create settings.GreatestStep }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, u, v) =
            let zero, one = Lane<'T>.Zero, Lane<'T>.One
            // The product of the signs: that of the gradients might underflow.
            let agreement = Lane.sign g * Lane.sign m
            let factor = Lane.whereGreater agreement zero a.Grow (Lane.whereGreater zero agreement a.Shrink one)
            let u = Vector.Min(Vector.Max((u + a.Initial) * factor, a.Least), a.Greatest)
            let g = Lane.whereGreater zero agreement zero g
            struct (u * Lane.sign g, g, u, v)

module internal Rprop =

    [<Literal>]
    let EtaMinus = 0.5

    [<Literal>]
    let EtaPlus = 1.2

    [<Literal>]
    let LeastStep = 1e-6

    [<Literal>]
    let GreatestStep = 50.0

    let private paper: Rprop =
        { EtaMinus = EtaMinus; EtaPlus = EtaPlus; LeastStep = LeastStep; GreatestStep = GreatestStep }

    let private fields: Field<Rprop> list =
        [ Field.number
              "eta-minus"
              "Factor of a step size after a change of sign"
              Interval.between0And1
              _.EtaMinus
              (fun x settings -> { settings with EtaMinus = x })
          Field.number "eta-plus" "Factor of a step size without one" Interval.above1 _.EtaPlus (fun x settings ->
              { settings with EtaPlus = x })
          Field.number "least-step" "Lower bound of the step sizes" Interval.above0 _.LeastStep (fun x settings ->
              { settings with LeastStep = x })
          Field.number "greatest-step" "Upper bound of the step sizes" Interval.above0 _.GreatestStep (fun x settings ->
              { settings with GreatestStep = x }) ]

    let private note: OptimizerNote =
        { Name = "rprop"
          Idea = "Every weight has a step size of its own, steered by the signs of its gradients: for full batches."
          Paper = "Riedmiller and Braun 1993, in the form iRprop⁻ of Igel and Hüsken 2000"
          Defaults =
            "η⁻ = 0.5, η⁺ = 1.2, steps from 1e-6 to 50 (the paper, PyTorch); α = 0.01 (PyTorch), 0.1 (the paper)."
          OfferedBy = [ Convention.Torch; Convention.Optax ]
          Differences =
            [ "Only the first step's α counts, so a schedule has no effect, as in PyTorch."
              "The paper's form takes the last step back when the gradient turns." ] }

    let page: IOptimizerPage<Rprop> =
        { new IOptimizerPage<Rprop> with
            member _.Note = note
            member _.Defaults _ = paper, 0.01
            member _.Fields = fields
            member _.Slots _ = [ "previous_gradient"; "step_size" ]

            member _.Formula _ =
                [ "g keeps its sign: u = min(η⁺·u, greatest);  it turned: u = max(η⁻·u, least) and g counts as 0"
                  "w -= u·sign g, where u begins at α" ]

            member _.Visit(settings, visitor) = visitor.Visit(fun step rate -> RpropRule<'T>.At(settings, step, rate)) }

type Rprop with

    /// As the paper sets it. It begins with steps of 0.1, PyTorch of 0.01.
    static member standard: Rprop = fst (Rprop.page.Defaults Convention.Torch)
