namespace NeuralNetwork

open System
open System.Threading

/// What a run does not change while it goes on.
type internal FitSettings<'T> =
    {
        Data: Dataset
        Validation: Dataset option
        Options: FitOptions
        /// Up to the pause, where there is one.
        TotalSteps: int
        /// Of the whole training.
        WholeSteps: int
        Clock: TimeProvider
        Observer: IFitObserver<'T>
        Cancel: CancellationToken
    }
