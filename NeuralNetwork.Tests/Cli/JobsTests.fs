/// Pieces of work at a time: begun and told in their order, and ended together where one of them fails.
module NeuralNetwork.Tests.Cli.JobsTests

open System
open System.IO
open System.Threading
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Storage
open NeuralNetwork.Cli.Studies
open NeuralNetwork.Cli.Terminal
open NeuralNetwork.Tests

// What waits for another piece does so for a while at most.
let private patience = TimeSpan.FromSeconds 20.0

let private screenOn (talk: TextWriter) : Screen =
    Screen(
        [||],
        Surroundings(
            TextWriter.Null,
            (fun () -> Stream.Null),
            TextWriter.Synchronized talk,
            (fun () -> StandardInput.None()),
            TimeProvider.System
        )
    )

let private always (_: int) (_: int) = true

/// Does pieces, so many at a time, and gives what they have said.
let private doing count pieces mayBegin (work: int -> Screen -> CancellationToken -> unit) : string list =
    use talk = new StringWriter()
    let screen = screenOn talk
    let body = Action<int, Screen, CancellationToken>(fun piece own stop -> work piece own stop)
    Jobs(count, screen).Each(pieces, Func<int, int, bool> mayBegin, Func<int, int> id, body, CancellationToken.None)
    List.ofArray ((string talk).Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries))

let tests =
    group
        "Jobs"
        [ each "Pieces are told in their order, a line of each beside the other" [ 1; 2; 3; 7 ] (fun count ->
              let said =
                  doing count 7 always (fun piece own _ ->
                      own.Say $"begun {piece}"
                      // The first of each three ends last.
                      Thread.Sleep(if piece % 3 = 0 then 40 else 1)
                      own.Warn $"ended {piece}")

              Expect.equal
                  [ for piece in 0..6 do
                        $"begun {piece}"
                        $"nn: warning: ended {piece}" ]
                  said)
          test "So many are done at a time, and no more" (fun () ->
              let mutable most, under = 0, 0
              use together = new Barrier(3)

              doing 3 9 always (fun _ _ _ ->
                  let now = Interlocked.Increment &under
                  lock together (fun () -> most <- max most now)
                  Expect.that (together.SignalAndWait patience) "fewer than three came together"
                  Interlocked.Decrement &under |> ignore)
              |> ignore

              Expect.equal 3 most)
          test "A piece begins once enough of those before it have ended, and they begin in their order" (fun () ->
              let begun, ended = Collections.Generic.List<int>(), Collections.Generic.HashSet<int>()

              doing 5 20 (fun place over -> over > place - 3) (fun piece _ _ ->
                  lock begun (fun () ->
                      for before in 0 .. piece - 3 do
                          Expect.that (ended.Contains before) $"{piece} began before {before} ended")

                  Thread.Sleep(piece * 7 % 5)
                  lock begun (fun () -> ended.Add piece |> ignore))
              |> ignore

              let screen = screenOn TextWriter.Null

              let begin' =
                  Func<int, int>(fun place ->
                      begun.Add place
                      place)

              let nothing = Action<int, Screen, CancellationToken>(fun _ _ _ -> ())
              Jobs(4, screen).Each(9, Func<int, int, bool> always, begin', nothing, CancellationToken.None)
              Expect.equal [ 0..8 ] (List.ofSeq begun))
          test
              "Where pieces fail, the failure is that of the first, the others are cancelled, and no other begins"
              (fun () ->
                  let begun = Collections.Concurrent.ConcurrentBag<int>()
                  use together = new Barrier(3)

                  let failure =
                      Expect.raises<Failure>(fun () ->
                          doing 3 9 always (fun piece _ stop ->
                              begun.Add piece
                              Expect.that (together.SignalAndWait patience) "fewer than three came together"

                              if piece = 2 then
                                  raise (Failure.InputOutput "piece 2")

                              Expect.that (stop.WaitHandle.WaitOne patience) "nobody cancels"

                              if piece = 1 then
                                  raise (Failure.InputOutput "piece 1")
                              else
                                  stop.ThrowIfCancellationRequested())
                          |> ignore)

                  Expect.equal "piece 1" failure.Message
                  Expect.equal [ 0; 1; 2 ] (List.sort (List.ofSeq begun)))
          test "Who stops the work stops all of it" (fun () ->
              use source = new CancellationTokenSource()
              let screen = screenOn TextWriter.Null

              let wait =
                  Action<int, Screen, CancellationToken>(fun piece _ stop ->
                      if piece = 1 then
                          source.Cancel()

                      Expect.that (stop.WaitHandle.WaitOne patience) "nobody cancels"
                      stop.ThrowIfCancellationRequested())

              Expect.raises<OperationCanceledException>(fun () ->
                  Jobs(2, screen).Each(9, Func<int, int, bool> always, Func<int, int> id, wait, source.Token))
              |> ignore) ]
