using NeuralNetwork.Maths;
using Pure = NeuralNetwork.ModelModule;

namespace NeuralNetwork.Cli.Explain;

/// <summary>Examples worked out by the engine: tiny networks whose losses and gradients are the numbers to show.</summary>
internal static class Worked
{
    private static readonly Network Weight = NetworkModule.input(1).Dense(1, Activation.Identity, Initializer.Zeros);

    /// <summary>A weight of 1 and the slots after each of a few gradients, at a constant rate.</summary>
    public static IEnumerable<(double Weight, double[] Slots)> Steps(
        Optimizer optimizer,
        double rate,
        double[] gradients
    )
    {
        var (parameters, slots) = (With(Weight, [1, 0]), Pure.zeroSlots<double>(Weight, optimizer));
        foreach (var (index, gradient) in gradients.Index())
        {
            var derivative = With(Weight, [gradient, 0]).Values;
            (parameters, slots) = Pure.update(Weight, optimizer, index + 1, rate, parameters, slots, derivative);
            yield return (parameters.Values[0], [.. slots.Select(slot => slot[0])]);
        }
    }

    /// <summary>An activation and its derivative at a number: with t = f(x) - ½, the squared error's derivative in b is f'(x).</summary>
    public static (double Value, double Derivative) At(Layer activation, double x)
    {
        var network = Weight.Behind(activation);
        var parameters = With(network, activation is Layer.PReLU prelu ? [1, x, prelu.Start] : [1, x]);
        var value = Pure.predict(network, parameters, [0])[0];
        return (value, Derivatives(network, parameters, [0], [value - 0.5])[1]);
    }

    /// <summary>The softmax p of a row z, and the derivatives of its first number in z.</summary>
    public static (double[] P, double[] Derivatives) Softmax(double[] z)
    {
        var dense = NetworkModule.input(1).Dense(z.Length, Activation.Identity, Initializer.Zeros);
        var network = dense.Behind(Layer.Softmax);
        var parameters = With(network, [.. new double[z.Length], .. z]);
        var p = Pure.predict(network, parameters, [0]);
        // The derivative of the mean square of p - t is 2·(p - t) / numbers: t is chosen to make it 1 for the first alone.
        var t = p.Select((number, place) => place == 0 ? number - (z.Length / 2.0) : number).ToArray();
        return (p, Derivatives(network, parameters, [0], t)[z.Length..]);
    }

    /// <summary>What an ensemble predicts whose members have these rows z: the mean of their softmax.</summary>
    public static double[] Mean(params double[][] z)
    {
        var units = z[0].Length;
        var member = NetworkModule.input(1).Dense(units, Activation.Identity, Initializer.Zeros);
        var network = member.With(Loss.SoftmaxCrossEntropy).WithMembers(z.Length);
        var parameters = With(network, [.. new double[z.Length * units], .. z.SelectMany(row => row)]);
        return Pure.predict(network, parameters, [0]);
    }

    /// <summary>
    /// Members that are a bias each, with a row held out from each: the biases after a step from 0 at the rate 1/2, where the
    /// mean squared error has its least, and the loss of the rows as the members predict them that have not learned from them.
    /// </summary>
    public static (double[] Biases, double Loss) HeldOut(double[] t)
    {
        var fitted = Weight
            .With(Loss.SquaredError)
            .WithMembers(t.Length)
            .Init<double>(0)
            .Fit(
                Dataset.Of(new double[t.Length], t, 1).WithFolds([.. Enumerable.Range(0, t.Length)]),
                Training.Default.With(Optimizer.SGD).With(Schedules.Constant(0.5)),
                FitOptions.Of(epochs: 1, batchSize: t.Length)
            );
        return ([.. Model.Split(fitted.Last).Select(one => one.Predict([0.0])[0])], fitted.Epochs[0].Validation.Loss);
    }

