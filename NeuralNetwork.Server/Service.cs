using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NeuralNetwork.Extensions;
using NeuralNetwork.Formats;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Server;

/// <summary>The life of the server: a model is read, the address is taken, requests are answered until a signal comes.</summary>
internal static class Service
{
    /// <summary>How long requests under way have after a signal.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int MostConnections = 1024;

    /// <summary>Serves until a signal comes, and gives the exit code.</summary>
    public static Task<int> RunAsync(Options options)
    {
        // An answer has the bits of nn predict in the precision of the file, and in no other.
        return Read(options.Model) switch
        {
            AnyModel.Single => RunAsync<float>(options),
            _ => RunAsync<double>(options),
        };
    }

    private static AnyModel Read(string path)
    {
        try
        {
            var outcome = ModelFile.read(File.ReadAllBytes(path));
            return outcome.IsOk
                ? outcome.ResultValue
                : throw new Refusal(Exit.BadInput, $"{path}: {outcome.ErrorValue}");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new Refusal(Exit.BadInput, $"{path}: no such model");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new Refusal(Exit.InputOutput, error.Message);
        }
    }

    private static async Task<int> RunAsync<T>(Options options)
        where T : struct, INumber<T>
    {
        using var lines = new Lines(options.IsQuiet);
        using var signals = new Signals(lines.Say);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Logging.AddProvider(lines).AddFilter("Microsoft", LogLevel.None);
        builder.Services.AddSingleton<IHostLifetime>(signals);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Patience);
        builder.Services.AddModel<T>(
            options.Run,
            options.Model,
            o => (o.Watch, o.WarmUp, o.KeepPrecision, o.Complaint) = (options.Watches, true, true, Complaint)
        );
        await using var app = builder.Build();
        var predictions = new Predictions<T>(ModelOf<T>(app.Services), options);
        var meters = new Meters(predictions, lines);
        using var routes = new Routes(predictions, options, meters, lines);
        app.Run(routes.HandleAsync);
        await StartAsync(app, options);
        Announce(app, predictions, options);
        try
        {
            await Task.Delay(Timeout.Infinite, signals.Heard);
        }
        catch (OperationCanceledException)
        {
            // The signal.
        }
        await app.StopAsync(CancellationToken.None);
        return signals.Code;
    }

    private static string? Complaint<T>(Model<T> model) =>
        model.HasColumns
            ? null
            : "its columns have no names, and so there are none for a page or a request (nn predict has answers)";

    private static IModelSource<T> ModelOf<T>(IServiceProvider services)
    {
        try
        {
            return services.GetRequiredService<IModelSource<T>>();
        }
        catch (InvalidDataException error)
        {
            throw new Refusal(Exit.BadInput, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new Refusal(Exit.InputOutput, error.Message);
        }
    }

    private static void Configure(KestrelServerOptions kestrel, Options options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = (long)options.MostMebibytes << 20;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        // A body has its own clock; who does not read an answer is not waited for.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 10_240, gracePeriod: TimeSpan.FromSeconds(5));
        if (options.Host != Options.LocalHost)
            kestrel.Listen(IPAddress.Parse(options.Host), options.Port);
        else if (options.Port > 0)
            kestrel.ListenLocalhost(options.Port);
        else
            kestrel.Listen(IPAddress.Loopback, 0);
    }

    private static async Task StartAsync(WebApplication app, Options options)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new Refusal(
                Exit.InputOutput,
                $"--port: {options.Port} is taken on {options.Host} (another one is needed, or 0 for any that is free)"
            );
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new Refusal(Exit.InputOutput, $"--host: {options.Host}, port {options.Port}: {error.Message}");
        }
    }

    private static void Announce(WebApplication app, IPredictions predictions, Options options)
    {
        if (!options.IsLoopback)
            Lines.Warn(
                $"{options.Host} is reached from other machines: whoever can connect gets answers (there is no authentication, and no encryption)"
            );
        if (predictions.Unread is { Count: > 0 } unread)
            Lines.Warn(
                $"tables are read without {string.Join(", ", unread)} of the run (they have names in the first line, double quotes, and are UTF-8)"
            );
        var urls = app.Urls.Order().ToArray();
        var started = new JsonObject
        {
            ["schema"] = 1,
            ["urls"] = new JsonArray([.. urls.Select(url => (JsonNode)url)]),
            ["model"] = options.Model,
            ["version"] = predictions.State.Version,
        };
        try
        {
            Console.Out.WriteLine(
                options.IsJson
                    ? started.ToJsonString()
                    : Text.visible($"{options.Run} answers at {string.Join(" and ", urls)}")
            );
        }
        catch (IOException)
        {
            // Nobody reads it: the answers are elsewhere.
        }
    }
}

/// <summary>What is said on standard error: lines of the log, and how many of them were about files that are not taken.</summary>
internal sealed class Lines(bool isQuiet) : ILoggerProvider, ILogger
{
    // The events of NeuralNetwork.Extensions.
    private const int Taken = 1;
    private const int Refused = 3;
    private const int BackAgain = 6;

    private long refusals;
    private string? lastRefusal;

    /// <summary>How many files were not taken.</summary>
    public long Refusals => Interlocked.Read(ref refusals);

    /// <summary>What was wrong with the last one; null where there was none since a model was taken.</summary>
    public string? LastRefusal => Volatile.Read(ref lastRefusal);

    public void Say(string line)
    {
        if (!isQuiet)
            Write(line);
    }

    public static void Warn(string line) => Write($"nn-serve: warning: {line}");

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose() { }

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        var line = formatter(state, exception);
        if (eventId.Id == Refused)
            Interlocked.Increment(ref refusals);
        if (eventId.Id is Refused or Taken or BackAgain)
            Volatile.Write(ref lastRefusal, eventId.Id == Refused ? line : null);
        if (logLevel >= LogLevel.Warning)
            Warn(line);
        else
            Say(line);
    }

    private static void Write(string line)
    {
        try
        {
            Console.Error.WriteLine(Text.visible(line));
        }
        catch (IOException)
        {
            // There is nowhere to say it.
        }
    }
}
