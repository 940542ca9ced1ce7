namespace NeuralNetwork.Maths

open System.Numerics
open System.Runtime.Intrinsics

/// Sums of the numbers in a register, halves first: number i and number i + half, and so on.
module internal Halves =

    let private ofPair (x: Vector128<float>) : float = x.GetElement 0 + x.GetElement 1

    let private ofFour (x: Vector256<float>) : float = ofPair (x.GetLower() + x.GetUpper())

    let ofEight (x: Vector512<float>) : float = ofFour (x.GetLower() + x.GetUpper())

    let sum (x: Vector<float>) : float =
        if Vector<float>.Count = 8 then ofEight (x.AsVector512())
        elif Vector<float>.Count = 4 then ofFour (x.AsVector256())
        else ofPair (x.AsVector128())
