/// Running the tree of tests, or a part of it.
module NeuralNetwork.Tests.Running

open System
open System.Collections.Concurrent
open System.IO
open System.Threading
open Expecto
open NeuralNetwork.Tests.Cli

let private isGroup (test: Test) =
    match test with
    | TestLabel(name, _, _) -> not (name.Contains ' ')
    | _ -> false

/// The tests of a file run one after the other, for they share what they work on; files run beside one another.
let rec byFile (tests: Test) : Test =
    match tests with
    | TestLabel(name, TestList(files, state), labelled) when List.forall isGroup files ->
        TestLabel(name, TestList(List.map byFile files, state), labelled)
    | TestLabel(name, _, _) -> testSequencedGroup name tests
    | other -> other

/// The longest that a test may take; an emulated nn takes ten times as long.
let private patience = TimeSpan.FromMinutes(if Elsewhere.program.IsSome then 30.0 else 5.0)

/// Deletes what tests have written, while others may write on.
let private clearedAsFarAsPossible () : unit =
    try
        Workplace.Clear()
    with
    | :? IOException
    | :? UnauthorizedAccessException -> ()

/// A test that takes longer than that hangs: it is named, and the program ends.
let private watched (tests: Test) : Test =
    let running = ConcurrentDictionary<string, DateTime>()

    let look () =
        for test in running do
            if DateTime.UtcNow - test.Value > patience then
                eprintfn $"'{test.Key}' hangs: it has run for {patience.TotalMinutes} minutes"
                clearedAsFarAsPossible ()
                exit 3

    let timer = new Timer((fun _ -> look ()), null, 10_000, 10_000)

    tests
    |> around (fun () ->
        let name = testName
        running[name] <- DateTime.UtcNow

        { new IDisposable with
            member _.Dispose() =
                GC.KeepAlive timer
                running.TryRemove name |> ignore })

/// Where nn is another program, what does not start it shows nothing of it.
let private ofProgram (tests: Test) : Test =
    let watching (body: unit -> unit) () =
        let hasStarted = Elsewhere.watchStarts ()
        body ()

        if not (hasStarted ()) then
            skip "it does not start nn"

    tests
    |> Test.replaceTestCode (fun label code ->
        let code =
            match code with
            | Sync body -> Sync(watching body)
            | other -> other

        if isNull (box label) then
            TestCase(code, Normal)
        else
            TestLabel(label, TestCase(code, Normal), Normal))

/// The names that two tests have, of which Expecto would run none.
let twice (tests: Test) : string list =
    Test.toTestCodeList tests
    |> List.countBy (fun test -> test.fullName "/")
    |> List.filter (fun (_, count) -> count > 1)
    |> List.map fst

/// What was not run, by its reason.
let private tellSkipped (summary: Impl.TestRunSummary) : unit =
    let reasons =
        [ for _, result in summary.results do
              match result.result with
              | Impl.TestResult.Ignored reason -> reason
              | _ -> () ]

    for reason, count in List.countBy id reasons do
        printfn $"{count} skipped: {reason}"

/// What took longest, test by test and group by group: seconds and names, the slowest first.
let private durations (summary: Impl.TestRunSummary) : string list =
    let lines title (times: (string list * float) list) =
        title
        :: [ for name, seconds in times |> List.sortByDescending snd |> List.truncate 60 ->
                 $"%8.1f{seconds}  " + String.Join("/", name) ]

    let times = [ for test, result in summary.results -> test.name, result.duration.TotalSeconds ]

    let groups =
        times
        |> List.groupBy (fun (name, _) -> name |> List.takeWhile (fun label -> not (label.Contains ' ')))
        |> List.map (fun (name, tests) -> name, List.sumBy snd tests)

    lines "groups" groups @ lines "tests" times

/// Runs what the arguments ask for. Its last line says how it went, and is the file's, too, where one is asked for.
let private run (result: string option) (arguments: string[]) (tests: Test) : int =
    let count = ref (0, 0)

    let keep (summary: Impl.TestRunSummary) =
        tellSkipped summary
        result |> Option.iter (fun path -> File.WriteAllLines(path + ".times", durations summary))
        count.Value <- summary.passed.Length, summary.failed.Length + summary.errored.Length

    let settings =
        [ CLIArguments.JoinWith "/"
          CLIArguments.Fail_On_Focused_Tests
          CLIArguments.No_Spinner
          CLIArguments.Append_Summary_Handler(SummaryHandler keep) ]

    // Neither the tests nor the programs that they start read or write what the user keeps.
    Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Workplace("cache").Folder)
    // What a run that was killed has left of the same process number.
    Workplace.Clear()
    let code = runTestsWithCLIArgs settings arguments tests
    let passed, failed = count.Value
    let line = $"{passed} passed, {failed} failed"
    result |> Option.iter (fun path -> File.WriteAllText(path, line + "\n"))
    Workplace.Clear()
    printfn $"{line}"
    // Where nothing ran, nothing was shown; but a list of the tests is no run.
    if passed + failed = 0 && not (Array.contains "--list-tests" arguments) then max code 1 else code

/// The arguments that are not Expecto's: whether the tree of hours is meant, and the file for the last line.
let rec private own (arguments: string list) : bool * string option * string list =
    match arguments with
    | "--deep" :: rest ->
        let _, result, others = own rest
        true, result, others
    | "--result" :: path :: rest ->
        let isDeep, _, others = own rest
        isDeep, Some path, others
    | other :: rest ->
        let isDeep, result, others = own rest
        isDeep, result, other :: others
    | [] -> false, None, []

/// Runs one of two trees, the everyday one or, after --deep, the one of hours, as the arguments of the program say.
let main (everyday: Test) (deep: Test) (arguments: string[]) : int =
    let isDeep, result, others = own (List.ofArray arguments)
    // The line of an earlier run says nothing of this one, whatever becomes of it.
    Option.iter File.Delete result
    let tests = if isDeep then byFile deep else everyday |> byFile |> watched
    let tests = if Elsewhere.program.IsSome then ofProgram tests else tests

    match twice tests with
    | [] -> run result (Array.ofList others) tests
    | names ->
        for name in names do
            eprintfn $"two tests have the name '{name}'"

        1
