/// The sample server, asked over HTTP as an app's users would ask it.
module NeuralNetwork.Tests.DigitServerTests

open System
open System.IO
open System.Net
open System.Net.Http
open System.Net.Http.Json
open System.Text
open System.Text.Json
open NeuralNetwork
open SampleTests

let private digits (seed: uint64) : Model<float32> =
    Network
        .Input(784)
        .Dense(16, Activation.ReLU)
        .Dense(10)
        .With(Loss.SoftmaxCrossEntropy)
        .Init<float32>(seed)
        .With(Preprocessing.Bytes, [||])

let private bytes (model: Model<float32>) =
    use stream = new MemoryStream()
    model.Save stream
    stream.ToArray()

/// Runs an action against a server with a model, on a port that is free. The action may wait for words in its log.
let private servingWith environment (model: Model<float32>) (act: HttpClient -> (string -> unit) -> unit) =
    let path = Path.GetTempFileName()
    File.WriteAllBytes(path, bytes model)
    use server = startWith environment [ built "DigitServer"; "--model"; path; "--urls"; "http://127.0.0.1:0" ]
    server.ErrorDataReceived.Add ignore
    server.BeginErrorReadLine()

    // Two minutes are a hundred times what any line takes: nothing but words that never come takes longer.
    let rec logged (words: string) =
        match server.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes 2.0).GetAwaiter().GetResult() with
        | null -> Expect.fail ("the server ended")
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

let private servingAloud = servingWith []
let private serving model (act: HttpClient -> unit) = servingAloud model (fun client _ -> act client)

