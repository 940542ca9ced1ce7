namespace NeuralNetwork.Analysis

open System
open System.Numerics
open NeuralNetwork.Maths

/// <summary>Which rows are trained on, and which are set aside to measure on: places of rows, from 0 on, both in their old
/// order. A split is a function of what is known of the rows and a seed.</summary>
/// <remarks>A stratum is what every part gets its share of, a class for one; a single one where numbers are
/// learned. A group is what belongs together, as the rows of a patient do: the parts never share one.</remarks>
type Split =
    {
        /// The rows that are trained on.
        Train: int[]
        /// The rows that are not.
        Aside: int[]
    }

    /// As in: 120 rows to train on, 30 rows aside.
    override split.ToString() =
        Text.count split.Train.Length "row"
        + " to train on, "
        + Text.count split.Aside.Length "row"
        + " aside"

/// The rules that splits are made by. Rows come as numbers here: that of their stratum, of their group, or their place in time.
[<RequireQualifiedAccess>]
module internal Parts =

    let ofMarks (isAside: bool[]) : Split =
        let places mark = [| 0 .. isAside.Length - 1 |] |> Array.filter (fun row -> isAside[row] = mark)
        { Train = places false; Aside = places true }

    /// How many rows there are of each stratum.
    let private sizes (strata: int[]) : int[] =
        let counts = Array.zeroCreate (if strata.Length = 0 then 0 else 1 + Array.max strata)
        strata |> Array.iter (fun stratum -> counts[stratum] <- counts[stratum] + 1)
        counts

    /// Numbers in a random order, then by a key; of equal keys that order stays.
    let private dealt (seed: uint64) (key: int -> int) (count: int) : int[] =
        let order = Array.zeroCreate count
        Random.shuffleInto (Random.key seed Purpose.Split) order
        let keys = order |> Array.mapi (fun place number -> (int64 (key number) <<< 32) + int64 place)
        Array.Sort(keys, order)
        order

    /// How many rows of each stratum are set aside: its share rounded down, and one more for those that were rounded down
    /// the most. No stratum loses its only row.
    let private quotas (sizes: int[]) (total: int) (share: float) : int[] =
        let exact = sizes |> Array.map (fun size -> share * float size)
        let down = exact |> Array.map (floor >> int)

        let most =
            [| 0 .. sizes.Length - 1 |]
            |> Array.sortBy (fun place -> struct (float down[place] - exact[place], place))
            |> Array.filter (fun place -> down[place] + 1 < sizes[place])
            |> Array.truncate (max 0 (total - Array.sum down))
            |> Set.ofArray

        down |> Array.mapi (fun place quota -> if most.Contains place then quota + 1 else quota)

    let share (strata: int[]) (share: float) (seed: uint64) : Split =
        let sizes = sizes strata
        let quotas = quotas sizes (int (Math.Round(share * float strata.Length))) share
        let starts = Array.scan (+) 0 sizes
        let isAside = Array.zeroCreate strata.Length

        dealt seed (fun row -> strata[row]) strata.Length
        |> Array.iteri (fun place row ->
            let stratum = strata[row]
            isAside[row] <- place - starts[stratum] < quotas[stratum])

        ofMarks isAside

    let folds (strata: int[]) (count: int) (seed: uint64) : int[] =
        let folds = Array.zeroCreate strata.Length

        dealt seed (fun row -> strata[row]) strata.Length
        |> Array.iteri (fun place row -> folds[row] <- place % count)

        folds

    /// A part for each row, the same for all rows of a group. One group after another, large ones first, goes where it does the
    /// least to Σ n²/(w·N) over strata and parts, for n rows of N of a stratum in a part whose share is w: that sum is least
    /// where every part has its share of every stratum. With one stratum and equal parts this is the greedy rule for
    /// machines (Graham 1969, longest first), in steps of powers of two so that the seed has a say.
    let ofGroups (shares: float[]) (strata: int[]) (groups: int[]) (seed: uint64) : int[] =
        let totals = sizes strata |> Array.map float
        let members = [| 0 .. groups.Length - 1 |] |> Array.groupBy (fun row -> groups[row]) |> Array.map snd
        let held = shares |> Array.map (fun _ -> Array.zeroCreate<float> totals.Length)
        let rows = shares |> Array.map (fun _ -> 0.0)
        let parts = Array.zeroCreate groups.Length

        dealt seed (fun group -> -(BitOperations.Log2(uint32 members[group].Length))) members.Length
        |> Array.iter (fun group ->
            let own =
                members[group]
                |> Array.countBy (fun row -> strata[row])
                |> Array.map (fun (stratum, count) -> struct (stratum, float count))

            let cost part =
                own
                |> Array.sumBy (fun struct (stratum, n) -> n * (2.0 * held[part][stratum] + n) / totals[stratum])
                |> fun sum -> struct (sum / shares[part], rows[part] / shares[part])

            let part = [| 0 .. shares.Length - 1 |] |> Array.minBy cost

            own
            |> Array.iter (fun struct (stratum, n) ->
                held[part][stratum] <- held[part][stratum] + n
                rows[part] <- rows[part] + n)

            members[group] |> Array.iter (fun row -> parts[row] <- part))

        parts

    /// The rows that are there before a place of an order, and those from there to another one.
    let between (order: int[]) (start: int) (until: int) : Split =
        { Train = Array.sort order[.. start - 1]; Aside = Array.sort order[start .. until - 1] }

