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
// What cannot be done is answered with a sentence: 400 for what is wrong with a request, 409 for a lesson during which another
// model came (by PUT, or by a lesson that ended before), 422 where a lesson or a model has no numbers to give.

using DigitServer;
using Microsoft.AspNetCore.Mvc;
using NeuralNetwork;

var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 256 << 20);
builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

var app = builder.Build();
var path = app.Configuration["model"] ?? throw new ArgumentException("--model FILE: the model to begin with");
var current = new CurrentModel(Model.Load<float>(path));

// What is no JSON, is empty or is sent elsewhere never comes to the functions below.
app.UseStatusCodePages("text/plain", "Status {0}: the path, the method or the media type is none of this server's.");
app.Use(
    async (context, next) =>
    {
        try
        {
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
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, cancel);
        bytes.Position = 0;
        try
        {
            current.Replace(Model.Load<float>(bytes));
            return Results.NoContent();
        }
        catch (InvalidDataException error)
        {
            return Refused(400, error.Message);
        }
    }
);

app.MapPost(
    "/learn",
    async ([FromBody] Lesson lesson, CancellationToken cancel) =>
    {
        if (lesson.Complaint() is { } complaint)
            return Refused(400, complaint);
        try
        {
            var taken = current.Value;
            Log.LessonBegins(app.Logger, lesson.Labels!.Length);
            var fitted = await Task.Run(() => lesson.Teach(taken, cancel), cancel);
            Log.LessonEnds(app.Logger, fitted.End);
            return Take(lesson, taken, fitted);
        }
        catch (ArgumentException error)
        {
            return Refused(400, error.Message);
        }
    }
);

app.Run();

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
