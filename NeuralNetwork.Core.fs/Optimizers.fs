namespace NeuralNetwork

open System
open System.Runtime.InteropServices
open NeuralNetwork.Maths

/// Optimizers by name for C#, with PyTorch's defaults; `Optimizer.ofConvention` has those of every framework. The arguments are
/// the fields of the records of the same names, which say what they mean, in the same order. One that cannot be is refused here:
/// ArgumentOutOfRangeException.
[<AbstractClass; Sealed>]
type Optimizers =

    /// The name of a setting as an argument: weight-decay, weightDecay.
    static member private Argument(setting: string) : string =
        let words =
            setting.Split '-'
            |> Array.mapi (fun at word -> if at = 0 then word else $"{Char.ToUpperInvariant word[0]}{word[1..]}")

        String.Join("", words)

    static member private Checked(optimizer: Optimizer) : Optimizer =
        match Optimizer.defect optimizer with
        | None -> optimizer
        | Some(setting, words) ->
            let message = $"{Optimizer.name optimizer}: {setting.Name} {words}"
            raise (ArgumentOutOfRangeException(Optimizers.Argument setting.Name, message))

    /// The placement that was given, or else the standard one.
    static member private Or(standard: EpsilonPlacement, given: EpsilonPlacement | null) : EpsilonPlacement =
        match given with
        | null -> standard
        | placement -> placement

    /// w -= α·g
    static member SGD: Optimizer = Optimizer.SGD

    /// Polyak 1964: m = µ·m + (1 - d)·g; w -= α·m.
    static member Momentum
        (
            [<Optional; DefaultParameterValue(Buffer.Momentum)>] momentum: float,
            [<Optional; DefaultParameterValue(Momentum.Dampening)>] dampening: float,
            [<Optional; DefaultParameterValue(Buffer.RateInBuffer)>] rateInBuffer: bool
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.Momentum { Momentum = momentum; Dampening = dampening; RateInBuffer = rateInBuffer }
        )

    /// Nesterov 1983: m = µ·m + g; w -= α·(g + µ·m).
    static member NAG
        (
            [<Optional; DefaultParameterValue(Buffer.Momentum)>] momentum: float,
            [<Optional; DefaultParameterValue(Buffer.RateInBuffer)>] rateInBuffer: bool
        ) : Optimizer =
        Optimizers.Checked(Optimizer.NAG { Momentum = momentum; RateInBuffer = rateInBuffer })

    /// Duchi, Hazan and Singer 2011: v += g²; w -= α·g / (√v + ε).
    static member Adagrad
        (
            [<Optional; DefaultParameterValue(Adagrad.InitialAccumulator)>] initialAccumulator: float,
            [<Optional; DefaultParameterValue(Adagrad.Epsilon)>] epsilon: float,
            [<Optional>] placement: EpsilonPlacement | null
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.Adagrad
                { InitialAccumulator = initialAccumulator
                  Epsilon = epsilon
                  Placement = Optimizers.Or(Adagrad.standard.Placement, placement) }
        )

    /// Tieleman and Hinton 2012: w -= α·g / (√v + ε) with the mean square v.
    static member RMSprop
        (
            [<Optional; DefaultParameterValue(RMSprop.Rho)>] rho: float,
            [<Optional; DefaultParameterValue(RMSprop.Momentum)>] momentum: float,
            [<Optional; DefaultParameterValue(RMSprop.Centered)>] centered: bool,
            [<Optional; DefaultParameterValue(Denominator.Epsilon)>] epsilon: float,
            [<Optional>] placement: EpsilonPlacement | null,
            [<Optional; DefaultParameterValue(Buffer.RateInBuffer)>] rateInBuffer: bool
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.RMSprop
                { Rho = rho
                  Momentum = momentum
                  Centered = centered
                  Epsilon = epsilon
                  Placement = Optimizers.Or(RMSprop.standard.Placement, placement)
                  RateInBuffer = rateInBuffer }
        )

    /// Zeiler 2012, algorithm 1: w -= α·√(u + ε) / √(v + ε)·g.
    static member Adadelta
        (
            [<Optional; DefaultParameterValue(Adadelta.Rho)>] rho: float,
            [<Optional; DefaultParameterValue(Adadelta.Epsilon)>] epsilon: float
        ) : Optimizer =
        Optimizers.Checked(Optimizer.Adadelta { Rho = rho; Epsilon = epsilon })

    /// Kingma and Ba 2015, algorithm 1: w -= α·m̂ / (√v̂ + ε).
    static member Adam
        (
            [<Optional; DefaultParameterValue(Adam.Beta1)>] beta1: float,
            [<Optional; DefaultParameterValue(Adam.Beta2)>] beta2: float,
            [<Optional; DefaultParameterValue(Denominator.Epsilon)>] epsilon: float,
            [<Optional>] placement: EpsilonPlacement | null
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.Adam
                { Beta1 = beta1
                  Beta2 = beta2
                  Epsilon = epsilon
                  Placement = Optimizers.Or(Adam.standard.Placement, placement) }
        )

    /// Reddi, Kale and Kumar 2018: Adam with the greatest v so far.
    static member AMSGrad
        (
            [<Optional; DefaultParameterValue(Adam.Beta1)>] beta1: float,
            [<Optional; DefaultParameterValue(Adam.Beta2)>] beta2: float,
            [<Optional; DefaultParameterValue(Denominator.Epsilon)>] epsilon: float,
            [<Optional>] placement: EpsilonPlacement | null,
            [<Optional; DefaultParameterValue(AMSGrad.CorrectedMaximum)>] correctedMaximum: bool
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.AMSGrad
                { Beta1 = beta1
                  Beta2 = beta2
                  Epsilon = epsilon
                  Placement = Optimizers.Or(AMSGrad.standard.Placement, placement)
                  CorrectedMaximum = correctedMaximum }
        )

    /// Loshchilov and Hutter 2019: w -= α·λ·w, then Adam.
    static member AdamW
        (
            [<Optional; DefaultParameterValue(Adam.Beta1)>] beta1: float,
            [<Optional; DefaultParameterValue(Adam.Beta2)>] beta2: float,
            [<Optional; DefaultParameterValue(Denominator.Epsilon)>] epsilon: float,
            [<Optional>] placement: EpsilonPlacement | null,
            [<Optional; DefaultParameterValue(AdamW.WeightDecay)>] weightDecay: float
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.AdamW
                { Beta1 = beta1
                  Beta2 = beta2
                  Epsilon = epsilon
                  Placement = Optimizers.Or(AdamW.standard.Placement, placement)
                  WeightDecay = weightDecay }
        )

    /// Kingma and Ba 2015, algorithm 2: w -= α·m̂ / u with the decaying maximum u of |g|.
    static member Adamax
        (
            [<Optional; DefaultParameterValue(Adam.Beta1)>] beta1: float,
            [<Optional; DefaultParameterValue(Adam.Beta2)>] beta2: float,
            [<Optional; DefaultParameterValue(Denominator.Epsilon)>] epsilon: float,
            [<Optional; DefaultParameterValue(Adamax.EpsilonInMaximum)>] epsilonInMaximum: bool
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.Adamax { Beta1 = beta1; Beta2 = beta2; Epsilon = epsilon; EpsilonInMaximum = epsilonInMaximum }
        )

    /// Dozat 2016: Adam with Nesterov's look ahead.
    static member Nadam
        (
            [<Optional; DefaultParameterValue(Adam.Beta1)>] beta1: float,
            [<Optional; DefaultParameterValue(Adam.Beta2)>] beta2: float,
            [<Optional; DefaultParameterValue(Denominator.Epsilon)>] epsilon: float,
            [<Optional; DefaultParameterValue(Nadam.Scheduled)>] scheduled: bool,
            [<Optional; DefaultParameterValue(Nadam.Psi)>] psi: float
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.Nadam { Beta1 = beta1; Beta2 = beta2; Epsilon = epsilon; Scheduled = scheduled; Psi = psi }
        )

    /// Liu et al. 2020, algorithm 2: Adam with the variance of its early steps rectified.
    static member RAdam
        (
            [<Optional; DefaultParameterValue(Adam.Beta1)>] beta1: float,
            [<Optional; DefaultParameterValue(Adam.Beta2)>] beta2: float,
            [<Optional; DefaultParameterValue(Denominator.Epsilon)>] epsilon: float,
            [<Optional>] placement: EpsilonPlacement | null
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.RAdam
                { Beta1 = beta1
                  Beta2 = beta2
                  Epsilon = epsilon
                  Placement = Optimizers.Or(RAdam.standard.Placement, placement) }
        )

    /// Chen et al. 2023, algorithm 2: w -= α·sign(β₁·m + (1 - β₁)·g).
    static member Lion
        (
            [<Optional; DefaultParameterValue(Lion.Beta1)>] beta1: float,
            [<Optional; DefaultParameterValue(Lion.Beta2)>] beta2: float
        ) : Optimizer =
        Optimizers.Checked(Optimizer.Lion { Beta1 = beta1; Beta2 = beta2 })

    /// Riedmiller and Braun 1993, iRprop⁻, for whole data sets: a step size for each weight.
    static member Rprop
        (
            [<Optional; DefaultParameterValue(Rprop.EtaMinus)>] etaMinus: float,
            [<Optional; DefaultParameterValue(Rprop.EtaPlus)>] etaPlus: float,
            [<Optional; DefaultParameterValue(Rprop.LeastStep)>] leastStep: float,
            [<Optional; DefaultParameterValue(Rprop.GreatestStep)>] greatestStep: float
        ) : Optimizer =
        Optimizers.Checked(
            Optimizer.Rprop
                { EtaMinus = etaMinus; EtaPlus = etaPlus; LeastStep = leastStep; GreatestStep = greatestStep }
        )
