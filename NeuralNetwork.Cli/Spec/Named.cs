namespace NeuralNetwork.Cli.Spec;

/// <summary>A value under the name it was asked for by: leaky-relu and leaky-relu:0.01 are the same, and are written as they were said.</summary>
internal sealed record Named<T>(string Name, T Value);
