namespace NeuralNetwork.Maths

// The shapes of formulas: what a loop of the engine may be given. A formula is a struct, so that the JIT compiles it into
// the loop. Here are those that belong to no page, for they are mere arithmetic.

/// y = f(a)
type internal IMap1<'T> =
    abstract Of: a: Lane<'T> -> Lane<'T>

/// y = f(a, b)
type internal IMap2<'T> =
    abstract Of: a: Lane<'T> * b: Lane<'T> -> Lane<'T>

/// y = f(a, b, c)
type internal IMap3<'T> =
    abstract Of: a: Lane<'T> * b: Lane<'T> * c: Lane<'T> -> Lane<'T>

/// a + b
[<Struct>]
type internal Added<'T> =
    interface IMap2<'T> with
        member _.Of(a, b) = a + b

/// scale·a
[<Struct; RequireQualifiedAccess>]
type internal Scaled<'T> =
    { Scale: Lane<'T> }

    interface IMap1<'T> with
        member f.Of a = f.Scale * a

/// a²
[<Struct>]
type internal Squared<'T> =
    interface IMap1<'T> with
        member _.Of a = a * a

/// a alone, for sums of one operand
[<Struct>]
type internal First<'T> =
    interface IMap2<'T> with
        member _.Of(a, _) = a
