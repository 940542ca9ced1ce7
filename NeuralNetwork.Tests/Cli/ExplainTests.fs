/// nn explain: every name that a user may try has a page.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Cli.ExplainTests

open System.IO
open System.Text.Json
open NeuralNetwork.Tests
open NUnit.Framework

let private folder = Path.GetTempPath()
let private page arguments = (CommandLine.succeed folder ("explain" :: arguments)).Out

[<Test>]
let ``The page of an optimizer has the formula of the convention asked for, and says who lacks it`` () =
    Expect.mentions [ "w -= α·√(1 - β₂ᵗ)·m̂ / (√v + ε)" ] (page [ "optimizer"; "adam"; "--convention"; "keras3" ])
    Expect.mentions [ "w -= α·m̂ / (√v̂ + ε)" ] (page [ "optimizer"; "adam" ])

    Expect.mentions
        [ "—, not offered"; "keras3 has no radam" ]
        (page [ "optimizer"; "radam"; "--convention"; "keras3" ])

let private names =
    [ [ "initializer"; "auto" ], [ "relu"; "he-normal"; "selu"; "lecun-normal" ]
      [ "schedule"; "warmup" ], [ "--warmup"; "Goyal"; "0.001" ]
      [ "dense" ], [ "z = x·wᵀ + b" ]
      [ "dropout" ], [ "inference: y = x" ]
      [ "batch-norm" ], [ "γ·x̂ + β" ]
      [ "l2" ], [ "λ/2·Σw²" ]
      [ "clip-norm" ], [ "‖g‖" ]
      [ "label-smoothing" ], [ "s/K" ]
      [ "auto" ], [ "he-normal" ] ]

[<Test>]
let ``Names that are no entry of a catalogue have a page, too`` () =
    for arguments, words in names do
        Expect.mentions words (page arguments)

[<Test>]
let ``Every name in the list has a page`` () =
    use list = JsonDocument.Parse(page [ "--json" ])

    // One of a kind: a process for each takes its time, and the kinds share their code.
    for kind, entries in
        list.RootElement.EnumerateArray() |> Seq.groupBy (fun one -> one.GetProperty("kind").GetString()) do
        let name = (Seq.last entries).GetProperty("name").GetString()
        Expect.that ((page [ "--"; string name ]).Length > 0) $"{kind} {name}"

[<Test>]
let ``An unknown name has a hint`` () =
    let outcome = CommandLine.run folder [ "explain"; "adan" ]
    Expect.equal 2 outcome.Code
    Expect.mentions [ "adan"; "did you mean adam" ] outcome.Error
