using NeuralNetwork;

namespace DigitServer;

/// <summary>
/// The model that answers now. A request takes it once and stays with it, whatever comes after; models never change, so
/// replacing one is writing a reference, and the old one goes when its last request has.
/// </summary>
internal sealed class CurrentModel(Model<float> first)
{
    private Model<float> model = Fit(first);

    public Model<float> Value => Volatile.Read(ref model);

    public void Replace(Model<float> next) => Volatile.Write(ref model, Fit(next));

    private static Model<float> Fit(Model<float> model) =>
        model.Network is { Inputs: 784, Outputs: 10 }
            ? model
            : throw new InvalidDataException(
                $"a model of {model.Network.Inputs} inputs and {model.Network.Outputs} outputs (784 and 10 are expected)"
            );
}
