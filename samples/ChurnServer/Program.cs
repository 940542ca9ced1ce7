// A model of a table behind HTTP, replaced while it answers: train another one into the same folder, and from then on it answers.
//
//   nn train customers.csv --target churn --missing median --out runs/churn
//   dotnet run -c Release --project samples/ChurnServer -- --model runs/churn/model.safetensors --urls http://localhost:5000
//
//   GET  /              a page with a field for each column
//   GET  /openapi.json  the same for programs
//   POST /churn         {"age": 39, "job": "nurse", "income": null}  ->  the class, its name and its probability

using NeuralNetwork;
using NeuralNetwork.Extensions;

var builder = WebApplication.CreateSlimBuilder(args);
var path = builder.Configuration["model"] ?? throw new ArgumentException("--model FILE: the model that answers");
builder.Services.AddModel<float>("churn", path, o => (o.Watch, o.WarmUp, o.Complaint) = (true, true, Complaint));

var app = builder.Build();
app.MapGet("/", (IModelSource<float> churn) => Text("text/html", churn.Current.Form("Churn", "/churn")));
app.MapGet(
    "/openapi.json",
    (IModelSource<float> churn) => Text("application/json", churn.Current.OpenApi("Churn", "/churn"))
);
app.MapPost(
    "/churn",
    (Dictionary<string, RowCell> row, IModelSource<float> churn) =>
    {
        try
        {
            return Results.Ok(churn.Current.Classify(row));
        }
        catch (Exception error) when (error is ArgumentException or ArithmeticException)
        {
            return Results.Text(error.Message, statusCode: 400);
        }
    }
);
app.Run();

static IResult Text(string type, string text) => Results.Text(text, type, System.Text.Encoding.UTF8);

static string? Complaint(Model<float> model) =>
    model.IsClassifier && model.HasColumns ? null : "expected are classes and columns with names";