    /// <summary>The loss of a row of outputs z and its derivatives in them, which are those in the biases of a layer.</summary>
    public static (double Loss, double[] Derivatives) At(Loss loss, double[] z, double[] t)
    {
        var network = NetworkModule.input(1).Dense(z.Length, Activation.Identity, Initializer.Zeros).With(loss);
        var parameters = With(network, [.. new double[z.Length], .. z]);
        return (Pure.gradient(network, parameters, [0], t).Item1, Derivatives(network, parameters, [0], t)[z.Length..]);
    }

    /// <summary>
    /// Batch normalisation of rows: outputs y, running mean and variance after the step, and for derivatives gy those in
    /// gamma, beta and the rows. The rows are the weights of a layer that sees the unit vectors.
    /// </summary>
    public static NormSteps At(BatchNorm settings, double[][] rows, double[] gamma, double[][] gy)
    {
        var (count, width) = (rows.Length, gamma.Length);
        var dense = NetworkModule.input(count).Dense(width, Activation.Identity, Initializer.Zeros);
        var network = dense.BatchNorm(settings);
        var instant = dense.BatchNorm(new BatchNorm(settings.Epsilon, 0, RunningVariance.Biased));
        var columns = Enumerable.Range(0, width).SelectMany(column => rows.Select(row => row[column]));
        double[] values = [.. columns, .. gamma, .. new double[width]];
        var unit = Enumerable.Range(0, count * count).Select(place => place % (count + 1) == 0 ? 1.0 : 0.0).ToArray();

        var parameters = With(network, values);
        var zeros = new double[count * width];
        var batch = Statistics(instant, With(instant, values), unit, zeros);
        var kept = With(instant, values, batch);
        var y = Pure.predict(instant, kept, unit);
        // The derivative of the mean square of y - t is 2·(y - t) / numbers: t is chosen to make it gy.
        var flat = gy.SelectMany(row => row).ToArray();
        var t = y.Select((number, place) => number - (flat[place] * y.Length / 2)).ToArray();
        var derivatives = Derivatives(network, parameters, unit, t);
        var running = Statistics(network, parameters, unit, zeros);
        return new(
            y,
            Running(With(network, values, running)),
            derivatives[..(count * width)],
            derivatives[(count * width)..((count + 1) * width)],
            derivatives[((count + 1) * width)..]
        );
    }

    private static double[] Statistics(Network network, Parameters<double> parameters, double[] x, double[] t) =>
        Pure.step(
            network,
            Training.Default.With(Optimizer.SGD),
            1,
            parameters,
            Pure.zeroSlots<double>(network, Optimizer.SGD),
            x,
            t
        ).Item2.Statistics;

    /// <summary>Parameters with these numbers, tensor after tensor.</summary>
    private static Parameters<double> With(Network network, double[] values, double[]? statistics = null)
    {
        var zeros = Parameters.initialize<double>(0, network);
        var (all, taken) = (new double[zeros.Values.Length], 0);
        foreach (var window in zeros.Layout.Windows)
        {
            values.AsSpan(taken, window.Length).CopyTo(all.AsSpan(window.Offset));
            taken += window.Length;
        }
        return new(zeros.Layout, all, zeros.StatisticsLayout, statistics ?? zeros.Statistics);
    }

    private static double[] Derivatives(Network network, Parameters<double> parameters, double[] x, double[] t)
    {
        var gradient = Pure.gradient(network, parameters, x, t).Item2;
        return
        [
            .. parameters.Layout.Windows.SelectMany(window => gradient[window.Offset..(window.Offset + window.Length)]),
        ];
    }

    private static double[] Running(Parameters<double> parameters) =>
        [.. parameters.StatisticsLayout.Windows.SelectMany(window => parameters.Window(window).ToArray())];
}

/// <summary>Outputs row by row, running means and variances, derivatives in the rows column by column, in gamma, in beta.</summary>
internal sealed record NormSteps(double[] Y, double[] Running, double[] Gx, double[] Ggamma, double[] Gbeta);
