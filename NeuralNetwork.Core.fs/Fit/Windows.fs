namespace NeuralNetwork

open System
open System.Collections.Generic
open System.IO
open System.Threading.Tasks
open NeuralNetwork.Engine
open NeuralNetwork.Maths

/// Goes through rows that stay in a stream, in an order of its own. The stream is a sequence of blocks of a mebibyte, in whole rows. An
/// epoch puts the blocks in a random order, so many of them make a window, and the rows of a window are put in a random order: all of
/// it follows from seed and epoch. Two windows are in memory, side by side: that of the batch in hand, and the next one, which is read
/// meanwhile, so that a batch may begin in the one and end in the other.
[<Sealed>]
type internal Windows(stream: Stream, kind: TypeCode, cols: int, rows: int[], mebibytes: int) =

    let block = 1 <<< 20
    let rowBytes = cols * Store.size kind
    let blockRows = max 1 (block / rowBytes)
    let storedRows = stream.Length / int64 rowBytes

    // Of the blocks that have rows of ours: which of the stream each is, and where its rows begin among ours; behind them all is the end.
    let blocks = rows |> Seq.map (fun row -> row / blockRows) |> Seq.distinct |> Array.ofSeq
    let firsts = Array.create (blocks.Length + 1) rows.Length
    let places = Dictionary<int, int> blocks.Length

    do
        blocks |> Array.iteri (fun place number -> places[number] <- place)

        for row in rows.Length - 1 .. -1 .. 0 do
            firsts[places[rows[row] / blockRows]] <- row

    let perWindow =
        int (max 1L (int64 mebibytes * int64 block / (int64 blockRows * int64 rowBytes)))
        |> min blocks.Length

    let count = (blocks.Length + perWindow - 1) / perWindow
    let buffer = ColumnStatistics.empty kind (min 2 count * perWindow * blockRows * cols)
    let order = Array.init rows.Length id
    let sequence = Array.init blocks.Length id
    // For each window where it ends in the order; for each block its place in the buffer.
    let ends = Array.zeroCreate<int> count
    let slots = Array.zeroCreate<int> blocks.Length
    // Which window each half of the buffer has, and the one that is being read.
    let held = [| -1; -1 |]
    let mutable pending = -1
    let mutable reading = Task.CompletedTask
    // The window that the last batch began in.
    let mutable current = 0

    // Where two windows are all of them, blocks are read once, and stay where they are.
    let isWhole = count <= 2
    let mutable isRead = false

    let readBlock (index: int) =
        let first = blocks[index] * blockRows
        let length = int (min (int64 blockRows) (storedRows - int64 first)) * rowBytes
        let target = (ColumnStatistics.bytesOf buffer).Slice(slots[index] * blockRows * rowBytes, length)
        Store.read stream rowBytes first target

    let read (window: int) =
        for place in window * perWindow .. min blocks.Length ((window + 1) * perWindow) - 1 do
            readBlock sequence[place]

    /// Waits for what is being read, whatever it comes to.
    let settle () =
        pending <- -1
        Task.WaitAny reading |> ignore

    /// Has a window in memory. What went wrong with reading it is raised here.
    let demand (window: int) =
        if isWhole then
            if not isRead then
                Array.iteri (fun index _ -> readBlock index) blocks
                isRead <- true
        elif held[window % 2] <> window then
            if pending = window then
                pending <- -1
                reading.GetAwaiter().GetResult()
            else
                settle ()
                held[window % 2] <- -1
                read window

            held[window % 2] <- window

    /// Begins to read the next window, into the half that nobody needs any more.
    let prefetch (window: int) =
        if not isWhole && window < count && held[window % 2] <> window && pending <> window then
            settle ()
            held[window % 2] <- -1
            pending <- window
            reading <- Task.Run(fun () -> read window)

    let rec windowOf (position: int) (window: int) =
        if position < ends[window] then window else windowOf position (window + 1)

    let arrange (isShuffled: bool) (seed: uint64) (epoch: int) : unit =
        settle ()
        held[0] <- -1
        held[1] <- -1
        current <- 0
        let key = Random.fold (Random.key seed Purpose.Shuffle) (uint64 epoch)

        if isShuffled then
            Random.shuffleInto key sequence
        else
            sequence |> Array.iteri (fun place _ -> sequence[place] <- place)

        let mutable position = 0

        for window in 0 .. count - 1 do
            let start = position

            for place in window * perWindow .. min blocks.Length ((window + 1) * perWindow) - 1 do
                let index = sequence[place]
                slots[index] <- if isWhole then index else window % 2 * perWindow + place - window * perWindow

                for row in firsts[index] .. firsts[index + 1] - 1 do
                    order[position] <- row
                    position <- position + 1

            ends[window] <- position

            if isShuffled then
                let mixed = Array.zeroCreate<int>(position - start)
                Random.shuffleInto (Random.fold key (uint64 window + 1UL)) mixed
                let own = order[start .. position - 1]
                mixed |> Array.iteri (fun place from -> order[start + place] <- own[from])

    do arrange false 0UL 0

    /// The numbers of the windows in memory; rows lie where `Find` says.
    member _.Numbers: NumberArray = buffer

    /// The order that the rows are gone through in, by their places among ours.
    member _.Order: int[] = order

    /// Waits until nothing is read any more.
    member _.Settle() : unit = settle ()

    /// Puts the rows in the order of an epoch, or in their own.
    member _.Arrange(isShuffled: bool, seed: uint64, epoch: int) : unit = arrange isShuffled seed epoch

    /// Has rows in memory, order[start] and so many after it, and writes where in the windows they lie. False where they are of more than two
    /// windows.
    member _.Find(start: int, count: int, found: int[]) : bool =
        if start < (if current = 0 then 0 else ends[current - 1]) then
            current <- 0

        let first = windowOf start current
        let last = windowOf (start + count - 1) first

        if last > first + 1 then
            false
        else
            current <- first
            demand first

            if last > first then demand last else prefetch (first + 1)

            for place in 0 .. count - 1 do
                let row = rows[order[start + place]]
                found[place] <- slots[places[row / blockRows]] * blockRows + row % blockRows

            true
