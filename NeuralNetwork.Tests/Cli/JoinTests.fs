/// Processes that join one study: what it comes to, whoever trains what, and who is turned away.
module NeuralNetwork.Tests.Cli.JoinTests

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Text.Json.Nodes
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Tests

let private small =
    [ "--hidden"; "4"; "--preset"; "none"; "--batch-size"; "16"; "--blas"; "managed" ]
    @ [ "--threads"; "1" ]

let private ranges = [ "--vary"; "learning-rate=1e-4..0.1:log"; "--vary"; "dropout=0..0.5" ]

let private row place =
    let x, z = sin (float place), cos (3.0 * float place)
    FormattableString.Invariant $"{x},{z},{x - z}"

let private prepare (place: Workplace) =
    File.WriteAllLines(place.At "rows.csv", "x,z,y" :: List.map row [ 0..29 ])
    Directory.CreateDirectory(place.At "elsewhere") |> ignore
    File.WriteAllLines(place.At "elsewhere/rows.csv", "x,z,y" :: List.map row [ 1..30 ])
    File.Copy(place.At "elsewhere/rows.csv", place.At "others.csv")

let private search (place: Workplace) out more = [ "search"; place.At "rows.csv"; "--out"; place.At out ] @ small @ more

let private compare (place: Workplace) out more =
    [ "compare"; "optimizers"; place.At "rows.csv"; "--out"; place.At out ] @ small @ more

let private wild = [ "--epochs"; "2"; "--optimizer"; "sgd"; "--loss"; "squared-error" ]

/// Studies with what is between their kind and --join.
let private studies =
    [ "random", search, [ "--trials"; "6"; "--epochs"; "2" ] @ ranges
      "halving", search, [ "--trials"; "8"; "--epochs"; "4"; "--halving"; "2" ] @ ranges
      "tpe", search, [ "--trials"; "13"; "--epochs"; "4"; "--sampler"; "tpe"; "--halving"; "3" ] @ ranges
      "jobs", search, [ "--trials"; "8"; "--epochs"; "2"; "--halving"; "2"; "--jobs"; "2" ] @ ranges
      "wild", search, [ "--trials"; "6" ] @ wild @ [ "--vary"; "learning-rate=1e30|0.01" ]
      "compare", compare, [ "--values"; "adam,sgd"; "--seeds"; "2"; "--epochs"; "2" ] ]

/// A document without times, and without what processes have agreed on.
let rec private timeless (node: JsonNode | null) : unit =
    match node with
    | :? JsonObject as fields ->
        for name in [ "joined"; "seconds"; "training_seconds"; "milliseconds_per_step"; "started" ] do
            fields.Remove name |> ignore

        for field in fields do
            timeless field.Value
    | :? JsonArray as items -> Seq.iter timeless items
    | _ -> ()

/// Every file of a study with what it says, times aside.
let private content (place: Workplace) out : (string * string) list =
    [ for path in Directory.GetFiles(place.At out, "*", SearchOption.AllDirectories) |> Array.sort do
          let name = Path.GetRelativePath(place.At out, path).Replace('\\', '/')

          if name.EndsWith ".csv" then
              name, $"""%A{place.Timeless $"{out}/{name}"}"""
          elif name.EndsWith "run.json" then
              // What it took, and who resumed it, is of each study its own.
              name, ""
          elif name.EndsWith ".json" then
              let document = File.ReadAllText path |> JsonNode.Parse
              timeless document
              name, (nonNull document).ToJsonString()
          elif name.EndsWith "model.safetensors" then
              name, place.Bytes $"{out}/{name}"
          else
              name, "" ]

let private expectSame (place: Workplace) whole out =
    let expected, found = content place whole, content place out
    Expect.equal (List.map fst expected) (List.map fst found)

    for (name, before), (_, now) in List.zip expected found do
        Expect.that (before = now) $"{out}: {name} differs"

/// What is printed, without times and the name of the folder.
let private printed (place: Workplace) out (text: string) : string =
    Regex.Replace(text.Replace(place.At out, "OUT"), @" *\b\d+\.\d\b(?= |$|\n)", " TIME")

