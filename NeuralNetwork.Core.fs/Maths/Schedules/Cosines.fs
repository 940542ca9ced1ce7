namespace NeuralNetwork.Maths

open System
open NeuralNetwork
open ScheduleParameter

// Schedules along half cosines. Below, past counts the steps that are done, and p = min(past / steps, 1) is the progress.

/// rate·½(1 + cos πp), then 0 (Loshchilov and Hutter 2017, without restarts).
module internal Cosine =

    let at (rate: float) (progress: float) : float = rate * halfCosine progress

    let page: SchedulePage =
        { Parameters = [ count "steps" ]
          Standard = fun steps -> [ float steps ]
          Note =
            { Name = "cosine"
              Idea = "Half a cosine from the rate down to 0."
              Formula = [ "rate·½(1 + cos(π·s/steps))" ]
              Source = "Loshchilov and Hutter 2017, SGDR, without restarts"
              Differences =
                [ "PyTorch's CosineAnnealingLR goes up again after its steps, Keras's and this one stay at 0."
                  "Keras counts steps, as here; PyTorch's schedulers are mostly called once an epoch." ] } }

/// Half cosines from the rate to 0, each growth times as long as the one before (Loshchilov and Hutter 2017, SGDR).
module internal CosineRestarts =

    /// The progress inside its period of a number of periods done, each longer than the one before by the factor growth.
    let private restart (growth: float) (finished: float) : float =
        if growth = 1.0 then
            finished - floor finished
        else
            // Periods before number k are (growthᵏ - 1) / (growth - 1) first periods long; the 10⁻⁹ absorbs rounding.
            let start (number: float) = (Scalar.power growth number - 1.0) / (growth - 1.0)
            let number = floor (Scalar.log (1.0 + finished * (growth - 1.0)) / Scalar.log growth + 1e-9)
            max 0.0 ((finished - start number) / Scalar.power growth number)

    let at (rate: float) (steps: int) (growth: float) (past: float) : float =
        rate * halfCosine (restart growth (past / float steps))

    let page: SchedulePage =
        { Parameters = [ count "first_steps"; atLeast1 "growth" ]
          Standard = fun steps -> [ float (max 1 ((steps + 6) / 7)); 2.0 ]
          Note =
            { Name = "cosine-restarts"
              Idea = "Half cosines, each longer than the one before."
              Formula =
                [ "rate·½(1 + cos(π·progress in the period))"; "periods: first, first·growth, first·growth², …" ]
              Source = "Loshchilov and Hutter 2017, SGDR"
              Differences =
                [ "T₀ and T_mult in PyTorch, first_decay_steps and t_mul in Keras, which can lower each peak, too." ] } }

/// Half a cosine up to the rate, then half a cosine far down (Smith and Topin 2018, in PyTorch's form).
module internal OneCycle =

    /// The share of the steps up to the rate, as the next two PyTorch's OneCycleLR.
    [<Literal>]
    let Rise = 0.3

    /// By how much less than the rate the cycle begins.
    [<Literal>]
    let Start = 25.0

    /// By how much less than its beginning the cycle ends.
    [<Literal>]
    let Final = 1e4

    let at (rate: float) (steps: int) (rise: float) (start: float) (final: float) (past: float) : float =
        let peak, last = rise * float steps - 1.0, float (steps - 1)

        if past < peak then
            between rate (rate / start) (1.0 - halfCosine (past / peak))
        else
            let progress = if last > peak then min 1.0 ((past - peak) / (last - peak)) else 1.0
            between rate (rate / start / final) (halfCosine progress)

    let page: SchedulePage =
        { Parameters = [ count "steps"; Parameter.share "rise"; atLeast1 "start"; Parameter.positive "final" ]
          Standard = fun steps -> [ float steps; Rise; Start; Final ]
          Note =
            { Name = "one-cycle"
              Idea = "Up to a high rate and far down again."
              Formula =
                [ "rate/start up to rate in the first share `rise` of the steps, along half a cosine"
                  "then down to rate/start/final" ]
              Source = "Smith and Topin 2018, Super-Convergence; in the form of PyTorch's OneCycleLR"
              Differences =
                [ "rise 0.3, start 25, final 10⁴ as in PyTorch, whose momentum cycles as well; here it does not." ] } }
