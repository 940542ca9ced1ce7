namespace NeuralNetwork.Plans

open System.Numerics

/// What each rank makes of the sum over shards. The sum itself, a tree of additions, follows from the number of shards alone
/// (see `Shard`): of how many ranks there are follows only who makes which part of it.
///
/// Ranks have shards that come one after the other. Those of the tree's sums that lie within the shards of one rank are made by
/// it, the greatest ones; the rest of the tree is added behind the exchange.
type internal Deal =
    {
        /// The first shard of each rank, and behind the last rank the number of shards.
        Firsts: int[]
        /// The sums that are made by one rank each, in the order of their shards: the first of them, and how many.
        Sums: struct (int * int)[]
        /// How many of these sums the ranks before each have; behind the last rank that of all.
        SumsBefore: int[]
        /// What is left to add, one after the other: to the first sum by its place, the second one. The whole sum ends in the
        /// first place.
        Additions: struct (int * int)[]
    }

module internal Dealing =

    /// The greatest power of two below a number of shards, 2 or more: where their sum is split.
    let private split (shards: int) : int = 1 <<< (31 - BitOperations.LeadingZeroCount(uint (shards - 1)))

    /// The greatest sums of a tree, that of so many shards from the first on, whose shards are all of one rank.
    let rec private sumsOf (isOfOne: int -> int -> bool) (first: int) (shards: int) : struct (int * int) list =
        if shards = 1 || isOfOne first shards then
            [ struct (first, shards) ]
        else
            let left = split shards
            sumsOf isOfOne first left @ sumsOf isOfOne (first + left) (shards - left)

    /// The additions that make the sum of so many shards from the first on, where these sums have places; gives its own place.
    let rec private add
        (places: Map<struct (int * int), int>)
        (first: int)
        (shards: int)
        : int * struct (int * int) list =
        match Map.tryFind (struct (first, shards)) places with
        | Some place -> place, []
        | None ->
            let left = split shards
            let here, before = add places first left
            let there, behind = add places (first + left) (shards - left)
            here, before @ behind @ [ struct (here, there) ]

    /// So many shards, 1 or more, dealt out to so many ranks: rank r has those from ⌊r·k/P⌋ on, of k shards and P ranks.
    let deal (ranks: int) (shards: int) : Deal =
        let firsts = [| for rank in 0..ranks -> int (int64 rank * int64 shards / int64 ranks) |]
        let rankOf shard = Array.findIndexBack (fun first -> first <= shard) firsts
        let owners = [| for shard in 0 .. shards - 1 -> rankOf shard |]
        let isOfOne first count = owners[first] = owners[first + count - 1]
        let sums = sumsOf isOfOne 0 shards |> Array.ofList
        let places = sums |> Seq.mapi (fun place sum -> sum, place) |> Map
        let before first = sums |> Seq.filter (fun (struct (own, _)) -> own < first) |> Seq.length

        { Firsts = firsts
          Sums = sums
          SumsBefore = Array.map before firsts
          Additions = add places 0 shards |> snd |> Array.ofList }
