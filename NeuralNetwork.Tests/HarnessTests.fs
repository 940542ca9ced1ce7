/// The words in which tests are written down, on tests made for it.
module NeuralNetwork.Tests.HarnessTests

open Expecto
open NeuralNetwork.Tests

let private nothing () = ()

let private names (tests: Test) : string list = Test.toTestCodeList tests |> List.map (fun test -> test.fullName "/")

/// Does what the only test of a tree does.
let private perform (tests: Test) : unit =
    match Test.toTestCodeList tests with
    | [ { test = Sync body } ] -> body ()
    | [ { test = AsyncFsCheck(_, _, body) } ] -> Async.RunSynchronously(body FsCheckConfig.defaultConfig)
    | other -> Expect.fail $"{other.Length} tests, or of another kind"

let tests =
    group
        "Harness"
        [ test "A name that two tests have is found, and others are not" (fun () ->
              let twice = group "all" [ test "one" nothing; group "more" [ test "one" nothing ]; test "one" nothing ]
              Expect.equal [ "all/one" ] (Running.twice twice))
          test "Rows are tests of their own, and those that read the same are told apart" (fun () ->
              Expect.equal
                  [ "sum/1, 2 (row 0)"; "sum/1, 2 (row 1)"; "sum/3, 4" ]
                  (names (each "sum" [ 1, 2; 1, 2; 3, 4 ] ignore)))
          test "A table of a catalogue is turned by its entries, and what is no table stays" (fun () ->
              let tables =
                  byEntry
                      [ each "is finite" [ "gelu"; "relu" ] ignore
                        each "has its value" [ "gelu", 1.0; "gelu", 2.0 ] ignore
                        test "all are named" nothing ]

              Expect.equal
                  [ "all/all are named"
                    "all/gelu/is finite"
                    "all/gelu/has its value/1"
                    "all/gelu/has its value/2"
                    "all/relu/is finite" ]
                  (names (group "all" tables)))
          test "What a test states stands behind its sentence" (fun () ->
              Expect.equal [ "it holds [4, 5]" ] (names (states [ 4; 5 ] (test "it holds" nothing))))
          test "A property that fails says its arguments, the smallest, and how to see it again" (fun () ->
              let failing = law "below 3" (fun (x: int) -> Expect.that (x < 3) $"{x} is not below 3")
              let error = Expect.raises<AssertException>(fun () -> perform failing)
              Expect.mentions [ "smallest arguments:\n3"; "to see it again: NN_REPLAY="; "--run" ] error.Message)
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
          test "A test that is skipped says why" (fun () ->
              let error = Expect.raises<IgnoreException>(fun () -> skip "no such library here")
              Expect.equal "no such library here" error.Message) ]
