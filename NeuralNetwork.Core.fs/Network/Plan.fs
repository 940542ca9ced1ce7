namespace NeuralNetwork.Plans

/// A network compiled for batches of at most Batch rows: where everything lies in one block of memory, and what is
/// done to it. The first four regions have the shape of the layout; Length counts elements, whatever their precision.
type internal Plan =
    {
        /// Where each tensor lies in the parameters, the gradient and the slots.
        Layout: Layout
        /// The greatest number of rows of a batch.
        Batch: int
        /// How many shards a batch is cut into; 1 where it is not.
        Shards: int
        /// The greatest number of rows that are computed at once: those of the largest shard.
        Room: int
        /// How many networks there are side by side. What each of them makes of a row are columns of the same row.
        Members: int
        /// What is trained.
        Parameters: Slice
        /// The gradient of the loss in the parameters.
        Gradient: Slice
        /// Partial sums of the gradients of shards, that at level j of 2ʲ shards; none where a batch is not cut.
        Partials: Slice list
        /// The means and variances of batch norms in each shard, to move the running ones by; empty where a batch is not cut.
        ShardStatistics: Slice
        /// The optimizer's memory.
        Slots: Slice list
        /// The rows, preprocessed.
        Input: Slice
        /// What belongs to each row.
        Target: Slice
        /// How much each row counts in a step for each member, n x members; n x 0 where no row has a weight of its own.
        Weights: Slice
        /// The share of each member in the prediction of a row, n x members, 1 / members until somebody says otherwise; n x 0
        /// where there is but one.
        Shares: Slice
        /// The last z, before the function of the outputs.
        Output: Slice
        /// The loss of each row; in a step the mean over the members.
        Losses: Slice
        /// What a user reads: the function of the outputs, of z.
        Prediction: Slice
        /// The gradient of the loss in the inputs, where the plan was made for it; else it has no rows.
        InputGradient: Slice
        /// The running statistics of batch norms, in a layout of their own.
        Statistics: Slice
        /// Where each penalized tensor's penalty is summed up, in parts.
        Penalties: Slice list
        /// How many numbers all of it takes.
        Length: int
        /// From Input to Prediction.
        Predict: Op list
        /// From Input and Target to Output and Losses.
        Evaluate: Op list
        /// Where a batch is cut, from Input, Target and Weights to Losses and Gradient, those of a shard; else empty.
        Shard: Op list
        /// From Input, Target and Weights to Losses, Gradient, new Parameters and new Slots. Where a batch is cut, what comes
        /// behind the sum of the gradients of its shards.
        Step: Op list
    }

    /// How many shards a batch of so many rows has.
    member plan.ShardsOf(rows: int) : int = Shard.count plan.Shards (Shard.least (plan.Statistics.Length > 0)) rows
