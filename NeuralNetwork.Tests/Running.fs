/// Running the tree of tests, or a part of it.
module NeuralNetwork.Tests.Running

open System
open System.Collections.Concurrent
open System.IO
open System.Threading
open Expecto
open NeuralNetwork.Tests.Cli

/// Tests, and the longest that one of them may take.
type Tree = { Tests: Test; Patience: TimeSpan }

let private isGroup (test: Test) =
    match test with
    | TestLabel(name, _, _) -> not (name.Contains ' ')
    | _ -> false

/// The tests of a file run one after the other, for they share what they work on; files run beside one another.
let byFile (tests: Test) : Test =
    let rec below (above: string) (tests: Test) =
        match tests with
        | TestLabel(name, inner, labelled) ->
            let path = if above = "" then name else $"{above}/{name}"

            match inner with
            | TestList(files, state) when List.forall isGroup files ->
                TestLabel(name, TestList(List.map (below path) files, state), labelled)
            | _ -> testSequencedGroup path tests
        | other -> other

    below "" tests

/// The tests that run, since when each does.
[<Sealed>]
type Watch(patience: TimeSpan) =
    let running = ConcurrentDictionary<string, DateTime>()

    /// The same tests, each of them seen while it runs.
    member _.Over(tests: Test) : Test =
        tests
        |> around (fun () ->
            let name = testName
            running[name] <- DateTime.UtcNow

            { new IDisposable with
                member _.Dispose() = running.TryRemove name |> ignore })

    /// A test that has run for longer than it may, at a time.
    member _.Hanging(now: DateTime) : string option =
        running |> Seq.tryFind (fun test -> now - test.Value > patience) |> Option.map _.Key

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

/// What keeps a tree from being run: names that two tests have, of which Expecto would run none, and tests with a focus, beside
/// which it would run no others.
let defects (tests: Test) : string list =
    let all = Test.toTestCodeList tests

    [ for name, count in all |> List.countBy (fun test -> test.fullName "/") do
          if count > 1 then
              $"two tests have the name '{name}'"

      for test in all do
          if test.state = Focused then
              let name = test.fullName "/"
              $"'{name}' has the focus, so that others would not run" ]

// The end of a run -----------------------------------------------------------------------------------------------------

/// How a run has ended: the numbers of the last line, what is said before it, and the code of the program.
type Ending = { Passed: int; Failed: int; Said: string list; Code: int }

/// What a run writes to at its end: standard output, and the file for the last line, where one is asked for.
type Report = { Output: TextWriter; File: string option }

/// Clears up, and says how the run went: the last line is the last of all, whatever becomes of the folders.
let finish (report: Report) (clear: unit -> unit) (ending: Ending) : int =
    let line = $"{ending.Passed} passed, {ending.Failed} failed"
    report.File |> Option.iter (fun path -> File.WriteAllText(path, line + "\n"))

    let left =
        try
            clear ()
            []
        with error ->
            [ $"folders of the tests are left: {error.Message}" ]

    for said in ending.Said @ left @ [ line ] do
        report.Output.WriteLine said

    report.Output.Flush()
    ending.Code

/// What was not run, by its reason.
let private skipped (summary: Impl.TestRunSummary) : string list =
    let reasons =
        [ for _, result in summary.results do
              match result.result with
              | Impl.TestResult.Ignored reason -> reason
              | _ -> () ]

    [ for reason, count in List.countBy id reasons -> $"{count} skipped: {reason}" ]

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

/// Counts what has passed and what has failed, as Expecto tells it.
let private counting (passed: int ref) (failed: int ref) : Impl.TestPrinters =
    let printer = Impl.ExpectoConfig.defaultConfig.printer

    { printer with
        passed =
            fun name time ->
                Interlocked.Increment passed |> ignore
                printer.passed name time
        failed =
            fun name message time ->
                Interlocked.Increment failed |> ignore
                printer.failed name message time
        exn =
            fun name error time ->
                Interlocked.Increment failed |> ignore
                printer.exn name error time }

