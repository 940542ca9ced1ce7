namespace NeuralNetwork.Cli;

/// <summary>Refuses networks that cannot fit, and keeps data that are no longer needed from taking room beside those that are.</summary>
internal static class Memory
{
    // 16 MB of them: below that the collector's own time is right.
    private const long MuchToGiveBack = 2 << 20;

    /// <summary>
    /// Gives so many numbers back that nothing refers to any more, if they are many. The collector looks for them when
    /// enough is allocated again: with a table this is when a second one lies beside it.
    /// </summary>
    public static void GiveBack(long numbers)
    {
        if (numbers >= MuchToGiveBack)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

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
