using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Extensions;

/// <summary>
/// A model and the file it is from. Who asks reads one reference; a new model is read, checked and warmed up before it is written
/// there. One task waits for events of the file, or for the next look, and does everything else: no thread is kept, and no two
/// files are read at once.
/// </summary>
internal sealed class ModelSource<T> : IModelSource<T>, IDisposable
{
    /// <summary>A time of a file that is nearer to now than this may be that of a later change, too: clocks of file systems are
    /// coarse. The coarsest, FAT, counts in steps of 2 s.</summary>
    private static readonly TimeSpan Coarsest = TimeSpan.FromSeconds(2);

    private readonly string path;
    private readonly ModelOptions<T> options;
    private readonly ILogger logger;
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource end = new();
    private readonly SemaphoreSlim told = new(0, 1);
    private readonly FileSystemWatcher? events;

    private LoadedModel<T> loaded;
    private CancellationTokenSource change = new();

    // Of the task alone.
    private byte[] lastHash;
    private byte[] loadedHash;
    private FileState? settled;
    private string? lastReason;

    public ModelSource(string name, string path, ModelOptions<T> options, ILoggerFactory loggers, TimeProvider clock)
    {
        Name = name;
        this.path = Path.GetFullPath(path);
        this.options = options;
        this.clock = clock;
        logger = new HarmlessLogger(loggers.CreateLogger("NeuralNetwork.Extensions.ModelSource"));
        // Events first: what is written while the first model is read comes after it.
        events = options.Watch ? Events() : null;
        try
        {
            var bytes = ModelBytes.Read(this.path);
            lastHash = loadedHash = bytes.Hash;
            settled = SettledState(bytes);
            loaded = new(Made(bytes), 1, clock.GetUtcNow());
        }
        catch (Exception error) when (error is InvalidDataException)
        {
            Dispose();
            throw new InvalidDataException($"model '{name}': {this.path}: {error.Message}", error);
        }
        catch
        {
            Dispose();
            throw;
        }
        ModelLog.Loaded(logger, Name, 1, loaded.Model.ToString(), this.path);
        if (options.Watch)
            _ = Task.Run(WatchAsync);
    }

    public string Name { get; }

    public LoadedModel<T> Loaded => Volatile.Read(ref loaded);

    public IChangeToken GetChangeToken() => new CancellationChangeToken(Volatile.Read(ref change).Token);

    public void Dispose()
    {
        end.Cancel();
        events?.Dispose();
    }

    // Watching -------------------------------------------------------------------------------------------------------

