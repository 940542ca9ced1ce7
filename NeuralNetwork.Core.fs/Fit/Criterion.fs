namespace NeuralNetwork

open NeuralNetwork.Maths

/// What makes one model better than another, or one threshold between two classes, on rows that were not learned from. A threshold has
/// no loss; models are compared by loss or accuracy.
[<RequireQualifiedAccess>]
type Criterion =
    /// The smaller loss.
    | Loss
    /// The greater accuracy, and of equal ones the smaller loss. On few rows luck decides: one of 15 is 6.7 %.
    | Accuracy
    /// The greater F₁ of the second class, 2·TP / (2·TP + FP + FN).
    | F1
    /// The greater J = TP / (TP + FN) - FP / (FP + TN): how much likelier a row of the second class is to be taken for it.
    | Youden
    /// The smaller cost (a·FP + b·FN) / n: a for a row of the first class that is taken for the second, b for the other mistake.
    | Cost of FalsePositive: float * FalseNegative: float

    /// What it is called in options and files, as in cost:1,5.
    member criterion.Name: string =
        match criterion with
        | Criterion.Loss -> "loss"
        | Criterion.Accuracy -> "accuracy"
        | Criterion.F1 -> "f1"
        | Criterion.Youden -> "youden"
        | Criterion.Cost(falsePositive, falseNegative) ->
            $"cost:{Text.number falsePositive},{Text.number falseNegative}"

    /// As in: loss.
    override criterion.ToString() = criterion.Name
