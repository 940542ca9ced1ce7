namespace NeuralNetwork.Maths

open NeuralNetwork
open ScheduleParameter

// What stands around other schedules, or listens to what epochs come to.

/// The rate times the factor of a plateau rule after the epochs so far: PyTorch's and Keras's ReduceLROnPlateau.
module internal PlateauDecay =

    let rule (numbers: float list) : Plateau =
        { Factor = numbers[0]
          Patience = int numbers[1]
          Threshold = numbers[2]
          IsRelative = (numbers[3] = 1.0)
          Cooldown = int numbers[4]
          Lowest = numbers[5] }

    let numbers (rule: Plateau) : float list =
        [ rule.Factor
          float rule.Patience
          rule.Threshold
          (if rule.IsRelative then 1.0 else 0.0)
          float rule.Cooldown
          rule.Lowest ]

    let page: SchedulePage =
        { Parameters =
            [ Parameter.positive "factor"
              countOrNone "patience_epochs"
              atLeast0 "threshold"
              flag "relative"
              countOrNone "cooldown_epochs"
              atLeast0 "lowest" ]
          Standard = fun _ -> numbers Plateau.Torch
          Note =
            { Name = "plateau"
              Idea = "A drop when the validation loss has not fallen for some epochs."
              Formula =
                [ "rate·factor^drops"
                  "a drop after more than `patience` epochs without progress beyond the threshold" ]
              Source = "PyTorch's and Keras's ReduceLROnPlateau"
              Differences =
                [ "PyTorch: progress is a fall by a share of 10⁻⁴. Keras: a fall by 10⁻⁴, and its patience of 10 bears 9 epochs."
                  "Without validation the loss of the training counts."
                  "Behind its colon `relative` is 1 for true, a fall by a share of the loss, or 0 for false." ] } }

/// In a line up to the first rate of another schedule (Goyal et al. 2017). It has no name of its own: it goes in front of any.
module internal Warmup =

    let parameter = count "warmup_steps"

    let note: FormulaNote =
        { Name = "warmup"
          Idea = "The rate rises in a line before any schedule begins: the option --warmup N."
          Formula =
            [ "rate·(s + 1) / N in the first N steps"
              "then the schedule, whose first step is the last of the warm-up" ]
          Source = "Goyal et al. 2017, Accurate, Large Minibatch SGD"
          Differences =
            [ "PyTorch's LinearLR begins at a third of the rate, where nothing else is said."
              "one-cycle has a rise of its own; rprop looks at the first rate alone, which the warm-up makes small." ] }
