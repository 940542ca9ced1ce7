namespace NeuralNetwork

open System
open System.Threading
open NeuralNetwork.Analysis
open NeuralNetwork.Maths

/// The learning-rate range test (Smith 2017, Cyclical learning rates for training neural networks, section 3.3): a step at each of
/// some hundreds of rates, each a little higher than the one before, and the loss that each began with.
module internal RateTest =

    /// The share of the smoothed loss that a step keeps: a memory of some twenty steps.
    [<Literal>]
    let Smoothing = 0.95

    /// The test ends where the smoothed loss has risen above the least so far by so many times its size: at 4 times a positive one, as in
    /// fastai's lr_find. That of counts may be below 0.
    [<Literal>]
    let Rise = 3.0

    /// The fall of the smoothed loss at a step is that from so many steps before to as many behind it.
    [<Literal>]
    let Reach = 10

    /// αᵢ = low·(high / low)^(i / (n - 1)), i = 0 … n - 1: equal ratios from step to step.
    let rates (low: float) (high: float) (steps: int) : float[] =
        Ranges.demandIn Interval.above0 (nameof low) low
        Ranges.demandIn Interval.above0 (nameof high) high
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2, nameof steps)

        if not (low < high) then
            raise (
                ArgumentOutOfRangeException(nameof high, high, $"{Text.number high} (must be above the lowest rate)")
            )

        Array.init steps (fun i -> low * Scalar.power (high / low) (float i / float (steps - 1)))

    /// The smoothed loss after n losses, from that after n - 1: s = s + τ·(L - s), the mean of averaged weights.
    let private smooth (n: int) (before: float) (loss: float) : float =
        before + Averaging.weight (Averaging.EMA Smoothing) n * (loss - before)

    /// sₙ = Σ βⁿ⁻ⁱ·Lᵢ / Σ βⁿ⁻ⁱ over the losses so far.
    let smoothed (losses: float[]) : float[] =
        losses
        |> Array.mapFold
            (fun struct (n, before) loss -> let next = smooth n before loss in next, struct (n + 1, next))
            (struct (1, 0.0))
        |> fst

    /// Trains a step at each rate, in batches as a training has them, and gives the mean loss of the rows of each step, before the
    /// step and without penalties. It ends with the first loss that is not finite, or whose smoothed one has risen by three times the size of the least.
    let losses
        (trainer: Trainer<'T>)
        (model: Model<'T>)
        (data: Dataset)
        (options: FitOptions)
        (rates: float[])
        (cancel: CancellationToken)
        : float[] =
        let network = model.Network
        let executor, window = trainer.Executor, options.Window
        use feed = new Feed<'T>(executor, trainer.Machine, network.Loss, model.Preprocessing, data, false, window)
        let found = ResizeArray<float>(rates.Length)
        let mutable row = data.Rows
        let mutable epoch = 0
        let mutable now = 0.0
        let mutable least = infinity
        let mutable isOver = false

        while not isOver && found.Count < rates.Length do
            cancel.ThrowIfCancellationRequested()

            if row = data.Rows then
                row <- 0
                epoch <- epoch + 1
                feed.Arrange(options.Shuffle, trainer.Training.Seed, epoch)

            let rows = Batches.next network options.BatchSize (data.Rows - row)
            feed.Load(row, rows)
            let loss = trainer.AdvanceAt(rows, rates[found.Count])
            row <- row + rows
            found.Add loss
            now <- smooth found.Count now loss
            least <- min least now
            isOver <- not (Double.IsFinite loss) || now - least > Rise * abs least

        found.ToArray()

    /// The rate at which the smoothed loss falls fastest: of the steps k, counted from 0, from 20 on to that of the least smoothed loss
    /// the first with the least sₖ₊₁₀ - sₖ₋₁₀, so by equal ratios of the rate. NaN where the smoothed loss falls at none of them.
    let suggestion (rates: float[]) (losses: float[]) : float =
        let smoothed = smoothed losses |> Array.map (fun loss -> if Double.IsFinite loss then loss else infinity)
        let least = if smoothed.Length = 0 then 0 else Array.findIndex ((=) (Array.min smoothed)) smoothed
        let last = min least (smoothed.Length - 1 - Reach)
        let fall step = smoothed[step + Reach] - smoothed[step - Reach]
        let falling = [| 2 * Reach .. last |] |> Array.filter (fun step -> fall step < 0.0)
        if falling.Length = 0 then nan else rates[Array.minBy fall falling]