    private FileSystemWatcher? Events()
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new(Path.GetDirectoryName(path) ?? path, Path.GetFileName(path));
            watcher.NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size;
            watcher.Changed += (_, _) => Tell();
            watcher.Created += (_, _) => Tell();
            watcher.Renamed += (_, _) => Tell();
            watcher.Error += (_, _) => Tell();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception error)
            when (error
                    is IOException
                        or ArgumentException
                        or PlatformNotSupportedException
                        or UnauthorizedAccessException
            )
        {
            watcher?.Dispose();
            ModelLog.NoEvents(logger, Name, path, options.PollInterval.TotalSeconds, error.Message);
            return null;
        }
    }

    private void Tell()
    {
        lock (told)
        {
            if (told.CurrentCount == 0)
                told.Release();
        }
    }

    private async Task WatchAsync()
    {
        while (true)
        {
            try
            {
                var isTold = await told.WaitAsync(options.PollInterval, end.Token).ConfigureAwait(false);
                if (isTold)
                    await QuietAsync().ConfigureAwait(false);
                Look(isTold);
            }
            catch (Exception) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Looked at again, and said once.
                settled = null;
                if (lastReason != error.Message)
                    ModelLog.Refused(logger, Name, path, loaded.Version, error.Message);
                lastReason = error.Message;
            }
        }
    }

    /// <summary>Waits until there has been no event for as long as Debounce, or ten times as long in all.</summary>
    private async Task QuietAsync()
    {
        // Not the clock of the app, which may stand still.
        var began = Stopwatch.GetTimestamp();
        var isQuiet = false;
        while (!isQuiet)
        {
            var left = 10 * options.Debounce - Stopwatch.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                return;
            var wait = left < options.Debounce ? left : options.Debounce;
            isQuiet = !await told.WaitAsync(wait, end.Token).ConfigureAwait(false);
        }
    }

    // Looking --------------------------------------------------------------------------------------------------------

    /// <summary>Takes the model of the file if it is another one than at the last look. Whatever goes wrong, the model that is
    /// there goes on answering.</summary>
    private void Look(bool isTold)
    {
        if (Changed(isTold) is not { } bytes)
            return;
        try
        {
            Swap(Made(bytes), bytes.Hash);
        }
        catch (Exception error) when (!end.IsCancellationRequested)
        {
            // Not looked at again before it changes.
            ModelLog.Refused(logger, Name, path, loaded.Version, error.Message);
        }
    }

    /// <summary>The bytes of the file if they are others than at the last look, and than those of the model; null
    /// where they are not.</summary>
    private ModelBytes? Changed(bool isTold)
    {
        if (!isTold && ModelBytes.StateOf(path) == settled)
            return null;
        var bytes = ModelBytes.Read(path);
        settled = SettledState(bytes);
        lastReason = null;
        if (!bytes.IsWhole)
        {
            // Someone is writing.
            Tell();
            return null;
        }
        if (bytes.Hash.AsSpan().SequenceEqual(lastHash))
            return null;
        lastHash = bytes.Hash;
        if (!bytes.Hash.AsSpan().SequenceEqual(loadedHash))
            return bytes;
        ModelLog.BackAgain(logger, Name, path, loaded.Version);
        return null;
    }

    /// <summary>The state by which a look may know the file again; none where it may change and keep it.</summary>
    private FileState? SettledState(ModelBytes bytes) =>
        bytes.IsWhole && (clock.GetUtcNow() - bytes.State.Written).Duration() > Coarsest ? bytes.State : null;

    private Model<T> Made(ModelBytes bytes)
    {
        var model = options.KeepPrecision
            ? Kept(bytes.Content)
            : Model.Load<T>(new MemoryStream(bytes.Content, writable: false));
        if (options.Complaint?.Invoke(model) is { } complaint)
            throw new InvalidDataException(complaint);
        if (options.WarmUp)
            ModelLog.WarmedUp(logger, Name, model.WarmUp().TotalMilliseconds);
        return model;
    }

    private static Model<T> Kept(byte[] content)
    {
        var outcome = ModelFile.read(content);
        if (outcome.IsError)
            throw new InvalidDataException($"{outcome.ErrorValue}");
        return (outcome.ResultValue, typeof(T) == typeof(float)) switch
        {
            (AnyModel.Single single, true) => (Model<T>)(object)single.Item,
            (AnyModel.Double twice, false) => (Model<T>)(object)twice.Item,
            var (_, isSingle) => throw new InvalidDataException(
                $"its numbers are float{(isSingle ? 64 : 32)} (expected float{(isSingle ? 32 : 64)})"
            ),
        };
    }

    private void Swap(Model<T> model, byte[] hash)
    {
        var version = loaded.Version + 1;
        end.Token.ThrowIfCancellationRequested();
        // Whatever may fail comes before the exchange: after it nobody may say that the version before stays.
        var said = model.ToString();
        var next = new CancellationTokenSource();
        Volatile.Write(ref loaded, new(model, version, clock.GetUtcNow()));
        loadedHash = hash;
        ModelLog.Loaded(logger, Name, version, said, path);
        var previous = Interlocked.Exchange(ref change, next);
        try
        {
            previous.Cancel();
        }
        catch (AggregateException error)
        {
            ModelLog.ChangeFailed(logger, error, Name, version);
        }
    }
}
