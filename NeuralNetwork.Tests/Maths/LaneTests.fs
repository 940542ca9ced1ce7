/// Lanes: what is put into a register comes out of it.
[<NUnit.Framework.TestFixture>]
module NeuralNetwork.Tests.Maths.LaneTests

open System.Numerics
open NeuralNetwork
open NUnit.Framework
open FsCheck.NUnit

[<Property>]
let ``A created lane holds its number in every place`` (x: int) = Lane.create<float>(float x) = Vector<float>(float x)
