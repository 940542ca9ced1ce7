namespace NeuralNetwork

open System

/// How a gradient becomes a step, as plain data: hyper-parameters, and a switch wherever frameworks differ. The formulas
/// are in the rules of the same names. α is the learning rate, which comes from the schedule.
[<RequireQualifiedAccess>]
type Optimizer =
    /// w -= α·g
    | SGD
    /// Polyak 1964: m = µ·m + (1 - d)·g; w -= α·m
    | Momentum of Mu: float * Dampening: float * RateInBuffer: bool
    /// Nesterov 1983 in the form of Sutskever 2013: m = µ·m + g; w -= α·(g + µ·m)
    | NAG of Mu: float * RateInBuffer: bool
    /// Duchi, Hazan and Singer 2011: v += g²; w -= α·g / (√v + ε), where v begins at InitialAccumulator
    | Adagrad of InitialAccumulator: float * Epsilon: float * Placement: EpsilonPlacement
    /// Tieleman and Hinton 2012: w -= α·g / (√v + ε) with the mean square v; centered, with the variance (Graves 2013)
    | RMSprop of
        Rho: float *
        Momentum: float *
        Centered: bool *
        Epsilon: float *
        Placement: EpsilonPlacement *
        RateInBuffer: bool
    /// Zeiler 2012, algorithm 1: w -= α·√(u + ε) / √(v + ε)·g with the mean squares u of steps and v of gradients
    | Adadelta of Rho: float * Epsilon: float
    /// Kingma and Ba 2015, algorithm 1: w -= α·m̂ / (√v̂ + ε), with bias-corrected moments m̂ and v̂
    | Adam of Beta1: float * Beta2: float * Epsilon: float * Placement: EpsilonPlacement
    /// Reddi, Kale and Kumar 2018: Adam with the greatest v so far
    | AMSGrad of Beta1: float * Beta2: float * Epsilon: float * Placement: EpsilonPlacement * CorrectedMaximum: bool
    /// Loshchilov and Hutter 2019: w -= α·λ·w, then Adam
    | AdamW of Beta1: float * Beta2: float * Epsilon: float * Placement: EpsilonPlacement * WeightDecay: float
    /// Kingma and Ba 2015, algorithm 2: w -= α·m̂ / u with the decaying maximum u of |g|
    | Adamax of Beta1: float * Beta2: float * Epsilon: float * EpsilonInMaximum: bool
    /// Dozat 2016: Adam with Nesterov's look ahead
    | Nadam of Beta1: float * Beta2: float * Epsilon: float * Scheduled: bool * Psi: float
    /// Liu et al. 2020, algorithm 2: Adam with the variance of its early steps rectified
    | RAdam of Beta1: float * Beta2: float * Epsilon: float * Placement: EpsilonPlacement
    /// Chen et al. 2023, algorithm 2: w -= α·sign(β₁·m + (1 - β₁)·g)
    | Lion of Beta1: float * Beta2: float
    /// Riedmiller and Braun 1993, iRprop⁻: a step size for each weight, grown and shrunk by the signs of its gradients
    | Rprop of EtaMinus: float * EtaPlus: float * LeastStep: float * GreatestStep: float

/// The value of one setting of an optimizer.
[<RequireQualifiedAccess>]
type Setting =
    /// A number, as β or ε
    | Number of Number: float
    /// Whether a variant is meant
    | Flag of Flag: bool
    /// Where ε stands
    | Placement of Placement: EpsilonPlacement

/// The numbers a setting may be.
type internal Interval = { Words: string; Holds: float -> bool }

/// A walk over the settings of an optimizer: what is given back takes the place of what was there.
type internal Walk =
    { Number: string -> Interval -> float -> float
      Flag: string -> bool -> bool
      Placement: EpsilonPlacement -> EpsilonPlacement }

