namespace NeuralNetwork.Engine

open System
open System.Diagnostics
open System.Threading

// What ranks do together: processes on one machine or several, or threads in a test. Each call is made by every rank, in
// the same order, and returns when what was asked for is there.

/// Moves bytes between ranks.
type internal IExchange =
    inherit IDisposable
    /// How many ranks there are.
    abstract Ranks: int
    /// Which of them this is, from 0 on.
    abstract Rank: int
    /// Who moves the bytes, as it says itself.
    abstract Library: string

    /// Every rank gets from each other one what that has for it: so many bytes of `own` from a start on for each rank, to a start in `all`
    /// for each rank. Sizes at both ends are the same. What a rank has for itself stays where it is,
    /// and both may be the same memory where what goes and what comes lie apart.
    abstract Deal:
        own: nativeint * sizes: int[] * starts: int[] * all: nativeint * sizesOfAll: int[] * startsOfAll: int[] -> unit

    /// Two ranks get so many bytes of each other. Every rank calls it at once, each with its partner.
    abstract Swap: partner: int * own: nativeint * size: int * theirs: nativeint * sizeOfTheirs: int -> unit

    /// Every rank gets what each one has: so many bytes from each, to a start in `all`.
    abstract Gather: own: nativeint * size: int * all: nativeint * sizes: int[] * starts: int[] -> unit

/// Threads of one process as ranks: what a property is shown with where there is no MPI. `Of n` makes one for each thread.
[<Sealed>]
type internal ThreadExchange private (rank: int, own: nativeint[], starts: int[][], meeting: Barrier) =

    // A rank that failed does not come any more: nobody waits for it for ever.
    static let patience = TimeSpan.FromMinutes 1.0

    let meet () =
        if not (meeting.SignalAndWait patience) then
            raise (TimeoutException $"rank {rank}: the others did not come")

    let copy (source: nativeint) (target: nativeint) (size: int) =
        Buffer.MemoryCopy(source.ToPointer(), target.ToPointer(), int64 size, int64 size)

    /// So many of them that belong together.
    static member Of(ranks: int) : ThreadExchange[] =
        let own, starts, meeting = Array.zeroCreate ranks, Array.create ranks [||], new Barrier(ranks)
        [| for rank in 0 .. ranks - 1 -> new ThreadExchange(rank, own, starts, meeting) |]

    interface IExchange with
        member _.Ranks = own.Length
        member _.Rank = rank
        member _.Library = "threads"

        member _.Deal(mine, _, startsOfMine, all, sizesOfAll, startsOfAll) =
            own[rank] <- mine
            starts[rank] <- startsOfMine
            meet ()

            for from in 0 .. own.Length - 1 do
                if from <> rank then
                    let theirs = starts[from]
                    let there = own[from] + nativeint theirs[rank]
                    copy there (all + nativeint startsOfAll[from]) sizesOfAll[from]

            meet ()

        member _.Swap(partner, mine, _, theirs, sizeOfTheirs) =
            own[rank] <- mine
            meet ()
            copy own[partner] theirs sizeOfTheirs
            meet ()

        member _.Gather(mine, _, all, sizes, startsOfAll) =
            own[rank] <- mine
            meet ()

            for from in 0 .. own.Length - 1 do
                copy own[from] (all + nativeint startsOfAll[from]) sizes[from]

            meet ()

    interface IDisposable with
        member _.Dispose() = ()

/// Tells somebody of a rank that waits too long for the others: once after a while, and again where that is the end. A process that is
/// stopped itself, as all ranks of a suspended job are, does not wait meanwhile.
[<Sealed>]
type internal Watchdog(first: TimeSpan, last: TimeSpan, onWait: Action<TimeSpan>, onStall: Action<TimeSpan>) =

    let mutable since = 0L // when the wait in hand began; 0 where there is none
    let mutable told = 0L // the beginning of the wait that was told of
    let mutable waited = 0L
    let mutable seen = 0L // the beginning of the wait that was looked at, when that was, and how long it was by then
    let mutable looked = 0L
    let mutable passed = TimeSpan.Zero

    let beat = TimeSpan.FromSeconds 0.25

    let mutable isLooking = 0

    let look () =
        let began = Volatile.Read &since

        if began <> 0L then
            let sinceLook = Stopwatch.GetElapsedTime(if began = seen then looked else began)
            let before = if began = seen then passed else TimeSpan.Zero
            passed <- before + min sinceLook (4.0 * beat)
            seen <- began
            looked <- Stopwatch.GetTimestamp()

            if passed >= last then
                onStall.Invoke passed
            elif passed >= first && told <> began then
                told <- began
                onWait.Invoke passed

    // Who is told may take longer than a beat.
    let guarded _ =
        if Interlocked.Exchange(&isLooking, 1) = 0 then
            try
                look ()
            finally
                Volatile.Write(&isLooking, 0)

    let timer = new Timer(guarded, null, beat, beat)

    /// Until `Ends` the rank waits.
    member _.Begins() : unit = Volatile.Write(&since, max 1L (Stopwatch.GetTimestamp()))

    /// It waits no more.
    member _.Ends() : unit =
        waited <- waited + (Stopwatch.GetTimestamp() - since)
        Volatile.Write(&since, 0L)

    /// How long it has waited in all, what was moved meanwhile included.
    member _.Waited: TimeSpan = Stopwatch.GetElapsedTime(0L, waited)

    interface IDisposable with
        member _.Dispose() = timer.Dispose()
