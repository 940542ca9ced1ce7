/// nn serve: a model behind HTTP, whose answers are those of nn predict.
module NeuralNetwork.Tests.Cli.ServeTests

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Text
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open NeuralNetwork.Tests

/// The server's own build, of the configuration of these tests.
let private built: string =
    let configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd '/'))
    Path.Combine(Machines.repository, "NeuralNetwork.Server", "bin", string configuration, "net10.0", "nn-serve.dll")

let private await (task: Task<'T>) : 'T = task.GetAwaiter().GetResult()

// Two minutes are a hundred times what any line takes: nothing but one that never comes takes longer.
let private lineOf (reader: StreamReader) : string | null =
    reader.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes 2.0) |> await

/// A server on a port that is free. What it says on standard error is kept.
[<Sealed>]
type private Server(started: Process) =
    let errors = ConcurrentQueue<string>()

    let reading =
        Task.Run(fun () ->
            let mutable line = started.StandardError.ReadLine()

            while not (isNull line) do
                errors.Enqueue(nonNull line)
                line <- started.StandardError.ReadLine())

    let address =
        match lineOf started.StandardOutput with
        | null ->
            reading.Wait()
            Expect.fail $"""the server ended: {String.Join(" / ", errors)}"""
        | line ->
            let urls = JsonDocument.Parse(line).RootElement.GetProperty "urls"
            string urls[0]

    let client = new HttpClient(BaseAddress = Uri address)

    member _.Client = client

    member _.Port = Uri(address).Port

    member _.Process = started

    member _.Said: string list = List.ofSeq errors

    member server.WaitFor(words: string) : unit =
        let isSaid () = server.Said |> List.exists _.Contains(words, StringComparison.Ordinal)

        Expect.that
            (SpinWait.SpinUntil(
                (fun () ->
                    Thread.Sleep 10
                    isSaid ()),
                60_000
            ))
            $"'{words}' not in %A{server.Said}"

    /// Waits until it has ended, and all that it said is known.
    member _.Ended() : unit = Expect.that (started.WaitForExit 60_000 && reading.Wait 60_000) "it goes on"

    interface IDisposable with
        member _.Dispose() =
            client.Dispose()

            if not started.HasExited then
                started.Kill()

            started.WaitForExit()
            started.Dispose()

let private serve (arguments: string list) : Server =
    new Server(
        CommandLine.startWords [] (Path.GetTempPath()) ([ "dotnet"; built; "--port"; "0"; "--json" ] @ arguments)
    )

/// The version of the model that an answer is from.
let private versionOf (reply: HttpResponseMessage) : string =
    if reply.Headers.Contains "Model-Version" then
        Seq.head (reply.Headers.GetValues "Model-Version")
    else
        ""

/// The status, the body and the model's version.
let private post (server: Server) (kind: string) (path: string) (body: string) : HttpStatusCode * string * string =
    use content = new StringContent(body, Encoding.UTF8, kind)
    use request = new HttpRequestMessage(HttpMethod.Post, path, Content = content)
    // What is too long is refused before it is sent.
    request.Headers.ExpectContinue <- body.Length > 100_000
    use reply = await (server.Client.SendAsync request)

    reply.StatusCode, await (reply.Content.ReadAsStringAsync()), versionOf reply

let private json server body = post server "application/json" "/predict" body

let private get (server: Server) (path: string) : string = await (server.Client.GetStringAsync path)

// Data -------------------------------------------------------------------------------------------------------------

let private jobs = [| "nurse"; "clerk"; "cook, \"chef\""; "" |]

/// The cells of a customer: age, job, income, day, and what is to be learned.
let private customer (row: int) : string list * string * string =
    let income = if row % 7 = 0 then "" else $"{1000 + row * 37 % 3000}.5"
    let job = jobs[row % 4]
    let quoted = job.Replace("\"", "\"\"")
    let written = if job.Contains ',' then $"\"{quoted}\"" else job
    let day = DateTime(2020, 1, 1).AddDays(float (row * 13 % 900))

    [ string (20 + row * 11 % 50); written; income; day.ToString "yyyy-MM-dd" ],
    (if row * 11 % 50 > 25 then "leaves" else "stays"),
    $"{row * 11 % 50 * 3}.25"

