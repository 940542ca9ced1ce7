namespace NeuralNetwork.Extensions;

/// <summary>A model that was read from a file, and when.</summary>
/// <typeparam name="T">The numbers of the model: float or double.</typeparam>
/// <param name="Model">The model.</param>
/// <param name="Version">1 for the first model of the source, and one more for each that has replaced it.</param>
/// <param name="LoadedAt">When it became the current one.</param>
public sealed record LoadedModel<T>(Model<T> Model, int Version, DateTimeOffset LoadedAt);
