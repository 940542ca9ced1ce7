namespace NeuralNetwork.Maths

open System
open System.Numerics
open System.Runtime.Intrinsics

/// A key of the counter-based generator: the whole state there is. Keys are made from a seed by `Random.fold`.
[<Struct>]
type Key =
    {
        /// The first word.
        High: uint32
        /// The second word.
        Low: uint32
    }

    /// As in: 0123456789ABCDEF.
    override key.ToString() = key.High.ToString "X8" + key.Low.ToString "X8"

/// What a stream of random numbers is for. The numbers are part of the format: they never change.
[<RequireQualifiedAccess>]
type internal Purpose =
    /// Weights at the beginning
    | Initialize = 1
    /// The order of the rows in an epoch
    | Shuffle = 2
    /// Which rows are held out
    | Split = 3
    /// What dropout drops
    | Mask = 4
    /// Where gradients are looked at
    | Check = 5
    /// What a trial of a random search draws
    | Trial = 6
    /// Which rows are drawn to see how much a measure depends on them
    | Resample = 7
    /// Which row gets a cell of another
    | Deal = 8

/// Randomness as an argument: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
/// as easy as 1, 2, 3", 2011), checked against the vectors published with Random123.
///
/// A number is a pure function of (seed, purpose, epoch, step, ..., index). Nothing is drawn "next", nothing has to be
/// saved but the seed, and any place of any stream can be computed on any thread.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Random =

    /// The generator and the version of its streams: another one gives other numbers for the same seed.
    [<Literal>]
    let Name = "threefry-2x32-20, streams 1"

    /// The key schedule's parity constant of the Threefish cipher, 32-bit form.
    [<Literal>]
    let private Parity = 0x1BD11BDAu

    let inline private mix (struct (x0: uint32, x1: uint32)) rotation =
        let sum = x0 + x1
        struct (sum, BitOperations.RotateLeft(x1, rotation) ^^^ sum)

    let inline private fourRounds x a b c d = mix (mix (mix (mix x a) b) c) d

    let inline private inject (struct (x0: uint32, x1: uint32)) k0 k1 (round: uint32) =
        struct (x0 + k0, x1 + k1 + round)

    /// The block function: two words for the counter (c0, c1) under a key.
    let threefry (key: Key) (c0: uint32) (c1: uint32) : struct (uint32 * uint32) =
        let k0, k1 = key.High, key.Low
        let k2 = Parity ^^^ k0 ^^^ k1
        let x = struct (c0 + k0, c1 + k1)
        let x = inject (fourRounds x 13 15 26 6) k1 k2 1u
        let x = inject (fourRounds x 17 29 16 24) k2 k0 2u
        let x = inject (fourRounds x 13 15 26 6) k0 k1 3u
        let x = inject (fourRounds x 17 29 16 24) k1 k2 4u
        inject (fourRounds x 13 15 26 6) k2 k0 5u

    /// The block function on eight counters at once: the same words, for whoever needs many.
    let threefry8
        (key: Key)
        (c0: Vector256<uint32>)
        (c1: Vector256<uint32>)
        : struct (Vector256<uint32> * Vector256<uint32>) =
        let k0, k1 = Vector256.Create key.High, Vector256.Create key.Low
        let k2 = Vector256.Create(Parity ^^^ key.High ^^^ key.Low)

        let inline mix (struct (x0: Vector256<uint32>, x1: Vector256<uint32>)) (rotation: int) =
            let sum = x0 + x1
            let rotated = Vector256.ShiftLeft(x1, rotation) ||| Vector256.ShiftRightLogical(x1, 32 - rotation)
            struct (sum, rotated ^^^ sum)

        let inline fourRounds x a b c d = mix (mix (mix (mix x a) b) c) d

        let inline inject
            (struct (x0: Vector256<uint32>, x1))
            (left: Vector256<uint32>)
            (right: Vector256<uint32>)
            (round: uint32)
            =
            struct (x0 + left, x1 + right + Vector256.Create round)

        let x = struct (c0 + k0, c1 + k1)
        let x = inject (fourRounds x 13 15 26 6) k1 k2 1u
        let x = inject (fourRounds x 17 29 16 24) k2 k0 2u
        let x = inject (fourRounds x 13 15 26 6) k0 k1 3u
        let x = inject (fourRounds x 17 29 16 24) k1 k2 4u
        inject (fourRounds x 13 15 26 6) k2 k0 5u

    /// The key of a sub-stream: as different from its parent and its siblings as any two keys are.
    let fold (key: Key) (label: uint64) : Key =
        let struct (high, low) = threefry key (uint32 (label >>> 32)) (uint32 label)
        { High = high; Low = low }

    /// The key of one purpose under a seed.
    let key (seed: uint64) (purpose: Purpose) : Key =
        fold { High = uint32 (seed >>> 32); Low = uint32 seed } (uint64 (int purpose))

    /// 64 random bits: the number at a place of the key's stream.
    let bits (key: Key) (index: uint64) : uint64 =
        let struct (high, low) = threefry key (uint32 (index >>> 32)) (uint32 index)
        (uint64 high <<< 32) ||| uint64 low

    /// Uniform on the open interval (0, 1), on the odd multiples of 2⁻⁵⁴: never 0, never 1.
    let uniform (key: Key) (index: uint64) : float = (float (bits key index >>> 11) + 0.5) * 1.1102230246251565e-16

    /// An integer in [0, bound), from the high half of the product bits·bound (Lemire 2019; bias below bound / 2⁶⁴).
    let below (bound: int) (key: Key) (index: uint64) : int = int (Math.BigMul(bits key index, uint64 bound) >>> 64)

    let private ratio (numerator: float list) (denominator: float list) (r: float) =
        let horner = List.fold (fun sum coefficient -> sum * r + coefficient) 0.0
        horner numerator / horner denominator

    let private centre =
        ratio
            [ 2509.0809287301226727
              33430.575583588128105
              67265.770927008700853
              45921.953931549871457
              13731.693765509461125
              1971.5909503065514427
              133.14166789178437745
              3.3871328727963666080 ]
            [ 5226.4952788528545610
              28729.085735721942674
              39307.895800092710610
              21213.794301586595867
              5394.1960214247511077
              687.18700749205790830
              42.313330701600911252
              1.0 ]

    let private shoulder =
        ratio
            [ 7.74545014278341407640e-4
              2.27238449892691845833e-2
              2.41780725177450611770e-1
              1.27045825245236838258
              3.64784832476320460504
              5.76949722146069140550
              4.63033784615654529590
              1.42343711074968357734 ]
            [ 1.05075007164441684324e-9
              5.47593808499534494600e-4
              1.51986665636164571966e-2
              1.48103976427480074590e-1
              6.89767334985100004550e-1
              1.67638483018380384940
              2.05319162663775882187
              1.0 ]

    let private farTail =
        ratio
            [ 2.01033439929228813265e-7
              2.71155556874348757815e-5
              1.24266094738807843860e-3
              2.65321895265761230930e-2
              2.96560571828504891230e-1
              1.78482653991729133580
              5.46378491116411436990
              6.65790464350110377720 ]
            [ 2.04426310338993978564e-15
              1.42151175831644588870e-7
              1.84631831751005468180e-5
              7.86869131145613259100e-4
              1.48753612908506148525e-2
              1.36929880922735805310e-1
              5.99832206555887937690e-1
              1.0 ]

    /// The quantile of the standard normal distribution, p in (0, 1), to 16 digits (Wichura 1988, algorithm AS 241).
    let normalQuantile (p: float) : float =
        let q = p - 0.5

        if abs q <= 0.425 then
            q * centre (0.180625 - q * q)
        else
            let r = sqrt -(Scalar.log (min p (1.0 - p)))
            let x = if r <= 5.0 then shoulder (r - 1.6) else farTail (r - 5.0)
            if q < 0.0 then -x else x

    /// A standard normal number: one uniform number through the quantile function.
    let normal (key: Key) (index: uint64) : float = normalQuantile (uniform key index)

    /// A random order of 0 .. count - 1 written into `order` (Fisher and Yates; Durstenfeld 1964).
    let shuffleInto (key: Key) (order: int[]) : unit =
        let rec swap place =
            if place > 0 then
                let other = below (place + 1) key (uint64 place)
                let kept = order[place]
                order[place] <- order[other]
                order[other] <- kept
                swap (place - 1)

        Array.iteri (fun place _ -> order[place] <- place) order
        swap (order.Length - 1)

