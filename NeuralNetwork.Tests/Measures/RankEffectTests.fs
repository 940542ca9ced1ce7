/// How much of the ranks of values is a matter of their groups.
module NeuralNetwork.Tests.Measures.RankEffectTests

open System
open NeuralNetwork
open NeuralNetwork.Tests

let rec private orders (items: 'Item list) : 'Item list list =
    match items with
    | [] -> [ [] ]
    | _ ->
        [ for place in 0 .. items.Length - 1 do
              for rest in orders (List.removeAt place items) do
                  items[place] :: rest ]

let private groups = [| 0; 0; 1; 1; 1; 2 |]

let tests =
    group
        "RankEffect"
        [ each
              "The effect of groups on ranks, by hand"
              [ // H = 12/(9·10)·(6² + 15² + 24²)/3 - 3·10 = 7.2, and (7.2 - 3 + 1)/(9 - 3).
                [ 0; 0; 0; 1; 1; 1; 2; 2; 2 ], [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0; 7.0; 8.0; 9.0 ], 5.2 / 6.0
                // Groups that are all there is to the ranks: H = n - 1.
                [ 1; 1; 0; 0 ], [ 5.0; 5.0; 2.0; 2.0 ], 1.0
                // Ranks 1, 4 and 2, 3: the same mean, H = 0, and (0 - 2 + 1)/(4 - 2).
                [ 0; 1; 1; 0 ], [ 1.0; 2.0; 3.0; infinity ], -0.5 ]
              (fun (groups, values, expected) ->
                  Expect.within 1e-12 expected (Metrics.rankEffect (Array.ofList groups) (Array.ofList values)))
          lawTried
              20
              "Over all orders of values the mean effect of groups is nothing, with equal values or without"
              (fun (a: byte) (b: byte) (c: byte) ->
                  // One that differs, for equal values have no effect at all.
                  let values = [ float (a % 4uy); float (b % 4uy); float (c % 4uy); 1.0; 2.0; 3.0 ]
                  let effects = [ for order in orders values -> Metrics.rankEffect groups (Array.ofList order) ]
                  Expect.within 1e-9 0.0 (List.average effects))
          law
              "An effect sees the order of the values and which are together, and nothing else"
              (fun (values: uint16[]) (seed: int) ->
                  let values = Array.append (Array.map float values) [| 1.0; 2.0; 3.0; 4.0 |]
                  let random = Random seed
                  let groups = Array.init values.Length (fun place -> if place < 2 then place else random.Next 3)
                  let effect = Metrics.rankEffect groups values
                  let names = groups |> Array.map (fun one -> 7 - one)
                  Expect.within 1e-12 effect (Metrics.rankEffect names (Array.map (fun value -> sqrt value) values))
                  Expect.atMost (1.0 + 1e-12) effect)
          test "There is no effect of one group, of groups of one, and on equal values" (fun () ->
              for groups, values in
                  [ [| 1; 1; 1 |], [| 1.0; 2.0; 3.0 |]
                    [| 0; 1; 2 |], [| 1.0; 2.0; 3.0 |]
                    [| 0; 0; 1 |], [| 2.0; 2.0; 2.0 |]
                    [||], [||] ] do
                  Expect.that (Double.IsNaN(Metrics.rankEffect groups values)) $"%A{groups} %A{values}")
          test "A value without a rank is refused, and so are more groups than values" (fun () ->
              for groups, values in [ [| 0; 1 |], [| 1.0; nan |]; [| 0; 1; 1 |], [| 1.0; 2.0 |] ] do
                  Expect.raises<ArgumentException>(fun () -> Metrics.rankEffect groups values |> ignore) |> ignore) ]