let private heads = "age,job,income,since"
let private cellsOf row = let cells, _, _ = customer row in String.Join(',', cells)

/// A customer as a row of JSON.
let private rowOf (row: int) : string =
    let cells, _, _ = customer row
    let job = if jobs[row % 4] = "" then "null" else JsonSerializer.Serialize jobs[row % 4]
    let income = if cells[2] = "" then "null" else cells[2]
    $"""{{"since":"{cells[3]}","income":{income},"job":{job},"age":{cells[0]}}}"""

let private train (place: Workplace) (data: string) (out: string) (more: string list) =
    [ "train"
      place.At data
      "--out"
      place.At out
      "--missing"
      "median"
      "--members"
      "1"
      "--hidden"
      "8" ]
    @ [ "--blas"; "managed"; "--validation"; "0.2"; "--epochs"; "3" ]
    @ more
    |> InProcess.succeed
    |> ignore

let private prepare (place: Workplace) =
    let write (name: string) (head: string) (target: int -> string) =
        File.WriteAllLines(place.At name, $"{heads},{head}" :: [ for row in 0..119 -> $"{cellsOf row},{target row}" ])

    write "churn.csv" "churn" (fun row -> let _, kind, _ = customer row in kind)
    write "worth.csv" "worth" (fun row -> let _, _, worth = customer row in worth)
    File.WriteAllLines(place.At "rows.csv", heads :: List.map cellsOf [ 0..59 ])
    train place "churn.csv" "churn" []
    train place "churn.csv" "other" [ "--seed"; "7" ]
    train place "churn.csv" "third" [ "--seed"; "8" ]
    train place "churn.csv" "double" [ "--precision"; "float64" ]
    train place "worth.csv" "worth" [ "--precision"; "float64"; "--interval"; "0.8" ]
    train place "worth.csv" "single" [ "--interval"; "0.8" ]
    // A table as it is written in other countries, with a category that looks like a number.
    let day row = if row % 8 = 0 then "-" else string row
    let written row = $"{row % 9 + 1}.{row * 37 % 900 + 100},{row % 7};{row % 3},5;{day row}"
    let kind row = if row % 3 = 0 then "low" else "high"

    File.WriteAllLines(
        place.At "abroad.csv",
        "price;size;day;kind" :: [ for row in 0..119 -> $"{written row};{kind row}" ]
    )

    File.WriteAllLines(place.At "abroad-rows.csv", "price;size;day" :: List.map written [ 0..39 ])

    train
        place
        "abroad.csv"
        "abroad"
        [ "--separator"
          "semicolon"
          "--decimal"
          "comma"
          "--thousands"
          "dot"
          "--categorical"
          "size"
          "--missing-words"
          "usual,-"
          "--comment"
          "#" ]


/// What nn predict prints by the product that the server has, too.
let private predicted (place: Workplace) (run: string) (more: string list) : string =
    (InProcess.succeed ([ "predict"; place.At run; place.At "rows.csv"; "--blas"; "managed" ] @ more)).Out

/// The predictions of a run as nn predict writes them in JSON, each without the number of its row.
let private expectedRows (place: Workplace) (run: string) (more: string list) : string[] =
    let document = JsonDocument.Parse(predicted place run ([ "--json" ] @ more)).RootElement

    [| for one in document.GetProperty("predictions").EnumerateArray() ->
           let members =
               [ for field in one.EnumerateObject() do
                     if field.Name <> "row" then
                         field.Name, field.Value ]

           JsonSerializer.Serialize(dict members) |]

let private compact (text: string) : string = JsonSerializer.Serialize(JsonDocument.Parse(text).RootElement)

/// The status and the sentence of a problem.
let private problem (status: HttpStatusCode, body: string, _: string) : int * string =
    let found = JsonDocument.Parse(body).RootElement
    Expect.equal (int status) (found.GetProperty("status").GetInt32())
    Expect.equal "about:blank" (string (found.GetProperty "type"))
    int status, string (found.GetProperty "detail")

// Under swaps --------------------------------------------------------------------------------------------------------

let private replaceModel (source: string) (target: string) : unit =
    let beside = $"{target}.new"
    File.Copy(source, beside, true)
    File.Move(beside, target, true)

