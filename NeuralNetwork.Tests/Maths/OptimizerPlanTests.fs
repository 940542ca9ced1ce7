/// Every optimizer in a plan and in a trainer.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.OptimizerPlanTests

open System
open NeuralNetwork
open NeuralNetwork.Engine
open NeuralNetwork.Plans
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Maths.OptimizerCases
open NUnit.Framework

let private cases = OptimizerCases.cases

let private network = Network.input 5 |> Network.dense 7 Activation.Tanh |> Network.dense 3 Activation.Identity

[<TestCaseSource(nameof cases)>]
let ``A step of training allocates nothing`` (optimizer: Optimizer) =
    use machine = new Machine(Backend.Managed, 1)
    let training = { Training.Default with Optimizer = optimizer }
    let trainer = Trainer<float32>(Model.initialize<float32> 1UL network, training, 4, machine)
    let x, t = Array.init 20 (fun place -> 0.1f * float32 place), Array.init 12 (fun place -> float32 (place % 2))

    let run steps =
        let mutable last = nan

        for _ in 1..steps do
            last <- trainer.Step(ReadOnlySpan x, ReadOnlySpan t)

        last

    run 100 |> ignore
    let before = GC.GetAllocatedBytesForCurrentThread()
    let loss = run 100
    let after = GC.GetAllocatedBytesForCurrentThread()
    Assert.That(after - before, Is.EqualTo 0L)
    Assert.That(Double.IsFinite loss)

[<TestCaseSource(nameof cases)>]
let ``A plan for an optimizer has its slots and its decay`` (optimizer: Optimizer) =
    let plan = Plan.compile network (Training.Default.With optimizer) 4
    let names = Optimizer.slots optimizer
    Expect.equal names (plan.Slots |> List.map _.Name)
    Assert.That(names.Length, Is.LessThanOrEqualTo 3)
    Expect.equal names (List.distinct names)

    let single op =
        match op with
        | Op.Together ops -> ops
        | one -> [ one ]

    for op in Plan.updates plan |> List.collect single do
        match op with
        | Op.Update(_, decay, _, _, slots) ->
            // On weights alone: a bias is not decayed.
            Assert.That(decay = 0.0 || decay = Optimizer.weightDecay optimizer)
            Assert.That(slots.Length, Is.EqualTo names.Length)
        | other -> Assert.Fail(OpText.explain other)
