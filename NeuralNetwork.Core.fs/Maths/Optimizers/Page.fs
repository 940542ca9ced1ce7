namespace NeuralNetwork.Maths

/// What a reader wants to know of an optimizer, besides its formula, which is made from its settings.
type internal OptimizerNote =
    {
        /// As in `Optimizer.name`.
        Name: string
        /// One sentence.
        Idea: string
        /// Where it was published.
        Paper: string
        /// Where the default hyper-parameters come from.
        Defaults: string
        /// The conventions whose framework has it. The others take the paper's settings and their framework's ε.
        OfferedBy: Convention list
        /// How frameworks and papers differ, a sentence each.
        Differences: string list
    }

/// All that the library knows of an optimizer: every file behind this one states one of them for one record of settings.
type internal IOptimizerPage<'Settings> =

    /// Its name and its documentation.
    abstract Note: OptimizerNote

    /// The settings and the learning rate of a convention. Where a framework lacks the optimizer, they are the paper's with the
    /// framework's ε. optax leaves every rate to the user: it has PyTorch's here.
    abstract Defaults: convention: Convention -> 'Settings * float

    /// Its settings, in the order of the record and of the arguments for C#.
    abstract Fields: Field<'Settings> list

    /// What it keeps for every weight, by the names in a checkpoint: at most three numbers, which begin at 0.
    abstract Slots: settings: 'Settings -> string list

    /// Its formula in words of mathematics, made from the same settings as its rule: a switch that changes the rule changes
    /// the text. One line for each quantity, in the order of computation. m, v and u begin at 0 unless a line says otherwise.
    abstract Formula: settings: 'Settings -> string list

    /// Its rule.
    abstract Visit<'T, 'Result> : settings: 'Settings * visitor: IRuleVisitor<'T, 'Result> -> 'Result
