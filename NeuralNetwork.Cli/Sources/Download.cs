using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Maths;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Fetches a file of a built-in set from its mirrors, one after the other: over HTTPS alone, no more bytes than it may have,
/// nothing in its place before its checksum is right. What arrived of it before a connection broke is kept, and gone on
/// with the next time.
/// </summary>
internal sealed class Download(BuiltInSet set, BuiltInFile file, string folder) : IDisposable
{
    /// <summary>
    /// Another mirror than the published ones, for places without them and for tests: http is good enough for it if it is
    /// this machine.
    /// </summary>
    private const string MirrorVariable = "NN_DATA_MIRROR";
    private const string PatienceVariable = "NN_DATA_TIMEOUT";
    private const int MostRedirections = 5;

    private readonly TimeSpan patience = TimeSpan.FromSeconds(
        Text.tryNumber(Environment.GetEnvironmentVariable(PatienceVariable) ?? "") is { Value: > 0 } seconds
            ? seconds.Value
            : 30
    );

    private readonly HttpClient client = new(new HttpClientHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly string place = Path.Combine(folder, file.PackedName);
    private readonly string partial = Path.Combine(folder, $"partial-{file.PackedName}");
    private readonly List<Failure> failures = [];

    /// <summary>Fetches the file. The failure of the last mirror where none has it; a wrong checksum goes first.</summary>
    public async Task Run(Action<long> progress, CancellationToken cancel)
    {
        foreach (var mirror in Mirrors())
        {
            // What came from elsewhere may be another file: then once more, from the beginning.
            var isContinued = File.Exists(partial);
            if (await TryRun(mirror, progress, cancel) || (isContinued && await TryRun(mirror, progress, cancel)))
                return;
        }
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
        throw failures.Find(failure => failure.Code == Exit.BadInput) ?? failures[^1];
    }

    public void Dispose() => client.Dispose();

    private IEnumerable<Uri> Mirrors() =>
        (
            Environment.GetEnvironmentVariable(MirrorVariable) is { Length: > 0 } other
                ? [Given(other)]
                : set.Mirrors.Select(mirror => new Uri(mirror))
        ).Select(mirror => new Uri(mirror, file.PackedName));

    private static Uri Given(string text) =>
        Uri.TryCreate($"{text.TrimEnd('/')}/", UriKind.Absolute, out var mirror)
        && (mirror.Scheme == Uri.UriSchemeHttps || (mirror.Scheme == Uri.UriSchemeHttp && mirror.IsLoopback))
            ? mirror
            : throw Failure.Usage($"{MirrorVariable}: {text} (expected https://…; http only on this machine)");

    private async Task<bool> TryRun(Uri address, Action<long> progress, CancellationToken cancel)
    {
        try
        {
            await Fetch(address, progress, cancel);
            Check(address);
            File.Move(partial, place, overwrite: true);
            return true;
        }
        catch (Failure failure)
        {
            failures.Add(failure);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            failures.Add(Lost(address, $"nothing came for {patience.TotalSeconds:0.#} s"));
        }
        catch (Exception error) when (error is HttpRequestException or HttpIOException or IOException)
        {
            failures.Add(Lost(address, error.Message));
        }
        return false;
    }

    private async Task Fetch(Uri address, Action<long> progress, CancellationToken cancel)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        clock.CancelAfter(patience);
        var start = Begun();
        using var response = await Ask(address, start, clock.Token);
        Directory.CreateDirectory(folder);
        // A mirror that knows no ranges sends all of it again.
        var isContinued = start > 0 && response.StatusCode == HttpStatusCode.PartialContent;
        using var target = isContinued ? Continued() : OwnFile.Create(partial, 1 << 16);
        using var source = await response.Content.ReadAsStreamAsync(clock.Token);
        var buffer = new byte[1 << 16];
        int count;
        while ((count = await source.ReadAsync(buffer, clock.Token)) > 0)
        {
            clock.CancelAfter(patience);
            if (target.Length + count > file.Limit)
                throw Bad(address, $"more than {file.Limit} bytes", target);
            await target.WriteAsync(buffer.AsMemory(0, count), cancel);
            progress(target.Length);
        }
        // What is shorter and whole is another file, and checked as one.
        if (target.Length < file.Length && response.Content.Headers.ContentLength is null)
            throw Lost(address, $"ended after {target.Length} of {file.Length} bytes");
    }

    /// <summary>The bytes of an earlier try. None of what somebody else has put there.</summary>
    private long Begun()
    {
        try
        {
            using var begun = OwnFile.Open(partial);
            return RandomAccess.GetLength(begun);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private FileStream Continued()
    {
        var stream = new FileStream(OwnFile.Open(partial), FileAccess.ReadWrite);
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    private async Task<HttpResponseMessage> Ask(Uri address, long start, CancellationToken cancel)
    {
        for (var hop = 0; hop <= MostRedirections; hop++)
        {
            CheckAddress(address);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (start > 0)
                request.Headers.Range = new RangeHeaderValue(start, null);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
                return response;
            using (response)
            {
                if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                    throw Bad(address, $"has no bytes behind {start}", null);
                if ((int)response.StatusCode is < 300 or >= 400 || response.Headers.Location is not { } next)
                    throw Lost(address, $"answered {(int)response.StatusCode}");
                address = new Uri(address, next);
            }
        }
        throw Lost(address, $"more than {MostRedirections} redirections");
    }

    private static void CheckAddress(Uri address)
    {
        var isOwn = address.IsLoopback && Environment.GetEnvironmentVariable(MirrorVariable) is { Length: > 0 };
        if (address.Scheme != Uri.UriSchemeHttps && !(isOwn && address.Scheme == Uri.UriSchemeHttp))
            throw Failure.BadInput($"{address}: not HTTPS (nothing is fetched in the open)");
    }

    // A mirror may pack in its own way: what counts is the content, where its checksum is known.
    private void Check(Uri address)
    {
        var hash = PackedHash();
        var content = file.Hash is null ? null : ContentHash();
        if (content != file.Hash && hash == file.PackedHash)
            throw Bad(address, $"SHA-256 of the content: {content ?? "none"} (expected {file.Hash})", null);
        if (content is null ? hash != file.PackedHash : content != file.Hash)
            throw Bad(address, $"SHA-256: {hash} (expected {file.PackedHash})", null);
    }

    private string PackedHash()
    {
        using var stream = File.OpenRead(partial);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>The SHA-256 of what is packed; null where it cannot be unpacked.</summary>
    private string? ContentHash()
    {
        try
        {
            return WholeFile.Read(partial).File.Hash;
        }
        catch (Failure failure) when (failure.Code == Exit.BadInput)
        {
            return null;
        }
    }

    /// <summary>A file that is not the one: nothing of it is kept.</summary>
    private Failure Bad(Uri address, string found, FileStream? open)
    {
        open?.Close();
        File.Delete(partial);
        return Failure.BadInput($"{address}: {found}");
    }

    private Failure Lost(Uri address, string reason) =>
        new(Exit.InputOutput, $"{address}: {reason}{(File.Exists(partial) ? " (once more goes on from there)" : "")}");
}
