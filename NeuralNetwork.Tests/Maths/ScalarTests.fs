/// Functions of one number: those of registers, and powers to the last digits.
module NeuralNetwork.Tests.Maths.ScalarTests

open System
open System.Numerics
open NeuralNetwork.Maths
open NeuralNetwork.Tests

let private sameBits what (expected: float) (actual: float) = Expect.sameBits what [| expected |] [| actual |]

let private checkRegisters (seed: int) =
    for x in Generate.reals (Random seed) 20 do
        let register (f: Vector<float> -> Vector<float>) x = Vector.GetElement(f (Vector<float>(x: float)), 0)
        sameBits "exp" (register Elementary.exp x) (Scalar.exp x)
        sameBits "log" (register Elementary.log x) (Scalar.log x)
        sameBits "log1p" (register Elementary.log1p x) (Scalar.log1p x)
        sameBits "cosine" (register Elementary.cosineOfTurns x) (Scalar.cosineOfTurns x)

/// xⁿ rounded once, by whole numbers: x = m·2ᵉ with a whole m.
let private exactPower (x: float) (n: int) : float =
    let exponent = Math.ILogB x - 52
    let power = BigInteger.Pow(BigInteger(Math.ScaleB(x, -exponent)), n)
    // 64 digits are more than rounding needs; the sticky one stands for all that are cut off.
    let cut = max 0 (int (power.GetBitLength()) - 64)
    let kept = power >>> cut
    let sticky = if kept <<< cut = power then kept else kept ||| BigInteger.One
    Math.ScaleB(float sticky, cut + n * exponent)

let private checkWholePowers (seed: int) =
    let random = Random seed
    let x = 1.0 - Math.Pow(10.0, -4.0 * random.NextDouble()) * 0.9

    for n in [ 0; 1; 2; 3; random.Next 100; random.Next 3000 ] do
        let expected, actual = exactPower x n, Scalar.power x (float n)

        // Below the least normal number digits are lost.
        if expected > 1e-290 then
            Expect.that (Expect.ulps expected actual <= 1L) $"{x:R} to the {n} is {actual:R} instead of {expected:R}"

let private checkPower (seed: int) =
    let random = Random seed
    let x, y = 3.0 * random.NextDouble(), 60.0 * random.NextDouble() - 20.0
    let expected = Math.Pow(x, y)
    Expect.within (1e-14 * expected) expected (Scalar.power x y)

let private checkEnds () =
    sameBits "0⁰" 1.0 (Scalar.power 0.0 0.0)
    sameBits "0 to the ½" 0.0 (Scalar.power 0.0 0.5)
    sameBits "1 to the 10⁹" 1.0 (Scalar.power 1.0 1e9)
    sameBits "0.9 to the 10⁶" 0.0 (Scalar.power 0.9 1e6)
    sameBits "2 to the 2000" infinity (Scalar.power 2.0 2000.0)
    sameBits "2 to the -2000" 0.0 (Scalar.power 2.0 -2000.0)
    sameBits "2 to the 1023" (Math.ScaleB(1.0, 1023)) (Scalar.power 2.0 1023.0)
    Expect.that (Double.IsNaN(Scalar.power nan 2.0)) "a power of NaN is a number"

let tests =
    group
        "Scalar"
        [ law "A function of one number has the bits of its register" checkRegisters
          law "A whole power is the exact one to its last digit" checkWholePowers
          law "A power is that of the system's library to some digits, whatever the exponent" checkPower
          test "Powers end where numbers do" checkEnds ]
