namespace NeuralNetwork

/// How a network is trained, as plain data: the optimizer, its rate over the steps, and the seed of all randomness.
type Training =
    { Optimizer: Optimizer
      Rate: Schedule
      Seed: uint64 }

    /// Adam at a constant rate of 0.001 (Kingma and Ba 2014), seed 42.
    static member Default: Training = { Optimizer = Optimizer.adam; Rate = Schedule.Constant 0.001; Seed = 42UL }

    /// The same with another optimizer.
    member training.With(optimizer: Optimizer) : Training = { training with Optimizer = optimizer }

    /// The same with another schedule of the learning rate.
    member training.With(rate: Schedule) : Training = { training with Rate = rate }

    /// The same with another seed.
    member training.With(seed: uint64) : Training = { training with Seed = seed }
