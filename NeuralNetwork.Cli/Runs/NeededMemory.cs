using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Spec;

namespace NeuralNetwork.Cli.Runs;

/// <summary>The memory and the files that training a network takes.</summary>
internal static class NeededMemory
{
    /// <summary>Refuses networks that cannot fit, before anything is allocated for them.</summary>
    public static void Check(Network network, Training training, int batch, int size)
    {
        var (parameters, activations, inputs) = (0.0, (double)network.Inputs, (double)network.Inputs);
        foreach (var layer in network.Layers)
        {
            var units = layer switch
            {
                Layer.Dense dense => dense.Units,
                Layer.Periodic waves => inputs + waves.Settings.Added,
                _ => inputs,
            };
            parameters += layer.IsDense ? (inputs + 1) * units : 0;
            activations += 2 * units;
            inputs = units;
        }
        parameters *= network.Members;
        activations *= network.Members;
        // Weights, their gradient, the optimizer's slots, the model it began with and the best one so far.
        var slots = OptimizerModule.slots(training.Optimizer).Length;
        var needed = size * ((parameters * (4 + slots)) + (activations * batch));
        var available = (double)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
            throw Failure.Usage(
                OptionName.Hidden,
                $"{parameters:0} parameters need {Gigabytes(needed)} (this machine has {Gigabytes(available)})"
            );
        // The model in training and the slots, if there is no best one beside them: a file is read in one piece.
        var saved = size * parameters * (1 + slots);
        if (saved > Array.MaxLength)
            throw Failure.Usage(
                OptionName.Hidden,
                $"{parameters:0} parameters make checkpoints of {Gigabytes(saved)} (limit {Gigabytes(Array.MaxLength)})"
            );
    }

    private static string Gigabytes(double bytes) => bytes >= 1e13 ? $"{bytes / 1e12:0} TB" : $"{bytes / 1e9:0.0} GB";
}
