// Digits behind HTTP: a trained MNIST model answers, a page to draw on, models replaced and trained while it runs.
//
//   nn train mnist --hidden 128 --epochs 3 --out runs/digits
//   dotnet run -c Release --project samples/DigitServer -- --model runs/digits/model.safetensors --urls http://localhost:5000
//
//   GET  /         the page
//   POST /predict  784 numbers from 0 to 255, row by row  ->  the label and ten probabilities
//   PUT  /model    the bytes of a model file: from the next request on this model answers
//   POST /learn    digits with their labels: trains a model further, and takes it when it is done; a client that hangs up
//                  ends the training, and nothing changes
//
// What cannot be done is answered with a sentence: 400 for what is wrong with a request, 408 and 413 for a body that is too slow
// or too large, 415 for one that is no JSON in UTF-8, 409 for a lesson during which another model came, 422 where a lesson or a
// model has no numbers to give, 503 while another lesson is learned. One lesson and one model are held at a time (RequestLimits).

using System.Text.Json;
using DigitServer;
using Microsoft.AspNetCore.Mvc;
using NeuralNetwork;

var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.Limits.MaxRequestBodySize = RequestLimits.Digit;
    kestrel.Limits.MaxRequestBufferSize = 2 * RequestLimits.Digit;
    kestrel.Limits.MaxConcurrentConnections = RequestLimits.Connections;
});
builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

var app = builder.Build();
var path = app.Configuration["model"] ?? throw new ArgumentException("--model FILE: the model to begin with");
var current = new CurrentModel(Model.Load<float>(path));
using var modelPlace = new SemaphoreSlim(1);
using var lessonPlace = new SemaphoreSlim(1);

// What is no JSON, is empty or is sent elsewhere never comes to the functions below.
app.UseStatusCodePages(context =>
{
    var status = context.HttpContext.Response.StatusCode;
    var what =
        status == 413 ? "the body is too large" : "the path, the method or the media type is none of this server's";
    return Refused(status, $"Status {status}: {what}.").ExecuteAsync(context.HttpContext);
});
app.Use(
    async (context, next) =>
    {
        try
        {
            if (RequestLimits.CharsetComplaint(context.Request) is { } complaint)
                await Refused(415, complaint).ExecuteAsync(context);
            else
                await next(context);
        }
        catch (BadHttpRequestException error)
        {
            var reason = error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message;
            await Results.Text(reason, statusCode: error.StatusCode).ExecuteAsync(context);
        }
    }
);

using var reader = new StreamReader(typeof(CurrentModel).Assembly.GetManifestResourceStream("page.html")!);
var page = reader.ReadToEnd();
app.MapGet("/", () => Results.Content(page, "text/html; charset=utf-8"));

app.MapPost(
    "/predict",
    ([FromBody] float[] pixels) =>
    {
        if (Digit.Complaint(pixels) is { } complaint)
            return Refused(400, complaint);
        var model = current.Value;
        var probabilities = model.Predict(pixels);
        return probabilities.All(float.IsFinite)
            ? Results.Ok(new Answer(model.Classify(pixels).Label, probabilities))
            : Refused(422, "The model gives no finite numbers for this digit.");
    }
);

app.MapPut(
        "/model",
        async (HttpRequest request, CancellationToken cancel) =>
        {
            await modelPlace.WaitAsync(cancel);
            try
            {
                // On the disk, not in memory: most of what is no model is refused by its first bytes.
                using var bytes = File.Create(Path.GetTempFileName(), 1 << 16, FileOptions.DeleteOnClose);
                await RequestLimits.InTime(
                    async clock =>
                    {
                        await request.Body.CopyToAsync(bytes, clock);
                        return bytes.Position = 0;
                    },
                    cancel
                );
                current.Replace(Model.Load<float>(bytes));
                return Results.NoContent();
            }
            catch (InvalidDataException error)
            {
                return Refused(400, error.Message);
            }
            finally
            {
                modelPlace.Release();
            }
        }
    )
    .Holding(RequestLimits.Model);

app.MapPost(
        "/learn",
        async (HttpRequest request, CancellationToken cancel) =>
        {
            if (!await lessonPlace.WaitAsync(0, cancel))
                return Refused(
                    503,
                    "Another lesson is learned just now; this one can be given once more when it is over."
                );
            try
            {
                return await Learn(await RequestLimits.InTime(clock => Body(request, clock), cancel), cancel);
            }
            finally
            {
                lessonPlace.Release();
            }
        }
    )
    .Holding(RequestLimits.Lesson);

app.Run();

static async Task<Lesson> Body(HttpRequest request, CancellationToken cancel)
{
    if (!request.HasJsonContentType())
        throw new BadHttpRequestException("The media type is not application/json.", 415);
    try
    {
        return await request.ReadFromJsonAsync<Lesson>(cancel)
            ?? throw new BadHttpRequestException("A lesson was not provided.");
    }
    catch (JsonException error)
    {
        throw new BadHttpRequestException("The body is no JSON of a lesson.", error);
    }
}

async Task<IResult> Learn(Lesson lesson, CancellationToken cancel)
{
    var taken = current.Value;
    if ((lesson.Complaint() ?? lesson.Excess(taken)) is { } complaint)
        return Refused(400, complaint);
    try
    {
        Log.LessonBegins(app.Logger, lesson.Labels!.Length);
        var fitted = await lesson.Teach(taken, cancel);
        Log.LessonEnds(app.Logger, fitted.End);
        return Take(lesson, taken, fitted);
    }
    catch (ArgumentException error)
    {
        return Refused(400, error.Message);
    }
}

IResult Take(Lesson lesson, Model<float> taken, Fitted<float> fitted)
{
    if (!fitted.End.IsFinished)
        return Refused(422, $"The lesson came to no end, and nothing changes: {fitted.End}");
    if (!lesson.IsAnsweredBy(fitted.Last))
        return Refused(
            422,
            "After the lesson its digits have no finite answers (a smaller rate may help); nothing changes."
        );
    return current.Replace(taken, fitted.Last)
        ? Results.Ok(new Learned(fitted.Epochs[^1].Train.Loss))
        : Refused(409, "Another model came during the lesson, and stays; the lesson can be given to it.");
}

static IResult Refused(int status, string why) => Results.Text(why, statusCode: status);

/// <summary>What the model takes the digit for.</summary>
internal sealed record Answer(string Label, float[] Probabilities);

/// <summary>The mean loss of the last epoch.</summary>
internal sealed record Learned(double Loss);

/// <summary>What the server says of its lessons.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "A lesson of {Rows} digits begins")]
    public static partial void LessonBegins(ILogger logger, int rows);

    [LoggerMessage(Level = LogLevel.Information, Message = "The lesson ends: {End}")]
    public static partial void LessonEnds(ILogger logger, FitEnd end);
}