/// So many clients for so many swaps, with a bad file before every fourth. Gives the times of the answers after the first tenth of them
/// in milliseconds, sorted.
let private underSwaps (place: Workplace) (clients: int) (swaps: int) : float[] =
    let runs = [| "churn"; "other"; "third" |]
    let expected = runs |> Array.map (fun run -> expectedRows place run [ "--probabilities" ])
    let rows = [| for row in 0..59 -> rowOf row |]
    let live = place.At $"live-{clients}"
    Directory.CreateDirectory live |> ignore
    let model = Path.Combine(live, "model.safetensors")
    let fileOf (turn: int) = Path.Combine(place.At runs[turn % 3], "model.safetensors")
    File.Copy(fileOf 0, model, true)
    use server = serve [ live; "--watch" ]
    use over = new CancellationTokenSource()
    let wrong, times = ConcurrentQueue<string>(), ConcurrentQueue<float>()

    let client (number: int) : Task =
        task {
            let mutable place = number

            while not over.IsCancellationRequested do
                place <- (place + 1) % rows.Length
                use content = new StringContent(rows[place], Encoding.UTF8, "application/json")
                let began = Stopwatch.GetTimestamp()
                use! reply = server.Client.PostAsync("/predict", content)
                let! said = reply.Content.ReadAsStringAsync()
                times.Enqueue (Stopwatch.GetElapsedTime began).TotalMilliseconds

                let version = versionOf reply

                if version = "" || said <> expected[(int version - 1) % 3][place] then
                    wrong.Enqueue $"row {place}, version {version}: {reply.StatusCode} {said}"
        }

    let all = [| for number in 1..clients -> Task.Run(fun () -> client number) |]

    for turn in 1..swaps do
        if turn % 4 = 0 then
            File.WriteAllBytes(model, "no model"B)
            let refused = $"version {turn} stays"
            server.WaitFor refused

        replaceModel (fileOf turn) model
        server.WaitFor $"version {turn + 1} is"

        // What a server compiles at its first requests is another matter.
        if turn = swaps / 10 then
            times.Clear()

    over.Cancel()
    Task.WaitAll all
    Expect.equal [] (List.ofSeq (Seq.truncate 3 wrong))
    let sorted = Array.sort (times.ToArray())
    let at share = sorted[min (sorted.Length - 1) (int (share * float sorted.Length))]

    note $"{clients} clients, {swaps} swaps: {sorted.Length} answers, p50 {at 0.5:F2} ms, p99 {at 0.99:F2} ms"

    sorted

let private onLinux () =
    if Elsewhere.program.IsSome || OperatingSystem.IsWindows() then
        skip "the server and its signals are those of this machine, and of POSIX"

