namespace NeuralNetwork

open System

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
        /// So many epochs after a drop are not judged.
        Cooldown: int
        /// The rate's factor never falls below this.
        Lowest: float
    }

    /// PyTorch's ReduceLROnPlateau: 10 epochs without a fall by a share of 10⁻⁴ are borne.
    static member Torch: Plateau =
        { Factor = Defaults.PlateauFactor
          Patience = Defaults.PlateauPatience
          Threshold = 1e-4
          IsRelative = true
          Cooldown = 0
          Lowest = 0.0 }

    /// Keras's ReduceLROnPlateau: its patience of 10 drops the rate at the 10th epoch without a fall by 10⁻⁴, so 9 are
    /// borne. Its cooldown of c > 0 leaves c - 1 epochs unjudged.
    static member Keras: Plateau = { Plateau.Torch with Patience = 9; IsRelative = false }

/// The learning rate as a pure function of the step. Steps are those of the optimizer, one per batch; the first is 1.
/// Below, s = step - 1 counts the steps that are done, and p = min(s / Steps, 1) is the progress.
[<RequireQualifiedAccess>]
type Schedule =
    /// The same rate at every step.
    | Constant of Rate: float
    /// From Rate down to 0 along half a cosine over Steps steps, then 0 (Loshchilov and Hutter 2017, without restarts).
    | Cosine of Rate: float * Steps: int
    /// Rate·Factor^⌊s / Every⌋. PyTorch's StepLR (factor 0.1) counts epochs instead.
    | Step of Rate: float * Factor: float * Every: int
    /// Rate·Factor^(s / Steps), without end, as Keras's ExponentialDecay; PyTorch's ExponentialLR has Steps = 1 epoch.
    | Exponential of Rate: float * Factor: float * Steps: int
    /// Final + (Rate - Final)·(1 - p)^Power, then Final, as Keras's PolynomialDecay; Power 1 is a line.
    | Polynomial of Rate: float * Final: float * Steps: int * Power: float
    /// Rate / (1 + Decay·s / Steps), without end, as Keras's InverseTimeDecay.
    | InverseTime of Rate: float * Decay: float * Steps: int
    /// Half cosines from Rate to 0, the first over Steps steps, each later one Growth times as long (Loshchilov and
    /// Hutter 2017, SGDR, where Steps is T₀ and Growth is T_mult). Growth is at least 1.
    | CosineRestarts of Rate: float * Steps: int * Growth: float
    /// Half a cosine up from Rate / Start to Rate over the first Rise of the steps, then half a cosine down to
    /// Rate / Start / Final at step Steps, and so on from there (Smith and Topin 2018, in PyTorch's form with one phase
    /// down; defaults 0.3, 25 and 10⁴ as there). The momentum does not cycle.
    | OneCycle of Rate: float * Steps: int * Rise: float * Start: float * Final: float
    /// Rate, times the factor of a plateau rule after the epochs so far (see `given`).
    | OnPlateau of Rate: float * Rule: Plateau
    /// In a line from the first rate of Then divided by Steps up to that rate at step Steps, which is the first step of
    /// Then (Goyal et al. 2017).
    | Warmup of Steps: int * Then: Schedule

/// What a plateau rule remembers: the best value, the epochs without progress, those not judged yet, the factor.
[<Struct>]
type private Watch = { Best: float; Bad: int; Unjudged: int; Scale: float }

