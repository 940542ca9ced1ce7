/// The team of threads: every tile once, exceptions kept, no deadlock by nesting or company.
module NeuralNetwork.Tests.Engine.TeamTests

open System
open System.Threading
open NeuralNetwork.Engine
open NeuralNetwork.Tests

let private job (run: int -> unit) =
    { new Work() with
        member _.Run tile = run tile }

/// A job that counts how often each tile was done.
let private counting (tiles: int) =
    let counts = Array.zeroCreate<int> tiles
    counts, job (fun tile -> Interlocked.Increment(&counts[tile]) |> ignore)

let tests =
    sharing "Team" (fun () -> [ for threads in 1..5 -> new Team(threads) ]) (fun teams ->
        [ lawTried 60 "Every tile is done exactly once, round after round" (fun (tiles: uint8) ->
              for team in teams.Value do
                  for _ in 1..5 do
                      let counts, work = counting (int tiles)
                      team.Run(work, int tiles)
                      Expect.that (Array.forall ((=) 1) counts) $"{team.Threads} threads did tiles %A{counts} times")
          lawTried
              20
              "An exception comes out after every other tile has run, and the team goes on"
              (fun (tiles: uint8) (bad: uint8) ->
                  let tiles = int tiles + 1
                  let bad = int bad % tiles

                  for team in teams.Value do
                      let counts, work = counting tiles

                      let failing =
                          job (fun tile ->
                              work.Run tile

                              if tile = bad then
                                  raise (InvalidTimeZoneException "tile"))

                      Expect.raises<InvalidTimeZoneException>(fun () -> team.Run(failing, tiles)) |> ignore
                      Expect.that (Array.forall ((=) 1) counts) "a tile was lost"
                      let counts, work = counting tiles
                      team.Run(work, tiles)
                      Expect.that (Array.forall ((=) 1) counts) "the round after was lost")
          lawTried 20 "A tile may run the team itself" (fun (outer: uint8) (inner: uint8) ->
              let outer, inner = int outer % 12, int inner % 12

              for team in teams.Value do
                  let counts, work = counting (max 1 inner)
                  team.Run(job (fun _ -> team.Run(work, inner)), outer)
                  Expect.that (Array.forall ((=) (if inner = 0 then 0 else outer)) counts) $"%A{counts}")
          test "Several callers at once each get their tiles done" (fun () ->
              for team in teams.Value do
                  let jobs = Array.init 4 (fun _ -> counting 37)

                  let callers =
                      jobs
                      |> Array.map (fun (_, work) ->
                          Thread(fun () ->
                              for _ in 1..200 do
                                  team.Run(work, 37)))

                  Array.iter (fun (caller: Thread) -> caller.Start()) callers
                  Array.iter (fun (caller: Thread) -> caller.Join()) callers

                  for counts, _ in jobs do
                      Expect.that (Array.forall ((=) 200) counts) $"%A{counts}")
          test "A team that has gone home still does its tiles, on the caller" (fun () ->
              let team = new Team(3)
              (team :> IDisposable).Dispose()
              (team :> IDisposable).Dispose()
              let counts, work = counting 9
              team.Run(work, 9)
              Expect.that (Array.forall ((=) 1) counts) $"%A{counts}")
          test "Workers without work fall asleep, and wake for the next round" (fun () ->
              let team = teams.Value[2]

              for _ in 1..5 do
                  SpinWait.SpinUntil(fun () -> team.Asleep = team.Threads - 1)
                  let counts, work = counting 64
                  team.Run(work, 64)
                  Expect.that (Array.forall ((=) 1) counts) $"%A{counts}")
          each "A team without a thread is refused" [ 0; -1 ] (fun (threads: int) ->
              let error = Expect.raises<ArgumentOutOfRangeException>(fun () -> new Team(threads) |> ignore)
              Expect.equal "threads" (string error.ParamName))
          test "A round allocates nothing" (fun () ->
              let team = teams.Value[1]
              let work = job ignore
              team.Run(work, 8)

              let hundred () =
                  for _ in 1..100 do
                      team.Run(work, 8)

              Expect.noBytes (fun () -> Expect.bytesOf hundred)) ])