let tests =
    workplaceWith "Serve" prepare (fun place ->
        let table = lazy (File.ReadAllText(place.At "rows.csv"))

        [ test "A row, rows and a table are answered as nn predict answers them, to the last digit" (fun () ->
              use server = serve [ place.At "churn" ]
              let expected = expectedRows place "churn" [ "--probabilities" ]

              for row in [ 0..59 ] do
                  Expect.equal (HttpStatusCode.OK, expected[row], "1") (json server (rowOf row))

              let rows = String.Join(',', List.map rowOf [ 0..59 ])

              Expect.equal
                  (HttpStatusCode.OK, compact (predicted place "churn" [ "--probabilities"; "--json" ]), "1")
                  (json server $"[{rows}]")

              for more, query in [ [], ""; [ "--probabilities" ], "?probabilities=true" ] do
                  Expect.equal
                      (HttpStatusCode.OK, predicted place "churn" more, "1")
                      (post server "text/csv" $"/predict{query}" table.Value)

              // Other columns, another order, semicolons and words for missing cells.
              let others =
                  table.Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                  |> Array.mapi (fun place line ->
                      let cells = line.Replace("\"\"", "''").Split ','

                      if place = 0 then
                          "note;since;income;job;age"
                      elif cells.Length > 4 then
                          $"x;{cells[4]};{cells[3]};{cells[1]},{cells[2]};{cells[0]}".Replace("''", "\"\"")
                      else
                          let income = if cells[2] = "" then "n/a" else cells[2]
                          $";{cells[3]};{income};{cells[1]};{cells[0]}")

              Expect.equal
                  (HttpStatusCode.OK, predicted place "churn" [], "1")
                  (post server "text/csv" "/predict" (String.Join("\r\n", others))))
          each
              "Values have the digits of nn predict, and the ends of their intervals"
              [ "worth"; "single" ]
              (fun run ->
                  use server = serve [ place.At run ]
                  let expected = expectedRows place run []
                  Expect.mentions [ "\"low\":"; "\"high\":" ] expected[0]

                  for row in [ 0..59 ] do
                      Expect.equal (HttpStatusCode.OK, expected[row], "1") (json server (rowOf row))

                  Expect.equal
                      (HttpStatusCode.OK, predicted place run [], "1")
                      (post server "text/csv" "/predict" table.Value)

                  let status, said = problem (post server "text/csv" "/predict?probabilities=true" table.Value)
                  Expect.equal 400 status
                  Expect.mentions [ "values" ] said)
          test "Tables are read in the notation of the run, and what it has that they cannot have is told" (fun () ->
              use server = serve [ place.At "abroad" ]
              server.WaitFor "tables are read without --comment of the run"
              let rows = File.ReadAllText(place.At "abroad-rows.csv")

              let expected =
                  InProcess.succeed [ "predict"; place.At "abroad"; place.At "abroad-rows.csv"; "--blas"; "managed" ]

              Expect.equal (HttpStatusCode.OK, expected.Out, "1") (post server "text/csv" "/predict" rows)

              for price, words in [ "1.23", "line 2: column 'price': '1.23' (expected a number)"; "1,5,0", "'1,5,0'" ] do
                  let status, said = problem (post server "text/csv" "/predict" $"price;size;day\n{price};1,5;3\n")
                  Expect.equal (400, price) (status, price)
                  Expect.mentions [ words ] said)
          test "What cannot be answered is a problem with a sentence, and no trace" (fun () ->
              use server = serve [ place.At "churn"; "--max-rows"; "3"; "--max-body"; "1" ]
              let good = rowOf 1
              let changed (before: string) (after: string) = (rowOf 1).Replace(before, after)
              let job = "\"clerk\""

              for kind, body, code, words in
                  [ "application/json", "{", 400, "no JSON"
                    "application/json", "", 400, "no JSON"
                    "application/json", "[]", 400, "there are no rows"
                    "application/json", "3", 400, "an object"
                    "application/json", "[3]", 400, "row 0: is no object"
                    "application/json", """{"age":1,"age":2}""", 400, "age"
                    "application/json", changed job "\"pilot\"", 400, "'pilot' was in no row of training"
                    "application/json", changed job "[1]", 400, "a cell is a number, a text"
                    "application/json", changed job "\"\\ud800\"", 400, "job: is no text"
                    "application/json", changed "\"age\":31" "\"age\":1e999", 400, "not finite"
                    "application/json", changed "\"age\":31" "\"age\":\"old\"", 400, "expected a number"
                    "application/json", changed "\"age\":31" "\"agee\":31", 400, "is 'agee' 'age'?"
                    "application/json", $"[{good},{{}}]", 400, "row 1: no cell for"
                    "application/json", $"[{good},{good},{good},{good}]", 413, "more than 3 rows"
                    "application/json", String(' ', (1 <<< 20) + 1), 413, "larger than 1 MiB"
                    "text/csv", "", 400, "the table is empty"
                    "text/csv", heads, 400, "no rows"
                    "text/csv", $"{heads}\n1,2", 400, "line 2: 2 cells (expected 4"
                    "text/csv", $"{heads}\n\n{cellsOf 1}\n1,\"clerk", 400, "line 4: a quote that is never closed"
                    "text/csv", $"{heads}\n{cellsOf 1}\nx,clerk,1,2020-01-01", 400, "line 3: column 'age': 'x'"
                    "text/csv", $"{heads},age\n{cellsOf 1},1", 400, "column 'age' is there 2 times"
                    "text/csv", $"age,income\n1,2", 400, "no cell for"
                    "text/csv", String.Join('\n', heads :: List.map cellsOf [ 1..4 ]), 413, "more than 3 rows"
                    "text/csv", String(',', 20_000), 400, "line 1: more than 10000 cells"
                    "text/plain", good, 415, "text/plain is not read" ] do
                  let status, said = problem (post server kind "/predict" body)
                  Expect.equal (code, kind, body) (status, kind, body)
                  Expect.mentions [ words ] said
                  Expect.that (not (said.Contains "   at ") && not (said.Contains "Exception")) said

              // A name of somebody else's for this machine.
              let named (host: string) =
                  use request = new HttpRequestMessage(HttpMethod.Get, "/openapi.json")
                  request.Headers.Host <- host
                  use reply = await (server.Client.SendAsync request)
                  int reply.StatusCode

              let hosts = [ "evil.example"; $"evil.example:{server.Port}"; $"localhost:{server.Port}"; "[::1]" ]
              Expect.equal [ 421; 421; 200; 200 ] (List.map named hosts)

              let bare (method: HttpMethod) (path: string) =
                  use request = new HttpRequestMessage(method, path)
                  use reply = await (server.Client.SendAsync request)
                  problem (reply.StatusCode, await (reply.Content.ReadAsStringAsync()), "") |> fst

              Expect.equal 404 (bare HttpMethod.Get "/nothing")
              Expect.equal 405 (bare HttpMethod.Get "/predict")
              Expect.equal 405 (bare HttpMethod.Delete "/")
              Expect.equal 415 (bare HttpMethod.Post "/predict")
              Expect.equal 400 (problem (post server "application/json" "/predict?x=1" good) |> fst)
              // It has not lost its way.
              let status, _, _ = json server good
              Expect.equal HttpStatusCode.OK status)
          test "The document, the page, health and metrics are those of the model" (fun () ->
              use server = serve [ place.At "churn" ]
              json server (rowOf 1) |> ignore
              json server "{" |> ignore
              let document = JsonDocument.Parse(get server "/openapi.json").RootElement
              Expect.equal "3.1.0" (string (document.GetProperty "openapi"))
              Expect.equal "churn" (string (document.GetProperty("info").GetProperty "title"))
              let components = document.GetProperty("components").GetProperty "schemas"
              let row = components.GetProperty("Row").GetProperty "properties"
              Expect.equal (List.ofArray (heads.Split ',')) [ for column in row.EnumerateObject() -> column.Name ]
              // Every reference leads somewhere, and what is answered is as it is described.
              let rec references (element: JsonElement) : string list =
                  match element.ValueKind with
                  | JsonValueKind.Object ->
                      [ for one in element.EnumerateObject() do
                            if one.Name = "$ref" then
                                string one.Value

                            yield! references one.Value ]
                  | JsonValueKind.Array ->
                      [ for one in element.EnumerateArray() do
                            yield! references one ]
                  | _ -> []

              for reference in references document do
                  let name = reference.Replace("#/components/schemas/", "")
                  Expect.that (fst (components.TryGetProperty name)) reference

              let prediction = components.GetProperty("Prediction").GetProperty "required"
              let _, said, _ = json server (rowOf 1)

              Expect.equal
                  [ for name in prediction.EnumerateArray() -> string name ]
                  [ for field in JsonDocument.Parse(said).RootElement.EnumerateObject() -> field.Name ]

              let page = get server "/"

              Expect.mentions
                  [ "name=\"income\""; "type=\"date\""; "prefers-color-scheme: dark"; "type=\"file\"" ]
                  page

              Expect.that
                  (not (page.Contains "http://" || page.Contains "https://" || page.Contains "src="))
                  "it asks others"

              let health = JsonDocument.Parse(get server "/health").RootElement
              Expect.equal ("ok", 1) (string (health.GetProperty "status"), health.GetProperty("version").GetInt32())
              use reply = await (server.Client.GetAsync "/metrics")
              Expect.equal "text/plain; version=0.0.4; charset=utf-8" (string reply.Content.Headers.ContentType)
              let metrics = await (reply.Content.ReadAsStringAsync())
              Expect.that (metrics.EndsWith "\n" && not (metrics.Contains "\r")) "ends of lines"
              let lines = List.ofArray (metrics.Split('\n', StringSplitOptions.RemoveEmptyEntries))

              for line in
                  [ "nn_serve_requests_total{path=\"/predict\",status=\"200\"} 2"
                    "nn_serve_requests_total{path=\"/predict\",status=\"400\"} 1"
                    "nn_serve_rows_total 2"
                    "nn_serve_predict_seconds_bucket{le=\"+Inf\"} 2"
                    "nn_serve_predict_seconds_count 2"
                    "nn_serve_model_version 1" ] do
                  Expect.that (List.contains line lines) $"no '{line}' in {metrics}"

              // A name is described once, before its samples, and is no other's.
              let typed =
                  [ for line in lines do
                        if line.StartsWith "# TYPE " then
                            (line.Split ' ')[2] ]

              Expect.equal typed (List.distinct typed)

              for line in lines do
                  if not (line.StartsWith "#") then
                      let name = (line.Split [| '{'; ' ' |])[0]
                      let family = Text.RegularExpressions.Regex.Replace(name, "_(bucket|sum|count)$", "")
                      Expect.that (List.contains name typed || List.contains family typed) line

              let buckets =
                  [ for line in lines do
                        if line.StartsWith "nn_serve_predict_seconds_bucket" then
                            int ((line.Split ' ')[1]) ]

              Expect.equal (List.sort buckets) buckets)
          test "Another model is taken when its file is replaced, and a bad one is refused" (fun () ->
              let live = place.At "live"
              Directory.CreateDirectory live |> ignore
              let model = Path.Combine(live, "model.safetensors")
              let fileOf (run: string) = Path.Combine(place.At run, "model.safetensors")
              File.Copy(fileOf "churn", model)
              use server = serve [ live; "--watch" ]
              let first = expectedRows place "churn" [ "--probabilities" ]
              let second = expectedRows place "other" [ "--probabilities" ]
              Expect.equal (HttpStatusCode.OK, first[1], "1") (json server (rowOf 1))
              File.WriteAllBytes(model, "no model"B)
              server.WaitFor "version 1 stays"
              Expect.equal (HttpStatusCode.OK, first[1], "1") (json server (rowOf 1))
              let refused = JsonDocument.Parse(get server "/health").RootElement.GetProperty "refused"
              Expect.mentions [ "version 1 stays" ] (string refused)
              Expect.mentions [ "nn_serve_models_refused_total 1\n" ] (get server "/metrics")
              replaceModel (fileOf "double") model
              server.WaitFor "its numbers are float64"
              replaceModel (fileOf "other") model
              server.WaitFor "version 2 is"
              Expect.equal (HttpStatusCode.OK, second[1], "2") (json server (rowOf 1))
              let health = JsonDocument.Parse(get server "/health").RootElement
              Expect.equal JsonValueKind.Null (health.GetProperty("refused").ValueKind))
          test "A signal ends it once what is asked has been answered, with the code of other commands" (fun () ->
              onLinux ()
              use server = serve [ place.At "churn" ]
              let expected = (expectedRows place "churn" [ "--probabilities" ])[1]
              use slow = new TcpClient("127.0.0.1", server.Port)
              use stream = slow.GetStream()
              let body = Encoding.UTF8.GetBytes(rowOf 1)

              let head =
                  $"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"

              stream.Write(Encoding.ASCII.GetBytes head)
              stream.Write(body, 0, 5)
              // It is under way once it is counted.
              let isUnderWay () = (get server "/metrics").Contains "nn_serve_requests_under_way 1\n"
              Expect.that (SpinWait.SpinUntil(isUnderWay, 60_000)) "not under way"
              Started.signal "TERM" server.Process
              // What follows at once is the same one: a terminal tells nn, too, which passes it on.
              Started.signal "TERM" server.Process
              server.WaitFor "stopping"
              stream.Write(body, 5, body.Length - 5)
              use reader = new StreamReader(stream)
              Expect.mentions [ "HTTP/1.1 200 OK"; expected ] (reader.ReadToEnd())
              Expect.that (server.Process.WaitForExit 60_000) "it goes on"
              Expect.equal 143 server.Process.ExitCode)
          test "A second signal a while later ends it at once" (fun () ->
              onLinux ()
              use server = serve [ place.At "churn" ]
              use slow = new TcpClient("127.0.0.1", server.Port)
              use stream = slow.GetStream()

              let head =
                  "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"

              stream.Write(Encoding.ASCII.GetBytes head)
              let isUnderWay () = (get server "/metrics").Contains "nn_serve_requests_under_way 1\n"
              Expect.that (SpinWait.SpinUntil(isUnderWay, 60_000)) "not under way"
              Started.signal "TERM" server.Process
              server.WaitFor "stopping"
              Thread.Sleep 1_500
              let began = Stopwatch.GetTimestamp()
              Started.signal "TERM" server.Process
              Expect.that (server.Process.WaitForExit 60_000) "it goes on"
              // The body has 30 seconds.
              Expect.that ((Stopwatch.GetElapsedTime began).TotalSeconds < 20.0) "it waited for the body")
          test "What it cannot begin with is one line and a code" (fun () ->
              let outcome (arguments: string list) =
                  CommandLine.finish (CommandLine.startWords [] place.Folder ([ "dotnet"; built ] @ arguments))

              use other = serve [ place.At "churn" ]

              for arguments, code, words in
                  [ [], 2, "RUN: missing"
                    [ "churn"; "--prot"; "1" ], 2, "--prot: unknown option (did you mean --port?)"
                    [ "churn"; "--port"; "70000" ], 2, "--port: 70000 (must be a whole number from 0 to 65535)"
                    [ "churn"; "--host"; "example" ], 2, "--host: example (must be an address"
                    [ "none" ], 3, "none: no such model"
                    [ "rows.csv" ], 3, "rows.csv: "
                    [ "churn"; "--port"; string other.Port ], 4, $"--port: {other.Port} is taken" ] do
                  let found = outcome arguments
                  Expect.equal (code, arguments) (found.Code, arguments)
                  let last = Array.last (found.Error.Trim().Split '\n')
                  Expect.that (last.StartsWith($"nn-serve: error: {words}", StringComparison.Ordinal)) found.Error)
          test "nn serve hands over its words, its signals and the exit code" (fun () ->
              onLinux ()
              let known = Environment.GetEnvironmentVariable "PATH"
              let path = $"{Path.GetDirectoryName built}:{known}"
              let words = [ "serve"; place.At "churn"; "--port"; "0"; "--json"; "--max-rows"; "1" ]

              use server =
                  new Server(CommandLine.startWith [ "PATH", path; "HOME", place.At "nobody" ] place.Folder words)

              Expect.equal 413 (problem (json server $"[{rowOf 1},{rowOf 1}]") |> fst)
              Started.signal "TERM" server.Process
              Expect.that (server.Process.WaitForExit 60_000) "it goes on"
              Expect.equal 143 server.Process.ExitCode
              server.Ended()
              Expect.equal 1 (server.Said |> List.filter _.Contains("stopping")).Length)
          test "Without a server that starts nn serve says in a line what to do" (fun () ->
              onLinux ()
              let folder = place.At "empty"
              Directory.CreateDirectory folder |> ignore
              let dotnet = Path.GetDirectoryName(nonNull Environment.ProcessPath)

              let outcome () =
                  CommandLine.runWith
                      [ "HOME", folder; "PATH", $"{folder}:{dotnet}:/usr/bin:/bin" ]
                      place.Folder
                      [ "serve"; "churn" ]

              let without = outcome ()
              Expect.equal 4 without.Code

              Expect.equal
                  "nn: error: serve: nn-serve is not installed (dotnet tool install NeuralNetwork.Server --global installs it)"
                  (without.Error.Trim())

              let program = Path.Combine(folder, "nn-serve")
              File.WriteAllText(program, "\127\000no program")
              File.SetUnixFileMode(program, UnixFileMode.UserRead ||| UnixFileMode.UserExecute)
              let broken = outcome ()
              Expect.equal 4 broken.Code
              Expect.mentions [ $"{program}: cannot be started from here: " ] broken.Error
              Expect.equal 1 (broken.Error.Trim().Split '\n').Length)
          test "8 clients get the answers of one model each time while it is replaced 8 times" (fun () ->
              underSwaps place 8 8 |> ignore) ])

let deep =
    workplaceWith "ServeDeep" prepare (fun place ->
        [ test
              "64 clients get the answers of one model each time while it is replaced 100 times, 99 of 100 within five times the median"
              (fun () ->
                  let times = underSwaps place 64 100
                  let at share = times[int (share * float times.Length)]
                  Expect.atMost (5.0 * at 0.5) (at 0.99)) ])
    |> alone
