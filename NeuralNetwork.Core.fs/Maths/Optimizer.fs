namespace NeuralNetwork

open System

/// Does something with a rule whose type the compiler knows. `at` gives the rule of a step (the first is 1) and rate.
type internal IRuleVisitor<'T, 'Result> =
    abstract Visit<'Rule when 'Rule: struct and 'Rule :> IRule<'T>> : at: Func<int, float, 'Rule> -> 'Result

/// Names, settings, defaults and rules of optimizers.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Optimizer =

    /// The table from an optimizer to its rule.
    let internal visit<'T, 'Result> (visitor: IRuleVisitor<'T, 'Result>) (optimizer: Optimizer) : 'Result =
        match optimizer with
        | Optimizer.SGD -> visitor.Visit(fun _ rate -> SGDRule<'T>.At(rate))
        | Optimizer.Momentum(mu, dampening, inBuffer) ->
            visitor.Visit(fun step rate -> MomentumRule<'T>.At(mu, dampening, inBuffer, step, rate))
        | Optimizer.NAG(mu, inBuffer) -> visitor.Visit(fun _ rate -> NAGRule<'T>.At(mu, inBuffer, rate))
        | Optimizer.Adagrad(initial, epsilon, place) ->
            visitor.Visit(fun step rate -> AdagradRule<'T>.At(initial, epsilon, place, step, rate))
        | Optimizer.RMSprop(rho, mu, false, epsilon, place, inBuffer) ->
            visitor.Visit(fun _ rate -> RMSpropRule<'T>.At(rho, mu, epsilon, place, inBuffer, rate))
        | Optimizer.RMSprop(rho, mu, true, epsilon, place, inBuffer) ->
            visitor.Visit(fun _ rate -> CenteredRMSpropRule<'T>.At(rho, mu, epsilon, place, inBuffer, rate))
        | Optimizer.Adadelta(rho, epsilon) -> visitor.Visit(fun _ rate -> AdadeltaRule<'T>.At(rho, epsilon, rate))
        | Optimizer.Adam(beta1, beta2, epsilon, place)
        | Optimizer.AdamW(beta1, beta2, epsilon, place, _) ->
            visitor.Visit(fun step rate -> AdamRule<'T>.At(beta1, beta2, epsilon, place, step, rate))
        | Optimizer.AMSGrad(beta1, beta2, epsilon, place, corrected) ->
            visitor.Visit(fun step rate -> AMSGradRule<'T>.At(beta1, beta2, epsilon, place, corrected, step, rate))
        | Optimizer.Adamax(beta1, beta2, epsilon, inMaximum) ->
            visitor.Visit(fun step rate -> AdamaxRule<'T>.At(beta1, beta2, epsilon, inMaximum, step, rate))
        | Optimizer.Nadam(beta1, beta2, epsilon, scheduled, psi) ->
            visitor.Visit(fun step rate -> NadamRule<'T>.At(beta1, beta2, epsilon, scheduled, psi, step, rate))
        | Optimizer.RAdam(beta1, beta2, epsilon, place) ->
            visitor.Visit(fun step rate -> AdamRule<'T>.Rectified(beta1, beta2, epsilon, place, step, rate))
        | Optimizer.Lion(beta1, beta2) -> visitor.Visit(fun _ rate -> LionRule<'T>.At(beta1, beta2, rate))
        | Optimizer.Rprop(etaMinus, etaPlus, least, greatest) ->
            visitor.Visit(fun step rate -> RpropRule<'T>.At(etaMinus, etaPlus, least, greatest, step, rate))

    let private asIs: Walk =
        { Number = fun _ _ value -> value
          Flag = fun _ value -> value
          Placement = id }

    /// Names as users write them.
    let name (optimizer: Optimizer) : string =
        let name, _, _ = OptimizerTable.row asIs optimizer
        name

    /// What an optimizer keeps for every weight, by the names in a checkpoint: at most three numbers, which begin at 0.
    let slots (optimizer: Optimizer) : string list =
        let _, slots, _ = OptimizerTable.row asIs optimizer
        slots

    [<Literal>]
    let private PlacementName = "epsilon-placement"

    /// Every hyper-parameter and switch of an optimizer, by the names of the command line's options.
    let settings (optimizer: Optimizer) : (string * Setting) list =
        let found = Collections.Generic.List<string * Setting>()

        let note name setting value =
            found.Add((name, setting))
            value

        let walk =
            { Number = fun name _ value -> note name (Setting.Number value) value
              Flag = fun name value -> note name (Setting.Flag value) value
              Placement = fun value -> note PlacementName (Setting.Placement value) value }

        OptimizerTable.row walk optimizer |> ignore
        List.ofSeq found

    /// The hyper-parameters of an optimizer, by the names of the command line's options.
    let hyperparameters (optimizer: Optimizer) : (string * float) list =
        settings optimizer
        |> List.choose (fun (name, setting) ->
            match setting with
            | Setting.Number value -> Some(name, value)
            | Setting.Flag _
            | Setting.Placement _ -> None)

    /// What is wrong with the hyper-parameters of an optimizer, a line for each; empty if nothing is.
    let defects (optimizer: Optimizer) : string list =
        let found = Collections.Generic.List<string>()

        let check name (interval: Interval) value =
            if not (interval.Holds value) then
                found.Add $"{name} {Text.number value} (must be {interval.Words})"

            value

        OptimizerTable.row { asIs with Number = check } optimizer |> ignore
        List.ofSeq found

    /// The same optimizer with one setting changed; the error says what is wrong with the name or the value.
    let set (setting: string) (value: Setting) (optimizer: Optimizer) : Result<Optimizer, string> =
        let replace walk =
            let _, _, changed = OptimizerTable.row walk optimizer

            match defects changed with
            | [] -> Ok changed
            | defect :: _ -> Error defect

        let known = settings optimizer

        match List.tryFind (fun (name, _) -> name = setting) known |> Option.map snd, value with
        | Some(Setting.Number _), Setting.Number x ->
            replace { asIs with Number = fun name _ old -> if name = setting then x else old }
        | Some(Setting.Flag _), Setting.Flag x ->
            replace { asIs with Flag = fun name old -> if name = setting then x else old }
        | Some(Setting.Placement _), Setting.Placement x -> replace { asIs with Placement = fun _ -> x }
        | Some _, _ -> Error $"{setting} has another kind of value"
        | None, _ ->
            let takes =
                match known with
                | [] -> "takes none"
                | _ -> "takes " + String.Join(", ", List.map fst known)

            Error $"{setting} does not belong to {name optimizer} (which {takes})"

    /// Decoupled weight decay λ that belongs to an optimizer: w -= α·λ·w before its step.
    let weightDecay (optimizer: Optimizer) : float =
        match optimizer with
        | Optimizer.AdamW(_, _, _, _, decay) -> decay
        | _ -> 0.0

    /// An optimizer by its name with the defaults of a convention; the error says what was expected.
    let ofConvention (convention: Convention) (text: string) : Result<Optimizer, string> =
        Text.choose "optimizer" (OptimizerTable.defaults convention |> List.map (fun (one, _) -> name one, one)) text

    /// The default learning rate of an optimizer in a convention, whatever its other settings.
    let learningRate (convention: Convention) (optimizer: Optimizer) : float =
        OptimizerTable.defaults convention |> List.find (fun (one, _) -> name one = name optimizer) |> snd

    /// Every optimizer with its default hyper-parameters, in the order of the documentation.
    let all: Optimizer list = OptimizerTable.defaults Convention.Torch |> List.map fst

    /// Reads a name; the error says what was expected.
    let parse (text: string) : Result<Optimizer, string> = ofConvention Convention.Torch text

    let private named (text: string) : Optimizer = all |> List.find (fun one -> name one = text)

    /// Momentum (Polyak 1964), as PyTorch sets it.
    let momentum = named "momentum"

    /// Nesterov's momentum (1983), as PyTorch sets it.
    let nag = named "nag"

    /// Adagrad (Duchi, Hazan and Singer 2011), as PyTorch sets it.
    let adagrad = named "adagrad"

    /// RMSprop (Hinton 2012), as PyTorch sets it.
    let rmsprop = named "rmsprop"

    /// Adadelta (Zeiler 2012), as PyTorch sets it.
    let adadelta = named "adadelta"

    /// Adam (Kingma and Ba 2015, algorithm 1), as PyTorch sets it.
    let adam = named "adam"

    /// AMSGrad (Reddi, Kale and Kumar 2018), as PyTorch sets it.
    let amsgrad = named "amsgrad"

    /// AdamW (Loshchilov and Hutter 2019), as PyTorch sets it.
    let adamw = named "adamw"

    /// Adamax (Kingma and Ba 2015, section 7), as PyTorch sets it.
    let adamax = named "adamax"

    /// Nadam (Dozat 2016), as PyTorch sets it.
    let nadam = named "nadam"

    /// RAdam (Liu et al. 2020), as PyTorch sets it.
    let radam = named "radam"

    /// Lion (Chen et al. 2023), as PyTorch sets it.
    let lion = named "lion"

    /// Rprop (Riedmiller and Braun 1993), as PyTorch sets it.
    let rprop = named "rprop"
