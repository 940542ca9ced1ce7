/// The samples, run as an app's developer would run them.
module NeuralNetwork.Tests.SampleTests

open System
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Http
open System.Net.Http.Json
open System.Text.Json
open NeuralNetwork
open NUnit.Framework

let private samples = Path.Combine(Machines.repository, "samples")

/// The sample's own build, of the configuration of these tests.
let private built (name: string) =
    let folder = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd '/'))
    Path.Combine(samples, name, "bin", string folder, "net10.0", $"{name}.dll")

let private start (arguments: string list) : Process =
    let how = ProcessStartInfo("dotnet", arguments, RedirectStandardOutput = true, RedirectStandardError = true)
    nonNull (Process.Start how)

/// Standard output of a program that ends well.
let private output (arguments: string list) =
    use child = start arguments
    let errors = child.StandardError.ReadToEndAsync()
    let text = child.StandardOutput.ReadToEnd()
    child.WaitForExit()
    Expect.that (child.ExitCode = 0) $"{child.ExitCode}: {text} {errors.Result}"
    text

[<Test>]
let ``The console sample checks its gradient, trains, saves, loads and predicts`` () =
    let said = output [ built "TrainAndPredict" ]
    Expect.mentions [ "gradient: right"; "best: epoch"; "(0, 0) is inside"; "(0.9, 0.9) is outside" ] said

[<Test>]
let ``The script descends by hand and predicts`` () =
    let script = File.ReadAllText(Path.Combine(samples, "circle.fsx"))
    let line = "#r \"../NeuralNetwork.Core.fs/bin/Release/net10.0/NeuralNetwork.Core.dll\""
    Expect.mentions [ line ] script
    let path = Path.Combine(Path.GetTempPath(), $"circle-{Guid.NewGuid():N}.fsx")
    // The library of these tests, whatever configuration they run in.
    let here = Path.Combine(AppContext.BaseDirectory, "NeuralNetwork.Core.dll")
    File.WriteAllText(path, script.Replace(line, $"#r \"{here}\""))

    try
        Expect.mentions [ "(0, 0) is inside"; "(0.9, 0.9) is outside" ] (output [ "fsi"; path ])
    finally
        File.Delete path

[<Test>]
let ``The native predictor's program answers each row with a label`` () =
    let path = Path.GetTempFileName()

    let model =
        Network
            .Input(2)
            .Dense(2)
            .With(Cost.SoftmaxCrossEntropy)
            .Init<float32>(1UL)
            .With(Preprocessing.None, [| "a"; "b" |])

    (use file = File.Create path in model.Save file)

    let how =
        ProcessStartInfo(
            "dotnet",
            [ built "NativePredictor"; path ],
            RedirectStandardInput = true,
            RedirectStandardOutput = true
        )

    use child = nonNull (Process.Start how)
    child.StandardInput.Write "1 -2\n0.5,3\n"
    child.StandardInput.Close()
    let said = child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
    child.WaitForExit()
    File.Delete path

    let expected (row: float32[]) =
        let found = model.Classify(ReadOnlySpan row)
        $"{found.Label} {found.Probability:F4}"

    Expect.equal [| expected [| 1f; -2f |]; expected [| 0.5f; 3f |] |] said

// The server ------------------------------------------------------------------------------------------------------------

let private digits (seed: uint64) : Model<float32> =
    Network
        .Input(784)
        .Dense(16, Activation.ReLU)
        .Dense(10)
        .With(Cost.SoftmaxCrossEntropy)
        .Init<float32>(seed)
        .With(Preprocessing.Bytes, [||])

let private bytes (model: Model<float32>) =
    use stream = new MemoryStream()
    model.Save stream
    stream.ToArray()

