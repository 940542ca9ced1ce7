/// Which rows are trained on, and which are set aside: by shares, groups, folds and time.
module NeuralNetwork.Tests.Data.SplitTests

open System
open FsCheck
open FsCheck.FSharp
open NeuralNetwork.Analysis
open NeuralNetwork.Tests

/// Rows of strata and groups, some large and some of one row.
type private Rows = { Strata: int[]; Groups: int[]; Seed: uint64; Share: float; Folds: int }

let private rows: Arbitrary<Rows> =
    gen {
        let! count = Gen.choose (1, 120)
        let! strata = Gen.choose (1, 6)
        let! groups = Gen.choose (1, count)
        let! labels = Gen.arrayOfLength count (Gen.map2 (*) (Gen.choose (0, strata - 1)) (Gen.choose (0, 1)))
        let! members = Gen.arrayOfLength count (Gen.map2 min (Gen.choose (-3, groups)) (Gen.choose (0, groups)))
        let! seed = Gen.choose (0, 1_000_000)
        let! share = Gen.elements [ 0.05; 0.1; 0.2; 0.25; 0.3; 0.5; 0.8 ]
        let! folds = Gen.choose (2, 10)

        return { Strata = labels; Groups = members; Seed = uint64 seed; Share = share; Folds = folds }
    }
    |> Arb.fromGen

let private lawOfRows sentence (property: Rows -> unit) = law sentence (Prop.forAll rows property)

let private alike (rows: Rows) : int[] = Array.zeroCreate rows.Strata.Length

let private count (chosen: int[]) (isOf: int -> bool) = chosen |> Array.filter isOf |> Array.length

/// Every row is on one side, and on one side only, in the old order.
let private isWhole (known: int[]) (split: Split) =
    Expect.equal known (Array.append split.Train split.Aside |> Array.sort)
    Expect.equal (Array.sort split.Train) split.Train
    Expect.equal (Array.sort split.Aside) split.Aside

let private all (rows: Rows) = [| 0 .. rows.Strata.Length - 1 |]

/// The splits of folds, one for each.
let private ofFolds (rows: Rows) (folds: int[]) = [ for fold in 0 .. rows.Folds - 1 -> Split.OfFold(folds, fold) ]

let private hasNoGroupTwice (rows: Rows) (split: Split) =
    let groups (part: int[]) = part |> Array.map (fun row -> rows.Groups[row]) |> Set.ofArray
    let both = Set.intersect (groups split.Train) (groups split.Aside)
    Expect.that both.IsEmpty $"groups on both sides: %A{both}"

let private largest (rows: Rows) = rows.Groups |> Array.countBy id |> Array.map snd |> Array.max

/// Rows at random times, some of them at the same, in the order of these.
let private order (rows: Rows) = all rows |> Array.sortBy (fun row -> rows.Groups[row], row)

let private isInTime (rows: Rows) (split: Split) =
    for before in split.Train do
        for after in split.Aside do
            Expect.atMost rows.Groups[after] rows.Groups[before]

