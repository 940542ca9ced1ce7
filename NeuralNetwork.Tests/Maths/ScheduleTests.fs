/// The learning rate over the steps.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.ScheduleTests

open NeuralNetwork
open NeuralNetwork.Tests
open NUnit.Framework
open FsCheck.NUnit

let private rateOf (seed: uint16) = 1e-5 + float seed / 1000.0

[<Law>]
let ``A constant rate is the same at every step`` (seed: uint16) (step: uint16) =
    Schedule.at (int step + 1) (Schedule.Constant(rateOf seed)) = rateOf seed

[<Law>]
let ``A cosine begins at its rate, is half of it half way and ends at zero`` (seed: uint16) (half: uint16) =
    let rate, half = rateOf seed, int half + 1
    let schedule = Schedule.Cosine(rate, 2 * half)
    Expect.within 0.0 rate (Schedule.at 1 schedule)
    Expect.within (4e-16 * rate) (0.5 * rate) (Schedule.at (half + 1) schedule)
    Expect.within 0.0 0.0 (Schedule.at (2 * half + 1) schedule)
    Expect.within 0.0 0.0 (Schedule.at (20 * half) (Schedule.Cosine(rate, 2 * half)))

[<Law>]
let ``A cosine stays between zero and its rate and never rises`` (seed: uint16) (steps: uint8) =
    let rate, steps = rateOf seed, int steps + 1
    let rates = List.init (steps + 3) (fun step -> Schedule.at (step + 1) (Schedule.Cosine(rate, steps)))
    List.forall (fun r -> 0.0 <= r && r <= rate) rates && rates = List.sortDescending rates

[<Test>]
let ``Every schedule is read by its name, with its rate`` () =
    for name, make in Schedule.all do
        Assert.That(Schedule.name (make 0.5 100), Is.EqualTo name)
        Assert.That(Schedule.parse 0.5 100 name, Is.EqualTo(Ok(make 0.5 100): Result<Schedule, string>))
        Assert.That(Schedule.rate (make 0.5 100), Is.EqualTo 0.5)

[<Test>]
let ``A mistyped schedule is answered with the nearest`` () =
    match Schedule.parse 0.1 10 "cosin" with
    | Ok schedule -> Expect.fail $"read as {schedule}"
    | Error message -> Expect.mentions [ "cosin"; "did you mean 'cosine'" ] message