/// The trainings that processes have done, each by its number.
let private trained (outcomes: Outcome list) : string list =
    [ for outcome in outcomes do
          for line in outcome.Error.Split '\n' do
              let found = Regex.Match(line, @"\((\d+) of \d+\)  (.*)")

              if found.Success && not (found.Groups[2].Value.TrimEnd().EndsWith ", kept") then
                  found.Groups[1].Value ]

/// Several lines at the same time.
let private together (lines: string list list) : Outcome list =
    [ for line in lines -> Task.Factory.StartNew((fun () -> InProcess.run line), TaskCreationOptions.LongRunning) ]
    |> List.map _.Result

let private expectDone (outcomes: Outcome list) =
    for outcome in outcomes do
        Expect.that (outcome.Code = 0) $"{outcome.Code}: {outcome.Error}"

/// Keeps others out of a folder as an earlier version of the program does, or one on another machine.
let private holding (folder: string) (signature: string) : IDisposable =
    Directory.CreateDirectory folder |> ignore
    let path = Path.Combine(folder, FolderLock.Name)
    let file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read ||| FileShare.Delete)
    file.Write(Text.Encoding.ASCII.GetBytes signature)
    file.Flush()

    { new IDisposable with
        member _.Dispose() =
            File.Delete path
            file.Dispose() }

let private two = [ "--trials"; "2"; "--epochs"; "2" ] @ ranges

/// A study of two trials that is over, as a folder of its own.
let private over (place: Workplace) out = InProcess.succeed (search place out (two @ [ "--join" ])) |> ignore

/// The agreement of a study with another value in it.
let private agreeing (place: Workplace) out (field: string) (name: string) (value: string) =
    let path = place.At $"{out}/search.json"
    let document = File.ReadAllText path |> JsonNode.Parse |> nonNull
    let joined = nonNull document["joined"]
    (nonNull joined[field])[name] <- JsonValue.Create value
    File.WriteAllText(path, document.ToJsonString())

let private refusals =
    [ [ "--epochs"; "3" ], 2, [ "--epochs: 2 before, 3 now" ]
      [ "--trials"; "3" ], 2, [ "--trials: 2 before, 3 now" ]
      [ "--sampler"; "tpe"; "--halving"; "2" ],
      2,
      [ "--sampler: random before, tpe now"; "--halving: none before, 2 now" ]
      [ "--seed"; "5" ], 2, [ "--seed: "; " before, 5 now" ]
      [ "--force" ], 2, [ "--join: does not go with --force" ]
      [ "--resume" ], 2, [ "--join: does not go with --resume" ] ]
    |> List.map (fun (more, code, words) -> String.Join(' ', more), (more, code, words))

