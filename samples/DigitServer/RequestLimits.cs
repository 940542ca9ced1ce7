using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace DigitServer;

/// <summary>What a request may take. What is more is refused before it is held in memory.</summary>
internal static class RequestLimits
{
    /// <summary>Bytes of the JSON of a digit: forty for each pixel.</summary>
    public const int Digit = 32 << 10;

    /// <summary>Bytes of the JSON of a lesson.</summary>
    public const int Lesson = 8 << 20;

    /// <summary>Bytes of a model file.</summary>
    public const int Model = 64 << 20;

    public const int Connections = 256;

    /// <summary>How long a body of a lesson or a model may take to arrive: the next one waits for it.</summary>
    public static readonly TimeSpan Arrival = TimeSpan.FromSeconds(30);

    /// <summary>Says how large the body of a request may be.</summary>
    public static RouteHandlerBuilder Holding(this RouteHandlerBuilder route, int bytes) =>
        route.WithMetadata(new RequestSizeLimitAttribute(bytes));

    /// <summary>A body, read in time. BadHttpRequestException where it is too large, too slow or missing.</summary>
    public static async Task<T> InTime<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        clock.CancelAfter(Arrival);
        try
        {
            return await read(clock.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BadHttpRequestException(
                $"The body did not arrive within {Arrival.TotalSeconds} seconds.",
                StatusCodes.Status408RequestTimeout
            );
        }
    }

    /// <summary>What is wrong with the charset that a request names, in a sentence; null where nothing is.</summary>
    public static string? CharsetComplaint(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.CharSet is not { } charset)
            return null;
        if (!charset.Trim('"').Equals(Encoding.UTF8.WebName, StringComparison.OrdinalIgnoreCase))
            return "The charset is none that this server reads (utf-8 is expected).";
        // The readers of JSON know it without quotes alone, and take it where none is named.
        request.ContentType = type.MediaType;
        return null;
    }
}
