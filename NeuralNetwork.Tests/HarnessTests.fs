/// The words in which tests are written down, on tests made for it.
module NeuralNetwork.Tests.HarnessTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open FsCheck.FSharp
open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Cli

let private nothing () = ()

let private names (tests: Test) : string list = Test.toTestCodeList tests |> List.map (fun test -> test.fullName "/")

/// Does what the only test of a tree does.
let private perform (tests: Test) : unit =
    match Test.toTestCodeList tests with
    | [ { test = Sync body } ] -> body ()
    | [ { test = AsyncFsCheck(_, _, body) } ] -> Async.RunSynchronously(body FsCheckConfig.defaultConfig)
    | other -> Expect.fail $"{other.Length} tests, or of another kind"

let private folder = Path.Combine(Machines.repository, "NeuralNetwork.Tests")
let private source (name: string) : string = File.ReadAllText(Path.Combine(folder, name))

/// What the files call their trees of tests, as Fit.FitTests.tests.
let private valuesOfFiles () : string list =
    [ for path in Directory.GetFiles(folder, "*.fs", SearchOption.AllDirectories) do
          let text = source path
          let home = Regex.Match(text, @"^module NeuralNetwork\.Tests\.([\w.]+)", RegexOptions.Multiline)

          for value in Regex.Matches(text, @"^let (tests|deep)\b", RegexOptions.Multiline) do
              $"{home.Groups[1].Value}.{value.Groups[1].Value}" ]

/// The name without the folder.
let private shortName (value: string) : string =
    String.Join('.', value.Split '.' |> Array.rev |> Array.take 2 |> Array.rev)

/// The lines of a text.
let private linesOf (text: string) : string list =
    List.ofArray (text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries))

/// What arguments come to where they list tests: the code, and the lines on standard output.
let private listed (tests: Test) (arguments: string list) : int * string list =
    let tree: Running.Tree = { Tests = tests; Patience = TimeSpan.MaxValue }
    use output = new StringWriter()
    let code = Running.asked output tree tree (Array.ofList ("--list-tests" :: arguments))
    code, linesOf (string output)

/// Starts this very program with variables of the environment.
let private itself (variables: (string * string) list) (arguments: string list) : Outcome =
    let program = Path.Combine(AppContext.BaseDirectory, "NeuralNetwork.Tests.dll")
    CommandLine.finish (CommandLine.startWords variables folder ("dotnet" :: program :: arguments))

/// The names of a catalogue, without their parameters.
let private entries (names: string list) : Set<string> = set [ for name in names -> name.Split(':')[0] ]

/// The groups of the mathematics that are turned by the entries of a catalogue.
let private catalogues: (string * Set<string>) list =
    [ "Activation", entries (List.map Activation.name (Activation.Exponential :: Activation.all))
      "Loss", entries (List.map Loss.name Loss.all)
      "Optimizer", entries (List.map Optimizer.name Optimizer.all)
      "Schedule", entries (List.map fst Schedule.all)
      "Initializer", entries ("constant" :: List.map fst Initializer.all) ]