let private ofAll (place: Workplace) : Expecto.Test list =
    let at = place.At
    let refused line code words = Mistakes.refusal place line code |> Expect.mentions words

    [ eachNamed
          "However many processes join a study, each training is one's, and files and report are those of one process"
          [ for name, study, more in studies -> name, (name, study, more) ]
          (fun (name, study, more) ->
              let one = InProcess.succeed (study place name more)
              let joined = study place $"{name}-joined" (more @ [ "--join" ])
              let outcomes = together [ for _ in 1..3 -> joined ]
              expectDone outcomes
              expectSame place name $"{name}-joined"
              let expected = printed place name one.Out

              for outcome in outcomes do
                  Expect.equal expected (printed place $"{name}-joined" outcome.Out)

              let all = trained outcomes
              Expect.equal (List.distinct all) all
              Expect.equal (List.sort (trained [ one ])) (List.sort all))
      |> states [ 99 ]
      eachNamed
          "Who joins with another line is turned away in one, and nothing is touched"
          refusals
          (fun (more: string list, code, words) ->
              if not (Directory.Exists(at "refusing")) then
                  over place "refusing"

              let line = [ "search"; at "rows.csv"; "--out"; at "refusing"; "--join" ] @ more
              refused line code words)
      test "Who joins a comparison with more variants or seeds is turned away" (fun () ->
          let line more = compare place "variants" ([ "--epochs"; "1"; "--join" ] @ more)
          InProcess.succeed (line [ "--values"; "adam" ]) |> ignore
          refused (line [ "--values"; "adam,sgd" ]) 2 [ "--values: adam before, adam,sgd now" ]
          refused (line [ "--seeds"; "2" ]) 2 [ "--seeds: 1 before, 2 now" ])
      test "Who joins with other data is turned away, by their content or their name" (fun () ->
          over place "data"
          let joined data = [ "search"; at data; "--out"; at "data"; "--join" ]
          refused (joined "elsewhere/rows.csv") 3 [ "rows.csv: sha256: "; "… here" ]
          refused (joined "others.csv") 3 [ "others.csv: none of the data of "; "(rows.csv)" ]
          // The same data at another place are the same.
          Directory.CreateDirectory(at "copy") |> ignore
          File.Copy(at "rows.csv", at "copy/rows.csv")
          Directory.Delete(at "data/trial-002", true)
          InProcess.succeed (joined "copy/rows.csv") |> ignore)
      test "Who computes with another library than the study is told both, and trains nothing" (fun () ->
          over place "engine"
          Directory.Delete(at "engine/trial-001", true)
          agreeing place "engine" "circumstances" "BLAS" "openblas, 0.3.29"
          refused (search place "engine" (two @ [ "--join" ])) 3 [ "BLAS: openblas, 0.3.29 in the study, managed, " ]
          Expect.that (not (Directory.Exists(at "engine/trial-001"))) "something was begun")
      each
          "What processes have agreed on is read strictly"
          [ "7"
            """{"engine":7}"""
            """{"sha256":{"rows.csv":1}}"""
            """{"rungs":{"0":"1"}}"""
            """{"rungs":{"0":["1"]}}"""
            """{"ended":{"trial-001":1}}""" ]
          (fun (value: string) ->
              let path = at "damaged/search.json"

              if not (File.Exists path) then
                  over place "damaged"

              let document = File.ReadAllText path |> JsonNode.Parse |> nonNull
              document["joined"] <- JsonNode.Parse value
              File.WriteAllText(path, document.ToJsonString())

              refused
                  (search place "damaged" (two @ [ "--join" ]))
                  3
                  [ path; "joined: "; "not what was written there" ])
      test "A study that nobody could begin leaves nothing in the way of the right line" (fun () ->
          let line = search place "wrong" (two @ [ "--join"; "--target"; "nothing" ])
          Expect.equal 3 (InProcess.run line).Code
          Expect.that (not (Directory.Exists(at "wrong"))) "something is left"
          over place "wrong")
      test "A trial that another has in hand is waited for, in a line that names it, and then taken over" (fun () ->
          over place "waiting"
          Directory.Delete(at "waiting/trial-001", true)
          let before = content place "waiting" |> List.filter (fun (name, _) -> not (name.StartsWith "trial-001"))
          let held = holding (at "waiting/trial-001") "4711 elsewhere 0"

          use joined = CommandLine.start place.Folder (search place "waiting" (two @ [ "--join" ]))
          Started.readUntil "waiting for trial-001 (process 4711 on elsewhere)" joined
          held.Dispose()
          let outcome = CommandLine.finish joined
          Expect.equal 0 outcome.Code
          Expect.mentions [ "trial-001 (1 of 2)" ] outcome.Error

          let now = content place "waiting" |> List.filter (fun (name, _) -> not (name.StartsWith "trial-001"))
          Expect.equal before now)
      |> withOneSetOfLocks
      test "Whoever wants a study alone is told of those who have joined it, and the other way round" (fun () ->
          over place "shared"
          use shared = FolderLock.Share(at "shared")
          let line = search place "shared" two
          let words = [ "shared: in use by those that have joined it (process "; "was the last to" ]

          for more in [ [ "--resume" ]; [ "--force" ] ] do
              refused (line @ more) 4 words

          // Others may.
          FolderLock.Share(at "shared").Dispose()
          InProcess.succeed (line @ [ "--join" ]) |> ignore
          shared.Dispose()
          InProcess.succeed (line @ [ "--resume" ]) |> ignore
          use alone = FolderLock.Take(at "shared")
          let outcome = InProcess.run (line @ [ "--join" ])
          Expect.equal 4 outcome.Code
          Expect.mentions [ "shared: in use by process "; $" on {Environment.MachineName}" ] outcome.Error)
      |> withOneSetOfLocks
      test "The number in a lock of an earlier version is read as it was" (fun () ->
          use _ = holding (at "old") "4711"
          let line = [ "train"; at "rows.csv"; "--out"; at "old" ] @ small
          let outcome = InProcess.run line
          Expect.equal 4 outcome.Code
          Expect.mentions [ "old: in use by process 4711 (one training at a time)" ] outcome.Error)
      |> withOneSetOfLocks
      test
          "One that goes on alone with a study that was joined, and one that joins it again, come to the same"
          (fun () ->
              InProcess.succeed (search place "alone" two) |> ignore
              over place "again"
              Directory.Delete(at "again/trial-001", true)
              let line more = [ "search"; at "rows.csv"; "--out"; at "again" ] @ more
              InProcess.succeed (line [ "--resume" ]) |> ignore
              expectSame place "alone" "again"
              Directory.Delete(at "again/trial-002", true)
              InProcess.succeed (line [ "--join" ]) |> ignore
              expectSame place "alone" "again") ]

