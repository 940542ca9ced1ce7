using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NeuralNetwork.Server;

/// <summary>Counts and times of requests, as Prometheus reads them: text format 0.0.4.</summary>
internal sealed class Meters(IPredictions predictions, Lines lines)
{
    /// <summary>The upper ends of the classes of times, in seconds; the last has none.</summary>
    private static readonly double[] Ends =
    [
        0.0005,
        0.001,
        0.0025,
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
    ];

    private readonly Lock turn = new();
    private readonly SortedDictionary<(string Path, int Status), long> requests = [];
    private readonly long[] times = new long[Ends.Length + 1];
    private double seconds;
    private long rows;
    private long underWay;

    /// <summary>Counts an answer.</summary>
    public void Count(string path, int status, int predicted)
    {
        lock (turn)
        {
            requests[(path, status)] = requests.GetValueOrDefault((path, status)) + 1;
            rows += predicted;
        }
    }

    /// <summary>Counts the time of a request for predictions.</summary>
    public void Time(TimeSpan time)
    {
        var place = Array.FindIndex(Ends, end => time.TotalSeconds <= end);
        lock (turn)
        {
            times[place < 0 ? Ends.Length : place]++;
            seconds += time.TotalSeconds;
        }
    }

    /// <summary>Counts a request as one under way until it is disposed of.</summary>
    public IDisposable UnderWay()
    {
        Interlocked.Increment(ref underWay);
        return new End(this);
    }

    public Reply Reply() => new("text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(Written()));

    private string Written()
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append('\n');
        void Of(string name, string kind, string about)
        {
            Line($"# HELP {name} {about}");
            Line($"# TYPE {name} {kind}");
        }
        void One(string name, string kind, string about, double value)
        {
            Of(name, kind, about);
            Line($"{name} {Number(value)}");
        }

        var state = predictions.State;
        lock (turn)
        {
            Of("nn_serve_requests_total", "counter", "Requests that were answered, by path and status.");
            foreach (var ((path, status), count) in requests)
                Line($"nn_serve_requests_total{{path=\"{path}\",status=\"{status}\"}} {count}");
            One("nn_serve_rows_total", "counter", "Rows that were predicted.", rows);
            Of(
                "nn_serve_predict_seconds",
                "histogram",
                "Times from a request for predictions to its answer, of those that got one."
            );
            var below = 0L;
            for (var place = 0; place < times.Length; place++)
            {
                below += times[place];
                var end = place < Ends.Length ? Number(Ends[place]) : "+Inf";
                Line($"nn_serve_predict_seconds_bucket{{le=\"{end}\"}} {below}");
            }
            Line($"nn_serve_predict_seconds_sum {Number(seconds)}");
            Line($"nn_serve_predict_seconds_count {below}");
        }
        One(
            "nn_serve_requests_under_way",
            "gauge",
            "Requests for predictions under way.",
            Interlocked.Read(ref underWay)
        );
        One(
            "nn_serve_model_version",
            "gauge",
            "The version of the model: 1, and one more for each that replaced it.",
            state.Version
        );
        One(
            "nn_serve_model_loaded_timestamp_seconds",
            "gauge",
            "When the model was taken, in Unix time.",
            state.LoadedAt.ToUnixTimeMilliseconds() / 1000.0
        );
        One("nn_serve_models_refused_total", "counter", "Files that were not taken for a model.", lines.Refusals);
        using var self = Process.GetCurrentProcess();
        One(
            "process_cpu_seconds_total",
            "counter",
            "Processor time of the server.",
            self.TotalProcessorTime.TotalSeconds
        );
        One("process_resident_memory_bytes", "gauge", "Memory of the server.", self.WorkingSet64);
        return text.ToString();
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private sealed class End(Meters meters) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref meters.underWay);
    }
}
