using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace NeuralNetwork.Server;

/// <summary>What is wrong with a request: a status, and a sentence for whoever sent it.</summary>
internal sealed class BadRequest(int status, string detail) : Exception(detail)
{
    public int Status { get; } = status;
}

/// <summary>An answer.</summary>
/// <param name="Type">The media type of the body.</param>
/// <param name="Body">The body.</param>
/// <param name="Version">The version of the model that it is from; 0 for none.</param>
/// <param name="Rows">How many rows were predicted.</param>
internal sealed record Reply(string Type, byte[] Body, int Version = 0, int Rows = 0);

/// <summary>From requests to answers. What cannot be answered is a problem (RFC 9457) with one sentence, and never a trace.</summary>
internal sealed class Routes : IDisposable
{
    private const string Json = "application/json";
    private const string Csv = "text/csv";
    private const string Predict = "/predict";

    /// <summary>The page asks this server, and runs and shows nothing else.</summary>
    private const string PagePolicy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self';"
        + " img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>How long a request waits while as many as there may be are under way.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>How long a body may take to arrive: others wait for its place.</summary>
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(30);

    private readonly IPredictions predictions;
    private readonly Options options;
    private readonly Meters meters;
    private readonly Lines lines;
    private readonly SemaphoreSlim places;
    private readonly bool isLoopback;
    private readonly Dictionary<string, (string Method, Func<HttpContext, Task<Reply>> Answer)> routes;

    public Routes(IPredictions predictions, Options options, Meters meters, Lines lines)
    {
        (this.predictions, this.options, this.meters, this.lines) = (predictions, options, meters, lines);
        (places, isLoopback) = (new(options.MostRequests), options.IsLoopback);
        routes = new()
        {
            ["/"] = ("GET", _ => Task.FromResult(predictions.Page())),
            ["/openapi.json"] = ("GET", _ => Task.FromResult(predictions.Document())),
            [Predict] = ("POST", PredictAsync),
            ["/health"] = ("GET", Health),
            ["/metrics"] = ("GET", _ => Task.FromResult(meters.Reply())),
        };
    }

    public void Dispose() => places.Dispose();

