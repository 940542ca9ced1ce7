namespace NeuralNetwork.Maths

open System
open NeuralNetwork
open ScheduleParameter

// Schedules that fall, or stay. Below, past counts the steps that are done, and p = min(past / steps, 1) is the progress.

/// The same rate at every step.
module internal ConstantRate =

    let page: SchedulePage =
        { Parameters = []
          Standard = fun _ -> []
          Note =
            { Name = "constant"
              Idea = "The same rate at every step."
              Formula = [ "rate" ]
              Source = "-"
              Differences = [] } }

/// rate·factor^⌊past / every⌋. PyTorch's StepLR (factor 0.1) counts epochs instead.
module internal StepDecay =

    let at (rate: float) (factor: float) (every: int) (past: int) : float =
        rate * Scalar.power factor (float (past / every))

    let page: SchedulePage =
        { Parameters = [ Parameter.positive "factor"; count "every_steps" ]
          Standard = fun steps -> [ 0.1; float (max 1 ((steps + 3) / 4)) ]
          Note =
            { Name = "step"
              Idea = "A drop every so many steps."
              Formula = [ "rate·factor^⌊s/every⌋" ]
              Source = "common practice; PyTorch's StepLR has the factor 0.1"
              Differences =
                [ "Three drops in a run, where nothing else is said."
                  "Keras counts steps, as here; PyTorch's schedulers are mostly called once an epoch." ] } }

/// rate·factor^(past / steps), without end, as Keras's ExponentialDecay.
module internal ExponentialDecay =

    let at (rate: float) (factor: float) (steps: int) (past: float) : float =
        rate * Scalar.power factor (past / float steps)

    let page: SchedulePage =
        { Parameters = [ Parameter.positive "factor"; count "steps" ]
          Standard = fun steps -> [ 0.01; float steps ]
          Note =
            { Name = "exponential"
              Idea = "The same share at every step."
              Formula = [ "rate·factor^(s/steps)" ]
              Source = "common practice; Keras's ExponentialDecay"
              Differences =
                [ "PyTorch's ExponentialLR takes the factor of an epoch."
                  "Ends at a hundredth, where nothing else is said." ] } }

/// final + (rate - final)·(1 - p)^power, then final, as Keras's PolynomialDecay.
module internal PolynomialDecay =

    let at (rate: float) (final: float) (power: float) (progress: float) : float =
        between rate final (Scalar.power (1.0 - progress) power)

    let page: SchedulePage =
        { Parameters = [ atLeast0 "final"; Parameter.positive "power"; count "steps" ]
          Standard = fun steps -> [ 0.0; 1.0; float steps ]
          Note =
            { Name = "polynomial"
              Idea = "Down to a final rate, in a line with power 1."
              Formula = [ "final + (rate - final)·(1 - s/steps)^power" ]
              Source = "Keras's PolynomialDecay, PyTorch's PolynomialLR"
              Differences = [ "Keras's default for final is 0.0001, PyTorch has none; 0 here." ] } }

/// rate / (1 + decay·past / steps), without end, as Keras's InverseTimeDecay.
module internal InverseTimeDecay =

    let at (rate: float) (decay: float) (steps: int) (past: float) : float = rate / (1.0 + decay * past / float steps)

    let page: SchedulePage =
        { Parameters = [ atLeast0 "decay"; count "steps" ]
          Standard = fun steps -> [ 9.0; float steps ]
          Note =
            { Name = "inverse-time"
              Idea = "Fast at first, ever slower."
              Formula = [ "rate / (1 + decay·s/steps)" ]
              Source = "Robbins and Monro 1951, whose conditions it meets; Keras's InverseTimeDecay"
              Differences =
                [ "scikit-learn's invscaling is a power of s instead."
                  "Ends at a tenth, where nothing else is said." ] } }
