namespace NeuralNetwork

open System
open NeuralNetwork.Maths

/// How a gradient becomes a step, as plain data: the record of an optimizer's settings, with a switch wherever frameworks
/// differ. `Maths/Optimizers/` has a page for each. α is the learning rate, which comes from the schedule.
[<RequireQualifiedAccess>]
type Optimizer =
    /// w -= α·g
    | SGD
    /// Polyak 1964: m = µ·m + (1 - d)·g; w -= α·m
    | Momentum of Momentum
    /// Nesterov 1983 in the form of Sutskever 2013: m = µ·m + g; w -= α·(g + µ·m)
    | NAG of NAG
    /// Duchi, Hazan and Singer 2011: v += g²; w -= α·g / (√v + ε)
    | Adagrad of Adagrad
    /// Tieleman and Hinton 2012: w -= α·g / (√v + ε) with the mean square v; centered, with the variance (Graves 2013)
    | RMSprop of RMSprop
    /// Zeiler 2012, algorithm 1: w -= α·√(u + ε) / √(v + ε)·g with the mean squares u of steps and v of gradients
    | Adadelta of Adadelta
    /// Kingma and Ba 2015, algorithm 1: w -= α·m̂ / (√v̂ + ε), with bias-corrected moments m̂ and v̂
    | Adam of Adam
    /// Reddi, Kale and Kumar 2018: Adam with the greatest v so far
    | AMSGrad of AMSGrad
    /// Loshchilov and Hutter 2019: w -= α·λ·w, then Adam
    | AdamW of AdamW
    /// Kingma and Ba 2015, algorithm 2: w -= α·m̂ / u with the decaying maximum u of |g|
    | Adamax of Adamax
    /// Dozat 2016: Adam with Nesterov's look ahead
    | Nadam of Nadam
    /// Liu et al. 2020, algorithm 2: Adam with the variance of its early steps rectified
    | RAdam of RAdam
    /// Chen et al. 2023, algorithm 2: w -= α·sign(β₁·m + (1 - β₁)·g)
    | Lion of Lion
    /// Riedmiller and Braun 1993, iRprop⁻: a step size for each weight, grown and shrunk by the signs of its gradients
    | Rprop of Rprop

    /// As in: adam of beta1 0.9, beta2 0.999, epsilon 1E-08, epsilon outside.
    override optimizer.ToString() = (OptimizerPages.opened optimizer).Text

/// A page opened at the settings of one optimizer.
and internal IOpenPage =
    abstract Note: OptimizerNote
    abstract Text: string
    abstract Defaults: convention: Convention -> Optimizer * float
    abstract Settings: OptimizerSetting list
    abstract With: setting: string * value: Setting -> Result<Optimizer, string>
    abstract Slots: string list
    abstract Formula: string list
    abstract Visit<'T, 'Result> : visitor: IRuleVisitor<'T, 'Result> -> 'Result