/// Runs an action against a server with a model, on a port that is free. The action may wait for words in its log.
let private servingAloud (model: Model<float32>) (act: HttpClient -> (string -> unit) -> unit) =
    let path = Path.GetTempFileName()
    File.WriteAllBytes(path, bytes model)
    use server = start [ built "DigitServer"; "--model"; path; "--urls"; "http://127.0.0.1:0" ]
    server.ErrorDataReceived.Add ignore
    server.BeginErrorReadLine()

    let rec logged (words: string) =
        match server.StandardOutput.ReadLine() with
        | null -> raise (AssertionException "the server ended")
        | line when line.Contains(words, StringComparison.Ordinal) -> line
        | _ -> logged words

    try
        let line = logged "Now listening on: "
        let address = line.Substring(line.IndexOf("http", StringComparison.Ordinal))
        use client = new HttpClient(BaseAddress = Uri address)
        act client (logged >> ignore)
    finally
        server.Kill()
        server.WaitForExit()
        File.Delete path

let private serving model (act: HttpClient -> unit) = servingAloud model (fun client _ -> act client)

let private await (task: System.Threading.Tasks.Task<'T>) = task.GetAwaiter().GetResult()
let private pixels = Array.init 784 (fun place -> float32 (place * 7 % 256))

let private ask (client: HttpClient) =
    let reply = await (client.PostAsJsonAsync("/predict", pixels))
    use answer = JsonDocument.Parse(await (reply.Content.ReadAsStringAsync()))
    [| for p in answer.RootElement.GetProperty("probabilities").EnumerateArray() -> p.GetSingle() |]

[<Test>]
let ``The server answers with its model, and with another as soon as it has been put in its place`` () =
    let first, second = digits 1UL, digits 2UL

    serving first (fun client ->
        Expect.sameBits "probabilities" (first.Predict(ReadOnlySpan pixels)) (ask client)
        use body = new ByteArrayContent(bytes second)
        Expect.equal HttpStatusCode.NoContent (await (client.PutAsync("/model", body))).StatusCode
        Expect.sameBits "probabilities" (second.Predict(ReadOnlySpan pixels)) (ask client)
        // What is no model changes nothing.
        use rubbish = new ByteArrayContent [| 1uy; 2uy; 3uy |]
        Expect.equal HttpStatusCode.BadRequest (await (client.PutAsync("/model", rubbish))).StatusCode
        Expect.sameBits "probabilities" (second.Predict(ReadOnlySpan pixels)) (ask client)
        let short = await (client.PostAsJsonAsync("/predict", [| 1f |]))
        Expect.equal HttpStatusCode.BadRequest short.StatusCode)

[<Test>]
let ``The server learns what it is told, and nothing when the client hangs up`` () =
    servingAloud (digits 1UL) (fun client waitFor ->
        let before = ask client
        let lesson epochs = {| Pixels = [| pixels |]; Labels = [| 7 |]; Epochs = epochs; Rate = 0.01 |}
        use hangUp = new System.Threading.CancellationTokenSource()
        let endless = client.PostAsJsonAsync("/learn", lesson 2_000_000, hangUp.Token)
        waitFor "A lesson of 1 digits begins"
        // An answer in between: the lesson does not keep others waiting.
        Expect.sameBits "probabilities" before (ask client)
        hangUp.Cancel()
        Expect.raises<OperationCanceledException>(fun () -> await endless |> ignore) |> ignore
        waitFor "The lesson ends: Cancelled"
        Expect.sameBits "probabilities" before (ask client)
        Expect.equal HttpStatusCode.OK (await (client.PostAsJsonAsync("/learn", lesson 30))).StatusCode
        let after = ask client
        Expect.that (after[7] > before[7] && after[7] > 0.9f) $"{before[7]} became {after[7]}")

[<Test>]
let ``The page to draw on comes with the server and asks nobody else`` () =
    serving (digits 1UL) (fun client ->
        let page = await (client.GetStringAsync "/")
        Expect.mentions [ "<canvas"; "/predict" ] page

        Expect.that
            (not (page.Contains "http://" || page.Contains "https://" || page.Contains "src="))
            "it asks others")
