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

using DigitServer;
using NeuralNetwork;

var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 256 << 20);

var app = builder.Build();
var path = app.Configuration["model"] ?? throw new ArgumentException("--model FILE: the model to begin with");
var current = new CurrentModel(Model.Load<float>(path));

using var reader = new StreamReader(typeof(CurrentModel).Assembly.GetManifestResourceStream("page.html")!);
var page = reader.ReadToEnd();
app.MapGet("/", () => Results.Content(page, "text/html; charset=utf-8"));

app.MapPost(
    "/predict",
    (float[] pixels) =>
    {
        if (pixels.Length != 784)
            return Results.BadRequest($"{pixels.Length} numbers (784 are expected)");
        var model = current.Value;
        return Results.Ok(new Answer(model.Classify(pixels).Label, model.Predict(pixels)));
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
            return Results.BadRequest(error.Message);
        }
    }
);

app.MapPost(
    "/learn",
    async (Lesson lesson, CancellationToken cancel) =>
    {
        var training = Training.Default.With(Schedules.Constant(lesson.Rate));
        var options = FitOptions.Of(epochs: lesson.Epochs, batchSize: Math.Max(1, Math.Min(32, lesson.Labels.Length)));
        try
        {
            var data = Data.Of(lesson.Pixels.SelectMany(row => row).ToArray(), lesson.Labels, classes: 10);
            Log.LessonBegins(app.Logger, data.Rows);
            var fitted = await Task.Run(() => current.Value.Fit(data, training, options, cancel: cancel), cancel);
            Log.LessonEnds(app.Logger, fitted.End);
            if (!fitted.End.IsFinished)
                return Results.UnprocessableEntity($"{fitted.End}");
            current.Replace(fitted.Last);
            return Results.Ok(new Learned(fitted.Epochs[^1].Train.Loss));
        }
        catch (ArgumentException error)
        {
            return Results.BadRequest(error.Message);
        }
    }
);

app.Run();

/// <summary>What the model takes the digit for.</summary>
internal sealed record Answer(string Label, float[] Probabilities);

/// <summary>Digits to learn from: rows of 784 numbers and a label for each.</summary>
internal sealed record Lesson(float[][] Pixels, int[] Labels, int Epochs = 5, double Rate = 0.0005);

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
