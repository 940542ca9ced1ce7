/// Names and numbers as users write them.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.TextTests

open System
open NeuralNetwork
open NUnit.Framework
open FsCheck.NUnit

[<Law>]
let ``A number reads back as the same number`` (bits: int64) =
    let x = BitConverter.Int64BitsToDouble bits
    let x = if Double.IsFinite x then x else 0.0
    Text.tryNumber (Text.number x) = Some x

[<TestCase("1,5")>]
[<TestCase(" 1")>]
[<TestCase("1 ")>]
[<TestCase("")>]
[<TestCase("1.5.2")>]
[<TestCase("0x10")>]
[<TestCase("one")>]
let ``What is no number is none`` (text: string) = Assert.That((Text.tryNumber text).IsNone, Is.True)

[<Law>]
let ``The distance between words is a metric`` (a: char list) (b: char list) (c: char list) =
    let word letters = String(Array.ofList (List.truncate 7 letters))
    let a, b, c = word a, word b, word c
    let d = Text.distance

    (d a b = 0) = (a = b)
    && d a b = d b a
    && d a c <= d a b + d b c
    && d a b >= abs (a.Length - b.Length)
    && d a b <= max a.Length b.Length

[<TestCase("kitten", "sitting", 3)>]
[<TestCase("", "abc", 3)>]
[<TestCase("flaw", "lawn", 2)>]
let ``The distance between words has its known values`` (left: string, right: string, expected: int) =
    Assert.That(Text.distance left right, Is.EqualTo expected)
