/// nn explain: every name that a user may try has a page.
module NeuralNetwork.Tests.Cli.ExplainTests

open System.IO
open System.Text.Json
open NeuralNetwork.Tests

let private page (place: Workplace) arguments = (CommandLine.succeed place.Folder ("explain" :: arguments)).Out

let private names =
    [ [ "initializer"; "auto" ], [ "relu"; "he-normal"; "selu"; "lecun-normal" ]
      [ "schedule"; "warmup" ], [ "--warmup"; "Goyal"; "0.001" ]
      [ "dense" ], [ "z = x·wᵀ + b" ]
      [ "dropout" ], [ "inference: y = x" ]
      [ "periodic" ], [ "h = cos 2πu"; "gu = -2π·sin 2πu"; "--embedding" ]
      [ "batch-norm" ], [ "γ·x̂ + β" ]
      [ "l2" ], [ "λ/2·Σw²" ]
      [ "clip-norm" ], [ "‖g‖" ]
      [ "label-smoothing" ], [ "s/K" ]
      [ "members" ], [ "y = 1/K · Σ_k f(z_k)"; "by Jensen" ]
      [ "ensemble"; "folds" ], [ "wᵢ·K / (K - 1)"; "y, held out" ]
      [ "temperature" ], [ "p = softmax(z / T)"; "Guo" ]
      [ "auto" ], [ "he-normal" ] ]

/// The numbers of a page's table, row by row, under one of its heads.
let private column (place: Workplace) (arguments: string list) (table: int) (head: string) =
    use document = JsonDocument.Parse(page place ("--json" :: arguments))
    let rows = document.RootElement.GetProperty("tables").[table].GetProperty("rows")
    [ for row in rows.EnumerateArray() -> row.GetProperty(head).GetDouble() ]

let private softmax (z: float list) = z |> List.map (fun number -> exp number / List.sumBy exp z)