let private waitUntil (what: string) (holds: unit -> bool) : unit =
    Expect.that (SpinWait.SpinUntil(Func<bool> holds, TimeSpan.FromSeconds 60.0)) $"in a minute not: {what}"

let private ofUnix (place: Workplace) : Expecto.Test list =
    let at = place.At

    [ test
          "A study whose processes are killed at random comes to the files of one process, once one of them is left"
          (fun () ->
              let more = [ "--trials"; "6"; "--epochs"; "8"; "--halving"; "2"; "--checkpoint-every"; "1" ] @ ranges
              InProcess.succeed (search place "quiet" more) |> ignore
              let random = Random 7

              for round in 1..2 do
                  let out = $"killed-{round}"
                  let line = search place out (more @ [ "--join" ])
                  let start () = CommandLine.start place.Folder line
                  let mutable started = [ start (); start () ]

                  for kill in 1..2 do
                      waitUntil "a trial" (fun () -> Directory.Exists(at $"{out}/trial-001"))
                      Thread.Sleep(random.Next 300)
                      Started.kill (List.head started)
                      started <- List.tail started @ (if kill < 2 then [ start () ] else [])

                  let last = InProcess.run line
                  expectDone (last :: List.map CommandLine.finish started)
                  expectSame place "quiet" out)
      |> states [ 99 ]
      test "One that is told to stop says how to join again, and leaves the others at work" (fun () ->
          let endless = search place "stopped" ([ "--trials"; "3"; "--epochs"; "1000000" ] @ ranges @ [ "--join" ])
          let started = List<Process>()

          let start trial =
              let one = CommandLine.start place.Folder endless
              started.Add one
              // Where it is emulated its number is another one.
              let holder = if Elsewhere.isEmulatedWindows then @"process \d+ on " else $"process {one.Id} on "

              waitUntil $"process {one.Id} has {trial}" (fun () ->
                  Regex.IsMatch(FolderLock.HolderOf(at $"stopped/{trial}"), $"^{holder}"))

              one

          try
              let first, second = start "trial-001", start "trial-002"
              Started.tell [ "INT" ] (at "stopped/trial-001") first
              let outcome = CommandLine.finish first
              started.Remove first |> ignore
              Expect.equal 130 outcome.Code
              Expect.mentions [ "interrupted after 0 of 3 trainings; to go on: nn search "; " --join" ] outcome.Error
              start "trial-001" |> ignore
              Expect.that (not second.HasExited) "the other one has stopped"
          finally
              for one in started do
                  Started.kill one)
      test "Where the file system has no locks nobody joins, and one process works there as before" (fun () ->
          CommandLine.need [ "strace"; "-o"; "/dev/null"; "true" ]

          let without out more =
              CommandLine.startWords
                  []
                  place.Folder
                  ([ "strace"; "-f"; "-qq"; "-o"; "/dev/null"; "-e"; "trace=flock" ]
                   @ [ "-e"; "inject=flock:error=ENOLCK" ]
                   @ CommandLine.program ()
                   @ search place out (two @ more))
              |> CommandLine.finish

          let outcome = without "lockless" [ "--join" ]
          Expect.equal 4 outcome.Code
          Expect.mentions [ "nn: error: "; "lockless: its file system has no locks" ] outcome.Error
          Expect.that (not (File.Exists(at "lockless/search.json"))) "something was begun"
          Expect.equal 0 (without "lockless" []).Code)
      |> onLinux "locks of files are no calls of the system elsewhere" ]

let tests =
    workplaceWith "Join" prepare (fun place ->
        ofAll place @ List.map (withUnixTools "kill and strace say no") (ofUnix place))
