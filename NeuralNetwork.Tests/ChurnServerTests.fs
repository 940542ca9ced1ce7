/// The sample server of a table's model, asked over HTTP while its model is replaced.
module NeuralNetwork.Tests.ChurnServerTests

open System
open System.IO
open System.Net
open System.Net.Http
open System.Text
open System.Text.Json
open NeuralNetwork
open SampleTests
open ModelSourceTests

let private await (task: System.Threading.Tasks.Task<'T>) = task.GetAwaiter().GetResult()

/// Runs an action against the server of a model's file, on a port that is free. The action may wait for words in its log.
let private serving (content: byte[]) (act: string -> HttpClient -> (string -> unit) -> unit) =
    let folder = Directory.CreateTempSubdirectory("churn-").FullName
    let path = Path.Combine(folder, "churn.safetensors")
    File.WriteAllBytes(path, content)
    use server = startWith [] [ built "ChurnServer"; "--model"; path; "--urls"; "http://127.0.0.1:0" ]
    let errors = server.StandardError.ReadToEndAsync()

    // Two minutes are a hundred times what any line takes: nothing but words that never come takes longer.
    let rec logged (words: string) =
        match server.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes 2.0).GetAwaiter().GetResult() with
        | null -> Expect.fail $"the server ended: {errors.Result}"
        | line when line.Contains(words, StringComparison.Ordinal) -> line
        | _ -> logged words

    try
        // The model comes before anything listens.
        logged "Model churn: version 1 is" |> ignore
        let line = logged "Now listening on: "
        let address = line.Substring(line.IndexOf("http", StringComparison.Ordinal))
        use client = new HttpClient(BaseAddress = Uri address)
        act path client (logged >> ignore)
    finally
        server.Kill()
        server.WaitForExit()
        Directory.Delete(folder, true)

let private post (client: HttpClient) (json: string) : HttpStatusCode * string =
    use reply = await (client.PostAsync("/churn", new StringContent(json, Encoding.UTF8, "application/json")))
    reply.StatusCode, await (reply.Content.ReadAsStringAsync())

let private nurse = """{ "job": "nurse", "age": 41, "income": null }"""

/// What the library says of the nurse.
let private expected (model: Model<float32>) : string =
    let row = dict [ "job", RowCell.Of "nurse"; "age", RowCell.Of 41.0; "income", RowCell.Missing ]
    let found = model.Classify(Collections.Generic.Dictionary row)
    JsonSerializer.Serialize(found, JsonSerializerOptions JsonSerializerDefaults.Web)

let private program = File.ReadAllText(Path.Combine(Machines.repository, "samples/ChurnServer/Program.cs"))

let tests =
    group
        "ChurnServer"
        [ test "The server answers rows by name with its model, and with the next one as soon as it is there" (fun () ->
              serving (bytes (churn 1UL)) (fun path client waitFor ->
                  Expect.equal (HttpStatusCode.OK, expected (churn 1UL)) (post client nurse)
                  put path (bytes (churn 2UL))
                  waitFor "Model churn: version 2 is"
                  Expect.equal (HttpStatusCode.OK, expected (churn 2UL)) (post client nurse)
                  put path "no model"B
                  waitFor "version 2 stays"
                  Expect.equal (HttpStatusCode.OK, expected (churn 2UL)) (post client nurse)))
          test "A row that the model has no answer for is refused with a sentence" (fun () ->
              serving (bytes (churn 1UL)) (fun _ client _ ->
                  let refused (words: string) (json: string) =
                      let status, said = post client json
                      Expect.equal HttpStatusCode.BadRequest status
                      Expect.mentions [ words ] said

                  refused "no cell for 'age'" """{ "job": "nurse", "income": 1 }"""
                  refused "was in no row of training" """{ "job": "pilot", "age": 41, "income": 1 }"""
                  refused "is missing" """{ "job": "nurse", "age": null, "income": 1 }"""
                  Expect.equal HttpStatusCode.BadRequest (fst (post client "{"))))
          test "A model that has no classes, or whose columns have no names, does not come in" (fun () ->
              serving (bytes (churn 1UL)) (fun path client waitFor ->
                  let values = Network.Input(4).Dense(1).Init<float32>(1UL).With((churn 1UL).Preprocessing, [||])
                  let nameless = (churn 2UL).With(Preprocessing.None, (churn 2UL).Labels)

                  for other in [ values; nameless ] do
                      put path (bytes other)
                      waitFor "version 1 stays: expected are classes and columns with names"
                      Expect.equal (HttpStatusCode.OK, expected (churn 1UL)) (post client nurse)
                      Expect.mentions [ "name=\"income\"" ] (await (client.GetStringAsync "/"))))
          test "The document and the page are those of the model" (fun () ->
              serving (bytes (churn 1UL)) (fun _ client _ ->
                  let page = await (client.GetStringAsync "/")
                  Expect.mentions [ "name=\"income\""; "<option value=\"nurse\">nurse</option>" ] page

                  Expect.that
                      (not (page.Contains "http://" || page.Contains "https://" || page.Contains "src="))
                      "it asks others"

                  use document = JsonDocument.Parse(await (client.GetStringAsync "/openapi.json"))
                  let schemas = document.RootElement.GetProperty("components").GetProperty("schemas")
                  let row = schemas.GetProperty("Row").GetProperty("properties")
                  Expect.equal [ "age"; "income"; "job" ] [ for column in row.EnumerateObject() -> column.Name ]))
          test "Its program has at most 30 lines, and is the one on the page about serving" (fun () ->
              let lines (text: string) =
                  [ for line in text.Split '\n' do
                        if line.Trim() <> "" && not (line.StartsWith "//") then
                            line ]

              Expect.atMost 30 (lines program).Length
              Expect.equal (lines program) (lines (SnippetTests.code "csharp" "docs/serving.md"))) ]
