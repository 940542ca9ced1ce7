namespace NeuralNetwork

open System
open NeuralNetwork.Maths

/// Schedules by name, and what their pages say of them.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Schedule =

    /// The factor of a rule after the metrics of so many epochs, the first one first. A NaN is no progress.
    let plateau (rule: Plateau) (metrics: float seq) : float =
        let judge (watch: PlateauWatch) metric = watch.After(rule, metric)
        (Seq.fold judge PlateauWatch.Start metrics).Scale

    /// The plateau rule of a schedule, if it has one.
    let rec internal rule (schedule: Schedule) : Plateau option =
        match schedule with
        | Schedule.OnPlateau(_, rule) -> Some rule
        | Schedule.Warmup(_, next) -> rule next
        | _ -> None

    /// The rate of a step whose plateau rule, if there is one, has come to a factor; the first step is number 1.
    let rec internal scaled (factor: float) (step: int) (schedule: Schedule) : float =
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

    /// The rate of a step after the epochs with these metrics; the first step is number 1. Only a plateau reads them.
    let given (metrics: float seq) (step: int) (schedule: Schedule) : float =
        let factor =
            match rule schedule with
            | Some rule -> plateau rule metrics
            | None -> 1.0

        scaled factor step schedule

    /// The rate of a step; the first step is number 1.
    let at (step: int) (schedule: Schedule) : float = given [] step schedule

    /// The page of a schedule, the rate that it is named by, and its numbers; a warm-up is that of the schedule behind it.
    let rec private described (schedule: Schedule) : SchedulePage * float * float list =
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

    /// Every page, in the order of the documentation.
    let private pages: SchedulePage list =
        [ ConstantRate.page
          Cosine.page
          StepDecay.page
          ExponentialDecay.page
          PolynomialDecay.page
          InverseTimeDecay.page
          CosineRestarts.page
          OneCycle.page
          PlateauDecay.page ]

    /// The rate a schedule is named by: the highest one.
    let rate (schedule: Schedule) : float =
        let _, rate, _ = described schedule
        rate

    /// Names as users write them; a warm-up has that of the schedule behind it.
    let name (schedule: Schedule) : string =
        let page, _, _ = described schedule
        page.Note.Name

    /// The parameters of a schedule with their numbers, those of its warm-ups first.
    let rec private numbered (schedule: Schedule) : (Parameter * float) list =
        match schedule with
        | Schedule.Warmup(steps, next) -> (Warmup.parameter, float steps) :: numbered next
        | _ ->
            let page, _, numbers = described schedule
            List.zip page.Parameters numbers

    /// The parameters of a schedule besides its rate, by the names of the command line's options.
    let parameters (schedule: Schedule) : (string * float) list =
        numbered schedule |> List.map (fun (parameter, number) -> parameter.Name, number)

    /// The name of every schedule with the way to make it from a rate and a number of steps. Ours are the choices that
    /// no paper makes: three drops to a tenth in a run, an end at a hundredth (exponential) or a tenth (inverse time),
    /// three cosines of 1, 2 and 4 sevenths.
    let all: (string * (float -> int -> Schedule)) list = pages |> List.map (fun page -> page.Note.Name, page.Standard)

    /// The first number of a schedule that is none that it can be: the name of its parameter, the number, and what it must be.
    let internal defect (schedule: Schedule) : (string * float * string) option =
        let rate = rate schedule

        if not (Interval.atLeast0.Holds rate) then
            Some("rate", rate, $"finite and {Interval.atLeast0.Words}")
        else
            numbered schedule
            |> List.tryFind (fun (parameter, value) -> not (parameter.Holds value))
            |> Option.map (fun (parameter, value) -> parameter.Name, value, parameter.Range)

    /// An ArgumentException where the rate is not a finite number from 0 on, or a parameter is none that it can be.
    let check (schedule: Schedule) : unit =
        match defect schedule with
        | Some("rate", value, range) ->
            raise (ArgumentException $"a learning rate of {Text.number value} (must be {range})")
        | Some(parameter, value, range) ->
            raise (
                ArgumentException
                    $"the {parameter} of the schedule {name schedule}: {Text.number value} (must be {range})"
            )
        | None -> ()

    /// Reads a name with the first of its parameters, in the order of `parameters`, as in step:0.5:1000; the others have
    /// the values of `all`. The error says what was expected.
    let parse (rate: float) (steps: int) (text: string) : Result<Schedule, string> =
        let word, numbers = Text.parameters text

        let complete (page: SchedulePage) =
            let known = page.Parameters

            if numbers.Length > known.Length then
                let names = known |> List.map _.Name
                let takes = if names.IsEmpty then "no parameter" else String.Join(", ", names)
                Error $"{word} takes {takes}"
            else
                let given = List.zip (List.truncate numbers.Length known) numbers

                match given |> List.tryFind (fun (parameter, value) -> not (parameter.Holds value)) with
                | Some(parameter, _) -> Error $"the {parameter.Name} of {word} must be {parameter.Range}"
                | None ->
                    let _, _, standard = described (page.Standard rate steps)
                    Ok(page.Make rate (numbers @ List.skip numbers.Length standard))

        let table = pages |> List.map (fun page -> page.Note.Name, page)
        Text.choose "schedule" table word |> Result.bind complete

    /// What a reader wants to know of every schedule, in the order of the documentation; the last is the warm-up.
    let notes: FormulaNote list = List.map _.Note pages @ [ Warmup.note ]

    /// What a reader wants to know of a schedule; of a warm-up, not of the schedule behind it.
    let note (schedule: Schedule) : FormulaNote =
        match schedule with
        | Schedule.Warmup _ -> Warmup.note
        | other ->
            let page, _, _ = described other
            page.Note

    /// What the formulas of the notes are in.
    [<Literal>]
    let Letters = "s: the steps done before this one, 0 at the first; steps: those of the whole run"
