namespace NeuralNetwork.Engine

open System
open System.Runtime.ExceptionServices
open System.Threading

// A persistent team of threads for phases of 50 to 500 microseconds. It refuses to be a scheduler: no queue, no
// futures, no nesting. Work is cut into tiles by its shape alone; which thread runs a tile never changes its bits.

/// A job cut into tiles that can run in any order and at the same time, each writing numbers of its own.
[<AbstractClass>]
type internal Work() =
    /// Does tile number `tile`.
    abstract Run: tile: int -> unit

/// The calling thread and `threads - 1` workers that wait for it.
///
/// Tiles are claimed one by one from a counter, so a thread that the system delays delays only its own tile. Between
/// rounds the workers spin for some tens of microseconds, then sleep: an idle team costs nothing. A round allocates
/// nothing. One thread runs a team at a time: whoever calls while it is busy (or from inside a tile) does the tiles
/// alone.
[<Sealed>]
type internal Team(threads: int) =
    do ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof threads)

    // About 50 microseconds of waiting in turns of SpinWait: the first ten keep the core, the others offer it to
    // whoever needs it, so that spinning does little harm on a busy machine.
    let patience = 200

    let gate = obj ()
    let mutable failure: ExceptionDispatchInfo | null = null // the first of the round in force
    let mutable work = Unchecked.defaultof<Work>
    let mutable unclaimed = 0 // tiles nobody has taken; below zero when several threads take the last
    let mutable unfinished = 0 // tiles not ended: until it is 0, `work` cannot change
    let mutable sleepers = 0
    let mutable running = 0
    let mutable stopping = false

    let runGuarded (tile: int) =
        try
            work.Run tile
        with error ->
            Interlocked.CompareExchange(&failure, ExceptionDispatchInfo.Capture error, null) |> ignore

    let rethrow (error: ExceptionDispatchInfo | null) =
        match error with
        | null -> ()
        | error -> error.Throw()

    let hasTiles () = Volatile.Read &unclaimed > 0

    // A claim that succeeds belongs to the round in force, whatever round the thread believed in: `work` is read after
    // it, and cannot be replaced before the tile has ended. So a worker that comes late needs no further check.
    let claimTiles () =
        while hasTiles () do
            let tile = Interlocked.Decrement &unclaimed

            if tile >= 0 then
                runGuarded tile
                Interlocked.Decrement &unfinished |> ignore

    // The sleeper counts itself before it looks for tiles, the caller publishes tiles before it looks for sleepers,
    // each with a full fence: one of the two sees the other.
    let sleep () =
        lock gate (fun () ->
            Interlocked.Increment &sleepers |> ignore

            while not (hasTiles () || stopping) do
                Monitor.Wait gate |> ignore

            Interlocked.Decrement &sleepers |> ignore)

    let wake (count: int) =
        lock gate (fun () ->
            for _ in 1..count do
                Monitor.Pulse gate)

    let labour () =
        while not (Volatile.Read &stopping) do
            claimTiles ()
            let mutable spin = SpinWait()

            while spin.Count < patience && not (hasTiles ()) do
                spin.SpinOnce(sleep1Threshold = -1)

            if not (hasTiles ()) then
                sleep ()

    let workers =
        [| for number in 1 .. threads - 1 ->
               Thread(labour, IsBackground = true, Name = $"NeuralNetwork worker {number}") |]

    do
        for worker in workers do
            worker.UnsafeStart()

    let runAlone (job: Work) (tiles: int) =
        let mutable error: ExceptionDispatchInfo | null = null

        for tile = tiles - 1 downto 0 do
            try
                job.Run tile
            with next ->
                if isNull error then
                    error <- ExceptionDispatchInfo.Capture next

        rethrow error

    let runTogether (job: Work) (tiles: int) =
        work <- job
        Volatile.Write(&unfinished, tiles)
        Interlocked.Exchange(&unclaimed, tiles) |> ignore
        let sleeping = Volatile.Read &sleepers

        if sleeping > 0 then
            wake (min sleeping (tiles - 1))

        claimTiles ()
        let mutable spin = SpinWait()

        while Volatile.Read &unfinished > 0 do
            spin.SpinOnce(sleep1Threshold = -1)

        work <- Unchecked.defaultof<Work>
        let error = Interlocked.Exchange(&failure, null)
        Volatile.Write(&running, 0)
        rethrow error

    /// A team of one thread for each core the process may use (the runtime respects a container's quota).
    new() = new Team(Environment.ProcessorCount)

    /// How many threads work, the caller included.
    member _.Threads = threads

    /// How many of the workers sleep now: all of them soon after a round.
    member _.Asleep: int = Volatile.Read &sleepers

    /// Runs tiles 0 to `tiles - 1`, each once, and returns when all have ended. The first exception of a tile
    /// is thrown here, after every other tile has run.
    member _.Run(job: Work, tiles: int) =
        if threads = 1 || tiles <= 1 || Interlocked.CompareExchange(&running, 1, 0) <> 0 then
            runAlone job tiles
        else
            runTogether job tiles

    interface IDisposable with
        /// Sends the workers home and waits for them. A team disposed still runs tiles, on the caller alone.
        member _.Dispose() =
            lock gate (fun () ->
                stopping <- true
                Monitor.PulseAll gate)

            for worker in workers do
                worker.Join()