/// The pages of all optimizers.
and [<AbstractClass; Sealed>] internal OptimizerPages =

    static member private at<'Settings>
        (page: IOptimizerPage<'Settings>)
        (optimizer: 'Settings -> Optimizer)
        (settings: 'Settings)
        : IOpenPage =
        { new IOpenPage with
            member _.Note = page.Note
            member _.Text = if page.Fields.IsEmpty then page.Note.Name else string settings

            member _.Defaults convention =
                let settings, rate = page.Defaults convention
                optimizer settings, rate

            member _.Settings =
                [ for field in page.Fields -> { Name = field.Name; Meaning = field.Meaning; Value = field.Get settings } ]

            member _.With(setting, value) =
                match page.Fields |> List.tryFind (fun field -> field.Name = setting) with
                | Some field -> field.With value settings |> Result.map optimizer
                | None ->
                    let takes =
                        if page.Fields.IsEmpty then "none" else String.Join(", ", page.Fields |> List.map _.Name)

                    Error $"does not belong to {page.Note.Name} (which takes {takes})"

            member _.Slots = page.Slots settings
            member _.Formula = page.Formula settings
            member _.Visit visitor = page.Visit(settings, visitor) }

    /// The page of an optimizer, opened at its settings: the list of pages.
    static member opened(optimizer: Optimizer) : IOpenPage =
        match optimizer with
        | Optimizer.SGD -> OptimizerPages.at SGD.page (fun () -> Optimizer.SGD) ()
        | Optimizer.Momentum settings -> OptimizerPages.at Momentum.page Optimizer.Momentum settings
        | Optimizer.NAG settings -> OptimizerPages.at NAG.page Optimizer.NAG settings
        | Optimizer.Adagrad settings -> OptimizerPages.at Adagrad.page Optimizer.Adagrad settings
        | Optimizer.RMSprop settings -> OptimizerPages.at RMSprop.page Optimizer.RMSprop settings
        | Optimizer.Adadelta settings -> OptimizerPages.at Adadelta.page Optimizer.Adadelta settings
        | Optimizer.Adam settings -> OptimizerPages.at Adam.page Optimizer.Adam settings
        | Optimizer.AMSGrad settings -> OptimizerPages.at AMSGrad.page Optimizer.AMSGrad settings
        | Optimizer.AdamW settings -> OptimizerPages.at AdamW.page Optimizer.AdamW settings
        | Optimizer.Adamax settings -> OptimizerPages.at Adamax.page Optimizer.Adamax settings
        | Optimizer.Nadam settings -> OptimizerPages.at Nadam.page Optimizer.Nadam settings
        | Optimizer.RAdam settings -> OptimizerPages.at RAdam.page Optimizer.RAdam settings
        | Optimizer.Lion settings -> OptimizerPages.at Lion.page Optimizer.Lion settings
        | Optimizer.Rprop settings -> OptimizerPages.at Rprop.page Optimizer.Rprop settings

// Names, settings, defaults and documentation of optimizers.
type Optimizer with

    /// Every optimizer as PyTorch sets it, in the order of the documentation.
    static member all: Optimizer list =
        [ Optimizer.SGD
          Optimizer.Momentum Momentum.standard
          Optimizer.NAG NAG.standard
          Optimizer.Adagrad Adagrad.standard
          Optimizer.RMSprop RMSprop.standard
          Optimizer.Adadelta Adadelta.standard
          Optimizer.Adam Adam.standard
          Optimizer.AMSGrad AMSGrad.standard
          Optimizer.AdamW AdamW.standard
          Optimizer.Adamax Adamax.standard
          Optimizer.Nadam Nadam.standard
          Optimizer.RAdam RAdam.standard
          Optimizer.Lion Lion.standard
          Optimizer.Rprop Rprop.standard ]

    /// What a reader wants to know of an optimizer.
    static member note(optimizer: Optimizer) : FormulaNote =
        let page = OptimizerPages.opened optimizer

        { Name = page.Note.Name
          Idea = page.Note.Idea
          Formula = page.Formula
          Source = $"{page.Note.Paper}. {page.Note.Defaults}"
          Differences = page.Note.Differences }

    /// The conventions whose framework has an optimizer. The others take the paper's settings and their framework's ε.
    static member offeredBy(optimizer: Optimizer) : Convention list = (OptimizerPages.opened optimizer).Note.OfferedBy

    /// Names as users write them.
    static member name(optimizer: Optimizer) : string = (OptimizerPages.opened optimizer).Note.Name

    /// The formula of an optimizer in words of mathematics, one line for each quantity, in the order of computation: α is the
    /// learning rate, g the gradient, t the step, the first being 1; m, v and u begin at 0 unless a line says otherwise.
    static member formula(optimizer: Optimizer) : string list = (OptimizerPages.opened optimizer).Formula

    /// What an optimizer keeps for every weight, by the names in a checkpoint: at most three numbers, which begin at 0.
    static member slots(optimizer: Optimizer) : string list = (OptimizerPages.opened optimizer).Slots

    /// Every hyper-parameter and switch of an optimizer.
    static member settings(optimizer: Optimizer) : OptimizerSetting list = (OptimizerPages.opened optimizer).Settings

    /// The same optimizer with one setting changed; the error says what is wrong with the name or the value, and is to stand
    /// behind the name.
    static member withSetting (name: string) (value: Setting) (optimizer: Optimizer) : Result<Optimizer, string> =
        (OptimizerPages.opened optimizer).With(name, value)

    /// Whether an optimizer has a decoupled decay of the weights among its settings, beside that of the training.
    static member hasWeightDecay(optimizer: Optimizer) : bool =
        Optimizer.settings optimizer |> List.exists (fun setting -> setting.Name = Field.WeightDecay)

    /// Decoupled weight decay λ that belongs to an optimizer: w -= α·λ·w before its step.
    static member weightDecay(optimizer: Optimizer) : float =
        Optimizer.settings optimizer
        |> List.sumBy (fun setting ->
            match setting.Name, setting.Value with
            | Field.WeightDecay, Setting.Number decay -> decay
            | _ -> 0.0)

    /// An optimizer by its name with the defaults of a convention; the error says what was expected.
    static member ofConvention (convention: Convention) (text: string) : Result<Optimizer, string> =
        let named = Optimizer.all |> List.map (fun one -> Optimizer.name one, one)

        Text.choose "optimizer" named text
        |> Result.map (fun one -> fst ((OptimizerPages.opened one).Defaults convention))

    /// The default learning rate of an optimizer in a convention, whatever its other settings.
    static member learningRate (convention: Convention) (optimizer: Optimizer) : float =
        snd ((OptimizerPages.opened optimizer).Defaults convention)

    /// Reads a name; the error says what was expected.
    static member parse(text: string) : Result<Optimizer, string> = Optimizer.ofConvention Convention.Torch text

    /// Hands the rule of an optimizer to a visitor.
    static member internal visit (visitor: IRuleVisitor<'T, 'Result>) (optimizer: Optimizer) : 'Result =
        (OptimizerPages.opened optimizer).Visit visitor

    /// The first setting that has a value it cannot have, and what is wrong with it.
    static member internal defect(optimizer: Optimizer) : (OptimizerSetting * string) option =
        Optimizer.settings optimizer
        |> List.tryPick (fun setting ->
            match Optimizer.withSetting setting.Name setting.Value optimizer with
            | Ok _ -> None
            | Error words -> Some(setting, words))
