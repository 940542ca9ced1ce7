namespace NeuralNetwork

open System
open System.Threading

/// What a run does not change while it goes on.
type internal FitSettings<'T> =
    { Data: Dataset
      Validation: Dataset option
      Options: FitOptions
      TotalSteps: int
      Clock: TimeProvider
      Observer: IFitObserver<'T>
      Cancel: CancellationToken }