module Schedule =

    /// From 1 at progress 0 to 0 at progress 1 along half a cosine.
    let private halfCosine (progress: float) : float = 0.5 * (1.0 + cos (Math.PI * progress))

    let private between (first: float) (last: float) (weight: float) : float = last + (first - last) * weight

    /// The progress inside its period of a number of periods done, each longer than the one before by the factor growth.
    let private restart (growth: float) (finished: float) : float =
        if growth = 1.0 then
            finished - floor finished
        else
            // Periods before number k are (growthᵏ - 1) / (growth - 1) first periods long; the 10⁻⁹ absorbs rounding.
            let start (number: float) = (Math.Pow(growth, number) - 1.0) / (growth - 1.0)
            let number = floor (Math.Log(1.0 + finished * (growth - 1.0), growth) + 1e-9)
            max 0.0 ((finished - start number) / Math.Pow(growth, number))

    let private oneCycle rate steps rise start final (past: float) =
        let peak, last = rise * float steps - 1.0, float (steps - 1)

        if past < peak then
            between rate (rate / start) (1.0 - halfCosine (past / peak))
        else
            let progress = if last > peak then min 1.0 ((past - peak) / (last - peak)) else 1.0
            between rate (rate / start / final) (halfCosine progress)

    /// The factor of a rule after the metrics of so many epochs, the first one first. A NaN is no progress.
    let plateau (rule: Plateau) (metrics: float seq) : float =
        let isProgress best metric =
            let threshold = if rule.IsRelative then rule.Threshold * abs best else rule.Threshold
            metric < best - (if Double.IsFinite best then threshold else 0.0)

        let judge (watch: Watch) (metric: float) =
            let progress = isProgress watch.Best metric
            let best = if progress then metric else watch.Best
            let bad = if progress || watch.Unjudged > 0 then 0 else watch.Bad + 1

            if bad > rule.Patience then
                let scale = max rule.Lowest (watch.Scale * rule.Factor)
                { Best = best; Bad = 0; Unjudged = rule.Cooldown; Scale = scale }
            else
                { Best = best; Bad = bad; Unjudged = max 0 (watch.Unjudged - 1); Scale = watch.Scale }

        (Seq.fold judge { Best = infinity; Bad = 0; Unjudged = 0; Scale = 1.0 } metrics).Scale

    /// The rate of a step after the epochs with these metrics; the first step is number 1. Only a plateau reads them.
    let rec given (metrics: float seq) (step: int) (schedule: Schedule) : float =
        let past = float (step - 1)
        let progress steps = min 1.0 (past / float (steps: int))

        match schedule with
        | Schedule.Constant rate -> rate
        | Schedule.Cosine(rate, steps) -> rate * halfCosine (progress steps)
        | Schedule.Step(rate, factor, every) -> rate * Math.Pow(factor, float ((step - 1) / every))
        | Schedule.Exponential(rate, factor, steps) -> rate * Math.Pow(factor, past / float steps)
        | Schedule.Polynomial(rate, final, steps, power) -> between rate final (Math.Pow(1.0 - progress steps, power))
        | Schedule.InverseTime(rate, decay, steps) -> rate / (1.0 + decay * past / float steps)
        | Schedule.CosineRestarts(rate, steps, growth) -> rate * halfCosine (restart growth (past / float steps))
        | Schedule.OneCycle(rate, steps, rise, start, final) -> oneCycle rate steps rise start final past
        | Schedule.OnPlateau(rate, rule) -> rate * plateau rule metrics
        | Schedule.Warmup(steps, next) when step < steps -> given metrics 1 next * float step / float steps
        | Schedule.Warmup(steps, next) -> given metrics (step - max 0 (steps - 1)) next

    /// The rate of a step; the first step is number 1.
    let at (step: int) (schedule: Schedule) : float = given [] step schedule

    /// The rate a schedule is named by: the highest one.
    let rec rate (schedule: Schedule) : float =
        match schedule with
        | Schedule.Constant rate
        | Schedule.Cosine(rate, _)
        | Schedule.Step(rate, _, _)
        | Schedule.Exponential(rate, _, _)
        | Schedule.Polynomial(rate, _, _, _)
        | Schedule.InverseTime(rate, _, _)
        | Schedule.CosineRestarts(rate, _, _)
        | Schedule.OneCycle(rate, _, _, _, _)
        | Schedule.OnPlateau(rate, _) -> rate
        | Schedule.Warmup(_, next) -> rate next

    /// Names as users write them; a warm-up has that of the schedule behind it.
    let rec name (schedule: Schedule) : string =
        match schedule with
        | Schedule.Constant _ -> "constant"
        | Schedule.Cosine _ -> "cosine"
        | Schedule.Step _ -> "step"
        | Schedule.Exponential _ -> "exponential"
        | Schedule.Polynomial _ -> "polynomial"
        | Schedule.InverseTime _ -> "inverse-time"
        | Schedule.CosineRestarts _ -> "cosine-restarts"
        | Schedule.OneCycle _ -> "one-cycle"
        | Schedule.OnPlateau _ -> "plateau"
        | Schedule.Warmup(_, next) -> name next

    /// The parameters of a schedule besides its rate, by the names of the command line's options.
    let rec parameters (schedule: Schedule) : (string * float) list =
        match schedule with
        | Schedule.Constant _ -> []
        | Schedule.Cosine(_, steps) -> [ "steps", float steps ]
        | Schedule.Step(_, factor, every) -> [ "factor", factor; "every_steps", float every ]
        | Schedule.Exponential(_, factor, steps) -> [ "factor", factor; "steps", float steps ]
        | Schedule.Polynomial(_, final, steps, power) -> [ "final", final; "power", power; "steps", float steps ]
        | Schedule.InverseTime(_, decay, steps) -> [ "decay", decay; "steps", float steps ]
        | Schedule.CosineRestarts(_, steps, growth) -> [ "first_steps", float steps; "growth", growth ]
        | Schedule.OneCycle(_, steps, rise, start, final) ->
            [ "steps", float steps; "rise", rise; "start", start; "final", final ]
        | Schedule.OnPlateau(_, rule) ->
            [ "factor", rule.Factor
              "patience_epochs", float rule.Patience
              "threshold", rule.Threshold
              "relative", (if rule.IsRelative then 1.0 else 0.0)
              "cooldown_epochs", float rule.Cooldown
              "lowest", rule.Lowest ]
        | Schedule.Warmup(steps, next) -> ("warmup_steps", float steps) :: parameters next

    /// The name of every schedule with the way to make it from a rate and a number of steps. Ours are the choices that
    /// no paper makes: three drops to a tenth in a run, an end at a hundredth (exponential) or a tenth (inverse time),
    /// three cosines of 1, 2 and 4 sevenths.
    let all: (string * (float -> int -> Schedule)) list =
        [ "constant", (fun rate _ -> Schedule.Constant rate)
          "cosine", (fun rate steps -> Schedule.Cosine(rate, steps))
          "step", (fun rate steps -> Schedule.Step(rate, 0.1, max 1 ((steps + 3) / 4)))
          "exponential", (fun rate steps -> Schedule.Exponential(rate, 0.01, steps))
          "polynomial", (fun rate steps -> Schedule.Polynomial(rate, 0.0, steps, 1.0))
          "inverse-time", (fun rate steps -> Schedule.InverseTime(rate, 9.0, steps))
          "cosine-restarts", (fun rate steps -> Schedule.CosineRestarts(rate, max 1 ((steps + 6) / 7), 2.0))
          "one-cycle",
          (fun rate steps ->
              Schedule.OneCycle(rate, steps, Defaults.OneCycleRise, Defaults.OneCycleStart, Defaults.OneCycleFinal))
          "plateau", (fun rate _ -> Schedule.OnPlateau(rate, Plateau.Torch)) ]

    let private isCount x = x >= 1.0 && x <= 2147483647.0 && x = floor x
    let private isCountOrNone x = x = 0.0 || isCount x
    let private isShare x = x > 0.0 && x < 1.0
    let private isAbove0 x = x > 0.0 && x < infinity
    let private isLeast0 x = x >= 0.0 && x < infinity
    let private isLeast1 x = x >= 1.0 && x < infinity

    /// What the parameter of a name may be, in words and as a test.
    let private range (schedule: Schedule) (parameter: string) : string * (float -> bool) =
        match parameter with
        | "final" when schedule.IsOneCycle -> "above 0", isAbove0
        | "steps"
        | "every_steps"
        | "first_steps" -> "a whole number from 1 on", isCount
        | "patience_epochs"
        | "cooldown_epochs" -> "a whole number from 0 on", isCountOrNone
        | "relative" -> "0 or 1", (fun x -> x = 0.0 || x = 1.0)
        | "rise" -> "above 0 and below 1", isShare
        | "factor"
        | "power" -> "above 0", isAbove0
        | "growth"
        | "start" -> "at least 1", isLeast1
        | _ -> "at least 0", isLeast0

    /// An ArgumentException where the rate is not a finite number from 0 on, or a parameter is none that it can be.
    let check (schedule: Schedule) : unit =
        let rate = rate schedule

        if not (rate >= 0.0 && Double.IsFinite rate) then
            raise (ArgumentException $"a learning rate of {Text.number rate} (must be finite and at least 0)")

        for parameter, value in parameters schedule do
            let words, holds = range schedule parameter

            if not (holds value) then
                let found = Text.number value

                raise (
                    ArgumentException $"the {parameter} of the schedule {name schedule} is {found} (must be {words})"
                )

    /// The same schedule with all its parameters, in the order of `parameters`.
    let private withParameters (schedule: Schedule) (values: float list) : Schedule =
        match schedule, values with
        | Schedule.Cosine(rate, _), [ steps ] -> Schedule.Cosine(rate, int steps)
        | Schedule.Step(rate, _, _), [ factor; every ] -> Schedule.Step(rate, factor, int every)
        | Schedule.Exponential(rate, _, _), [ factor; steps ] -> Schedule.Exponential(rate, factor, int steps)
        | Schedule.Polynomial(rate, _, _, _), [ final; power; steps ] ->
            Schedule.Polynomial(rate, final, int steps, power)
        | Schedule.InverseTime(rate, _, _), [ decay; steps ] -> Schedule.InverseTime(rate, decay, int steps)
        | Schedule.CosineRestarts(rate, _, _), [ steps; growth ] -> Schedule.CosineRestarts(rate, int steps, growth)
        | Schedule.OneCycle(rate, _, _, _, _), [ steps; rise; start; final ] ->
            Schedule.OneCycle(rate, int steps, rise, start, final)
        | Schedule.OnPlateau(rate, _), [ factor; patience; threshold; relative; cooldown; lowest ] ->
            let rule =
                { Factor = factor
                  Patience = int patience
                  Threshold = threshold
                  IsRelative = (relative = 1.0)
                  Cooldown = int cooldown
                  Lowest = lowest }

            Schedule.OnPlateau(rate, rule)
        | asItIs, _ -> asItIs

    /// Reads a name with the first of its parameters, in the order of `parameters`, as in step:0.5:1000; the others have
    /// the values of `all`. The error says what was expected.
    let parse (rate: float) (steps: int) (text: string) : Result<Schedule, string> =
        let word, numbers = Text.parameters text

        let complete (schedule: Schedule) =
            let known = parameters schedule
            let names = known |> List.map fst

            if numbers.Length > known.Length then
                let takes = if names.IsEmpty then "no parameter" else String.Join(", ", names)
                Error $"{word} takes {takes}"
            else
                let given = List.zip (List.truncate numbers.Length names) numbers

                match given |> List.tryFind (fun (name, value) -> not (snd (range schedule name) value)) with
                | Some(name, _) -> Error $"the {name} of {word} must be {fst (range schedule name)}"
                | None -> Ok(withParameters schedule (numbers @ List.skip numbers.Length (List.map snd known)))

        Text.choose "schedule" all word |> Result.bind (fun make -> complete (make rate steps))
