namespace NeuralNetwork

open System
open NeuralNetwork.Maths

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

    /// As in: 0.1 along half a cosine to 0 over 1000 steps.
    override schedule.ToString() =
        match schedule with
        | Schedule.Constant rate -> $"{Text.number rate} at every step"
        | Schedule.Cosine(rate, steps) -> Text.number rate + $" along half a cosine to 0 over {string steps} steps"
        | Schedule.Step(rate, factor, every) ->
            Text.number rate + $", times {Text.number factor}" + $" after every {string every} steps"
        | Schedule.Exponential(rate, factor, steps) ->
            Text.number rate + $", falling by {Text.number factor}" + $" over every {string steps} steps"
        | Schedule.Polynomial(rate, final, steps, power) ->
            Text.number rate
            + $" to {Text.number final}"
            + $" over {string steps} steps"
            + $", by the power {Text.number power} of what is left"
        | Schedule.InverseTime(rate, decay, steps) ->
            Text.number rate + $" / (1 + {Text.number decay}·s" + $" / {string steps}) after s steps"
        | Schedule.CosineRestarts(rate, steps, growth) ->
            Text.number rate
            + $" along half cosines to 0, the first over {string steps} steps"
            + $", each {Text.number growth} times as long"
        | Schedule.OneCycle(rate, steps, _, _, _) ->
            $"up to {Text.number rate}" + $" and down again in one cycle of {string steps} steps"
        | Schedule.OnPlateau(rate, rule) -> $"{Text.number rate}, {string rule}"
        | Schedule.Warmup(steps, next) -> $"up in a line over {string steps} steps" + $", then {string next}"

/// The pages of all schedules.
module internal SchedulePages =

    /// The plateau rule of a schedule, if it has one.
    let rec rule (schedule: Schedule) : Plateau option =
        match schedule with
        | Schedule.OnPlateau(_, rule) -> Some rule
        | Schedule.Warmup(_, next) -> rule next
        | _ -> None

    /// The rate of a step whose plateau rule, if there is one, has come to a factor; the first step is number 1.
    let rec scaled (factor: float) (step: int) (schedule: Schedule) : float =
        let past = float (step - 1)
        let progress steps = min 1.0 (past / float (steps: int))

        match schedule with
        | Schedule.Constant rate -> rate
        | Schedule.Cosine(rate, steps) -> Cosine.at rate (progress steps)
        | Schedule.Step(rate, drop, every) -> StepDecay.at rate drop every (step - 1)
        | Schedule.Exponential(rate, drop, steps) -> ExponentialDecay.at rate drop steps past
        | Schedule.Polynomial(rate, final, steps, power) -> PolynomialDecay.at rate final power (progress steps)
        | Schedule.InverseTime(rate, decay, steps) -> InverseTimeDecay.at rate decay steps past
        | Schedule.CosineRestarts(rate, steps, growth) -> CosineRestarts.at rate steps growth past
        | Schedule.OneCycle(rate, steps, rise, start, final) -> OneCycle.at rate steps rise start final past
        | Schedule.OnPlateau(rate, _) -> rate * factor
        | Schedule.Warmup(steps, next) when step < steps -> scaled factor 1 next * float step / float steps
        | Schedule.Warmup(steps, next) -> scaled factor (step - max 0 (steps - 1)) next

    /// The page of a schedule, the rate that it is named by, and its numbers; a warm-up is that of the schedule behind it.
    let rec described (schedule: Schedule) : SchedulePage * float * float list =
        match schedule with
        | Schedule.Constant rate -> ConstantRate.page, rate, []
        | Schedule.Cosine(rate, steps) -> Cosine.page, rate, [ float steps ]
        | Schedule.Step(rate, factor, every) -> StepDecay.page, rate, [ factor; float every ]
        | Schedule.Exponential(rate, factor, steps) -> ExponentialDecay.page, rate, [ factor; float steps ]
        | Schedule.Polynomial(rate, final, steps, power) -> PolynomialDecay.page, rate, [ final; power; float steps ]
        | Schedule.InverseTime(rate, decay, steps) -> InverseTimeDecay.page, rate, [ decay; float steps ]
        | Schedule.CosineRestarts(rate, steps, growth) -> CosineRestarts.page, rate, [ float steps; growth ]
        | Schedule.OneCycle(rate, steps, rise, start, final) -> OneCycle.page, rate, [ float steps; rise; start; final ]
        | Schedule.OnPlateau(rate, rule) -> PlateauDecay.page, rate, PlateauDecay.numbers rule
        | Schedule.Warmup(_, next) -> described next

    /// Every page with the schedule of a rate with its numbers, in the order of the documentation.
    let forms: (SchedulePage * (float -> float list -> Schedule)) list =
        [ ConstantRate.page, (fun rate _ -> Schedule.Constant rate)
          Cosine.page, (fun rate numbers -> Schedule.Cosine(rate, int numbers[0]))
          StepDecay.page, (fun rate numbers -> Schedule.Step(rate, numbers[0], int numbers[1]))
          ExponentialDecay.page, (fun rate numbers -> Schedule.Exponential(rate, numbers[0], int numbers[1]))
          PolynomialDecay.page, (fun rate numbers -> Schedule.Polynomial(rate, numbers[0], int numbers[2], numbers[1]))
          InverseTimeDecay.page, (fun rate numbers -> Schedule.InverseTime(rate, numbers[0], int numbers[1]))
          CosineRestarts.page, (fun rate numbers -> Schedule.CosineRestarts(rate, int numbers[0], numbers[1]))
          OneCycle.page,
          (fun rate numbers -> Schedule.OneCycle(rate, int numbers[0], numbers[1], numbers[2], numbers[3]))
          PlateauDecay.page, (fun rate numbers -> Schedule.OnPlateau(rate, PlateauDecay.rule numbers)) ]

    /// The parameters of a schedule with their numbers, those of its warm-ups first.
    let rec numbered (schedule: Schedule) : (Parameter * float) list =
        match schedule with
        | Schedule.Warmup(steps, next) -> (Warmup.parameter, float steps) :: numbered next
        | _ ->
            let page, _, numbers = described schedule
            List.zip page.Parameters numbers

