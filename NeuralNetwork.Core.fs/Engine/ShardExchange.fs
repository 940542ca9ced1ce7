namespace NeuralNetwork.Engine

open System
open System.Collections.Generic
open System.Numerics
open System.Security.Cryptography
open System.Text
open FSharp.Core.Operators.Checked
open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Some numbers of a message: where they begin in it, in bytes, where they belong, and how many they are.
[<Struct>]
type internal Passage = { Start: int; Address: nativeint; Count: int }

/// What a rank has to say of a step: how long its message is, and what stands in it.
[<Struct>]
type internal Message = { Size: int; Passages: Passage[] }

/// A step on so many rows, as ranks see it.
type internal Round =
    {
        /// How many shards the batch has.
        Shards: int
        /// Who makes which sums of their gradients.
        Deal: Deal
        /// What each rank has to say of its rows and shards.
        Messages: Message[]
        /// The first row of each rank, and behind the last rank the number of rows.
        FirstRows: int[]
    }

    /// How many sums a rank makes.
    member round.SumsOf(rank: int) : int = round.Deal.SumsBefore[rank + 1] - round.Deal.SumsBefore[rank]

/// Adds up, each in a part of the columns, what the ranks have computed, in the tree of the shards.
[<Sealed>]
type private AddSums<'T>() =
    inherit Work()
    let mutable sums: nativeint[] = [||]
    let mutable whole = 0n
    let mutable length = 0
    let mutable additions: struct (int * int)[] = [||]

    /// Sums by their addresses, and that of the whole sum, all of one length; gives the number of tiles.
    member _.Prepare(addresses: nativeint[], target: nativeint, ofEach: int, toAdd: struct (int * int)[]) : int =
        sums <- addresses
        whole <- target
        length <- ofEach
        additions <- toAdd
        Op.parts ofEach

    override _.Run tile =
        let left = tile * Op.Part
        let count = min Op.Part (length - left)
        let at address = Memory.offset<'T> address left

        for index in 0 .. additions.Length - 1 do
            let struct (first, second) = additions[index]
            let target = if index = additions.Length - 1 then whole else sums[first]
            Sweep.map2<'T, Added<'T>> (Added()) (at sums[second]) (at sums[first]) (at target) count

module private Ways =

    /// So many ranks send each other their parts directly, 2·(P - 1) messages each in a step; more of them 2·log₂ P, where the tree allows it.
    [<Literal>]
    let MostDirect = 64

