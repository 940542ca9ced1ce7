namespace NeuralNetwork

open NeuralNetwork.Maths

/// How the rows of an epoch become batches.
module internal Batches =

    /// The rows of the next batch when so many are left. Where there is batch norm, a single row left over joins the
    /// batch before it: alone it has no variance.
    let next (network: Network) (batch: int) (rest: int) : int =
        if rest = batch + 1 && Network.hasBatchNorm network then rest else min batch rest

    /// The batches that so many rows make.
    let count (network: Network) (batch: int) (rows: int) : int =
        let last = rows % batch
        let isJoined = last <> 0 && rows > batch && next network batch (batch + last) > batch
        rows / batch + (if last = 0 || isJoined then 0 else 1)

    /// Writes the order of the rows in an epoch, which depends on seed and epoch alone.
    let orderInto (isShuffled: bool) (seed: uint64) (epoch: int) (order: int[]) : unit =
        if isShuffled then
            Random.shuffleInto (Random.fold (Random.key seed Purpose.Shuffle) (uint64 epoch)) order

    /// The order of so many rows in an epoch.
    let order (isShuffled: bool) (seed: uint64) (epoch: int) (rows: int) : int[] =
        let order = Array.init rows id
        orderInto isShuffled seed epoch order
        order
