/// Names, settings and notes of optimizers, and what conventions make of them.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.OptimizerNameTests

open NeuralNetwork
open NeuralNetwork.Maths
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases
open NUnit.Framework

let private cases = OptimizerCases.cases

let private names =
    [ "sgd"; "momentum"; "nag"; "adagrad"; "rmsprop"; "adadelta"; "adam" ]
    @ [ "amsgrad"; "adamw"; "adamax"; "nadam"; "radam"; "lion"; "rprop" ]

[<Test>]
let ``Optimizers go by their names in every convention`` () =
    Expect.equal names (Optimizer.all |> List.map Optimizer.name)

    for convention in Convention.all do
        Expect.equal names (ofConvention convention |> List.map Optimizer.name)
        Expect.equal (Ok convention) (Convention.parse (Convention.name convention))

        for optimizer in ofConvention convention do
            Expect.equal None (Optimizer.defect optimizer)
            Assert.That(Optimizer.learningRate convention optimizer, Is.InRange(1e-4, 1.0))

    for optimizer in Optimizer.all do
        Expect.equal (Ok optimizer) (Optimizer.parse (Optimizer.name optimizer))

[<Test>]
let ``Every optimizer has a formula on short lines`` () =
    for convention in Convention.all do
        for optimizer in ofConvention convention do
            let formula = Optimizer.formula optimizer
            Assert.That(formula, Is.Not.Empty)
            formula |> List.iter (fun line -> Assert.That(line.Length, Is.LessThanOrEqualTo 110))

[<Test>]
let ``Every optimizer has a note that says its name, its idea and its paper on short lines`` () =
    for optimizer in Optimizer.all do
        let note = Optimizer.note optimizer
        Expect.equal (Optimizer.name optimizer) note.Name
        Assert.That(note.Idea, Is.Not.Empty)
        Assert.That(note.Paper, Is.Not.Empty)

        [ note.Idea; note.Paper; note.Defaults ]
        |> List.iter (fun line -> Assert.That(line.Length, Is.LessThanOrEqualTo 110, line))

[<TestCaseSource(nameof cases)>]
let ``An optimizer is its name and its settings`` (optimizer: Optimizer) =
    let blank = Optimizer.all |> List.find (fun one -> Optimizer.name one = Optimizer.name optimizer)

    let rebuilt =
        Optimizer.settings optimizer
        |> List.fold
            (fun one setting -> one |> Result.bind (Optimizer.withSetting setting.Name setting.Value))
            (Ok blank)

    Expect.equal (Ok optimizer) (rebuilt)

[<Test>]
let ``A setting that does not belong or does not fit is refused in a sentence`` () =
    let refused name value optimizer =
        match Optimizer.withSetting name value optimizer with
        | Error message -> message
        | Ok _ -> "accepted"

    let number = Setting.Number

    Assert.That(
        refused "beta1" (number 1.0) (Optimizer.Adam Adam.standard),
        Is.EqualTo "1 (must be at least 0 and below 1)"
    )

    Assert.That(refused "epsilon" (number 0.0) (Optimizer.Adam Adam.standard), Is.EqualTo "0 (must be above 0)")
    Assert.That(refused "beta1" (number nan) (Optimizer.Lion Lion.standard), Does.StartWith "NaN (must")
    Assert.That(refused "rho" (number 0.5) Optimizer.SGD, Is.EqualTo "does not belong to sgd (which takes none)")

    Assert.That(
        refused "beta1" (Setting.Flag true) (Optimizer.Adam Adam.standard),
        Is.EqualTo "has another kind of value"
    )

    Assert.That(refused "eta-plus" (number 1.0) (Optimizer.Rprop Rprop.standard), Does.EndWith "(must be above 1)")

[<Test>]
let ``Conventions differ where frameworks do`` () =
    let settings = Convention.settings
    Assert.That((settings Convention.Torch).BatchNormDecay, Is.EqualTo 0.9)
    Assert.That((settings Convention.Keras3).BatchNormEpsilon, Is.EqualTo 1e-3)
    Expect.equal Distribution.UncorrectedTruncatedNormal (settings Convention.Keras2).NormalWeights
    Expect.equal Distribution.TruncatedNormal (settings Convention.Keras3).NormalWeights
    Expect.equal Distribution.Normal (settings Convention.Torch).NormalWeights
    let differ = List.map2 (<>) (ofConvention Convention.Torch) (ofConvention Convention.Keras3)
    Expect.equal [ "sgd"; "lion"; "rprop" ] (List.zip names differ |> List.filter (snd >> not) |> List.map fst)