let tests =
    group
        "Split"
        [ states
              [ 68 ]
              (lawOfRows
                  "A split is disjoint and complete, keeps the old order, and takes each class by its share"
                  (fun rows ->
                      let split = Split.Share(rows.Strata, rows.Share, rows.Seed)
                      isWhole (all rows) split

                      for label, size in Array.countBy id rows.Strata do
                          let exact = rows.Share * float size
                          let found = count split.Aside (fun row -> rows.Strata[row] = label)
                          Expect.that (abs (float found - exact) <= 1.0) $"{found} of {size} rows of class {label}"
                          Expect.that (size > 1 || found = 0) "a class without a row to train on"))
          states
              [ 68 ]
              (lawOfRows "Folds have equally many rows of every class, and of all, to within one" (fun rows ->
                  let folds = Split.Folds(rows.Strata, rows.Folds, rows.Seed)

                  let isEven (isOf: int -> bool) =
                      let counts =
                          [ for fold in 0 .. rows.Folds - 1 ->
                                count (all rows) (fun row -> isOf row && folds[row] = fold) ]

                      Expect.atMost 1 (List.max counts - List.min counts)

                  isEven (fun _ -> true)

                  for label in Array.distinct rows.Strata do
                      isEven (fun row -> rows.Strata[row] = label)

                  ofFolds rows folds |> List.iter (isWhole (all rows))))
          states
              [ 89 ]
              (lawOfRows "No group is on both sides, of a share or of any fold" (fun rows ->
                  let share = Split.ShareOfGroups(rows.Strata, rows.Groups, rows.Share, rows.Seed)
                  let folds = Split.FoldsOfGroups(rows.Strata, rows.Groups, rows.Folds, rows.Seed)

                  for split in share :: ofFolds rows folds do
                      isWhole (all rows) split
                      hasNoGroupTwice rows split))
          // The group that made a part as large as it is went there because the part was no larger than the others, by its share.
          lawOfRows "Parts of groups miss their share by no more than the largest group" (fun rows ->
              let share = Split.ShareOfGroups(alike rows, rows.Groups, rows.Share, rows.Seed)
              let folds = Split.FoldsOfGroups(alike rows, rows.Groups, rows.Folds, rows.Seed)
              let exact = rows.Share * float rows.Groups.Length
              Expect.within (float (largest rows) / 2.0 + 1e-9) exact (float share.Aside.Length)
              let sizes = ofFolds rows folds |> List.map _.Aside.Length
              Expect.atMost (largest rows) (List.max sizes - List.min sizes))
          lawOfRows "What groups are called does not matter" (fun rows ->
              let other = rows.Groups |> Array.map (fun name -> 1000 - 7 * name)
              let folds groups = Split.FoldsOfGroups(rows.Strata, groups, rows.Folds, rows.Seed)
              Expect.equal (folds rows.Groups) (folds other))
          lawOfRows "Groups of one row each are shared out like rows, to within one" (fun rows ->
              let folds = Split.FoldsOfGroups(rows.Strata, all rows, rows.Folds, rows.Seed)

              for label in Array.distinct rows.Strata do
                  let counts =
                      [ for split in ofFolds rows folds -> count split.Aside (fun row -> rows.Strata[row] = label) ]

                  Expect.atMost 1 (List.max counts - List.min counts))
          states
              [ 89 ]
              (lawOfRows "Nothing is set aside that is earlier than a row trained on" (fun rows ->
                  let last = Split.Last(order rows, rows.Share)
                  isWhole (all rows) last
                  let share = rows.Share * float rows.Groups.Length
                  Expect.within 0.5 share (float last.Aside.Length)

                  for split in Array.append [| last |] (Split.Rolling(order rows, rows.Folds)) do
                      isInTime rows split))
          // As scikit-learn's TimeSeriesSplit: n // (folds + 1) rows each, and all before them.
          states
              [ 89 ]
              (lawOfRows
                  "Blocks of time are equally long, and each is aside once, after all rows before it"
                  (fun rows ->
                      let order = order rows
                      let size = order.Length / (rows.Folds + 1)

                      for fold, split in Array.indexed (Split.Rolling(order, rows.Folds)) do
                          let start = order.Length - (rows.Folds - fold) * size
                          Expect.equal (Array.sort order[start .. start + size - 1]) split.Aside
                          Expect.equal (Array.sort order[.. start - 1]) split.Train))
          states
              [ 89 ]
              (lawOfRows "The same seed makes the same split" (fun rows ->
                  let made () =
                      Split.Share(rows.Strata, rows.Share, rows.Seed),
                      Split.ShareOfGroups(rows.Strata, rows.Groups, rows.Share, rows.Seed),
                      Split.Folds(rows.Strata, rows.Folds, rows.Seed),
                      Split.FoldsOfGroups(rows.Strata, rows.Groups, rows.Folds, rows.Seed)

                  Expect.equal (made ()) (made ())))
          // Runs of earlier versions go on with the rows that they began with.
          test "Seeds mean the rows that they have always meant" (fun () ->
              let strata = Array.init 20 (fun row -> row * row % 3)
              let alike = Array.zeroCreate 20
              Expect.equal [| 3; 5; 6; 14; 19 |] (Split.Share(strata, 0.25, 1UL).Aside)
              Expect.equal [| 2; 5; 13; 14; 19 |] (Split.Share(alike, 0.25, 1UL).Aside)
              let folds (strata: int[]) = String.Join("", Split.Folds(strata, 3, 1UL))
              Expect.equal "21110102211022201000" (folds strata)
              Expect.equal "22002021101101120102" (folds alike))
          test "Other seeds split otherwise, groups of different sizes, too" (fun () ->
              let groups =
                  [| for group in 1..12 do
                         yield! Array.replicate group group |]

              let strata = Array.zeroCreate groups.Length
              let made seed = Split.FoldsOfGroups(strata, groups, 3, seed)

              Expect.that
                  ([ for seed in 1UL .. 20UL -> made seed ] |> List.distinct |> List.length > 10)
                  "all the same")
          each
              "What is no split is refused by name"
              [ "share", (fun () -> Split.Share([| 0; 0 |], nan, 1UL) |> ignore)
                "share", (fun () -> Split.Last([| 0; 1 |], 1.0) |> ignore)
                "strata", (fun () -> Split.Share([| -1; 0 |], 0.5, 1UL) |> ignore)
                "groups", (fun () -> Split.ShareOfGroups([| 0; 0 |], [| 1 |], 0.5, 1UL) |> ignore)
                "folds", (fun () -> Split.Folds([| 0; 0 |], 1, 1UL) |> ignore)
                "order", (fun () -> Split.Rolling([| 0; 2 |], 2) |> ignore) ]
              (fun (name, split) ->
                  match
                      (try
                          split ()
                          None
                       with :? ArgumentException as error ->
                           Some error.ParamName)
                  with
                  | Some found -> Expect.equal name (string found)
                  | None -> Expect.fail "not refused") ]
