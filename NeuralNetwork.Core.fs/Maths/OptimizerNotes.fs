namespace NeuralNetwork

/// What a reader wants to know of an optimizer, besides its formula, which `OptimizerFormula` makes from its settings.
type OptimizerNote =
    {
        /// As in `Optimizer.name`.
        Name: string
        /// One sentence.
        Idea: string
        /// Where it was published.
        Paper: string
        /// Where the default hyper-parameters come from.
        Defaults: string
        /// The conventions whose framework has it. The others take the paper's settings and their framework's ε.
        OfferedBy: Convention list
        /// How frameworks and papers differ, a sentence each.
        Differences: string list
    }

/// The documentation of the optimizers, as data. α is the learning rate, g the gradient, t the step, the first being 1.
module OptimizerNotes =

    let private torch, private keras3, private optax = Convention.Torch, Convention.Keras3, Convention.Optax

    /// One note for each optimizer, in the order of `Optimizer.all`.
    let all: OptimizerNote list =
        [ { Name = "sgd"
            Idea = "A step against the gradient."
            Paper = "Robbins and Monro 1951, A Stochastic Approximation Method"
            Defaults = "α = 0.001 (PyTorch), 0.01 (Keras)."
            OfferedBy = Convention.all
            Differences = [] }
          { Name = "momentum"
            Idea = "Gradients add up in a buffer that forgets slowly."
            Paper = "Polyak 1964, Some methods of speeding up the convergence of iteration methods"
            Defaults = "µ = 0.9 (Sutskever et al. 2013), dampening d = 0."
            OfferedBy = Convention.all
            Differences =
              [ "PyTorch and optax keep α outside the buffer, Keras inside: m = µ·m + α·g; w -= m. The paths part when α changes."
                "Dampening d is PyTorch's alone: m = µ·m + (1 - d)·g, but m = g in the first step." ] }
          { Name = "nag"
            Idea = "Momentum whose gradient is taken a step ahead, rewritten for the point where it is known."
            Paper = "Nesterov 1983, in the form of Sutskever, Martens, Dahl and Hinton 2013"
            Defaults = "µ = 0.9 (Sutskever et al. 2013)."
            OfferedBy = Convention.all
            Differences = [ "α outside the buffer (PyTorch, optax) or inside (Keras), as in momentum." ] }
          { Name = "adagrad"
            Idea = "Every weight's rate falls with the squares of its gradients so far."
            Paper = "Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods, diagonal form"
            Defaults = "α = 0.01, v₀ = 0, ε = 1e-10 (PyTorch)."
            OfferedBy = Convention.all
            Differences =
              [ "Keras 3 and optax begin at v₀ = 0.1 and divide by √(v + ε), ε = 1e-7: first steps are short for small gradients."
                "PyTorch's option to let α fall as α / (1 + (t-1)·decay) is a schedule here." ] }
          { Name = "rmsprop"
            Idea = "The gradient over the root of its recent mean square."
            Paper = "Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013"
            Defaults = "α = 0.01, ρ = 0.99, ε = 1e-8, µ = 0 (PyTorch); α = 0.001, ρ = 0.9, ε = 1e-7 (Keras)."
            OfferedBy = Convention.all
            Differences =
              [ "Keras 3 and optax divide by √(v + ε): at g = 1e-4 and ε = 1e-7 the first step is a tenth of PyTorch's."
                "Centered (Graves 2013): u = ρ·u + (1 - ρ)·g, and v - u² under the root. µ is 0 without momentum."
                "With momentum, PyTorch keeps α outside the buffer, Keras and optax inside." ] }
          { Name = "adadelta"
            Idea =
              "Steps in the unit of the weights: the root mean square of recent steps over that of recent gradients."
            Paper = "Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method, algorithm 1"
            Defaults = "α = 1 (the paper has none), ρ = 0.9, ε = 1e-6 (PyTorch); ρ = 0.95, ε = 1e-7 (Keras)."
            OfferedBy = Convention.all
            Differences =
              [ "The formula is the same everywhere; u does not contain α."
                "Keras 3 sets α = 0.001, a thousandth of what the method is made for." ] }
          { Name = "adam"
            Idea = "The mean gradient over the root of the mean square, both corrected for their beginning at 0."
            Paper = "Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1"
            Defaults = "α = 0.001, β₁ = 0.9, β₂ = 0.999, ε = 1e-8 (the paper, PyTorch, optax); ε = 1e-7 (Keras)."
            OfferedBy = Convention.all
            Differences =
              [ "Keras divides by √v + ε before the correction (\"ε-hat\"): its ε acts like ε / √(1 - β₂ᵗ), 32 times as strong in the first step."
                "optax can also put an ε under the root." ] }
          { Name = "amsgrad"
            Idea = "Adam whose denominator never shrinks."
            Paper = "Reddi, Kale and Kumar 2018, On the Convergence of Adam and Beyond"
            Defaults = "As Adam."
            OfferedBy = [ torch; keras3; optax ]
            Differences =
              [ "The paper corrects neither mean; PyTorch, Keras and optax take the maximum of v and correct it afterwards."
                "Some descriptions take the maximum of the corrected v̂, which is another path."
                "Keras: ε-hat, as in Adam; an option of its Adam since 2.1.3, of January 2018." ] }
          { Name = "adamw"
            Idea = "Adam beside a decay of the weights that does not pass through its denominator."
            Paper = "Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2"
            Defaults = "As Adam; λ = 0.01 (PyTorch), 0.004 (Keras 3), 1e-4 (optax)."
            OfferedBy = [ torch; keras3; optax ]
            Differences =
              [ "PyTorch's weight_decay on other optimizers is λ·w in the gradient, Keras's is decoupled on every optimizer."
                "The paper scales the decay by the schedule alone; frameworks by α." ] }
          { Name = "adamax"
            Idea = "Adam in the infinity norm: the mean gradient over its decaying maximum."
            Paper = "Kingma and Ba 2015, algorithm 2"
            Defaults = "α = 0.002, β₁ = 0.9, β₂ = 0.999 (the paper); ε = 1e-8 (PyTorch). Keras 3: α = 0.001, ε = 1e-7."
            OfferedBy = Convention.all
            Differences =
              [ "The paper has no ε; Keras adds it to u instead. Only gradients near 0 tell the two apart." ] }
          { Name = "nadam"
            Idea = "Adam with Nesterov's look ahead and a momentum that warms up."
            Paper = "Dozat 2016, Incorporating Nesterov Momentum into Adam"
            Defaults = "α = 0.002, ψ = 0.004, ε = 1e-8 (PyTorch). Keras 3: α = 0.001, ψ = 1, ε = 1e-7."
            OfferedBy = Convention.all
            Differences =
              [ "With ψ = 0.004 µ reaches 0.83 after 11 725 steps; with ψ = 1 it is 0.89 after 100."
                "optax has no schedule: µₜ = β₁." ] }
          { Name = "radam"
            Idea = "Adam that does not trust v̂ before it has seen enough gradients."
            Paper = "Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2"
            Defaults = "As Adam."
            OfferedBy = [ torch; optax ]
            Differences =
              [ "The paper adapts from ρₜ > 4 and has no ε; PyTorch and optax from 5."
                "PyTorch adds ε before the correction, optax after it." ] }
          { Name = "lion"
            Idea = "Only the sign of a mean gradient counts: every weight moves by α."
            Paper = "Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, algorithm 2"
            Defaults = "α = 1e-4, β₁ = 0.9, β₂ = 0.99 (the paper). Keras 3: α = 0.001."
            OfferedBy = [ keras3; optax ]
            Differences = [ "The paper's decoupled decay is the training's weight decay here." ] }
          { Name = "rprop"
            Idea = "Every weight has a step size of its own, steered by the signs of its gradients: for full batches."
            Paper = "Riedmiller and Braun 1993, in the form iRprop⁻ of Igel and Hüsken 2000"
            Defaults =
              "η⁻ = 0.5, η⁺ = 1.2, steps from 1e-6 to 50 (the paper, PyTorch); α = 0.01 (PyTorch), 0.1 (the paper)."
            OfferedBy = [ torch; optax ]
            Differences =
              [ "Only the first step's α counts, so a schedule has no effect, as in PyTorch."
                "The paper's form takes the last step back when the gradient turns." ] } ]

    /// The note of an optimizer.
    let find (optimizer: Optimizer) : OptimizerNote =
        all |> List.find (fun note -> note.Name = Optimizer.name optimizer)
