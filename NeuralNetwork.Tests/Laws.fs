namespace NeuralNetwork.Tests

open System
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open NeuralNetwork

/// The generators by type, as FsCheck looks them up.
type Arbitraries =
    static member Real() = Generate.real64
    static member Case() = Generate.case
    static member Shape() = Generate.shape
    static member Activation() = Arb.fromGen Generate.activation
    static member Loss() = Arb.fromGen (Gen.elements Loss.all)
    static member Optimizer() = Arb.fromGen (Gen.elements Optimizer.all)

module Trials =

    /// NN_TEST_SCALE multiplies the number of trials of every property.
    let scale =
        match Int32.TryParse(Environment.GetEnvironmentVariable "NN_TEST_SCALE") with
        | true, factor -> max 1 factor
        | _ -> 1

    /// Tries a property so many times inside a test that has other parameters.
    let run (count: int) (arbitrary: Arbitrary<'Value>) (property: 'Value -> unit) : unit =
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count * scale), Prop.forAll arbitrary property)

/// A property on the generators of this suite, tried 100 times or as often as it says, times NN_TEST_SCALE. The numbers are
/// those of docs/properties.md that it states.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property)>]
type LawAttribute([<ParamArray>] numbers: int[]) as law =
    inherit PropertyAttribute()

    do
        law.MaxTest <- 100 * Trials.scale
        law.Arbitrary <- [| typeof<Arbitraries> |]
        law.QuietOnSuccess <- true

    new() = LawAttribute [||]

    /// The properties it states.
    member _.Numbers: int[] = numbers

    /// How often it is tried, before NN_TEST_SCALE.
    member law.Trials
        with get () = law.MaxTest / Trials.scale
        and set trials = law.MaxTest <- trials * Trials.scale

/// Says which properties of docs/properties.md a test states that is no property itself: one for each entry of a table, or
/// over every number there is.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property)>]
type StatesAttribute([<ParamArray>] numbers: int[]) =
    inherit Attribute()

    /// The properties it states.
    member _.Numbers: int[] = numbers
