namespace NeuralNetwork.Engine

open System
open System.IO
open System.Runtime.InteropServices
open System.Text

/// The processes that train one model together, and which of them this one is. What they are to train is cut into shards
/// (`Training.Shards`); each rank computes some of them, and the numbers that come of it are the same for any number of ranks from one to
/// that of the shards. All of them are given the same rows, in the same steps.
///
/// They are started by a launcher of MPI (`mpirun -n 4 …`), and join by `Ranks.Join()`. A process that nobody started so is alone.
[<Sealed>]
type Ranks internal (exchange: IExchange | null, watchdog: Watchdog | null) =

    let ranks, rank, library =
        match exchange with
        | null -> 1, 0, ""
        | exchange -> exchange.Ranks, exchange.Rank, exchange.Library

    /// What every rank has, of sizes that all know.
    let gather (own: byte[]) (sizes: int[]) : byte[][] =
        match exchange with
        | null -> [| own |]
        | exchange ->
            let starts = Array.scan (+) 0 sizes
            let pinned (length: int) : byte[] = GC.AllocateArray(max 1 length, pinned = true)
            let mine, all = pinned own.Length, pinned starts[ranks]
            own.CopyTo(mine, 0)
            let address (bytes: byte[]) = Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0)
            exchange.Gather(address mine, own.Length, address all, sizes, Array.take ranks starts)
            // Until here they are known by their addresses alone.
            GC.KeepAlive mine
            GC.KeepAlive all
            Array.init ranks (fun rank -> all[starts[rank] .. starts[rank + 1] - 1])

    let share (own: int64) : int64[] =
        gather (BitConverter.GetBytes own) (Array.create ranks sizeof<int64>)
        |> Array.map (fun bytes -> BitConverter.ToInt64(bytes, 0))

    /// A process by itself.
    static member val Alone: Ranks = new Ranks(null, null)

    /// Whether a launcher of MPI says that it started this process as one of several.
    static member IsLaunched: bool =
        match Launcher.find () with
        | Some launcher -> launcher.Ranks <> 1
        | None -> false

    /// <summary>Joins the other processes that a launcher of MPI has started; where none has, the process is alone. Whoever waits for
    /// the others for ten minutes ends the process with code 4.</summary>
    /// <returns>The ranks. To dispose of them waits for all others: after a failure end the process instead, with a code that is not 0,
    /// and the launcher ends the others.</returns>
    /// <exception cref="T:System.InvalidOperationException">No library of MPI can be loaded, or the one found is not the
    /// launcher's.</exception>
    static member Join() : Ranks =
        let say (what: string) (waited: TimeSpan) =
            Console.Error.WriteLine $"waited {int waited.TotalSeconds} s for the other ranks{what}"

        let onStall waited =
            say "" waited
            Environment.Exit 4

        Ranks.Join(null, TimeSpan.FromMinutes 1.0, TimeSpan.FromMinutes 10.0, say " so far", onStall)

    /// <summary>The same with a library of MPI of one's own choice, and another end of waiting.</summary>
    /// <param name="library">The path or name of the library; null for that of the launcher.</param>
    /// <param name="warning">After how long a wait for other ranks somebody is told, once for each wait.</param>
    /// <param name="stall">After how long a wait it is given up.</param>
    /// <param name="onWait">Who is told, on a thread of its own.</param>
    /// <param name="onStall">Who ends the process: the rank itself is within the library, and does not come back.</param>
    /// <returns>The ranks.</returns>
    /// <exception cref="T:System.InvalidOperationException">No library of MPI can be loaded, or the one found is not the
    /// launcher's.</exception>
    static member Join
        (library: string | null, warning: TimeSpan, stall: TimeSpan, onWait: Action<TimeSpan>, onStall: Action<TimeSpan>) : Ranks =
        ArgumentNullException.ThrowIfNull(onWait, nameof onWait)
        ArgumentNullException.ThrowIfNull(onStall, nameof onStall)

        match Launcher.find () with
        | Some launcher when launcher.Ranks <> 1 ->
            let watchdog = new Watchdog(warning, stall, onWait, onStall)
            new Ranks(MpiExchange.Join(launcher, library, watchdog), watchdog)
        | _ -> Ranks.Alone

    /// How many there are.
    member _.Count: int = ranks

    /// Which of them this process is, from 0 on.
    member _.Rank: int = rank

    /// Whether there is no other one.
    member _.IsAlone: bool = ranks = 1

    /// What the library of MPI says it is; empty for a process by itself.
    member _.Library: string = library

    /// How long this rank has been in exchanges with others, waiting for them included.
    member _.Exchanged: TimeSpan =
        match watchdog with
        | null -> TimeSpan.Zero
        | watchdog -> watchdog.Waited

    /// <summary>Every rank says something, and hears what all say. All of them have to call it.</summary>
    /// <param name="text">What this one says.</param>
    /// <returns>What each says, by rank.</returns>
    /// <exception cref="T:System.IO.IOException">MPI failed.</exception>
    member _.Gather(text: string) : string[] =
        ArgumentNullException.ThrowIfNull(text, nameof text)
        let own = Encoding.UTF8.GetBytes text
        let sizes = share (int64 own.Length) |> Array.map int
        gather own sizes |> Array.map Encoding.UTF8.GetString

    /// How they exchange what each has computed; None for a process by itself.
    member internal _.Exchange: IExchange option = if ranks = 1 then None else Option.ofObj exchange

    /// Every rank has its own part of some numbers, from starts[rank] up to starts[rank + 1]; afterwards all have all of them. All of them
    /// have to call it.
    member internal _.Share(numbers: float[], starts: int[]) : unit =
        if ranks > 1 then
            let length rank = starts[rank + 1] - starts[rank]
            // In pieces of 32 MiB: how long a message is, is said in 31 bits.
            let most = max 1 ((1 <<< 22) / ranks)

            for first in 0..most .. Seq.max (Seq.init ranks length) - 1 do
                let part rank =
                    let before = min first (length rank)
                    Memory(numbers, starts[rank] + before, min most (length rank - before))

                let own = (MemoryMarshal.AsBytes (part rank).Span).ToArray()
                let all = gather own (Array.init ranks (fun rank -> (part rank).Length * sizeof<float>))
                all |> Array.iteri (fun rank bytes -> bytes.CopyTo(MemoryMarshal.AsBytes (part rank).Span))

    /// Whether any of them says so. All of them have to ask.
    member internal ranks.Agree(own: bool) : bool =
        if ranks.IsAlone then own else Array.contains 1L (share (if own then 1L else 0L))

    /// IOException unless all have the same. All of them have to ask.
    member internal ranks.DemandSame(what: string, own: int64) : unit =
        if not ranks.IsAlone then
            let all = share own

            match Array.tryFindIndex ((<>) all[0]) all with
            | Some other -> raise (IOException $"{what} of rank {other} and of rank 0 are not the same any more")
            | None -> ()

    interface IDisposable with
        /// Waits for all others, and leaves them.
        member _.Dispose() =
            match exchange with
            | null -> ()
            | exchange -> exchange.Dispose()