let private await (task: System.Threading.Tasks.Task<'T>) = task.GetAwaiter().GetResult()
let private pixels = Array.init 784 (fun place -> float32 (place * 7 % 256))

let private ask (client: HttpClient) =
    let reply = await (client.PostAsJsonAsync("/predict", pixels))
    use answer = JsonDocument.Parse(await (reply.Content.ReadAsStringAsync()))
    [| for p in answer.RootElement.GetProperty("probabilities").EnumerateArray() -> p.GetSingle() |]

/// A lesson of so many times the same digit.
let private sevens (rows: int) (epochs: int) (rate: float) =
    {| Pixels = Array.create rows pixels; Labels = Array.create rows 7; Epochs = epochs; Rate = rate |}

/// The longest lesson that the server takes of so many digits: minutes.
let private patient = sevens 1_000 10_000 1e-6

/// The reply's status, and the sentence it must come with: neither nothing nor a stack of calls.
let private refused (status: HttpStatusCode) (expected: string) (reply: HttpResponseMessage) =
    let said = await (reply.Content.ReadAsStringAsync())
    Expect.equal status reply.StatusCode
    Expect.mentions [ expected ] said
    Expect.that (said.Length < 400 && not (said.Contains "   at ")) $"no sentence: {said}"

let private post (client: HttpClient) (path: string) (json: string) =
    await (client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json")))

let private row (count: int) (pixel: string) = "[" + String.Join(",", Array.create count pixel) + "]"
let private lesson (pixels: string) (labels: string) = $"""{{ "pixels": {pixels}, "labels": {labels} }}"""

/// What a server says to the head of a request whose body never comes.
let private headAlone (client: HttpClient) (head: string) : string =
    let address = nonNull client.BaseAddress
    use socket = new Sockets.TcpClient(address.Host, address.Port, ReceiveTimeout = 120_000)
    use stream = socket.GetStream()
    stream.Write(Encoding.ASCII.GetBytes $"{head}\r\nHost: localhost\r\n\r\n")
    use reader = new StreamReader(stream)
    string (reader.ReadLine())

let tests =
    group
        "DigitServer"
        [ test "The server answers with its model, and with another as soon as it has been put in its place" (fun () ->
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
                  Expect.equal HttpStatusCode.BadRequest short.StatusCode))
          test "The server learns what it is told, and nothing when the client hangs up" (fun () ->
              // The pool has one thread: a lesson that took it would leave none to answer.
              let oneThread =
                  [ "DOTNET_ThreadPool_ForceMinWorkerThreads", "1"; "DOTNET_ThreadPool_ForceMaxWorkerThreads", "1" ]

              servingWith oneThread (digits 1UL) (fun client waitFor ->
                  let before = ask client
                  let lesson epochs = sevens 1 epochs 0.01
                  use hangUp = new System.Threading.CancellationTokenSource()
                  let endless = client.PostAsJsonAsync("/learn", patient, hangUp.Token)
                  waitFor "A lesson of 1000 digits begins"
                  // An answer in between: the lesson does not keep others waiting.
                  Expect.sameBits "probabilities" before (ask client)
                  hangUp.Cancel()
                  Expect.raises<OperationCanceledException>(fun () -> await endless |> ignore) |> ignore
                  waitFor "The lesson ends: cancelled"
                  // Until the request is over, the place of a lesson is taken.
                  waitFor "/learn - "
                  Expect.sameBits "probabilities" before (ask client)
                  Expect.equal HttpStatusCode.OK (await (client.PostAsJsonAsync("/learn", lesson 30))).StatusCode
                  let after = ask client
                  Expect.that (after[7] > before[7] && after[7] > 0.9f) $"{before[7]} became {after[7]}"))
          test "The page to draw on comes with the server and asks nobody else" (fun () ->
              serving (digits 1UL) (fun client ->
                  let page = await (client.GetStringAsync "/")
                  Expect.mentions [ "<canvas"; "/predict" ] page

                  Expect.that
                      (not (page.Contains "http://" || page.Contains "https://" || page.Contains "src="))
                      "it asks others"))
          test "What is no digit is refused with a sentence" (fun () ->
              serving (digits 1UL) (fun client ->
                  let predict expected json = refused HttpStatusCode.BadRequest expected (post client "/predict" json)
                  predict "1 pixels (784 are expected)" "[1]"
                  predict "Pixel 0 is -1 (0 to 255 is expected)" (row 784 "-1")
                  predict "Pixel 0 is 255.5" (row 784 "255.5")
                  predict "Pixel 0 is" (row 784 "1e39")
                  predict "JSON" (row 784 "null")
                  predict "JSON" "[1, 2"
                  predict "not provided" ""
                  predict "not provided" "null"
                  let asText = await (client.PostAsync("/predict", new StringContent "[1]"))
                  refused HttpStatusCode.UnsupportedMediaType "media type" asText))
          test "What is no lesson is refused with a sentence" (fun () ->
              let whole, short, long, bright = row 784 "1", row 783 "1", row 785 "1", row 784 "256"

              serving (digits 1UL) (fun client ->
                  let learn expected json = refused HttpStatusCode.BadRequest expected (post client "/learn" json)
                  learn "Digit 0: 783 pixels (784 are expected)" (lesson $"[{short}, {long}]" "[1, 2]")
                  learn "Digit 1: 0 pixels" (lesson $"[{whole}, null]" "[1, 2]")
                  learn "Digit 0: Pixel 0 is 256" (lesson $"[{bright}]" "[1]")
                  learn "Labels for 1 digits, and pixels for 2" (lesson $"[{whole}, {whole}]" "[1]")
                  learn "Digit 1: its label is 10 (0 to 9 is expected)" (lesson $"[{whole}, {whole}]" "[1, 10]")
                  learn "Digit 0: its label is -1" (lesson $"[{whole}]" "[-1]")

                  for json in [ "{}"; lesson "null" "[1]"; lesson $"[{whole}]" "null"; lesson "[]" "[]" ] do
                      learn "A lesson has pixels" json

                  let with' (more: string) = $"""{{ "pixels": [{whole}], "labels": [1], {more} }}"""
                  learn "0 epochs (1 to 10000 are expected)" (with' "\"epochs\": 0")
                  learn "10001 epochs" (with' "\"epochs\": 10001")
                  learn "2000000000 epochs" (with' "\"epochs\": 2000000000")

                  for rate in [ "0"; "-1"; "1e39"; "1e999" ] do
                      learn "The rate is" (with' $"\"rate\": {rate}")

                  let many = String.Join(",", Array.create 2_001 whole)
                  learn "2001 digits" (lesson $"[{many}]" (row 2_001 "1"))
                  learn "JSON" (lesson $"[{whole}" "[1]")
                  learn "JSON" ""
                  learn "not provided" "null"
                  let asText = await (client.PostAsync("/learn", new StringContent "{}"))
                  refused HttpStatusCode.UnsupportedMediaType "media type" asText))
          test "A lesson that is too long for a large model is refused with a sentence" (fun () ->
              let large = Network.Input(784).Dense(300, Activation.ReLU).Dense(10).With(Loss.SoftmaxCrossEntropy)

              serving (large.Init<float32>(1UL).With(Preprocessing.Bytes, [||])) (fun client ->
                  let reply = await (client.PostAsJsonAsync("/learn", sevens 1_000 10_000 0.01))
                  refused HttpStatusCode.BadRequest "too long a lesson for this model" reply))
          test
              "A body that is too large is refused before it comes, and one of no stated length while it does"
              (fun () ->
                  serving (digits 1UL) (fun client ->
                      let json = "Content-Type: application/json"

                      for request, most in
                          [ $"POST /predict HTTP/1.1\r\n{json}", 32 <<< 10
                            $"POST /learn HTTP/1.1\r\n{json}", 8 <<< 20
                            "PUT /model HTTP/1.1", 64 <<< 20 ] do
                          Expect.mentions [ "413" ] (headAlone client $"{request}\r\nContent-Length: {most + 1}")

                      for path, most in [ "/predict", 32 <<< 10; "/learn", 8 <<< 20 ] do
                          for isChunked in [ false; true ] do
                              use request = new HttpRequestMessage(HttpMethod.Post, path)
                              // Nothing is sent before the server asks for it, so that no break comes before its sentence.
                              request.Headers.ExpectContinue <- true
                              request.Headers.TransferEncodingChunked <- isChunked

                              request.Content <-
                                  new StringContent(String(' ', most + 1), Encoding.UTF8, "application/json")

                              refused
                                  HttpStatusCode.RequestEntityTooLarge
                                  "too large"
                                  (await (client.SendAsync request))

                      ask client |> ignore))
          test "A charset that the server does not read is refused with a sentence" (fun () ->
              serving (digits 1UL) (fun client ->
                  for path in [ "/predict"; "/learn" ] do
                      for charset, status in
                          [ "klingon", HttpStatusCode.UnsupportedMediaType
                            "utf-7", HttpStatusCode.UnsupportedMediaType
                            "UTF-8", HttpStatusCode.BadRequest
                            "\"utf-8\"", HttpStatusCode.BadRequest ] do
                          use body = new ByteArrayContent(Encoding.ASCII.GetBytes "[1]")

                          body.Headers.TryAddWithoutValidation("Content-Type", $"application/json; charset={charset}")
                          |> ignore

                          let words = if status = HttpStatusCode.BadRequest then "" else "charset"
                          refused status words (await (client.PostAsync(path, body)))))
          each "A lesson that leaves no finite answers changes nothing" [ 1; 20 ] (fun (epochs: int) ->
              serving (digits 1UL) (fun client ->
                  let before = ask client
                  let excess = {| Pixels = [| pixels |]; Labels = [| 7 |]; Epochs = epochs; Rate = 1e30 |}

                  refused
                      HttpStatusCode.UnprocessableEntity
                      "nothing changes"
                      (await (client.PostAsJsonAsync("/learn", excess)))

                  Expect.sameBits "probabilities" before (ask client)))
          test "A model that overflows gives a sentence and no digit" (fun () ->
              let model = digits 1UL
              let values = model.Parameters.Values |> Array.map (fun value -> value * 1e30f)

              serving (model.With { model.Parameters with Values = values }) (fun client ->
                  refused
                      HttpStatusCode.UnprocessableEntity
                      "no finite numbers"
                      (await (client.PostAsJsonAsync("/predict", pixels)))))
          test "A model that comes during a lesson stays, and the lesson is told so" (fun () ->
              let second = digits 2UL

              servingAloud (digits 1UL) (fun client waitFor ->
                  let slow = client.PostAsJsonAsync("/learn", sevens 100 10_000 1e-6)
                  waitFor "A lesson of 100 digits begins"
                  use body = new ByteArrayContent(bytes second)
                  Expect.equal HttpStatusCode.NoContent (await (client.PutAsync("/model", body))).StatusCode
                  Expect.that (not slow.IsCompleted) "the lesson was over too soon for this test"
                  refused HttpStatusCode.Conflict "Another model came" (await slow)
                  Expect.sameBits "probabilities" (second.Predict(ReadOnlySpan pixels)) (ask client)))
          test "A lesson during another one is refused, and can be given when that is over" (fun () ->
              servingAloud (digits 1UL) (fun client waitFor ->
                  use hangUp = new System.Threading.CancellationTokenSource()
                  let first = client.PostAsJsonAsync("/learn", patient, hangUp.Token)
                  waitFor "A lesson of 1000 digits begins"
                  let second () = await (client.PostAsJsonAsync("/learn", sevens 1 1 0.01))
                  refused HttpStatusCode.ServiceUnavailable "Another lesson" (second ())
                  // It is not read either: of the largest one nothing but its head need come.
                  let head = "POST /learn HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 8000000"
                  Expect.mentions [ "503" ] (headAlone client head)
                  hangUp.Cancel()
                  Expect.raises<OperationCanceledException>(fun () -> await first |> ignore) |> ignore
                  waitFor "The lesson ends: cancelled"

                  let rec given () =
                      let reply = second ()
                      if reply.StatusCode = HttpStatusCode.ServiceUnavailable then given () else reply.StatusCode

                  Expect.equal HttpStatusCode.OK (given ()))) ]