let tests =
    workplace "Explain" (fun place ->
        let folder = place.Folder
        let page = page place
        let column = column place
        let plan arguments = JsonDocument.Parse(page ("plan" :: "--json" :: arguments)).RootElement

        [ test "The page of an optimizer has the formula of the convention asked for, and says who lacks it" (fun () ->
              Expect.mentions
                  [ "w -= α·√(1 - β₂ᵗ)·m̂ / (√v + ε)" ]
                  (page [ "optimizer"; "adam"; "--convention"; "keras3" ])

              Expect.mentions [ "w -= α·m̂ / (√v̂ + ε)" ] (page [ "optimizer"; "adam" ])

              Expect.mentions
                  [ "—, not offered"; "keras3 has no radam" ]
                  (page [ "optimizer"; "radam"; "--convention"; "keras3" ]))
          test "Names that are no entry of a catalogue have a page, too" (fun () ->
              for arguments, words in names do
                  Expect.mentions words (page arguments))
          test "Every name in the list has a page" (fun () ->
              use list = JsonDocument.Parse(page [ "--json" ])

              // One of a kind: a process for each takes its time, and the kinds share their code.
              for kind, entries in
                  list.RootElement.EnumerateArray() |> Seq.groupBy (fun one -> one.GetProperty("kind").GetString()) do
                  let name = (Seq.last entries).GetProperty("name").GetString()
                  Expect.that ((page [ "--"; string name ]).Length > 0) $"{kind} {name}")
          test "A normal initializer is explained in the form of the convention, and is built in it" (fun () ->
              let forms =
                  [ "torch", "he-normal"
                    "keras2", "uncorrected-truncated-he-normal"
                    "keras3", "truncated-he-normal"
                    "optax", "truncated-he-normal" ]

              let deviation (text: string) = text.Split '\n' |> Array.find _.StartsWith("deviation of these")

              for convention, form in forms do
                  let asked = page [ "initializer"; "he-normal"; "--convention"; convention ]
                  Expect.equal (deviation (page [ "initializer"; form ])) (deviation asked)

                  let losses init extra =
                      (CommandLine.succeed folder ([ "gradcheck"; "--json"; "--hidden"; "4"; "--init"; init ] @ extra))
                          .Out

                  Expect.equal (losses form []) (losses "he-normal" [ "--convention"; convention ]))
          test "What auto takes has the form of the convention, too" (fun () ->
              Expect.mentions [ "truncated-he-normal" ] (page [ "initializer"; "auto"; "--convention"; "keras3" ])

              let losses convention =
                  (CommandLine.succeed folder [ "gradcheck"; "--json"; "--hidden"; "4"; "--convention"; convention ])
                      .Out

              Expect.that (losses "keras3" <> losses "torch") "a convention without an effect")
          test "Other names and forms of what the lists have get their page under the name asked for" (fun () ->
              Expect.mentions [ "silu  " ] (page [ "swish" ])
              Expect.mentions [ "scaled-in-normal:2  "; "gain / fan" ] (page [ "initializer"; "scaled-in-normal:2" ])
              Expect.mentions [ "scaled-average-uniform:3  " ] (page [ "scaled-average-uniform:3" ])
              Expect.mentions [ "0.04"; "--warmup" ] (page [ "schedule"; "warmup:25" ])
              Expect.mentions [ "nn explain schedule exponential" ] (page [ "exponential" ])
              Expect.mentions [ "nn explain initializer constant" ] (page [ "constant" ]))
          test "The weights of a constant initializer do not deviate" (fun () ->
              use document = JsonDocument.Parse(page [ "initializer"; "constant:0.1"; "--json" ])
              let tables = document.RootElement.GetProperty("tables")
              let facts = tables[tables.GetArrayLength() - 1].GetProperty("rows")

              for row in facts.EnumerateArray() do
                  if (string (row.GetProperty "of the weights")).StartsWith "deviation" then
                      Expect.within 1e-15 0.0 (row.GetProperty("value").GetDouble()))
          test "The page of members has the mean of what two say, and a loss that is at most theirs" (fun () ->
              let shown = column [ "ensemble"; "members" ]
              let first, second = softmax (shown 0 "z_1"), softmax (shown 0 "z_2")

              for expected, mean in List.zip (List.map2 (fun p q -> (p + q) / 2.0) first second) (shown 0 "y") do
                  Expect.within 1e-12 expected mean

              match shown 1 "loss" with
              | [ one; two; both; mean ] ->
                  Expect.within 1e-12 ((one + two) / 2.0) both
                  Expect.within 1e-12 -(log ((first[1] + second[1]) / 2.0)) mean
                  Expect.that (mean < both) $"{mean} of the mean, {both} of the members"
              | losses -> Expect.fail $"{losses}")
          test "The page of folds has each member learn from the rows of the others" (fun () ->
              let shown = column [ "ensemble"; "folds" ] 0
              let t = shown "t"

              for fold, held in List.indexed (shown "y, held out") do
                  Expect.within 1e-12 (List.average (List.removeAt fold t)) held)
          test "The page of a temperature has the one of the least loss" (fun () ->
              let losses = column [ "temperature" ] 1 "loss"
              Expect.equal 6 losses.Length
              let least = List.min losses
              // Falls before it and rises after it, as a loss does that is convex in 1 / T.
              let before, after = losses |> List.splitAt (List.findIndex ((=) least) losses)
              Expect.equal (List.sortDescending before) before
              Expect.equal (List.sort after) after
              Expect.that (before.Length > 0 && after.Length > 1) "the least loss is at an end"
              // The one that was found, and none of those it stands among.
              let found = (column [ "temperature" ] 1 "T")[before.Length]
              Expect.that (not (List.contains found [ 0.5; 1.0; 2.0; 4.0; 8.0 ])) $"the least is at {found}")
          test "A plan in JSON has its memory in bytes of the precision, and its operations" (fun () ->
              let memory precision =
                  (plan [ "--hidden"; "16"; "--precision"; precision ])
                      .GetProperty("memory")
                      .GetProperty("bytes")
                      .GetInt64()

              Expect.equal (2L * memory "float32") (memory "float64")
              Expect.that ((plan []).GetProperty("step").GetArrayLength() > 0) "a plan without operations"
              Expect.mentions [ "784 inputs, 10 outputs (assumed"; " MB" ] (page [ "plan" ])
              let cut = plan [ "--shards"; "4" ]
              let number (name: string) = (cut.GetProperty name).GetInt32()
              Expect.equal (128, 4, 32) (number "batch", number "shards", number "rows_at_once")
              Expect.that (cut.GetProperty("shard_gradient").GetArrayLength() > 0) "no gradient of a shard"
              Expect.mentions [ "cut into 4 shards of at most 32 rows" ] (page [ "plan"; "--shards"; "4" ]))
          test "A plan has the shape of data, or of the run whose options it is given" (fun () ->
              let at = place.At "plan"
              CommandLine.writeData (Path.Combine(at, "data"))
              let train = [ "train"; "data"; "--out"; "run"; "--hidden"; "5"; "--epochs"; "1"; "--quiet" ]
              CommandLine.succeed at train |> ignore

              let shape (arguments: string list) =
                  use document =
                      JsonDocument.Parse((CommandLine.succeed at ("explain" :: "plan" :: "--json" :: arguments)).Out)

                  let root = document.RootElement
                  root.GetProperty("inputs").GetInt32(), root.GetProperty("outputs").GetInt32()

              let config = Path.Combine("run", "config.json")
              let ofData = shape [ "data"; "--hidden"; "5" ]
              Expect.equal ofData (shape [ "--config"; config ])
              Expect.equal (7, snd ofData) (shape [ "--config"; config; "--inputs"; "7" ])) ])
