/// What a test demands. Distances are measured in units in the last place or relative to a norm, never by taste;
/// every comparison is written so that a NaN fails it.
module NeuralNetwork.Tests.Expect

open System
open NeuralNetwork.Maths
open Expecto

/// Fails with a sentence.
let fail (message: string) : 'Result = raise (AssertException message)

/// Fails with a sentence unless the condition holds.
let that (condition: bool) (message: string) : unit =
    if not condition then
        fail message

/// The error |actual - expected| is at most the bound.
let within (bound: float) (expected: float) (actual: float) : unit =
    if not (abs (actual - expected) <= bound) then
        fail $"{actual:R} is not within {bound:R} of {expected:R}"

/// Equal values of any kind: the same numbers in lists, arrays and records, and a NaN for a NaN.
let equal (expected: 'Value) (actual: 'Value) : unit =
    if not (Unchecked.equals expected actual || Object.Equals(box expected, box actual)) then
        fail $"expected\n%A{expected}\nbut found\n%A{actual}"

/// low <= actual <= high
let between (low: 'Value) (high: 'Value) (actual: 'Value) : unit =
    if not (low <= actual && actual <= high) then
        fail $"{actual} is not between {low} and {high}"

/// actual <= bound
let atMost (bound: 'Value) (actual: 'Value) : unit =
    if not (actual <= bound) then
        fail $"{actual} is above {bound}"

/// actual < bound
let below (bound: 'Value) (actual: 'Value) : unit =
    if not (actual < bound) then
        fail $"{actual} is not below {bound}"

/// The value of a result; an error fails with what it says.
let ok (outcome: Result<'Value, 'Error>) : 'Value =
    match outcome with
    | Ok value -> value
    | Error error -> fail $"{error}"

/// The same bits in every place.
let sameBits (what: string) (expected: 'T[]) (actual: 'T[]) : unit =
    that (expected.Length = actual.Length) $"{what}: {actual.Length} numbers instead of {expected.Length}"

    for place in 0 .. expected.Length - 1 do
        let left, right = Lane.toFloat expected[place], Lane.toFloat actual[place]

        if BitConverter.DoubleToInt64Bits left <> BitConverter.DoubleToInt64Bits right then
            fail $"{what}: number {place} is {right:R} instead of {left:R}"

/// √Σ xᵢ²
let norm (x: float[]) : float = sqrt (Array.sumBy (fun x -> x * x) x)

/// ‖actual - expected‖
let distance (expected: float[]) (actual: float[]) : float = norm (Array.map2 (-) expected actual)

/// ‖actual - expected‖ <= bound·max(‖expected‖, floor)
let normWithin (what: string) (bound: float) (floor: float) (expected: float[]) (actual: float[]) : unit =
    let error, scale = distance expected actual, max (norm expected) floor

    if not (error <= bound * scale) then
        fail $"{what}: error {error:R} is above {bound:R} of {scale:R}"

/// The number of representable numbers between two float64.
let ulps (expected: float) (actual: float) : int64 =
    let ordered (x: float) =
        let bits = BitConverter.DoubleToInt64Bits x
        if bits < 0L then Int64.MinValue - bits else bits

    if Double.IsNaN expected && Double.IsNaN actual then
        0L
    elif Double.IsNaN expected || Double.IsNaN actual then
        Int64.MaxValue
    else
        let gap = bigint (ordered expected) - bigint (ordered actual)
        int64 (min (abs gap) (bigint Int64.MaxValue))

/// An action raises an exception of this type; gives it back.
let raises<'Error when 'Error :> exn> (action: unit -> unit) : 'Error =
    let caught =
        try
            action ()
            None
        with :? 'Error as error ->
            Some error

    match caught with
    | Some error -> error
    | None -> fail $"no {typeof<'Error>.Name} was raised"

/// An action raises an exception of this type, not of one that derives from it; gives it back.
let raisesExactly<'Error when 'Error :> exn> (action: unit -> unit) : 'Error =
    let error = raises<'Error> action
    that (error.GetType() = typeof<'Error>) $"{error.GetType().Name} was raised instead of {typeof<'Error>.Name}"
    error

/// A message contains each of these words.
let mentions (words: string list) (message: string) : unit =
    for word in words do
        that (message.Contains word) $"'{message}' does not mention '{word}'"

/// What is measured on something fresh is 0 bytes. A second measurement counts where the first was not: it may have met what
/// comes once in a thread's life, the table of its statics.
let noBytes (measured: unit -> int64) : unit =
    if measured () <> 0L then
        equal 0L (measured ())

/// The bytes that an action allocates on this thread.
let bytesOf (action: unit -> unit) : int64 =
    let before = GC.GetAllocatedBytesForCurrentThread()
    action ()
    GC.GetAllocatedBytesForCurrentThread() - before

/// The bytes that each of five rounds of an action allocates on this thread.
let allocated (round: unit -> unit) : int64[] = Array.init 5 (fun _ -> bytesOf round)

/// Whether rounds allocate nothing, not a byte. One of them may: once in a thread's life the code of a method that the
/// runtime has recompiled in the background allocates the thread's table of statics.
let isSteady (rounds: int64[]) : bool = rounds |> Seq.filter ((<>) 0L) |> Seq.length <= 1

/// An action, done before, allocates nothing.
let nothingAllocated (round: unit -> unit) : unit =
    let rounds = allocated round
    that (isSteady rounds) $"%A{rounds} bytes"