/// What the library knows of every optimizer besides its rule: two tables, a row each for an optimizer.
module internal OptimizerTable =

    let private share = { Words = "at least 0 and below 1"; Holds = fun x -> x >= 0.0 && x < 1.0 }
    let private above0 = { Words = "above 0"; Holds = fun x -> x > 0.0 && Double.IsFinite x }
    let private least0 = { Words = "at least 0"; Holds = fun x -> x >= 0.0 && Double.IsFinite x }
    let private between = { Words = "above 0 and below 1"; Holds = fun x -> x > 0.0 && x < 1.0 }
    let private above1 = { Words = "above 1"; Holds = fun x -> x > 1.0 && Double.IsFinite x }

    /// The table of names: of the optimizer, of its slots in a checkpoint, and of its settings.
    let row (walk: Walk) (optimizer: Optimizer) : string * string list * Optimizer =
        let inBuffer = walk.Flag "rate-in-buffer"
        let beta1, beta2 = walk.Number "beta1" share, walk.Number "beta2" share
        let epsilon = walk.Number "epsilon" above0
        let moments = [ "first_moment"; "second_moment" ]

        match optimizer with
        | Optimizer.SGD -> "sgd", [], optimizer
        | Optimizer.Momentum(m, d, b) ->
            "momentum",
            [ "momentum" ],
            Optimizer.Momentum(walk.Number "momentum" share m, walk.Number "dampening" share d, inBuffer b)
        | Optimizer.NAG(m, b) -> "nag", [ "momentum" ], Optimizer.NAG(walk.Number "momentum" share m, inBuffer b)
        | Optimizer.Adagrad(i, e, p) ->
            "adagrad",
            [ "sum_of_squares" ],
            Optimizer.Adagrad(walk.Number "initial-accumulator" least0 i, epsilon e, walk.Placement p)
        | Optimizer.RMSprop(r, m, c, e, p, b) ->
            "rmsprop",
            [ yield "mean_square"
              if c then
                  yield "mean_gradient"
              if m <> 0.0 then
                  yield "momentum" ],
            Optimizer.RMSprop(
                walk.Number "rho" share r,
                walk.Number "momentum" share m,
                walk.Flag "centered" c,
                epsilon e,
                walk.Placement p,
                inBuffer b
            )
        | Optimizer.Adadelta(r, e) ->
            "adadelta", [ "mean_square"; "mean_square_step" ], Optimizer.Adadelta(walk.Number "rho" share r, epsilon e)
        | Optimizer.Adam(b1, b2, e, p) ->
            "adam", moments, Optimizer.Adam(beta1 b1, beta2 b2, epsilon e, walk.Placement p)
        | Optimizer.AMSGrad(b1, b2, e, p, c) ->
            "amsgrad",
            moments @ [ "greatest_second_moment" ],
            Optimizer.AMSGrad(beta1 b1, beta2 b2, epsilon e, walk.Placement p, walk.Flag "corrected-maximum" c)
        | Optimizer.AdamW(b1, b2, e, p, d) ->
            "adamw",
            moments,
            Optimizer.AdamW(beta1 b1, beta2 b2, epsilon e, walk.Placement p, walk.Number "weight-decay" least0 d)
        | Optimizer.Adamax(b1, b2, e, i) ->
            "adamax",
            [ "first_moment"; "infinity_norm" ],
            Optimizer.Adamax(beta1 b1, beta2 b2, epsilon e, walk.Flag "epsilon-in-maximum" i)
        | Optimizer.Nadam(b1, b2, e, s, p) ->
            "nadam",
            moments,
            Optimizer.Nadam(beta1 b1, beta2 b2, epsilon e, walk.Flag "scheduled" s, walk.Number "psi" least0 p)
        | Optimizer.RAdam(b1, b2, e, p) ->
            "radam", moments, Optimizer.RAdam(beta1 b1, beta2 b2, epsilon e, walk.Placement p)
        | Optimizer.Lion(b1, b2) -> "lion", [ "momentum" ], Optimizer.Lion(beta1 b1, beta2 b2)
        | Optimizer.Rprop(s, g, l, h) ->
            "rprop",
            [ "previous_gradient"; "step_size" ],
            Optimizer.Rprop(
                walk.Number "eta-minus" between s,
                walk.Number "eta-plus" above1 g,
                walk.Number "least-step" above0 l,
                walk.Number "greatest-step" above0 h
            )

    /// The table of defaults: every optimizer with a convention's hyper-parameters, switches and learning rate, in
    /// the order of the documentation. Where a framework lacks an optimizer, its column has the paper's numbers and the
    /// framework's ε. optax leaves every rate to the user: its column has PyTorch's.
    let defaults (convention: Convention) : (Optimizer * float) list =
        let pick torch keras2 keras3 optax = Convention.pick convention torch keras2 keras3 optax
        let outside, inside, hat = EpsilonPlacement.Outside, EpsilonPlacement.Inside, EpsilonPlacement.Hat
        let epsilon = pick Defaults.Epsilon 1e-7 1e-7 Defaults.Epsilon
        let beta1, beta2 = Defaults.Beta1, Defaults.Beta2
        let adam = pick outside hat hat outside
        let square = pick outside outside inside inside
        let keras = pick false true true false
        let accumulator, adagradEpsilon = pick 0.0 0.0 0.1 0.1, pick 1e-10 1e-7 1e-7 1e-7

        [ Optimizer.SGD, pick 1e-3 0.01 0.01 1e-3
          Optimizer.Momentum(Defaults.Momentum, 0.0, keras), pick 1e-3 0.01 0.01 1e-3
          Optimizer.NAG(Defaults.Momentum, keras), pick 1e-3 0.01 0.01 1e-3
          Optimizer.Adagrad(accumulator, adagradEpsilon, square), pick 0.01 0.01 1e-3 0.01
          Optimizer.RMSprop(pick 0.99 0.9 0.9 0.9, 0.0, false, epsilon, square, pick false true true true),
          pick 0.01 1e-3 1e-3 0.01
          Optimizer.Adadelta(pick 0.9 0.95 0.95 0.9, pick 1e-6 1e-7 1e-7 1e-6), pick 1.0 1.0 1e-3 1.0
          // α = 10⁻³: the paper's.
          Optimizer.Adam(beta1, beta2, epsilon, adam), 1e-3
          Optimizer.AMSGrad(beta1, beta2, epsilon, adam, false), 1e-3
          Optimizer.AdamW(beta1, beta2, epsilon, adam, pick Defaults.WeightDecay 0.01 0.004 1e-4), 1e-3
          Optimizer.Adamax(beta1, beta2, epsilon, pick true false false true), pick 2e-3 2e-3 1e-3 2e-3
          Optimizer.Nadam(beta1, beta2, epsilon, pick true true true false, pick 0.004 0.004 1.0 0.0),
          pick 2e-3 2e-3 1e-3 2e-3
          Optimizer.RAdam(beta1, beta2, epsilon, pick hat hat hat outside), 1e-3
          // β₁ = 0.9, β₂ = 0.99, α = 10⁻⁴: the paper's.
          Optimizer.Lion(0.9, 0.99), pick 1e-4 1e-4 1e-3 1e-4
          // η⁻ = 0.5, η⁺ = 1.2, steps from 10⁻⁶ to 50: the paper's. It begins with steps of 0.1, PyTorch of 0.01.
          Optimizer.Rprop(0.5, 1.2, 1e-6, 50.0), 0.01 ]
