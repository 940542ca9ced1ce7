namespace NeuralNetwork.Maths

/// The rectifier whose slope on the left is learned, one for each unit (He, Zhang, Ren and Sun 2015, equations 7 to 10). It
/// has a parameter and so is a layer; the formulas, on lanes of units: z the input, a the slope.
module internal PReLU =

    /// The slope every unit begins with, in the paper and in PyTorch. Keras begins with 0.
    [<Literal>]
    let Start = 0.25

    /// What a reader wants to know.
    let note: FormulaNote =
        { Name = "prelu"
          Idea = "Leaky ReLU whose slope every unit learns: a layer with a parameter."
          Formula =
            [ "f(x) = x for x > 0, else a·x"
              "f'(x) = 1 for x > 0, else a"
              "ga = Σ gy·x over the rows where x is not above 0" ]
          Source = "He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers, equations 7 to 10"
          Differences =
            [ "a begins at 0.25 in the paper and in PyTorch, at 0 in Keras: prelu:0."
              "One slope for each unit, as in Keras; PyTorch's default is one for the whole layer."
              "No penalty, decay or norm limit touches the slopes; the paper decays them neither." ] }

    /// y = z for z > 0, else a·z
    let inline value (a: Lane<'T>) (z: Lane<'T>) : Lane<'T> = Lane.whereGreater z Lane<'T>.Zero z (a * z)

    /// gz = gy for z > 0, else a·gy
    let inline gradient (a: Lane<'T>) (z: Lane<'T>) (gy: Lane<'T>) : Lane<'T> =
        Lane.whereGreater z Lane<'T>.Zero gy (a * gy)

    /// The share of one row in ga = Σ gy·dy/da: 0 for z > 0, else gy·z
    let inline share (z: Lane<'T>) (gy: Lane<'T>) : Lane<'T> = Lane.whereGreater z Lane<'T>.Zero Lane<'T>.Zero (gy * z)

[<Struct>]
type internal PReLUValue<'T> =
    interface IMap2<'T> with
        member _.Of(a, z) = PReLU.value a z

[<Struct>]
type internal PReLUGradient<'T> =
    interface IMap3<'T> with
        member _.Of(a, z, gy) = PReLU.gradient a z gy

/// Summed over the rows to ga
[<Struct>]
type internal PReLUShare<'T> =
    interface IMap2<'T> with
        member _.Of(z, gy) = PReLU.share z gy
