namespace NeuralNetwork.Plans

open System
open NeuralNetwork.Maths

// What suits tables, by their size: several small networks, each of which leaves out a part of the rows that it is then
// measured on, trained for as long as that measure gets better. docs/study/tables.md says what was tried, on which data, and
// what it came to. `nn train` has it under the name table.

/// What the defaults of a table go by, and what they are.
type TableShape =
    {
        /// The number of rows, before any are set aside.
        Rows: int
        /// The number of features of a row.
        Features: int
        /// The features that are numbers, by their places from 0 on: the others say whether a cell is of a category. Of a date its
        /// year is one.
        Numbers: int[]
        /// The number of classes, or of values that are learned of a row.
        Outputs: int
        /// Whether classes are learned.
        HasClasses: bool
    }

    // More members make more of few rows, and cost more where there are many; where there are very many, one is enough.
    static member private FewRows = 2_000
    static member private LeastRowsForMembers = 10
    static member private MostRowsForMembers = 20_000
    static member private FewRowsForDecay = 1_000

    // Waves of numbers pay where there are rows enough to learn them from, and loss for each feature: many are more likely those
    // of pictures, where they do not pay.
    static member private LeastRowsForWaves = 2_000
    static member private MostFeaturesForWaves = 200

    // Long enough for tables of a hundred rows, whose epochs have few steps, and not too long for those of a million.
    static member private UsualEpochs = 200
    static member private MostEpochs = 1_000
    static member private LeastEpochs = 10
    static member private LeastSteps = 3_000
    static member private MostSeen = 2_000_000

    // Without a better loss for so many epochs, and so many steps, there is none to come.
    static member private UsualPatience = 30
    static member private PatientSteps = 1_000

    /// <summary>A table of which only the size is known.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="features">The number of features of a row.</param>
    /// <returns>The shape.</returns>
    static member Of(rows: int, features: int) : TableShape =
        { Rows = rows; Features = features; Numbers = [||]; Outputs = 1; HasClasses = false }

    /// The share of the rows that is set aside to validate with where there is one network alone.
    static member Validation: float = 0.1

    member private shape.SmallBatch: int =
        if shape.Rows < TableShape.FewRows then 32
        elif shape.Rows < 50_000 then 128
        else 256

    member private shape.Steps: int = max 1 (shape.Rows / shape.SmallBatch)

    /// Units of the hidden layers.
    member _.Hidden: int[] = [| 64; 64 |]

    /// Rows in a step: of few rows as many as there are.
    member shape.BatchSize: int = if shape.Rows > 2 * shape.SmallBatch then shape.SmallBatch else Defaults.BatchSize

    /// How many networks are trained side by side; where there are more than one, each leaves out a part of the rows.
    member shape.Members: int =
        if shape.Rows < TableShape.LeastRowsForMembers || shape.Rows > TableShape.MostRowsForMembers then 1
        elif shape.Rows < TableShape.FewRows then 10
        else 5

    /// Whether numbers enter the network with learned waves beside them.
    member shape.HasWaves: bool =
        shape.Rows >= TableShape.LeastRowsForWaves && shape.Features <= TableShape.MostFeaturesForWaves

    /// The decoupled weight decay, which goes with Adam's own learning rate.
    member shape.Decay: float = if shape.Rows < TableShape.FewRowsForDecay then 1.0 else 0.0

    /// The most passes over the rows.
    member shape.Epochs: int =
        let usual = min TableShape.UsualEpochs (TableShape.MostSeen / max 1 shape.Rows)
        max TableShape.LeastEpochs (max usual (min TableShape.MostEpochs (TableShape.LeastSteps / shape.Steps)))

    /// The epochs without a better loss in validation that end training.
    member shape.Patience: int =
        min (shape.Epochs / 2) (max TableShape.UsualPatience (TableShape.PatientSteps / shape.Steps))

    /// As in: 150 rows, 4 features, 3 classes.
    override shape.ToString() =
        Text.count shape.Rows "row"
        + ", "
        + Text.count shape.Features "feature"
        + ", "
        + (if shape.HasClasses then string shape.Outputs + " classes" else Text.count shape.Outputs "value")
