namespace NeuralNetwork.Maths

open System

/// Defaults of a plateau rule that are needed twice: PyTorch's ReduceLROnPlateau.
module internal PlateauDefaults =

    /// What the rate is multiplied by.
    [<Literal>]
    let Factor = 0.1

    /// Epochs without a fall that are borne.
    [<Literal>]
    let Patience = 10

/// When to lower the rate because a metric (the smaller the better) no longer falls.
type Plateau =
    {
        /// What the rate is multiplied by.
        Factor: float
        /// So many epochs without progress are borne; the next one lowers the rate.
        Patience: int
        /// Progress is to fall below the best value by more than this, or by more than this share of it.
        Threshold: float
        /// Whether the threshold is a share of the best value.
        IsRelative: bool
        /// So many epochs after a drop do not count.
        Cooldown: int
        /// The rate's factor never falls below this.
        Lowest: float
    }

    /// As in: times 0.1 after more than 10 epochs without progress.
    override rule.ToString() =
        "times "
        + Text.number rule.Factor
        + $" after more than {string rule.Patience} epochs without progress"

    /// PyTorch's ReduceLROnPlateau: 10 epochs without a fall by a share of 10⁻⁴ are borne.
    static member Torch: Plateau =
        { Factor = PlateauDefaults.Factor
          Patience = PlateauDefaults.Patience
          Threshold = 1e-4
          IsRelative = true
          Cooldown = 0
          Lowest = 0.0 }

    /// Keras's ReduceLROnPlateau: its patience of 10 drops the rate at the 10th epoch without a fall by 10⁻⁴, so 9 are
    /// borne. Its cooldown of c > 0 leaves c - 1 epochs uncounted.
    static member Keras: Plateau = { Plateau.Torch with Patience = 9; IsRelative = false }

/// What a plateau rule remembers of the epochs so far: the best value, the epochs without progress, those that do not count yet, and
/// the factor that the rate has come to.
[<Struct>]
type internal PlateauWatch =
    { Best: float
      Bad: int
      Uncounted: int
      Scale: float }

    /// Before the first epoch.
    static member Start: PlateauWatch = { Best = infinity; Bad = 0; Uncounted = 0; Scale = 1.0 }

    /// After another epoch, which came to this metric. A NaN is no progress.
    member watch.After(rule: Plateau, metric: float) : PlateauWatch =
        let threshold = if rule.IsRelative then rule.Threshold * abs watch.Best else rule.Threshold
        let isProgress = metric < watch.Best - (if Double.IsFinite watch.Best then threshold else 0.0)
        let best = if isProgress then metric else watch.Best
        let bad = if isProgress || watch.Uncounted > 0 then 0 else watch.Bad + 1

        if bad > rule.Patience then
            let scale = max rule.Lowest (watch.Scale * rule.Factor)
            { Best = best; Bad = 0; Uncounted = rule.Cooldown; Scale = scale }
        else
            { Best = best; Bad = bad; Uncounted = max 0 (watch.Uncounted - 1); Scale = watch.Scale }

/// All that is known of a schedule besides its formula.
type internal SchedulePage =
    {
        /// Its numbers besides the rate, in the order of their case, by the names of the command line's options.
        Parameters: Parameter list
        /// These numbers over so many steps, where nothing else is said. Ours are the choices that no paper makes.
        Standard: int -> float list
        /// What a reader wants to know; its name is that of the schedule.
        Note: FormulaNote
    }

/// What the numbers of a schedule may be.
module internal ScheduleParameter =

    let count name : Parameter =
        { Name = name
          Range = "a whole number from 1 on"
          Holds = fun x -> x >= 1.0 && x <= 2147483647.0 && x = floor x }

    let countOrNone name : Parameter =
        { Name = name
          Range = "a whole number from 0 on"
          Holds = fun x -> x = 0.0 || (count name).Holds x }

    let atLeast0 name : Parameter = { Name = name; Range = "at least 0"; Holds = fun x -> x >= 0.0 && x < infinity }
    let atLeast1 name : Parameter = { Name = name; Range = "at least 1"; Holds = fun x -> x >= 1.0 && x < infinity }
    let flag name : Parameter = { Name = name; Range = "0 or 1"; Holds = fun x -> x = 0.0 || x = 1.0 }

    /// From the first number at weight 1 to the last at weight 0.
    let between (first: float) (last: float) (weight: float) : float = last + (first - last) * weight

    /// From 1 at progress 0 to 0 at progress 1 along half a cosine.
    let halfCosine (progress: float) : float = 0.5 * (1.0 + Scalar.cosineOfTurns (0.5 * progress))
