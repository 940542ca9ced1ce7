namespace NeuralNetwork.Plans

/// A network compiled for batches of at most Batch rows: where everything lies in one block of memory, and what is
/// done to it. The first four regions have the shape of the layout; Length counts elements, whatever their precision.
type internal Plan =
    {
        /// Where each tensor lies in the parameters, the gradient and the slots.
        Layout: Layout
        /// The greatest number of rows at once.
        Batch: int
        /// How many networks there are side by side. What each of them makes of a row are columns of the same row.
        Members: int
        /// What is trained.
        Parameters: Slice
        /// The gradient of the loss in the parameters.
        Gradient: Slice
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
        /// From Input, Target and Weights to Losses, Gradient, new Parameters and new Slots.
        Step: Op list
    }