    public async Task HandleAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var path = context.Request.Path.Value ?? "";
        var known = routes.ContainsKey(path) ? path : "other";
        try
        {
            var reply = await AnswerAsync(context, path);
            await WriteAsync(context, StatusCodes.Status200OK, reply);
            meters.Count(known, StatusCodes.Status200OK, reply.Rows);
            if (reply.Rows > 0)
                meters.Time(Stopwatch.GetElapsedTime(began));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            meters.Count(known, StatusCodes.Status499ClientClosedRequest, 0);
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            var (status, detail) = error switch
            {
                BadRequest bad => (bad.Status, bad.Message),
                BadHttpRequestException { StatusCode: 413 } => (413, TooLarge),
                BadHttpRequestException bad => (bad.StatusCode, bad.Message),
                _ => (500, "something went wrong in the server; its log has a line about it"),
            };
            if (status == 500)
                Lines.Warn($"{path}: {error.GetType().Name}: {error.Message}");
            await WriteAsync(context, status, Problem(status, detail));
            meters.Count(known, status, 0);
        }
    }

    private string TooLarge => $"the body is larger than {options.MostMebibytes} MiB (--max-body)";

    private async Task<Reply> AnswerAsync(HttpContext context, string path)
    {
        // A page from elsewhere may have a name of its own for this machine (DNS rebinding).
        if (isLoopback && !IsLocal(context.Request.Host.Host))
            throw new BadRequest(421, "this server answers for localhost (--host lets others ask)");
        if (!routes.TryGetValue(path, out var route))
            throw new BadRequest(404, $"nothing is at this path (there are {string.Join(", ", routes.Keys)})");
        var method = context.Request.Method;
        if (method == route.Method || (method == "HEAD" && route.Method == "GET"))
            return await route.Answer(context);
        context.Response.Headers.Allow = route.Method == "GET" ? "GET, HEAD" : route.Method;
        throw new BadRequest(405, $"{path} is asked by {route.Method}");
    }

    private static bool IsLocal(string host) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // Predictions ------------------------------------------------------------------------------------------------------

    private async Task<Reply> PredictAsync(HttpContext context)
    {
        var isTable = IsTable(context.Request);
        var hasProbabilities = Probabilities(context.Request);
        if (!await places.WaitAsync(LongestWait, context.RequestAborted))
        {
            context.Response.Headers.RetryAfter = "1";
            throw new BadRequest(
                503,
                $"{options.MostRequests} requests are under way, and no more are held (--max-requests)"
            );
        }
        // Until the answer has been taken, too.
        context.Response.RegisterForDispose(new Place(places));
        context.Response.RegisterForDispose(meters.UnderWay());
        var body = await BodyAsync(context);
        return isTable
            ? await predictions.OfTableAsync(body, hasProbabilities, context.RequestAborted)
            : await predictions.OfJsonAsync(body, context.RequestAborted);
    }

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }

    /// <summary>Whether the body is a table, and no JSON.</summary>
    private static bool IsTable(HttpRequest request)
    {
        const string expected = $"expected is {Json} (rows) or {Csv} (a table)";
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
            throw new BadRequest(415, "a body with a Content-Encoding is not read");
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw new BadRequest(415, $"no Content-Type that says what the body is: {expected}");
        if (type.CharSet?.Trim('"') is { } charset && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw new BadRequest(415, $"the charset {charset} is not read (utf-8 is)");
        return type.MediaType!.ToLowerInvariant() switch
        {
            Json => false,
            Csv => true,
            var other => throw new BadRequest(415, $"the Content-Type {other} is not read: {expected}"),
        };
    }

    private static bool Probabilities(HttpRequest request)
    {
        const string name = "probabilities";
        foreach (var key in request.Query.Keys)
            if (key != name)
                throw new BadRequest(400, $"{key}: no such parameter ({name}=true adds columns to a table)");
        return request.Query[name].ToString() switch
        {
            "" or "false" => false,
            "true" => true,
            var other => throw new BadRequest(400, $"{name}: {other} (expected true or false)"),
        };
    }

    private async Task<ReadOnlyMemory<byte>> BodyAsync(HttpContext context)
    {
        // Said before it is read, where it is said at all.
        if (context.Request.ContentLength > (long)options.MostMebibytes << 20)
            throw new BadRequest(413, TooLarge);
        // What is announced is not yet there.
        using var body = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, 1 << 16));
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        clock.CancelAfter(Arrival);
        try
        {
            await context.Request.Body.CopyToAsync(body, clock.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new BadRequest(408, $"the body did not arrive within {Arrival.TotalSeconds} s");
        }
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    // Health -----------------------------------------------------------------------------------------------------------

    private Task<Reply> Health(HttpContext context)
    {
        var state = predictions.State;
        var document = new JsonObject
        {
            ["status"] = "ok",
            ["model"] = options.Model,
            ["version"] = state.Version,
            ["loaded"] = state.LoadedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["refused"] = lines.LastRefusal,
        };
        return Task.FromResult(new Reply(Json, Encoding.UTF8.GetBytes(document.ToJsonString())));
    }

    // Writing ----------------------------------------------------------------------------------------------------------

    private static Reply Problem(int status, string detail)
    {
        var document = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = detail,
        };
        return new("application/problem+json", JsonSerializer.SerializeToUtf8Bytes(document));
    }

    private static async Task WriteAsync(HttpContext context, int status, Reply reply)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = reply.Type;
        response.ContentLength = reply.Body.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        if (reply.Type.StartsWith("text/html", StringComparison.Ordinal))
            response.Headers.ContentSecurityPolicy = PagePolicy;
        if (reply.Version > 0)
            response.Headers["Model-Version"] = reply.Version.ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }
}