/// What one rank's shards make of a step, beside what those of all others do: afterwards every rank has the losses, outputs and
/// statistics of all rows and the gradient of the whole batch, to the bits of a process that computes all shards itself.
///
/// The gradient goes round as a sum over ranks does, each rank adding up a part of the columns for all; the order of the
/// additions is that of the shards, whoever computed them.
[<Sealed>]
type internal ShardExchange<'T>
    (plan: Plan, exchange: IExchange, team: Team, engine: string, matrix: Slice -> Matrix<'T>) =

    let ranks, rank = exchange.Ranks, exchange.Rank
    let gradient = matrix plan.Gradient

    // Each rank adds up so many columns, the last ones fewer: whole lines of the cache.
    let columns =
        let each = (gradient.Cols + ranks - 1) / ranks
        let line = 64 / sizeof<'T>
        [| for rank in 0..ranks -> min gradient.Cols (rank * ((each + line - 1) / line * line)) |]

    let width rank = columns[rank + 1] - columns[rank]
    let bytes (numbers: int) = numbers * sizeof<'T>

    // How often ranks that are a power of two can be halved, and the columns that this one adds up after so many halvings.
    let halvings = BitOperations.Log2(uint ranks)
    let lows, behinds = Array.zeroCreate<int>(halvings + 1), Array.create (halvings + 1) gradient.Cols

    // Where a part of a message begins is said in 31 bits.
    do
        let deal = Dealing.deal ranks plan.Shards
        let most = Seq.max (Seq.pairwise deal.SumsBefore |> Seq.map (fun (before, behind) -> behind - before))

        if int64 most * int64 gradient.Cols * int64 sizeof<'T> > int64 Int32.MaxValue then
            raise (
                ArgumentException
                    $"{gradient.Cols} parameters for {ranks} ranks: the gradients of one rank are more than the 2 GiB of a message"
            )

    // What every rank says first in a step: the plan and its engine, the step, the rows, and whether the rank would like to stop.
    let head = 4 * sizeof<int64>

    let identity =
        let text = $"{engine}\n{Plan.explain plan}"
        BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes text), 0)

    // Where batch norms keep the statistics of each shard.
    let rec statisticsOf (op: Op) : Slice list =
        match op with
        | Op.ShardStatistics(_, _, _, _, means, variances, _) -> [ means; variances ]
        | Op.Together ops -> List.collect statisticsOf ops
        | _ -> []

    let statistics = plan.Shard |> List.collect statisticsOf |> List.map matrix
    let rounds = Dictionary<int, Round>()
    let adding = AddSums<'T>()
    let pair = [| struct (0, 1) |]

    // Where each sum's part of this rank's columns lies in the step in hand, by its place: there are no more of them than shards.
    let addresses = Array.zeroCreate<nativeint> plan.Shards

    let sizes, starts = Array.zeroCreate<int> ranks, Array.zeroCreate<int> ranks
    let sizesOfAll, startsOfAll = Array.zeroCreate<int> ranks, Array.zeroCreate<int> ranks

    let heads = Arena<byte>((1 + ranks) * head)

    // Memory grows to what the largest batch needs, in the first steps.
    let mutable own = Arena<'T> 0
    let mutable all = Arena<'T> 0
    let mutable message = Arena<byte> 0
    let mutable messages = Arena<byte> 0

    let grown (arena: Arena<'N>) (length: int) : Arena<'N> = if arena.Length < length then Arena<'N> length else arena

    /// What a rank says of some rows and shards: losses, outputs and statistics.
    let messageOf (firstRow: int) (behindRow: int) (firstShard: int) (behindShard: int) : Message =
        let rows, shards = struct (firstRow, behindRow), struct (firstShard, behindShard)

        let what =
            [ matrix plan.Losses, rows
              matrix plan.Output, rows
              for ofShards in statistics do
                  ofShards, shards ]

        let passage start (matrix: Matrix<'T>, struct (first, behind)) =
            let count = (behind - first) * matrix.Cols
            { Start = start; Address = matrix.At(first, 0); Count = count }, start + bytes count

        let passages, size = List.mapFold passage 0 what
        { Size = size; Passages = Array.ofList passages }

    let roundOf (rows: int) : Round =
        let shards = plan.ShardsOf rows
        let deal = Dealing.deal ranks shards
        let row shard = if shard = shards then rows else (Shard.at shards rows shard).First

        { Shards = shards
          Deal = deal
          Messages =
            [| for first, behind in Array.pairwise deal.Firsts -> messageOf (row first) (row behind) first behind |]
          FirstRows = Array.map row deal.Firsts }

    let at (arena: Arena<byte>) (start: int) : nativeint = arena.Address + nativeint start

    // The heads of all, and behind them this one's own.
    let write (place: int) (word: int64) = Memory.write (at heads (ranks * head + place * sizeof<int64>)) word

    let word (rank: int) (place: int) : int64 = Memory.read<int64>(at heads (rank * head + place * sizeof<int64>))

    let refuse (other: int) =
        let where rank = $"rank {rank} at step {word rank 1} with {word rank 2} rows"

        raise (
            InvalidOperationException(
                if word other 0 <> identity then
                    $"rank {other} trains another network, with other options or on another engine than rank {rank}"
                else
                    $"ranks are not at the same place: {where rank}, {where other}"
            )
        )

    /// Whether any rank wishes to stop. All have to be at the same step with as many rows: of that follows what they exchange.
    let gatherHeads (step: int) (rows: int) (wish: bool) : bool =
        for other in 0 .. ranks - 1 do
            sizes[other] <- head
            starts[other] <- other * head

        write 0 identity
        write 1 (int64 step)
        write 2 (int64 rows)
        write 3 (if wish then 1L else 0L)
        exchange.Gather(at heads (ranks * head), head, heads.Address, sizes, starts)
        let mutable isWished = false

        for other in 0 .. ranks - 1 do
            if word other 0 <> identity || word other 1 <> int64 step || word other 2 <> int64 rows then
                refuse other

            isWished <- isWished || word other 3 <> 0L

        isWished

    /// Rows and statistics of all.
    let gatherRows (round: Round) : unit =
        for other in 0 .. ranks - 1 do
            sizes[other] <- round.Messages[other].Size
            starts[other] <- if other = 0 then 0 else starts[other - 1] + sizes[other - 1]

        message <- grown message sizes[rank]
        messages <- grown messages (starts[ranks - 1] + sizes[ranks - 1])

        for passage in round.Messages[rank].Passages do
            Memory.copy<'T> passage.Address (at message passage.Start) passage.Count

        exchange.Gather(message.Address, sizes[rank], messages.Address, sizes, starts)

        for other in 0 .. ranks - 1 do
            if other <> rank then
                for passage in round.Messages[other].Passages do
                    Memory.copy<'T> (at messages (starts[other] + passage.Start)) passage.Address passage.Count

    /// The whole sum of this rank's columns, in its place in the gradient. Its own sums are where they were made, those of others have come.
    let addMine (round: Round) (source: nativeint) (mine: int) : unit =
        let before = round.Deal.SumsBefore

        for place in 0 .. round.Deal.Sums.Length - 1 do
            addresses[place] <-
                if place < before[rank] then
                    all.AddressOf(place * mine)
                elif place < before[rank + 1] then
                    source + nativeint (starts[rank] + bytes ((place - before[rank]) * mine))
                else
                    all.AddressOf((place - round.SumsOf rank) * mine)

        let target = gradient.At(0, columns[rank])

        if round.Deal.Additions.Length > 0 then
            team.Run(adding, adding.Prepare(addresses, target, mine, round.Deal.Additions))
        elif addresses[0] <> target then
            Memory.copy<'T> addresses[0] target mine

    /// Whether each rank has one sum, and the tree over these pairs neighbours, then pairs of them, and so on.
    let isHalved (round: Round) : bool =
        ranks > Ways.MostDirect
        && BitOperations.IsPow2 ranks
        && BitOperations.IsPow2 round.Shards
        && round.Shards >= ranks

    /// The sums of so many ranks that the time of a message counts, by recursive halving: in each turn a rank gives its partner, at twice the
    /// distance of the turn before, half of the columns that it has, and adds what comes to the other half. The way back doubles them.
    let halve () : unit =
        for turn in 0 .. halvings - 1 do
            let low, behind = lows[turn], behinds[turn]
            let middle, distance = low + (behind - low) / 2, 1 <<< turn
            let isLower = rank &&& distance = 0
            let given, behindGiven = if isLower then middle, behind else low, middle
            lows[turn + 1] <- if isLower then low else middle
            behinds[turn + 1] <- if isLower then middle else behind
            let mine = behinds[turn + 1] - lows[turn + 1]
            all <- grown all mine
            let partner = rank ^^^ distance
            exchange.Swap(partner, gradient.At(0, given), bytes (behindGiven - given), all.Address, bytes mine)

            if mine > 0 then
                let target = gradient.At(0, lows[turn + 1])
                addresses[0] <- if isLower then target else all.Address
                addresses[1] <- if isLower then all.Address else target
                team.Run(adding, adding.Prepare(addresses, target, mine, pair))

        for turn in halvings - 1 .. -1 .. 0 do
            let theirs = if rank &&& (1 <<< turn) = 0 then behinds[turn + 1] else lows[turn]
            let mine, whole = behinds[turn + 1] - lows[turn + 1], behinds[turn] - lows[turn]
            let partner = rank ^^^ (1 <<< turn)

            exchange.Swap(
                partner,
                gradient.At(0, lows[turn + 1]),
                bytes mine,
                gradient.At(0, theirs),
                bytes (whole - mine)
            )

    /// The sums of each rank to those who add up their columns, and the whole sums back.
    let dealOut (round: Round) : unit =
        let sums, mine = round.SumsOf rank, width rank

        for other in 0 .. ranks - 1 do
            sizes[other] <- bytes (sums * width other)
            starts[other] <- bytes (sums * columns[other])
            sizesOfAll[other] <- bytes (round.SumsOf other * mine)
            // Those of others come one behind the other.
            let before = round.Deal.SumsBefore[other]
            startsOfAll[other] <- bytes ((if other > rank then before - sums else before) * mine)

        all <- grown all ((round.Deal.Sums.Length - sums) * mine)
        let source = if sums > 1 then own.Address else gradient.Address
        exchange.Deal(source, sizes, starts, all.Address, sizesOfAll, startsOfAll)

        if mine > 0 then
            addMine round source mine

        for other in 0 .. ranks - 1 do
            sizes[other] <- bytes mine
            starts[other] <- bytes columns[rank]
            sizesOfAll[other] <- bytes (width other)
            startsOfAll[other] <- bytes columns[other]

        exchange.Deal(gradient.Address, sizes, starts, gradient.Address, sizesOfAll, startsOfAll)

    /// Whether any rank wished to stop in the last step.
    member val IsStopped = false with get, set

    /// Whether this rank would like to stop after the step.
    member val Wish = false with get, set

    /// What the ranks do in a step on so many rows.
    member _.Round(rows: int) : Round =
        match rounds.TryGetValue rows with
        | true, round -> round
        | _ ->
            let round = roundOf rows
            rounds[rows] <- round
            round

    /// The rows that are this rank's, of a step on so many: the first, and how many.
    member ranks.OwnRows(rows: int) : struct (int * int) =
        let firsts = ranks.Round(rows).FirstRows
        struct (firsts[rank], firsts[rank + 1] - firsts[rank])

    /// The sums that this rank makes, by their place.
    member _.Places(round: Round) : struct (int * int) =
        struct (round.Deal.SumsBefore[rank], round.Deal.SumsBefore[rank + 1])

    /// Takes the sum of some shards out of the gradient, where more of them come.
    member _.Keep(round: Round, place: int) : unit =
        let sums, number = round.SumsOf rank, place - round.Deal.SumsBefore[rank]

        if sums > 1 then
            own <- grown own (sums * gradient.Cols)

            for other in 0 .. ranks - 1 do
                let target = sums * columns[other] + number * width other
                Memory.copy<'T> (gradient.At(0, columns[other])) (own.AddressOf target) (width other)

    /// Once the sums of this rank are made: afterwards all have everything.
    member ranks.Complete(round: Round, step: int, rows: int) : unit =
        ranks.IsStopped <- gatherHeads step rows ranks.Wish
        gatherRows round
        if isHalved round then halve () else dealOut round
