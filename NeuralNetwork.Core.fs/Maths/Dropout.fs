namespace NeuralNetwork.Maths

open System.Runtime.Intrinsics

/// Inverted dropout (Srivastava et al. 2014): in training every number is dropped with probability `rate`, the others are
/// divided by 1 - rate; inference does nothing. The mask is never stored: it is a function of
/// (seed, step, layer, row, column), computed again wherever it is needed.
module internal Dropout =

    /// Columns that share eight calls of the generator: the first eight take the first words, the others the second.
    [<Literal>]
    let Group = 16

    /// The key of a layer's masks in a step.
    let key (seed: uint64) (step: int) (layer: int) : Key =
        Random.fold (Random.fold (Random.key seed Purpose.Mask) (uint64 step)) (uint64 layer)

    /// The same for a member of an ensemble; the first has the masks of a network by itself.
    let memberKey (seed: uint64) (step: int) (layer: int) (index: int) : Key =
        let key = key seed step layer
        if index = 0 then key else Random.fold key (uint64 index)

    /// A number is kept if its random word is below this.
    let threshold (rate: float) : uint64 = uint64 ((1.0 - rate) * 4294967296.0)

    /// What a kept number is multiplied with.
    let scale (rate: float) : float = 1.0 / (1.0 - rate)

    let private places = Vector256.Create(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u)

    /// The random words of a group of 16 columns of a row.
    let words (key: Key) (row: int) (group: int) : struct (Vector256<uint32> * Vector256<uint32>) =
        Random.threefry8 key (Vector256.Create(uint32 row)) (Vector256.Create(uint32 (8 * group)) + places)

    /// Whether the mask keeps an element: the definition that the vector form above is tested against.
    let keeps (key: Key) (rate: float) (row: int) (col: int) : bool =
        let group, place = col / Group, col % Group
        let struct (first, second) = Random.threefry key (uint32 row) (uint32 (8 * group + place % 8))
        uint64 (if place < 8 then first else second) < threshold rate
