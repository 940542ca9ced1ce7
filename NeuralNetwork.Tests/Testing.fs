/// How tests are written down: as values, in one tree that Program shows whole.
[<AutoOpen>]
module NeuralNetwork.Tests.Testing

open System
open System.Runtime.CompilerServices
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open NeuralNetwork
open NeuralNetwork.Maths

/// The generators by type, as FsCheck looks them up.
type Arbitraries =
    static member Real() = Generate.real64
    static member Case() = Generate.case
    static member Shape() = Generate.shape
    static member Activation() = Arb.fromGen Generate.activation
    static member Loss() = Arb.fromGen (Gen.elements Loss.all)
    static member Optimizer() = Arb.fromGen (Gen.elements Optimizer.all)

/// How often a property is tried, and where its random numbers begin.
module Trials =

    let private variable (name: string) = Environment.GetEnvironmentVariable name |> Option.ofObj

    /// NN_TEST_SCALE multiplies the number of trials of every property.
    let scale =
        match variable "NN_TEST_SCALE" |> Option.map Int32.TryParse with
        | Some(true, factor) -> max 1 factor
        | _ -> 1

    /// Where a property begins, from the numbers that a failing one has printed: seed,gamma,size.
    let replayOf (text: string) : Result<Replay, string> =
        let numbers =
            match text.Split ',' with
            | [| seed; gamma; size |] -> UInt64.TryParse seed, UInt64.TryParse gamma, Int32.TryParse size
            | _ -> (false, 0UL), (false, 0UL), (false, 0)

        match numbers with
        // FsCheck takes odd gammas only.
        | (true, seed), (true, gamma), (true, size) when gamma % 2UL = 1UL && size >= 0 ->
            Ok { Rnd = Rnd(seed, gamma); Size = Some size }
        | _ -> Error $"NN_REPLAY is '{text}', which is not seed,gamma,size as a failing property prints them"

    /// NN_REPLAY=seed,gamma,size begins every property with the numbers that a failing one has printed. An error is said, and ends
    /// the program, before any test runs.
    let replay: Result<Replay option, string> =
        match variable "NN_REPLAY" with
        | Some text -> replayOf text |> Result.map Some
        | None -> Ok None

    /// A word for the shell, whatever quotes it has.
    let private quoted (word: string) : string = "'" + word.Replace("'", @"'\''") + "'"

    /// What is said of a property that does not hold: the arguments, the smallest that were found to fail, and how to see
    /// it again.
    let private failure (result: TestResult) : string option =
        let listed (arguments: obj list) = arguments |> List.map (sprintf "%A") |> String.concat "\n"

        match result with
        | TestResult.Passed _ -> None
        | TestResult.Exhausted data -> Some $"only {data.NumberOfTests} trials had arguments that it is about"
        | TestResult.Failed(data, original, shrunk, outcome, _, seed, size) ->
            let reason =
                match outcome with
                | Outcome.Failed(:? AssertException as error) -> error.Message
                | Outcome.Failed error -> string error
                | other -> $"%A{other}"

            let smallest = if data.NumberOfShrinks = 0 then "" else $"\nsmallest arguments:\n{listed shrunk}"

            Some(
                $"{reason}\ntrial {data.NumberOfTests}, with the arguments:\n{listed original}{smallest}\n"
                + $"to see it again: NN_REPLAY={seed.Seed},{seed.Gamma},{size} "
                + $"dotnet run --project NeuralNetwork.Tests -c Release -- --run {quoted testName}"
            )

    let private runner: IRunner =
        { new IRunner with
            member _.OnStartFixture _ = ()
            member _.OnArguments(_, _, _) = ()
            member _.OnShrink(_, _) = ()

            member _.OnFinished(_, result) =
                match result with
                | TestResult.Failed(_, _, _, Outcome.Failed(:? IgnoreException as skipped), _, _, _) -> raise skipped
                | _ -> failure result |> Option.iter Expect.fail }

    /// Tries a property so many times, times NN_TEST_SCALE.
    let check (count: int) (property: 'Property) : unit =
        let config =
            Config.Quick
                .WithMaxTest(count * scale)
                .WithReplay(Result.defaultValue None replay)
                .WithArbitrary([ typeof<Arbitraries> ])
                .WithRunner(runner)

        Check.One(config, property)

    /// Tries a property so many times inside a test that has other parameters.
    let run (count: int) (arbitrary: Arbitrary<'Value>) (property: 'Value -> unit) : unit =
        check count (Prop.forAll arbitrary property)

// Tests ----------------------------------------------------------------------------------------------------------------

/// Tests about one thing.
let group (name: string) (tests: Test list) : Test = testList name tests

/// A sentence, and what shows it.
let test (sentence: string) (body: unit -> unit) : Test = testCase sentence body

/// A sentence that holds for all arguments, tried so many times.
let lawTried (trials: int) (sentence: string) (property: 'Property) : Test =
    let body _ = async { Trials.check trials property }
    TestLabel(sentence, TestCase(AsyncFsCheck(None, None, body), Normal), Normal)

/// A sentence that holds for all arguments, tried 100 times.
let law (sentence: string) (property: 'Property) : Test = lawTried 100 sentence property

let private eachOf (sentence: string) (rows: (string * 'Row) list) (toTest: string -> 'Row -> Test) : Test =
    // Two rows that read the same are told apart by their places.
    let twice = rows |> List.countBy fst |> List.filter (fun (_, count) -> count > 1) |> List.map fst |> Set.ofList
    let label place name = if twice.Contains name then $"{name} (row {place})" else name

    if rows.IsEmpty then
        test sentence (fun () -> Expect.fail "a table without rows")
    else
        group sentence [ for place, (name, row) in List.indexed rows -> toTest (label place name) row ]

let private visible (text: string) : string =
    let text = Text.visible text
    if text.Length <= 80 then text else text[..76] + "..."

/// The name of a row: its cells.
let rec private nameOf (row: objnull) : string =
    match row with
    | null -> "null"
    | :? string as text -> text
    | :? ITuple as cells -> String.Join(", ", [ for place in 0 .. cells.Length - 1 -> nameOf cells[place] ])
    | other -> (string other).Split('\n') |> Array.map _.Trim() |> String.concat " "

/// A sentence that holds for each row of a table; rows have names of their own.
let eachNamed (sentence: string) (rows: (string * 'Row) seq) (body: 'Row -> unit) : Test =
    eachOf sentence [ for name, row in rows -> visible name, row ] (fun name row -> test name (fun () -> body row))

/// A sentence that holds for each row of a table and for all arguments, tried 100 times for each; rows have names of their own.
let lawOfEach (sentence: string) (rows: (string * 'Row) seq) (property: 'Row -> 'Property) : Test =
    eachOf sentence [ for name, row in rows -> visible name, row ] (fun name row -> law name (property row))

/// A sentence that holds for each row of a table; rows are named by what stands in them.
let each (sentence: string) (table: 'Row seq) (body: 'Row -> unit) : Test =
    eachNamed sentence [ for row in table -> nameOf (box row), row ] body

/// Tables about the entries of a catalogue, turned so that all about one entry is together: a group for each, by the first word
/// of the names of rows, whose parameters behind a colon are the row's own. What is no table stays as it is.
let byEntry (tests: Test list) : Test list =
    let rowsOf test =
        match test with
        | TestLabel(sentence, TestList(rows, _), _) ->
            rows
            |> List.choose (fun row ->
                match row with
                | TestLabel(name, code, state) ->
                    let entry = (name.Split([| ' '; ','; '('; ';'; ':' |])).[0]
                    let rest = name.Substring(entry.Length).TrimStart(':', ',', ' ')
                    let inner = if rest = "" then code else TestLabel(rest, code, state)
                    Some(entry, TestLabel(sentence, inner, state))
                | _ -> None)
        | _ -> []

    let tables, others = tests |> List.partition (fun test -> not (rowsOf test).IsEmpty)
    let entries = tables |> List.collect rowsOf |> List.groupBy fst
    others @ [ for entry, rows in entries -> group entry (List.map snd rows) ]

/// A test that states properties of docs/properties.md, whose numbers end its name.
let rec states (numbers: int list) (test: Test) : Test =
    match test with
    | TestLabel(sentence, inner, state) ->
        let listed = String.Join(", ", numbers)
        TestLabel($"{sentence} [{listed}]", inner, state)
    | _ -> invalidArg (nameof test) "a test without a name"

// What has to be there -----------------------------------------------------------------------------------------------------

/// Ends a test that this machine cannot run, with the reason.
let skip (reason: string) : 'Result = raise (IgnoreException reason)

/// Nothing else runs beside these tests: they change, or measure, what the whole process has.
let alone (tests: Test) : Test =
    match tests with
    // Below the name, for by its name a file is known as one.
    | TestLabel(name, inner, state) -> TestLabel(name, testSequenced inner, state)
    | other -> testSequenced other

/// Every test below runs between the entering and the disposal of what entering gives.
let around (enter: unit -> IDisposable) (tests: Test) : Test =
    let inside (code: TestCode) : TestCode =
        match code with
        | Sync body -> Sync(fun () -> using (enter ()) (fun _ -> body ()))
        | SyncWithCancel body -> SyncWithCancel(fun stop -> using (enter ()) (fun _ -> body stop))
        | Async body ->
            Async(
                async {
                    use _ = enter ()
                    do! body
                }
            )
        | AsyncFsCheck(config, stress, body) ->
            let body config =
                async {
                    use _ = enter ()
                    do! body config
                }

            AsyncFsCheck(config, stress, body)

    tests
    |> Test.replaceTestCode (fun label code ->
        // A test that no label is right above of has null for it.
        if isNull (box label) then
            TestCase(inside code, Normal)
        else
            TestLabel(label, TestCase(inside code, Normal), Normal))

let private nothing: IDisposable =
    { new IDisposable with
        member _.Dispose() = () }

/// Every test below comes after this action.
let before (action: unit -> unit) (tests: Test) : Test =
    tests
    |> around (fun () ->
        action ()
        nothing)

/// An action that is done once, whoever asks for it first; what keeps it from being done is said to all.
let once (action: unit -> unit) : unit -> unit =
    let made = lazy (action ())
    fun () -> made.Force()

/// Tests about one thing that share what takes long to make, as a team of threads. It is made when the first of them asks for it,
/// and disposed of when the last has ended.
let sharing<'Shared when 'Shared :> IDisposable>
    (name: string)
    (make: unit -> 'Shared list)
    (tests: Lazy<'Shared list> -> Test list)
    : Test =
    let shared = lazy (make ())
    let all = group name (tests shared)
    let left = ref (Test.toTestCodeList all).Length

    all
    |> around (fun () ->
        { new IDisposable with
            member _.Dispose() =
                if Interlocked.Decrement left = 0 && shared.IsValueCreated then
                    for one in shared.Value do
                        one.Dispose() })

/// Tests of what only Linux has, for a reason.
let onLinux (reason: string) (tests: Test) : Test =
    tests
    |> before (fun () ->
        if not (OperatingSystem.IsLinux()) || Elsewhere.isWindows then
            skip $"only on Linux: {reason}")

/// Tests of what Windows does not have, for a reason.
let onUnix (reason: string) (tests: Test) : Test =
    tests
    |> before (fun () ->
        if Elsewhere.isWindows then
            skip $"not on Windows: {reason}")

/// Tests that need this system's own tools, which see what they do to an emulated Windows, too, for a reason.
let withUnixTools (reason: string) (tests: Test) : Test =
    tests
    |> before (fun () ->
        if OperatingSystem.IsWindows() then
            skip $"not on Windows itself: {reason}")

/// Tests that a processor has to run itself, for a reason.
let onOwnProcessor (reason: string) (tests: Test) : Test =
    tests
    |> before (fun () ->
        if Elsewhere.isEmulated then
            skip $"not on an emulated processor: {reason}")

/// Tests in which a lock of this process is one for nn, or the other way round.
let withOneSetOfLocks (tests: Test) : Test =
    tests
    |> before (fun () ->
        if Elsewhere.isEmulatedWindows then
            skip
                "not on an emulated Windows: programs there do not see this system's locks and processes, nor it theirs")

/// Says something on the way.
let note (text: string) : unit = Console.Error.WriteLine text

/// Threads of a test. What fails on one fails the test that joins it, where it would otherwise end the process.
module Threads =

    /// Does something on a thread of its own; gives what waits for its end.
    let start (action: unit -> unit) : unit -> unit =
        let failure: Exception option ref = ref None

        let guarded () =
            try
                action ()
            with error ->
                failure.Value <- Some error

        let thread = Thread(guarded, IsBackground = true)
        thread.Start()

        fun () ->
            thread.Join()
            failure.Value |> Option.iter (fun error -> raise (AggregateException error))

    /// Does so many things at the same time, by number, each on a thread of its own.
    let together (count: int) (action: int -> unit) : unit =
        let joins = Array.init count (fun number -> start (fun () -> action number))

        let failureOf (join: unit -> unit) =
            try
                join ()
                None
            with error ->
                Some error

        joins |> Array.map failureOf |> Array.tryPick id |> Option.iter raise