type Key with

    /// The name of the generator.
    static member Generator: string = Random.Name

    /// <summary>The key of what a trial of a random search draws.</summary>
    /// <param name="seed">What everything random follows from.</param>
    /// <param name="trial">Which trial.</param>
    /// <returns>A key of its own for each seed and trial.</returns>
    static member OfTrial(seed: uint64, trial: uint64) : Key = Random.fold (Random.key seed Purpose.Trial) trial

    /// <summary>The key of a part of this stream.</summary>
    /// <param name="label">Which part of the stream.</param>
    /// <returns>A key of its own for each label.</returns>
    member key.Fold(label: uint64) : Key = Random.fold key label

    /// <summary>A number in (0, 1) at a place of the stream, uniformly distributed.</summary>
    /// <param name="index">A place of the stream.</param>
    /// <returns>The number.</returns>
    member key.Uniform(index: uint64) : float = Random.uniform key index

    /// <summary>A whole number in 0 .. bound - 1 at a place of the stream.</summary>
    /// <param name="bound">One more than the greatest.</param>
    /// <param name="index">A place of the stream.</param>
    /// <returns>The number.</returns>
    member key.Below(bound: int, index: uint64) : int = Random.below bound key index

    /// <summary>Puts things in a random order, every order equally likely.</summary>
    /// <param name="order">What is put in another order.</param>
    member key.Shuffle(order: int[]) : unit = Random.shuffleInto key order
