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

    /// <summary>Puts a model in the place of the one it was made from; false where another has come there since.</summary>
    public bool Replace(Model<float> previous, Model<float> next) =>
        ReferenceEquals(Interlocked.CompareExchange(ref model, Fit(next), previous), previous);

    private static Model<float> Fit(Model<float> model) =>
        model.Network is { Inputs: Digit.Pixels, Outputs: Digit.Classes }
            ? model
            : throw new InvalidDataException(
                $"a model of {model.Network.Inputs} inputs and {model.Network.Outputs} outputs "
                    + $"({Digit.Pixels} and {Digit.Classes} are expected)"
            );
}
