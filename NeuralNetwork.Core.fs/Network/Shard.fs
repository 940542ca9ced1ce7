namespace NeuralNetwork.Plans

open System.Numerics

/// Consecutive rows of a step's batch, whose gradient is computed by itself. The programs of a plan run on one of them; where
/// a batch is not cut, on the one that is all of it.
[<Struct>]
type internal Shard =
    {
        /// Its place among the shards, from 0 on.
        Index: int
        /// How many shards there are.
        Count: int
        /// The row of the batch that it begins with.
        First: int
        /// Its rows.
        Rows: int
        /// The rows of the whole batch.
        Batch: int
    }

    /// Whether none comes behind it.
    member shard.IsLast: bool = shard.Index = shard.Count - 1

/// How a batch is cut into shards, and in which order their gradients are added: both follow from the numbers of shards and
/// rows alone, whoever computes a shard.
///
/// The sum is a tree: one shard by itself; of more, that of the first p and that of the others, p the greatest power of two below
/// their number. Shards that come one after the other need no more of it than a binary counter has digits: the partial sum at level j is
/// that of 2ʲ shards, and waits as long as digit j of their count is 1.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Shard =

    /// So many rows as one.
    let whole (rows: int) : Shard = { Index = 0; Count = 1; First = 0; Rows = rows; Batch = rows }

    /// Some rows of those that are treated one by one, in pieces that memory has room for.
    let piece (first: int) (rows: int) (batch: int) : Shard =
        { Index = 0; Count = 1; First = first; Rows = rows; Batch = batch }

    /// The fewest rows of a shard: alone, a row has no variance.
    let least (isNormalized: bool) : int = if isNormalized then 2 else 1

    /// How many shards a batch of n rows has: min(S, ⌊n / least⌋), and one of what is less.
    let count (shards: int) (least: int) (rows: int) : int = max 1 (min shards (rows / least))

    /// One of k shards of n rows: n/k rows, as evenly as can be, the longer ones first.
    let at (count: int) (rows: int) (index: int) : Shard =
        let size, longer = rows / count, rows % count

        { Index = index
          Count = count
          First = index * size + min index longer
          Rows = if index < longer then size + 1 else size
          Batch = rows }

    /// The rows of the largest shard that a batch of so many rows or fewer has: ⌈n/S⌉, and of a few rows, which do not fill all
    /// shards, one less than two shards of the fewest.
    let largest (shards: int) (least: int) (batch: int) : int =
        max ((batch + shards - 1) / shards) (min batch (2 * least - 1))

    /// How many levels of partial sums may wait: the binary digits of S - 1, ⌈log₂ S⌉.
    let partials (shards: int) : int = 32 - BitOperations.LeadingZeroCount(uint (shards - 1))

    /// The levels whose partial sums the gradient of a shard is added to, the lowest first, digit j for level j: those that are whole with
    /// it, which the count of the shards before it ends with as ones; of the last shard all that wait.
    let levels (shard: Shard) : int = if shard.IsLast then shard.Index else shard.Index &&& ~~~(shard.Index + 1)

    /// The level that the sum with the gradient of a shard waits at, if it is not the last one.
    let level (shard: Shard) : int = BitOperations.PopCount(uint (levels shard))
