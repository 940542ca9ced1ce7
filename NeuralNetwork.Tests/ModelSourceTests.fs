/// Models that live in an app: added to its services, watched and replaced.
module NeuralNetwork.Tests.ModelSourceTests

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Threading
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Primitives
open NeuralNetwork
open NeuralNetwork.Extensions
open NeuralNetwork.Plans

/// A model of a table: the same columns, other numbers from every seed.
let internal churn (seed: uint64) : Model<float32> =
    Network
        .Input(4)
        .Dense(16, Activation.Tanh)
        .Dense(2)
        .With(Loss.SoftmaxCrossEntropy)
        .Init<float32>(seed)
        .With(
            Preprocessing.Named(
                Column.Number("age", nan),
                Column.Number("income", 2500.0),
                Column.Category("job", [| "clerk"; "nurse" |])
            ),
            [| "stays"; "leaves" |]
        )

let internal bytes (model: Model<'T>) : byte[] =
    use stream = new MemoryStream()
    model.Save stream
    stream.ToArray()

/// Puts a file there at once, as `nn` does.
let internal put (path: string) (content: byte[]) : unit =
    let next = path + ".next"
    File.WriteAllBytes(next, content)
    File.Move(next, path, true)

/// Lines of a log.
type internal Lines() =
    let lines = ConcurrentQueue<LogLevel * string>()

    member _.Of(level: LogLevel) : string list =
        [ for found, line in lines do
              if found = level then
                  line ]

    member _.Clear() : unit = lines.Clear()

    /// Whether a line is an exception for whoever writes it.
    member val Fails = false with get, set

    interface ILogger with
        member _.IsEnabled _ = true
        member _.BeginScope _ = null

        member log.Log(level, _, state, error, formatter) =
            if log.Fails then
                invalidOp "no line can be written"

            lines.Enqueue(level, formatter.Invoke(state, error))

    interface ILoggerFactory with
        member lines.CreateLogger _ = lines
        member _.AddProvider _ = ()
        member _.Dispose() = ()

/// Until something is so. Two minutes are a thousand times what anything here takes.
let internal until (what: string) (isSo: unit -> bool) : unit =
    let began = Stopwatch.StartNew()

    while not (isSo ()) do
        Expect.that (began.Elapsed < TimeSpan.FromMinutes 2.0) $"in vain: {what}"
        Thread.Sleep 1

/// A clock that stands still.
type private Standing(now: DateTimeOffset) =
    inherit TimeProvider()
    override _.GetUtcNow() = now

/// A clock that may fail.
type private Failing() =
    inherit TimeProvider()
    member val Fails = false with get, set

    override clock.GetUtcNow() = if clock.Fails then raise (NotSupportedException "no time") else DateTimeOffset.UtcNow

/// An app with a model, whose file lies in a folder of its own.
type internal App(content: byte[], configure: ModelOptions<float32> -> unit, clock: TimeProvider) =
    let folder = Directory.CreateTempSubdirectory("model-").FullName
    let path = Path.Combine(folder, "churn.safetensors")
    let log = new Lines()
    do File.WriteAllBytes(path, content)

    let provider =
        ServiceCollection()
            .AddSingleton<ILoggerFactory>(log)
            .AddSingleton<TimeProvider>(clock)
            .AddModel<float32>(
                "churn",
                path,
                fun options ->
                    options.Debounce <- TimeSpan.FromMilliseconds 10.0
                    configure options
            )
            .BuildServiceProvider()

    new(content, configure) = new App(content, configure, TimeProvider.System)
    member _.Folder = folder
    member _.Path = path
    member _.Log = log
    member _.Provider = provider
    member _.Source = provider.GetRequiredKeyedService<IModelSource<float32>> "churn"
    member _.Refusals = log.Of LogLevel.Warning

    interface IDisposable with
        member _.Dispose() =
            provider.Dispose()
            Directory.Delete(folder, true)

let private watched (options: ModelOptions<float32>) = options.Watch <- true

/// The source has the version, and it is that model.
let private expectAt (version: int) (model: Model<float32>) (source: IModelSource<float32>) : unit =
    until $"version {version}" (fun () -> source.Loaded.Version >= version)
    Expect.equal version source.Loaded.Version
    Expect.sameBits "numbers" model.Parameters.Values source.Current.Parameters.Values

let private row = [| 40f; 2000f; 0f; 1f |]

let private names = ServiceCollection().AddModel<float32>("churn", "somewhere")

let tests =
    group
        "ModelSource"
        [ test "A model is found by its name, and without one the last that was added" (fun () ->
              use app = new App(bytes (churn 1UL), ignore)
              let other = Path.Combine(app.Folder, "other")
              File.WriteAllBytes(other, bytes (churn 2UL))

              use provider =
                  ServiceCollection()
                      .AddModel<float32>("churn", app.Path)
                      .AddModel<float32>("other", other)
                      .BuildServiceProvider()

              let by (name: string) = provider.GetRequiredKeyedService<IModelSource<float32>> name
              expectAt 1 (churn 1UL) (by "churn")
              expectAt 1 (churn 2UL) (by "other")
              Expect.equal ("churn", "other") ((by "churn").Name, (by "other").Name)
              let last = provider.GetRequiredService<IModelSource<float32>>()
              Expect.that (obj.ReferenceEquals(last, by "other")) "another source"
              let all = provider.GetServices<IModelSource<float32>>()
              Expect.equal [ "churn"; "other" ] [ for source in all -> source.Name ])
          test "What cannot be added is refused by its name" (fun () ->
              let refused (words: string list) (add: IServiceCollection -> unit) =
                  Expect.mentions words (Expect.raises<ArgumentException>(fun () -> add names)).Message

              refused [ "churn"; "already" ] (fun services -> services.AddModel<float32>("churn", "b") |> ignore)
              refused [ "name" ] (fun services -> services.AddModel<float32>(" ", "b") |> ignore)
              refused [ "path" ] (fun services -> services.AddModel<float32>("b", "") |> ignore)

              refused [ "Debounce" ] (fun services ->
                  services.AddModel<float32>("b", "c", fun options -> options.Debounce <- TimeSpan.Zero) |> ignore)

              refused [ "PollInterval" ] (fun services ->
                  services.AddModel<float32>("b", "c", fun options -> options.PollInterval <- TimeSpan.MaxValue)
                  |> ignore)
              // Of other numbers it is another service.
              ServiceCollection().AddModel<float32>("churn", "a").AddModel<float>("churn", "a") |> ignore)
          test "A host that starts has the model read, and warmed up, before anything else" (fun () ->
              use app = new App(bytes (churn 1UL), fun options -> options.WarmUp <- true)
              Expect.equal [] (app.Log.Of LogLevel.Information)

              for service in app.Provider.GetServices<IHostedService>() do
                  (service :?> IHostedLifecycleService).StartingAsync(CancellationToken.None).Wait()

              match app.Log.Of LogLevel.Information with
              | [ warmed; loaded ] ->
                  Expect.mentions [ "Model churn"; "the first answer took" ] warmed
                  Expect.mentions [ "Model churn: version 1"; "4 inputs"; app.Path ] loaded
              | other -> Expect.fail $"%A{other}")
          test
              "A file that is no model, or is not there, is an exception that says so where the model is asked for first"
              (fun () ->
                  use app = new App([| 1uy; 2uy; 3uy |], watched)
                  let error = Expect.raises<InvalidDataException>(fun () -> app.Source |> ignore)
                  Expect.mentions [ "'churn'"; app.Path ] error.Message
                  File.Delete app.Path
                  Expect.raises<FileNotFoundException>(fun () -> app.Source |> ignore) |> ignore)
          test "A file that is renamed onto the model's replaces it, and whoever has the old one keeps it" (fun () ->
              use app = new App(bytes (churn 1UL), watched)
              let source, times = app.Source, ref 0
              let old = source.Current
              let expected = old.Predict(ReadOnlySpan row)

              use _ =
                  ChangeToken.OnChange(
                      (fun () -> source.GetChangeToken()),
                      Action(fun () -> times.Value <- times.Value + 1)
                  )

              expectAt 1 (churn 1UL) source
              put app.Path (bytes (churn 2UL))
              expectAt 2 (churn 2UL) source
              put app.Path (bytes (churn 3UL))
              expectAt 3 (churn 3UL) source
              until "the second token" (fun () -> times.Value = 2)
              Expect.sameBits "of the old one" expected (old.Predict(ReadOnlySpan row))
              Expect.that (source.Loaded.LoadedAt <= DateTimeOffset.UtcNow) "from the future"
              Expect.equal [] app.Refusals)
          test "A file that is written anew in its place replaces the model" (fun () ->
              use app = new App(bytes (churn 1UL), watched)
              let source = app.Source
              File.WriteAllBytes(app.Path, bytes (churn 2UL))
              expectAt 2 (churn 2UL) source)
          test "Without Watch the model stays, whatever becomes of its file" (fun () ->
              use app =
                  new App(bytes (churn 1UL), fun options -> options.PollInterval <- TimeSpan.FromMilliseconds 5.0)

              let source = app.Source
              put app.Path (bytes (churn 2UL))
              Thread.Sleep 100
              expectAt 1 (churn 1UL) source)
          test "A source that is disposed of takes nothing any more" (fun () ->
              let app = new App(bytes (churn 1UL), watched)
              let source = app.Source
              app.Provider.Dispose()
              put app.Path (bytes (churn 2UL))
              Thread.Sleep 100
              expectAt 1 (churn 1UL) source
              (app :> IDisposable).Dispose())
          eachNamed
              "A bad file keeps the old model and is a line in the log, and the next good one is taken"
              [ "empty", (fun _ -> [||])
                "half of it", (fun (good: byte[]) -> good[.. good.Length / 2])
                "one bit changed",
                (fun good ->
                    let changed = Array.copy good
                    changed[good.Length - 5] <- changed[good.Length - 5] ^^^ 1uy
                    changed)
                "text", (fun _ -> "a model, some day"B)
                "the first half of one and the second of another",
                (fun good ->
                    let other = bytes (churn 9UL)
                    Array.append good[.. good.Length / 2] other[good.Length / 2 + 1 ..]) ]
              (fun (spoil: byte[] -> byte[]) ->
                  use app = new App(bytes (churn 1UL), watched)
                  let source = app.Source
                  put app.Path (spoil (bytes (churn 2UL)))
                  until "a refusal" (fun () -> not app.Refusals.IsEmpty)
                  expectAt 1 (churn 1UL) source
                  put app.Path (bytes (churn 3UL))
                  expectAt 2 (churn 3UL) source

                  match app.Refusals with
                  | [ line ] -> Expect.mentions [ "churn"; app.Path; "version 1 stays" ] line
                  | other -> Expect.fail $"%A{other}")
          test "A file that is gone is a line in the log, once, and the model stays until there is another" (fun () ->
              let isOften (options: ModelOptions<float32>) =
                  options.Watch <- true
                  options.PollInterval <- TimeSpan.FromMilliseconds 5.0

              use app = new App(bytes (churn 1UL), isOften)
              let source = app.Source
              File.Delete app.Path
              until "a refusal" (fun () -> not app.Refusals.IsEmpty)
              Thread.Sleep 100
              expectAt 1 (churn 1UL) source
              Expect.equal 1 app.Refusals.Length
              put app.Path (bytes (churn 2UL))
              expectAt 2 (churn 2UL) source)
          test "A model that the app complains of is refused with its sentence" (fun () ->
              let complaining (options: ModelOptions<float32>) =
                  options.Watch <- true

                  options.Complaint <-
                      Func<_, _>(fun model -> if model.Labels.Length = 2 then null else "expected are two classes")

              use app = new App(bytes (churn 1UL), complaining)
              let source = app.Source
              put app.Path (bytes ((churn 2UL).With(Preprocessing.None, [||])))
              until "a refusal" (fun () -> not app.Refusals.IsEmpty)
              Expect.mentions [ "expected are two classes" ] app.Refusals.Head
              expectAt 1 (churn 1UL) source)
          test "The same bytes again are no new version" (fun () ->
              use app = new App(bytes (churn 1UL), watched)
              let source = app.Source
              put app.Path (bytes (churn 1UL))
              put app.Path "no model"B
              until "a refusal" (fun () -> not app.Refusals.IsEmpty)
              put app.Path (bytes (churn 1UL))
              Thread.Sleep 100
              expectAt 1 (churn 1UL) source)
          test "What is written slowly is taken once it is whole" (fun () ->
              use app = new App(bytes (churn 1UL), watched)
              let source, content = app.Source, bytes (churn 2UL)

              (use file = File.Create app.Path

               for part in Array.chunkBySize (content.Length / 5 + 1) content do
                   Expect.sameBits "numbers" (churn 1UL).Parameters.Values source.Current.Parameters.Values
                   file.Write part
                   file.Flush()
                   Thread.Sleep 30)

              expectAt 2 (churn 2UL) source)
          test "What is written in many small parts, quickly, is read once: nothing is refused" (fun () ->
              let patient (options: ModelOptions<float32>) =
                  options.Watch <- true
                  // No look without an event falls among the parts.
                  options.PollInterval <- TimeSpan.FromDays 1.0
                  options.Debounce <- TimeSpan.FromSeconds 1.0

              use app = new App(bytes (churn 1UL), patient)
              let source, content = app.Source, bytes (churn 2UL)

              (use file = File.Create app.Path

               for part in Array.splitInto 60 content do
                   file.Write part
                   file.Flush()
                   Thread.Sleep 1)

              expectAt 2 (churn 2UL) source
              Expect.equal [] app.Refusals)
          test "A file that is never quiet is read all the same" (fun () ->
              let patient (options: ModelOptions<float32>) =
                  options.Watch <- true
                  options.PollInterval <- TimeSpan.FromDays 1.0
                  options.Debounce <- TimeSpan.FromMilliseconds 100.0

              use app = new App(bytes (churn 1UL), patient)
              let source, content = app.Source, bytes (churn 2UL)
              put app.Path content
              // The first byte again and again, which stays what it is.
              until "version 2" (fun () ->
                  use file = new FileStream(app.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)
                  file.WriteByte content[0]
                  source.Loaded.Version = 2)

              expectAt 2 (churn 2UL) source)
          test "A file longer than any array is refused with a sentence, once" (fun () ->
              let isOften (options: ModelOptions<float32>) =
                  options.Watch <- true
                  options.PollInterval <- TimeSpan.FromMilliseconds 5.0

              use app = new App(bytes (churn 1UL), isOften)
              let source, next = app.Source, Path.Combine(app.Folder, "next")

              (use file = File.Create next
               // A hole: nothing of it is on the disk.
               file.SetLength(int64 Array.MaxLength + 1L))

              File.Move(next, app.Path, true)
              until "a refusal" (fun () -> not app.Refusals.IsEmpty)
              Thread.Sleep 100
              Expect.equal 1 app.Refusals.Length
              Expect.mentions [ "version 1 stays"; "at most 2147483591 bytes" ] app.Refusals.Head
              let start () = ServiceCollection().AddModel<float32>("long", app.Path).BuildServiceProvider()
              use provider = start ()
              let ask () = provider.GetRequiredService<IModelSource<float32>>() |> ignore
              Expect.mentions [ "'long'"; "at most" ] (Expect.raises<InvalidDataException> ask).Message
              put app.Path (bytes (churn 2UL))
              expectAt 2 (churn 2UL) source)
          |> onUnix "files with holes need a call of their own there"
          test "Whatever fails in a look is said, and the next look comes all the same" (fun () ->
              let isOften (options: ModelOptions<float32>) =
                  options.Watch <- true
                  options.PollInterval <- TimeSpan.FromMilliseconds 5.0

              let clock = Failing()
              use app = new App(bytes (churn 1UL), isOften, clock)
              let source = app.Source
              clock.Fails <- true
              put app.Path (bytes (churn 2UL))
              until "a refusal" (fun () -> not app.Refusals.IsEmpty)
              Thread.Sleep 100
              Expect.equal 1 app.Refusals.Length
              Expect.mentions [ "version 1 stays"; "no time" ] app.Refusals.Head
              expectAt 1 (churn 1UL) source
              clock.Fails <- false
              expectAt 2 (churn 2UL) source)
          test "A log that fails keeps no model from coming, nor the tokens from firing" (fun () ->
              use app = new App(bytes (churn 1UL), watched)
              let source = app.Source
              let token = source.GetChangeToken()
              app.Log.Fails <- true
              put app.Path (bytes (churn 2UL))
              expectAt 2 (churn 2UL) source
              until "the token" (fun () -> token.HasChanged)
              put app.Path "no model"B
              Thread.Sleep 100
              put app.Path (bytes (churn 3UL))
              expectAt 3 (churn 3UL) source)
          // As volumes of configuration are exchanged: the file is a link to a link to a folder.
          each
              "Where no event comes, a look finds the other file, of the same length and time, too"
              [ 0.0; 3.0 ]
              (fun (seconds: float) ->
                  let polled (options: ModelOptions<float32>) =
                      options.Watch <- true
                      options.PollInterval <- TimeSpan.FromMilliseconds 20.0

                  let now = DateTimeOffset.UtcNow
                  use app = new App([||], polled, Standing now)
                  File.Delete app.Path

                  for seed in [ 1UL; 2UL ] do
                      let folder = Directory.CreateDirectory(Path.Combine(app.Folder, $"of {seed}")).FullName
                      let file = Path.Combine(folder, "model")
                      File.WriteAllBytes(file, bytes (churn seed))
                      File.SetLastWriteTimeUtc(file, now.UtcDateTime.AddSeconds(seconds * float seed))

                  let link name target = File.CreateSymbolicLink(Path.Combine(app.Folder, name), target) |> ignore
                  link "data" "of 1"
                  link (string (Path.GetFileName app.Path)) "data/model"
                  let source = app.Source
                  expectAt 1 (churn 1UL) source
                  File.Delete(Path.Combine(app.Folder, "data"))
                  link "data" "of 2"
                  expectAt 2 (churn 2UL) source)
          |> onUnix "links need a privilege there"
          test "What fails at a change is said, and the next change comes all the same" (fun () ->
              use app = new App(bytes (churn 1UL), watched)
              let source = app.Source

              source.GetChangeToken().RegisterChangeCallback((fun _ -> invalidOp "on purpose"), null) |> ignore

              put app.Path (bytes (churn 2UL))
              until "an error" (fun () -> not (app.Log.Of LogLevel.Error).IsEmpty)
              put app.Path (bytes (churn 3UL))
              expectAt 3 (churn 3UL) source)
          test "The document names the columns, what may be missing, and the classes" (fun () ->
              use document = System.Text.Json.JsonDocument.Parse((churn 1UL).OpenApi("Churn", "/churn"))
              let schemas = document.RootElement.GetProperty("components").GetProperty("schemas")
              let row = schemas.GetProperty("Row")
              let column (name: string) = row.GetProperty("properties").GetProperty(name).GetRawText()
              let text (json: string | null) = String.filter (Char.IsWhiteSpace >> not) (string json)
              Expect.equal "3.1.0" (string (document.RootElement.GetProperty("openapi").GetString()))
              Expect.equal """["age","income","job"]""" (text (row.GetProperty("required").GetRawText()))
              Expect.equal """{"type":"number"}""" (text (column "age"))
              Expect.equal """{"type":["number","null"]}""" (text (column "income"))
              Expect.equal """{"enum":["clerk","nurse"]}""" (text (column "job"))
              Expect.mentions [ "\"stays\""; "\"leaves\"" ] (schemas.GetProperty("Answer").GetRawText())
              document.RootElement.GetProperty("paths").GetProperty("/churn").GetProperty("post") |> ignore
              let none = Network.Input(1).Dense(1).Init<float32>(1UL)
              Expect.raises<InvalidOperationException>(fun () -> none.OpenApi("a", "/b") |> ignore) |> ignore)
          test
              "Dates come from a calendar, open categories are free text, and what the page sends has an answer"
              (fun () ->
                  let columns =
                      Preprocessing.Named(
                          Column.Date("hired", false, false, [||]),
                          Column.Date("seen", false, true, Array.zeroCreate 9),
                          Column.OpenCategory("town", [| "Rome" |], true)
                      )

                  let model = Network.Input(18).Dense(1).Init<float32>(1UL).With(columns, [||])

                  Expect.mentions
                      [ "<input type=\"date\" name=\"hired\" required>"
                        "<input type=\"datetime-local\" name=\"seen\">"
                        "<input name=\"town\">" ]
                      (model.Form("a", "/b"))

                  use document = System.Text.Json.JsonDocument.Parse(model.OpenApi("a", "/b"))
                  let schemas = document.RootElement.GetProperty("components").GetProperty("schemas")
                  let column (name: string) = schemas.GetProperty("Row").GetProperty("properties").GetProperty(name)

                  let fields (name: string) =
                      [ for field in (column name).EnumerateObject() -> field.Name, string field.Value ]

                  Expect.equal [ "type", "string"; "format", "date" ] (fields "hired")
                  Expect.equal [] (fields "town")
                  Expect.equal [ "type"; "description" ] (List.map fst (fields "seen"))

                  Expect.equal
                      """["string","null"]"""
                      ((column "seen").GetProperty("type").GetRawText() |> String.filter (Char.IsWhiteSpace >> not))

                  for moment in [ "2024-02-29T12:30"; "2024-02-29T12:30:00"; "2024-02-29" ] do
                      Expect.mentions [ moment ] ((column "seen").GetProperty("description").GetRawText())

                      let cells =
                          dict
                              [ "hired", RowCell.Of "2024-02-29"
                                "seen", RowCell.Of moment
                                "town", RowCell.Of "Oslo" ]

                      Expect.equal 1 (model.Predict(Collections.Generic.Dictionary cells)).Length)
          test "The page has a field for each column, and no name of a column is markup" (fun () ->
              let columns =
                  Preprocessing.Named(
                      Column.Number("<b>", 0.0),
                      Column.Category("a\"b", [| ""; "x  y"; "</select>" |])
                  )

              let model = Network.Input(4).Dense(1).Init<float32>(1UL).With(columns, [||])
              let page = model.Form("<i>", "/churn")

              Expect.mentions
                  [ "&lt;b&gt;"
                    "name=\"a&quot;b\""
                    "<option value=\"x  y\">x  y</option>"
                    "&lt;/select&gt;"
                    "action=\"/churn\"" ]
                  page

              Expect.that (not (page.Contains "<b>") && not (page.Contains "<i>")) page) ]
