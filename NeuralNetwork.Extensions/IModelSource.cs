using Microsoft.Extensions.Primitives;

namespace NeuralNetwork.Extensions;

/// <summary>
/// The model of a file, always a whole one: where the file is watched and replaced by another model, from then on that one.
/// Any thread may ask. Models never change: whoever has taken one stays with it for as long as they like, so take it once for
/// each request.
/// </summary>
/// <typeparam name="T">The numbers of the model: float or double.</typeparam>
public interface IModelSource<T>
{
    /// <summary>The name that the model was added by.</summary>
    string Name { get; }

    /// <summary>The model with its version, of one moment.</summary>
    LoadedModel<T> Loaded { get; }

    /// <summary>The model that answers now.</summary>
    Model<T> Current => Loaded.Model;

    /// <summary>A token that fires at the next replacement, once the new model is the current one. For every replacement:
    /// ChangeToken.OnChange(source.GetChangeToken, action). Actions run on the thread that has read the file.</summary>
    /// <returns>The token.</returns>
    IChangeToken GetChangeToken();
}
