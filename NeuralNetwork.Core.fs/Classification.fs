namespace NeuralNetwork

open System
open System.Globalization
open System.Runtime.InteropServices
open System.Text.Json.Serialization

/// The class that a model finds in a row.
[<Struct; JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)>]
type Classification =
    {
        /// Its place among the outputs; for a single output 0 or 1.
        Class: int
        /// Its name; the number of the class where classes have no names.
        Label: string
        /// How probable the model takes it to be; NaN where its outputs are no probabilities.
        Probability: float
    }

    /// <summary>The parts, for `var (label, probability) = model.Classify(row)`.</summary>
    /// <param name="label">The name of the class.</param>
    /// <param name="probability">How probable it is.</param>
    member found.Deconstruct([<Out>] label: byref<string>, [<Out>] probability: byref<float>) : unit =
        label <- found.Label
        probability <- found.Probability

    /// As in: odd (probability 0.982).
    override found.ToString() =
        if Double.IsNaN found.Probability then
            found.Label
        else
            let probability = found.Probability.ToString("0.###", CultureInfo.InvariantCulture)
            $"{found.Label} (probability {probability})"
