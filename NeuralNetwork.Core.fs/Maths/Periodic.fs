namespace NeuralNetwork.Maths

open System

/// Numbers seen through waves: of each feature that is named, a few learned mixtures of cosines beside the number itself
/// (Gorishniy, Rubachev and Babenko 2022; with phases and the number kept, "PBLD" of Holzmüller, Grinsztajn and Steinwart
/// 2024). A dense layer behind it can bend at any value of a feature instead of only where units do.
type Periodic =
    {
        /// The features that get waves, by their places from 0 on, in ascending order.
        Features: int list
        /// The number of waves of each of them.
        Frequencies: int
        /// The number of mixtures of each of them.
        Outputs: int
        /// The standard deviation of the frequencies at the beginning, in turns for each unit of x.
        Scale: float
    }

    /// As in: waves of 3 features: 16 frequencies of scale 0.1, 3 outputs each.
    override periodic.ToString() =
        let features = Text.count periodic.Features.Length "feature"
        let frequencies, outputs = string periodic.Frequencies, Text.count periodic.Outputs "output"

        ("waves of "
         + features
         + ": "
         + frequencies
         + " frequencies of scale "
         + (Text.number periodic.Scale)
         + ", "
         + outputs
         + " each")

/// The formulas of an embedding in waves, on lanes of rows or of waves. Of a feature x, for each wave f and mixture j:
/// u = w·x + b, h = cos 2πu, e = Σ v·h + c.
module internal Periodic =

    /// The most waves, and the most mixtures, of a feature.
    [<Literal>]
    let Most = 64

    /// Of these features 16 waves of scale 0.1 and 3 mixtures each, the values of Holzmüller et al. 2024.
    let standard (features: int list) : Periodic = { Features = features; Frequencies = 16; Outputs = 3; Scale = 0.1 }

    /// What is wrong with an embedding of so many features, if anything.
    let defect (inputs: int) (periodic: Periodic) : string option =
        let isAscending = List.pairwise periodic.Features |> List.forall (fun (left, right) -> left < right)
        let outside = periodic.Features |> List.tryFind (fun feature -> feature < 0 || feature >= inputs)
        let isCount number = number >= 1 && number <= Most

        match outside with
        | _ when periodic.Features.IsEmpty -> Some "has no features"
        | Some feature -> Some $"has feature {feature} (must lie in 0 .. {inputs - 1})"
        | None when not isAscending -> Some "has features that do not ascend"
        | None when not (isCount periodic.Frequencies) ->
            Some $"has {periodic.Frequencies} frequencies (must be 1 to {Most})"
        | None when not (isCount periodic.Outputs) -> Some $"has {periodic.Outputs} outputs (must be 1 to {Most})"
        | None when not (periodic.Scale > 0.0 && Double.IsFinite periodic.Scale) ->
            Some $"has scale {Text.number periodic.Scale} (must be above 0)"
        | None -> None

    /// The numbers that it adds to a row.
    let added (periodic: Periodic) : int = periodic.Outputs * periodic.Features.Length

    /// u = w·x + b, in turns
    let inline internal angle (w: Lane<'T>) (x: Lane<'T>) (b: Lane<'T>) : Lane<'T> = Lane.multiplyAdd w x b

    /// h = cos 2πu
    let inline internal wave (u: Lane<'T>) : Lane<'T> = Lane.cosineOfTurns u

    /// gu = -2π·sin 2πu·gh
    let inline internal derivative (u: Lane<'T>) (gh: Lane<'T>) : Lane<'T> =
        Lane.create<'T> -Math.Tau * Lane.sineOfTurns u * gh

type Periodic with

    /// The most waves, and the most mixtures, of a feature.
    static member Limit: int = Periodic.Most

    /// <summary>Of these features 16 waves of scale 0.1 and 3 mixtures each, the values of Holzmüller et al.
    /// 2024.</summary>
    /// <param name="features">The places of the features, ascending from 0 on.</param>
    /// <returns>The settings of a layer of waves.</returns>
    static member Standard([<System.ParamArray>] features: int[]) : Periodic = Periodic.standard (List.ofArray features)

    /// The numbers that it adds to a row.
    member periodic.Added: int = Periodic.added periodic