/// Runs what Expecto's arguments ask for. A test that hangs ends the program, and has failed.
let private run (report: Report) (arguments: string[]) (tree: Tree) : int =
    let passed, failed = ref 0, ref 0
    let watch = Watch tree.Patience

    // Expecto ends with an escape code, whatever colours it was asked for, and not with the line.
    let finish said failed code =
        finish report Workplace.Clear { Passed = passed.Value; Failed = failed; Said = "" :: said; Code = code }

    let look () =
        for name in Option.toList (watch.Hanging DateTime.UtcNow) do
            let said = $"'{name}' hangs: it has run for more than {tree.Patience.TotalMinutes} minutes"
            exit (finish [ said ] (failed.Value + 1) 3)

    let said = ref []

    let keep (summary: Impl.TestRunSummary) =
        said.Value <- skipped summary

        report.File |> Option.iter (fun path -> File.WriteAllLines(path + ".times", durations summary))

    let settings =
        [ CLIArguments.JoinWith "/"
          CLIArguments.No_Spinner
          CLIArguments.Printer(counting passed failed)
          CLIArguments.Append_Summary_Handler(SummaryHandler keep) ]

    // Neither the tests nor the programs that they start read or write what the user keeps.
    Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Workplace("cache").Folder)
    // What a run that was killed has left of the same process number.
    Workplace.Clear()

    Threads.start (fun () ->
        while true do
            Thread.Sleep 10_000
            look ())
    |> ignore

    let code = runTestsWithCLIArgs settings arguments (watch.Over tree.Tests)

    // Where nothing ran, nothing was shown.
    finish said.Value failed.Value (if passed.Value + failed.Value = 0 then max code 1 else code)

// The arguments --------------------------------------------------------------------------------------------------------

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

/// Expecto's --filter takes the beginning of a path. The whole name of a group means this group, not what begins as it does.
let rec private wholeGroups (groups: Set<string>) (arguments: string list) : string list =
    match arguments with
    | "--filter" :: path :: rest ->
        let path = if groups.Contains path then path + "/" else path
        "--filter" :: path :: wholeGroups groups rest
    | other :: rest -> other :: wholeGroups groups rest
    | [] -> []

/// The whole names of the groups of a tree.
let private groupsOf (tests: Test) : Set<string> =
    set
        [ for test in Test.toTestCodeList tests do
              for depth in 1 .. test.name.Length - 1 do
                  String.Join('/', List.take depth test.name) ]

/// Does what the arguments ask for with one of two trees, the everyday one or, after --deep, the one of hours: lists its tests or
/// runs them.
let asked (output: TextWriter) (everyday: Tree) (deep: Tree) (arguments: string[]) : int =
    let isDeep, file, others = own (List.ofArray arguments)
    let report = { Output = output; File = file }
    // The line of an earlier run says nothing of this one, whatever becomes of it.
    Option.iter File.Delete file
    let tree = if isDeep then deep else everyday
    let tests = byFile tree.Tests
    let tests = if Elsewhere.program.IsSome then ofProgram tests else tests
    let arguments = others |> wholeGroups (groupsOf tests) |> Array.ofList
    let settings = { Impl.ExpectoConfig.defaultConfig with joinWith = Impl.JoinWith.Slash }

    match Trials.replay, defects tests, ExpectoConfig.fillFromArgs settings arguments with
    | Error sentence, _, _ ->
        output.WriteLine sentence
        output.Flush()
        2
    | _, (_ :: _ as defects), _ ->
        finish report ignore { Passed = 0; Failed = defects.Length; Said = defects; Code = 1 }
    | _, [], ArgsList config ->
        for test in Test.toTestCodeList (config.filter tests) do
            output.WriteLine(test.fullName "/")

        output.Flush()
        0
    | _, [], _ -> run report arguments { tree with Tests = tests }

/// Does what the arguments of the program ask for. Standard output is opened by itself: what is printed goes through Expecto, which
/// adds colours and blanks.
let main (everyday: Tree) (deep: Tree) (arguments: string[]) : int =
    use output = new StreamWriter(Console.OpenStandardOutput())
    asked output everyday deep arguments
