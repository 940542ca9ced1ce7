/// Callers of a model that is replaced again and again, with bad files in between: no answer is another model's, or none's, and
/// memory stays as it is.
module NeuralNetwork.Tests.HotSwapTests

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Threading
open NeuralNetwork
open NeuralNetwork.Extensions
open ModelSourceTests

/// So many models in turn.
let private seeds = [| 1UL .. 7UL |]

/// What is no model, in many ways.
let private bad (turn: int) (good: byte[]) : byte[] =
    match turn % 4 with
    | 0 -> [||]
    | 1 -> good[.. good.Length - 2 - turn % (good.Length / 2)]
    | 2 ->
        let changed = Array.copy good
        let place = turn % good.Length
        changed[place] <- changed[place] ^^^ 16uy
        changed
    | _ -> BitConverter.GetBytes(int64 turn)

/// Every third model is written in its place instead of being renamed onto it.
let private write (turn: int) (path: string) (content: byte[]) =
    if turn % 3 = 2 then File.WriteAllBytes(path, content) else put path content

let private heap () : int64 =
    // What was finalized in the first round is collected in the second.
    for _ in 1..3 do
        GC.Collect()
        GC.WaitForPendingFinalizers()

    GC.GetTotalMemory true

/// So many callers during so many swaps; every fifth swap has a bad file before it. The heap is measured after a tenth of the
/// swaps and after all of them, with all callers there and at rest.
let private underSwaps (callers: int) (swaps: int) : unit =
    let models = seeds |> Array.map churn
    let contents = models |> Array.map bytes

    let rows =
        Array.init 20 (fun place ->
            [| float32 place; float32 (place * 100); float32 (place % 2); float32 (1 - place % 2) |])

    let answers = models |> Array.map (fun model -> rows |> Array.map (fun row -> model.Predict(ReadOnlySpan row)))
    let modelOf (version: int) = (version - 1) % models.Length

    let quick (options: ModelOptions<float32>) =
        options.Watch <- true
        options.WarmUp <- true
        options.Debounce <- TimeSpan.FromMilliseconds 1.0

    use app = new App(contents[0], quick)
    let source = app.Source
    use over = new CancellationTokenSource()
    use going = new ManualResetEventSlim true
    let resting, asked, wrong = ref 0, ref 0L, ConcurrentQueue<string>()

    let call () =
        let found = Array.zeroCreate<float32> 2
        let mutable place = 0

        while not over.IsCancellationRequested do
            let loaded = source.Loaded
            let expected = answers[modelOf loaded.Version]

            for _ in 1..10 do
                place <- (place + 1) % rows.Length
                loaded.Model.Predict(ReadOnlySpan rows[place], Span found)

                if not (MemoryExtensions.SequenceEqual(ReadOnlySpan found, ReadOnlySpan expected[place])) then
                    wrong.Enqueue $"version {loaded.Version}, row {place}: %A{found}"

            Interlocked.Add(&asked.contents, 10L) |> ignore
            // Callers wait for requests, too; what writes and reads the files has to have its turn.
            Thread.Sleep 2

            if not going.IsSet then
                Interlocked.Increment(&resting.contents) |> ignore
                going.Wait()
                Interlocked.Decrement(&resting.contents) |> ignore

    let threads = Array.init callers (fun _ -> Thread call)
    threads |> Array.iter _.Start()

    let refusals = ref 0

    let atRest () : int64 =
        going.Reset()
        until "all callers at rest" (fun () -> Volatile.Read(&resting.contents) = callers)
        // What the log of this test has kept is none of the source's.
        refusals.Value <- refusals.Value + app.Refusals.Length
        app.Log.Clear()
        let size = heap ()
        going.Set()
        size

    let began = Stopwatch.StartNew()
    let mutable refused = 0
    let mutable early = 0L

    for turn in 1..swaps do
        if turn % 5 = 0 then
            let before = app.Refusals.Length
            put app.Path (bad turn contents[0])
            until "a refusal" (fun () -> app.Refusals.Length > before)
            refused <- refused + 1

        write turn app.Path contents[modelOf (turn + 1)]
        until $"version {turn + 1}" (fun () -> source.Loaded.Version > turn)

        if turn = max 1 (swaps / 10) then
            early <- atRest ()

    let late = atRest ()
    let seconds = began.Elapsed.TotalSeconds
    over.Cancel()
    threads |> Array.iter _.Join()
    Expect.equal [] (List.ofSeq (Seq.truncate 3 wrong))
    Expect.equal (swaps + 1) source.Loaded.Version
    let growth = late - early

    note (
        $"{callers} callers, {swaps} swaps, {refused} bad files ({refusals.Value} lines), {asked.Value} answers in {seconds:F0} s: "
        + $"0 wrong; heap {early} bytes after a tenth, {growth} more at the end"
    )
    // One caller's memory for one model is 7.6 kB: had the models stayed, 8 callers and 36 swaps would make 2.2 MB.
    Expect.that (growth < 1_000_000L) $"{growth} bytes more"

let tests =
    group
        "HotSwap"
        [ test
              "8 callers get the bits of one model each time while it is replaced 40 times, with bad files in between"
              (fun () -> underSwaps 8 40) ]
    |> alone

let deep =
    group
        "HotSwap"
        [ test
              "64 callers get the bits of one model each time while it is replaced 3 000 times, with bad files in between"
              (fun () -> underSwaps 64 3000) ]
