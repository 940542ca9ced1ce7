namespace NeuralNetwork.Cli;

/// <summary>The documentation of the activations, as data, in the order of the catalogue.</summary>
internal static class ActivationNotes
{
    public static IReadOnlyList<Note> All { get; } =
    [
        new("identity", "Nothing: the layer stays linear.", ["f(x) = x", "f'(x) = 1"], "-", []),
        new(
            "relu",
            "Negative numbers become 0.",
            ["f(x) = max(x, 0)", "f'(x) = 1 for x > 0, else 0"],
            "Nair and Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines",
            ["The slope at 0 is 0, as in PyTorch, Keras and JAX."]
        ),
        new(
            "leaky-relu",
            "ReLU that lets a share of negative numbers through, so that no unit dies.",
            ["f(x) = x for x > 0, else s·x", "f'(x) = 1 for x > 0, else s"],
            "Maas, Hannun and Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models",
            ["s = 0.01 in PyTorch and Flax; Keras 0.2 as a function, 0.3 as a layer. Here leaky-relu:0.2 says so."]
        ),
        new(
            "elu",
            "Smooth on the left, where it falls to -α.",
            ["f(x) = x for x > 0, else α·(eˣ - 1)", "f'(x) = 1 for x > 0, else f(x) + α"],
            "Clevert, Unterthiner and Hochreiter 2015, Exponential Linear Units",
            ["α = 1 in every framework. With another α the slope at 0 has two sides; the left one counts."]
        ),
        new(
            "selu",
            "ELU scaled so that mean 0 and variance 1 reproduce themselves from layer to layer.",
            [
                "f(x) = λ·x for x > 0, else λ·α·(eˣ - 1)",
                "f'(x) = λ for x > 0, else f(x) + λ·α",
                "λ = 1.0507009873554805, α = 1.6732632423543772",
            ],
            "Klambauer, Unterthiner, Mayr and Hochreiter 2017, Self-Normalizing Neural Networks",
            ["The same everywhere. It wants LeCun's initializer, which --init auto gives."]
        ),
        new(
            "gelu",
            "The number times the chance that a normal number is smaller.",
            ["f(x) = x·Φ(x)", "f'(x) = Φ(x) + x·φ(x)"],
            "Hendrycks and Gimpel 2016, Gaussian Error Linear Units",
            ["Exact in PyTorch and Keras 3; JAX's default is the approximation, gelu-tanh here."]
        ),
        new(
            "gelu-tanh",
            "GELU with a tanh in place of the normal distribution.",
            [
                "u = √(2/π)·(x + 0.044715·x³)",
                "f(x) = ½x·(1 + tanh u)",
                "f'(x) = ½(1 + tanh u) + ½x·(1 - tanh² u)·√(2/π)·(1 + 0.134145·x²)",
            ],
            "Hendrycks and Gimpel 2016",
            ["approximate=\"tanh\" in PyTorch, approximate=True in Keras and JAX; up to 5e-4 from gelu."]
        ),
        new(
            "silu",
            "The number times its own sigmoid; also called swish.",
            ["f(x) = x·σ(x)", "f'(x) = σ(x)·(1 + x·(1 - σ(x)))"],
            "Elfwing, Uchibe and Doya 2017; Ramachandran, Zoph and Le 2017",
            ["The same everywhere."]
        ),
        new(
            "mish",
            "The number times the tanh of its softplus.",
            ["t = tanh(log(1 + eˣ))", "f(x) = x·t", "f'(x) = t + x·(1 - t²)·σ(x)"],
            "Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function",
            ["The same everywhere."]
        ),
        new(
            "softplus",
            "A smooth ReLU, always positive.",
            ["f(x) = log(1 + eˣ)", "f'(x) = σ(x)"],
            "Dugas, Bengio, Bélisle, Nadeau and Garcia 2001",
            ["PyTorch turns to x above its threshold of 20; here it is exact throughout."]
        ),
        new(
            "softsign",
            "Between -1 and 1 like tanh, with slower tails.",
            ["f(x) = x / (1 + |x|)", "f'(x) = 1 / (1 + |x|)²"],
            "Bergstra, Desjardins, Lamblin and Bengio 2009",
            ["The same everywhere."]
        ),
        new(
            "tanh",
            "Between -1 and 1.",
            ["f(x) = tanh x", "f'(x) = 1 - f(x)²"],
            "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp, on its use",
            ["The same everywhere."]
        ),
        new(
            "sigmoid",
            "Between 0 and 1.",
            ["f(x) = 1 / (1 + e⁻ˣ)", "f'(x) = f(x)·(1 - f(x))"],
            "the logistic function, Verhulst 1845",
            ["The same everywhere. As an output it belongs into the loss: binary-cross-entropy takes x itself."]
        ),
        new(
            "hard-sigmoid",
            "A sigmoid of three straight lines.",
            ["f(x) = min(max(x + 3, 0), 6) / 6", "f'(x) = 1/6 within ±3, else 0"],
            "Courbariaux, Bengio and David 2015; this slope: Howard et al. 2019, MobileNetV3",
            ["PyTorch and Keras 3 have this slope of 1/6; Keras 1 and 2 had min(max(0.2·x + 0.5, 0), 1)."]
        ),
        new(
            "hard-tanh",
            "The identity, cut at ±1.",
            ["f(x) = min(max(x, -1), 1)", "f'(x) = 1 within ±1, else 0"],
            "Collobert 2004",
            ["The same everywhere; the slope at ±1 is 0, as in PyTorch."]
        ),
        new(
            "exponential",
            "A positive rate from any number.",
            ["f(x) = eˣ", "f'(x) = f(x)"],
            "the canonical link of a Poisson regression",
            ["Keras has it by this name. With --loss poisson it is part of the loss already."]
        ),
        new(
            "prelu",
            "Leaky ReLU whose slope every unit learns: a layer with a parameter.",
            [
                "f(x) = x for x > 0, else a·x",
                "f'(x) = 1 for x > 0, else a",
                "ga = Σ gy·x over the rows where x is not above 0",
            ],
            "He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers, equations 7 to 10",
            [
                "a begins at 0.25 in the paper and in PyTorch, at 0 in Keras: prelu:0.",
                "One slope for each unit, as in Keras; PyTorch's default is one for the whole layer.",
                "No penalty, decay or norm limit touches the slopes; the paper decays them neither.",
            ]
        ),
        new(
            "softmax",
            "The row becomes shares of 1: a layer of its own, for its numbers depend on each other.",
            ["pⱼ = exp(zⱼ - m) / Σᵢ exp(zᵢ - m),  m = max z", "gz = p ∘ (gp - Σⱼ gpⱼ·pⱼ)"],
            "Bridle 1990; between layers as in mixtures of experts, Jacobs, Jordan, Nowlan and Hinton 1991",
            ["The same everywhere. As an output it belongs into the loss: cross-entropy takes z itself."]
        ),
    ];
}
