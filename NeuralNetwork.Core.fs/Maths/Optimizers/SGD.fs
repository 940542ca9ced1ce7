namespace NeuralNetwork.Maths

open System.Runtime.CompilerServices

/// Stochastic gradient descent, a step against the gradient: w -= α·g (Robbins and Monro 1951). It has no settings.
[<Struct; RequireQualifiedAccess>]
type internal SGDRule<'T> =
    { Rate: Lane<'T> }

    static member At(rate: float) : SGDRule<'T> = { Rate = Lane.create rate }

    interface IRule<'T> with
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        member a.Next(g, m, v, u) = struct (a.Rate * g, m, v, u)

module internal SGD =

    let private note: OptimizerNote =
        { Name = "sgd"
          Idea = "A step against the gradient."
          Paper = "Robbins and Monro 1951, A Stochastic Approximation Method"
          Defaults = "α = 0.001 (PyTorch), 0.01 (Keras)."
          OfferedBy = Convention.all
          Differences = [] }

    let page: IOptimizerPage<unit> =
        { new IOptimizerPage<unit> with
            member _.Note = note
            member _.Defaults convention = (), Convention.pick convention 1e-3 0.01 0.01 1e-3
            member _.Fields = []
            member _.Slots _ = []
            member _.Formula _ = [ "w -= α·g" ]
            member _.Visit(_, visitor) = visitor.Visit(fun _ rate -> SGDRule<'T>.At rate) }