let tests (house: Test list) : Test =
    group
        "Harness"
        [ test "A name that two tests have fails by itself, and no other" (fun () ->
              let twice = group "all" [ test "one" nothing; group "more" [ test "one" nothing ]; test "one" nothing ]
              Expect.equal (1, [ "two tests have the name 'all/one'"; "0 passed, 1 failed" ]) (listed twice []))
          test "A test with the focus fails by itself, for others would not run, and the file says so" (fun () ->
              let focused = group "all" [ ftestCase "first of all" nothing; test "it is one of many" nothing ]
              let file = Path.GetTempFileName()

              try
                  Expect.equal
                      (1, [ "'all/first of all' has the focus, so that others would not run"; "0 passed, 1 failed" ])
                      (listed focused [ "--result"; file ])

                  Expect.equal [ "0 passed, 1 failed" ] (List.ofArray (File.ReadAllLines file))
              finally
                  File.Delete file)
          test
              "A filter is the whole name of a group, or else the beginning of names; what it leaves is listed"
              (fun () ->
                  let each name = group name [ test "it holds" nothing; test "it ends" nothing ]
                  let all = group "all" [ each "gelu"; each "gelu-tanh" ]

                  let exact, slanted =
                      [ "all/gelu/it holds"; "all/gelu/it ends" ],
                      [ "all/gelu-tanh/it holds"; "all/gelu-tanh/it ends" ]

                  for filter, left in
                      [ "all", exact @ slanted
                        "all/gelu", exact
                        "all/gelu/", exact
                        "all/gelu-", slanted
                        "all/gel", exact @ slanted
                        "all/gelu/it h", [ "all/gelu/it holds" ]
                        "none", [] ] do
                      Expect.equal (0, left) (listed all [ "--filter"; filter ]))
          test "The last line is said, and written down, whatever becomes of the folders" (fun () ->
              let file = Path.GetTempFileName()

              try
                  use output = new StringWriter()
                  let report: Running.Report = { Output = output; File = Some file }

                  let code =
                      Running.finish
                          report
                          (fun () -> raise (IOException "in use"))
                          { Passed = 2; Failed = 1; Said = [ "3 skipped: no such library" ]; Code = 1 }

                  Expect.equal 1 code
                  Expect.equal [ "2 passed, 1 failed" ] (List.ofArray (File.ReadAllLines file))

                  Expect.equal
                      [ "3 skipped: no such library"; "folders of the tests are left: in use"; "2 passed, 1 failed" ]
                      (linesOf (string output))
              finally
                  File.Delete file)
          test "A test that runs for longer than it may is seen, and one that has ended is not" (fun () ->
              let watch = Running.Watch(TimeSpan.FromMinutes 5.0)
              let after (minutes: float) = watch.Hanging(DateTime.UtcNow + TimeSpan.FromMinutes minutes)
              let seen = ref []
              perform (watch.Over(test "it runs" (fun () -> seen.Value <- [ after 4.0; after 6.0 ])))
              Expect.equal [ None; Some testName ] seen.Value
              Expect.equal None (after 6.0))
          test "The program itself says last, without colours, how it went" (fun () ->
              let name = "NeuralNetwork/Harness/What a test states stands behind its sentence"
              let outcome = itself [] [ "--colours"; "0"; "--filter"; name ]
              Expect.equal 0 outcome.Code

              Expect.that
                  (outcome.Out.EndsWith(Environment.NewLine + "1 passed, 0 failed" + Environment.NewLine))
                  outcome.Out)
          test "Numbers to replay that are none end the program in one line" (fun () ->
              let outcome = itself [ "NN_REPLAY", "1,2" ] []
              Expect.equal (2, 1) (outcome.Code, (linesOf outcome.Out).Length)
              Expect.mentions [ "NN_REPLAY"; "'1,2'" ] outcome.Out)
          each
              "Numbers to replay are those that a failing property prints"
              [ "", false
                "1,3", false
                "1,3,5,7", false
                "one,3,5", false
                "1,-3,5", false
                "1,4,5", false
                "1,3,-1", false
                "1,3,5", true
                "18446744073709551615,3,0", true ]
              (fun (text: string, isMeant: bool) -> Expect.equal isMeant (Result.isOk (Trials.replayOf text)))
          test "Every entry of a catalogue has its group of tests, and there are no other groups" (fun () ->
              let all = Test.toTestCodeList (group "" house)

              for catalogue, names in catalogues do
                  let groups =
                      set
                          [ for test in all do
                                match test.name with
                                | [ ""; "Maths"; above; _ ] when above = catalogue -> ()
                                | "" :: "Maths" :: above :: name :: _ when above = catalogue && not (name.Contains ' ') ->
                                    name
                                | _ -> () ]

                  Expect.equal (catalogue, Set.empty, Set.empty) (catalogue, groups - names, names - groups))
          test "Rows are tests of their own, and those that read the same are told apart" (fun () ->
              Expect.equal
                  [ "sum/1, 2 (row 0)"; "sum/1, 2 (row 1)"; "sum/3, 4" ]
                  (names (each "sum" [ 1, 2; 1, 2; 3, 4 ] ignore)))
          test "A table without rows is a test that fails" (fun () ->
              let empty = each "sum" [] ignore
              Expect.equal [ "sum" ] (names empty)
              let error = Expect.raises<AssertException>(fun () -> perform empty)
              Expect.equal "a table without rows" error.Message)
          test "A file runs in its order, and beside nothing else what has to be alone" (fun () ->
              let files =
                  [ group "File" [ test "it is one of many" nothing; test "it has to be alone" nothing |> alone ]
                    group "Other" [ test "it is in a file that has to be alone" nothing ] |> alone ]

              let orders = Test.toTestCodeList (Running.byFile (group "All" files)) |> List.map _.sequenced
              Expect.equal [ SynchronousGroup "All/File"; Synchronous; Synchronous ] orders)
          test "Files of the same name in other groups do not wait for one another" (fun () ->
              let file = group "Resume" [ test "it goes on" nothing ]
              let all = group "All" [ group "Fit" [ file ]; group "Cli" [ file ] ]

              Expect.equal
                  [ SynchronousGroup "All/Fit/Resume"; SynchronousGroup "All/Cli/Resume" ]
                  (Test.toTestCodeList (Running.byFile all) |> List.map _.sequenced))
          test "Every file that has tests stands in the tree" (fun () ->
              let trees = valuesOfFiles () |> List.countBy shortName |> Map.ofList
              let shown = Regex.Matches(source "Program.fs", @"[\w.]+\.(tests|deep)\b") |> Seq.map _.Value |> Set.ofSeq

              for tree in valuesOfFiles () do
                  let isShown = shown.Contains tree || (trees[shortName tree] = 1 && shown.Contains(shortName tree))
                  Expect.that isShown $"{tree} is not in Program.fs")
          test "Runs within the process leave the console what it had before" (fun () ->
              let out, error = Console.Out, Console.Error
              InProcess.succeed [ "--version" ] |> ignore
              Expect.that (Object.ReferenceEquals(out, Console.Out)) "standard output goes another way"
              Expect.that (Object.ReferenceEquals(error, Console.Error)) "standard error goes another way")
          test "A table of a catalogue is turned by its entries, and what is no table stays" (fun () ->
              let tables =
                  byEntry
                      [ each "is finite" [ "gelu"; "relu" ] ignore
                        each "has its value" [ "gelu", 1.0; "gelu", 2.0 ] ignore
                        each "takes a slope" [ "elu:1"; "elu:0.3" ] ignore
                        test "all are named" nothing ]

              Expect.equal
                  [ "all/all are named"
                    "all/gelu/is finite"
                    "all/gelu/has its value/1"
                    "all/gelu/has its value/2"
                    "all/relu/is finite"
                    "all/elu/takes a slope/1"
                    "all/elu/takes a slope/0.3" ]
                  (names (group "all" tables)))
          test "What a test states stands behind its sentence" (fun () ->
              Expect.equal [ "it holds [4, 5]" ] (names (states [ 4; 5 ] (test "it holds" nothing))))
          test "A property's failure says its arguments, the smallest, and how to see it again" (fun () ->
              // It begins far above the smallest, so that there always is one to find.
              let numbers = Arb.fromGenShrink (Gen.constant 100, fun x -> seq [ x / 2; x - 1 ])
              let failing = law "below 3" (Prop.forAll numbers (fun x -> Expect.that (x < 3) $"{x} is not below 3"))
              let error = Expect.raises<AssertException>(fun () -> perform failing)
              Expect.mentions [ "smallest arguments:\n3"; "to see it again: NN_REPLAY=" ] error.Message
              // A word for the shell, though the name has a quote in it.
              Expect.mentions [ @"--run 'NeuralNetwork/Harness/A property'\''s failure" ] error.Message)
          test "A property is tried as often as it says" (fun () ->
              let count = ref 0
              perform (lawTried 7 "counts" (fun (_: int) -> count.Value <- count.Value + 1))
              Expect.equal (7 * Trials.scale) count.Value)
          test "What comes before tests is done before each of them, and once where once is asked for" (fun () ->
              let each, all = ref 0, ref 0

              let body = test "it ran" (fun () -> Expect.that (each.Value > 0 && all.Value = 1) "nothing came before")

              let prepared =
                  body
                  |> before (fun () -> each.Value <- each.Value + 1)
                  |> before (once (fun () -> all.Value <- all.Value + 1))

              perform prepared
              perform prepared
              Expect.equal (2, 1) (each.Value, all.Value))
          test "A folder is made and filled once, by the first test that runs, and not by listing them" (fun () ->
              let filled = ref 0

              let folders =
                  workplaceWith
                      "Shelf"
                      (fun place ->
                          filled.Value <- filled.Value + 1
                          File.WriteAllText(place.At "book", "words"))
                      (fun place ->
                          Expect.that (not (Directory.Exists place.Folder)) "it was made before any test ran"

                          [ test "has" (fun () -> Expect.equal "words" (File.ReadAllText(place.At "book"))) ])

              Expect.equal ([ "Shelf/has" ], 0) (names folders, filled.Value)
              perform folders
              perform folders
              Expect.equal 1 filled.Value)
          test "A fresh folder has nothing of what the test before has left" (fun () ->
              let folders =
                  freshWorkplace "Slate" (fun place ->
                      [ test "writes" (fun () ->
                            Expect.that (not (Directory.Exists place.Folder)) "it was there"
                            place.Create()) ])

              perform folders
              perform folders)
          test "What tests share is made by the first that asks for it, and disposed of after the last" (fun () ->
              let made, gone = ref 0, ref 0

              let thing () =
                  made.Value <- made.Value + 1

                  [ { new IDisposable with
                        member _.Dispose() = gone.Value <- gone.Value + 1 } ]

              let uses (shared: Lazy<IDisposable list>) =
                  test "uses" (fun () -> Expect.equal (1, 0) (shared.Value.Length, gone.Value))

              let sharers = sharing "Sharers" thing (fun shared -> [ uses shared; group "more" [ uses shared ] ])

              Expect.equal (0, 0) (made.Value, gone.Value)

              for one in Test.toTestCodeList sharers do
                  perform (TestCase(one.test, Normal))

              Expect.equal (1, 1) (made.Value, gone.Value))
          test "A test that is skipped says why" (fun () ->
              let error = Expect.raises<IgnoreException>(fun () -> skip "no such library here")
              Expect.equal "no such library here" error.Message) ]