[<AutoOpen>]
module private SplitArguments =

    let checkShare (share: float) =
        if not (share > 0.0 && share < 1.0) then
            raise (ArgumentOutOfRangeException(nameof share, share, "a share is greater than 0 and less than 1"))

    let checkFolds (folds: int) =
        if folds < 2 then
            raise (ArgumentOutOfRangeException(nameof folds, folds, "there are at least two folds"))

    let checkStrata (strata: int[]) =
        ArgumentNullException.ThrowIfNull(strata, nameof strata)

        if strata |> Array.exists (fun stratum -> stratum < 0) then
            raise (ArgumentOutOfRangeException(nameof strata, "a stratum is a number from 0 on"))

    let checkGroups (strata: int[]) (groups: int[]) =
        ArgumentNullException.ThrowIfNull(groups, nameof groups)

        if groups.Length <> strata.Length then
            raise (
                ArgumentException(
                    Text.count groups.Length "group" + " for " + Text.count strata.Length "row",
                    nameof groups
                )
            )

    let checkOrder (order: int[]) =
        ArgumentNullException.ThrowIfNull(order, nameof order)

        if Array.sort order <> [| 0 .. order.Length - 1 |] then
            raise (ArgumentException("an order has each of 0, 1, 2, … once", nameof order))

type Split with

    /// <summary>Sets a share of the rows aside, of every stratum as exactly as whole rows allow: the last ones go to the strata that
    /// were rounded down the most. No stratum loses its only row.</summary>
    /// <param name="strata">The stratum of each row, from 0 on.</param>
    /// <param name="share">The share set aside, between 0 and 1.</param>
    /// <param name="seed">What the choice follows from.</param>
    /// <returns>Both parts.</returns>
    static member Share(strata: int[], share: float, seed: uint64) : Split =
        checkStrata strata
        checkShare share
        Parts.share strata share seed

    /// <summary>Sets a share of the rows aside, and of a group all rows or none: as near to the share, and to that of every
    /// stratum, as the sizes of the groups allow. There may be none aside where the groups are few.</summary>
    /// <param name="strata">The stratum of each row, from 0 on.</param>
    /// <param name="groups">The group of each row, by whatever number.</param>
    /// <param name="share">The share set aside, between 0 and 1.</param>
    /// <param name="seed">What the choice follows from.</param>
    /// <returns>Both parts.</returns>
    static member ShareOfGroups(strata: int[], groups: int[], share: float, seed: uint64) : Split =
        checkStrata strata
        checkGroups strata groups
        checkShare share
        Parts.ofMarks (Parts.ofGroups [| 1.0 - share; share |] strata groups seed |> Array.map ((=) 1))

    /// <summary>Sets the last rows of an order aside.</summary>
    /// <param name="order">The rows from the first to the last.</param>
    /// <param name="share">The share set aside, between 0 and 1.</param>
    /// <returns>Both parts.</returns>
    static member Last(order: int[], share: float) : Split =
        checkOrder order
        checkShare share
        Parts.between order (order.Length - int (Math.Round(share * float order.Length))) order.Length

    /// <summary>A fold for each row: of each stratum, and of all rows, the folds have equally many to within one.</summary>
    /// <param name="strata">The stratum of each row, from 0 on.</param>
    /// <param name="folds">The number of folds.</param>
    /// <param name="seed">What the choice follows from.</param>
    /// <returns>For each row its fold, from 0 on.</returns>
    static member Folds(strata: int[], folds: int, seed: uint64) : int[] =
        checkStrata strata
        checkFolds folds
        Parts.folds strata folds seed

    /// <summary>A fold for each row, the same for all rows of a group: folds have equally many rows, and of each stratum, as nearly
    /// as the sizes of the groups allow. Some are empty where the groups are fewer.</summary>
    /// <param name="strata">The stratum of each row, from 0 on.</param>
    /// <param name="groups">The group of each row, by whatever number.</param>
    /// <param name="folds">The number of folds.</param>
    /// <param name="seed">What the choice follows from.</param>
    /// <returns>For each row its fold, from 0 on.</returns>
    static member FoldsOfGroups(strata: int[], groups: int[], folds: int, seed: uint64) : int[] =
        checkStrata strata
        checkGroups strata groups
        checkFolds folds
        Parts.ofGroups (Array.create folds (1.0 / float folds)) strata groups seed

    /// <summary>The split that has one fold aside, and all the others to train on.</summary>
    /// <param name="folds">The fold of each row.</param>
    /// <param name="fold">The one that is set aside.</param>
    /// <returns>Both parts.</returns>
    static member OfFold(folds: int[], fold: int) : Split =
        ArgumentNullException.ThrowIfNull(folds, nameof folds)
        Parts.ofMarks (folds |> Array.map ((=) fold))

    /// <summary>Folds of an order, in which nothing is measured on rows before those it was trained on (rolling origin,
    /// Tashman 2000): the last rows fall into so many blocks of ⌊rows / (folds + 1)⌋, each of which is aside once, while all rows
    /// before it are trained on.</summary>
    /// <param name="order">The rows from the first to the last.</param>
    /// <param name="folds">The number of folds.</param>
    /// <returns>A split for each fold, the earliest first.</returns>
    static member Rolling(order: int[], folds: int) : Split[] =
        checkOrder order
        checkFolds folds
        let size = order.Length / (folds + 1)

        Array.init folds (fun fold ->
            let start = order.Length - (folds - fold) * size
            Parts.between order start (start + size))