// Names, rates and documentation of schedules.
type Schedule with

    /// The factor of a rule after the metrics of so many epochs, the first one first. A NaN is no progress.
    static member plateau (rule: Plateau) (metrics: float seq) : float =
        let next (watch: PlateauWatch) metric = watch.After(rule, metric)
        (Seq.fold next PlateauWatch.Start metrics).Scale

    /// The rate of a step after the epochs with these metrics; the first step is number 1. Only a plateau reads them.
    static member given (metrics: float seq) (step: int) (schedule: Schedule) : float =
        let factor =
            match SchedulePages.rule schedule with
            | Some rule -> Schedule.plateau rule metrics
            | None -> 1.0

        SchedulePages.scaled factor step schedule

    /// The rate of a step; the first step is number 1.
    static member at (step: int) (schedule: Schedule) : float = Schedule.given [] step schedule

    /// The rate a schedule is named by: the highest one.
    static member rate(schedule: Schedule) : float =
        let _, rate, _ = SchedulePages.described schedule
        rate

    /// Names as users write them; a warm-up has that of the schedule behind it.
    static member name(schedule: Schedule) : string =
        let page, _, _ = SchedulePages.described schedule
        page.Note.Name

    /// The parameters of a schedule besides its rate, by the names of the command line's options.
    static member parameters(schedule: Schedule) : (string * float) list =
        SchedulePages.numbered schedule |> List.map (fun (parameter, number) -> parameter.Name, number)

    /// The name of every schedule with the way to make it from a rate and a number of steps. Ours are the choices that
    /// no paper makes: three drops to a tenth in a run, an end at a hundredth (exponential) or a tenth (inverse time),
    /// three cosines of 1, 2 and 4 sevenths.
    static member all: (string * (float -> int -> Schedule)) list =
        [ for page, make in SchedulePages.forms -> page.Note.Name, (fun rate steps -> make rate (page.Standard steps)) ]

    /// The first number of a schedule that is none that it can be: the name of its parameter, the number, and what it must be.
    static member internal defect(schedule: Schedule) : (string * float * string) option =
        let rate = Schedule.rate schedule

        if not (Interval.atLeast0.Holds rate) then
            Some("rate", rate, $"finite and {Interval.atLeast0.Words}")
        else
            SchedulePages.numbered schedule
            |> List.tryFind (fun (parameter, value) -> not (parameter.Holds value))
            |> Option.map (fun (parameter, value) -> parameter.Name, value, parameter.Range)

    /// An ArgumentException where the rate is not a finite number from 0 on, or a parameter is none that it can be.
    static member check(schedule: Schedule) : unit =
        match Schedule.defect schedule with
        | Some("rate", value, range) ->
            raise (ArgumentException $"a learning rate of {Text.number value} (must be {range})")
        | Some(parameter, value, range) ->
            raise (
                ArgumentException
                    $"the {parameter} of the schedule {Schedule.name schedule}: {Text.number value} (must be {range})"
            )
        | None -> ()

    /// Reads a name with the first of its parameters, in the order of `parameters`, as in step:0.5:1000; the others have
    /// the values of `all`. The error says what was expected.
    static member parse (rate: float) (steps: int) (text: string) : Result<Schedule, string> =
        let word, numbers = Text.parameters text

        let complete (page: SchedulePage, make: float -> float list -> Schedule) =
            let known = page.Parameters

            if numbers.Length > known.Length then
                let names = known |> List.map _.Name
                let takes = if names.IsEmpty then "no parameter" else String.Join(", ", names)
                Error $"{word} takes {takes}"
            else
                let given = List.zip (List.truncate numbers.Length known) numbers

                match given |> List.tryFind (fun (parameter, value) -> not (parameter.Holds value)) with
                | Some(parameter, _) -> Error $"the {parameter.Name} of {word} must be {parameter.Range}"
                | None -> Ok(make rate (numbers @ List.skip numbers.Length (page.Standard steps)))

        let table = SchedulePages.forms |> List.map (fun (page, make) -> page.Note.Name, (page, make))
        Text.choose "schedule" table word |> Result.bind complete

    /// What a reader wants to know of every schedule, in the order of the documentation; the last is the warm-up.
    static member notes: FormulaNote list = [ for page, _ in SchedulePages.forms -> page.Note ] @ [ Warmup.note ]

    /// What a reader wants to know of a schedule; of a warm-up, not of the schedule behind it.
    static member note(schedule: Schedule) : FormulaNote =
        match schedule with
        | Schedule.Warmup _ -> Warmup.note
        | other ->
            let page, _, _ = SchedulePages.described other
            page.Note

    /// What the formulas of the notes are in.
    static member Letters: string = "s: the steps done before this one, 0 at the first; steps: those of the whole run"
