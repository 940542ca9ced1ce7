namespace NeuralNetwork

/// Told how training goes, and asked when to save. Calls come on the training thread.
type IFitObserver<'T> =
    /// A step is done.
    abstract Stepped: report: StepReport -> unit
    /// Whether to save after this step. A state is a copy of the whole model: ask for it rarely.
    abstract IsDue: report: StepReport -> bool
    /// A state to keep: when it is due, at the end of every epoch after its validation, and when the run is cancelled.
    abstract Save: state: FitState<'T> -> unit
    /// An epoch is done. Comes before its state.
    abstract Finished: report: EpochReport -> unit
